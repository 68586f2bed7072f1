"""Forms of corrections: how one is settled, a reason, a repayment."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, YuanField
from yinian.entitlements.models import Correction

Method = Correction.Method


class ConfirmForm(StaffForm):
    """How a correction is to be settled. Fields that do not fit its kind are left out."""

    method = forms.ChoiceField(label=_("How it is settled"), widget=forms.RadioSelect, choices=())
    parts = forms.IntegerField(
        label=_("In how many months"), required=False, min_value=2, max_value=36,
        help_text=_("Only for monthly parts. The last part is the smallest."),
    )
    answers = forms.CharField(
        label=_("Who answers for the deceased person"), required=False, max_length=120,
        help_text=_("Name and relation of the heir or whoever drew the money."),
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A waiver needs one. It stands in the notice."),
    )
    paper = forms.FileField(
        label=_("Paper on which a waiver rests"), required=False,
        help_text=_("PDF, Word or picture. Only for a waiver."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.docx,.jpg,.jpeg,.png"}), max_length=250,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, correction: Correction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = [Method.PAY] if correction.kind == Correction.Kind.ARREARS else [
            Method.AT_ONCE, Method.INSTALMENTS, Method.WAIVE
        ]
        self.fields["method"].choices = [(method.value, method.label) for method in fitting]  # type: ignore[attr-defined]
        self.fields["method"].initial = fitting[0]
        if len(fitting) == 1:
            for name in ("parts", "paper"):
                del self.fields[name]
            self.fields["reason"].help_text = _("It stands in the notice.")
        if not correction.deceased:
            del self.fields["answers"]


class ReasonForm(StaffForm):
    """Why something is rejected or sent back."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It is kept with your name."))
    version = forms.IntegerField(widget=forms.HiddenInput)


class WriteOffForm(StaffForm):
    """Why money cannot be got back."""

    reason = forms.CharField(
        label=_("What was tried, and why it cannot be got back"), max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=_("It is kept with your name."),
    )
    paper = forms.FileField(
        label=_("Paper on which it rests"), required=False, help_text=_("PDF, Word or picture, where there is one."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.docx,.jpg,.jpeg,.png"}), max_length=250,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class RepaymentForm(StaffForm):
    """Money that came back."""

    amount = YuanField(label=_("Amount (yuan)"))
    on = DayField(label=_("Received on"), not_after_today=True)
    slip = forms.CharField(label=_("Number of the receipt or bank slip"), max_length=60)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()
