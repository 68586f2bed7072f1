"""Forms of contracts and licences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.institutions.forms import institution_field, offer


class ContractForm(StaffForm):
    institution = institution_field(help_text=_("Not on the list? Enter it first under “Medical institutions”."))
    covers = forms.MultipleChoiceField(
        label=_("What it covers"), choices=Contract.Cover.choices, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what the paper says: a green channel is offered in a referral where it is ticked here."),
    )
    since = DayField(label=_("In force from"))
    last = DayField(label=_("Last day"), required=False,
                    help_text=_("Left empty: no end is agreed, and nobody is reminded."))
    number = forms.CharField(label=_("Number of the contract"), max_length=60, required=False)
    file = forms.FileField(label=_("Photo or scan of the contract"), required=False)

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, actor)


class LicenceForm(StaffForm):
    unit = forms.ChoiceField(label=_("Kind of unit"), choices=Licence.Unit.choices)
    kind = forms.ChoiceField(label=_("Licence or filing"), choices=Licence.Kind.choices)
    name = forms.CharField(label=_("Name on the licence"), max_length=120)
    number = forms.CharField(label=_("Number of the licence or filing"), max_length=60)
    subjects = forms.CharField(label=_("For what it is licensed"), max_length=200)
    insured = forms.TypedChoiceField(
        label=_("Designated by medical insurance"), required=False, empty_value=None,
        coerce=lambda value: value == "yes",
        choices=choices_with_blank([("yes", _("Yes")), ("no", _("No"))], _("Not known")),
    )
    since = DayField(label=_("Valid from"))
    last = DayField(label=_("Last day"), required=False, help_text=_("Left empty: it does not run out."))
    file = forms.FileField(label=_("Photo or scan of the licence"), required=False)


class PaperForm(StaffForm):
    file = forms.FileField(label=_("Photo or scan"))


class StopForm(StaffForm):
    last = DayField(label=_("Last day"), not_after_today=True)
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ErrorForm(StaffForm):
    reason = forms.CharField(label=_("What was the error?"), max_length=200)
