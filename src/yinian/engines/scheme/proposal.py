"""Who reads which application: each by so many experts who may, the work spread evenly. Proposed, never decided."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reader:
    """An expert, and how many readings they have already."""

    key: Hashable
    load: int


def propose(
    applications: Sequence[Hashable], readers: Sequence[Reader], barred: Iterable[tuple[Hashable, Hashable]],
    wanted: Mapping[Hashable, int],
) -> dict[Hashable, tuple[Hashable, ...]]:
    """Readers for each application. ``barred`` are (application, reader) pairs that may not be or already are;
    ``wanted`` says how many more each needs. An application gets fewer where too few may read it.

    The one with the fewest possible readers is served first, by the least loaded; equal loads go by the order given.
    """
    closed = set(barred)
    load = {reader.key: reader.load for reader in readers}
    place = {reader.key: number for number, reader in enumerate(readers)}
    free = {one: [r.key for r in readers if (one, r.key) not in closed] for one in applications}
    made: dict[Hashable, tuple[Hashable, ...]] = {}
    for one in sorted(applications, key=lambda key: (len(free[key]), applications.index(key))):
        chosen = sorted(free[one], key=lambda key: (load[key], place[key]))[: wanted.get(one, 0)]
        for key in chosen:
            load[key] += 1
        made[one] = tuple(chosen)
    return made
