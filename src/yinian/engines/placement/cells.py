"""People gathered into small neighbourhoods, so that nearly all pairs of person and home are settled by one bound.

Every home that could matter to somebody is found: a neighbourhood's bound is never above a distance of its members.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from yinian.engines.placement.sphere import SLACK_MM, Floats, Ints, millimetres

SIZE = 16  # people of a neighbourhood
PIECE = 1 << 21  # pairs looked at in one piece
FAR = np.int64(1) << 61

Bools = npt.NDArray[np.bool_]


def order(spots: Floats, keys: Ints) -> Ints:
    """People by key, and within a key along a curve on which neighbours stay together."""
    if not len(spots):
        return np.empty(0, dtype=np.int64)
    low, high = spots.min(axis=0), spots.max(axis=0)
    span = max(float((high - low).max()), 1e-12)
    grid = np.minimum(((spots - low) / span * 1023).astype(np.int64), 1023)
    code = np.zeros(len(spots), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((grid[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.lexsort((np.arange(len(spots)), code, keys))


class Cells:
    """Neighbourhoods of people that lie in `order`; each holds people of one key."""

    def __init__(self, people: Floats, keys: Ints, homes: Floats) -> None:
        self.people, self.homes = people, homes
        fresh = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.empty(0, dtype=np.int64)
        ends = np.r_[fresh[1:], len(keys)]
        starts = [np.arange(start, end, SIZE) for start, end in zip(fresh, ends, strict=True)]
        self.start: Ints = np.concatenate(starts).astype(np.int64) if starts else np.empty(0, dtype=np.int64)
        self.size: Ints = np.diff(np.r_[self.start, len(keys)])
        self.key: Ints = keys[self.start]
        if len(self.start):
            middle = np.add.reduceat(people, self.start, axis=0)
            length = np.linalg.norm(middle, axis=1, keepdims=True)
            middle = np.where(length > 1e-9, middle / np.maximum(length, 1e-9), people[self.start])
            away = millimetres(people, np.repeat(middle, self.size, axis=0))
            reach = np.maximum.reduceat(away, self.start)
            self.least: Ints = millimetres(middle[:, None, :], homes[None]) - reach[:, None] - int(SLACK_MM)
        else:
            self.least = np.empty((0, len(homes)), dtype=np.int64)

    def nearest(self, open_to: Bools, many: int) -> tuple[Ints, Ints]:
        """Pairs of everybody and about the ``many`` nearest homes; ``open_to[key, home]`` says which are theirs."""
        if not len(self.start) or not len(self.homes):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        bound = np.where(open_to[self.key], self.least, FAR)
        many = min(many, bound.shape[1])
        homes = np.argpartition(bound, many - 1, axis=1)[:, :many] if many < bound.shape[1] else np.tile(
            np.arange(bound.shape[1]), (len(bound), 1)
        )  # fmt: skip
        cell = np.repeat(np.arange(len(bound)), many)
        home = homes.ravel()
        kept = bound[cell, home] < FAR
        return self._spread(cell[kept], home[kept])

    def within(self, price: Ints, ceiling: Ints) -> Iterator[tuple[Ints, Ints, Ints]]:
        """Every pair whose distance with the home's price is not above the person's ceiling, with its distance.

        ``price[key, home]`` may be FAR, for a home that is not theirs. In pieces; some pairs are above it.
        """
        if not len(self.start) or not len(self.homes):
            return
        highest = np.maximum.reduceat(ceiling, self.start)
        cell, home = np.nonzero(self.least + price[self.key] <= highest[:, None])
        total = np.cumsum(self.size[cell])
        cuts = np.searchsorted(total, np.arange(PIECE, int(total[-1]) if len(total) else 0, PIECE))
        for part_cell, part_home in zip(np.split(cell, cuts), np.split(home, cuts), strict=True):
            person, where = self._spread(part_cell, part_home)
            if len(person):
                yield person, where, millimetres(self.people[person], self.homes[where])

    def _spread(self, cell: Ints, home: Ints) -> tuple[Ints, Ints]:
        """From pairs of neighbourhood and home to pairs of person and home."""
        size = self.size[cell]
        begin = np.cumsum(size) - size
        person = np.arange(int(size.sum()), dtype=np.int64) - np.repeat(begin - self.start[cell], size)
        return person, np.repeat(home, size)
