"""Objecting to a refusal: within its days, looked into by another, decided anew by another than who refused."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.applications.conftest import photo
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow
from yinian.entitlements.applications import actions, deciding, refusals
from yinian.entitlements.applications.hands import verbs_for
from yinian.entitlements.models import Application, ApplicationStep, Determination

pytestmark = pytest.mark.django_db


@pytest.fixture
def refused(opened, poor, brought):
    """The application of ``poor``, refused by ``bureau``."""
    made = brought("county")
    return deciding.refuse(opened.bureau, made.pk, made.version, "收入超标", "poor")


def upheld(opened, refused):
    objection = refusals.object_to(opened.village_a, refused.pk, "低保证仍有效", "儿子")
    refusals.settle_refusal(opened.checker, objection, objection.version, "upheld", "低保仍在保，原核查有误")
    return Application.objects.get(anew_of=refused)


def test_an_objection_is_taken_within_the_procedures_days_and_goes_to_the_county(opened, refused):
    assert refusals.last_day(refused) == refused.decided_on + dt.timedelta(days=60)
    with pytest.raises(Refused):
        refusals.object_to(opened.village_a, refused.pk, " ")
    for actor, error in ((opened.village_b, NotVisible), (opened.stranger, NotVisible), (opened.town_b, NotVisible)):
        with pytest.raises(error):
            refusals.object_to(actor, refused.pk, "不服")
    made = refusals.object_to(opened.village_a, refused.pk, "低保证仍有效", "儿子 13900000000")
    item = WorkItem.objects.get(kind="entitlements.refusal_objection", state="open")
    assert item.region_id == people.COUNTY and item.due_on == add_working_days(timezone.localdate(), 4)
    with pytest.raises(Refused):
        refusals.object_to(opened.village_a, refused.pk, "再次不服")
    assert made.raised_by == "儿子 13900000000"


def test_after_the_last_day_nothing_can_be_objected(opened, refused, monkeypatch):
    late = refused.decided_on + dt.timedelta(days=61)
    monkeypatch.setattr(timezone, "localdate", lambda *a, **k: late)
    assert not refusals.may_object(refused)
    with pytest.raises(Refused):
        refusals.object_to(opened.village_a, refused.pk, "不服")


def test_only_who_has_not_acted_on_it_answers(opened, refused):
    objection = refusals.object_to(opened.village_a, refused.pk, "低保证仍有效")
    with pytest.raises(Forbidden):
        refusals.settle_refusal(opened.town_a, objection, objection.version, "dismissed", "无误")
    with pytest.raises(Refused):  # who refused it
        refusals.settle_refusal(opened.bureau, objection, objection.version, "dismissed", "无误")
    done = actions.settle_objection(opened.checker, objection.pk, objection.version, "dismissed", "复核无误")
    assert done.outcome == "dismissed" and not Application.objects.filter(anew_of=refused).exists()
    refused.refresh_from_db()
    assert refused.state == "refused" and refusals.may_object(refused)  # with something new, once more
    assert not WorkItem.objects.filter(kind="entitlements.refusal_objection", state="open").exists()
    assert AuditRow.objects.filter(action="entitlements.objection_settle").count() == 1
    with pytest.raises(Changed):
        refusals.settle_refusal(opened.checker, objection, objection.version, "upheld", "有误")


def test_upheld_it_is_decided_anew_with_its_papers_by_somebody_else_than_who_refused(opened, refused):
    made = upheld(opened, refused)
    assert made.state == "town" and made.lodged_on == refused.lodged_on and made.papers.count() == 1
    assert WorkItem.objects.filter(kind="entitlements.application_town", state="open").count() == 1
    assert not refusals.may_object(refused)
    made = actions.pass_on(opened.town_a, made.pk, made.version)
    Application.objects.filter(pk=made.pk).update(notice_until=made.notice_from)
    actions.close_notices(made.notice_from + dt.timedelta(days=1))
    made.refresh_from_db()
    for actor in (opened.bureau, opened.checker):  # who refused; who upheld the objection
        assert "approve" not in verbs_for(actor, made)
        with pytest.raises(Refused):
            deciding.approve(actor, made.pk, made.version)
    with pytest.raises(IntegrityError, match="decided anew by somebody else"), transaction.atomic():
        ApplicationStep.objects.create(application=made, stage="county", verb="approve", actor=opened.approver,
                                       human_key=bytes(opened.bureau.identity_index))
    deciding.approve(opened.approver, made.pk, made.version)
    assert Determination.objects.get().application == made


def test_while_another_application_runs_it_is_decided_there(opened, refused, poor):
    objection = refusals.object_to(opened.village_a, refused.pk, "低保证仍有效")
    other = actions.begin(opened.village_a, poor.pk, "small-subsidy", "village")
    actions.add_paper(opened.village_a, other.pk, "form", photo())
    actions.lodge(opened.village_a, other.pk, other.version, {})
    with pytest.raises(Refused):
        refusals.settle_refusal(opened.checker, objection, objection.version, "upheld", "有误")
    objection.refresh_from_db()
    assert objection.outcome == ""


def test_the_pages_lead_the_family_and_the_county_through(opened, refused, family):
    phone, county = people.client_for(family), people.client_for(opened.checker)
    page = phone.get(f"/services/own/applications/{refused.pk}/").content.decode()
    assert "/object/" in page and "前对不予批准提出异议" in page
    wrong = phone.post(f"/services/own/applications/{refused.pk}/object/", {"text": ""})
    assert wrong.status_code == 422
    done = phone.post(f"/services/own/applications/{refused.pk}/object/", {"text": "低保证仍有效"}, follow=True)
    assert "您提出的异议" in done.content.decode() and "/object/" not in done.content.decode()
    objection = refused.objections.get()
    assert objection.raised_by == family.full_name
    seen = people.client_for(opened.town_a).get(f"/services/applications/{refused.pk}/").content.decode()
    assert "未答复" in seen and f"/objections/{objection.pk}/" not in seen
    shown = county.get(f"/services/applications/objections/{objection.pk}/").content.decode()
    assert "重新办理" in shown and "低保证仍有效" in shown
    done = county.post(f"/services/applications/objections/{objection.pk}/", {
        "version": objection.version, "outcome": "upheld", "answer": "低保仍在保"}, follow=True).content.decode()
    assert "重新办理" in done
    made = Application.objects.get(anew_of=refused)
    assert "重新办理" in phone.get(f"/services/own/applications/{refused.pk}/").content.decode()
    assert phone.get(f"/services/own/applications/{made.pk}/").status_code == 200
