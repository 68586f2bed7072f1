"""The compiled steps themselves; see `compiled`, which alone imports this, and only where Numba is there."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.extending import intrinsic

BLOCK = 1024
"""Rows from facts to profiles at once: all that is noted of them stays in the nearest cache. A multiple of 32."""

LINE = 64
"""Bytes that memory is read in at least."""

AHEAD = 2
"""How many blocks before they are read the values of a column are asked for."""

WHOLE = 8
"""Bytes, or rows of persons, that are written at once."""

BITS, BYTES, LISTED = range(3)
_ALL = 255


@intrinsic
def _spread(typing: Any, source: Any, into: Any) -> Any:
    """32 bits at an address as 32 bytes at another: all bits of a byte set where its bit was."""

    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        bits = builder.inttoptr(given[0], ir.IntType(32).as_pointer())
        bytes_ = builder.inttoptr(given[1], ir.VectorType(ir.IntType(8), 32).as_pointer())
        truths = builder.bitcast(builder.load(bits, align=1), ir.VectorType(ir.IntType(1), 32))
        builder.store(builder.sext(truths, ir.VectorType(ir.IntType(8), 32)), bytes_, align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), built


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    """An address as what `carray` takes."""

    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.inttoptr(given[0], ir.IntType(8).as_pointer())

    return types.CPointer(types.uint8)(types.int64), built


@intrinsic
def _fetch(typing: Any, address: Any) -> Any:
    """Has the line of memory at an address brought near while other work goes on; it may be no address at all."""

    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        builder.call(fetch, [builder.inttoptr(given[0], pointer), number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(types.int64), built


@njit(inline="always")
def _ahead(address: Any, size: Any) -> None:
    for line in range(address, address + size, LINE):
        _fetch(line)


@njit(inline="always")
def _masks(address: Any, start: Any, height: Any, into: Any) -> None:
    """The bits from `start`, which is at the beginning of a byte, as bytes of all bits or none."""
    source, target = address + start // 8, into.ctypes.data
    whole = height // 32
    for chunk in range(whole):
        _spread(source + chunk * 4, target + chunk * 32)
    if whole * 32 < height:
        bits = carray(_pointer(source), (height + 7) // 8)
        for row in range(whole * 32, height):
            into[row] = np.uint8(-((bits[row >> 3] >> np.uint8(row & 7)) & np.uint8(1)))


@njit(inline="always")
def _add_bits(truths: Any, known: Any, one: Any, unknown: Any, word: Any) -> None:
    for row in range(len(word)):
        word[row] += np.uint8(truths[row] & known[row] & one) + np.uint8(~known[row] & unknown)


@njit(inline="always")
def _add_step(codes: Any, bound: Any, step: Any, word: Any) -> None:
    for row in range(len(word)):
        word[row] += step if codes[row] >= bound else np.uint8(0)


@njit(inline="always")
def _add_listed(codes: Any, table: Any, word: Any) -> None:
    for row in range(len(word)):
        word[row] += table[codes[row]]


@njit(inline="always")
def _pack(columns: Any, bounds: Any, tables: Any, start: Any, one: Any, other: Any, words: Any) -> None:
    """Adds up the words of the rows from `start`, a block after the other: each column's classes, so many times."""
    height = len(one)
    for number in range(len(columns)):
        kind, values, present, word, first, last = columns[number]
        later = start + AHEAD * BLOCK
        _ahead(values + (later // 8 if kind == BITS else later), BLOCK // 8 if kind == BITS else BLOCK)
        if present:
            _ahead(present + later // 8, BLOCK // 8)
        into = words[word * BLOCK : word * BLOCK + height]
        if present:
            _masks(present, start, height, other)
        if kind == BITS:
            _masks(values, start, height, one)
            if not present:
                other[:] = np.uint8(_ALL)
            _add_bits(one, other, bounds[first, 1], bounds[first + 1, 1], into)
            continue
        codes = carray(_pointer(values + start), height)
        if present:
            for row in range(height):
                one[row] = codes[row] | ~other[row]
            codes = one
        if kind == LISTED:
            _add_listed(codes, tables[first], into)
        else:
            for step in range(first, last):
                _add_step(codes, bounds[step, 0], bounds[step, 1], into)


@njit(inline="always")
def _sum(first: Any, second: Any, one: Any, other: Any, sums: Any) -> None:
    for row in range(len(sums)):
        sums[row] += first[one[row]] + second[other[row]]


@njit(inline="always")
def _lead(sums: Any, outcomes: Any, places: Any, codes: Any) -> None:
    """Adds to the codes the outcomes of the four keys that lie in each sum."""
    (from0, from1, from2, from3), (by0, by1, by2, by3) = places[0], places[1]
    for row in range(len(codes)):
        whole = sums[row]
        codes[row] += (
            (np.uint64(outcomes[from0 + (whole & np.uint64(0xFFFF))]) << by0)
            + (np.uint64(outcomes[from1 + ((whole >> np.uint64(16)) & np.uint64(0xFFFF))]) << by1)
            + (np.uint64(outcomes[from2 + ((whole >> np.uint64(32)) & np.uint64(0xFFFF))]) << by2)
            + (np.uint64(outcomes[from3 + (whole >> np.uint64(48))]) << by3)
        )


@njit(inline="always")
def _place(mark: Any, shift: Any) -> Any:
    """Where a code is looked for first."""
    return (mark * np.uint64(0x9E3779B97F4A7C15)) >> shift


@njit(inline="always")
def _find(codes: Any, slots: Any, shift: Any, start: Any, into: Any, rows: Any, lacking: Any, count: Any) -> Any:
    last = np.uint64(len(slots) - 1)
    for row in range(len(into)):
        mark = codes[row] + np.uint64(1)
        place = _place(mark, shift)
        if slots[place, 0] != mark:
            while slots[place, 0] != mark and slots[place, 0]:
                place = (place + np.uint64(1)) & last
            if not slots[place, 0]:
                rows[count] = start + row
                lacking[count] = mark
                count += 1
        into[row] = np.uint32(slots[place, 1])
    return count


@njit(
    "int64(int64[:,::1],uint8[:,::1],uint8[:,::1],int64,int64,uint64[:,:,::1],uint16[::1],uint64[:,:,::1],"
    "uint64[:,::1],uint64,uint32[::1],int64[::1],uint64[::1])",
    cache=True, nogil=True,
)  # fmt: skip
def read(
    columns: Any, bounds: Any, tables: Any, start: Any, stop: Any, sums: Any, outcomes: Any, places: Any,
    slots: Any, shift: Any, into: Any, rows: Any, lacking: Any,
) -> Any:  # fmt: skip
    """Puts the number of each row's profile into an array. Of the rows whose profile has none yet tells how many there
    are, and puts down which, and what leads to it.

    `columns`: kind, addresses of values and of bits that say what is known (0 for none), number of the word, and which
    `bounds` (or which of the `tables`) tell how much is added to it. `sums`: by four groups and word what its values
    add to their keys; `outcomes` from `places` on: what a key leads to, and where that stands in the code of a profile.
    `slots`: code and number, from 1, of each profile.
    """
    one, other = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK, dtype=np.uint8)
    words = np.empty(sums.shape[1] * BLOCK, dtype=np.uint8)
    keys, codes = np.empty(BLOCK, dtype=np.uint64), np.empty(BLOCK, dtype=np.uint64)
    count = 0
    for first in range(start, stop, BLOCK):
        height = min(BLOCK, stop - first)
        words[:] = 0
        _pack(columns, bounds, tables, first, one[:height], other[:height], words)
        whole, code = keys[:height], codes[:height]
        code[:] = 0
        for four in range(len(sums)):
            whole[:] = 0
            for word in range(0, sums.shape[1], 2):
                begin, end = word * BLOCK, (word + 1) * BLOCK
                _sum(
                    sums[four, word], sums[four, word + 1], words[begin : begin + height], words[end : end + height],
                    whole,
                )  # fmt: skip
            _lead(whole, outcomes, places[four], code)
        count = _find(code, slots, shift, first, into[first : first + height], rows, lacking, count)
    return count


@njit(
    "UniTuple(int64,2)(int64[::1],uint64[::1],int64,uint64[:,::1],uint64,uint64[::1],int64,uint32[::1])",
    cache=True, nogil=True,
)  # fmt: skip
def meet(rows: Any, lacking: Any, start: Any, slots: Any, shift: Any, known: Any, met: Any, into: Any) -> Any:
    """Numbers the codes that have no number yet, from `start` on, in the order in which they come; `known` are those
    that have. Stops where there is no more room. How many rows were seen to, and how many codes are known."""
    last = np.uint64(len(slots) - 1)
    for row in range(start, len(rows)):
        mark = lacking[row]
        place = _place(mark, shift)
        while slots[place, 0] and slots[place, 0] != mark:
            place = (place + np.uint64(1)) & last
        if not slots[place, 0]:
            if met == len(known):
                return row, met
            known[met] = mark
            slots[place, 0], slots[place, 1] = mark, met
            met += 1
        into[rows[row]] = np.uint32(slots[place, 1])
    return len(rows), met


@intrinsic
def _copy(typing: Any, source: Any, into: Any) -> Any:
    """Eight bytes from one address to another."""

    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kind = ir.IntType(64).as_pointer()
        found = builder.load(builder.inttoptr(given[0], kind), align=1)
        builder.store(found, builder.inttoptr(given[1], kind), align=1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), built


@intrinsic
def _fill(typing: Any, value: Any, into: Any) -> Any:
    """One number of 32 bits eight times at an address."""

    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        eight = ir.VectorType(ir.IntType(32), 8)
        one = builder.insert_element(ir.Constant(eight, ir.Undefined), given[0], ir.IntType(32)(0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8)
        builder.store(
            builder.shuffle_vector(one, ir.Constant(eight, ir.Undefined), mask),
            builder.inttoptr(given[1], eight.as_pointer()), align=1,
        )  # fmt: skip
        return context.get_dummy_value()

    return types.void(types.uint32, types.int64), built


@njit(
    "void(Array(uint32,1,'C',readonly=True),Array(int64,1,'C',readonly=True),int64[:,::1],int64,int64,int64,int64,int32[::1])",
    cache=True, nogil=True,
)  # fmt: skip
def spread(
    profiles: Any, offsets: Any, columns: Any, start: Any, stop: Any, row: Any, end: Any, people: Any
) -> None:
    """The rows of the persons from `start` to `stop`, which lie from `row` to `end`: in `people` the place of each
    row's person, and in each of the `columns` (address of what the profiles have, bytes of an entry, address of what is
    filled) what the profile has there from its offset on.

    Eight bytes go at once, beyond the end of a list as well: what comes next is written later. The last ones go one by
    one, since what comes after them may be another thread's.
    """
    lengths, places = np.empty(BLOCK, dtype=np.int64), np.empty(BLOCK, dtype=np.int64)
    persons = people.ctypes.data
    for first in range(start, stop, BLOCK):
        height = min(BLOCK, stop - first)
        begun = row
        for person in range(height):
            profile = profiles[np.uint64(first + person)]
            place = offsets[np.uint64(profile)]
            length = offsets[np.uint64(profile) + np.uint64(1)] - place
            lengths[person], places[person] = length, place
            if row + length + WHOLE <= end:
                for entry in range(0, length, WHOLE):
                    _fill(np.uint32(first + person), persons + (row + entry) * 4)
            else:
                for entry in range(row, row + length):
                    people[entry] = first + person
            row += length
        for column in range(len(columns)):
            source, width, target = columns[column]
            limit = target + end * width - WHOLE
            into = target + begun * width
            for person in range(height):
                given, size = source + places[person] * width, lengths[person] * width
                if into + size <= limit:
                    for entry in range(0, size, WHOLE):
                        _copy(given + entry, into + entry)
                else:
                    last, listed = carray(_pointer(into), size), carray(_pointer(given), size)
                    for entry in range(size):
                        last[entry] = listed[entry]
                into += size


@njit("int64(Array(uint32,1,'C',readonly=True),Array(int64,1,'C',readonly=True),int64,int64)", cache=True, nogil=True)
def count(profiles: Any, offsets: Any, start: Any, stop: Any) -> Any:
    """How many rows the persons from `start` to `stop` have."""
    rows = 0
    for person in range(start, stop):
        profile = np.uint64(profiles[person])
        rows += offsets[profile + np.uint64(1)] - offsets[profile]
    return rows
