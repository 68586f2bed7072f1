"""A plan says the same whatever file it comes in: text, Word with typed or automatic numbers, a page, a PDF."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import pytest
from tests.engines.plantext.making import level, numbering, paragraph, printed, word
from tests.engines.plantext.marking import unmark

from yinian.engines.plantext import read_document, read_source, to_document

PLANS = sorted((Path(__file__).parent / "plans").glob("*.txt"))
_CELLS = re.compile(r"^(?:序号|重点任务|\|.*\|)$", re.MULTILINE)
WRITTEN = [plan for plan in PLANS if plan.stem != "wrapped-lines"]
"""All but the one whose lines a typewriter broke: in no other file is a line a paragraph torn."""
_TORN = {
    "table-of-actions", "table-of-goals-and-measures", "table-of-phases", "table-of-towns",
    "table-of-services-due", "table-with-broken-cells", "table-with-empty-lines", "table-with-empty-notes",
    "table-of-works-in-a-box", "table-with-persons-in-units", "table-with-spread-heads",
}
"""Those whose cells are broken over lines or set apart by empty ones: print keeps neither."""
WHOLE = [
    plan
    for plan in WRITTEN
    if plan.stem not in _TORN and not _CELLS.search(unmark(plan.read_bytes().decode("utf-8"))[0])
]
"""Those without tables: a PDF has lines and no cells."""
_LABEL = re.compile(
    r"\s*(?:(?P<han>[一二三四五六七八九十]+、)|(?P<bracket>（[一二三四五六七八九十]+）)|(?P<digit>\d{1,2}\.(?!\d)))"
)
_LEVELS = (level(0, "chineseCounting", "%1、"), level(1, "chineseCounting", "（%2）"), level(2, "decimal", "%3."))
_RUNS_ON = level(2, "decimal", "%3.", '<w:lvlRestart w:val="0"/>')


def lines(plan: Path) -> list[str]:
    return [line.strip() for line in unmark(plan.read_bytes().decode("utf-8"))[0].split("\n") if line.strip()]


def page(content: list[str]) -> bytes:
    links = "".join(f'<li><a href="/{number}">栏目{number}</a></li>' for number in range(30))
    body = "".join(f"<p>　　{escape(line)}</p>" for line in content)
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><ul>{links}</ul><div class="article">{body}'
        "</div></body></html>"
    ).encode()


def numbered(content: list[str], runs_on: bool) -> bytes:
    """A Word file whose headings carry no typed numbers: Word counts them."""
    blocks = []
    for line in content:
        label = _LABEL.match(line)
        depth = ("han", "bracket", "digit").index(str(label.lastgroup)) if label else None
        blocks.append(
            paragraph(line)
            if label is None or depth is None
            else paragraph(line[label.end() :].strip(), numbered=(1, depth))
        )
    third = _RUNS_ON if runs_on else _LEVELS[2]
    return word(*blocks, numbering=numbering(*_LEVELS[:2], third))


def said(document: dict[str, Any]) -> dict[str, list[Any]]:
    """What was found, free of where it stands and of white space."""

    def plain(words: str) -> str:
        return re.sub(r"\s", "", words)

    def due(one: Any) -> Any:
        return one and (one.get("rule") or one.get("iso"))

    return {
        "outline": [(plain(one["label"]), plain(one["title"]), one["level"]) for one in document["outline"]],
        "units": [[(plain(m["surface"]), m["role"]) for m in one["members"]] for one in document["units"]],
        "tasks": [
            (
                plain(one["quote"]),
                due(one["deadline"]),
                one["lead_units"],
                one["assist_units"],
                one["responsible_units"],
            )
            for one in document["tasks"]
        ],
        "targets": [
            (plain(one["value_text"]), one["comparator"], one["value"], one["unit"], plain(one["indicator"]))
            for one in document["targets"]
        ],
        "money": [(plain(one["quote"]), one["amount_min"], one["amount_max"]) for one in document["money"]],
    }


def test_there_are_plans_for_it() -> None:
    assert len(WHOLE) >= 12


@pytest.mark.parametrize("plan", WRITTEN, ids=lambda plan: plan.stem)
def test_word_a_page_and_plain_text_say_the_same(plan: Path) -> None:
    content = lines(plan)
    plain = said(to_document(read_document("a.txt", "\n".join(content).encode())))
    typed = word(*(paragraph(line) for line in content))
    for name, data in (("a.docx", typed), ("a.html", page(content))):
        assert said(to_document(read_document(name, data))) == plain, name


def squeezed(content: list[str]) -> list[str]:
    return [re.sub(r"\s", "", line) for line in content if line.strip()]


def test_the_numbers_that_word_draws_are_those_that_were_typed() -> None:
    """For every plan whose numbers follow each other as a list of Word's does, through or anew in each section."""
    tried = 0
    for plan in WRITTEN:
        content = lines(plan)
        for runs_on in (False, True):
            data = numbered(content, runs_on)
            if squeezed(read_source("a.docx", data).text.split("\n")) == squeezed(content):
                plain = said(to_document(read_document("a.txt", "\n".join(content).encode())))
                assert said(to_document(read_document("a.docx", data))) == plain, plan.stem
                tried += 1
                break
    assert tried >= 20


@pytest.mark.parametrize("plan", WHOLE, ids=lambda plan: plan.stem)
def test_a_printed_plan_says_the_same(plan: Path) -> None:
    content = lines(plan)
    plain = said(to_document(read_document("a.txt", "\n".join(content).encode())))
    assert said(to_document(read_document("a.pdf", printed("\n".join(content))))) == plain
