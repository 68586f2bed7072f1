"""Care plans: what a person needs, what is to come of it, who does what how often, and when it is looked at again."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.assessments.requests.models import SCALE_LENGTH
from yinian.core.fields import EncryptedTextField

WORD = 40  # longest id of the catalogue
LINE = 120
STANDING = ("in_force", "under_review")
OPEN = ("draft", "agreed", *STANDING)


_AGREED = (
    "sheet", "situation", "wishes", "start", "scale", "level", "result_id", "paper_id", "agreed_on",
    "agreed_by", "agreed_name", "agreed_how", "witness", "signature_id", "agreed_entry_id",
)


def _row(record: str) -> str:
    """SQL: of a row in a trigger, what was agreed."""
    return ", ".join(f"{record}.{column}" for column in _AGREED)


class CarePlan(models.Model):
    """One edition of a person's plan, drawn up from a result, agreed, in force from a day to a day.

    ``sheet`` is what the drafting page holds, suggestions that were left out and half-written things among it; the
    needs with their goals and services are what of it holds, and are there once the sheet is ``complete``.
    ``rules`` keeps what the pack said on the day of drafting.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Being drawn up")
        AGREED = "agreed", _("Agreed, not yet begun")
        IN_FORCE = "in_force", pgettext_lazy("care plan", "In force")
        UNDER_REVIEW = "under_review", _("Under review")
        ENDED = "ended", pgettext_lazy("care plan", "Ended")

    class By(models.TextChoices):
        """Who agreed."""

        PERSON = "person", pgettext_lazy("who agrees", "The person")
        FAMILY = "family", pgettext_lazy("who agrees", "Family")
        GUARDIAN = "guardian", pgettext_lazy("who agrees", "Guardian")

    class How(models.TextChoices):
        SIGNATURE = "signature", _("Signed on paper")
        ORAL = "oral", _("By word of mouth, with a witness")
        ACCOUNT = "account", _("From their own account")

    class Ending(models.TextChoices):
        REPLACED = "replaced", _("Replaced by a later edition")
        DIED = "died", _("The person died")
        MOVED = "moved", _("The person moved away")
        MET = "met", _("The help is no longer needed")
        DECLINED = "declined", _("No longer wanted")
        DISCARDED = "discarded", _("Draft discarded")
        MERGED = "merged", _("Fell to a merge of two entries")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="care_plans")
    result = models.ForeignKey("assessments.Result", on_delete=models.PROTECT, related_name="care_plans")
    # The result's, so that lists need not ask.
    scale = models.CharField(max_length=SCALE_LENGTH)
    level = models.PositiveSmallIntegerField()
    # What the plan, or its last review, has taken into account: a later result or another village calls for a review.
    seen_result = models.ForeignKey("assessments.Result", on_delete=models.PROTECT, related_name="+")
    seen_region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    edition = models.PositiveSmallIntegerField()
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    planner = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    draft_due = models.DateField()
    sheet = EncryptedTextField(null=True, blank=True)
    complete = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    situation = EncryptedTextField(null=True, blank=True)
    wishes = EncryptedTextField(null=True, blank=True)
    start = models.DateField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True)
    rules = models.JSONField(default=dict)
    catalogue = models.CharField(max_length=64)  # hash of the catalogue the suggestions came from
    routing = models.JSONField(default=list)  # which kind of home takes the level, as the pack said: advice only
    paper = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_on = models.DateField(null=True, blank=True)
    agreed_by = models.CharField(max_length=10, choices=By.choices, blank=True)
    agreed_name = models.CharField(max_length=60, blank=True)
    agreed_how = models.CharField(max_length=10, choices=How.choices, blank=True)
    witness = models.CharField(max_length=60, blank=True)
    signature = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_entry = models.ForeignKey(  # who entered the agreement: an officer, or the family from its own account
        "core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    held = DateRangeField(null=True, blank=True)  # from when to when it was in force
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)
    # Since when it is a plan of an entry that was merged with another: what held beside it then may overlap it.
    merged_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "review_due"], name="plan_by_review"),
            models.Index(fields=["person", "-edition"], name="plan_of_person"),
            models.Index(fields=["planner"], condition=~Q(state="ended"), name="plan_of_planner"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "edition"], name="plan_edition_once"),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["draft", "agreed"]), name="one_plan_in_the_making"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=["in_force", "under_review"]), name="one_plan_in_force"
            ),
            ExclusionConstraint(
                name="one_plan_at_a_time",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("held", RangeOperators.OVERLAPS),
                ],
                condition=Q(merged_on__isnull=True),
            ),
            models.CheckConstraint(
                name="plan_beside_another_has_ended", condition=Q(merged_on__isnull=True) | Q(state="ended")
            ),
            models.CheckConstraint(
                name="plan_fallen_to_a_merge_says_since_when",
                condition=~Q(ending="merged") | Q(merged_on__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_holds_while_in_force",
                condition=Q(state__in=["draft", "agreed"], held__isnull=True)
                | Q(state__in=["in_force", "under_review"], held__upper_inf=True)
                | (Q(state="ended") & (Q(held__isnull=True) | Q(held__upper_inf=False))),
            ),
            models.CheckConstraint(
                name="plan_agreed_in_full",
                condition=Q(state="draft")
                | Q(state="ended", held__isnull=True)
                | (
                    Q(complete=True, agreed_on__isnull=False, start__isnull=False, review_due__isnull=False,
                      paper__isnull=False, agreed_entry__isnull=False)
                    & ~Q(agreed_by="") & ~Q(agreed_name="")
                ),
            ),
            models.CheckConstraint(
                name="plan_agreement_has_its_proof",
                condition=Q(agreed_how="", agreed_on__isnull=True)
                | (Q(agreed_on__isnull=False)
                   & (Q(agreed_how="signature", signature__isnull=False)
                      | (Q(agreed_how="oral") & ~Q(witness="") & ~Q(witness=F("agreed_name")))
                      | Q(agreed_how="account"))),
            ),
            models.CheckConstraint(
                name="plan_reviewed_after_it_begins",
                condition=Q(review_due__isnull=True) | Q(start__isnull=True) | Q(review_due__gt=F("start")),
            ),
            models.CheckConstraint(
                name="plan_ended_with_author_and_reason",
                condition=(~Q(state="ended") & Q(ending="", ended_on__isnull=True))
                | (
                    Q(state="ended", ended_on__isnull=False, ended_by__isnull=False)
                    & ~Q(ending="") & ~Q(end_reason="")
                ),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="agreed_plans_stay", operation=pgtrigger.Delete,
                              condition=pgtrigger.Q(old__agreed_on__isnull=False)),
            # What was agreed is not written over: a changed plan is another edition. Which edition it is follows the
            # person it is counted under.
            pgtrigger.Trigger(
                name="agreement_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__agreed_on__isnull=False),
                func=f"""
                    IF ({_row("NEW")}) IS DISTINCT FROM ({_row("OLD")})
                        OR (NEW.edition <> OLD.edition AND NEW.person_id = OLD.person_id) THEN
                        RAISE check_violation USING MESSAGE = 'what was agreed is not written over',
                            CONSTRAINT = 'plan_agreement_stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="result_is_the_persons",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM assessments_result r WHERE r.id = NEW.result_id AND r.person_id = NEW.person_id
                            AND r.scale = NEW.scale AND r.final = NEW.level
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the result is another person''s, or another level',
                            CONSTRAINT = 'plan_result_is_the_persons';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A plan is under review exactly while a review of it stands open; one that fell to a merge keeps its own.
            pgtrigger.Trigger(
                name="under_review_has_a_review",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("open_", "boolean"), ("now_", "text"), ("fell_", "boolean")],
                func="""
                    SELECT state, ending = 'merged' INTO now_, fell_ FROM assessments_careplan WHERE id = NEW.id;
                    IF now_ IS NULL OR fell_ THEN
                        RETURN NULL;
                    END IF;
                    open_ := EXISTS (
                        SELECT FROM assessments_planreview v WHERE v.plan_id = NEW.id AND v.held_on IS NULL
                    );
                    IF open_ <> (now_ = 'under_review') THEN
                        RAISE check_violation USING MESSAGE = 'a plan under review has an open review, and no other',
                            CONSTRAINT = 'plan_under_review_has_a_review';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How the plan is spoken of: the county, the person's entry, and its edition."""
        return f"{self.person.region_id[:6]}-{self.person_id:06d}-{self.edition}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def stands(self) -> bool:
        """Whether it is what the person is cared for by now."""
        return self.state in STANDING


class Origin(models.TextChoices):
    """Whether an entry is the catalogue's suggestion, that suggestion changed by hand, or the planner's own."""

    SUGGESTED = "suggested", _("Suggestion taken")
    CHANGED = "changed", _("Suggestion changed")
    OWN = "own", _("Written by hand")


def _agreed_stays(parent: str, free: str = "") -> list[pgtrigger.Trigger]:
    """Rows of a plan are written while it is being drawn up, and not after; ``free`` may change at any time.

    ``parent`` is SQL for the plan's id out of the row ``r``.
    """
    return [
        pgtrigger.Trigger(
            name="agreed_rows_stay",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            declare=[("state_", "text"), ("r", "record")],
            func=f"""
                IF TG_OP = 'DELETE' THEN r := OLD; ELSE r := NEW; END IF;
                SELECT p.state INTO state_ FROM assessments_careplan p WHERE p.id = ({parent}) FOR SHARE;
                IF state_ IS NOT NULL AND state_ <> 'draft' {free} THEN
                    RAISE check_violation USING MESSAGE = 'what was agreed is not written over',
                        CONSTRAINT = 'agreed_rows_stay';
                END IF;
                RETURN r;
            """,
        )
    ]


class Need(models.Model):
    """One thing the person needs, in plain words, with what of the assessment led to it (``why``) and its risks."""

    plan = models.ForeignKey(CarePlan, on_delete=models.CASCADE, related_name="needs")
    place = models.PositiveSmallIntegerField()
    area = models.CharField(max_length=WORD)
    rule = models.CharField(max_length=WORD, blank=True)  # of the catalogue; blank: written by hand
    text = models.CharField(max_length=LINE)
    note = EncryptedTextField(null=True, blank=True)
    why = models.JSONField(default=list)
    risks = models.JSONField(default=list)
    source = models.JSONField(default=dict)  # document and confidence of the suggestion
    origin = models.CharField(max_length=10, choices=Origin.choices)

    class Meta:
        ordering = ["plan_id", "place"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "place"], name="need_place_once"),
            models.UniqueConstraint(fields=["plan", "rule"], condition=~Q(rule=""), name="need_rule_once"),
            models.CheckConstraint(name="need_is_said", condition=~Q(text="")),
            models.CheckConstraint(
                name="need_own_or_of_a_rule",
                condition=Q(origin="own", rule="") | (~Q(origin="own") & ~Q(rule="")),
            ),
        ]
        triggers = _agreed_stays("r.plan_id")

    def __str__(self) -> str:
        return self.text


class Goal(models.Model):
    """What is to come of it: measured how, from where (baseline) to where (target), by when."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("goal", "Under way")
        MET = "met", pgettext_lazy("goal", "Reached")
        PARTLY = "partly", pgettext_lazy("goal", "Reached in part")
        NOT_MET = "not_met", pgettext_lazy("goal", "Not reached")
        DROPPED = "dropped", pgettext_lazy("goal", "Given up")

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="goals")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=LINE)
    measure = models.CharField(max_length=LINE)
    baseline = models.CharField(max_length=LINE, blank=True)
    target = models.CharField(max_length=LINE)
    by = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    origin = models.CharField(max_length=10, choices=Origin.choices)

    class Meta:
        ordering = ["need_id", "place"]
        constraints = [
            models.UniqueConstraint(fields=["need", "place"], name="goal_place_once"),
            models.CheckConstraint(
                name="goal_can_be_measured", condition=~Q(text="") & ~Q(measure="") & ~Q(target="")
            ),
        ]
        triggers = _agreed_stays(
            "SELECT n.plan_id FROM assessments_need n WHERE n.id = r.need_id",
            # A review says how far a goal has come.
            "AND NOT (TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'state' = to_jsonb(NEW) - 'state')",
        )

    def __str__(self) -> str:
        return self.text


class PlannedService(models.Model):
    """Who does what for a need, how often, on what it rests. Words of the catalogue for service and provider."""

    class Pays(models.TextChoices):
        DUE = "due", _("Rests on what is due")
        SELF = "self", _("Paid by the person or family")
        INSURANCE = "insurance", _("Medical or care insurance")
        UNPAID = "unpaid", _("Unpaid: family, neighbours, volunteers")

    need = models.ForeignKey(Need, on_delete=models.CASCADE, related_name="services")
    place = models.PositiveSmallIntegerField()
    service = models.CharField(max_length=WORD)
    provider = models.CharField(max_length=WORD)
    site = models.ForeignKey("places.Site", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    who = models.CharField(max_length=60, blank=True)  # the site's or person's name as it was written
    times = models.PositiveSmallIntegerField()
    per = models.CharField(max_length=10)
    days = ArrayField(models.PositiveSmallIntegerField(), default=list)  # weekdays, 0 Monday
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    start = models.DateField(null=True, blank=True)  # where it is not the plan's own
    until = models.DateField(null=True, blank=True)
    pays = models.CharField(max_length=10, choices=Pays.choices)
    due = models.CharField(max_length=80, blank=True)  # the id of the pack's service that it rests on
    note = models.CharField(max_length=LINE, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)

    class Meta:
        ordering = ["need_id", "place"]
        indexes = [models.Index(fields=["service", "provider"], name="planned_by_service")]
        constraints = [
            models.UniqueConstraint(fields=["need", "place"], name="planned_place_once"),
            models.CheckConstraint(
                name="planned_rests_on_something", condition=(Q(pays="due") & ~Q(due="")) | (~Q(pays="due") & Q(due=""))
            ),
            models.CheckConstraint(
                name="planned_frequency_can_be",
                condition=Q(times__range=(1, 99), per__in=["day", "week", "month", "quarter", "year"])
                | Q(times=1, per="once"),
            ),
            models.CheckConstraint(
                name="planned_weekdays_are_of_a_week",
                condition=Q(days__len=0) | Q(per="week", days__len=F("times"), days__contained_by=list(range(7))),
            ),
            models.CheckConstraint(
                name="planned_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(start__isnull=True) | Q(until__gte=F("start")),
            ),
        ]
        triggers = _agreed_stays("SELECT n.plan_id FROM assessments_need n WHERE n.id = r.need_id")

    def __str__(self) -> str:
        return f"{self.service} {self.times}/{self.per}"


class PlanReview(models.Model):
    """A look at a plan in force: why and since when, what was found, and what follows."""

    class Why(models.TextChoices):
        DUE = "due", _("The day of the review has come")
        RESULT = "result", _("A new assessment result")
        VOID = "void", _("The result it was drawn up from is void")
        DIED = "died", _("The person has died")
        MOVED = "moved", _("The person has moved")
        ASKED = "asked", _("Somebody asks for it")

    class Decision(models.TextChoices):
        CONTINUE = "continue", _("Go on with the plan as it is")
        REVISE = "revise", _("Draw up a changed plan; this one holds until then")
        END = "end", _("End the plan")

    plan = models.ForeignKey(CarePlan, on_delete=models.CASCADE, related_name="reviews")
    why = models.CharField(max_length=10, choices=Why.choices)
    note = models.CharField(max_length=200, blank=True)
    opened_on = models.DateField()
    opened_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()
    held_on = models.DateField(null=True, blank=True)
    held_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    present = models.CharField(max_length=LINE, blank=True)
    findings = EncryptedTextField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    next_review = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan"], condition=Q(held_on__isnull=True), name="one_open_review_a_plan"
            ),
            models.CheckConstraint(
                name="review_held_in_full",
                condition=Q(held_on__isnull=True, decision="")
                | (Q(held_on__isnull=False, held_by__isnull=False, findings__isnull=False, held_on__gte=F("opened_on"))
                   & ~Q(decision="")),
            ),
            models.CheckConstraint(
                name="review_says_the_next",
                condition=~Q(decision="continue") | Q(next_review__isnull=False, next_review__gt=F("held_on")),
            ),
            models.CheckConstraint(name="review_asked_for_with_a_reason", condition=~Q(why="asked") | ~Q(note="")),
        ]
        triggers = [
            pgtrigger.Protect(name="reviews_stay", operation=pgtrigger.Update,
                              condition=pgtrigger.Q(old__held_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.opened_on}"


class GoalOutcome(models.Model):
    """How far a goal had come when a review was held."""

    review = models.ForeignKey(PlanReview, on_delete=models.CASCADE, related_name="outcomes")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="outcomes")
    state = models.CharField(max_length=10, choices=Goal.State.choices)
    note = models.CharField(max_length=LINE, blank=True)

    class Meta:
        ordering = ["review_id", "goal_id"]
        constraints = [models.UniqueConstraint(fields=["review", "goal"], name="outcome_once_a_review")]

    def __str__(self) -> str:
        return f"{self.goal_id} {self.state}"
