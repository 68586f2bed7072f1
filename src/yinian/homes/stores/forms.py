"""Forms of stores."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, choices_with_blank
from yinian.homes.catalogues import choices, goods
from yinian.homes.stays.models import Stay
from yinian.homes.stores.actions import MOST
from yinian.homes.stores.models import Parcel, StoreMove
from yinian.homes.stores.queries import Line

Kind = StoreMove.Kind
WORDS = {
    Kind.RECEIPT: (_("How many came in"), _("From whom, by what paper")),
    Kind.HAND: (_("How many are handed out"), _("Note")),
    Kind.LOSS: (_("How many are gone"), _("Why they are gone")),
    Kind.COUNT: (_("How many were counted"), _("Who counted, what was found")),
}


def unit_words(line: Line) -> str:
    """A good with what stands of it."""
    found = goods().get(line.good)
    return f"{found or line.good}（{line.balance}{found.unit if found else ''}）"


class EnterForm(StaffForm):
    """One movement; what it asks depends on its kind."""

    good = forms.ChoiceField(label=_("Which good"))
    person = RowField(
        Stay.objects.none(), label=_("Given to"), words=lambda stay: f"{stay.person.name} {stay.bed.label}"
    )
    quantity = forms.IntegerField(label=_("How many"), min_value=0, max_value=MOST)
    on = DayField(label=_("Day"), initial=timezone.localdate, not_after_today=True)
    text = forms.CharField(label=_("Note"), max_length=200)

    def __init__(
        self, *args: Any, kind: str, lines: Iterable[Line], residents: QuerySet[Stay], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["good"].choices = choices_with_blank(  # type: ignore[attr-defined]
            (line.good, unit_words(line)) for line in lines
            if line.good in goods() and (line.balance or kind in (Kind.RECEIPT, Kind.COUNT))
        )
        self.fields["quantity"].label, self.fields["text"].label = WORDS[Kind(kind)]
        self.fields["text"].required = kind != Kind.HAND
        if kind == Kind.HAND:
            self.fields["person"].queryset = residents  # type: ignore[attr-defined]
        else:
            del self.fields["person"]


class WishForm(StaffForm):
    good = forms.ChoiceField(label=_("Which good"))
    wished = forms.IntegerField(label=_("How many should be there at least"), min_value=0, max_value=MOST)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["good"].choices = choices(goods())  # type: ignore[attr-defined]


class PlanForm(StaffForm):
    """A round: of each good so many a resident; empty where none is sent."""

    title = forms.CharField(label=_("Name of the round"), max_length=80,
                            help_text=_("For instance: winter quilts and padded clothes 2026"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, one in goods().items():
            self.fields[key] = forms.IntegerField(
                label=_("%(good)s, a resident (%(unit)s)") % {"good": str(one), "unit": one.unit}, required=False,
                min_value=0, max_value=100,
            )
            self.fields[key].widget.attrs["class"] = "form-control"

    def per_head(self) -> dict[str, int]:
        return {key: self.cleaned_data[key] for key in goods() if self.cleaned_data.get(key)}


class ConfirmForm(StaffForm):
    """What a home counted of each parcel, to begin with as many as were sent."""

    def __init__(self, *args: Any, parcels: Iterable[Parcel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parcels = list(parcels)
        for one in self.parcels:
            found = goods().get(one.good)
            self.fields[f"n{one.pk}"] = forms.IntegerField(
                label=_("%(good)s: %(n)d sent, how many were counted?")
                % {"good": str(found or one.good), "n": one.planned}, min_value=0, max_value=MOST, initial=one.planned,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )
            self.fields[f"why{one.pk}"] = forms.CharField(
                label=_("Why the number differs"), max_length=200, required=False,
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    def counted(self) -> dict[int, tuple[int, str]]:
        data = self.cleaned_data
        return {one.pk: (data[f"n{one.pk}"], data[f"why{one.pk}"]) for one in self.parcels}
