"""An application from village to decision: its stages, its deadlines, and that no human acts twice in it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.entitlements.applications.conftest import photo
from tests.entitlements.conftest import doing
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.actions import escalate_overdue
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow, Document
from yinian.core.roles import Role
from yinian.entitlements.applications import actions, deciding, inviting, queries
from yinian.entitlements.applications.hands import verbs_for
from yinian.entitlements.models import Application, ApplicationStep, Determination, Event, Objection

pytestmark = pytest.mark.django_db


def again(user):
    return type(user).objects.get(pk=user.pk)


def desk(application):
    item = WorkItem.objects.filter(key=f"application:{application.pk}", state="open").first()
    return item and (item.role, item.region_id, item.due_on)


def test_from_village_to_decision_with_notice(opened, poor):
    today = timezone.localdate()
    made = actions.begin(opened.village_a, poor.pk, "small-subsidy", "village")
    assert (made.state, made.medium, made.procedure["notice"]["days"]) == ("draft", "paper", 7)
    with pytest.raises(Refused):  # the form itself is a paper
        actions.lodge(opened.village_a, made.pk, made.version, {})
    actions.add_paper(opened.village_a, made.pk, "form", photo())
    made = actions.lodge(opened.village_a, made.pk, made.version, {"living": "与儿子同住"})
    assert (made.state, made.lodged_by, made.finding["status"]) == ("town", opened.village_a, "due")
    assert desk(made) == ("town_officer", people.TOWN_A, add_working_days(today, 10))
    made = actions.pass_on(opened.town_a, made.pk, made.version)
    assert (made.state, made.notice_from, made.notice_until) == ("notice", today, today + dt.timedelta(days=7))
    assert desk(made) is None
    assert actions.close_notices(today + dt.timedelta(days=7)) == 0
    assert actions.close_notices(today + dt.timedelta(days=8)) == 1
    made.refresh_from_db()
    assert made.state == "county" and desk(made)[:2] == ("bureau_officer", people.COUNTY)
    grant = deciding.approve(opened.bureau, made.pk, made.version)
    made.refresh_from_db()
    assert (made.state, made.decided_on, grant.amount_fen, grant.origin) == ("approved", today, 3000, "application")
    month = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    assert grant.period.lower == month and grant.period.upper is None
    event = Event.objects.get()
    assert (event.actor, event.checker, event.on) == (opened.town_a, opened.bureau, month)
    paper = Document.objects.get()
    assert made.notice == event.notice == paper and paper.title == "待遇享受决定书" and paper.person_ref == poor.pk
    assert desk(made) is None
    assert list(made.steps.values_list("stage", "verb")) == [
        ("village", "lodge"), ("town", "pass"), ("notice", "close_notice"), ("county", "approve")]
    assert AuditRow.objects.filter(action__startswith="entitlements.apply").count() == 6


def test_a_family_applies_from_the_phone_and_the_village_accepts(opened, poor, family):
    with pytest.raises(NotVisible):
        actions.begin_own(family, people.make_person(people.A1, "别人").pk, "large-subsidy")
    made = actions.begin_own(family, poor.pk, "small-subsidy")
    assert (made.channel, made.medium) == ("family", "phone")
    made = actions.lodge(family, made.pk, made.version, {}, own=True)
    assert made.state == "village" and desk(made)[:2] == ("village_worker", people.A1)
    with pytest.raises(Refused):
        actions.begin_own(family, poor.pk, "small-subsidy")
    made = actions.accept(opened.village_a, made.pk, made.version)
    assert made.state == "town"


def test_what_is_missing_is_supplemented_and_the_same_stage_sees_it_again(opened, brought):
    made = brought("town")
    with pytest.raises(Refused):
        actions.send_back(opened.town_a, made.pk, made.version, ["form"], "")
    made = actions.send_back(opened.town_a, made.pk, made.version, ["form"], "申请表未签名")
    assert made.state == "returned" and desk(made)[0] == "village_worker"
    with pytest.raises(Refused):  # the form is still the old one
        actions.supplement(opened.village_a, made.pk, made.version, {})
    actions.add_paper(opened.village_a, made.pk, "form", photo())
    made = actions.supplement(opened.village_a, made.pk, made.version, {})
    assert made.state == "town"
    assert actions.pass_on(opened.town_a, made.pk, made.version).state == "notice"


def test_a_family_supplements_on_its_own_page(opened, poor, family):
    made = actions.begin_own(family, poor.pk, "small-subsidy")
    made = actions.lodge(family, made.pk, made.version, {}, own=True)
    made = actions.send_back(opened.village_a, made.pk, made.version, [], "请补充联系电话")
    assert desk(made) is None
    made = actions.supplement(family, made.pk, made.version, {"living": "独居"}, own=True)
    assert made.state == "village"


def test_no_human_acts_in_two_stages_whatever_the_role(opened, poor, brought):
    made = brought("town")
    # The village worker is also posted to the town and to the bureau: other roles of one human.
    for role, region in ((Role.TOWN_OFFICER, people.TOWN_A), (Role.BUREAU_OFFICER, people.COUNTY)):
        people.Posting.objects.create(user=opened.village_a, role=role, region_id=region, period=(people.SINCE, None))
    many = again(opened.village_a)
    assert "pass" not in verbs_for(many, made) and "pass" in verbs_for(opened.town_a, made)
    for act in (lambda: actions.pass_on(many, made.pk, made.version),
                lambda: actions.against(many, made.pk, made.version, "不符", "poor"),
                lambda: actions.send_back(many, made.pk, made.version, [], "补正")):
        with pytest.raises(Refused):
            act()
    made = actions.pass_on(opened.town_a, made.pk, made.version)
    Application.objects.filter(pk=made.pk).update(notice_until=made.notice_from)
    actions.close_notices(made.notice_from + dt.timedelta(days=1))
    made.refresh_from_db()
    people.Posting.objects.create(user=opened.town_a, role=Role.BUREAU_OFFICER, region_id=people.COUNTY,
                                  period=(people.SINCE, None))
    for human in (many, again(opened.town_a)):
        with pytest.raises(Refused):
            deciding.approve(human, made.pk, made.version)
    assert not Determination.objects.exists()


def test_the_database_refuses_the_second_act_of_one_human(opened, poor, brought):
    made = brought("town")
    key = bytes(opened.village_a.identity_index)
    with pytest.raises(IntegrityError, match="one human acts in one stage"), transaction.atomic():
        ApplicationStep.objects.create(application=made, stage="town", verb="pass", actor=opened.town_a, human_key=key)
    with pytest.raises(IntegrityError, match="nobody_decides_twice"), transaction.atomic():
        ApplicationStep.objects.create(application=made, stage="village", verb="accept", actor=opened.village_a,
                                       human_key=key)
    with pytest.raises(IntegrityError, match="own application"), transaction.atomic():
        ApplicationStep.objects.create(application=made, stage="county", verb="approve", actor=opened.bureau,
                                       human_key=bytes(poor.id_index))
    with pytest.raises(IntegrityError, match="decided by a step"), transaction.atomic():
        Application.objects.filter(pk=made.pk).update(state="approved", decided_on=timezone.localdate())
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationStep.objects.create(application=made, stage="county", verb="approve", actor=opened.bureau)


def test_a_second_account_of_one_human_decides_nothing(opened, brought):
    """An ID number belongs to one account; an account without one is refused before it decides."""
    made = brought("county")
    second = people.make_user("second", Role.BUREAU_OFFICER)
    with pytest.raises(IntegrityError), transaction.atomic():
        type(second).objects.filter(pk=second.pk).update(identity_index=opened.village_a.identity_index)
    type(second).objects.filter(pk=second.pk).update(identity_index=None)
    with pytest.raises(Refused):
        deciding.approve(again(second), made.pk, made.version)
    assert not Determination.objects.exists()


def test_nobody_decides_on_their_own(opened, poor, brought):
    made = brought("county")
    type(opened.bureau).objects.filter(pk=opened.bureau.pk).update(identity_index=poor.id_index)
    with pytest.raises(Refused):
        deciding.approve(again(opened.bureau), made.pk, made.version)


def test_the_rule_has_the_word_on_granting(opened, poor, brought):
    made = brought("county")
    page = reverse("entitlements:application", args=[made.pk])
    assert "不能批准" not in people.client_for(opened.bureau).get(page).content.decode()
    poor.spells.filter(kind="relief").delete()
    with pytest.raises(Refused):  # not known any more: find it out first
        deciding.approve(opened.bureau, made.pk, made.version)
    assert "须先核实后才能批准：社会救助" in people.client_for(opened.bureau).get(page).content.decode()
    people.make_spell(poor, "relief", "none")
    assert "不符合条件，不能批准" in people.client_for(opened.bureau).get(page).content.decode()
    with pytest.raises(Refused):  # not due
        deciding.approve(opened.bureau, made.pk, made.version)
    with pytest.raises(Refused):
        deciding.refuse(opened.bureau, made.pk, made.version, "已退出低保", "nothing")
    done = deciding.refuse(opened.bureau, made.pk, made.version, "已退出低保", "poor")
    assert done.state == "refused" and done.finding["against"]["clause"] == "《测试通知》"
    paper = Document.objects.get()
    assert paper.title == "不予批准决定书" and done.notice_id == paper.pk


def test_a_town_advises_against_and_the_county_decides_without_notice(opened, poor, brought):
    made = brought("town")
    with pytest.raises(Refused):
        actions.against(opened.town_a, made.pk, made.version, "核实收入超标", "")
    made = actions.against(opened.town_a, made.pk, made.version, "核实收入超标", "poor")
    assert made.state == "county" and made.finding["against"]["test"] == "poor"
    assert deciding.refuse(opened.bureau, made.pk, made.version, "收入超标", "poor").state == "refused"


def test_an_objection_is_answered_before_a_decision(opened, brought):
    made = brought("notice")
    objection = actions.record_objection(opened.village_a, made.pk, "家有小汽车", "张三 13800000000", None)
    assert "13800000000" not in str(Objection.objects.filter(pk=objection.pk).values_list("text", "answer"))
    assert WorkItem.objects.filter(kind="entitlements.objection", state="open").count() == 1
    assert actions.close_notices(made.notice_until + dt.timedelta(days=1)) == 0
    with pytest.raises(Refused):  # has examined it
        actions.settle_objection(opened.town_a, objection.pk, 1, "dismissed", "查无此事")
    actions.settle_objection(opened.checker, objection.pk, 1, "dismissed", "车辆已过户多年")
    assert actions.close_notices(made.notice_until + dt.timedelta(days=1)) == 1
    made.refresh_from_db()
    with pytest.raises(Refused):  # who answered does not decide
        deciding.approve(opened.checker, made.pk, made.version)
    deciding.approve(opened.bureau, made.pk, made.version)


def test_an_upheld_objection_goes_to_the_county_in_view(opened, brought):
    made = brought("notice")
    objection = actions.record_objection(opened.village_a, made.pk, "已外迁", "", None)
    actions.settle_objection(opened.checker, objection.pk, 1, "upheld", "确已外迁")
    made.refresh_from_db()
    assert made.state == "county" and made.finding["objection"] == "确已外迁"


def test_what_stands_in_public_is_masked(opened, poor, brought, client):
    made = brought("notice")
    answer = client.get("/services/public/notices/")
    text = answer.content.decode()
    assert answer.status_code == 200 and "杨*兰" in text and "汴塘村" in text and "小额补贴" in text
    for secret in ("杨玉兰", str(poor.id_number), f"/{made.pk}/", str(poor.region_id)):
        assert secret not in text
    assert queries.on_notice(people.TOWN_B) == []


def test_a_granted_service_is_paid_by_the_monthly_cycle(opened, poor, brought, monkeypatch):
    from tests.entitlements.cycles.conftest import carry, open_now

    made = brought("county")
    grant = deciding.approve(opened.bureau, made.pk, made.version)
    start = grant.period.lower
    monkeypatch.setattr(timezone, "localdate", lambda *a: start + dt.timedelta(days=3))
    cycle = open_now(opened.bureau, start, ("small-subsidy",))[0]
    assert [(line.change, line.amount_fen) for line in cycle.lines.all()] == [("same", 3000)]
    carry(opened, cycle)
    assert cycle.lines.get().paid and cycle.lines.get().determination == grant


def test_a_second_application_is_refused_while_one_runs_or_stands(opened, poor, brought):
    made = brought("county")
    with pytest.raises(Refused):
        actions.begin(opened.village_a, poor.pk, "small-subsidy", "village")
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.create(person=poor, region_id=people.A1, service_id="small-subsidy", channel="run")
    deciding.approve(opened.bureau, made.pk, made.version)
    with pytest.raises(Refused):
        actions.begin(opened.village_a, poor.pk, "small-subsidy", "village")


def test_only_what_the_county_has_opened_can_be_applied_for(opened, poor):
    for service in ("visit", "nothing"):
        with pytest.raises(Refused):
            actions.begin(opened.village_a, poor.pk, service, "village")
    intake = queries.open_intakes(people.COUNTY).get(service_id="small-subsidy")
    inviting.close_intake(opened.bureau, intake.pk)
    with pytest.raises(Refused):
        actions.begin(opened.village_a, poor.pk, "small-subsidy", "village")
    with pytest.raises(Refused):
        inviting.open_intake(opened.bureau, people.COUNTY, "age-allowance")
    with pytest.raises(Forbidden):
        inviting.open_intake(opened.town_a, people.COUNTY, "small-subsidy")


def test_reach_and_order_of_stages(opened, poor, brought):
    made = brought("town")
    for stranger in (opened.town_b, opened.stranger):
        with pytest.raises(NotVisible):
            actions.pass_on(stranger, made.pk, made.version)
    with pytest.raises(Forbidden):
        actions.pass_on(opened.bureau, made.pk, made.version)
    with pytest.raises(Changed):
        deciding.approve(opened.bureau, made.pk, made.version)
    with pytest.raises(Changed):
        actions.pass_on(opened.town_a, made.pk, made.version - 1)
    with pytest.raises(NotVisible):
        actions.begin(opened.village_b, poor.pk, "large-subsidy", "village")


def test_an_application_is_withdrawn_with_a_reason_and_stays_so(opened, poor, brought):
    made = brought("town")
    with pytest.raises(Refused):
        actions.withdraw(opened.village_a, made.pk, made.version, " ")
    made = actions.withdraw(opened.village_a, made.pk, made.version, "本人不愿申请")
    assert made.state == "withdrawn" and desk(made) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=made.pk).update(state="town")
    assert actions.begin(opened.village_a, poor.pk, "small-subsidy", "village").pk != made.pk


def test_a_late_stage_rises_to_the_next_level(opened, brought):
    made = brought("town")
    WorkItem.objects.filter(key=f"application:{made.pk}").update(due_on=timezone.localdate() - dt.timedelta(days=1))
    assert escalate_overdue() == 1
    item = WorkItem.objects.get(key=f"application:{made.pk}")
    assert (item.role, item.region_id, item.escalations) == ("bureau_officer", people.COUNTY, 1)


# --- invitations -----------------------------------------------------------------------------------------------


def test_a_run_invites_whoever_is_due_and_has_none_of_it(opened, poor, run):
    other = people.make_person(people.B1, "周德明", "male", birth=dt.date(1951, 1, 1))
    people.make_spell(other, "relief", "dibao")
    people.make_spell(other, "ability", grade=3)
    run(opened.bureau)
    assert set(Application.objects.values_list("person", "service_id", "state", "channel")) == {
        (poor.pk, "small-subsidy", "invited", "run"), (other.pk, "large-subsidy", "invited", "run")}
    items = WorkItem.objects.filter(kind="entitlements.invited", state="open")
    assert {(item.region_id, item.params["service"], item.params["count"]) for item in items} == {
        (people.A1, "小额补贴", 1), (people.B1, "大额补贴", 1)}
    run(opened.bureau, dt.date(2024, 6, 2))
    assert Application.objects.count() == 2
    made = actions.begin(opened.village_a, poor.pk, "small-subsidy", "family")
    assert made.pk == Application.objects.get(person=poor).pk
    actions.add_paper(opened.village_a, made.pk, "form", photo())
    actions.lodge(opened.village_a, made.pk, made.version, {})
    assert not items.filter(region=people.A1).exists()


def test_one_item_a_village_and_service_however_many_people(opened, run):
    for n in range(30):
        person = people.make_person(people.A1, f"陈秀{n}", birth=dt.date(1950, 1, 1))
        people.make_spell(person, "relief", "dibao")
        people.make_spell(person, "ability", grade=0)
    run(opened.bureau)
    assert Application.objects.filter(state="invited").count() == 30
    assert WorkItem.objects.get(kind="entitlements.invited").params["count"] == 30


def test_how_soon_a_run_invites_again_after_a_withdrawal_is_the_packs_to_say(opened, poor, run, brought, pack):
    made = brought("town")
    actions.withdraw(opened.village_a, made.pk, made.version, "本人不愿申请")
    run(opened.bureau)
    assert not Application.objects.filter(state="invited").exists()
    # A service has its own: it stands in the pack, and the page of open services shows it with what is assumed.
    procedure = pack / "procedure.yaml"
    procedure.write_text(procedure.read_text("utf-8") + (
        "  rest: {days: 0, source: {document: notice, confidence: unknown}, note: {zh: 待县级确认}}\n"), "utf-8")
    run(opened.bureau, dt.date(2024, 6, 2))
    assert Application.objects.get(state="invited").person == poor
    page = people.client_for(opened.bureau).get(reverse("entitlements:intakes")).content.decode()
    assert "不予批准或撤回后0天内" in page and "不予批准或撤回后90天内" in page and "待县级确认" in page


def test_an_invitation_falls_when_it_is_no_longer_due(opened, poor, run):
    run(opened.bureau)
    poor.spells.filter(kind="relief").delete()
    people.make_spell(poor, "relief", "none")
    run(opened.bureau, dt.date(2024, 6, 2))
    assert Application.objects.get().state == "withdrawn"
    assert not WorkItem.objects.filter(kind="entitlements.invited", state="open").exists()


def test_whoever_was_refused_is_not_invited_at_once_again(opened, poor, brought, run):
    made = brought("town")
    actions.withdraw(opened.village_a, made.pk, made.version, "本人不愿申请")
    run(opened.bureau)
    assert Application.objects.count() == 1


def test_opening_a_service_invites_by_the_run_that_stands(pack, county_team, run):
    person = people.make_person(people.A1, "杨玉兰", birth=dt.date(1950, 7, 7))
    people.make_spell(person, "relief", "dibao")
    people.make_spell(person, "ability", grade=0)
    run(county_team.bureau)
    _intake, job = inviting.open_intake(county_team.bureau, people.COUNTY, "small-subsidy")
    inviting.perform_inviting(doing(job))
    job.refresh_from_db()
    assert job.result["invited"] == 1 and Application.objects.get().state == "invited"


def test_what_was_still_to_be_handed_in_falls_with_a_death_and_the_rest_goes_on(opened, poor, brought):
    from yinian.people.models import Person
    from yinian.people.persons.actions import record_death

    lodged = brought()
    draft = actions.begin(opened.village_a, poor.pk, "large-subsidy", "village")
    record_death(opened.bureau, Person.objects.get(pk=poor.pk), dt.date.today(), "village", "村里报告")
    states = dict(Application.objects.values_list("pk", "state"))
    assert states[draft.pk] == "withdrawn" and states[lodged.pk] == "town"
    assert "去世" in ApplicationStep.objects.get(application=draft).reason
