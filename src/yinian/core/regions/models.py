"""Regions: province to hamlet. They live on the base floor because scope is made of them."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.utils.translation import gettext_lazy as _

# Length of a trimmed division code by level: 2 province, 4 prefecture, 6 county, 9 town, 12 village, 14 hamlet.
CODE_LENGTHS = {1: 2, 2: 4, 3: 6, 4: 9, 5: 12, 6: 14}


class Level(models.IntegerChoices):
    PROVINCE = 1, _("Province")
    PREFECTURE = 2, _("Prefecture")
    COUNTY = 3, _("County")
    TOWN = 4, _("Town")
    VILLAGE = 5, _("Village")
    HAMLET = 6, _("Hamlet")


class Region(models.Model):
    """A division. ``code`` is the national statistical code without trailing zeros, so a subtree is a prefix."""

    code = models.CharField(primary_key=True, max_length=14)
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField(choices=Level.choices)
    kind = models.CharField(max_length=20, blank=True)  # 镇 街道 村 社区 屋场, as the source writes it
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    pinyin = models.CharField(max_length=120, blank=True)
    initials = models.CharField(max_length=30, blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    schematic = models.BooleanField(default=False)  # the position or outline is drawn for the map, not surveyed
    outline = models.JSONField(null=True, blank=True)  # GeoJSON geometry, WGS 84
    note = models.TextField(blank=True)
    source = models.TextField(blank=True)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(OpClass("pinyin", "text_pattern_ops"), name="region_pinyin_prefix")]
        constraints = [
            models.CheckConstraint(
                name="region_code_is_as_long_as_its_level",
                condition=models.Q(
                    *[
                        models.Q(level=level, code__regex=rf"^[0-9]{{{length}}}$")
                        for level, length in CODE_LENGTHS.items()
                    ],
                    _connector=models.Q.OR,
                ),
            ),
            models.CheckConstraint(
                name="region_lies_under_its_parent",
                condition=models.Q(parent__isnull=True) | models.Q(code__startswith=models.F("parent_id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def full_code(self) -> str:
        """The 12-digit national form; a hamlet keeps its two-digit suffix behind it."""
        return self.code.ljust(12, "0")

    @staticmethod
    def codes_above(code: str) -> list[str]:
        """Codes of the region and all that contain it, province first."""
        return [code[:length] for length in CODE_LENGTHS.values() if length <= len(code)]
