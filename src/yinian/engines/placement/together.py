"""What has to hold beside the flow: couples in one home, what the staff can care for, each room for one sex."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from yinian.engines.placement.model import Person
from yinian.engines.placement.network import NONE, Network
from yinian.engines.placement.sphere import Ints


def couples(people: Sequence[Person]) -> list[tuple[int, int]]:
    """The couples of whom both are among the people, by number."""
    first: dict[str, int] = {}
    found = []
    for at, one in enumerate(people):
        if one.couple is not None:
            if one.couple in first:
                found.append((first[one.couple], at))
            else:
                first[one.couple] = at
    return found


def holds(people: Sequence[Person], pairs: Sequence[tuple[int, int]], home: Ints, berth: Ints, net: Network) -> bool:
    """Whether a flow's answer has every couple in one home, every limit kept, and in every room one sex."""
    if any(home[first] != home[second] for first, second in pairs):
        return False
    count = Counter((at, one.level or 0) for one, at in zip(people, home.tolist(), strict=True) if at != NONE)
    if not all(count[limit.home, limit.level] <= limit.more for limit in net.across):
        return False
    for at, house in enumerate(net.homes):
        if house.staff is not None and sum(
            count[at, level] * takes for level, takes in house.staff.takes.items()
        ) > house.staff.room:
            return False
    return _each_room_for_one_sex(people, pairs, home, berth, net)


def _each_room_for_one_sex(
    people: Sequence[Person], pairs: Sequence[tuple[int, int]], home: Ints, berth: Ints, net: Network
) -> bool:
    open_ = {
        (at, group): beds.rooms for at, house in enumerate(net.homes) for group, beds in enumerate(house.beds)
        if beds.rooms
    }  # fmt: skip
    if not open_:
        return True
    where = list(zip(home.tolist(), berth.tolist(), strict=True))
    sexes: dict[tuple[int, int], Counter[str | None]] = defaultdict(Counter)
    for one, spot in zip(people, where, strict=True):
        sexes[spot][one.sex] += 1
    sharing: Counter[tuple[int, int]] = Counter(
        where[first] for first, second in pairs
        if where[first] == where[second] and differ(people[first], people[second])
    )  # fmt: skip
    return all(
        fits(rooms, sexes[spot]["male"], sexes[spot]["female"], sexes[spot][None], sharing[spot])
        for spot, rooms in open_.items()
    )


def differ(one: Person, other: Person) -> bool:
    """Whether two people would make a room mixed."""
    return {one.sex, other.sex} == {"male", "female"}


def fits(rooms: Sequence[int], men: int, women: int, unknown: int, couples_: int) -> bool:
    """Whether rooms of these sizes hold them, each room men, women or one couple (who are counted in both).

    Those of whom the sex is not known may lie with either, but not with a couple.
    """
    # For so many beds of women and so many rooms of couples, the most beds that are left for men.
    best = {(0, 0): 0}
    for size in rooms:
        now: dict[tuple[int, int], int] = {}
        for (hers, shared), his in best.items():
            given = [((hers, shared), his + size), ((hers + size, shared), his)]
            if size > 1 and shared < couples_:
                given.append(((hers, shared + 1), his))
            for key, beds in given:
                now[key] = max(now.get(key, -1), beds)
        best = now
    return any(
        hers >= women - shared and his >= men - shared and hers + his >= women + men + unknown - 2 * shared
        for (hers, shared), his in best.items()
    )
