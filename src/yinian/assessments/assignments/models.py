"""Assessors: what qualifies them, where they go, of whom they must keep away, and the seats they hold."""

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.assessments.requests.models import SCALE_LENGTH


@pghistory.track()
class Assessor(models.Model):
    """What makes a user an assessor. Logging in and reach come from the user's posting, as for everybody."""

    user = models.OneToOneField("core.User", on_delete=models.PROTECT, related_name="assessor")
    worker = models.OneToOneField(
        "workforce.Worker", null=True, blank=True, on_delete=models.SET_NULL, related_name="assessor"
    )
    qualification = models.CharField(max_length=80)  # such as 养老护理员三级, 执业护士
    medical = models.BooleanField(default=False)  # medical or nursing background
    agency = models.CharField(max_length=120, blank=True)  # the body whose assessor they are
    certificate = models.CharField(max_length=60, blank=True)
    certificate_expires = models.DateField(null=True, blank=True)
    scales = ArrayField(models.CharField(max_length=SCALE_LENGTH), default=list)
    most_open = models.PositiveSmallIntegerField(null=True, blank=True)  # visits they can have waiting; null: no bound
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["user__full_name", "id"]
        constraints = [models.CheckConstraint(name="assessor_has_a_scale", condition=Q(scales__len__gt=0))]

    def __str__(self) -> str:
        return str(self.user)


class ServedArea(models.Model):
    """A town or county an assessor goes to."""

    assessor = models.ForeignKey(Assessor, on_delete=models.CASCADE, related_name="areas")
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["region_id"]
        constraints = [models.UniqueConstraint(fields=["assessor", "region"], name="area_served_once")]

    def __str__(self) -> str:
        return f"{self.assessor_id} {self.region_id}"


class Recusal(models.Model):
    """An assessor who does not assess a person: kin, an interest, something else that is said."""

    class Ground(models.TextChoices):
        KIN = "kin", _("Kin")
        INTEREST = "interest", _("Business or other interest")
        CARE = "care", _("Cares for the person")
        OTHER = "other", _("Other ground")

    assessor = models.ForeignKey(Assessor, on_delete=models.CASCADE, related_name="recusals")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="recusals")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    reason = models.CharField(max_length=200)
    declared_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["assessor", "person"], name="recused_once"),
            models.CheckConstraint(name="recusal_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.assessor_id} {self.person_id}"


class Seat(models.Model):
    """One assessor's part in one request, until they are released from it.

    ``medical`` is the profile's at the time of assigning. The database refuses one human twice in a request, the
    person themself, a recused assessor, and in a re-assessment anybody who made the disputed result.
    """

    request = models.ForeignKey("assessments.Request", on_delete=models.CASCADE, related_name="seats")
    assessor = models.ForeignKey(Assessor, on_delete=models.PROTECT, related_name="seats")
    place = models.PositiveSmallIntegerField()  # 1 leads the visit
    medical = models.BooleanField()
    why = models.JSONField(default=list)  # the grounds of the proposal, as codes with their figures
    chosen_by_hand = models.BooleanField(default=False)
    assigned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    release_reason = models.CharField(max_length=200, blank=True)
    # The assessor's word that the record is right: which version of it, when, by what signature.
    confirmed_version = models.PositiveIntegerField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    signature = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    signed_name = models.CharField(max_length=60, blank=True)  # typed, with the password entered anew

    class Meta:
        ordering = ["request_id", "place"]
        indexes = [
            models.Index(fields=["assessor", "request"], condition=Q(released_at__isnull=True), name="seat_held"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "place"], condition=Q(released_at__isnull=True), name="seat_place_once"
            ),
            models.UniqueConstraint(
                fields=["request", "assessor"], condition=Q(released_at__isnull=True), name="seat_held_once"
            ),
            models.CheckConstraint(
                name="seat_released_with_author_and_reason",
                condition=Q(released_at__isnull=True) | (Q(released_by__isnull=False) & ~Q(release_reason="")),
            ),
            models.CheckConstraint(
                name="seat_confirmed_with_a_signature",
                condition=Q(confirmed_at__isnull=True, confirmed_version__isnull=True)
                | (
                    Q(confirmed_at__isnull=False, confirmed_version__isnull=False)
                    & (Q(signature__isnull=False) | ~Q(signed_name=""))
                ),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_apart",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__released_at__isnull=True),
                declare=[
                    ("user_", "bigint"), ("human_", "bytea"), ("medical_", "boolean"),
                    ("person_", "bigint"), ("disputes_", "bigint"),
                ],
                func="""
                    -- Two assignments of one request wait for each other here.
                    SELECT r.person_id, d.request_id INTO person_, disputes_ FROM assessments_request r
                        LEFT JOIN assessments_result d ON d.id = r.disputes_id
                        WHERE r.id = NEW.request_id FOR UPDATE OF r;
                    SELECT a.user_id, u.identity_index, a.medical INTO user_, human_, medical_
                        FROM assessments_assessor a JOIN core_user u ON u.id = a.user_id
                        WHERE a.id = NEW.assessor_id;
                    IF TG_OP = 'INSERT' AND NEW.medical AND NOT medical_ THEN
                        RAISE check_violation USING MESSAGE = 'the assessor has no medical background',
                            CONSTRAINT = 'seat_medical_is_true';
                    END IF;
                    IF EXISTS (
                        SELECT FROM assessments_seat s
                        JOIN assessments_assessor a ON a.id = s.assessor_id JOIN core_user u ON u.id = a.user_id
                        WHERE s.request_id = NEW.request_id AND s.id IS DISTINCT FROM NEW.id
                            AND s.released_at IS NULL AND (a.user_id = user_ OR u.identity_index = human_)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'one human holds two seats of a request',
                            CONSTRAINT = 'seat_two_humans';
                    END IF;
                    IF EXISTS (SELECT FROM people_person p WHERE p.id = person_ AND p.id_index = human_) THEN
                        RAISE check_violation USING MESSAGE = 'nobody assesses themself',
                            CONSTRAINT = 'seat_not_the_person';
                    END IF;
                    IF EXISTS (
                        SELECT FROM assessments_recusal c
                        WHERE c.assessor_id = NEW.assessor_id AND c.person_id = person_
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the assessor is recused from this person',
                            CONSTRAINT = 'seat_not_recused';
                    END IF;
                    IF disputes_ IS NOT NULL AND EXISTS (
                        SELECT FROM assessments_seat s
                        JOIN assessments_assessor a ON a.id = s.assessor_id JOIN core_user u ON u.id = a.user_id
                        WHERE s.request_id = disputes_ AND s.released_at IS NULL
                            AND (a.user_id = user_ OR u.identity_index = human_)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a re-assessment is made by others',
                            CONSTRAINT = 'seat_not_of_the_disputed';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A seat given up leaves the request it belongs to still fully held, or no longer under way.
            pgtrigger.Trigger(
                name="stays_in_full",
                when=pgtrigger.After,
                operation=pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                declare=[("held_", "integer"), ("medical_", "integer"), ("now_", "assessments_request%ROWTYPE")],
                func="""
                    SELECT * INTO now_ FROM assessments_request WHERE id = OLD.request_id;
                    IF NOT FOUND OR now_.state NOT IN ('assigned', 'confirming', 'review', 'done') THEN
                        RETURN NULL;
                    END IF;
                    SELECT count(*), count(*) FILTER (WHERE s.medical) INTO held_, medical_
                        FROM assessments_seat s WHERE s.request_id = now_.id AND s.released_at IS NULL;
                    IF held_ < coalesce((now_.rules ->> 'assessors')::integer, 2) THEN
                        RAISE check_violation USING MESSAGE = 'a request under way lacks assessors',
                            CONSTRAINT = 'request_assigned_in_full';
                    END IF;
                    IF medical_ < coalesce((now_.rules ->> 'medical')::integer, 1) THEN
                        RAISE check_violation USING MESSAGE = 'none of the assessors has a medical background',
                            CONSTRAINT = 'request_has_a_medical_assessor';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.place}"
