"""Drafts of changes to the pack in force, who had a hand in them, and the amendments that came of them.

An amendment lies over the pack's files from its day on. It is never edited: another replaces what it says of an entry,
or it is ended. The reviewer of a draft is another human than all who had a hand in it; the database holds to that.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import pgettext_lazy


def _hashed(name: str) -> Func:
    """A text as a range of one number: without btree_gist, ranges are what an exclusion can compare."""
    return Func(
        Func(F(name), function="hashtext"), Func(F(name), function="hashtext"), Value("[]"), function="int4range"
    )


class Part(models.TextChoices):
    """What kind of entry of the pack is changed."""

    PARAMETER = "parameter", pgettext_lazy("part of a pack", "Standard")
    SERVICE = "service", pgettext_lazy("part of a pack", "Service")


class Draft(models.Model):
    """A set of changes to the pack in force, to be reckoned, compared, and put up for review.

    ``base_hash`` is the pack (amendments included) that the draft was last compared with; ``figures`` and ``run`` are
    what was found when it was submitted, kept for the reviewer.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("draft of the list", "Being drafted")
        SUBMITTED = "submitted", pgettext_lazy("draft of the list", "Under review")
        PROMOTED = "promoted", pgettext_lazy("draft of the list", "Put in force")
        DISCARDED = "discarded", pgettext_lazy("draft of the list", "Discarded")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    description = models.TextField(max_length=1000, blank=True)
    pack_path = models.CharField(max_length=120)
    base_hash = models.CharField(max_length=64)
    effective_from = models.DateField()
    shared = models.BooleanField(default=False)  # with colleagues who hold the right in the region
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)
    # The paper that puts it in force.
    title = models.CharField(max_length=120, blank=True)
    number = models.CharField(max_length=60, blank=True)
    dated = models.DateField(null=True, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    assurance = models.CharField(max_length=300, blank=True)  # why the doubts about it do not stand in the way
    run = models.ForeignKey("entitlements.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["region", "-changed_at"], name="draft_by_region")]
        constraints = [
            models.CheckConstraint(
                name="draft_submitted_with_paper",
                condition=Q(state__in=["open", "discarded"])
                | (Q(dated__isnull=False, paper__isnull=False, run__isnull=False) & ~Q(title="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="drafts_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="draft_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('promoted', 'discarded')"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a draft that is over stays as it is';",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class DraftEntry(models.Model):
    """One entry as the draft would have it: whole, as a pack's file would say it. ``base`` null: it is new."""

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="entries")
    part = models.CharField(max_length=10, choices=Part.choices)
    key = models.CharField(max_length=80)
    base = models.JSONField(null=True)  # as the pack in force had it when it was changed
    data = models.JSONField()
    changed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["draft", "part", "key"], name="draft_entry_once")]
        triggers = [
            pgtrigger.Trigger(
                name="entries_change_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT FROM entitlements_draft d WHERE d.state <> 'open'
                            AND d.id = CASE TG_OP WHEN 'DELETE' THEN OLD.draft_id ELSE NEW.draft_id END) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'only an open draft is changed';
                    END IF;
                    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.key}"


MAKING = ("made", "changed", "renewed", "submitted")
REVIEWING = ("promoted", "returned")


class DraftStep(models.Model):
    """What somebody did with a draft. Who had a hand in it does not review it, whatever role or account they use."""

    class Verb(models.TextChoices):
        MADE = "made", pgettext_lazy("draft step", "Made the draft")
        CHANGED = "changed", pgettext_lazy("draft step", "Changed it")
        RENEWED = "renewed", pgettext_lazy("draft step", "Compared it anew with the list in force")
        SHARED = "shared", pgettext_lazy("draft step", "Shared it")
        UNSHARED = "unshared", pgettext_lazy("draft step", "Ended the sharing")
        SUBMITTED = "submitted", pgettext_lazy("draft step", "Submitted it for review")
        WITHDRAWN = "withdrawn", pgettext_lazy("draft step", "Took it back from review")
        RETURNED = "returned", pgettext_lazy("draft step", "Returned it")
        PROMOTED = "promoted", pgettext_lazy("draft step", "Put it in force")
        DISCARDED = "discarded", pgettext_lazy("draft step", "Discarded it")

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    # core.users.queries.human_key; a maker's may be filled in later, a draft is not submitted without it.
    human_key = models.BinaryField(max_length=32, null=True)
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="draft_decided_by_a_human",
                condition=Q(human_key__isnull=False) | ~Q(verb__in=["submitted", "promoted", "returned"]),
            ),
            models.CheckConstraint(
                name="draft_returned_says_why", condition=~Q(verb="returned") | ~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="draft_steps_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="draft_steps_keep_their_words",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.human_key IS NOT NULL OR NEW.human_key IS NULL OR (OLD.draft_id, OLD.verb, OLD.actor_id,"
                    " OLD.at, OLD.reason) IS DISTINCT FROM (NEW.draft_id, NEW.verb, NEW.actor_id, NEW.at, NEW.reason)"
                ),
            ),
            pgtrigger.Trigger(
                name="makers_do_not_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.verb IN ('promoted', 'returned')"),
                # The lock makes a change and a review written at one moment see each other.
                func="""
                    PERFORM FROM entitlements_draft WHERE id = NEW.draft_id FOR UPDATE;
                    IF EXISTS (
                        SELECT FROM entitlements_draftstep s WHERE s.draft_id = NEW.draft_id
                            AND s.verb IN ('made', 'changed', 'renewed', 'submitted')
                            AND (s.human_key = NEW.human_key OR s.human_key IS NULL OR s.actor_id = NEW.actor_id)
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'who had a hand in a draft does not review it',
                            CONSTRAINT = 'draft_makers_do_not_review';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} {self.verb}"


class Amendment(models.Model):
    """A reviewed draft in force: its paper, its day, and the pack's hash without and with it on that day."""

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, related_name="amendment")
    pack_path = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    number = models.CharField(max_length=60, blank=True)
    dated = models.DateField()
    clause = models.CharField(max_length=60, blank=True)
    paper = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    effective_from = models.DateField()
    hash_before = models.CharField(max_length=64)
    hash_after = models.CharField(max_length=64)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)  # the first day without it
    end_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-effective_from", "-id"]
        indexes = [models.Index(fields=["region", "-effective_from"], name="amendment_by_region")]
        constraints = [
            models.CheckConstraint(
                name="amendment_approved_by_another", condition=~Q(approved_by=F("made_by"))
            ),
            models.CheckConstraint(
                name="amendment_ended_says_why",
                condition=Q(ended_by__isnull=True, ended_at__isnull=True, ended_on__isnull=True, end_reason="")
                | (Q(ended_by__isnull=False, ended_at__isnull=False, ended_on__isnull=False) & ~Q(end_reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="amendments_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="amendments_keep_their_words",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "region", "draft", "pack_path", "title", "number", "dated", "clause", "paper", "effective_from",
                    "hash_before", "hash_after", "made_by", "approved_by", "approved_at",
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AmendmentEntry(models.Model):
    """One entry as an amendment has it, from ``starts`` until another amendment or an end takes over (``cut_on``).

    ``base``: what the pack said of it when the draft was made, null where it said nothing.
    """

    amendment = models.ForeignKey(Amendment, on_delete=models.PROTECT, related_name="entries")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=10, choices=Part.choices)
    key = models.CharField(max_length=80)
    base = models.JSONField(null=True)
    data = models.JSONField()
    starts = models.DateField()
    cut_on = models.DateField(null=True, blank=True)  # the first day without it
    cut_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["starts", "id"]
        constraints = [
            models.UniqueConstraint(fields=["amendment", "part", "key"], name="amendment_entry_once"),
            models.CheckConstraint(
                name="amendment_entry_cut_whole",
                condition=Q(cut_on__isnull=True, cut_at__isnull=True)
                | Q(cut_on__gte=F("starts"), cut_at__isnull=False),
            ),
            ExclusionConstraint(
                # One amendment at a time says what an entry is.
                name="amendment_entry_once_at_a_time",
                expressions=[
                    (_hashed("region_id"), RangeOperators.OVERLAPS),
                    (_hashed("part"), RangeOperators.OVERLAPS),
                    (_hashed("key"), RangeOperators.OVERLAPS),
                    (Func(F("starts"), F("cut_on"), Value("[)"), function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="amendment_entries_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="amendment_entries_are_only_cut",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.cut_on IS NULL OR NEW.cut_on > OLD.cut_on OR (OLD.amendment_id, OLD.region_id, OLD.part,"
                    " OLD.key, OLD.base, OLD.data, OLD.starts) IS DISTINCT FROM (NEW.amendment_id, NEW.region_id,"
                    " NEW.part, NEW.key, NEW.base, NEW.data, NEW.starts)"
                ),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'what an amendment says is only cut short';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amendment_id} {self.key}"
