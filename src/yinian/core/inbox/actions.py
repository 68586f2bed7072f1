"""Work items: asked for, taken, handed over, escalated, closed."""

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.kinds import KINDS
from yinian.core.inbox.models import WorkItem, WorkStep
from yinian.core.regions.models import Region
from yinian.core.roles import ROLES, Role
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user

# Who answers when the level below did not: by the level of the region it rises to.
ROLE_AT_LEVEL = {3: Role.BUREAU_OFFICER, 4: Role.TOWN_OFFICER, 5: Role.VILLAGE_WORKER}


def ask(
    actor: User,
    kind: str,
    *,
    key: str,
    region: str,
    params: dict[str, Any],
    url: str,
    role: Role | None = None,
    site: int | None = None,
    due_on: dt.date | None = None,
    to: User | None = None,
) -> WorkItem:
    """Put an item on a desk, inside the caller's transaction. An open item with the same key is brought up to date.

    ``to``: whom it is for by name; without one it waits for whoever of the role takes it.
    """
    spec = KINDS[kind]
    # Serialises two findings of one key; without it the loser would meet the unique index and lose its transaction.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7305462, hashtext(%s))", [key])
    item = WorkItem.objects.filter(key=key, state=WorkItem.State.OPEN).first()
    if item is not None:
        if item.params != params or item.url != url:
            item.params, item.url = params, url
            item.version += 1
            item.save(update_fields=["params", "url", "version"])
        return item
    item = WorkItem.objects.create(
        kind=kind,
        key=key,
        region_id=region,
        params=params,
        url=url,
        role=role or spec.role,
        site_ref=site,
        taken_by=to,
        created_by=actor,
        due_on=due_on or add_working_days(timezone.localdate(), spec.days),
    )
    WorkStep.objects.create(item=item, actor=actor, verb="asked")
    return item


def redate(key: str, due_on: dt.date) -> None:
    """The open item of ``key``, if any, is due on another day. In the transaction of whatever moves the deadline."""
    for item in WorkItem.objects.select_for_update().filter(key=key, state=WorkItem.State.OPEN).exclude(due_on=due_on):
        item.due_on = due_on
        item.version += 1
        item.save(update_fields=["due_on", "version"])


@dataclass(frozen=True)
class Asked:
    """One item for :func:`ask_many`, with the meaning of :func:`ask`'s arguments."""

    kind: str
    key: str
    region: str
    params: dict[str, Any]
    url: str
    role: Role | None = None
    due_on: dt.date | None = None


def ask_many(actor: User, items: Iterable[Asked]) -> int:
    """What :func:`ask` does, for thousands of items in one statement. Returns how many are new.

    Inside the caller's transaction; no key may stand twice among ``items``.
    """
    today = timezone.localdate()
    due: dict[int, dt.date] = {}
    rows = []
    for item in items:
        spec = KINDS[item.kind]
        if spec.days not in due:
            due[spec.days] = add_working_days(today, spec.days)
        rows.append({"kind": item.kind, "key": item.key, "region": item.region, "params": item.params,
                     "url": item.url, "role": str(item.role or spec.role),
                     "due_on": (item.due_on or due[spec.days]).isoformat()})
    if not rows:
        return 0
    sql = """
        WITH asked AS (
            INSERT INTO core_workitem AS standing (kind, key, region_id, params, url, role, created_by_id, due_on,
                state, created_at, outcome, escalations, version)
            SELECT i.kind, i.key, i.region, i.params, i.url, i.role, %(actor)s, i.due_on, 'open', %(now)s, '', 0, 1
            FROM jsonb_to_recordset(%(rows)s::jsonb)
                AS i(kind text, key text, region text, params jsonb, url text, role text, due_on date)
            ORDER BY i.key
            ON CONFLICT (key) WHERE state = 'open' DO UPDATE
                SET params = excluded.params, url = excluded.url, version = standing.version + 1
                WHERE (standing.params, standing.url) IS DISTINCT FROM (excluded.params, excluded.url)
            RETURNING id, xmax = 0 AS is_new
        )
        INSERT INTO core_workstep (item_id, at, actor_id, verb, note)
        SELECT id, %(now)s, %(actor)s, 'asked', '' FROM asked WHERE is_new
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"rows": json.dumps(rows), "actor": actor.pk, "now": timezone.now()})
        return int(cursor.rowcount)


def settle_many(actor: User, prefix: str, standing: Collection[str], outcome: str) -> int:
    """Close as done every open item whose key begins with ``prefix`` and is not among ``standing``. How many."""
    sql = """
        WITH closed AS (
            UPDATE core_workitem SET state = 'done', closed_at = %(now)s, closed_by_id = %(actor)s,
                outcome = %(outcome)s, version = version + 1
            WHERE state = 'open' AND starts_with(key, %(prefix)s) AND NOT key = ANY(%(standing)s) RETURNING id
        )
        INSERT INTO core_workstep (item_id, at, actor_id, verb, note)
        SELECT id, %(now)s, %(actor)s, 'done', %(outcome)s FROM closed
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": timezone.now(), "actor": actor.pk, "outcome": outcome[:200], "prefix": prefix,
                             "standing": list(standing)})
        return int(cursor.rowcount)


def settle(actor: User, key: str, outcome: str, *, needed: bool = True) -> None:
    """Close the open item of ``key``, if any: done by what the actor just did, or no longer needed."""
    for item in WorkItem.objects.select_for_update().filter(key=key, state=WorkItem.State.OPEN):
        _close(actor, item, WorkItem.State.DONE if needed else WorkItem.State.DROPPED, outcome)


def _close(actor: User, item: WorkItem, state: str, outcome: str) -> None:
    item.state, item.closed_at, item.closed_by, item.outcome = state, timezone.now(), actor, outcome[:200]
    item.version += 1
    item.save(update_fields=["state", "closed_at", "closed_by", "outcome", "version"])
    WorkStep.objects.create(item=item, actor=actor, verb=state, note=outcome[:300])


def _locked(actor: User, item_id: int, version: int) -> WorkItem:
    from yinian.core.inbox.queries import get_item

    get_item(actor, item_id)
    actor.require("inbox.act")
    item = WorkItem.objects.select_for_update().get(pk=item_id)
    if item.state != WorkItem.State.OPEN:
        raise Changed(_("Somebody has closed this item meanwhile."))
    if item.version != version:
        raise Changed(_("Somebody has changed this item meanwhile; look at it again."))
    return item


def take(actor: User, item_id: int, version: int) -> WorkItem:
    """Take an item for oneself, so that colleagues of the same role leave it."""
    with transaction.atomic():
        item = _locked(actor, item_id, version)
        item.taken_by = actor
        item.version += 1
        item.save(update_fields=["taken_by", "version"])
        WorkStep.objects.create(item=item, actor=actor, verb="taken")
        record(actor, "inbox.take", item, region=item.region_id)
    return item


def hand_over(actor: User, item_id: int, version: int, to: User, note: str) -> WorkItem:
    """Hand an item to a colleague whose scope covers its region. Needs a note."""
    note = note.strip()
    if not note:
        raise Refused(fields={"note": _("Say in a few words why you hand it over.")})
    if not to.is_active or not to.scope("inbox.view").covers(
        WorkItem.objects.values_list("region_id", flat=True).get(pk=item_id)
    ):
        raise Refused(fields={"to": _("That colleague does not answer for this area.")})
    with transaction.atomic():
        item = _locked(actor, item_id, version)
        item.taken_by = to
        item.version += 1
        item.save(update_fields=["taken_by", "version"])
        WorkStep.objects.create(item=item, actor=actor, verb="handed", note=f"→ {to.full_name}: {note}"[:300])
        record(actor, "inbox.hand_over", item, region=item.region_id, reason=note, detail={"to": to.pk})
    return item


def close(actor: User, item_id: int, version: int, outcome: str, *, needed: bool = True) -> WorkItem:
    """Close an item by hand, with a word on what was done or why it is not needed."""
    outcome = outcome.strip()
    if not outcome:
        raise Refused(fields={"outcome": _("Say in a few words what was done.")})
    with transaction.atomic():
        item = _locked(actor, item_id, version)
        _close(actor, item, WorkItem.State.DONE if needed else WorkItem.State.DROPPED, outcome)
        record(actor, "inbox.close", item, region=item.region_id, reason=outcome, detail={"needed": needed})
    return item


def escalate_overdue(today: dt.date | None = None) -> int:
    """Raise each overdue item to the next level up, with three more working days. Returns how many rose."""
    actor, today = platform_user(), today or timezone.localdate()
    risen = 0
    stay = [kind.name for kind in KINDS.values() if not kind.rises]
    overdue = (
        WorkItem.objects.filter(state=WorkItem.State.OPEN, due_on__lt=today).exclude(kind__in=stay)
        .values_list("pk", flat=True)
    )
    for pk in list(overdue):
        with transaction.atomic():
            item = (
                WorkItem.objects.select_for_update(skip_locked=True)
                .filter(pk=pk, state=WorkItem.State.OPEN, due_on__lt=today)
                .select_related("region")
                .first()
            )
            if item is None:
                continue
            above = _level_above(item)
            if above is None:
                continue
            region, role = above
            WorkStep.objects.create(
                item=item, actor=actor, verb="escalated", note=f"{ROLES[Role(item.role)].label} → {ROLES[role].label}"
            )
            item.region, item.role, item.taken_by, item.site_ref = region, role, None, None
            item.escalations += 1
            item.version += 1
            item.due_on = add_working_days(today, 3)
            item.save(update_fields=["region", "role", "taken_by", "site_ref", "escalations", "version", "due_on"])
            record(actor, "inbox.escalate", item, region=region.code, detail={"times": item.escalations})
            risen += 1
    return risen


def _level_above(item: WorkItem) -> tuple[Region, Role] | None:
    # A home's item, and that of a county's own specialists, rises to the officers of its own region.
    if item.site_ref is not None or item.role not in ROLE_AT_LEVEL.values():
        region: Region | None = item.region
    else:
        region = item.region.parent
    while region is not None and region.level > 2:
        role = ROLE_AT_LEVEL.get(region.level)
        if role is not None and (region.level, role) != (item.region.level, item.role):
            return region, role
        region = region.parent
    return None
