"""Forms of organisations, sites and prices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RegionField, StaffForm, YuanField
from yinian.core.users.models import User
from yinian.places.models import Organisation, Price, Site

ABILITY_LEVELS = [
    (0, _("0 intact")), (1, _("1 mild")), (2, _("2 moderate")), (3, _("3 severe")), (4, _("4 total")),
]  # fmt: skip


class OrganisationForm(StaffForm):
    name = forms.CharField(label=_("Name of the organisation"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    region = RegionField(label=_("Seat"))
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        max_length=18,
        required=False,
        help_text=_("18 characters, as on the licence."),
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].scope = actor.scope("places.edit")  # type: ignore[attr-defined]


class SiteForm(StaffForm):
    """A site. ``version`` is the one the editor looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name of the site"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Site.Kind.choices)
    ownership = forms.ChoiceField(label=_("Ownership"), choices=Site.Ownership.choices)
    state = forms.ChoiceField(label=_("State"), choices=Site.State.choices)
    state_since = DayField(
        label=_("In this state since"), required=False, not_after_today=True,
        help_text=_("When it opened again, was suspended or closed. Left as it is, a change holds from today."),
    )
    region = RegionField(label=_("Town or village"), levels=(4, 5, 6))
    urban = forms.BooleanField(label=_("Urban"), required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(label=_("Office phone"), max_length=30, required=False)
    opening_hours = forms.CharField(label=_("Opening hours"), max_length=120, required=False)
    licence_number = forms.CharField(label=_("Licence (filing) number"), max_length=60, required=False)
    licence_expires = DayField(label=_("Licence valid until"), required=False)
    opened_on = DayField(label=_("Opened on"), required=False, not_after_today=True)
    filed_beds = forms.IntegerField(
        label=_("Filed beds"),
        min_value=0,
        max_value=5000,
        initial=0,
        required=False,
        help_text=_("The number in the filing; real beds are counted from the rooms."),
    )
    levels = forms.TypedMultipleChoiceField(
        label=_("Ability levels it takes"),
        choices=ABILITY_LEVELS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    lat = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, required=False, help_text=_("Degrees, WGS 84.")
    )
    lon = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False)
    schematic = forms.BooleanField(
        label=_("The position is schematic"), required=False, help_text=_("Drawn for the map, not surveyed.")
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].scope = actor.scope("places.edit")  # type: ignore[attr-defined]
        # The house's class for one check box would dress the whole group as a box.
        self.fields["levels"].widget.attrs["class"] = "choices"

    def given(self) -> dict[str, Any]:
        """The fields of a site, as the actions take them."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        data["filed_beds"] = data["filed_beds"] or 0
        return data

    @staticmethod
    def initial_of(site: Site) -> dict[str, Any]:
        names = [name for name in SiteForm.base_fields if name not in {"region", "version"}]
        return {**{name: getattr(site, name) for name in names}, "region": site.region_id, "version": site.version}


class PriceForm(StaffForm):
    item = forms.CharField(label=_("What is charged for"), max_length=60)
    amount = YuanField(label=_("Price in yuan"))
    unit = forms.ChoiceField(label=_("Price unit"), choices=Price.Unit.choices)
    from_date = DayField(label=_("From"))
