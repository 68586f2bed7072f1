"""The audit chain: who did what to which thing, when and why. The database keeps it, not goodwill.

``AuditRow`` is append-only by trigger. At commit a deferred trigger adds an ``AuditLink``: the row's place in
the chain and ``sha256(previous hash | row)``. The chain's lock is so held only while a transaction commits.
"""

import pgtrigger
from django.db import models
from django.utils import timezone

_APPEND_ONLY = "RAISE EXCEPTION 'audit rows are append-only';"

# One canonical text of a row; yinian.core.audit.queries.canonical() writes the same in Python.
CANONICAL_SQL = """
    concat_ws(E'\\x1f', row_.id, to_char(row_.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        row_.actor_id, row_.action, row_.object_kind, row_.object_id, row_.region_code, row_.reason,
        row_.detail::text)
"""

_LINK = f"""
    PERFORM pg_advisory_xact_lock(7305461);
    SELECT * INTO row_ FROM core_auditrow WHERE id = NEW.id;
    SELECT link.position, link.hash INTO last_ FROM core_auditlink link ORDER BY link.position DESC LIMIT 1;
    INSERT INTO core_auditlink (position, row_id, hash)
    VALUES (coalesce(last_.position, 0) + 1, NEW.id,
        encode(sha256(convert_to(coalesce(last_.hash, '') || E'\\x1e' || {CANONICAL_SQL.strip()}, 'UTF8')), 'hex'));
    RETURN NULL;
"""


class AuditRow(models.Model):
    """One act. ``detail`` holds plain facts of the change and never a personal number, phone or address."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    region_code = models.CharField(max_length=14, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_kind", "object_id", "-id"], name="audit_of_object"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["-at"], name="audit_by_time"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_APPEND_ONLY,
            ),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func=_APPEND_ONLY,
            ),
            pgtrigger.Trigger(
                name="chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("row_", "core_auditrow%ROWTYPE"), ("last_", "record")],
                func=_LINK,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_kind} {self.object_id}"


class AuditLink(models.Model):
    """A row's place in the chain, written by the database at commit."""

    position = models.BigIntegerField(primary_key=True)
    row = models.OneToOneField(AuditRow, on_delete=models.PROTECT, related_name="link")
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["position"]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_APPEND_ONLY,
            ),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func=_APPEND_ONLY,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.hash[:12]}"


class Reveal(models.Model):
    """One showing of a masked value: who saw which field of what, when, and the reason given."""

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    field = models.CharField(max_length=40)
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_kind", "object_id", "-id"], name="reveal_of_object")]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func=_APPEND_ONLY,
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.object_kind} {self.object_id}"
