"""Forms of single changes of a published roster; the grid of a draft is read cell by cell in its page."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yinian.core.forms import StaffForm, choices_with_blank
from yinian.core.jinja import day as day_words
from yinian.homes.care.book import book
from yinian.homes.rosters.models import RosterShift
from yinian.workforce.models import Worker
from yinian.workforce.queries import told_apart


def _people(workers: Iterable[Worker]) -> list[tuple[Any, Any]]:
    return list(told_apart(workers).items())


class ChangeForm(StaffForm):
    """Who does not come, why, and who comes instead."""

    gone = forms.ChoiceField(label=_("Why they do not come"), choices=choices_with_blank([
        pair for pair in RosterShift.Gone.choices if pair[0] != RosterShift.Gone.LEFT  # said by the end of the post
    ]))
    reason = forms.CharField(label=_("Reason, in a few words"), max_length=120)
    cover = forms.TypedChoiceField(
        label=_("Who comes instead"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("Staff of the home who are on no other shift at that time."),
    )

    def __init__(self, *args: Any, free: Iterable[Worker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cover"].choices = choices_with_blank(_people(free), _("Nobody, the shift stays open"))  # type: ignore[attr-defined]


class AddForm(StaffForm):
    """Somebody more on a shift of a published week."""

    worker = forms.TypedChoiceField(label=_("Who comes"), coerce=int)
    day = forms.TypedChoiceField(label=_("Day"), coerce=dt.date.fromisoformat)
    shift = forms.ChoiceField(label=_("Shift"))
    reason = forms.CharField(label=_("Reason, in a few words"), max_length=120)

    def __init__(self, *args: Any, workers: Iterable[Worker], days: Iterable[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given: dict[str, list[tuple[Any, Any]]] = {
            "worker": _people(workers),
            "day": [(one.isoformat(), day_words(one)) for one in days],
            "shift": [(one.id, f"{one.label} {one.hours}") for one in book().shifts],
        }
        for name, choices in given.items():
            self.fields[name].choices = choices_with_blank(choices, _("Choose"))  # type: ignore[attr-defined]
