"""Forms of stays: admission, leaving, changing bed, kind, agreed end and care level."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, choices_with_blank
from yinian.homes.beds import queries as beds
from yinian.homes.care.book import group_choices
from yinian.homes.stays.models import Stay
from yinian.places.models import Bed, Site


def bed_words(bed: Bed) -> str:
    """Room, label and kind of a bed on one line of a list."""
    where = f"{bed.room.building} {bed.label}".strip() if bed.room else bed.label
    sex = f" · {bed.room.get_sex_display()}" if bed.room and bed.room.sex else ""
    return f"{where} · {bed.get_kind_display()}{sex}"


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
    kind = forms.ChoiceField(
        label=_("Kind of stay"), choices=Stay.Kind.choices, initial=Stay.Kind.LONG, required=False,
        help_text=_("Day care takes a day place, every other kind a bed."),
    )
    on = DayField(label=_("Admitted on"), help_text=_("A day up to 30 days ahead keeps the bed for the person."))
    expected_end = DayField(
        label=_("Expected end"), required=False, help_text=_("Needed for a trial or a respite stay.")
    )
    level = forms.ChoiceField(
        label=_("Care level"), required=False, choices=lambda: choices_with_blank(group_choices(), _("Not known yet"))
    )

    def __init__(self, *args: Any, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Any usable bed of the home is let through: whether it is free is for the action and the database to say.
        kinds = (*beds.IN_A_ROOM, Bed.Kind.DAY)
        usable = Bed.objects.filter(site=home, kind__in=kinds, state=Bed.State.USABLE).select_related("room")
        field = self.fields["bed"]
        field.queryset = usable  # type: ignore[attr-defined]
        free = [*beds.free_beds_of(home), *beds.free_places().filter(site=home).order_by("label")]
        field.widget.choices = [("", field.empty_label), *((bed.pk, bed_words(bed)) for bed in free)]  # type: ignore[attr-defined]


class LeaveForm(StaffForm):
    why = forms.ChoiceField(
        label=_("Why they left"),
        choices=choices_with_blank([c for c in Stay.End.choices if c[0] in Stay.LEAVINGS], _("Choose")),
    )
    on = DayField(
        label=_("Left on"), not_after_today=True, help_text=_("For a death the day of death.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ChangeBedForm(StaffForm):
    bed = RowField(Bed.objects.none(), words=bed_words, label=_("New bed"), empty_label=_("Choose a free bed"))
    on = DayField(label=_("From"), not_after_today=True)

    def __init__(self, *args: Any, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bed"]
        field.queryset = (  # type: ignore[attr-defined]
            beds.free_beds()
            .filter(site=home)
            .select_related("room")
            .order_by("room__floor", "room__name", "label")
        )


class KindForm(StaffForm):
    kind = forms.ChoiceField(label=_("Goes on as"), choices=[c for c in Stay.Kind.choices if c[0] != Stay.Kind.DAY])
    on = DayField(label=_("From"), not_after_today=True)
    expected_end = DayField(
        label=_("Expected end"), required=False, help_text=_("Needed for a trial or a respite stay.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)


class EndForm(StaffForm):
    expected_end = DayField(label=_("Expected end"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class LevelForm(StaffForm):
    level = forms.ChoiceField(label=_("Care level"), choices=group_choices)
    on = DayField(label=_("From"), not_after_today=True)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


def today_for(field: str = "on") -> dict[str, Any]:
    """Initial value: today."""
    return {field: timezone.localdate()}
