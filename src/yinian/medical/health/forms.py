"""Forms of the health summary."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.medical.health.models import Allergy, Condition, Source


class WhyForm(StaffForm):
    """Why somebody's health is looked at. The usual reasons are chosen, any other is written."""

    CARE, HOSPITAL, CHECK, OTHER = "care", "hospital", "check", "other"
    why = forms.ChoiceField(
        label=_("Why do you need to see this?"),
        choices=[
            (CARE, _("Care of the person")),
            (HOSPITAL, _("Going to a doctor or hospital")),
            (CHECK, _("Bringing the summary up to date")),
            (OTHER, _("Another reason, written below")),
        ],
        widget=forms.RadioSelect,
    )
    other = forms.CharField(label=_("The other reason"), max_length=120, required=False)

    def clean(self) -> Any:
        data: dict[str, Any] = super().clean() or {}
        if data.get("why") == self.OTHER and len(data.get("other", "")) < 2:
            self.add_error("other", str(_("Write the reason.")))
        return data

    @property
    def words(self) -> str:
        """The reason as it is kept."""
        why = self.cleaned_data["why"]
        field: Any = self.fields["why"]
        return str(self.cleaned_data["other"] if why == self.OTHER else dict(field.choices)[why])


def _today() -> Any:
    return timezone.localdate()


class ConditionForm(StaffForm):
    text = forms.CharField(label=_("Disease or state"), max_length=200)
    clinical = forms.ChoiceField(label=_("How it is now"), choices=Condition.Clinical.choices)
    since_year = forms.IntegerField(label=_("Since which year"), required=False, min_value=1880, max_value=2200)
    source = forms.ChoiceField(label=_("Known from"), choices=choices_with_blank(Source.choices))
    learned_on = DayField(label=_("Known on"), not_after_today=True, initial=_today)
    code = forms.CharField(label=_("ICD-10 code"), max_length=12, required=False)


class AllergyForm(StaffForm):
    text = forms.CharField(label=_("What is not tolerated"), max_length=200)
    category = forms.ChoiceField(label=_("Kind"), choices=Allergy.Category.choices)
    criticality = forms.ChoiceField(
        label=_("How dangerous"), choices=Allergy.Criticality.choices, initial=Allergy.Criticality.UNKNOWN
    )
    reaction = forms.CharField(label=_("What happens"), max_length=200, required=False)
    source = forms.ChoiceField(label=_("Known from"), choices=choices_with_blank(Source.choices))
    learned_on = DayField(label=_("Known on"), not_after_today=True, initial=_today)


class CourseForm(StaffForm):
    clinical = forms.ChoiceField(label=_("How it is now"), choices=Condition.Clinical.choices)
    on = DayField(label=_("As of which day"), not_after_today=True, initial=_today)
