"""What a decision rests on, and how a service is dealt with, as the pack in force says it: clauses, procedures."""

from typing import Any

from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.engines.entitlement import Pack, PackError, Procedure, Service, Source
from yinian.engines.entitlement.explain import clause_of


def basis_of(pack: Pack, service: Service) -> dict[str, Any]:
    """Document, number, clause, quote and confidence of a service, to be kept with what is decided by it."""
    found = clause_of(pack, service.source)
    return {
        "document": found.document_id, "title": found.title, "number": found.number or "", "clause": found.clause or "",
        "quote": found.quote or "", "confidence": found.confidence,
    }


def ground_of(pack: Pack, service: Service, test_id: str = "") -> str:
    """《title》clause of one of a service's tests, or of the service where the test has no source of its own."""
    source: Source = service.source
    for test in service.tests:
        if test.id == test_id and test.source is not None:
            source = test.source
    found = clause_of(pack, source)
    return f"《{found.title}》{found.clause or ''}"[:120]


def cited(basis: dict[str, Any]) -> str:
    """A kept basis as a reader would cite it."""
    if not basis.get("title"):
        return ""
    return f"《{basis['title']}》{basis.get('number') or ''}{basis.get('clause') or ''}"


def service_of(pack: Pack, service_id: str) -> Service:
    """A service of the pack. Raises :class:`Refused` where the list has no such entry."""
    try:
        return pack.service(service_id)
    except KeyError:
        raise Refused(fields={"service": _("The service list has no such entry: %(name)s") % {"name": service_id}}
                      ) from None


def procedure_of(pack: Pack, service_id: str) -> Procedure:
    """How the service is applied for, reviewed and announced. Raises :class:`Refused` where no pack rules it."""
    try:
        return pack.procedure(service_id)
    except PackError as error:
        raise Refused(_("The policy pack does not say how this is decided: %(reason)s") % {"reason": error}) from error


def label_of(service: Service) -> dict[str, str]:
    """The service's name in the languages of the pack, to be kept with what is decided by it."""
    return {"zh": service.label.zh, "en": service.label.en}
