"""When beds were out of use. The bed itself belongs to places; how many could be used on a day is counted from here."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from yinian.places.models import Bed, Room, Site


class BedOut(models.Model):
    """A stretch of days on which a bed could not be used. The database writes it when a bed's state changes.

    ``expected_end`` is when the bed is thought to come back; it frees nothing by itself.
    """

    bed = models.ForeignKey("places.Bed", on_delete=models.CASCADE, related_name="outs")
    period = DateRangeField()
    reason = models.CharField(max_length=200, blank=True)
    expected_end = models.DateField(null=True, blank=True)
    by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-period"]
        constraints = [
            ExclusionConstraint(
                name="bed_is_out_once_at_a_time",
                expressions=[
                    (Func(F("bed_id"), F("bed_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="bed_out_covers_a_day", condition=Q(period__isempty=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="bed_out_only_while_nobody_holds_it",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("period", "bed_id"),
                func="""
                    PERFORM 1 FROM places_bed WHERE id = NEW.bed_id FOR NO KEY UPDATE;
                    IF EXISTS (SELECT FROM homes_stay WHERE bed_id = NEW.bed_id AND period && NEW.period) THEN
                        RAISE check_violation USING MESSAGE = 'somebody holds the bed in these days',
                            CONSTRAINT = 'bed_in_use_while_held';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bed_id} {self.period}"


class StatedBed(Bed):
    """The bed as this room watches it: each change of its state leaves its days behind."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="days_out_of_use_are_kept",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                func="""
                    DECLARE
                        today date := (now() AT TIME ZONE 'Asia/Shanghai')::date;
                        since date := today;
                    BEGIN
                        IF NEW.state = 'out' AND (TG_OP = 'INSERT' OR OLD.state <> 'out') THEN
                            IF TG_OP = 'INSERT' THEN
                                since := coalesce(NEW.since, today);
                            END IF;
                            INSERT INTO homes_bedout (bed_id, period, reason)
                                VALUES (NEW.id, daterange(since, NULL), NEW.note);
                        ELSIF NEW.state <> 'out' AND TG_OP = 'UPDATE' AND OLD.state = 'out' THEN
                            DELETE FROM homes_bedout
                                WHERE bed_id = NEW.id AND upper_inf(period) AND lower(period) >= today;
                            UPDATE homes_bedout SET period = daterange(lower(period), today)
                                WHERE bed_id = NEW.id AND upper_inf(period);
                        END IF;
                        RETURN NULL;
                    END;
                """,
            ),
        ]


class WatchedRoom(Room):
    """The room as this room of the house watches it: it is not set aside for a sex while the other lives in it."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="room_stays_for_those_in_it",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("sex"),
                condition=pgtrigger.Q(new__sex__in=["female", "male"]),
                func="""
                    IF EXISTS (
                        SELECT FROM homes_stay s JOIN places_bed b ON b.id = s.bed_id
                            JOIN people_person p ON p.id = s.person_id
                        WHERE b.room_id = NEW.id AND upper_inf(s.period)
                            AND p.sex IN ('female', 'male') AND p.sex <> NEW.sex
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'somebody of the other sex lives in the room',
                            CONSTRAINT = 'room_is_for_its_sex';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]


class WatchedSite(Site):
    """The home as this room watches it: it does not close over its residents."""

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="home_with_residents_does_not_close",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(new__state="closed") & ~pgtrigger.Q(old__state="closed"),
                func="""
                    IF EXISTS (
                        SELECT FROM homes_stay s JOIN places_bed b ON b.id = s.bed_id
                        WHERE b.site_id = NEW.id AND upper_inf(s.period)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'somebody still lives in the home',
                            CONSTRAINT = 'home_closes_when_empty';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
