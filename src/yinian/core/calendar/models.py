"""Days off and make-up working days. A county edits them: no library knows next year's."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Holiday(models.Model):
    """A weekday that is off, or a weekend day that is worked."""

    day = models.DateField(primary_key=True)
    works = models.BooleanField(default=False)
    name = models.CharField(max_length=40)
    source = models.CharField(max_length=120, blank=True)
    set_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["day"]
        verbose_name = _("holiday")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
