"""The arithmetic of a payment report: every payment is agreed or found, and the sums add up."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yinian.entitlements.reconciliation import frames
from yinian.entitlements.reconciliation.sheet import folded, month_of

JULY, AUGUST = dt.date(2026, 7, 1), dt.date(2026, 8, 1)
NOBODY = pl.DataFrame(schema=frames.GONE)
NO_OTHERS = pl.DataFrame(schema={name: frames.EXPECTED[name] for name in (*frames.KEYS, "fen")})
NOT_COMPLETE = pl.DataFrame(schema={"service_id": pl.String, "month": pl.Date})
COMPLETE = pl.DataFrame([("a", JULY)], schema={"service_id": pl.String, "month": pl.Date}, orient="row")


def lines(*rows):
    """(person or None, fen) of service a in July; each payee has one number, a stranger one of their own."""
    return pl.DataFrame(
        [(n, 1000 + n if person is None else person, person, "a", JULY, fen)
         for n, (person, fen) in enumerate(rows, 2)], schema=frames.LINES, orient="row")


def expected(*rows):
    """(person, fen or None, claimed) of service a in July."""
    return pl.DataFrame([(p, "a", JULY, fen, claimed) for p, fen, claimed in rows], schema=frames.EXPECTED,
                        orient="row")


def others(*rows):
    return pl.DataFrame([(p, "a", JULY, fen) for p, fen in rows], schema=NO_OTHERS.schema, orient="row")


def gone(*rows):
    return pl.DataFrame([(p, JULY, why) for p, why in rows], schema=frames.GONE, orient="row")


def kinds(judged):
    return {row["person_id"]: (row["kind"], row["agreed_fen"], row["over_fen"], row["short_fen"])
            for row in judged.iter_rows(named=True)}


@pytest.mark.parametrize(("said", "due", "kind", "sums"), [
    ([(1, 100)], [(1, 100, True)], "agreed", (100, 0, 0)),
    ([(1, 100)], [], "not_due", (0, 100, 0)),
    ([(1, 80)], [(1, 100, True)], "different", (80, 0, 20)),
    ([(1, 120)], [(1, 100, True)], "different", (100, 20, 0)),
    ([(1, 100), (1, 100)], [(1, 100, True)], "twice", (100, 100, 0)),
    ([(1, 60), (1, 40)], [(1, 100, True)], "agreed", (100, 0, 0)),  # two parts of one sum are no fault
    ([(1, 77)], [(1, None, True)], "agreed", (77, 0, 0)),  # due, but no monthly amount is known
    ([(1, 100)], [(1, 100, False)], "agreed", (100, 0, 0)),
])
def test_each_payment_finds_its_kind(said, due, kind, sums):
    judged = frames.judge(lines(*said), NO_OTHERS, expected(*due), NOBODY, NOT_COMPLETE)
    assert kinds(judged) == {1: (kind, *sums)}


def test_who_is_not_in_a_complete_report_was_not_paid_and_only_who_had_a_claim():
    due = expected((1, 100, True), (2, 100, True), (3, 100, False))
    judged = frames.judge(lines((1, 100)), NO_OTHERS, due, NOBODY, COMPLETE)
    assert kinds(judged) == {1: ("agreed", 100, 0, 0), 2: ("unpaid", 0, 0, 100)}
    assert frames.judge(lines((1, 100)), NO_OTHERS, due, NOBODY, NOT_COMPLETE).height == 1


def test_the_dead_and_those_who_moved_are_owed_nothing_even_if_approved():
    due = expected((1, 100, True), (2, 100, True), (3, 100, True))
    left = gone((1, "dead"), (2, "moved"), (3, "dead"))
    judged = frames.judge(lines((1, 100), (2, 50)), NO_OTHERS, due, left, COMPLETE)
    assert kinds(judged) == {1: ("dead", 0, 100, 0), 2: ("moved", 0, 50, 0)}  # of the third nothing was paid: right


def test_a_stranger_is_found_by_payee_not_by_person():
    judged = frames.judge(lines((None, 100), (None, 50)), NO_OTHERS, expected(), NOBODY, COMPLETE)
    assert judged["kind"].to_list() == ["unknown", "unknown"] and judged["payee"].n_unique() == 2


def test_what_another_report_paid_before_fills_what_was_due_first():
    whole = frames.judge(lines((1, 100)), others((1, 100)), expected((1, 100, True)), NOBODY, NOT_COMPLETE)
    assert kinds(whole) == {1: ("twice", 0, 100, 0)}
    part = frames.judge(lines((1, 40)), others((1, 60)), expected((1, 100, True)), NOBODY, NOT_COMPLETE)
    assert kinds(part) == {1: ("agreed", 40, 0, 0)}
    none = frames.judge(lines(), others((1, 100)), expected((1, 100, True)), NOBODY, COMPLETE)
    assert none.is_empty()  # the other report has paid it
    open_ = frames.judge(lines((1, 40)), others((1, 60)), expected((1, None, True)), NOBODY, NOT_COMPLETE)
    assert kinds(open_) == {1: ("twice", 0, 40, 0)}


_LINE = st.tuples(st.one_of(st.none(), st.integers(1, 6)), st.integers(1, 300))
_DUE = st.dictionaries(st.integers(1, 6), st.tuples(st.one_of(st.none(), st.integers(1, 300)), st.booleans()))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(_LINE, max_size=14), _DUE, st.dictionaries(st.integers(1, 6), st.integers(1, 300)),
    st.dictionaries(st.integers(1, 6), st.sampled_from(["dead", "moved"])), st.booleans(),
)
def test_paid_is_agreed_and_findings_and_every_line_stands_in_one_row(said, due, before, left, whole):
    paid = lines(*said)
    judged = frames.judge(
        paid, others(*before.items()), expected(*((p, fen, c) for p, (fen, c) in due.items())),
        gone(*left.items()), COMPLETE if whole else NOT_COMPLETE,
    )
    sums = frames.balance(judged)
    assert sums.paid_fen == int(paid["fen"].sum()) and sums.lines == paid.height
    assert sums.paid_fen == sums.agreed_fen + sums.over_fen
    found = frames.by_kind(judged)
    assert sums.over_fen == sum(row["over_fen"] for row in found.values())
    assert sums.short_fen == sum(row["short_fen"] for row in found.values())
    assert sums.lines == sums.agreed_lines + sum(row["rows"] for row in found.values())
    rows = judged.filter(pl.col("person_id").is_not_null())
    assert rows["person_id"].n_unique() == rows.height
    assert (judged["expected_fen"] == judged["agreed_fen"] + judged["short_fen"]).all()


@pytest.mark.parametrize(("text", "month"), [
    ("2026-07", JULY), ("202607", JULY), ("2026年7月", JULY), ("2026/7", JULY), ("2026.07", JULY),
    ("2026年07月份", JULY),
    ("2026-07-15", JULY), ("2026-07-01 00:00:00", JULY), ("2026年7月15日", JULY), ("２０２６－０８", AUGUST),
    ("七月", None), ("2026", None), ("2026-13", None), ("07-2026", None), ("20260", None), ("", None),
])
def test_a_month_is_read_as_offices_write_it(text, month):
    assert month_of(text) == month


def test_a_payment_item_is_compared_without_width_and_blanks():
    assert folded(" 高龄 津贴（８０岁） ") == "高龄津贴(80岁)"
