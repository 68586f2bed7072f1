"""Tasks out of tables that share work out: what is to be done, who answers for it, by when, a row for each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yinian.engines.plantext.cellwords import asks_for_work, units_alone
from yinian.engines.plantext.columns import year_columns
from yinian.engines.plantext.labels import label_at
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Deadline, Role, Row, Span, Table, Task, UnitBlock
from yinian.engines.plantext.sentences import Sentence, split
from yinian.engines.plantext.tasks import Found, chief, inherited
from yinian.engines.plantext.times import TimeReader, month_end, whole_year
from yinian.engines.plantext.timewords import ongoing
from yinian.engines.plantext.units import FirstLeads, find_rules, read_units

_SHORTEST = 4
_YEAR = re.compile(r"20\d\d(?=年?度?(?:工作)?(?:目标|任务))")
_RECEIVES = re.compile(r"(?:服务|保障|补贴|救助|享受|受益|发放)对象")
"""The head of a column that says who is given something: the table lists services, and sets no aims."""
_CLAUSE = 12
"""Characters: shorter words name a thing, longer ones say something of it."""
_MEASURED = re.compile(r"\d\s?(?:%|‰|[万亿]?[个张户人所家名处套台件项期场次支座间])")
_MONTH = re.compile(r"\d{1,2}月(?:份|[底末]|\d{1,2}日|[上中下]旬)?(?:[之以]?前)?(?!\s?[-—–―~至到、,\d])")
"""The month that opens a cell; what follows says what is to be done by then (9月投入使用)."""
_DOTTED = re.compile(r"\s*(20\d\d)\s?[./-]\s?(\d{1,2})(?:\s?[./-]\s?(\d{1,2}))?(?:[之以]?前)?\s*")
"""A year and a month, perhaps a day, without their words: 2026.08, 2026-08-31."""
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
        self.provided: list[Found] = []
        """The sentences of the rows that say what those who qualify are given: amounts, and no aims."""
        self._rules: Sequence[FirstLeads] = find_rules(document)
        self._said = {self._key(Span(task.start, task.end)): number for number, task in enumerate(self.tasks)}

    def read(self, tables: Sequence[Table]) -> None:
        """Adds what the tables say to `tasks` and `blocks`."""
        for table in tables:
            if table.kind == "tasks" or (table.kind == "projects" and _charges(table)):
                self._read(table)

    def _read(self, table: Table) -> None:
        kinds = table.kinds
        heads = [re.sub(r"\s", "", head) for head in table.columns]
        work = [at for at, kind in enumerate(kinds) if kind == "text"]
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
            before, above = above, {**above, **cells}
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
            for one in work:
                if column is not None and one != column and one in cells and before.get(one) != cells[one]:
                    for span in filter(self._promises, self._sentences(cells[one])):
                        self._add(table, span, blocks, deadline)

    def _promises(self, cell: Span) -> bool:
        """Whether a cell beside the one that says what is to be done promises something itself: a figure, or a time."""
        words = self.document.folded[cell.start : cell.end]
        if not asks_for_work(words) and len(words) < _CLAUSE:
            return False
        return bool(_MEASURED.search(words)) or any(time.due for time in self.times.find(cell.start, cell.end))

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
            named = units_alone(self.document.folded[cell.start : cell.end])
            cell = Span(cell.start, cell.start + len(named))
            block = read_units(self.document, cell.start, cell.end, cell, _role(table.columns[column]), self._rules)
            if block is None or not (block.members or block.open_ended):
                continue
            block = replace(block, outline_id=table.outline_id)
            blocks.append(block)
            if above.get(column) != cells[column]:
                fresh.append(block)
        return blocks, fresh

    def _deadline(self, heads: Sequence[str], kinds: Sequence[str], cells: dict[int, Span]) -> Deadline | None:
        """By when a row is to be done: its columns of times say so, else what stands behind its units."""
        for column, kind in enumerate(kinds):
            if kind != "time" or column not in cells or (kinds.count("time") > 1 and _BEGINS.search(heads[column])):
                continue
            due = self._due(cells[column])
            if due is not None:
                return due
        for column, kind in enumerate(kinds):
            if kind != "unit" or column not in cells:
                continue
            cell = cells[column]
            words = self.document.folded[cell.start : cell.end]
            rest = words[len(units_alone(words)) :]
            due = self._due(Span(cell.end - len(rest.lstrip(" ,、;\n")), cell.end)) if rest else None
            if due is not None:
                return due
        return None

    def _due(self, cell: Span) -> Deadline | None:
        """The time that a cell or the end of one says."""
        text = self.document.folded
        words = self.document.raw[cell.start : cell.end]
        for time in self.times.find(cell.start, cell.end):
            if time.deadline is not None:
                return inherited(time.deadline)
        dotted = _DOTTED.fullmatch(text, cell.start, cell.end)
        if dotted and 1 <= int(dotted[2]) <= 12:
            day = month_end(int(dotted[1]), int(dotted[2]))
            if dotted[3] and 1 <= int(dotted[3]) <= int(day[-2:]):
                day = f"{day[:-2]}{int(dotted[3]):02d}"
            precision = "day" if dotted[3] else "month"
            return Deadline(words, None, None, "by", day, precision=precision, inherited_from=cell)
        opens = _MONTH.match(text, cell.start, cell.end)
        bare = self.times.bare(cell.start, opens.end() if opens else cell.end)
        if bare is not None:
            return inherited(bare)
        never = ongoing(text, cell.start, cell.end)
        year = whole_year(text, cell.start, cell.end, self.times.clock)
        if year is not None and not never:
            return Deadline(words, None, None, "period", year, precision="year", inherited_from=cell)
        return Deadline(words, None, None, "recurring", rule="unspecified", inherited_from=cell) if never else None

    def _sentences(self, cell: Span, least: int = _SHORTEST) -> Iterator[Span]:
        """The sentences of a cell without their labels; a line that goes on in the next one is not cut."""
        text = self.document.folded
        parts: list[Span] = []
        for sentence in split(self.document, cell.start, cell.end, ()):
            label = label_at(text[sentence.start : sentence.end])
            start = sentence.start + (label.size if label is not None and label.sure else 0)
            while start < sentence.end and text[start].isspace():
                start += 1
            goes_on = parts and start == sentence.start and not text[parts[-1].end : start].strip(" ,、\r\n\t")
            if goes_on and "\n" in text[parts[-1].end : start]:
                parts[-1] = Span(parts[-1].start, sentence.end)
            else:
                parts.append(Span(start, sentence.end))
        yield from (part for part in parts if part.end - part.start >= least)

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
            deadline=_agreed(own, given) or chief(own) or given,
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
            provides = any(_RECEIVES.search(head) for head in table.columns)
            stated = self.provided if provides else self.found
            stated.append(Found(sentence, None, self.times.find(span.start, span.end), given=given))
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


def _agreed(own: Sequence[Deadline], given: Deadline | None) -> Deadline | None:
    """The time in a row's own words that the column for deadlines says too: 3月底前启动,10月底前建成 by 10月底前."""
    return next((one for one in own if given is not None and one.iso is not None and one.iso == given.iso), None)


def _sizes(table: Table) -> dict[int, int]:
    """How much the data of each column say, in characters: what is to be done takes more words than its name."""
    sizes: dict[int, int] = {}
    for row in table.rows:
        if row.kind == "data":
            for cell in row.cells:
                sizes[cell.column] = sizes.get(cell.column, 0) + cell.end - cell.start
    return sizes


def _charges(table: Table) -> bool:
    """Whether a table of projects says as well who answers for each and by when."""
    answers = any(re.search(r"(?:牵头|责任)(?:单位|部门)", column) for column in table.columns)
    return answers and "time" in table.kinds


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
