"""Responsible units: who answers for what a plan promises, the names documents give them, and who speaks for them."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import StrIndex
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Unit(models.Model):
    """A unit that plans make responsible (责任单位). The officers of its ``territory`` speak for a town's unit."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", pgettext_lazy("kind of unit", "Department")
        TOWN = "town", pgettext_lazy("kind of unit", "Town government")
        OTHER = "other", pgettext_lazy("kind of unit", "Other body")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DEPARTMENT)
    territory = models.ForeignKey("core.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["region_id", "kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="planunit_name_once"),
            models.UniqueConstraint(fields=["territory"], name="planunit_territory_once"),
            models.CheckConstraint(
                name="planunit_town_has_its_territory",
                condition=Q(kind="town", territory__isnull=False) | (~Q(kind="town") & Q(territory__isnull=True)),
            ),
            models.CheckConstraint(
                name="planunit_territory_in_the_region",
                condition=Q(territory__isnull=True) | Q(Exact(StrIndex(F("territory"), F("region")), 1)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UnitName(models.Model):
    """A name by which documents call a unit, as it is compared (:func:`yinian.plans.units.naming.bare`)."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="names")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=80)

    class Meta:
        ordering = ["unit_id", "id"]
        constraints = [models.UniqueConstraint(fields=["region", "text"], name="planunit_one_unit_a_name")]

    def __str__(self) -> str:
        return self.text


class UnitUser(models.Model):
    """An account that speaks for a unit, from a day until it is taken back."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="speakers")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="speaks_for")
    since = models.DateField(default=timezone.localdate)
    named_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["unit_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "user"], condition=Q(ended_at__isnull=True), name="planunit_speaker_once"
            ),
            models.CheckConstraint(
                name="planunit_speaker_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.user_id}"
