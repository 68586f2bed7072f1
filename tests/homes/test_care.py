"""Daily care: what is set, what is due, what is recorded by whom and when, and that nothing is written over."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests import cast as people
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.care import actions, queries
from yinian.homes.care.actions import DutyGiven, Entry
from yinian.homes.care.book import BookError, book, clock, minutes
from yinian.homes.models import BedTag, CareRecord, Duty, HandOverRead, Regime, Vital

pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return queries.local(day, hour * 60 + minute)


def duty_now(stay, back=0):
    """A task of the resident whose time was ``back`` minutes ago; returns it with its day and slot."""
    moment = timezone.localtime() - dt.timedelta(minutes=back)
    regime = Regime.objects.get(person=stay.person)
    slot = moment.hour * 60 + moment.minute
    duty, _new = Duty.objects.update_or_create(
        regime=regime, task="walk", defaults={"times": [slot], "origin": "own"}
    )
    return duty, moment.date(), slot


def test_every_minute_lies_in_one_shift_and_a_night_begins_the_day_before():
    assert book().shift_at(minutes("02:30")).id == "night"
    found = queries.shift_of(at(dt.date(2026, 3, 2), 2))
    assert (found.day, found.start) == (dt.date(2026, 3, 1), at(dt.date(2026, 3, 1), 23))
    assert clock(125) == "02:05"


def test_a_catalogue_that_leaves_a_minute_without_a_shift_is_refused(tmp_path):
    from yinian.homes.care.book import FILE

    spoilt = tmp_path / "carework.yaml"
    spoilt.write_text(FILE.read_text("utf-8").replace('to: "15:00"', 'to: "14:00"'), "utf-8")
    with pytest.raises(BookError, match="14:00 must lie in exactly one shift"):
        book(spoilt)
    spoilt.write_text(FILE.read_text("utf-8").replace("above: 37.3", "above: hot"), "utf-8")
    with pytest.raises(BookError, match=r"vitals\.0\.above"):
        book(spoilt)


def test_tasks_are_suggested_by_the_group_and_the_turning_of_the_dependent_among_them():
    full = {s.task: s for s in queries.suggestions("full", None)}
    assert "turn" in full and full["turn"].origin == "level"
    assert "turn" not in {s.task for s in queries.suggestions("independent", None)}
    assert full["bath"].days == (1, 4)


def test_setting_care_ends_what_held_and_keeps_who_and_why(resident, site_cast):
    before = Regime.objects.get(person=resident.person)
    made = actions.set_care(
        site_cast.manager_a, resident.pk, group="partial", duties=[DutyGiven("walk", (570,))], on=days(0),
        reason="恢复较好", version=before.version,
    )
    before.refresh_from_db()
    assert before.held.upper == days(0) and made.held.lower == days(0)
    assert [d.task for d in made.duties.all()] == ["walk"] and made.set_by == site_cast.manager_a
    with pytest.raises(Changed):
        actions.set_care(site_cast.manager_a, resident.pk, group="full", duties=[DutyGiven("turn", (60,))],
                         on=days(1), reason="再议", version=before.version + 7)


def test_who_may_not_set_care_changes_nothing(resident, site_cast):
    with pytest.raises(Forbidden):
        actions.set_care(site_cast.carer_a, resident.pk, group="full", duties=[DutyGiven("turn", (60,))], on=days(0),
                         reason="x", version=1)
    with pytest.raises(NotVisible):
        actions.set_care(site_cast.manager_b, resident.pk, group="full", duties=[DutyGiven("turn", (60,))],
                         on=days(0), reason="x", version=1)
    assert Regime.objects.count() == 1


def test_two_regimes_of_one_person_cannot_hold_at_once(resident, site_cast):
    with pytest.raises(IntegrityError, match="one_regime_at_a_time"), transaction.atomic():
        Regime.objects.create(person=resident.person, site=site_cast.home_a, group="full", held=(days(-1), None),
                              reason="x", set_by=site_cast.manager_a)


def test_a_task_is_recorded_once_and_a_second_sending_is_the_same_record(resident, site_cast):
    duty, day, slot = duty_now(resident)
    entry = Entry(nonce=uuid.uuid4())
    first = actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "done", entry=entry)
    again = actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "done", entry=entry)
    assert first.pk == again.pk and first.recorded_by == site_cast.carer_a
    with pytest.raises(Changed):
        actions.record_task(site_cast.manager_a, resident.pk, duty.pk, day, slot, "not", reason="asleep")
    assert CareRecord.objects.count() == 1


def test_what_is_not_done_says_why(resident, site_cast):
    duty, day, slot = duty_now(resident)
    with pytest.raises(Refused) as refusal:
        actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "not")
    assert "reason" in refusal.value.fields
    assert actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "not", reason="asleep").pk


def test_only_staff_of_the_home_record_and_the_database_holds_it(resident, site_cast):
    duty, day, slot = duty_now(resident)
    with pytest.raises(IntegrityError, match="works in the home"), transaction.atomic():
        CareRecord.objects.create(duty=duty, day=day, slot=slot, outcome="done", at=timezone.now(),
                                  recorded_by=site_cast.bureau)
    with pytest.raises(Forbidden):
        actions.record_task(site_cast.bureau, resident.pk, duty.pk, day, slot, "done")


def test_a_record_lies_near_its_time_and_never_ahead(resident, site_cast):
    duty, day, slot = duty_now(resident)
    with pytest.raises(Refused) as refusal:
        actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "done",
                            entry=Entry(timezone.now() + dt.timedelta(minutes=20)))
    assert "at" in refusal.value.fields
    with pytest.raises(Refused, match="12"):
        actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "done",
                            entry=Entry(timezone.now() - dt.timedelta(hours=13)))
    with pytest.raises(Refused):
        actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, (slot + 1) % 1440, "done")


def test_records_are_neither_changed_nor_deleted_but_corrected_beside(resident, site_cast):
    duty, day, slot = duty_now(resident)
    first = actions.record_task(site_cast.carer_a, resident.pk, duty.pk, day, slot, "done")
    for write in (lambda: CareRecord.objects.update(outcome="not", reason="asleep"), CareRecord.objects.all().delete):
        with pytest.raises(Exception, match=r"Cannot (update|delete)"), transaction.atomic():
            write()
    made = actions.correct_task(site_cast.manager_a, first.pk, "not", reason="away", why="当时外出就医")
    assert made.corrects == first and CareRecord.objects.count() == 2
    slots = [s for s in queries.sheet(resident) if s.duty.pk == duty.pk]
    assert [s.state for s in slots] == ["not"]
    with pytest.raises(Changed):
        actions.correct_task(site_cast.manager_a, first.pk, "done", why="又改")


def test_a_task_is_ahead_then_due_then_late(resident):
    day = days(0)
    states = {
        hour: next(s.state for s in queries.slots_between(resident.bed.site, at(day, 10), at(day, 11),
                                                          now=at(day, hour)) if s.minute == 600)
        for hour in (8, 10, 12)
    }
    assert states == {8: "ahead", 10: "due", 12: "late"}


def test_a_value_no_body_can_have_is_refused_and_one_out_of_bounds_tells_the_manager(resident, site_cast):
    with pytest.raises(Refused):
        actions.measure(site_cast.carer_a, resident.pk, "temperature", Decimal("63.8"))
    with pytest.raises(Refused):
        actions.measure(site_cast.carer_a, resident.pk, "pressure", Decimal(90), Decimal(120))
    actions.measure(site_cast.carer_a, resident.pk, "temperature", Decimal("36.6"))
    assert not WorkItem.objects.filter(kind="homes.vital").exists()
    made = actions.measure(site_cast.carer_a, resident.pk, "pressure", Decimal(186), Decimal(104))
    item = WorkItem.objects.get(kind="homes.vital")
    assert made.crossed and item.role == "home_manager" and item.site_ref == site_cast.home_a.pk
    with pytest.raises(IntegrityError, match="vital_is_plausible"), transaction.atomic():
        Vital.objects.create(person=resident.person, site=site_cast.home_a, kind="pulse", value=400,
                             at=timezone.now(), recorded_by=site_cast.carer_a)
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Vital.objects.filter(pk=made.pk).update(value=120)


def test_somebody_without_a_bed_in_the_home_gets_no_record(resident, site_cast):
    other = people.make_person(name="张四海", sex="male")
    with pytest.raises(IntegrityError, match="no bed in the home"), transaction.atomic():
        Vital.objects.create(person=other, site=site_cast.home_a, kind="pulse", value=70, at=timezone.now(),
                             recorded_by=site_cast.carer_a)


def test_a_note_is_left_read_once_and_stays(resident, site_cast):
    note = actions.hand_over(site_cast.carer_a, site_cast.home_a.pk, "夜里起来三次", stay_pk=resident.pk, urgent=True)
    assert queries.unread(site_cast.manager_a, site_cast.home_a, days(-7)) == 1
    actions.read_hand_over(site_cast.manager_a, note.pk)
    actions.read_hand_over(site_cast.manager_a, note.pk)
    assert HandOverRead.objects.count() == 1
    assert queries.unread(site_cast.manager_a, site_cast.home_a, days(-7)) == 0
    with pytest.raises(NotVisible):
        actions.read_hand_over(site_cast.manager_b, note.pk)


def test_a_code_names_the_bed_alone_and_a_renewed_one_opens_nothing(resident, site_cast):
    assert actions.make_tags(site_cast.manager_a, site_cast.home_a.pk) == 4
    assert actions.make_tags(site_cast.manager_a, site_cast.home_a.pk) == 0
    tag = BedTag.objects.get(bed=resident.bed)
    client = people.client_for(site_cast.carer_a)
    page = client.get(reverse("homes:bedside", args=[tag.token]))
    assert page.status_code == 200 and "李桂花" in page.content.decode()
    assert str(resident.pk) not in tag.token and people.client_for(site_cast.manager_b).get(
        reverse("homes:bedside", args=[tag.token])).status_code == 404
    actions.renew_tag(site_cast.manager_a, resident.bed_id)
    assert client.get(reverse("homes:bedside", args=[tag.token])).status_code == 404


def test_the_sheet_of_codes_is_a_pdf_of_a_floor_and_names_nobody(resident, site_cast):
    from io import BytesIO

    import pypdfium2

    actions.make_tags(site_cast.manager_a, site_cast.home_a.pk)
    client = people.client_for(site_cast.manager_a)
    answer = client.get(reverse("homes:tag_sheet", args=[site_cast.home_a.pk]) + "?building=&floor=1")
    assert answer["Content-Type"] == "application/pdf"
    text = pypdfium2.PdfDocument(BytesIO(answer.content))[0].get_textpage().get_text_range()
    assert "101-1" in text and "李桂花" not in text


def test_the_bedside_answers_its_script_and_keeps_a_refusal_beside_the_field(resident, site_cast):
    duty, day, slot = duty_now(resident)
    client = people.client_for(site_cast.carer_a)
    sent = {"duty": duty.pk, "day": day.isoformat(), "slot": slot, "outcome": "not", "nonce": str(uuid.uuid4())}
    url = reverse("homes:record_task", args=[resident.pk])
    refused = client.post(url, sent, headers={"X-Bedside": "1"})
    assert refused.status_code == 422 and refused.json()["error"]
    taken = client.post(url, sent | {"reason": "asleep"}, headers={"X-Bedside": "1"})
    assert taken.status_code == 200 and taken.json()["words"]
    assert client.post(url, {"duty": "x"}, headers={"X-Bedside": "1"}).status_code == 422
    assert CareRecord.objects.count() == 1


def test_the_pages_of_care_show_what_holds(resident, site_cast):
    client = people.client_for(site_cast.manager_a)
    for name, pk in (("care", site_cast.home_a.pk), ("hand_over", site_cast.home_a.pk), ("tags", site_cast.home_a.pk),
                     ("sheet", resident.pk), ("vitals", resident.pk), ("set_care", resident.pk)):
        assert client.get(reverse(f"homes:{name}", args=[pk])).status_code == 200, name
    page = client.post(reverse("homes:set_care", args=[resident.pk]),
                       {"group": "full", "on": days(0).isoformat(), "reason": "按评估", "version": "1",
                        "on_turn": "on", "times_turn": "25:00"})
    assert page.status_code == 422 and "25:00" in page.content.decode()
    page = client.post(reverse("homes:set_care", args=[resident.pk]),
                       {"group": "full", "on": days(0).isoformat(), "reason": "按评估", "version": "1",
                        "on_turn": "on", "times_turn": "01:00 05:00"})
    assert page.status_code == 302
    assert Regime.objects.get(held__startswith=days(0)).duties.get().times == [60, 300]


def test_the_home_page_of_care_asks_the_database_no_more_for_more_residents(
    resident, site_cast, beds, django_assert_max_num_queries
):
    for n, label in enumerate(("2", "3", "4")):
        lies(people.make_person(name=f"王{n}秀"), beds[label])
    client = people.client_for(site_cast.manager_a)
    with django_assert_max_num_queries(40):
        client.get(reverse("homes:care", args=[site_cast.home_a.pk]))
