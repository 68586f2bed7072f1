"""Red, amber, green: how a turn stands today, by the days it keeps of the pack's rules. The same in Python and SQL."""

import datetime as dt

from django.db.models import Case, CharField, IntegerField, Q, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from yinian.plans.tasks.models import Turn

RED, AMBER, GREEN, WAITING, DONE, OFF = "red", "amber", "green", "waiting", "done", "off"
WORDS: dict[str, Promise] = {
    RED: pgettext_lazy("how a task stands", "Overdue"),
    AMBER: pgettext_lazy("how a task stands", "Due soon or silent"),
    GREEN: pgettext_lazy("how a task stands", "On course"),
    WAITING: pgettext_lazy("how a task stands", "To be checked"),
    DONE: pgettext_lazy("how a task stands", "Finished"),
    OFF: pgettext_lazy("how a task stands", "No longer needed"),
}
TONES = {RED: "bad", AMBER: "warn", GREEN: "ok", WAITING: "info", DONE: "mute", OFF: "mute"}
ORDER = (RED, AMBER, GREEN, WAITING, DONE, OFF)
_DOING = (Turn.State.OPEN, Turn.State.RETURNED)


def colour(turn: Turn, today: dt.date | None = None) -> str:
    """How a turn stands on a day, or stood: what was done or checked after that day was not yet so."""
    today = today or timezone.localdate()
    if turn.state == Turn.State.DROPPED:
        return OFF
    done = turn.state in (Turn.State.REPORTED, Turn.State.CONFIRMED, Turn.State.CHECKED)
    if done and (turn.done_on is None or turn.done_on <= today):
        checked = turn.state == Turn.State.CHECKED and (turn.checked_on is None or turn.checked_on <= today)
        return DONE if checked else WAITING
    if turn.due_on is not None and turn.due_on < today:
        return RED
    if any(day is not None and day <= today for day in (turn.amber_on, turn.quiet_on)):
        return AMBER
    return GREEN


def annotated(today: dt.date) -> Case:
    """The same as a column of a queryset of turns."""
    return Case(
        When(state=Turn.State.DROPPED, then=Value(OFF)),
        When(state=Turn.State.CHECKED, then=Value(DONE)),
        When(state__in=(Turn.State.REPORTED, Turn.State.CONFIRMED), then=Value(WAITING)),
        When(due_on__lt=today, then=Value(RED)),
        When(Q(amber_on__lte=today) | Q(quiet_on__lte=today), then=Value(AMBER)),
        default=Value(GREEN), output_field=CharField(max_length=8),
    )


def ranked() -> Case:
    """The order of colours, the most urgent first, as a column of a queryset that has ``colour``."""
    return Case(*(When(colour=name, then=Value(n)) for n, name in enumerate(ORDER)), output_field=IntegerField())


def badge(turn: Turn) -> tuple[str, str]:
    """The colour in words, with the tone of its badge."""
    found = colour(turn)
    return str(WORDS[found]), TONES[found]


def overdue(today: dt.date) -> Q:
    """Turns that are, or on an earlier day were, not done although their day had passed."""
    return Q(due_on__lt=today) & (Q(state__in=_DOING) | Q(done_on__gt=today)) & ~Q(state=Turn.State.DROPPED)
