"""Whose check-up a row is: by the ID number, else by name and birth date within a home or a village.

A name is never enough. Without an ID number a row counts only where exactly one person of the register fits it there.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from yinian.core.identity import normalise_name
from yinian.core.sheets import ROW
from yinian.core.sheets.spec import fold
from yinian.core.users.models import User
from yinian.homes.stays.models import Stay
from yinian.people.models import Person
from yinian.people.persons.keys import id_index
from yinian.people.persons.queries import standing
from yinian.places.models import Site

NEEDS = ("id_number", "name", "birth_date", "village", "home", "done_on")  # wrong in one of them: its own fault says so
Fault = tuple[int, str, str, dict[str, Any]]


@dataclass
class Matched:
    """``people``: whose check-up each row is; ``faults``: of the others, why nobody was found."""

    people: dict[int, Person]
    faults: list[Fault]


def match(actor: User, rows: list[dict[str, Any]], spoilt: Mapping[int, set[str]], region: str) -> Matched:
    """The people of the rows among those of an area whose health the actor keeps. ``spoilt``: columns with a fault of
    their own, by row; a row spoilt where it would be matched by is left alone."""
    people = standing(actor, "health.edit").filter(region__code__startswith=region).only(
        "name", "birth_date", "died_on", "region_id", "id_index"
    )
    made = Matched({}, [])
    numbered = {row[ROW]: id_index(row["id_number"]) for row in rows if row["id_number"]}
    by_key = {bytes(one.id_index): one for one in people.filter(id_index__in=set(numbered.values()))
              if one.id_index is not None}
    for row in rows:
        number = row[ROW]
        if row["id_number"]:
            person = by_key.get(numbered[number])
            if person is None:
                made.faults.append((number, "id_number", "checked_nobody", {}))
            else:
                made.people[number] = person
    bare = [row for row in rows if not row["id_number"] and not spoilt.get(row[ROW], set()) & set(NEEDS)]
    _by_name(bare, people, made, region)
    return made


def _by_name(rows: list[dict[str, Any]], people: QuerySet[Person], made: Matched, region: str) -> None:
    """Find those of rows without an ID number, or say of each why not."""
    whole = [row for row in rows if row["birth_date"] and (row["village"] or row["home"])]
    for row in rows:
        if row not in whole:
            made.faults.append((row[ROW], "id_number", "checked_too_thin", {}))
    homes = _homes(region) if any(row["home"] for row in whole) else {}
    alike = _alike(whole, people)
    lived = _lived({one.pk for found in alike.values() for one in found})
    for row in whole:
        number, found = row[ROW], alike.get((normalise_name(row["name"]), row["birth_date"]), [])
        if row["home"]:
            sites = homes.get(fold(row["home"]), set())
            if not sites:
                made.faults.append((number, "home", "checked_no_home", {}))
                continue
            found = [one for one in found if any(
                site in sites and row["done_on"] in days for site, days in lived.get(one.pk, ()))]
        if row["village"]:
            found = [one for one in found if one.region_id.startswith(row["village"])]
        if len(found) == 1:
            made.people[number] = found[0]
        elif found:
            made.faults.append((number, "id_number", "checked_several", {"count": len(found)}))
        else:
            made.faults.append((number, "name", "checked_nobody_there", {}))


def _alike(
    rows: Iterable[dict[str, Any]], people: QuerySet[Person]
) -> dict[tuple[str, dt.date], list[Person]]:
    """People by name and birth date."""
    wanted = {(normalise_name(row["name"]), row["birth_date"]) for row in rows}
    found: dict[tuple[str, dt.date], list[Person]] = defaultdict(list)
    names, births = {name for name, _birth in wanted}, {birth for _name, birth in wanted}
    for one in people.filter(name__in=names, birth_date__in=births) if wanted else ():
        if one.birth_date is not None:
            found[one.name, one.birth_date].append(one)
    return found


def _homes(region: str) -> dict[str, set[int]]:
    """Homes of an area by folded name; two of one name are both meant."""
    found: dict[str, set[int]] = defaultdict(set)
    for pk, name in Site.objects.filter(kind=Site.Kind.HOME, region__code__startswith=region).values_list("pk", "name"):
        found[fold(name)].add(pk)
    return found


def _lived(people: set[int]) -> dict[int, list[tuple[int, Any]]]:
    """The homes people live or lived in, with the days."""
    found: dict[int, list[tuple[int, Any]]] = defaultdict(list)
    for person, site, days in Stay.objects.filter(person__in=people).values_list("person", "bed__site", "period"):
        found[person].append((site, days))
    return found
