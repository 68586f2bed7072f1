"""The forms of evaluations."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.forms import DayField, StaffForm, YuanField, choices_with_blank
from yinian.core.jinja import label
from yinian.oversight.schemes.awarding import Objection
from yinian.oversight.schemes.models import Criterion


def _set(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(choices)


def points_field(words: str, most: Decimal | None = None, help_text: str = "", required: bool = True) -> Any:
    """Points of one criterion, with two decimals at most."""
    limit = {"max": f"{most.normalize():f}"} if most is not None else {}
    field = forms.DecimalField(
        label=words, max_digits=7, decimal_places=2, min_value=0, max_value=most, help_text=help_text,
        required=required,
        widget=forms.NumberInput(attrs={"class": "form-control", "inputmode": "decimal", "step": "0.5", **limit}),
    )
    field.error_messages["required"] = _("Fill this in.")
    return field


class SchemeForm(StaffForm):
    """Which evaluation is opened."""

    scheme = forms.ChoiceField(label=gettext_lazy("Evaluation"))
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=1990, max_value=2200)

    def __init__(self, *args: Any, schemes: Iterable[tuple[str, str]], criteria: Iterable[dict[str, Any]],
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "scheme", list(schemes))
        for one in criteria:
            if one["max"] is None:
                self.fields[f"points_{one['id']}"] = points_field(
                    _("Full points of “%(what)s”") % {"what": label(one["label"])},
                    help_text=_("No text at hand gives them; enter what the organiser's detailed rules say."),
                )

    def points(self) -> dict[str, Decimal]:
        return {name.removeprefix("points_"): value for name, value in self.cleaned_data.items()
                if name.startswith("points_") and value is not None}


class DescribeForm(StaffForm):
    """What the applicant says of itself, and the conditions it affirms."""

    summary = forms.CharField(
        label=gettext_lazy("Summary of the work"), max_length=3000, required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("What was newly done and what came of it; the papers hold the rest."),
    )
    affirmed = forms.MultipleChoiceField(
        label=gettext_lazy("The county affirms"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, conditions: Iterable[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "affirmed", [(one["id"], label(one["label"])) for one in conditions])


class PaperForm(StaffForm):
    """One file of an application."""

    kind = forms.ChoiceField(label=gettext_lazy("Which paper"))
    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy("PDF, Word, Excel or a picture."))

    def __init__(self, *args: Any, papers: Iterable[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "kind", [(one["id"], label(one["label"])) for one in papers])


class ReasonForm(StaffForm):
    """A reason, and nothing else."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea)


class PointsForm(StaffForm):
    """Points for each criterion; a remark beside each where ``remarks`` says so."""

    def __init__(self, *args: Any, criteria: Iterable[Criterion], remarks: bool = False, required: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in criteria:
            key = one.key if remarks else str(one.pk)
            self.fields[f"points_{key}"] = points_field(
                label(one.label), one.most, label(one.text) if one.text else "", required
            )
            if remarks:
                self.fields[f"remark_{key}"] = forms.CharField(
                    label=_("Comment"), max_length=500, required=False,
                    widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
                )

    def points(self) -> dict[str, Decimal | None]:
        return {name.removeprefix("points_"): value for name, value in self.cleaned_data.items()
                if name.startswith("points_")}

    def remarks(self) -> dict[str, str]:
        return {name.removeprefix("remark_"): value for name, value in self.cleaned_data.items()
                if name.startswith("remark_")}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Several files at once, as a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFiles, self).clean(file, initial) for file in files]


class VisitForm(StaffForm):
    """A visit on the spot."""

    on = DayField(label=gettext_lazy("Day of the visit"), not_after_today=True)
    who = forms.CharField(label=gettext_lazy("Who went"), max_length=200)
    text = forms.CharField(label=gettext_lazy("What was seen"), max_length=3000,
                           widget=forms.Textarea(attrs={"rows": 6}))
    photos = ManyFiles(
        label=gettext_lazy("Pictures"), required=False,
        widget=ManyFilesInput(attrs={"accept": "image/*", "multiple": True}),
        help_text=gettext_lazy("JPG, PNG or WebP; hidden data such as the place is cut from each."),
    )


class ReportForm(StaffForm):
    """The recommendation report."""

    report = forms.CharField(
        label=gettext_lazy("Recommendation report"), max_length=5000, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("How the applicants were judged and visited, and why in this order."),
    )


class ExpertForm(StaffForm):
    """Which expert comes on the panel."""

    expert = forms.ChoiceField(label=gettext_lazy("Expert"))
    field = forms.CharField(label=gettext_lazy("Field of work"), max_length=120, required=False)

    def __init__(self, *args: Any, experts: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "expert", choices_with_blank(experts, _("Choose")))


class RecuseForm(StaffForm):
    """Which application an expert does not read, and why."""

    application = forms.ChoiceField(label=gettext_lazy("Applicant"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea)

    def __init__(self, *args: Any, applications: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "application", choices_with_blank(applications, _("Choose")))


class ListForm(StaffForm):
    """Whom to recognise, and on what grounds."""

    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("To be recognised"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one of the ranked applicants.")},
    )
    text = forms.CharField(label=gettext_lazy("Grounds of the list"), max_length=3000,
                           widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, ranked: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "chosen", list(ranked))


class ObjectionForm(StaffForm):
    """Who objects to whom on the list, and why."""

    application = forms.ChoiceField(label=gettext_lazy("Against whom"))
    by_name = forms.CharField(label=gettext_lazy("Who objects"), max_length=60)
    raised_on = DayField(label=gettext_lazy("Raised on"), not_after_today=True)
    text = forms.CharField(label=gettext_lazy("What is objected"), max_length=2000,
                           widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, listed: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set(self, "application", choices_with_blank(listed, _("Choose")))


class SettleForm(StaffForm):
    """The answer to an objection."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome of the objection"), choices=Objection.Outcome.choices,
                                widget=forms.RadioSelect)
    answer = forms.CharField(label=gettext_lazy("What was found"), max_length=2000,
                             widget=forms.Textarea(attrs={"rows": 4}))


class AwardForm(StaffForm):
    """The award of one recognised applicant."""

    base = YuanField(label=gettext_lazy("Award in yuan"))
    share = forms.DecimalField(
        label=gettext_lazy("Further award of the leading ones, in percent"), required=False, min_value=0,
        max_value=100, max_digits=5, decimal_places=2, help_text=gettext_lazy("Leave empty where there is none."),
    )
    reason = forms.CharField(label=gettext_lazy("Grounds"), max_length=500, widget=forms.Textarea)

    def __init__(self, *args: Any, cap: str, bounds: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].help_text = cap
        if bounds:
            self.fields["share"].help_text = bounds
        else:
            del self.fields["share"]


class UseForm(StaffForm):
    """What part of an award was spent on what."""

    amount = YuanField(label=gettext_lazy("Amount in yuan"))
    on = DayField(label=gettext_lazy("Spent on (day)"), not_after_today=True)
    purpose = forms.CharField(label=gettext_lazy("What it was spent on"), max_length=300, widget=forms.Textarea)
    file = forms.FileField(
        label=gettext_lazy("Proof"), help_text=gettext_lazy("Invoice, contract or acceptance paper.")
    )
    lawful = forms.BooleanField(label=gettext_lazy("It was not used for what the rule bars"), required=False)
