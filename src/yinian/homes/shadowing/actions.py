"""Writing shadowings: begun, noted day by day, signed by the mentor, then for the home by another person."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Forbidden, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.care.actions import constraint_of
from yinian.homes.rosters.rules import shadow_rule_for
from yinian.homes.shadowing.models import ShadowDay, Shadowing
from yinian.homes.shadowing.queries import get_home, get_shadowing, mentors_at, places_for
from yinian.places.models import Site
from yinian.workforce.models import Post


def begin(actor: User, home_pk: int, *, worker: int, place: int, mentor: int, since: dt.date) -> Shadowing:
    """Begin to show somebody of a home the work, at a home of the county, by a mentor of that home."""
    home = get_home(actor, home_pk)
    where = places_for(actor).filter(pk=place).first()
    faults = {}
    if where is None:
        faults["place"] = _("Choose a home of the county.")
    elif not mentors_at(where, since).filter(pk=mentor).exists():
        faults["mentor"] = _("Choose somebody in post there who is not being shown the work themselves.")
    posts = Post.objects.filter(site=home, worker=worker)
    if not any(post.period.upper is None or post.period.upper > since for post in posts):
        faults["worker"] = _("Choose somebody of the home's staff.")
    if mentor == worker:
        faults["mentor"] = _("Nobody shows the work to themselves.")
    if since > timezone.localdate() + dt.timedelta(days=92):
        faults["since"] = _("It can begin at most three months ahead.")
    if faults:
        raise Refused(fields=faults)
    rule = shadow_rule_for(home)
    with transaction.atomic():
        if Shadowing.objects.filter(worker=worker, site=home).exists():
            raise Refused(fields={"worker": _("They are or were shown the work already.")})
        try:
            with transaction.atomic():
                made = Shadowing.objects.create(
                    worker_id=worker, site=home, place_id=place, mentor_id=mentor, since=since, begun_by=actor,
                    days=rule.days if rule else None,
                    rule={"document": rule.clause.document, "quote": rule.clause.quote,
                          "confidence": rule.clause.confidence} if rule else {},
                )  # fmt: skip
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.shadowing_begin", made, region=home.region_id, detail={"site": home.pk, "place": place})
    return made


def is_mentor(actor: User, found: Shadowing) -> bool:
    """Whether the actor signs as mentor: the mentor's own account, or, where the mentor has none or works there no
    longer, whoever keeps the staff of either home."""
    in_post = Post.objects.filter(worker=found.mentor_id, site=found.place_id, period__contains=timezone.localdate())
    if found.mentor.user_id is not None and in_post.exists():
        return found.mentor.user_id == actor.pk
    return keeps(actor, found.place) or keeps(actor, found.site)


def keeps(actor: User, home: Site) -> bool:
    """Whether the actor keeps the staff of a home."""
    return actor.may("workforce.edit") and actor.scope("workforce.edit").covers(home.region_id, home.pk)


def may_note(actor: User, found: Shadowing) -> bool:
    """Whether the actor notes days: the mentor, the one who is shown, or who keeps the staff of either home."""
    own = actor.pk in (found.mentor.user_id, found.worker.user_id)
    return own or keeps(actor, found.site) or keeps(actor, found.place)


def _locked(pk: int, version: int | None = None) -> Shadowing:
    found = (
        Shadowing.objects.select_for_update(of=("self",)).select_related("worker", "mentor", "site", "place").get(pk=pk)
    )
    if version is not None and found.version != version:
        raise Changed(_("Somebody has changed this record meanwhile; look at it again."))
    return found


def note_day(actor: User, pk: int, day: dt.date, note: str) -> ShadowDay:
    """Note what was shown and done on one day."""
    actor.require("shadowing.note")
    seen, note = get_shadowing(actor, pk), note.strip()
    if not may_note(actor, seen):
        raise Forbidden("shadowing.note")
    if not note:
        raise Refused(fields={"note": _("Write what was shown and done.")})
    if day > timezone.localdate():
        raise Refused(fields={"day": _("This day lies in the future.")})
    if day < seen.since:
        raise Refused(fields={"day": _("The shadowing began later.")})
    with transaction.atomic():
        found = _locked(pk)
        if found.mentor_at is not None:
            raise Changed(_("The mentor has signed meanwhile; no day is added any more."))
        if found.noted.filter(day=day).exists():
            raise Refused(fields={"day": _("This day is noted already.")})
        made = ShadowDay.objects.create(shadowing=found, day=day, note=note[:500], by=actor)
        record(actor, "homes.shadowing_day", found, region=found.site.region_id, detail={"day": day.isoformat()})
    return made


def sign_mentor(actor: User, pk: int, version: int, word: str) -> Shadowing:
    """Sign as mentor that the days were done and how; the home's manager is asked to sign after."""
    actor.require("shadowing.note")
    seen, word = get_shadowing(actor, pk), word.strip()
    if not is_mentor(actor, seen):
        raise Refused(_("Only the mentor signs here."))
    if not word:
        raise Refused(fields={"word": _("Say in a few words how they do the work.")})
    with transaction.atomic():
        found = _locked(pk, version)
        if found.mentor_at is not None:
            raise Changed(_("The mentor has signed meanwhile."))
        left = max(found.days or 1, 1) - found.noted.count()
        if left > 0:
            raise Refused(_("%(n)d days are still to be noted before it can be signed.") % {"n": left})
        found.mentor_by, found.mentor_at, found.mentor_word = actor, timezone.now(), word[:200]
        found.version += 1
        found.save(update_fields=["mentor_by", "mentor_at", "mentor_word", "version"])
        record(actor, "homes.shadowing_mentor", found, region=found.site.region_id)
        settle(actor, f"{workkinds.MENTOR_LEFT}:{pk}", _("Signed."))
        ask(
            actor, workkinds.SHADOWING, key=f"{workkinds.SHADOWING}:{pk}", region=found.site.region_id,
            site=found.site_id, params={"name": found.mentor.name, "new": found.worker.name},
            url=reverse("homes:shadowing", args=[pk]),
        )  # fmt: skip
    return found


def sign_director(actor: User, pk: int, version: int) -> Shadowing:
    """Sign for the home that somebody has been shown the work: from that day they count as on duty."""
    seen = get_shadowing(actor, pk)
    actor.require("workforce.edit", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        found = _locked(pk, version)
        if found.director_at is not None:
            raise Changed(_("Somebody has signed meanwhile."))
        if found.mentor_at is None:
            raise Refused(_("The mentor signs first."))
        if found.mentor_by_id == actor.pk:
            raise Refused(_("Whoever signed as mentor does not sign for the home: another person does."))
        found.director_by, found.director_at = actor, timezone.now()
        found.version += 1
        found.save(update_fields=["director_by", "director_at", "version"])
        record(actor, "homes.shadowing_director", found, region=found.site.region_id)
        settle(actor, f"{workkinds.SHADOWING}:{pk}", _("The shadowing is signed off."))
    return found


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "shadowing_is_of_staff": Refused(fields={"since": _("One of them is not in post on this day.")}),
        "shadowing_once_a_home": Changed(_("Somebody has begun it meanwhile.")),
    }
    return words.get(constraint_of(error), error)
