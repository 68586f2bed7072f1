"""What a home's kitchen works by: the diets of residents, the dishes and the menu of each day, who ate how much.

A diet is the person's, wherever it was entered: an allergy goes along to the next home.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
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

# What an entry may change once it stands: it is ended, never written over. ``person_id``: two entries become one.
_ENDED = "{person_id,held,stopped_by_id,stop_reason,version}"


class Diet(models.Model):
    """One thing ordered for a resident's meals from a day to a day: a texture, a limit, or an allergy.

    ``strand`` is what holds once at a time: all textures are one, each limit and allergy its own.
    """

    class Origin(models.TextChoices):
        DOCTOR = "doctor", _("The doctor")
        ASSESSMENT = "assessment", _("The home, after assessment")
        FAMILY = "family", _("The family")
        SELF = "self", pgettext_lazy("diet", "The person")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="diets")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    strand = models.CharField(max_length=20)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    held = DateRangeField()
    reason = models.CharField(max_length=200)
    note = EncryptedTextField(null=True, blank=True)
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    stopped_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stop_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held"]
        constraints = [
            ExclusionConstraint(
                name="one_diet_of_a_kind_at_a_time",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            Func(F("strand"), function="hashtext"),
                            Func(F("strand"), function="hashtext"),
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="diet_covers_a_day", condition=Q(held__isempty=False)),
            models.CheckConstraint(name="diet_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="diet_is_of_a_strand", condition=Q(strand="texture") | Q(strand=F("kind"))),
            models.CheckConstraint(
                name="diet_stopped_with_author_and_reason",
                condition=Q(stopped_by__isnull=True, stop_reason="")
                | (Q(stopped_by__isnull=False, held__upper_inf=False) & ~Q(stop_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="diet_is_only_ended",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF to_jsonb(OLD) - '{_ENDED}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{_ENDED}'::text[]
                       OR lower(OLD.held) <> lower(NEW.held) THEN
                        RAISE check_violation USING MESSAGE = 'a diet is ended, not written over',
                            CONSTRAINT = 'diet_is_only_ended';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="diet_is_of_a_resident",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"{lives_here('NEW.site_id', 'NEW.person_id', 'lower(NEW.held)')} RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id}"


class Dish(models.Model):
    """A dish of a home's kitchen: what it contains that somebody may be allergic to, and for which diets it is fit.

    ``allergens`` None: nobody has said yet, which is not the same as none.
    """

    site = models.ForeignKey("places.Site", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    allergens = ArrayField(models.CharField(max_length=20), null=True, blank=True)
    unfit = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    changed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="dish_once_a_home"),
            models.CheckConstraint(name="dish_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Menu(models.Model):
    """What a home serves at one meal of one day; residents and families see it once it is published."""

    site = models.ForeignKey("places.Site", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    meal = models.CharField(max_length=20)
    dishes = models.ManyToManyField(Dish, through="MenuDish", related_name="menus")
    published_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["day", "meal"]
        constraints = [
            models.UniqueConstraint(fields=["site", "day", "meal"], name="one_menu_a_meal"),
            models.CheckConstraint(
                name="menu_published_by_somebody",
                condition=Q(published_by__isnull=True, published_at__isnull=True)
                | Q(published_by__isnull=False, published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day} {self.meal}"


class MenuDish(models.Model):
    """A dish of a menu, in its place."""

    menu = models.ForeignKey(Menu, on_delete=models.CASCADE, related_name="lines")
    dish = models.ForeignKey(Dish, on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["menu", "dish"], name="dish_once_a_menu"),
            models.UniqueConstraint(fields=["menu", "place"], name="place_once_a_menu"),
        ]

    def __str__(self) -> str:
        return f"{self.menu_id} {self.place}"


class Intake(Record):
    """How much of a meal a resident ate, recorded at the bedside; less than all says why."""

    class Amount(models.TextChoices):
        ALL = "all", pgettext_lazy("meal", "All")
        HALF = "half", pgettext_lazy("meal", "About half")
        LITTLE = "little", pgettext_lazy("meal", "A little")
        NONE = "none", pgettext_lazy("meal", "Refused")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="intakes")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    meal = models.CharField(max_length=20)
    slot = models.PositiveSmallIntegerField()  # the minute of the day at which the meal was served
    amount = models.CharField(max_length=6, choices=Amount.choices)
    reason = models.CharField(max_length=20, blank=True)
    note = EncryptedTextField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )

    class Meta:
        ordering = ["-day", "-slot"]
        indexes = [
            models.Index(fields=["site", "-day", "-slot"], name="intake_of_site"),
            models.Index(fields=["person", "-day", "-slot"], name="intake_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "day", "meal"], condition=Q(corrects__isnull=True), name="meal_recorded_once"
            ),
            models.CheckConstraint(
                name="not_eaten_says_why",
                condition=Q(amount="all", reason="") | (Q(amount__in=["half", "little", "none"]) & ~Q(reason="")),
            ),
            *written_in_time("intake"),
        ]
        triggers = [
            pgtrigger.Protect(name="intakes_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="intake_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                # Merging two entries of one person moves their records, and changes nothing else.
                func="""
                    IF to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE check_violation USING MESSAGE = 'what was eaten is not written over',
                            CONSTRAINT = 'intake_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="intake_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    {near_its_time("eaten too far from its time", "meal_is_near_its_time")}
                    {corrects_the_same("homes_intake", "person_id", "meal", "meal")}
                    {lives_here("NEW.site_id", "NEW.person_id", "NEW.day")}
                    {recorder_is_on_staff("NEW.site_id")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.day} {self.meal}"
