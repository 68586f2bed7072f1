"""Forms of going away and coming back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.homes.absences.models import Absence


class GoForm(StaffForm):
    kind = forms.ChoiceField(label=_("Where to"), choices=Absence.Kind.choices)
    on = DayField(label=_("From"), not_after_today=True)
    expected_return = DayField(label=_("Back by"), required=False)
    hospital = forms.CharField(
        label=_("Hospital"), max_length=120, required=False, help_text=_("Needed when the person is in hospital.")
    )
    contact = forms.CharField(
        label=_("Who is with them, telephone"), max_length=100, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class BackForm(StaffForm):
    on = DayField(label=_("Back on"), not_after_today=True)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
