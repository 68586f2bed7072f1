"""The drafting page's content as plain data: made of suggestions, filled by the page, checked, turned into rows.

A sheet holds all that stands on the page, ticked or not, whole or half-written, so that nothing typed is lost.
"""

import datetime as dt
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _

from yinian.assessments.careplans import catalogue as words
from yinian.assessments.careplans.models import LINE, CarePlan, Goal, Need, Origin, PlannedService
from yinian.assessments.rules import months_after
from yinian.assessments.scales import in_words
from yinian.engines.careplan import PER, Catalogue, Frequency, ServiceOffer, Suggested

MOST_NEEDS, MOST_PARTS = 60, 8  # needs of a plan; goals, and services, of a need
LONGEST = 2000
LATE_START_DAYS, FAR_START_DAYS = 31, 92  # a plan may be entered so long after it began, and begin so far ahead
LONGEST_DAYS = 3 * 366
UNPAID = {"family": "unpaid", "visit": "unpaid", "medical": "insurance"}
Sheet = dict[str, Any]


class Posted(Protocol):
    """What a form sends."""

    def get(self, name: str) -> Any: ...
    def getlist(self, name: str) -> list[Any]: ...


# --- making --------------------------------------------------------------------------------------------------------


def new_sheet(suggested: list[Suggested], scale_id: str, on: dt.date, review: dt.date) -> Sheet:
    """A sheet of the suggestions that a result by a scale led to, all ticked."""
    return {
        "situation": "", "wishes": "", "start": on.isoformat(), "review": review.isoformat(),
        "needs": [_need(one, scale_id, on) for one in suggested],
    }


def _need(one: Suggested, scale_id: str, on: dt.date) -> dict[str, Any]:
    text = in_words(one.degree.text)
    return {
        "rule": one.rule.id, "degree": one.degree.id, "area": one.rule.area, "on": True, "text": text, "offered": text,
        "note": "", "why": words.kept(one.reasons), "risks": list(one.rule.risks),
        "source": words.source_of(one, scale_id),
        "goals": [_goal(goal, words.baseline_of(one, scale_id), on) for goal in one.degree.goals],
        "services": [_service(offer) for offer in one.degree.services],
    }


def _goal(goal: Any, baseline: str, on: dt.date) -> dict[str, Any]:
    text, measure, target = in_words(goal.text), in_words(goal.measure), in_words(goal.target)
    return {
        "on": True, "text": text, "measure": measure, "target": target, "baseline": baseline[:LINE],
        "by": months_after(on, goal.months).isoformat(), "offered": [text, measure, target],
    }


def _service(offer: ServiceOffer) -> dict[str, Any]:
    return {
        "on": offer.ticked, "service": offer.service, "provider": offer.provider, "who": "",
        "times": str(offer.often.times), "per": offer.often.per, "days": [],
        "minutes": "" if offer.minutes is None else str(offer.minutes),
        "from": "", "until": "", "pays": UNPAID.get(offer.provider, "self"),
        "note": "" if offer.note is None else in_words(offer.note),
        "offered": [offer.service, offer.provider, str(offer.often.times), offer.often.per,
                    "" if offer.minutes is None else str(offer.minutes)],
    }


def blank_need(area: str) -> dict[str, Any]:
    return {"rule": "", "degree": "", "area": area, "on": True, "text": "", "note": "", "why": [], "risks": [],
            "source": {}, "goals": [], "services": []}


def blank_goal(on: dt.date) -> dict[str, Any]:
    return {"on": True, "text": "", "measure": "", "target": "", "baseline": "", "by": months_after(on, 3).isoformat()}


def blank_service() -> dict[str, Any]:
    return {"on": True, "service": "", "provider": "family", "who": "", "times": "1", "per": "week", "days": [],
            "minutes": "", "from": "", "until": "", "pays": "unpaid", "note": ""}


def carried_on(sheet: Sheet, before: CarePlan, on: dt.date) -> Sheet:
    """The sheet of a later edition: what the plan before says stands in place of the suggestion of the same need, its
    own needs follow, and what was left out then stays unticked unless the need has become graver."""
    made = deepcopy(sheet)
    needs = list(before.needs.prefetch_related("goals", "services"))
    held = {need.rule: need for need in needs if need.rule}
    left_out = _left_out(before)
    for entry in made["needs"]:
        need = held.get(entry["rule"])
        if need is None:
            entry["on"] = entry["rule"] not in left_out or left_out[entry["rule"]] != entry["degree"]
            continue
        if entry["offered"] != need.text and need.origin == Origin.CHANGED:
            entry["text"] = need.text
        entry["note"] = need.note or ""
        goals = [_of_goal(goal, on) for goal in need.goals.all() if goal.state != Goal.State.MET]
        entry["goals"] = goals + [{**goal, "on": not goals} for goal in entry["goals"] if not _stands(goal, goals)]
        services = [_of_service(one) for one in need.services.all()]
        entry["services"] = services + [
            {**one, "on": not services} for one in entry["services"] if not _offered(one, services)
        ]
    made["needs"] += [_of_need(need, on) for need in needs if need.origin == Origin.OWN]
    made["situation"], made["wishes"] = before.situation or "", before.wishes or ""
    return made


def _left_out(before: CarePlan) -> dict[str, str]:
    """Needs whose suggestion the plan before left unticked, with the degree that was suggested."""
    return {entry["rule"]: entry["degree"] for entry in read(before)["needs"] if entry["rule"] and not entry["on"]}


def _of_need(need: Need, on: dt.date) -> dict[str, Any]:
    return {
        **blank_need(need.area), "text": need.text, "note": need.note or "", "risks": list(need.risks),
        "goals": [_of_goal(goal, on) for goal in need.goals.all() if goal.state != Goal.State.MET],
        "services": [_of_service(one) for one in need.services.all()],
    }


def _of_goal(goal: Goal, on: dt.date) -> dict[str, Any]:
    return {
        **blank_goal(on), "text": goal.text, "measure": goal.measure, "target": goal.target, "baseline": goal.baseline,
        "by": max(goal.by, months_after(on, 1)).isoformat(), "carried": goal.origin,
    }


def _of_service(one: PlannedService) -> dict[str, Any]:
    return {
        **blank_service(), "service": one.service, "provider": one.provider, "who": one.who, "times": str(one.times),
        "per": one.per, "days": list(one.days), "minutes": "" if one.minutes is None else str(one.minutes),
        "pays": f"due:{one.due}" if one.pays == PlannedService.Pays.DUE else one.pays, "note": one.note,
        "carried": one.origin,
    }


def _stands(goal: dict[str, Any], goals: list[dict[str, Any]]) -> bool:
    return any(goal["text"] == other["text"] for other in goals)


def _offered(one: dict[str, Any], services: list[dict[str, Any]]) -> bool:
    return any((one["service"], one["provider"]) == (other["service"], other["provider"]) for other in services)


def read(plan: CarePlan) -> Sheet:
    """A plan's sheet; empty where it has none."""
    import json

    found: Sheet = json.loads(str(plan.sheet)) if plan.sheet else {}
    return {"situation": "", "wishes": "", "start": "", "review": "", "needs": [], **found}


# --- filling -------------------------------------------------------------------------------------------------------


def filled(sheet: Sheet, post: Posted) -> Sheet:
    """The sheet with what the page sent. Entries that the page did not show stay as they are."""
    made = deepcopy(sheet)
    for name in ("situation", "wishes"):
        _take(made, name, post, name, LONGEST)
    for name in ("start", "review"):
        _take(made, name, post, name, 10)
    for n, need in enumerate(made["needs"]):
        at = f"n{n}"
        if post.get(f"{at}.here") is None:
            continue
        need["on"] = post.get(f"{at}.on") is not None
        _take(need, "text", post, f"{at}.text", LINE)
        _take(need, "note", post, f"{at}.note", LONGEST)
        if not need["rule"]:
            _take(need, "area", post, f"{at}.area", LINE)
            need["risks"] = [str(risk)[:40] for risk in post.getlist(f"{at}.risks")][:20]
        for g, goal in enumerate(need["goals"]):
            here = f"{at}.g{g}"
            goal["on"] = post.get(f"{here}.on") is not None
            for name in ("text", "measure", "baseline", "target", "by"):
                _take(goal, name, post, f"{here}.{name}", LINE)
        for s, one in enumerate(need["services"]):
            here = f"{at}.s{s}"
            one["on"] = post.get(f"{here}.on") is not None
            for name in ("service", "provider", "who", "times", "per", "minutes", "from", "until", "pays", "note"):
                _take(one, name, post, f"{here}.{name}", LINE)
            one["days"] = sorted({int(day) for day in post.getlist(f"{here}.days") if day in "0123456" and day})
    return made


def _take(into: dict[str, Any], name: str, post: Posted, key: str, longest: int) -> None:
    value = post.get(key)
    if isinstance(value, str):
        into[name] = value.replace("\x00", "").strip()[:longest]


def changed(sheet: Sheet, what: str, on: dt.date, area: str) -> tuple[Sheet, str]:
    """One entry added (`need`, `n3.goal`, `n3.service`) or an own one taken away (`-n3`, `-n3.g0`, `-n3.s1`), and
    where on the page that is. What cannot be changes nothing."""
    made = deepcopy(sheet)
    needs: list[dict[str, Any]] = made["needs"]
    if what == "need":
        if len(needs) < MOST_NEEDS:
            needs.append({**blank_need(area), "goals": [blank_goal(on)], "services": [blank_service()]})
        return made, f"n{len(needs) - 1}"
    place, _dot, part = what.removeprefix("-").partition(".")
    n = int(place[1:]) if place[:1] == "n" and place[1:].isdigit() else -1
    if not 0 <= n < len(needs):
        return made, ""
    need = needs[n]
    if what.startswith("-"):
        if not part:
            if not need["rule"]:
                del needs[n]
        else:
            rows = need["goals" if part[0] == "g" else "services"]
            k = int(part[1:]) if part[1:].isdigit() else -1
            if 0 <= k < len(rows) and "offered" not in rows[k]:
                del rows[k]
    elif part == "goal" and len(need["goals"]) < MOST_PARTS:
        need["goals"].append(blank_goal(on))
        need["on"] = True
    elif part == "service" and len(need["services"]) < MOST_PARTS:
        need["services"].append(blank_service())
        need["on"] = True
    return made, f"n{n}"


# --- checking ------------------------------------------------------------------------------------------------------


@dataclass
class Checked:
    """What of a sheet can be a plan: its rows, or by field of the page what is wrong."""

    start: dt.date | None = None
    review: dt.date | None = None
    situation: str = ""
    wishes: str = ""
    rows: list[tuple[Need, list[Goal], list[PlannedService]]] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.faults


def check(sheet: Sheet, today: dt.date, sites: Mapping[str, int], dues: set[str]) -> Checked:
    """Hold a sheet to what a plan must say. ``sites``: places by name; ``dues``: services a plan may rest on, by id."""
    found = Checked(situation=sheet["situation"], wishes=sheet["wishes"])
    _dates(sheet, today, found)
    book = words.catalogue()
    for n, need in enumerate(sheet["needs"]):
        if need["on"]:
            _check_need(f"n{n}", need, len(found.rows), found, book, sites, dues)
    if not found.rows and not found.faults:
        found.faults["needs"] = _("Tick at least one need, or write one.")
    return found


def _dates(sheet: Sheet, today: dt.date, found: Checked) -> None:
    found.start, found.review = _day(sheet["start"]), _day(sheet["review"])
    if found.start is None:
        found.faults["start"] = _("Give the day on which the plan begins.")
    elif not today - dt.timedelta(LATE_START_DAYS) <= found.start <= today + dt.timedelta(FAR_START_DAYS):
        found.faults["start"] = _("A day from one month back to three months ahead.")
        found.start = None  # no other day is measured by it
    if found.review is None:
        found.faults["review"] = _("Give the day of the next review.")
    elif found.start is not None and not found.start < found.review <= found.start + dt.timedelta(LONGEST_DAYS):
        found.faults["review"] = _("A day after the beginning, at most three years on.")


def _check_need(
    at: str, need: dict[str, Any], place: int, found: Checked, book: Catalogue, sites: Mapping[str, int], dues: set[str]
) -> None:
    if not need["text"]:
        found.faults[f"{at}.text"] = _("Say in plain words what is needed.")
    if need["area"] not in book.areas:
        found.faults[f"{at}.area"] = _("Choose where it belongs.")
    goals = [
        _check_goal(f"{at}.g{g}", goal, found)
        for g, goal in enumerate(need["goals"]) if goal["on"]
    ]  # fmt: skip
    services = [
        _check_service(f"{at}.s{s}", one, found, book, sites, dues)
        for s, one in enumerate(need["services"]) if one["on"]
    ]  # fmt: skip
    if not goals:
        found.faults[f"{at}.goals"] = _("Without a goal nobody can tell later whether it helped: tick or write one.")
    if not services and not need["note"]:
        found.faults[f"{at}.services"] = _(
            "Tick who does something about it, or say in the remark why nothing is done."
        )
    row = Need(
        place=place, area=need["area"], rule=need["rule"], text=need["text"], note=need["note"] or None,
        why=need["why"], risks=[risk for risk in need["risks"] if risk in book.risks], source=need["source"],
        origin=_origin(need, need["text"]),
    )
    found.rows.append((
        row, [goal for goal in goals if goal is not None], [one for one in services if one is not None]
    ))


def _check_goal(at: str, goal: dict[str, Any], found: Checked) -> Goal | None:
    for name, words_ in (
        ("text", _("Say what is to come of it.")), ("measure", _("Say by which figure or sign one sees it.")),
        ("target", _("Say how far it is to come.")),
    ):
        if not goal[name]:
            found.faults[f"{at}.{name}"] = words_
    by = _day(goal["by"])
    if by is None:
        found.faults[f"{at}.by"] = _("Give the day.")
        return None
    if found.start is not None and not found.start < by <= found.start + dt.timedelta(LONGEST_DAYS):
        found.faults[f"{at}.by"] = _("A day after the beginning, at most three years on.")
    return Goal(
        text=goal["text"], measure=goal["measure"], baseline=goal["baseline"], target=goal["target"], by=by,
        origin=_origin(goal, [goal["text"], goal["measure"], goal["target"]]),
    )  # fmt: skip


def _check_service(
    at: str, one: dict[str, Any], found: Checked, book: Catalogue, sites: Mapping[str, int], dues: set[str]
) -> PlannedService | None:
    if one["service"] not in book.services:
        found.faults[f"{at}.service"] = _("Choose the service.")
    if one["provider"] not in book.providers:
        found.faults[f"{at}.provider"] = _("Choose who does it.")
    often = _often(at, one, found)
    minutes = _minutes(at, one, found)
    start, until = (_optional_day(f"{at}.{name}", one[name], found) for name in ("from", "until"))
    if start is not None and until is not None and until < start:
        found.faults[f"{at}.until"] = _("The end lies before the beginning.")
    if until is not None and start is None and found.start is not None and until < found.start:
        found.faults[f"{at}.until"] = _("The end lies before the plan begins.")
    pays, _colon, due = one["pays"].partition(":")
    if pays not in PlannedService.Pays.values or (pays == "due") != bool(due):
        found.faults[f"{at}.pays"] = _("Say who pays for it.")
    elif due and due not in dues:
        found.faults[f"{at}.pays"] = _("The policy pack knows no such service.")
    if often is None:
        return None
    return PlannedService(
        service=one["service"], provider=one["provider"], site_id=sites.get(one["who"]), who=one["who"][:60],
        times=often.times, per=often.per, days=list(often.days), minutes=minutes, start=start, until=until, pays=pays,
        due=due, note=one["note"],
        origin=_origin(one, [one["service"], one["provider"], one["times"], one["per"], one["minutes"]]),
    )  # fmt: skip


def _often(at: str, one: dict[str, Any], found: Checked) -> Frequency | None:
    if one["per"] not in PER:
        found.faults[f"{at}.per"] = _("Choose how often.")
        return None
    times = 1 if one["per"] == "once" else int(one["times"]) if one["times"].isdigit() and one["times"].isascii() else 0
    days = tuple(one["days"]) if one["per"] == "week" else ()
    try:
        return Frequency(times, one["per"], days)
    except ValueError:
        found.faults[f"{at}.times"] = (
            _("As many weekdays as times a week.") if days and times != len(days) else _("So often cannot be.")
        )
        return None


def _minutes(at: str, one: dict[str, Any], found: Checked) -> int | None:
    text = one["minutes"]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 5 <= int(text[:6]) <= 1440):
        found.faults[f"{at}.minutes"] = _("5 to 1440 minutes each time.")
        return None
    return int(text)


def _optional_day(at: str, text: str, found: Checked) -> dt.date | None:
    day = _day(text)
    if text and day is None:
        found.faults[at] = _("This is no day.")
    return day


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None


def _origin(entry: dict[str, Any], now: Any) -> str:
    """Whether an entry is the suggestion as it was; one carried over from the edition before keeps its word."""
    if "carried" in entry:
        return str(entry["carried"])
    if "offered" not in entry:
        return Origin.OWN if not entry.get("rule") else Origin.CHANGED
    return Origin.SUGGESTED if entry["offered"] == now else Origin.CHANGED
