"""Results: scores and level as confirmed, reviewed, issued, in force. What was issued never changes."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.assessments.requests.models import SCALE_LENGTH

_FIXED = (
    "request", "recognition", "scale", "scale_hash", "items", "inputs", "total", "dimensions", "initial",
    "adjustments", "final", "assessed_on", "made_at",
)


class Result(models.Model):
    """One result of one person by one scale.

    ``items`` and ``inputs`` are what was scored, ``adjustments`` which rules moved the level; a recognised result
    of another body has a level alone. At most one result of a person and scale is in force.
    """

    class Origin(models.TextChoices):
        ASSESSED = "assessed", _("Assessed here")
        RECOGNISED = "recognised", _("Recognised from another body")

    class State(models.TextChoices):
        REVIEW = "review", pgettext_lazy("result", "In review")
        RETURNED = "returned", pgettext_lazy("result", "Returned")
        ISSUED = "issued", pgettext_lazy("result", "Issued, open to objection")
        IN_FORCE = "in_force", pgettext_lazy("result", "In force")
        SUPERSEDED = "superseded", pgettext_lazy("result", "Replaced by a later one")
        VOID = "void", pgettext_lazy("result", "Void")

    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.ASSESSED)
    request = models.ForeignKey(
        "assessments.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="results"
    )
    recognition = models.OneToOneField(
        "assessments.Recognition", null=True, blank=True, on_delete=models.PROTECT, related_name="result"
    )
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="results")
    scale = models.CharField(max_length=SCALE_LENGTH)
    scale_hash = models.CharField(max_length=64, blank=True)  # of the scale as it was scored by
    items = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)
    total = models.PositiveSmallIntegerField(null=True, blank=True)
    dimensions = models.JSONField(default=dict)
    initial = models.PositiveSmallIntegerField(null=True, blank=True)
    adjustments = models.JSONField(default=list)
    final = models.PositiveSmallIntegerField()
    assessed_on = models.DateField()
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REVIEW)
    reviewed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    notice = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    delivered_on = models.DateField(null=True, blank=True)
    delivered_to = models.CharField(max_length=60, blank=True)
    object_until = models.DateField(null=True, blank=True)  # last day of the objection window; null: no objection
    in_force_on = models.DateField(null=True, blank=True)
    reassess_on = models.DateField(null=True, blank=True)  # when the routine interval of the level has run
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    ended_on = models.DateField(null=True, blank=True)  # superseded or void since
    # By whom and why it was superseded where no assessment did it: two entries of one person were merged.
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)
    void_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    void_at = models.DateTimeField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-assessed_on", "-id"]
        indexes = [
            models.Index(fields=["person", "scale", "-assessed_on"], name="result_of_person"),
            models.Index(fields=["state", "object_until"], name="result_by_state"),
            models.Index(fields=["reassess_on"], condition=Q(state="in_force"), name="result_due_again"),
            models.Index(fields=["-issued_on"], condition=Q(issued_on__isnull=False), name="result_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scale"], condition=Q(state="in_force"), name="one_result_in_force"
            ),
            models.UniqueConstraint(
                fields=["request"], condition=Q(request__isnull=False) & ~Q(state="returned"),
                name="one_result_a_request",
            ),
            models.CheckConstraint(
                name="result_comes_from_a_request_or_a_paper",
                condition=Q(origin="assessed", request__isnull=False, recognition__isnull=True, total__isnull=False,
                            initial__isnull=False)
                | Q(origin="recognised", request__isnull=True, recognition__isnull=False),
            ),
            models.CheckConstraint(
                name="result_issued_by_a_reviewer",
                condition=Q(state__in=["review", "returned"])
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False, issued_on__isnull=False),
            ),
            models.CheckConstraint(
                name="result_returned_with_a_reason",
                condition=~Q(state="returned") | (Q(reviewed_by__isnull=False) & ~Q(review_note="")),
            ),
            models.CheckConstraint(
                name="result_void_with_author_and_reason",
                condition=~Q(state="void") | (Q(void_by__isnull=False, void_at__isnull=False) & ~Q(void_reason="")),
            ),
            models.CheckConstraint(
                name="result_superseded_by_a_merge_with_author_and_reason",
                condition=Q(ended_by__isnull=True, end_reason="")
                | (Q(state="superseded", ended_by__isnull=False, ended_on__isnull=False) & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="result_in_force_since_a_day",
                condition=~Q(state__in=["in_force", "superseded"]) | Q(in_force_on__isnull=False),
            ),
            models.CheckConstraint(
                name="result_issued_after_it_was_assessed",
                condition=Q(issued_on__isnull=True) | Q(issued_on__gte=F("assessed_on")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="results_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="scores_stay", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(*_FIXED)
            ),
            pgtrigger.Trigger(
                name="reviewed_by_another",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__reviewed_by__isnull=False, new__request__isnull=False),
                func="""
                    IF EXISTS (
                        SELECT FROM assessments_seat s
                        JOIN assessments_assessor a ON a.id = s.assessor_id
                        JOIN core_user u ON u.id = a.user_id, core_user r
                        WHERE s.request_id = NEW.request_id AND s.released_at IS NULL AND r.id = NEW.reviewed_by_id
                            AND (u.id = r.id OR u.identity_index = r.identity_index)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'nobody reviews their own assessment',
                            CONSTRAINT = 'result_reviewed_by_another';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scale} {self.final} {self.assessed_on}"
