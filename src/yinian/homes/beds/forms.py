"""Forms of beds: rooms and beds, the search for a free bed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.places.models import Bed, Room
from yinian.places.sites.forms import ABILITY_LEVELS

ROOM_KINDS = [(Bed.Kind.NURSING.value, Bed.Kind.NURSING.label), (Bed.Kind.PLAIN.value, Bed.Kind.PLAIN.label)]
ROOM_SEXES = choices_with_blank(Room.Sex.choices, _("Nobody in particular"))


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class OutForm(ReasonForm):
    expected_end = DayField(label=_("Back in use expected on"), required=False)


class RoomForm(StaffForm):
    name = forms.CharField(label=_("Room number or name"), max_length=40)
    building = forms.CharField(label=_("Building"), max_length=40, required=False)
    floor = forms.IntegerField(label=_("Floor"), min_value=-2, max_value=40, initial=1)
    sex = forms.ChoiceField(label=_("Set aside for"), choices=ROOM_SEXES, required=False)
    beds = forms.IntegerField(label=_("Beds in it"), min_value=0, max_value=20, initial=2)
    kind = forms.ChoiceField(label=_("Kind of bed"), choices=ROOM_KINDS, initial="plain")


class RoomEditForm(StaffForm):
    """A room as it is called, where it lies and for whom it is set aside."""

    name = forms.CharField(label=_("Room number or name"), max_length=40)
    building = forms.CharField(label=_("Building"), max_length=40, required=False)
    floor = forms.IntegerField(label=_("Floor"), min_value=-2, max_value=40)
    sex = forms.ChoiceField(label=_("Set aside for"), choices=ROOM_SEXES, required=False)


class DayPlacesForm(StaffForm):
    count = forms.IntegerField(
        label=_("How many day places"), min_value=1, max_value=20, initial=5,
        help_text=_("Each takes one person by day and is not counted as a bed."),
    )


class BedsForm(StaffForm):
    count = forms.IntegerField(label=_("How many beds"), min_value=1, max_value=20, initial=1)
    kind = forms.ChoiceField(label=_("Kind of bed"), choices=ROOM_KINDS, initial="plain")


class FreeBedsForm(StaffForm):
    """From where, what kind, for what level. The search is a GET: it holds no personal data."""

    near = forms.ChoiceField(label=_("Nearest to"), required=False)
    kind = forms.ChoiceField(label=_("Kind of bed"), choices=[*ROOM_KINDS, ("", _("Any"))], required=False)
    level = forms.TypedChoiceField(
        label=_("For ability level"),
        choices=choices_with_blank(ABILITY_LEVELS, _("Any")),
        coerce=int,
        required=False,
        empty_value=None,
    )

    most = forms.IntegerField(label=_("Bed a month, at most (yuan)"), min_value=1, max_value=99_999, required=False)

    def __init__(self, *args: Any, places: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        for region in places:  # in code order: a town before its villages
            if region.level <= 4 or not groups:
                groups.append((region.name, [(region.code, region.name)]))
            else:
                groups[-1][1].append((region.code, region.name))
        self.fields["near"].choices = groups  # type: ignore[attr-defined]
