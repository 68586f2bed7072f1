"""A home's own plan: visits, findings, advice and what came of it; goals beside measured figures."""

import io
from decimal import Decimal

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from tests import cast as people
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.models import Finding, FindingStep, HomeGoal
from yinian.homes.reviews import actions, paper, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def visited(site_cast):
    return actions.visit(site_cast.dispatcher, site_cast.home_a.pk, on=days(-1), party="三人", summary="全院检查")


def found(visit, actor, **more):
    given = {"area": "fire", "severity": "serious", "found": "二楼灭火器过期", "advice": "更换灭火器并建台账",
             "who": "院长", "due_on": days(10)}
    return actions.find(actor, visit.pk, **(given | more))


@pytest.fixture
def finding(visited, site_cast):
    return found(visited, site_cast.dispatcher)


def test_a_finding_is_asked_of_the_home_reported_checked_and_closed(finding, site_cast):
    item = WorkItem.objects.get(kind="homes.finding")
    assert (item.role, item.site_ref, item.due_on) == ("home_manager", site_cast.home_a.pk, finding.due_on)
    reported = actions.report(site_cast.manager_a, finding.pk, 1, text="已更换六具")
    assert reported.state == "reported" and reported.version == 2
    assert WorkItem.objects.get(kind="homes.finding_check").role == "dispatcher"
    closed = actions.close(site_cast.dispatcher, finding.pk, 2, text="现场查看属实")
    assert closed.state == "closed" and closed.closed_at is not None
    assert not WorkItem.objects.filter(state="open").exists()


def test_what_is_not_put_right_goes_back_and_what_comes_back_is_opened_again(finding, site_cast):
    actions.report(site_cast.manager_a, finding.pk, 1, text="已换")
    again = actions.send_back(site_cast.bureau, finding.pk, 2, text="三楼未换", due_on=days(5))
    assert (again.state, again.due_on) == ("open", days(5))
    assert WorkItem.objects.get(kind="homes.finding", state="open").due_on == days(5)
    actions.report(site_cast.manager_a, finding.pk, 3, text="三楼已换")
    actions.close(site_cast.bureau, finding.pk, 4, text="属实")
    assert actions.reopen(site_cast.dispatcher, finding.pk, 5, text="复查又过期", due_on=days(8)).state == "open"
    assert [step.kind for step in queries.steps_of(finding)] == ["report", "return", "report", "close", "reopen"]


def test_one_human_does_not_report_and_check_whatever_the_account(finding, site_cast):
    second = people.make_user("second", people.Role.DISPATCHER)
    second.identity_index = site_cast.manager_a.identity_index
    site_cast.manager_a.identity_index = None
    site_cast.manager_a.save()
    second.save()
    key = bytes(second.identity_index)
    FindingStep.objects.create(finding=finding, kind="report", stage="report", text="已换", by=site_cast.manager_a,
                               human_key=key)
    with pytest.raises(Refused):
        actions.close(second, finding.pk, 2, text="属实")
    with pytest.raises(IntegrityError, match="one human"), transaction.atomic():
        FindingStep.objects.create(finding=finding, kind="close", stage="check", text="属实", by=second, human_key=key)


def test_more_time_is_given_with_a_reason_by_whoever_guides(finding, site_cast):
    with pytest.raises(Forbidden):
        actions.extend(site_cast.manager_a, finding.pk, 1, text="等采购", due_on=days(30))
    with pytest.raises(Refused) as refusal:
        actions.extend(site_cast.dispatcher, finding.pk, 1, text=" ", due_on=days(30))
    assert set(refusal.value.fields) == {"text"}
    assert actions.extend(site_cast.dispatcher, finding.pk, 1, text="等采购", due_on=days(30)).due_on == days(30)
    # Whoever gave more time may check afterwards.
    actions.report(site_cast.manager_a, finding.pk, 2, text="已换")
    assert actions.close(site_cast.dispatcher, finding.pk, 3, text="属实").state == "closed"


def test_a_stale_page_changes_nothing_and_steps_fit_the_state(finding, site_cast):
    with pytest.raises(Changed):
        actions.report(site_cast.manager_a, finding.pk, 9, text="已换")
    with pytest.raises(Changed):
        actions.close(site_cast.dispatcher, finding.pk, 1, text="属实")
    assert Finding.objects.get().state == "open"


def test_the_database_refuses_to_write_a_finding_over(finding, visited, site_cast):
    for change in ({"state": "closed"}, {"found": "没有问题"}, {"due_on": days(300)}):
        with pytest.raises(IntegrityError, match="moved by its steps"), transaction.atomic():
            Finding.objects.filter(pk=finding.pk).update(**change)
    with pytest.raises(IntegrityError, match="in the home that was visited"), transaction.atomic():
        Finding.objects.create(visit=visited, site=site_cast.home_b, area="fire", severity="slight", found="x",
                               advice="x", who="x", due_on=days(3), found_by=site_cast.dispatcher)


def test_what_is_missing_is_said_beside_its_field(visited, site_cast):
    with pytest.raises(Refused) as refusal:
        found(visited, site_cast.dispatcher, found=" ", area="moon", due_on=days(-5))
    assert set(refusal.value.fields) == {"found", "area", "due_on"}
    with pytest.raises(Refused):
        actions.visit(site_cast.dispatcher, site_cast.home_a.pk, on=days(1), party="", summary="x")


def test_who_does_not_guide_or_is_of_another_home_enters_and_sees_nothing(visited, finding, site_cast):
    for actor, error in ((site_cast.manager_a, Forbidden), (site_cast.manager_b, NotVisible)):
        with pytest.raises(error):
            found(visited, actor)
    with pytest.raises(NotVisible):
        queries.get_finding(site_cast.manager_b, finding.pk)
    with pytest.raises(Forbidden):
        actions.report(site_cast.dispatcher, finding.pk, 1, text="x")


def test_overdue_findings_stand_on_the_centres_desk_until_they_are_reported(finding, site_cast):
    assert actions.look_after(days(10)) == 0
    assert actions.look_after(days(11)) == 1
    item = WorkItem.objects.get(kind="homes.findings_overdue")
    assert item.params["n"] == 1 and "overdue=1" in item.url
    actions.report(site_cast.manager_a, finding.pk, 1, text="已换")
    assert actions.look_after(days(12)) == 0
    item.refresh_from_db()
    assert item.state == "done"


def test_figures_stand_beside_goals_and_a_new_goal_ends_the_one_before(site_cast, beds):
    home, actor = site_cast.home_a, site_cast.dispatcher
    lies(people.make_person(), beds["1"])
    actions.set_goal(actor, home.pk, figure="occupancy", target=Decimal(80), by=days(90), how="接收轮候老年人")
    actions.set_goal(actor, home.pk, figure="occupancy", target=Decimal(20), by=days(90), how="先到两成")
    actions.set_goal(actor, home.pk, figure="per_carer", target=Decimal(4), by=days(90), how="招聘两人")
    lines = {line.goal.figure: line for line in queries.goals_of(home, queries.figures_of(home))}
    assert (lines["occupancy"].now, lines["occupancy"].reached) == (Decimal("25.0"), True)
    assert (lines["per_carer"].now, lines["per_carer"].reached) == (None, None)
    assert HomeGoal.objects.filter(site=home, figure="occupancy").count() == 2
    with pytest.raises(Refused):
        actions.set_goal(actor, home.pk, figure="occupancy", target=Decimal(120), by=days(9), how="x")
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        HomeGoal.objects.filter(pk=lines["per_carer"].goal.pk).update(target=9)


def picture():
    kept = io.BytesIO()
    Image.new("RGB", (8, 8)).save(kept, "PNG")
    return SimpleUploadedFile("a.png", kept.getvalue())


def test_the_way_through_the_pages(site_cast):
    home = site_cast.home_a
    guide, manager = people.client_for(site_cast.dispatcher), people.client_for(site_cast.manager_a)
    answer = guide.post(reverse("homes:guidance_visit_new", args=[home.pk]), {"on": "2999-01-01", "summary": "查灶"})
    assert answer.status_code == 422 and "查灶" in answer.content.decode()
    visit = guide.post(reverse("homes:guidance_visit_new", args=[home.pk]), {"on": days(0), "summary": "查灶"}).url
    pk = int(visit.strip("/").split("/")[-1])
    posted = guide.post(reverse("homes:finding_new", args=[pk]), {
        "area": "food", "severity": "grave", "found": "生熟不分", "advice": "分案板", "who": "厨师", "due_on": days(3),
        "photo": picture(),
    })
    assert posted.url == visit and "生熟不分" in guide.get(visit).content.decode()
    one = Finding.objects.get()
    address = reverse("homes:finding", args=[one.pk])
    # The home's manager opens the photo that the centre took, and answers with one of their own.
    assert manager.get(reverse("core:attachment", args=[one.photo_id])).status_code == 200
    assert manager.post(reverse("homes:finding_report", args=[one.pk]),
                        {"report-text": "", "version": 1}).status_code == 422
    assert manager.post(reverse("homes:finding_report", args=[one.pk]),
                        {"report-text": "已分", "report-file": picture(), "version": 1}).url == address
    checked = guide.post(reverse("homes:finding_close", args=[one.pk]), {"close-text": "属实", "version": 2})
    assert checked.url == address
    assert "属实" in manager.get(address).content.decode()
    listed = guide.get(reverse("homes:guidance")).content.decode()
    assert home.name in listed
    assert guide.get(reverse("homes:findings") + "?format=xlsx").status_code == 200


def test_the_plan_of_a_home_is_one_page(finding, site_cast):
    data = paper.sheet_data(site_cast.home_a)
    assert data["findings"][0]["found"] == "二楼灭火器过期" and data["overdue"] == 0
    made = people.client_for(site_cast.manager_a).get(reverse("homes:guidance_paper", args=[site_cast.home_a.pk]))
    assert made["Content-Type"] == "application/pdf" and len(pypdfium2.PdfDocument(made.content)) == 1


def test_an_overdue_finding_is_red_on_the_homes_page(visited, site_cast):
    assert found(visited, site_cast.dispatcher, due_on=days(-1)).is_overdue
    page = people.client_for(site_cast.manager_a).get(reverse("homes:home_guidance", args=[site_cast.home_a.pk]))
    assert "已逾期" in page.content.decode()
