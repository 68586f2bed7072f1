"""The form by which somebody is let act for a person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, choices_with_blank
from yinian.people.representatives.models import Representative


class RepresentativeForm(StaffForm):
    relation = forms.ChoiceField(
        label=_("Relation to the older person"),
        choices=choices_with_blank(Representative.Relation.choices, _("Choose")),
    )
    full_name = forms.CharField(label=_("Full name of the account's holder"), max_length=60)
    username = forms.CharField(
        label=_("Login name"), max_length=60, min_length=3,
        help_text=_("Letters and digits, such as renxiaojun. An account that is there already is used again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    evidence = forms.CharField(
        label=_("How the relation was seen"), max_length=200,
        help_text=_("Such as: household book seen, statement of the person, court's appointment."),
    )

    def clean_username(self) -> Any:
        name = str(self.cleaned_data["username"])
        if name.isdigit() and len(name) >= 11:
            raise forms.ValidationError(_("A login name must not be an ID or phone number."))
        return name
