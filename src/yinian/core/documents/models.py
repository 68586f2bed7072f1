"""Papers as issued: number, date, whom it concerns, and the file as it went out. What it says is the room's."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Document(models.Model):
    """One issued paper. Its file and number never change; a paper that was wrong is withdrawn with a reason."""

    kind = models.CharField(max_length=60)
    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=120)
    # An older person's id. People live one floor up, so the base keeps the number.
    person_ref = models.BigIntegerField(null=True, blank=True)
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    issued_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person_ref"], condition=Q(person_ref__isnull=False), name="document_of_person"),
            models.Index(fields=["region", "-id"], name="document_by_region"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["county", "series", "year", "serial"], name="document_number_once"),
            models.CheckConstraint(
                name="document_withdrawn_with_author_and_reason",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdraw_reason="")
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="documents_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="documents_keep_their_words",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "kind", "county", "series", "year", "serial", "title", "issuer", "attachment",
                    "issued_on", "issued_by", "issued_at",
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As printed: 养评〔2026〕12号."""
        return f"{self.series}〔{self.year}〕{self.serial}号"
