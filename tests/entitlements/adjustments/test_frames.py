"""The arithmetic of past months: looking at whom late knowledge touches gives what running every month anew gives."""

import datetime as dt
from collections.abc import Iterator

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.entitlement.making import a_pack, service
from yinian.engines.entitlement import DUE
from yinian.entitlements.adjustments import frames
from yinian.entitlements.frames import outcomes

PACK = a_pack(
    service("small", "relief = 'dibao'", amount=3000, higher_of="relief"),
    service("large", "relief = 'dibao'", "ability_level >= 2", amount="5000 + ability_level * 1000",
            higher_of="relief"),
    service("old", "age >= 80", amount="CASE WHEN age >= 90 THEN 10000 ELSE 5000 END"),
)
NUMBERS = {"small": 1, "large": 2, "old": 3}
NAMES = {number: name for name, number in NUMBERS.items()}
MONTHS = [dt.date(2026, month, 1) for month in range(1, 7)]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PEOPLE = range(1, 6)
BIRTHS = {1: dt.date(1946, 3, 20), 2: dt.date(1936, 4, 2), 3: dt.date(1950, 1, 1), 4: dt.date(1944, 2, 29), 5: None}

# Days since the start: when something began, when it ended (None: not), when it was learned, when taken back.
_DAY = st.one_of(st.integers(-60, 170), st.none())  # none: from ever
_SPELL = st.tuples(
    st.sampled_from(list(PEOPLE)), st.sampled_from(["relief", "ability", "death"]), st.integers(0, 4), _DAY,
    st.one_of(st.none(), st.integers(1, 120)), st.integers(0, 200), st.one_of(st.none(), st.integers(0, 60)),
)
HISTORIES = st.lists(_SPELL, max_size=12)


def at(days: int) -> dt.datetime:
    return START + dt.timedelta(days=days)


def held_days(starts: int | None, length: int | None) -> tuple[dt.date | None, dt.date | None]:
    """From which day something held (none: from ever), and the first day on which it no longer did."""
    first = None if starts is None else (START + dt.timedelta(days=starts)).date()
    return first, None if length is None else (first or START.date()) + dt.timedelta(days=length)


def facts(history: list, as_of: dt.date, known: dt.datetime) -> pl.DataFrame:
    """What was believed at a moment about a day."""
    rows = []
    for person in PEOPLE:
        row = {"person_id": str(person), "region_code": "430681101202", "birth_date": BIRTHS[person], "relief": "none",
               "ability_level": None}
        alive = True
        for who, kind, value, starts, length, learned, back in history:
            first, last = held_days(starts, length)
            if who != person or not ((first is None or first <= as_of) and (last is None or as_of < last)):
                continue
            if at(learned) > known or (back is not None and at(learned + back) <= known):
                continue
            if kind == "death":
                alive = False
            elif kind == "relief":
                row["relief"] = "dibao" if value > 1 else "none"
            else:
                row["ability_level"] = value
        if alive:
            rows.append(row)
    schema = {"person_id": pl.String, "region_code": pl.String, "birth_date": pl.Date, "relief": pl.String,
              "ability_level": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def due(history: list, month: dt.date, known: dt.datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is due for a month as believed at a moment, and what cannot be said."""
    found = outcomes(PACK, facts(history, month, known), month, NUMBERS).with_columns(
        pl.col("service").replace_strict(NAMES, return_dtype=pl.String).alias("service_id"),
        pl.lit(month).alias("month"), pl.col("amount_fen").alias("fen"),
    )
    money = found.filter((pl.col("status") == DUE) & (pl.col("fen") > 0)).select(*frames.AMOUNTS)
    return money, found.filter(pl.col("status") == 2).select(frames.KEYS)


def changes(history: list) -> pl.DataFrame:
    """The history as a recalculation sees it: every record made or taken back, with the days it speaks of."""
    rows = []
    for who, _kind, _value, starts, length, learned, back in history:
        first, last = held_days(starts, length)
        rows.append((who, first, last, at(learned)))
        if back is not None:
            rows.append((who, first, last, at(learned + back)))
    return pl.DataFrame(rows, schema=frames.CHANGES, orient="row")


def compare(history: list, settled: pl.DataFrame, approved: pl.DataFrame, known: dt.datetime,
            pairs: pl.DataFrame | None, closed: list[dt.date]) -> pl.DataFrame:
    """Differences of the closed months as known at a moment, of the touched pairs only or of everybody."""
    empty = pl.DataFrame(schema=frames.AMOUNTS)
    parts = []
    for month in closed:
        money, unknown = due(history, month, known)
        held = frames.held(approved.filter(pl.col("month") == month), settled.filter(pl.col("month") == month),
                           empty, empty)
        parts.append(frames.differences(held, money).join(unknown, on=frames.KEYS, how="anti"))
    found = pl.concat(parts) if parts else pl.DataFrame(schema=frames.DIFFERENCES)
    return found if pairs is None else frames.within(found, pairs)


def as_settled(found: pl.DataFrame) -> pl.DataFrame:
    return found.select(*frames.KEYS, fen="difference_fen")


def months_frame(closed: list[dt.date], since: dict[dt.date, dt.datetime]) -> pl.DataFrame:
    return pl.DataFrame([(m, m, since[m]) for m in closed], schema=frames.MONTHS, orient="row")


def lived(history: list, looks: list[int]) -> Iterator[tuple[pl.DataFrame, ...]]:
    """The months go by: each is approved on its 5th as known then, and at ``looks`` past months are looked at again.

    Yields at each look: approved so far, settled before it, found among those touched, closed months, the moment.
    """
    approved, settled = pl.DataFrame(schema=frames.AMOUNTS), pl.DataFrame(schema=frames.AMOUNTS)
    since: dict[dt.date, dt.datetime] = {}
    closed: list[dt.date] = []
    moments = sorted([(dt.datetime(m.year, m.month, 5, tzinfo=dt.UTC), m) for m in MONTHS]
                     + [(at(look), None) for look in looks], key=lambda pair: (pair[0], pair[1] is None))
    for moment, month in moments:
        if month is not None:
            approved = frames.total(approved, due(history, month, moment)[0])
            since[month] = moment
            closed.append(month)
            continue
        pairs = frames.touched(changes(history), months_frame(closed, since))
        found = compare(history, settled, approved, moment, pairs, closed)
        yield approved, settled, found, closed, moment
        settled = frames.total(settled, as_settled(found))
        since = dict.fromkeys(closed, moment)


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.lists(st.integers(0, 230), min_size=1, max_size=4))
def test_looking_at_the_touched_equals_running_every_month_anew_for_everybody(history, looks):
    for approved, settled, found, closed, moment in lived(history, looks):
        anew = compare(history, settled, approved, moment, None, closed)
        assert found.sort(frames.KEYS).equals(anew.sort(frames.KEYS))


@settings(max_examples=40, deadline=None)
@given(HISTORIES, st.lists(st.integers(0, 230), min_size=1, max_size=4))
def test_what_was_paid_and_all_corrections_add_up_to_what_was_due(history, looks):
    for approved, settled, found, closed, moment in lived(history, looks):
        whole = frames.total(approved, settled, as_settled(found))
        parts = [due(history, month, moment) for month in closed]
        money = frames.total(*(part[0] for part in parts))
        unknown = pl.concat([NONE.select(frames.KEYS), *(part[1] for part in parts)])
        said = whole.join(unknown, on=frames.KEYS, how="anti")
        assert said.sort(frames.KEYS).equals(money)


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.lists(st.integers(0, 230), min_size=1, max_size=3))
def test_looking_twice_on_the_same_knowledge_finds_nothing_new(history, looks):
    for approved, settled, found, closed, moment in lived(history, looks):
        again = compare(history, frames.total(settled, as_settled(found)), approved, moment, None, closed)
        assert again.is_empty()


def amounts(*rows: tuple[int, str, int, int]) -> pl.DataFrame:
    """(person, service, month of 2026, fen)."""
    return pl.DataFrame([(p, s, dt.date(2026, m, 1), fen) for p, s, m, fen in rows], schema=frames.AMOUNTS,
                        orient="row")


NONE = amounts()


def test_a_report_of_what_was_paid_takes_the_place_of_what_was_approved_for_whom_it_names():
    approved = amounts((1, "a", 7, 100), (2, "a", 7, 100), (3, "a", 7, 100))
    reported = amounts((1, "a", 7, 60), (3, "a", 7, 0))
    held = frames.held(approved, NONE, reported, NONE)
    assert held.sort("person_id")["fen"].to_list() == [60, 100]  # of the third nothing was paid


def test_what_went_with_a_months_payment_for_other_months_is_on_account_of_those():
    approved = amounts((1, "a", 7, 100), (1, "a", 10, 100))
    settled, carried = amounts((1, "a", 7, 50)), amounts((1, "a", 10, 50))
    plain = frames.held(approved, settled, NONE, carried)
    assert dict(zip(plain["month"].to_list(), plain["fen"].to_list(), strict=True)) == {
        dt.date(2026, 7, 1): 150, dt.date(2026, 10, 1): 100}
    reported = frames.held(approved, settled, amounts((1, "a", 10, 150)), carried)
    assert reported.sort("month")["fen"].to_list() == [150, 100]


def test_a_refusal_stands_until_the_amount_is_another():
    refused = amounts((1, "a", 7, 100), (2, "a", 7, 100))
    left = frames.after_review(amounts((1, "a", 7, 100), (2, "a", 7, 200)), refused)
    assert left.rows() == [(2, "a", dt.date(2026, 7, 1), 200)]


def test_what_was_rejected_is_not_asked_again_as_it_stands():
    found = frames.differences(amounts((1, "a", 7, 100), (2, "a", 7, 100)), amounts((1, "a", 7, 200), (2, "a", 7, 300)))
    rejected = found.filter(pl.col("person_id") == 1).with_columns(due_fen=pl.col("due_fen")).drop("difference_fen")
    assert frames.fresh(found, rejected)["person_id"].to_list() == [2]
    moved_on = rejected.with_columns(due_fen=pl.lit(250, pl.Int64))
    assert frames.fresh(found, moved_on).height == 2


@given(st.integers(1, 10**7), st.integers(1, 36), st.lists(st.integers(0, 10**6), min_size=80, max_size=80))
def test_monthly_parts_end_at_the_sum_and_never_exceed_the_months_room(total, months, rooms):
    done = 0
    for room in rooms:
        part = frames.part_now(total, done, months, room)
        assert 0 <= part <= room and part <= -(-total // months)
        done += part
    assert done <= total
    if min(rooms) >= -(-total // months):
        assert done == total


def test_changed_facts_are_those_the_rules_read():
    before = pl.DataFrame({"person_id": ["1", "2"], "relief": ["none", "none"], "sex": ["male", "male"]})
    now = pl.DataFrame({"person_id": ["1", "3"], "relief": ["dibao", "dibao"], "sex": ["female", "male"]})
    found = frames.changed_facts(before, now, {"small": ["relief"], "other": ["not_there"]})
    assert found.rows() == [(1, "relief", "none", "dibao")]
