"""Moves from one home to another: asked for by the home that gives, accepted by the home that takes."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Transfer(models.Model):
    """A resident's move to another home. Accepted, it has its day, its bed and the stay that began there."""

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("transfer", "Waits for the other home")
        ACCEPTED = "accepted", pgettext_lazy("transfer", "Moved")
        DECLINED = "declined", pgettext_lazy("transfer", "Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("transfer", "Withdrawn")

    stay = models.ForeignKey("homes.Stay", on_delete=models.CASCADE, related_name="transfers")
    to_site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    arrived = models.OneToOneField(
        "homes.Stay", null=True, blank=True, on_delete=models.PROTECT, related_name="came_by"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["stay"], condition=Q(state="asked"), name="transfer_asked_once"),
            models.CheckConstraint(name="transfer_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="transfer_decided_by_somebody",
                condition=Q(state="asked", decided_by__isnull=True)
                | ~Q(state="asked") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="transfer_done_has_arrived",
                condition=Q(state="accepted", arrived__isnull=False) | ~Q(state="accepted") & Q(arrived__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stay_id} > {self.to_site_id}"
