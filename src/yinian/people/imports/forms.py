"""Forms of departmental lists: the upload and the reason of an undo."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.regions.models import Region
from yinian.people.imports.lists import LISTS
from yinian.people.kinds import DEPARTMENTS


def list_choices() -> list[tuple[str, Any]]:
    """Lists under the department they come from."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for spec in LISTS.values():
        groups.setdefault(str(DEPARTMENTS[spec.department]), []).append((spec.code, spec.title))
    return list(groups.items())


class UploadForm(StaffForm):
    """Which list, of which day, and the file."""

    list_kind = forms.ChoiceField(label=_("List"), choices=())
    region = forms.ChoiceField(label=_("Area"), choices=(), help_text=_("Rows outside this area come back as faults."))
    as_of = DayField(
        label=_("The list is of"),
        not_after_today=True,
        help_text=_("The day on which the department drew the list up."),
    )
    complete = forms.BooleanField(
        label=_("This is the department's whole list for the area"),
        required=False,
        help_text=_(
            "Whoever is no longer on it loses what it says, from the day of the list. "
            "You see how many before anything is loaded."
        ),
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx, .xls) or CSV. A returned workbook, mended, goes here too."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        max_length=250,
    )

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list_kind"].choices = choices_with_blank(list_choices())  # type: ignore[attr-defined]
        self.fields["region"].choices = [(r.code, r.name) for r in regions]  # type: ignore[attr-defined]
        if len(regions) == 1:
            self.fields["region"].widget = forms.HiddenInput()
            self.fields["region"].initial = regions[0].code
        self.fields["as_of"].widget.attrs["max"] = timezone.localdate().isoformat()


class UndoForm(StaffForm):
    """Why a loaded list is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("It is kept with your name."))
