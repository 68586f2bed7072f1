"""The register as typed endpoints: the same queries and actions as the pages, with the caller's right and reach.

Personal numbers are masked, as on the pages; showing one needs the page's reveal, which asks why.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status
from pydantic import ConfigDict

from yinian.core import identity
from yinian.core.access import caller, needs
from yinian.core.errors import Refused
from yinian.people.circumstances import actions
from yinian.people.circumstances import queries as circumstances
from yinian.people.circumstances.models import Conflict, Spell
from yinian.people.persons import queries
from yinian.people.persons.models import Person

router = Router(tags=["people"])
MOST = 100  # rows one answer holds
LARGEST = 2**63 - 1  # of a database key


class Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class PersonLine(Schema):
    """A person as in a list."""

    id: int
    name: str
    sex: str
    birth_date: dt.date | None
    region: str
    village: str
    state: str


class PersonCard(PersonLine):
    """A person with masked numbers. ``version`` is needed to change the entry."""

    id_number: str
    phone: str
    hukou_region: str
    residence_region: str
    urban_hukou: bool | None
    household_id: str
    died_on: dt.date | None
    merged_into: int | None
    version: int


class PersonPage(Schema):
    """One page of a list; ``after`` is the key to continue from, null at the end."""

    items: list[PersonLine]
    after: int | None


class SpellLine(Schema):
    """A circumstance: ``until`` is the first day on which it no longer holds, null while it goes on."""

    id: int
    kind: str
    value: str
    grade: int | None
    since: dt.date
    until: dt.date | None
    department: str
    evidence: str
    recorded_at: dt.datetime
    recorded_by: str
    retracted_at: dt.datetime | None
    retract_reason: str


class SpellIn(Strict):
    """A circumstance to record; see ``record_spell``."""

    kind: str = Field(max_length=24)
    value: str = Field("", max_length=24)
    grade: int | None = Field(None, ge=0, le=10)
    since: dt.date
    until: dt.date | None = None
    department: str = Field(max_length=24)
    evidence: str = Field("", max_length=200)


class ConflictLine(Schema):
    """The claim contradicts the authority's record: nothing was overwritten, the town decides."""

    conflict: int
    kind: str
    standing: int


class Search(Strict):
    q: str = Field("", max_length=60)
    region: str = Field("", max_length=14, pattern=r"^[0-9]*$")
    state: str = Field("living", pattern=r"^(living|dead|moved_out)$")
    after: int = Field(0, ge=0, le=LARGEST)
    limit: int = Field(50, ge=1, le=MOST)


def _key(pk: int) -> int:
    """A key as the database can hold it; a larger one is nobody's."""
    return pk if 0 < pk <= LARGEST else 0


def _line(person: Person) -> dict[str, Any]:
    return {
        "id": person.pk, "name": person.name, "sex": person.sex, "birth_date": person.birth_date,
        "region": person.region_id, "village": person.region.name, "state": person.state,
    }


def _spell(spell: Spell) -> dict[str, Any]:
    return {
        "id": spell.pk, "kind": spell.kind, "value": spell.value, "grade": spell.grade, "since": spell.valid.lower,
        "until": spell.valid.upper, "department": spell.department, "evidence": spell.evidence,
        "recorded_at": spell.recorded_at, "recorded_by": spell.recorded_by.full_name if spell.recorded_by else "",
        "retracted_at": spell.retracted_at, "retract_reason": spell.retract_reason,
    }


@router.get("", auth=needs("people.view"), response=PersonPage, summary="Search older people")
def find(request: HttpRequest, search: Query[Search]) -> dict[str, Any]:
    """People the caller may see, by key; ``q`` searches as the list page does."""
    people = queries.standing(caller(request)).filter(
        state=search.state, pk__gt=search.after, region__code__startswith=search.region
    )
    text = search.q.replace("\x00", "").strip()
    if text:
        people = queries.search(people, text)
    rows = list(
        people.select_related("region").defer("id_number", "phone", "address", "region__outline")
        .order_by("pk")[: search.limit + 1]
    )
    more, rows = len(rows) > search.limit, rows[: search.limit]
    return {"items": [_line(person) for person in rows], "after": rows[-1].pk if more else None}


@router.get("{int:pk}", auth=needs("people.view"), response=PersonCard, summary="One person")
def person(request: HttpRequest, pk: int) -> dict[str, Any]:
    one = queries.get_person(caller(request), _key(pk))
    return _line(one) | {
        "id_number": identity.mask_id(str(one.id_number)) if one.id_number else "",
        "phone": identity.mask_phone(str(one.phone)) if one.phone else "",
        "hukou_region": one.hukou_code, "residence_region": one.residence_code, "urban_hukou": one.urban_hukou,
        "household_id": one.household_no, "died_on": one.died_on, "merged_into": one.merged_into_id,
        "version": one.version,
    }


@router.get("{int:pk}/spells", auth=needs("people.view"), response=list[SpellLine], summary="A person's circumstances")
def spells(
    request: HttpRequest, pk: int, on: dt.date | None = None, known: dt.date | None = None
) -> list[dict[str, Any]]:
    """Every record ever made; with ``on`` what held that day, as known now or on the evening of ``known``."""
    one = queries.get_person(caller(request), _key(pk))
    if on is None:
        if known is not None:
            raise Refused(fields={"on": _("Give the day asked about as well.")})
        return [_spell(spell) for spell in circumstances.spells_of(one)]
    found = circumstances.spells_on(one, on, circumstances.as_moment(known) if known else None)
    return [_spell(found[kind]) for kind in sorted(found)]


@router.post(
    "{int:pk}/spells",
    auth=needs("people.edit"),
    response={201: SpellLine, 202: ConflictLine},
    summary="Record a circumstance",
)
def record(request: HttpRequest, pk: int, body: SpellIn) -> Any:
    """201 with the record; 202 when the authority's record says otherwise and the town has been asked."""
    actor = caller(request)
    one = queries.get_person(actor, _key(pk), "people.edit")
    made = actions.record_spell(
        actor, one, body.kind, body.value, body.grade, body.since, body.until, body.department, body.evidence
    )
    if isinstance(made, Conflict):
        return Status(202, {"conflict": made.pk, "kind": made.kind, "standing": made.standing_id})
    return Status(201, _spell(made))
