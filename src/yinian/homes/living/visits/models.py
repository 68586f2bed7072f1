"""Who comes to see a resident: visiting hours of the home, visits booked by the family, the coming and going."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.homes.care.models import AHEAD, lives_here

DAY_MINUTES = 24 * 60


class VisitHours(models.Model):
    """When a home takes visitors on a weekday: minutes of the day. A home of none says nothing about hours."""

    site = models.ForeignKey("places.Site", on_delete=models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    opens = models.PositiveSmallIntegerField()
    closes = models.PositiveSmallIntegerField()
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                name="visit_hours_lie_within_a_day",
                condition=Q(weekday__lte=6, opens__lt=F("closes"), closes__lte=DAY_MINUTES),
            ),
            ExclusionConstraint(
                name="visit_hours_once_at_a_time",
                expressions=[
                    (Func(F("site_id"), F("site_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("weekday"), F("weekday"), Value("[]"), function="int4range"), RangeOperators.OVERLAPS),
                    (Func(F("opens"), F("closes"), function="int4range"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.weekday} {self.opens}"


class Visit(models.Model):
    """A visit: booked, or begun at the door. Each step has its author; a refusal or cancelling its reason."""

    class State(models.TextChoices):
        BOOKED = "booked", pgettext_lazy("visit", "Booked")
        INSIDE = "inside", pgettext_lazy("visit", "Inside")
        OVER = "over", pgettext_lazy("visit", "Over")
        CANCELLED = "cancelled", pgettext_lazy("visit", "Cancelled")
        REFUSED = "refused", pgettext_lazy("visit", "Refused by the home")

    class Relation(models.TextChoices):
        CHILD = "child", _("Child or child-in-law")
        SPOUSE = "spouse", _("Spouse")
        KIN = "kin", _("Other kin")
        FRIEND = "friend", _("Friend or neighbour")
        VOLUNTEER = "volunteer", _("Volunteer")
        OFFICIAL = "official", _("On official duty")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="visits_received")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    visitor = EncryptedTextField()
    relation = models.CharField(max_length=10, choices=Relation.choices)
    phone = EncryptedTextField(null=True, blank=True)
    party = models.PositiveSmallIntegerField(default=1)  # people who come
    booked_for = models.DateTimeField(null=True, blank=True)
    booked_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    booked_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    came_at = models.DateTimeField(null=True, blank=True)
    came_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    left_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    dropped_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)
    drop_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-came_at", "-booked_for"]
        indexes = [
            models.Index(fields=["site", "state"], name="visit_of_site"),
            models.Index(fields=["person", "-came_at"], name="visit_of_person"),
        ]
        constraints = [
            models.CheckConstraint(name="visit_of_somebody", condition=Q(party__gte=1, party__lte=30)),
            models.CheckConstraint(
                name="visit_was_booked_or_came", condition=Q(booked_for__isnull=False) | Q(came_at__isnull=False)
            ),
            models.CheckConstraint(
                name="visit_booked_by_somebody",
                condition=Q(booked_for__isnull=True, booked_by__isnull=True, booked_at__isnull=True)
                | Q(booked_for__isnull=False, booked_by__isnull=False, booked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="visit_stands_as_it_went",
                condition=Q(state="booked", came_at__isnull=True, left_at__isnull=True, dropped_at__isnull=True)
                | Q(state="inside", came_at__isnull=False, came_by__isnull=False, left_at__isnull=True,
                    dropped_at__isnull=True)
                | Q(state="over", came_at__isnull=False, left_at__gte=F("came_at"), left_by__isnull=False,
                    dropped_at__isnull=True)
                | (Q(state__in=["cancelled", "refused"], came_at__isnull=True, dropped_at__isnull=False,
                     dropped_by__isnull=False) & ~Q(drop_reason="")),
            ),
            models.UniqueConstraint(
                fields=["person", "booked_by", "booked_for"], condition=Q(state="booked"), name="visit_booked_once"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="visits_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="visit_is_to_a_resident",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    {lives_here(
                        "NEW.site_id", "NEW.person_id",
                        "(coalesce(NEW.came_at, NEW.booked_at) AT TIME ZONE 'Asia/Shanghai')::date",
                    )}
                    IF NEW.came_at > now() + interval '{int(AHEAD.total_seconds())} seconds' THEN
                        RAISE check_violation USING MESSAGE = 'a visit does not come ahead of its time',
                            CONSTRAINT = 'visit_is_not_ahead';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"
