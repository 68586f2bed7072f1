"""Medicines: what was prescribed, and each dose given, withheld or refused."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.homes.care.models import (
    Record,
    corrects_the_same,
    lives_here,
    near_its_time,
    recorder_is_on_staff,
    written_in_time,
)


class MedicineOrder(models.Model):
    """What a doctor ordered for a resident: drug, dose, way, at which times of the day, from when until when.

    An order is not written over: it is stopped, and another entered.
    """

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="medicine_orders")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    drug = EncryptedTextField()
    dose = EncryptedTextField()
    way = models.CharField(
        max_length=10,
        choices=[
            ("oral", _("By mouth")),
            ("skin", _("On the skin")),
            ("inhaled", _("Inhaled")),
            ("injection", _("Injection")),
            ("drops", _("Drops")),
            ("other", pgettext_lazy("medicine", "Other")),
        ],
    )
    times = ArrayField(models.PositiveSmallIntegerField())
    held = DateRangeField()
    prescriber = models.CharField(max_length=60)
    prescribed_at = models.CharField(max_length=120)  # hospital or clinic
    prescribed_on = models.DateField()
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    stopped_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stop_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held"]
        indexes = [models.Index(fields=["site"], name="order_of_site")]
        constraints = [
            models.CheckConstraint(
                name="order_has_times_of_the_day",
                condition=Q(times__len__gte=1, times__len__lte=12, times__contained_by=list(range(24 * 60))),
            ),
            models.CheckConstraint(name="order_covers_a_day", condition=Q(held__isempty=False)),
            models.CheckConstraint(
                name="order_names_who_prescribed", condition=~Q(prescriber="") & ~Q(prescribed_at="")
            ),
            models.CheckConstraint(
                name="order_stopped_with_author_and_reason",
                condition=Q(stopped_by__isnull=True, stop_reason="")
                | (Q(stopped_by__isnull=False, held__upper_inf=False) & ~Q(stop_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="orders_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="order_is_only_stopped",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF to_jsonb(OLD) - '{person_id,held,stopped_by_id,stop_reason,version}'::text[]
                       IS DISTINCT FROM to_jsonb(NEW) - '{person_id,held,stopped_by_id,stop_reason,version}'::text[]
                       OR lower(OLD.held) <> lower(NEW.held)
                       OR (OLD.stopped_by_id IS NOT NULL AND NEW.stopped_by_id IS DISTINCT FROM OLD.stopped_by_id)
                    THEN
                        RAISE check_violation USING MESSAGE = 'an order is stopped, not written over',
                            CONSTRAINT = 'order_is_only_stopped';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.pk}"


class Giving(Record):
    """A dose of an order: given, withheld (why) or refused."""

    class Outcome(models.TextChoices):
        GIVEN = "given", pgettext_lazy("dose", "Given")
        WITHHELD = "withheld", pgettext_lazy("dose", "Withheld")
        REFUSED = "refused", pgettext_lazy("dose", "Refused")

    order = models.ForeignKey(MedicineOrder, on_delete=models.PROTECT, related_name="givings")
    day = models.DateField()
    slot = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=120, blank=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["day"], name="giving_of_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "day", "slot"], condition=Q(corrects__isnull=True), name="dose_recorded_once"
            ),
            models.CheckConstraint(
                name="dose_not_given_says_why",
                condition=Q(outcome="given", reason="") | (~Q(outcome="given") & ~Q(reason="")),
            ),
            *written_in_time("giving"),
        ]
        triggers = [
            pgtrigger.Protect(name="givings_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="giving_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("order_", "homes_medicineorder%ROWTYPE")],
                func=f"""
                    SELECT * INTO order_ FROM homes_medicineorder WHERE id = NEW.order_id;
                    IF NOT (NEW.slot = ANY(order_.times) AND order_.held @> NEW.day) THEN
                        RAISE check_violation USING MESSAGE = 'the dose is not ordered for that day and time',
                            CONSTRAINT = 'dose_is_ordered';
                    END IF;
                    {near_its_time("given too far from its time", "dose_is_near_its_time")}
                    {corrects_the_same("homes_giving", "order_id", "slot", "dose")}
                    {lives_here("order_.site_id", "order_.person_id", "NEW.day")}
                    {recorder_is_on_staff("order_.site_id")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.day} {self.slot}"
