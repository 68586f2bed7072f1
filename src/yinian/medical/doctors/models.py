"""Family doctors: with whom a person has signed, from when until when, for which services."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yinian.medical.keeping import STOPPING, Held, held_checks, once_at_a_time, only


class FamilyDoctor(Held):
    """A person's contract with a family doctor. One at a time."""

    class Service(models.TextChoices):
        ADVICE = "advice", _("Advice on health")
        CHRONIC = "chronic", _("Follow-up of high blood pressure and diabetes")
        CHECK_UP = "check_up", _("Yearly check-up")
        MEDICINE = "medicine", _("Long prescriptions")
        HOME = "home", _("Visits at home")
        REFERRAL = "referral", _("Appointments and referral")
        CHINESE = "chinese", _("Chinese medicine")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="family_doctors")
    doctor = models.CharField(max_length=60)
    phone = models.CharField(max_length=30, blank=True)  # at work
    institution = models.ForeignKey("medical.Institution", on_delete=models.PROTECT, related_name="signed")
    services = ArrayField(models.CharField(max_length=10, choices=Service.choices), default=list)
    number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-period"]
        constraints = [
            once_at_a_time("one_family_doctor_at_a_time", "person_id"),
            models.CheckConstraint(name="family_doctor_has_a_name", condition=~Q(doctor="")),
            *held_checks("family_doctor"),
        ]
        triggers = only((*STOPPING, "person_id"), "family_doctor")

    def __str__(self) -> str:
        return f"family doctor {self.pk}"

    @property
    def services_words(self) -> list[str]:
        return [str(FamilyDoctor.Service(one).label) for one in self.services]
