"""Forms of beds of the health side."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.medical.institutions.forms import institution_field, offer
from yinian.medical.lying.models import MedicalBed


def today() -> Any:
    return timezone.localdate()


class LieForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind of bed"), choices=choices_with_blank(MedicalBed.Kind.choices))
    institution = institution_field(label=_("Of which institution"))
    since = DayField(label=_("Since"), not_after_today=True, initial=today)
    told_by = forms.CharField(label=_("Who told you"), max_length=60)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, actor)


class LeaveForm(StaffForm):
    on = DayField(label=_("Left the bed on"), not_after_today=True, initial=today)
    reason = forms.CharField(label=_("Reason"), max_length=200)
