"""What comes of a round: the ranking as computed, the decision of two, the public notice with its objections, the
awards in whole fen and what became of the money."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Standing(models.Model):
    """An application's total and place when scoring was closed. ``working`` tells how the total came about."""

    application = models.OneToOneField("oversight.Application", on_delete=models.PROTECT, related_name="standing")
    total = models.DecimalField(max_digits=8, decimal_places=2)
    rank = models.PositiveSmallIntegerField()
    spread = models.DecimalField(max_digits=6, decimal_places=4)
    working = models.JSONField()

    class Meta:
        ordering = ["rank", "id"]
        constraints = [models.CheckConstraint(name="standing_rank_from_one", condition=Q(rank__gte=1))]
        triggers = [pgtrigger.Protect(name="standings_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.rank} {self.application_id}"


class Decision(models.Model):
    """The list to be recognised: proposed by one human, approved by another, then put up in public."""

    round = models.OneToOneField("oversight.Round", on_delete=models.PROTECT, related_name="decision")
    chosen = models.JSONField()  # ids of the applications on the list, in the order of the ranking
    text = models.TextField(max_length=3000)
    proposed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    proposed_key = models.BinaryField(max_length=32)
    proposed_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_key = models.BinaryField(max_length=32, null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="decision_says_why", condition=~Q(text="")),
            models.CheckConstraint(
                name="decision_approved_by_another",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True, approved_key__isnull=True)
                | (Q(approved_at__isnull=False, approved_by__isnull=False, approved_key__isnull=False)
                   & ~Q(approved_key=F("proposed_key"))),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="decision_approved_stays", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.approved_at IS NOT NULL"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'an approved list stays as it is';",
            ),
        ]

    def __str__(self) -> str:
        return f"decision of {self.round_id}"


class Notice(models.Model):
    """The public notice of a list. ``until`` is its last day."""

    round = models.OneToOneField("oversight.Round", on_delete=models.PROTECT, related_name="notice")
    since = models.DateField()
    until = models.DateField()
    paper = models.ForeignKey("core.Document", on_delete=models.PROTECT, related_name="+")
    result_paper = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recognised_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recognised_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(name="notice_lasts", condition=Q(until__gt=F("since")))]

    def __str__(self) -> str:
        return f"notice of {self.round_id}"


class Objection(models.Model):
    """What somebody says against a list while it is up. Every one is answered before anybody is recognised."""

    class Outcome(models.TextChoices):
        REJECTED = "rejected", pgettext_lazy("objection to a list", "Not upheld")
        UPHELD = "upheld", pgettext_lazy("objection to a list", "Upheld: taken off the list")

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="objections")
    application = models.ForeignKey("oversight.Application", on_delete=models.PROTECT, related_name="objections")
    by_name = models.CharField(max_length=60)
    text = models.TextField(max_length=2000)
    raised_on = models.DateField()
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    answer = models.TextField(max_length=2000, blank=True)
    settled_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="list_objection_says_what", condition=~Q(text="") & ~Q(by_name="")),
            models.CheckConstraint(
                name="list_objection_settled_says_why",
                condition=Q(outcome="", settled_at__isnull=True, settled_by__isnull=True)
                | (~Q(outcome="") & ~Q(answer="") & Q(settled_at__isnull=False, settled_by__isnull=False)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="list_objections_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="list_objection_in_time", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_notice n WHERE n.id = NEW.notice_id
                            AND NEW.raised_on BETWEEN n.since AND n.until AND n.recognised_at IS NULL
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'an objection is raised while the notice is up';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"objection {self.pk} to {self.application_id}"


class Award(models.Model):
    """The award of a recognised applicant, in whole fen. Set by one human and approved by another.

    ``share`` is the further part of the leading ones (0.3 is 30 %), 0 for the others.
    """

    application = models.OneToOneField("oversight.Application", on_delete=models.PROTECT, related_name="award")
    base_fen = models.BigIntegerField()
    cap_fen = models.BigIntegerField()
    leading = models.BooleanField(default=False)
    share = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    extra_fen = models.BigIntegerField(default=0)
    total_fen = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    set_key = models.BinaryField(max_length=32)
    set_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_key = models.BinaryField(max_length=32, null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    used: int  # put on by `queries.with_used`: fen reported as spent

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="award_within_the_cap", condition=Q(base_fen__gt=0) & Q(base_fen__lte=F("cap_fen"))
            ),
            models.CheckConstraint(
                name="award_adds_up", condition=Q(total_fen=F("base_fen") + F("extra_fen")) & Q(extra_fen__gte=0)
            ),
            models.CheckConstraint(
                name="award_extra_is_for_the_leading",
                condition=Q(leading=True, share__gt=0) | Q(leading=False, share=0, extra_fen=0),
            ),
            models.CheckConstraint(name="award_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="award_approved_by_another",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True, approved_key__isnull=True)
                | (Q(approved_at__isnull=False, approved_by__isnull=False, approved_key__isnull=False)
                   & ~Q(approved_key=F("set_key"))),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="award_of_a_recognised", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_application a JOIN oversight_round r ON r.id = a.round_id
                        WHERE a.id = NEW.application_id AND a.state = 'recognised'
                            AND NEW.cap_fen = (r.rules -> 'award' ->> 'cap_fen')::bigint
                            AND (NOT NEW.leading OR NEW.share BETWEEN
                                (r.rules #>> '{award,leading,low}')::numeric
                                AND (r.rules #>> '{award,leading,high}')::numeric)
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'an award follows the rules of its round, for a recognised applicant';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="award_approved_stays", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.approved_at IS NOT NULL"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'an approved award stays as it is';",
            ),
        ]

    def __str__(self) -> str:
        return f"award of {self.application_id}"


class UseReport(models.Model):
    """What part of an award was spent on what. All reports of an award together stay within it."""

    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="uses")
    amount_fen = models.BigIntegerField()
    purpose = models.CharField(max_length=300)
    on = models.DateField()
    evidence = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of the withdrawal

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.CheckConstraint(name="use_report_of_something", condition=Q(amount_fen__gt=0) & ~Q(purpose="")),
            models.CheckConstraint(
                name="use_report_withdrawn_says_why",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="use_reports_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="use_reports_keep_their_words", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("award", "amount_fen", "purpose", "on", "evidence", "by", "at"),
            ),
            pgtrigger.Protect(
                name="withdrawn_use_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.withdrawn_at IS NOT NULL"),
            ),
            pgtrigger.Trigger(
                # The award's row is locked, so that two reports at once cannot both fit.
                name="use_within_the_award", when=pgtrigger.Before, operation=pgtrigger.Insert,
                declare=[("due", "bigint"), ("used", "bigint")],
                func="""
                    SELECT a.total_fen INTO due FROM oversight_award a
                        WHERE a.id = NEW.award_id AND a.approved_at IS NOT NULL FOR UPDATE;
                    SELECT coalesce(sum(u.amount_fen), 0) INTO used FROM oversight_usereport u
                        WHERE u.award_id = NEW.award_id AND u.withdrawn_at IS NULL;
                    IF due IS NULL OR used + NEW.amount_fen > due THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'more than the award, or an award that is not approved';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_fen} of {self.award_id}"
