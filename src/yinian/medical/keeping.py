"""What the room's tables share: one of a kind at a time, rows that are stopped or marked as an error, never rewritten.

The rows are shaped so that an interface by FHIR can give them out later: an entry is marked "entered in error" and
stays, a referral is a ServiceRequest with its Encounter, a contract is of two organisations.
"""

from collections.abc import Sequence

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import Refused


class Held(models.Model):
    """What holds from a day to a day (``period`` [from, until), open where no end is agreed), until it is stopped.

    ``stopped_*``: ended before its day, with author and reason; ``in_error``: it was never so, and counts for nothing.
    """

    period = DateRangeField()
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    stopped_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stop_reason = models.CharField(max_length=200, blank=True)
    in_error = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True


STOPPING = ("period", "stopped_by_id", "stopped_at", "stop_reason", "in_error", "version")
"""Columns of a :class:`Held` that change when it is stopped."""


def held_checks(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            name=f"{name}_covers_a_day", condition=Q(period__isempty=False, period__startswith__isnull=False)
        ),
        models.CheckConstraint(
            name=f"{name}_stopped_with_author_and_reason",
            condition=Q(stopped_by__isnull=True, stopped_at__isnull=True, stop_reason="", in_error=False)
            | (Q(stopped_by__isnull=False, stopped_at__isnull=False) & ~Q(stop_reason="")),
        ),
    ]


def once_at_a_time(name: str, *columns: str) -> ExclusionConstraint:
    """No two rows of the same ``columns`` (ids) over the same days; what was entered in error does not count."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *(
                (Func(F(column), F(column), Value("[]"), function="int8range"), RangeOperators.OVERLAPS)
                for column in columns
            ),
            ("period", RangeOperators.OVERLAPS),
        ],
        condition=Q(in_error=False),
    )


def only(free: Sequence[str], name: str, extra: str = "") -> list[pgtrigger.Trigger]:
    """Triggers: rows are never deleted, and of an update only the columns ``free`` may differ; ``extra``: further SQL
    of the condition under which it is refused."""
    kept = "{" + ",".join(free) + "}"
    return [
        pgtrigger.Protect(name=f"{name}_stays", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_is_not_written_over",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            func=f"""
                IF to_jsonb(OLD) - '{kept}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{kept}'::text[] {extra} THEN
                    RAISE check_violation USING MESSAGE = 'what was entered is not written over',
                        CONSTRAINT = '{name}_is_not_written_over';
                END IF;
                RETURN NEW;
            """,
        ),
    ]


def given_reason(text: str, field: str = "reason") -> str:
    """The reason without blanks at its ends. Raises :class:`Refused` beside ``field`` where there is none."""
    text = text.strip()[:200]
    if not text:
        raise Refused(fields={field: _("Give a reason; it is kept.")})
    return text
