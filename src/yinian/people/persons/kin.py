"""What the contacts of the register say without being asked: where kin live in the county, and who is married to whom.

Both are free text. Only what is certain is concluded; the words are data (``data/kin/kin.yaml``).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from yinian.core.models import Region
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.scalefiles import read_text
from yinian.people.persons.models import Kin, Person

FILE = Path(__file__).resolve().parents[4] / "data" / "kin" / "kin.yaml"
TOWN, VILLAGE = CODE_LENGTHS[Level.TOWN], CODE_LENGTHS[Level.VILLAGE]


@dataclass(frozen=True)
class Words:
    """The words of the register, by what they mean."""

    spouse: frozenset[str]
    not_kin: frozenset[str]
    own_village: frozenset[str]
    own_town: frozenset[str]
    seat: tuple[str, ...]


@cache
def words() -> Words:
    raw: dict[str, Any] = yaml.safe_load(read_text(FILE))
    return Words(
        frozenset(raw["spouse"]), frozenset(raw["not_kin"]), frozenset(raw["own_village"]), frozenset(raw["own_town"]),
        tuple(raw["seat"]),
    )


@dataclass(frozen=True)
class Near:
    """Where kin live: the region (a village, a town, or the county for its seat) and how they are related."""

    region: str
    relation: str


class Whereabouts:
    """Reads where somebody lives out of free text, within one county."""

    def __init__(self, county: str) -> None:
        self.county = county
        self.towns: dict[str, str] = {}
        self.villages: dict[str, list[str]] = defaultdict(list)
        self.seats: set[str] = set()
        for code, name, level in Region.objects.filter(
            code__startswith=county, level__in=[Level.COUNTY, Level.TOWN, Level.VILLAGE]
        ).values_list("code", "name", "level"):
            if level == Level.COUNTY:
                self.seats = {stem + seat for seat in words().seat for stem in ("", name, name[:-1])}
            elif level == Level.TOWN:
                self.towns[name] = code
            else:
                self.villages[name].append(code)

    def read(self, text: str, own: str) -> str | None:
        """The region that a text names, seen from ``own`` (the person's region); None where it is not certain."""
        text, known = text.strip(), words()
        if text in known.own_village:
            return own[:VILLAGE]
        if text in known.own_town:
            return own[:TOWN]
        if text in self.seats:
            return self.county
        town = next((code for name, code in self.towns.items() if name in text), None)
        named = [
            code for name, codes in self.villages.items() if name in text for code in codes
            if town is None or code.startswith(town)
        ]  # fmt: skip
        return named[0] if len(named) == 1 else town


def near_kin(own: Mapping[int, str], county: str) -> dict[int, Near]:
    """Of people (with their own regions) those whose kin live elsewhere in the county: whoever is called first."""
    reader, found = Whereabouts(county), dict[int, Near]()
    rows = Kin.objects.filter(person__in=list(own), ended_at__isnull=True).exclude(lives_in="")
    for person, relation, lives in rows.order_by("-emergency", "-guardian", "pk").values_list(
        "person", "relation", "lives_in"
    ):
        if person in found or relation in words().not_kin:
            continue
        where = reader.read(lives, own[person])
        if where is not None:
            found[person] = Near(where, relation)
    return {person: near for person, near in found.items() if near.region != own[person][:VILLAGE]}


def couples(people: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of husband and wife who are both among the people: one is the other's contact by name, and both are of one
    household or one village. Whoever could be married to two people is in no pair."""
    rows = {
        pk: (name, household, region[:VILLAGE], sex)
        for pk, name, household, region, sex in Person.objects.filter(
            pk__in=list(people), state=Person.State.LIVING
        ).values_list("pk", "name", "household_no", "region_id", "sex")
    }
    named: dict[str, list[int]] = defaultdict(list)
    for pk, (name, *_rest) in rows.items():
        named[name].append(pk)
    partners: dict[int, set[int]] = defaultdict(set)
    contacts = Kin.objects.filter(person__in=list(rows), relation__in=words().spouse, ended_at__isnull=True)
    for pk, name in contacts.values_list("person", "name"):
        for other in named.get(name, ()):
            if other != pk and _may_be_married(rows[pk], rows[other]):
                partners[pk].add(other)
                partners[other].add(pk)
    return sorted(_alone(partners))


def _may_be_married(one: tuple[str, str, str, str], other: tuple[str, str, str, str]) -> bool:
    _name, household, village, sex = one
    _other_name, other_household, other_village, other_sex = other
    if sex and other_sex and sex == other_sex:
        return False
    if household and other_household:
        return household == other_household
    return village == other_village


def _alone(partners: Mapping[int, set[int]]) -> Iterable[tuple[int, int]]:
    for pk, those in partners.items():
        if len(those) == 1:
            (other,) = those
            if pk < other and partners[other] == {pk}:
                yield pk, other
