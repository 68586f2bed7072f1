"""Incidents: reported by staff, told, followed up, closed by another person; nothing is written over."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.incidents import actions, hazards, queries
from yinian.homes.incidents.hazards import Hours
from yinian.homes.models import Incident, IncidentStep

pytestmark = pytest.mark.django_db


def reported(stay, actor, **more):
    given = {"hazard": "fall", "severity": "slight", "happened_at": timezone.now() - dt.timedelta(hours=1),
             "place": "走廊", "what": "起身时滑倒", "measures": "扶起检查，测血压"}
    return actions.report(actor, stay.pk, **(given | more))


def test_the_nine_hazards_come_from_the_catalogue():
    known = dict(hazards.hazards())
    assert {"choking", "misuse", "pressure", "scald", "bed-fall", "fall", "lost", "harm", "activity"} <= set(known)
    assert hazards.OTHER in known


def test_a_report_goes_to_the_manager_and_a_grave_one_to_the_bureau_too(resident, site_cast):
    made = reported(resident, site_cast.carer_a)
    assert WorkItem.objects.get(kind="homes.incident").role == "home_manager"
    assert not WorkItem.objects.filter(kind="homes.incident_told").exists()
    reported(resident, site_cast.carer_a, severity="severe")
    assert WorkItem.objects.get(kind="homes.incident_told").region_id == people.COUNTY
    assert made.bureau_due is None and made.rule == {}


def test_the_time_to_tell_the_bureau_follows_the_pack_and_is_unknown_without(resident, site_cast, monkeypatch):
    made = reported(resident, site_cast.carer_a)
    page = people.client_for(site_cast.manager_a).get(reverse("homes:incident", args=[made.pk]))
    assert "没有规定" in page.content.decode()
    monkeypatch.setattr(actions, "hours_to_tell", lambda region: Hours(Decimal(2), "verified"))
    ruled = reported(resident, site_cast.carer_a, happened_at=timezone.now() - dt.timedelta(hours=3))
    assert ruled.bureau_due == ruled.happened_at + dt.timedelta(hours=2)
    page = people.client_for(site_cast.manager_a).get(reverse("homes:incident", args=[ruled.pk]))
    assert "逾期" in page.content.decode()


def test_what_is_missing_is_said_beside_its_field(resident, site_cast):
    with pytest.raises(Refused) as refusal:
        reported(resident, site_cast.carer_a, what=" ", hazard="meteor")
    assert set(refusal.value.fields) == {"what", "hazard"}
    with pytest.raises(Refused) as refusal:
        reported(resident, site_cast.carer_a, happened_at=timezone.now() + dt.timedelta(hours=1))
    assert "happened_at" in refusal.value.fields
    assert Incident.objects.count() == 0


def test_who_does_not_work_there_reports_nothing(resident, site_cast):
    for actor, error in ((site_cast.bureau, Forbidden), (site_cast.manager_b, NotVisible)):
        with pytest.raises(error):
            reported(resident, actor)
    with pytest.raises(IntegrityError, match="works in the home"), transaction.atomic():
        Incident.objects.create(site=site_cast.home_a, person=resident.person, hazard="fall", severity="slight",
                                happened_at=timezone.now(), place="x", what="x", measures="x",
                                recorded_by=site_cast.bureau)


def test_the_way_to_closing_is_told_then_done_then_closed_by_another(resident, site_cast):
    made = reported(resident, site_cast.manager_a)
    with pytest.raises(Refused):
        actions.close(site_cast.manager_a, made.pk, 1, "已处理")
    with pytest.raises(Refused):
        actions.close(site_cast.town_a, made.pk, 1, "已处理")
    actions.add_step(site_cast.manager_a, made.pk, "change", "走廊加装扶手")
    with pytest.raises(Refused):
        actions.close(site_cast.town_a, made.pk, 1, "已处理")
    told = actions.tell_family(site_cast.manager_a, made.pk, 1, who="儿子", at=timezone.now(), not_told="")
    told = actions.tell_bureau(site_cast.manager_a, made.pk, told.version)
    with pytest.raises(Changed):
        actions.close(site_cast.town_a, made.pk, 1, "已处理")
    closed = actions.close(site_cast.town_a, made.pk, told.version, "扶手已装，值班加强巡视")
    assert closed.closed_by == site_cast.town_a
    assert not WorkItem.objects.filter(kind__startswith="homes.incident", state="open").exists()
    with pytest.raises(Changed):
        actions.add_step(site_cast.manager_a, made.pk, "cause", "再查")


def test_the_database_holds_what_was_reported_and_who_closes(resident, site_cast):
    made = reported(resident, site_cast.manager_a)
    step = actions.add_step(site_cast.manager_a, made.pk, "cause", "地面湿滑")
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Incident.objects.filter(pk=made.pk).update(severity="none")
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Incident.objects.filter(pk=made.pk)._raw_delete("default")
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        IncidentStep.objects.filter(pk=step.pk).update(kind="care")
    now = timezone.now()
    with pytest.raises(IntegrityError, match="closed_by_another"), transaction.atomic():
        Incident.objects.filter(pk=made.pk).update(
            state="closed", closed_at=now, closed_by=site_cast.manager_a, outcome="x", family_not="无亲属"
        )
    with pytest.raises(IntegrityError, match="family_told"), transaction.atomic():
        Incident.objects.filter(pk=made.pk).update(
            state="closed", closed_at=now, closed_by=site_cast.town_a, outcome="x"
        )


def test_figures_count_by_hazard_and_home_and_each_opens_its_list(resident, site_cast):
    reported(resident, site_cast.carer_a)
    reported(resident, site_cast.carer_a, hazard="scald")
    order, lines, total = queries.figures(site_cast.bureau, days(-3), days(0))
    assert total.all == 2 and total.by["scald"] == 1 and [line.all for line in lines] == [2]
    assert queries.figures(site_cast.stranger, days(-3), days(0))[2].all == 0 and "fall" in order
    client = people.client_for(site_cast.bureau)
    page = client.get(reverse("homes:incident_figures")).content.decode()
    assert "hazard=scald" in page
    rows = client.get(reverse("homes:incidents") + "?hazard=scald").content.decode()
    assert "烫伤" in rows
    assert client.get(reverse("homes:incidents") + "?format=xlsx").status_code == 200
    assert client.get(reverse("homes:incident_figures") + "?first=2026-03-02&last=2026-03-01").status_code == 422


def test_who_does_not_stand_at_the_bed_reports_from_the_list(resident, site_cast):
    manager = people.client_for(site_cast.manager_a)
    whom = reverse("homes:incident_whom", args=[site_cast.home_a.pk])
    assert f'href="{whom}"' in manager.get(reverse("homes:incidents")).text
    assert f'href="{whom}"' not in people.client_for(site_cast.bureau).get(reverse("homes:incidents")).text
    assert manager.post(whom, {"stay": ""}).status_code == 422
    assert manager.post(whom, {"stay": resident.pk}).url == reverse("homes:incident_report", args=[resident.pk])
    assert people.client_for(site_cast.manager_b).get(whom).status_code == 404


def test_the_pages_report_and_follow_up(resident, site_cast):
    client = people.client_for(site_cast.carer_a)
    url = reverse("homes:incident_report", args=[resident.pk])
    assert client.get(url).status_code == 200
    sent = {"hazard": "fall", "severity": "slight", "happened_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
            "place": "走廊", "what": "滑倒", "measures": ""}
    kept = client.post(url, sent)
    assert kept.status_code == 422 and "滑倒" in kept.content.decode()
    assert client.post(url, sent | {"measures": "扶起"}).status_code == 302
    made = Incident.objects.get()
    manager = people.client_for(site_cast.manager_a)
    answer = manager.post(reverse("homes:incident_step", args=[made.pk]), {"step-kind": "care", "step-text": ""})
    assert answer.status_code == 422
    manager.post(reverse("homes:incident_step", args=[made.pk]), {"step-kind": "care", "step-text": "送卫生院检查"})
    manager.post(reverse("homes:incident_family", args=[made.pk]),
                 {"version": "1", "family-not_told": "无亲属"})
    assert manager.post(reverse("homes:incident_close", args=[made.pk]),
                        {"version": "2", "close-outcome": "无大碍"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "closed" and made.family_not == "无亲属"
    assert client.post(reverse("homes:incident_close", args=[made.pk]), {}).status_code == 403
