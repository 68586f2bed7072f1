"""Deciding corrections: a choice that fits, two humans, a paper to the person, settling with the months that follow."""

import datetime as dt
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.adjustments.conftest import OCTOBER, approved_month, step
from tests.entitlements.adjustments.test_recalculation import died, graded, look
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow, Document
from yinian.core.roles import Role
from yinian.entitlements.adjustments import actions, queries
from yinian.entitlements.cycles.approval import settle_cycle
from yinian.entitlements.models import AdjustmentInCycle, Correction, Cycle, Repayment

NOVEMBER = dt.date(2024, 11, 1)


def pdf():
    file = io.BytesIO(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    file.name = "批复.pdf"
    return file


@pytest.fixture
def dead(months, cast, folk):
    """A recovery of 100 yuan of a deceased person of town A."""
    died(folk["old"], dt.date(2024, 7, 15))
    look(cast.bureau)
    return Correction.objects.get(person=folk["old"])


@pytest.fixture
def living(months, cast, folk):
    """A recovery of 240 yuan (fen 24000) of a living person of town B."""
    graded(folk["poor"], 1, dt.date(2024, 8, 1))
    look(cast.bureau)
    return Correction.objects.get(person=folk["poor"])


def test_a_choice_must_fit_and_the_dead_need_somebody_who_answers(dead, cast):
    for said, field in (
        ({"method": "pay"}, "method"), ({"method": ""}, "method"), ({"method": "at_once"}, "answers"),
        ({"method": "instalments", "answers": "长子", "parts": 1}, "parts"), ({"method": "waive"}, "reason"),
        ({"method": "waive", "reason": "家庭困难"}, "paper"),
    ):
        with pytest.raises(Refused) as refusal:
            actions.confirm(cast.town_a, dead.pk, version=dead.version, **said)
        assert field in refusal.value.fields, said
    dead.refresh_from_db()
    assert dead.state == "proposed"


def test_only_the_officers_of_the_place_confirm_and_check(dead, cast):
    with pytest.raises(Forbidden):
        actions.confirm(cast.village_a, dead.pk, version=dead.version, method="at_once", answers="长子")
    with pytest.raises(NotVisible):
        actions.confirm(cast.town_b, dead.pk, version=dead.version, method="at_once", answers="长子")
    done = actions.confirm(cast.town_a, dead.pk, version=dead.version, method="at_once", answers="长子李明")
    with pytest.raises(Forbidden):
        actions.approve(cast.town_a, done.pk, version=done.version)
    with pytest.raises(NotVisible):
        actions.approve(cast.stranger, done.pk, version=done.version)
    with pytest.raises(Changed):
        actions.approve(cast.bureau, done.pk, version=done.version - 1)
    assert WorkItem.objects.get(kind="entitlements.correction_check", state="open").region_id == people.COUNTY


def test_a_second_account_of_the_one_who_confirmed_cannot_check(dead, cast):
    other = people.make_user("bureau_two", Role.BUREAU_OFFICER)
    type(other).objects.filter(pk=cast.bureau.pk).update(identity_index=None)
    type(other).objects.filter(pk=other.pk).update(identity_index=bytes(cast.bureau.identity_index))
    cast.bureau.refresh_from_db()
    with pytest.raises(Refused):  # an account without an ID number on file decides nothing
        actions.confirm(cast.bureau, dead.pk, version=dead.version, method="at_once", answers="长子")
    type(other).objects.filter(pk=other.pk).update(identity_index=None)
    type(other).objects.filter(pk=cast.bureau.pk).update(identity_index=b"k" * 32)
    cast.bureau = type(other).objects.get(pk=cast.bureau.pk)
    done = actions.confirm(cast.bureau, dead.pk, version=dead.version, method="at_once", answers="长子")
    with pytest.raises(Refused):
        actions.approve(cast.bureau, done.pk, version=done.version)
    type(other).objects.filter(pk=cast.bureau.pk).update(identity_index=None)
    type(other).objects.filter(pk=other.pk).update(identity_index=b"k" * 32)  # the same human by another door
    with pytest.raises(Refused, match="另一人"):
        actions.approve(type(other).objects.get(pk=other.pk), done.pk, version=done.version)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE entitlements_correction SET state = 'approved', checker_id = maker_id, "
                       "checker_key = maker_key, checked_at = now() WHERE id = %s", [done.pk])


def test_nobody_decides_their_own_case(dead, cast):
    done = actions.confirm(cast.town_a, dead.pk, version=dead.version, method="at_once", answers="长子")
    type(dead.person).objects.filter(pk=dead.person_id).update(id_index=bytes(cast.bureau.identity_index))
    with pytest.raises(Refused, match="本人"):
        actions.approve(cast.bureau, done.pk, version=done.version)


def test_approval_tells_the_person_on_paper_with_months_reasons_and_how_to_object(living, cast, pack):
    done = actions.confirm(cast.town_b, living.pk, version=living.version, method="instalments", parts=3)
    done = actions.approve(cast.bureau, done.pk, version=done.version)
    paper = Document.objects.get(pk=done.notice_id)
    assert paper.number.startswith("养补〔") and paper.person_ref == living.person_id
    assert "李" not in paper.title and "追回" in paper.title
    from yinian.entitlements.adjustments.notice import notice_data

    data = notice_data(done)
    assert data["rows"][0]["months"] == 2 and data["rows"][0]["difference"] == -24000
    assert "轻度失能" in data["rows"][0]["why"][0] and "测试通知" in data["ground"]
    assert AuditRow.objects.filter(action="entitlements.correction.approve").exists()


def test_sent_back_it_waits_for_its_officer_again(living, cast):
    done = actions.confirm(cast.town_b, living.pk, version=living.version, method="at_once")
    back = actions.send_back(cast.bureau, done.pk, version=done.version, reason="请分期")
    assert (back.state, back.answer, back.method, back.maker) == ("proposed", "请分期", "", None)
    again = actions.confirm(cast.town_b, back.pk, version=back.version, method="instalments", parts=2)
    assert again.state == "confirmed" and again.answer == ""


def test_a_waiver_is_settled_by_its_check_and_keeps_its_paper(living, cast):
    said = {"method": "waive", "reason": "低保户无力退还", "paper": pdf()}
    done = actions.confirm(cast.town_b, living.pk, version=living.version, **said)
    done = actions.approve(cast.bureau, done.pk, version=done.version)
    assert (done.state, done.settled_fen, done.left_fen) == ("settled", 0, 0) and done.document is not None
    assert look(cast.bureau, whole=True)["made"] == 0  # it counts, and is not asked for again


def approve(cast, row, town, **said):
    done = actions.confirm(town, row.pk, version=row.version, **said)
    return actions.approve(cast.bureau, done.pk, version=done.version)


def settle(cast, cycle):
    """The part of a cycle's approval that is ours, on a cycle already approved for the test."""
    return actions.settle_in(cast.bureau, cycle)


def test_arrears_go_whole_with_the_next_month_and_never_twice(months, cast, folk, run):
    person = folk["poor"]
    type(person).objects.filter(pk=person.pk).update(birth_date=dt.date(1944, 7, 20), changed_at=timezone.now())
    look(cast.bureau)
    row = approve(cast, Correction.objects.get(), cast.town_b, method="pay")
    cycle = approved_month(cast, run(cast.bureau, OCTOBER), OCTOBER, ["age-allowance"])["age-allowance"]
    assert settle(cast, cycle) == 1
    part = AdjustmentInCycle.objects.get()
    assert (part.amount_fen, part.month, part.number) == (10000, OCTOBER, 1)
    row.refresh_from_db()
    assert (row.state, row.settled_fen) == ("settled", 10000)
    assert settle(cast, cycle) == 0 and look(cast.bureau, whole=True)["made"] == 0
    line = cycle.lines.get(person=person)
    assert line.amount_fen == 5000  # the line says what the month was worth, and nothing else
    cell = queries.months_of(cast.bureau, person).cell(OCTOBER, "age-allowance")
    assert (cell.approved_fen, cell.carried_fen, cell.held_fen) == (5000, 10000, 5000)


def test_a_recovery_in_parts_takes_one_a_month_and_no_more_than_there_is(months, cast, folk, run):
    person = folk["oldest"]
    type(person).objects.filter(pk=person.pk).update(birth_date=dt.date(1935, 1, 9), changed_at=timezone.now())
    look(cast.bureau)
    row = Correction.objects.get(person=person)
    assert row.amount_fen == 15000  # 89 and not 94: 50 instead of 100 yuan, three months
    row = approve(cast, row, cast.town_a, method="instalments", parts=2)
    october = approved_month(cast, run(cast.bureau, OCTOBER), OCTOBER, ["age-allowance"])["age-allowance"]
    november = approved_month(cast, run(cast.bureau, NOVEMBER), NOVEMBER, ["age-allowance"])["age-allowance"]
    settle(cast, october)
    settle(cast, november)
    parts = AdjustmentInCycle.objects.order_by("pk").values_list("amount_fen", "number")
    assert list(parts) == [(-5000, 1), (-5000, 2)]
    row.refresh_from_db()
    assert (row.state, row.settled_fen, row.left_fen) == ("approved", 10000, 5000)


def test_what_the_dead_owe_comes_back_by_repayment_up_to_the_sum(dead, cast, run):
    row = approve(cast, dead, cast.town_a, method="at_once", answers="长子李明")
    october = approved_month(cast, run(cast.bureau, OCTOBER), OCTOBER, ["age-allowance"])["age-allowance"]
    assert settle(cast, october) == 0  # nothing is paid to the dead, so nothing can be deducted
    today = dt.date(2024, 10, 20)

    def repay(fen, slip, version=None):
        row.refresh_from_db()
        return actions.record_repayment(cast.town_a, row.pk, version=version or row.version, amount_fen=fen, on=today,
                                        slip=slip)

    repay(4000, "收001")
    for fen, slip in ((6001, "收002"), (1000, "收001"), (0, "收003"), (1000, " ")):
        with pytest.raises(Refused):
            repay(fen, slip)
    with pytest.raises(Changed):
        repay(1000, "收009", version=1)
    done = repay(6000, "收002")
    assert (done.state, done.settled_fen) == ("settled", 10000) and Repayment.objects.count() == 2
    with pytest.raises(Refused):
        repay(1, "收010")


def test_settled_parts_and_closed_corrections_stay(dead, cast):
    row = approve(cast, dead, cast.town_a, method="at_once", answers="长子李明")
    said = {"amount_fen": 10000, "on": dt.date(2024, 10, 1), "slip": "1"}
    actions.record_repayment(cast.town_a, row.pk, version=row.version, **said)
    for sql in ("UPDATE entitlements_correction SET amount_fen = 1", "DELETE FROM entitlements_correction",
                "UPDATE entitlements_repayment SET amount_fen = 1", "DELETE FROM entitlements_repayment"):
        with pytest.raises(IntegrityError if "UPDATE entitlements_c" in sql else Exception), transaction.atomic(), \
                connection.cursor() as cursor:
            cursor.execute(sql)


def test_the_pages_lead_an_officer_through(dead, cast):
    base = "/services/corrections/"
    town, bureau = people.client_for(cast.town_a), people.client_for(cast.bureau)
    page = town.get(f"{base}?state=proposed").content.decode()
    assert "补发与追回" in page and dead.person.name in page
    one = town.get(f"{base}{dead.pk}/").content.decode()
    assert "2024年8月至2024年9月" in one and "去世" in one and "由谁负责退款" in one
    wrong = town.post(f"{base}{dead.pk}/confirm/", {"method": "at_once", "version": dead.version, "reason": "说明已写"})
    assert wrong.status_code == 422 and "负责退款" in wrong.content.decode() and "说明已写" in wrong.content.decode()
    done = town.post(f"{base}{dead.pk}/confirm/", {"method": "at_once", "answers": "长子", "version": dead.version},
                     follow=True)
    assert "已确认" in done.content.decode()
    dead.refresh_from_db()
    assert "复核通过" not in town.get(f"{base}{dead.pk}/").content.decode()
    assert "复核通过" in bureau.get(f"{base}{dead.pk}/").content.decode()
    told = bureau.post(f"{base}{dead.pk}/approve/", {"version": dead.version}, follow=True).content.decode()
    assert "养补〔" in told and "登记退款" in told
    dead.refresh_from_db()
    paid = town.post(f"{base}{dead.pk}/repay/", {"amount": "100", "on": "2024-10-20", "slip": "A1",
                                                 "version": dead.version}, follow=True)
    assert "已登记100元" in paid.content.decode()
    months = town.get(f"/services/person/{dead.person_id}/months/").content.decode()
    assert "2024年9月" in months and "-50" in months
    for user, status in ((cast.town_b, 404), (cast.stranger, 404), (cast.reviewer, 403), (cast.member, 403)):
        assert people.client_for(user).get(f"{base}{dead.pk}/").status_code == status
    assert people.client_for(cast.village_a).get(f"{base}{dead.pk}/").status_code == 200


def test_a_rejection_needs_a_reason_and_a_page_shows_it(living, cast):
    client = people.client_for(cast.town_b)
    base = f"/services/corrections/{living.pk}/"
    empty = client.post(f"{base}reject/", {"reject-version": living.version, "reject-reason": ""})
    assert empty.status_code == 422
    done = client.post(f"{base}reject/", {"reject-version": living.version, "reject-reason": "评估有误"}, follow=True)
    assert "评估有误" in done.content.decode()
    living.refresh_from_db()
    assert living.state == "rejected" and not living.adjustments.filter(standing="open").exists()


def test_a_cycles_approval_takes_its_corrections_along(months, cast, folk, run):
    """The real approval: what waits is settled in the same transaction as the lines are paid."""
    person = folk["poor"]
    type(person).objects.filter(pk=person.pk).update(birth_date=dt.date(1944, 7, 20), changed_at=timezone.now())
    look(cast.bureau)
    row = approve(cast, Correction.objects.get(), cast.town_b, method="pay")
    cycle = Cycle.objects.create(
        region_id=people.COUNTY, month=OCTOBER, service_id="age-allowance", label={"zh": "高龄津贴"},
        run=run(cast.bureau, OCTOBER), as_of=OCTOBER, pack_hash="x", review_by=OCTOBER, opened_by=cast.dispatcher,
    )
    step(cycle, "check", cast.auditor)
    Cycle.objects.filter(pk=cycle.pk).update(state="checked", checked_by=cast.auditor, checked_at=timezone.now())
    with transaction.atomic():
        done = settle_cycle(cast.bureau, cycle.pk, cycle.version)
    row.refresh_from_db()
    assert done["corrections"] == 1 and row.state == "settled" and row.settlements.get().cycle_id == cycle.pk
