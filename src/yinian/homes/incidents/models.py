"""Incidents: what befell a resident by which of the hazards, whom it was told, what was done until it was closed."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.homes.care.models import AHEAD, recorder_is_on_staff

_FREE = (
    "person_id",
    "state",
    "family_at",
    "family_by_id",
    "family_who",
    "family_not",
    "bureau_at",
    "bureau_by_id",
    "closed_at",
    "closed_by_id",
    "outcome",
    "version",
)


class Incident(models.Model):
    """One incident. What was reported stays as it was reported; what is found later is a step."""

    class Severity(models.TextChoices):
        NONE = "none", _("No harm")
        SLIGHT = "slight", _("Slight: cared for in the home")
        MEDICAL = "medical", _("Needed a doctor")
        SEVERE = "severe", _("Severe: fracture, operation, hospital")
        DEATH = "death", pgettext_lazy("incident", "Death")

    class State(models.TextChoices):
        OPEN = "open", _("Being followed up")
        CLOSED = "closed", pgettext_lazy("incident", "Closed")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="incidents")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="incidents")
    hazard = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    happened_at = models.DateTimeField()
    place = models.CharField(max_length=80)
    what = EncryptedTextField()
    measures = EncryptedTextField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    rule = models.JSONField(default=dict)  # hours to tell the bureau as the pack said then; empty: not known
    bureau_due = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    family_at = models.DateTimeField(null=True, blank=True)
    family_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    family_who = models.CharField(max_length=60, blank=True)
    family_not = models.CharField(max_length=120, blank=True)  # why nobody was told
    bureau_at = models.DateTimeField(null=True, blank=True)
    bureau_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = EncryptedTextField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-happened_at"]
        indexes = [
            models.Index(fields=["site", "-happened_at"], name="incident_of_site"),
            models.Index(fields=["hazard", "-happened_at"], name="incident_by_hazard"),
        ]
        constraints = [
            models.CheckConstraint(
                name="incident_is_not_ahead", condition=Q(happened_at__lte=F("recorded_at") + AHEAD)
            ),
            models.CheckConstraint(
                name="incident_closed_by_another_with_outcome",
                condition=Q(state="open", closed_at__isnull=True, closed_by__isnull=True)
                | (
                    Q(state="closed", closed_at__isnull=False, closed_by__isnull=False, outcome__isnull=False)
                    & ~Q(closed_by=F("recorded_by"))
                ),
            ),
            models.CheckConstraint(
                name="incident_family_told_before_it_is_closed",
                condition=Q(state="open") | Q(family_at__isnull=False) | ~Q(family_not=""),
            ),
            models.CheckConstraint(
                name="incident_family_told_by_somebody",
                condition=Q(family_at__isnull=True, family_by__isnull=True)
                | (Q(family_at__isnull=False, family_by__isnull=False) & ~Q(family_who="")),
            ),
            models.CheckConstraint(
                name="incident_bureau_told_by_somebody",
                condition=Q(bureau_at__isnull=True, bureau_by__isnull=True)
                | Q(bureau_at__isnull=False, bureau_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="incidents_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="report_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF to_jsonb(OLD) - '{{{",".join(_FREE)}}}'::text[]
                            IS DISTINCT FROM to_jsonb(NEW) - '{{{",".join(_FREE)}}}'::text[]
                        OR (OLD.family_at IS NOT NULL AND NEW.family_at IS DISTINCT FROM OLD.family_at)
                        OR (OLD.bureau_at IS NOT NULL AND NEW.bureau_at IS DISTINCT FROM OLD.bureau_at)
                        OR (OLD.state = 'closed' AND to_jsonb(OLD) - 'person_id'
                            IS DISTINCT FROM to_jsonb(NEW) - 'person_id')
                    THEN
                        RAISE check_violation USING MESSAGE = 'what was reported is not written over',
                            CONSTRAINT = 'report_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="reporter_is_on_staff",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"{recorder_is_on_staff('NEW.site_id')} RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hazard} {self.site_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class IncidentStep(models.Model):
    """What was found or done after an incident. Not written over; none comes after the closing."""

    class Kind(models.TextChoices):
        CAUSE = "cause", _("Cause found")
        CARE = "care", _("Treatment and care")
        CHANGE = "change", _("Put right in the home")
        TRAINING = "training", _("Staff trained")
        FAMILY = "family", _("Talk with the family")

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = EncryptedTextField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        triggers = [
            pgtrigger.Protect(name="incident_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_step_after_the_closing",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM homes_incident i WHERE i.id = NEW.incident_id AND i.state = 'open' FOR SHARE
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the incident is closed',
                            CONSTRAINT = 'no_step_after_the_closing';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"
