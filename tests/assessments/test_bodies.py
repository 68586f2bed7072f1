"""Assessments of other bodies: of those recognised, with their paper, checked by another human, as the pack says."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.assessments.making import SCALE, issued, png
from tests.cast import A1, COUNTY, make_person
from yinian.assessments import papers
from yinian.assessments.bodies import actions, queries
from yinian.assessments.models import Recognition, Result
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import Posting, Region, User, WorkItem
from yinian.core.roles import Role
from yinian.people.circumstances.queries import facts_frame

pytestmark = pytest.mark.django_db


@pytest.fixture
def body(bench):
    since = timezone.localdate() - dt.timedelta(days=900)
    return actions.save_body(
        bench.bureau, Region.objects.get(pk=COUNTY), "岳阳楼区民政局", "other-county", [SCALE], "互认协议", since, None
    )


def paper(actor):
    return attachments.store(actor, png(), papers.REQUEST, A1)


def enter(actor, person, body, **more):
    given = {
        "scale": SCALE, "number": "岳评2026-18", "level": 3,
        "assessed_on": timezone.localdate() - dt.timedelta(days=40),
    } | more  # fmt: skip
    return actions.enter(actor, person.pk, body.pk, paper=given.pop("paper", None) or paper(actor), **given)


def test_a_paper_is_entered_by_one_and_accepted_by_another_and_the_level_is_in_force(bench, body):
    person = make_person(A1)
    found = enter(bench.village_a, person, body)
    assert WorkItem.objects.get(kind="assessments.check").due_on == found.due_on
    result = actions.accept(bench.bureau, found.pk, found.version)
    assert (result.origin, result.state, result.final) == ("recognised", "in_force", 3)
    frame = facts_frame(A1, timezone.localdate())
    assert (frame["ability_level"].to_list(), frame["assessed_on"].to_list()) == ([3], [found.assessed_on])
    assert WorkItem.objects.get(kind="assessments.check").state == "done"


def test_who_entered_it_does_not_check_it_by_another_role_or_in_the_database(bench, body):
    found = enter(bench.village_a, make_person(A1), body)
    Posting.objects.create(
        user=bench.village_a, role=Role.BUREAU_OFFICER, region_id=COUNTY, period=(dt.date(2020, 1, 1), None)
    )
    with pytest.raises(Refused):
        actions.accept(User.objects.get(pk=bench.village_a.pk), found.pk, found.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recognition.objects.filter(pk=found.pk).update(
            state="accepted", checked_by=bench.village_a, checked_at=timezone.now()
        )
    with pytest.raises(Forbidden):
        actions.accept(bench.town_a, found.pk, found.version)
    with pytest.raises(NotVisible):
        actions.accept(bench.stranger, found.pk, found.version)


def test_a_paper_is_refused_with_a_reason_and_may_be_entered_again(bench, body):
    found = enter(bench.village_a, make_person(A1), body)
    with pytest.raises(Refused):
        actions.refuse(bench.bureau, found.pk, found.version, " ")
    actions.refuse(bench.bureau, found.pk, found.version, "印章不清")
    found.refresh_from_db()
    assert (found.state, found.reason) == ("refused", "印章不清")
    assert not Result.objects.exists()
    enter(bench.village_a, found.person, body)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"number": " "}, "number"), ({"level": 7}, "level"), ({"scale": "ltci"}, "scale"),
     ({"assessed_on": dt.date(2999, 1, 1)}, "assessed_on"), ({"assessed_on": dt.date(2001, 1, 1)}, "assessed_on")],
)  # fmt: skip
def test_what_the_pack_does_not_accept_is_refused_beside_its_field(bench, body, change, field):
    with pytest.raises(Refused) as refused:
        enter(bench.village_a, make_person(A1), body, **change)
    assert field in refused.value.fields


def test_an_assessment_holds_only_so_many_months_as_the_pack_says(bench, body):
    old = timezone.localdate() - dt.timedelta(days=367)
    with pytest.raises(Refused, match="12"):
        enter(bench.village_a, make_person(A1), body, assessed_on=old)
    found = enter(bench.village_a, make_person(A1), body, assessed_on=old + dt.timedelta(days=10))
    result = actions.accept(bench.bureau, found.pk, found.version)
    assert (result.reassess_on - found.assessed_on).days in (365, 366)


def test_a_later_result_of_our_own_is_not_replaced_by_an_older_paper(bench, body):
    person = make_person(A1)
    issued(bench, person)
    with pytest.raises(Refused) as refused:
        enter(bench.village_a, person, body)
    assert "assessed_on" in refused.value.fields


def test_one_paper_is_entered_once(bench, body):
    enter(bench.village_a, make_person(A1), body)
    with pytest.raises(Refused) as refused:
        enter(bench.village_a, make_person(A1, name="王秀英"), body)
    assert "number" in refused.value.fields


def test_without_its_paper_nothing_is_entered(bench, body):
    with pytest.raises(Refused) as refused:
        actions.enter(
            bench.village_a, make_person(A1).pk, body.pk, SCALE, "1", timezone.localdate(), 2, None
        )
    assert "paper" in refused.value.fields


def test_a_body_is_recognised_by_the_county_only_as_the_pack_allows(bench, body):
    county, today = Region.objects.get(pk=COUNTY), timezone.localdate()
    for change, field in (
        ({"kind": "newspaper"}, "kind"), ({"scale_ids": ["ltci"]}, "scales"), ({"scale_ids": []}, "scales"),
        ({"basis": ""}, "basis"), ({"until": today}, "until"), ({"name": body.name}, "name"),
    ):
        given = {"name": "甲", "kind": "other-county", "scale_ids": [SCALE], "basis": "协议", "since": today,
                 "until": None} | change  # fmt: skip
        with pytest.raises(Refused) as refused:
            actions.save_body(bench.bureau, county, **given)
        assert field in refused.value.fields
    with pytest.raises(Forbidden):
        actions.save_body(bench.town_a, county, "甲", "other-county", [SCALE], "协议", today, None)
    assert set(queries.recognised_now(bench.village_a)) == {body}
    actions.save_body(
        bench.bureau, county, body.name, body.kind, [SCALE], body.basis, body.since, today, body_pk=body.pk
    )
    assert not queries.recognised_now(bench.village_a).exists()
    with pytest.raises(NotVisible):
        enter(bench.village_a, make_person(A1), body)
