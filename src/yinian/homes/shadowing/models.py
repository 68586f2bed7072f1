"""Shadowing: somebody new goes along with a mentor for some days; the mentor and the home sign that it is done."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Shadowing(models.Model):
    """One person's shadowing. ``days`` is how many the place's rule asks for (None: no rule), ``rule`` what it said."""

    worker = models.ForeignKey("workforce.Worker", on_delete=models.PROTECT, related_name="shadowings")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")  # which employs them
    place = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")  # where they go along
    mentor = models.ForeignKey("workforce.Worker", on_delete=models.PROTECT, related_name="mentored")
    since = models.DateField()
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    rule = models.JSONField(default=dict)
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    mentor_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    mentor_at = models.DateTimeField(null=True, blank=True)
    mentor_word = models.CharField(max_length=200, blank=True)
    director_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    director_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["worker", "site"], name="shadowing_once_a_home"),
            models.CheckConstraint(name="nobody_mentors_themselves", condition=~Q(mentor=F("worker"))),
            models.CheckConstraint(
                name="mentor_signs_with_a_word",
                condition=Q(mentor_by__isnull=True, mentor_at__isnull=True, mentor_word="")
                | (Q(mentor_by__isnull=False, mentor_at__isnull=False) & ~Q(mentor_word="")),
            ),
            models.CheckConstraint(
                name="shadowing_signed_by_two",
                condition=Q(director_by__isnull=True, director_at__isnull=True)
                | (
                    Q(director_by__isnull=False, director_at__isnull=False, mentor_at__isnull=False)
                    & ~Q(director_by=F("mentor_by"))
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="shadowings_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="shadowing_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'INSERT' AND NOT (
                        EXISTS (SELECT FROM workforce_post p WHERE p.worker_id = NEW.worker_id
                            AND p.site_id = NEW.site_id AND (upper(p.period) IS NULL OR upper(p.period) > NEW.since))
                        AND EXISTS (SELECT FROM workforce_post p WHERE p.worker_id = NEW.mentor_id
                            AND p.site_id = NEW.place_id AND p.period @> NEW.since)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the new one and the mentor work in their homes',
                            CONSTRAINT = 'shadowing_is_of_staff';
                    END IF;
                    IF TG_OP = 'UPDATE' AND OLD.director_at IS NOT NULL THEN
                        RAISE check_violation USING MESSAGE = 'a signed shadowing is not changed',
                            CONSTRAINT = 'signed_shadowing_stays';
                    END IF;
                    IF NEW.mentor_at IS NOT NULL AND (
                        SELECT count(*) FROM homes_shadowday d WHERE d.shadowing_id = NEW.id
                    ) < greatest(coalesce(NEW.days, 1), 1) THEN
                        RAISE check_violation USING MESSAGE = 'too few days are recorded',
                            CONSTRAINT = 'shadowing_days_are_recorded';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} {self.since}"

    @property
    def is_signed(self) -> bool:
        return self.director_at is not None


class ShadowDay(models.Model):
    """What somebody new saw and did on one day. Not written over, and none after the mentor has signed."""

    shadowing = models.ForeignKey(Shadowing, on_delete=models.PROTECT, related_name="noted")
    day = models.DateField()
    note = models.CharField(_("What was shown and done"), max_length=500)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["shadowing", "day"], name="shadow_day_once"),
            models.CheckConstraint(name="shadow_day_says_what", condition=~Q(note="")),
        ]
        triggers = [
            pgtrigger.Protect(name="shadow_days_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="shadow_day_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM homes_shadowing s WHERE s.id = NEW.shadowing_id AND s.mentor_at IS NULL
                            AND NEW.day >= s.since FOR SHARE
                    ) OR NEW.day > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date THEN
                        RAISE check_violation USING MESSAGE = 'the day lies ahead or too early, or it is signed',
                            CONSTRAINT = 'shadow_day_fits';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shadowing_id} {self.day}"
