"""Reading and checking the audit chain."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from yinian.core.audit.models import AuditRow
from yinian.core.users.models import User

UNIT = "\x1f"
RECORD = "\x1e"


def visible_to(actor: User) -> QuerySet[AuditRow]:
    """Rows the actor may read: those of their regions, and those that belong to no region."""
    actor.require("audit.view")
    scope = actor.scope("audit.view")
    from django.db.models import Q

    return AuditRow.objects.filter(scope.q("region_code") | Q(region_code="")).select_related("actor", "link")


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
