"""The forms in which entries of the pack are changed: a figure, a service with its conditions; and a draft's paper."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from yinian.core.forms import DayField, StaffForm, YuanField, choices_with_blank, dress
from yinian.engines.entitlement import FACTS, PackError, Parameter, Service
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.facts import OLDEST_AGE
from yinian.engines.entitlement.knobs import Knob, Turned, knobs
from yinian.engines.entitlement.model import ParameterValue
from yinian.engines.entitlement.tree import Const, Type
from yinian.engines.entitlement.written import Place, expression_text
from yinian.entitlements import words as room_words
from yinian.entitlements.drafts import editing, words
from yinian.entitlements.drafts.editing import TestEdit, Unfit
from yinian.entitlements.workkinds import in_words

LONGEST = 4000


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "form-control code"}), **more,
    )


class DraftForm(StaffForm):
    """What a draft is called, what it is for, and when it begins."""

    name = forms.CharField(label=gettext_lazy("Name of the draft"), max_length=80,
                           help_text=gettext_lazy("Such as: advanced-age allowance from 75"))
    effective_from = DayField(
        label=gettext_lazy("In force from"),
        help_text=gettext_lazy("Changed figures hold from this day. A month is paid by the rule of its first day."),
    )
    description = forms.CharField(label=gettext_lazy("What it is for"), required=False, max_length=1000,
                                  widget=forms.Textarea(attrs={"rows": 3}))


class ValueForm(StaffForm):
    """A standard's value from the draft's day on, in the field that fits its unit; or a formula."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, parameter: Parameter, now: ParameterValue | None, types: Mapping[str, Type], *args: Any,
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameter, self.types = parameter, types
        constant = now is not None and isinstance(now.value, Const)
        self.is_formula = now is not None and not constant
        value = now.value.value if now is not None and isinstance(now.value, Const) else None
        self.fields["value"] = _value_field(parameter, required=not self.is_formula)
        self.initial["value"] = _initial(parameter, value)
        if parameter.type == "number":
            self.fields["formula"] = forms.CharField(
                label=_("Or worked out from other standards"), required=False, max_length=LONGEST,
                widget=forms.TextInput(attrs={"class": "form-control code", "spellcheck": "false"}),
                help_text=_("Such as param('dibao_urban_month') * 1.3; leave empty for a plain figure."),
            )
            self.initial["formula"] = now.text if self.is_formula and now is not None else ""
        self.fields["note"] = forms.CharField(label=_("Note"), required=False, max_length=300,
                                              widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}))
        self.initial["note"] = parameter.note.zh if parameter.note else ""
        for field in self.fields.values():
            dress(field)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        formula = (found.get("formula") or "").strip()
        if formula:
            try:
                parse_expression(formula, self.types, facts={}, expect="number")
            except PackError as error:
                self.add_error("formula", words.fault(error))
            found["made"] = formula
            self.errors.pop("value", None)
        elif found.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Fill this in."))
        else:
            found["made"] = _plain(found.get("value"))
        return found


def _value_field(parameter: Parameter, required: bool) -> forms.Field:
    label = _("New value")
    if parameter.unit == "fen":
        return YuanField(label=_("New value, yuan"), required=required, max_value=1_000_000)
    if parameter.unit == "years":
        return forms.IntegerField(
            label=_("New value, years of age"), required=required, min_value=0, max_value=OLDEST_AGE,
            error_messages={"max_value": _("Ages go from 0 to %(limit_value)s."),
                            "min_value": _("Ages go from 0 to 150.")},
        )
    if parameter.type == "number":
        return forms.DecimalField(label=label, required=required, max_digits=18, decimal_places=6)
    if parameter.type == "date":
        return DayField(label=label, required=required)
    if parameter.type == "bool":
        return forms.TypedChoiceField(label=label, required=required, coerce=lambda v: v == "true",
                                      choices=[("true", _("yes")), ("false", _("no"))])
    return forms.CharField(label=label, required=required, max_length=200)


def _initial(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        if parameter.unit == "fen":
            return int(value)
        return int(value) if value.denominator == 1 else words.plain_value("", value)
    return value


def _plain(value: Any) -> Any:
    """A form's value as a pack's entry keeps it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str):
        return value
    text = format(value.normalize(), "f")
    return int(text) if text.lstrip("-").isdigit() else text


@dataclass(frozen=True)
class TestRow:
    """One condition as the form shows it."""

    id: str
    label: str
    knobs: list[Any]
    wording: Any
    text: Any
    drop: Any


class ServiceForm(StaffForm):
    """A service: its conditions by knobs, by wording or as expressions, what it gives, and when it is in force."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)

    def __init__(self, service: Service, types: Mapping[str, Type], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.service, self.types = service, types
        self.initial["name"] = service.label.zh
        self._knobs: dict[str, tuple[str, Knob]] = {}
        for n, test in enumerate(service.tests):
            self.fields[f"t{n}-label"] = forms.CharField(label=_("Wording shown to people"), max_length=120)
            self.initial[f"t{n}-label"] = test.label.zh
            self._add_knobs(f"t{n}", knobs(test.tree))
            self.fields[f"t{n}-text"] = _text(_("As an expression"))
            self.initial[f"t{n}-text"] = test.text
            self.fields[f"t{n}-drop"] = forms.BooleanField(label=_("Take this condition away"), required=False)
        if service.amount is not None:
            self._add_knobs("a", knobs(service.amount, money=True))
        self.fields["a-text"] = _text(_("Amount as an expression, in fen"), required=False)
        self.initial["a-text"] = service.amount_text or ""
        self.fields["period"] = forms.ChoiceField(label=_("For each"), required=False, choices=[
            ("", "–"), ("month", _("month")), ("year", _("year")), ("day", pgettext("period", "day")),
            ("once", _("once only")),
        ])
        self.initial["period"] = service.period or ""
        self.fields["apply"] = forms.ChoiceField(label=_("How it is granted"), choices=[
            ("automatic", _("Granted without an application")), ("on_application", _("On application"))])
        self.initial["apply"] = service.apply
        self.fields["start"] = DayField(label=_("In force from"), required=False)
        self.fields["end"] = DayField(label=_("In force until"), required=False)
        self.initial["start"], self.initial["end"] = service.effective_from, service.effective_to
        texts = (("description", _("Description"), service.description), ("note", _("Note"), service.note))
        for key, label, now in texts:
            self.fields[key] = forms.CharField(label=label, required=False, max_length=400,
                                               widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}))
            self.initial[key] = now.zh if now else ""
        self.fields["new-fact"] = forms.ChoiceField(label=_("Fact"), required=False, choices=choices_with_blank(
            [(name, in_words(fact.label)) for name, fact in editing.fact_choices()]))
        self.fields["new-op"] = forms.ChoiceField(label=_("Comparison"), required=False,
                                                  choices=list(words.OPERATORS.items()))
        self.initial["new-op"] = "="
        self.fields["new-value"] = forms.CharField(label=_("Value"), required=False, max_length=200,
                                                   help_text=_("Several values are any of them: 低保、特困"))
        self.fields["new-label"] = forms.CharField(label=_("Wording shown to people"), required=False, max_length=120)
        for field in self.fields.values():
            dress(field)

    def _add_knobs(self, prefix: str, found: Sequence[Knob]) -> None:
        for m, knob in enumerate(found):
            name = f"{prefix}-k{m}"
            self.fields[name], self.initial[name] = _knob_field(knob)
            self._knobs[name] = (prefix, knob)

    # What the template walks through.

    def tests(self) -> list[TestRow]:
        return [
            TestRow(test.id, in_words(test.label), [self[k] for k in self._of(f"t{n}")], self[f"t{n}-label"],
                    self[f"t{n}-text"], self[f"t{n}-drop"])
            for n, test in enumerate(self.service.tests)
        ]

    def amount_knobs(self) -> list[Any]:
        return [self[k] for k in self._of("a")]

    def _of(self, prefix: str) -> list[str]:
        return [name for name, (owner, _knob) in self._knobs.items() if owner == prefix]

    # What was asked for.

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for n, test in enumerate(self.service.tests):
            text = found.get(f"t{n}-text")
            if text and text.strip() != test.text.strip() and not found.get(f"t{n}-drop"):
                self._check(f"t{n}-text", text, "bool")
        amount = (found.get("a-text") or "").strip()
        if amount and amount != (self.service.amount_text or "").strip():
            self._check("a-text", amount, "number")
        if (amount or self.service.amount is not None) and not found.get("period"):
            self.add_error("period", _("Choose one."))
        start, end = found.get("start"), found.get("end")
        if start and end and end < start:
            self.add_error("end", _("It must not end before it begins."))
        if all(found.get(f"t{n}-drop") for n in range(len(self.service.tests))) and not found.get("new-fact"):
            self.add_error(None, _("At least one condition must stay."))
        self._check_new(found)
        return found

    def _check(self, name: str, text: str, expect: Type) -> None:
        try:
            parse_expression(text, self.types, expect=expect)
        except PackError as error:
            self.add_error(name, words.fault(error))

    def _check_new(self, found: dict[str, Any]) -> None:
        name = found.get("new-fact")
        if not name:
            if found.get("new-value"):
                self.add_error("new-fact", _("Choose one."))
            return
        fact = FACTS[name]
        try:
            found["new"] = editing.condition(fact, found.get("new-op") or "=", found.get("new-value") or "")
        except Unfit as unfit:
            self.add_error("new-value", _("Expected: %(what)s") % {"what": unfit.expected})
            return
        if not (found.get("new-label") or "").strip():
            found["new-label"] = f"{in_words(fact.label)}{words.OPERATORS[found.get('new-op') or '=']}" \
                                 f"{(found.get('new-value') or '').strip()}"

    def entry(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as asked for, from the one it was."""
        found = self.cleaned_data
        edits = [self._edit(n, found) for n in range(len(self.service.tests))]
        if found.get("new") is not None:
            taken = {test.id for test in self.service.tests}
            key = next(f"added-{n}" for n in range(1, 100) if f"added-{n}" not in taken)
            edits.append(TestEdit(key, found["new-label"].strip(), expression_text(found["new"])))
        trees = {test.id: test.tree for test in self.service.tests}
        made = editing.with_tests(before, edits, trees)
        made = editing.with_gives(made, self._amount(found), found.get("period"))
        made = editing.with_window(made, found.get("start"), found.get("end"))
        if made.get("apply", "on_application") != found["apply"]:
            made["apply"] = found["apply"]
        for key in ("description", "note"):
            made = _worded(made, key, found.get(key) or "")
        if found["name"].strip() != self.service.label.zh:
            made["label"] = {"zh": found["name"].strip()}
        return editing.grounded(before, made)

    def _edit(self, n: int, found: Mapping[str, Any]) -> TestEdit:
        test = self.service.tests[n]
        text = str(found[f"t{n}-text"]).strip()
        label = str(found[f"t{n}-label"]).strip()
        own = text != test.text.strip()
        turned = {} if own else self._turned(f"t{n}", found)
        if turned and label == test.label.zh:  # the wording follows the figure
            mine = [knob for owner, knob in self._knobs.values() if owner == f"t{n}"]
            label = editing.relabelled(label, [k.value for k in mine], [turned.get(k.place, k.value) for k in mine])
        return TestEdit(test.id, label, text if own else None, turned, bool(found.get(f"t{n}-drop")))

    def _amount(self, found: Mapping[str, Any]) -> Any:
        text = (found.get("a-text") or "").strip()
        if text != (self.service.amount_text or "").strip():
            return None if not text else int(text) if text.isdigit() else text
        if self.service.amount is None:
            return None
        return editing.turned_amount(self.service.amount_text, self.service.amount, self._turned("a", found))

    def _turned(self, prefix: str, found: Mapping[str, Any]) -> dict[Place, Turned]:
        values: dict[Place, Turned] = {}
        for name in self._of(prefix):
            _owner, knob = self._knobs[name]
            value = found.get(name)
            if value is None:
                continue
            values[knob.place] = _as_turned(knob, value)
        return {place: v for place, v in values.items() if v != self._before(prefix, place)}

    def _before(self, prefix: str, place: Place) -> Turned:
        return next(knob.value for owner, knob in self._knobs.values() if owner == prefix and knob.place == place)


def _worded(entry: dict[str, Any], key: str, text: str) -> dict[str, Any]:
    made, now = dict(entry), entry.get(key) or {}
    if not text.strip():
        made.pop(key, None)
    elif text.strip() != now.get("zh"):
        made[key] = {"zh": text.strip()}
    return made


def _knob_field(knob: Knob) -> tuple[forms.Field, Any]:
    label = words.knob_label(knob)
    if knob.kind == "money":
        return YuanField(label=_("Amount, yuan"), max_value=1_000_000), knob.value
    if knob.kind == "factor":
        return forms.DecimalField(label=label, max_digits=18, decimal_places=9), words.knob_value(knob, knob.value)
    assert knob.fact is not None
    choices = [(value, in_words(name)) for value, name in knob.fact.values.items()]
    if knob.kind == "several":
        return forms.MultipleChoiceField(
            label=label, choices=choices, widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("At least one must stay.")},
        ), list(knob.value) if isinstance(knob.value, tuple) else []
    if knob.kind in ("one", "level"):
        return forms.ChoiceField(label=label, choices=choices), str(knob.value)
    unit = f" ({words.UNITS['years']})" if knob.fact.name == "age" else ""
    return forms.IntegerField(
        label=label + unit, min_value=knob.fact.low, max_value=knob.fact.high,
    ), knob.value


def _as_turned(knob: Knob, value: Any) -> Turned:
    if knob.kind == "several":
        assert knob.fact is not None
        return tuple(name for name in knob.fact.values if name in value)
    if knob.kind in ("number", "level", "money"):
        return int(value)
    return Fraction(value) if knob.kind == "factor" else str(value)


class TextForm(StaffForm):
    """One entry as the pack's file would write it, for whoever knows the format."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label=gettext_lazy("The entry as text"), max_length=20_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 22, "spellcheck": "false", "class": "form-control code"}),
    )


class AddForm(StaffForm):
    """A new service, beginning as another one is."""

    name = forms.CharField(label=gettext_lazy("Name of the service"), max_length=80)
    like = forms.ChoiceField(
        label=gettext_lazy("Begins like"),
        help_text=gettext_lazy("Conditions and amount are taken over from it; change them afterwards."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it gives"), choices=list(room_words.KINDS.items()))
    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False,
                              choices=choices_with_blank(list(room_words.GROUPS.items())))

    def __init__(self, services: Sequence[Service], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["like"].choices = [(s.id, in_words(s.label)) for s in services]  # type: ignore[attr-defined]


class PaperForm(StaffForm):
    """The paper that orders a change, and an answer to the doubts about it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Title of the document"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Document number"), max_length=60, required=False)
    dated = DayField(label=gettext_lazy("Date of the document"), not_after_today=True)
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=60, required=False,
                             help_text=gettext_lazy("Where in the document, such as 第三条"))
    paper = forms.FileField(label=gettext_lazy("The document itself"), required=False,
                            help_text=gettext_lazy("A scan or PDF of the document with its seal."))
    assurance = forms.CharField(label=gettext_lazy("Why the doubts do not stand in the way"), required=False,
                                max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, attached: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paper"].required = not attached


class EndForm(StaffForm):
    """When an amendment ends and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label=gettext_lazy("First day without it"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


