"""Assessors beside their peers: who is flagged and why, who is not, and how little is said of small numbers."""

import random
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.scale.making import GBT, LTCI, TEKUN, answers

from yinian.engines.scale import ScaleError, score
from yinian.engines.scale.quality import (
    LEAST_ASSESSMENTS,
    LEAST_PEERS,
    AssessorQuality,
    Figure,
    compare_assessors,
    item_points,
)

SCHEMA = {
    "assessor": pl.String,
    "items": pl.List(pl.Int64),
    "level": pl.Int64,
    "minutes": pl.Float64,
    "overturned": pl.Boolean,
}
Row = dict[str, Any]


def level_of(points: list[int]) -> int:
    total = sum(points)
    return next(level.level for level in GBT.levels if level.min is not None and total >= level.min)


def assessed(rng: random.Random, assessor: str, shift: float = 0.0) -> Row:
    """One assessment of somebody; `shift` is how much better the people are whom this assessor sees."""
    able = min(1.0, max(0.0, rng.betavariate(2, 1.2) + shift))
    points = [min(item.max, max(0, round(item.max * able + rng.gauss(0, 0.6)))) for item in GBT.items]
    return {
        "assessor": assessor,
        "items": points,
        "level": level_of(points),
        "minutes": rng.lognormvariate(3.6, 0.3),
        "overturned": rng.random() < 0.15 if rng.random() < 0.3 else None,
    }


def county(seed: int, assessors: int = 10, each: tuple[int, int] = (40, 80), between: float = 0.03) -> list[Row]:
    """Assessors who differ only by whom they see."""
    rng = random.Random(seed)
    rows = []
    for number in range(assessors):
        shift = rng.gauss(0, between)
        rows += [assessed(rng, f"a{number:02}", shift) for _ in range(rng.randint(*each))]
    return rows


def compared(rows: list[Row]) -> dict[str, AssessorQuality]:
    found = compare_assessors(pl.DataFrame(rows, schema=SCHEMA), GBT, 2)
    assert [entry.assessor for entry in found] == sorted({row["assessor"] for row in rows})
    return {entry.assessor: entry for entry in found}


def flagged(found: dict[str, AssessorQuality]) -> set[tuple[str, str]]:
    return {(name, flag.measure) for name, entry in found.items() for flag in entry.flags}


# Who is flagged.


def hurried(row: Row, rng: random.Random) -> None:
    row["minutes"] /= 3


def copying(row: Row, rng: random.Random) -> None:
    if rng.random() < 0.4:
        row["items"] = [2] * 26 if rng.random() < 0.5 else [1] * 26
        row["items"] = [min(points, item.max) for points, item in zip(row["items"], GBT.items, strict=True)]
        row["level"] = level_of(row["items"])


def always_alike(row: Row, rng: random.Random) -> None:
    row["items"][3], row["items"][14] = 3, 2
    row["level"] = level_of(row["items"])


def severe(row: Row, rng: random.Random) -> None:
    row["items"] = [max(0, points - (rng.random() < 0.8)) for points in row["items"]]
    row["level"] = level_of(row["items"])


def pushing(row: Row, rng: random.Random) -> None:
    """Totals just above the cut-off of level 2 are brought just below it."""
    for place in range(26):
        while 65 < sum(row["items"]) <= 72 and row["items"][place]:
            row["items"][place] -= 1
    row["level"] = level_of(row["items"])


def mistaken(row: Row, rng: random.Random) -> None:
    if row["overturned"] is not None:
        row["overturned"] = True


HABITS: list[tuple[Callable[[Row, random.Random], None], str, str]] = [
    (hurried, "minutes", "每次评估通常用时"),
    (copying, "identical", "与本人另一次评估答案完全相同的占"),
    (always_alike, "alike", "每次都评"),
    (severe, "severe", "评为2级及以上的占"),
    (pushing, "near_cut", "总分在65分上下的，落在2级及以上一侧的占"),
    (mistaken, "overturned", "复评后等级改变的占"),
]


@pytest.mark.parametrize(("habit", "measure", "words"), HABITS, ids=[measure for _, measure, _ in HABITS])
def test_a_marked_habit_is_flagged_with_its_figures_and_nobody_else_is(
    habit: Callable[[Row, random.Random], None], measure: str, words: str
) -> None:
    rng = random.Random(5)
    rows = county(7, assessors=14, each=(90, 130), between=0.01)
    for row in rows:
        if row["assessor"] == "a03":
            habit(row, rng)
    found = compared(rows)
    assert ("a03", measure) in flagged(found)
    assert {name for name, _ in flagged(found)} == {"a03"}
    flag = next(flag for flag in found["a03"].flags if flag.measure == measure)
    assert words in flag.reason.zh and "可能性" in flag.reason.zh and "probability" in flag.reason.en
    assert flag.strength in ("strong", "moderate", "weak")
    figure = found["a03"].figures[measure]
    assert figure.chance is not None and figure.chance <= flag.chance < 0.05


def test_assessors_like_one_another_are_seldom_flagged() -> None:
    alarms = sum(bool(flagged(compared(county(seed, assessors=8, each=(20, 40), between=0.05)))) for seed in range(25))
    assert alarms <= 3


def test_people_who_differ_explain_a_difference_that_peers_show_too() -> None:
    """The same distance is striking among equals and not where every assessor sees other people."""

    def with_outlier(between: float) -> set[tuple[str, str]]:
        rows = [row for row in county(3, assessors=12, each=(80, 80), between=between) if row["assessor"] != "a05"]
        rng = random.Random(9)
        return flagged(compared(rows + [assessed(rng, "a05", -0.3) for _ in range(80)]))

    assert ("a05", "severe") in with_outlier(0.0)
    assert ("a05", "severe") not in with_outlier(0.3)


def test_all_the_best_answers_repeat_honestly() -> None:
    rows = county(11)
    for row in rows:
        if row["assessor"] == "a01":
            row["items"], row["level"] = [item.max for item in GBT.items], 0
    assert "identical" not in compared(rows)["a01"].figures


# Small numbers.


def test_a_few_assessments_are_shown_and_not_judged() -> None:
    rows = county(1)
    rng = random.Random(2)
    rows += [{**assessed(rng, "new", -0.9), "minutes": 1.0} for _ in range(LEAST_ASSESSMENTS - 1)]
    entry = compared(rows)["new"]
    assert entry.flags == ()
    assert entry.note is not None and f"只有{LEAST_ASSESSMENTS - 1}次评估" in entry.note.zh
    assert all(figure.chance is None and figure.peers is None for figure in entry.figures.values())


def test_a_few_peers_are_no_measure() -> None:
    found = compared(county(1, assessors=LEAST_PEERS))
    assert flagged(found) == set()
    assert all(entry.note is not None and "同行不足" in entry.note.zh for entry in found.values())
    assert all(entry.note is None for entry in compared(county(1, assessors=LEAST_PEERS + 1)).values())


def test_the_fewer_the_assessments_the_wider_the_interval_and_the_closer_to_the_peers() -> None:
    def of_a00(each: int) -> Figure:
        rows = [row for row in county(4, each=(60, 60)) if row["assessor"] != "a00"]
        half = [assessed(random.Random(number), "a00") for number in range(each)]
        for place, row in enumerate(half):
            row["level"] = 2 if place % 4 else 1
        return compared(rows + half)["a00"].figures["severe"]

    few, many = of_a00(20), of_a00(80)
    assert few.value == many.value == 0.75
    assert few.high - few.low > many.high - many.low
    assert few.peers is not None and few.shrunk is not None and many.shrunk is not None
    assert few.peers < few.shrunk < many.shrunk < 0.75


# Whatever the assessments.


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_figures_hold_together_whatever_the_assessments(data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 10**6))
    rows = county(seed, assessors=data.draw(st.integers(1, 9)), each=(1, 40), between=data.draw(st.floats(0, 0.4)))
    found = compared(rows)
    for entry in found.values():
        assert entry.assessments == sum(row["assessor"] == entry.assessor for row in rows)
        for figure in entry.figures.values():
            assert figure.low <= figure.value <= figure.high
            assert figure.chance is None or 0 <= figure.chance <= 1
            if figure.peers is not None and figure.shrunk is not None:
                low, high = sorted((figure.peers, figure.value))
                assert low - 1e-9 <= figure.shrunk <= high + 1e-9
    shuffled = data.draw(st.permutations(range(len(rows)))) if len(rows) < 50 else reversed(range(len(rows)))
    again = compared([rows[place] for place in shuffled])
    assert {name: [flag.measure for flag in entry.flags] for name, entry in again.items()} == {
        name: [flag.measure for flag in entry.flags] for name, entry in found.items()
    }
    for name, entry in found.items():
        for measure, figure in entry.figures.items():
            other = again[name].figures[measure].chance
            assert (figure.chance is None) == (other is None)
            assert figure.chance is None or figure.chance == pytest.approx(other)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_names_do_not_matter(seed: int) -> None:
    rows = county(seed, assessors=8, each=(20, 30))
    renamed = [{**row, "assessor": f"z{9 - int(row['assessor'][1:])}"} for row in rows]
    first, second = compared(rows), compared(renamed)
    for name, entry in first.items():
        other = second[f"z{9 - int(name[1:])}"]
        assert [flag.measure for flag in entry.flags] == [flag.measure for flag in other.flags]


def test_assessors_who_did_the_very_same_are_not_flagged() -> None:
    rng = random.Random(1)
    rows = [assessed(rng, "") for _ in range(30)]
    found = compared([{**row, "assessor": f"a{number}"} for number in range(8) for row in rows])
    assert flagged(found) == set()


def test_every_answer_the_same_everywhere_is_nobodys_flag() -> None:
    row = {"items": [item.max for item in GBT.items], "level": 0, "minutes": 30.0, "overturned": False}
    found = compared([{**row, "assessor": f"a{number}"} for number in range(8) for _ in range(30)])
    assert flagged(found) == set()


# The frame.


def test_the_optional_columns_may_be_absent_or_empty() -> None:
    rows = county(1)
    bare = compare_assessors(pl.DataFrame(rows, schema=SCHEMA).drop("minutes", "overturned"), GBT, 2)
    assert all({"minutes", "overturned"}.isdisjoint(entry.figures) for entry in bare)
    empty = compared([{**row, "minutes": None, "overturned": None} for row in rows])
    assert all({"minutes", "overturned"}.isdisjoint(entry.figures) for entry in empty.values())


def test_nothing_gives_nothing() -> None:
    assert compare_assessors(pl.DataFrame(schema=SCHEMA), GBT, 2) == ()


def test_a_scale_whose_levels_follow_from_a_matrix_is_compared_without_its_cut_offs() -> None:
    rng = random.Random(1)
    rows = []
    for number in range(7):
        for _ in range(25):
            points = {item.code: rng.choice(item.options).score for item in LTCI.items}
            rows.append({"assessor": f"a{number}", "items": item_points(LTCI, points),
                         "level": score(LTCI, {"items": points}).final})  # fmt: skip
    found = compare_assessors(pl.DataFrame(rows), LTCI, 3)
    assert all("near_cut" not in entry.figures and "severe" in entry.figures for entry in found)


def test_points_by_code_become_the_list_of_the_column() -> None:
    items = answers(TEKUN, {"T.3": 0})["items"]
    assert item_points(TEKUN, dict(reversed(items.items()))) == [1, 1, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop("level"), "the table has no column `level`; expected assessor, level, items"),
        (lambda f: f.with_columns(pl.col("level").cast(pl.String)), "column `level` is String; expected Int64"),
        (lambda f: f.with_columns(items=pl.lit(1)), "column `items` is Int32; expected List"),
        (lambda f: f.with_columns(level=pl.lit(None, pl.Int64)), "column `level` has empty cells"),
        (lambda f: f.with_columns(pl.col("items").list.head(25)), "row 1: holds 25 items; expected 26"),
        (lambda f: f.with_columns(pl.col("items").list.eval(pl.element() + 5)), "item B.1.1: is "),
        (lambda f: f.with_columns(minutes=pl.lit(0.0)), "a visit that took no time"),
    ],
)
def test_a_frame_of_another_shape_is_refused(change: Any, said: str) -> None:
    with pytest.raises(ScaleError) as caught:
        compare_assessors(change(pl.DataFrame(county(1)[:5], schema=SCHEMA)), GBT, 2)
    assert said in str(caught.value)


@pytest.mark.parametrize("level", [0, 5])
def test_a_level_from_which_on_nobody_or_everybody_counts_is_refused(level: int) -> None:
    with pytest.raises(ScaleError, match="expected 1 to 4"):
        compare_assessors(pl.DataFrame(schema=SCHEMA), GBT, level)
