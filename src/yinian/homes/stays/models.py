"""Who lives in which bed. The bed belongs to places, the person to people; a stay joins them for a period."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Stay(models.Model):
    """A person in a bed over a stretch of days. The database refuses a bed or a person twice at one time."""

    class Basis(models.TextChoices):
        TEKUN = "tekun", _("Central support of the destitute")
        DISABLED = "disabled", _("Disabled, under guarantee")
        PRIVATE = "private", _("Private resident")

    bed = models.ForeignKey("places.Bed", on_delete=models.PROTECT, related_name="stays")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="stays")
    period = DateRangeField()
    basis = models.CharField(max_length=10, choices=Basis.choices)
    admitted_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    admitted_at = models.DateTimeField(default=timezone.now)
    left_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    leave_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-period"]
        constraints = [
            ExclusionConstraint(
                name="bed_holds_one_person_at_a_time",
                expressions=[
                    (Func(F("bed_id"), F("bed_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="person_lies_in_one_bed_at_a_time",
                expressions=[
                    (
                        Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="stay_covers_a_day", condition=Q(period__isempty=False)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} @ {self.bed_id}"
