"""Reading issued papers: those whose kind and region, or site, the actor's rights reach."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from yinian.core.documents.kinds import KINDS
from yinian.core.documents.models import Document
from yinian.core.documents.reach import of_sites
from yinian.core.errors import NotVisible
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[Document]:
    """Papers of all kinds that the actor may open, the latest first."""
    condition = Q(pk__in=[])
    for kind in KINDS.values():
        scope = actor.scope(kind.open)
        condition |= Q(kind=kind.name) & (scope.q("region__code") | of_sites(scope.sites))
    return Document.objects.filter(condition).select_related("region", "issued_by", "attachment").defer(
        "region__outline"
    )


def get_document(actor: User, pk: int) -> Document:
    """A paper the actor may open. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("document")
    return found


def documents_of(actor: User, person: int, kinds: Iterable[str] = ()) -> QuerySet[Document]:
    """The papers that concern an older person, of some kinds or all."""
    found = visible_to(actor).filter(person_ref=person)
    return found.filter(kind__in=list(kinds)) if kinds else found
