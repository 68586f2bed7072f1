"""Writes answers piece by piece as CSV or Parquet, beside the machine's other work, with few of them in memory."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from yinian.engines.entitlement.evaluate import coded
from yinian.engines.entitlement.settling import LONG_SCHEMA

LARGEST_DICTIONARY = 1 << 26  # bytes: the persons of one piece
LISTS = ("unknown_tests", "false_tests")
"""The columns whose empty text is an empty cell in CSV."""


class AnswerFile:
    """A draft of answers being written; pieces must come in order. The file is whole once the block is left.

    The same answers in the same pieces make the same bytes.
    """

    def __init__(self, draft: Path, suffix: str) -> None:
        self.rows = 0
        self.status: dict[str, int] = {}
        self._draft = draft
        self._suffix = suffix
        self._csv: BinaryIO | None = None
        self._parquet: pq.ParquetWriter | None = None
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._under_way: Future[None] | None = None

    def __enter__(self) -> AnswerFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        try:
            self._wait()
        finally:
            self._thread.shutdown()
            for file in (self._parquet, self._csv):
                if file is not None:
                    file.close()

    def write(self, answers: pa.Table | pl.DataFrame) -> None:
        """Takes one piece: a table with coded columns for Parquet, a frame for CSV. Raises OSError."""
        self._count(answers)
        self._wait()
        if isinstance(answers, pl.DataFrame):
            self._under_way = self._thread.submit(self._write_csv, answers)
        else:
            self._under_way = self._thread.submit(self._write_parquet, answers)

    def write_rows(self, rows: pa.Table) -> None:
        """Takes one piece as a table of plain columns."""
        if self._suffix == ".csv":
            self.write(pl.DataFrame(pl.from_arrow(rows), schema_overrides=LONG_SCHEMA))
        else:
            self.write(coded(pl.DataFrame(pl.from_arrow(rows))))

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()
            self._under_way = None

    def _count(self, answers: pa.Table | pl.DataFrame) -> None:
        if isinstance(answers, pl.DataFrame):
            found = answers["status"].value_counts().iter_rows()
        else:
            column = answers.column("status").combine_chunks()
            counts = pl.Series(column.indices).value_counts()
            found = ((column.dictionary[code].as_py(), count) for code, count in counts.iter_rows())
        for status, count in found:
            self.status[status] = self.status.get(status, 0) + count
            self.rows += count

    def _write_csv(self, answers: pl.DataFrame) -> None:
        first = self._csv is None
        if self._csv is None:
            self._csv = self._draft.open("wb")
        lists = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in LISTS]
        answers.with_columns(lists).write_csv(self._csv, include_header=first)

    def _write_parquet(self, answers: pa.Table) -> None:
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(
                self._draft, answers.schema, compression="zstd", compression_level=1, store_schema=False,
                dictionary_pagesize_limit=LARGEST_DICTIONARY,
            )  # fmt: skip
        self._parquet.write_table(answers, row_group_size=max(1, answers.num_rows))
