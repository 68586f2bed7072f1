"""A home's own plan: what a visit of the guidance centre found, what was advised, what came of it; what it aims at.

What was found and advised stays as it was written. A finding's state is written by its steps and by nothing else, and
whoever reports it as done is another human than whoever checks it.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.hands import one_stage_a_human


class GuidanceVisit(models.Model):
    """One visit to a home: when, who came, what was looked at. Not written over."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="guidance_visits")
    on = models.DateField()
    party = models.CharField(max_length=120, blank=True)
    summary = models.TextField()
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["site", "-on"], name="guidance_visit_of_site")]
        triggers = [
            pgtrigger.Protect(name="guidance_visits_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.on}"


class Finding(models.Model):
    """What was found in a home and what was advised. ``due_on`` moves only by a step that gives the reason."""

    class Severity(models.TextChoices):
        SLIGHT = "slight", pgettext_lazy("finding", "Minor")
        SERIOUS = "serious", pgettext_lazy("finding", "Serious")
        GRAVE = "grave", pgettext_lazy("finding", "Grave")

    class State(models.TextChoices):
        OPEN = "open", _("To be put right")
        REPORTED = "reported", _("To be checked")
        CLOSED = "closed", pgettext_lazy("finding", "Closed")

    visit = models.ForeignKey(GuidanceVisit, on_delete=models.PROTECT, related_name="findings")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="findings")
    area = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    found = models.TextField()
    advice = models.TextField()
    who = models.CharField(max_length=60)
    due_on = models.DateField()
    photo = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    found_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["site", "state", "due_on"], name="finding_of_site")]
        constraints = [
            models.CheckConstraint(
                name="finding_closed_has_its_day",
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="findings_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="finding_begins_open", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'open' OR NOT EXISTS (
                        SELECT FROM homes_guidancevisit v
                        WHERE v.id = NEW.visit_id AND v.site_id = NEW.site_id AND v."on" <= NEW.due_on
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a finding begins open, in the home that was visited',
                            CONSTRAINT = 'finding_begins_open';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="finding_moves_by_its_steps", when=pgtrigger.Before, operation=pgtrigger.Update,
                func="""
                    IF current_setting('yinian.finding', true) IS DISTINCT FROM 'on'
                        OR to_jsonb(OLD) - '{state,due_on,closed_at,version}'::text[]
                            IS DISTINCT FROM to_jsonb(NEW) - '{state,due_on,closed_at,version}'::text[] THEN
                        RAISE check_violation USING MESSAGE = 'a finding is moved by its steps',
                            CONSTRAINT = 'finding_moves_by_its_steps';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.site_id}"

    @property
    def is_overdue(self) -> bool:
        """Whether the home has not reported by the day it was given."""
        return self.state == self.State.OPEN and self.due_on < timezone.localdate()


class FindingStep(models.Model):
    """What came of a finding: reported as done, found done, returned, opened again, given more time."""

    class Kind(models.TextChoices):
        REPORT = "report", _("Reported as put right")
        CLOSE = "close", _("Checked and closed")
        RETURN = "return", _("Returned: not yet put right")
        REOPEN = "reopen", _("Opened again")
        EXTEND = "extend", _("Given more time")

    STAGES = {"report": "report", "close": "check", "return": "check", "reopen": "check", "extend": "time"}

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    stage = models.CharField(max_length=6)
    text = models.TextField()
    due_on = models.DateField(null=True, blank=True)
    evidence = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    human_key = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="finding_step_has_its_stage",
                condition=Q(kind="report", stage="report")
                | Q(kind__in=["close", "return", "reopen"], stage="check")
                | Q(kind="extend", stage="time"),
            ),
            models.CheckConstraint(name="finding_step_says_why", condition=~Q(text="")),
            models.CheckConstraint(
                name="finding_step_gives_a_day",
                condition=Q(kind__in=["extend", "return", "reopen"], due_on__isnull=False)
                | Q(kind__in=["report", "close"], due_on__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="finding_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            one_stage_a_human(
                decided="homes_finding", steps="homes_findingstep", key="finding_id", what="a finding",
                constraint="finding_one_stage_a_human", condition="NEW.stage <> 'time'", free=("time",),
            ),
            pgtrigger.Trigger(
                name="finding_step_moves_it", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    PERFORM set_config('yinian.finding', 'on', true);
                    UPDATE homes_finding f SET
                        state = CASE NEW.kind WHEN 'report' THEN 'reported' WHEN 'close' THEN 'closed'
                            ELSE 'open' END,
                        due_on = coalesce(NEW.due_on, f.due_on),
                        closed_at = CASE NEW.kind WHEN 'close' THEN NEW.at END,
                        version = f.version + 1
                    WHERE f.id = NEW.finding_id AND f.state = CASE NEW.kind WHEN 'report' THEN 'open'
                        WHEN 'extend' THEN 'open' WHEN 'reopen' THEN 'closed' ELSE 'reported' END;
                    IF NOT FOUND THEN
                        RAISE check_violation USING MESSAGE = 'the finding is in another state',
                            CONSTRAINT = 'finding_step_fits_its_state';
                    END IF;
                    PERFORM set_config('yinian.finding', '', true);
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.finding_id}"


class HomeGoal(models.Model):
    """What a home is to reach by a day, in one of its measured figures. A new goal ends the one before."""

    class Figure(models.TextChoices):
        OCCUPANCY = "occupancy", _("Occupied beds, % of usable")
        NURSING = "nursing", _("Nursing beds, % of usable")
        PER_CARER = "per_carer", _("Residents per carer or nurse")
        INCIDENTS = "incidents", _("Incidents in twelve months")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="goals")
    figure = models.CharField(max_length=10, choices=Figure.choices)
    target = models.DecimalField(max_digits=7, decimal_places=1)
    by = models.DateField()
    how = models.CharField(max_length=300)
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["figure", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "figure"], condition=Q(ended_at__isnull=True), name="home_has_one_goal_a_figure"
            ),
            models.CheckConstraint(name="goal_is_not_below_nothing", condition=Q(target__gte=0)),
            models.CheckConstraint(
                name="goal_ends_after_it_began", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("set_at"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="goals_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="goal_only_ends", when=pgtrigger.Before, operation=pgtrigger.Update,
                func="""
                    IF OLD.ended_at IS NOT NULL
                        OR to_jsonb(OLD) - 'ended_at' IS DISTINCT FROM to_jsonb(NEW) - 'ended_at' THEN
                        RAISE check_violation USING MESSAGE = 'a goal is not written over',
                            CONSTRAINT = 'goal_only_ends';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.figure} {self.site_id}"
