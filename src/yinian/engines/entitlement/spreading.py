"""From profiles to rows: what a profile's answers say is put down for everybody who has it, as codes.

A column is as narrow as its codes allow. By compiled steps where these were loaded, else by Polars.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from yinian.engines.entitlement import compiled
from yinian.engines.entitlement.numbering import Numbers

SHARED = 1 << 16
"""From so many people on two threads share them."""

_BEYOND = 8
"""Bytes that are read beyond the end of a list."""

Codes = npt.NDArray[np.signedinteger[Any] | np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Lists:
    """For each profile the numbers of its answers: those in `answers` from its offset to the next."""

    offsets: npt.NDArray[np.int64]
    answers: Numbers


@dataclass(frozen=True, slots=True)
class Column:
    """By answer the place of its word, one beyond the last for none."""

    codes: Codes
    words: pl.Series

    @property
    def same(self) -> bool:
        """Whether all answers have one word."""
        return len(self.words) == 1 and not self.codes.any()

    def arrow(self, codes: Codes) -> pa.DictionaryArray:
        """The column of some rows, of which these are the codes."""
        known = None
        if (self.codes == len(self.words)).any():
            known = pa.py_buffer(np.packbits(codes != len(self.words), bitorder="little"))
        kind = pa.from_numpy_dtype(codes.dtype)
        return dictionary(pa.Array.from_buffers(kind, len(codes), [known, pa.py_buffer(codes)]), self.words)


def column(values: pl.Series, narrow: bool) -> Column:
    """The words of a column of answers; `narrow` where no others are to come."""
    words = values.unique(maintain_order=True).drop_nulls()
    kind: Any = np.int32
    if narrow:
        kind = next(kind for kind in (np.int8, np.int16, np.int32) if len(words) < np.iinfo(kind).max)
    places = values.replace_strict(words, pl.int_range(len(words), eager=True), default=None, return_dtype=pl.Int32)
    return Column(places.fill_null(len(words)).to_numpy().astype(kind), words)


def dictionary(codes: pa.Array, words: pl.Series) -> pa.DictionaryArray:
    """Codes into words, which hold a place for each."""
    listed = words.to_arrow()
    if words.dtype == pl.String:
        listed = listed.cast(pa.string())
    return pa.DictionaryArray.from_arrays(codes, listed, safe=False)


def spread(
    profiles: Numbers, lists: Lists, columns: Mapping[str, Codes]
) -> tuple[npt.NDArray[np.int32], dict[str, Codes]]:
    """For each row the place of its person, and by name what its answer has in each column."""
    if compiled.steps is not None:
        return _compiled(profiles, lists, columns)
    lengths = np.diff(lists.offsets)
    counts = np.take(lengths, profiles)
    people = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    begins = np.take(lists.offsets[:-1], profiles) - (np.cumsum(counts) - counts)
    entries = pl.Series(np.repeat(begins, counts) + np.arange(len(people)), dtype=pl.UInt32)
    answers = pl.Series(lists.answers).gather(entries)
    return people, {name: pl.Series(codes).gather(answers).to_numpy() for name, codes in columns.items()}


def _compiled(
    profiles: Numbers, lists: Lists, columns: Mapping[str, Codes]
) -> tuple[npt.NDArray[np.int32], dict[str, Codes]]:
    steps = compiled.steps
    assert steps is not None
    middle = len(profiles) // 2 if len(profiles) >= SHARED else len(profiles)
    half = int(steps.count(profiles, lists.offsets, 0, middle))
    height = half + int(steps.count(profiles, lists.offsets, middle, len(profiles)))
    given = {name: np.resize(codes[lists.answers], len(lists.answers) + _BEYOND) for name, codes in columns.items()}
    filled = {name: np.empty(height, dtype=codes.dtype) for name, codes in columns.items()}
    people = np.empty(height, dtype=np.int32)
    places = np.array(
        [(codes.ctypes.data, codes.itemsize, filled[name].ctypes.data) for name, codes in given.items()], dtype=np.int64
    ).reshape(-1, 3)

    def part(start: int, stop: int, row: int, end: int) -> None:
        steps.spread(profiles, lists.offsets, places, start, stop, row, end, people)

    if middle < len(profiles):
        with ThreadPoolExecutor(1) as threads:
            other = threads.submit(part, middle, len(profiles), half, height)
            part(0, middle, 0, half)
            other.result()
    else:
        part(0, middle, 0, half)
    return people, filled
