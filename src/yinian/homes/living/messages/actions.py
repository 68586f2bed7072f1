"""Writing letters with families: the family writes, the home answers or tells, both read; notices to all families."""

import datetime as dt
from collections.abc import Iterable
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import IMAGES, purpose
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day as day_words
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.care.actions import constraint_of
from yinian.homes.living import workkinds
from yinian.homes.living.messages import queries
from yinian.homes.living.messages.models import FamilyMessage, FamilyNotice, FamilyRead
from yinian.homes.stays.models import Stay
from yinian.people.representatives.queries import get_own, may_act_for

LONGEST = 1000
LONGEST_NOTICE_DAYS = 92
PHOTO = purpose("homes.family_photo", store="family.write", open="family.view", kinds=IMAGES).name
Side = FamilyMessage.Side


def write_home(actor: User, stay_pk: int, text: str, photo: BinaryIO | None = None) -> FamilyMessage:
    """Write to a resident's family for the home; it answers what the family asked.

    Raises :class:`Refused` where nobody acts for the person, and a photo without consent to photos.
    """
    stay = queries.get_resident(actor, stay_pk, "family.write")
    site, text = stay.bed.site, text.strip()
    if not text:
        raise Refused(fields={"text": _("Write something.")})
    if not queries.family_of(stay.person_id):
        raise Refused(_("Nobody of the family is let act for this person yet; the village appoints who may."))
    if photo is not None and not queries.may_photo(stay.person_id):
        raise Refused(fields={"photo": _("No consent to photos stands for this person; record it first.")})
    with transaction.atomic():
        kept = None
        if photo is not None:
            kept = attachments.store(actor, photo, PHOTO, site.region_id, name="photo", site_id=site.pk)
        made = _write(actor, stay, Side.HOME, text, kept)
        _read(actor, queries.thread(stay.person_id, site))
        settle(actor, _key(stay.person_id, site.pk), _("The home answered."))
    return made


def write_family(actor: User, person_id: int, text: str) -> FamilyMessage:
    """Write to the home for a person whom the account acts for."""
    person = get_own(actor, person_id)
    if not may_act_for(actor, person):
        raise NotVisible("person")
    text = text.strip()
    if not text:
        raise Refused(fields={"text": _("Write something.")})
    stay = Stay.objects.filter(person=person, period__contains=timezone.localdate()).select_related("bed__site").first()
    if stay is None:
        raise Refused(_("The person lives in no home at present."))
    with transaction.atomic():
        return _write(actor, stay, Side.FAMILY, text, None)


def _write(actor: User, stay: Stay, side: str, text: str, photo: Attachment | None) -> FamilyMessage:
    site = stay.bed.site
    try:
        with transaction.atomic():
            made = FamilyMessage.objects.create(
                person_id=stay.person_id, site=site, side=side, text=text[:LONGEST], photo=photo, author=actor
            )
    except IntegrityError as error:
        words = {
            "family_acts_for_the_person": _("Nobody of the family is let act for this person any more."),
            "recorder_is_on_staff": _("Only staff of the home write for it."),
            "photo_is_agreed_to": _("No consent to photos stands for this person; record it first."),
            "person_lives_here": _("The person has no bed in this home on that day."),
        }
        name = constraint_of(error)
        raise (Refused(words[name]) if name in words else error) from error
    record(
        actor, "homes.family_message", made, region=site.region_id,
        detail={"person": stay.person_id, "site": site.pk, "side": side, "photo": photo is not None},
    )
    return made


def _key(person: int, site: int) -> str:
    return f"homes.family_waits:{site}:{person}"


def read_home(actor: User, stay_pk: int) -> None:
    """The home has read what the family wrote; who and when is kept."""
    stay = queries.get_resident(actor, stay_pk, "family.write")
    with transaction.atomic():
        _read(actor, [m for m in queries.thread(stay.person_id, stay.bed.site) if m.side == Side.FAMILY])


def read_family(actor: User, person_id: int) -> None:
    """The account has read what the home wrote."""
    with transaction.atomic():
        _read(actor, [m for m in queries.own_thread(actor, person_id) if m.side == Side.HOME])


def _read(actor: User, found: Iterable[FamilyMessage]) -> None:
    FamilyRead.objects.bulk_create(
        [FamilyRead(message=one, user=actor) for one in found if one.author_id != actor.pk], ignore_conflicts=True
    )


def give_notice(actor: User, site_pk: int, *, title: str, text: str, until: dt.date) -> FamilyNotice:
    """Tell all families of a home something, shown until a day. Nothing about a single person belongs here."""
    home = queries.get_home(actor, site_pk, "family.write")
    actor.require("care.manage", home.region_id, home.pk)
    title, text, today = title.strip(), text.strip(), timezone.localdate()
    faults = {}
    if not title:
        faults["title"] = _("Fill this in.")
    if not text:
        faults["text"] = _("Fill this in.")
    if not today <= until <= today + dt.timedelta(days=LONGEST_NOTICE_DAYS):
        faults["until"] = _("A notice is shown from today, at most three months.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        made = FamilyNotice.objects.create(
            site=home, title=title[:60], text=text[:LONGEST], until=until, author=actor
        )
        record(actor, "homes.family_notice", made, region=home.region_id, detail={"site": home.pk})
    return made


def withdraw_notice(actor: User, pk: int, reason: str) -> FamilyNotice:
    """Take a notice back: families no longer see it; it stays on record with the reason."""
    seen = queries.get_notice(actor, pk)
    actor.require("care.manage", seen.site.region_id, seen.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    with transaction.atomic():
        notice = FamilyNotice.objects.select_for_update(of=("self",)).get(pk=pk)
        if notice.withdrawn_at is not None:
            raise Refused(_("This notice is taken back already."))
        notice.withdrawn_by, notice.withdrawn_at, notice.withdraw_reason = actor, timezone.now(), reason[:200]
        notice.save(update_fields=["withdrawn_by", "withdrawn_at", "withdraw_reason"])
        record(actor, "homes.family_notice_back", notice, region=seen.site.region_id, reason=reason[:200])
    return notice


def ask_about_unanswered(now: dt.datetime | None = None) -> int:
    """Put families that wait for an answer on their home manager's desk. Returns how many wait."""
    actor, told = platform_user(), 0
    found = queries.unanswered(now)
    here = {
        (stay.person_id, stay.bed.site_id): stay
        for stay in Stay.objects.filter(
            period__contains=timezone.localdate(), person__in=[one.person for one in found]
        ).select_related("person", "bed__site")
    }
    for one in found:
        stay = here.get((one.person, one.site))
        if stay is None:
            continue
        with transaction.atomic():
            ask(
                actor, workkinds.UNANSWERED, key=_key(one.person, one.site), region=stay.bed.site.region_id,
                site=one.site, url=reverse("homes:family_thread", args=[stay.pk]), due_on=timezone.localdate(),
                params={"name": stay.person.name, "bed": stay.bed.label,
                        "day": day_words(timezone.localtime(one.since).date())},
            )
        told += 1
    return told

