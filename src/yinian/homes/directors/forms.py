"""Forms of directors' appointments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.workforce.models import Worker


class AppointForm(StaffForm):
    worker = RowField(
        Worker.objects.none(),
        label=_("Who is appointed"),
        empty_label=_("Choose"),
        help_text=_("Somebody in post at the home. Who is new to it is entered among its staff first."),
    )
    issuer = forms.CharField(label=_("Appointed by"), max_length=80)
    document = forms.CharField(label=_("Document"), max_length=120)
    number = forms.CharField(label=_("Number of the document"), max_length=60, required=False)
    since = DayField(label=_("Director since"))
    until = DayField(label=_("First day no longer"), required=False)

    def __init__(self, *args: Any, staff: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = staff  # type: ignore[attr-defined]


class EndForm(StaffForm):
    on = DayField(label=_("First day no longer"))
    reason = forms.CharField(label=_("Reason, in a few words"), max_length=200)
