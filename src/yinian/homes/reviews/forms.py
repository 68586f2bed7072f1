"""Forms of a home's own plan."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.homes.catalogues import areas, choices
from yinian.homes.reviews.models import Finding, HomeGoal

USUAL = dt.timedelta(days=30)  # a day to begin with; whoever advises sets it


def in_a_month() -> dt.date:
    return timezone.localdate() + USUAL


class VisitForm(StaffForm):
    on = DayField(label=_("Day of the guidance visit"), initial=timezone.localdate, not_after_today=True)
    party = forms.CharField(label=_("Who took part"), max_length=120, required=False)
    summary = forms.CharField(label=_("What was looked at"), max_length=2000, widget=forms.Textarea)


class FindingForm(StaffForm):
    area = forms.ChoiceField(label=_("Area looked at"))
    severity = forms.ChoiceField(
        label=_("Severity of the finding"), choices=Finding.Severity.choices, initial=Finding.Severity.SLIGHT
    )
    found = forms.CharField(label=_("What the visit found"), max_length=2000, widget=forms.Textarea)
    photo = forms.FileField(label=_("Photo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*,.pdf"}))
    advice = forms.CharField(label=_("Advice"), max_length=2000, widget=forms.Textarea)
    who = forms.CharField(label=_("Who sees to it"), max_length=60)
    due_on = DayField(label=_("To be put right by"), initial=in_a_month)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = choices_with_blank(choices(areas()))  # type: ignore[attr-defined]


class ReportForm(StaffForm):
    text = forms.CharField(label=_("What was put right"), max_length=2000, widget=forms.Textarea)
    file = forms.FileField(label=_("Photo or paper"), required=False,
                           widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.docx"}))


class CloseForm(StaffForm):
    text = forms.CharField(label=_("What the check found"), max_length=2000, widget=forms.Textarea)


class AgainForm(StaffForm):
    text = forms.CharField(label=_("Why, and what is still to be done"), max_length=2000, widget=forms.Textarea)
    due_on = DayField(label=_("To be put right by"), initial=in_a_month)


class GoalForm(StaffForm):
    figure = forms.ChoiceField(label=_("Which figure"), choices=HomeGoal.Figure.choices)
    target = forms.DecimalField(label=_("To reach"), min_value=0, max_value=100_000, decimal_places=1)
    by = DayField(label=_("Goal to be reached by"))
    how = forms.CharField(label=_("How it is to be reached"), max_length=300, widget=forms.Textarea)
