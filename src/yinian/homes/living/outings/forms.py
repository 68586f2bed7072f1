"""Forms of going out, coming back, and staying away over night after all."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.homes.absences.models import Absence
from yinian.homes.incidents.forms import MomentField, now_words
from yinian.homes.living.outings.models import Outing


class OutForm(StaffForm):
    relation = forms.ChoiceField(label=_("With whom"), choices=choices_with_blank(Outing.With.choices))
    companion = forms.CharField(label=_("Name of who takes them along"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("Telephone on the way"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    reason = forms.CharField(
        label=_("Purpose of the outing"), max_length=200, help_text=_("Such as: lunch with the family.")
    )
    left_at = MomentField(label=_("Went at"))
    expected_back = MomentField(label=_("Expected back at"))

    @staticmethod
    def beginning() -> dict[str, Any]:
        """What stands in the form at first: now, and back before supper or in two hours."""
        now = now_words()
        supper = now.replace(hour=17, minute=0)
        return {"left_at": now, "expected_back": max(supper, now + dt.timedelta(hours=2))}


class InForm(StaffForm):
    at = MomentField(label=_("Back at"))
    note = forms.CharField(
        label=_("How they came back"), max_length=200, required=False,
        help_text=_("Such as: tired, ate outside, brought medicine along."),
    )


class OverForm(StaffForm):
    kind = forms.ChoiceField(label=_("Where to"), choices=Absence.Kind.choices)
    expected_return = DayField(label=_("Back by"), required=False)
    hospital = forms.CharField(
        label=_("Hospital"), max_length=120, required=False, help_text=_("Needed when the person is in hospital.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def clean_expected_return(self) -> Any:
        day = self.cleaned_data["expected_return"]
        if day is not None and day < timezone.localdate():
            raise forms.ValidationError(_("This day is past."))
        return day
