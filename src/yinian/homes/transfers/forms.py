"""Forms of transfers."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.stays.forms import bed_words
from yinian.places.models import Bed, Site


class AskForm(StaffForm):
    site = RowField(Site.objects.none(), words=lambda s: s.name, label=_("Which home"), empty_label=_("Choose a home"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, actor: User, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["site"]
        field.queryset = beds.in_county(actor).exclude(pk=home.pk).order_by("name")  # type: ignore[attr-defined]


def _there(bed: Bed) -> str:
    return f"{bed.site.name} · {bed_words(bed)}"


class DirectForm(StaffForm):
    """A free bed of any other home in which the actor may admit; ``reaches`` says whether there is one."""

    bed = RowField(Bed.objects.none(), words=_there, label=_("Bed there"), empty_label=_("Choose a free bed"))
    on = DayField(label=_("From"), not_after_today=True)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, actor: User, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = actor.scope("homes.admit").q("site__region__code", "site")
        found = beds.free_beds().filter(mine).exclude(site=home).select_related("site", "room")
        self.fields["bed"].queryset = found.order_by("site__name", "room__floor", "label")  # type: ignore[attr-defined]
        self.reaches = found.exists()


class AcceptForm(StaffForm):
    bed = RowField(Bed.objects.none(), words=bed_words, label=_("Bed"), empty_label=_("Choose a free bed"))
    on = DayField(label=_("From"), not_after_today=True)

    def __init__(self, *args: Any, home: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = beds.free_beds().filter(site=home).select_related("room").order_by("room__floor", "label")
        self.fields["bed"].queryset = found  # type: ignore[attr-defined]


class AnswerForm(StaffForm):
    answer = forms.CharField(label=_("Reason"), max_length=200)
