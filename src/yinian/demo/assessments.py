"""The demo's assessments: assessors, the assessments behind the county's ability levels, and work at every stage.

The people, answers and assessors are synthetic. What lies back is filled in bulk, with answers that give the level on
record; what is under way is done by the room's own actions, so that desks and deadlines are as in a county.
"""

import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from PIL import Image, ImageDraw

from yinian.assessments import rules, scales
from yinian.assessments.assignments import actions as assignments
from yinian.assessments.bodies import actions as bodies
from yinian.assessments.models import Assessor, Request, Result, Seat, ServedArea, Visit
from yinian.assessments.objections import actions as objections
from yinian.assessments.registering import evidence_of
from yinian.assessments.requests import actions as requests
from yinian.assessments.results import actions as results
from yinian.assessments.visits import actions as visits
from yinian.core.attachments import actions as attachments
from yinian.core.calendar.queries import add_working_days
from yinian.core.identity import compose_id
from yinian.core.models import Posting, Region, User, WorkItem
from yinian.core.roles import Role
from yinian.core.users.queries import identity_index
from yinian.demo import past
from yinian.demo.users import BORN, SINCE
from yinian.engines.scale import Scale
from yinian.people.models import Person, Representative, Spell

SCALE = scales.ABILITY_SCALE
MOST = 400  # assessments that lie back; the levels of all others come from a list
INTACT = 140  # of them, at most so many of people whose ability is intact
RECENT_DAYS = 730
FAMILY_DAYS, FAMILY_LEVEL = 26, 2  # how long ago the family's parent was assessed, and what came of it
DESTITUTE, DESTITUTE_DAYS = 4, 40  # assessed by the six items, the first of them so long ago
IDENTITY_DAYS = 9  # where the synthetic numbers of these accounts begin, behind those of the others

# username, name, qualification, medical background; the first two come with the other logins.
TEAM: tuple[tuple[str, str, str, bool], ...] = (
    ("pinggu", "徐明", "执业护士", True),
    ("pinggu2", "蒋玉兰", "养老护理员(三级)", False),
    ("pinggu3", "彭慧", "执业医师", True),
    ("pinggu4", "刘志远", "社会工作师", False),
    ("pinggu5", "陈小燕", "执业护士", True),
    ("pinggu6", "周国平", "养老护理员(四级)", False),
    ("pinggu7", "黎芳", "康复治疗师", True),
    ("pinggu8", "吴海波", "养老护理员(四级)", False),
)
HASTY = "pinggu8"  # writes the same answers again and again in short visits: what the comparison is to find
FREQUENT_DIAGNOSES = ("1", "2", "3", "7", "20")  # codes of form A, A.4.1


@dataclass(frozen=True)
class Cast:
    """Who acts in the demo."""

    officer: User
    second: User
    coordinator: User
    village: User
    town: User


def assess(county: Region, day: dt.date, seed: int) -> None:
    """Fill the room for a demo county built as of ``day``."""
    rng = np.random.default_rng(seed)
    cast = Cast(*(User.objects.get(username=name) for name in ("minzheng", "fuhe", "zhidao", "cun", "xiangzhen")))
    team = _assessors(county, day, cast.coordinator)
    _measure("people_person", "people_spell", "core_region", "core_posting")
    _past(county, day, team, cast, rng)
    _measure("assessments_request", "assessments_seat", "assessments_result")
    _under_way(county, day, team, cast, rng)
    _other_bodies(county, day, cast)


def _measure(*tables: str) -> None:
    """What was filled in this transaction is unknown to the planner until it is measured."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _assessors(county: Region, day: dt.date, coordinator: User) -> list[Assessor]:
    """Accounts with their profiles: two for the whole county, the others for some towns each."""
    secret = User.objects.get(username=TEAM[0][0]).password
    towns = list(Region.objects.filter(parent=county, level=4).order_by("code"))
    made = []
    for n, (username, name, qualification, medical) in enumerate(TEAM):
        number = compose_id(f"99{county.code[2:6]}", BORN + dt.timedelta(days=IDENTITY_DAYS), n)
        user = User.objects.filter(username=username).first()
        if user is None:
            user = User.objects.create(username=username, full_name=name, office=county.name, password=secret,
                                       identity_index=identity_index(number))
            Posting.objects.create(user=user, role=Role.ASSESSOR, region=county, period=(SINCE, None))
        assessor = Assessor.objects.create(
            user=user, qualification=qualification, medical=medical, agency=f"{county.name}养老服务指导中心",
            certificate=f"PG{county.code}{n + 1:03d}", scales=[SCALE, "tekun"], most_open=None if n < 2 else 25,
            certificate_expires=day + dt.timedelta(days=40 if n == 5 else 300 + 90 * n),
        )
        # Every town is served by at least four, two of them with a medical background.
        own = [county] if n < 4 else [town for k, town in enumerate(towns) if (k + n) % 2 == 0] or [county]
        ServedArea.objects.bulk_create(ServedArea(assessor=assessor, region=area) for area in own)
        made.append(assessor)
    return made


# --- what lies back --------------------------------------------------------------------------------------------


def _past(county: Region, day: dt.date, team: Sequence[Assessor], cast: Cast, rng: np.random.Generator) -> None:
    """Requests, seats, records and results behind the ability levels of some hundred people."""
    spells = list(
        Spell.objects.filter(
            kind="ability", retracted_at__isnull=True, valid__endswith__isnull=True,
            valid__startswith__gte=day - dt.timedelta(days=RECENT_DAYS),
            valid__startswith__lte=day - dt.timedelta(days=30),
            person__state=Person.State.LIVING, person__region__code__startswith=county.code,
        ).select_related("person").defer("person__id_number", "person__phone", "person__address")
        .order_by("-valid")
    )
    impaired = [spell for spell in spells if spell.grade][: MOST - INTACT]
    chosen = sorted([*impaired, *[s for s in spells if not s.grade][:INTACT]], key=lambda s: (s.valid.lower, s.pk))
    demented = set(
        Spell.objects.filter(
            kind="dementia", value="true", retracted_at__isnull=True, person__in=[s.person_id for s in chosen]
        ).values_list("person_id", flat=True)
    )
    scale, kept = scales.scale_for(county.code, SCALE), rules.frozen(county.code)
    hasty = next(a for a in team if a.user.username == HASTY)
    others = [a for a in team if a is not hasty]
    rows: list[Any] = []
    templates: dict[tuple[int, bool], dict[str, int]] = {}
    with_need = 0
    for n, spell in enumerate(chosen):
        with_need += bool(spell.grade)
        pair = _pair(n, hasty if spell.grade and with_need % 3 == 0 else None, others)
        level, dementia = int(spell.grade or 0), spell.person_id in demented and bool(spell.grade)
        items = _items(scale, level - dementia if dementia else level, rng)
        minutes = int(rng.normal(46, 9))
        if hasty in pair:
            items, minutes = templates.setdefault((level, dementia), items), int(rng.integers(9, 15))
        rows.append((spell, pair, items, dementia, max(8, minutes)))
    _write(rows, scale, kept, cast, rng)


def _pair(n: int, hasty: Assessor | None, others: Sequence[Assessor]) -> list[Assessor]:
    """Two assessors for the n-th assessment, one of them with a medical background."""
    first = others[n % len(others)]
    if hasty is not None:
        medical = [a for a in others if a.medical]
        return [hasty, medical[n % len(medical)]]
    second = next(
        a for k in range(1, len(others))
        if (a := others[(n + k + n // len(others)) % len(others)]) is not first and (first.medical or a.medical)
    )
    return [first, second]


def _items(scale: Scale, initial: int, rng: np.random.Generator) -> dict[str, int]:
    """Answers whose total gives the initial level: what is lost falls mostly on self-care and moving about."""
    level = scale.levels[initial]
    total = int(rng.integers(level.min, (level.max or 0) + 1)) if level.min is not None else scale.max
    items = {item.code: item.max for item in scale.items}
    weight = {"B.1": 3.0, "B.2": 3.0, "B.3": 1.0, "B.4": 2.0}
    codes = [item.code for item in scale.items for _point in range(item.max)]
    heavy = np.array([weight.get(code[:3], 1.0) for code in codes]) * rng.uniform(0.3, 1.0, len(codes))
    for place in rng.choice(len(codes), size=scale.max - total, replace=False, p=heavy / heavy.sum()):
        items[codes[place]] -= 1
    return items


def _particulars(scale: Scale, dementia: bool, rng: np.random.Generator) -> dict[str, Any]:
    """Form A as answered: the first choice of each field, with some everyday diagnoses."""
    found: dict[str, Any] = {}
    for section in scale.form_a:
        for field in section.fields:
            if field.type == "choice" and field.register is None and field.code != "A.1.3":
                code = field.choices[0].code
                found[field.code] = [code] if field.multiple else code
    several = rng.choice(FREQUENT_DIAGNOSES, size=int(rng.integers(1, 3)), replace=False).tolist()
    found["A.4.1"] = sorted([*several, *(["21"] if dementia else [])], key=int)
    found["A.2.4"], found["A.2.5"] = int(rng.integers(148, 174)), int(rng.integers(42, 74))
    found["A.3.1"], found["A.3.2"] = "老人家属", "3"
    return found


def _write(rows: Sequence[Any], scale: Scale, kept: dict[str, Any], cast: Cast, rng: np.random.Generator) -> None:
    """Everything of past assessments in a few statements."""
    made = []
    for spell, _pair_of, _items_of, _dementia, _minutes in rows:
        on = spell.valid.lower
        asked = on - dt.timedelta(days=int(rng.integers(4, 16)))
        issued = on + dt.timedelta(days=int(rng.integers(1, 6)))
        made.append(Request(
            person=spell.person, scale=SCALE, kind=Request.Kind.FIRST, state=Request.State.DONE,
            channel=("village", "family", "run", "person")[int(rng.integers(0, 4))], reason="等级不明,需评估",
            requested_on=asked, requested_by=cast.village, requested_at=_noon(asked), due_on=issued,
            result_due_on=add_working_days(asked, 20), rules=kept, closed_at=_noon(issued), closed_by=cast.officer,
        ))
    Request.objects.bulk_create(made)
    seats, records, found = [], [], []
    for request, (spell, pair, items, dementia, minutes) in zip(made, rows, strict=True):
        on = spell.valid.lower
        began = _noon(on) - dt.timedelta(hours=2, minutes=int(rng.integers(0, 50)))
        answers = _particulars(scale, dementia, rng)
        scored = scales.scored(scale, items, answers)
        if scored.final != spell.grade:
            raise AssertionError(f"answers made for level {spell.grade} give {scored.final}")
        seats += [
            Seat(request=request, assessor=a, place=place, medical=a.medical, assigned_by=cast.coordinator,
                 assigned_at=_noon(request.requested_on), confirmed_at=_noon(on), confirmed_version=2,
                 signed_name=a.user.full_name, why=[["serves"]])
            for place, a in enumerate(pair, 1)
        ]
        records.append(Visit(
            request=request, items=items, particulars=json.dumps(answers, ensure_ascii=False), version=2,
            saved_at=began, saved_by=pair[0].user, started_at=began, ended_at=began + dt.timedelta(minutes=minutes),
        ))
        issued = timezone.localtime(request.closed_at).date()
        found.append(Result(
            request=request, person=spell.person, scale=SCALE, scale_hash=scale.hash, items=items,
            inputs=dict(scored.inputs), total=scored.total, dimensions=dict(scored.dimensions),
            initial=scored.initial, final=scored.final, assessed_on=on, made_at=_noon(on),
            adjustments=[{"id": e.id, "from": e.before, "to": e.after,
                          "reason": {"zh": e.reason.zh, "en": e.reason.en}}
                         for e in (*scored.adjustments, *scored.without_effect)],
            state=Result.State.IN_FORCE, in_force_on=issued, issued_on=issued, reviewed_by=cast.officer,
            reviewed_at=_noon(issued), object_until=add_working_days(issued, int(kept["objection"])),
            reassess_on=rules.reassess_on(kept, scored.final, on), delivered_on=issued, delivered_to="本人",
        ))
    Seat.objects.bulk_create(seats)
    Visit.objects.bulk_create(records)
    Result.objects.bulk_create(found)
    for result, (spell, *_rest) in zip(found, rows, strict=True):
        spell.evidence = evidence_of(result)
    Spell.objects.bulk_update([spell for spell, *_rest in rows], ["evidence"], batch_size=500)


def _noon(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(12)))


# --- what is under way -----------------------------------------------------------------------------------------


def _under_way(
    county: Region, day: dt.date, team: Sequence[Assessor], cast: Cast, rng: np.random.Generator
) -> None:
    """Requests at every stage, an objection and its re-assessment among them, done as people would."""
    scale = scales.scale_for(county.code, SCALE)
    people = _waiting_people(county, cast)
    first, second, third, fourth = team[0], team[1], team[2], team[3]
    reasons = ("近来摔倒,起床要人扶", "记性明显变差", "出院后不能自理", "申请养老服务消费补贴前评估", "独居,家属不放心")

    def ask(person: Person | None = None, by_scale: str = SCALE, **more: Any) -> Request:
        person = person or next(people)
        given = {"kind": Request.Kind.FIRST, "channel": Request.Channel.VILLAGE,
                 "reason": reasons[person.pk % len(reasons)]} | more
        return requests.ask(cast.officer, person.pk, by_scale, **given)

    def named(pair: Sequence[Assessor], **more: Any) -> Request:
        request = ask(**more)
        assignments.assign(cast.coordinator, request.pk, request.version, [a.pk for a in pair],
                           why={a.pk: [["serves"], ["waiting", 3]] for a in pair})
        request.refresh_from_db()
        return request

    def recorded(pair: Sequence[Assessor], level: int = 2, share: float = 1.0, **more: Any) -> Request:
        request = named(pair, **more)
        visits.begin(pair[0].user, request.pk, timezone.now() - dt.timedelta(minutes=50))
        answers: dict[str, Any] = {**_items(scale, level, rng), **_particulars(scale, dementia=False, rng=rng)}
        if request.scale == scales.SELF_CARE_SCALE:
            answers = _unable(county, level)
        part = dict(list(answers.items())[: int(len(answers) * share)])
        visits.save(pair[0].user, request.pk, 1, part)
        return request

    def confirmed(pair: Sequence[Assessor], by: int = 2, **more: Any) -> Request:
        request = recorded(pair, **more)
        visits.finish(pair[0].user, request.pk, Visit.objects.get(request=request).version)
        for assessor in pair[:by]:
            request.refresh_from_db()
            visits.confirm(assessor.user, request.pk, request.version, signature=_scribble(rng))
        request.refresh_from_db()
        return request

    def issued(pair: Sequence[Assessor], **more: Any) -> Result:
        request = confirmed(pair, **more)
        result = Result.objects.get(request=request, state=Result.State.REVIEW)
        return results.issue(cast.second, result.pk, result.version)

    hospital: dict[str, Any] = {"kind": Request.Kind.IMMEDIATE, "place": "市人民医院老年病科"}
    for n in range(9):
        ask(channel=("village", "town", "run", "hospital")[n % 4], **(hospital if n % 4 == 3 else {}))
    _late(ask(channel="family"), 4)
    for n in range(6):
        named((first, second) if n % 2 == 0 else (first, fourth))
    today = named((first, second))
    visits.plan(first.user, today.pk, today.version, timezone.now() + dt.timedelta(hours=2))
    _late(named((first, second)), 2)
    named((third, second))
    recorded((first, second), share=0.45)
    recorded((third, fourth), share=0.8)
    confirmed((third, second), by=1)
    confirmed((first, fourth), by=0)
    confirmed((third, fourth), level=3)
    confirmed((first, second), level=1)
    returned = Result.objects.get(request=confirmed((third, second), level=3), state=Result.State.REVIEW)
    results.send_back(cast.second, returned.pk, returned.version, "上下楼梯与平地行走前后不一致,请核实")
    delivered = issued((third, second), level=2)
    results.deliver(cast.officer, delivered.pk, delivered.version, timezone.localdate(), "本人")
    issued((first, second), level=3, channel="family")
    disputed = issued((first, second), level=1, channel="family")
    objection = objections.object_to(cast.officer, disputed.pk, "family", "老人长子", "老人夜里起不了床,评得太轻")
    again = objection.request
    if again is not None:
        assignments.assign(cast.coordinator, again.pk, again.version, [third.pk, fourth.pk])
    _family(issued, named, (third, fourth), cast, day)
    _destitute(county, issued, (third, fourth), cast, day)
    gone = ask(channel="person")
    requests.withdraw(cast.officer, gone.pk, gone.version, "已转到外地随子女生活")


def _family(issued: Any, named: Any, pair: Sequence[Assessor], cast: Cast, day: dt.date) -> None:
    """For those whom the demo's family account acts for: the first was assessed some weeks ago at the family's request,
    for the second a visit is arranged."""
    for n, person in enumerate(Person.objects.filter(representatives__isnull=False).distinct().order_by(
            "representatives__pk")[:2]):
        kind = requests.suggest_kind(person, SCALE)
        if n == 0:
            with past.on(day - dt.timedelta(days=FAMILY_DAYS)):
                result = issued(pair, person=person, kind=kind, level=FAMILY_LEVEL, channel="family")
                results.deliver(cast.officer, result.pk, result.version, timezone.localdate(), "家属")
        else:
            request = named(pair, person=person, kind=kind, channel="family")
            visits.plan(pair[0].user, request.pk, request.version, timezone.now() + dt.timedelta(days=2))
    results.close_windows()  # where a result holds only after the time to object


def _destitute(county: Region, issued: Any, pair: Sequence[Assessor], cast: Cast, day: dt.date) -> None:
    """A few destitute people who can no longer do everything for themselves, assessed by the six self-care items."""
    supported = Person.objects.filter(
        region__code__startswith=county.code, state=Person.State.LIVING, representatives__isnull=True,
        spells__kind="relief", spells__value="tekun", spells__retracted_at__isnull=True,
        spells__valid__endswith__isnull=True,
    ).exclude(assessment_requests__state__in=Request.OPEN).distinct().order_by("pk")
    for n, person in enumerate(supported[:DESTITUTE]):
        with past.on(day - dt.timedelta(days=DESTITUTE_DAYS - n)):
            result = issued(pair, person=person, by_scale=scales.SELF_CARE_SCALE, level=1 + n % 2, channel="town",
                            kind=requests.suggest_kind(person, scales.SELF_CARE_SCALE),
                            reason="特困人员生活自理能力认定")
            results.deliver(cast.officer, result.pk, result.version, timezone.localdate(), "本人")


def _unable(county: Region, level: int) -> dict[str, Any]:
    """Answers to the six items that give a class: the first ones cannot be done any more."""
    scale = scales.scale_for(county.code, scales.SELF_CARE_SCALE)
    able = scale.levels[level].max
    assert able is not None
    return {item.code: item.max if n >= len(scale.items) - able else item.min for n, item in enumerate(scale.items)}


def _waiting_people(county: Region, cast: Cast) -> Any:
    """People without a level: those of the family account first, then of the demo's village, town and county."""
    village = cast.village.postings.get().region_id
    known = Spell.objects.filter(kind="ability", retracted_at__isnull=True).values("person")
    old = timezone.localdate() - dt.timedelta(days=365 * 72)
    living = Person.objects.filter(
        region__code__startswith=county.code, state=Person.State.LIVING, birth_date__lte=old
    ).exclude(pk__in=known).exclude(
        pk__in=Representative.objects.values("person")
    ).order_by("pk")
    seen: set[int] = set()
    near = Q(region__code__startswith=village)
    town = Q(region__code__startswith=village[:9]) & ~near
    pools = [list(living.filter(condition)[:40]) for condition in (near, town, ~near & ~town)]
    for n in range(120):
        pool = pools[n % len(pools)]
        person = next((p for p in pool if p.pk not in seen), None)
        if person is not None:
            seen.add(person.pk)
            yield person


def _late(request: Request, days: int) -> None:
    """Let a request and what waits for it be overdue."""
    due = timezone.localdate() - dt.timedelta(days=days)
    before = request.due_on
    Request.objects.filter(pk=request.pk).update(due_on=due, requested_on=due - dt.timedelta(days=14))
    WorkItem.objects.filter(kind="assessments.visit", key__contains=f":{request.pk}:", state="open").update(due_on=due)
    if request.state == Request.State.REQUESTED:
        requests.ask_to_assign(request.requested_by, request.person.region_id, before)
        requests.ask_to_assign(request.requested_by, request.person.region_id, due)


def _scribble(rng: np.random.Generator) -> io.BytesIO:
    """A signature nobody has: a wavy line on white."""
    picture = Image.new("RGB", (300, 110), "white")
    xs = np.linspace(30, 270, 40)
    ys = 55 + 25 * np.sin(xs / float(rng.uniform(9, 18))) * rng.uniform(0.5, 1.0, 40)
    ImageDraw.Draw(picture).line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=(29, 39, 51), width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out


def _other_bodies(county: Region, day: dt.date, cast: Cast) -> None:
    """Two recognised bodies; one paper accepted, one to be checked."""
    since = day - dt.timedelta(days=700)
    made = [
        bodies.save_body(cast.officer, county, name, kind, [scale], basis, since, None)
        for name, kind, scale, basis in (
            ("邻县民政局", "other-county", SCALE, "两县老年人能力评估结果互认协议(合成)"),
            ("市医疗保障事业服务中心", "long-term-care", "ltci", "长期护理失能等级评估互认说明(合成)"),
        )
    ]
    people = _waiting_people(county, cast)
    open_ones = set(Request.objects.filter(state__in=Request.OPEN).values_list("person_id", flat=True))
    for n, ago in enumerate((60, 25)):
        person = next(p for p in people if p.pk not in open_ones)
        paper = attachments.store(cast.officer, _page(person.name), "assessments.request", person.region_id,
                                  name="评估文书.png")
        found = bodies.enter(cast.officer, person.pk, made[0].pk, SCALE, f"评2026-{n + 17}",
                             day - dt.timedelta(days=ago), 2 + n, paper)
        if n == 0:
            bodies.accept(cast.second, found.pk, found.version, "已与原件核对")


def _page(name: str) -> io.BytesIO:
    """A stand-in for a scanned paper: lines on white, no words."""
    picture = Image.new("RGB", (420, 594), "white")
    draw = ImageDraw.Draw(picture)
    for n in range(14):
        draw.line([(50, 80 + 32 * n), (370 - 17 * (n * len(name) % 7), 80 + 32 * n)], fill=(120, 130, 140), width=3)
    out = io.BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out
