"""What of a table may be published: counts of a few people are held back, and so is what would give them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

K = TypeVar("K")


def suppressed(counts: Mapping[K, Sequence[int | None]], least: int, total: bool = True) -> set[K]:
    """The rows of a table to hold back: those with a count from 1 to `least` - 1.

    `counts`: for each row what could tell of a few people: those counted, those not counted, those not known. Nobody is
    told of by nought. Where the rows add up to a published `total` and one alone would be held back, it could be worked
    out from the rest; then the row with the fewest people is held back with it.
    """
    small = {
        key for key, row in counts.items() if any(count is not None and 0 < count < least for count in row)
    }
    if total and len(small) == 1:
        others = sorted(
            ((sum(count or 0 for count in row), str(key)), key) for key, row in counts.items() if key not in small
        )
        filled = [key for (size, _name), key in others if size > 0]
        if filled:
            small.add(filled[0])
    return small
