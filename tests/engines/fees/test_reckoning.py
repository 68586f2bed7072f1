"""A month's bill: whole fen, adding up whichever way it is cut, public money first, never below nothing."""

import datetime as dt
import json
from calendar import monthrange
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinian.engines.fees import (
    Absence,
    AwayRule,
    Correction,
    Extra,
    Given,
    Grant,
    Stretch,
    Tariff,
    as_json,
    bill_json,
    day_fen,
    digest,
    from_json,
    month_bed_fen,
    monthly_fen,
    part_of,
    work_out,
)

NOV, DEC = dt.date(2026, 11, 1), dt.date(2026, 12, 1)
LONG_AGO = dt.date(2020, 1, 1)
BED = Tariff("护理型床位费", "bed", 60000, "month", LONG_AGO, "nursing")
PLAIN = Tariff("普通床位费", "bed", 45000, "month", LONG_AGO, "plain")
CARE = Tariff("照料护理费(全护理)", "care", 123457, "month", LONG_AGO, "", (3, 4))
MEALS = Tariff("餐费", "meal", 2000, "day", LONG_AGO)
WHOLE = Stretch(NOV, DEC, "nursing", 4)
AWAY = (AwayRule("leave", 1, {"bed": 100, "care": 0, "meal": 0}), AwayRule("hospital", 3, {"care": 50, "meal": 0}))


def november(**more):
    return replace(Given(NOV, (WHOLE,), (), (BED, PLAIN, CARE, MEALS), AWAY), **more)


days_of_november = st.integers(0, 30).map(lambda n: NOV + dt.timedelta(days=n))
prices = st.builds(
    Tariff, st.sampled_from(["甲", "乙", "丙"]), st.sampled_from(["bed", "care", "meal"]), st.integers(0, 900_000),
    st.sampled_from(["month", "day"]),
    st.sampled_from([LONG_AGO, NOV, NOV + dt.timedelta(days=9), NOV + dt.timedelta(days=22)]),
    st.sampled_from(["", "nursing", "plain"]), st.sampled_from([(), (0, 1, 2), (3, 4)]),
)
absences = st.builds(lambda a, n, kind: Absence(a, a + dt.timedelta(days=n), kind), days_of_november,
                     st.integers(1, 9), st.sampled_from(["leave", "hospital"]))
grants = st.builds(
    Grant, st.sampled_from(["a", "b"]), st.just("补贴"), st.sampled_from(["home", "person"]),
    st.sampled_from([("bed",), ("bed", "care"), ("bed", "care", "meal")]), st.booleans(),
    st.one_of(st.none(), st.integers(0, 300_000)), st.sampled_from(["month", "day"]), days_of_november,
    st.one_of(st.none(), days_of_november),
)
corrections = st.lists(st.integers(-200_000, 200_000).filter(bool), max_size=4).map(
    lambda sums: tuple(Correction(n, f"账单{n}", "少算", fen) for n, fen in enumerate(sums))
)
cases = st.builds(
    lambda tariffs, away, granted, fixed, cut, level: Given(
        NOV, (Stretch(NOV, cut, "plain", level), Stretch(cut, DEC, "nursing", level)), (away,), tuple(tariffs), AWAY,
        tuple(granted), (Extra(NOV, "理发", "other", 1500),), fixed,
    ),
    st.lists(prices, max_size=6, unique_by=lambda one: (one.item, one.since)), absences,
    st.lists(grants, max_size=3), corrections, days_of_november, st.one_of(st.none(), st.integers(0, 4)),
)


@given(st.integers(0, 10_000_000), st.integers(0, 100), st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)))
def test_the_days_of_a_month_add_up_to_the_price_of_the_month(amount, percent, any_day):
    first = any_day.replace(day=1)
    length = monthrange(first.year, first.month)[1]
    each = [day_fen(amount, "month", percent, first + dt.timedelta(days=n)) for n in range(length)]
    assert sum(each) == (amount * percent * 2 + 100) // 200  # the month's share, half a fen up
    assert min(each) >= 0 and max(each) - min(each) <= 1


@given(cases, days_of_november)
def test_a_month_split_at_any_day_adds_up(case, cut):
    charges = replace(case, grants=(), corrections=(), extras=())
    both = work_out(part_of(charges, NOV, cut)), work_out(part_of(charges, cut, DEC))
    assert sum(bill.charged_fen for bill in both) == work_out(charges).charged_fen


@given(cases)
def test_nothing_is_ever_below_nothing_and_the_lines_add_up(case):
    bill = work_out(case)
    assert bill.person_fen >= 0 and 0 <= bill.county_fen <= bill.charged_fen
    assert all(line.amount_fen >= 0 for line in bill.lines if line.kind == "charge")
    assert all(line.amount_fen < 0 for line in bill.lines if line.kind == "subsidy")
    assert sum(line.amount_fen for line in bill.lines) == bill.person_fen
    assert bill.person_fen == bill.charged_fen - bill.county_fen + bill.corrected_fen
    # No correction is lost: what is not put in is carried on.
    assert bill.corrected_fen + sum(bill.carried.values()) == sum(one.amount_fen for one in case.corrections)


@given(cases, days_of_november, days_of_november)
def test_more_days_never_cost_less(case, one, other):
    shorter, longer = sorted([one, other])
    charges = replace(case, grants=(), corrections=(), extras=())
    assert work_out(part_of(charges, NOV, shorter)).charged_fen <= work_out(part_of(charges, NOV, longer)).charged_fen


@given(cases)
@settings(max_examples=60)
def test_what_was_kept_gives_the_same_bill_byte_for_byte(case):
    kept = json.dumps(as_json(case), ensure_ascii=False)
    again = from_json(json.loads(kept))
    assert again == case and digest(as_json(again)) == digest(as_json(case))
    assert json.dumps(bill_json(work_out(again))) == json.dumps(bill_json(work_out(case)))


def test_a_whole_month_costs_its_prices():
    bill = work_out(november())
    assert [(line.text, line.amount_fen) for line in bill.lines] == [
        ("护理型床位费", 60000), ("照料护理费(全护理)", 123457), ("餐费", 60000)]
    assert bill.days == 30 and bill.unknown == ()


def test_a_change_of_bed_charges_each_bed_for_its_days():
    tenth = NOV + dt.timedelta(days=9)
    bill = work_out(november(stretches=(Stretch(NOV, tenth, "plain", 4), Stretch(tenth, DEC, "nursing", 4))))
    beds = {line.text: (line.values["days"], line.amount_fen) for line in bill.lines if line.category == "bed"}
    assert beds == {"普通床位费": (9, 13500), "护理型床位费": (21, 42000)}


def test_on_leave_only_the_bed_is_charged_and_in_hospital_care_by_half_from_the_third_day():
    leave = work_out(november(absences=(Absence(NOV, NOV + dt.timedelta(days=10), "leave"),)))
    assert sum(line.amount_fen for line in leave.lines if line.category == "bed") == 60000
    assert sum(line.amount_fen for line in leave.lines if line.category == "meal") == 40000
    stay = work_out(november(absences=(Absence(NOV, NOV + dt.timedelta(days=5), "hospital"),)))
    assert [(line.values["percent"], line.why, line.values["days"]) for line in stay.lines if line.category == "care"
            ] == [(100, "hospital", 2), (50, "hospital", 3), (100, "present", 25)]
    assert sum(line.values["days"] for line in stay.lines if line.category == "meal" and line.values["percent"]) == 27


def test_a_price_that_rises_within_the_month_holds_from_its_day():
    dearer = replace(MEALS, amount_fen=3000, since=NOV + dt.timedelta(days=20))
    bill = work_out(november(tariffs=(BED, CARE, MEALS, dearer)))
    assert sum(line.amount_fen for line in bill.lines if line.category == "meal") == 20 * 2000 + 10 * 3000


def test_public_money_pays_first_and_no_more_than_is_open():
    tekun = Grant("tekun-central", "特困人员集中供养", "home", ("bed", "care", "meal"), True, None, "month", LONG_AGO)
    more = Grant("b", "护理补贴", "home", ("care",), False, 50000, "month", LONG_AGO)
    assert work_out(november(grants=(tekun, more))).person_fen == 0
    only = work_out(november(grants=(more,)))
    assert (only.county_fen, only.person_fen) == (50000, 60000 + 123457 + 60000 - 50000)
    huge = work_out(november(grants=(replace(more, amount_fen=999_999_00),)))
    assert huge.county_fen == 123457


def test_a_grant_that_goes_to_the_person_is_told_and_lowers_nothing():
    bill = work_out(november(grants=(Grant("c", "高龄津贴", "person", ("bed",), False, 5000, "month", LONG_AGO),)))
    assert bill.county_fen == 0 and [line.why for line in bill.lines if line.kind == "told"] == ["to_person"]


def test_what_is_given_back_beyond_the_bill_waits_for_the_next():
    bill = work_out(november(corrections=(Correction(7, "账单", "多算", -400_000),)))
    assert bill.person_fen == 0 and bill.carried == {7: -400_000 + 243457}


def test_a_level_that_is_not_known_is_said_and_not_guessed():
    bill = work_out(november(stretches=(replace(WHOLE, level=None),)))
    assert bill.unknown == ("level",) and not [line for line in bill.lines if line.category == "care"]
    assert work_out(november(tariffs=(BED,))).unknown == ("price:care", "price:meal")


def test_two_stretches_at_one_time_are_an_error():
    with pytest.raises(ValueError, match="two stretches"):
        work_out(november(stretches=(WHOLE, WHOLE)))


def test_the_monthly_bed_fee_is_that_of_the_bed_and_the_day():
    tariffs = (BED, PLAIN, CARE, MEALS)
    assert month_bed_fen(tariffs, WHOLE, NOV) == 60000
    assert month_bed_fen((MEALS,), WHOLE, NOV) is None
    assert monthly_fen(tariffs, WHOLE, NOV) == 243457 and monthly_fen((BED,), WHOLE, NOV) is None
