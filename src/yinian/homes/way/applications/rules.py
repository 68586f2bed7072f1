"""What the county's pack rules about the way to a bed: order, days, what declining does, how to object.

No figure of any place stands here. An application keeps the rules it was lodged under.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.jinja import label
from yinian.core.packs import pack_for
from yinian.engines.entitlement import (
    FACTS,
    Pack,
    PackError,
    Ruled,
    Standing,
    WaitingRules,
    row_of_facts,
    standing,
)
from yinian.people.circumstances.queries import facts_with_sources
from yinian.people.models import Person

COUNTY_DIGITS = 6
DAYS = ("accept", "urgent", "supplement", "offer", "intake", "trial", "refund")
GENERAL = "general"


def rules_for(region_code: str) -> WaitingRules:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of it."""
    return rules_of(pack_for(region_code))


def rules_of(pack: Pack) -> WaitingRules:
    try:
        return pack.waiting_rules()
    except PackError as error:
        raise Refused(_("The policy pack does not say how beds are given: %(reason)s") % {"reason": error}) from error


def said(ruled: Ruled[Any]) -> dict[str, Any]:
    """How sure a rule is, and what is assumed about it, as plain JSON."""
    note = ruled.note
    return {"confidence": ruled.confidence, "note": {"zh": note.zh, "en": note.en} if note is not None else {}}


def frozen(region_code: str) -> dict[str, Any]:
    """What an application keeps of the rules as they stand on the day it is lodged."""
    pack = pack_for(region_code)
    rules = rules_of(pack)
    kept: dict[str, Any] = {"pack": pack.hash, "equal": rules.equal.value}
    for name in DAYS:
        ruled = getattr(rules, name)
        kept[name] = {"days": ruled.value.days, "working": ruled.value.working, **said(ruled)}
    for name in ("decline", "expiry"):
        ruled = getattr(rules, name)
        kept[name] = {"place": ruled.value.place, "times": ruled.value.times, **said(ruled)}
    try:
        ways = pack.procedure(GENERAL).appeals.value
    except PackError:
        ways = ()
    kept["appeals"] = [
        {"kind": way.kind, "days": way.days, "months": way.months, "where": {"zh": way.where.zh, "en": way.where.en}}
        for way in ways
    ]
    return kept


def until(kept: dict[str, Any], name: str, since: dt.date | None = None) -> dt.date:
    """The last day of a kept period that begins today, or on ``since``."""
    rule, start = kept[name], since or timezone.localdate()
    if rule["working"]:
        return add_working_days(start, int(rule["days"]))
    return start + dt.timedelta(days=int(rule["days"]))


def assumed(kept: dict[str, Any], name: str) -> bool:
    """Whether a kept rule was seen in no text."""
    return bool(kept.get(name, {}).get("confidence") not in ("verified", "secondary"))


def appeal_words(kept: dict[str, Any]) -> str:
    """How to object to a refusal, in a sentence; empty where the pack does not say."""
    ways = []
    for way in kept.get("appeals", []):
        where = label(way["where"])
        if way["kind"] == "reconsideration":
            ways.append(_("apply to %(where)s for reconsideration within %(days)s days") % {
                "where": where, "days": way["days"] or (way["months"] or 0) * 30})
        else:
            ways.append(_("sue before %(where)s within %(months)s months") % {
                "where": where, "months": way["months"] or round((way["days"] or 0) / 30)})
    if not ways:
        return ""
    return _("Whoever does not accept this decision can, from the day of learning of it, %(ways)s.") % {
        "ways": _(", or ").join(ways)}


def facts_of(person: Person, on: dt.date) -> dict[str, Any]:
    """Every fact of a person that is known, by name."""
    return {name: fact.value for name, fact in facts_with_sources(person, on).items() if fact.value is not None}


def stands(pack: Pack, person: Person, on: dt.date) -> tuple[Standing, dict[str, Any], int | None]:
    """The class of a person by the pack's order, its name, and the ability level as it is known."""
    rules, facts = rules_of(pack), facts_of(person, on)
    try:
        row = row_of_facts({"person_id": str(person.pk), **facts}, on)
        found = standing(rules, row, on, pack.parameters_on(on))
    except PackError as error:
        words = _("The order of the waiting list cannot be worked out: %(reason)s")
        raise Refused(words % {"reason": error}) from error
    classes = rules.order.value
    name = {"zh": "其他老年人", "en": "Other older people"}
    if found.class_id is not None:
        one = classes[found.order].label
        name = {"zh": one.zh, "en": one.en or one.zh}
    level = facts.get("ability_level")
    return found, name, None if level is None else int(level)


def fact_words(names: Iterable[str]) -> list[str]:
    """Facts in words, with who can find them out."""
    found = []
    for name in names:
        fact = FACTS.get(name)
        if fact is not None:
            ask = label({"zh": fact.ask.zh, "en": fact.ask.en}) if fact.ask else ""
            one = label({"zh": fact.label.zh, "en": fact.label.en})
            found.append(_("%(fact)s (%(ask)s)") % {"fact": one, "ask": ask} if ask else one)
    return found


