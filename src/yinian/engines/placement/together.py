"""What has to hold beside the flow: couples in one home, staff limits across rooms for men and for women."""

from __future__ import annotations

from collections import Counter
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


def holds(people: Sequence[Person], pairs: Sequence[tuple[int, int]], home: Ints, net: Network) -> bool:
    """Whether a flow's answer has every couple in one home, and every limit across rooms kept."""
    if any(home[first] != home[second] for first, second in pairs):
        return False
    count = Counter((at, one.level) for one, at in zip(people, home.tolist(), strict=True) if at != NONE)
    return all(count[limit.home, limit.level] <= limit.more for limit in net.across)
