"""Tables with real cells, merged down and across, on web pages and in Word; and tables with a row to each line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engines.plantext.gridding import annotation, page, word
from tests.engines.plantext.making import read
from tests.engines.plantext.marking import unmark
from tests.engines.plantext.scoring import AIMS, scores, trapped

from yinian.engines.plantext import read_document, to_document

GRIDS = sorted((Path(__file__).parent / "grids").glob("*.txt"))
ROWS = sorted((Path(__file__).parent / "rows").glob("*.txt"))
"""Plans whose tables have a row to a line, the cells held apart by tabs, bars or blanks."""
FORMS: dict[str, Callable[[str], bytes]] = {"plan.html": page, "plan.docx": word}


def test_there_are_grids() -> None:
    assert len(GRIDS) >= 7 and len(ROWS) >= 5


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: grid.stem)
def test_a_table_with_cells_is_read_as_well_as_is_aimed_at(grid: Path, name: str) -> None:
    marked = grid.read_text(encoding="utf-8")
    found = to_document(read_document(name, FORMS[name](marked)))
    gold = annotation(marked, found["text"])
    reached = scores(gold, found)
    assert {one: share for one, share in reached.items() if share is not None and share < AIMS.get(one, 0.95)} == {}
    assert trapped(gold, found) == []


@pytest.mark.parametrize("plan", ROWS, ids=lambda plan: plan.stem)
def test_a_table_with_a_row_to_a_line_is_read_as_well_as_is_aimed_at(plan: Path) -> None:
    text, gold = unmark(plan.read_bytes().decode("utf-8"))
    found = read(text)
    reached = scores(gold, found)
    assert {one: share for one, share in reached.items() if share is not None and share < AIMS.get(one, 0.95)} == {}
    assert trapped(gold, found) == []
