"""Forms of homes: admission, leaving, changing bed, rooms and beds, the search for a free bed."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, choices_with_blank
from yinian.homes import queries
from yinian.homes.models import Stay
from yinian.places.models import Bed, Site
from yinian.places.sites.forms import ABILITY_LEVELS

ROOM_KINDS = [(Bed.Kind.NURSING.value, Bed.Kind.NURSING.label), (Bed.Kind.PLAIN.value, Bed.Kind.PLAIN.label)]


def bed_words(bed: Bed) -> str:
    """Room, label and kind of a bed on one line of a list."""
    return f"{bed.room.building if bed.room else ''} {bed.label} · {bed.get_kind_display()}".strip()


class AdmitForm(StaffForm):
    """Who, which bed, on what basis, from when. ``proof`` comes with the chosen person."""

    find = forms.CharField(
        label=_("Who is admitted"),
        max_length=60,
        required=False,
        help_text=_(
            "Name or pinyin initials of somebody in your area; for anybody else in the county the whole ID number."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    person = forms.IntegerField(label=_("Person"), widget=forms.HiddenInput, required=False)
    bed = RowField(Bed.objects.none(), words=bed_words, label=_("Bed"), empty_label=_("Choose a free bed"))
    basis = forms.ChoiceField(
        label=_("Kind of admission"), choices=choices_with_blank(Stay.Basis.choices, _("Choose"))
    )
    on = DayField(label=_("Admitted on"), help_text=_("A day up to 30 days ahead keeps the bed for the person."))

    def __init__(self, *args: Any, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Any usable bed of the home is let through: whether it is free is for the action and the database to say.
        beds = Bed.objects.filter(site=home, kind__in=queries.IN_A_ROOM, state=Bed.State.USABLE).select_related(
            "room"
        )
        field = self.fields["bed"]
        field.queryset = beds  # type: ignore[attr-defined]
        free = (
            queries.free_beds()
            .filter(site=home)
            .select_related("room")
            .order_by("room__floor", "room__name", "label")
        )
        field.widget.choices = [("", field.empty_label), *((bed.pk, bed_words(bed)) for bed in free)]  # type: ignore[attr-defined]


class LeaveForm(StaffForm):
    on = DayField(label=_("Left on"), not_after_today=True)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ChangeBedForm(StaffForm):
    bed = RowField(Bed.objects.none(), words=bed_words, label=_("New bed"), empty_label=_("Choose a free bed"))
    on = DayField(label=_("From"), not_after_today=True)

    def __init__(self, *args: Any, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bed"]
        field.queryset = (  # type: ignore[attr-defined]
            queries.free_beds()
            .filter(site=home)
            .select_related("room")
            .order_by("room__floor", "room__name", "label")
        )


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class RoomForm(StaffForm):
    name = forms.CharField(label=_("Room number or name"), max_length=40)
    building = forms.CharField(label=_("Building"), max_length=40, required=False)
    floor = forms.IntegerField(label=_("Floor"), min_value=-2, max_value=40, initial=1)
    beds = forms.IntegerField(label=_("Beds in it"), min_value=0, max_value=20, initial=2)
    kind = forms.ChoiceField(label=_("Kind of bed"), choices=ROOM_KINDS, initial="plain")


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

    def __init__(self, *args: Any, places: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[tuple[str, list[tuple[str, str]]]] = []
        for region in places:  # in code order: a town before its villages
            if region.level <= 4 or not groups:
                groups.append((region.name, [(region.code, region.name)]))
            else:
                groups[-1][1].append((region.code, region.name))
        self.fields["near"].choices = groups  # type: ignore[attr-defined]


def today_for(field: str = "on") -> dict[str, Any]:
    """Initial value: today."""
    return {field: timezone.localdate()}
