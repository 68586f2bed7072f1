"""Every act that the audit chain records has its own words."""

import ast
from pathlib import Path

import pytest

from yinian.core.audit.labels import ACTIONS

ROOT = Path(__file__).resolve().parents[3] / "src" / "yinian"


def recorded() -> set[str]:
    """Names of acts given to ``record`` as plain text, everywhere in the package."""
    found = set()
    for path in ROOT.rglob("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record"
                    and len(node.args) > 1 and isinstance(node.args[1], ast.Constant)):
                found.add(node.args[1].value)
    return found


@pytest.mark.parametrize("act", sorted(recorded()))
def test_an_act_is_named_in_words(act):
    assert act in ACTIONS
    assert str(ACTIONS[act]).strip()
