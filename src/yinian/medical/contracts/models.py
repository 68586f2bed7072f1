"""What homes have agreed with medical institutions, and the clinics they run themselves."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.medical.keeping import STOPPING, Held, held_checks, once_at_a_time, only

_FREE = (*STOPPING, "paper_id")


class Contract(Held):
    """A home's contract with a medical institution: what it covers, from when until when, the paper."""

    class Cover(models.TextChoices):
        VISITS = "visits", _("Doctors' rounds in the home")
        BOOKING = "booking", _("Appointments")
        GREEN = "green", _("Green channel")
        REFERRAL = "referral", _("Two-way referral")
        EMERGENCY = "emergency", _("Emergency rescue")
        TRAINING = "training", _("Training of staff")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="medical_contracts")
    institution = models.ForeignKey("medical.Institution", on_delete=models.PROTECT, related_name="contracts")
    covers = ArrayField(models.CharField(max_length=10, choices=Cover.choices))
    number = models.CharField(max_length=60, blank=True)
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-period"]
        constraints = [
            once_at_a_time("one_contract_of_a_pair_at_a_time", "site_id", "institution_id"),
            models.CheckConstraint(
                name="contract_covers_something",
                condition=Q(
                    covers__len__gte=1,
                    covers__contained_by=["visits", "booking", "green", "referral", "emergency", "training"],
                ),
            ),
            *held_checks("contract"),
        ]
        triggers = [*only(_FREE, "contract")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.institution_id}"

    @property
    def covers_words(self) -> list[str]:
        return [str(Contract.Cover(one).label) for one in self.covers]


class Licence(Held):
    """A medical unit within a home: under which licence or filing it works, for what, until when."""

    class Kind(models.TextChoices):
        FILING = "filing", _("Filed with the health commission")
        LICENCE = "licence", _("Practice licence")

    class Unit(models.TextChoices):
        CLINIC = "clinic", _("Clinic (infirmary)")
        NURSING = "nursing", _("Nursing station")
        REHAB = "rehab", _("Rehabilitation unit")
        HOSPITAL = "hospital", pgettext_lazy("unit of a home", "Hospital")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="medical_licences")
    unit = models.CharField(max_length=8, choices=Unit.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=120)
    number = models.CharField(max_length=60)
    subjects = models.CharField(max_length=200)
    insured = models.BooleanField(null=True, blank=True)  # designated by medical insurance; null: not known
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-period"]
        constraints = [
            models.CheckConstraint(name="licence_has_its_number", condition=~Q(number="") & ~Q(name="")),
            *held_checks("licence"),
        ]
        triggers = [
            *only(_FREE, "licence"),
            # Two papers for one unit at a time would count it twice. A kind of unit is text, which no plain
            # exclusion holds without an extension.
            pgtrigger.Trigger(
                name="one_licence_of_a_unit_at_a_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("period", "in_error"),
                func="""
                    PERFORM 1 FROM places_site WHERE id = NEW.site_id FOR UPDATE;
                    IF NOT NEW.in_error AND EXISTS (
                        SELECT FROM medical_licence l WHERE l.site_id = NEW.site_id AND l.unit = NEW.unit
                            AND NOT l.in_error AND l.id <> NEW.id AND l.period && NEW.period
                    ) THEN
                        RAISE exclusion_violation USING MESSAGE = 'the unit has a licence over these days',
                            CONSTRAINT = 'one_licence_of_a_unit_at_a_time';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.site_id}"
