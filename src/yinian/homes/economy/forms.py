"""Forms of gardens and animals; a harvest takes three fields."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, YuanField
from yinian.homes.economy.models import Holding, ProduceUse, Unit
from yinian.homes.stays.models import Stay


class HoldingForm(StaffForm):
    kind = forms.ChoiceField(label=_("Garden or animals"), choices=Holding.Kind.choices)
    what = forms.CharField(label=_("What is sown or kept"), max_length=40)
    place = forms.CharField(label=_("Where in the home"), max_length=40, required=False)
    size = forms.DecimalField(label=_("Square metres, or how many animals"), min_value=0, max_value=100_000,
                              decimal_places=1)
    began = DayField(label=_("Since when"), initial=timezone.localdate, not_after_today=True)


class HelpersField(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.person.name} {obj.bed.label}"


class HarvestForm(StaffForm):
    """What, how much, when. Who helped is asked apart."""

    holding = forms.ChoiceField(label=_("What was harvested"))
    amount = forms.DecimalField(label=_("How much was harvested"), min_value=0, max_value=100_000, decimal_places=1)
    unit = forms.ChoiceField(label=_("Counted in"), choices=Unit.choices)
    on = DayField(label=_("Day of the harvest"), initial=timezone.localdate, not_after_today=True)
    helpers = HelpersField(
        Stay.objects.none(), label=_("Residents who liked to help"), required=False,
        help_text=_("Helping is of one's own will: nobody is given tasks, and nothing is paid or owed."),
    )

    def __init__(self, *args: Any, holdings: Iterable[Holding], residents: QuerySet[Stay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["holding"].choices = [(str(one.pk), str(one)) for one in holdings]  # type: ignore[attr-defined]
        self.fields["helpers"].queryset = residents  # type: ignore[attr-defined]


class UseForm(StaffForm):
    kind = forms.ChoiceField(label=_("Use of the harvest"), choices=ProduceUse.Kind.choices)
    amount = forms.DecimalField(label=_("How much of it"), min_value=0, max_value=100_000, decimal_places=1)
    unit = forms.ChoiceField(label=_("Counted in"), choices=Unit.choices)
    on = DayField(label=_("Day"), initial=timezone.localdate, not_after_today=True)
    income_fen = YuanField(label=_("What the sale brought (yuan)"), required=False)
    account = forms.CharField(label=_("On which account it went"), max_length=60, required=False)
    purpose = forms.CharField(label=_("What the money is used for"), max_length=120, required=False)


class EndForm(StaffForm):
    on = DayField(label=_("Crop or herd ended on"), initial=timezone.localdate, not_after_today=True)
    note = forms.CharField(label=_("Remark on the end"), max_length=120, required=False)
