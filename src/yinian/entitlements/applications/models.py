"""Applications for services that are given on application: their steps, papers, public notice and objections.

The database holds that nobody acts twice in one application: not in a second stage, not in another role, and not
through another account; and that nobody decides their own.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.core.hands import one_stage_a_human

OVER = ("approved", "refused", "withdrawn")
DECIDING = ("lodge", "accept", "pass", "against", "approve", "refuse")


class Intake(models.Model):
    """A service that a county has opened for application; runs invite those who are due and do not have it."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    service_id = models.CharField(max_length=60)
    label = models.JSONField(default=dict)
    opened_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region_id", "service_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "service_id"], condition=Q(closed_at__isnull=True), name="intake_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.service_id}"


class Application(models.Model):
    """One person's application for one service. ``due_on`` is the day by which the present stage must have acted."""

    class Channel(models.TextChoices):
        PERSON = "person", pgettext_lazy("application", "The person")
        FAMILY = "family", pgettext_lazy("application", "The family")
        VILLAGE = "village", pgettext_lazy("application", "The village for the person")
        RUN = "run", pgettext_lazy("application", "Invited by a run")

    class Medium(models.TextChoices):
        PAPER = "paper", pgettext_lazy("application", "On paper")
        PHONE = "phone", pgettext_lazy("application", "By phone page")

    class State(models.TextChoices):
        INVITED = "invited", pgettext_lazy("application", "Invited")
        DRAFT = "draft", pgettext_lazy("application", "Being filled in")
        VILLAGE = "village", pgettext_lazy("application", "With the village")
        TOWN = "town", pgettext_lazy("application", "With the town")
        NOTICE = "notice", pgettext_lazy("application", "On public notice")
        COUNTY = "county", pgettext_lazy("application", "With the county")
        RETURNED = "returned", pgettext_lazy("application", "Returned for supplement")
        APPROVED = "approved", pgettext_lazy("application", "Approved")
        REFUSED = "refused", pgettext_lazy("application", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("application", "Withdrawn")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="applications")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")  # the village, or town
    service_id = models.CharField(max_length=60)
    label = models.JSONField(default=dict)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    medium = models.CharField(max_length=6, choices=Medium.choices, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.INVITED)
    returned_to = models.CharField(max_length=10, blank=True)  # the stage that sent it back and sees it next
    procedure = models.JSONField(default=dict)  # stages, days, notice, appeal as they stood when it was lodged
    claims = EncryptedTextField(null=True, blank=True)  # what the applicant says of unknown facts, JSON by fact
    finding = models.JSONField(default=dict)  # what the rule said when it was last decided upon: tests, clause, amount
    # The refused one that an upheld objection brought back; somebody else than who refused it decides.
    anew_of = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="anew")
    run = models.ForeignKey("entitlements.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lodged_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lodged_on = models.DateField(null=True, blank=True)
    notice_from = models.DateField(null=True, blank=True)
    notice_until = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    notice = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["region", "service_id", "state"], name="application_in_region"),
            models.Index(fields=["person"], name="application_of_person"),
            models.Index(fields=["notice_until"], condition=Q(state="notice"), name="application_on_notice"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "service_id"], condition=~Q(state__in=["approved", "refused", "withdrawn"]),
                name="application_open_once",
            ),
            models.CheckConstraint(
                name="application_lodged_has_author",
                condition=Q(state__in=["invited", "draft", "withdrawn"])
                | Q(lodged_by__isnull=False, lodged_on__isnull=False) & ~Q(medium=""),
            ),
            models.CheckConstraint(
                name="application_notice_has_days",
                condition=~Q(state="notice") | Q(notice_from__isnull=False, notice_until__isnull=False),
            ),
            models.CheckConstraint(
                name="application_decided_has_day",
                condition=~Q(state__in=["approved", "refused"]) | Q(decided_on__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="applications_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="application_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                # Only the paper that tells of the decision may still be added.
                condition=pgtrigger.Condition("OLD.state IN ('approved', 'refused', 'withdrawn')"),
                func="""
                    IF OLD.notice_id IS NOT NULL
                        OR to_jsonb(OLD) - 'notice_id' IS DISTINCT FROM to_jsonb(NEW) - 'notice_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'an application that is over stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="application_decided_by_step",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.state IN ('approved', 'refused') AND NEW.state IS DISTINCT FROM OLD.state"
                ),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM entitlements_applicationstep s WHERE s.application_id = NEW.id
                            AND s.verb = CASE NEW.state WHEN 'approved' THEN 'approve' ELSE 'refuse' END
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'an application is decided by a step';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.person_id}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class ApplicationStep(models.Model):
    """What somebody did with an application. The clock's own steps carry no human key."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=8)  # lodge, village, town, notice, county
    verb = models.CharField(max_length=12)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    human_key = models.BinaryField(max_length=32, null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)
    missing = models.JSONField(default=list)  # what a supplement must bring: ids of documents and facts
    due_on = models.DateField(null=True, blank=True)  # by when the step was to be taken

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "human_key"], condition=Q(verb__in=DECIDING),
                name="application_nobody_decides_twice",
            ),
            models.CheckConstraint(
                name="application_decided_by_a_human", condition=~Q(verb__in=DECIDING) | Q(human_key__isnull=False)
            ),
            models.CheckConstraint(
                name="application_step_says_why", condition=~Q(verb__in=["return", "refuse", "withdraw"])
                | ~Q(reason=""),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="application_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            one_stage_a_human(
                decided="entitlements_application", steps="entitlements_applicationstep", key="application_id",
                what="an application", constraint="application_one_stage_a_human",
                condition="NEW.human_key IS NOT NULL",
                also="""
                    IF NEW.stage <> 'lodge' AND EXISTS (
                        SELECT FROM entitlements_application a JOIN people_person p ON p.id = a.person_id
                        WHERE a.id = NEW.application_id AND p.id_index = NEW.human_key
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'nobody decides their own application',
                            CONSTRAINT = 'application_not_ones_own';
                    END IF;
                    IF NEW.stage = 'county' AND EXISTS (
                        SELECT FROM entitlements_application a
                            JOIN entitlements_applicationstep s ON s.application_id = a.anew_of_id
                        WHERE a.id = NEW.application_id AND s.verb = 'refuse' AND s.human_key = NEW.human_key
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'a refusal is decided anew by somebody else',
                            CONSTRAINT = 'application_anew_by_another';
                    END IF;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.verb}"


class ApplicationPaper(models.Model):
    """A paper handed in with an application: the form itself, or a document the rule asks for."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="papers")
    document = models.CharField(max_length=60)  # id of the asked-for document; "form" for the application itself
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.document}"


class Objection(models.Model):
    """An objection during public notice, answered before a decision; or one to a refusal, answered by another human.

    Who raised it is kept encrypted.
    """

    class Outcome(models.TextChoices):
        UPHELD = "upheld", pgettext_lazy("objection", "Upheld")
        DISMISSED = "dismissed", pgettext_lazy("objection", "Not upheld")

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="objections")
    raised_by = EncryptedTextField(null=True, blank=True)  # name and contact; null: anonymous
    text = EncryptedTextField()
    raised_on = models.DateField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    answer = models.CharField(max_length=300, blank=True)
    settled_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="objection_settled_with_answer",
                condition=Q(outcome="", settled_at__isnull=True)
                | (Q(settled_by__isnull=False, settled_at__isnull=False) & ~Q(answer="") & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.outcome}"
