"""The experts of a round: who sits on the panel, who may not read what, who reads what, and the scores they gave.

A score is written once, by whom it was asked of, within the full points; the database refuses anything else.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class PanelMember(models.Model):
    """An expert on a round's panel."""

    round = models.ForeignKey("oversight.Round", on_delete=models.PROTECT, related_name="panel")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    home = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")  # where the expert works
    field = models.CharField(max_length=120, blank=True)
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    # Put on by `queries.members_of`: readings they have, and of those the finished ones.
    load: int
    done: int

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "user"], condition=Q(released_at__isnull=True), name="panel_member_once"
            ),
            models.CheckConstraint(
                name="panel_member_released_says_why",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.round_id}"


class Recusal(models.Model):
    """That an expert does not read an application, and why."""

    class Ground(models.TextChoices):
        OWN_REGION = "own-region", pgettext_lazy("recusal", "The expert's own region")
        DECLARED = "declared", pgettext_lazy("recusal", "Declared by the expert")
        FOUND = "found", pgettext_lazy("recusal", "Found by the organiser")

    member = models.ForeignKey(PanelMember, on_delete=models.PROTECT, related_name="recusals")
    application = models.ForeignKey("oversight.Application", on_delete=models.PROTECT, related_name="recusals")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "application"], name="recusal_once"),
            models.CheckConstraint(name="recusal_says_why", condition=~Q(reason="")),
        ]
        triggers = [
            pgtrigger.Protect(name="recusals_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="recused_does_not_read", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT FROM oversight_reading g WHERE g.member_id = NEW.member_id
                            AND g.application_id = NEW.application_id AND g.released_at IS NULL
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'the reading is taken back before the expert is recused';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} not {self.application_id}"


class Reading(models.Model):
    """An application that an expert reads. ``draft`` keeps what was entered and not finished yet."""

    application = models.ForeignKey("oversight.Application", on_delete=models.PROTECT, related_name="readings")
    member = models.ForeignKey(PanelMember, on_delete=models.PROTECT, related_name="readings")
    second = models.BooleanField(default=False)  # asked for because the first readings lay far apart
    due_on = models.DateField()
    assigned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)
    draft = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["application_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "member"], condition=Q(released_at__isnull=True), name="reading_once"
            ),
            models.CheckConstraint(
                name="reading_released_says_why",
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | (Q(released_at__isnull=False, released_by__isnull=False, finished_at__isnull=True) & ~Q(reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="reader_may_read", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_panelmember m JOIN oversight_application a ON a.round_id = m.round_id
                            JOIN oversight_round r ON r.id = m.round_id
                        WHERE m.id = NEW.member_id AND a.id = NEW.application_id AND m.released_at IS NULL
                            AND a.state = 'recommended' AND r.state IN ('open', 'review')
                    ) OR EXISTS (
                        SELECT FROM oversight_recusal x
                        WHERE x.member_id = NEW.member_id AND x.application_id = NEW.application_id
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'this expert does not read this application';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="reading_finished_stays", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.finished_at IS NOT NULL"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a finished reading stays as it is';",
            ),
            pgtrigger.Trigger(
                name="reading_finished_is_whole", when=pgtrigger.Before, operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.finished_at IS NOT NULL AND OLD.finished_at IS NULL"),
                func="""
                    IF EXISTS (
                        SELECT FROM oversight_application a JOIN oversight_criterion c ON c.round_id = a.round_id
                        WHERE a.id = NEW.application_id AND NOT EXISTS (
                            SELECT FROM oversight_score s WHERE s.reading_id = NEW.id AND s.criterion_id = c.id
                        )
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'a reading is finished when every criterion is scored';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} reads {self.application_id}"


class Score(models.Model):
    """What an expert gave for one criterion. Written once."""

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="scores")
    criterion = models.ForeignKey("oversight.Criterion", on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=7, decimal_places=2)
    remark = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["criterion__place"]
        constraints = [
            models.UniqueConstraint(fields=["reading", "criterion"], name="score_once"),
            models.CheckConstraint(name="score_not_negative", condition=Q(points__gte=0)),
        ]
        triggers = [
            pgtrigger.Protect(name="scores_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="score_within_full_points", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_reading g JOIN oversight_application a ON a.id = g.application_id
                            JOIN oversight_criterion c ON c.round_id = a.round_id
                        WHERE g.id = NEW.reading_id AND c.id = NEW.criterion_id AND NEW.points <= c.most
                            AND g.finished_at IS NULL AND g.released_at IS NULL
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'more than the full points, or a reading that is closed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} in {self.reading_id}"
