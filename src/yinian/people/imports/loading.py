"""Writing a planned list into the register, in bulk, inside the caller's transaction.

Same meaning as the single writes of ``people.circumstances.actions``: a record is retracted and what still holds
of it recorded anew; another department's word is never overwritten but set beside it for the town to decide.
"""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.people.circumstances.actions import CONTINUED, ask_conflict
from yinian.people.imports.models import ImportBatch
from yinian.people.imports.plan import Order
from yinian.people.models import Conflict, Roll

# Columns of a person that loading may change; kept before a change, put back by an undo.
KEPT = (
    "name",
    "name_pinyin",
    "name_initials",
    "sex",
    "birth_date",
    "id_number",
    "id_index",
    "id_tail_index",
    "phone",
    "phone_index",
    "address",
    "region_id",
    "hukou_code",
    "residence_code",
    "urban_hukou",
    "household_no",
    "state",
    "died_on",
)
_BEFORE = ", ".join(f"'{name}', p.{name}" for name in KEPT)
_SET = ", ".join(f"{name} = coalesce(i.{name}, p.{name})" for name in KEPT)

_MAKE_PEOPLE = """
INSERT INTO people_person (id, name, name_pinyin, name_initials, sex, birth_date, id_number, id_index, id_tail_index,
    phone, phone_index, address, region_id, hukou_code, residence_code, urban_hukou, household_no, state, synthetic,
    created_at, created_by_id, created_from, changed_at, version)
SELECT person_id, name, name_pinyin, name_initials, coalesce(sex, ''), birth_date, id_number, id_index, id_tail_index,
    phone, phone_index, address, region_id, coalesce(hukou_code, ''), coalesce(residence_code, ''), urban_hukou,
    coalesce(household_no, ''), coalesce(state, 'living'), %(synthetic)s, %(at)s, %(actor)s, %(department)s, %(at)s, 1
FROM imp_person WHERE is_new ORDER BY person_id;
"""
_CHANGE_PEOPLE = f"""
INSERT INTO people_importchange (batch_id, person_id, made, before, version_after)
SELECT %(batch)s, p.id, i.is_new, CASE WHEN i.is_new THEN '{{}}' ELSE jsonb_build_object({_BEFORE}) END,
    CASE WHEN i.is_new THEN 1 ELSE p.version + 1 END
FROM imp_person i JOIN people_person p ON p.id = i.person_id ORDER BY p.id;
UPDATE people_person p SET {_SET}, version = p.version + 1, changed_at = %(at)s
FROM imp_person i WHERE i.person_id = p.id AND NOT i.is_new;
"""
_SPELLS = """
UPDATE people_spell s SET retracted_at = %(at)s, retracted_by_id = %(actor)s, retracted_batch_id = %(batch)s,
    retract_reason = CASE c.fate WHEN 'strike' THEN %(struck)s ELSE %(followed)s END
FROM imp_plan c WHERE s.id = c.standing AND c.fate IN ('replace', 'strike');
INSERT INTO people_spell (person_id, kind, value, grade, valid, department, evidence, attachment_id, batch_id,
    recorded_at, recorded_by_id, retract_reason)
SELECT s.person_id, s.kind, s.value, s.grade, daterange(c.held_from, c.starts), s.department, s.evidence,
    s.attachment_id, s.batch_id, %(at)s, %(actor)s, ''
FROM imp_plan c JOIN people_spell s ON s.id = c.standing
WHERE c.fate IN ('replace', 'strike') AND c.held_from < c.starts AND c.event <> 'death';
INSERT INTO people_spell (person_id, kind, value, grade, valid, department, evidence, batch_id, recorded_at,
    recorded_by_id, retract_reason)
SELECT person_id, kind, value, grade, daterange(starts, ends), %(department)s, left(evidence, 200), %(batch)s, %(at)s,
    %(actor)s, ''
FROM imp_plan WHERE fate IN ('new', 'replace') ORDER BY person_id, kind
"""
_SAME_CLAIM = """
SELECT f.id, f.claimed_value = c.value AND f.claimed_grade IS NOT DISTINCT FROM c.grade, c.row_no, c.kind
FROM imp_plan c JOIN people_conflict f ON f.person_id = c.person_id AND f.kind = c.kind
    AND f.department = %(department)s AND f.state = 'open'
WHERE c.fate = 'conflict'
"""
_CONFLICTS = """
INSERT INTO people_conflict (person_id, kind, standing_id, claimed_value, claimed_grade, claimed_from, department,
    evidence, batch_id, state, raised_at, reason)
SELECT person_id, kind, standing, value, grade, starts, %(department)s, left(evidence, 200), %(batch)s, 'open',
    %(at)s, ''
FROM imp_plan c WHERE fate = 'conflict' AND NOT EXISTS (
    SELECT FROM people_conflict f WHERE f.person_id = c.person_id AND f.kind = c.kind
        AND f.department = %(department)s AND f.state = 'open')
ORDER BY person_id, kind
"""


def new_ids(count: int) -> list[int]:
    """Ids for so many new persons."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('people_person', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def write(actor: User, batch: ImportBatch, order: Order) -> dict[str, Any]:
    """Carry out the plan of ``lay_out``. Returns what an undo needs beyond the tables (``withdrawn``: conflict ids)."""
    at = timezone.now()
    values: dict[str, Any] = {
        "at": at,
        "actor": actor.pk,
        "batch": batch.pk,
        "department": str(order.spec.department),
        "synthetic": not settings.IN_SERVICE,
        "followed": CONTINUED,
        "struck": _("No longer on the complete list of %(day)s") % {"day": day(order.as_of)},
    }
    with connection.cursor() as cursor:
        for sql in (_MAKE_PEOPLE, _CHANGE_PEOPLE, _SPELLS):
            for statement in filter(str.strip, sql.split(";\n")):
                cursor.execute(statement, values)
    withdrawn = _set_beside(actor, batch, values)
    if order.complete:
        Roll.objects.bulk_create(
            Roll(
                kind=feed.kind,
                department=order.spec.department,
                region_id=order.region,
                as_of=order.as_of,
                batch=batch,
                recorded_at=at,
                recorded_by=actor,
            )
            for feed in order.spec.concluding
        )
    batch.committed_at, batch.committed_by = at, actor
    return {"withdrawn": withdrawn}


def _set_beside(actor: User, batch: ImportBatch, values: dict[str, Any]) -> list[int]:
    """Conflicts where another department's record stands; earlier claims of the same office give way."""
    with connection.cursor() as cursor:
        cursor.execute(_SAME_CLAIM, values)
        outdated = [conflict for conflict, same, _row, _kind in cursor.fetchall() if not same]
        withdraw(actor, Conflict.objects.filter(pk__in=outdated), _("A newer list of the same office says otherwise."))
        cursor.execute(_CONFLICTS, values)
    for conflict in Conflict.objects.filter(batch=batch, state=Conflict.State.OPEN).select_related("person__region"):
        ask_conflict(actor, conflict)
    return outdated


def withdraw(actor: User, conflicts: QuerySet[Conflict], why: str) -> None:
    """Take open claims back, and their items off the desk."""
    for pk in list(conflicts.filter(state=Conflict.State.OPEN).values_list("pk", flat=True)):
        inbox.settle(actor, f"people.conflict:{pk}", why, needed=False)
        Conflict.objects.filter(pk=pk).update(state=Conflict.State.WITHDRAWN, reason=why[:200])
