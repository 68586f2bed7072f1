"""Forms of visits: hours, booking, the door."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yinian.assessments.careplans.catalogue import weekday_words
from yinian.core.forms import StaffForm, choices_with_blank
from yinian.homes.care.book import clock, minutes
from yinian.homes.incidents.forms import MomentField
from yinian.homes.living.visits.models import Visit, VisitHours

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")


def spans_of(text: str) -> list[tuple[int, int]]:
    """(opens, closes) in minutes out of 09:00-11:30 14:00-17:00. Raises a form error naming what is wrong."""
    text = text.replace("：", ":")
    found = []
    for part in re.split(r"[,，、;；\s]+(?=\d{1,2}:\d{2}\s*[-–—~至])", text.strip()):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            raise forms.ValidationError(gettext("“%(part)s” is not a span such as 09:00-11:30.") % {"part": part})
        opens, closes = minutes(f"{match[1]}:{match[2]}"), minutes(f"{match[3]}:{match[4]}")
        if not 0 <= opens < closes <= 24 * 60 or int(match[2]) > 59 or int(match[4]) > 59:
            raise forms.ValidationError(gettext("“%(part)s” is not a span such as 09:00-11:30.") % {"part": part})
        found.append((opens, closes))
    return found


def span_words(hours: Iterable[VisitHours], weekday: int) -> str:
    """09:00-11:30 14:00-17:00 of a weekday; empty where none."""
    return " ".join(f"{clock(one.opens)}-{clock(one.closes)}" for one in hours if one.weekday == weekday)


class HoursForm(StaffForm):
    """Visiting hours, a line a weekday."""

    def __init__(self, *args: Any, hours: Sequence[VisitHours], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in range(7):
            self.fields[f"day{weekday}"] = forms.CharField(
                label=weekday_words(weekday), required=False, max_length=100, initial=span_words(hours, weekday),
                widget=forms.TextInput(
                    attrs={"class": "form-control", "placeholder": "09:00-11:30 14:00-17:00", "autocomplete": "off"}
                ),
            )

    def clean(self) -> Any:
        data: dict[str, Any] = super().clean() or {}
        for name, text in list(data.items()):
            if text:
                try:
                    data[name] = spans_of(text)
                except forms.ValidationError as error:
                    self.add_error(name, error)
            else:
                data[name] = []
        return data

    def hours(self) -> list[tuple[int, int, int]]:
        return [
            (weekday, opens, closes)
            for weekday in range(7)
            for opens, closes in self.cleaned_data[f"day{weekday}"]
        ]


class VisitorForm(StaffForm):
    visitor = forms.CharField(label=_("Name of the visitor"), max_length=60)
    relation = forms.ChoiceField(label=_("Relation to the older person"), choices=choices_with_blank(
        Visit.Relation.choices))
    party = forms.IntegerField(label=_("How many come"), min_value=1, max_value=30, initial=1)
    phone = forms.CharField(
        label=_("Telephone"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


class BookForm(VisitorForm):
    field_order = ["at", "visitor", "relation", "party", "phone"]
    at = MomentField(label=_("When"))

    @staticmethod
    def beginning() -> dict[str, Any]:
        """Tomorrow at ten."""
        now = timezone.localtime().replace(hour=10, minute=0, second=0, microsecond=0)
        return {"at": now + dt.timedelta(days=1)}


class WalkInForm(VisitorForm):
    field_order = ["stay", "visitor", "relation", "party", "phone"]
    stay = forms.TypedChoiceField(label=_("Whom they visit"), coerce=int)

    def __init__(self, *args: Any, residents: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stay"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(stay.pk, f"{stay.bed.label} {stay.person.name}") for stay in residents]
        )
