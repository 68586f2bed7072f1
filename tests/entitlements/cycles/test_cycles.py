"""A month's cycle from frozen facts to what is paid: its lines, who may act, and that nothing is paid twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from tests import cast as people
from tests.entitlements.conftest import SERVICES
from tests.entitlements.cycles.conftest import JULY, JUNE, MAY, approve_now, carry, open_now
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow
from yinian.entitlements.cycles import actions, approval, queries
from yinian.entitlements.models import Cycle, CycleLine, CycleStep, Determination, Event, Run

pytestmark = pytest.mark.django_db


def said(cycle):
    return {line.person.name: (line.change, line.amount_fen, line.previous_fen, line.state)
            for line in cycle.lines.select_related("person")}


def test_the_first_cycle_determines_whoever_is_due(through, folk):
    cycle = through(until="open")
    assert said(cycle) == {"李桂花": ("new", 5000, None, "pending"), "周秀英": ("new", 10000, None, "pending")}
    assert cycle.counts == {"new": {"lines": 2, "fen": 15000}}
    assert cycle.run.as_of == JUNE and not cycle.run.standing and cycle.source["title"] == "测试通知"
    assert [town.region_id for town in cycle.towns.all()] == [people.TOWN_A]
    item = WorkItem.objects.get(kind="entitlements.cycle_town")
    assert item.region_id == people.TOWN_A and item.params["count"] == 2 and item.due_on == cycle.review_by


def test_from_open_to_approved_each_act_leaves_its_trace(through, folk, county_team):
    cycle = through()
    assert cycle.state == "approved" and cycle.approved_by == county_team.approver
    made = Determination.objects.order_by("amount_fen")
    assert [(d.person.name, d.amount_fen, d.state, d.period.lower, d.origin) for d in made] == [
        ("李桂花", 5000, "in_force", JUNE, "cycle"), ("周秀英", 10000, "in_force", JUNE, "cycle")]
    assert {(e.kind, e.on, e.actor, e.checker) for e in Event.objects.all()} == {
        ("granted", JUNE, county_team.checker, county_team.approver)}
    assert list(cycle.steps.values_list("stage", "verb")) == [
        ("open", "open"), ("town", "finish"), ("check", "check"), ("approve", "approve")]
    assert cycle.lines.filter(paid=True, determination__isnull=False).count() == 2
    assert not WorkItem.objects.filter(state="open", kind__startswith="entitlements.cycle").exists()
    assert AuditRow.objects.filter(action="entitlements.cycle_approve", object_id=str(cycle.pk)).count() == 1


def test_later_cycles_show_what_is_new_changed_stopped_and_the_same(through, folk):
    through(JUNE)
    born = dt.date(1934, 6, 20)  # comes of 90 between the two months
    turning = people.make_person(people.B1, "刘翠英", birth=born)
    people.make_spell(turning, "relief", "none")
    cycle = through(JULY, until="open")
    assert said(cycle)["刘翠英"][:3] == ("new", 10000, None)
    carry_all = {"李桂花": ("same", 5000, 5000), "周秀英": ("same", 10000, 10000)}
    assert {name: row[:3] for name, row in said(cycle).items() if name != "刘翠英"} == carry_all


def test_a_birthday_changes_the_amount_and_a_death_stops_the_grant(through, folk, county_team):
    folk["old"].birth_date = dt.date(1934, 6, 20)
    folk["old"].save()
    through(JUNE)
    people.make_spell(folk["oldest"], "death", "dead", since=dt.date(2024, 6, 18))
    type(folk["oldest"]).objects.filter(pk=folk["oldest"].pk).update(state="dead", died_on=dt.date(2024, 6, 18))
    cycle = through(JULY, until="open")
    assert said(cycle)["李桂花"] == ("changed", 10000, 5000, "pending")
    assert said(cycle)["周秀英"] == ("stopped", 0, 10000, "pending")
    assert "2024年6月18日" in cycle.lines.get(change="stopped").finding
    carry(county_team, cycle)
    assert Determination.objects.get(person=folk["old"]).amount_fen == 10000
    ended = Determination.objects.get(person=folk["oldest"])
    assert ended.state == "stopped" and ended.period.upper == JULY
    assert set(cycle.lines.filter(paid=True).values_list("person", flat=True)) == {folk["old"].pk}
    assert "2024年6月18日" in Event.objects.get(kind="stopped").reason


def test_whoever_ceases_to_be_due_is_told_by_which_condition(through, folk):
    through(JUNE)
    type(folk["old"]).objects.filter(pk=folk["old"].pk).update(hukou_code="430621100201")
    line = through(JULY, until="open").lines.get(person=folk["old"])
    assert line.change == "stopped" and line.why == "not_due" and "本市户籍" in line.finding
    assert line.clause == "《测试通知》第一条"


def test_what_has_become_unknown_is_neither_paid_nor_stopped(through, folk, county_team):
    through(JUNE)
    type(folk["old"]).objects.filter(pk=folk["old"].pk).update(hukou_code="")
    cycle = through(JULY, until="open")
    line = cycle.lines.get(person=folk["old"])
    assert (line.change, line.state, line.why, line.amount_fen) == ("same", "held", "check", 5000)
    with pytest.raises(Refused):
        actions.accept(county_team.town_a, cycle.pk, [line.pk])
    carry(county_team, cycle)
    line.refresh_from_db()
    assert not line.paid and Determination.objects.get(person=folk["old"]).state == "in_force"


def test_a_month_of_a_superseded_service_has_no_line_and_a_grant_that_is_covered_later_stops(
    through, folk, county_team, pack
):
    text = SERVICES.replace("gives: {amount: 12000, period: year}", "gives: {amount: 4000, period: month}")
    pack.joinpath("services/10.yaml").write_text(text.replace("apply: on_application", "apply: automatic"), "utf-8")
    both = ("small-subsidy", "large-subsidy")
    paid = {c.service_id: c for c in (carry(county_team, one) for one in open_now(county_team.bureau, JUNE, both))}
    assert not paid["small-subsidy"].lines.exists()  # due by its own tests, and covered by the larger one
    assert [line.amount_fen for line in paid["large-subsidy"].lines.filter(paid=True)] == [4000]
    # The other way round: what was granted while nothing stood before it stops, and is paid no more.
    other = people.make_person(people.B1, "易秀兰", birth=dt.date(1951, 1, 1))
    people.make_spell(other, "relief", "dibao")
    first = carry(county_team, open_now(county_team.bureau, JULY, both[:1])[0])
    assert first.lines.get(person=other).paid
    people.make_spell(other, "ability", grade=3)
    august = carry(county_team, open_now(county_team.bureau, dt.date(2024, 8, 1), both[:1])[0])
    line = august.lines.get(person=other)
    assert (line.change, line.why, line.paid) == ("stopped", "superseded", False)


def test_superseded_never_pays(through, folk, county_team):
    """A grant that another service now covers stops, and the database itself refuses to pay it."""
    with pytest.raises(Refused):
        open_now(county_team.bureau, JUNE, ("small-subsidy",))  # given on application, and nobody has it
    made = through(JUNE, "age-allowance")
    line = made.lines.first()
    cycle = through(JULY, until="open")
    for why, change in (("superseded", "stopped"), ("suspended", "same"), ("check", "same"), ("elsewhere", "new")):
        with pytest.raises(IntegrityError), transaction.atomic():
            CycleLine.objects.filter(cycle=cycle, person=line.person).update(
                why=why, change=change, state="accepted", paid=True, reviewed_by=county_team.town_a,
                reviewed_at=cycle.opened_at, amount_fen=0 if change == "stopped" else line.amount_fen,
                previous_fen=None if change == "new" else line.amount_fen)


def test_a_reviewer_holds_one_refuses_one_and_accepts_the_rest(through, folk, county_team):
    cycle = through(until="open")
    old, oldest = (cycle.lines.get(person=folk[name]) for name in ("old", "oldest"))
    with pytest.raises(Refused):
        actions.hold(county_team.town_a, cycle.pk, [old.pk], " ")
    with pytest.raises(Refused):
        actions.refuse(county_team.town_a, cycle.pk, [oldest.pk], "查无此户", "nothing")
    actions.hold(county_team.town_a, cycle.pk, [old.pk], "银行账户待核")
    actions.refuse(county_team.town_a, cycle.pk, [oldest.pk], "户籍已迁走", "hukou")
    carry(county_team, cycle)
    assert not Determination.objects.exists() and not cycle.lines.filter(paid=True).exists()
    oldest.refresh_from_db()
    assert oldest.clause == "《测试通知》第一条"
    again = open_now(county_team.bureau, JULY, ("age-allowance",))[0]
    assert {line.change for line in again.lines.all()} == {"new"}


def test_a_refused_grant_ends_with_its_reason_and_clause(through, folk, county_team):
    through(JUNE)
    cycle = through(JULY, until="open")
    line = cycle.lines.get(person=folk["old"])
    actions.refuse(county_team.town_a, cycle.pk, [line.pk], "户籍已迁走", "hukou")
    carry(county_team, cycle)
    event = Event.objects.get(kind="stopped")
    assert event.reason == "户籍已迁走 《测试通知》第一条" and event.determination.person == folk["old"]


def test_a_difference_that_nobody_looked_at_keeps_the_town_open(through, folk, county_team):
    cycle = through(until="open")
    town = cycle.towns.get()
    with pytest.raises(Refused):
        actions.finish_town(county_team.town_a, cycle.pk, town.region_id, town.version)
    actions.accept(county_team.town_a, cycle.pk, cycle.lines.values_list("pk", flat=True))
    actions.finish_town(county_team.town_a, cycle.pk, town.region_id, town.version)
    cycle.refresh_from_db()
    assert cycle.state == "town_reviewed"
    with pytest.raises(Changed):
        actions.hold(county_team.town_a, cycle.pk, [cycle.lines.first().pk], "再看看")


def test_a_town_reviews_its_own_lines_and_no_others(through, folk, county_team):
    cycle = through(until="open")
    line = cycle.lines.first()
    for stranger in (county_team.town_b, county_team.stranger):
        with pytest.raises(NotVisible):
            actions.accept(stranger, cycle.pk, [line.pk])
    for role in (county_team.village_a, county_team.bureau):
        with pytest.raises(Forbidden):
            actions.accept(role, cycle.pk, [line.pk])
    assert not CycleStep.objects.filter(stage="town").exists()
    assert {line.state for line in cycle.lines.all()} == {"pending"}


def test_no_human_stands_in_two_stages_whatever_the_role(through, folk, county_team):
    cycle = through(until="town_reviewed")
    with pytest.raises(Refused):  # opened it
        actions.check(county_team.bureau, cycle.pk, cycle.version)
    # The town's reviewer is also posted to the bureau: another role of one human.
    people.Posting.objects.create(user=county_team.town_a, role="bureau_officer", region_id=people.COUNTY,
                                  period=(people.SINCE, None))
    both = type(county_team.town_a).objects.get(pk=county_team.town_a.pk)
    with pytest.raises(Refused):
        actions.check(both, cycle.pk, cycle.version)
    cycle = actions.check(county_team.checker, cycle.pk, cycle.version)
    for human in (county_team.checker, county_team.bureau, both):
        with pytest.raises(Refused):
            approval.approve(human, cycle.pk, cycle.version)
    with pytest.raises(IntegrityError), transaction.atomic():  # past the actions, the database says the same
        CycleStep.objects.create(cycle=cycle, stage="approve", verb="approve", actor=both,
                                 human_key=bytes(both.identity_index))
    cycle.refresh_from_db()
    assert cycle.state == "checked"


def test_a_second_account_of_one_human_cannot_be_made_to_act(through, folk, county_team):
    """Two accounts cannot hold one ID number, and one without any decides nothing."""
    cycle = through(until="town_reviewed")
    second = people.make_user("second", people.Role.BUREAU_OFFICER)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(second).objects.filter(pk=second.pk).update(identity_index=county_team.town_a.identity_index)
    type(second).objects.filter(pk=second.pk).update(identity_index=None)
    second = type(second).objects.get(pk=second.pk)
    with pytest.raises(Refused):
        actions.check(second, cycle.pk, cycle.version)


def test_a_cycle_cannot_be_approved_without_the_steps(through, folk, county_team):
    cycle = through(until="town_reviewed")
    with pytest.raises(IntegrityError), transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(state="checked", checked_by=county_team.bureau,
                                                 checked_at=cycle.opened_at)


def test_one_month_of_one_service_is_opened_once(through, folk, county_team):
    cycle = through(until="open")
    with pytest.raises(Refused):
        open_now(county_team.bureau, JUNE, ("age-allowance",))
    with pytest.raises(IntegrityError), transaction.atomic():
        Cycle.objects.create(region_id=people.COUNTY, month=JUNE, service_id="age-allowance", run=cycle.run,
                             as_of=JUNE, pack_hash="x", review_by=JUNE, opened_by=county_team.bureau)
    with pytest.raises(Refused):  # the month before is not over
        open_now(county_team.bureau, JULY, ("age-allowance",))


def test_a_late_month_is_left_to_arrears(through, folk, county_team):
    through(JUNE)
    with pytest.raises(Refused):
        open_now(county_team.bureau, MAY, ("age-allowance",))
    with pytest.raises(Refused):
        open_now(county_team.bureau, dt.date(2999, 1, 1))


def test_a_cancelled_cycle_can_be_opened_anew_on_new_facts(through, folk, county_team):
    cycle = through(until="open")
    with pytest.raises(Refused):
        actions.cancel(county_team.bureau, cycle.pk, cycle.version, "")
    actions.cancel(county_team.bureau, cycle.pk, cycle.version, "户籍数据有误")
    assert not WorkItem.objects.filter(state="open", kind="entitlements.cycle_town").exists()
    again = open_now(county_team.bureau, JUNE, ("age-allowance",))[0]
    assert again.run_id != cycle.run_id  # facts were recorded a moment ago: they are read anew
    with pytest.raises(IntegrityError), transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(state="open")


def test_an_untouched_run_of_the_same_day_is_used_again(run, through, folk, county_team):
    done = run(county_team.bureau, JUNE)
    from yinian.people.models import Person, Spell

    old = done.known_at - dt.timedelta(days=2)
    Person.objects.update(created_at=old, changed_at=old)
    Spell.objects.update(recorded_at=old)
    cycle = through(JUNE, until="open")
    assert cycle.run_id == done.pk and Run.objects.count() == 1
    assert cycle.lines.count() == 2


def test_freezing_a_month_leaves_what_stands_today_alone(run, through, folk, county_team):
    done = run(county_team.bureau, dt.date(2024, 6, 20))
    through(JUNE, until="open")
    from yinian.entitlements import queries as runs

    assert runs.standing_run(people.COUNTY).pk == done.pk
    run(county_team.bureau, dt.date(2024, 6, 21))


def test_the_county_sends_one_town_back(through, folk, county_team):
    cycle = through(until="town_reviewed")
    with pytest.raises(Refused):
        actions.send_back(county_team.checker, cycle.pk, cycle.version, [people.TOWN_A], "")
    actions.send_back(county_team.checker, cycle.pk, cycle.version, [people.TOWN_A], "周秀英户籍请再核")
    cycle.refresh_from_db()
    assert cycle.state == "open" and cycle.towns.get().done_at is None
    assert WorkItem.objects.filter(kind="entitlements.cycle_town", state="open").count() == 1
    cycle = carry(county_team, cycle, "checked")
    actions.send_back(county_team.approver, cycle.pk, cycle.version, [people.TOWN_A], "再核")
    cycle.refresh_from_db()
    assert cycle.state == "open" and cycle.checked_by is None
    assert carry(county_team, cycle).state == "approved"


def test_lines_of_an_approved_cycle_stay_as_they_are(through, folk):
    cycle = through()
    for change in ({"amount_fen": 1}, {"paid": False}, {"reason": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            cycle.lines.update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        cycle.lines.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        CycleLine.objects.create(cycle=cycle, service_id=cycle.service_id, month=cycle.month, person=folk["poor"],
                                 region_code=people.B1, amount_fen=1, change="new")
    with pytest.raises(IntegrityError), transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(state="open")


def test_one_person_is_paid_once_a_month_even_by_two_counties(through, folk, county_team):
    cycle = through()
    line = cycle.lines.get(person=folk["old"])
    other = Cycle.objects.create(
        region_id=people.NEIGHBOUR, month=JUNE, service_id="age-allowance", run=cycle.run, as_of=JUNE, pack_hash="x",
        review_by=JUNE, opened_by=county_team.stranger,
    )
    with pytest.raises(IntegrityError, match="cycleline_paid_once"), transaction.atomic():
        CycleLine.objects.create(
            cycle=other, service_id="age-allowance", month=JUNE, person=line.person,
            region_code=people.NEIGHBOUR + "100201", amount_fen=5000, change="new", state="accepted", paid=True,
            reviewed_by=county_team.stranger, reviewed_at=cycle.opened_at)
    with pytest.raises(IntegrityError, match="determination_one_at_a_time"), transaction.atomic():
        Determination.objects.create(
            person=line.person, region_code=people.NEIGHBOUR + "100201", service_id="age-allowance",
            period=(JULY, None), amount_fen=5000, unit="month", origin="cycle", cycle=other, pack_hash="x")


def test_a_line_must_fit_its_cycle(through, folk):
    cycle = through(until="open")
    line = cycle.lines.first()
    for wrong in ({"month": JULY}, {"service_id": "visit"}, {"region_code": people.NEIGHBOUR}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CycleLine.objects.filter(pk=line.pk).update(**wrong)


def test_whoever_was_found_dead_after_the_freeze_is_held(through, folk, county_team):
    cycle = through(until="checked")
    people.make_spell(folk["oldest"], "death", "dead", since=dt.date(2024, 5, 20))
    type(folk["oldest"]).objects.filter(pk=folk["oldest"].pk).update(state="dead", died_on=dt.date(2024, 5, 20))
    job = approve_now(county_team.approver, cycle)
    assert job.result["held_late"] == 1 and job.result["paid"] == 1 and job.result["granted"] == 1
    assert cycle.lines.get(person=folk["oldest"]).state == "held"


def test_towns_and_villages_add_up_to_the_county(through, folk, county_team):
    people.make_spell(people.make_person(people.B1, "刘翠英", birth=dt.date(1931, 1, 1)), "relief", "none")
    people.make_spell(people.make_person(people.A2, "何冬秀", birth=dt.date(1939, 1, 1)), "relief", "none")
    through(JUNE)
    cycle = through(JULY)
    for level in (4, 5):
        found = queries.tallies(county_team.bureau, cycle, people.COUNTY, level)
        whole = found.pop("")
        for name in queries._COUNTS:
            assert sum(getattr(part, name) for part in found.values()) == getattr(whole, name), (level, name)
    assert whole.lines == cycle.lines.count() == 4 and whole.paid_fen == 5000 * 2 + 10000 * 2
    towns = cycle.towns.all()
    assert sum(t.lines for t in towns) == whole.lines and sum(t.amount_fen for t in towns) == whole.fen


def test_only_the_bureau_opens_and_the_neighbour_sees_nothing(through, folk, county_team):
    for other in (county_team.town_a, county_team.finance, county_team.village_a):
        with pytest.raises(Forbidden):
            open_now(other, JUNE)
    with pytest.raises(NotVisible):
        open_now(county_team.stranger, JUNE)
    cycle = through(until="open")
    with pytest.raises(NotVisible):
        queries.get_cycle(county_team.stranger, cycle.pk)
    assert queries.lines_of(county_team.town_b, cycle).count() == 0
    assert queries.lines_of(county_team.village_a, cycle).count() == 2


def test_opening_writes_by_the_statement_and_not_by_the_line(pack, county_team, django_assert_max_num_queries):
    for n in range(60):
        people.make_person(people.A1, f"陈秀{n}", birth=dt.date(1930, 1, 1))
    with django_assert_max_num_queries(95):
        open_now(county_team.bureau, JUNE, ("age-allowance",))
    assert CycleLine.objects.count() == 60
