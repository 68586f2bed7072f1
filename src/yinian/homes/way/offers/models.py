"""A bed offered to somebody who waits. While an offer stands, the database gives the bed to nobody else."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.homes.stays.models import Stay

HOLDING = ("open", "accepted")  # states in which an offer keeps its bed

HELD = """
    o.state IN ('open', 'accepted') AND o.person_id <> NEW.person_id
        AND NEW.period && daterange(o.offered_on, NULL)
"""


class Offer(models.Model):
    """A bed offered until a day. ``assumed``: the days come from no rule that was seen, and the page says so."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("offer", "To be answered")
        ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
        DECLINED = "declined", pgettext_lazy("offer", "Declined")
        EXPIRED = "expired", pgettext_lazy("offer", "Run out unanswered")
        WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Taken back")
        USED = "used", pgettext_lazy("offer", "Moved in")

    application = models.ForeignKey("homes.BedApplication", on_delete=models.PROTECT, related_name="offers")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="bed_offers")
    bed = models.ForeignKey("places.Bed", on_delete=models.PROTECT, related_name="offers")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="bed_offers")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    offered_on = models.DateField()
    offered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField(default=timezone.now)
    place = models.PositiveIntegerField(null=True, blank=True)  # the person's place when it was offered
    skipped = models.PositiveIntegerField(default=0)  # how many with a claim to this bed stood before
    why_not_first = models.CharField(max_length=300, blank=True)
    answer_by = models.DateField()
    assumed = models.BooleanField(default=False)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # of the declining or the taking back
    move_in_by = models.DateField(null=True, blank=True)  # once accepted
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "answer_by"], name="offer_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["bed"], condition=Q(state__in=HOLDING), name="bed_offered_once"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state__in=HOLDING), name="application_offered_once"
            ),
            models.CheckConstraint(
                name="offer_passes_over_for_a_reason", condition=Q(skipped=0) | ~Q(why_not_first="")
            ),
            models.CheckConstraint(
                name="offer_declined_says_why", condition=~Q(state__in=["declined", "withdrawn"]) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="offer_over_has_day", condition=Q(state="open") | Q(answered_on__isnull=False)
            ),
            models.CheckConstraint(
                name="offer_accepted_has_a_day_to_move_in",
                condition=~Q(state="accepted") | Q(move_in_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="offers_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="offer_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state NOT IN ('open', 'accepted') AND OLD.person_id = NEW.person_id"
                ),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'an offer that is over stays';",
            ),
            pgtrigger.Trigger(
                name="offer_of_a_free_bed",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                # Whoever writes about a bed locks its row first, so an offer and a stay see each other.
                func="""
                    PERFORM FROM places_bed WHERE id = NEW.bed_id FOR NO KEY UPDATE;
                    IF EXISTS (
                        SELECT FROM homes_stay s WHERE s.bed_id = NEW.bed_id
                            AND s.period && daterange(NEW.offered_on, NULL)
                    ) THEN
                        RAISE exclusion_violation USING
                            MESSAGE = 'the bed is held by a stay', CONSTRAINT = 'offer_of_a_free_bed';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bed_id} → {self.application_id}"


# The first of the triggers on stays by name: it takes the bed's lock before any other reads the bed.
pgtrigger.register(
    pgtrigger.Trigger(
        name="a_bed_on_offer_is_kept",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("bed_id", "period", "person_id"),
        func=f"""
            PERFORM FROM places_bed WHERE id = NEW.bed_id FOR NO KEY UPDATE;
            IF EXISTS (SELECT FROM homes_offer o WHERE o.bed_id = NEW.bed_id AND {HELD}) THEN
                RAISE exclusion_violation USING
                    MESSAGE = 'the bed is kept for somebody it was offered to', CONSTRAINT = 'bed_on_offer_is_kept';
            END IF;
            RETURN NEW;
        """,
    )
)(Stay)
