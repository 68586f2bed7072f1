"""The order of those who wait: total, stable, each change of place accounted for; rules read with file and line."""

import datetime as dt
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yinian.core.packfiles import POLICIES, read_pack_sources
from yinian.engines.entitlement import PackError, Waiter, load_pack, moves, ranked, row_of_facts, standing

DAY = dt.date(2026, 11, 27)
days = st.integers(0, 30).map(lambda n: DAY - dt.timedelta(days=n))
waiters = st.lists(
    st.builds(Waiter, st.integers(1, 200), st.integers(0, 4), days, st.none() | days), unique_by=lambda w: w.key
)


@given(waiters, st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_the_rows_come(rows, random):
    order = ranked(rows)
    assert sorted(w.key for w in order) == sorted(w.key for w in rows)  # nobody lost, nobody twice
    random.shuffle(rows)
    assert ranked(rows) == order
    for first, second in itertools.pairwise(order):
        assert (first.lifted is not None) >= (second.lifted is not None)
        if first.lifted is None:
            assert (first.order, first.since, first.key) < (second.order, second.since, second.key)


@given(waiters, waiters)
def test_every_change_of_place_is_accounted_for(before, after):
    old, new = [w.key for w in ranked(before)], [w.key for w in ranked(after)]
    changed = moves(old, new)
    for key in {*old, *new}:
        was = old.index(key) + 1 if key in old else None
        now = new.index(key) + 1 if key in new else None
        if was == now:
            assert key not in changed
            continue
        move = changed[key]
        assert (move.before, move.after) == (was, now)
        if was is not None and now is not None:
            assert now == was - move.left - move.fell + move.came + move.passed


def rules():
    return load_pack(read_pack_sources("cn/hunan/yueyang/miluo")).waiting_rules()


def stands(**facts):
    return standing(rules(), row_of_facts({"person_id": "1", **facts}, DAY), DAY, {})


def test_the_destitute_who_wish_it_stand_first():
    assert stands(relief="tekun", wants_central=True).order == 0
    assert stands(relief="tekun", wants_central=False).class_id == "tekun"
    assert stands(relief="dibao", ability_level=3).class_id == "poor-disabled"
    assert stands(relief="none", ability_level=0, wants_central=False, dementia=False, special_family=False,
                  special_contribution=False, living="spouse").class_id is None


def test_what_is_not_known_never_lifts_and_is_named():
    found = stands(ability_level=4, dementia=False)
    assert found.class_id == "disabled" and {"relief", "wants_central"} <= set(found.unknown)


def test_a_class_with_an_unknown_fact_is_refused_with_its_line(tmp_path: Path):
    folder = tmp_path / "cn" / "x"
    folder.mkdir(parents=True)
    (folder / "pack.yaml").write_text("region: '430681'\nextends: cn\ndocuments: []\n", "utf-8")
    text = (POLICIES / "cn" / "waiting.yaml").read_text("utf-8").replace("special_family\n", "special_famly\n", 1)
    (folder / "waiting.yaml").write_text(text, "utf-8")
    with pytest.raises(PackError) as caught:
        load_pack(read_pack_sources(folder))
    assert "special_famly" in str(caught.value) and "waiting.yaml:" in str(caught.value)
