"""Getting money back by hand from somebody who is paid nothing any more: an item with its day, parts, giving it up."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.adjustments.test_decisions import approve, dead, living, pdf  # noqa: F401
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import AuditRow
from yinian.core.roles import Role
from yinian.entitlements.adjustments import actions, recovering
from yinian.entitlements.determinations import actions as grants
from yinian.entitlements.models import Correction, Determination, WriteOff

pytestmark = pytest.mark.django_db
TODAY = dt.date(2024, 10, 20)


def items(kind="entitlements.recover"):
    return list(WorkItem.objects.filter(kind=kind, state="open").order_by("pk"))


@pytest.fixture
def owed(dead, cast):  # noqa: F811
    """100 yuan of a deceased person, confirmed and checked."""
    return approve(cast, dead, cast.town_a, method="at_once", answers="长子李明")


def repay(cast, row, fen, slip):
    row.refresh_from_db()
    return actions.record_repayment(cast.town_a, row.pk, version=row.version, amount_fen=fen, on=TODAY, slip=slip)


def give_up(actor, row, **said):
    row.refresh_from_db()
    said.setdefault("reason", "家属已外迁，多次联系未果")
    return recovering.propose_write_off(actor, row.pk, version=row.version, **said)


def test_what_nothing_can_be_deducted_from_is_put_on_the_towns_desk_with_the_packs_day(owed, cast):
    (item,) = items()
    assert item.region_id == people.TOWN_A and item.role == Role.TOWN_OFFICER
    assert item.due_on == add_working_days(timezone.localdate(), 22)  # the test pack's recovery
    assert item.params["left"] == "100" and str(owed.pk) in item.url
    assert [row.pk for row in recovering.by_hand(Correction.objects.all())] == [owed.pk]


def test_somebody_still_paid_has_it_deducted_until_the_grant_stops(living, cast):  # noqa: F811
    row = approve(cast, living, cast.town_b, method="instalments", parts=2)
    assert not items()
    with pytest.raises(Refused):
        give_up(cast.town_b, row)
    grant = Determination.objects.get(person=row.person, service_id=row.service_id)
    proposal = grants.propose(cast.town_b, grant.pk, "stop", dt.date(2024, 11, 1), "已迁往外省")
    grants.confirm(cast.bureau, proposal.pk, proposal.version)
    (item,) = items()
    assert item.region_id == people.TOWN_B


def test_money_comes_back_in_parts_each_with_a_new_term_until_all_is_there(owed, cast):
    (first,) = items()
    repay(cast, owed, 4000, "收001")
    (second,) = items()
    first.refresh_from_db()
    assert first.state == "done" and "40" in first.outcome and second.pk != first.pk and second.params["left"] == "60"
    done = repay(cast, owed, 6000, "收002")
    assert done.state == "settled" and not items()


def test_giving_it_up_takes_a_reason_and_a_second_human(owed, cast):
    repay(cast, owed, 4000, "收001")
    with pytest.raises(Refused):
        give_up(cast.town_a, owed, reason=" ")
    for actor, error in ((cast.village_a, Forbidden), (cast.town_b, NotVisible), (cast.stranger, NotVisible)):
        with pytest.raises(error):
            give_up(actor, owed)
    made = give_up(cast.town_a, owed, paper=pdf())
    assert made.amount_fen == 6000 and made.document is not None and len(items("entitlements.write_off")) == 1
    with pytest.raises(Refused):
        give_up(cast.town_a, owed)
    with pytest.raises((Forbidden, NotVisible)):
        recovering.approve_write_off(cast.town_a, made.pk, made.version)
    with pytest.raises(Changed):
        recovering.approve_write_off(cast.bureau, made.pk, made.version + 1)
    done = recovering.approve_write_off(cast.bureau, made.pk, made.version)
    owed.refresh_from_db()
    assert done.state == "approved" and (owed.state, owed.settled_fen, owed.written_off_fen, owed.left_fen) == (
        "settled", 4000, 6000, 0)
    assert not items() and not items("entitlements.write_off")
    assert AuditRow.objects.filter(action="entitlements.write_off_approved", object_id=str(owed.pk)).count() == 1
    with pytest.raises(Refused):
        repay(cast, owed, 100, "收003")


def test_whoever_proposed_it_does_not_decide_it_and_the_database_holds_that(owed, cast):
    made = give_up(cast.bureau, owed)
    with pytest.raises(Refused):
        recovering.approve_write_off(cast.bureau, made.pk, made.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        WriteOff.objects.filter(pk=made.pk).update(
            state="approved", checker=cast.dispatcher, checker_key=made.maker_key, checked_at=made.made_at)
    with pytest.raises(IntegrityError), transaction.atomic():  # a sum cannot go without a decided write-off
        Correction.objects.filter(pk=owed.pk).update(written_off_fen=owed.amount_fen, state="settled")
    other = people.make_user("second", Role.BUREAU_OFFICER)
    with pytest.raises(Refused):
        recovering.reject_write_off(other, made.pk, made.version, " ")
    kept = recovering.reject_write_off(other, made.pk, made.version, "先与继承人协商分期")
    assert kept.state == "rejected" and len(items()) == 1
    for sql in ("UPDATE entitlements_writeoff SET amount_fen = 1", "DELETE FROM entitlements_writeoff"):
        with pytest.raises(Exception, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_money_that_comes_back_meanwhile_lowers_what_is_given_up(owed, cast):
    made = give_up(cast.town_a, owed)
    repay(cast, owed, 4000, "收001")
    made.refresh_from_db()
    assert made.amount_fen == 6000 and made.state == "proposed"
    with pytest.raises(Changed):
        recovering.approve_write_off(cast.bureau, made.pk, 1)  # what the checker saw is not so any more
    repay(cast, owed, 6000, "收002")
    made.refresh_from_db()
    assert made.state == "dropped" and not items("entitlements.write_off") and not items()


def test_the_page_asks_the_database_a_bounded_number_of_times(owed, cast, django_assert_max_num_queries):
    give_up(cast.town_a, owed)
    client = people.client_for(cast.bureau)
    for address in (f"/services/corrections/{owed.pk}/", "/services/corrections/?by_hand=1"):
        client.get(address)
        with django_assert_max_num_queries(30):
            assert client.get(address).status_code == 200


def test_the_page_leads_through_getting_it_back(owed, cast):
    base = f"/services/corrections/{owed.pk}/"
    town, bureau = people.client_for(cast.town_a), people.client_for(cast.bureau)
    page = town.get(base).content.decode()
    assert "人工追回" in page and "off-reason" in page
    assert owed.person.name in town.get("/services/corrections/?by_hand=1").content.decode()
    owed.refresh_from_db()
    empty = town.post(f"{base}write-off/", {"off-reason": "", "off-version": owed.version})
    assert empty.status_code == 422
    done = town.post(f"{base}write-off/", {"off-reason": "无遗产，继承人下落不明", "off-version": owed.version},
                     follow=True)
    assert "无遗产" in done.content.decode()
    waiting = WriteOff.objects.get()
    assert "write-off/approve" not in town.get(base).content.decode()
    kept = bureau.post(f"{base}write-off/reject/", {"keep-reason": "再联系一次", "keep-version": waiting.version},
                       follow=True).content.decode()
    assert "再联系一次" in kept
    owed.refresh_from_db()
    town.post(f"{base}write-off/", {"off-reason": "仍无下落", "off-version": owed.version})
    waiting = WriteOff.objects.get(state="proposed")
    told = bureau.post(f"{base}write-off/approve/", {"version": waiting.version}, follow=True).content.decode()
    assert "核销" in told
    owed.refresh_from_db()
    assert owed.state == "settled"
