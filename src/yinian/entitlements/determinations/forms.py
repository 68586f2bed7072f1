"""The forms of changing a grant."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.entitlements.models import Determination, Proposal


class ProposeForm(StaffForm):
    """What is to be done, from which day, and why."""

    kind = forms.ChoiceField(label=_("What is to be done"), widget=forms.RadioSelect, choices=Proposal.Kind.choices)
    on = DayField(label=_("Takes effect on"),
                  help_text=_("A month is paid by what holds on its first day."))
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea,
                             help_text=_("It stands in the notice that the person receives."))

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fits = (
            [Proposal.Kind.RESUME, Proposal.Kind.STOP] if state == Determination.State.SUSPENDED
            else [Proposal.Kind.SUSPEND, Proposal.Kind.STOP]
        )
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, kind.label) for kind in fits]


class AnswerForm(StaffForm):
    """Why a proposal is rejected."""

    answer = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea)
