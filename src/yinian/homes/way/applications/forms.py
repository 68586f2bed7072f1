"""Forms of applications for a bed: the wish, reasons, whom it is about."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import RowField, StaffForm, choices_with_blank
from yinian.core.models import Region
from yinian.homes.way.applications.actions import Wish
from yinian.homes.way.applications.models import BedApplication
from yinian.places.models import Site

COUNTY_DIGITS = 6
_HOMES = ("home_1", "home_2", "home_3")


class WishForm(StaffForm):
    """What is wished for, among the homes and towns of the county that ``region`` lies in."""

    kind = forms.ChoiceField(label=_("Kind of stay"), choices=BedApplication.Kind.choices)
    bed_kind = forms.ChoiceField(label=_("Kind of bed"), choices=BedApplication.BedKind.choices, required=False)
    home_1 = RowField(Site.objects.none(), label=_("Home wanted most"), required=False,
                      empty_label=_("Any home"))
    home_2 = RowField(Site.objects.none(), label=_("Second wish"), required=False, empty_label="–")
    home_3 = RowField(Site.objects.none(), label=_("Third wish"), required=False, empty_label="–")
    not_homes = forms.ModelMultipleChoiceField(
        Site.objects.none(), label=_("Homes not wanted"), required=False, widget=forms.CheckboxSelectMultiple
    )
    near = RowField(Region.objects.none(), words=lambda region: region.name, label=_("Near which town"),
                    required=False, empty_label=_("Near the own village"))
    near_whom = forms.CharField(label=_("Who lives there"), max_length=60, required=False,
                                help_text=_("Such as: the daughter."))
    spouse_number = forms.CharField(
        label=_("ID number of the spouse who wants to live there too"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The spouse applies as well; both are offered beds in one room."),
    )
    trial_first = forms.BooleanField(label=_("Try it first"), required=False)
    urgent = forms.BooleanField(label=_("It is urgent"), required=False)
    urgent_reason = forms.CharField(
        label=_("Why it is urgent"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    contact = forms.CharField(label=_("Who is told, and by which telephone"), max_length=80, required=False)
    note = forms.CharField(label=_("What else is to be known"), max_length=500, required=False,
                           widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        county = region[:COUNTY_DIGITS]
        homes = Site.objects.filter(
            kind=Site.Kind.HOME, state=Site.State.OPEN, region__code__startswith=county
        ).order_by("name")
        for name in (*_HOMES, "not_homes"):
            self.fields[name].queryset = homes  # type: ignore[attr-defined]
        near: Any = self.fields["near"]
        near.queryset = Region.objects.filter(parent=county, level=4).only("code", "name").order_by("code")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("urgent") and not data.get("urgent_reason"):
            self.add_error("urgent_reason", _("Say why it is urgent; it is kept."))
        chosen = [data[name].pk for name in _HOMES if data.get(name)]
        if len(chosen) != len(set(chosen)):
            self.add_error("home_2", _("The same home is chosen twice."))
        return data

    def wish(self) -> Wish:
        data = self.cleaned_data
        near = data.get("near")
        return Wish(
            kind=data["kind"], bed_kind=data["bed_kind"], trial_first=data["trial_first"],
            homes=[data[name].pk for name in _HOMES if data.get(name)],
            not_homes=[site.pk for site in data["not_homes"]], near=near.code if near else "",
            near_whom=data["near_whom"], spouse_number=data["spouse_number"], urgent=data["urgent"],
            urgent_reason=data["urgent_reason"], note=data["note"], contact=data["contact"],
        )


class ApplyForm(WishForm):
    """The same with who applies, for staff."""

    channel = forms.ChoiceField(label=_("Who applies"), choices=[])
    field_order = ["channel"]

    def __init__(self, *args: Any, channels: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["channel"]
        field.choices = channels if len(channels) == 1 else choices_with_blank(channels, _("Choose"))


def initial_of(application: BedApplication) -> dict[str, Any]:
    """The form's beginning for an application that is changed."""
    rows = list(application.wishes.order_by("rank", "id"))
    wanted = [row.site_id for row in rows if row.rank is not None]
    return {
        "kind": application.kind, "bed_kind": application.bed_kind, "trial_first": application.trial_first,
        **dict(zip(_HOMES, wanted, strict=False)),
        "not_homes": [row.site_id for row in rows if row.rank is None], "near": application.near_id or "",
        "near_whom": application.near_whom or "", "urgent": application.urgent,
        "urgent_reason": application.urgent_reason or "", "note": application.note or "",
        "contact": application.contact or "",
    }


class WhyForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
