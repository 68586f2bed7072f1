"""A plan's text in, its outline, units, tasks, targets, money, tables, projects and doubts out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

from yinian.engines.plantext.assignments import AssignmentReader
from yinian.engines.plantext.blanks import closed
from yinian.engines.plantext.columns import FORM_LINE
from yinian.engines.plantext.dues import Clock
from yinian.engines.plantext.duplicates import find_duplicates
from yinian.engines.plantext.funds import table_money
from yinian.engines.plantext.indicators import table_targets
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.meta import read_meta
from yinian.engines.plantext.model import Doubt, Duplicate, Meta, Plan, Span, Table, Target, Task, UnitBlock
from yinian.engines.plantext.money import find_money
from yinian.engines.plantext.outline import find_outline
from yinian.engines.plantext.projects import read_projects
from yinian.engines.plantext.tables import Given, find_tables
from yinian.engines.plantext.targets import TargetReader
from yinian.engines.plantext.tasks import Found, TaskReader, Tree, policy_of, sentences_of
from yinian.engines.plantext.times import TimeReader
from yinian.engines.plantext.units import find_blocks

_READ = {"unit", "time", "value", "amount", "text"}
"""The kinds of columns that something is read from."""
_CAPTION = re.compile(r"^(?!.*[。;,])(?:附?表\s?\d*.*|.*(?:表|清单|台账|一览|目录))(?:\([^()]*\))?$")
"""The line that names the table below it."""


def read_plan(text: str, given: Sequence[Given] = (), policy: Literal["auto", "items", "sentences"] = "auto") -> Plan:
    """Reads one plan. `given` are tables that the document's format marks as such; `policy` decides what is a task.

    Never raises for any text, and takes time proportional to its length.
    """
    without = closed(text, wrapped=not given)
    if without is not None:
        return without.carried_back(_read(without.text, without.tables(given), policy))
    return _read(text, given, policy)


def _read(text: str, given: Sequence[Given], policy: Literal["auto", "items", "sentences"]) -> Plan:
    document = Document(text)
    duplicates = find_duplicates(document)
    repeated = [Span(one.start, one.end) for one in duplicates]
    tables = find_tables(document, given, repeated)
    skip = sorted([*repeated, *(Span(table.start, table.end) for table in tables)], key=lambda span: span.start)
    blocks, doubts = find_blocks(document, skip)
    nodes, outline_doubts = find_outline(document, skip, [Span(block.start, block.end) for block in blocks])
    tree = Tree(nodes)
    blocks = [_placed(block, tree, document) for block in blocks]
    meta = read_meta(document, nodes)
    clock = Clock(_today(meta), meta.period)
    times = TimeReader(document.raw, document.folded, document.brackets, clock)
    tables = [_under(table, tree) for table in tables]
    found = sentences_of(document, tree, blocks, _with_titles(document, skip, tables), times)
    found = _without_heads_of(tables, found)
    chosen = policy_of(found, tree, blocks) if policy == "auto" else policy
    tasks, task_doubts = TaskReader(document, tree, blocks, times).tasks(found, chosen)
    shared_out = AssignmentReader(document, times, tasks)
    shared_out.read(tables)
    tasks = shared_out.tasks
    blocks = _numbered([*blocks, *shared_out.blocks])
    _hand_down(found, tasks)
    stated = [*found, *shared_out.found]
    targets: list[Target] = TargetReader(document, tree, meta.period is not None).targets(stated)
    since = clock.today.year if clock.today is not None else None
    told = {node.id for node in nodes if node.kind == "background"}
    aimed = [table for table in tables if table.outline_id not in told]
    targets += table_targets(document, aimed, meta.period, since, len(targets))
    money = find_money(document, [*stated, *shared_out.provided])
    shared, fund_doubts = table_money(document, tables, len(money))
    money += shared
    projects, project_doubts = read_projects(document, tables)
    doubts += outline_doubts + task_doubts + project_doubts + fund_doubts + _repeated(duplicates)
    doubts += _undated(meta.date, tasks) + _unsure(tables)
    doubts.sort(key=lambda doubt: (doubt.start, doubt.end, doubt.code))
    return Plan(
        text=text,
        meta=meta,
        policy=chosen,
        outline=tuple(nodes),
        units=tuple(blocks),
        tasks=tuple(tasks),
        targets=tuple(targets),
        money=tuple(money),
        projects=tuple(projects),
        tables=tuple(tables),
        duplicates=tuple(duplicates),
        doubts=tuple(doubts),
    )


def _today(meta: Meta) -> date | None:
    """The day that relative times are counted from; without one, New Year of the year that the title names."""
    if meta.date:
        return date.fromisoformat(meta.date)
    named = re.findall(r"20\d\d", unicodedata.normalize("NFKC", meta.title or ""))
    return date(int(named[0]), 1, 1) if len(named) == 1 and meta.period is None else None


def _with_titles(document: Document, skip: Sequence[Span], tables: Sequence[Table]) -> list[Span]:
    """The stretches left out, and the lines above tables that only name them."""
    titles = []
    for table in tables:
        above = document.lines_between(0, table.start)[-2:] if table.title else []
        above = above if above and FORM_LINE.match(document.words(above[-1])) else above[-1:]
        titles += [Span(line.start, line.end) for line in above if _CAPTION.search(document.words(line))]
    return sorted([*skip, *titles], key=lambda span: span.start)


def _without_heads_of(tables: Sequence[Table], found: Sequence[Found]) -> list[Found]:
    """The sentences that are no headings of sections which hold a table: such a heading only names it."""
    held = {table.outline_id for table in tables}
    return [one for one in found if one.node is None or one.node.id not in held or one.sentence.end > one.node.end]


def _placed(block: UnitBlock, tree: Tree, document: Document) -> UnitBlock:
    """A block with the heading that it belongs to: never an item 一是, whose heading it answers for as a whole."""
    node = tree.at(block.start, enumerators=False)
    in_heading = False
    if node is not None:
        in_heading = not document.folded[node.end : block.start].strip("。:; \r\n")
    return replace(block, outline_id=node.id if node else None, in_heading=in_heading)


def _hand_down(found: Sequence[Found], tasks: Sequence[Task]) -> None:
    """Gives the figures of a sentence the time that the task has from a heading or a block."""
    given = {task.start: task.deadline for task in tasks if task.deadline is not None and task.deadline.start is None}
    for one in found:
        deadline = given.get(one.sentence.start)
        if deadline is not None and deadline.kind != "recurring":
            one.given = deadline


def _numbered(blocks: Sequence[UnitBlock]) -> list[UnitBlock]:
    ordered = sorted(blocks, key=lambda block: block.start)
    return [replace(block, id=f"U{number}") for number, block in enumerate(ordered, 1)]


def _under(table: Table, tree: Tree) -> Table:
    node = tree.at(table.start, enumerators=False)
    return replace(table, outline_id=node.id if node else None)


def _repeated(duplicates: Sequence[Duplicate]) -> list[Doubt]:
    return [
        Doubt(
            "printed_twice",
            one.start,
            one.end,
            {"of_start": one.of.start, "of_end": one.of.end, "identical": int(one.identical)},
        )
        for one in duplicates
    ]


def _unsure(tables: Sequence[Table]) -> list[Doubt]:
    """The columns that what is read from a table depends on and that may hold something else."""
    doubts: list[Doubt] = []
    for table in tables:
        for column, taken, likeliest in table.unsure if table.kind in ("tasks", "projects", "indicators") else ():
            if {taken, likeliest} & _READ and {taken, likeliest} != {"name", "text"}:
                head = next((cell for cell in table.rows[0].cells if cell.column == column), table.rows[0].cells[0])
                facts = {"head": table.columns[column], "taken": taken, "likeliest": likeliest}
                doubts.append(Doubt("column_unsure", head.start, head.end, {**facts}))
    return doubts


def _undated(day: str | None, tasks: Sequence[Task]) -> list[Doubt]:
    return [Doubt("no_date", 0, 0, {})] if day is None and tasks else []
