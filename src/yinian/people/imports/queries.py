"""Reading departmental lists: only those uploaded for an area the actor loads lists for."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.imports.linking import Decision
from yinian.people.imports.lists import LISTS, ListSpec
from yinian.people.imports.models import ImportBatch, ImportRow
from yinian.people.models import Person

RIGHT = "people.import"


def visible_to(actor: User) -> QuerySet[ImportBatch]:
    """Batches of areas where the actor holds the right to load lists."""
    actor.require(RIGHT)
    return ImportBatch.objects.filter(actor.scope(RIGHT).q("region__code")).select_related(
        "region", "uploaded_by", "committed_by", "undone_by", "job"
    )


def get_batch(actor: User, pk: int) -> ImportBatch:
    """One visible batch. Raises NotVisible."""
    batch = visible_to(actor).filter(pk=pk).first()
    if batch is None:
        raise NotVisible("import")
    return batch


def get_row(actor: User, pk: int) -> ImportRow:
    row = ImportRow.objects.filter(batch__in=visible_to(actor), pk=pk).select_related("batch__region").first()
    if row is None:
        raise NotVisible("import row")
    return row


def regions_of(actor: User) -> list[Region]:
    """Areas the actor may upload lists for: those of their postings, widest first."""
    codes = actor.scope(RIGHT).regions
    return sorted(
        Region.objects.filter(code__in=codes, level__gte=3), key=lambda region: (len(region.code), region.code)
    )


def spec_of(batch: ImportBatch) -> ListSpec:
    return LISTS[batch.list_kind]


def decisions_of(batch: ImportBatch) -> dict[int, Decision]:
    """Row number -> what was decided."""
    return {
        row_no: Decision(decision, person)
        for row_no, decision, person in batch.rows.values_list("row_no", "decision", "person_id")
    }


@dataclass
class Compared:
    """One row of the list beside those it may be; ``lines`` of the row: (field, value)."""

    row: ImportRow
    facts: dict[str, Any]
    village: str
    candidates: list["Candidate"] = field(default_factory=list)


@dataclass
class Candidate:
    person: Person
    agree: dict[str, str]
    weight: float | None


def compared(actor: User, rows: list[ImportRow]) -> list[Compared]:
    """Rows with their candidates, for the eye. People who left the actor's area since are not shown."""
    from yinian.people.persons.queries import standing

    wanted = {c["person"] for row in rows for c in row.agreement.get("candidates", [])}
    people = {p.pk: p for p in standing(actor).filter(pk__in=wanted).select_related("region__parent")}
    facts = {row.pk: json.loads(str(row.payload or "{}")) for row in rows}
    names = dict(
        Region.objects.filter(code__in=[f.get("village") for f in facts.values() if f.get("village")]).values_list(
            "code", "name"
        )
    )
    return [
        Compared(
            row,
            facts[row.pk],
            names.get(facts[row.pk].get("village", ""), ""),
            [
                Candidate(people[c["person"]], c["agree"], c["weight"])
                for c in row.agreement.get("candidates", [])
                if c["person"] in people
            ],
        )
        for row in rows
    ]
