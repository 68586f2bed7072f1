"""Daily life, rosters and the running of homes over REST: the same reach and the same refusals as on the pages."""

import datetime as dt
import json
import uuid

import pytest
from django.utils import timezone

from tests import cast as people
from tests.cast import client_for
from tests.homes.conftest import days, lies
from tests.homes.staff.making import MONDAY, ratio_on_file, staff
from yinian.core.models import WorkItem
from yinian.homes.economy import actions as economy
from yinian.homes.living.api import PAGE
from yinian.homes.models import (
    Activity,
    Appointment,
    CareRecord,
    Diet,
    Duty,
    FamilyMessage,
    Intake,
    Outing,
    RosterShift,
    Shadowing,
    Visit,
)
from yinian.homes.reviews import actions as reviews
from yinian.homes.stores import actions as stores
from yinian.homes.stores import queries as store_queries
from yinian.homes.thresholds import actions as thresholds
from yinian.people.models import Representative
from yinian.workforce.models import Attendance, Trainer, TrainingSession

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def carer(site_cast):
    return client_for(site_cast.carer_a)


@pytest.fixture
def manager(site_cast):
    return client_for(site_cast.manager_a)


@pytest.fixture
def elsewhere(site_cast):
    return client_for(site_cast.manager_b)


def send(client, path, status=201, **given):
    answer = client.post(f"/api/homes/{path}", given, content_type=JSON)
    assert answer.status_code == status, answer.text
    return answer.json()


def read(client, path, room="homes"):
    answer = client.get(f"/api/{room}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_meal_taken_is_sent_once_and_read_back(resident, site_cast, carer, elsewhere):
    home, now = site_cast.home_a, timezone.localtime()
    near = "breakfast" if now.hour < 9 else "lunch" if now.hour < 15 else "supper"
    meal = {"day": now.date().isoformat(), "meal": near, "amount": "little", "reason": "appetite",
            "nonce": str(uuid.uuid4())}
    first, again = (send(carer, f"stays/{resident.pk}/meals-taken", **meal) for _time in range(2))
    assert first["id"] == again["id"] and Intake.objects.count() == 1
    assert [row["amount"] for row in read(carer, f"{home.pk}/meals-taken")] == ["little"]
    assert read(carer, f"{home.pk}/meals-taken?after={first['id']}") == []
    assert read(carer, f"{home.pk}/meals-taken?since={days(1)}") == []
    assert elsewhere.get(f"/api/homes/{home.pk}/meals-taken").status_code == 404
    assert elsewhere.post(f"/api/homes/stays/{resident.pk}/meals-taken", meal, content_type=JSON).status_code == 404


def test_what_is_wrong_with_a_meal_is_said_by_its_field_and_nothing_is_kept(resident, carer):
    meal = {"day": str(days(0)), "meal": "lunch", "amount": "little"}
    answer = carer.post(f"/api/homes/stays/{resident.pk}/meals-taken", meal, content_type=JSON)
    assert answer.status_code == 422 and list(answer.json()["fields"]) == ["reason"]
    answer = carer.post(f"/api/homes/stays/{resident.pk}/meals-taken", meal | {"at": "2026-01-01T10:00:00"},
                        content_type=JSON)
    assert answer.status_code == 422 and not Intake.objects.exists()  # a moment without its zone is not one


def test_diets_menus_and_the_kitchen_are_the_pages_own(resident, site_cast, carer, elsewhere):
    home = site_cast.home_a
    Diet.objects.create(person=resident.person, site=home, kind="soft", strand="texture", origin="doctor",
                        held=(days(0), None), reason="医嘱", entered_by=site_cast.manager_a)
    assert [(d["person"], d["kind"], d["until"]) for d in read(carer, f"{home.pk}/diets")] == [
        (resident.person_id, "soft", None)]
    sheet = read(carer, f"{home.pk}/kitchen?day={days(0)}&meal=supper")
    assert sheet["portions"] == [{"diet": ["soft"], "portions": 1}] and sheet["meal"] == "supper"
    assert read(carer, f"{home.pk}/menus") == []
    for tail in ("diets", "kitchen", "menus"):
        assert elsewhere.get(f"/api/homes/{home.pk}/{tail}").status_code == 404


def test_who_came_to_an_activity_is_recorded_with_the_version_looked_at(resident, site_cast, carer, elsewhere):
    now = timezone.now()
    one = Activity.objects.create(
        site=site_cast.home_a, kind="song", title="花鼓戏", starts_at=now - dt.timedelta(hours=1), ends_at=now,
        place="活动室", leader="李老师", planned_by=site_cast.manager_a,
    )
    assert send(carer, f"activities/{one.pk}/people", stay=resident.pk) == {"person": resident.person_id, "came": None}
    send(carer, f"activities/{one.pk}/people", 422, stay=resident.pk)
    told = send(carer, f"activities/{one.pk}/held", 200, version=1, came=[resident.person_id], report="很好")
    assert (told["state"], told["people"]) == ("held", [{"person": resident.person_id, "came": True}])
    send(carer, f"activities/{one.pk}/held", 409, version=1, came=[])
    assert [a["id"] for a in read(carer, f"{site_cast.home_a.pk}/activities")] == [one.pk]
    assert elsewhere.get(f"/api/homes/activities/{one.pk}").status_code == 404


def test_an_outing_is_sent_and_its_return(resident, site_cast, carer, elsewhere):
    back = (timezone.now() + dt.timedelta(hours=2)).isoformat()
    made = send(carer, f"stays/{resident.pk}/outings", relation="child", companion="李小明", phone="15400000002",
                reason="回家吃饭", expected_back=back)
    assert "李小明" not in json.dumps(made, ensure_ascii=False)
    assert [o["id"] for o in read(carer, "outings?open=true")] == [made["id"]]
    assert read(elsewhere, "outings") == []
    send(elsewhere, f"outings/{made['id']}/back", 404, version=1)
    Outing.objects.filter(pk=made["id"]).update(left_at=timezone.now() - dt.timedelta(hours=1))
    assert send(carer, f"outings/{made['id']}/back", 200, version=1)["end_kind"] == "back"
    assert read(carer, "outings?open=true") == [] and len(read(carer, f"outings?home={site_cast.home_a.pk}")) == 1


def test_visits_are_let_in_and_out_and_no_visitor_is_named(resident, site_cast, carer, elsewhere):
    made = send(carer, f"stays/{resident.pk}/visits", visitor="李小明", relation="child", phone="15400000002", party=2)
    listed = read(carer, "visits?state=inside")
    assert [v["id"] for v in listed] == [made["id"]] and "李小明" not in json.dumps(listed, ensure_ascii=False)
    assert send(carer, f"visits/{made['id']}/out", 200)["state"] == "over"
    send(carer, f"visits/{made['id']}/out", 409)
    send(elsewhere, f"visits/{made['id']}/in", 404)
    assert read(elsewhere, "visits") == [] and read(carer, f"visits?since={days(1)}") == []
    send(carer, f"stays/{resident.pk}/visits", 422, visitor="", relation="child")
    assert Visit.objects.count() == 1


def test_letters_are_read_and_answered_by_the_home_alone(resident, site_cast, carer):
    Representative.objects.create(
        user=site_cast.member, person=resident.person, relation="child", period=(days(-10), None), evidence="户口簿",
        given_by=site_cast.bureau,
    )
    FamilyMessage.objects.create(person=resident.person, site=site_cast.home_a, side="family", text="睡得好吗",
                                 author=site_cast.member)
    assert [(t["stay"], t["unread"]) for t in read(carer, "family-threads?waiting=true")] == [(resident.pk, 1)]
    assert send(carer, f"stays/{resident.pk}/family-messages", text="睡得好")["side"] == "home"
    assert [(m["text"], m["read"]) for m in read(carer, f"stays/{resident.pk}/family-messages")] == [
        ("睡得好吗", True), ("睡得好", False)]
    assert read(carer, "family-threads?waiting=true") == []
    for who in ("bureau", "dispatcher", "village_a"):  # letters are no business of an office
        assert client_for(getattr(site_cast, who)).get("/api/homes/family-threads").status_code == 403


def test_from_where_on_a_home_is_told_is_read(site_cast, carer, elsewhere):
    thresholds.set_thresholds(site_cast.manager_a, site_cast.home_a.pk, {"little-meals": 2}, "本院")
    found = {row["key"]: row for row in read(carer, f"{site_cast.home_a.pk}/thresholds")}
    assert found["little-meals"] == {"key": "little-meals", "own": 2, "suggested": 3, "value": 2}
    assert found["weight-below"]["value"] is None
    assert elsewhere.get(f"/api/homes/{site_cast.home_a.pk}/thresholds").status_code == 404


def test_a_week_is_planned_published_and_changed(site_cast, manager, elsewhere, monkeypatch):
    ratio_on_file(monkeypatch)
    home = site_cast.home_a
    one, two = staff(home, "彭爱莲"), staff(home, "戴小红")
    cells = [{"worker": one.pk, "day": str(MONDAY), "shift": "early"}]
    week = send(manager, f"{home.pk}/roster", 200, week=str(MONDAY), cells=cells)
    assert (week["state"], week["days"][0]["shifts"][0]["counted"]) == ("draft", [one.pk])
    send(manager, f"{home.pk}/roster", 409, week=str(MONDAY), cells=cells, version=week["version"] + 5)
    bad = send(manager, f"{home.pk}/roster", 422, week=str(MONDAY), cells=[cells[0] | {"shift": "dawn"}])
    assert list(bad["fields"]) == [f"c-{one.pk}-{MONDAY:%Y%m%d}"]
    send(elsewhere, f"{home.pk}/roster", 404, week=str(MONDAY), cells=cells)
    done = send(manager, f"rosters/{week['roster']}/publish", 200, version=week["version"])
    assert done["state"] == "published"
    entry = read(manager, f"{home.pk}/roster?week={MONDAY}")["days"][0]["shifts"][0]["people"][0]
    assert (entry["worker"], entry["why"]) == (one.pk, "")
    gone = send(manager, f"roster-shifts/{entry['id']}/gone", 200, gone="sick", reason="发热", cover=two.pk)
    assert [(row["worker"], row["gone"]) for row in gone] == [(one.pk, "sick"), (two.pk, "")]
    assert gone[1]["covers"] == entry["id"]
    added = send(manager, f"rosters/{week['roster']}/shifts", worker=one.pk, day=str(MONDAY), shift="late",
                 reason="加班")
    assert RosterShift.objects.get(pk=added["id"]).worker == one
    assert client_for(site_cast.bureau).post(
        f"/api/homes/{home.pk}/roster", {"week": str(MONDAY), "cells": cells}, content_type=JSON).status_code == 403


def test_new_staff_directors_and_training_are_read_and_days_noted(site_cast, manager, elsewhere):
    home = site_cast.home_a
    new, mentor = staff(home, "新来的", since=-5), staff(home, "潘燕", user=site_cast.carer_a)
    one = Shadowing.objects.create(worker=new, site=home, place=home, mentor=mentor, since=days(-4), days=7,
                                   begun_by=site_cast.manager_a)
    carer = client_for(site_cast.carer_a)
    send(carer, f"shadowings/{one.pk}/days", day=str(days(-3)), note="晨间照料")
    send(carer, f"shadowings/{one.pk}/days", 422, day=str(days(-3)), note="再记")
    send(elsewhere, f"shadowings/{one.pk}/days", 404, day=str(days(-2)), note="x")
    assert [(s["id"], s["noted"], s["here"]) for s in read(manager, "shadowings")] == [(one.pk, 1, True)]
    assert read(carer, f"shadowings/{one.pk}")["notes"][0]["note"] == "晨间照料"
    Appointment.objects.create(site=home, worker=mentor, period=(days(-9), None), document="委派通知",
                               issuer="汨罗镇人民政府", made_by=site_cast.town_a)
    heads = {row["home"]: row["director"] for row in read(client_for(site_cast.bureau), "directors")}
    assert heads == {home.pk: "潘燕", site_cast.home_b.pk: None}
    assert [row["home"] for row in read(elsewhere, "directors")] == [site_cast.home_b.pk]
    assert read(manager, f"{home.pk}/appointments")[0]["worker"] == mentor.pk
    assert elsewhere.get(f"/api/homes/{home.pk}/appointments").status_code == 404


def test_training_is_the_countys_and_who_took_part_is_ones_own_staff(site_cast, manager, elsewhere):
    worker = staff(site_cast.home_a, "彭爱莲")
    teacher = Trainer.objects.create(region_id=people.COUNTY, name="刘师", unit="指导中心", fields=["care"],
                                     proof="聘书", since=days(-900))
    session = TrainingSession.objects.create(
        region_id=people.COUNTY, day=days(-3), place="指导中心", trainer=teacher, field="care", subject="翻身",
        hours=4, made_by=site_cast.bureau,
    )
    Attendance.objects.create(session=session, worker=worker, outcome="passed", by=site_cast.bureau)
    assert [row["name"] for row in read(manager, "trainers", "workforce")] == ["刘师"]
    assert [(row["people"], row["passed"]) for row in read(elsewhere, "trainings", "workforce")] == [(1, 1)]
    address = f"trainings/{session.pk}/people"
    assert read(manager, address, "workforce") == [{"worker": worker.pk, "outcome": "passed", "certificate": None}]
    assert read(elsewhere, address, "workforce") == []
    assert read(manager, "trainings/year", "workforce")["took_part"] == 1
    assert client_for(site_cast.stranger).get(f"/api/workforce/{address}").status_code == 404


def test_a_homes_plan_and_its_findings_are_read(site_cast, manager, elsewhere):
    home = site_cast.home_a
    visit = reviews.visit(site_cast.dispatcher, home.pk, on=days(-1), party="三人", summary="全院检查")
    one = reviews.find(site_cast.dispatcher, visit.pk, area="fire", severity="serious", found="灭火器过期",
                       advice="更换", who="院长", due_on=days(10))
    reviews.report(site_cast.manager_a, one.pk, 1, text="已更换")
    assert [(f["id"], f["state"]) for f in read(manager, "findings?state=reported")] == [(one.pk, "reported")]
    assert read(manager, "findings?state=open") == []
    assert read(manager, f"findings/{one.pk}")["steps"][0]["text"] == "已更换"
    plan = read(manager, f"{home.pk}/plan")
    assert (plan["open"], plan["visits"][0]["made"]) == (1, 1)
    for tail in (f"findings/{one.pk}", f"{home.pk}/plan"):
        assert elsewhere.get(f"/api/homes/{tail}").status_code == 404


def test_stores_and_rounds_are_read(resident, site_cast, manager, elsewhere):
    store = store_queries.county_store(site_cast.bureau, people.COUNTY, "stores.manage")
    stores.enter(site_cast.bureau, store, "receipt", good="quilt-winter", quantity=20, on=days(0), text="采购")
    draft = stores.plan(site_cast.bureau, people.COUNTY, title="冬被", per_head={"quilt-winter": 2})
    assert read(manager, "distributions") == []  # a home sees what is sent
    sent = stores.send(site_cast.bureau, draft.pk, 1)
    assert [(row["id"], row["pieces"]) for row in read(manager, "distributions")] == [(sent.pk, 2)]
    assert [row["planned"] for row in read(manager, f"distributions/{sent.pk}/parcels")] == [2]
    assert elsewhere.get(f"/api/homes/distributions/{sent.pk}/parcels").status_code == 404
    bureau = client_for(site_cast.bureau)
    assert [(b["home"], b["balance"]) for b in read(bureau, "store-balances")] == [(None, 18)]
    assert [m["quantity"] for m in read(bureau, "store-moves")] == [20, -2]
    assert read(manager, "store-balances") == read(manager, "store-moves") == []


def test_gardens_harvests_and_a_quarter_are_read(site_cast, manager, elsewhere):
    plot = economy.begin(site_cast.manager_a, site_cast.home_a.pk, kind="plot", what="白菜", place="东", size=60,
                         began=days(-40))
    economy.harvest(site_cast.carer_a, plot.pk, amount=12, unit="kg", on=days(0))
    economy.use(site_cast.manager_a, plot.pk, kind="eaten", amount=5, unit="kg", on=days(0))
    assert [h["size"] for h in read(manager, "holdings")] == [60.0]
    assert [(h["amount"], h["taken_back"]) for h in read(manager, "harvests")] == [(12.0, False)]
    assert [(u["kind"], u["income_fen"]) for u in read(manager, "produce-uses")] == [("eaten", 0)]
    assert [(q["home"], q["kg"], q["eaten_kg"]) for q in read(manager, "economy")] == [(site_cast.home_a.pk, 12.0, 5.0)]
    assert elsewhere.get("/api/homes/harvests").json() == []
    assert manager.get("/api/homes/economy?quarter=2026Q9").status_code == 422


def test_a_value_measured_is_sent_once_and_the_home_is_told(resident, site_cast, carer, elsewhere):
    sent = {"kind": "pressure", "value": 186, "second": 104, "nonce": str(uuid.uuid4())}
    first, again = (send(carer, f"stays/{resident.pk}/vitals", **sent) for _time in range(2))
    assert first == again and first["crossed"] and WorkItem.objects.filter(kind="homes.vital").count() == 1
    send(carer, f"stays/{resident.pk}/vitals", 422, kind="temperature", value=63.8)
    assert [v["value"] for v in read(carer, f"stays/{resident.pk}/vitals")] == [186.0]
    assert read(carer, f"stays/{resident.pk}/vitals?since={days(1)}") == []
    assert elsewhere.get(f"/api/homes/stays/{resident.pk}/vitals").status_code == 404
    duty = Duty.objects.get(task="turn")
    now = timezone.now()
    at = timezone.localtime(now)
    Duty.objects.filter(pk=duty.pk).update(times=[at.hour * 60 + at.minute])
    CareRecord.objects.create(duty=duty, day=at.date(), slot=at.hour * 60 + at.minute, outcome="done", at=now,
                              recorded_by=site_cast.carer_a)
    rows = read(carer, f"{site_cast.home_a.pk}/care-records")
    assert [(r["person"], r["task"], r["outcome"]) for r in rows] == [(resident.person_id, "turn", "done")]
    assert read(carer, "incidents") == [] and elsewhere.get(
        f"/api/homes/{site_cast.home_a.pk}/care-records").status_code == 404


def test_a_page_holds_a_hundred_and_the_next_begins_after_it(site_cast, carer, beds):
    stay = lies(people.make_person(), beds["1"])
    now = timezone.now()
    Visit.objects.bulk_create(
        Visit(person=stay.person, site=site_cast.home_a, visitor="来人", relation="kin", state="inside",
              came_at=now - dt.timedelta(minutes=n), came_by=site_cast.carer_a)
        for n in range(PAGE + 3)
    )
    first = read(carer, "visits")
    rest = read(carer, f"visits?after={first[-1]['id']}")
    assert (len(first), len(rest)) == (PAGE, 3) and not {v["id"] for v in first} & {v["id"] for v in rest}
