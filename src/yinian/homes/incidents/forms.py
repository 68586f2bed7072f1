"""Forms of incidents."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, choices_with_blank
from yinian.homes.incidents.hazards import hazards
from yinian.homes.incidents.models import Incident, IncidentStep


class MomentField(forms.DateTimeField):
    """A day and time of the county's clock."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M")


def now_words() -> Any:
    """The present minute, to begin with."""
    return timezone.localtime().replace(second=0, microsecond=0)


class ReportForm(StaffForm):
    hazard = forms.ChoiceField(label=_("Kind of incident"))
    severity = forms.ChoiceField(label=_("How severe"), choices=choices_with_blank(Incident.Severity.choices))
    happened_at = MomentField(label=_("When it happened"))
    place = forms.CharField(label=_("Where it happened"), max_length=80)
    what = forms.CharField(label=_("What befell the person"), max_length=2000, widget=forms.Textarea)
    measures = forms.CharField(label=_("What was done at once"), max_length=2000, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hazard"].choices = choices_with_blank(hazards())  # type: ignore[attr-defined]


class WhomForm(StaffForm):
    """Of a home's residents, the one something befell."""

    stay = forms.TypedChoiceField(label=_("Whom it befell"), coerce=int)

    def __init__(self, *args: Any, residents: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stay"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(stay.pk, f"{stay.bed.label} {stay.person.name}") for stay in residents]
        )


class FamilyForm(StaffForm):
    who = forms.CharField(label=_("Who was told"), max_length=60, required=False)
    at = MomentField(label=_("When they were told"), required=False)
    not_told = forms.CharField(label=_("Or why nobody was told"), max_length=120, required=False)


class StepForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind of step"), choices=IncidentStep.Kind.choices)
    text = forms.CharField(label=_("What was found or done"), max_length=2000, widget=forms.Textarea)


class CloseForm(StaffForm):
    outcome = forms.CharField(label=_("What came of it and what was changed"), max_length=2000, widget=forms.Textarea)


class SpanForm(StaffForm):
    """The stretch of days that figures count."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> Any:
        data: dict[str, Any] = super().clean() or {}
        if data.get("first") and data.get("last") and data["last"] < data["first"]:
            self.add_error("last", str(_("The last day lies before the first.")))
        return data
