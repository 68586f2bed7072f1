"""Suspending, resuming and stopping: two humans, a day, a reason; and what a run finds is proposed, never done."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.cycles.conftest import JULY, JUNE, carry, open_now
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.roles import Role
from yinian.entitlements.determinations import actions, queries
from yinian.entitlements.models import Determination, Event, Proposal, Receipt

pytestmark = pytest.mark.django_db
AUGUST = dt.date(2024, 8, 1)


@pytest.fixture
def grant(through, folk):
    through(JUNE)
    return Determination.objects.get(person=folk["old"])


def test_a_suspension_holds_the_month_and_a_resumption_frees_the_next(grant, through, county_team):
    made = actions.propose(county_team.town_a, grant.pk, "suspend", dt.date(2024, 6, 20), "银行账户冻结")
    grant.refresh_from_db()
    assert grant.state == "in_force"  # nothing changes by a proposal
    item = WorkItem.objects.get(kind="entitlements.grant_check", state="open")
    assert item.region_id == people.COUNTY
    event = actions.confirm(county_team.checker, made.pk, made.version)
    assert (event.kind, event.on, event.actor, event.checker) == (
        "suspended", dt.date(2024, 6, 20), county_team.town_a, county_team.checker)
    assert not WorkItem.objects.filter(kind="entitlements.grant_check", state="open").exists()
    july = through(JULY, until="open")
    line = july.lines.get(person=grant.person)
    assert (line.state, line.why) == ("held", "suspended")
    carry(county_team, july)
    line.refresh_from_db()
    assert not line.paid
    made = actions.propose(county_team.town_a, grant.pk, "resume", dt.date(2024, 7, 15), "账户已恢复")
    actions.confirm(county_team.checker, made.pk, made.version)
    august = carry(county_team, open_now(county_team.bureau, AUGUST, ("age-allowance",))[0])
    assert august.lines.get(person=grant.person).paid
    assert [queries.suspended_on(grant, day) for day in (JUNE, JULY, AUGUST)] == [False, True, False]


def test_a_change_does_not_take_effect_before_the_one_it_follows(grant, county_team):
    def decide(kind, on):
        made = actions.propose(county_team.town_a, grant.pk, kind, on, "理由")
        return actions.confirm(county_team.checker, made.pk, made.version)

    decide("suspend", dt.date(2024, 7, 20))
    with pytest.raises(Refused) as refusal:  # the suspension of the 20th would still hold, whatever the state says
        decide("resume", dt.date(2024, 7, 10))
    assert "2024年7月20日" in str(refusal.value.fields["on"])
    decide("resume", dt.date(2024, 8, 10))
    with pytest.raises(Refused):
        decide("suspend", dt.date(2024, 8, 5))
    decide("suspend", dt.date(2024, 8, 10))
    assert queries.suspended_on(grant, dt.date(2024, 8, 31))
    decide("stop", dt.date(2024, 7, 1))  # an end may lie before: then there was nothing to suspend


def test_a_suspension_after_the_freeze_is_seen_at_approval(grant, through, county_team):
    july = through(JULY, until="checked")
    made = actions.propose(county_team.town_a, grant.pk, "suspend", dt.date(2024, 6, 30), "待核实")
    actions.confirm(county_team.approver, made.pk, made.version)
    from tests.entitlements.cycles.conftest import approve_now

    assert approve_now(county_team.approver, july).result["held_late"] == 1
    assert not july.lines.get(person=grant.person).paid


def test_a_stop_takes_effect_on_its_day_and_not_before(grant, through, county_team):
    made = actions.propose(county_team.village_a, grant.pk, "stop", AUGUST, "本人放弃")
    actions.confirm(county_team.checker, made.pk, made.version)
    grant.refresh_from_db()
    assert (grant.state, grant.period.upper) == ("stopped", AUGUST)
    july = through(JULY)
    assert july.lines.get(person=grant.person).paid
    august = open_now(county_team.bureau, AUGUST, ("age-allowance",))[0]
    assert august.lines.get(person=grant.person).change == "new"  # still due by the rule: granted anew, if at all


def test_who_proposes_does_not_decide_in_whatever_role(grant, county_team):
    made = actions.propose(county_team.town_a, grant.pk, "stop", JULY, "户籍迁出")
    people.Posting.objects.create(user=county_team.town_a, role=Role.BUREAU_OFFICER, region_id=people.COUNTY,
                                  period=(people.SINCE, None))
    both = type(county_team.town_a).objects.get(pk=county_team.town_a.pk)
    for act in (lambda: actions.confirm(both, made.pk, made.version),
                lambda: actions.reject(both, made.pk, made.version, "不同意")):
        with pytest.raises(Refused):
            act()
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(
            state="confirmed", checker=both, checker_key=bytes(both.identity_index), checked_at=timezone.now())
    assert Determination.objects.get(pk=grant.pk).state == "in_force"


def test_nobody_decides_on_their_own_grant(grant, county_team):
    type(county_team.town_a).objects.filter(pk=county_team.town_a.pk).update(identity_index=grant.person.id_index)
    officer = type(county_team.town_a).objects.get(pk=county_team.town_a.pk)
    with pytest.raises(Refused):
        actions.propose(officer, grant.pk, "suspend", JULY, "自请暂停")


def test_a_change_needs_reason_day_and_fit(grant, county_team):
    for kind, on, reason in (("stop", JULY, " "), ("stop", None, "x"), ("resume", JULY, "x"), ("erase", JULY, "x"),
                             ("suspend", dt.date(2020, 1, 1), "x"), ("stop", dt.date(2999, 1, 1), "x")):
        with pytest.raises(Refused):
            actions.propose(county_team.town_a, grant.pk, kind, on, reason)
    made = actions.propose(county_team.town_a, grant.pk, "suspend", JULY, "待核")
    with pytest.raises(Refused):
        actions.propose(county_team.village_a, grant.pk, "stop", JULY, "又一个")
    with pytest.raises(Refused):
        actions.reject(county_team.checker, made.pk, made.version, "")
    actions.reject(county_team.checker, made.pk, made.version, "已核实无误")
    with pytest.raises(Changed):
        actions.confirm(county_team.checker, made.pk, made.version)
    assert not Event.objects.filter(kind="suspended").exists()


def test_reach_and_rights(grant, county_team):
    for stranger in (county_team.stranger, county_team.town_b, county_team.village_b):
        with pytest.raises(NotVisible):
            actions.propose(stranger, grant.pk, "stop", JULY, "x")
    with pytest.raises(Forbidden):
        actions.propose(county_team.finance, grant.pk, "stop", JULY, "x")
    made = actions.propose(county_team.town_a, grant.pk, "stop", JULY, "x")
    with pytest.raises(Forbidden):
        actions.confirm(county_team.village_a, made.pk, made.version)


def test_a_run_that_finds_a_death_proposes_and_does_not_stop(grant, run, county_team):
    died = dt.date(2024, 6, 18)
    people.make_spell(grant.person, "death", "dead", since=died)
    type(grant.person).objects.filter(pk=grant.person_id).update(state="dead", died_on=died)
    run(county_team.bureau, dt.date(2024, 6, 25))
    found = Proposal.objects.get()
    assert (found.state, found.cause, found.kind, found.on, found.maker) == ("found", "died", "stop", JULY, None)
    assert "2024年6月18日" in found.reason
    assert Determination.objects.get(pk=grant.pk).state == "in_force"
    item = WorkItem.objects.get(kind="entitlements.grants_found", state="open")
    assert (item.region_id, item.params["count"]) == (people.TOWN_A, 1)
    with pytest.raises(Changed):  # nobody has taken it up
        actions.confirm(county_team.checker, found.pk, found.version)
    run(county_team.bureau, dt.date(2024, 6, 26))
    assert Proposal.objects.count() == 1
    taken = actions.propose(county_team.town_a, grant.pk, "stop", found.on, found.reason)
    assert taken.pk == found.pk and taken.cause == "died"
    actions.confirm(county_team.checker, taken.pk, taken.version)
    ended = Determination.objects.get(pk=grant.pk)
    assert (ended.state, ended.period.upper) == ("stopped", JULY)
    run(county_team.bureau, dt.date(2024, 6, 27))
    assert not WorkItem.objects.filter(kind="entitlements.grants_found", state="open").exists()


def test_a_finding_falls_when_the_record_is_corrected(grant, run, county_team):
    hukou = grant.person.hukou_code
    type(grant.person).objects.filter(pk=grant.person_id).update(hukou_code="430621100201")
    run(county_team.bureau, dt.date(2024, 6, 25))
    found = Proposal.objects.get()
    assert found.cause == "not_due" and "本市户籍" in found.reason and found.clause == "《测试通知》第一条"
    type(grant.person).objects.filter(pk=grant.person_id).update(hukou_code=hukou)
    run(county_team.bureau, dt.date(2024, 6, 26))
    found.refresh_from_db()
    assert found.state == "dropped" and "2024-06-26" in found.answer
    assert not WorkItem.objects.filter(kind="entitlements.grants_found", state="open").exists()


def test_an_unknown_fact_is_no_ground_for_a_proposal(grant, run, county_team):
    type(grant.person).objects.filter(pk=grant.person_id).update(hukou_code="")
    run(county_team.bureau, dt.date(2024, 6, 25))
    assert not Proposal.objects.exists()


def test_what_was_granted_counts_as_received(grant, run, county_team):
    from yinian.entitlements import queries as runs

    done = run(county_team.bureau, dt.date(2024, 6, 25))
    sums = runs.figures_of(county_team.bureau, [done], people.COUNTY)["age-allowance"]
    assert (sums.due, sums.receiving, sums.missing) == (2, 2, 0) and not Receipt.objects.exists()


def test_events_are_not_rewritten(grant):
    event = Event.objects.get(determination=grant)
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(on=JULY)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Determination.objects.filter(pk=grant.pk).delete()
