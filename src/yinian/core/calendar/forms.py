"""The form of one calendar day."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm


class HolidayForm(StaffForm):
    day = DayField(label=_("Day"))
    works = forms.ChoiceField(
        label=_("On this day"), choices=[("0", _("Offices are closed")), ("1", _("Offices work (make-up day)"))]
    )
    name = forms.CharField(label=_("Holiday name"), max_length=40, help_text=_("Such as Spring Festival."))
    source = forms.CharField(label=_("Document"), max_length=120, required=False,
                             help_text=_("Number of the notice that sets it."))

    def clean_works(self) -> bool:
        return self.cleaned_data["works"] == "1"
