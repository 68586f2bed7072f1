"""Filling a record: nothing is lost, nobody overwrites another, and what is signed is what was written."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.assessments.making import assigned, best, fill, filled, particulars, png
from tests.cast import A1, PASSWORD, make_person
from yinian.assessments.models import Exhibit, Request, Visit
from yinian.assessments.visits import actions, queries
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, WorkItem

pytestmark = pytest.mark.django_db


def begun(cast):
    request = assigned(cast, make_person(A1))
    actions.begin(cast.anna.user, request.pk)
    return request


def test_only_the_assessors_of_a_request_write_its_record(bench):
    request = begun(bench)
    for actor in (bench.clara.user, bench.assessor):
        with pytest.raises(NotVisible):
            actions.save(actor, request.pk, 1, {"B.1.1": 4})
    for actor in (bench.bureau, bench.village_a):
        with pytest.raises(Forbidden):
            actions.save(actor, request.pk, 1, {"B.1.1": 4})
    assert actions.save(bench.boris.user, request.pk, 1, {"B.1.1": 4}).standing.total == 4


def test_what_is_saved_tells_the_total_so_far_and_which_levels_are_still_possible(bench):
    request = begun(bench)
    saved = actions.save(bench.anna.user, request.pk, 1, {"B.1.1": 2, "B.1.2": 3})
    assert (saved.version, saved.standing.total, saved.standing.answered) == (2, 5, 2)
    assert (saved.standing.best, saved.standing.worst) == (1, 4)
    assert len(saved.standing.missing) == 24
    assert saved.standing.scored is None


def test_two_phones_fill_one_record_and_both_keep_what_they_wrote(bench):
    request = begun(bench)
    actions.save(bench.anna.user, request.pk, 1, {"B.1.1": 4})
    second = actions.save(bench.boris.user, request.pk, 1, {"B.2.1": 3})
    assert second.conflicts == []
    assert second.others == {"B.1.1": 4}
    assert Visit.objects.get(request=request).items == {"B.1.1": 4, "B.2.1": 3}


def test_an_answer_the_other_changed_meanwhile_is_handed_back_and_not_overwritten(bench):
    request = begun(bench)
    actions.save(bench.anna.user, request.pk, 1, {"B.1.1": 4})
    saved = actions.save(bench.boris.user, request.pk, 1, {"B.1.1": 2, "B.1.2": 1})
    (conflict,) = saved.conflicts
    assert (conflict.key, conflict.value, conflict.by) == ("B.1.1", 4, "anna同志")
    assert Visit.objects.get(request=request).items == {"B.1.1": 4, "B.1.2": 1}
    # Having seen it, Boris may insist.
    assert actions.save(bench.boris.user, request.pk, saved.version, {"B.1.1": 2}).conflicts == []
    assert Visit.objects.get(request=request).items["B.1.1"] == 2


def test_sending_the_same_changes_twice_changes_nothing(bench):
    request = begun(bench)
    first = actions.save(bench.anna.user, request.pk, 1, {"B.1.1": 4})
    again = actions.save(bench.anna.user, request.pk, 1, {"B.1.1": 4})
    assert (first.version, again.version, again.conflicts) == (2, 2, [])


@pytest.mark.parametrize(
    ("key", "value"),
    [("B.1.1", 9), ("B.1.1", True), ("B.1.1", "4"), ("B.9.9", 1), ("A.2.4", 4000), ("A.2.9", "99"), ("A.2.8", "x"),
     ("A.2.10", "1"), ("A.5.3", ["1", "2"]), ("notes", "长" * 2001), ("notes", 5)],
)  # fmt: skip
def test_what_is_no_answer_is_said_beside_its_field_and_the_rest_is_kept(bench, key, value):
    request = begun(bench)
    saved = actions.save(bench.anna.user, request.pk, 1, {key: value, "B.1.2": 3})
    assert list(saved.faults) == [key]
    assert saved.faults[key]
    assert Visit.objects.get(request=request).items == {"B.1.2": 3}


def test_form_a_is_kept_encrypted_and_an_answer_can_be_taken_out(bench):
    request = begun(bench)
    actions.save(bench.anna.user, request.pk, 1, {"A.3.1": "李小明", "A.4.1": ["21"], "notes": "住二楼"})
    visit = Visit.objects.get(request=request)
    assert queries.particulars_of(visit) == {"A.3.1": "李小明", "A.4.1": ["21"]}
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT particulars, notes FROM assessments_visit WHERE id = %s", [visit.pk])
        stored = [bytes(value) for value in cursor.fetchone()]
    assert all("李".encode() not in value and b"21" not in value for value in stored)
    actions.save(bench.anna.user, request.pk, visit.version, {"A.4.1": None, "notes": ""})
    visit.refresh_from_db()
    assert queries.particulars_of(visit) == {"A.3.1": "李小明"}


def test_nothing_is_finished_that_is_not_whole(bench):
    request = fill(assigned(bench, make_person(A1)), bench.anna.user)
    visit = request.visit
    actions.save(bench.anna.user, request.pk, visit.version, {"B.3.9": None})
    visit.refresh_from_db()
    with pytest.raises(Refused, match="1"):
        actions.finish(bench.anna.user, request.pk, visit.version)
    actions.save(bench.anna.user, request.pk, visit.version, {"B.3.9": 2, "A.5.11": None})
    visit.refresh_from_db()
    with pytest.raises(Refused):
        actions.finish(bench.anna.user, request.pk, visit.version)


def test_a_record_is_finished_only_as_it_was_seen(bench):
    request = filled(bench, make_person(A1))
    seen = request.visit.version
    actions.save(bench.boris.user, request.pk, seen, {"B.1.1": 3})
    with pytest.raises(Changed):
        actions.finish(bench.anna.user, request.pk, seen)


def test_a_finished_record_is_changed_only_after_it_was_opened_again_and_then_confirmed_anew(bench):
    request = filled(bench, make_person(A1))
    actions.finish(bench.anna.user, request.pk, request.visit.version)
    request.refresh_from_db()
    with pytest.raises(Changed):
        actions.save(bench.anna.user, request.pk, 99, {"B.1.1": 0})
    actions.confirm(bench.anna.user, request.pk, request.version, signature=png())
    request.refresh_from_db()
    with pytest.raises(Refused):
        actions.reopen(bench.boris.user, request.pk, request.version, "")
    actions.reopen(bench.boris.user, request.pk, request.version, "洗澡一项填错了")
    request.refresh_from_db()
    assert request.state == "assigned"
    assert not request.seats.filter(confirmed_at__isnull=False).exists()
    assert request.visit.items["B.1.1"] == 4


def test_each_assessor_confirms_once_and_the_last_makes_the_result(bench):
    request = filled(bench, make_person(A1))
    actions.finish(bench.boris.user, request.pk, request.visit.version)
    request.refresh_from_db()
    actions.confirm(bench.anna.user, request.pk, request.version, signature=png())
    request.refresh_from_db()
    assert not request.results.exists()
    with pytest.raises(Refused):
        actions.confirm(bench.anna.user, request.pk, request.version, signature=png())
    actions.confirm(bench.boris.user, request.pk, request.version, name="boris同志", password=PASSWORD)
    request.refresh_from_db()
    assert request.state == "review"
    assert request.results.get().final == 0
    seats = {s.assessor.user.username: s for s in request.seats.all()}
    assert seats["anna"].signature is not None
    assert (seats["boris"].signed_name, seats["boris"].signature) == ("boris同志", None)
    assert WorkItem.objects.get(kind="assessments.issue").role == "bureau_officer"


@pytest.mark.parametrize(
    ("name", "password", "field"), [("anna同志", PASSWORD, "name"), ("boris同志", "x", "password")]
)
def test_the_keyboards_signature_takes_ones_own_name_and_password(bench, name, password, field):
    request = filled(bench, make_person(A1))
    actions.finish(bench.boris.user, request.pk, request.visit.version)
    request.refresh_from_db()
    with pytest.raises(Refused) as refused:
        actions.confirm(bench.boris.user, request.pk, request.version, name=name, password=password)
    assert field in refused.value.fields
    assert not request.seats.filter(confirmed_at__isnull=False).exists()


def test_where_the_visit_took_place_is_kept_only_with_consent(bench):
    request = begun(bench)
    with pytest.raises(Refused):
        actions.locate(bench.anna.user, request.pk, 28.8, 113.1, 20, " ")
    with pytest.raises(Refused):
        actions.locate(bench.anna.user, request.pk, 128.8, 113.1, 20, "本人")
    visit = actions.locate(bench.anna.user, request.pk, 28.8, 113.1, 20, "本人")
    assert queries.whereabouts(request, visit).km is None  # the village has no position
    request.person.region.lat, request.person.region.lon = 28.8, 113.11
    assert queries.whereabouts(request, visit).km == pytest.approx(0.97, abs=0.02)


def test_photos_lose_their_hidden_data_and_can_be_taken_out(bench):
    request = begun(bench)
    photo = actions.add_exhibit(bench.anna.user, request.pk, png(), "photo", "床边")
    with pytest.raises(Refused):
        actions.add_exhibit(bench.anna.user, request.pk, png(), "film")
    assert queries.get_exhibit(bench.boris.user, request.pk, photo.pk).attachment.media_type == "image/png"
    with pytest.raises(NotVisible):
        queries.get_exhibit(bench.clara.user, request.pk, photo.pk)
    actions.remove_exhibit(bench.boris.user, request.pk, photo.pk)
    assert queries.exhibits_of(request.visit) == []
    first = actions.add_exhibit(bench.anna.user, request.pk, png(), "informant")
    actions.add_exhibit(bench.anna.user, request.pk, png(), "informant")
    assert Exhibit.objects.get(pk=first.pk).removed_at is not None


def test_a_phone_without_signal_tells_the_hours_later_but_none_that_cannot_be(bench):
    request = assigned(bench, make_person(A1))
    earlier = timezone.now() - dt.timedelta(hours=5)
    assert actions.begin(bench.anna.user, request.pk, earlier).started_at == earlier
    other = assigned(bench, make_person(A1, name="王秀英"))
    assert actions.begin(bench.anna.user, other.pk, earlier - dt.timedelta(days=9)).started_at > earlier


def test_an_appointment_is_made_and_shown(bench):
    request = assigned(bench, make_person(A1))
    when = timezone.now() + dt.timedelta(days=2)
    actions.plan(bench.anna.user, request.pk, request.version, when)
    request.refresh_from_db()
    assert request.planned_for == when
    with pytest.raises(Refused):
        actions.plan(bench.anna.user, request.pk, request.version, timezone.now() - dt.timedelta(days=1))
    with pytest.raises(Changed):
        actions.plan(bench.anna.user, request.pk, request.version - 1, when)


def test_a_scale_without_a_form_beside_it_is_filled_the_same_way(bench):
    items = best("tekun", T_4=0, T_6=0)
    request = filled(bench, make_person(A1), items=items, form={}, scale="tekun")
    actions.finish(bench.anna.user, request.pk, request.visit.version)
    assert Request.objects.get(pk=request.pk).state == "confirming"
    assert particulars("tekun") == {}


def test_every_step_of_a_visit_is_in_the_audit_chain_and_names_no_answer(bench):
    request = filled(bench, make_person(A1))
    actions.finish(bench.anna.user, request.pk, request.visit.version)
    rows = AuditRow.objects.filter(object_kind="assessments.request", object_id=str(request.pk))
    assert {"assessments.begin", "assessments.finish"} <= set(rows.values_list("action", flat=True))
    assert all("B.1" not in str(row.detail) for row in rows)
