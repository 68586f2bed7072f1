"""The form of a published price."""

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, YuanField, choices_with_blank
from yinian.homes.beds.queries import IN_A_ROOM
from yinian.places.models import Bed, Price
from yinian.places.sites.forms import ABILITY_LEVELS


class PublishForm(StaffForm):
    item = forms.CharField(label=_("What is charged for"), max_length=60)
    category = forms.ChoiceField(label=_("Kind of fee"), choices=Price.Category.choices)
    amount = YuanField(label=_("Price in yuan"))
    unit = forms.ChoiceField(label=_("Price unit"), choices=Price.Unit.choices)
    bed_kind = forms.ChoiceField(label=_("For which beds"), required=False, choices=choices_with_blank(
        [c for c in Bed.Kind.choices if c[0] in IN_A_ROOM], _("every bed")))
    levels = forms.TypedMultipleChoiceField(
        label=_("For which ability levels"), required=False, choices=ABILITY_LEVELS, coerce=int,
        widget=forms.CheckboxSelectMultiple, help_text=_("None picked: for every level."),
    )
    from_date = DayField(label=_("Holds from"))
    document = forms.CharField(label=_("Document or contract"), max_length=120, required=False,
                               help_text=_("A guided price names the document that sets or guides it."))
