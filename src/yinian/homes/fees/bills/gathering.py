"""All that a home's bills of a month rest on, read at once: beds, prices, levels, public money, corrections."""

import datetime as dt
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable

from yinian.assessments.models import Result
from yinian.assessments.scales import ABILITY_SCALE
from yinian.engines.fees import Absence, Correction, Extra, Given, Grant, Stretch, Tariff
from yinian.homes.absences.models import Absence as Away
from yinian.homes.care.book import book
from yinian.homes.fees import grants
from yinian.homes.fees.bills.models import BillCorrection, Charge
from yinian.homes.fees.rules import Ruling, away_rules
from yinian.homes.stays.models import Stay, StayLevel
from yinian.places.models import Price, Site


def month_end(month: dt.date) -> dt.date:
    """The day after the last of a month."""
    return month + dt.timedelta(days=monthrange(month.year, month.month)[1])


def tariffs_of(site: Site, before: dt.date) -> tuple[Tariff, ...]:
    """A home's prices by month and day that begin before a day; by meal and by time they come as single charges."""
    found = Price.objects.filter(site=site, from_date__lt=before, unit__in=[Price.Unit.MONTH, Price.Unit.DAY])
    return tuple(
        Tariff(one.item, one.category, one.amount_fen, one.unit, one.from_date, one.bed_kind,
               tuple(sorted(one.levels)))
        for one in found.order_by("item", "from_date")
    )  # fmt: skip


def levels_of(people: Collection[int], on: dt.date) -> dict[int, list[tuple[dt.date, int]]]:
    """The ability levels that came into force by a day, by person, the earliest first."""
    found: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    rows = Result.objects.filter(
        person__in=people, scale=ABILITY_SCALE, in_force_on__lt=on,
        state__in=[Result.State.IN_FORCE, Result.State.SUPERSEDED],
    ).order_by("in_force_on", "pk").values_list("person_id", "in_force_on", "final")
    for person, since, level in rows:
        if since is not None:
            found[person].append((since, level))
    return found


def by_level(
    start: dt.date, end: dt.date, bed_kind: str, levels: Iterable[tuple[dt.date, int]],
    care: Iterable[tuple[dt.date, dt.date | None, int]] = (),
) -> list[Stretch]:
    """A stretch cut where the level changes: the level of care the home entered, else the ability level.

    Before the first ability level that is known, that one counts: a home takes somebody while it is being found out.
    """
    known, entered = list(levels), list(care)
    turns = [since for since, _at in known] + [day for begin, stop, _at in entered for day in (begin, stop) if day]
    cuts = sorted({start, *(day for day in turns if start < day < end)})
    made: list[Stretch] = []
    for begin, stop in zip(cuts, [*cuts[1:], end], strict=True):
        level = next((at for since, until, at in entered if since <= begin and (until is None or begin < until)), None)
        if level is None and known:
            held = [at for since, at in known if since <= begin]
            level = held[-1] if held else known[0][1]
        if made and made[-1].level == level:
            made[-1] = Stretch(made[-1].start, stop, bed_kind, level)
        else:
            made.append(Stretch(begin, stop, bed_kind, level))
    return made


def absences_of(stays: Collection[Stay], after: dt.date) -> dict[int, list[Absence]]:
    """When residents were away, by person, the earliest first; an open absence lasts to the end of the month.

    An absence that goes on over a change of bed is one: its days are counted from its first.
    """
    found: dict[int, list[Absence]] = defaultdict(list)
    rows = Away.objects.filter(stay__person__in={stay.person_id for stay in stays}, period__startswith__lt=after)
    for away in rows.select_related("stay").order_by("stay__person", "period"):
        before, start, end = found[away.stay.person_id], away.period.lower, min(away.period.upper or after, after)
        if before and before[-1].end == start and before[-1].kind == away.kind:
            before[-1] = Absence(before[-1].start, end, away.kind)
        else:
            before.append(Absence(start, end, away.kind))
    return found


def care_levels_of(stays: Collection[Stay]) -> dict[int, list[tuple[dt.date, dt.date | None, int]]]:
    """The levels of care the home looks after residents at, by stay: from, to before, the ability level it stands
    for: prices are published by those, and a group of care is charged as the highest of its levels."""
    found: dict[int, list[tuple[dt.date, dt.date | None, int]]] = defaultdict(list)
    stands_for = {group.id: max(group.levels) for group in book().groups.values()}
    for one in StayLevel.objects.filter(stay__in=stays).order_by("period"):
        found[one.stay_id].append((one.period.lower, one.period.upper, stands_for[one.level]))
    return found


def gather(
    site: Site, month: dt.date, ruling: Ruling, people: Collection[int] | None = None
) -> tuple[dict[int, Given], dict[int, set[str]]]:
    """What the bill of each resident of a month rests on, by person; and the kinds of admission of each."""
    after = month_end(month)
    stays = Stay.objects.filter(bed__site=site, period__overlap=(month, after)).select_related("bed")
    if people is not None:
        stays = stays.filter(person__in=people)
    found = sorted(stays, key=lambda stay: (stay.person_id, stay.period.lower))
    who = sorted({stay.person_id for stay in found})
    levels, tariffs, care = levels_of(who, after), tariffs_of(site, after), care_levels_of(found)
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    bases: dict[int, set[str]] = defaultdict(set)
    for stay in found:
        start, end = max(stay.period.lower, month), min(stay.period.upper or after, after)
        if start < end:
            stretches[stay.person_id] += by_level(start, end, stay.bed.kind, levels.get(stay.person_id, ()),
                                                  care.get(stay.pk, ()))
            bases[stay.person_id].add(stay.basis)
    extras: dict[int, list[Extra]] = defaultdict(list)
    for charge in Charge.objects.filter(site=site, person__in=who, on__gte=month, on__lt=after):
        extras[charge.person_id].append(Extra(charge.on, charge.text, charge.category, charge.amount_fen))
    corrections: dict[int, list[Correction]] = defaultdict(list)
    waiting = BillCorrection.objects.filter(
        bill__site=site, bill__person__in=who, bill__month__lt=month, applied__isnull=True, refund__isnull=True
    ).select_related("bill")
    for one in waiting:
        corrections[one.bill.person_id].append(Correction(one.pk, one.bill.number, one.reason, one.amount_fen))
    away, public = absences_of(found, after), _grants(who, month, after, ruling)
    return {
        person: Given(
            month, tuple(parts), tuple(away.get(person, ())), tariffs, away_rules(ruling.rules),
            tuple(public.get(person, ())), tuple(extras[person]), tuple(corrections[person]),
        )
        for person, parts in stretches.items()
    }, bases  # fmt: skip


def _grants(people: Collection[int], month: dt.date, after: dt.date, ruling: Ruling) -> dict[int, list[Grant]]:
    """What public money pays for each, in the order the pack rules it."""
    rules = [ruled.value for ruled in ruling.rules.subsidies]
    labels = {ruled.value.id: ruled.label.zh for ruled in ruling.rules.subsidies}
    held = grants.granted(people, month, after, [rule.service for rule in rules])
    made: dict[int, list[Grant]] = {}
    for person, granted in held.items():
        made[person] = [
            Grant(rule.service, labels[rule.id], rule.to, rule.covers, rule.whole, one.amount_fen, one.unit,
                  max(one.start, month), None if one.end is None else min(one.end, after))
            for rule in rules for one in sorted(granted, key=lambda one: one.start) if one.service == rule.service
        ]  # fmt: skip
    return made


def not_found(given: Given, bases: Collection[str], ruling: Ruling) -> list[str]:
    """Public money that a resident's kind of admission calls for and that is not granted on record."""
    there = {grant.id for grant in given.grants}
    return [
        f"grant:{ruled.value.service}" for ruled in ruling.rules.subsidies
        if ruled.value.basis is not None and ruled.value.basis in bases and ruled.value.service not in there
    ]  # fmt: skip
