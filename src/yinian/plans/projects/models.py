"""Projects of a plan: what is built by whom, for how much from which fund, and how far it is."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.plans.guard import Adopted, append_only, from_reviewed_item


class Project(Adopted):
    """One project. Amounts are fen. ``planned_fen`` is the document's own figure for its years."""

    class State(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("project", "Not begun")
        RUNNING = "running", pgettext_lazy("project", "Being built")
        DONE = "done", pgettext_lazy("project", "Finished")
        STOPPED = "stopped", pgettext_lazy("project", "Stopped")

    number = models.CharField(max_length=20, blank=True)
    group = models.CharField(max_length=120, blank=True)
    name = models.CharField(max_length=200)
    nature = models.CharField(max_length=40, blank=True)
    owner = models.CharField(max_length=120, blank=True)  # as the document says
    # Who reports on it besides the office that drives the plan.
    unit = models.ForeignKey("plans.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="projects")
    content = models.TextField(blank=True)
    start_year = models.PositiveSmallIntegerField(null=True, blank=True)
    end_year = models.PositiveSmallIntegerField(null=True, blank=True)
    total_fen = models.BigIntegerField(null=True, blank=True)
    planned_fen = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    percent = models.PositiveSmallIntegerField(default=0)
    spent_fen = models.BigIntegerField(default=0)
    reported_on = models.DateField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    finished_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["document_id", "place", "id"]
        constraints = [
            models.CheckConstraint(
                name="project_years_in_order",
                condition=Q(start_year__isnull=True) | Q(end_year__isnull=True) | Q(start_year__lte=F("end_year")),
            ),
            models.CheckConstraint(name="project_percent", condition=Q(percent__lte=100)),
            models.CheckConstraint(
                name="project_sums_not_negative",
                condition=(Q(total_fen__isnull=True) | Q(total_fen__gte=0))
                & (Q(planned_fen__isnull=True) | Q(planned_fen__gte=0)) & Q(spent_fen__gte=0),
            ),
            models.CheckConstraint(
                name="project_done_has_its_day",
                condition=Q(state="done", finished_on__isnull=False, percent=100)
                | ~Q(state="done") & Q(finished_on__isnull=True),
            ),
        ]
        triggers = [
            from_reviewed_item("project"),
            pgtrigger.Trigger(
                name="funds_make_the_total",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("total_fen"),
                timing=pgtrigger.Deferred,
                declare=[("total_", "bigint"), ("sum_", "bigint")],
                func="""
                    SELECT total_fen INTO total_ FROM plans_project WHERE id = NEW.id;
                    SELECT coalesce(sum(amount_fen), 0) INTO sum_ FROM plans_projectfund WHERE project_id = NEW.id;
                    IF total_ IS NOT NULL AND sum_ <> total_ THEN
                        RAISE check_violation USING MESSAGE = 'the funds of a project make its total',
                            CONSTRAINT = 'project_funds_make_the_total';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectFund(models.Model):
    """What comes from one source, in fen. What the document does not assign stands as unassigned."""

    class Source(models.TextChoices):
        CENTRAL = "central", pgettext_lazy("source of funds", "Central")
        PROVINCE = "province", pgettext_lazy("source of funds", "Province")
        CITY = "city", pgettext_lazy("source of funds", "Prefecture")
        COUNTY = "county", pgettext_lazy("source of funds", "County")
        PRIVATE = "private", pgettext_lazy("source of funds", "Private capital")
        LOTTERY = "lottery", pgettext_lazy("source of funds", "Welfare-lottery fund")
        UNASSIGNED = "unassigned", pgettext_lazy("source of funds", "Not assigned")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="funds")
    source = models.CharField(max_length=12, choices=Source.choices)
    amount_fen = models.BigIntegerField()

    class Meta:
        ordering = ["project_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "source"], name="projectfund_once"),
            models.CheckConstraint(name="projectfund_is_positive", condition=Q(amount_fen__gt=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="funds_make_the_total",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                declare=[("which_", "bigint"), ("total_", "bigint"), ("sum_", "bigint")],
                func="""
                    which_ := coalesce(NEW.project_id, OLD.project_id);
                    SELECT total_fen INTO total_ FROM plans_project WHERE id = which_;
                    SELECT coalesce(sum(amount_fen), 0) INTO sum_ FROM plans_projectfund WHERE project_id = which_;
                    IF (total_ IS NULL AND sum_ > 0) OR sum_ <> total_ THEN
                        RAISE check_violation USING MESSAGE = 'the funds of a project make its total',
                            CONSTRAINT = 'project_funds_make_the_total';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.source}"


class ProjectYear(models.Model):
    """How far a project is to be by the end of a year: percent of the works, and fen to be spent in that year."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    percent = models.PositiveSmallIntegerField()
    spend_fen = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["project_id", "year"]
        constraints = [
            models.UniqueConstraint(fields=["project", "year"], name="project_year_once"),
            models.CheckConstraint(name="project_year_percent", condition=Q(percent__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.year}"


class ProjectProgress(models.Model):
    """What was reported of a project on a day: percent of the works, fen spent so far, in words."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="progress")
    on = models.DateField()
    percent = models.PositiveSmallIntegerField()
    spent_fen = models.BigIntegerField()
    text = models.TextField(max_length=2000)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["project_id", "on", "id"]
        constraints = [
            models.CheckConstraint(name="projectprogress_percent", condition=Q(percent__lte=100)),
            models.CheckConstraint(name="projectprogress_spent", condition=Q(spent_fen__gte=0)),
            models.CheckConstraint(name="projectprogress_says_something", condition=~Q(text="")),
        ]
        triggers = [append_only("project_progress_stays")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.on}"


class ProjectPhoto(models.Model):
    """A picture that came with a report on a project."""

    progress = models.ForeignKey(ProjectProgress, on_delete=models.PROTECT, related_name="photos")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        triggers = [append_only("project_photos_stay")]

    def __str__(self) -> str:
        return f"{self.progress_id} {self.attachment_id}"
