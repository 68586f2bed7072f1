"""Beds of the health side in which people lie, as far as somebody told the platform.

Beds of care homes are stays and hospital beds of residents are absences, both kept by the homes room; here stand the
three that nothing else knows: a hospital bed of somebody who lives in no home, a bed at home under a hospital's care
(jiating bingchuang), a bed of hospice care.
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField
from yinian.medical.keeping import STOPPING, Held, held_checks, once_at_a_time, only


class MedicalBed(Held):
    """Somebody in a bed of the health side over some days. One at a time, and none in hospital beside a home's bed."""

    class Kind(models.TextChoices):
        HOSPITAL = "hospital", _("Hospital bed")
        SICKBED = "sickbed", _("Hospital's bed at home")
        HOSPICE = "hospice", _("Hospice bed")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="medical_beds")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    institution = models.ForeignKey("medical.Institution", on_delete=models.PROTECT, related_name="beds")
    told_by = models.CharField(max_length=60)  # who told the platform of it
    note = EncryptedTextField(null=True, blank=True)

    class Meta:
        ordering = ["-period"]
        constraints = [once_at_a_time("one_medical_bed_at_a_time", "person_id"), *held_checks("medical_bed")]
        triggers = [
            *only((*STOPPING, "person_id"), "medical_bed"),
            pgtrigger.Trigger(
                name="resident_in_hospital_is_an_absence",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("period", "person_id"),
                func="""
                    IF NEW.kind = 'hospital' AND NOT NEW.in_error AND EXISTS (
                        SELECT FROM homes_stay s WHERE s.person_id = NEW.person_id AND s.kind <> 'day'
                            AND s.period && NEW.period
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a resident goes to hospital by a referral or an absence',
                            CONSTRAINT = 'resident_in_hospital_is_an_absence';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"
