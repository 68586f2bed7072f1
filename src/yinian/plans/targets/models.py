"""Targets that a plan sets and what was reached of them, and the standards it names beside those of the pack."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.plans.guard import Adopted, append_only, from_reviewed_item


class Comparator(models.TextChoices):
    EQUAL = "=", pgettext_lazy("comparator", "exactly")
    AT_LEAST = ">=", pgettext_lazy("comparator", "at least")
    MORE = ">", pgettext_lazy("comparator", "more than")
    AT_MOST = "<=", pgettext_lazy("comparator", "at most")
    LESS = "<", pgettext_lazy("comparator", "less than")


class Target(Adopted):
    """A figure to be reached. Values are in base units: 2.5万户 is 25000 户, percent as 55."""

    class Binding(models.TextChoices):
        BINDING = "binding", pgettext_lazy("target", "Binding")
        EXPECTED = "expected", pgettext_lazy("target", "Expected")
        UNSAID = "unsaid", pgettext_lazy("target", "Not said")

    title = models.CharField(max_length=200)
    comparator = models.CharField(max_length=2, choices=Comparator.choices)
    value = models.DecimalField(max_digits=18, decimal_places=4)
    value_max = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    per = models.CharField(max_length=60, blank=True)
    binding = models.CharField(max_length=10, choices=Binding.choices, default=Binding.UNSAID)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    deadline_words = models.CharField(max_length=120, blank=True)
    indicator = models.CharField(max_length=80, blank=True)  # a pack's indicator that measures it
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["document_id", "place", "id"]
        constraints = [
            models.CheckConstraint(
                name="target_between_two_values",
                condition=Q(value_max__isnull=True) | Q(value_max__gte=F("value")),
            ),
            models.CheckConstraint(
                name="target_baseline_has_its_day", condition=Q(baseline__isnull=True) | Q(baseline_on__isnull=False)
            ),
        ]
        triggers = [from_reviewed_item("target")]

    def __str__(self) -> str:
        return self.title


class TargetYear(models.Model):
    """What is to be reached by the end of a year on the way to the target."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        ordering = ["target_id", "year"]
        constraints = [models.UniqueConstraint(fields=["target", "year"], name="target_year_once")]

    def __str__(self) -> str:
        return f"{self.target_id} {self.year}"


class TargetValue(models.Model):
    """A value reported by hand, with its day and where it was found. A later word on the same day stands before it."""

    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="reported")
    value = models.DecimalField(max_digits=18, decimal_places=4)
    as_of = models.DateField()
    source = models.CharField(max_length=200)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["target_id", "as_of", "id"]
        constraints = [models.CheckConstraint(name="targetvalue_has_a_source", condition=~Q(source=""))]
        triggers = [append_only("target_values_stay")]

    def __str__(self) -> str:
        return f"{self.target_id} {self.as_of}"


class Standard(Adopted):
    """A figure that a plan says is to be kept to or paid: beside it stands what the pack says, where it is linked.

    Money is in fen in both columns; else in base units. ``link`` is a parameter, a service or a standard of the pack.
    """

    class Link(models.TextChoices):
        PARAMETER = "parameter", pgettext_lazy("link to the pack", "Parameter")
        SERVICE = "service", pgettext_lazy("link to the pack", "Service")
        STANDARD = "standard", pgettext_lazy("link to the pack", "Standard")

    title = models.CharField(max_length=200)
    is_money = models.BooleanField(default=False)
    low = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    per = models.CharField(max_length=60, blank=True)
    link_kind = models.CharField(max_length=10, choices=Link.choices, blank=True)
    link_id = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["document_id", "place", "id"]
        constraints = [
            models.CheckConstraint(
                name="standard_has_a_figure", condition=Q(low__isnull=False) | Q(high__isnull=False)
            ),
            models.CheckConstraint(
                name="standard_link_is_whole",
                condition=Q(link_kind="", link_id="") | (~Q(link_kind="") & ~Q(link_id="")),
            ),
        ]
        triggers = [from_reviewed_item("standard")]

    def __str__(self) -> str:
        return self.title
