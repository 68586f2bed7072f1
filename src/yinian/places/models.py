"""Organisations and their sites, rooms, beds and prices. Who lies in a bed is the homes room's business."""

import pghistory
import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Organisation(models.Model):
    """A legal person or public body that runs sites."""

    class Kind(models.TextChoices):
        PUBLIC = "public", _("Public institution")
        COMPANY = "company", _("Company")
        NON_PROFIT = "non_profit", _("Private non-profit unit")
        VILLAGE = "village", _("Village or community")
        ASSOCIATION = "association", _("Older people's association")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    credit_code = models.CharField(max_length=18, blank=True)  # 统一社会信用代码, GB 32100
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"], condition=~Q(credit_code=""), name="organisation_credit_code_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Site(models.Model):
    """A place where care happens: a home, a station, a hamlet point, a meal point, the guidance centre.

    ``opened_on`` is the day it first opened, ``state_since`` since when it is in its present state; either may not be
    known. What they say of the past is kept in :class:`OpenDays` by the database.
    """

    class Kind(models.TextChoices):
        HOME = "home", _("Care home")
        STATION = "station", _("Home-care station")
        HAMLET_POINT = "hamlet_point", _("Hamlet mutual-aid point")
        MEAL_POINT = "meal_point", _("Meal point")
        CENTRE = "centre", _("Guidance centre")

    class Ownership(models.TextChoices):
        PUBLIC = "public", _("Publicly built and run")
        PUBLIC_PRIVATE = "public_private", _("Publicly built, privately run")
        PRIVATE = "private", _("Privately built and run")
        STATE_COMPANY = "state_company", _("Built by a state company, publicly run")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("site", "Open")
        BUILDING = "building", _("Being built")
        SUSPENDED = "suspended", pgettext_lazy("site", "Suspended")
        CLOSED = "closed", pgettext_lazy("site", "Closed")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=120)
    name_initials = models.CharField(max_length=60, blank=True)
    ownership = models.CharField(max_length=20, choices=Ownership.choices, default=Ownership.PUBLIC)
    urban = models.BooleanField(default=False)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=30, blank=True)  # the site's office, not a person's
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    schematic = models.BooleanField(default=False)  # the position is drawn, not surveyed
    opening_hours = models.CharField(max_length=120, blank=True)
    licence_number = models.CharField(max_length=60, blank=True)  # 备案号
    licence_expires = models.DateField(null=True, blank=True)
    opened_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    state_since = models.DateField(null=True, blank=True)
    levels = models.JSONField(default=list)  # ability levels it takes, 0–4
    filed_beds = models.PositiveIntegerField(default=0)  # 备案床位, to hold against the real beds
    note = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "region"], name="site_kind_region")]
        constraints = [
            models.CheckConstraint(
                name="site_position_is_whole",
                # Without the two "is not null" a half position would make the check unknown, and unknown passes.
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__isnull=False, lon__isnull=False, lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="site_keeps_its_open_days",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "state_since", "opened_on"),
                declare=[("day_", "date")],
                func="""
                    day_ := COALESCE(NEW.state_since, (now() AT TIME ZONE 'Asia/Shanghai')::date);
                    IF TG_OP = 'INSERT' THEN
                        IF NEW.state = 'open' THEN
                            INSERT INTO places_opendays (site_id, period)
                                VALUES (NEW.id, daterange(COALESCE(NEW.opened_on, NEW.state_since), NULL));
                        ELSIF NEW.opened_on < NEW.state_since THEN
                            INSERT INTO places_opendays (site_id, period)
                                VALUES (NEW.id, daterange(NEW.opened_on, NEW.state_since));
                        END IF;
                        RETURN NULL;
                    END IF;
                    IF NEW.opened_on IS DISTINCT FROM OLD.opened_on THEN
                        UPDATE places_opendays SET period = daterange(NEW.opened_on, upper(period))
                            WHERE site_id = NEW.id AND lower(period) IS NOT DISTINCT FROM OLD.opened_on
                                AND (NEW.opened_on IS NULL OR upper_inf(period) OR NEW.opened_on < upper(period));
                    END IF;
                    IF OLD.state = 'open' AND NEW.state <> 'open' THEN
                        DELETE FROM places_opendays
                            WHERE site_id = NEW.id AND upper_inf(period) AND lower(period) >= day_;
                        UPDATE places_opendays SET period = daterange(lower(period), day_)
                            WHERE site_id = NEW.id AND upper_inf(period);
                    ELSIF OLD.state <> 'open' AND NEW.state = 'open' THEN
                        IF NEW.state_since IS NULL AND NEW.opened_on IS NOT NULL
                            AND NOT EXISTS (SELECT FROM places_opendays WHERE site_id = NEW.id) THEN
                            day_ := NEW.opened_on;
                        END IF;
                        INSERT INTO places_opendays (site_id, period) VALUES (NEW.id, daterange(day_, NULL));
                    ELSIF NEW.state <> 'open' AND NEW.state = OLD.state AND NEW.state_since <> OLD.state_since THEN
                        UPDATE places_opendays SET period = daterange(lower(period), NEW.state_since)
                            WHERE site_id = NEW.id AND upper(period) = OLD.state_since
                                AND (lower_inf(period) OR lower(period) < NEW.state_since);
                    ELSIF NEW.state = 'open' AND OLD.state = 'open' AND NEW.state_since <> OLD.state_since THEN
                        UPDATE places_opendays SET period = daterange(NEW.state_since, NULL)
                            WHERE site_id = NEW.id AND upper_inf(period) AND lower(period) = OLD.state_since;
                    END IF;
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.name


class OpenDays(models.Model):
    """Days over which a site was open, the last of them without an end while it is. Written by the database alone, from
    the site's state; without a beginning where nobody said since when it is open."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="open_days")
    period = DateRangeField()

    class Meta:
        ordering = ["site", "period"]
        constraints = [
            ExclusionConstraint(
                name="site_is_open_once_at_a_time",
                expressions=[
                    (Func(F("site_id"), F("site_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="open_days_cover_a_day", condition=Q(period__isempty=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="open_days_follow_the_site",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                # Depth 1 is this trigger alone: whoever wrote was no trigger of the site.
                func="""
                    IF pg_trigger_depth() < 2 THEN
                        RAISE check_violation USING MESSAGE = 'the days a site was open follow its state',
                            CONSTRAINT = 'open_days_follow_the_site';
                    END IF;
                    RETURN COALESCE(NEW, OLD);
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.period}"


class Room(models.Model):
    """A room of a site. ``sex`` is for whom it is set aside; empty where nothing was said."""

    class Sex(models.TextChoices):
        FEMALE = "female", pgettext_lazy("room", "Women")
        MALE = "male", pgettext_lazy("room", "Men")
        MIXED = "mixed", pgettext_lazy("room", "Couples and mixed")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="rooms")
    building = models.CharField(max_length=40, blank=True)
    floor = models.SmallIntegerField(default=1)
    name = models.CharField(max_length=40)
    sex = models.CharField(max_length=8, choices=Sex.choices, blank=True)

    class Meta:
        ordering = ["building", "floor", "name"]
        constraints = [models.UniqueConstraint(fields=["site", "building", "name"], name="room_named_once")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Bed(models.Model):
    """A bed in a room; or (kind home) a home care bed that a site looks after in somebody's own home; or (kind day) a
    place for one person by day. Only a bed in a room is counted as a bed of the site.

    ``since`` is the day it was first there; when it was out of use, the homes room knows.
    """

    class Kind(models.TextChoices):
        NURSING = "nursing", _("Nursing bed")
        PLAIN = "plain", _("Plain bed")
        HOME = "home", _("Home care bed")
        DAY = "day", _("Day place")

    class State(models.TextChoices):
        USABLE = "usable", _("Usable")
        OUT = "out", _("Out of use")

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="beds")
    room = models.ForeignKey(Room, null=True, blank=True, on_delete=models.PROTECT, related_name="beds")
    label = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.USABLE)
    since = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["room__floor", "room__name", "label"]
        indexes = [models.Index(fields=["site", "kind", "state"], name="bed_of_site")]
        constraints = [
            models.UniqueConstraint(fields=["site", "label"], name="bed_labelled_once"),
            models.CheckConstraint(
                name="bed_stands_in_a_room_unless_at_home",
                condition=Q(kind__in=["home", "day"], room__isnull=True)
                | Q(room__isnull=False) & ~Q(kind__in=["home", "day"]),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Price(models.Model):
    """What a site charges: whole fen for one unit, from a date on.

    ``bed_kind`` and ``levels`` say for which beds and ability levels it holds; empty, for all.
    """

    class Category(models.TextChoices):
        BED = "bed", pgettext_lazy("price", "Bed")
        CARE = "care", pgettext_lazy("price", "Care")
        MEAL = "meal", pgettext_lazy("price", "Meals")
        OTHER = "other", pgettext_lazy("price", "Other")

    class Basis(models.TextChoices):
        GUIDED = "guided", _("Set or guided by the government")
        CONTRACT = "contract", _("By the contract of operation")
        MARKET = "market", _("Set by the home")

    class Unit(models.TextChoices):
        MONTH = "month", _("a month")
        DAY = "day", _("a day")
        MEAL = "meal", _("a meal")
        TIME = "time", _("a time")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="prices")
    item = models.CharField(max_length=60)
    amount_fen = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.MONTH)
    category = models.CharField(max_length=6, choices=Category.choices, default=Category.OTHER)
    bed_kind = models.CharField(max_length=10, choices=Bed.Kind.choices, blank=True)
    levels = models.JSONField(default=list, blank=True)  # ability levels 0–4
    basis = models.CharField(max_length=8, choices=Basis.choices, blank=True)
    document = models.CharField(max_length=120, blank=True)  # that sets or guides it, or the contract
    announced_on = models.DateField(null=True, blank=True)
    from_date = models.DateField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["item", "-from_date"]
        constraints = [
            models.UniqueConstraint(fields=["site", "item", "from_date"], name="price_set_once_a_day"),
            models.CheckConstraint(
                name="price_announced_before_it_holds",
                condition=Q(announced_on__isnull=True) | Q(announced_on__lte=F("from_date")),
            ),
            models.CheckConstraint(
                name="price_guided_names_its_document",
                # What was taken over from a list may lack it; whoever sets a guided price names it.
                condition=~Q(basis="guided") | ~Q(document="") | Q(synthetic=True),
            ),
        ]
        indexes = [models.Index(OpClass("item", "text_pattern_ops"), name="price_item_prefix")]

    def __str__(self) -> str:
        return f"{self.item} {self.amount_fen}"
