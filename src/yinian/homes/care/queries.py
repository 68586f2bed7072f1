"""Reading daily care: what is set for a resident, what is due in a shift and how it stands, what was measured."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from yinian.assessments.careplans.models import STANDING, CarePlan, PlannedService
from yinian.assessments.results.queries import in_force
from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.care.book import Shift, Task, book, task_words
from yinian.homes.care.models import LOOK_BACK, BedTag, CareRecord, Duty, HandOver, HandOverRead, Regime, Vital
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.homes.thresholds import queries as thresholds
from yinian.homes.thresholds.catalogue import TASK_LATE
from yinian.people.models import Person
from yinian.places.models import Bed, Site


def get_home(actor: User, pk: int, right: str = "care.view") -> Site:
    """A home whose daily care the actor may see (or do ``right`` in). Raises NotVisible."""
    home = beds.get_home(actor, pk)
    actor.require(right, home.region_id, home.pk)
    return home


def get_resident(actor: User, stay_pk: int, right: str = "care.view") -> Stay:
    """The stay of somebody who lives in such a home today. Raises NotVisible."""
    stay = stays.get_stay(actor, stay_pk)
    actor.require(right, stay.bed.site.region_id, stay.bed.site_id)
    if timezone.localdate() not in stay.period:
        raise NotVisible("stay")
    return stay


def by_tag(actor: User, token: str) -> tuple[Bed, Stay | None]:
    """The bed behind a code, and who lies in it today."""
    tag = BedTag.objects.filter(token=token).first()
    if tag is None:
        raise NotVisible("bed")
    bed = beds.get_bed(actor, tag.bed_id)
    actor.require("care.view", bed.site.region_id, bed.site_id)
    held = stays.residents(actor, bed.site).filter(bed=bed).first()
    return bed, None if held is None else get_resident(actor, held.pk)


def tags_of(home: Site) -> dict[int, BedTag]:
    """The codes of a home's beds, by bed."""
    return {tag.bed_id: tag for tag in BedTag.objects.filter(bed__site=home)}


def regime_of(person: Person, day: dt.date | None = None) -> Regime | None:
    """The care set for a person on a day, wherever they live."""
    day = day or timezone.localdate()
    found = Regime.objects.filter(person=person, held__contains=day).select_related("set_by", "site")
    return found.prefetch_related("duties").first()


# --- what is suggested ---


@dataclass(frozen=True)
class Suggestion:
    """A task with its times and weekdays, and where it comes from."""

    task: str
    times: tuple[int, ...]
    days: tuple[int, ...]
    origin: str


def level_of(person: Person) -> int | None:
    """The ability level of the result in force; None where nobody has found it out."""
    found = in_force(person)
    return None if found is None else found.final


def group_of(stay: Stay, level: int | None) -> str | None:
    """How much a resident can do alone: by the assessment, else by the care level of the stay; None: nobody said."""
    if level is not None:
        return book().group_of(level)
    said = stay.levels.filter(period__contains=timezone.localdate()).first()
    return None if said is None else said.level


def plan_of(person: Person) -> CarePlan | None:
    return CarePlan.objects.filter(person=person, state__in=STANDING).first()


def suggestions(group: str, plan: CarePlan | None) -> list[Suggestion]:
    """The usual tasks of a group, and those that answer a service of the care plan in force, as often as it says."""
    wanted: dict[str, PlannedService] = {}
    if plan is not None:
        for service in PlannedService.objects.filter(need__plan=plan).order_by("need_id", "place"):
            wanted.setdefault(service.service, service)
    found = []
    for task in book().tasks.values():
        planned = next((wanted[name] for name in task.services if name in wanted), None)
        usual = task.times.get(group)
        if planned is not None and planned.per in ("day", "week"):
            found.append(_as_planned(task, planned, usual))
        elif usual:
            found.append(Suggestion(task.id, usual, task.days, Duty.Origin.LEVEL))
    return found


def _as_planned(task: Task, planned: PlannedService, usual: tuple[int, ...] | None) -> Suggestion:
    ladder = task.ladder
    if planned.per == "day":
        times = ladder[: planned.times] if not usual or planned.times > len(usual) else usual
        return Suggestion(task.id, times, (), Duty.Origin.PLAN)
    count = min(planned.times, 7)
    spread = tuple(planned.days) or tuple(n * 7 // count for n in range(count))
    return Suggestion(task.id, (usual or ladder)[:1], spread, Duty.Origin.PLAN)


# --- what is due ---------------------------------------------------------------------------------------------------


def local(day: dt.date, minute: int) -> dt.datetime:
    """The moment of a minute of a day, in the county's time."""
    at_midnight = dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_current_timezone())
    return at_midnight + dt.timedelta(minutes=minute)


@dataclass(frozen=True)
class ShiftNow:
    """A shift on the day it began, with its two ends."""

    shift: Shift
    day: dt.date
    start: dt.datetime
    end: dt.datetime


def shift_of(now: dt.datetime | None = None) -> ShiftNow:
    moment = timezone.localtime(now)
    shift = book().shift_at(moment.hour * 60 + moment.minute)
    day = shift.begun_on(moment)
    ends = day if shift.start < shift.end else day + dt.timedelta(days=1)
    return ShiftNow(shift, day, local(day, shift.start), local(ends, shift.end))


@dataclass
class Slot:
    """One task at one of its times. ``state``: done, part, not (recorded), late, due (about now), ahead."""

    duty: Duty
    person_id: int
    day: dt.date
    minute: int
    at: dt.datetime
    state: str
    record: CareRecord | None = None

    @property
    def words(self) -> str:
        return task_words(self.duty.task)

    @property
    def open(self) -> bool:
        return self.record is None


@dataclass
class Tally:
    """How a shift stands for one resident, or for a home."""

    all: int = 0
    done: int = 0
    late: int = 0
    due: int = 0
    slots: list[Slot] = field(default_factory=list)

    def add(self, slot: Slot) -> None:
        self.all += 1
        self.done += slot.record is not None
        self.late += slot.state == "late"
        self.due += slot.state == "due"


def slots_between(
    site: Site,
    start: dt.datetime,
    end: dt.datetime,
    *,
    people: Collection[int] | None = None,
    now: dt.datetime | None = None,
) -> list[Slot]:
    """Every task of the home's residents whose time lies in [start, end), with its record, by time. Four queries."""
    now = now or timezone.now()
    first, last = timezone.localtime(start).date(), timezone.localtime(end).date()
    regimes = Regime.objects.filter(site=site, held__overlap=(first, last + dt.timedelta(days=1)))
    records = CareRecord.objects.filter(
        duty__regime__site=site, day__gte=first, day__lte=last, corrected_by__isnull=True
    )
    if people is not None:
        regimes = regimes.filter(person__in=people)
        records = records.filter(duty__regime__person__in=people)
    kept = {
        (one.duty.regime.person_id, one.duty.task, one.day, one.slot): one
        for one in records.select_related("duty__regime", "recorded_by").defer("note")
    }
    before, late, found = book().window.before, thresholds.figure(site, TASK_LATE), []
    for regime in regimes.prefetch_related("duties"):
        day = first
        while day <= last:
            if day in regime.held:
                for duty in regime.duties.all():
                    if duty.days and day.weekday() not in duty.days:
                        continue
                    for minute in sorted(duty.times):
                        at = local(day, minute)
                        if start <= at < end:
                            record = kept.get((regime.person_id, duty.task, day, minute))
                            found.append(
                                Slot(
                                    duty,
                                    regime.person_id,
                                    day,
                                    minute,
                                    at,
                                    _state(record, at, now, before, late),
                                    record,
                                )
                            )
            day += dt.timedelta(days=1)
    return sorted(found, key=lambda slot: (slot.at, slot.duty.task))


def _state(record: CareRecord | None, at: dt.datetime, now: dt.datetime, before: int, late: int) -> str:
    if record is not None:
        return record.outcome
    if now > at + dt.timedelta(minutes=late):
        return "late"
    return "due" if now >= at - dt.timedelta(minutes=before) else "ahead"


def sheet(stay: Stay, now: dt.datetime | None = None) -> list[Slot]:
    """A resident's tasks of this shift, and what of the last hours is still open."""
    now = now or timezone.now()
    shift = shift_of(now)
    slots = slots_between(stay.bed.site, min(shift.start, now - LOOK_BACK), shift.end, people=[stay.person_id], now=now)
    # Before the bed was theirs, nothing was to be done here.
    slots = [slot for slot in slots if slot.day >= stay.period.lower]
    return [slot for slot in slots if slot.at >= shift.start or slot.open]


def tallies(slots: Iterable[Slot]) -> dict[int, Tally]:
    """How the tasks stand, by person."""
    found: dict[int, Tally] = defaultdict(Tally)
    for slot in slots:
        found[slot.person_id].add(slot)
        found[slot.person_id].slots.append(slot)
    return found


def total(found: Iterable[Tally]) -> Tally:
    made = Tally()
    for one in found:
        made.all, made.done = made.all + one.all, made.done + one.done
        made.late, made.due = made.late + one.late, made.due + one.due
    return made


def regimes_today(site: Site, people: Collection[int]) -> dict[int, Regime]:
    found = Regime.objects.filter(site=site, person__in=people, held__contains=timezone.localdate())
    return {regime.person_id: regime for regime in found}


# --- records, values, hand-overs -----------------------------------------------------------------------------------


def records_visible_to(actor: User) -> QuerySet[CareRecord]:
    actor.require("care.view")
    return CareRecord.objects.filter(
        actor.scope("care.view").q("duty__regime__site__region__code", "duty__regime__site")
    )


def records_of(actor: User, home: Site) -> QuerySet[CareRecord]:
    """A home's records for a list, corrected ones too."""
    return (
        records_visible_to(actor)
        .filter(duty__regime__site=home)
        .select_related("duty__regime__person", "recorded_by", "corrected_by")
        .defer(
            "note", "duty__regime__person__id_number", "duty__regime__person__address", "duty__regime__person__phone"
        )
    )


def get_record(actor: User, pk: int) -> CareRecord:
    found = (
        records_visible_to(actor)
        .filter(pk=pk)
        .select_related("duty__regime__person", "duty__regime__site", "recorded_by", "corrects")
        .first()
    )
    if found is None:
        raise NotVisible("care record")
    return found


def vitals(person: Person, since: dt.date | None = None) -> QuerySet[Vital]:
    """What was measured of a person whom the caller has found visible, from a day on; corrections among it."""
    found = Vital.objects.filter(person=person)
    return found if since is None else found.filter(at__gte=local(since, 0))


def vitals_of(person: Person, since: dt.date | None = None) -> list[Vital]:
    """What was measured, the latest first, without what was corrected."""
    found = vitals(person, since).filter(corrected_by__isnull=True)
    return list(found.select_related("recorded_by").order_by("-at"))


def latest_vitals(person: Person) -> dict[str, Vital]:
    """The last value of each kind."""
    found = Vital.objects.filter(person=person, corrected_by__isnull=True).order_by("kind", "-at").distinct("kind")
    return {one.kind: one for one in found}


def value_words(vital: Vital) -> str:
    """A value as it is read: 36.8 ℃, 132/78 mmHg."""
    kind = book().vitals.get(vital.kind)
    text = f"{vital.value.normalize():f}"
    if vital.second is not None:
        text += f"/{vital.second.normalize():f}"
    return f"{text} {kind.unit}" if kind else text


def hand_overs(actor: User, home: Site, since: dt.date) -> list[Any]:
    """The notes of a home from a day on, the latest first, with who has read them."""
    return list(
        HandOver.objects.filter(site=home, day__gte=since)
        .select_related("recorded_by", "person")
        .prefetch_related(Prefetch("reads", HandOverRead.objects.select_related("user")))
    )


def unread(actor: User, home: Site, since: dt.date) -> int:
    return (
        HandOver.objects.filter(site=home, day__gte=since).exclude(recorded_by=actor).exclude(reads__user=actor).count()
    )


def get_hand_over(actor: User, pk: int) -> HandOver:
    actor.require("care.view")
    found = HandOver.objects.filter(actor.scope("care.view").q("site__region__code", "site"), pk=pk).first()
    if found is None:
        raise NotVisible("note")
    return found
