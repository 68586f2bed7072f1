"""The figures a home may set for itself, each with what the catalogues of care and of daily life suggest."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from yinian.homes.care.book import Bound, VitalKind, Words, book
from yinian.homes.care.models import LOOK_BACK, PLAUSIBLE, PLAUSIBLE_SECOND
from yinian.homes.living.book import living

LITTLE_MEALS, IDLE_DAYS, ALONE_DAYS, ANSWER_DAYS = "little-meals", "idle-days", "alone-days", "answer-days"
TASK_LATE, DOSE_LATE = "task-late", "dose-late"
MOST_MEALS, MOST_DAYS, MOST_ANSWER_DAYS = 21, 366, 30  # beyond these nobody would be told in time to do anything


@dataclass(frozen=True)
class Threshold:
    """``suggested`` None: the catalogue does not know one. A value set lies from ``least`` to ``most``."""

    key: str
    group: str
    what: Any  # lazy text, or the catalogue's own words
    unit: Any
    suggested: Decimal | None
    least: Decimal
    most: Decimal
    whole: bool = True
    pattern: Any = ""  # of a measured value: which side of it

    @property
    def label(self) -> str:
        return str(self.pattern) % {"what": self.what} if self.pattern else str(self.what)


LIFE, WORK, VALUES = "life", "work", "values"
GROUPS = {LIFE: _("Life in the home"), WORK: _("Care and doses"), VALUES: _("Values measured")}


@cache
def thresholds() -> dict[str, Threshold]:
    """Every figure by key, in the order a home reads them."""
    return {one.key: one for one in (*_daily(), *_measured())}


def _daily() -> Iterator[Threshold]:
    days, minutes, most = _("calendar days"), _("minutes"), Decimal(int(LOOK_BACK.total_seconds()) // 60)
    for key, group, what, unit, suggested, top in (
        (LITTLE_MEALS, LIFE, _("A little or nothing eaten at so many meals in a row"), _("meals"),
         living().little_meals, MOST_MEALS),
        (IDLE_DAYS, LIFE, _("Took part in no activity for"), days, living().without_days, MOST_DAYS),
        (ALONE_DAYS, LIFE, _("Visited by nobody for"), days, living().without_days, MOST_DAYS),
        (ANSWER_DAYS, LIFE, _("A family has waited for an answer for"), days, living().answer_days, MOST_ANSWER_DAYS),
        (TASK_LATE, WORK, _("A care task is overdue after"), minutes, book().window.late, most),
        (DOSE_LATE, WORK, _("A dose counts as missed after"), minutes, book().dose.late, most),
    ):
        yield Threshold(key, group, what, unit, Decimal(suggested), Decimal(1), Decimal(top))


def _measured() -> Iterator[Threshold]:
    for kind in book().vitals.values():
        pair = kind.second is not None  # of blood pressure the label stands for both values
        yield from _sides(kind, kind.label, kind.bound, PLAUSIBLE[kind.id], kind.id, pair=pair)
        if kind.second is not None:
            yield from _sides(kind, kind.second, kind.second_bound, PLAUSIBLE_SECOND, f"{kind.id}-second")


def _sides(
    kind: VitalKind, what: Words, bound: Bound, plausible: tuple[str, str], key: str, *, pair: bool = False
) -> Iterator[Threshold]:
    least, most = map(Decimal, plausible)
    sides = (
        ("below", _("%(what)s, upper value below") if pair else _("%(what)s below"), bound.below),
        ("above", _("%(what)s, upper value above") if pair else _("%(what)s above"), bound.above),
    )
    for side, words, value in sides:
        yield Threshold(
            f"{key}-{side}", VALUES, what, kind.unit, None if value is None else Decimal(str(value)), least, most,
            kind.step == 1, words,
        )
