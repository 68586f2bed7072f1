"""Objecting: within the working days of the pack, once, answered by others in time, and final."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.assessments.making import SCALE, best, confirm, confirmed, fill, issued
from tests.cast import A1, make_person
from yinian.assessments.assignments import actions as assignments
from yinian.assessments.models import Objection, Request
from yinian.assessments.objections import actions, queries
from yinian.assessments.results import actions as results
from yinian.core.calendar.actions import set_day
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.people.circumstances.queries import facts_frame
from yinian.people.models import Representative

pytestmark = pytest.mark.django_db
FAMILY = ("family", "李小明", "评得太轻,老人夜里起不来")


def test_an_objection_asks_for_a_re_assessment_with_its_own_deadline_in_working_days(bench):
    result = issued(bench, make_person(A1), best(B_4_1=1))
    objection = actions.object_to(bench.village_a, result.pk, *FAMILY)
    today = timezone.localdate()
    request = objection.request
    assert (request.kind, request.disputes, request.state) == ("disputed", result, "requested")
    assert objection.due_on == request.result_due_on == add_working_days(today, 15)
    assert WorkItem.objects.filter(kind="assessments.assign", state="open").exists()
    result.refresh_from_db()
    assert result.state == "in_force"  # by the national pack it holds until the re-assessment


def test_the_last_working_day_still_counts_and_the_next_does_not(bench, monkeypatch):
    result = issued(bench, make_person(A1), best(B_4_1=1))
    last = result.object_until
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *a: last + dt.timedelta(days=1))
    with pytest.raises(Refused) as refused:
        actions.object_to(bench.village_a, result.pk, *FAMILY)
    assert "lodged_on" in refused.value.fields
    # A paper that came in time may be entered a day late.
    assert actions.object_to(bench.village_a, result.pk, *FAMILY, lodged_on=last).lodged_on == last


def test_a_holiday_makes_the_time_to_object_a_day_longer(bench):
    day = add_working_days(timezone.localdate(), 3)
    plain = add_working_days(timezone.localdate(), 10)
    set_day(bench.bureau, day, name="节日", works=False)
    result = issued(bench, make_person(A1))
    assert result.object_until > plain


def test_a_result_is_objected_to_once_and_the_database_says_so(bench):
    result = issued(bench, make_person(A1))
    first = actions.object_to(bench.village_a, result.pk, *FAMILY)
    with pytest.raises(Refused):
        actions.object_to(bench.town_a, result.pk, *FAMILY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Objection.objects.create(
            result=result, by="person", by_name="x", reason="x", lodged_on=first.lodged_on, due_on=first.due_on,
            entered_by=bench.town_a,
        )


def answered(bench, objection, items):
    request = objection.request
    assignments.assign(bench.dispatcher, request.pk, request.version, [bench.clara.pk, bench.david.pk])
    request.refresh_from_db()
    fill(request, bench.clara.user, items)
    result = confirm(request, (bench.clara, bench.david))
    results.issue(bench.bureau, result.pk, result.version)
    result.refresh_from_db()
    objection.refresh_from_db()
    return result


@pytest.mark.parametrize(("change", "state"), [({"B_4_1": 1}, "upheld"), ({"B_1_1": 0, "B_1_2": 0, "B_1_3": 0,
    "B_1_4": 0, "B_1_5": 0, "B_1_6": 0, "B_1_7": 0}, "changed")])  # fmt: skip
def test_the_re_assessment_answers_the_objection_and_is_final(bench, change, state):
    person = make_person(A1)
    disputed = issued(bench, person, best(B_4_1=1))
    objection = actions.object_to(bench.village_a, disputed.pk, *FAMILY)
    result = answered(bench, objection, best(**change))
    disputed.refresh_from_db()
    assert (objection.state, disputed.state, result.state) == (state, "superseded", "in_force")
    assert (result.object_until, result.replaces_id) == (None, disputed.pk)
    with pytest.raises(Refused):
        actions.object_to(bench.village_a, result.pk, *FAMILY)
    frame = facts_frame(A1, timezone.localdate())
    assert frame["ability_level"].to_list() == [result.final]


def test_a_result_that_waited_for_its_time_is_replaced_by_the_re_assessment_and_never_comes_into_force(
    bench, monkeypatch
):
    from yinian.assessments import rules

    plain = rules.frozen
    monkeypatch.setattr("yinian.assessments.rules.frozen", lambda region: plain(region) | {"effect": "window"})
    disputed = issued(bench, make_person(A1), best(B_4_1=1))
    objection = actions.object_to(bench.village_a, disputed.pk, *FAMILY)
    far = disputed.object_until + dt.timedelta(days=60)
    assert results.close_windows(far) == 0
    result = answered(bench, objection, best())
    disputed.refresh_from_db()
    assert (disputed.state, result.state, result.replaces_id) == ("superseded", "in_force", disputed.pk)


def test_an_objection_is_withdrawn_with_a_reason_and_may_be_raised_anew(bench):
    result = issued(bench, make_person(A1))
    objection = actions.object_to(bench.village_a, result.pk, *FAMILY)
    with pytest.raises(Refused):
        actions.withdraw(bench.village_a, objection.pk, objection.version, "")
    with pytest.raises(Changed):
        actions.withdraw(bench.village_a, objection.pk, 9, "家属同意")
    actions.withdraw(bench.village_a, objection.pk, objection.version, "家属同意")
    assert Request.objects.get(pk=objection.request_id).state == "withdrawn"
    assert not WorkItem.objects.filter(kind="assessments.assign", state="open").exists()
    actions.object_to(bench.village_a, result.pk, *FAMILY)


def test_a_request_that_answers_an_objection_is_not_withdrawn_by_itself(bench):
    from yinian.assessments.requests import actions as requests

    objection = actions.object_to(bench.village_a, issued(bench, make_person(A1)).pk, *FAMILY)
    with pytest.raises(Refused):
        requests.withdraw(bench.village_a, objection.request_id, objection.request.version, "x")


def test_a_result_in_review_or_of_another_area_cannot_be_objected_to(bench):
    result = confirmed(bench, make_person(A1))
    with pytest.raises(Refused):
        actions.object_to(bench.village_a, result.pk, *FAMILY)
    for actor, error in ((bench.village_b, NotVisible), (bench.auditor, Forbidden), (bench.anna.user, Forbidden)):
        with pytest.raises(error):
            actions.object_to(actor, result.pk, *FAMILY)


def test_the_family_objects_from_its_own_account(bench):
    person = make_person(A1)
    result = issued(bench, person)
    Representative.objects.create(
        user=bench.member, person=person, relation="guardian", period=(dt.date(2026, 1, 1), None), evidence="公证书",
        given_by=bench.village_a,
    )
    other = issued(bench, make_person(A1, name="王秀英"))
    with pytest.raises(NotVisible):
        actions.object_own(bench.member, person.pk, other.pk, "不对")
    objection = actions.object_own(bench.member, person.pk, result.pk, "不对")
    assert (objection.by, objection.by_name) == ("guardian", "member同志")


def test_an_open_request_on_the_same_scale_stands_in_the_way_and_is_named(bench):
    person = make_person(A1)
    result = issued(bench, person)
    from tests.assessments.making import ask

    ask(bench.village_a, person, kind="immediate", scale=SCALE)
    with pytest.raises(Refused) as refused:
        actions.object_to(bench.village_a, result.pk, *FAMILY)
    assert "person" in refused.value.fields


def test_objections_are_seen_by_the_area_they_concern(bench):
    objection = actions.object_to(bench.village_a, issued(bench, make_person(A1)).pk, *FAMILY)
    assert queries.get_objection(bench.town_a, objection.pk) == objection
    for stranger in (bench.town_b, bench.stranger):
        with pytest.raises(NotVisible):
            queries.get_objection(stranger, objection.pk)
