"""Duty rosters: a home's week, and who is on which shift of which day.

A shift in a draft may be taken away again. Of a published week nothing is taken away: who does not come is marked so,
with reason, and who comes instead is a further row that names what it covers.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Roster(models.Model):
    """The duty roster of one home for one week; ``week`` is its Monday."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("roster", "Draft")
        PUBLISHED = "published", pgettext_lazy("roster", "Published")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="rosters")
    week = models.DateField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    # Shifts below the ratio when the manager was last told; told again only when it got worse.
    told_short = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-week"]
        constraints = [
            models.UniqueConstraint(fields=["site", "week"], name="one_roster_a_home_and_week"),
            models.CheckConstraint(name="roster_week_begins_on_monday", condition=Q(week__week_day=2)),
            models.CheckConstraint(
                name="roster_published_by_somebody",
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | Q(state="published", published_at__isnull=False, published_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="published_roster_stays_published",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF OLD.state = 'published' AND (TG_OP = 'DELETE' OR NEW.state <> 'published'
                        OR NEW.site_id <> OLD.site_id OR NEW.week <> OLD.week)
                    THEN
                        RAISE check_violation USING MESSAGE = 'a published roster stays published',
                            CONSTRAINT = 'published_roster_stays_published';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.week}"

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED


class RosterShift(models.Model):
    """One person on one shift of one day. ``gone`` says that they do not come after all, and why."""

    class Gone(models.TextChoices):
        LEAVE = "leave", _("On leave")
        SICK = "sick", _("Sick")
        SWAP = "swap", _("Swapped")
        LEFT = "left", _("No longer in post")
        OTHER = "other", pgettext_lazy("roster", "Other")

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="shifts")
    worker = models.ForeignKey("workforce.Worker", on_delete=models.PROTECT, related_name="shifts")
    day = models.DateField()  # on which the shift begins
    shift = models.CharField(max_length=40)
    span = DateTimeRangeField()
    reason = models.CharField(max_length=120, blank=True)  # why it was added after publication
    covers = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="cover")
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    gone = models.CharField(max_length=5, choices=Gone.choices, blank=True)
    gone_reason = models.CharField(max_length=120, blank=True)
    gone_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["day", "span", "id"]
        indexes = [models.Index(fields=["worker", "day"], name="shift_of_worker")]
        constraints = [
            ExclusionConstraint(
                name="nobody_on_two_shifts_at_once",
                expressions=[
                    (Func(F("worker_id"), F("worker_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("span", RangeOperators.OVERLAPS),
                ],
                condition=Q(gone=""),
            ),
            models.CheckConstraint(name="shift_lasts", condition=Q(span__isempty=False)),
            models.CheckConstraint(
                name="who_does_not_come_says_why",
                condition=Q(gone="", gone_reason="", gone_by__isnull=True, gone_at__isnull=True)
                | (~Q(gone="") & ~Q(gone_reason="") & Q(gone_by__isnull=False, gone_at__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="shift_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("site_", "bigint"), ("week_", "date"), ("state_", "text")],
                func="""
                    SELECT site_id, week, state INTO site_, week_, state_
                    FROM homes_roster WHERE id = NEW.roster_id FOR SHARE;
                    IF NEW.day < week_ OR NEW.day > week_ + 6
                        OR (lower(NEW.span) AT TIME ZONE 'Asia/Shanghai')::date <> NEW.day
                        OR upper(NEW.span) - lower(NEW.span) > interval '24 hours'
                    THEN
                        RAISE check_violation USING MESSAGE = 'a shift begins on its day of its week',
                            CONSTRAINT = 'shift_lies_in_its_week';
                    END IF;
                    IF NOT EXISTS (
                        SELECT FROM workforce_post p WHERE p.worker_id = NEW.worker_id AND p.site_id = site_
                            AND p.period @> NEW.day
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the person is not employed at the home that day',
                            CONSTRAINT = 'works_in_the_home_that_day';
                    END IF;
                    IF state_ = 'published' AND NEW.reason = '' THEN
                        RAISE check_violation USING MESSAGE = 'a change of a published roster says why',
                            CONSTRAINT = 'change_after_publication_says_why';
                    END IF;
                    IF NEW.covers_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM homes_rostershift s WHERE s.id = NEW.covers_id AND s.roster_id = NEW.roster_id
                            AND s.day = NEW.day AND s.shift = NEW.shift AND s.gone <> ''
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a cover is for the shift of somebody who does not come',
                            CONSTRAINT = 'cover_is_for_a_free_shift';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="shift_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' THEN
                        IF EXISTS (SELECT FROM homes_roster r WHERE r.id = OLD.roster_id AND r.state = 'published')
                        THEN
                            RAISE check_violation USING MESSAGE = 'nothing is taken out of a published roster',
                                CONSTRAINT = 'shift_is_not_written_over';
                        END IF;
                        RETURN OLD;
                    END IF;
                    IF OLD.gone <> '' OR to_jsonb(OLD) - '{gone,gone_reason,gone_by_id,gone_at}'::text[]
                        IS DISTINCT FROM to_jsonb(NEW) - '{gone,gone_reason,gone_by_id,gone_at}'::text[]
                    THEN
                        RAISE check_violation USING MESSAGE = 'a shift is not written over',
                            CONSTRAINT = 'shift_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.shift}"

    @property
    def stands(self) -> bool:
        return self.gone == ""
