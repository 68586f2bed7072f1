"""Forms of bills: which month to draft, what was paid, what was wrong, what is charged once."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, YuanField
from yinian.homes.fees.accounts.models import Payment
from yinian.places.models import Price


def months(count: int = 12) -> list[tuple[str, str]]:
    """The present month and those before it."""
    first, found = timezone.localdate().replace(day=1), []
    for _turn in range(count):
        found.append((first.isoformat(), f"{first:%Y-%m}"))
        first = (first.replace(year=first.year - 1, month=12) if first.month == 1
                 else first.replace(month=first.month - 1))
    return found


class MonthForm(StaffForm):
    month = forms.ChoiceField(label=_("Month"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = months()  # type: ignore[attr-defined]


class NoteForm(StaffForm):
    note = forms.CharField(label=_("Remark"), max_length=300, required=False,
                           help_text=_("Needed where something on a bill is not known."))


class PayForm(StaffForm):
    amount = YuanField(label=_("Amount in yuan"))
    channel = forms.ChoiceField(label=_("How it was paid"), choices=Payment.Channel.choices)
    on = DayField(label=_("Day received"), not_after_today=True)
    slip = forms.CharField(label=_("Number of receipt or bank slip"), max_length=60, required=False)


class CorrectForm(StaffForm):
    way = forms.ChoiceField(label=_("What is done"), choices=[("back", _("Give back")), ("more", _("Charge besides"))])
    amount = YuanField(label=_("Amount in yuan"))
    reason = forms.CharField(label=_("What was wrong"), max_length=200)


class ChargeForm(StaffForm):
    text = forms.CharField(label=_("What for"), max_length=100)
    category = forms.ChoiceField(label=_("Kind of fee"), choices=Price.Category.choices, initial="other")
    amount = YuanField(label=_("Amount in yuan"))
    on = DayField(label=_("Day"), not_after_today=True)
