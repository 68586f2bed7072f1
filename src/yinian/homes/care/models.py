"""What is done for a resident: the care set for them, its tasks, the record of each, what was measured, hand-overs.

Records are never written over: a correction is a further row that names what it corrects.
"""

import datetime as dt
import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.engines.staffing import GROUPS

AHEAD = dt.timedelta(minutes=5)  # clocks differ
LOOK_BACK = dt.timedelta(hours=12)  # how long after its time a task can be recorded
LATE = dt.timedelta(hours=24)  # later than that an entry says why


def recorder_is_on_staff(site: str) -> str:
    """SQL of a trigger: refuse a row whose recorder holds no posting and no post at the home on that day.

    ``site`` is SQL for the home's id out of NEW.
    """
    return f"""
        IF NOT EXISTS (
            SELECT FROM core_posting p WHERE p.user_id = NEW.recorded_by_id AND p.site_ref = ({site})
                AND p.period @> (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date
        ) AND NOT EXISTS (
            SELECT FROM workforce_post held JOIN workforce_worker w ON w.id = held.worker_id
            WHERE w.user_id = NEW.recorded_by_id AND held.site_id = ({site})
                AND held.period @> (NEW.recorded_at AT TIME ZONE 'Asia/Shanghai')::date
        ) THEN
            RAISE check_violation USING MESSAGE = 'whoever records works in the home',
                CONSTRAINT = 'recorder_is_on_staff';
        END IF;
    """


def lives_here(site: str, person: str, day: str) -> str:
    """SQL of a trigger: refuse a row about somebody who has no bed in the home on that day."""
    return f"""
        IF NOT EXISTS (
            SELECT FROM homes_stay s JOIN places_bed b ON b.id = s.bed_id
            WHERE s.person_id = ({person}) AND b.site_id = ({site}) AND s.period @> ({day})
        ) THEN
            RAISE check_violation USING MESSAGE = 'the person has no bed in the home on that day',
                CONSTRAINT = 'person_lives_here';
        END IF;
    """


def near_its_time(message: str, name: str) -> str:
    """SQL of a trigger: refuse a row whose moment lies more than LOOK_BACK from the time it is for (``slot``, the
    minute of ``day``)."""
    return f"""IF abs(extract(epoch FROM NEW.at - ((NEW.day + make_interval(mins => NEW.slot))
                            AT TIME ZONE 'Asia/Shanghai'))) > {LOOK_BACK // dt.timedelta(hours=1)} * 3600 THEN
                        RAISE check_violation USING MESSAGE = '{message}',
                            CONSTRAINT = '{name}';
                    END IF;"""


def corrects_the_same(table: str, whose: str, when: str, what: str) -> str:
    """SQL of a trigger: refuse a correction of something else than its own row is about (columns ``whose``, ``day``,
    ``when``)."""
    return f"""IF NEW.corrects_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM {table} c WHERE c.id = NEW.corrects_id AND c.{whose} = NEW.{whose}
                            AND c.day = NEW.day AND c.{when} = NEW.{when}
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a correction is of the same {what}',
                            CONSTRAINT = 'correction_is_of_the_same';
                    END IF;"""


def written_in_time(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(name=f"{name}_is_not_ahead", condition=Q(at__lte=F("recorded_at") + AHEAD)),
        models.CheckConstraint(
            name=f"{name}_late_says_why", condition=Q(at__gte=F("recorded_at") - LATE) | ~Q(late_reason="")
        ),
    ]


class Regime(models.Model):
    """The care set for a resident from a day to a day: how much they can do alone, and the tasks that follow."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="regimes")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(null=True, blank=True)  # null: not assessed
    group = models.CharField(max_length=12)
    result = models.ForeignKey("assessments.Result", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey("assessments.CarePlan", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    held = DateRangeField()
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held"]
        indexes = [models.Index(fields=["site"], name="regime_of_site")]
        constraints = [
            ExclusionConstraint(
                name="one_regime_at_a_time",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="regime_covers_a_day", condition=Q(held__isempty=False)),
            models.CheckConstraint(
                name="regime_level_is_of_the_scale", condition=Q(level__isnull=True) | Q(level__lte=4)
            ),
            models.CheckConstraint(
                name="regime_group_is_known", condition=Q(group__in=list(GROUPS))
            ),
            models.CheckConstraint(name="regime_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.person_id}"


class Duty(models.Model):
    """One task of a regime with the times of the day it is done at (minutes) and its weekdays (empty: each day)."""

    class Origin(models.TextChoices):
        LEVEL = "level", _("By the level")
        PLAN = "plan", _("From the care plan")
        OWN = "own", _("Added by the home")

    regime = models.ForeignKey(Regime, on_delete=models.CASCADE, related_name="duties")
    task = models.CharField(max_length=40)
    times = ArrayField(models.PositiveSmallIntegerField())
    days = ArrayField(models.PositiveSmallIntegerField(), default=list)
    origin = models.CharField(max_length=6, choices=Origin.choices)
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["regime", "task"], name="duty_once_a_regime"),
            models.CheckConstraint(
                name="duty_has_times_of_the_day",
                condition=Q(times__len__gte=1, times__len__lte=24, times__contained_by=list(range(24 * 60))),
            ),
            models.CheckConstraint(
                name="duty_weekdays_are_of_a_week", condition=Q(days__len=0) | Q(days__contained_by=list(range(7)))
            ),
        ]

    def __str__(self) -> str:
        return self.task


class Record(models.Model):
    """What the rows of daily care share: when it happened, who recorded it when, and what it corrects."""

    at = models.DateTimeField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    late_reason = models.CharField(max_length=120, blank=True)
    # Made where it was recorded: what is sent twice, because the line dropped, is kept once.
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        abstract = True


class CareRecord(Record):
    """A task done, done in part or not done: of which day, at which of its times."""

    class Outcome(models.TextChoices):
        DONE = "done", pgettext_lazy("care", "Done")
        PART = "part", _("Done in part")
        NOT = "not", _("Not done")

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="records")
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=4, choices=Outcome.choices)
    reason = models.CharField(max_length=40, blank=True)
    note = EncryptedTextField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["day"], name="care_record_of_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["duty", "day", "slot"], condition=Q(corrects__isnull=True), name="task_recorded_once"
            ),
            models.CheckConstraint(
                name="not_done_says_why",
                condition=Q(outcome="done", reason="") | (Q(outcome__in=["part", "not"]) & ~Q(reason="")),
            ),
            *written_in_time("care_record"),
        ]
        triggers = [
            pgtrigger.Protect(name="care_records_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="care_record_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("site_", "bigint"), ("times_", "smallint[]"), ("held_", "daterange"), ("person_", "bigint")],
                func=f"""
                    SELECT r.site_id, r.person_id, d.times, r.held INTO site_, person_, times_, held_
                    FROM homes_duty d JOIN homes_regime r ON r.id = d.regime_id WHERE d.id = NEW.duty_id;
                    IF NOT (NEW.slot = ANY(times_) AND held_ @> NEW.day) THEN
                        RAISE check_violation USING MESSAGE = 'the task is not set for that day and time',
                            CONSTRAINT = 'record_is_of_a_set_task';
                    END IF;
                    {near_its_time("done too far from its time", "record_is_near_its_time")}
                    {corrects_the_same("homes_carerecord", "duty_id", "slot", "task, day and time")}
                    {lives_here("site_", "person_", "NEW.day")}
                    {recorder_is_on_staff("site_")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.day} {self.slot}"


# What a living body can have, by kind of value; of blood pressure the lower value beside it.
PLAUSIBLE = {
    "temperature": ("30", "43"),
    "pulse": ("20", "250"),
    "respiration": ("4", "80"),
    "pressure": ("40", "300"),
    "oxygen": ("40", "100"),
    "glucose": ("0.5", "60"),
    "weight": ("15", "250"),
}
PLAUSIBLE_SECOND = ("20", PLAUSIBLE["pressure"][1])


def _plausible(kind: str) -> Q:
    low, high = PLAUSIBLE[kind]
    return Q(kind=kind, value__gte=low, value__lte=high)


class Vital(Record):
    """A value measured: one number, for blood pressure the lower one beside it. Outside what a living body can have,
    the database refuses it: it is a slip of the finger."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="vitals")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)
    value = models.DecimalField(max_digits=6, decimal_places=1)
    second = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    crossed = models.BooleanField(default=False)  # beyond what the home said when it was recorded
    note = EncryptedTextField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["person", "kind", "-at"], name="vital_of_person"),
            models.Index(fields=["site", "-at"], condition=Q(crossed=True), name="vital_crossed"),
        ]
        constraints = [
            models.CheckConstraint(
                name="vital_is_plausible",
                condition=(
                    _plausible("temperature")
                    | _plausible("pulse")
                    | _plausible("respiration")
                    | (
                        _plausible("pressure")
                        & Q(second__isnull=False, second__gte=int(PLAUSIBLE_SECOND[0]), second__lt=F("value"))
                    )
                    | _plausible("oxygen")
                    | _plausible("glucose")
                    | _plausible("weight")
                ),
            ),
            models.CheckConstraint(
                name="vital_second_is_of_pressure", condition=Q(second__isnull=True) | Q(kind="pressure")
            ),
            *written_in_time("vital"),
        ]
        triggers = [
            pgtrigger.Protect(name="vitals_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="vital_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                # Merging two entries of one person moves their records, and changes nothing else.
                func="""
                    IF to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE check_violation USING MESSAGE = 'what was measured is not written over',
                            CONSTRAINT = 'vital_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="vital_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    {lives_here("NEW.site_id", "NEW.person_id", "(NEW.at AT TIME ZONE 'Asia/Shanghai')::date")}
                    {recorder_is_on_staff("NEW.site_id")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"


class HandOver(models.Model):
    """A note for those who come next: about the home, or about one resident."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()  # on which the shift began
    shift = models.CharField(max_length=40)
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField()
    urgent = models.BooleanField(default=False)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-day", "-recorded_at"]
        indexes = [models.Index(fields=["site", "-day"], name="handover_of_site")]
        triggers = [
            pgtrigger.Protect(name="hand_overs_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="hand_over_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE check_violation USING MESSAGE = 'a hand-over is not written over',
                            CONSTRAINT = 'hand_over_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="hand_over_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"{recorder_is_on_staff('NEW.site_id')} RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shift} {self.day}"


class HandOverRead(models.Model):
    """Somebody has read a note."""

    note = models.ForeignKey(HandOver, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="hand_over_read_once")]

    def __str__(self) -> str:
        return f"{self.note_id} {self.user_id}"


class BedTag(models.Model):
    """The word behind a bed's QR code: it names the bed and nobody in it, and opens nothing without a login."""

    bed = models.OneToOneField("places.Bed", on_delete=models.CASCADE, related_name="tag")
    token = models.CharField(max_length=32, unique=True)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["bed_id"]
        constraints = [models.CheckConstraint(name="tag_cannot_be_guessed", condition=Q(token__regex=r"^[\w-]{20,}$"))]

    def __str__(self) -> str:
        return f"tag of bed {self.bed_id}"
