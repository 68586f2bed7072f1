"""Small placements made up by hypothesis, and the answer found by trying everything."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from yinian.engines.placement import Beds, Home, Person, Placement, Staff
from yinian.engines.placement.sphere import millimetres, on_sphere

DAYS = [None, dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)]
SEXES = ["male", "female"]
spots = st.tuples(st.sampled_from([28.7, 28.75, 28.8, 28.9]), st.sampled_from([113.0, 113.1, 113.2]))


def people(most: int, *, rich: bool, couples: bool = False) -> st.SearchStrategy[list[Person]]:
    """Some people; rich ones have a sex, kin, wishes and a kind of bed."""
    homes = st.frozensets(st.sampled_from(["h0", "h1", "h2", "h9"]), max_size=2) if rich else st.just(frozenset())
    one = st.builds(
        Person, id=st.just(""), level=st.sampled_from([2, 3, 3, 4, None] if rich else [2, 3, 4]),
        position=st.one_of(spots, st.none()) if rich else spots, priority=st.sampled_from([0, 1, 2.5]),
        waiting_since=st.sampled_from(DAYS), sex=st.sampled_from([*SEXES, None]) if rich else st.none(),
        kin=st.one_of(st.none(), st.none(), spots) if rich else st.none(), refused=homes, preferred=homes,
        bed=st.sampled_from([None, None, "nursing"]) if rich else st.none(),
        couple=st.sampled_from([None, None, "a", "b"]) if couples else st.none(),
    )  # fmt: skip
    return st.lists(one, max_size=most).map(_numbered)


def _numbered(given: list[Person]) -> list[Person]:
    seen: Counter[str] = Counter()
    made = []
    for at, one in enumerate(given):
        if one.couple is not None:
            seen[one.couple] += 1
        couple = one.couple if one.couple is not None and seen[one.couple] <= 2 else None
        made.append(Person(
            f"p{at}", one.level, one.position, one.priority, one.waiting_since, one.sex, one.kin, couple, one.refused,
            one.preferred, one.bed,
        ))  # fmt: skip
    return made


def homes(most: int, *, rich: bool, rooms: bool = False) -> st.SearchStrategy[list[Home]]:
    """Some homes; rich ones have several groups of beds and limits of their staff. ``rooms``: some of the beds stand
    in rooms that are still to become one for men or for women, and the staff may be a limit over all levels."""
    kinds = st.sampled_from([None, "nursing"]) if rich else st.none()
    beds = st.builds(
        Beds, free=st.integers(0, 2), kind=kinds, sex=st.sampled_from([None, *SEXES]) if rich else st.none(),
    )  # fmt: skip
    staff = st.none()
    if rooms:
        open_ = st.builds(
            lambda sizes, kind: Beds(sum(sizes), kind, None, tuple(sizes)),
            st.lists(st.sampled_from([1, 2, 2, 3]), min_size=1, max_size=2), kinds,
        )  # fmt: skip
        beds = st.one_of(beds, open_)
        staff = st.one_of(st.none(), st.builds(
            Staff, st.integers(0, 12), st.dictionaries(st.sampled_from([2, 3, 4]), st.sampled_from([3, 5, 10]))
        ))  # fmt: skip
    limits = st.dictionaries(st.sampled_from([2, 3, 4]), st.integers(0, 2), max_size=2) if rich else st.just({})
    one = st.builds(
        Home, id=st.just(""), position=spots, levels=st.frozensets(st.sampled_from([2, 3, 4]), min_size=1),
        beds=st.lists(beds, min_size=1, max_size=3 if rich else 1).map(tuple), limits=limits, staff=staff,
    )  # fmt: skip
    return st.lists(one, max_size=most).map(
        lambda given: [replace(one, id=f"h{at}") for at, one in enumerate(given)]
    )


def crowd(most: int) -> st.SearchStrategy[list[Person]]:
    """People who nearly all want the same few beds: of known sex and level, some of them couples."""
    one = st.builds(
        Person, id=st.just(""), level=st.sampled_from([2, 3]), position=spots, priority=st.sampled_from([0, 0, 1]),
        sex=st.sampled_from([*SEXES, *SEXES, None]), couple=st.sampled_from([None, "a", "b"]),
        preferred=st.sampled_from([frozenset(), frozenset({"h0"}), frozenset({"h1"})]),
    )  # fmt: skip
    return st.lists(one, min_size=2, max_size=most).map(_numbered)


def tight(most: int) -> st.SearchStrategy[list[Home]]:
    """Homes that take everybody, with rooms that are still to become one for men or for women, and few staff."""
    beds = st.builds(
        lambda sizes: Beds(sum(sizes), None, None, tuple(sizes)),
        st.lists(st.sampled_from([1, 2, 2, 3]), min_size=1, max_size=3),
    )  # fmt: skip
    one = st.builds(
        Home, id=st.just(""), position=spots, levels=st.just(frozenset({2, 3})), beds=st.tuples(beds),
        staff=st.one_of(st.none(), st.builds(Staff, st.integers(0, 25), st.just({2: 3, 3: 5}))),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=most).map(
        lambda given: [replace(one, id=f"h{at}") for at, one in enumerate(given)]
    )


def away(person: Person, home: Home) -> int:
    assert person.near is not None
    return int(millimetres(on_sphere([person.near]), on_sphere([home.position]))[0])


def open_homes(person: Person, given: Sequence[Home]) -> list[tuple[Home, list[int]]]:
    """The homes that could take somebody who was alone, with the groups of beds."""
    found = []
    for home in given:
        if person.near is None or person.level not in home.levels or home.id in person.refused:
            continue
        groups = [
            at for at, beds in enumerate(home.beds)
            if beds.free > 0 and person.bed in (None, beds.kind) and beds.sex in (None, person.sex)
        ]  # fmt: skip
        if groups and home.limits.get(person.level, 1) > 0 and cared_for(home, [person]):
            found.append((home, groups))
    return found


def cared_for(home: Home, there: Sequence[Person]) -> bool:
    """Whether the staff of a home can look after so many."""
    return home.staff is None or sum(home.staff.takes.get(one.level or 0, 0) for one in there) <= home.staff.room


def one_sex_a_room(rooms: Sequence[int], there: Sequence[Person]) -> bool:
    """Whether these people can be laid into rooms so that men and women share one only as a couple alone."""
    def lies(left: Sequence[Person], laid: list[list[Person]]) -> bool:
        if not left:
            return True
        one, rest = left[0], left[1:]
        for at, room in enumerate(laid):
            mixed = {other.sex for other in [*room, one]} >= {"male", "female"}
            pair = len(room) == 1 and one.couple is not None and room[0].couple == one.couple
            closed = len(room) == 2 and room[0].couple is not None and {"male", "female"} == {
                other.sex for other in room
            }  # fmt: skip
            free = len(room) < rooms[at] and not closed and (not mixed or pair)
            if free and lies(rest, [*laid[:at], [*room, one], *laid[at + 1 :]]):
                return True
        return False

    return lies(there, [[] for _ in rooms])


Worth = tuple[tuple[int, ...], int, int, tuple[int, ...]]


def worth(given: Sequence[Person], homes_: Sequence[Home], goes: dict[str, str]) -> Worth:
    """What a placement is worth, larger is better: served by class, wishes met, less distance, days waited by class."""
    by_id = {home.id: home for home in homes_}
    classes = sorted({one.priority for one in given}, reverse=True)
    wishing = {
        one.id for one in given if one.preferred & {home.id for home, _ in open_homes(one, homes_)}
    }
    met = sum(1 for one in given if one.id in wishing and goes.get(one.id) in one.preferred)
    total = sum(away(one, by_id[goes[one.id]]) for one in given if one.id in goes)
    return (
        tuple(sum(1 for one in given if one.priority == level and one.id in goes) for level in classes), met, -total,
        tuple(
            sum(DAYS.index(one.waiting_since) and 4 - DAYS.index(one.waiting_since) for one in given
                if one.priority == level and one.id in goes)
            for level in classes
        ),
    )  # fmt: skip


def best(given: Sequence[Person], homes_: Sequence[Home]) -> Worth:
    """The worth of the best placement there is, by trying everything."""
    choices = []
    for one in given:
        mine: list[tuple[Home, int] | None] = [None]
        for home, groups in open_homes(one, homes_):
            mine += [(home, group) for group in groups]
        choices.append(mine)
    found: Worth | None = None
    for answer in itertools.product(*choices):
        berths: Counter[tuple[str, int]] = Counter((one[0].id, one[1]) for one in answer if one)
        levels = Counter((one[0].id, who.level) for who, one in zip(given, answer, strict=True) if one)
        where: dict[str, set[str | None]] = {}
        for who, one in zip(given, answer, strict=True):
            if who.couple is not None:
                where.setdefault(who.couple, set()).add(one[0].id if one else None)
        if any(len(one) > 1 for one in where.values()):
            continue
        by_id = {home.id: home for home in homes_}
        if any(count > by_id[name].beds[group].free for (name, group), count in berths.items()):
            continue
        if any(count > by_id[name].limits.get(level or 0, 99) for (name, level), count in levels.items()):
            continue
        if not all(
            cared_for(home, [who for who, one in zip(given, answer, strict=True) if one and one[0] is home])
            and all(
                not beds.rooms or one_sex_a_room(
                    beds.rooms, [who for who, one in zip(given, answer, strict=True) if one == (home, at)]
                )
                for at, beds in enumerate(home.beds)
            )
            for home in homes_
        ):  # fmt: skip
            continue
        goes = {who.id: one[0].id for who, one in zip(given, answer, strict=True) if one}
        value = worth(given, homes_, goes)
        found = value if found is None else max(found, value)
    assert found is not None
    return found


def possible(given: Sequence[Person], homes_: Sequence[Home], answer: Placement) -> None:
    """Everybody once, in a home that may take them, in a bed that is there."""
    assert sorted([one.person_id for one in answer.placed] + [one.person_id for one in answer.unplaced]) == sorted(
        one.id for one in given
    )
    people_ = {one.id: one for one in given}
    by_id = {home.id: home for home in homes_}
    beds: Counter[tuple[str, str | None, str | None]] = Counter()
    levels: Counter[tuple[str, int]] = Counter()
    for one in answer.placed:
        who, home = people_[one.person_id], by_id[one.home_id]
        assert home.id in {other.id for other, _ in open_homes(who, homes_)}
        assert one.mm == away(who, home)
        assert who.bed in (None, one.bed) and one.room_sex in (None, who.sex)
        beds[home.id, one.bed, one.room_sex] += 1
        levels[home.id, who.level or 0] += 1
    for (name, kind, sex), count in beds.items():
        assert count <= sum(one.free for one in by_id[name].beds if (one.kind, one.sex) == (kind, sex))
    for (name, level), count in levels.items():
        assert count <= by_id[name].limits.get(level, 99)
    for home in homes_:
        there = [one for one in answer.placed if one.home_id == home.id]
        assert cared_for(home, [people_[one.person_id] for one in there])
        for kind in {beds.kind for beds in home.beds if beds.rooms}:
            # Beds for anybody that are alike: those in rooms of their own are for whoever fits into no other.
            open_ = [size for beds in home.beds if beds.kind == kind for size in beds.rooms]
            own = [
                1 for beds in home.beds if (beds.kind, beds.sex) == (kind, None) and not beds.rooms
                for _ in range(beds.free)
            ]  # fmt: skip
            lying = [people_[one.person_id] for one in there if (one.bed, one.room_sex) == (kind, None)]
            assert one_sex_a_room([*open_, *own], lying)
    homes_of: dict[str, set[str | None]] = {}
    goes = {one.person_id: one.home_id for one in answer.placed}
    for one_ in given:
        if one_.couple is not None:
            homes_of.setdefault(one_.couple, set()).add(goes.get(one_.id))
    assert all(len(one) == 1 for one in homes_of.values())
