"""Frozen figures and the snapshots behind them. Nothing is ever changed: a correction is a new version."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Period(models.TextChoices):
    MONTH = "month", pgettext_lazy("period", "Month")
    QUARTER = "quarter", pgettext_lazy("period", "Quarter")
    YEAR = "year", pgettext_lazy("period", "Year")


class Snapshot(models.Model):
    """The views of a county as they stood on a day, kept as Parquet files with their hashes.

    ``files``: view -> {file, sha256, rows}; ``definitions``: indicator -> its definition and the parameters it read, as
    they stood. With both any figure made from it can be worked out again.
    """

    class Origin(models.TextChoices):
        PERIOD = "period", _("At the end of the period")
        BACKWARDS = "backwards", _("Afterwards, from dated records")
        CORRECTION = "correction", _("Corrected")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    origin = models.CharField(max_length=10, choices=Origin.choices)
    pack_path = models.CharField(max_length=120)
    pack_hash = models.CharField(max_length=64)
    files = models.JSONField(default=dict)
    definitions = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["region", "-as_of"], name="snapshot_of_region")]
        triggers = [
            pgtrigger.Protect(name="snapshots_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="snapshots_keep", operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("region", "as_of", "origin", "pack_hash", "definitions", "made_by"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.as_of}"


class Figure(models.Model):
    """One indicator of one region for one period, in one version.

    Computed: ``numerator``, ``denominator`` (None: a count or a sum), ``outside``, ``unknown``, ``unsure`` as the
    engine counts them, from ``snapshot``. Reported by hand: ``numerator`` over ``denominator`` is the value as
    reported, with ``note`` (its source in words) and perhaps ``attachment``. ``version`` 2 and later say why in
    ``reason``.
    """

    class Origin(models.TextChoices):
        COMPUTED = "computed", _("Computed")
        REPORTED = "reported", _("Reported by hand")

    indicator = models.CharField(max_length=80)
    definition_hash = models.CharField(max_length=64)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    period = models.CharField(max_length=8, choices=Period.choices)
    starts = models.DateField()
    ends = models.DateField()
    as_of = models.DateField()
    version = models.PositiveSmallIntegerField(default=1)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    numerator = models.BigIntegerField(null=True, blank=True)
    denominator = models.BigIntegerField(null=True, blank=True)
    outside = models.BigIntegerField(null=True, blank=True)
    unknown = models.BigIntegerField(null=True, blank=True)
    unsure = models.BigIntegerField(null=True, blank=True)
    snapshot = models.ForeignKey(Snapshot, null=True, blank=True, on_delete=models.PROTECT, related_name="figures")
    note = models.CharField(max_length=200, blank=True)
    attachment = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["indicator", "region_id", "-ends", "-version"]
        indexes = [
            models.Index(fields=["region", "indicator", "-ends", "-version"], name="figure_of_region"),
            models.Index(fields=["period", "ends", "region"], name="figure_of_period"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "region", "period", "starts", "version"], name="figure_version_once"
            ),
            models.CheckConstraint(name="figure_period_in_order", condition=Q(ends__gte=F("starts"))),
            models.CheckConstraint(
                name="figure_as_of_within_its_period", condition=Q(as_of__gte=F("starts"), as_of__lte=F("ends"))
            ),
            models.CheckConstraint(
                name="figure_computed_from_a_snapshot_or_reported_with_its_source",
                condition=Q(origin="computed", snapshot__isnull=False, numerator__isnull=False, outside__isnull=False,
                            unknown__isnull=False, unsure__isnull=False)
                | (Q(origin="reported", snapshot__isnull=True, numerator__isnull=False, denominator__gt=0)
                   & ~Q(note="")),
            ),
            models.CheckConstraint(name="figure_corrected_with_a_reason", condition=Q(version=1) | ~Q(reason="")),
            models.CheckConstraint(
                name="figure_counts_are_not_negative",
                condition=Q(origin="reported")
                | (Q(numerator__gte=0, outside__gte=0, unknown__gte=0, unsure__gte=0)
                   & (Q(denominator__isnull=True) | Q(denominator__gte=0))),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="figures_stay", operation=pgtrigger.Delete | pgtrigger.Update),
            pgtrigger.Trigger(
                name="versions_follow",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__version__gt=1),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM indicators_figure f WHERE f.indicator = NEW.indicator
                            AND f.region_id = NEW.region_id AND f.period = NEW.period AND f.starts = NEW.starts
                            AND f.version = NEW.version - 1
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a version follows the one before it',
                            CONSTRAINT = 'figure_versions_follow';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.region_id} {self.ends} v{self.version}"
