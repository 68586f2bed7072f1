"""The older person, kin and contacts, consent."""

import pghistory
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField


class Sex(models.TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Person(models.Model):
    """One older person. Circumstances that change are dated spells; here stays what identifies."""

    class State(models.TextChoices):
        LIVING = "living", _("Living")
        DEAD = "dead", _("Died")
        MOVED_OUT = "moved_out", _("Moved out of the county")
        MERGED = "merged", _("Merged into another entry")

    name = models.CharField(max_length=60)
    name_pinyin = models.CharField(max_length=120, blank=True)
    name_initials = models.CharField(max_length=30, blank=True)
    sex = models.CharField(max_length=6, choices=Sex.choices, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    id_number = EncryptedTextField(null=True, blank=True)
    id_index = models.BinaryField(null=True, blank=True, max_length=32)  # blind index of the whole number
    id_tail_index = models.BinaryField(null=True, blank=True, max_length=32)  # of its last four characters
    phone = EncryptedTextField(null=True, blank=True)
    phone_index = models.BinaryField(null=True, blank=True, max_length=32)
    address = EncryptedTextField(null=True, blank=True)
    # The village (or hamlet, or town) that answers for the person: residence if in the county, else household
    # registration. Scope is decided by it.
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    hukou_code = models.CharField(max_length=14, blank=True)  # may lie outside the county
    residence_code = models.CharField(max_length=14, blank=True)
    urban_hukou = models.BooleanField(null=True, blank=True)
    household_no = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVING)
    died_on = models.DateField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    synthetic = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    created_from = models.CharField(max_length=20, blank=True)  # a Department, or "register"
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["region_id", "name", "id"]
        indexes = [
            models.Index("region", "name", "id", name="person_in_region_by_name"),
            models.Index(OpClass("name", "text_pattern_ops"), name="person_name_prefix"),
            models.Index(OpClass("name_pinyin", "text_pattern_ops"), name="person_pinyin_prefix"),
            models.Index(OpClass("name_initials", "text_pattern_ops"), name="person_initials_prefix"),
            models.Index("id_tail_index", name="person_id_tail"),
            models.Index("phone_index", name="person_phone"),
            models.Index("birth_date", name="person_birth_date"),
            models.Index("household_no", name="person_household"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["id_index"], condition=Q(merged_into__isnull=True), name="person_id_number_once"
            ),
            models.CheckConstraint(
                name="person_dead_has_a_date", condition=~Q(state="dead") | Q(died_on__isnull=False)
            ),
            models.CheckConstraint(
                name="person_merged_says_into_whom", condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(name="person_not_merged_into_self", condition=~Q(merged_into=F("id"))),
            models.CheckConstraint(
                name="person_born_before_dying",
                condition=Q(died_on__isnull=True) | Q(birth_date__isnull=True) | Q(died_on__gte=F("birth_date")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Kin(models.Model):
    """A relative, guardian or other contact."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="kin")
    name = models.CharField(max_length=60)
    relation = models.CharField(max_length=20)
    phone = EncryptedTextField(null=True, blank=True)
    lives_in = models.CharField(max_length=120, blank=True)
    guardian = models.BooleanField(default=False)
    emergency = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-emergency", "-guardian", "id"]

    def __str__(self) -> str:
        return self.name


class Consent(models.Model):
    """Consent to one use of sensitive data, given and perhaps withdrawn; or the legal duty relied on instead."""

    class Purpose(models.TextChoices):
        HEALTH = "health", _("Health and ability data")
        LOCATION = "location", _("Location at visits")
        PHOTO = "photo", _("Photos")
        BANK = "bank", _("Bank account")
        SHARING = "sharing", _("Sharing with another department")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    given_on = models.DateField()
    given_by = models.CharField(max_length=60)  # the person, or the guardian's name
    evidence = models.CharField(max_length=200, blank=True)
    attachment = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-given_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=Q(withdrawn_on__isnull=True), name="consent_stands_once"
            ),
            models.CheckConstraint(
                name="consent_withdrawn_after_given",
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("given_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.person_id}"
