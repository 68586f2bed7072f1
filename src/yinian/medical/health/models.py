"""What is known of a person's health: conditions and allergies, each with source, date and author.

Nothing is deleted: an entry that was wrong is marked as entered in error and stays. Medicines and measured values are
not kept here a second time; the summary reads them where they are recorded.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.medical.keeping import only

_WRONG = ("person_id", "error_by_id", "error_at", "error_reason", "version")


class Source(models.TextChoices):
    PAPER = "paper", _("Hospital paper seen")
    DOCTOR = "doctor", _("Told by a doctor")
    CHECK_UP = "check_up", _("Check-up")
    ASSESSMENT = "assessment", _("Ability assessment")
    FAMILY = "family", _("Told by the family")
    SELF = "self", _("Told by the person")


class Entry(models.Model):
    """What entries of the summary share."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    text = EncryptedTextField()
    code = EncryptedTextField(null=True, blank=True)  # ICD-10, where known
    source = models.CharField(max_length=10, choices=Source.choices)
    learned_on = models.DateField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    error_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    error_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    @property
    def in_error(self) -> bool:
        return self.error_at is not None


def _wrong(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{name}_in_error_says_who_and_why",
        condition=Q(error_by__isnull=True, error_at__isnull=True, error_reason="")
        | (Q(error_by__isnull=False, error_at__isnull=False) & ~Q(error_reason="")),
    )


class Condition(Entry):
    """A disease or state. ``clinical`` changes as it goes; the rest stays as it was entered."""

    class Clinical(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("condition", "Present")
        REMISSION = "remission", _("In remission")
        RESOLVED = "resolved", _("Over")

    clinical = models.CharField(max_length=10, choices=Clinical.choices, default=Clinical.ACTIVE)
    since_year = models.PositiveSmallIntegerField(null=True, blank=True)
    changed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-learned_on", "-id"]
        indexes = [models.Index(fields=["person"], name="condition_of_person")]
        constraints = [
            _wrong("condition"),
            models.CheckConstraint(
                name="condition_began_in_a_lifetime",
                condition=Q(since_year__isnull=True) | Q(since_year__gte=1880, since_year__lte=2200),
            ),
        ]
        triggers = only((*_WRONG, "clinical", "changed_by_id", "changed_on"), "condition")

    def __str__(self) -> str:
        return f"condition {self.pk}"


class Allergy(Entry):
    """What a person does not tolerate, and how bad it can be."""

    class Category(models.TextChoices):
        MEDICINE = "medicine", pgettext_lazy("allergy", "Medicine")
        FOOD = "food", pgettext_lazy("allergy", "Food")
        OTHER = "other", pgettext_lazy("allergy", "Something else")

    class Criticality(models.TextChoices):
        HIGH = "high", _("Can be dangerous to life")
        LOW = "low", _("Not dangerous to life")
        UNKNOWN = "unknown", _("Danger not known")

    category = models.CharField(max_length=8, choices=Category.choices)
    criticality = models.CharField(max_length=8, choices=Criticality.choices)
    reaction = EncryptedTextField(null=True, blank=True)

    class Meta:
        ordering = ["criticality", "-id"]
        indexes = [models.Index(fields=["person"], name="allergy_of_person")]
        constraints = [_wrong("allergy")]
        triggers = only(_WRONG, "allergy")

    def __str__(self) -> str:
        return f"allergy {self.pk}"


ENTRIES: dict[str, Any] = {"condition": Condition, "allergy": Allergy}
