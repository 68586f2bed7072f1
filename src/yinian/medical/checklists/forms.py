"""Forms of lists of check-ups: the file and the area it is of; why a list is taken back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm
from yinian.core.regions.models import Region


class UploadForm(StaffForm):
    region = forms.ChoiceField(label=_("Area"), choices=(), help_text=_("Only people of this area are found."))
    file = forms.FileField(
        label=_("File"), help_text=_("Excel (.xlsx, .xls) or CSV. A returned workbook, mended, goes here too."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}), max_length=250,
    )

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [(one.code, one.name) for one in regions]  # type: ignore[attr-defined]
        if len(regions) == 1:
            self.fields["region"].widget = forms.HiddenInput()
            self.fields["region"].initial = regions[0].code


class BackForm(StaffForm):
    reason = forms.CharField(label=_("Why the list is taken back"), max_length=200)
