"""Forms of plan documents: taking one in, its facts, and the fields of an item."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.forms import DayField, RowField, StaffForm, YuanField, choices_with_blank
from yinian.core.regions.models import Region
from yinian.plans.documents.models import Item, PlanDocument
from yinian.plans.documents.showing import COMPARATORS, MONEY_KINDS, rule_words

RULES = (
    "FREQ=YEARLY", "FREQ=MONTHLY;INTERVAL=6", "FREQ=MONTHLY;INTERVAL=3", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=DAILY",
    "unspecified",
)


class ImportForm(StaffForm):
    """Which file, for which area, and what it replaces."""

    file = forms.FileField(
        label=_("File"), max_length=250,
        help_text=_("Word (.docx), PDF with text, a saved web page (.html) or plain text (.txt)."),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.pdf,.html,.htm,.txt"}),
    )
    region = forms.ChoiceField(label=_("Area"), choices=(), help_text=_("Whose plan it is."))
    kind = forms.ChoiceField(
        label=_("Kind of document"), required=False,
        choices=choices_with_blank(PlanDocument.Kind.choices, _("Tell by its title")),
    )
    earlier = RowField(
        PlanDocument.objects.none(), label=_("Replaces"), required=False, empty_label=_("No earlier version"),
        help_text=_("The two versions can then be compared sentence by sentence."), words=lambda d: d.title,
    )

    def __init__(
        self, *args: Any, regions: list[Region], documents: QuerySet[PlanDocument], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(r.code, r.name) for r in regions]  # type: ignore[attr-defined]
        self.fields["earlier"].queryset = documents  # type: ignore[attr-defined]
        if len(regions) == 1:
            self.fields["region"].widget = forms.HiddenInput()
            self.fields["region"].initial = regions[0].code


class FactsForm(StaffForm):
    """What a document says of itself."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    number = forms.CharField(label=_("Reference number"), max_length=80, required=False)
    issuer = forms.CharField(label=_("Issued by"), max_length=200, required=False)
    issued_on = DayField(
        label=_("Date of issue"), required=False, not_after_today=True,
        help_text=_("What is added later has its relative deadlines counted from this day."),
    )
    valid_until = DayField(label=_("Valid until"), required=False)
    period_from = forms.IntegerField(
        label=_("First year of the plan"), required=False, min_value=1990, max_value=2100
    )
    period_to = forms.IntegerField(label=_("Last year of the plan"), required=False, min_value=1990, max_value=2100)
    kind = forms.ChoiceField(label=_("Kind of document"), choices=PlanDocument.Kind.choices)
    earlier = RowField(
        PlanDocument.objects.none(), label=_("Replaces"), required=False, empty_label=_("No earlier version"),
        words=lambda d: d.title,
    )

    def __init__(self, *args: Any, documents: QuerySet[PlanDocument], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["earlier"].queryset = documents  # type: ignore[attr-defined]


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It is kept with your name."))


class UnitsField(forms.CharField):
    """Units, one a line: names of groups hold commas."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=2000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return list(dict.fromkeys(line.strip() for line in super().clean(value).splitlines() if line.strip()))


class ItemForm(StaffForm):
    """What all kinds of items share: where it stands, and in which version it was opened."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    start = forms.IntegerField(widget=forms.HiddenInput, required=False)
    end = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The cleaned fields as changes over an item's ``data``; a kind without fields of its own changes nothing."""
        return {}


class DeadlineForm(ItemForm):
    """A deadline: none, by a day, over a period, or again and again."""

    when = forms.ChoiceField(
        label=_("Deadline"), required=False,
        choices=[
            ("", pgettext_lazy("deadline", "None")), ("by", _("By a day")), ("period", _("Over a period")),
            ("recurring", _("Again and again")),
        ],
    )
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("Last day"), required=False)
    rule = forms.ChoiceField(label=_("How often"), required=False, choices=())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = (kwargs.get("initial") or {}).get("deadline") or {}
        kwargs["initial"] = (kwargs.get("initial") or {}) | {
            "when": given.get("kind") or "", "first": given.get("from"), "last": given.get("iso"),
            "rule": given.get("rule"),
        }
        super().__init__(*args, **kwargs)
        rules = [*RULES, *([given["rule"]] if given.get("rule") and given["rule"] not in RULES else [])]
        if self.is_bound and self.data.get("rule") and self.data["rule"] not in rules and len(self.data["rule"]) < 80:
            rules.append(self.data["rule"])
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            ("", "–"), *((rule, rule_words(rule)) for rule in rules)
        ]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        when = said.get("when")
        if when in ("by", "period") and not said.get("last") and "last" not in self.errors:
            self.add_error("last", _("Give the last day."))
        if when == "period" and said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", _("The last day comes after the first."))
        if when == "recurring" and not said.get("rule"):
            self.add_error("rule", _("Say how often."))
        return said

    def deadline(self, before: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """The deadline in the shape of the reading; one that was not touched stays as it came."""
        said, old = self.cleaned_data, dict(before or {})
        when = said["when"]
        if not when:
            return None
        wanted: dict[str, Any] = {"kind": when}
        if when == "recurring":
            wanted["rule"] = said["rule"]
        else:
            wanted["iso"] = said["last"].isoformat()
            if when == "period" and said["first"]:
                wanted["from"] = said["first"].isoformat()
        if old and all(old.get(key) == wanted.get(key) for key in ("kind", "rule", "iso", "from")):
            return old
        places = ("raw", "start", "end", "inherited", "inherited_from")
        kept: dict[str, Any] = {key: old[key] for key in places if key in old}
        return {"raw": "", **kept, **wanted, **({} if when == "recurring" else {"precision": "day"})}


class TaskForm(DeadlineForm):
    title = forms.CharField(
        label=pgettext_lazy("of a task", "Short name"), max_length=60, required=False,
        help_text=_("What lists call it; left empty, the sentence itself."),
    )
    lead_units = UnitsField(label=_("Lead unit"), help_text=_("One a line."))
    assist_units = UnitsField(label=_("Assisting units"))
    responsible_units = UnitsField(label=_("Responsible units"), help_text=_("Where nobody is named as leading."))
    field_order = ["title", "when", "first", "last", "rule", "lead_units", "assist_units", "responsible_units"]

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said = self.cleaned_data
        found = {name: said[name] for name in ("lead_units", "assist_units", "responsible_units")}
        found["deadline"] = self.deadline(data.get("deadline"))
        if found["deadline"] != data.get("deadline"):
            others = [one for one in data.get("deadlines") or [] if one != data.get("deadline")]
            found["deadlines"] = ([found["deadline"]] if found["deadline"] else []) + others
        if said["title"] or data.get("title"):
            found["title"] = said["title"]
        return found


class TargetForm(DeadlineForm):
    indicator = forms.CharField(label=_("Indicator"), max_length=200)
    comparator = forms.ChoiceField(label=_("Comparison"), choices=list(COMPARATORS.items()))
    value = forms.FloatField(label=_("Value"))
    value_max = forms.FloatField(label=_("Up to"), required=False, help_text=_("Only for a span of values."))
    unit = forms.CharField(label=_("Unit of measure"), max_length=20, required=False)
    field_order = ["indicator", "comparator", "value", "value_max", "unit", "when", "first", "last", "rule"]

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said = self.cleaned_data
        found = {name: said[name] for name in ("indicator", "comparator", "unit")}
        found["value"] = _tidy(said["value"])
        if said["value_max"] is not None or "value_max" in data:
            found["value_max"] = _tidy(said["value_max"])
        found["deadline"] = self.deadline(data.get("deadline"))
        return found


class MoneyForm(ItemForm):
    amount_min = forms.FloatField(
        label=_("At least (yuan)"), required=False, min_value=0,
        help_text=_("The same in both fields for one sum; empty for a mere cap."),
    )
    amount_max = forms.FloatField(label=_("At most (yuan)"), required=False, min_value=0)
    basis = forms.CharField(label=_("Per what"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Kind of sum"), choices=list(MONEY_KINDS.items()))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        low, high = said.get("amount_min"), said.get("amount_max")
        if low is None and high is None and not self.errors:
            self.add_error("amount_max", _("Give the sum."))
        elif low is not None and high is not None and low > high:
            self.add_error("amount_max", _("The larger end comes second."))
        return said

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "amount_min": _tidy(said["amount_min"]), "amount_max": _tidy(said["amount_max"]),
            "basis": said["basis"] or None, "kind": said["kind"],
        }


class ProjectForm(ItemForm):
    name = forms.CharField(label=_("Project"), max_length=200)
    group = forms.CharField(label=_("Project group"), max_length=100, required=False)
    nature = forms.CharField(label=_("Nature"), max_length=60, required=False)
    owner = forms.CharField(label=_("Builder"), max_length=120, required=False)
    start_year = forms.IntegerField(label=_("First year"), required=False, min_value=1990, max_value=2100)
    end_year = forms.IntegerField(label=_("Last year"), required=False, min_value=1990, max_value=2100)
    total_fen = YuanField(label=_("Total (yuan)"), required=False)
    planned_fen = YuanField(label=_("Planned for these years (yuan)"), required=False)
    content = forms.CharField(label=_("Content"), max_length=2000, required=False, widget=forms.Textarea)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("start_year"), said.get("end_year")
        if first and last and first > last:
            self.add_error("end_year", _("The last year comes after the first."))
        return said

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        said = self.cleaned_data
        names = ("group", "nature", "owner", "content")
        return {name: said[name] or None for name in names} | {
            name: said[name] for name in ("name", "start_year", "end_year", "total_fen", "planned_fen")
        }


class HeadingForm(ItemForm):
    label = forms.CharField(label=pgettext_lazy("of a heading", "Number"), max_length=20, required=False)
    title = forms.CharField(label=_("Title"), max_length=200)

    def changes(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("label", "title")}


FORMS: dict[str, type[ItemForm]] = {
    "task": TaskForm, "target": TargetForm, "standard": TargetForm, "money": MoneyForm, "project": ProjectForm,
    "outline": HeadingForm,
}


def form_for(kind: str, data: Mapping[str, Any], posted: Any = None, **initial: Any) -> ItemForm:
    """The form of an item of a kind, filled with its data."""
    given = {**data, **initial}
    return FORMS[kind](posted, initial=given) if posted is not None else FORMS[kind](initial=given)


def _tidy(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) else value




KIND_CHOICES = [(kind, label) for kind, label in Item.Kind.choices]
