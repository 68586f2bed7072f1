"""What the rule says of one person now: explained in full, and as it is kept with a decision."""

import datetime as dt
from typing import Any

from django.utils import timezone

from yinian.core.errors import Refused
from yinian.engines.entitlement import FACTS, FactsError, Pack, PackError, explain
from yinian.engines.entitlement.explain import Explanation, ServiceExplained
from yinian.entitlements import grounds, packs
from yinian.people.circumstances.queries import Fact, facts_with_sources
from yinian.people.models import Person


def explained(person: Person, as_of: dt.date | None = None) -> tuple[Pack, Explanation, dict[str, Fact]]:
    """Every service for a person by what is known now, with the facts and their sources. Raises Refused."""
    as_of = as_of or timezone.localdate()
    facts = facts_with_sources(person, as_of)
    row = {name: fact.value for name, fact in facts.items() if name in FACTS} | {"person_id": str(person.pk)}
    pack = packs.in_force(person.region_id, as_of).pack
    try:
        return pack, explain(pack, row, as_of), facts
    except (PackError, FactsError) as error:
        raise Refused(str(error)) from error


def finding_of(person: Person, service_id: str, as_of: dt.date | None = None) -> dict[str, Any]:
    """What the rule says of a person and a service, as plain JSON to be kept with a decision. Raises Refused."""
    pack, answer, _facts = explained(person, as_of)
    service = grounds.service_of(pack, service_id)
    found = next((one for one in answer.services if one.service_id == service_id), None)
    head = {"as_of": answer.as_of.isoformat(), "pack_hash": pack.hash, "basis": grounds.basis_of(pack, service),
            "ground": grounds.ground_of(pack, service)}
    if found is None:
        return {**head, "status": "not_due", "amount_fen": None, "period": "", "sentence": None, "tests": [],
                "unknown": []}
    return {**head, **_of(pack, found)}


def _of(pack: Pack, found: ServiceExplained) -> dict[str, Any]:
    service = pack.service(found.service_id)
    return {
        "status": found.status, "amount_fen": found.amount_fen, "period": found.period or "",
        "sentence": {"zh": found.sentence.zh, "en": found.sentence.en},
        "tests": [
            {"id": test.id, "label": {"zh": test.label.zh, "en": test.label.en}, "value": test.value,
             "clause": grounds.ground_of(pack, service, test.id)}
            for test in found.tests
        ],
        "unknown": [read.name for read in found.find_out],
    }
