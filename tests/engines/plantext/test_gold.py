"""The two annotated plans, scored as a stranger would score them; they lie beside the repository and not in it."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from yinian.engines.plantext import read_plan, to_document

SHARED = Path(__file__).resolve().parents[4] / "shared"
GOLD = sorted((SHARED / "plantext" / "gold").glob("*.json"))


def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("plantext_score", SHARED / "plantext" / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_annotated_plans_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for gold in GOLD:
        monkeypatch.chdir(SHARED)
        check(gold)


def check(gold: Path) -> None:
    annotated = json.loads(gold.read_text(encoding="utf-8"))
    text = (SHARED / annotated["text_file"]).read_bytes().decode("utf-8")
    found = to_document(read_plan(text))
    scores = scorer().score(annotated, found)
    short = {
        name: score
        for name, score in scores.items()
        if isinstance(score, dict) and "f1" in score and score["f1"] is not None and score["f1"] < 0.99
    }
    assert short == {}
    assert scores["traps_hit"]["n"] == 0
    assert scores["offset_errors"] == 0
    for key in ("title", "issuer", "doc_no", "date"):
        assert found["meta"][key] == annotated["meta"][key]
