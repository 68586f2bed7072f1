"""Plans that we wrote, each in the manner of another office, with what is in them marked (marking.py)."""

from pathlib import Path

import pytest
from tests.engines.plantext.making import read
from tests.engines.plantext.marking import unmark
from tests.engines.plantext.scoring import AIMS, scores, trapped

PLANS = sorted((Path(__file__).parent / "plans").glob("*.txt"))


def test_there_are_plans() -> None:
    assert len(PLANS) >= 12


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.stem)
def test_a_plan_is_read_as_well_as_is_aimed_at(plan: Path) -> None:
    text, gold = unmark(plan.read_bytes().decode("utf-8"))
    found = read(text)
    reached = scores(gold, found)
    short = {name: share for name, share in reached.items() if share is not None and share < AIMS.get(name, 0.0)}
    assert short == {}
    assert trapped(gold, found) == []


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.stem)
def test_tasks_are_given_their_units(plan: Path) -> None:
    text, gold = unmark(plan.read_bytes().decode("utf-8"))
    assert (scores(gold, read(text))["units of tasks"] or 1.0) >= 0.95
