"""Who should go: a proposal of assessors for a request with the grounds of it. Plain computation on plain data.

Chosen is the team with the fewest waiting visits among those that serve the place, may assess the person and bring
the medical background asked for; of equal ones the team that goes to this place anyway.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

# Teams are looked for among so many of the least busy, and as many again with a medical background.
SHORTLIST = 8


@dataclass
class Candidate:
    """An assessor as the proposal sees them. ``waiting`` counts visits not yet made, ``nearby`` those of them in the
    same town; ``barred`` says why they may not, as a code."""

    pk: int
    name: str
    medical: bool
    areas: tuple[str, ...]
    waiting: int
    nearby: int = 0
    most: int | None = None
    barred: str = ""
    also: bool = False  # goes to the same person already, by another scale
    notes: list[str] = field(default_factory=list)

    def serves(self, region: str) -> bool:
        return region.startswith(self.areas) if self.areas else False

    @property
    def full(self) -> bool:
        return self.most is not None and self.waiting >= self.most


@dataclass(frozen=True)
class Proposal:
    """The team, leader first, and why: ``[code, figures…]`` for each of them. ``lacking`` is why there is none."""

    team: tuple[Candidate, ...]
    why: tuple[list[list[Any]], ...]
    lacking: str = ""


def propose(
    candidates: Iterable[Candidate], region: str, *, count: int, medical: int, planned: Collection[int] = (),
) -> Proposal:
    """A team of ``count``, ``medical`` of them with a medical background, for a request in ``region``.

    ``planned``: assessors already named for this place in the same round, who then go there anyway.
    """
    free = [c for c in candidates if not c.barred and c.serves(region)]
    if not free:
        return Proposal((), (), "none_serves")
    unfilled = [c for c in free if not c.full]
    pool = unfilled if len(unfilled) >= count else free

    def rank(c: Candidate) -> tuple[Any, ...]:
        return (not c.also, c.waiting - (1 if c.nearby or c.pk in planned else 0), c.waiting, c.pk)

    short = sorted(pool, key=rank)[:SHORTLIST]
    short += [c for c in sorted((c for c in pool if c.medical), key=rank)[:SHORTLIST] if c not in short]
    if len(short) < count:
        return Proposal((), (), "too_few")
    teams = [team for team in combinations(short, count) if sum(c.medical for c in team) >= medical]
    if not teams:
        return Proposal((), (), "no_medical")
    best = min(teams, key=lambda team: _burden(team, planned, medical))
    # Who has the least waiting leads: the leader writes the record.
    ordered = tuple(sorted(best, key=lambda c: (c.waiting, c.pk)))
    return Proposal(ordered, tuple(_why(c, ordered, medical) for c in ordered))


def _burden(team: Sequence[Candidate], planned: Collection[int], medical: int) -> tuple[Any, ...]:
    return (
        -sum(c.also for c in team),
        sum(c.waiting for c in team) - sum(1 for c in team if c.nearby or c.pk in planned)
        + max(0, sum(c.medical for c in team) - medical),  # who is scarce is not spent where one is enough
        max(c.waiting for c in team),
        sorted(c.pk for c in team),
    )


def _why(c: Candidate, team: Sequence[Candidate], medical: int) -> list[list[Any]]:
    why: list[list[Any]] = [["serves"], ["waiting", c.waiting]]
    if c.also:
        why.append(["also"])
    elif c.nearby:
        why.append(["nearby", c.nearby])
    if c.medical and medical:
        why.append(["medical"])
    return why
