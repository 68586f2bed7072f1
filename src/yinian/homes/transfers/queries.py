"""Reading transfers: those of the homes the actor sees, from either side."""

from django.db.models import QuerySet

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.transfers.models import Transfer


def transfers_visible_to(actor: User) -> QuerySet[Transfer]:
    """Transfers from or to homes where the actor may see older people."""
    actor.require("homes.view")
    actor.require("people.view")
    homes, people = actor.scope("homes.view"), actor.scope("people.view")
    given = ("stay__bed__site__region__code", "stay__bed__site")
    taken = ("to_site__region__code", "to_site")
    return Transfer.objects.filter(homes.q(*given) & people.q(*given) | homes.q(*taken) & people.q(*taken))


def get_transfer(actor: User, pk: int) -> Transfer:
    found = (
        transfers_visible_to(actor)
        .select_related("stay__person__region__parent", "stay__bed__site__region", "to_site__region", "asked_by",
                        "decided_by", "arrived__bed")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("transfer")
    return found


def get_asked(actor: User, pk: int) -> Transfer:
    """A transfer to a home in the actor's reach; what only the giving home sees is not there for answering."""
    found = get_transfer(actor, pk)
    if not actor.scope("homes.view").covers(found.to_site.region_id, found.to_site_id):
        raise NotVisible("transfer")
    return found
