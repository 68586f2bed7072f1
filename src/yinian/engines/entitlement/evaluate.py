"""Who is due what: a pack over a table of facts, by the way that costs least.

Where many people are alike, each distinct profile is worked out once (`profiles`); where they are not, row by row in
pieces (`settling`). Both say the same, bit for bit. One person's reasons in words are for `explain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from yinian.engines.entitlement.model import BoundService, Pack
from yinian.engines.entitlement.prepare import compact_facts, expected_of, prepare_facts
from yinian.engines.entitlement.profiles import PIECE, Book, Met
from yinian.engines.entitlement.settling import (
    CHECK,
    DUE,
    LONG_SCHEMA,
    NOT_DUE,
    STATUS_NAMES,
    SUPERSEDED,
    Settled,
    check_arithmetic,
    exclusion_pairs,
    facts_of,
    facts_to_ask,
    long_of,
    long_schema,
    settle,
    settle_prepared,
    supersede,
    wide_of,
)

Path = Literal["profiles", "rows"]
"""How a table is worked out: each distinct profile once, or row by row."""

FEWEST_FOR_PROFILES = 20_000
SAMPLE = 20_000
MOST_KEYS_PER_PERSON = 0.25


def choose(book: Book, facts: pl.DataFrame, people: int | None = None) -> Path:
    """The way that pays: profiles, where a sample foretells few distinct keys for the people there are.

    `facts` in their compact types, of all people or of some of `people`. From a sample of n evenly spaced rows with d
    keys over all groups of services, s of them met once, the whole is taken to have d - s + s * sqrt(people / n) of
    them (Charikar's estimate): those met twice or more are known, and those met once stand for others not met.
    """
    people = facts.height if people is None else people
    if people < FEWEST_FOR_PROFILES or facts.is_empty() or not book.possible:
        return "rows"
    if book.surely_few(people):
        return "profiles"
    sample = facts.gather_every(max(1, facts.height // SAMPLE))
    distinct, once = book.distinct(sample)
    foretold = distinct - once + once * sqrt(people / sample.height)
    return "profiles" if foretold <= people * MOST_KEYS_PER_PERSON else "rows"


class Stream:
    """Answers tables that come in pieces, in the way that pays; a piece's answers do not depend on the others.

    `people` is how many there will be in all, where that is known; `path` decides in the engine's place. Raises
    PackError where the pack cannot be used on that day.
    """

    def __init__(
        self,
        pack: Pack,
        as_of: date,
        *,
        with_not_due: bool = False,
        with_unknown_facts: bool = False,
        people: int | None = None,
        path: Path | None = None,
    ) -> None:
        self.book = Book(pack, as_of, with_not_due=with_not_due, with_unknown_facts=with_unknown_facts, people=people)
        self.people: dict[Path, int] = {"profiles": 0, "rows": 0}
        self._with = (with_not_due, with_unknown_facts)
        self._expected = people
        self._path = path

    @property
    def path(self) -> Path:
        """How most people were answered."""
        return "profiles" if self.people["profiles"] > self.people["rows"] else "rows"

    def answer(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The long form for these people. Raises FactsError, its row counted within the piece."""
        found = self._by_profiles(facts)
        return self._by_rows(facts) if found is None else self.book.long(*found)

    def answer_coded(self, facts: pl.DataFrame) -> pa.Table:
        """The same as an Arrow table whose text columns are codes into dictionaries, as Parquet keeps them."""
        found = self._by_profiles(facts)
        if found is not None:
            return self.book.coded(*found)
        return coded(self._by_rows(facts))

    def _by_profiles(self, facts: pl.DataFrame) -> tuple[pl.Series, Met] | None:
        """The people and their profiles, or None where that does not pay."""
        if self._path == "rows" or not self.book.possible:
            return None
        if self._path is None and (self._expected or facts.height) < FEWEST_FOR_PROFILES:
            return None
        compact = compact_facts(facts, self.book.as_of, self.book.facts)
        if self._path is None:
            self._path = choose(self.book, compact, self._expected)
            if self._path == "rows":
                return None
        met = self.book.read(compact)
        self.people["profiles"] += facts.height
        if self.book.keys_met > max(FEWEST_FOR_PROFILES, self.people["profiles"]) * MOST_KEYS_PER_PERSON:
            self._path = "rows"  # more kinds of people than the sample foretold
        return compact["person_id"], met

    def _by_rows(self, facts: pl.DataFrame) -> pl.DataFrame:
        prepared = prepare_facts(facts, self.book.as_of, self.book.facts)
        self.people["rows"] += facts.height
        pieces = (prepared.slice(start, PIECE) for start in range(0, max(1, prepared.height), PIECE))
        rows = pl.concat(long_of(settle_prepared(self.book.services, piece), *self._with) for piece in pieces)
        hashed = pl.lit(self.book.pack.hash).alias("pack_hash"), pl.lit(self.book.as_of, dtype=pl.Date).alias("as_of")
        return rows.with_columns(*hashed).select(list(long_schema(self._with[1])))


def coded(rows: pl.DataFrame) -> pa.Table:
    """A long form as an Arrow table whose text columns are codes into dictionaries."""
    columns = {}
    for name, kind in rows.schema.items():
        column = rows[name].to_arrow()
        if name != "amount_fen":
            column = pc.dictionary_encode(column.cast(pa.string()) if kind == pl.String else column)
        columns[name] = column
    return pa.table(columns)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A table of answers, and the way it was worked out; `profiles` counts the distinct ones where they were used."""

    rows: pl.DataFrame
    path: Path
    profiles: int | None


def evaluated(
    pack: Pack,
    facts: pl.DataFrame,
    as_of: date,
    with_not_due: bool = False,
    with_unknown_facts: bool = False,
    path: Path | None = None,
) -> Evaluated:
    """The long form of `evaluate` and how it came about; `path` decides in the engine's place."""
    stream = Stream(pack, as_of, with_not_due=with_not_due, with_unknown_facts=with_unknown_facts, path=path)
    rows = stream.answer(facts)
    return Evaluated(rows, stream.path, len(stream.book) if stream.path == "profiles" else None)


def evaluate(
    pack: Pack,
    facts: pl.DataFrame,
    as_of: date,
    with_not_due: bool = False,
    with_unknown_facts: bool = False,
) -> pl.DataFrame:
    """The long form (LONG_SCHEMA), persons in the order given and services in list order.

    Amounts stand on due, superseded and check rows, never on not_due ones. `with_unknown_facts` adds
    `unknown_facts`: the facts to go and find out, joined by ';'. Raises PackError or FactsError.
    """
    return evaluated(pack, facts, as_of, with_not_due, with_unknown_facts).rows


def evaluate_wide(pack: Pack, facts: pl.DataFrame, as_of: date, path: Path | None = None) -> pl.DataFrame:
    """One row per person in the order given: `person_id`, and for each service in force `status:<id>` (UInt8, index
    into STATUS_NAMES) and, where it gives money, `amount:<id>` (Int64 fen, null where not due or not known)."""
    if path == "profiles" or (path is None and facts.height >= FEWEST_FOR_PROFILES):
        book = Book(pack, as_of)
        compact = compact_facts(facts, as_of, book.facts)
        if (path or choose(book, compact)) == "profiles":
            return book.wide(compact["person_id"], book.read(compact))
    return wide_of(settle(pack, facts, as_of))


__all__ = [
    "CHECK",
    "DUE",
    "LONG_SCHEMA",
    "NOT_DUE",
    "STATUS_NAMES",
    "SUPERSEDED",
    "BoundService",
    "Evaluated",
    "Path",
    "Settled",
    "Stream",
    "check_arithmetic",
    "choose",
    "evaluate",
    "evaluate_wide",
    "evaluated",
    "exclusion_pairs",
    "expected_of",
    "facts_of",
    "facts_to_ask",
    "prepare_facts",
    "settle",
    "supersede",
]
