"""What is found in a plan, as plain frozen data. Every span is a half-open range of Unicode code points of the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["lead", "assist", "joint", "responsible", "territorial"]
"""Lead, assisting, jointly responsible with no lead named, named as responsible, every territory's own government."""

DeadlineKind = Literal["by", "period", "recurring"]
SectionKind = Literal["background", "goal", "task", "closing"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points of the text."""

    start: int
    end: int

    def holds(self, other: Span) -> bool:
        """Whether the other range lies inside this one."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: Span) -> bool:
        """Whether the two ranges share a code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Node:
    """A heading of the outline. start..end is label and title, body_end is where the content stops."""

    id: str
    level: int
    label: str
    title: str
    start: int
    end: int
    body_end: int
    parent: str | None
    kind: SectionKind
    enumerator: bool = False
    """True for 一是, 二是 … inside a paragraph."""


@dataclass(frozen=True, slots=True)
class Member:
    """A unit as it is written. `name` has the prefix it inherits from the unit before it (市民政局、财政局)."""

    surface: str
    start: int
    end: int
    role: Role
    name: str
    group: bool = False


@dataclass(frozen=True, slots=True)
class UnitBlock:
    """The units that one parenthesis or one line makes responsible."""

    id: str
    start: int
    end: int
    form: str
    open_ended: bool
    members: tuple[Member, ...]
    outline_id: str | None
    in_heading: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """When. `iso` is the last day for kind by and period; `rule` an RRULE fragment, or `unspecified`, for recurring.

    An inherited deadline has no place of its own; `inherited_from` says where it was written.
    """

    raw: str
    start: int | None
    end: int | None
    kind: DeadlineKind
    iso: str | None = None
    from_iso: str | None = None
    precision: str | None = None
    rule: str | None = None
    inherited_from: Span | None = None

    @property
    def inherited(self) -> bool:
        """Whether it was carried here from elsewhere."""
        return self.start is None


@dataclass(frozen=True, slots=True)
class Task:
    """One sentence that something is to be done, and who answers for it, and by when."""

    id: str
    start: int
    end: int
    deadline: Deadline | None
    deadlines: tuple[Deadline, ...]
    outline_id: str | None
    lead_units: tuple[str, ...]
    assist_units: tuple[str, ...]
    responsible_units: tuple[str, ...]
    units_from: Span | None
    units_open_ended: bool
    from_table: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to be reached. `value` is in base units: 2.5万户 is 25000 户, 全覆盖 is 100 %."""

    id: str
    start: int
    end: int
    indicator: str
    indicator_start: int
    indicator_end: int
    value_start: int
    value_end: int
    comparator: str
    value: float
    value_max: float | None
    unit: str
    kind: Literal["goal", "standard", "table"]
    deadline: Deadline | None
    per: str | None
    implicit: bool
    approx: bool
    outline_id: str | None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in yuan: minimum equals maximum for a single figure, no minimum for a cap, no maximum for a floor."""

    id: str
    start: int
    end: int
    amount_min: float | None
    amount_max: float | None
    kind: str
    basis: str | None
    approx: bool
    outline_id: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; start equals end where it is empty."""

    start: int
    end: int
    column: int
    ditto: bool = False
    """Whether the cell above goes on here."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: data, a group heading (一、…类), a total, or the head."""

    kind: Literal["head", "data", "group", "total"]
    start: int
    end: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the words of its head, one for each column."""

    id: str
    start: int
    end: int
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: Literal["indicators", "projects", "tasks", "other"]
    outline_id: str | None = None
    kinds: tuple[str, ...] = ()
    """What each column holds, told by its head and its cells."""
    unsure: tuple[tuple[int, str, str], ...] = ()
    """The columns that may hold something else: column, the kind taken, the next likeliest."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project of a project table. Amounts are in fen, `private_share` is a fraction of one."""

    name: str
    nature: str | None
    owner: str | None
    content: str | None
    start_year: int | None
    end_year: int | None
    total_fen: int | None
    planned_fen: int | None
    private_share: float | None
    note: str | None
    group: str | None
    number: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the reading is not sure of, for the reviewer: a code, a place, and the facts behind it."""

    code: str
    start: int
    end: int
    facts: dict[str, str | int | float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A stretch of text that prints again what stands at `of`; it was left out of the reading."""

    start: int
    end: int
    of: Span
    identical: bool


@dataclass(frozen=True, slots=True)
class Meta:
    """What the document says of itself. Dates are ISO; `period` is the plan's own years."""

    title: str | None
    issuer: str | None
    doc_no: str | None
    date: str | None
    valid_until: str | None
    period: tuple[int, int] | None
    spans: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole reading."""

    text: str
    meta: Meta
    policy: Literal["items", "sentences"]
    outline: tuple[Node, ...]
    units: tuple[UnitBlock, ...]
    tasks: tuple[Task, ...]
    targets: tuple[Target, ...]
    money: tuple[Money, ...]
    projects: tuple[Project, ...]
    tables: tuple[Table, ...]
    duplicates: tuple[Duplicate, ...]
    doubts: tuple[Doubt, ...]
