"""Forms of units."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import RowField, StaffForm
from yinian.core.models import User
from yinian.plans.units.models import Unit


class UnitForm(StaffForm):
    name = forms.CharField(label=_("Name of the unit"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=[c for c in Unit.Kind.choices if c[0] != Unit.Kind.TOWN])
    aliases = forms.CharField(
        label=_("Names in documents"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: short and former names. The level before a name (市, 县) need not be repeated."),
    )
    active = forms.BooleanField(label=_("Takes part in plans"), required=False, initial=True)

    @property
    def names(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["aliases"].splitlines() if line.strip()]


class SpeakerForm(StaffForm):
    user = RowField(User.objects.none(), label=_("Account"))

    def __init__(self, *args: Any, users: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = users  # type: ignore[attr-defined]
