"""Projects of a project table, and whether their sums are the sums that the table itself gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from yinian.engines.plantext.columns import cell_span, cell_text, column_kind
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Doubt, Project, Row, Span, Table

_FEN = {"亿元": 10_000_000_000, "万元": 1_000_000, "千元": 100_000, "元": 100}


class _Columns:
    """Which column of a table holds what."""

    def __init__(self, columns: Sequence[str]) -> None:
        kinds = [column_kind(column) for column in columns]
        amounts = [index for index, kind in enumerate(kinds) if kind == "amount"]
        self.number = _first(kinds, "number")
        self.name = next((i for i, c in enumerate(columns) if re.search(r"项目名称|^项目$|名称", c)), None)
        self.nature = _first(kinds, "nature")
        self.owner = _first(kinds, "unit")
        self.content = next((i for i, c in enumerate(columns) if re.search(r"内容|规模", c)), None)
        years = [index for index, kind in enumerate(kinds) if kind == "year"]
        self.begin = years[0] if years else None
        self.finish = years[-1] if years else None
        self.total = next(
            (i for i in amounts if re.search(r"总投资|投资总额|投资估算|估算|总额", columns[i])),
            amounts[0] if amounts else None,
        )
        self.planned = next(
            (i for i in amounts if i != self.total and re.search(r"计划|年度|十.五|期间", columns[i])), None
        )
        self.share = _first(kinds, "percent")
        self.note = _first(kinds, "note")
        self.unit = {i: _unit(columns[i]) for i in amounts}


def _first(kinds: Sequence[str], kind: str) -> int | None:
    return next((index for index, one in enumerate(kinds) if one == kind), None)


def _unit(head: str) -> int:
    return next((factor for word, factor in _FEN.items() if word in head), 1_000_000)


def read_projects(document: Document, tables: Sequence[Table]) -> tuple[list[Project], list[Doubt]]:
    """Every project of every project table, and every sum of a table that does not add up."""
    projects: list[Project] = []
    doubts: list[Doubt] = []
    for table in tables:
        if table.kind != "projects":
            continue
        found, wrong = _of_table(document, table)
        projects.extend(found)
        doubts.extend(wrong)
    return projects, doubts


def _of_table(document: Document, table: Table) -> tuple[list[Project], list[Doubt]]:
    columns = _Columns(table.columns)
    projects: list[Project] = []
    doubts: list[Doubt] = []
    group: Row | None = None
    groups: list[tuple[Row, list[Project]]] = []
    total: Row | None = None
    for row in table.rows:
        if row.kind == "group":
            group = row
            groups.append((row, []))
        elif row.kind == "total":
            total = total or row
        elif row.kind == "data":
            project = _project(document, row, columns, group)
            if project is None:
                continue
            projects.append(project)
            if groups:
                groups[-1][1].append(project)
            doubts.extend(_row_doubts(row, project))
    for row, members in groups:
        doubts.extend(_sums(document, row, members, columns, "group"))
    if total is not None:
        doubts.extend(_sums(document, total, projects, columns, "total"))
        doubts.extend(_groups_against_total(document, total, [row for row, _ in groups], columns))
    return projects, doubts


def _project(document: Document, row: Row, columns: _Columns, group: Row | None) -> Project | None:
    def words(column: int | None) -> str | None:
        if column is None:
            return None
        found = re.sub(r"\s*[\r\n]+\s*", "\n", cell_text(document, row, column)).strip()
        return found or None

    name = words(columns.name)
    if name is None:
        return None
    total = _amount(document, row, columns.total, columns)
    planned = _amount(document, row, columns.planned, columns)
    first, _ = _years(words(columns.begin))
    begin_last = _years(words(columns.begin))[1]
    finish_first, finish_last = _years(words(columns.finish))
    del finish_first
    heading = document.raw[group.cells[0].start : group.cells[0].end] if group and group.cells else None
    return Project(
        name=re.sub(r"\s+", "", name),
        nature=words(columns.nature),
        owner=words(columns.owner),
        content=words(columns.content),
        start_year=first,
        end_year=finish_last or begin_last,
        total_fen=total,
        planned_fen=planned,
        private_share=_share(words(columns.share)),
        note=words(columns.note),
        group=heading,
        number=words(columns.number),
        start=row.start,
        end=row.end,
    )


def _years(words: str | None) -> tuple[int | None, int | None]:
    found = [int(year) for year in re.findall(r"20\d\d", words or "")]
    return (found[0], found[-1]) if found else (None, None)


def _share(words: str | None) -> float | None:
    match = re.search(r"(\d+(?:\.\d+)?)\s?[%％]?", words or "")
    return round(float(match[1]) / 100, 6) if match else None


def _amount(document: Document, row: Row, column: int | None, columns: _Columns) -> int | None:
    if column is None:
        return None
    span = cell_span(row, column)
    return None if span is None else _fen(document.folded[span.start : span.end], columns.unit[column])


def _fen(words: str, factor: int) -> int | None:
    match = re.search(r"\d[\d,]*(?:\.\d+)?", words)
    if not match:
        return None
    try:
        return int((Decimal(match[0].replace(",", "")) * factor).to_integral_value())
    except InvalidOperation:
        return None


def _row_doubts(row: Row, project: Project) -> list[Doubt]:
    doubts: list[Doubt] = []
    said = re.search(
        r"(?:估算|预计|项目|计划)?(?:总投资|建设资金)[约为共计]*\s?(\d+(?:\.\d+)?)\s?(亿元|万元)", project.content or ""
    )
    if said and project.total_fen is not None:
        stated = _fen(said[1], _FEN[said[2]])
        if stated != project.total_fen:
            doubts.append(
                Doubt(
                    "content_states_another_total",
                    row.start,
                    row.end,
                    {"name": project.name, "stated": stated, "total_fen": project.total_fen},
                )
            )
    if project.total_fen is None:
        doubts.append(Doubt("project_without_total", row.start, row.end, {"name": project.name}))
    elif project.planned_fen is not None and project.planned_fen > project.total_fen:
        doubts.append(
            Doubt(
                "planned_above_total",
                row.start,
                row.end,
                {"name": project.name, "planned_fen": project.planned_fen, "total_fen": project.total_fen},
            )
        )
    if project.start_year and project.end_year and project.end_year < project.start_year:
        doubts.append(Doubt("ends_before_it_starts", row.start, row.end, {"name": project.name}))
    return doubts


def _stated(document: Document, row: Row, columns: _Columns) -> tuple[int | None, list[tuple[int, Span]]]:
    """The count and the amounts that a group heading or a total gives, in the order of its columns."""
    count = None
    amounts: list[tuple[int, Span]] = []
    factors = [columns.unit[column] for column in sorted(columns.unit)]
    for cell in row.cells:
        words = document.folded[cell.start : cell.end]
        if re.fullmatch(r"[\d,]+(?:\.\d+)?", words.strip()):
            factor = factors[min(len(amounts), len(factors) - 1)] if factors else 1_000_000
            value = _fen(words, factor)
            if value is not None:
                amounts.append((value, Span(cell.start, cell.end)))
            continue
        match = re.search(r"\(\s?(?:共)?\s?(\d+)\s?(?:个|项)?(?:项目)?\s?\)|共?(\d+)\s?(?:个|项)", words)
        if match and count is None:
            count = int(match[1] or match[2])
    return count, amounts


def _sums(document: Document, row: Row, projects: Sequence[Project], columns: _Columns, kind: str) -> list[Doubt]:
    count, amounts = _stated(document, row, columns)
    heading = document.raw[row.cells[0].start : row.cells[0].end]
    doubts: list[Doubt] = []
    if count is not None and count != len(projects):
        doubts.append(
            Doubt(
                "project_count_differs",
                row.start,
                row.end,
                {"of": kind, "heading": heading, "stated": count, "found": len(projects)},
            )
        )
    fields = ("total_fen", "planned_fen")
    for (value, span), field in zip(amounts, fields, strict=False):
        added = sum(getattr(project, field) or 0 for project in projects)
        if added != value:
            doubts.append(
                Doubt(
                    "sum_differs",
                    span.start,
                    span.end,
                    {
                        "of": kind,
                        "heading": heading,
                        "field": field,
                        "stated": value,
                        "found": added,
                        "difference": added - value,
                    },
                )
            )
    return doubts


def _groups_against_total(document: Document, total: Row, groups: Sequence[Row], columns: _Columns) -> list[Doubt]:
    """Whether the groups' own sums make the grand total."""
    _, amounts = _stated(document, total, columns)
    doubts: list[Doubt] = []
    for index, field in enumerate(("total_fen", "planned_fen")):
        parts = [found[index][0] for group in groups if len(found := _stated(document, group, columns)[1]) > index]
        if index < len(amounts) and parts and len(parts) == len(groups) and sum(parts) != amounts[index][0]:
            value, span = amounts[index]
            doubts.append(
                Doubt(
                    "group_sums_differ",
                    span.start,
                    span.end,
                    {"field": field, "stated": value, "found": sum(parts), "difference": sum(parts) - value},
                )
            )
    return doubts
