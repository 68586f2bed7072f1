"""Directors: whom a town appointed to direct a home, by which document, from when until when."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone


class Appointment(models.Model):
    """One appointment. ``document`` is what the town issued, with its number where it has one."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="appointments")
    worker = models.ForeignKey("workforce.Worker", on_delete=models.PROTECT, related_name="appointments")
    period = DateRangeField()
    document = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    issuer = models.CharField(max_length=80)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-period"]
        constraints = [
            ExclusionConstraint(
                name="one_director_at_a_time",
                expressions=[
                    (Func(F("site_id"), F("site_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="appointment_covers_a_day", condition=Q(period__isempty=False)),
            models.CheckConstraint(
                name="appointment_rests_on_a_document", condition=~Q(document="") & ~Q(issuer="")
            ),
            models.CheckConstraint(
                name="appointment_ended_says_why", condition=Q(ended_by__isnull=True, end_reason="")
                | (Q(ended_by__isnull=False, period__endswith__isnull=False) & ~Q(end_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="appointments_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="director_works_in_the_home",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM workforce_post p JOIN places_site s ON s.id = p.site_id
                        WHERE p.worker_id = NEW.worker_id AND p.site_id = NEW.site_id AND s.kind = 'home'
                            AND p.period @> lower(NEW.period)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a director holds a post in the home',
                            CONSTRAINT = 'director_works_in_the_home';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.worker_id}"
