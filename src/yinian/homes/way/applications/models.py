"""Who wishes for a bed in a home: the application with its wishes, its steps, its place among those who wait.

The place follows from the pack's rule alone. The database holds that an urgent lift, the one exception, has two humans
behind it, that steps and changes of place are never rewritten, and that one person has one application open.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.core.hands import one_stage_a_human
from yinian.homes.stays.models import Stay

OVER = ("refused", "withdrawn", "closed", "admitted")


class BedApplication(models.Model):
    """One person's wish for a bed. ``due_on`` is the day by which the present state must have been acted upon.

    ``lodged_on`` is the day of the application, ``since`` the day that counts among equals: moved on by the rule about
    declined offers. ``place`` is the place on the county's list while ``waiting``, None otherwise.
    """

    class Channel(models.TextChoices):
        PERSON = "person", pgettext_lazy("application", "The person")
        FAMILY = "family", pgettext_lazy("application", "The family")
        VILLAGE = "village", pgettext_lazy("application", "The village for the person")
        HOME = "home", pgettext_lazy("application", "At the home's desk")
        HOSPITAL = "hospital", pgettext_lazy("application", "Discharge from hospital")
        OFFICE = "office", pgettext_lazy("application", "At the office")

    Kind = Stay.Kind

    class BedKind(models.TextChoices):
        ANY = "", pgettext_lazy("bed", "Any kind of bed")
        NURSING = "nursing", _("Nursing bed")
        PLAIN = "plain", _("Plain bed")

    class State(models.TextChoices):
        LODGED = "lodged", pgettext_lazy("bed application", "Lodged, to be decided")
        RETURNED = "returned", pgettext_lazy("bed application", "Returned for supplement")
        LEVEL = "level", pgettext_lazy("bed application", "Waiting for the ability assessment")
        WAITING = "waiting", pgettext_lazy("bed application", "On the waiting list")
        OFFERED = "offered", pgettext_lazy("bed application", "Bed offered")
        ACCEPTED = "accepted", pgettext_lazy("bed application", "Offer accepted")
        INTAKE = "intake", pgettext_lazy("bed application", "Being taken in")
        ADMITTED = "admitted", pgettext_lazy("bed application", "Moved in")
        REFUSED = "refused", pgettext_lazy("bed application", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("bed application", "Withdrawn")
        CLOSED = "closed", pgettext_lazy("bed application", "Closed: died or moved away")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="bed_applications")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")  # who answers for the person
    channel = models.CharField(max_length=10, choices=Channel.choices)
    desk = models.ForeignKey("places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Stay.Kind.choices, default=Stay.Kind.LONG)
    bed_kind = models.CharField(max_length=10, choices=BedKind.choices, blank=True, default="")
    trial_first = models.BooleanField(default=False)
    near = models.ForeignKey("core.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    near_whom = EncryptedTextField(null=True, blank=True)  # the kin who live there, in the applicant's words
    spouse = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # wishes to live together with them
    urgent = models.BooleanField(default=False)
    urgent_reason = EncryptedTextField(null=True, blank=True)
    note = EncryptedTextField(null=True, blank=True)
    contact = EncryptedTextField(null=True, blank=True)  # who is told, and by which telephone
    state = models.CharField(max_length=10, choices=State.choices, default=State.LODGED)
    rules = models.JSONField(default=dict)  # days, what declining does, how to object, as they stood at the lodging
    lodged_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    lodged_at = models.DateTimeField(default=timezone.now)
    lodged_on = models.DateField()
    accepted_on = models.DateField(null=True, blank=True)
    since = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(null=True, blank=True)  # ability level as it is known
    class_id = models.CharField(max_length=80, blank=True)
    class_label = models.JSONField(default=dict)
    class_order = models.PositiveSmallIntegerField(null=True, blank=True)
    unknown = models.JSONField(default=list)  # facts that are not known and could put the person further ahead
    stood_at = models.DateTimeField(null=True, blank=True)  # when the class was last worked out
    place = models.PositiveIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of the return, the refusal, the withdrawal, the closing
    not_taken = models.PositiveSmallIntegerField(default=0)  # offers declined or run out
    ended_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["region", "state"], name="bed_application_in_region"),
            models.Index(fields=["person"], name="bed_application_of_person"),
            models.Index(fields=["state", "due_on"], name="bed_application_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(state__in=OVER), name="bed_application_open_once"
            ),
            models.CheckConstraint(
                name="bed_application_over_has_day", condition=~Q(state__in=OVER) | Q(ended_on__isnull=False)
            ),
            models.CheckConstraint(
                name="bed_application_says_why",
                condition=~Q(state__in=["returned", "refused", "withdrawn", "closed"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="bed_application_urgent_says_why", condition=Q(urgent=False) | Q(urgent_reason__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bed_applications_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="bed_application_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                # Merged entries may still give their applications to the one that stays.
                condition=pgtrigger.Condition(
                    "OLD.state IN ('refused', 'withdrawn', 'closed', 'admitted') AND OLD.person_id = NEW.person_id"
                ),
                func="""
                    IF to_jsonb(OLD) - 'place' IS DISTINCT FROM to_jsonb(NEW) - 'place' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'an application that is over stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="who_waits_has_a_place",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "place"),
                timing=pgtrigger.Deferred,
                # Asked at commit of what stands then: the list is put in order in the transaction of the change.
                func="""
                    IF EXISTS (SELECT FROM homes_bedapplication a WHERE a.id = NEW.id
                            AND (a.state = 'waiting') <> (a.place IS NOT NULL)) THEN
                        RAISE check_violation USING MESSAGE = 'who waits has a place, who does not has none',
                            CONSTRAINT = 'who_waits_has_a_place';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER


class BedWish(models.Model):
    """A home that is wanted, in order, or not wanted at all."""

    application = models.ForeignKey(BedApplication, on_delete=models.CASCADE, related_name="wishes")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(null=True, blank=True)  # 1 is wanted most; null: not wanted

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["application", "site"], name="bed_wish_once_a_home"),
            models.UniqueConstraint(
                fields=["application", "rank"], condition=Q(rank__isnull=False), name="bed_wish_one_a_rank"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.site_id}"


class BedStep(models.Model):
    """What somebody did with an application."""

    application = models.ForeignKey(BedApplication, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=12)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)
    due_on = models.DateField(null=True, blank=True)  # by when it was to be done

    class Meta:
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="bed_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.application_id} {self.verb}"


class PlaceChange(models.Model):
    """A change of place on the list, and why. Places are None before the first and after the last."""

    class Why(models.TextChoices):
        JOINED = "joined", pgettext_lazy("place", "Came onto the list")
        LEFT = "left", pgettext_lazy("place", "Left the list")
        FACTS = "facts", pgettext_lazy("place", "Another class by what is known now")
        DAY = "day", pgettext_lazy("place", "Counts from another day")
        LIFT = "lift", pgettext_lazy("place", "Lifted for urgency by two officers")
        OTHERS = "others", pgettext_lazy("place", "Others before came, left or moved")
        RULE = "rule", pgettext_lazy("place", "The rule of the order changed")

    application = models.ForeignKey(BedApplication, on_delete=models.PROTECT, related_name="places")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=8, choices=Why.choices)
    before = models.PositiveIntegerField(null=True, blank=True)
    after = models.PositiveIntegerField(null=True, blank=True)
    class_id = models.CharField(max_length=80, blank=True)  # the class it stands in now
    left = models.PositiveIntegerField(default=0)
    came = models.PositiveIntegerField(default=0)
    passed = models.PositiveIntegerField(default=0)
    fell = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["application", "id"], name="place_changes_of")]
        constraints = [
            models.CheckConstraint(
                name="place_changed_by_others_adds_up",
                condition=~Q(why="others")
                | Q(after=models.F("before") - models.F("left") - models.F("fell") + models.F("came")
                    + models.F("passed")),
            ),
        ]
        triggers = [pgtrigger.Protect(name="place_changes_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.application_id} {self.before} → {self.after}"


class Lift(models.Model):
    """An urgent lift: one officer proposes it with the reason and evidence, another confirms or rejects it."""

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("lift", "Proposed")
        CONFIRMED = "confirmed", pgettext_lazy("lift", "Confirmed")
        REJECTED = "rejected", pgettext_lazy("lift", "Rejected")

    application = models.ForeignKey(BedApplication, on_delete=models.PROTECT, related_name="lifts")
    reason = EncryptedTextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    made_on = models.DateField()
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(state__in=["proposed", "confirmed"]), name="lift_stands_once"
            ),
            models.CheckConstraint(
                name="lift_decided_has_day", condition=Q(state="proposed") | Q(decided_on__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="lifts_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="lift_has_two_humans",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state = 'confirmed'"),
                func="""
                    IF (SELECT count(DISTINCT s.human_key) FROM homes_liftstep s
                        WHERE s.lift_id = NEW.id AND s.stage IN ('make', 'check')) < 2 THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'an urgent lift takes two officers', CONSTRAINT = 'lift_has_two_humans';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.state}"


class LiftStep(models.Model):
    """Who proposed a lift, who checked it."""

    lift = models.ForeignKey(Lift, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=8)  # make, check
    verb = models.CharField(max_length=10)  # propose, confirm, reject
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    human_key = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["lift", "stage"], name="lift_step_once")]
        triggers = [
            pgtrigger.Protect(name="lift_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            one_stage_a_human(
                decided="homes_lift", steps="homes_liftstep", key="lift_id", what="an urgent lift",
                constraint="lift_one_stage_a_human", condition="NEW.human_key IS NOT NULL",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lift_id} {self.verb}"
