"""Forms of letters with families."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm


class WriteForm(StaffForm):
    text = forms.CharField(label=_("Message"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}))


class HomeWriteForm(WriteForm):
    photo = forms.FileField(
        label=_("Photo"), required=False,
        help_text=_("Only with consent to photos; place and time in the file are removed."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )

    def __init__(self, *args: Any, photo: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not photo:
            del self.fields["photo"]


class NoticeForm(StaffForm):
    title = forms.CharField(label=_("Title"), max_length=60)
    text = forms.CharField(
        label=_("Text of the notice"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("All families of the home read it; write nothing about a single person."),
    )
    until = DayField(label=_("Shown until"))

    @staticmethod
    def beginning() -> dict[str, Any]:
        return {"until": timezone.localdate() + dt.timedelta(days=14)}
