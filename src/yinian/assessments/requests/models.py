"""A request: one person to be assessed by one scale, and how far that has come."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField

SCALE_LENGTH = 20


class Request(models.Model):
    """One person, one scale, from the asking to the issued result.

    ``rules`` keeps the deadlines and numbers of the pack as they stood when it was asked for, so that a change of
    the pack never moves a deadline already promised.
    """

    class Kind(models.TextChoices):
        """Why it is made: form A, A.1.3 of GB/T 42195-2022."""

        FIRST = "first", _("First assessment")
        ROUTINE = "routine", _("Routine assessment")
        IMMEDIATE = "immediate", _("Immediate assessment")
        DISPUTED = "disputed", _("Re-assessment upon doubt")
        OTHER = "other", pgettext_lazy("kind of assessment", "Other")

    class Channel(models.TextChoices):
        PERSON = "person", pgettext_lazy("who asks", "The person")
        FAMILY = "family", pgettext_lazy("who asks", "Family")
        VILLAGE = "village", pgettext_lazy("who asks", "Village or community")
        TOWN = "town", pgettext_lazy("who asks", "Town")
        HOME = "home", pgettext_lazy("who asks", "Care home")
        HOSPITAL = "hospital", pgettext_lazy("who asks", "Hospital")
        BUREAU = "bureau", pgettext_lazy("who asks", "Civil affairs")
        RUN = "run", pgettext_lazy("who asks", "The county run")

    class State(models.TextChoices):
        REQUESTED = "requested", _("To be assigned")
        ASSIGNED = "assigned", _("To be visited")
        CONFIRMING = "confirming", _("Being confirmed")
        REVIEW = "review", _("In review")
        DONE = "done", _("Issued")
        WITHDRAWN = "withdrawn", pgettext_lazy("assessment", "Withdrawn")

    OPEN = (State.REQUESTED, State.ASSIGNED, State.CONFIRMING, State.REVIEW)

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="assessment_requests")
    scale = models.CharField(max_length=SCALE_LENGTH)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    reason = models.CharField(max_length=200)
    # Where the person can be met when it is not at home: a ward, a relative's house.
    place = EncryptedTextField(null=True, blank=True)
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    requested_on = models.DateField()
    requested_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()  # of the stage it stands in
    result_due_on = models.DateField()  # of the whole: the day by which the result is to be issued
    planned_for = models.DateTimeField(null=True, blank=True)  # when the assessors said they would come
    rules = models.JSONField(default=dict)
    disputes = models.ForeignKey(
        "assessments.Result", null=True, blank=True, on_delete=models.PROTECT, related_name="reassessments"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["state", "due_on"], condition=~Q(state__in=["done", "withdrawn"]), name="asr_open"),
            models.Index(fields=["person", "-id"], name="asr_of_person"),
            models.Index(fields=["-requested_on"], name="asr_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scale"], condition=~Q(state__in=["done", "withdrawn"]),
                name="one_open_request_a_person_and_scale",
            ),
            models.UniqueConstraint(
                fields=["disputes"], condition=Q(disputes__isnull=False) & ~Q(state="withdrawn"),
                name="a_result_is_reassessed_once",
            ),
            models.CheckConstraint(
                name="request_disputed_names_the_result",
                condition=Q(kind="disputed", disputes__isnull=False) | (~Q(kind="disputed") & Q(disputes__isnull=True)),
            ),
            models.CheckConstraint(name="request_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="request_withdrawn_with_author_and_reason",
                condition=~Q(state="withdrawn")
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(close_reason="")),
            ),
        ]
        triggers = [
            # A request that is under way has all its assessors, and the medical background it needs among them.
            pgtrigger.Trigger(
                name="assigned_in_full",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("held_", "integer"), ("medical_", "integer"), ("now_", "assessments_request%ROWTYPE")],
                func="""
                    SELECT * INTO now_ FROM assessments_request WHERE id = NEW.id;
                    IF now_.state NOT IN ('assigned', 'confirming', 'review', 'done') THEN
                        RETURN NULL;
                    END IF;
                    SELECT count(*), count(*) FILTER (WHERE s.medical) INTO held_, medical_
                        FROM assessments_seat s WHERE s.request_id = now_.id AND s.released_at IS NULL;
                    IF held_ < coalesce((now_.rules ->> 'assessors')::integer, 2) THEN
                        RAISE check_violation USING MESSAGE = 'a request under way lacks assessors',
                            CONSTRAINT = 'request_assigned_in_full';
                    END IF;
                    IF medical_ < coalesce((now_.rules ->> 'medical')::integer, 1) THEN
                        RAISE check_violation USING MESSAGE = 'none of the assessors has a medical background',
                            CONSTRAINT = 'request_has_a_medical_assessor';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The assessment's number (form A, A.1.1): county, year of the request, and its place."""
        return f"{self.person.region_id[:6]}-{self.requested_on.year}-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
