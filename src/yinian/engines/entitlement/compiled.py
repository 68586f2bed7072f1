"""The innermost steps from facts to profiles as machine code, by Numba: half the time that NumPy takes.

Only for machines that work out tens of millions of people, or the same pack again and again: Numba is no part of what a
county installs, and loading it costs what it saves on about `PEOPLE`. Nothing else depends on it; where it was not
loaded, NumPy does the same. What was compiled is kept beside this file, or in the user's cache where that cannot be
written.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

PEOPLE = 40_000_000
"""From so many people on it pays to load the steps for one run."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The compiled steps; what they take and do is told by the functions below."""

    add_bits: Any
    add_bytes: Any
    add_listed: Any
    sum_up: Any
    number: Any
    join: Any


steps: Steps | None = None


def possible() -> bool:
    """Whether Numba is there."""
    return importlib.util.find_spec("numba") is not None


def load() -> bool:
    """Loads the steps, for the whole process; the first time on a machine they are compiled, which takes some seconds.
    Whether that could be done."""
    global steps
    if steps is None and possible():
        from numba import njit

        byte, word = "Array(uint8, 1, 'C', readonly=True)", "uint8[::1]"
        made: dict[str, Any] = {}
        for function, signatures in (
            (add_bits, [f"void({byte}, {byte}, boolean, uint8, {word})"]),
            (add_bytes, [f"void({byte}, {byte}, boolean, {byte}, uint8, uint8, {word})"]),
            (add_listed, [f"void({byte}, {byte}, boolean, {byte}, uint8, uint8, {word})"]),
            (sum_up, [f"void(uint64[::1], {word}, uint64[::1])"]),
            (number, [f"boolean({kind}[:], {near}[::1], {word}, uint32[::1])" for kind in _KINDS for near in _NEAR]),
            (join, [f"boolean({kind}[:], {near}[::1], uint32, {far}[::1], {word}, uint32[::1])"
                    for kind in _KINDS for near in _NEAR for far in _NEAR]),
        ):
            made[function.__name__] = njit(signatures, cache=True, nogil=True)(function)
        steps = Steps(**made)
    return steps is not None


def unload() -> None:
    """Goes back to NumPy."""
    global steps
    steps = None


_KINDS = ("uint8", "uint16", "uint32", "uint64")
_NEAR = ("uint16", "uint32")


def add_bits(values: Any, present: Any, gaps: bool, step: Any, into: Any) -> None:
    """Adds truths to a word: bit, or 2 where `gaps` and no bit says that it is known, so many times."""
    one = np.uint8(1)
    twice = np.uint8(step * np.uint8(2))
    whole = len(into) // 8
    for byte in range(whole):
        unknown = np.uint8(0)
        truths = values[byte]
        if gaps:
            unknown = np.uint8(~present[byte])
            truths = np.uint8(truths & present[byte])
        for bit in range(8):
            shift = np.uint8(bit)
            into[byte * 8 + bit] += ((truths >> shift) & one) * step + ((unknown >> shift) & one) * twice
    for row in range(whole * 8, len(into)):
        shift = np.uint8(row - whole * 8)
        if gaps and not (present[whole] >> shift) & one:
            into[row] += twice
        else:
            into[row] += ((values[whole] >> shift) & one) * step


def add_bytes(values: Any, present: Any, gaps: bool, table: Any, unknown: Any, step: Any, into: Any) -> None:
    """Adds numbers to a word, `unknown` where `gaps` and no bit says that it is known, so many times."""
    one = np.uint8(1)
    if not gaps:
        for row in range(len(into)):
            into[row] += values[row] * step
        return
    whole = len(into) // 8
    for byte in range(whole):
        known = present[byte]
        for bit in range(8):
            mask = np.uint8(-((known >> np.uint8(bit)) & one))
            row = byte * 8 + bit
            into[row] += np.uint8((values[row] & mask) | (unknown & ~mask)) * step
    for row in range(whole * 8, len(into)):
        if (present[whole] >> np.uint8(row - whole * 8)) & one:
            into[row] += values[row] * step
        else:
            into[row] += unknown * step


def add_listed(values: Any, present: Any, gaps: bool, table: Any, unknown: Any, step: Any, into: Any) -> None:
    """The same with each number's code in a table."""
    one = np.uint8(1)
    if not gaps:
        for row in range(len(into)):
            into[row] += table[values[row]] * step
        return
    for row in range(len(into)):
        mask = np.uint8(-((present[row >> 3] >> np.uint8(row & 7)) & one))
        into[row] += np.uint8((table[values[row]] & mask) | (unknown & ~mask)) * step


def sum_up(table: Any, word: Any, into: Any) -> None:
    """What each value of a word adds to the keys."""
    for row in range(len(into)):
        into[row] += table[word[row]]


def number(keys: Any, table: Any, missing: Any, into: Any) -> Any:
    """The number of each key; 0, and told in `missing`, where it has none (the largest that the table can hold).
    Whether any has none."""
    none = table.dtype.type(-1)
    lacking = np.uint8(0)
    for row in range(len(into)):
        found = table[keys[row]]
        lacks = np.uint8(found == none)
        lacking |= lacks
        missing[row] |= lacks
        into[row] = 0 if lacks else found
    return lacking != 0


def join(keys: Any, table: Any, width: Any, joint: Any, missing: Any, whole: Any) -> Any:
    """The same for the pair of each key's number with that in `whole`, in its place."""
    nothing, none = table.dtype.type(-1), joint.dtype.type(-1)
    lacking = np.uint8(0)
    for row in range(len(whole)):
        given = table[keys[row]]
        own = np.uint32(given)
        lacks = np.uint8((own >= width) | (given == nothing))
        found = joint[whole[row] * width + (np.uint32(0) if lacks else own)]
        lacks |= np.uint8(found == none)
        lacking |= lacks
        missing[row] |= lacks
        whole[row] = 0 if lacks else found
    return lacking != 0


__all__ = ["PEOPLE", "Steps", "load", "possible", "steps", "unload"]
