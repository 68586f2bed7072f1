"""A new service put together on a form: its name, for whom by conditions picked from a list, what it gives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yinian.core.forms import StaffForm, YuanField, choices_with_blank, dress
from yinian.engines.entitlement import FACTS, Fact
from yinian.engines.entitlement.tree import Node
from yinian.engines.entitlement.written import expression_text
from yinian.entitlements import words as room_words
from yinian.entitlements.drafts import editing, words
from yinian.entitlements.drafts.editing import Unfit
from yinian.entitlements.workkinds import in_words

ROWS = 6  # conditions a form takes; more are added afterwards on the service itself
OPEN = 2  # of them shown at once
KEY = re.compile(r"[a-z][a-z0-9-]{2,59}")
EXACT = (("=", words.OPERATORS["="]), ("<>", words.OPERATORS["<>"]))


@dataclass(frozen=True)
class Row:
    """One condition as the form shows it."""

    number: int
    fact: Any
    op: Any
    value: Any
    label: Any
    filled: bool


class BlankForm(StaffForm):
    """Everything a service of its own needs. Conditions whose fact is left empty are left out."""

    name = forms.CharField(label=gettext_lazy("Name of the service"), max_length=80)
    key = forms.CharField(
        label=gettext_lazy("Code"), required=False, max_length=60,
        help_text=gettext_lazy("Small letters, digits and hyphens; left empty, one is given."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it gives"), choices=list(room_words.KINDS.items()))
    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False,
                              choices=choices_with_blank(list(room_words.GROUPS.items())))
    apply = forms.ChoiceField(label=gettext_lazy("How it is granted"), choices=[
        ("on_application", gettext_lazy("On application")),
        ("automatic", gettext_lazy("Granted without an application"))])
    amount = YuanField(label=gettext_lazy("Amount, yuan"), required=False, max_value=1_000_000,
                       help_text=gettext_lazy("Left empty where no money is given."))
    period = forms.ChoiceField(label=gettext_lazy("For each"), required=False, choices=[
        ("", "–"), ("month", gettext_lazy("month")), ("year", gettext_lazy("year")),
        ("day", pgettext_lazy("period", "day")), ("once", gettext_lazy("once only")),
    ])
    clause = forms.CharField(
        label=gettext_lazy("Clause of the document it rests on"), required=False, max_length=60,
        help_text=gettext_lazy("Such as 第三条. The document itself is attached when the draft goes to review."),
    )
    description = forms.CharField(label=gettext_lazy("Description"), required=False, max_length=400,
                                  widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, taken: frozenset[str], *args: Any, row_url: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken, self.row_url = taken, row_url
        self.conditions: list[tuple[Node, str]] = []
        for n in range(ROWS):
            self._add_row(n)
        for field in self.fields.values():
            dress(field)

    def _add_row(self, n: int) -> None:
        given = self.data if self.is_bound else self.initial
        fact = FACTS.get(str(given.get(f"c{n}-fact", "")))
        self.fields[f"c{n}-fact"] = forms.ChoiceField(
            label=_("Fact"), required=False,
            choices=choices_with_blank([(name, in_words(one.label)) for name, one in editing.fact_choices()]))
        if self.row_url:
            # The row comes anew with the fields that the chosen fact asks for; the other rows stay as they are.
            self.fields[f"c{n}-fact"].widget.attrs |= {
                "hx-get": f"{self.row_url}?row={n}", "hx-target": f"#condition-{n}", "hx-swap": "outerHTML",
                "hx-include": f"#condition-{n}", "hx-trigger": "change",
            }
        exact = fact is not None and (fact.type in ("text", "bool") and not _ordered(fact))
        self.fields[f"c{n}-op"] = forms.ChoiceField(
            label=_("Comparison"), required=False, choices=list(EXACT if exact else words.OPERATORS.items()))
        self.initial.setdefault(f"c{n}-op", "=")
        self.fields[f"c{n}-value"] = _value_field(fact)
        self.fields[f"c{n}-label"] = forms.CharField(label=_("Wording shown to people"), required=False, max_length=120)

    def rows(self) -> list[Row]:
        """The conditions for the template."""
        return [
            Row(n, self[f"c{n}-fact"], self[f"c{n}-op"], self[f"c{n}-value"], self[f"c{n}-label"],
                bool(self.is_bound and self.data.get(f"c{n}-fact")))
            for n in range(ROWS)
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        key = (found.get("key") or "").strip()
        if key and not KEY.fullmatch(key):
            self.add_error("key", _("Three to sixty small letters, digits and hyphens, a letter first."))
        elif key in self.taken:
            self.add_error("key", _("This code is taken."))
        if found.get("amount") is not None and not found.get("period"):
            self.add_error("period", _("Choose one."))
        if found.get("kind") == "cash" and found.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Fill this in."))
        for n in range(ROWS):
            self._condition(n, found)
        if not self.conditions and not any(name.startswith("c") and name[1:2].isdigit() for name in self.errors):
            self.add_error("c0-fact", _("Say for whom it is: at least one condition."))
        return found

    def _condition(self, n: int, found: Mapping[str, Any]) -> None:
        name = found.get(f"c{n}-fact")
        if not name:
            return
        fact, op, value = FACTS[name], found.get(f"c{n}-op") or "=", found.get(f"c{n}-value")
        typed = "、".join(value) if isinstance(value, list) else str(value or "")
        try:
            node = editing.condition(fact, op, typed)  # type: ignore[arg-type]
        except Unfit as unfit:
            self.add_error(f"c{n}-value", _("Expected: %(what)s") % {"what": unfit.expected})
            return
        label = (found.get(f"c{n}-label") or "").strip()
        shown = "、".join(words.fact_value(fact, one) for one in typed.split("、")) if fact.values else typed
        self.conditions.append((node, label or f"{in_words(fact.label)}{words.OPERATORS[op]}{shown}"))

    def entry(self) -> dict[str, Any]:
        """The service as a pack's entry, resting on the draft's own paper."""
        found = self.cleaned_data
        source = dict(editing.OWN_SOURCE)
        if found["clause"].strip():
            source["clause"] = found["clause"].strip()
        made: dict[str, Any] = {
            "label": {"zh": found["name"].strip()}, "kind": found["kind"], "apply": found["apply"],
            "who": [{"id": f"condition-{n}", "test": expression_text(node), "label": {"zh": label},
                     "source": dict(editing.OWN_SOURCE)} for n, (node, label) in enumerate(self.conditions, 1)],
            "source": source,
        }
        if found["group"]:
            made["group"] = found["group"]
        if found["amount"] is not None:
            made["gives"] = {"amount": int(found["amount"]), "period": found["period"]}
        if found["description"].strip():
            made["description"] = {"zh": found["description"].strip()}
        return made


def _ordered(fact: Fact) -> bool:
    return fact.type in ("number", "date")


def _value_field(fact: Fact | None) -> forms.Field:
    """The field that fits what a fact can be: its values to tick, a number, a day, or yes and no."""
    label = _("Its value")
    if fact is None:
        return forms.CharField(label=label, required=False, max_length=200)
    if fact.type == "bool":
        return forms.ChoiceField(label=label, required=False, choices=[("是", _("yes")), ("否", _("no"))])
    if fact.values:
        return forms.MultipleChoiceField(
            label=label, required=False, widget=forms.CheckboxSelectMultiple,
            choices=[(value, in_words(name)) for value, name in fact.values.items()],
            help_text=_("Any of those ticked."))
    return forms.CharField(label=label, required=False, max_length=200,
                           help_text=_("Expected: %(what)s") % {"what": editing.expected_of(fact)})
