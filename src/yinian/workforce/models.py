"""People who work in elderly care: who they are, where they are posted, what they are certified for."""

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField
from yinian.workforce.training.models import Attendance, Trainer, TrainingSession

__all__ = ["Attendance", "Certificate", "Post", "Trainer", "TrainingSession", "Worker"]


@pghistory.track()
class Worker(models.Model):
    name = models.CharField(max_length=60)
    name_initials = models.CharField(max_length=30, blank=True)
    sex = models.CharField(max_length=6, choices=[("male", _("Male")), ("female", _("Female"))], blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    id_number = EncryptedTextField(null=True, blank=True)
    id_index = models.BinaryField(null=True, blank=True, max_length=32)
    phone = EncryptedTextField(null=True, blank=True)
    user = models.OneToOneField("core.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="worker")
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["id_index"], name="worker_id_once")]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A job held at a site for a period."""

    class Kind(models.TextChoices):
        MANAGER = "manager", _("Home manager")
        CARER = "carer", _("Carer")
        NURSE = "nurse", _("Nurse")
        COOK = "cook", _("Cook")
        SAFETY = "safety", _("Safety officer")
        SOCIAL_WORKER = "social_worker", _("Social worker")
        POINT_LEADER = "point_leader", _("Hamlet-point leader")
        OTHER = "other", _("Other")

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="posts")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    period = DateRangeField()

    class Meta:
        ordering = ["site_id", "kind"]
        constraints = [
            ExclusionConstraint(
                name="post_held_once_at_a_time",
                expressions=[
                    (
                        Func(F("worker_id"), F("worker_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func(F("site_id"), F("site_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.worker_id}"


class Certificate(models.Model):
    class Kind(models.TextChoices):
        CARE_SKILL = "care_skill", _("Care skill-level certificate")
        TRAINING = "training", _("Training completion certificate")
        FIRE_SAFETY = "fire_safety", _("Fire-control operator certificate")
        HEALTH = "health", _("Health certificate")
        ASSESSOR = "assessor", _("Assessor certificate")

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="certificates")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    level = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=60, blank=True)
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True)  # null: no expiry

    class Meta:
        ordering = ["expires_on"]
        indexes = [models.Index(fields=["expires_on"], name="certificate_expiry")]
        constraints = [
            models.CheckConstraint(
                name="certificate_expires_after_issue",
                condition=models.Q(expires_on__isnull=True) | models.Q(expires_on__gt=F("issued_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.worker_id}"
