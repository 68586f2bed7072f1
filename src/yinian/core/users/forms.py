"""Forms about users and one's own account."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RegionField, RowField, StaffForm, choices_with_blank
from yinian.core.roles import ROLES
from yinian.core.users.actions import grantable
from yinian.core.users.models import User
from yinian.core.users.sites import sites_under


class LoginForm(StaffForm):
    username = forms.CharField(
        label=_("Login name"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(StaffForm):
    code = forms.CharField(
        label=_("Login code"), max_length=20, help_text=_("Six digits from your phone, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


class PasswordForm(StaffForm):
    old = forms.CharField(
        label=_("Present password"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"), max_length=200, strip=False,
        help_text=_("At least ten characters, not digits alone, and none that everybody uses."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password, once more"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new") and cleaned.get("again") and cleaned["new"] != cleaned["again"]:
            self.add_error("again", _("The two are not the same."))
        return cleaned


class PresentPasswordForm(StaffForm):
    password = forms.CharField(
        label=_("Present password"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ReasonForm(StaffForm):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class IdentityForm(StaffForm):
    id_number = forms.CharField(
        label=_("ID number of the account's holder"), max_length=20,
        help_text=_("Kept only as a keyed digest. It shows that two acts were done by two people."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class _PostingFields(StaffForm):
    """Role, region and, for home staff, the home: cut to what the actor may give."""

    role = forms.ChoiceField(label=_("Role"))
    region = RegionField(
        required=False, levels=(1, 2, 3, 4, 5, 6),
        help_text=_("The role reaches this area and all below it. Type the name or its pinyin initials."),
    )
    site = forms.TypedChoiceField(
        label=_("Posted to home"), required=False, coerce=int, empty_value=None,
        help_text=_("For care-home staff only: they see this home and nothing else."),
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = actor.scope("users.edit")
        roles = [(role.value, ROLES[role].label) for role in grantable(actor)]
        for name, choices in (
            ("role", choices_with_blank(roles)),
            ("site", choices_with_blank([(site.id, site.name) for site in sites_under(scope.regions)])),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices
        region = self.fields["region"]
        assert isinstance(region, RegionField)
        region.scope = scope

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        role = next((r for r in ROLES if r.value == cleaned.get("role")), None)
        if role is None:
            return cleaned
        if ROLES[role].at_site:
            if not cleaned.get("site") and "site" not in self.errors:
                self.add_error("site", _("Choose the home this person works at."))
        else:
            cleaned["site"] = None
            if not cleaned.get("region") and "region" not in self.errors:
                self.add_error("region", _("Choose an area from the list."))
        cleaned["role"] = role
        return cleaned


class UserForm(_PostingFields):
    full_name = forms.CharField(label=_("Full name"), max_length=60)
    username = forms.CharField(
        label=_("Login name"), max_length=60, min_length=3,
        validators=[RegexValidator(r"^[a-zA-Z0-9][a-zA-Z0-9._-]*$",
                                   _("Letters, digits, dot, hyphen and underscore; no blanks."))],
        help_text=_("Letters and digits, such as zhangsan. No ID number, no phone number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    office = forms.CharField(label=_("Office"), max_length=120, required=False)
    field_order = ["full_name", "username", "office", "role", "region", "site"]

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if name.isdigit() and len(name) >= 11:
            raise forms.ValidationError(_("A login name must not be an ID or phone number."))
        return name


class PostingForm(_PostingFields):
    since = DayField(label=_("From"), required=False, help_text=_("Today when left empty."))
    until = DayField(label=_("Last day"), required=False, help_text=_("Left empty, it holds until it is ended."))
    field_order = ["role", "region", "site", "since", "until"]


class HandOverForm(StaffForm):
    """Handing a work item to a colleague."""

    to = RowField(
        User.objects.none(), label=_("Colleague"), words=lambda user: _colleague(user), empty_label=_("Choose")
    )
    note = forms.CharField(label=_("Why hand over"), max_length=200)


def _colleague(user: User) -> str:
    roles = "、".join(dict.fromkeys(user.role_labels))
    return f"{user.full_name} ({roles})" if roles else user.full_name
