"""Reading and checking the audit chain."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from yinian.core.audit.models import AuditLink, AuditRow, Reveal
from yinian.core.users.models import User

UNIT = "\x1f"
RECORD = "\x1e"


def visible_to(actor: User) -> QuerySet[AuditRow]:
    """Rows the actor may read: those of their regions, and those that belong to no region."""
    actor.require("audit.view")
    scope = actor.scope("audit.view")
    from django.db.models import Q

    return AuditRow.objects.filter(scope.q("region_code") | Q(region_code="")).select_related("actor", "link")


def reveals_visible_to(actor: User) -> QuerySet[Reveal]:
    """Showings of masked values by people posted inside the actor's scope."""
    actor.require("audit.view")
    scope = actor.scope("audit.view")
    staff = User.objects.filter(scope.q("postings__region__code"))
    return Reveal.objects.filter(actor__in=staff).select_related("actor")


def actions_seen() -> list[str]:
    """Names of the acts that occur in the chain. Walks the index on (action), one step a name."""
    sql = """
        WITH RECURSIVE seen AS (
            (SELECT action FROM core_auditrow ORDER BY action LIMIT 1)
            UNION ALL
            SELECT (SELECT action FROM core_auditrow WHERE action > seen.action ORDER BY action LIMIT 1)
            FROM seen WHERE seen.action IS NOT NULL
        ) SELECT action FROM seen WHERE action IS NOT NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True)
class ChainState:
    """Length and head of the chain, and what the last check found (``None`` when there was none)."""

    rows: int
    head: str
    checked_at: dt.datetime | None
    checked_rows: int
    checked_whole: bool


def chain_state() -> ChainState:
    link = AuditLink.objects.order_by("-position").first()
    check = AuditRow.objects.filter(action="audit.verify").order_by("-id").first()
    found = check.detail if check is not None else {}
    return ChainState(
        rows=link.position if link else 0, head=link.hash if link else "", checked_at=check.at if check else None,
        checked_rows=int(found.get("rows", 0)), checked_whole=bool(found.get("whole", False)),
    )


def history_of(actor: User, right: str, kind: str, pk: Any) -> QuerySet[AuditRow]:
    """What was done to one thing; the caller has already shown that the actor may see the thing."""
    actor.require(right)
    return AuditRow.objects.filter(object_kind=kind, object_id=str(pk)).select_related("actor")


@dataclass(frozen=True)
class Verdict:
    """The outcome of :func:`verify`: rows checked, the chain's head, and what is wrong, if anything."""

    rows: int
    head: str
    unlinked: int
    broken_at: int | None
    problem: str

    @property
    def whole(self) -> bool:
        return self.broken_at is None and self.unlinked == 0


def _rows() -> Iterator[tuple[Any, ...]]:
    sql = """
        SELECT link.position, link.hash, row_.id,
            to_char(row_.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), row_.actor_id, row_.action,
            row_.object_kind, row_.object_id, row_.region_code, row_.reason, row_.detail::text
        FROM core_auditlink link LEFT JOIN core_auditrow row_ ON row_.id = link.row_id ORDER BY link.position
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        while batch := cursor.fetchmany(10_000):
            yield from batch


def verify(expected_head: str = "") -> Verdict:
    """Recompute the whole chain in Python, not trusting the database's own functions.

    ``expected_head`` is a head exported earlier: it must occur in the chain, or history was rewritten.
    """
    previous, position, count, seen = "", 0, 0, not expected_head
    for place, digest, row_id, *parts in _rows():
        count += 1
        position += 1
        if place != position:
            return Verdict(count, previous, 0, position, "a link is missing")
        if row_id is None:
            return Verdict(count, previous, 0, position, "a linked row is gone")
        text = UNIT.join(str(part) for part in (row_id, *parts) if part is not None)
        computed = hashlib.sha256((previous + RECORD + text).encode()).hexdigest()
        if computed != digest:
            return Verdict(count, previous, 0, position, "a row or link was altered")
        previous = digest
        seen = seen or digest == expected_head
    if not seen:
        return Verdict(
            count, previous, 0, position, "the exported head is missing: the chain's end was cut or rewritten"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM core_auditrow r WHERE NOT EXISTS (SELECT FROM core_auditlink l WHERE l.row_id = r.id)"
        )
        unlinked = cursor.fetchone()[0]
    return Verdict(count, previous, unlinked, None, "rows outside the chain" if unlinked else "")


def as_json(verdict: Verdict) -> str:
    return json.dumps(verdict.__dict__ | {"whole": verdict.whole}, ensure_ascii=False)
