"""Stores of quilts, clothing and other goods: the county's and each home's, as movements that only add up.

A store is named by its county and, where it is a home's, the home. A balance is the sum of its movements, kept by
their trigger and by nothing else, and never below nothing. What the county sends leaves its store when it is sent and
arrives when the home has counted it; a difference is explained on the parcel.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.homes.care.models import lives_here

_BALANCE = """
    PERFORM set_config('yinian.storing', 'on', true);
    UPDATE homes_storebalance b SET {change}
        WHERE b.county_id = NEW.county_id AND b.site_id IS NOT DISTINCT FROM NEW.site_id AND b.good = NEW.good;
    IF NOT FOUND THEN
        INSERT INTO homes_storebalance (county_id, site_id, good, balance, wished)
            VALUES (NEW.county_id, NEW.site_id, NEW.good, {add}, {wished});
    END IF;
    PERFORM set_config('yinian.storing', '', true);
    RETURN NULL;
"""
_HOME_OF_COUNTY = """
    IF NEW.site_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM places_site s WHERE s.id = NEW.site_id AND starts_with(s.region_id, NEW.county_id)
    ) THEN
        RAISE check_violation USING MESSAGE = 'the home lies in the county', CONSTRAINT = 'store_lies_in_its_county';
    END IF;
"""


class Distribution(models.Model):
    """Goods that the county sends to its homes at one time: planned, then sent; each home confirms its parcels."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("distribution", "Being planned")
        SENT = "sent", pgettext_lazy("distribution", "Sent")
        DROPPED = "dropped", pgettext_lazy("distribution", "Dropped")

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    per_head = models.JSONField(default=dict)  # by good: how many a resident, as it was planned
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="distribution_sent_by_somebody",
                condition=Q(state="sent", sent_by__isnull=False, sent_at__isnull=False)
                | ~Q(state="sent") & Q(sent_by__isnull=True, sent_at__isnull=True),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="distributions_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="distribution_sent_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'draft'"),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Parcel(models.Model):
    """So many of one good for one home. Counted once by the home; where that differs, it says why."""

    distribution = models.ForeignKey(Distribution, on_delete=models.PROTECT, related_name="parcels")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="parcels")
    good = models.CharField(max_length=40)
    heads = models.PositiveIntegerField(default=0)  # residents on the day it was planned
    planned = models.PositiveIntegerField()
    received = models.PositiveIntegerField(null=True, blank=True)
    difference = models.CharField(max_length=200, blank=True)
    confirmed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["site__name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["distribution", "site", "good"], name="parcel_once_a_round"),
            models.CheckConstraint(
                name="parcel_counted_by_somebody_and_explained",
                condition=Q(received__isnull=True, confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(received__isnull=False, confirmed_by__isnull=False, confirmed_at__isnull=False)
                & (Q(received=F("planned")) | ~Q(difference="")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="parcel_fits_its_round", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("stands", "text"), ("pk", "bigint")],
                func="""
                    pk := CASE WHEN TG_OP = 'DELETE' THEN OLD.distribution_id ELSE NEW.distribution_id END;
                    SELECT d.state INTO stands FROM homes_distribution d WHERE d.id = pk FOR SHARE;
                    IF TG_OP = 'UPDATE' AND stands = 'sent' AND OLD.received IS NULL
                        AND to_jsonb(OLD) - '{received,difference,confirmed_by_id,confirmed_at}'::text[]
                            IS NOT DISTINCT FROM
                            to_jsonb(NEW) - '{received,difference,confirmed_by_id,confirmed_at}'::text[] THEN
                        RETURN NEW;
                    END IF;
                    IF stands <> 'draft' OR (TG_OP <> 'DELETE' AND NEW.received IS NOT NULL) THEN
                        RAISE check_violation USING MESSAGE = 'a parcel that was sent is only counted, and once',
                            CONSTRAINT = 'parcel_fits_its_round';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.good} {self.planned}"


class StoreMove(models.Model):
    """One movement of one good in one store: above 0 it comes in, below 0 it goes out. Append-only."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", pgettext_lazy("store", "Taken in")
        SEND = "send", pgettext_lazy("store", "Sent to a home")
        ARRIVE = "arrive", pgettext_lazy("store", "Arrived from the county")
        HAND = "hand", pgettext_lazy("store", "Handed to a resident")
        LOSS = "loss", pgettext_lazy("store", "Lost or scrapped")
        COUNT = "count", pgettext_lazy("store", "Stock-take")

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="store_moves"
    )
    good = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    quantity = models.IntegerField()
    on = models.DateField()
    text = models.CharField(max_length=200, blank=True)  # from whom, why, what was found
    person = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="goods_received"
    )
    parcel = models.ForeignKey(Parcel, null=True, blank=True, on_delete=models.PROTECT, related_name="moves")
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [
            models.Index(fields=["site", "good", "-on"], name="store_move_of_home"),
            models.Index(fields=["county", "-on"], name="store_move_of_county"),
            models.Index(fields=["person"], name="store_move_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                name="store_move_has_its_sign",
                condition=Q(kind__in=["receipt", "arrive"], quantity__gt=0)
                | Q(kind__in=["send", "hand", "loss"], quantity__lt=0)
                | Q(kind="count"),
            ),
            models.CheckConstraint(
                name="store_move_names_whom_it_concerns",
                condition=Q(kind="hand", person__isnull=False, site__isnull=False, parcel__isnull=True)
                | Q(kind="send", person__isnull=True, site__isnull=True, parcel__isnull=False)
                | Q(kind="arrive", person__isnull=True, site__isnull=False, parcel__isnull=False)
                | Q(kind__in=["receipt", "loss", "count"], person__isnull=True, parcel__isnull=True) & ~Q(text=""),
            ),
            models.UniqueConstraint(fields=["parcel", "kind"], name="parcel_moves_once_each_way"),
        ]
        triggers = [
            pgtrigger.Trigger(
                # Only the merging of two entries of a person may move it.
                name="store_moves_stay", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a movement stays as it was entered';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="store_move_fits", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func=f"""
                    {_HOME_OF_COUNTY}
                    IF NEW.kind = 'hand' THEN
                        {lives_here("NEW.site_id", "NEW.person_id", 'NEW."on"')}
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="store_balance_kept", when=pgtrigger.After, operation=pgtrigger.Insert,
                func=_BALANCE.format(
                    add="NEW.quantity", wished="NULL", change="balance = b.balance + NEW.quantity"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.good} {self.quantity}"


class StoreWish(models.Model):
    """How many of a good a store wishes to hold at least, and who said so. The last one counts."""

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    good = models.CharField(max_length=40)
    wished = models.PositiveIntegerField()
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="store_wishes_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="store_wish_fits", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func=f"{_HOME_OF_COUNTY} RETURN NEW;",
            ),
            pgtrigger.Trigger(
                name="store_wish_kept", when=pgtrigger.After, operation=pgtrigger.Insert,
                func=_BALANCE.format(add="0", wished="NEW.wished", change="wished = NEW.wished"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.good} {self.wished}"


class StoreBalance(models.Model):
    """What stands in a store of one good, and the level wished for. Written by movements and wishes alone."""

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        "places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="store_balances"
    )
    good = models.CharField(max_length=40)
    balance = models.IntegerField()
    wished = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["county", "site", "good"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "site", "good"], nulls_distinct=False, name="store_balance_once"
            ),
            models.CheckConstraint(name="store_is_never_below_nothing", condition=Q(balance__gte=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="store_balance_by_movements", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF current_setting('yinian.storing', true) IS DISTINCT FROM 'on' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a balance is written by its movements';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.good} {self.balance}"

    @property
    def is_low(self) -> bool:
        """Whether less is there than is wished for."""
        return self.wished is not None and self.balance < self.wished


