"""Forms of the kitchen: a diet, a dish, a week's menu, a correction."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.homes.living.book import ALLERGY, LIMIT, TEXTURE, food_words, living
from yinian.homes.living.meals.models import Diet, Intake, Menu
from yinian.homes.living.meals.queries import days_of

GROUPS = ((TEXTURE, _("Texture")), (LIMIT, _("Limit")), (ALLERGY, _("Allergy")))


def diet_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Kinds of diet under the heading of their group."""
    return [(str(words), [(k.id, str(k.label)) for k in living().of_group(group)]) for group, words in GROUPS]


class DietForm(StaffForm):
    kind = forms.ChoiceField(label=_("Diet"), help_text=_("A new texture ends the one before it on that day."))
    origin = forms.ChoiceField(label=_("Who ordered it"), choices=choices_with_blank(Diet.Origin.choices))
    on = DayField(label=_("From"))
    until = DayField(label=_("Last day"), required=False, help_text=_("Leave it empty: until further notice."))
    reason = forms.CharField(label=_("Reason"), max_length=200)
    note = forms.CharField(label=_("Note for the kitchen"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "–"), *diet_choices()]  # type: ignore[attr-defined]


class DishForm(StaffForm):
    """What is in a dish; saved with nothing ticked it says that none of these is in it."""

    allergens = forms.MultipleChoiceField(
        label=_("What is in it that somebody may be allergic to"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("Nothing ticked says: none of these is in it."),
    )
    unfit = forms.MultipleChoiceField(
        label=_("Not for these diets"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        foods = [(k.id, food_words(k.id)) for k in living().of_group(ALLERGY)]
        others = [(k.id, str(k.label)) for k in living().diets.values() if k.group != ALLERGY]
        self.fields["allergens"].choices = foods  # type: ignore[attr-defined]
        self.fields["unfit"].choices = others  # type: ignore[attr-defined]


def names_of(text: str) -> list[str]:
    """Names of dishes, one a line or with commas between."""
    return [part.strip() for part in re.split(r"[\n,，、;；]+", text) if part.strip()]


class WeekForm(StaffForm):
    """A week's menu: one box a day and meal, a dish a line."""

    def __init__(self, *args: Any, week: dt.date, menus: Mapping[tuple[dt.date, str], Menu], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.week = week
        for day in days_of(week):
            for meal in living().meals.values():
                menu = menus.get((day, meal.id))
                self.fields[f"{day:%Y%m%d}-{meal.id}"] = forms.CharField(
                    label=str(meal.label), required=False, max_length=400,
                    initial="\n".join(line.dish.name for line in menu.lines.all()) if menu else "",
                    widget=forms.Textarea(attrs={"rows": 4, "class": "form-control"}),
                )

    def rows(self) -> list[tuple[dt.date, list[Any]]]:
        return [(day, [self[f"{day:%Y%m%d}-{meal}"] for meal in living().meals]) for day in days_of(self.week)]

    def meals(self) -> dict[tuple[dt.date, str], list[str]]:
        return {
            (day, meal): names_of(self.cleaned_data[f"{day:%Y%m%d}-{meal}"])
            for day in days_of(self.week)
            for meal in living().meals
        }


class IntakeForm(StaffForm):
    """A correction of how much was eaten."""

    amount = forms.ChoiceField(label=_("What held"), choices=Intake.Amount.choices)
    reason = forms.ChoiceField(label=_("Why not all was eaten"), required=False)
    why = forms.CharField(label=_("What was wrong with the record"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(key, str(words)) for key, words in living().intake_reasons.items()]
        )
