"""Forms of proposals: drawing one up, and what somebody answered to a move."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.core.models import Region
from yinian.homes.placing.actions import FURTHEST_KM
from yinian.homes.placing.models import Move


class DrawUpForm(StaffForm):
    region = forms.ChoiceField(label=_("County"))
    beyond_km = forms.IntegerField(
        label=_("Also look for a nearer home for residents who live further away than (km)"), required=False,
        min_value=1, max_value=FURTHEST_KM,
        help_text=_("Counted from where kin live, if that is known within the county, else from the own village. Left "
                    "empty, only those are asked to move whose level another home takes, or who live apart from "
                    "husband or wife."),
    )  # fmt: skip
    waiting = forms.BooleanField(
        label=_("Also place those who wait on the county's list"), required=False,
        help_text=_("In the order of the list, in the homes they wish for. Without it only those under state support "
                    "who wish for a home are placed."),
    )  # fmt: skip

    def __init__(self, *args: Any, counties: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["region"]
        field.choices = [(county.pk, county.name) for county in counties]  # type: ignore[attr-defined]
        if len(counties) == 1:
            field.initial, field.widget = counties[0].pk, forms.HiddenInput()


class AnswerForm(StaffForm):
    agreed = forms.ChoiceField(
        label=_("Answer"), choices=[("yes", _("Agrees to move")), ("no", _("Does not agree and stays"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    whom = forms.ChoiceField(label=_("Who answered"), choices=choices_with_blank(Move.Whom.choices, _("Choose")))
    name = forms.CharField(
        label=_("Their name"), max_length=60, required=False,
        help_text=_("Where the guardian or kin answered for the person."),
    )  # fmt: skip
    how = forms.ChoiceField(
        label=_("How the answer was given"), choices=choices_with_blank(Move.How.choices, _("Choose"))
    )
    on = DayField(label=_("Answer given on"), not_after_today=True)
    note = forms.CharField(
        label=_("Remark"), max_length=200, required=False, help_text=_("Why they stay, where they do not agree."),
    )  # fmt: skip
