"""Results of any level without the whole visit, and plans brought to a stage."""

import datetime as dt
import io

import pytest
from django.db import DatabaseError, transaction
from django.http import QueryDict
from django.utils import timezone
from PIL import Image

from yinian.assessments.careplans import actions, reviewing, sheet
from yinian.assessments.models import CarePlan, Request, Result, Seat
from yinian.core.scalefiles import read_scale

GBT = read_scale("gbt42195")
# One score for all items that brings the level.
SCORES = {0: 4, 1: 3, 2: 2, 3: 1, 4: 0}


def items_for(level):
    """Items that make a level: every item at so many points, or at its most."""
    return {item.code: min(SCORES[level], item.max) for item in GBT.items}


def result_for(person, bench, level=3, items=None, inputs=None, state="in_force", scale="gbt42195", **more):
    """A result as if it had been assessed by ``bench.anna`` and ``bench.boris`` and issued."""
    day = more.pop("on", timezone.localdate() - dt.timedelta(20))
    request = Request.objects.create(
        person=person, scale=scale, kind="first", channel="village", reason="行动不便", requested_on=day,
        requested_by=bench.village_a, due_on=day, result_due_on=day, rules={"assessors": 2, "medical": 1},
    )
    for place, assessor in enumerate((bench.anna, bench.boris), 1):
        Seat.objects.create(request=request, assessor=assessor, place=place, medical=assessor.medical,
                            assigned_by=bench.dispatcher)
    Request.objects.filter(pk=request.pk).update(state="done", closed_at=timezone.now(), closed_by=bench.bureau)
    return Result.objects.create(
        request=request, person=person, scale=scale, items=items_for(level) if items is None else items,
        inputs=inputs or {}, total=0, initial=level, final=level, assessed_on=day, state=state, in_force_on=day,
        issued_on=day, reviewed_by=bench.bureau, reviewed_at=timezone.now(), **more,
    )


def posted(content, **changes):
    """What the drafting page would send for a sheet; ``changes`` by field name, with `n0.text` written n0__text."""
    query = QueryDict(mutable=True)
    for name in ("situation", "wishes", "start", "review"):
        query[name] = content[name]
    for n, need in enumerate(content["needs"]):
        at = f"n{n}"
        query[f"{at}.here"] = "1"
        if need["on"]:
            query[f"{at}.on"] = "1"
        for name in ("text", "note", "area"):
            query[f"{at}.{name}"] = need[name]
        query.setlist(f"{at}.risks", need["risks"])
        for g, goal in enumerate(need["goals"]):
            if goal["on"]:
                query[f"{at}.g{g}.on"] = "1"
            for name in ("text", "measure", "baseline", "target", "by"):
                query[f"{at}.g{g}.{name}"] = goal[name]
        for s, one in enumerate(need["services"]):
            if one["on"]:
                query[f"{at}.s{s}.on"] = "1"
            for name in ("service", "provider", "who", "times", "per", "minutes", "from", "until", "pays", "note"):
                query[f"{at}.s{s}.{name}"] = one[name]
            query.setlist(f"{at}.s{s}.days", [str(day) for day in one["days"]])
    for name, value in changes.items():
        key = name.replace("__", ".")
        if value is None:
            query.pop(key, None)
        elif isinstance(value, list):
            query.setlist(key, value)
        else:
            query[key] = value
    return query


def png():
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "white").save(out, "PNG")
    out.seek(0)
    return out


def drafted(laid, actor=None, person=None):
    return actions.draft(actor or laid.town_a, (person or laid.person).pk)


def save(laid, plan, change="", actor=None, **changes):
    plan.refresh_from_db()
    saved, place = actions.save(
        actor or laid.town_a, plan.pk, plan.version, posted(sheet.read(plan), **changes), change
    )
    plan.refresh_from_db()
    return saved, place


def printed(laid, plan=None):
    plan = plan or drafted(laid)
    plan = actions.print_paper(laid.town_a, plan.pk, plan.version)
    return CarePlan.objects.get(pk=plan.pk)


def agreed(laid, plan=None, **more):
    plan = printed(laid, plan)
    given = {"on": timezone.localdate(), "by": "person", "name": "李桂花", "how": "oral", "witness": "王书记"} | more
    actions.agree(laid.village_a, plan.pk, plan.version, **given)
    return CarePlan.objects.get(pk=plan.pk)


def in_force(laid, plan=None):
    plan = agreed(laid, plan)
    assert plan.state == "in_force"
    return plan


def under_review(laid, reason="住院半个月"):
    plan = in_force(laid)
    reviewing.ask_for(laid.village_a, plan.pk, plan.version, reason)
    return CarePlan.objects.get(pk=plan.pk)


def held(laid, plan, state="met", **more):
    from yinian.assessments.models import Goal

    given = {
        "on": timezone.localdate(), "present": "本人、儿子", "findings": "恢复得好", "decision": "continue",
        "outcomes": {goal.pk: (state, "") for goal in Goal.objects.filter(need__plan=plan)},
        "next_review": timezone.localdate() + dt.timedelta(90),
    } | more
    review = reviewing.hold(laid.town_a, plan.pk, plan.version, **given)
    return CarePlan.objects.get(pk=plan.pk), review


def refused(name, act):
    """The database refuses ``act`` by the constraint of that name."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        act()
    assert caught.value.__cause__.diag.constraint_name == name
