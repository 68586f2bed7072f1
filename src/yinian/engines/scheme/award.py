"""The award of one applicant in whole fen: what is granted within the cap, and the leading ones' further share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class Award:
    """``total_fen`` is ``base_fen`` and ``extra_fen`` together; ``share`` is what the extra was worked out by."""

    base_fen: int
    share: Decimal
    extra_fen: int
    total_fen: int


def award_of(
    base_fen: int, *, cap_fen: int, share: Decimal | None = None, low: Decimal | None = None,
    high: Decimal | None = None,
) -> Award:
    """The award. ``share`` None: not among the leading. Raises ValueError beyond the cap or outside the shares.

    The extra is rounded once, to whole fen, half away from zero.
    """
    if not 0 <= base_fen <= cap_fen:
        raise ValueError(f"{base_fen} is not between 0 and {cap_fen}")
    if share is None:
        return Award(base_fen, Decimal(0), 0, base_fen)
    if low is None or high is None or not low <= share <= high:
        raise ValueError(f"{share} is not between {low} and {high}")
    extra = int((Decimal(base_fen) * share).quantize(Decimal(1), ROUND_HALF_UP))
    return Award(base_fen, share, extra, base_fen + extra)
