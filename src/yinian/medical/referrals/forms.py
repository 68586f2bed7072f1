"""Forms of referrals."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.core.users.models import User
from yinian.medical.institutions.forms import institution_field, offer
from yinian.medical.referrals.models import Referral


def today() -> Any:
    return timezone.localdate()


class ReferForm(StaffForm):
    institution = institution_field(label=_("To which institution"))
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Referral.Urgency.choices, widget=forms.RadioSelect,
                                initial=Referral.Urgency.URGENT)
    reason = forms.CharField(
        label=_("Why the person is referred"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was seen, since when, what was done in the home."),
    )
    green = forms.BooleanField(label=_("Through the green channel"), required=False,
                               help_text=_("Only where a contract in force covers it."))

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, actor)


class DownForm(ReferForm):
    field_order = ["institution", "asked_who", "urgency", "reason"]
    asked_who = forms.CharField(label=_("Who of the hospital asks"), max_length=60,
                                help_text=_("Name and ward, or telephone."))
    green = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["institution"].label = _("From which institution")
        self.fields["urgency"].initial = Referral.Urgency.PLANNED
        self.fields["reason"].help_text = _("For what the person was treated, what care they need now.")


class AnswerForm(StaffForm):
    accepts = forms.TypedChoiceField(
        label=_("Answer"), choices=[("yes", _("Accepts")), ("no", _("Does not accept"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes", initial="yes",
    )
    who = forms.CharField(label=_("Who answered"), max_length=60)
    words = forms.CharField(label=_("What was answered"), max_length=200, required=False,
                            help_text=_("Ward and bed, or why not."))


class ArriveForm(StaffForm):
    on = DayField(label=_("Arrived on"), not_after_today=True, initial=today)
    who = forms.CharField(label=_("Who received the person"), max_length=60, required=False,
                          help_text=_("Needed in an emergency without an answer before."))


class ReturnForm(StaffForm):
    on = DayField(label=_("Back on"), not_after_today=True, initial=today)
    file = forms.FileField(label=_("Discharge summary (photo or scan)"), required=False)
    missing = forms.CharField(label=_("Or why there is none"), max_length=200, required=False)
    note = forms.CharField(
        label=_("What to look after now"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class TakeInForm(StaffForm):
    on = DayField(label=_("Arrived on"), not_after_today=True, initial=today)
    file = forms.FileField(label=_("Discharge summary (photo or scan)"), required=False)
    note = forms.CharField(
        label=_("What to look after now"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class WhyForm(StaffForm):
    why = forms.CharField(label=_("Reason"), max_length=200)
