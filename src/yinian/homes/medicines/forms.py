"""Forms of medicines."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.homes.care.forms import TimesField
from yinian.homes.medicines.models import Giving, MedicineOrder


class OrderForm(StaffForm):
    """What a doctor prescribed."""

    drug = forms.CharField(label=_("Medicine"), max_length=120)
    dose = forms.CharField(label=_("Dose each time"), max_length=60, help_text=_("For example: 1 tablet, 5 mg."))
    way = forms.ChoiceField(label=_("Way of giving"), choices=MedicineOrder._meta.get_field("way").choices or [])
    times = TimesField(label=_("Times of the day"))
    since = DayField(label=_("First day"))
    until = DayField(
        label=_("Last day"), required=False, help_text=_("Leave it empty for one taken until further notice.")
    )
    prescriber = forms.CharField(label=_("Prescribed by"), max_length=60)
    prescribed_at = forms.CharField(label=_("Hospital or clinic"), max_length=120)
    prescribed_on = DayField(label=_("Prescribed on"), not_after_today=True)


class StopForm(StaffForm):
    reason = forms.CharField(label=_("Who stopped it and why"), max_length=200)


class DoseCorrectionForm(StaffForm):
    outcome = forms.ChoiceField(label=_("What held"), choices=Giving.Outcome.choices)
    reason = forms.CharField(label=_("Why it was not given"), max_length=120, required=False)
    why = forms.CharField(label=_("What was wrong with the record"), max_length=120)
