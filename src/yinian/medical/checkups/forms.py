"""Forms of check-ups."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.core.users.models import User
from yinian.medical.checkups.models import CheckUp
from yinian.medical.institutions.forms import institution_field, offer


def today() -> Any:
    return timezone.localdate()


class CheckUpForm(StaffForm):
    done_on = DayField(label=_("Checked on"), not_after_today=True, initial=today)
    institution = institution_field(label=_("Checked at"))
    paid = forms.ChoiceField(label=_("Who paid"), choices=CheckUp.Paid.choices)
    result = forms.ChoiceField(label=_("Result"), choices=CheckUp.Result.choices, widget=forms.RadioSelect,
                               initial=CheckUp.Result.NORMAL)
    findings = forms.CharField(label=_("Findings of the check-up"), max_length=1000, required=False,
                               widget=forms.Textarea(attrs={"rows": 3}))
    follow = forms.CharField(label=_("What is to be done about it"), max_length=1000, required=False,
                             widget=forms.Textarea(attrs={"rows": 3}),
                             help_text=_("Needed where there is something to follow up."))
    follow_by = DayField(label=_("By which day"), required=False)
    file = forms.FileField(label=_("Report (photo or scan)"), required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, actor)


class FollowForm(StaffForm):
    on = DayField(label=_("Done on"), not_after_today=True, initial=today)
    note = forms.CharField(
        label=_("What was done and what came of it"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
