"""Inviting those missed from the list: picked people, their own area, one open application each, nothing twice."""

import pytest
from django.db import IntegrityError, transaction

from tests import cast as people
from tests.entitlements.applications.conftest import brought, opened, photo, poor
from tests.entitlements.conftest import DAY
from tests.entitlements.cycles.conftest import county_team
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem
from yinian.entitlements import queries as standing
from yinian.entitlements.applications import actions as applying
from yinian.entitlements.applications import inviting
from yinian.entitlements.coverage import actions
from yinian.entitlements.models import Application, ApplicationStep, Run

__all__ = ["brought", "county_team", "opened", "poor"]
BASE = "/services/coverage/"


def items(state="open"):
    return WorkItem.objects.filter(kind="entitlements.invited", state=state)


def left_by(act):
    """What an act that is refused has written: nothing."""
    def counts():
        return (Application.objects.count(), ApplicationStep.objects.count(), items().count(), AuditRow.objects.count())

    before = counts()
    act()
    return counts() == before


@pytest.fixture
def withdrawn(opened, poor, brought, run):
    """``poor`` withdrew an application; the run that stands finds the small subsidy due and missing."""
    made = brought("town")
    applying.withdraw(opened.village_a, made.pk, made.version, "本人不愿申请")
    run(opened.bureau)
    assert Application.objects.get().state == "withdrawn" and not items().exists()
    return made


@pytest.fixture
def invite(opened):
    """``invite(actor, region, *picked)`` for every service of the run that stands."""
    def go(actor, region, *picked):
        runs = standing.standing_runs(region)
        return actions.invite_missed(actor, runs, region, standing.services_of(runs), [one.pk for one in picked])

    return go


def test_whoever_withdrew_is_invited_by_an_officer_and_comes_to_the_villages_desk_once(opened, poor, withdrawn, invite):
    assert invite(opened.town_a, people.TOWN_A, poor) == inviting.Invited(fresh=1)
    made = Application.objects.get(state="invited")
    assert (made.person, made.service_id, made.region_id) == (poor, "small-subsidy", people.A1)
    step = made.steps.get()
    assert (step.verb, step.actor, step.human_key) == ("invite", opened.town_a, None)
    item = items().get()
    assert (item.region_id, item.role) == (people.A1, "village_worker")
    assert item.params == {"service": "小额补贴", "count": 1}
    row = AuditRow.objects.get(action="entitlements.invite")
    assert row.detail == {"people": 1, "new": 1, "already": 0, "resting": 0} and row.region_code == people.TOWN_A
    assert invite(opened.bureau, people.COUNTY, poor) == inviting.Invited(already=1)
    assert items().count() == 1 and Application.objects.filter(state="invited").count() == 1


def test_the_village_takes_the_invitation_up_and_the_officer_who_invited_may_examine_it(
    opened, poor, withdrawn, invite
):
    invite(opened.town_a, people.TOWN_A, poor)
    made = applying.begin(opened.village_a, poor.pk, "small-subsidy", "family")
    assert made.steps.filter(verb="invite").exists() and Application.objects.count() == 2
    applying.add_paper(opened.village_a, made.pk, "form", photo())
    made = applying.lodge(opened.village_a, made.pk, made.version, {})
    assert applying.pass_on(opened.town_a, made.pk, made.version).state == "notice"
    assert not items().exists()


def test_one_item_a_village_and_service_however_many_are_picked(opened, poor, run, invite):
    others = [people.make_person(people.A1, f"陈秀{n}", birth=people.dt.date(1950, 1, 1)) for n in range(3)]
    for person in others:
        people.make_spell(person, "relief", "dibao")
        people.make_spell(person, "ability", grade=0)
    run(opened.bureau)
    Application.objects.filter(state="invited").update(state="withdrawn")  # as closing the service leaves them
    items().update(state="done", closed_at=people.dt.datetime.now(people.dt.UTC), closed_by=opened.village_a)
    assert invite(opened.bureau, people.COUNTY, poor, *others).fresh == 4
    assert items().get().params["count"] == 4


def test_an_item_that_was_closed_is_asked_anew_for_those_invited_already(opened, poor, run, invite):
    run(opened.bureau)
    items().update(state="done", closed_at=people.dt.datetime.now(people.dt.UTC), closed_by=opened.village_a)
    assert invite(opened.town_a, people.TOWN_A, poor) == inviting.Invited(already=1)
    assert items().get().region_id == people.A1 and Application.objects.count() == 1


def test_whoever_was_refused_lately_is_left_at_rest(opened, poor, withdrawn, invite):
    refused = Application.objects.create(
        person=poor, region_id=people.A1, service_id="small-subsidy", channel="village", medium="paper",
        state="county", lodged_by=opened.village_a, lodged_on=DAY,
    )
    ApplicationStep.objects.create(application=refused, stage="county", verb="refuse", actor=opened.approver,
                                   human_key=bytes(opened.approver.identity_index), reason="不符合条件")
    Application.objects.filter(pk=refused.pk).update(state="refused", decided_on=DAY)
    assert invite(opened.town_a, people.TOWN_A, poor) == inviting.Invited(resting=1)
    assert not Application.objects.filter(state="invited").exists() and not items().exists()


def test_a_refused_call_writes_nothing(opened, poor, withdrawn, invite):
    far = people.make_person(people.B1, "周德明", "male", birth=people.dt.date(1951, 1, 1))

    def refused(error, *call):
        def act():
            with pytest.raises(error):
                invite(*call)

        assert left_by(act), call

    refused(Refused, opened.town_a, people.TOWN_A)
    refused(Refused, opened.town_a, people.TOWN_A, far)
    refused(NotVisible, opened.town_b, people.TOWN_A, poor)
    refused(NotVisible, opened.stranger, people.COUNTY, poor)
    refused(Forbidden, opened.village_a, people.A1, poor)
    refused(Forbidden, opened.finance, people.COUNTY, poor)
    for intake in inviting.queries.open_intakes(people.COUNTY):
        inviting.close_intake(opened.bureau, intake.pk)
    refused(Refused, opened.town_a, people.TOWN_A, poor)


def test_the_database_holds_one_open_application_a_person_and_service(opened, poor, withdrawn, invite):
    invite(opened.town_a, people.TOWN_A, poor)
    twin = {"person": poor, "region_id": people.A1, "service_id": "small-subsidy", "channel": "run"}
    with pytest.raises(IntegrityError, match="application_open_once"), transaction.atomic():
        Application.objects.create(**twin)


def test_the_list_offers_it_where_something_can_be_applied_for(opened, poor, withdrawn):
    client = people.client_for(opened.town_a)
    at = f"{BASE}missed/?region={people.TOWN_A}"
    assert "邀请申请" in client.get(at).content.decode()
    assert "邀请申请" in client.get(f"{at}&service=small-subsidy").content.decode()
    assert "邀请申请" not in client.get(f"{at}&service=visit").content.decode()
    assert "邀请申请" not in people.client_for(opened.village_a).get(
        f"{BASE}missed/?region={people.A1}").content.decode()
    target = f"{BASE}invite/?region={people.TOWN_A}&service=small-subsidy"
    sent = client.post(target, {"ids": [poor.pk, "x"]}, follow=True).content.decode()
    assert "已新发出1份申请邀请" in sent
    again = client.post(target, {"ids": [poor.pk]}, follow=True).content.decode()
    assert "已邀请或正在办理的：1份" in again
    page = client.get(f"/services/applications/{Application.objects.get(state='invited').pk}/").content.decode()
    assert "已邀请申请" in page and opened.town_a.full_name in page
    assert people.client_for(opened.village_a).post(target, {"ids": [poor.pk]}).status_code == 403
    assert Run.objects.count() == 1
