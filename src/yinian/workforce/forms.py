"""Forms of staff, posts and certificates."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, RowField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.places.models import Site
from yinian.workforce.models import Certificate, Post
from yinian.workforce.queries import working_at

SEXES = [("female", _("Female")), ("male", _("Male"))]


def _id_number(**kwargs: Any) -> forms.CharField:
    field = forms.CharField(label=_("ID number"), max_length=20, required=False, **kwargs)
    field.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
    return field


class WorkerForm(StaffForm):
    """Who somebody is. In an edit an empty number or phone leaves the stored one as it is."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=_("Name"), max_length=60)
    id_number = _id_number(
        help_text=_("It tells the sex and the year of birth, and keeps one person from being entered twice.")
    )
    sex = forms.ChoiceField(label=_("Sex"), choices=choices_with_blank(SEXES), required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


class PostForm(StaffForm):
    site = RowField(Site.objects.none(), label=_("Site"), empty_label=_("Choose"), words=lambda site: site.name)
    kind = forms.ChoiceField(label=_("Post"), choices=choices_with_blank(Post.Kind.choices, _("Choose")))
    since = DayField(label=_("Since"))

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Most staff work in homes; stations and points follow.
        sites = working_at(actor).order_by("kind", "name")
        self.fields["site"].queryset = sites  # type: ignore[attr-defined]


class NewWorkerForm(PostForm, WorkerForm):
    field_order = ["name", "id_number", "sex", "phone", "site", "kind", "since"]
    version = None  # type: ignore[assignment]


class EndPostForm(StaffForm):
    on = DayField(label=_("First day without the post"))


class CertificateForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=choices_with_blank(Certificate.Kind.choices, _("Choose")))
    level = forms.CharField(label=_("Certificate level"), max_length=20, required=False)
    number = forms.CharField(label=_("Number of the certificate"), max_length=60, required=False)
    issued_on = DayField(label=_("Issued on"), not_after_today=True)
    expires_on = DayField(label=_("Valid until"), required=False, help_text=_("Left empty: it does not run out."))


class AccountForm(StaffForm):
    user = RowField(
        User.objects.none(),
        label=_("Account"),
        empty_label=_("None"),
        required=False,
        words=lambda user: f"{user.full_name}（{user.username}）",
    )

    def __init__(self, *args: Any, accounts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = accounts  # type: ignore[attr-defined]
