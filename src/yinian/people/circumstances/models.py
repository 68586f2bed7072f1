"""Circumstances as dated spells with source, evidence and author; and complete departmental lists.

Two times are kept: ``valid`` is when a circumstance held, ``recorded_at``/``retracted_at`` when we believed it.
A spell is never overwritten: it is retracted and another takes its place, so "what did we know on a date" has
an answer for every date.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Q, Value, When
from django.utils import timezone

from yinian.people.kinds import DEPARTMENT_CHOICES, KIND_CHOICES, KINDS

_KIND_NUMBER = Case(
    *[When(kind=kind.code, then=Value(kind.number)) for kind in KINDS.values()], output_field=IntegerField()
)


def _allowed() -> Q:
    """What the register may hold, kind by kind, as one database condition."""
    condition = Q(pk__in=[])
    for kind in KINDS.values():
        one = Q(kind=kind.code)
        if kind.pattern:
            one &= Q(value__regex=kind.pattern)
        else:
            one &= Q(value__in=list(kind.values)) if kind.values else Q(value="")
        if kind.grades is None:
            one &= Q(grade__isnull=True)
        elif kind.values:
            one &= Q(grade__isnull=True) | Q(grade__in=list(kind.grades))
        else:
            one &= Q(grade__in=list(kind.grades))
        condition = one if not condition else condition | one
    return condition


class Spell(models.Model):
    """One circumstance of one person over a stretch of days (upper bound open, exclusive)."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="spells")
    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    value = models.CharField(max_length=24, blank=True)
    grade = models.PositiveSmallIntegerField(null=True, blank=True)
    valid = DateRangeField()
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    evidence = models.CharField(max_length=200, blank=True)
    attachment = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey("people.ImportBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    retracted_at = models.DateTimeField(null=True, blank=True)
    retracted_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    retract_reason = models.CharField(max_length=200, blank=True)
    # The list whose loading retracted it; its undoing records it anew.
    retracted_batch = models.ForeignKey(
        "people.ImportBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["person_id", "kind", "-valid"]
        indexes = [
            models.Index(fields=["person"], name="spell_of_person"),
            models.Index(fields=["kind", "value"], condition=Q(retracted_at__isnull=True), name="spell_by_value"),
            models.Index(
                fields=["retracted_batch"], condition=Q(retracted_batch__isnull=False), name="spell_retracted_by_list"
            ),
        ]
        constraints = [
            ExclusionConstraint(
                name="spell_one_value_at_a_time",
                # One integer range holds person and kind (64 kinds a person): a third of the index of two ranges.
                expressions=[
                    (
                        Func(
                            F("person_id") * 64 + _KIND_NUMBER,
                            F("person_id") * 64 + _KIND_NUMBER,
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(retracted_at__isnull=True),
            ),
            models.CheckConstraint(name="spell_value_is_allowed", condition=_allowed()),
            models.CheckConstraint(name="spell_covers_a_day", condition=Q(valid__isempty=False)),
            models.CheckConstraint(
                name="spell_retracted_with_author_and_reason",
                condition=Q(retracted_at__isnull=True)
                | (Q(retracted_by__isnull=False) & ~Q(retract_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}{'' if self.grade is None else self.grade}"


class Roll(models.Model):
    """A department's complete list of one kind for a region: whoever is not on it has the kind's ``absent`` value."""

    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    batch = models.ForeignKey("people.ImportBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    retracted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "-as_of"]

    def __str__(self) -> str:
        return f"{self.kind} {self.region_id} {self.as_of}"


class Conflict(models.Model):
    """Two departments that say different things of one person; waits for somebody to decide."""

    class State(models.TextChoices):
        OPEN = "open"
        KEPT = "kept"
        REPLACED = "replaced"
        WITHDRAWN = "withdrawn"

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="conflicts")
    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    standing = models.ForeignKey(Spell, on_delete=models.CASCADE, related_name="+")
    claimed_value = models.CharField(max_length=24, blank=True)
    claimed_grade = models.PositiveSmallIntegerField(null=True, blank=True)
    claimed_from = models.DateField()
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    evidence = models.CharField(max_length=200, blank=True)
    batch = models.ForeignKey(
        "people.ImportBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="conflicts"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    raised_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "department"], condition=Q(state="open"), name="conflict_open_once"
            ),
            models.CheckConstraint(
                name="conflict_decided_with_author",
                condition=Q(state__in=["open", "withdrawn"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"
