"""What a pack rules besides what people are due: how they are assessed, how their care is planned, how services are
decided, what must be kept to.

Built from `assessment.yaml`, `careplan.yaml`, `procedure.yaml`, `standards.yaml`, `stays.yaml` and `supervision.yaml`
as merged by `pack`. Every value carries its source: whoever shows it can say whether it is a rule that was seen or an
assumption to be confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Entry
from yinian.engines.entitlement.sources import Reference, Source, must_words, read_reference, read_source, words_of

Value = TypeVar("Value", covariant=True)

ASSESSMENT = "assessment"
CARE_PLAN = "careplan"
PROCEDURE = "procedure"
STANDARDS = "standards"
SUPERVISION = "supervision"
STAYS = "stays"
GENERAL = "general"  # the entry of procedure.yaml that holds for every service, part by part
DAYS = ("assign", "visit", "result", "objection", "reassessment", "change-recheck", "tekun-recheck")
REQUESTERS = ("person", "family", "village", "town", "home", "hospital", "bureau", "run")
EFFECTS = ("issue", "window")
STAGES = ("village", "town", "county")
APPEALS = ("reconsideration", "litigation")
EVENTS = ("application", "decision", "eligibility")
RECURRING = ("day", "week", "month", "year", "once")
LIMITS = ("supplement", "objection", "invitation", "recovery")  # within how many working days
PARTS = ("stages", "review", "notice", "appeals", "payment", "begins", "ends", "rest", *LIMITS)
OPTIONAL = ("papers",)  # what a place may rule besides: without it no paper is asked for
LEVELS = ("0", "1", "2", "3", "4")  # ability levels of GB/T 42195
NAMED = (*DAYS, "effect", "assessors", "routine", "disabled", "requesters", "required")
PLAN_DAYS = ("draft", "agree", "ahead", "change")
SELF_CARE_LEVELS = ("0", "1", "2")  # classes of the six self-care items
PLAN_NAMED = (*PLAN_DAYS, "planned", "review", "planned-self-care", "review-self-care")
DRIVE_DAYS = ("soon", "quiet", "remind", "letter", "reply")
DRIVE_NAMED = (*DRIVE_DAYS, "vague", "lag")
STAY_DAYS = ("respite", "trial", "leave-kept", "hospital-kept", "soon")


@dataclass(frozen=True, slots=True)
class Ruled(Generic[Value]):
    """A value with its name, its source, what is assumed about it, and the pack that says so."""

    value: Value
    label: Words
    source: Source
    note: Words | None
    reference: Reference | None
    pack: str

    @property
    def confidence(self) -> str:
        """verified, secondary, general or unknown; anything but verified must be said where the value is shown."""
        return self.source.confidence


@dataclass(frozen=True, slots=True)
class Team:
    """Who assesses: so many people together, so many of them with a medical background."""

    count: int
    medical: int


@dataclass(frozen=True, slots=True)
class Required:
    """What must not be granted without an assessment: services by id, and admission to a care home."""

    services: tuple[str, ...]
    admission: bool


@dataclass(frozen=True, slots=True)
class Recognition:
    """An assessment by another body that is accepted (互认): its kind, on which scale, for how many months."""

    id: str
    scale: str
    months: int | None


@dataclass(frozen=True, slots=True)
class AssessmentRules:
    """The rules of assessing. Days are working days, months are calendar months.

    `assign`: request to assessors named; `visit`: named to visited; `result`: visited to notice issued; `objection`:
    notice to objection; `reassessment`: objection to the new result, found by others; `change_recheck`: a reported
    change to the new result; `tekun_recheck`: the same for the destitute. `effect`: a result holds from its `issue`, or
    only when the `window` for objecting has passed. `routine` gives the months between routine assessments by
    ability level; `disabled` is the level from which on somebody counts as disabled.
    """

    assign: Ruled[int]
    visit: Ruled[int]
    result: Ruled[int]
    objection: Ruled[int]
    reassessment: Ruled[int]
    change_recheck: Ruled[int]
    tekun_recheck: Ruled[int]
    effect: Ruled[str]
    assessors: Ruled[Team]
    routine: Ruled[Mapping[int, int]]
    disabled: Ruled[int]
    requesters: Ruled[tuple[str, ...]]
    required: Ruled[Required]
    recognised: tuple[Ruled[Recognition], ...]


@dataclass(frozen=True, slots=True)
class CarePlanRules:
    """The rules of care planning. Days are working days, months are calendar months.

    `draft`: result in force to the plan drawn up; `agree`: drawn up to agreed; `ahead`: how long before its day a
    review is put on the desk; `change`: a new result, a death or a move to the review it calls for. `planned`: the
    ability levels for which a plan is to be made; `review` gives the months between reviews by level; the two
    `self_care` say the same of the classes by the six self-care items.
    """

    draft: Ruled[int]
    agree: Ruled[int]
    ahead: Ruled[int]
    change: Ruled[int]
    planned: Ruled[tuple[int, ...]]
    review: Ruled[Mapping[int, int]]
    planned_self_care: Ruled[tuple[int, ...]]
    review_self_care: Ruled[Mapping[int, int]]


@dataclass(frozen=True, slots=True)
class SupervisionRules:
    """The rules by which the tasks of a plan are driven. Days are calendar days.

    `soon`: before its deadline a task turns amber; `quiet`: without a report it turns amber; `remind`: before its
    deadline it is put on the desk; `letter`: overdue so long, a supervision letter is drafted; `reply`: to answer it.
    `vague` is the months of one turn of what a plan wants done "regularly"; `lag` how many percentage points behind its
    plan a project counts as slipping.
    """

    soon: Ruled[int]
    quiet: Ruled[int]
    remind: Ruled[int]
    letter: Ruled[int]
    reply: Ruled[int]
    vague: Ruled[int]
    lag: Ruled[int]


@dataclass(frozen=True, slots=True)
class StayRules:
    """What a place rules about living in its homes, in calendar days; None where no pack of the chain says.

    `respite`, `trial`: the longest such a stay may be; `leave_kept`, `hospital_kept`: how long a bed is kept for who is
    at home or in hospital; `soon`: how long before a short stay's end it is put on the desk.
    """

    respite: Ruled[int] | None = None
    trial: Ruled[int] | None = None
    leave_kept: Ruled[int] | None = None
    hospital_kept: Ruled[int] | None = None
    soon: Ruled[int] | None = None

    def limit(self, kind: str) -> int | None:
        """The longest a stay of a kind may be, in days."""
        rule = {"respite": self.respite, "trial": self.trial}.get(kind)
        return rule.value if rule else None

    def kept(self, kind: str) -> Ruled[int] | None:
        """The rule of how long a bed is kept for who is away on a kind of absence."""
        return {"leave": self.leave_kept, "hospital": self.hospital_kept}.get(kind)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of an application or of a cycle's review, and the working days it may take."""

    id: str
    working_days: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Whether the decision is put up in public before it stands, for how many calendar days and where."""

    required: bool
    days: int
    place: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """A remedy: reconsideration within days, litigation within months, and the body it goes to."""

    kind: str
    days: int | None
    months: int | None
    where: Words


@dataclass(frozen=True, slots=True)
class Begins:
    """The first month paid: `months_after` the month of the event (0: that month itself)."""

    event: str
    months_after: int


@dataclass(frozen=True, slots=True)
class Ends:
    """The first month no longer paid, counted from the month of the event (1: the month after)."""

    death: int
    move: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that an application brings; one that is not required is taken where there is one."""

    id: str
    label: Words
    required: bool


@dataclass(frozen=True, slots=True)
class Procedure:
    """How one service is applied for, reviewed, announced, appealed against, paid, begun and ended.

    In working days: `supplement`: returned to supplemented; `objection`: an objection during public notice to its
    answer; `invitation`: due by a run to helped to apply; `recovery`: money owed by somebody who is paid nothing any
    more to got back or written off, and between two looks at it.
    ``rest``: for how many calendar days after a refusal or a withdrawal nobody is invited again by a run.
    ``papers``: what an application brings; None where no pack of the chain asks for any.
    """

    service_id: str
    stages: Ruled[tuple[Stage, ...]]
    review: Ruled[tuple[Stage, ...]]
    notice: Ruled[Notice]
    appeals: Ruled[tuple[Appeal, ...]]
    payment_day: Ruled[int]
    begins: Ruled[Begins]
    ends: Ruled[Ends]
    supplement: Ruled[int]
    objection: Ruled[int]
    invitation: Ruled[int]
    recovery: Ruled[int]
    rest: Ruled[int]
    papers: Ruled[tuple[Paper, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """A figure the place must keep to: running costs, staff, beds, buildings, visits, awards.

    Either `exactly`, or `at_least`, `at_most` or both. `unit` is fen for money, else any word; `per` says of what one
    speaks, `period` how often, `by` until when it is to be reached.
    """

    id: str
    unit: str
    per: Words
    exactly: Decimal | int | None
    at_least: Decimal | int | None
    at_most: Decimal | int | None
    period: str | None
    begins: date | None
    by: date | None


def assessment_of(pack: str, rules: Mapping[str, Ruled[Any]]) -> AssessmentRules:
    """The rules of assessing of a merged pack. Raises PackError where one is ruled nowhere in the chain."""
    missing = [name for name in NAMED if name not in rules]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)}", f"{pack}/{ASSESSMENT}.yaml"
        )
    named = {name.replace("-", "_"): rules[name] for name in NAMED}
    others = tuple(rule for name, rule in rules.items() if name not in NAMED)
    return AssessmentRules(**named, recognised=others)


def care_plan_of(pack: str, rules: Mapping[str, Ruled[Any]]) -> CarePlanRules:
    """The rules of care planning of a merged pack. Raises PackError where one is ruled nowhere in the chain."""
    missing = [name for name in PLAN_NAMED if name not in rules]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)}", f"{pack}/{CARE_PLAN}.yaml"
        )
    return CarePlanRules(**{name.replace("-", "_"): rules[name] for name in PLAN_NAMED})


def supervision_of(pack: str, rules: Mapping[str, Ruled[Any]]) -> SupervisionRules:
    """The rules of driving plans of a merged pack. Raises PackError where one is ruled nowhere in the chain."""
    missing = [name for name in DRIVE_NAMED if name not in rules]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)}", f"{pack}/{SUPERVISION}.yaml"
        )
    return SupervisionRules(**{name: rules[name] for name in DRIVE_NAMED})


def stays_of(rules: Mapping[str, Ruled[Any]]) -> StayRules:
    """The rules of living in homes of a merged pack."""
    return StayRules(**{name.replace("-", "_"): rule for name, rule in rules.items()})


def procedure_of(pack: str, entries: Mapping[str, Mapping[str, Ruled[Any]]], service_id: str) -> Procedure:
    """How a service is dealt with: its own parts, the rest from the general entry.

    Raises PackError where a part is ruled nowhere in the chain.
    """
    parts = {**entries.get(GENERAL, {}), **entries.get(service_id, {})}
    missing = [name for name in PARTS if name not in parts]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)} for `{service_id}`",
            f"{pack}/{PROCEDURE}.yaml",
        )
    return Procedure(
        service_id=service_id,
        payment_day=parts["payment"],
        papers=parts.get("papers"),
        **{name: parts[name] for name in PARTS if name != "payment"},
    )


def read_assessment(
    entries: Mapping[str, Entry], known: Mapping[str, Any], services: set[str]
) -> dict[str, Ruled[Any]]:
    """Each rule of assessing by its id. Raises PackError naming file and line."""
    return {name: ruled(entry, known, _assessment_value(name, entry, services)) for name, entry in entries.items()}


def read_care_plan(entries: Mapping[str, Entry], known: Mapping[str, Any]) -> dict[str, Ruled[Any]]:
    """Each rule of care planning by its id. Raises PackError naming file and line."""
    return {name: ruled(entry, known, _care_plan_value(name, entry.data)) for name, entry in entries.items()}


def read_supervision(entries: Mapping[str, Entry], known: Mapping[str, Any]) -> dict[str, Ruled[Any]]:
    """Each rule of driving plans by its id. Raises PackError naming file and line."""
    keys = dict.fromkeys(DRIVE_DAYS, "days") | {"vague": "months", "lag": "points"}
    return {name: ruled(entry, known, entry.data[keys[name]]) for name, entry in entries.items()}


def read_stays(entries: Mapping[str, Entry], known: Mapping[str, Any]) -> dict[str, Ruled[Any]]:
    """Each rule of living in homes by its id. Raises PackError naming file and line."""
    return {name: ruled(entry, known, entry.data["days"]) for name, entry in entries.items()}


def _care_plan_value(name: str, data: Mapping[str, Any]) -> Any:
    if name in PLAN_DAYS:
        return data["working_days"]
    if "levels" in data:
        return tuple(sorted(int(level) for level in data["levels"]))
    return {int(level): months for level, months in data["months"].items()}


def read_procedures(
    entries: Mapping[str, Entry], known: Mapping[str, Any], services: set[str]
) -> dict[str, dict[str, Ruled[Any]]]:
    """The parts of each procedure by service. Raises PackError naming file and line."""
    found: dict[str, dict[str, Ruled[Any]]] = {}
    for name, entry in entries.items():
        if name != GENERAL and name not in services:
            raise entry.fail(f"`{name}` is no service; an entry is `{GENERAL}` or the id of a service", "id")
        found[name] = {
            part: ruled(entry, known, _PARTS[part](entry, part), part)
            for part in (*PARTS, *OPTIONAL) if part in entry.data
        }
    return found


def read_standards(entries: Mapping[str, Entry], known: Mapping[str, Any]) -> dict[str, Ruled[Standard]]:
    """Each standard by its id. Raises PackError naming file and line."""
    return {name: ruled(entry, known, _standard(name, entry)) for name, entry in entries.items()}


def _standard(name: str, entry: Entry) -> Standard:
    data = entry.data
    exactly, low, high = (data.get(key) for key in ("exactly", "at_least", "at_most"))
    for key in ("exactly", "at_least", "at_most"):
        if isinstance(data.get(key), str):
            raise entry.fail(f"`{data[key]}` is text; write a number without quotes", key)
    if (exactly is None) == (low is None and high is None):
        raise entry.fail("holds either `exactly`, or `at_least`, `at_most` or both")
    if low is not None and high is not None and low > high:
        raise entry.fail(f"at least {low} and at most {high} cannot be", "at_most")
    if data["unit"] == "fen" and not all(value is None or isinstance(value, int) for value in (exactly, low, high)):
        raise entry.fail("money is a whole number of fen", "unit")
    begins, by = (None if data.get(key) is None else _day(entry, data[key], key) for key in ("begins", "by"))
    if begins is not None and by is not None and by < begins:
        raise entry.fail(f"is to be reached by {by}, before it begins on {begins}", "by")
    return Standard(
        name, data["unit"], must_words(data["per"]), exactly, low, high, data.get("period"), begins, by
    )  # fmt: skip


def _day(entry: Entry, value: object, key: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise entry.fail(f"{value} is not a date; write YYYY-MM-DD", key) from None


def ruled(entry: Entry, known: Mapping[str, Any], value: Any, *path: str) -> Ruled[Any]:
    """A value with what its entry (or the part of it at ``path``) says of it."""
    part = entry.data[path[0]] if path else entry.data
    return Ruled(
        value=value,
        label=must_words(entry.data["label"]),
        source=read_source(entry, known, *path, "source"),
        note=words_of(part.get("note")),
        reference=read_reference(part.get("reference")),
        pack=entry.pack,
    )


def _assessment_value(name: str, entry: Entry, services: set[str]) -> Any:
    data = entry.data
    if name in DAYS:
        return data["working_days"]
    if name == "effect":
        return data["from"]
    if name == "assessors":
        if data["medical"] > data["count"]:
            raise entry.fail(f"{data['medical']} with a medical background out of {data['count']}", "medical")
        return Team(data["count"], data["medical"])
    if name == "routine":
        return {int(level): months for level, months in data["months"].items()}
    if name == "disabled":
        return data["level"]
    if name == "requesters":
        return tuple(data["who"])
    if name == "required":
        for place, service in enumerate(data["services"]):
            if service not in services:
                raise entry.fail(f"`{service}` is no service", "services", place)
        return Required(tuple(data["services"]), data["admission"])
    return Recognition(name, data["scale"], data["months"])


def _steps(entry: Entry, part: str) -> tuple[Stage, ...]:
    steps = tuple(Stage(step["id"], step["working_days"]) for step in entry.data[part]["steps"])
    order = [STAGES.index(step.id) for step in steps]
    if order != sorted(set(order)):
        raise entry.fail(f"stages go up, each once: {', '.join(STAGES)}", part, "steps")
    return steps


def _notice(entry: Entry, part: str) -> Notice:
    data = entry.data[part]
    if data["required"] != (data["days"] > 0):
        raise entry.fail("a notice that is required lasts at least a day, one that is not lasts none", part, "days")
    return Notice(data["required"], data["days"], data["place"])


def _appeals(entry: Entry, part: str) -> tuple[Appeal, ...]:
    ways = []
    for place, way in enumerate(entry.data[part]["ways"]):
        if ("days" in way) == ("months" in way):
            raise entry.fail("a remedy is open for `days` or for `months`, one of them", part, "ways", place)
        ways.append(Appeal(way["kind"], way.get("days"), way.get("months"), must_words(way["where"])))
    return tuple(ways)


def _papers(entry: Entry, part: str) -> tuple[Paper, ...]:
    asks = entry.data[part]["asks"]
    names = [ask["id"] for ask in asks]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise entry.fail(f"`{name}` is asked for twice", part, "asks", place)
    return tuple(Paper(ask["id"], must_words(ask["label"]), ask["required"]) for ask in asks)


def _payment(entry: Entry, part: str) -> int:
    day: int = entry.data[part]["day"]
    return day


def _limit(entry: Entry, part: str) -> int:
    days: int = entry.data[part]["working_days"]
    return days


def _rest(entry: Entry, part: str) -> int:
    days: int = entry.data[part]["days"]
    return days


def _begins(entry: Entry, part: str) -> Begins:
    return Begins(entry.data[part]["event"], entry.data[part]["months_after"])


def _ends(entry: Entry, part: str) -> Ends:
    return Ends(entry.data[part]["death"], entry.data[part]["move"])


_PARTS: dict[str, Callable[[Entry, str], Any]] = {
    "stages": _steps,
    "review": _steps,
    "notice": _notice,
    "appeals": _appeals,
    "papers": _papers,
    "payment": _payment,
    "begins": _begins,
    "ends": _ends,
    "rest": _rest,
    **dict.fromkeys(LIMITS, _limit),
}
