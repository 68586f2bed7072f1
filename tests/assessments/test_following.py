"""Nobody is sent to whoever has died or moved away: visits fall, the desks are told, the reason stays on file."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.assessments.making import SCALE, ask, assigned, confirmed
from tests.cast import A1, make_person
from yinian.assessments import following
from yinian.assessments.models import Request
from yinian.core.models import AuditRow, WorkItem
from yinian.people.models import Person
from yinian.people.persons.actions import record_death

pytestmark = pytest.mark.django_db


def dies(cast, person):
    record_death(cast.bureau, Person.objects.get(pk=person.pk), timezone.localdate() - dt.timedelta(days=3), "village",
                 "村里报告")


def test_a_visit_to_somebody_who_died_falls_and_leaves_both_desks(bench):
    person = make_person(A1, "李桂花")
    request = assigned(bench, person)
    assert WorkItem.objects.filter(kind="assessments.visit", state="open").count() == 2
    dies(bench, person)
    request.refresh_from_db()
    assert (request.state, request.closed_by) == ("withdrawn", bench.bureau)
    assert "去世" in request.close_reason
    assert not WorkItem.objects.filter(kind="assessments.visit", state="open").exists()
    assert AuditRow.objects.filter(action="assessments.withdraw").count() == 1


def test_a_result_in_review_is_dropped_with_the_death_and_never_issued(bench):
    person = make_person(A1, "李桂花")
    result = confirmed(bench, person)
    request = Request.objects.get(pk=result.request_id)
    assert result.state == "review"
    dies(bench, person)
    result.refresh_from_db()
    request.refresh_from_db()
    assert (result.state, request.state) == ("returned", "withdrawn")
    assert not WorkItem.objects.filter(kind="assessments.issue", state="open").exists()


def test_others_are_left_alone_and_the_clock_finds_whom_a_list_told_of(bench):
    gone, stays = make_person(A1, "李桂花"), make_person(A1, "周秀英")
    first, second = ask(bench.bureau, gone), ask(bench.bureau, stays)
    Person.objects.filter(pk=gone.pk).update(state="moved_out")  # as a departmental list does, telling nobody
    assert following.look_after() == 1
    assert following.look_after() == 0
    assert Request.objects.get(pk=first.pk).state == "withdrawn"
    assert Request.objects.get(pk=second.pk).state == "requested" and second.scale == SCALE
