"""The form of a family doctor."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm
from yinian.core.users.models import User
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.institutions.forms import institution_field, offer


def today() -> Any:
    return timezone.localdate()


class DoctorForm(StaffForm):
    doctor = forms.CharField(label=_("Name of the doctor"), max_length=60)
    institution = institution_field(label=_("Doctor's institution"))
    phone = forms.CharField(label=_("Telephone at work"), max_length=30, required=False)
    since = DayField(label=_("Signed from"), initial=today)
    last = DayField(label=_("Last day"), required=False, help_text=_("Left empty: no end is agreed."))
    services = forms.MultipleChoiceField(
        label=_("Services agreed"), choices=FamilyDoctor.Service.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    number = forms.CharField(label=_("Number of the agreement"), max_length=60, required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, actor)
