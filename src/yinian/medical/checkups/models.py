"""Check-ups: when, where, who paid, what was found; what has to be followed up until it is done."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField
from yinian.medical.keeping import only


class CheckUp(models.Model):
    """One check-up of a person. ``follow`` says what is to be done about what was found, by ``follow_by``."""

    class Paid(models.TextChoices):
        PUBLIC = "public", _("Free: basic public health service")
        HOME = "home", _("Free: paid by the home")
        OTHER = "other", _("Free: paid by somebody else")
        OWN = "own", _("Paid by the person")

    class Result(models.TextChoices):
        NORMAL = "normal", _("Nothing to follow up")
        ABNORMAL = "abnormal", _("Something to follow up")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="check_ups")
    done_on = models.DateField()
    institution = models.ForeignKey("medical.Institution", on_delete=models.PROTECT, related_name="check_ups")
    paid = models.CharField(max_length=8, choices=Paid.choices)
    result = models.CharField(max_length=8, choices=Result.choices)
    findings = EncryptedTextField(null=True, blank=True)
    follow = EncryptedTextField(null=True, blank=True)
    follow_by = models.DateField(null=True, blank=True)
    followed_on = models.DateField(null=True, blank=True)
    followed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    followed_note = EncryptedTextField(null=True, blank=True)
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    from_list = models.ForeignKey(
        "medical.CheckList", null=True, blank=True, on_delete=models.PROTECT, related_name="check_ups"
    )
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    error_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    error_at = models.DateTimeField(null=True, blank=True)
    error_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-done_on", "-id"]
        indexes = [models.Index(fields=["person", "-done_on"], name="check_up_of_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "done_on", "institution"],
                condition=Q(error_at__isnull=True),
                name="check_up_entered_once",
            ),
            models.CheckConstraint(
                name="check_up_abnormal_is_followed_up",
                condition=Q(result="normal", follow__isnull=True, follow_by__isnull=True, followed_on__isnull=True)
                | Q(result="abnormal", follow__isnull=False, follow_by__isnull=False, findings__isnull=False),
            ),
            models.CheckConstraint(
                name="check_up_followed_by_somebody",
                condition=Q(followed_on__isnull=True, followed_by__isnull=True, followed_note__isnull=True)
                | Q(
                    followed_on__isnull=False,
                    followed_by__isnull=False,
                    followed_note__isnull=False,
                    followed_on__gte=F("done_on"),
                ),
            ),
            models.CheckConstraint(
                name="check_up_in_error_says_who_and_why",
                condition=Q(error_by__isnull=True, error_at__isnull=True, error_reason="")
                | (Q(error_by__isnull=False, error_at__isnull=False) & ~Q(error_reason="")),
            ),
        ]
        triggers = only(
            (
                "person_id",
                "followed_on",
                "followed_by_id",
                "followed_note",
                "error_by_id",
                "error_at",
                "error_reason",
                "version",
            ),
            "check_up",
            "OR (OLD.followed_on IS NOT NULL AND NEW.followed_on IS DISTINCT FROM OLD.followed_on)",
        )

    def __str__(self) -> str:
        return f"check-up {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something found is still to be followed up."""
        return self.result == self.Result.ABNORMAL and self.followed_on is None and self.error_at is None
