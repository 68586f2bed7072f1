"""Referrals between a home and a hospital, both ways: asked, answered, arrived, come back, each with its papers."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.medical.keeping import only

_FREE = (
    "person_id",
    "stay_id",
    "state",
    "document_id",
    "answered_at",
    "answered_by_id",
    "answered_who",
    "answer",
    "arrived_on",
    "arrived_by_id",
    "absence_id",
    "ended_on",
    "ended_by_id",
    "end_note",
    "discharge_id",
    "discharge_note",
    "version",
)
STEPS = {
    "asked": ("accepted", "refused", "arrived", "withdrawn"),
    "accepted": ("arrived", "withdrawn"),
    "arrived": ("returned", "stayed"),
}
"""From which state to which; the database holds to it."""
OPEN = tuple(STEPS)


class Referral(models.Model):
    """One referral. ``up``: a resident to hospital, over which an absence runs; ``down``: from hospital to the home.

    ``document`` is the paper that went along, with the person's health as known that day. ``green``: through the green
    channel of ``contract``.
    """

    class Direction(models.TextChoices):
        UP = "up", _("To hospital")
        DOWN = "down", _("From hospital to the home")

    class Urgency(models.TextChoices):
        PLANNED = "planned", _("By appointment")
        URGENT = "urgent", _("Urgent: today")
        EMERGENCY = "emergency", _("Emergency: at once")

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("referral", "Asked, no answer yet")
        ACCEPTED = "accepted", pgettext_lazy("referral", "Accepted")
        REFUSED = "refused", pgettext_lazy("referral", "Refused")
        ARRIVED = "arrived", pgettext_lazy("referral", "In hospital")
        RETURNED = "returned", pgettext_lazy("referral", "Back in the home")
        STAYED = "stayed", pgettext_lazy("referral", "Did not come back")
        WITHDRAWN = "withdrawn", pgettext_lazy("referral", "Withdrawn")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="referrals")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="referrals")
    stay = models.ForeignKey("homes.Stay", null=True, blank=True, on_delete=models.PROTECT, related_name="referrals")
    direction = models.CharField(max_length=4, choices=Direction.choices)
    institution = models.ForeignKey("medical.Institution", on_delete=models.PROTECT, related_name="referrals")
    urgency = models.CharField(max_length=9, choices=Urgency.choices)
    reason = EncryptedTextField()
    green = models.BooleanField(default=False)
    contract = models.ForeignKey(
        "medical.Contract", null=True, blank=True, on_delete=models.PROTECT, related_name="referrals"
    )
    asked_on = models.DateField()
    asked_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    asked_who = models.CharField(max_length=60, blank=True)  # who asked at the hospital, of a referral down
    document = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_who = models.CharField(max_length=60, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    arrived_on = models.DateField(null=True, blank=True)
    arrived_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Gone where the absence was taken back as an error, or the stay ended on its first day.
    absence = models.ForeignKey("homes.Absence", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_note = models.CharField(max_length=200, blank=True)
    discharge = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    discharge_note = EncryptedTextField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-asked_on", "-id"]
        indexes = [
            models.Index(fields=["site", "-asked_on"], name="referral_of_site"),
            models.Index(fields=["person", "-asked_on"], name="referral_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=OPEN), name="one_open_referral_of_a_person"
            ),
            models.CheckConstraint(
                name="referral_green_by_a_contract", condition=Q(green=False) | Q(contract__isnull=False)
            ),
            models.CheckConstraint(
                name="referral_up_is_of_a_resident", condition=Q(direction="down") | Q(stay__isnull=False)
            ),
            models.CheckConstraint(
                name="referral_down_names_who_asked", condition=Q(direction="up") | ~Q(asked_who="")
            ),
            models.CheckConstraint(
                name="referral_answered_by_somebody",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answered_who="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answered_who="")),
            ),
            models.CheckConstraint(
                name="referral_is_answered_before_it_goes_on",
                condition=Q(state__in=["asked", "withdrawn"]) | Q(answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_refused_says_why", condition=~Q(state="refused") | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="referral_arrived_on_a_day",
                condition=(
                    Q(state__in=["asked", "accepted", "refused", "withdrawn"], arrived_on__isnull=True)
                    | Q(state__in=["arrived", "stayed"], arrived_on__isnull=False, direction="up")
                    | Q(state="returned", arrived_on__isnull=False)
                )
                & (Q(arrived_on__isnull=True) | Q(arrived_on__gte=F("asked_on"))),
            ),
            models.CheckConstraint(
                name="referral_ended_by_somebody",
                condition=Q(
                    state__in=["asked", "accepted", "refused", "arrived"], ended_on__isnull=True, ended_by__isnull=True
                )
                | Q(state__in=["returned", "stayed", "withdrawn"], ended_on__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="referral_comes_back_with_a_paper_or_says_why",
                condition=Q(direction="down")
                | ~Q(state="returned")
                | Q(discharge__isnull=False)
                | ~Q(end_note=""),
            ),
            models.CheckConstraint(
                name="referral_dropped_says_why", condition=~Q(state__in=["stayed", "withdrawn"]) | ~Q(end_note="")
            ),
        ]
        triggers = [
            *only(_FREE, "referral"),
            pgtrigger.Trigger(
                name="referral_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.stay_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM homes_stay s JOIN places_bed b ON b.id = s.bed_id
                        WHERE s.id = NEW.stay_id AND s.person_id = NEW.person_id AND b.site_id = NEW.site_id
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the stay is another person''s or in another home',
                            CONSTRAINT = 'referral_is_of_its_stay';
                    END IF;
                    IF NEW.contract_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM medical_contract c WHERE c.id = NEW.contract_id AND c.site_id = NEW.site_id
                            AND c.institution_id = NEW.institution_id AND NOT c.in_error
                            AND c.period @> NEW.asked_on AND (NOT NEW.green OR 'green' = ANY(c.covers))
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the contract does not cover the referral on its day',
                            CONSTRAINT = 'referral_is_covered_by_its_contract';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="referral_goes_step_by_step",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                func=f"""
                    IF NEW.state <> OLD.state AND NOT ({
                    " OR ".join(
                        f"(OLD.state = '{old}' AND NEW.state IN ({', '.join(repr(n) for n in new)}))"
                        for old, new in STEPS.items()
                    )
                } OR (OLD.direction = 'down' AND OLD.state = 'accepted' AND NEW.state = 'returned')) THEN
                        RAISE check_violation USING MESSAGE = 'a referral goes on step by step',
                            CONSTRAINT = 'referral_goes_step_by_step';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.state} {self.site_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_up(self) -> bool:
        return self.direction == self.Direction.UP
