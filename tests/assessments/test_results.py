"""Results: adjusted as the standard says, issued by another human, told to the register, replaced, void."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.assessments.making import best, confirm, confirmed, fill, issued, particulars
from tests.cast import A1, client_for, make_person, make_spell
from yinian.assessments import rules
from yinian.assessments.models import Request, Result
from yinian.assessments.results import actions, queries
from yinian.core.attachments import actions as attachments
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import Posting, User, WorkItem
from yinian.core.roles import Role
from yinian.homes.models import Stay
from yinian.people.circumstances.queries import facts_frame
from yinian.people.models import Conflict, Spell
from yinian.places.models import Bed

pytestmark = pytest.mark.django_db


def facts(person, day=None):
    frame = facts_frame(person.region_id, day or timezone.localdate())
    return frame.filter(frame["person_id"] == str(person.pk)).to_dicts()[0]


def test_a_result_adds_up_the_items_and_says_in_words_how_the_level_was_adjusted(bench):
    items = best(B_1_1=0, B_1_2=0, B_1_3=0, B_1_4=0, B_1_5=0)  # 20 points less: 70
    result = confirmed(bench, make_person(A1), items, particulars(A_4_1=["21"]))
    assert (result.total, result.initial, result.final) == (70, 1, 2)
    (line,) = queries.adjustments_in_words(result)
    assert "痴呆" in line and "轻度失能" in line and "中度失能" in line


def test_two_grounds_together_worsen_by_one_level_and_coma_decides_alone(bench):
    items = best(B_1_1=0, B_1_2=0, B_1_3=0, B_1_4=0, B_1_5=0)
    both = confirmed(bench, make_person(A1), items, particulars(A_4_1=["21", "22"], A_2_14_1="4"))
    assert (both.initial, both.final, len(both.adjustments)) == (1, 2, 3)
    coma = confirmed(bench, make_person(A1, name="王秀英"), items, particulars(A_5_11="2"))
    assert coma.final == 4


def test_an_issued_result_is_in_force_and_the_register_knows_level_and_day(bench):
    person = make_person(A1)
    result = issued(bench, person, best(B_1_1=0, B_1_2=0, B_1_3=0, B_1_4=0, B_1_5=0))
    assert (result.state, result.in_force_on) == ("in_force", timezone.localdate())
    known = facts(person)
    assert (known["ability_level"], known["assessed_on"]) == (1, result.assessed_on)
    spell = Spell.objects.get(person=person, kind="ability")
    assert result.notice.number in spell.evidence
    assert spell.department == "civil_affairs"


def test_the_notice_is_numbered_kept_and_opens_for_the_persons_village(bench):
    result = issued(bench, make_person(A1), best(B_4_1=1), particulars(A_4_1=["21"]))
    assert result.notice.number.startswith("养评〔")
    content = b"".join(attachments.open(bench.village_a, result.notice.attachment))
    assert content.startswith(b"%PDF-1.7")
    with pytest.raises(NotVisible):
        list(attachments.open(bench.village_b, result.notice.attachment))
    item = WorkItem.objects.get(kind="assessments.deliver")
    assert (item.role, item.region_id) == ("village_worker", A1)


def test_the_same_level_again_moves_the_day_and_a_diagnosis_is_told_once(bench):
    person = make_person(A1)
    make_spell(person, "ability", grade=1, since=dt.date(2024, 1, 1))
    make_spell(person, "dementia", "true", since=dt.date(2023, 1, 1), department="health")
    items = best(B_1_1=0, B_1_2=0, B_1_3=0, B_1_4=0, B_1_5=0)
    issued(bench, person, items, particulars(A_4_1=["22"]))
    assert facts(person)["assessed_on"] == timezone.localdate()
    assert facts(person, dt.date(2025, 1, 1))["ability_level"] == 1
    assert facts(person)["mental_disorder"] is True
    assert Spell.objects.filter(person=person, kind="dementia").count() == 1


def test_where_the_health_office_says_otherwise_a_contradiction_is_raised_and_nothing_overwritten(bench):
    person = make_person(A1)
    make_spell(person, "dementia", "false", since=dt.date(2023, 1, 1), department="health")
    issued(bench, person, None, particulars(A_4_1=["21"]))
    assert facts(person)["dementia"] is False
    assert Conflict.objects.get(person=person).kind == "dementia"


def test_the_self_care_of_the_destitute_is_told_as_the_number_of_items_failed(bench):
    person = make_person(A1)
    issued(bench, person, best("tekun", T_4=0, T_6=0), {}, scale="tekun")
    assert facts(person)["self_care_failed"] == 2


def test_a_scale_that_decides_nothing_tells_the_register_nothing(bench):
    for assessor in (bench.anna, bench.boris):
        assessor.scales = [*assessor.scales, "ltci"]
        assessor.save()
    person = make_person(A1)
    result = issued(bench, person, best("ltci"), {}, scale="ltci")
    assert result.state == "in_force"
    assert facts(person)["ltc_grade"] is None


def test_nobody_reviews_their_own_assessment_by_a_second_role_or_in_the_database(bench):
    result = confirmed(bench, make_person(A1))
    Posting.objects.create(
        user=bench.anna.user, role=Role.BUREAU_OFFICER, region_id="430681", period=(dt.date(2020, 1, 1), None)
    )
    with pytest.raises(Refused):
        actions.issue(User.objects.get(pk=bench.anna.user_id), result.pk, result.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.filter(pk=result.pk).update(
            state="issued", reviewed_by=bench.anna.user, reviewed_at=timezone.now(), issued_on=timezone.localdate()
        )


def test_an_officer_whose_number_is_not_on_file_decides_nothing(bench):
    result = confirmed(bench, make_person(A1))
    User.objects.filter(pk=bench.bureau.pk).update(identity_index=None)
    with pytest.raises(Refused):
        actions.issue(User.objects.get(pk=bench.bureau.pk), result.pk, result.version)


def test_nobody_reviews_a_result_about_themself(bench):
    person = make_person(A1)
    result = confirmed(bench, person)
    User.objects.filter(pk=bench.bureau.pk).update(identity_index=person.id_index)
    with pytest.raises(Refused):
        actions.issue(User.objects.get(pk=bench.bureau.pk), result.pk, result.version)


def test_only_a_reviewer_of_the_area_issues_what_was_seen(bench):
    result = confirmed(bench, make_person(A1))
    for actor in (bench.dispatcher, bench.town_a, bench.boris.user):
        with pytest.raises(Forbidden):
            actions.issue(actor, result.pk, result.version)
    with pytest.raises(NotVisible):
        actions.issue(bench.stranger, result.pk, result.version)
    with pytest.raises(Changed):
        actions.issue(bench.bureau, result.pk, result.version + 1)
    result.refresh_from_db()
    assert (result.state, result.notice) == ("review", None)


def test_a_returned_result_goes_back_to_its_assessors_and_comes_again(bench):
    result = confirmed(bench, make_person(A1))
    with pytest.raises(Refused):
        actions.send_back(bench.bureau, result.pk, result.version, "  ")
    actions.send_back(bench.bureau, result.pk, result.version, "上下楼梯与行走不符")
    request = Request.objects.get(pk=result.request_id)
    assert request.state == "assigned"
    assert WorkItem.objects.filter(kind="assessments.returned", state="open").count() == 2
    fill(request, bench.anna.user, {"B.2.4": 1}, {})
    again = confirm(request, (bench.anna, bench.boris))
    assert (again.total, again.state) == (88, "review")
    result.refresh_from_db()
    assert (result.state, result.total, result.review_note) == ("returned", 90, "上下楼梯与行走不符")
    assert not WorkItem.objects.filter(kind="assessments.returned", state="open").exists()


def test_what_was_scored_never_changes_and_no_result_is_deleted(bench):
    result = issued(bench, make_person(A1))
    for change in ({"final": 4}, {"items": {}}, {"total": 3}, {"assessed_on": dt.date(2020, 1, 1)}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Result.objects.filter(pk=result.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Result.objects.filter(pk=result.pk).delete()


def test_one_result_of_a_person_and_scale_is_in_force_and_the_later_replaces_it(bench):
    person = make_person(A1)
    first = issued(bench, person)
    second = issued(bench, person, best(B_4_1=1), kind="routine")
    first.refresh_from_db()
    assert (first.state, second.replaces_id, second.state) == ("superseded", first.pk, "in_force")
    assert queries.in_force(person) == second
    with pytest.raises(IntegrityError), transaction.atomic():
        Result.objects.filter(pk=first.pk).update(state="in_force")


def test_a_void_result_is_taken_back_and_what_it_replaced_holds_again(bench):
    person = make_person(A1)
    first = issued(bench, person)
    second = issued(bench, person, best(B_1_1=0, B_1_2=0, B_1_3=0), particulars(A_4_1=["21"]), kind="immediate")
    assert facts(person)["ability_level"] == 2
    with pytest.raises(Refused):
        actions.void(bench.officer, second.pk, second.version, "")
    actions.void(bench.officer, second.pk, second.version, "认错了人")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.void_reason) == ("in_force", "void", "认错了人")
    known = facts(person)
    assert (known["ability_level"], known["dementia"]) == (0, None)
    second.notice.refresh_from_db()
    assert second.notice.withdrawn_at is not None


def test_by_a_pack_that_says_so_a_result_holds_only_after_the_time_to_object(bench, monkeypatch):
    plain = rules.frozen
    monkeypatch.setattr("yinian.assessments.rules.frozen", lambda region: plain(region) | {"effect": "window"})
    person = make_person(A1)
    result = issued(bench, person, best(B_4_1=1))
    assert (result.state, facts(person)["ability_level"]) == ("issued", None)
    last = result.object_until
    assert last == add_working_days(timezone.localdate(), 10)
    assert actions.close_windows(last) == 0
    assert actions.close_windows(last + dt.timedelta(days=1)) == 1
    result.refresh_from_db()
    assert result.state == "in_force"
    assert facts(person)["ability_level"] == 1
    assert actions.close_windows(last + dt.timedelta(days=1)) == 0


def test_the_time_to_object_counts_from_the_day_the_notice_was_handed_over(bench):
    result = issued(bench, make_person(A1))
    today = timezone.localdate()
    for on, to in ((today + dt.timedelta(days=1), "李桂花"), (today - dt.timedelta(days=1), "李桂花"), (today, " ")):
        with pytest.raises(Refused):
            actions.deliver(bench.village_a, result.pk, result.version, on, to)
    actions.deliver(bench.village_a, result.pk, result.version, today, "本人")
    result.refresh_from_db()
    assert (result.delivered_on, result.delivered_to) == (today, "本人")
    assert result.object_until == add_working_days(today, 10)
    assert WorkItem.objects.get(kind="assessments.deliver").state == "done"
    with pytest.raises(Refused):
        actions.deliver(bench.village_a, result.pk, result.version, today, "本人")


def test_the_day_of_the_next_routine_assessment_follows_the_level(bench):
    today = timezone.localdate()
    intact = issued(bench, make_person(A1))
    mild = issued(bench, make_person(A1, name="王秀英"), best(B_4_1=1))
    assert intact.reassess_on == rules.months_after(today, 24)
    assert mild.reassess_on == rules.months_after(today, 12)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [((2024, 2, 29), 12, (2025, 2, 28)), ((2025, 8, 31), 6, (2026, 2, 28)), ((2025, 1, 31), 1, (2025, 2, 28)),
     ((2025, 12, 15), 1, (2026, 1, 15)), ((2025, 5, 31), -3, (2025, 2, 28)), ((2025, 1, 15), -12, (2024, 1, 15))],
)  # fmt: skip
def test_months_end_where_the_month_has_no_such_day(day, months, expected):
    assert rules.months_after(dt.date(*day), months) == dt.date(*expected)


def test_a_person_who_died_meanwhile_gets_no_result(bench):
    person = make_person(A1)
    result = confirmed(bench, person)
    type(person).objects.filter(pk=person.pk).update(state="dead", died_on=timezone.localdate())
    with pytest.raises(Refused):
        actions.issue(bench.bureau, result.pk, result.version)


def test_a_homes_manager_opens_the_notice_of_the_own_resident_and_no_other_does(bench):
    inside, outside = make_person(A1), make_person(A1)
    Stay.objects.create(bed=Bed.objects.filter(site=bench.home_a).first(), person=inside, basis="private",
                        period=(dt.date(2026, 1, 1), None))
    own, foreign = issued(bench, inside), issued(bench, outside)
    address = reverse("core:attachment", args=[own.notice.attachment_id])
    answer = client_for(bench.manager_a).get(address)
    assert answer.status_code == 200 and b"".join(answer.streaming_content).startswith(b"%PDF")
    assert client_for(bench.manager_b).get(address).status_code == 404
    assert client_for(bench.manager_a).get(
        reverse("core:attachment", args=[foreign.notice.attachment_id])
    ).status_code == 404
    # The register of papers and the files of the visit follow the same rule.
    assert client_for(bench.manager_a).get(reverse("core:document", args=[own.notice_id])).status_code == 200
    assert client_for(bench.manager_a).get(reverse("core:document", args=[foreign.notice_id])).status_code == 404
    assert client_for(bench.manager_b).get(reverse("core:document", args=[own.notice_id])).status_code == 404
    listed = client_for(bench.manager_a).get(reverse("core:documents")).content.decode()
    assert own.notice.number in listed and foreign.notice.number not in listed
    signed = own.request.seats.first().signature_id
    assert client_for(bench.manager_a).get(reverse("core:attachment", args=[signed])).status_code == 200
    assert client_for(bench.manager_b).get(reverse("core:attachment", args=[signed])).status_code == 404
    # Whoever has left is no longer theirs.
    Stay.objects.update(period=(dt.date(2026, 1, 1), dt.date(2026, 2, 1)), end_kind="home", leave_reason="回家")
    assert client_for(bench.manager_a).get(address).status_code == 404
