"""Plan documents as they were issued, how each was read, and what was found in it and reviewed."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LIVE = ("accepted", "mended")  # what of a document may enter a plan


class PlanDocument(models.Model):
    """One document of a government: its source file, its text exactly as read, and how far its review is.

    ``earlier`` is the version it replaces. Offsets anywhere in this room are Unicode code points into ``text``,
    half-open; a text once read is never changed.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("Development plan")
        SCHEME = "scheme", _("Implementation scheme")
        ACTION = "action", _("Action plan")
        OPINION = "opinion", pgettext_lazy("kind of document", "Opinions")
        NOTICE = "notice", pgettext_lazy("kind of document", "Notice")
        OTHER = "other", pgettext_lazy("kind of document", "Other document")

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        IN_REVIEW = "in_review", pgettext_lazy("plan document", "Under review")
        ADOPTED = "adopted", pgettext_lazy("plan document", "Adopted")
        WITHDRAWN = "withdrawn", pgettext_lazy("plan document", "Withdrawn")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=80, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    period_from = models.PositiveSmallIntegerField(null=True, blank=True)  # the plan's own years
    period_to = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.OTHER)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    source = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)  # of the source file
    text = models.TextField(blank=True)
    text_sha256 = models.CharField(max_length=64, blank=True)
    earlier = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="later")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    imported_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(default=timezone.now)
    adopted_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-issued_on", "-id"]
        indexes = [models.Index(fields=["region", "state"], name="plandoc_of_region")]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "sha256"], condition=~Q(state="withdrawn"), name="plandoc_file_once"
            ),
            models.CheckConstraint(
                name="plandoc_read_has_text", condition=Q(state__in=["reading", "withdrawn"]) | ~Q(text="")
            ),
            models.CheckConstraint(
                name="plandoc_adopted_by_somebody",
                condition=~Q(state="adopted") | Q(adopted_by__isnull=False, adopted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plandoc_withdrawn_with_reason",
                condition=~Q(state="withdrawn")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_why="")),
            ),
            models.CheckConstraint(
                name="plandoc_years_in_order",
                condition=Q(period_from__isnull=True, period_to__isnull=True) | Q(period_from__lte=F("period_to")),
            ),
            models.CheckConstraint(
                name="plandoc_replaces_another", condition=Q(earlier__isnull=True) | ~Q(earlier=F("id"))
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="documents_stay", operation=pgtrigger.Delete),
            # What every quote is a slice of.
            pgtrigger.Trigger(
                name="text_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__text__df=pgtrigger.F("new__text"))
                | pgtrigger.Q(old__sha256__df=pgtrigger.F("new__sha256")),
                func="""
                    IF OLD.text <> '' OR OLD.sha256 <> NEW.sha256 THEN
                        RAISE check_violation USING MESSAGE = 'the text of a document is never changed',
                            CONSTRAINT = 'plandoc_text_stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether its items may still be reviewed: also after adoption, for what is accepted later."""
        return self.state in ("in_review", "adopted")


class Reading(models.Model):
    """What the engine made of a document's text: its whole output but the text (docs/plantext.md), kept as it came.

    ``doubts`` are what the reading is not sure of: ``[{code, start, end, facts}]``.
    """

    document = models.OneToOneField(PlanDocument, on_delete=models.PROTECT, related_name="reading")
    engine = models.CharField(max_length=64)  # the package's version
    output = models.JSONField()
    doubts = models.JSONField(default=list)
    read_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = [pgtrigger.Protect(name="readings_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.document_id}"


class Item(models.Model):
    """One thing that a document says: a stretch of its text, and what it means.

    ``data`` has exactly the shape in which `plantext` gives an item of this kind (docs/plantext.md). A ``standard``
    is a target whose ``kind`` is standard. ``parent`` is the heading it stands under, of a heading the one above it.
    """

    class Kind(models.TextChoices):
        OUTLINE = "outline", pgettext_lazy("item of a plan", "Heading")
        TASK = "task", pgettext_lazy("item of a plan", "Task")
        TARGET = "target", pgettext_lazy("item of a plan", "Target")
        MONEY = "money", pgettext_lazy("item of a plan", "Sum of money")
        PROJECT = "project", pgettext_lazy("item of a plan", "Project")
        STANDARD = "standard", pgettext_lazy("item of a plan", "Standard")

    class State(models.TextChoices):
        FOUND = "found", pgettext_lazy("item of a plan", "Not reviewed")
        ACCEPTED = "accepted", pgettext_lazy("item of a plan", "Accepted")
        MENDED = "mended", pgettext_lazy("item of a plan", "Mended")
        REJECTED = "rejected", pgettext_lazy("item of a plan", "Rejected")
        SPLIT = "split", pgettext_lazy("item of a plan", "Split")
        MERGED = "merged", pgettext_lazy("item of a plan", "Merged")

    class Origin(models.TextChoices):
        ENGINE = "engine", pgettext_lazy("who found it", "Found by the reading")
        OFFICER = "officer", pgettext_lazy("who found it", "Added by an officer")

    document = models.ForeignKey(PlanDocument, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    data = models.JSONField(default=dict)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.ENGINE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.FOUND)
    # Of a piece: what it was split from; of what was merged: what it went into.
    out_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="pieces")
    into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="made_of")
    reviewed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    # Which of the reading's doubts touch it, by their place in the list.
    doubts = models.JSONField(default=list, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["document_id", "start", "end", "id"]
        indexes = [
            models.Index(fields=["document", "start"], name="planitem_by_place"),
            models.Index(fields=["document", "kind", "state"], name="planitem_by_state"),
        ]
        constraints = [
            models.CheckConstraint(name="planitem_has_length", condition=Q(start__lt=F("end"))),
            models.CheckConstraint(
                name="planitem_reviewed_by_somebody",
                condition=Q(state="found", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~Q(state="found") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="planitem_rejected_with_reason", condition=~Q(state="rejected") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="planitem_merged_into_another",
                condition=(~Q(state="merged") & Q(into__isnull=True))
                | (Q(state="merged", into__isnull=False) & ~Q(into=F("id"))),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="items_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="quote_is_the_slice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF TG_OP = 'UPDATE' AND (NEW.document_id, NEW.start, NEW."end", NEW.quote)
                        = (OLD.document_id, OLD.start, OLD."end", OLD.quote) THEN
                        RETURN NEW;
                    END IF;
                    IF NOT EXISTS (
                        SELECT FROM plans_plandocument d WHERE d.id = NEW.document_id
                            AND NEW."end" <= length(d.text)
                            AND substr(d.text, NEW.start + 1, NEW."end" - NEW.start) = NEW.quote
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the quote is not what the document says there',
                            CONSTRAINT = 'planitem_quote_is_the_slice';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="parent_in_the_document",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="""
                    IF EXISTS (
                        SELECT FROM plans_item i WHERE i.id IN (NEW.parent_id, NEW.out_of_id, NEW.into_id)
                            AND i.document_id <> NEW.document_id
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the other item stands in another document',
                            CONSTRAINT = 'planitem_parent_in_the_document';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Nothing goes back to "not reviewed": the history would hide who had looked at it.
            pgtrigger.Trigger(
                name="review_is_not_undone",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state="found") & ~pgtrigger.Q(old__state="found"),
                func="""
                    RAISE check_violation USING MESSAGE = 'a reviewed item stays reviewed',
                        CONSTRAINT = 'planitem_stays_reviewed';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.start}-{self.end}"

    @property
    def is_live(self) -> bool:
        """Whether it may enter a plan."""
        return self.state in LIVE


class ItemChange(models.Model):
    """One act of review on an item, with what the item was before it. Never changed, never removed."""

    class Act(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("review of an item", "Accepted")
        MEND = "mend", pgettext_lazy("review of an item", "Mended")
        REJECT = "reject", pgettext_lazy("review of an item", "Rejected")
        SPLIT = "split", pgettext_lazy("review of an item", "Split")
        MERGE = "merge", pgettext_lazy("review of an item", "Merged")
        ADD = "add", pgettext_lazy("review of an item", "Added")

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="changes")
    act = models.CharField(max_length=10, choices=Act.choices)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True)  # {state, kind, start, end, data}; null for what was added

    class Meta:
        ordering = ["item_id", "id"]
        triggers = [pgtrigger.Protect(name="changes_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.act} {self.item_id}"
