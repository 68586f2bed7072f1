"""A round of an evaluation up to the recommendation: its criteria, the applications with their papers, the marks and
visits of the recommending office, and whom it recommends in what order.

A round keeps the rules it was opened under. What may not happen is refused by the database: two rounds of a year, two
applications of one applicant, more nominees than the rule allows, one human proposing and sending a recommendation.
"""

import pgtrigger
from django.db import models
from django.db.models import Deferrable, F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Round(models.Model):
    """One year's evaluation of a scheme by the region that holds it. ``rules`` are the scheme as the pack had it."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("evaluation round", "Applications and recommendations")
        REVIEW = "review", pgettext_lazy("evaluation round", "Expert review")
        RANKED = "ranked", pgettext_lazy("evaluation round", "Ranked, to be decided")
        NOTICE = "notice", pgettext_lazy("evaluation round", "Public notice")
        RECOGNISED = "recognised", pgettext_lazy("evaluation round", "Recognised")
        CANCELLED = "cancelled", pgettext_lazy("evaluation round", "Cancelled")

    OVER = (State.RECOGNISED, State.CANCELLED)

    scheme_id = models.CharField(max_length=80)
    label = models.JSONField()
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    pack_path = models.CharField(max_length=200)
    pack_hash = models.CharField(max_length=64)
    rules = models.JSONField()
    documents = models.JSONField(default=dict)  # id -> title and number of the documents the rules cite
    apply_by = models.DateField()
    recommend_by = models.DateField()
    review_by = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme_id", "region", "year"], condition=~Q(state="cancelled"), name="round_once_a_year"
            ),
            models.CheckConstraint(
                name="round_deadlines_in_order",
                condition=Q(apply_by__lte=F("recommend_by")) & Q(recommend_by__lte=F("review_by")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="rounds_keep_their_rules", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("scheme_id", "region", "year", "pack_path", "pack_hash", "rules"),
            ),
            pgtrigger.Protect(name="rounds_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="round_over_stays", when=pgtrigger.Before, operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('recognised', 'cancelled')"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a round that is over stays as it is';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.year} {self.region_id}"

    @property
    def is_over(self) -> bool:
        return self.state in self.OVER


class Criterion(models.Model):
    """What is scored in a round, and its full points. Never changed once the round is open."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="criteria")
    key = models.CharField(max_length=80)
    place = models.PositiveSmallIntegerField()
    label = models.JSONField()
    text = models.JSONField(default=dict, blank=True)
    most = models.DecimalField(max_digits=7, decimal_places=2)
    given = models.BooleanField()  # the full points stand in the pack; otherwise whoever opened the round entered them

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["round", "key"], name="criterion_once"),
            models.CheckConstraint(name="criterion_has_points", condition=Q(most__gt=0)),
        ]
        triggers = [
            pgtrigger.Protect(name="criteria_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.key}"


class Application(models.Model):
    """One applicant's application in a round. ``prefecture`` is the region that recommends it."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("evaluation", "Being prepared")
        SUBMITTED = "submitted", pgettext_lazy("evaluation", "Submitted")
        WITHDRAWN = "withdrawn", pgettext_lazy("evaluation", "Withdrawn")
        RECOMMENDED = "recommended", pgettext_lazy("evaluation", "Recommended")
        PASSED_OVER = "passed_over", pgettext_lazy("evaluation", "Not recommended")
        RECOGNISED = "recognised", pgettext_lazy("evaluation", "Recognised")
        NOT_RECOGNISED = "not_recognised", pgettext_lazy("evaluation", "Not recognised")

    # Those the panel reads, and what becomes of them.
    READ = (State.RECOMMENDED, State.RECOGNISED, State.NOT_RECOGNISED)

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="applications")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    prefecture = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=15, choices=State.choices, default=State.DRAFT)
    summary = models.TextField(max_length=3000, blank=True)
    affirmed = models.JSONField(default=list, blank=True)  # ids of the conditions the applicant affirms
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of a withdrawal
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-round__year", "region_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "region"], condition=~Q(state="withdrawn"), name="application_once_a_round"
            ),
            models.CheckConstraint(
                name="application_submitted_has_author",
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="application_withdrawn_says_why", condition=~Q(state="withdrawn") | ~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="application_of_its_round", when=pgtrigger.Before, operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_round r WHERE r.id = NEW.round_id AND r.state = 'open'
                            AND starts_with(NEW.prefecture_id COLLATE "C", r.region_id COLLATE "C")
                            AND starts_with(NEW.region_id COLLATE "C", NEW.prefecture_id COLLATE "C")
                            AND NEW.region_id <> NEW.prefecture_id
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'no open round here to apply in';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="applications_stay", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.region_id}"


class Paper(models.Model):
    """A file that an application brings. Taken out, it stays on record."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=80)
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    removed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                name="paper_removed_has_author",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="papers_settled_when_submitted", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR NOT EXISTS (
                        SELECT FROM oversight_application a WHERE a.id = NEW.application_id AND a.state = 'draft'
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'papers are added and taken out while the application is prepared';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"


class RoundStep(models.Model):
    """What somebody did in a round, to the whole or to one application. Only ever added to."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="steps")
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="steps"
    )
    verb = models.CharField(max_length=30)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        triggers = [
            pgtrigger.Protect(name="round_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.round_id}"


class SiteVisit(models.Model):
    """What the recommending office saw on the spot (实地考察)."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="visits")
    on = models.DateField()
    who = models.CharField(max_length=200)
    text = models.TextField(max_length=3000)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [models.CheckConstraint(name="site_visit_says_what", condition=~Q(text="") & ~Q(who=""))]
        triggers = [pgtrigger.Protect(name="site_visits_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"visit to {self.application_id}"


class VisitPhoto(models.Model):
    """A picture of a visit."""

    visit = models.ForeignKey(SiteVisit, on_delete=models.PROTECT, related_name="photos")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"photo of {self.visit_id}"


class Mark(models.Model):
    """The recommending office's own points for one criterion, until its recommendation is proposed."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="marks")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    points = models.DecimalField(max_digits=7, decimal_places=2)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["criterion__place"]
        constraints = [
            models.UniqueConstraint(fields=["application", "criterion"], name="mark_once"),
            models.CheckConstraint(name="mark_not_negative", condition=Q(points__gte=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="mark_within_full_points", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_criterion c JOIN oversight_application a ON a.round_id = c.round_id
                        WHERE c.id = NEW.criterion_id AND a.id = NEW.application_id AND NEW.points <= c.most
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'more than the full points';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} of {self.application_id}"


class Recommendation(models.Model):
    """Whom one prefecture recommends in a round. Proposed by one human and sent by another."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("recommendation", "Being prepared")
        PROPOSED = "proposed", pgettext_lazy("recommendation", "Proposed, to be sent by another")
        SENT = "sent", pgettext_lazy("recommendation", "Sent")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="recommendations")
    prefecture = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    report = models.TextField(max_length=5000, blank=True)
    proposed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_key = models.BinaryField(max_length=32, null=True, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_key = models.BinaryField(max_length=32, null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["prefecture_id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "prefecture"], name="recommendation_once"),
            models.CheckConstraint(
                name="recommendation_proposed_has_author",
                condition=Q(state="draft")
                | (Q(proposed_by__isnull=False, proposed_key__isnull=False, proposed_at__isnull=False)
                   & ~Q(report="")),
            ),
            models.CheckConstraint(
                name="recommendation_sent_by_another",
                condition=~Q(state="sent")
                | (Q(sent_by__isnull=False, sent_key__isnull=False, sent_at__isnull=False)
                   & ~Q(sent_key=F("proposed_key"))),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="recommendation_sent_stays", when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'sent'"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a recommendation that was sent stays';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.prefecture_id}"


class Nominee(models.Model):
    """An application that is recommended, and its place among the prefecture's."""

    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="nominees")
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="nominee")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rank"]
        constraints = [
            # Two change places in one transaction.
            models.UniqueConstraint(
                fields=["recommendation", "rank"], name="nominee_rank_once", deferrable=Deferrable.DEFERRED
            ),
            models.CheckConstraint(name="nominee_rank_from_one", condition=Q(rank__gte=1)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="nominee_within_the_rule", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF NOT EXISTS (
                        SELECT FROM oversight_recommendation n JOIN oversight_round r ON r.id = n.round_id
                            JOIN oversight_application a ON a.round_id = r.id
                        WHERE n.id = NEW.recommendation_id AND a.id = NEW.application_id
                            AND a.prefecture_id = n.prefecture_id
                            AND a.state IN ('submitted', 'recommended')
                            AND NEW.rank <= (r.rules -> 'recommend' ->> 'at_most')::int
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'more than may be recommended, or not of this prefecture';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="nominees_of_sent_stay", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT FROM oversight_recommendation n WHERE n.state <> 'draft' AND n.id = CASE TG_OP
                            WHEN 'DELETE' THEN OLD.recommendation_id ELSE NEW.recommendation_id END
                    ) THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'whom a proposed recommendation names stays';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.application_id}"


STATE_TONES = {
    Round.State.OPEN: "info", Round.State.REVIEW: "warn", Round.State.RANKED: "warn", Round.State.NOTICE: "warn",
    Round.State.RECOGNISED: "ok", Round.State.CANCELLED: "mute",
}
