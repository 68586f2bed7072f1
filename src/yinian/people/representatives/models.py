"""Who acts for an older person from an account of their own: the person, or a relative or guardian (代办人)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Representative(models.Model):
    """That an account may see a person's own matters and act for the person, from one day to another."""

    class Relation(models.TextChoices):
        SELF = "self", _("The person")
        SPOUSE = "spouse", _("Spouse")
        CHILD = "child", _("Child or child-in-law")
        KIN = "kin", _("Other kin")
        GUARDIAN = "guardian", _("Guardian")

    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="represents")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="representatives")
    relation = models.CharField(max_length=10, choices=Relation.choices)
    period = DateRangeField()
    evidence = models.CharField(max_length=200)  # how it was seen: household book, statement of the person
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    ended_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["person_id", "id"]
        indexes = [models.Index(fields=["person"], name="representative_of_person")]
        constraints = [
            ExclusionConstraint(
                name="representative_once_at_a_time",
                expressions=[
                    (Func(F("user_id"), F("user_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="representative_says_how_it_was_seen", condition=~Q(evidence="")),
            models.CheckConstraint(
                name="representative_ended_with_author_and_reason",
                condition=Q(period__endswith__isnull=True) | (Q(ended_by__isnull=False) & ~Q(end_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.relation} {self.person_id}"
