"""Driving tasks: adopted from accepted items, reported with evidence, confirmed, checked, moved, escalated."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError

from tests.cast import TOWN_A, TOWN_B, make_user
from tests.plans.driving.making import item, png, reported, turn_of
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.core.roles import Role
from yinian.plans import adoption, rules
from yinian.plans.models import (
    DeadlineChange,
    Item,
    Letter,
    Project,
    Standard,
    Target,
    Task,
    TaskUnit,
    Turn,
    TurnStep,
)
from yinian.plans.reports import letters
from yinian.plans.tasks import actions, colours, nightly, queries
from yinian.plans.units import actions as units

pytestmark = pytest.mark.django_db


def roles(task):
    return {part.unit.name if part.unit else part.surface: part.role for part in TaskUnit.objects.filter(task=task)}


def refuse(message):
    return pytest.raises((IntegrityError, InternalError), match=message)


def test_adoption_makes_a_row_of_each_accepted_item_and_nothing_twice(driven):
    plan = driven.plan
    assert (plan.made.tasks, plan.made.targets, plan.made.standards, plan.made.projects) == (3, 1, 1, 2)
    plan.document.refresh_from_db()
    assert plan.document.state == "adopted"
    assert roles(plan.meals_task) == {"市民政局": "lead", "市财政局": "assist"}
    assert roles(plan.homes_task) == {"市民政局": "responsible", "市住建局": "responsible"}
    assert roles(plan.safety_task) == {"市应急管理局": "lead", "汨罗镇": "assist", "桃林寺镇": "assist"}
    assert adoption.adopt(driven.bureau, plan.document).total == 0
    later = item(plan.document, driven.bureau, "由市民政局牵头", "task", {"lead_units": ["民政部门"]})
    assert adoption.adopt(driven.bureau, plan.document).tasks == 1
    assert roles(Task.objects.get(item=later)) == {"市民政局": "lead"}
    assert Target.objects.get().value == Decimal(60)
    assert (Standard.objects.get().low, Standard.objects.get().is_money) == (Decimal(500_000), True)
    funds = {f.source: f.amount_fen for f in Project.objects.get(name="中心敬老院").funds.all()}
    assert funds == {"private": 750_000_000, "unassigned": 2_250_000_000}


def test_what_nobody_accepted_does_not_enter_a_plan_whatever_the_code_says(driven):
    plan = driven.plan
    found = item(plan.document, driven.bureau, "由市民政局牵头", "task", {}, state="found")
    with refuse("nobody has accepted"), transaction.atomic():
        Task.objects.create(document=plan.document, item=found, title="擅自加入", created_by=driven.bureau)
    assert adoption.adopt(driven.bureau, plan.document).total == 0


def test_an_item_that_is_driven_stays_accepted_until_its_task_is_withdrawn(driven):
    ground = driven.plan.items["meals"]
    with refuse("being driven"), transaction.atomic():
        Item.objects.filter(pk=ground.pk).update(state="rejected", reason="误收")
    actions.withdraw(driven.bureau, driven.plan.meals_task.pk, 1, "并入其他任务")
    assert Item.objects.filter(pk=ground.pk).update(state="rejected", reason="误收") == 1


def test_a_unit_reports_the_lead_confirms_the_office_checks(driven):
    plan = driven.plan
    turn = reported(driven, plan)
    assert (turn.state, colours.colour(turn)) == ("reported", "waiting")
    assert WorkItem.objects.get(kind="plans.confirm", state="open").taken_by == driven.civil
    with pytest.raises(Refused):
        actions.check(driven.second, turn.pk, turn.version)
    turn = actions.confirm(driven.civil, turn.pk, turn.version)
    assert WorkItem.objects.get(kind="plans.check", state="open").role == "bureau_officer"
    turn = actions.check(driven.second, turn.pk, turn.version, "现场看过")
    plan.meals_task.refresh_from_db()
    assert (turn.state, plan.meals_task.state) == ("checked", "done")
    assert not WorkItem.objects.filter(state="open", kind__in=["plans.confirm", "plans.check", "plans.report"],
                                       params__task=plan.meals_task.title).exists()
    assert [s.verb for s in TurnStep.objects.filter(turn=turn)] == ["confirm", "check"]
    assert AuditRow.objects.filter(action__in=["plans.report", "plans.confirm", "plans.check"]).count() == 3


def test_done_needs_the_evidence_asked_for_in_code_and_in_the_database(driven):
    plan = driven.plan
    turn = turn_of(plan.meals_task)
    with pytest.raises(Refused) as refused:
        actions.report(driven.money, turn.pk, plan.money.pk, "已拨付", 100, finished=True)
    assert "proof" in refused.value.fields
    actions.report(driven.money, turn.pk, plan.money.pk, "已拨一半", 50)
    assert turn_of(plan.meals_task).state == "open"
    with refuse("evidence asked for"), transaction.atomic():
        Turn.objects.filter(pk=turn.pk).update(state="reported", reporter_key=b"x" * 32, done_on=plan.today)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_human_who_reported_neither_confirms_nor_checks(driven):
    plan = driven.plan
    units.name_speaker(driven.bureau, plan.civil.pk, driven.money)
    turn = reported(driven, plan)
    with pytest.raises(Refused, match="自己"):
        actions.confirm(driven.money, turn.pk, turn.version)
    turn = actions.confirm(driven.second, turn.pk, turn.version)
    with pytest.raises(Refused):
        actions.check(driven.second, turn.pk, turn.version)
    with refuse("planturn_checked_by_another_human"), transaction.atomic():
        Turn.objects.filter(pk=turn.pk).update(
            state="checked", checker_key=bytes(turn.reporter_key), checked_on=plan.today)


def test_a_lead_that_reports_its_own_work_needs_no_confirming(driven):
    plan = driven.plan
    turn = turn_of(plan.meals_task)
    actions.report(driven.civil, turn.pk, plan.civil.pk, "全部建成", 100, finished=True, files=[png()])
    turn.refresh_from_db()
    assert turn.state == "confirmed"
    assert actions.check(driven.second, turn.pk, turn.version).state == "checked"


def test_a_report_that_comes_back_is_asked_for_again_with_the_reason(driven):
    turn = reported(driven, driven.plan)
    turn = actions.send_back(driven.civil, turn.pk, turn.version, "缺少验收单")
    assert (turn.state, turn.done_on, turn.reporter_key) == ("returned", None, None)
    asked = WorkItem.objects.get(kind="plans.returned", state="open")
    assert (asked.taken_by, asked.params["reason"]) == (driven.money, "缺少验收单")
    with pytest.raises(Refused):
        actions.send_back(driven.civil, turn.pk, turn.version, "再退")


def test_somebody_of_another_unit_or_county_sees_and_reports_nothing(driven):
    plan = driven.plan
    turn = turn_of(plan.homes_task)
    for user in (driven.money, driven.stranger, driven.town_a):
        with pytest.raises(NotVisible):
            actions.report(user, turn.pk, plan.civil.pk, "已完成", 10)
    with pytest.raises(Forbidden):
        actions.report(driven.village_a, turn.pk, plan.civil.pk, "已完成", 10)
    assert list(queries.visible_to(driven.money)) == [plan.meals_task]
    assert set(queries.visible_to(driven.town_a)) == {plan.safety_task}
    assert queries.visible_to(driven.auditor).count() == 3
    assert not queries.visible_to(driven.unit_officer).exists()


def test_a_town_reports_for_itself_and_for_no_other(driven):
    plan = driven.plan
    turn = turn_of(plan.safety_task)
    own = TaskUnit.objects.get(task=plan.safety_task, unit__territory=TOWN_A).unit
    other = TaskUnit.objects.get(task=plan.safety_task, unit__territory=TOWN_B).unit
    actions.report(driven.town_a, turn.pk, own.pk, "检查三家", 100, finished=True, files=[png()])
    with pytest.raises((NotVisible, Refused)):
        actions.report(driven.town_a, turn.pk, other.pk, "检查", 10)


def test_a_deadline_moves_only_with_a_reason_and_keeps_its_history(driven):
    plan = driven.plan
    turn = turn_of(plan.homes_task)
    was = turn.due_on
    assert colours.colour(turn) == "red"
    with pytest.raises(Refused):
        actions.move_deadline(driven.bureau, turn.pk, turn.version, plan.today + dt.timedelta(days=90), " ")
    turn = actions.move_deadline(driven.bureau, turn.pk, turn.version, plan.today + dt.timedelta(days=90), "雨季停工")
    assert colours.colour(turn) == "green"
    change = DeadlineChange.objects.get()
    assert (change.was, change.becomes, change.reason) == (was, turn.due_on, "雨季停工")
    with refuse("moved with a reason"), transaction.atomic():
        Turn.objects.filter(pk=turn.pk).update(due_on=plan.today)
    with pytest.raises(Changed):
        actions.move_deadline(driven.bureau, turn.pk, 1, plan.today, "再改")


def test_the_colour_in_sql_is_the_colour_in_python(driven):
    plan, turn = driven.plan, turn_of(driven.plan.meals_task)
    for state, due, amber, quiet in (
        ("open", -1, -30, 9), ("open", 5, -1, 9), ("open", 50, 20, -1), ("open", 50, 20, 9), ("returned", -1, -9, 9),
        ("dropped", -1, -9, -9), ("open", None, None, 4), ("open", None, None, -4),
    ):
        with transaction.atomic():
            days = [None if n is None else plan.today + dt.timedelta(days=n) for n in (due, amber, quiet)]
            DeadlineChange.objects.create(turn=turn, was=turn.due_on, becomes=days[0], reason="试", by=driven.bureau)
            Turn.objects.filter(pk=turn.pk).update(state=state, due_on=days[0], amber_on=days[1], quiet_on=days[2])
        turn.refresh_from_db()
        known = Turn.objects.annotate(colour=colours.annotated(plan.today)).get(pk=turn.pk).colour
        assert known == colours.colour(turn, plan.today), (state, due, amber, quiet)


@pytest.mark.parametrize(("rule", "after", "due"), [
    ("FREQ=YEARLY;BYMONTH=10", "2026-10-30", "2026-10-31"), ("FREQ=YEARLY;BYMONTH=10", "2026-10-31", "2027-10-31"),
    ("FREQ=MONTHLY;INTERVAL=3", "2026-11-27", "2026-12-31"), ("FREQ=MONTHLY;INTERVAL=3", "2026-12-31", "2027-03-31"),
    ("FREQ=MONTHLY", "2026-01-31", "2026-02-28"), ("FREQ=YEARLY", "2026-05-01", "2026-12-31"),
    ("FREQ=YEARLY;INTERVAL=2", "2026-05-01", "2027-12-31"), ("FREQ=WEEKLY", "2026-11-27", "2026-11-29"),
    ("FREQ=WEEKLY", "2026-11-29", "2026-12-06"), ("FREQ=MONTHLY;INTERVAL=6", "2026-06-30", "2026-12-31"),
    ("unspecified", "2026-02-01", "2026-03-31"), ("FREQ=YEARLY;BYMONTH=6,12", "2026-07-01", "2026-12-31"),
])  # fmt: skip
def test_turns_of_what_recurs_end_with_their_period(rule, after, due):
    assert rules.next_due(rule, dt.date.fromisoformat(after), 3) == dt.date.fromisoformat(due)


def test_what_recurs_goes_on_after_it_is_checked_and_when_its_day_passes(driven):
    plan = driven.plan
    first = turn_of(plan.safety_task)
    emergency = TaskUnit.objects.get(task=plan.safety_task, role="lead")
    assert emergency.unit is None
    units.assign(driven.bureau, plan.document.region_id, "市应急管理局", None, make=True)
    emergency = TaskUnit.objects.get(task=plan.safety_task, role="lead").unit
    actions.report(driven.bureau, first.pk, emergency.pk, "本季度检查完毕", 100, finished=True, files=[png()])
    first.refresh_from_db()
    actions.check(driven.second, first.pk, first.version)
    second = turn_of(plan.safety_task)
    assert (second.number, second.state) == (2, "open") and second.due_on > first.due_on
    assert second.begins_on == first.due_on + dt.timedelta(days=1)
    nightly.look_after(second.due_on + dt.timedelta(days=1))
    assert turn_of(plan.safety_task).number >= 2
    plan.safety_task.refresh_from_db()
    assert plan.safety_task.state == "running"


def test_what_is_overdue_is_asked_for_and_becomes_a_letter_that_the_office_sends_and_the_unit_answers(driven):
    plan = driven.plan
    nightly.look_after()
    nightly.look_after()
    asked = WorkItem.objects.filter(kind="plans.report", state="open")
    assert {(one.taken_by, one.params["task"]) for one in asked} >= {(driven.civil, plan.homes_task.title)}
    letter = Letter.objects.get(unit=plan.civil)
    assert [line.turn.task for line in letters.lines_of(letter)] == [plan.homes_task]
    assert WorkItem.objects.filter(kind="plans.letter", state="open").count() == Letter.objects.count()
    with pytest.raises(NotVisible):
        letters.get_letter(driven.civil, letter.pk)
    letter = letters.send(driven.bureau, letter.pk, letter.version, "请主要负责同志亲自抓")
    assert letter.paper.number.startswith("养督〔")
    assert WorkItem.objects.get(kind="plans.answer", state="open").taken_by == driven.civil
    with pytest.raises(NotVisible):
        letters.answer(driven.money, letter.pk, letter.version, "与我无关")
    letter = letters.answer(driven.civil, letter.pk, letter.version, "十日内完成")
    assert letter.state == "answered"
    nightly.look_after()
    assert Letter.objects.filter(unit=plan.civil).count() == 1


def test_names_nobody_knows_are_listed_and_assigned_once_for_all(driven):
    plan = driven.plan
    from yinian.plans.units.queries import unmatched

    names = {row["surface"] for row in unmatched(driven.bureau)}
    assert names == {"市住建局", "市应急管理局"}
    assert units.assign(driven.bureau, plan.document.region_id, "市住建局", plan.money.pk) == 1
    assert roles(plan.homes_task)["市财政局"] == "responsible"
    with pytest.raises(Refused):
        units.assign(driven.bureau, plan.document.region_id, "市住建局", plan.civil.pk)
    with pytest.raises(Forbidden):
        unmatched(driven.money)


def test_the_desk_of_a_unit_officer_shows_their_own_work_alone(driven):
    from yinian.core.inbox.queries import mine, visible_to

    nightly.look_after(driven.plan.today + dt.timedelta(days=55))
    other = make_user("other", Role.UNIT_OFFICER)
    assert mine(driven.civil).filter(kind="plans.report").exists()
    assert not mine(other).exists()
    assert not visible_to(other).exists()


