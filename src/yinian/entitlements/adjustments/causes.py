"""Why a month differs from what was paid for it: found from what the run read and what is known now, and said in words.

A cause is plain JSON, kept with its month, so that the reason given is the one that held when it was proposed.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.jinja import day, yuan
from yinian.engines.entitlement import FACTS, value_in_words
from yinian.entitlements.adjustments.frames import changed_facts
from yinian.entitlements.models import Adjustment, Cycle, CycleLine
from yinian.entitlements.workkinds import fact_label, in_words
from yinian.people.circumstances.queries import FACT_SOURCES
from yinian.people.kinds import DEPARTMENTS
from yinian.people.models import Person, Spell

Key = tuple[int, str]  # person, service


@dataclass(frozen=True)
class Month:
    """What is at hand to explain one month: its cycles by service, the facts then and now, what the rules read."""

    cycles: Mapping[str, Cycle]
    before: pl.DataFrame
    now: pl.DataFrame
    read_by: Mapping[str, list[str]]
    pack_hash: str
    documents: tuple[str, ...]  # of the pack in force now, the newest first

    @property
    def as_of(self) -> dt.date:
        return next(iter(self.cycles.values())).as_of

    @property
    def known_at(self) -> dt.datetime:
        return min(cycle.run.known_at for cycle in self.cycles.values())


def causes_of(month: Month, wanted: Collection[Key], reported: Mapping[Key, int]) -> dict[Key, dict[str, Any]]:
    """The cause of each person and service of a month. ``reported``: what a report says was paid, where one does."""
    people = sorted({person for person, _service in wanted})
    texts = pl.Series([str(person) for person in people], dtype=pl.String)
    before, now = (frame.filter(pl.col("person_id").is_in(texts.implode())) for frame in (month.before, month.now))
    changed: dict[int, list[dict[str, Any]]] = {}
    for person, fact, old, new in changed_facts(before, now, month.read_by).iter_rows():
        changed.setdefault(person, []).append({"fact": fact, "before": old, "now": new})
    spells = _late_spells(people, month.as_of, month.known_at)
    seen = {int(person) for person in now["person_id"].to_list()}
    knew = {int(person) for person in before["person_id"].to_list()}
    states = {row.pk: row for row in Person.objects.filter(pk__in=people).only("pk", "state", "died_on", "created_at")}
    lines = _unpaid_lines(month, people)
    merged = _merged(people)
    found: dict[Key, dict[str, Any]] = {}
    for person, service in wanted:
        cause: dict[str, Any] = {}
        own = set(month.read_by.get(service, ()))
        facts = changed.get(person, [])
        facts = [fact for fact in facts if fact["fact"] in own] or facts
        if facts:
            cause["facts"] = [fact | _learned(fact["fact"], spells.get(person, {}), states.get(person))
                              for fact in facts]
        if person not in seen:
            cause["gone"] = _gone(spells.get(person, {}), states.get(person))
        elif person not in knew:
            cause["arrived"] = {"known": _iso(states[person].created_at) if person in states else ""}
        cycle = month.cycles.get(service)
        if cycle is not None and cycle.pack_hash != month.pack_hash and not facts and "gone" not in cause:
            cause["rules"] = list(month.documents)
        if (person, service) in reported:
            cause["report"] = reported[person, service]
        if (line := lines.get((person, service))) is not None:
            cause["line"] = line
        if person in merged:
            cause["merged"] = merged[person]
        found[person, service] = cause
    return found


def _late_spells(
    people: Sequence[int], as_of: dt.date, known_at: dt.datetime
) -> dict[int, dict[str, list[Spell]]]:
    """Records about the day that were made or taken back since the run, the latest first, by person and kind."""
    rows = Spell.objects.filter(
        Q(recorded_at__gt=known_at) | Q(retracted_at__gt=known_at), person__in=people, valid__contains=as_of
    ).order_by("-recorded_at", "-pk")
    found: dict[int, dict[str, list[Spell]]] = {}
    for spell in rows:
        found.setdefault(spell.person_id, {}).setdefault(spell.kind, []).append(spell)
    return found


def _learned(fact: str, spells: Mapping[str, list[Spell]], person: Person | None) -> dict[str, Any]:
    """When it became known, since when it holds, and who said so."""
    source = FACT_SOURCES.get(fact)
    kind = source.kind if source else "residence" if fact == "residence_region" else ""
    rows = spells.get(kind, [])
    stands = next((spell for spell in rows if spell.retracted_at is None), None)
    if stands is not None:
        since = stands.valid.lower
        return {"known": _iso(stands.recorded_at), "since": since.isoformat() if since else "",
                "department": stands.department}
    if rows and rows[0].retracted_at is not None:
        return {"known": _iso(rows[0].retracted_at), "department": rows[0].department, "withdrawn": True}
    return {"known": _iso(person.changed_at)} if person is not None and not kind else {}


def _gone(spells: Mapping[str, list[Spell]], person: Person | None) -> dict[str, Any]:
    for kind in ("death", "move"):
        if rows := spells.get(kind):
            return {"why": kind, "on": rows[0].valid.lower.isoformat(), "known": _iso(rows[0].recorded_at),
                    "department": rows[0].department}
    if person is not None and person.died_on is not None:
        return {"why": "death", "on": person.died_on.isoformat()}
    return {"why": "other"}


def _unpaid_lines(month: Month, people: Sequence[int]) -> dict[Key, dict[str, str]]:
    """Lines of the month that were not paid, with their word: an officer should see why before deciding otherwise."""
    rows = CycleLine.objects.filter(cycle__in=month.cycles.values(), person__in=people, state__in=["held", "refused"])
    return {(row.person_id, row.service_id): {"state": row.state, "reason": row.reason} for row in rows}


def _merged(people: Sequence[int]) -> dict[int, int]:
    rows = Person.objects.filter(merged_into__in=people).order_by().values("merged_into").annotate(n=Count("pk"))
    return {int(row["merged_into"] or 0): row["n"] for row in rows}


def _iso(moment: dt.datetime | None) -> str:
    from django.utils import timezone

    return timezone.localtime(moment).date().isoformat() if moment else ""


# --- in words --------------------------------------------------------------------------------------------------


def _day(text: str | None) -> str:
    return day(dt.date.fromisoformat(text)) if text else ""


def value_words(name: str, text: str | None) -> str:
    """A fact's value, kept as text, in the reader's language."""
    fact = FACTS[name]
    if text is None:
        return in_words(value_in_words(fact, None))
    value: Any = text
    if fact.type == "bool":
        value = text == "true"
    elif fact.type == "date":
        return day(dt.date.fromisoformat(text))
    return in_words(value_in_words(fact, value))


def lines_of(cause: Mapping[str, Any]) -> list[str]:
    """A cause as sentences, the weightiest first."""
    said = []
    gone = cause.get("gone")
    if gone:
        words = {
            "death": _("died on %(on)s"), "move": _("moved away on %(on)s"), "other": _("no longer counted here"),
        }[gone["why"]] % {"on": _day(gone.get("on"))}
        said.append(words + _source(gone))
    if "arrived" in cause:
        said.append(_("entered in the register only on %(day)s") % {"day": _day(cause["arrived"].get("known"))})
    for fact in cause.get("facts", ()):
        words = _("%(fact)s is %(now)s and not %(before)s") % {
            "fact": fact_label(fact["fact"]), "now": value_words(fact["fact"], fact["now"]),
            "before": value_words(fact["fact"], fact["before"]),
        }
        if fact.get("since"):
            words += _(", valid from %(day)s") % {"day": _day(fact["since"])}
        if fact.get("withdrawn"):
            words += _(", the earlier record was taken back")
        said.append(words + _source(fact))
    if "rules" in cause:
        said.append(_("the rules for this month have changed since"))
    if "merged" in cause:
        said.append(_("two entries turned out to be one person"))
    if "report" in cause:
        said.append(_("reported as paid: %(amount)s yuan") % {"amount": yuan(cause["report"])})
    if line := cause.get("line"):
        words = _("held back in the month's review") if line["state"] == "held" else _("refused in the month's review")
        said.append(words + (_(": %(reason)s") % {"reason": line["reason"]} if line["reason"] else ""))
    return said or [_("worked out anew from what is known now")]


def _source(part: Mapping[str, Any]) -> str:
    words = _(", known since %(day)s") % {"day": _day(part["known"])} if part.get("known") else ""
    if part.get("department"):
        words += _(" (%(department)s)") % {"department": DEPARTMENTS.get(part["department"], part["department"])}
    return words


@dataclass(frozen=True)
class Stretch:
    """Consecutive months that differ by the same amounts for the same reason."""

    first: dt.date
    last: dt.date
    months: int
    held_fen: int
    due_fen: int
    why: tuple[str, ...]

    @property
    def difference_fen(self) -> int:
        """Of all its months together."""
        return (self.due_fen - self.held_fen) * self.months

    @property
    def when(self) -> str:
        if self.months == 1:
            return month_words(self.first)
        return _("%(first)s to %(last)s") % {"first": month_words(self.first), "last": month_words(self.last)}

    @property
    def sentence(self) -> str:
        why = pgettext("between reasons", "; ").join(self.why)
        return _("%(when)s: held %(held)s yuan, due %(due)s yuan a month, because %(why)s") % {
            "when": self.when, "held": yuan(self.held_fen), "due": yuan(self.due_fen), "why": why
        }


def month_words(month: dt.date) -> str:
    """2026年7月; Jul 2026."""
    return _("%(year)s-%(month)s") % {"year": month.year, "month": month.month}


def stretches(adjustments: Iterable[Adjustment]) -> list[Stretch]:
    """The months of a correction, gathered where they say the same."""
    found: list[Stretch] = []
    for row in sorted(adjustments, key=lambda row: row.month):
        why = tuple(lines_of(row.cause))
        last = found[-1] if found else None
        if last is not None and (last.held_fen, last.due_fen, last.why) == (row.held_fen, row.due_fen, why) and (
            _next(last.last) == row.month
        ):
            found[-1] = Stretch(last.first, row.month, last.months + 1, row.held_fen, row.due_fen, why)
        else:
            found.append(Stretch(row.month, row.month, 1, row.held_fen, row.due_fen, why))
    return found


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
