"""Taking a loaded list back: the register stands again as before, and what we believed meanwhile stays readable.

Records the list made are retracted, those it retracted are recorded anew, entries it changed get their former
columns, entries it made go. Nothing is taken back while something later stands on it.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.users.models import User
from yinian.people.circumstances.actions import ask_conflict
from yinian.people.imports.loading import KEPT, withdraw
from yinian.people.imports.models import ImportBatch, ImportChange, ImportRow
from yinian.people.models import Conflict, Person, Roll

MOST_NAMED = 20

# What a list retracted, and where its own record (or the day of the list) cut the record off.
_CUT = """
CREATE TEMP TABLE undo_own ON COMMIT DROP AS
SELECT person_id, kind, min(lower(valid)) AS begins FROM people_spell
WHERE batch_id = %(batch)s AND recorded_at = %(at)s GROUP BY person_id, kind;
ANALYZE undo_own;
CREATE TEMP TABLE undo_cut ON COMMIT DROP AS
SELECT o.id, o.person_id, o.kind, o.value, o.grade, o.valid, o.department, o.evidence, o.attachment_id, o.batch_id,
    coalesce(n.begins, %(as_of)s::date) AS cut
FROM people_spell o LEFT JOIN undo_own n ON n.person_id = o.person_id AND n.kind = o.kind
WHERE o.retracted_batch_id = %(batch)s;
ANALYZE undo_cut;
CREATE TEMP TABLE undo_near ON COMMIT DROP AS
SELECT s.id, s.person_id, s.kind, s.value, s.grade, s.valid, s.department, s.batch_id
FROM (SELECT DISTINCT person_id FROM undo_cut) c JOIN people_spell s ON s.person_id = c.person_id
WHERE s.retracted_at IS NULL;
CREATE INDEX ON undo_near (person_id, kind);
ANALYZE undo_near;
CREATE TEMP TABLE undo_rest ON COMMIT DROP AS
SELECT c.id AS origin, c.person_id, r.id AS spell
FROM undo_cut c LEFT JOIN undo_near r ON r.person_id = c.person_id AND r.kind = c.kind
    AND r.valid = daterange(lower(c.valid), c.cut) AND r.value = c.value AND r.grade IS NOT DISTINCT FROM c.grade
    AND r.department = c.department
WHERE lower(c.valid) < c.cut AND c.kind <> 'death'
"""
# People about whom something later was recorded: on a record of the list, on what it left of another, on the entry.
_LATER = """
SELECT person_id FROM people_spell s WHERE s.batch_id = %(batch)s AND s.retracted_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM people_importbatch b WHERE b.id = s.retracted_batch_id AND b.state = 'undone')
UNION SELECT person_id FROM undo_rest WHERE spell IS NULL
UNION SELECT c.person_id FROM people_importchange c JOIN people_person p ON p.id = c.person_id
    WHERE c.batch_id = %(batch)s AND (p.version <> c.version_after OR p.merged_into_id IS NOT NULL)
UNION SELECT person_id FROM people_conflict WHERE batch_id = %(batch)s AND state = 'replaced'
UNION SELECT c.person_id FROM undo_cut c JOIN undo_near s ON s.person_id = c.person_id AND s.kind = c.kind
    AND s.valid && c.valid
    WHERE s.batch_id IS DISTINCT FROM %(batch)s AND s.id NOT IN (SELECT spell FROM undo_rest WHERE spell IS NOT NULL)
UNION SELECT s.person_id FROM people_spell s JOIN people_person p ON p.id = s.person_id
    WHERE s.batch_id = %(batch)s AND s.retracted_at IS NULL AND p.merged_into_id IS NOT NULL
"""
_TAKE_BACK = """
UPDATE people_spell SET retracted_at = %(now)s, retracted_by_id = %(actor)s, retract_reason = %(reason)s,
    retracted_batch_id = %(batch)s
WHERE batch_id = %(batch)s AND retracted_at IS NULL;
UPDATE people_spell SET retracted_at = %(now)s, retracted_by_id = %(actor)s, retract_reason = %(reason)s,
    retracted_batch_id = %(batch)s
WHERE id IN (SELECT spell FROM undo_rest) AND retracted_at IS NULL;
INSERT INTO people_spell (person_id, kind, value, grade, valid, department, evidence, attachment_id, batch_id,
    recorded_at, recorded_by_id, retract_reason)
SELECT person_id, kind, value, grade, valid, department, evidence, attachment_id, batch_id, %(now)s, %(actor)s, ''
FROM undo_cut ORDER BY id
"""
_PUT_BACK = f"""
UPDATE people_person p SET {", ".join(f"{name} = r.{name}" for name in KEPT)}, version = p.version + 1,
    changed_at = %(now)s
FROM people_importchange c, jsonb_populate_record(NULL::people_person, c.before) r
WHERE c.batch_id = %(batch)s AND NOT c.made AND p.id = c.person_id
"""
_FORGET = """
DELETE FROM people_conflict WHERE person_id IN (SELECT person_id FROM undo_made);
DELETE FROM people_spell WHERE person_id IN (SELECT person_id FROM undo_made);
DELETE FROM people_importchange WHERE person_id IN (SELECT person_id FROM undo_made);
DELETE FROM people_person WHERE id IN (SELECT person_id FROM undo_made)
"""


@dataclass(frozen=True)
class Standing:
    """What stands on a loaded list: how many people, some of them, and records of which rooms hang on its newcomers."""

    people: int = 0
    some: list[Person] = field(default_factory=list)
    hanging: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.people or self.hanging)


def _run(sql: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in filter(str.strip, sql.split(";\n")):
            cursor.execute(statement, values)


def _values(batch: ImportBatch) -> dict[str, Any]:
    return {"batch": batch.pk, "at": batch.committed_at, "as_of": batch.as_of}


def standing_on(batch: ImportBatch) -> Standing:
    """Later changes that forbid an undo. Inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("DROP TABLE IF EXISTS undo_own, undo_cut, undo_near, undo_rest, undo_made")
        cursor.execute(
            "CREATE TEMP TABLE undo_made ON COMMIT DROP AS "
            "SELECT person_id FROM people_importchange WHERE batch_id = %s AND made",
            [batch.pk],
        )
        cursor.execute("CREATE INDEX ON undo_made (person_id)")
    _run(_CUT, _values(batch))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE undo_rest; ANALYZE undo_made")
        cursor.execute(_LATER, _values(batch))
        later = [row[0] for row in cursor.fetchall()]
    return Standing(len(later), list(Person.objects.filter(pk__in=later[:MOST_NAMED]).order_by("pk")), _hanging(batch))


def _hanging(batch: ImportBatch) -> dict[str, int]:
    """Rows of any room that point at a newcomer and are not this list's own."""
    own = {ImportChange._meta.db_table, ImportRow._meta.db_table}
    # Of these only what stands counts, and not what the list itself recorded.
    mine = {"people_spell": "t.retracted_at IS NULL", "people_conflict": "t.state <> 'withdrawn'"}
    counts: dict[str, int] = {}
    with connection.cursor() as cursor:
        for relation in Person._meta.related_objects:
            model = relation.related_model
            table, column = model._meta.db_table, relation.field.column
            if table in own or not getattr(relation.field, "db_constraint", True):
                continue
            alien = f" AND {mine[table]} AND t.batch_id IS DISTINCT FROM {int(batch.pk)}" if table in mine else ""
            cursor.execute(f"SELECT count(*) FROM {table} t JOIN undo_made m ON m.person_id = t.{column}{alien}")
            count = cursor.fetchone()[0]
            if count:
                counts[str(model._meta.verbose_name)] = counts.get(str(model._meta.verbose_name), 0) + count
    return counts


def take_back(actor: User, batch: ImportBatch, reason: str) -> dict[str, int]:
    """Undo, inside the caller's transaction, after :func:`standing_on` found nothing in this transaction."""
    now = timezone.now()
    values = _values(batch) | {"now": now, "actor": actor.pk, "reason": reason[:200]}
    withdraw(actor, Conflict.objects.filter(batch=batch), _("The list was taken back."))
    _run(_TAKE_BACK, values)
    _run(_PUT_BACK, values)
    ImportRow.objects.filter(person__in=ImportChange.objects.filter(batch=batch, made=True).values("person")).update(
        person=None
    )
    made = ImportChange.objects.filter(batch=batch, made=True).count()
    _run(_FORGET, values)
    Roll.objects.filter(batch=batch, retracted_at__isnull=True).update(retracted_at=now)
    for conflict in Conflict.objects.filter(
        pk__in=batch.counts.get("withdrawn", []), state=Conflict.State.WITHDRAWN
    ).select_related("person__region"):
        conflict.state, conflict.reason = Conflict.State.OPEN, ""
        conflict.save(update_fields=["state", "reason"])
        ask_conflict(actor, conflict)
    return {"people": made}
