"""What the wall screen shows of a county: counts by town, homes, ability, plan, indicators, and what was just done.

Numbers and the names of places, homes and tasks; never of a person. What is slow to count is kept until the register
changes; beds, work and acts are read anew each time.
"""

import datetime as dt
from functools import lru_cache, reduce
from operator import or_
from typing import Any

import polars as pl
from django.db.models import Count, Q
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from yinian import __version__
from yinian.assessments.rules import rules_for
from yinian.core.audit.labels import action_words
from yinian.core.errors import NotVisible
from yinian.core.inbox.models import WorkItem
from yinian.core.jinja import day as day_words
from yinian.core.models import AuditRow, Region, User
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.engines.entitlement.views import REGION
from yinian.engines.indicator import stand
from yinian.entitlements import queries as dues
from yinian.entitlements.queries import Sums
from yinian.homes.beds import queries as homes
from yinian.indicators import live
from yinian.indicators.queries import tallied
from yinian.indicators.values import target_words, with_unit
from yinian.indicators.wall.drawing import Picture, draw
from yinian.indicators.words import in_words
from yinian.people.circumstances.words import ability_words
from yinian.people.models import Person
from yinian.people.persons.lists import BANDS
from yinian.places.models import Site
from yinian.plans.tasks import colours
from yinian.plans.tasks import queries as tasks
from yinian.plans.tasks.models import Turn

TOWN = CODE_LENGTHS[Level.TOWN]
EVENTS, NEXT_TASKS, AIMS, HOMES = 5, 4, 7, 14
OLDEST = max(high for _low, high in BANDS.values())
MARKS = {colours.RED: "red", colours.AMBER: "amber", colours.GREEN: "green", colours.WAITING: "other",
         colours.DONE: "done"}
# Acts on people and care; what concerns accounts, files and exports is not for a wall.
TOLD = ("people.", "homes.", "assessments.", "careplans.", "entitlements.", "plans.", "oversight.", "places.")
NOT_TOLD = (".export", "_export", ".view", "_print", "_check", "_start", "_upload")
INWARD = (".draft", ".promote")  # what officers are still thinking about


def region_of(actor: User, code: str) -> Region:
    """The county to show: the one asked for, or the actor's own. Raises NotVisible beyond the actor's reach."""
    actor.require("wall.view")
    scope = actor.scope("wall.view")
    code = (code if code.isdigit() else "") or min(scope.regions, key=lambda c: (len(c), c), default="")
    if not code or not scope.covers(code):
        raise NotVisible("region")
    region = Region.objects.filter(pk=code, level__lte=Level.COUNTY).first()
    if region is None:
        raise NotVisible("region")
    return region


def synthetic(region: Region) -> bool:
    """Whether the people of a region are made up."""
    return Person.objects.filter(region__code__startswith=region.pk, synthetic=True)[:1].exists()


def _towns(region: Region) -> list[Region]:
    return list(Region.objects.filter(level=Level.TOWN, code__startswith=region.pk).order_by("code"))


def picture(region: Region) -> Picture:
    """The county's map by town."""
    return draw(_towns(region))


def shown(actor: User, region: Region) -> dict[str, Any]:
    """Everything on the screen, ready to be drawn: numbers, and words in the reader's language."""
    actor.require("wall.view", region.pk)
    now = timezone.localtime()
    stamp = live.stamp_of(region.pk, live.pack_of(region.pk), now.date())
    counted = _counted(region.pk, stamp, get_language() or "")
    beds, beds_of = _beds(region)
    late, found = _late(region, now.date()), _dues(region)
    towns = [
        _town(town, counted["towns"].get(town.code, (0, 0)), found.get(town.code), beds_of.get(town.code, (0, 0)),
              late.get(town.code, 0))
        for town in Region.objects.filter(level=Level.TOWN, code__startswith=region.pk).only("code", "name")
    ]
    return {
        "version": __version__, "made_words": _("Figures of %(time)s") % {"time": f"{now:%H:%M}"},
        "people": counted["people"], "ability": counted["ability"], "groups": counted["groups"],
        "ability_words": _("as of %(day)s") % {"day": day_words(now.date())},
        "towns": towns, "beds": beds, "measures": [
            {"key": "people", "label": _("Older people"), "unit": ""},
            {"key": "assessed", "label": _("Share assessed"), "unit": "%"},
            {"key": "missing", "label": _("Due and not receiving"), "unit": ""},
            {"key": "free", "label": _("Free beds"), "unit": ""},
        ],
        "alarms": [
            {"label": _("overdue"), "n": sum(late.values())},
            {"label": _("due and not receiving"), "n": sum(sums.missing for sums in found.values())},
            {"label": _("dues to be checked"), "n": sum(sums.to_check for sums in found.values())},
        ],
        "events": _events(region, now), "plan": _plan(region, now.date()), "indicators": _aims(region, now.date()),
    }


def _town(
    town: Region, people: tuple[int, int], due: Sums | None, beds: tuple[int, int], late: int
) -> dict[str, Any]:
    total, assessed = people
    free, usable = beds
    return {
        "code": town.code, "name": town.name, "people": total, "missing": None if due is None else due.missing,
        "free": free, "assessed": round(100 * assessed / total) if total else None,
        "figures": [
            (_("Older people"), f"{total:,}"),
            (_("Assessed"), f"{100 * assessed / total:.1f}%" if total else "–"),
            (_("Due and not receiving"), "–" if due is None else f"{due.missing:,}"),
            (_("To be checked"), "–" if due is None else f"{due.to_check:,}"),
            (_("Usable beds"), f"{usable:,}"), (_("Free beds"), f"{free:,}"), (_("Overdue work"), f"{late:,}"),
        ],
    }


# --- people: counted once for every state of the register ------------------------------------------------------------


@lru_cache(maxsize=4)
def _counted(region: str, stamp: str, language: str) -> dict[str, Any]:
    """Ages, ability and circumstances. ``stamp`` and ``language`` say what the counts and words depend on."""
    people = live.view_now(region, "persons")
    age, level = pl.col("age"), pl.col("ability_level")
    towns = people.group_by(pl.col(REGION).str.slice(0, TOWN)).agg(
        pl.len(), level.is_not_null().sum().alias("assessed")
    )
    disabled = rules_for(region).disabled.value
    levels = dict(people.group_by(level).len().iter_rows())
    groups = [
        (_("Destitute, supported"), pl.col("relief") == "tekun"),
        (_("Minimum living allowance"), pl.col("relief") == "dibao"),
        (_("Older people with a disability"), pl.col("disability_category") != "none"),
        (_("Living alone"), pl.col("living") == "alone"),
        (_("Empty-nest"), pl.col("empty_nest")), (_("Left behind"), pl.col("left_behind")),
        (_("Special family"), pl.col("special_family")), (_("Unable to care for themselves"), level >= disabled),
    ]
    counts = people.select(expression.sum().alias(str(n)) for n, (_words, expression) in enumerate(groups)).row(0)
    bands = [
        {"label": _("%(low)s to %(high)s") % {"low": low, "high": high - 1} if high < OLDEST
         else _("%(low)s and over") % {"low": low}, "n": people.filter(age >= low, age < high).height, "tone": tone}
        for tone, (low, high) in enumerate(BANDS.values())
    ]
    return {
        "people": {"total": people.height, "over80": people.filter(age >= BANDS["80"][0]).height,
                   "over100": people.filter(age >= BANDS["100"][0]).height, "bands": bands},
        "ability": [
            *({"label": ability_words(n), "n": levels.get(n, 0), "tone": n} for n in range(5)),
            {"label": _("Not assessed"), "n": levels.get(None, 0), "tone": 5},
        ],
        "groups": sorted(({"label": words, "n": count or 0} for (words, _e), count in zip(groups, counts, strict=True)),
                         key=lambda row: -row["n"]),
        "towns": {code: (total, assessed) for code, total, assessed in towns.iter_rows()},
    }


# --- what is read anew ---------------------------------------------------------------------------------------------


def _beds(region: Region) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """The county's homes, and for each town its free and usable beds."""
    open_homes = Site.objects.filter(region__code__startswith=region.pk, kind=Site.Kind.HOME, state=Site.State.OPEN)
    found = list(homes.with_figures(open_homes).values("name", "region_id", "usable", "nursing", "occupied", "free"))
    by_town: dict[str, tuple[int, int]] = {}
    for home in found:
        free, usable = by_town.get(home["region_id"][:TOWN], (0, 0))
        by_town[home["region_id"][:TOWN]] = free + home["free"], usable + home["usable"]
    total = {name: sum(home[name] for home in found) for name in ("usable", "occupied", "free", "nursing")}
    return {
        "sums": [{"label": _("usable beds"), "n": total["usable"]}, {"label": _("taken"), "n": total["occupied"]},
                 {"label": _("free"), "n": total["free"]}, {"label": _("nursing beds"), "n": total["nursing"]}],
        "homes": sorted(({name: home[name] for name in ("name", "occupied", "usable")} for home in found),
                        key=lambda home: -home["usable"])[:HOMES],
    }, by_town


def _dues(region: Region) -> dict[str, Sums]:
    """What the standing run found, by town."""
    runs = dues.standing_runs(region.pk)
    return dues.sums_by_area(runs, region) if runs else {}


def _late(region: Region, today: dt.date) -> dict[str, int]:
    """Overdue work by town; what belongs to the county itself stands under its own code."""
    rows = WorkItem.objects.filter(region__code__startswith=region.pk, state=WorkItem.State.OPEN, due_on__lt=today)
    return dict(rows.order_by().annotate(town=Left("region_id", TOWN)).values_list("town").annotate(n=Count("pk")))


def _events(region: Region, now: dt.datetime) -> list[dict[str, Any]]:
    """The last acts of the work: when, where (never finer than a town), what."""
    told = reduce(or_, (Q(action__startswith=room) for room in TOLD))
    kept_quiet = reduce(or_, [*(Q(action__endswith=end) for end in NOT_TOLD), *(Q(action__contains=k) for k in INWARD)])
    rows = list(AuditRow.objects.filter(told, region_code__startswith=region.pk).exclude(kept_quiet)
                .order_by("-at", "-id").values("pk", "at", "action", "region_code")[:EVENTS])
    names = dict(Region.objects.filter(pk__in={row["region_code"][:TOWN] for row in rows}).values_list("pk", "name"))
    return [
        {"id": row["pk"], "at": _when(timezone.localtime(row["at"]), now), "what": action_words(row["action"]),
         "where": names.get(row["region_code"][:TOWN], region.name)}
        for row in rows
    ]


def _when(at: dt.datetime, now: dt.datetime) -> str:
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%m-%d %H:%M}"


def _plan(region: Region, today: dt.date) -> dict[str, Any] | None:
    """How the tasks of the county's plans stand, and what is due next."""
    turns = tasks.current(Turn.objects.filter(task__document__region__code__startswith=region.pk)).annotate(
        colour=colours.annotated(today)
    )
    by_colour = dict(turns.order_by().values_list("colour").annotate(n=Count("pk")))
    if not by_colour:
        return None
    titles = list(dict.fromkeys(
        turns.order_by("-task__document_id").values_list("task__document__title", flat=True)[:20]
    ))
    coming = turns.filter(colour__in=(colours.RED, colours.AMBER, colours.GREEN), due_on__isnull=False).order_by(
        "due_on", "pk"
    )
    several = ngettext("%(n)d plan", "%(n)d plans", len(titles)) % {"n": len(titles)}
    return {
        "title": titles[0] if len(titles) == 1 else several,
        "marks": [{"key": MARKS[name], "label": str(colours.WORDS[name]), "n": by_colour.get(name, 0)}
                  for name in colours.ORDER if name != colours.OFF],
        "next": [
            {"title": title, "due": day_words(due), "tone": {"red": "late", "amber": "soon"}.get(colour, "")}
            for title, due, colour in coming.values_list("task__title", "due_on", "colour")[:NEXT_TASKS]
        ],
    }


def _aims(region: Region, today: dt.date) -> list[dict[str, str]]:
    """The computed indicators that have a target, those that are furthest from it first."""
    pack, now = live.pack_of(region.pk), live.live(region.pk)
    rows = {row["indicator"]: row for row in now.counts.filter(pl.col(REGION) == region.pk).iter_rows(named=True)}
    found = []
    for indicator in pack.indicators.values():
        if not indicator.computed or indicator.id in now.left_out or region.level > indicator.level:
            continue
        value = tallied(rows.get(indicator.id), indicator, now.as_of)
        standing = stand(value.value, indicator.targets, today)
        if standing.target is None:
            continue
        found.append({
            "label": in_words(indicator.label), "value": with_unit(value.value, indicator.unit),
            "words": target_words(standing.target, indicator.unit), "standing": standing.state,
        })
    return sorted(found, key=lambda row: row["standing"] == "reached")[:AIMS]
