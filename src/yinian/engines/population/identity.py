"""Numbers that identify synthetic people: ID numbers nobody holds and phone numbers nobody has.

An ID number begins with 99 (no division code does) and is otherwise valid. Storing or masking is not here.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

#: GB 11643-1999, check digit: weights by position and the map of the remainder modulo 11.
CHECK_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS: Final = "10X98765432"
SYNTHETIC_ID_PREFIX: Final = "99"
#: 154 is a mobile prefix that has been given to no operator, so the number has the right form (11 digits
#: beginning with 1) and reaches nobody. Short forms such as 10000… or 12… would reach hotlines.
SYNTHETIC_PHONE_PREFIX: Final = "154"


def check_digit(first17: str) -> str:
    """The 18th character of a citizen ID number (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, CHECK_WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


def id_numbers(county: str, birth_days: NDArray[np.int32], female: NDArray[np.bool_]) -> pl.Series:
    """Unique 18-character ID numbers: 99 + four digits of the county + birth date + order + check digit.

    ``birth_days`` are days since 1970-01-01; the order is odd for a man and even for a woman. Where more
    people of one sex share a birth date than there are orders, the four county digits count upwards.
    """
    n = len(birth_days)
    group = birth_days.astype(np.int64) * 2 + female
    order = np.argsort(group, kind="stable")
    ranked = group[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if n else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, n])
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n) - np.repeat(starts, sizes)
    area = (int(county[2:6]) + rank // 499) % 10_000
    serial = (rank % 499) * 2 + np.where(female, 2, 1)
    dates = birth_days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]").astype(np.int64) + 1970
    months = dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
    days = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    number = (area * 10_000 + years) * 10_000_000 + (months * 100 + days) * 1_000 + serial
    total = np.full(n, 9 * (CHECK_WEIGHTS[0] + CHECK_WEIGHTS[1]), dtype=np.int64)
    rest = number.copy()
    for weight in reversed(CHECK_WEIGHTS[2:]):
        total += rest % 10 * weight
        rest //= 10
    body = pl.Series(number).cast(pl.String).str.zfill(15)
    check = pl.Series(list(CHECK_DIGITS)).gather(pl.Series(total % 11))
    return pl.select(pl.lit(SYNTHETIC_ID_PREFIX) + body + check).to_series().alias("id_number")


def phone_numbers(rng: np.random.Generator, n: int) -> pl.Series:
    """``n`` different synthetic mobile numbers of 11 digits."""
    #: A bijection modulo 10**8 spreads consecutive numbers, so that they differ and look drawn.
    start = int(rng.integers(0, 10**8))
    tail = (start + np.arange(n, dtype=np.int64) * 61_803_399) % 10**8
    return pl.select(pl.lit(SYNTHETIC_PHONE_PREFIX) + pl.Series(tail).cast(pl.String).str.zfill(8)).to_series()


def stream(seed: int, name: str) -> np.random.Generator:
    """A random stream of its own for each part, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed & 0xFFFF_FFFF, *name.encode()])


def as_dates(days: NDArray[Any]) -> pl.Series:
    """Days since 1970-01-01 as a date series."""
    return pl.Series(days.astype(np.int32)).cast(pl.Date)
