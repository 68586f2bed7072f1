"""Who lives in which bed, and at what care level. The bed belongs to places, the person to people; a stay joins them.

A change of bed, of home or of kind ends one stay and begins the next, which ``follows`` it: each row is one bed, one
kind, one stretch of days, as bills and occupancy count them.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.engines.staffing import GROUPS


def _once(column: str) -> list[tuple[str | Func, str]]:
    """One row of ``column`` at a time: the two halves of an exclusion that needs no extension."""
    return [
        (Func(F(column), F(column), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
        ("period", RangeOperators.OVERLAPS),
    ]


class Stay(models.Model):
    """A person in a bed (or a day place) over a stretch of days. The database refuses either twice at one time.

    ``expected_end`` is agreed, ``latest_end`` what the place's rule allowed at admission (None: it says nothing).
    """

    class Kind(models.TextChoices):
        LONG = "long", _("Long stay")
        TRIAL = "trial", _("Trial stay")
        RESPITE = "respite", _("Respite stay")
        DAY = "day", _("Day care")

    class Basis(models.TextChoices):
        TEKUN = "tekun", _("Central support of the destitute")
        DISABLED = "disabled", _("Disabled, under guarantee")
        PRIVATE = "private", _("Private resident")

    class End(models.TextChoices):
        HOME = "home", pgettext_lazy("why a stay ended", "Went home")
        HOSPITAL = "hospital", pgettext_lazy("why a stay ended", "Went to hospital for long")
        OTHER_HOME = "other_home", pgettext_lazy("why a stay ended", "Went to a home elsewhere")
        WISH = "wish", pgettext_lazy("why a stay ended", "Own wish")
        BREACH = "breach", pgettext_lazy("why a stay ended", "Agreement broken")
        DEATH = "death", pgettext_lazy("why a stay ended", "Died")
        BED = "bed", pgettext_lazy("why a stay ended", "Changed bed")
        TRANSFER = "transfer", pgettext_lazy("why a stay ended", "Transferred")
        KIND = "kind", pgettext_lazy("why a stay ended", "Kind of stay changed")

    SHORT = (Kind.TRIAL, Kind.RESPITE)
    MOVES = (End.BED, End.TRANSFER, End.KIND)
    LEAVINGS = (End.HOME, End.HOSPITAL, End.OTHER_HOME, End.WISH, End.BREACH, End.DEATH)

    bed = models.ForeignKey("places.Bed", on_delete=models.PROTECT, related_name="stays")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="stays")
    period = DateRangeField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LONG)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    expected_end = models.DateField(null=True, blank=True)
    latest_end = models.DateField(null=True, blank=True)
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    admitted_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    admitted_at = models.DateTimeField(default=timezone.now)
    end_kind = models.CharField(max_length=10, choices=End.choices, blank=True)
    left_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    left_at = models.DateTimeField(null=True, blank=True)
    leave_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-period"]
        indexes = [models.Index(fields=["bed", "kind"], name="stay_of_bed")]
        constraints = [
            ExclusionConstraint(name="bed_holds_one_person_at_a_time", expressions=_once("bed_id")),
            ExclusionConstraint(name="person_lies_in_one_bed_at_a_time", expressions=_once("person_id")),
            models.CheckConstraint(name="stay_covers_a_day", condition=Q(period__isempty=False)),
            models.CheckConstraint(
                name="stay_ends_for_a_reason",
                condition=Q(period__upper_inf=True, end_kind="") | Q(period__upper_inf=False) & ~Q(end_kind=""),
            ),
            models.CheckConstraint(
                name="short_stay_has_an_end_in_sight",
                condition=~Q(kind__in=["trial", "respite"]) | Q(expected_end__isnull=False),
            ),
            models.CheckConstraint(
                name="short_stay_keeps_to_its_days",
                condition=Q(latest_end__isnull=True)
                | Q(expected_end__isnull=True)
                | Q(expected_end__lte=F("latest_end")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="bed_can_take_the_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("bed_id", "period", "kind"),
                declare=[("bed_kind", "text"), ("home", "text"), ("room_for", "text"), ("whose", "text")],
                func="""
                    SELECT b.kind, s.state INTO bed_kind, home
                        FROM places_bed b JOIN places_site s ON s.id = b.site_id WHERE b.id = NEW.bed_id FOR SHARE;
                    SELECT r.sex INTO room_for
                        FROM places_room r JOIN places_bed b ON b.room_id = r.id WHERE b.id = NEW.bed_id FOR SHARE OF r;
                    SELECT p.sex INTO whose FROM people_person p WHERE p.id = NEW.person_id;
                    IF room_for IN ('female', 'male') AND whose IN ('female', 'male') AND whose <> room_for
                        AND upper_inf(NEW.period) THEN
                        RAISE check_violation USING MESSAGE = 'the room is set aside for the other sex',
                            CONSTRAINT = 'room_is_for_its_sex';
                    END IF;
                    IF (NEW.kind = 'day') <> (bed_kind = 'day') THEN
                        RAISE check_violation USING MESSAGE = 'day care takes a day place, a stay by night a bed',
                            CONSTRAINT = 'day_care_takes_a_day_place';
                    END IF;
                    IF home <> 'open' AND upper_inf(NEW.period)
                        AND (TG_OP = 'INSERT' OR OLD.bed_id <> NEW.bed_id) THEN
                        RAISE check_violation USING MESSAGE = 'the home is not open',
                            CONSTRAINT = 'stay_in_an_open_home';
                    END IF;
                    IF EXISTS (SELECT FROM homes_bedout WHERE bed_id = NEW.bed_id AND period && NEW.period) THEN
                        RAISE check_violation USING MESSAGE = 'the bed is out of use in these days',
                            CONSTRAINT = 'bed_in_use_while_held';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="days_within_the_stay_stay_within",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("period"),
                func="""
                    IF EXISTS (SELECT FROM homes_absence WHERE stay_id = NEW.id AND NOT period <@ NEW.period)
                        OR EXISTS (SELECT FROM homes_staylevel WHERE stay_id = NEW.id AND NOT period <@ NEW.period)
                    THEN
                        RAISE check_violation USING MESSAGE = 'an absence or a care level lies within its stay',
                            CONSTRAINT = 'lies_within_its_stay';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="who_moves_arrives",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT FROM homes_stay a WHERE a.id IN (NEW.id, OLD.follows_id)
                            AND a.end_kind IN ('bed', 'transfer', 'kind')
                            AND NOT EXISTS (
                                SELECT FROM homes_stay b WHERE b.follows_id = a.id AND b.person_id = a.person_id
                                    AND lower(b.period) = upper(a.period))
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a person who moves arrives the same day',
                            CONSTRAINT = 'stay_moved_on_is_followed';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} @ {self.bed_id}"


class StayLevel(models.Model):
    """At what level of care somebody was looked after over some days of a stay; days without one are unknown.

    ``level`` is a group of the care book (`data/carework/carework.yaml`): how much a person can do alone.
    """

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="levels")
    level = models.CharField(max_length=20)
    period = DateRangeField()
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["period"]
        constraints = [
            ExclusionConstraint(name="stay_has_one_level_at_a_time", expressions=_once("stay_id")),
            models.CheckConstraint(name="level_covers_a_day", condition=Q(period__isempty=False)),
            models.CheckConstraint(name="level_is_a_group_of_care", condition=Q(level__in=list(GROUPS))),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="level_lies_within_its_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("period", "stay_id"),
                func="""
                    PERFORM 1 FROM homes_stay WHERE id = NEW.stay_id AND NEW.period <@ period FOR SHARE;
                    IF NOT FOUND THEN
                        RAISE check_violation USING MESSAGE = 'a care level lies within its stay',
                            CONSTRAINT = 'lies_within_its_stay';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stay_id} {self.level}"
