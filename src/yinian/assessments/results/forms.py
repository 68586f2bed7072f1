"""Forms of results: returning, issuing, delivering, declaring void."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm


class SendBackForm(StaffForm):
    reason = forms.CharField(
        label=_("What is to be put right"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The assessors read it on their desks."),
    )


class DeliverForm(StaffForm):
    on = DayField(label=_("Handed over on"), not_after_today=True)
    to = forms.CharField(label=_("To whom"), max_length=60, help_text=_("The person, or who takes it for the person."))


class VoidForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)
