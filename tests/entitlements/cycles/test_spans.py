"""Services paid once a year or once only: paid in the first month a person is due, and never a second time."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.adjustments.conftest import known_from
from tests.entitlements.adjustments.test_recalculation import died, look
from tests.entitlements.conftest import SERVICES
from tests.entitlements.cycles.conftest import JULY, JUNE, MAY, approve_now, open_now
from yinian.core.errors import Refused
from yinian.core.models import Job
from yinian.entitlements.cycles import opening
from yinian.entitlements.models import Correction, CycleLine, Determination, Proposal

pytestmark = pytest.mark.django_db
JANUARY, FEBRUARY = dt.date(2025, 1, 1), dt.date(2025, 2, 1)


@pytest.fixture
def paid(pack):
    """``paid("year")``: the age allowance is paid by this period."""

    def go(period):
        (pack / "services" / "10.yaml").write_text(SERVICES.replace("period: month", f"period: {period}", 1), "utf-8")

    return go


def turning(name="刘翠英", born=dt.date(1944, 6, 15)):
    """Somebody who comes of 80 between June and July 2024."""
    person = people.make_person(people.B1, name, birth=born)
    people.make_spell(person, "relief", "none")
    return person


def assert_nobody_left(team, month):
    with pytest.raises(Refused, match="没有待发放的人员"):
        open_now(team.bureau, month, ("age-allowance",))
    Job.objects.filter(state=Job.State.RUNNING).update(state=Job.State.FAILED, finished_at=timezone.now())


def lines(cycle):
    return {line.person.name: (line.change, line.amount_fen, line.paid)
            for line in cycle.lines.select_related("person")}


def test_a_yearly_amount_is_paid_once_a_year_to_whoever_becomes_due_in_it(paid, through, folk, county_team):
    paid("year")
    fresh = turning()
    june = through(JUNE)
    assert june.unit == "year" and lines(june) == {"李桂花": ("new", 5000, True), "周秀英": ("new", 10000, True)}
    assert set(Determination.objects.values_list("unit", flat=True)) == {"year"}
    assert lines(through(JULY)) == {fresh.name: ("new", 5000, True)}
    assert_nobody_left(county_team, dt.date(2024, 8, 1))
    january = through(JANUARY)
    assert {name: row[::2] for name, row in lines(january).items()} == {
        "李桂花": ("same", True), "周秀英": ("same", True), fresh.name: ("same", True)}


def test_a_yearly_grant_of_somebody_who_died_still_stops(paid, through, folk):
    paid("year")
    through(JUNE)
    died(folk["old"], dt.date(2024, 6, 20))
    assert lines(through(JULY, until="open")) == {"李桂花": ("stopped", 0, False)}


def test_a_once_only_amount_is_paid_once_in_a_life(paid, through, folk, county_team, run):
    paid("once")
    june = through(JUNE)
    assert june.unit == "once" and len(lines(june)) == 2
    for month in (JULY, JANUARY):
        assert_nobody_left(county_team, month)
    died(folk["old"], dt.date(2024, 6, 20))
    run(county_team.bureau, JULY)
    assert not Proposal.objects.exists()  # what was given once has nothing left to stop


def test_the_database_holds_once_a_year_and_once_only(paid, through, folk, county_team):
    for period, month, name in (("year", JULY, "cycleline_paid_once_a_year"), ("once", FEBRUARY, "paid_once_only")):
        paid(period)
        service = f"age-allowance-{period}"
        cycle = through(JUNE if period == "year" else JANUARY, until="open")
        made = type(cycle).objects.create(
            region_id=people.COUNTY, month=month, service_id=service, unit=period, run=cycle.run, as_of=month,
            pack_hash="x", review_by=month, opened_by=county_team.bureau)
        earlier = type(cycle).objects.create(
            region_id=people.COUNTY, month=dt.date(month.year, 1, 1), service_id=service, unit=period, run=cycle.run,
            as_of=month, pack_hash="x", review_by=month, opened_by=county_team.bureau)
        given = {"service_id": service, "person": folk["old"], "region_code": people.A1, "amount_fen": 5000,
                 "change": "new", "state": "accepted", "paid": True, "reviewed_by": county_team.town_a,
                 "reviewed_at": timezone.now(), "unit": period}
        CycleLine.objects.create(cycle=earlier, month=earlier.month, **given)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            CycleLine.objects.create(cycle=made, month=month, **given)
        with pytest.raises(IntegrityError, match="fit"), transaction.atomic():
            CycleLine.objects.create(cycle=made, month=month, **{**given, "unit": "month"})
        type(cycle).objects.filter(pk=cycle.pk).update(
            state="cancelled", cancelled_by=county_team.bureau, cancelled_at=timezone.now(), reason="重开")


def test_what_a_report_paid_counts_and_a_merged_entry_is_the_same_person(paid, through, folk):
    paid("once")
    through(JUNE)
    kept = folk["alone"]
    assert folk["old"].pk in opening.paid_in_span("age-allowance", "once", JANUARY).to_list()
    type(kept).objects.filter(pk=folk["old"].pk).update(merged_into=kept, state="merged")
    assert kept.pk in opening.paid_in_span("age-allowance", "once", JANUARY).to_list()
    assert not opening.paid_in_span("age-allowance", "year", JANUARY).to_list()


@pytest.mark.parametrize("period", ["year", "once"])
def test_looking_again_asks_for_one_payment_over_all_months(paid, through, folk, county_team, period):
    paid(period)
    turning()
    known_from(dt.datetime(2024, 3, 1, tzinfo=dt.UTC))
    through(JUNE)
    through(JULY)
    for whole in (False, True):
        look(county_team.bureau, whole=whole)
        assert not Correction.objects.exists()
    # Due already in June, as is learned late: once, in the first month, and not again when looked at again.
    late = people.make_person(people.B1, "何冬秀", birth=dt.date(1940, 1, 1))
    people.make_spell(late, "relief", "none")
    for whole in (False, True, False):
        look(county_team.bureau, whole=whole)
        found = Correction.objects.get()
        assert (found.person, found.kind, found.amount_fen, found.months, found.first_month) == (
            late, "arrears", 5000, 1, JUNE)


def test_a_month_before_the_first_is_left_to_arrears_and_a_second_hand_does_not_pay(paid, through, folk, county_team):
    """Paid by another cycle between opening and approval: the line is held, not paid twice."""
    paid("once")
    cycle = through(JUNE, until="checked")
    other = type(cycle).objects.create(
        region_id=people.NEIGHBOUR, month=MAY, service_id="age-allowance", unit="once", run=cycle.run, as_of=MAY,
        pack_hash="x", review_by=MAY, opened_by=county_team.stranger)
    CycleLine.objects.create(
        cycle=other, service_id="age-allowance", month=MAY, unit="once", person=folk["old"], amount_fen=5000,
        region_code=people.NEIGHBOUR + "100201", change="new", state="accepted", paid=True,
        reviewed_by=county_team.stranger, reviewed_at=timezone.now())
    approve_now(county_team.approver, cycle)
    line = cycle.lines.get(person=folk["old"])
    assert not line.paid and line.state == "held" and "只发放一次" in line.reason
