"""Forms of letters and dispatch reports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm


class LetterForm(StaffForm):
    words = forms.CharField(label=_("What the office adds"), required=False, max_length=2000,
                            widget=forms.Textarea(attrs={"rows": 4}))
    reply_by = DayField(label=_("To be answered by"), required=False)


class ReplyForm(StaffForm):
    reply = forms.CharField(label=_("Answer: reasons, measures, by when"), max_length=2000,
                            widget=forms.Textarea(attrs={"rows": 4}))


class DispatchForm(StaffForm):
    opening = forms.CharField(label=_("Opening"), max_length=2000, required=False,
                              widget=forms.Textarea(attrs={"rows": 3}))
    problems = forms.CharField(label=_("Problems"), max_length=4000, required=False,
                               widget=forms.Textarea(attrs={"rows": 5}))
    next_steps = forms.CharField(label=_("Next steps"), max_length=4000, required=False,
                                 widget=forms.Textarea(attrs={"rows": 5}))


class MonthForm(StaffForm):
    plan = forms.ChoiceField(label=_("Plan"))
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args: Any, plans: list[tuple[int, str]], months: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = plans  # type: ignore[attr-defined]
        self.fields["month"].choices = months  # type: ignore[attr-defined]
