"""A resident goes out for some hours: with whom, until when, and how it ended. A night away is an absence."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.homes.care.models import AHEAD, lives_here, recorder_is_on_staff


class Outing(models.Model):
    """Some hours out of the house. It runs until somebody records how it ended: back, turned into an absence, or the
    person left the home for good."""

    class End(models.TextChoices):
        BACK = "back", pgettext_lazy("outing", "Back")
        ABSENCE = "absence", _("Became an absence")
        LEFT = "left", _("Left the home")

    class With(models.TextChoices):
        ALONE = "alone", pgettext_lazy("outing", "Alone")
        CHILD = "child", _("Child or child-in-law")
        SPOUSE = "spouse", _("Spouse")
        KIN = "kin", _("Other kin")
        FRIEND = "friend", _("Friend or neighbour")
        STAFF = "staff", _("Staff of the home")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="outings")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField()
    expected_back = models.DateTimeField()
    relation = models.CharField(max_length=10, choices=With.choices)
    companion = EncryptedTextField(null=True, blank=True)  # name of who takes them along
    phone = EncryptedTextField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_kind = models.CharField(max_length=10, blank=True, choices=End.choices)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_note = models.CharField(max_length=200, blank=True)
    absence = models.ForeignKey(
        "homes.Absence", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-left_at"]
        indexes = [models.Index(fields=["site", "-left_at"], name="outing_of_site")]
        constraints = [
            ExclusionConstraint(
                name="resident_is_out_once_at_a_time",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("left_at"), F("ended_at"), function="tstzrange", output_field=DateTimeRangeField()
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(name="outing_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="outing_is_back_after_going", condition=Q(expected_back__gt=F("left_at"))),
            models.CheckConstraint(name="outing_is_not_ahead", condition=Q(left_at__lte=F("recorded_at") + AHEAD)),
            models.CheckConstraint(
                name="outing_ended_by_somebody",
                condition=Q(ended_at__isnull=True, end_kind="", ended_by__isnull=True, absence__isnull=True)
                | (Q(ended_at__gt=F("left_at"), ended_by__isnull=False) & ~Q(end_kind="")),
            ),
            models.CheckConstraint(
                name="outing_names_who_goes_along",
                condition=Q(relation__in=["alone", "staff"]) | Q(companion__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="outings_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="outing_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    {lives_here("NEW.site_id", "NEW.person_id", "(NEW.left_at AT TIME ZONE 'Asia/Shanghai')::date")}
                    IF EXISTS (
                        SELECT FROM homes_absence a JOIN homes_stay s ON s.id = a.stay_id
                        WHERE s.person_id = NEW.person_id
                            AND a.period @> (NEW.left_at AT TIME ZONE 'Asia/Shanghai')::date
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'who is away does not go out',
                            CONSTRAINT = 'outing_from_the_house';
                    END IF;
                    {recorder_is_on_staff("NEW.site_id")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"outing {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def overdue(self) -> bool:
        return self.is_open and timezone.now() > self.expected_back

    @property
    def over_night(self) -> bool:
        """Whether midnight has passed since they went."""
        return self.is_open and timezone.localtime(self.left_at).date() < timezone.localdate()
