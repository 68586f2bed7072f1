"""What stands between an accepted offer and the first night: the look at nine hazards, and the agreement.

Both are signed by two sides; what is signed never changes. Answers about a person's health are kept encrypted.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField


class RiskAssessment(models.Model):
    """The nine hazards looked at before admission. ``levels``: none, some or high by hazard, open to lists; the
    answers and the measures agreed are encrypted JSON."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("risk assessment", "Being filled in")
        ASSESSED = "assessed", pgettext_lazy("risk assessment", "Signed by the home, to be signed by the family")
        SIGNED = "signed", pgettext_lazy("risk assessment", "Signed by both")

    application = models.OneToOneField("homes.BedApplication", on_delete=models.PROTECT, related_name="risks")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    catalogue = models.CharField(max_length=64)  # hash of the hazards as they were asked
    result = models.ForeignKey("assessments.Result", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answers = EncryptedTextField(null=True, blank=True)
    measures = EncryptedTextField(null=True, blank=True)
    levels = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    assessed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField(null=True, blank=True)
    signed_name = EncryptedTextField(null=True, blank=True)
    signed_relation = models.CharField(max_length=20, blank=True)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_with = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="risks_signed_by_both",
                condition=~Q(state="signed")
                | Q(assessed_by__isnull=False, assessed_at__isnull=False, signed_name__isnull=False,
                    signed_at__isnull=False, signed_with__isnull=False) & ~Q(signed_relation=""),
            ),
            models.CheckConstraint(
                name="risks_assessed_by_somebody",
                condition=Q(state="draft") | Q(assessed_by__isnull=False, assessed_at__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="risks_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="risks_signed_stay", when=pgtrigger.Before, operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'signed'"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a signed risk assessment stays';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.state}"


class Agreement(models.Model):
    """The agreement of a home with who moves in: bed, kind of stay, prices, trial and refund, hazards as its annex.

    ``lines`` are the prices as agreed: ``{item, amount_fen, unit, price}``; ``terms`` the days of trial and refund with
    how sure they are.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("agreement", "Draft")
        ISSUED = "issued", pgettext_lazy("agreement", "Printed, to be signed")
        SIGNED = "signed", pgettext_lazy("agreement", "Signed")
        VOID = "void", pgettext_lazy("agreement", "Void")

    application = models.ForeignKey("homes.BedApplication", on_delete=models.PROTECT, related_name="agreements")
    offer = models.ForeignKey("homes.Offer", on_delete=models.PROTECT, related_name="agreements")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    bed = models.ForeignKey("places.Bed", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    basis = models.CharField(max_length=10)
    begins = models.DateField()
    until = models.DateField(null=True, blank=True)  # of a trial or respite stay
    payer = EncryptedTextField(null=True, blank=True)  # who signs for the resident and pays, with relation
    lines = models.JSONField(default=list)
    terms = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    drawn_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)
    document = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_copy = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_on = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stay = models.OneToOneField(
        "homes.Stay", null=True, blank=True, on_delete=models.PROTECT, related_name="agreement"
    )
    void_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state="void"), name="agreement_stands_once"
            ),
            models.CheckConstraint(
                name="agreement_issued_has_paper", condition=~Q(state__in=["issued", "signed"])
                | Q(document__isnull=False),
            ),
            models.CheckConstraint(
                name="agreement_signed_has_copy",
                condition=~Q(state="signed")
                | Q(signed_copy__isnull=False, signed_on__isnull=False, signed_by__isnull=False),
            ),
            models.CheckConstraint(name="agreement_void_says_why", condition=~Q(state="void") | ~Q(void_reason="")),
        ]
        triggers = [
            pgtrigger.Protect(name="agreements_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="agreement_printed_stays", when=pgtrigger.Before, operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'draft'"),
                func="""
                    IF (OLD.bed_id, OLD.kind, OLD.basis, OLD.begins, OLD.lines, OLD.terms, OLD.document_id)
                        IS DISTINCT FROM
                        (NEW.bed_id, NEW.kind, NEW.basis, NEW.begins, NEW.lines, NEW.terms, NEW.document_id)
                        OR OLD.state = 'void' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a printed agreement stays as it is';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.state}"
