"""The form of a medical institution, and the field that chooses one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import RegionField, RowField, StaffForm, choices_with_blank
from yinian.core.users.models import User
from yinian.medical.institutions import queries
from yinian.medical.institutions.models import Institution


class InstitutionForm(StaffForm):
    name = forms.CharField(label=_("Name as on its licence"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind of institution"), choices=choices_with_blank(Institution.Kind.choices))
    region = RegionField(label=_("Area"), required=False, levels=(1, 2, 3, 4, 5),
                         help_text=_("Left empty: the county. Type the name or the first letters of its pinyin."))
    phone = forms.CharField(label=_("Telephone"), max_length=30, required=False)
    emergency_phone = forms.CharField(label=_("Emergency telephone"), max_length=30, required=False)


def institution_field(**more: Any) -> RowField:
    """A field that chooses one of the institutions; :func:`offer` fills it."""
    more.setdefault("label", _("Medical institution"))
    return RowField(Institution.objects.none(), empty_label=_("Choose"), words=lambda one: one.name, **more)


def offer(form: forms.Form, actor: User, name: str = "institution") -> None:
    """Let the form choose among what the actor sees."""
    field: Any = form.fields[name]
    field.queryset = queries.visible_to(actor).order_by("organisation__name")
