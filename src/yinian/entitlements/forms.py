"""The room's forms."""

from django import forms
from django.utils.translation import gettext_lazy as _


class StartForm(forms.Form):
    """When a run is about."""

    region = forms.CharField(widget=forms.HiddenInput, max_length=6)
    as_of = forms.DateField(
        label=_("As-of date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        help_text=_("Ages and lists are taken as of this day. Usually today."),
    )
