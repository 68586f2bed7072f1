"""Other bodies whose assessments are accepted, and the assessments of theirs that were put before us (互认)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.assessments.requests.models import SCALE_LENGTH


class Body(models.Model):
    """A body whose results a county recognises, from a day to a day, for some scales."""

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)  # a kind of the rules: which sort of body, such as another county's
    scales = ArrayField(models.CharField(max_length=SCALE_LENGTH), default=list)
    basis = models.CharField(max_length=200)  # the agreement or document it rests on
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    entered_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["county", "name"], name="body_once_a_county"),
            models.CheckConstraint(name="body_has_a_scale", condition=Q(scales__len__gt=0)),
            models.CheckConstraint(
                name="body_until_after_since", condition=Q(until__isnull=True) | Q(until__gt=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Recognition(models.Model):
    """An assessment by another body, entered with its paper by one and checked by another human."""

    class State(models.TextChoices):
        ENTERED = "entered", _("To be checked")
        ACCEPTED = "accepted", pgettext_lazy("recognition", "Accepted")
        REFUSED = "refused", pgettext_lazy("recognition", "Refused")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="recognitions")
    scale = models.CharField(max_length=SCALE_LENGTH)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="recognitions")
    number = models.CharField(max_length=60)  # the paper's own number
    assessed_on = models.DateField()
    level = models.PositiveSmallIntegerField()
    paper = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENTERED)
    due_on = models.DateField()
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "number", "scale"], condition=~Q(state="refused"), name="paper_recognised_once"
            ),
            models.UniqueConstraint(
                fields=["person", "scale"], condition=Q(state="entered"), name="one_open_recognition_a_person"
            ),
            models.CheckConstraint(
                name="recognition_checked_with_author",
                condition=Q(state="entered", checked_by__isnull=True)
                | (
                    ~Q(state="entered")
                    & Q(checked_by__isnull=False, checked_at__isnull=False)
                    & ~Q(checked_by=F("entered_by"))
                ),
            ),
            models.CheckConstraint(
                name="recognition_refused_with_a_reason", condition=~Q(state="refused") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body_id} {self.number}"
