"""The visit of a request: the form as it is being filled, photos and signatures."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField


class Visit(models.Model):
    """The record of a visit. ``items`` are the scale's scores; ``particulars`` form A as JSON, encrypted.

    ``version`` counts saved changes; ``touched`` says for each answer at which version, by whom and when it was last
    changed, so that two phones can fill one record and neither silently overwrites the other.
    """

    request = models.OneToOneField("assessments.Request", on_delete=models.CASCADE, related_name="visit")
    items = models.JSONField(default=dict)
    particulars = EncryptedTextField(null=True, blank=True)
    notes = EncryptedTextField(null=True, blank=True)
    touched = models.JSONField(default=dict)  # answer -> [version, user, moment]
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(null=True, blank=True)
    saved_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Only with the consent of the person, asked on the phone; metres of uncertainty as the device says.
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    accuracy_m = models.PositiveIntegerField(null=True, blank=True)
    located_at = models.DateTimeField(null=True, blank=True)
    location_consent = models.CharField(max_length=60, blank=True)  # who gave it

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="visit_ends_after_it_begins",
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="visit_located_with_consent",
                condition=Q(lat__isnull=True, lon__isnull=True)
                | (Q(lat__range=(-90, 90), lon__range=(-180, 180)) & ~Q(location_consent="")),
            ),
        ]

    def __str__(self) -> str:
        return f"visit of {self.request_id}"


class Exhibit(models.Model):
    """A photo, a paper or the signature of whoever gave the information."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo of the visit")
        PAPER = "paper", _("Diagnosis or other paper")
        INFORMANT = "informant", _("Signature of who gave the information")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="exhibits")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=100, blank=True)
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.visit_id}"
