"""The forms of cycles: which month and services to open, why a line or a cycle is held, refused, sent back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm


class MonthField(forms.CharField):
    """A month picked or typed as 2026-11; cleaned to its first day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "month"}))
        super().__init__(max_length=10, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        try:
            return dt.date.fromisoformat(f"{text[:7]}-01")
        except ValueError:
            raise forms.ValidationError(_("Give a month such as 2026-11.")) from None


class OpenForm(StaffForm):
    """The month and the services to open."""

    month = MonthField(label=_("Month"), help_text=_("Facts are read as of the first day of the month."))
    services = forms.MultipleChoiceField(
        label=_("Services"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one service.")},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(choices)


class HoldForm(StaffForm):
    """Why lines are held back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea,
        help_text=_("Nothing is paid this month; the line comes again next month."),
    )


class DaysForm(StaffForm):
    """On how many days of the month a service was given, and which record shows it."""

    days = forms.IntegerField(
        label=_("Days given in the month"), min_value=0, max_value=31,
        help_text=_("The amount of the month is the amount of a day times these days; 0 pays nothing."),
    )
    proof = forms.CharField(
        label=_("Which record shows it"), max_length=300,
        help_text=_("Such as the sign-in sheet of the day-care centre, its month and page."),
    )
    file = forms.FileField(
        label=_("Photo or scan"), required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*,.pdf", "capture": "environment"}),
        help_text=_("A picture (JPG, PNG, WebP) or a PDF."),
    )


class RefuseForm(StaffForm):
    """Which condition does not hold, and how that is known."""

    test = forms.ChoiceField(label=_("Which condition does not hold"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("What was found"), max_length=300, widget=forms.Textarea,
        help_text=_("It stands in the decision that the person receives."),
    )

    def __init__(self, *args: Any, tests: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["test"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(tests)


class SendBackForm(StaffForm):
    """Which towns look at their lines again, and why."""

    towns = forms.MultipleChoiceField(
        label=_("Towns"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose which town looks at it again.")},
    )
    reason = forms.CharField(label=_("What is to be looked at"), max_length=300, widget=forms.Textarea)

    def __init__(self, *args: Any, towns: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["towns"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(towns)


class CancelForm(StaffForm):
    """Why a cycle is cancelled."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea,
                             help_text=_("The month can then be opened anew, on facts read anew."))
