"""What a home and the families of its residents write to each other: letters about one resident, notices to all.

A family is who acts for the resident by an appointment in force (people.representatives); nobody else reads or writes.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.homes.care.models import lives_here


class FamilyMessage(models.Model):
    """One message about a resident, from the family or from the home. It is neither changed nor deleted."""

    class Side(models.TextChoices):
        FAMILY = "family", pgettext_lazy("message", "Family")
        HOME = "home", pgettext_lazy("message", "Home")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="family_messages")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=6, choices=Side.choices)
    text = EncryptedTextField()
    photo = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["site", "person", "-at"], name="message_of_thread")]
        constraints = [
            models.CheckConstraint(name="message_is_of_a_side", condition=Q(side__in=["family", "home"])),
        ]
        triggers = [
            pgtrigger.Protect(name="messages_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="message_is_not_written_over",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                # Merging two entries of one person moves their messages, and changes nothing else.
                func="""
                    IF to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE check_violation USING MESSAGE = 'a message is not written over',
                            CONSTRAINT = 'message_is_not_written_over';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="message_fits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("day_", "date")],
                func=f"""
                    day_ := (NEW.at AT TIME ZONE 'Asia/Shanghai')::date;
                    IF NOT EXISTS (
                        SELECT FROM people_representative r WHERE r.person_id = NEW.person_id AND r.period @> day_
                            AND (NEW.side = 'home' OR r.user_id = NEW.author_id)
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'nobody of the family may act for the person',
                            CONSTRAINT = 'family_acts_for_the_person';
                    END IF;
                    IF NEW.side = 'home' AND NOT EXISTS (
                        SELECT FROM core_posting p WHERE p.user_id = NEW.author_id AND p.site_ref = NEW.site_id
                            AND p.period @> day_
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'whoever writes for the home works in it',
                            CONSTRAINT = 'recorder_is_on_staff';
                    END IF;
                    IF NEW.photo_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM people_consent c WHERE c.person_id = NEW.person_id AND c.purpose = 'photo'
                            AND c.withdrawn_on IS NULL
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'no consent to photos stands',
                            CONSTRAINT = 'photo_is_agreed_to';
                    END IF;
                    {lives_here("NEW.site_id", "NEW.person_id", "day_")}
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class FamilyRead(models.Model):
    """Somebody has read a message of the other side."""

    message = models.ForeignKey(FamilyMessage, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="message_read_once")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.user_id}"


class FamilyNotice(models.Model):
    """What a home tells all its families: it stands on their page until a day, or is taken back with a reason."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=60)
    text = models.CharField(max_length=1000)
    until = models.DateField()  # the last day it is shown
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["site", "-at"], name="notice_of_site")]
        constraints = [
            models.CheckConstraint(name="notice_says_something", condition=~Q(title="") & ~Q(text="")),
            models.CheckConstraint(
                name="notice_withdrawn_with_author_and_reason",
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdraw_reason="")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdraw_reason="")),
            ),
        ]
        verbose_name = _("Notice to families")

    def __str__(self) -> str:
        return self.title
