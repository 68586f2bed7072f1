"""Reading the work desk."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.inbox.kinds import KINDS
from yinian.core.inbox.models import WorkItem
from yinian.core.roles import ROLES, Role
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[WorkItem]:
    """Items of the actor's roles in their regions or sites, items they hold, and those below an officer's region."""
    actor.require("inbox.view")
    condition = Q(taken_by=actor)
    for posting in actor.current_postings:
        if ROLES[Role(posting.role)].by_name:
            continue
        if posting.site_ref is not None:
            condition |= Q(role=posting.role, site_ref=posting.site_ref)
        else:
            condition |= Q(role=posting.role, region__code__startswith=posting.region_id)
            if posting.role in {"bureau_officer", "town_officer"}:
                condition |= Q(region__code__startswith=posting.region_id)
    return WorkItem.objects.filter(condition).select_related("region", "taken_by")


def mine(actor: User) -> QuerySet[WorkItem]:
    """Open items that wait for this actor: held by them, or for their role and region and held by nobody else."""
    condition = Q(pk__in=[])
    for posting in actor.current_postings:
        if ROLES[Role(posting.role)].by_name:
            continue
        if posting.site_ref is not None:
            condition |= Q(role=posting.role, site_ref=posting.site_ref)
        else:
            condition |= Q(role=posting.role, region=posting.region)
            # A town officer may also cover the villages that have no worker of their own; they see those in the list.
    return (
        WorkItem.objects.filter(state=WorkItem.State.OPEN)
        .filter(Q(taken_by=actor) | condition & Q(taken_by__isnull=True))
        .select_related("region", "taken_by")
        .order_by("due_on", "id")
    )


def get_item(actor: User, pk: int) -> WorkItem:
    item = visible_to(actor).filter(pk=pk).first()
    if item is None:
        raise NotVisible("work item")
    return item


def sentence(item: WorkItem) -> str:
    """The item in words, in the reader's language."""
    kind = KINDS.get(item.kind)
    return item.kind if kind is None else str(kind.sentence) % item.params


def verb(item: WorkItem) -> str:
    kind = KINDS.get(item.kind)
    return "" if kind is None else str(kind.verb)


@dataclass(frozen=True)
class Desk:
    """A day's work: overdue, due today, what came in since yesterday, and the rest; ``more`` when a part was cut."""

    overdue: list[WorkItem]
    today: list[WorkItem]
    came_in: list[WorkItem]
    later: list[WorkItem]
    more: bool


def desk(actor: User, limit: int = 50) -> Desk:
    day = timezone.localdate()
    since = timezone.make_aware(dt.datetime.combine(day - dt.timedelta(days=1), dt.time(0)))
    items = mine(actor)
    parts = [
        list(part[: limit + 1]) for part in (
            items.filter(due_on__lt=day), items.filter(due_on=day), items.filter(due_on__gt=day, created_at__gte=since),
            items.filter(due_on__gt=day, created_at__lt=since),
        )
    ]
    overdue, today, came_in, later = (part[:limit] for part in parts)
    return Desk(overdue, today, came_in, later, more=any(len(part) > limit for part in parts))
