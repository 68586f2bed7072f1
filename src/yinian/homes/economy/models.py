"""A home's garden and animals: what is grown or kept, what was harvested, what became of it.

Residents may help because they like to; nothing here is work that anybody owes, so a helper is a name and no hours.
What was entered stays; a slip is taken back with its reason and then counts no more.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.homes.care.models import lives_here

_VOIDED = "'{voided_at,voided_by_id,void_reason}'::text[]"
_ONLY_TAKEN_BACK = f"""
    IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL
        OR to_jsonb(OLD) - {_VOIDED} IS DISTINCT FROM to_jsonb(NEW) - {_VOIDED} THEN
        RAISE check_violation USING MESSAGE = 'what was entered is only taken back', CONSTRAINT = 'only_taken_back';
    END IF;
    RETURN NEW;
"""
# The lock makes two entries of one holding, written at one moment, see each other.
_ENOUGH = """
    PERFORM FROM homes_holding h WHERE h.id = NEW.holding_id FOR NO KEY UPDATE;
    IF (SELECT coalesce(sum(u.amount), 0) FROM homes_produceuse u
        WHERE u.holding_id = NEW.holding_id AND u.unit = NEW.unit AND u.voided_at IS NULL)
        > (SELECT coalesce(sum(h.amount), 0) FROM homes_harvest h
        WHERE h.holding_id = NEW.holding_id AND h.unit = NEW.unit AND h.voided_at IS NULL) THEN
        RAISE check_violation USING MESSAGE = 'no more is used than was harvested',
            CONSTRAINT = 'no_more_used_than_harvested';
    END IF;
    RETURN NULL;
"""


def _taken_back(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{name}_taken_back_with_reason",
        condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
        | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason=""),
    )


class Unit(models.TextChoices):
    """What a harvest is counted in."""

    KG = "kg", pgettext_lazy("harvest", "kg")
    PIECE = "piece", pgettext_lazy("harvest", "pieces")


class Holding(models.Model):
    """Something sown on a plot, or animals kept, from a day on. ``size`` is square metres, of animals heads."""

    class Kind(models.TextChoices):
        PLOT = "plot", _("Garden plot")
        ANIMALS = "animals", _("Animals")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="holdings")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    what = models.CharField(max_length=40)
    place = models.CharField(max_length=40, blank=True)
    size = models.DecimalField(max_digits=8, decimal_places=1)
    began = models.DateField()
    ended = models.DateField(null=True, blank=True)
    end_note = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["kind", "what", "id"]
        indexes = [models.Index(fields=["site", "ended"], name="holding_of_site")]
        constraints = [
            models.CheckConstraint(name="holding_has_a_size", condition=Q(size__gt=0)),
            models.CheckConstraint(
                name="holding_ends_after_it_began", condition=Q(ended__isnull=True) | Q(ended__gte=F("began"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="holdings_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="holding_only_ends", when=pgtrigger.Before, operation=pgtrigger.Update,
                func="""
                    IF OLD.ended IS NOT NULL OR to_jsonb(OLD) - '{ended,end_note}'::text[]
                        IS DISTINCT FROM to_jsonb(NEW) - '{ended,end_note}'::text[] THEN
                        RAISE check_violation USING MESSAGE = 'a holding only ends', CONSTRAINT = 'holding_only_ends';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.place}".strip()

    @property
    def size_words(self) -> str:
        """Its size with what it is counted in."""
        words = _("%(n)s m²") if self.kind == self.Kind.PLOT else _("%(n)s heads")
        return str(words) % {"n": f"{self.size:f}".removesuffix(".0")}


class Harvest(models.Model):
    """So much, on a day."""

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="harvests")
    on = models.DateField()
    amount = models.DecimalField(max_digits=8, decimal_places=1)
    unit = models.CharField(max_length=5, choices=Unit.choices)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["holding", "unit", "-on"], name="harvest_of_holding")]
        constraints = [
            models.CheckConstraint(name="harvest_of_something", condition=Q(amount__gt=0)),
            _taken_back("harvest"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="harvest_is_only_taken_back", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete, func=_ONLY_TAKEN_BACK,
            ),
            pgtrigger.Trigger(
                name="harvest_still_covers_its_use", when=pgtrigger.After, operation=pgtrigger.Update, func=_ENOUGH
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


class HarvestHelper(models.Model):
    """A resident who liked to help with a harvest."""

    harvest = models.ForeignKey(Harvest, on_delete=models.PROTECT, related_name="helpers")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="harvests_helped")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["harvest", "person"], name="helper_once_a_harvest")]
        triggers = [
            pgtrigger.Protect(name="helpers_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="helper_lives_here", when=pgtrigger.Before, operation=pgtrigger.Insert,
                declare=[("home", "bigint"), ("day", "date")],
                func=f"""
                    SELECT o.site_id, h."on" INTO home, day FROM homes_harvest h
                        JOIN homes_holding o ON o.id = h.holding_id WHERE h.id = NEW.harvest_id;
                    {lives_here("home", "NEW.person_id", "day")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.harvest_id)


class ProduceUse(models.Model):
    """What became of a harvest. What was sold says what it brought, on which account that went, and what it is for."""

    class Kind(models.TextChoices):
        EATEN = "eaten", pgettext_lazy("produce", "Eaten in the home's kitchen")
        SOLD = "sold", pgettext_lazy("produce", "Sold")
        GIVEN = "given", pgettext_lazy("produce", "Given away or spoilt")

    holding = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    on = models.DateField()
    amount = models.DecimalField(max_digits=8, decimal_places=1)
    unit = models.CharField(max_length=5, choices=Unit.choices)
    income_fen = models.BigIntegerField(default=0)
    account = models.CharField(max_length=60, blank=True)
    purpose = models.CharField(max_length=120, blank=True)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["holding", "unit", "-on"], name="produce_use_of_holding")]
        constraints = [
            models.CheckConstraint(name="produce_use_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="income_is_of_a_sale_and_accounted_for",
                condition=Q(kind="sold", income_fen__gt=0) & ~Q(account="") & ~Q(purpose="")
                | ~Q(kind="sold") & Q(income_fen=0, account="", purpose=""),
            ),
            _taken_back("produce_use"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="produce_use_is_only_taken_back", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete, func=_ONLY_TAKEN_BACK,
            ),
            pgtrigger.Trigger(
                name="produce_use_is_covered", when=pgtrigger.After, operation=pgtrigger.Insert, func=_ENOUGH
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.unit}"
