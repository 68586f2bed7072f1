"""What a payment report says of who receives what: receipts begun by it, and those that a complete one ends.

Inside the caller's transaction; a report taken back undoes what it did.
"""

from django.db import connection

from yinian.core.users.models import User
from yinian.entitlements.models import PaidBatch

# Added up first: of lines just written the database knows no statistics, and would join them to themselves one by one.
_BEGUN = """
INSERT INTO entitlements_receipt (person_id, service_id, period, amount_fen, department, recorded_at, recorded_by_id,
    batch_id)
SELECT l.person_id, l.service_id, daterange(min(l.month), NULL), sum(l.fen) FILTER (WHERE l.month = l.last),
    %(department)s, now(), %(actor)s, %(batch)s
FROM (
    SELECT person_id, service_id, month, sum(amount_fen) AS fen,
        max(month) OVER (PARTITION BY person_id, service_id) AS last
    FROM entitlements_paidline WHERE batch_id = %(batch)s AND person_id IS NOT NULL GROUP BY 1, 2, 3
) l
WHERE NOT EXISTS (
    SELECT FROM entitlements_receipt r WHERE r.person_id = l.person_id AND r.service_id = l.service_id
        AND r.period && daterange(l.month, NULL))
GROUP BY l.person_id, l.service_id
"""
# A complete report ends the receipts of whom it no longer names, unless a later month is on record already.
_ENDED = """
UPDATE entitlements_receipt r SET period = daterange(lower(r.period), v.month), ended_batch_id = %(batch)s
FROM entitlements_paidbatch b, people_person p, (
    SELECT v.service, max(v.month) AS month FROM entitlements_paidbatch x,
        jsonb_to_recordset(x.covers) AS v(service text, month date) WHERE x.id = %(batch)s GROUP BY 1
) v
WHERE b.id = %(batch)s AND b.complete AND r.service_id = v.service AND upper_inf(r.period)
    AND lower(r.period) < v.month AND p.id = r.person_id
    AND starts_with(p.region_id COLLATE "C", b.region_id COLLATE "C")
    AND NOT EXISTS (
        SELECT FROM entitlements_paidline l JOIN entitlements_paidbatch o ON o.id = l.batch_id
        WHERE l.person_id = r.person_id AND l.service_id = r.service_id AND l.month >= v.month
            AND o.state = 'committed')
    AND NOT EXISTS (
        SELECT FROM entitlements_paidbatch o, jsonb_to_recordset(o.covers) AS w(service text, month date)
        WHERE o.state = 'committed' AND o.id <> b.id AND w.service = v.service AND w.month > v.month)
"""
_UNDO = """
DELETE FROM entitlements_receipt WHERE batch_id = %(batch)s AND ended_batch_id IS NULL;
UPDATE entitlements_receipt SET period = daterange(lower(period), NULL), ended_batch_id = NULL
WHERE ended_batch_id = %(batch)s
"""


def take_in(actor: User, batch: PaidBatch) -> dict[str, int]:
    """Begin and end receipts by a report just taken in. Returns how many."""
    params: dict[str, str | int] = {"batch": batch.pk, "actor": actor.pk, "department": batch.department}
    with connection.cursor() as cursor:
        cursor.execute(_BEGUN, params)
        begun = cursor.rowcount
        cursor.execute(_ENDED, params)
        return {"receipts_begun": begun, "receipts_ended": cursor.rowcount}


def take_back(batch: PaidBatch) -> None:
    """Undo what a report did to receipts."""
    with connection.cursor() as cursor:
        for statement in _UNDO.split(";\n"):
            cursor.execute(statement, {"batch": batch.pk})
