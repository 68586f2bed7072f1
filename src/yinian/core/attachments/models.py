"""Files people attach: kept encrypted in the data folder under their hash, with type and size checked."""

from django.db import models
from django.utils import timezone


class Attachment(models.Model):
    """One stored file. ``sha256`` is of the cleaned content, before encryption."""

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()  # bytes, cleaned content
    purpose = models.CharField(max_length=40)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
