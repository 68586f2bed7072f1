"""A proposal who would better live in which home, and each move of it with what the person answered."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField


class Rebalancing(models.Model):
    """One proposal over a county's residents and those who wish for a place, as of a day. It moves nobody."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    nearer_beyond_km = models.PositiveSmallIntegerField(null=True, blank=True)  # who lives further may be moved nearer
    with_waiting = models.BooleanField(default=False)  # whether those on the county's list for a bed were placed too
    pack_hash = models.CharField(max_length=64, blank=True)
    rules = models.JSONField(default=list)  # the routing rules as they stood
    homes = models.JSONField(default=list)  # each home before and after
    staffing = models.JSONField(default=dict)  # the ratios that limited it, with their clauses
    counts = models.JSONField(default=dict)
    proof = models.JSONField(default=dict)

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.region_id} {self.as_of}"


class Move(models.Model):
    """Somebody who would better live in another home: a proposal, until they or their kin have answered."""

    class Why(models.TextChoices):
        ROUTING = "routing", _("Another home takes this level")
        NEARER = "nearer", _("Nearer to where they come from")
        TOGETHER = "together", _("To live with husband or wife")
        ROOM = "room", _("Makes room for others")
        ENTRY = "entry", _("Wishes for a place and has none")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("To be asked")
        AGREED = "agreed", pgettext_lazy("move", "Agreed")
        REFUSED = "refused", _("Stays: does not agree")

    class Whom(models.TextChoices):
        PERSON = "person", _("The person")
        GUARDIAN = "guardian", _("The guardian")
        KIN = "kin", _("Kin, for the person")

    class How(models.TextChoices):
        SPOKEN = "spoken", _("In person")
        PHONE = "phone", _("By telephone")
        WRITTEN = "written", _("In writing")

    proposal = models.ForeignKey(Rebalancing, on_delete=models.CASCADE, related_name="moves")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="moves")
    from_site = models.ForeignKey("places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to_site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=10, choices=Why.choices)
    rule = models.CharField(max_length=80, blank=True)  # the routing rule that speaks of the person
    metres_before = models.PositiveIntegerField(null=True, blank=True)
    metres_after = models.PositiveIntegerField()
    near = models.ForeignKey("core.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    near_whom = EncryptedTextField(null=True, blank=True)  # who of the kin lives there; none: it is the own village
    partner = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # husband or wife, who lives there or goes there too
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    answered_on = models.DateField(null=True, blank=True)
    answered_by = models.CharField(max_length=10, choices=Whom.choices, blank=True)
    answered_name = models.CharField(max_length=60, blank=True)
    answered_how = models.CharField(max_length=10, choices=How.choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["why", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person"], name="move_once_in_a_proposal"),
            models.CheckConstraint(
                name="move_goes_elsewhere", condition=Q(from_site__isnull=True) | ~Q(from_site=F("to_site"))
            ),
            models.CheckConstraint(
                name="move_without_a_home_is_an_entry",
                condition=Q(from_site__isnull=True, metres_before__isnull=True, why="entry")
                | (Q(from_site__isnull=False) & ~Q(why="entry")),
            ),
            models.CheckConstraint(
                name="move_is_agreed_by_somebody_on_a_day",
                condition=Q(
                    state="proposed", answered_on__isnull=True, answered_by="", answered_how="",
                    recorded_by__isnull=True, recorded_at__isnull=True,
                )
                | (
                    Q(state__in=["agreed", "refused"], answered_on__isnull=False, recorded_by__isnull=False,
                      recorded_at__isnull=False)
                    & ~Q(answered_by="") & ~Q(answered_how="")
                ),
            ),
            models.CheckConstraint(
                name="move_answered_for_another_names_them",
                condition=Q(answered_by__in=["", "person"]) | ~Q(answered_name=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person_id} -> {self.to_site_id}"


class Unmoved(models.Model):
    """Somebody who should live elsewhere, or waits, and for whom a proposal found nothing better; and why."""

    class Why(models.TextChoices):
        LEVEL = "level", _("Ability level not known")
        PLACE = "place", _("No position on the map")
        NONE = "none", _("No home takes them")
        FULL = "full", _("No suitable bed free")
        STAFF = "staff", _("Beds, but too few staff")
        TOGETHER = "together", _("No room for the couple together")
        OTHERS = "others", _("Others come first")
        NEAREST = "nearest", _("Lives in the nearest already")

    proposal = models.ForeignKey(Rebalancing, on_delete=models.CASCADE, related_name="unmoved")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(null=True, blank=True)
    rule = models.CharField(max_length=80, blank=True)  # the routing rule that speaks of the person
    wrong = models.BooleanField(default=False)  # lives in a home that does not take the level
    why = models.CharField(max_length=10, choices=Why.choices)
    looked_at = models.JSONField(default=list)  # the homes that could be, nearest first, and what each lacks
    partner = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["why", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "person"], name="unmoved_once_in_a_proposal"),
            models.CheckConstraint(
                name="unmoved_wrong_lives_somewhere", condition=Q(wrong=False) | Q(site__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.why}"
