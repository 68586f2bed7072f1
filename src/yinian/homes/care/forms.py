"""Forms of daily care: what is set for a resident, a correction, a note. What is sent from the bedside is read here."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.careplans.catalogue import weekday_words
from yinian.core.errors import Refused
from yinian.core.forms import DayField, StaffForm, choices_with_blank
from yinian.homes.care.actions import DutyGiven, Entry
from yinian.homes.care.book import book, clock, minutes
from yinian.homes.care.models import CareRecord
from yinian.homes.care.queries import Suggestion

_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


def times_of(text: str) -> tuple[int, ...]:
    """Minutes of the day out of 07:30 11:45 (blanks or commas between). Raises a form error naming what is wrong."""
    parts = [part for part in re.split(r"[\s,，、;；]+", text.strip()) if part]
    found = []
    for part in parts:
        match = _TIME.fullmatch(part)
        if match is None:
            raise forms.ValidationError(_("“%(part)s” is not a time of the day such as 07:30.") % {"part": part})
        found.append(minutes(f"{match[1]}:{match[2]}"))
    return tuple(sorted(set(found)))


class TimesField(forms.CharField):
    """Times of the day, written one after the other; cleaned to minutes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=160, **kwargs)
        self.widget.attrs |= {"autocomplete": "off", "placeholder": "07:30 11:45"}

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return times_of(text) if text else ()

    def prepare_value(self, value: Any) -> Any:
        return " ".join(clock(n) for n in value) if isinstance(value, list | tuple) else value


class CareForm(StaffForm):
    """How much the person can do alone, from when and why; below it every task of the catalogue, ticked or not."""

    group = forms.ChoiceField(label=gettext_lazy("How much the person can do alone"))
    on = DayField(label=gettext_lazy("From when"))
    reason = forms.CharField(
        label=gettext_lazy("Why so"),
        max_length=200,
        help_text=gettext_lazy("For example: by the assessment, after a fall, the family asks."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [(g.id, str(g.label)) for g in book().groups.values()]  # type: ignore[attr-defined]
        for task in book().tasks.values():
            self.fields[f"on_{task.id}"] = forms.BooleanField(label=str(task.label), required=False)
            self.fields[f"times_{task.id}"] = TimesField(label=gettext_lazy("Times"), required=False)
            self.fields[f"days_{task.id}"] = forms.MultipleChoiceField(
                label=gettext_lazy("Weekdays"),
                required=False,
                choices=[(str(n), weekday_words(n)) for n in range(7)],
                widget=forms.CheckboxSelectMultiple,
            )
            self.fields[f"times_{task.id}"].widget.attrs["class"] = "form-control"
            self.fields[f"on_{task.id}"].widget.attrs["class"] = "form-check-input"
            self.fields[f"days_{task.id}"].widget.attrs["class"] = "form-check-input"

    def rows(self) -> list[tuple[Any, Any, Any]]:
        return [(self[f"on_{t}"], self[f"times_{t}"], self[f"days_{t}"]) for t in book().tasks]

    def clean(self) -> Any:
        data: dict[str, Any] = super().clean() or {}
        for task in book().tasks:
            if data.get(f"on_{task}") and f"times_{task}" in data and not data[f"times_{task}"]:
                self.add_error(f"times_{task}", _("Give the times of the day, such as 07:30."))
        return data

    def duties(self) -> list[DutyGiven]:
        data = self.cleaned_data
        return [
            DutyGiven(task, data[f"times_{task}"], tuple(int(n) for n in data[f"days_{task}"]))
            for task in book().tasks
            if data[f"on_{task}"]
        ]


def initial_of(rows: Sequence[Suggestion]) -> dict[str, Any]:
    """The tasks ticked at first."""
    found: dict[str, Any] = {}
    for row in rows:
        found |= {
            f"on_{row.task}": True,
            f"times_{row.task}": row.times,
            f"days_{row.task}": [str(n) for n in row.days],
        }
    return found


class CorrectionForm(StaffForm):
    outcome = forms.ChoiceField(label=gettext_lazy("What held"), choices=CareRecord.Outcome.choices)
    reason = forms.ChoiceField(label=gettext_lazy("Why it was not done"), required=False)
    why = forms.CharField(label=gettext_lazy("What was wrong with the record"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(key, str(words)) for key, words in book().reasons.items()]
        )


class NoteForm(StaffForm):
    """A note for those who come next."""

    text = forms.CharField(
        label=gettext_lazy("What those who come next must know"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    stay = forms.TypedChoiceField(label=gettext_lazy("About whom"), required=False, coerce=int, empty_value=None)
    urgent = forms.BooleanField(label=gettext_lazy("Needs attention at once"), required=False)

    def __init__(self, *args: Any, residents: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stay"].choices = choices_with_blank(  # type: ignore[attr-defined]
            [(stay.pk, f"{stay.bed.label} {stay.person.name}") for stay in residents], _("The whole home")
        )


# --- what the bedside page sends -----------------------------------------------------------------------------------


def entry_of(post: Mapping[str, str]) -> Entry:
    """When it was done (the phone's clock, where it was sent later), why so late, and its nonce."""
    at = parse_datetime(post.get("at", "")[:40]) if post.get("at") else None
    if post.get("at") and (at is None or at.tzinfo is None):
        raise Refused(fields={"at": _("This is not a moment.")})
    nonce = None
    if post.get("nonce"):
        try:
            nonce = uuid.UUID(post["nonce"][:40])
        except ValueError:
            raise Refused(_("What was sent did not arrive whole; send it again.")) from None
    return Entry(at, post.get("late_reason", ""), nonce)


def slot_of(post: Mapping[str, str]) -> tuple[dt.date, int]:
    """The day and time of a task or dose."""
    day, slot = None, post.get("slot", "")
    try:
        day = parse_date(post.get("day", "")[:10])
    except ValueError:
        day = None
    if day is None or not slot.isdigit() or int(slot) >= 24 * 60:
        raise Refused(_("What was sent did not arrive whole; send it again."))
    return day, int(slot)


def number_of(post: Mapping[str, str], name: str) -> Decimal | None:
    """A number typed with a point or a comma; None for an empty one."""
    text = post.get(name, "").strip().replace("，", ".").replace(",", ".")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= 10_000:
        raise Refused(fields={name: _("“%(text)s” is not a number.") % {"text": text[:20]}})
    return value.quantize(Decimal("0.1"))


def whole_of(post: Mapping[str, str], name: str) -> int:
    text = post.get(name, "")
    if not text.isdigit() or len(text) > 18:
        raise Refused(_("What was sent did not arrive whole; send it again."))
    return int(text)
