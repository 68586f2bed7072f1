"""Training: the county's trainers, the sessions they hold, and who attended and passed."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Field(models.TextChoices):
    """What is taught."""

    CARE = "care", _("Care and nursing")
    MANAGEMENT = "management", _("Running a home")
    ASSESSMENT = "assessment", _("Assessing ability")
    SAFETY = "safety", _("Safety and fire control")
    MIND = "mind", _("Counselling")
    OTHER = "other", pgettext_lazy("training", "Other")


class Trainer(models.Model):
    """Somebody who trains for the county: in which fields, and what shows that they can."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")  # the county
    name = models.CharField(max_length=60)
    name_initials = models.CharField(max_length=30, blank=True)
    unit = models.CharField(max_length=120)
    fields = ArrayField(models.CharField(max_length=12, choices=Field.choices))
    proof = models.CharField(max_length=200)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the first day they train no more
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["region", "name", "unit"], name="trainer_once"),
            models.CheckConstraint(
                name="trainer_has_field_and_proof", condition=Q(fields__len__gte=1) & ~Q(proof="") & ~Q(unit="")
            ),
            models.CheckConstraint(
                name="trainer_ends_after_beginning", condition=Q(until__isnull=True) | Q(until__gt=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def field_words(self) -> str:
        return "、".join(str(Field(one).label) for one in self.fields)


class TrainingSession(models.Model):
    """One training of the county: when, where, by whom, on what, for how long."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")  # the county
    day = models.DateField()
    place = models.CharField(max_length=120)
    trainer = models.ForeignKey(Trainer, on_delete=models.PROTECT, related_name="sessions")
    field = models.CharField(max_length=12, choices=Field.choices)
    subject = models.CharField(max_length=120)
    hours = models.DecimalField(max_digits=4, decimal_places=1)
    certificate = models.BooleanField(default=False)  # who passes gets a training completion certificate
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(name="training_lasts", condition=Q(hours__gt=0)),
            models.CheckConstraint(name="training_has_subject_and_place", condition=~Q(subject="") & ~Q(place="")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.subject}"


class Attendance(models.Model):
    """Somebody put on a session, and how it went."""

    class Outcome(models.TextChoices):
        PUT = "put", _("Put on it")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Not passed")
        ABSENT = "absent", _("Did not come")

    session = models.ForeignKey(TrainingSession, on_delete=models.PROTECT, related_name="attended")
    worker = models.ForeignKey("workforce.Worker", on_delete=models.PROTECT, related_name="trainings")
    outcome = models.CharField(max_length=6, choices=Outcome.choices, default=Outcome.PUT)
    certificate = models.OneToOneField(
        "workforce.Certificate", null=True, blank=True, on_delete=models.SET_NULL, related_name="training"
    )
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["worker__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "worker"], name="trained_once_a_session"),
            models.CheckConstraint(
                name="certificate_of_who_passed", condition=Q(certificate__isnull=True) | Q(outcome="passed")
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="outcome_after_the_training",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("outcome"),
                condition=~pgtrigger.Q(new__outcome="put"),
                func="""
                    IF (SELECT day FROM workforce_trainingsession WHERE id = NEW.session_id)
                        > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date
                    THEN
                        RAISE check_violation USING MESSAGE = 'the training has not been held yet',
                            CONSTRAINT = 'outcome_after_the_training';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.worker_id}"
