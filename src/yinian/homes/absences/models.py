"""When a resident was away while the home kept the bed: at home for some days, or in hospital."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField


class Absence(models.Model):
    """Days away within a stay: from the first day away to the day of return, which is spent in the home again.

    ``kept_until`` is the last day the bed is kept by the rule in force when they left; None where no rule says.
    """

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Home leave")
        HOSPITAL = "hospital", _("In hospital")

    stay = models.ForeignKey("homes.Stay", on_delete=models.CASCADE, related_name="absences")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    period = DateRangeField()
    expected_return = models.DateField(null=True, blank=True)
    kept_until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    hospital = models.CharField(max_length=120, blank=True)
    contact = EncryptedTextField(null=True, blank=True)  # who is with them, and a telephone
    left_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(default=timezone.now)
    returned_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)
    return_note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-period"]
        constraints = [
            ExclusionConstraint(
                name="resident_is_away_once_at_a_time",
                expressions=[
                    (Func(F("stay_id"), F("stay_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="absence_covers_a_day", condition=Q(period__isempty=False)),
            models.CheckConstraint(
                name="absence_in_hospital_names_it", condition=~Q(kind="hospital") | ~Q(hospital="")
            ),
            models.CheckConstraint(name="absence_has_a_reason", condition=~Q(reason="")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="absence_lies_within_its_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("period", "stay_id"),
                func="""
                    PERFORM 1 FROM homes_stay
                        WHERE id = NEW.stay_id AND NEW.period <@ period AND kind <> 'day' FOR SHARE;
                    IF NOT FOUND THEN
                        RAISE check_violation USING MESSAGE = 'an absence lies within a stay by night',
                            CONSTRAINT = 'lies_within_its_stay';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.kind}"
