"""Reading visits: the record as it stands, what is still missing, and how far the person's home is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yinian.assessments import scales
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.queries import get_request, seat_of
from yinian.assessments.visits.models import Exhibit, Visit
from yinian.core.errors import NotVisible
from yinian.core.jinja import age_on
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.engines.scale import Scale, Scored, check_form
from yinian.people.models import Kin
from yinian.places.distance import kilometres


def visit_of(request: Request) -> Visit | None:
    """The record of a request the caller has shown visible."""
    return Visit.objects.filter(request=request).select_related("saved_by").first()


def own_visit(actor: User, request_pk: int) -> tuple[Request, Visit | None]:
    """A request of which the actor is an assessor, with its record. Raises NotVisible for anybody else."""
    request = get_request(actor, request_pk)
    if seat_of(actor, request) is None:
        raise NotVisible("visit")
    return request, visit_of(request)


def particulars_of(visit: Visit | None) -> dict[str, Any]:
    """The answers of form A as they stand."""
    if visit is None or not visit.particulars:
        return {}
    found = json.loads(str(visit.particulars))
    return found if isinstance(found, dict) else {}


def exhibits_of(visit: Visit | None) -> list[Exhibit]:
    if visit is None:
        return []
    return list(
        Exhibit.objects.filter(visit=visit, removed_at__isnull=True).select_related("attachment", "added_by")
    )


def get_exhibit(actor: User, request_pk: int, pk: int) -> Exhibit:
    """A photo or paper of a request the actor sees."""
    request = get_request(actor, request_pk)
    found = Exhibit.objects.filter(pk=pk, visit__request=request, removed_at__isnull=True).select_related(
        "attachment", "visit__request"
    ).first()
    if found is None:
        raise NotVisible("exhibit")
    return found


def known_particulars(request: Request, scale: Scale) -> dict[str, str]:
    """What form A asks and the register knows: by field code, in words, masked where it is personal."""
    from yinian.core import identity
    from yinian.core.jinja import day

    person = request.person
    kin = Kin.objects.filter(person=person, ended_at__isnull=True).order_by("-emergency", "-guardian", "pk").first()
    known = {
        "assessment_number": request.number,
        "name": person.name,
        "sex": person.get_sex_display() if person.sex else "",
        "birth_date": f"{day(person.birth_date)}" if person.birth_date else "",
        "id_number": identity.mask_id(str(person.id_number)) if person.id_number else "",
        "contact_name": f"{kin.name} ({kin.relation})" if kin else "",
        "contact_phone": identity.mask_phone(str(kin.phone)) if kin and kin.phone else "",
    }
    return {
        field.code: known[field.register]
        for section in scale.form_a for field in section.fields
        if field.register in known
    }


@dataclass(frozen=True)
class Standing:
    """How a record stands: points so far, what is missing, and the result once nothing is."""

    total: int
    answered: int
    items: int
    best: int
    worst: int
    missing: tuple[str, ...]
    faults: dict[str, str]
    scored: Scored | None

    @property
    def complete(self) -> bool:
        return self.scored is not None and not self.faults


def standing(scale: Scale, items: Mapping[str, int], particulars: Mapping[str, Any]) -> Standing:
    """What a record says so far; ``faults`` are by field of form A, in the reader's language."""
    run = scales.running(scale, items)
    faults = {
        fault.field: scales.in_words(fault.message)
        for fault in check_form(scale, asked_only(scale, particulars), complete=True)
        if fault.field not in known_to_register(scale)
    }
    scored = None
    if run.complete:
        try:
            scored = scales.scored(scale, items, particulars)
        except scales.ScaleError:
            scored = None
    return Standing(run.total, run.answered, len(scale.items), run.best, run.worst, run.missing, faults, scored)


def known_to_register(scale: Scale) -> set[str]:
    """Fields of form A that are not asked: the register or the request knows them."""
    known = {field.code for section in scale.form_a for field in section.fields if field.register is not None}
    return known | set(FROM_REQUEST)


# A.1.2 is the day of the visit, A.1.3 the request's kind.
FROM_REQUEST = ("A.1.2", "A.1.3")


def asked_only(scale: Scale, particulars: Mapping[str, Any]) -> dict[str, Any]:
    skip = known_to_register(scale)
    return {key: value for key, value in particulars.items() if key.removesuffix(".detail") not in skip}


@dataclass(frozen=True)
class Whereabouts:
    """Where a visit took place: kilometres from the person's place as the crow flies; None where it is not known."""

    km: float | None
    place: str
    schematic: bool


def whereabouts(request: Request, visit: Visit | None) -> Whereabouts | None:
    """How far from the person's hamlet or village the visit was recorded."""
    if visit is None or visit.lat is None or visit.lon is None:
        return None
    region: Region = request.person.region
    km = None
    if region.lat is not None and region.lon is not None:
        km = kilometres(visit.lat, visit.lon, region.lat, region.lon)
    return Whereabouts(km, region.name, region.schematic)


def age_of(request: Request) -> int | None:
    return age_on(request.person.birth_date)
