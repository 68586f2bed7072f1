"""Forms of reconciliation: the upload of a report, the mapping of its payment items, a reason."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, choices_with_blank
from yinian.core.regions.models import Region
from yinian.entitlements.models import PaidBatch
from yinian.entitlements.reconciliation.sheet import ITEM_LENGTH, month_of
from yinian.entitlements.reconciliation.words import PAYING
from yinian.people.kinds import DEPARTMENTS


class MonthField(forms.CharField):
    """A month, picked or typed as 2026-07; cleaned to its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-07"})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        month = month_of(text) if text else None
        if text and month is None:
            raise forms.ValidationError(_("Write the month as 2026-07."))
        if month is not None and month > timezone.localdate():
            raise forms.ValidationError(_("This month has not begun."))
        return month


class UploadForm(StaffForm):
    """Whose report, of which month, and the file."""

    department = forms.ChoiceField(label=_("Paying department"), choices=())
    source = forms.ChoiceField(label=_("Where the report comes from"), choices=PaidBatch.Source.choices)
    region = forms.ChoiceField(label=_("Area"), choices=())
    month = MonthField(label=_("Month"), help_text=_("Of the rows that name no month themselves."))
    item = forms.CharField(
        label=_("Payment item"), required=False, max_length=ITEM_LENGTH,
        help_text=_("Only if the file has no column for it: what all its rows are."),
    )
    complete = forms.BooleanField(
        label=_("This is everything that was paid for its items and months in the area"), required=False,
        help_text=_("Then whoever was approved and is not in it counts as not paid."),
    )
    file = forms.FileField(
        label=_("File"), help_text=_("Excel (.xlsx, .xls) or CSV. A returned workbook, mended, goes here too."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}), max_length=250,
    )

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = choices_with_blank([(d.value, DEPARTMENTS[d]) for d in PAYING])  # type: ignore[attr-defined]
        self.fields["region"].choices = [(r.code, r.name) for r in regions]  # type: ignore[attr-defined]
        if len(regions) == 1:
            self.fields["region"].widget = forms.HiddenInput()
            self.fields["region"].initial = regions[0].code


class ReasonForm(StaffForm):
    """Why: kept with the author's name."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It is kept with your name."),
    )
