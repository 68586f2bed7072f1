"""The innermost steps from facts to profiles and from these to rows as machine code, by Numba.

Only for machines that work out millions of people, or the same pack again and again: Numba is no part of what a county
installs, and loading it costs what it saves on about `PEOPLE`. Nothing else depends on it; where it was not loaded,
NumPy and Polars do the same. What was compiled is kept beside this file, or in the user's cache where that cannot be
written.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

PEOPLE = 10_000_000
"""From so many people on it pays to load the steps for one run."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The compiled steps; what they take and do is told in `kernels`."""

    read: Any
    meet: Any
    count: Any
    spread: Any
    kinds: tuple[int, int, int]


steps: Steps | None = None


def possible() -> bool:
    """Whether Numba is there, on a machine on which bits and bytes lie in the order that the steps count on."""
    return sys.byteorder == "little" and importlib.util.find_spec("numba") is not None


def load() -> bool:
    """Loads the steps, for the whole process; the first time on a machine they are compiled, which takes some seconds.
    Whether that could be done."""
    global steps
    if steps is None and possible():
        from yinian.engines.entitlement import kernels

        kinds = kernels.BITS, kernels.BYTES, kernels.LISTED
        steps = Steps(kernels.read, kernels.meet, kernels.count, kernels.spread, kinds)
    return steps is not None


def unload() -> None:
    """Goes back to NumPy and Polars."""
    global steps
    steps = None


__all__ = ["PEOPLE", "Steps", "load", "possible", "steps", "unload"]
