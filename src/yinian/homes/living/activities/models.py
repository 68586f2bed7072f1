"""What a home does together: an activity with its time, place and leader, who signed up, who came."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.homes.care.models import lives_here


class Activity(models.Model):
    """One activity of a home. Weekly ones are rows of their own, told to belong together by ``series``."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("activity", "Planned")
        HELD = "held", pgettext_lazy("activity", "Held")
        CANCELLED = "cancelled", pgettext_lazy("activity", "Cancelled")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=60)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=60)
    leader = models.CharField(max_length=60)  # staff, or a volunteer of no account
    capacity = models.PositiveSmallIntegerField(null=True, blank=True)  # people; None: as many as come
    note = models.CharField(max_length=300, blank=True)
    series = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    report = models.CharField(max_length=500, blank=True)  # how it went; of a cancelled one, why
    photo = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["site", "-starts_at"], name="activity_of_site")]
        constraints = [
            models.CheckConstraint(name="activity_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="activity_closed_by_somebody",
                condition=Q(state="planned", closed_by__isnull=True, closed_at__isnull=True)
                | (Q(state="held", closed_by__isnull=False, closed_at__gte=F("starts_at")))
                | (Q(state="cancelled", closed_by__isnull=False, closed_at__isnull=False) & ~Q(report="")),
            ),
            models.CheckConstraint(
                name="activity_has_room_for_somebody", condition=Q(capacity__isnull=True) | Q(capacity__gte=1)
            ),
            models.UniqueConstraint(
                fields=["series", "starts_at"], condition=Q(series__isnull=False), name="series_once_a_time"
            ),
        ]
        verbose_name = _("Activity")

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.PLANNED


class Participation(models.Model):
    """A resident signed up for an activity, and whether they came (None: not recorded)."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="participations")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="participations")
    signed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    came = models.BooleanField(null=True)
    came_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["signed_at", "pk"]
        indexes = [models.Index(fields=["person"], condition=Q(came=True), name="participation_that_came")]
        constraints = [
            models.UniqueConstraint(fields=["activity", "person"], name="signed_up_once"),
            models.CheckConstraint(
                name="coming_recorded_by_somebody",
                condition=Q(came__isnull=True, came_by__isnull=True)
                | Q(came__isnull=False, came_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="participation_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("act_", "homes_activity%ROWTYPE"), ("taken_", "integer")],
                # Locking the activity makes two who take the last place come one after the other.
                func=f"""
                    SELECT * INTO act_ FROM homes_activity WHERE id = NEW.activity_id FOR UPDATE;
                    IF act_.state = 'cancelled' THEN
                        RAISE check_violation USING MESSAGE = 'the activity is cancelled',
                            CONSTRAINT = 'activity_takes_place';
                    END IF;
                    IF act_.capacity IS NOT NULL AND NEW.came IS NOT TRUE THEN
                        SELECT count(*) INTO taken_ FROM homes_participation WHERE activity_id = NEW.activity_id;
                        IF taken_ >= act_.capacity THEN
                            RAISE check_violation USING MESSAGE = 'all places are taken',
                                CONSTRAINT = 'activity_has_places';
                        END IF;
                    END IF;
                    {lives_here("act_.site_id", "NEW.person_id", "(act_.starts_at AT TIME ZONE 'Asia/Shanghai')::date")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.person_id}"
