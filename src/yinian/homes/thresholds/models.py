"""From where on a home wants to be told: what it has set in place of the catalogues' suggestions, and when."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone


class HomeThreshold(models.Model):
    """One figure a home has set for itself; the newest row of a ``key`` holds. ``value`` None: back to the suggestion.

    Rows are only added, so what held on a day, who set it and why stays readable.
    """

    site = models.ForeignKey("places.Site", on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=6, decimal_places=1, null=True, blank=True)
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["site", "key", "-id"], name="threshold_of_site")]
        constraints = [
            models.CheckConstraint(name="threshold_is_above_nothing", condition=Q(value__isnull=True) | Q(value__gt=0)),
            models.CheckConstraint(name="threshold_says_what_and_why", condition=~Q(key="") & ~Q(reason="")),
        ]
        triggers = [
            pgtrigger.Protect(name="thresholds_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.key}"
