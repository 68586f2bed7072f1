"""Reading proposals and their moves: for those who may draw them up, in their county."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible, Refused
from yinian.core.models import Region
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.models import User
from yinian.homes.beds.queries import holding
from yinian.homes.placing.models import Move, Rebalancing, Unmoved
from yinian.homes.stays.models import Stay


def visible_to(actor: User) -> QuerySet[Rebalancing]:
    """Proposals of the counties where the actor may draw them up."""
    actor.require("homes.balance")
    return (
        Rebalancing.objects.filter(actor.scope("homes.balance").q("region__code"))
        .select_related("region", "made_by")
        .defer("region__outline")
    )


def get_proposal(actor: User, pk: int) -> Rebalancing:
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("proposal")
    return found


def moves_visible_to(actor: User) -> QuerySet[Any]:
    """Moves with ``done``: the person has, or is kept, a bed in the home that was proposed."""
    actor.require("people.view")
    there = Stay.objects.filter(
        holding(timezone.localdate()), person=OuterRef("person"), bed__site=OuterRef("to_site")
    )
    return (
        Move.objects.filter(proposal__in=visible_to(actor))
        .select_related(
            "proposal", "person__region__parent", "from_site", "to_site", "recorded_by", "near", "partner"
        )
        .defer("person__region__outline", "person__region__parent__outline", "near__outline")
        .annotate(done=Exists(there))
    )


def get_move(actor: User, pk: int) -> Move:
    found: Move | None = moves_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("move")
    return found


def unmoved_visible_to(actor: User) -> QuerySet[Unmoved]:
    """Those for whom a proposal found nothing better."""
    actor.require("people.view")
    return (
        Unmoved.objects.filter(proposal__in=visible_to(actor))
        .select_related("proposal", "person", "site", "partner")
    )


def standing_moves(actor: User) -> QuerySet[Any]:
    """Moves of the latest proposal of each county that wait for an answer, or are agreed and not carried out."""
    latest = (
        visible_to(actor).order_by("region_id", "-made_at", "-pk").distinct("region_id").values_list("pk", flat=True)
    )
    return moves_visible_to(actor).filter(
        Q(state=Move.State.PROPOSED) | Q(state=Move.State.AGREED), proposal__in=list(latest), done=False
    )


def stay_of(move: Move) -> Stay | None:
    """Where the person lies now, whichever home it is."""
    today = timezone.localdate()
    return Stay.objects.filter(period__contains=today, person_id=move.person_id).select_related("bed__site").first()


def county_for(actor: User, region: str) -> Region:
    """The county of a region where the actor may draw proposals up."""
    county = Region.objects.defer("outline").filter(pk=region[: CODE_LENGTHS[Level.COUNTY]]).first()
    if county is None:
        raise NotVisible("region")
    actor.require("homes.balance", county.pk)
    if county.level != Level.COUNTY:
        raise Refused(_("A proposal is drawn up for a county."))
    return county


def counties(actor: User) -> QuerySet[Region]:
    """The counties for which the actor may draw proposals up."""
    actor.require("homes.balance")
    mine = Region.objects.filter(actor.scope("homes.balance").q("code"), level=Level.COUNTY)
    return mine.defer("outline").order_by("pk")
