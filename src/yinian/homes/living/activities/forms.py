"""Forms of activities."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, choices_with_blank
from yinian.homes.incidents.forms import MomentField
from yinian.homes.living.activities.actions import LONGEST_MINUTES, MOST_WEEKS
from yinian.homes.living.book import living


class PlanForm(StaffForm):
    kind = forms.ChoiceField(label=_("Kind of activity"))
    title = forms.CharField(label=_("Name of the activity"), max_length=60)
    starts_at = MomentField(label=_("Begins at"))
    minutes = forms.IntegerField(label=_("Minutes it lasts"), min_value=1, max_value=LONGEST_MINUTES, initial=60)
    place = forms.CharField(label=_("Where it is held"), max_length=60)
    leader = forms.CharField(label=_("Who leads it"), max_length=60)
    capacity = forms.IntegerField(
        label=_("How many can take part"), min_value=1, max_value=999, required=False,
        help_text=_("Empty: as many as come."),
    )
    weeks = forms.IntegerField(
        label=_("Weeks in a row"), min_value=1, max_value=MOST_WEEKS, initial=1,
        help_text=_("1: once. 8: every week at this time, eight times."),
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(key, str(words)) for key, words in living().activities.items()]
        )


class HoldForm(StaffForm):
    """Who came: everybody of the home to tick, those signed up ticked already."""

    came = forms.TypedMultipleChoiceField(
        label=_("Who came"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    report = forms.CharField(label=_("How it went"), max_length=500, required=False,
                             widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["came"].choices = list(people)  # type: ignore[attr-defined]


class PhotoForm(StaffForm):
    photo = forms.FileField(label=_("Photo"), widget=forms.ClearableFileInput(attrs={"accept": "image/*"}))
    agreed = forms.BooleanField(label=_("Everybody who can be recognised has agreed"), required=False)
