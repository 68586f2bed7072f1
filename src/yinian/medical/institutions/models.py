"""Hospitals, health centres and clinics with which homes and people have to do: what makes an organisation one."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Institution(models.Model):
    """A medical institution. Its name and area are those of the organisation."""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", pgettext_lazy("institution", "Hospital")
        HEALTH_CENTRE = "health_centre", _("Township health centre")
        COMMUNITY = "community", _("Community health centre or station")
        VILLAGE = "village", _("Village clinic")
        HOSPICE = "hospice", _("Institution for hospice care")
        OTHER = "other", pgettext_lazy("institution", "Other medical institution")

    organisation = models.OneToOneField("places.Organisation", on_delete=models.PROTECT, related_name="medical")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    phone = models.CharField(max_length=30, blank=True)  # of the office that answers for older people
    emergency_phone = models.CharField(max_length=30, blank=True)
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def name(self) -> str:
        return self.organisation.name
