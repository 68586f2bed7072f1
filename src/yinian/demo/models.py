"""What the demo county was built from, and how it compares with the published figures."""

from django.db import models
from django.utils import timezone


class DemoBuild(models.Model):
    """One building of the demo. A row of ``calibration``: key, labels, published, expected, generated, quote, note."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    scale = models.FloatField()
    as_of = models.DateField()
    people = models.PositiveIntegerField()
    calibration = models.JSONField(default=list)
    documents = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    has_figures = models.BooleanField(default=True)
    cartogram = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)
    logins = models.JSONField(default=list)  # role, username, where; the password is kept in the data folder
    built_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.region_id} {self.as_of}"
