"""Tasks out of tables that share work out: what is to be done, who answers for it, by when, a row for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yinian.engines.plantext.columns import column_kind, works, year_columns
from yinian.engines.plantext.labels import label_at
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Role, Row, Span, Table, Task, UnitBlock
from yinian.engines.plantext.sentences import Sentence, split
from yinian.engines.plantext.tasks import Found, chief, inherited
from yinian.engines.plantext.times import TimeReader, whole_year
from yinian.engines.plantext.timewords import ongoing
from yinian.engines.plantext.units import FirstLeads, find_rules, read_units

_SHORTEST = 4
_YEAR = re.compile(r"20\d\d(?=年?度?(?:工作)?(?:目标|任务))")
_BEGINS = re.compile(r"启动|开始|开工|起始")
"""The head of a column that says when work begins, and not by when it is done."""


class AssignmentReader:
    """Reads the rows of such tables into tasks and unit blocks.

    A row whose words the body has as a task already adds no second one; it gives that task its units and its deadline
    where the body names none.
    """

    def __init__(self, document: Document, times: TimeReader, known: Sequence[Task]) -> None:
        self.document, self.times = document, times
        self.tasks = list(known)
        self.blocks: list[UnitBlock] = []
        self.found: list[Found] = []
        """The sentences of the rows that the body does not say, for the figures in them."""
        self._rules: Sequence[FirstLeads] = find_rules(document)
        self._said = {self._key(Span(task.start, task.end)): number for number, task in enumerate(self.tasks)}

    def read(self, tables: Sequence[Table]) -> None:
        """Adds what the tables say to `tasks` and `blocks`."""
        for table in tables:
            if table.kind == "tasks" or (table.kind == "projects" and _charges(table.columns)):
                self._read(table)

    def _read(self, table: Table) -> None:
        kinds = [column_kind(column) for column in table.columns]
        heads = [re.sub(r"\s", "", head) for head in table.columns]
        work = [at for at, kind in enumerate(kinds) if kind == "text" or (kind == "value" and works(heads[at]))]
        sizes = _sizes(table)
        work.sort(key=lambda column: (not _YEAR.match(heads[column]), -sizes.get(column, 0), -column))
        years = year_columns(table.columns)
        places = {cell.column: Span(cell.start, cell.end) for row in table.rows[:1] for cell in row.cells}
        above: dict[int, Span] = {}
        for row in table.rows:
            if row.kind != "data":
                above.clear()
                continue
            cells = _cells(row, above)
            blocks, fresh = self._units(table, kinds, cells, above)
            above.update(cells)
            self.blocks += fresh
            deadline = self._deadline(heads, kinds, cells)
            parts = [(column, year) for column, year in years if column in cells and self._says(cells[column])]
            for at, year in parts:
                for span in self._sentences(cells[at], least=2):
                    self._add(table, span, blocks, _of_year(year, places[at]))
            filled = [(at, year) for at, year in years if at in cells]
            if filled and not parts and deadline is None:
                deadline = _of_year(filled[-1][1], places[filled[-1][0]])
            column = None if parts else next((one for one in work if one in cells), None)
            named = _YEAR.match(heads[column]) if column is not None else None
            if named is not None and deadline is None and column is not None:
                deadline = _of_year(int(named[0]), places[column])
            for span in self._sentences(cells[column]) if column is not None else ():
                self._add(table, span, blocks, deadline)

    def _says(self, cell: Span) -> bool:
        """Whether a cell says what is to be done and gives no bare figure."""
        return bool(re.search(r"[一-鿿]{2}", self.document.folded[cell.start : cell.end]))

    def _units(
        self, table: Table, kinds: Sequence[str], cells: dict[int, Span], above: dict[int, Span]
    ) -> tuple[list[UnitBlock], list[UnitBlock]]:
        """The blocks of a row, and those of them that no row above has given yet."""
        blocks: list[UnitBlock] = []
        fresh: list[UnitBlock] = []
        for column, kind in enumerate(kinds):
            if kind != "unit" or column not in cells:
                continue
            cell = cells[column]
            block = read_units(self.document, cell.start, cell.end, cell, _role(table.columns[column]), self._rules)
            if block is None or not (block.members or block.open_ended):
                continue
            block = replace(block, outline_id=table.outline_id)
            blocks.append(block)
            if above.get(column) != cell:
                fresh.append(block)
        return blocks, fresh

    def _deadline(self, heads: Sequence[str], kinds: Sequence[str], cells: dict[int, Span]) -> Deadline | None:
        for column, kind in enumerate(kinds):
            if kind != "time" or column not in cells or (kinds.count("time") > 1 and _BEGINS.search(heads[column])):
                continue
            cell = cells[column]
            for time in self.times.find(cell.start, cell.end):
                if time.deadline is not None:
                    return inherited(time.deadline)
            bare = self.times.bare(cell.start, cell.end)
            if bare is not None:
                return inherited(bare)
            words = self.document.raw[cell.start : cell.end]
            year = whole_year(self.document.folded, cell.start, cell.end, self.times.clock)
            if year is not None and not ongoing(self.document.folded, cell.start, cell.end):
                return Deadline(words, None, None, "period", year, precision="year", inherited_from=cell)
            if ongoing(self.document.folded, cell.start, cell.end):
                return Deadline(words, None, None, "recurring", rule="unspecified", inherited_from=cell)
        return None

    def _sentences(self, cell: Span, least: int = _SHORTEST) -> Iterator[Span]:
        text = self.document.folded
        for sentence in split(self.document, cell.start, cell.end, ()):
            label = label_at(text[sentence.start : sentence.end])
            start = sentence.start + (label.size if label is not None and label.sure else 0)
            while start < sentence.end and text[start].isspace():
                start += 1
            if sentence.end - start >= least:
                yield Span(start, sentence.end)

    def _add(self, table: Table, span: Span, blocks: Sequence[UnitBlock], given: Deadline | None) -> None:
        units: dict[str, list[str]] = {"lead": [], "assist": [], "responsible": []}
        for block in blocks:
            for member in block.members:
                units[member.role if member.role in units else "responsible"].append(member.surface)
        own = [time.deadline for time in self.times.find(span.start, span.end) if time.due and time.deadline]
        task = Task(
            id=f"T{len(self.tasks) + 1}",
            start=span.start,
            end=span.end,
            deadline=chief(own) or given,
            deadlines=tuple(own),
            outline_id=table.outline_id,
            lead_units=tuple(units["lead"]),
            assist_units=tuple(units["assist"]),
            responsible_units=tuple(units["responsible"]),
            units_from=Span(blocks[0].start, blocks[-1].end) if blocks else None,
            units_open_ended=any(block.open_ended for block in blocks),
            from_table=True,
        )
        key = self._key(span)
        if key not in self._said:
            self._said[key] = len(self.tasks)
            self.tasks.append(task)
            sentence = Sentence(span.start, span.end, "", span.start, True)
            self.found.append(Found(sentence, None, self.times.find(span.start, span.end), given=given))
            return
        before = self.tasks[self._said[key]]
        goes_on = before.from_table and before.start == task.start
        if before.units_from is None or goes_on:
            before = replace(
                before,
                lead_units=_joined(before.lead_units, task.lead_units),
                assist_units=_joined(before.assist_units, task.assist_units),
                responsible_units=_joined(before.responsible_units, task.responsible_units),
                units_from=before.units_from or task.units_from,
                units_open_ended=before.units_open_ended or task.units_open_ended,
            )
        self.tasks[self._said[key]] = replace(before, deadline=before.deadline or given)

    def _key(self, span: Span) -> str:
        return re.sub(r"[\s。;,、:]", "", self.document.folded[span.start : span.end])


def _of_year(year: int, head: Span) -> Deadline:
    """The last day of the year that the head of a column names."""
    return Deadline(f"{year}年", None, None, "by", f"{year}-12-31", precision="year", inherited_from=head)


def _sizes(table: Table) -> dict[int, int]:
    """How much the data of each column say, in characters: what is to be done takes more words than its name."""
    sizes: dict[int, int] = {}
    for row in table.rows:
        if row.kind == "data":
            for cell in row.cells:
                sizes[cell.column] = sizes.get(cell.column, 0) + cell.end - cell.start
    return sizes


def _charges(columns: Sequence[str]) -> bool:
    """Whether a table of projects says as well who answers for each and by when."""
    answers = any(re.search(r"(?:牵头|责任)(?:单位|部门)", column) for column in columns)
    return answers and any(column_kind(column) == "time" for column in columns)


def _cells(row: Row, above: dict[int, Span]) -> dict[int, Span]:
    """The filled cells of a row by column, with those that go on from the row above."""
    cells: dict[int, Span] = {}
    for cell in row.cells:
        if cell.end > cell.start:
            cells[cell.column] = Span(cell.start, cell.end)
        elif cell.ditto and cell.column in above:
            cells[cell.column] = above[cell.column]
    return cells


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return first + tuple(name for name in second if name not in first)


def _role(head: str) -> Role:
    if re.search(r"牵头|主办|主责", head):
        return "lead"
    return "assist" if re.search(r"配合|协|参[与加]|支持", head) else "responsible"
