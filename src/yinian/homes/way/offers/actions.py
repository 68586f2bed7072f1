"""Offering a bed, and what is answered. While an offer stands the database keeps its bed.

Order of locks everywhere: the county's list, the application, the person's offer, the bed.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.beds.queries import free_beds
from yinian.homes.way import workkinds
from yinian.homes.way.applications import actions as applying
from yinian.homes.way.applications import queries as applications
from yinian.homes.way.applications import rules, waiting
from yinian.homes.way.applications.models import BedApplication, PlaceChange
from yinian.homes.way.offers import matching
from yinian.homes.way.offers.models import HOLDING, Offer
from yinian.places.models import Bed

State = BedApplication.State
BED_ONCE = "bed_offered_once"
BED_FREE = "offer_of_a_free_bed"


def offer(
    actor: User, application_pk: int, version: int, bed_pk: int, why_not_first: str = "", *,
    with_spouse: bool = False,
) -> Offer:
    """Offer a bed to somebody on the list, and keep it for them until they answer or the days run out.

    Where others whom the bed fits stand before, the reason why not them is kept. ``with_spouse``: the spouse on the
    list is offered another free bed of the room in the same act. Raises :class:`Refused` for a bed that is not free
    or does not fit.
    """
    seen = applications.get_application(actor, application_pk)
    actor.require("waiting.decide", seen.region_id)
    with transaction.atomic():
        application = applying.locked(application_pk, version, [State.WAITING])
        made = _offer(actor, application, bed_pk, why_not_first)
        if with_spouse:
            other = BedApplication.objects.filter(
                person=application.spouse_id, state=State.WAITING, region__code__startswith=_county(application)
            ).first()
            if other is None:
                raise Refused(_("The spouse is not on the waiting list."))
            room = Bed.objects.values_list("room_id", flat=True).get(pk=bed_pk)
            second = free_beds().filter(room=room).exclude(pk=bed_pk).order_by("label").first()
            if room is None or second is None:
                raise Refused(fields={"bed": _("There is no second free bed in this room.")})
            mate = applying.locked(other.pk, other.version, [State.WAITING])
            _offer(actor, mate, second.pk, why_not_first or _("Lives together with the spouse"))
        waiting.reorder(actor, _county(application))
    return made


def _county(application: BedApplication) -> str:
    return application.region_id[: rules.COUNTY_DIGITS]


def _offer(actor: User, application: BedApplication, bed_pk: int, why_not_first: str) -> Offer:
    bed = (
        Bed.objects.select_for_update(of=("self",)).select_related("site__region", "room")
        .filter(pk=bed_pk, site__region__code__startswith=_county(application)).first()
    )
    if bed is None:
        raise NotVisible("bed")
    county = matching.County(application.region_id)
    if bed.pk not in {one.pk for one in county.free.get(bed.site_id, ())}:
        raise Refused(fields={"bed": _("Bed %(bed)s is not free any more.") % {"bed": bed.label}})
    if not matching.bed_fits(county, application, bed):
        raise Refused(fields={"bed": _("Bed %(bed)s does not fit: kind of bed or who sleeps in the room.") % {
            "bed": bed.label}})
    wish = application.wishes.filter(site=bed.site).first()
    if wish is not None and wish.rank is None:
        raise Refused(fields={"bed": _("This home is not wanted.")})
    skipped = len(matching.claims(bed, county, before=application.place))
    reason = why_not_first.strip()[:300]
    if skipped and not reason:
        raise Refused(fields={"why_not_first": _(
            "%(n)d people whom this bed fits stand before; say why it is not offered to them."
        ) % {"n": skipped}})
    kept, today = application.rules, timezone.localdate()
    try:
        with transaction.atomic():
            made = Offer.objects.create(
                application=application, person_id=application.person_id, bed=bed, site=bed.site, offered_on=today,
                offered_by=actor, place=application.place, skipped=skipped, why_not_first=reason if skipped else "",
                answer_by=rules.until(kept, "offer"), assumed=rules.assumed(kept, "offer"),
            )
    except IntegrityError as error:
        name = str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))
        if name in (BED_ONCE, BED_FREE):
            raise Refused(fields={"bed": _("Bed %(bed)s is not free any more.") % {"bed": bed.label}}) from error
        raise
    applying.step(actor, application, "offer", reason if skipped else "")
    application.state, application.due_on = State.OFFERED, made.answer_by
    applying.save(application)
    applying.moved(actor, application, "offer", State.WAITING, made.why_not_first, offer=made.pk, bed=bed.pk,
                   skipped=skipped)
    person = application.person
    inbox.ask(
        actor, workkinds.ANSWER, key=workkinds.key("homes.offer", made.pk), region=person.region_id,
        role=None if len(person.region_id) >= applying.VILLAGE_DIGITS else Role.TOWN_OFFICER, due_on=made.answer_by,
        params={"name": person.name, "village": applying.village_of(person), "home": bed.site.name},
        url=reverse("homes:application", args=[application.pk]),
    )
    return made


def _locked(offer_pk: int, version: int, states: Sequence[str]) -> Offer:
    region = Offer.objects.values_list("application__region_id", flat=True).get(pk=offer_pk)
    waiting.lock_list(region[: rules.COUNTY_DIGITS])
    found = Offer.objects.select_for_update(of=("self",)).select_related("bed__site", "person").get(pk=offer_pk)
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if found.state not in states:
        raise Changed(_("The offer is no longer open: %(state)s.") % {"state": found.get_state_display()})
    return found


def _get(actor: User, offer_pk: int, right: str, own: bool) -> Offer:
    found = Offer.objects.filter(pk=offer_pk).select_related("site").first()
    if found is None:
        raise NotVisible("offer")
    if own:
        actor.require("own.act")
        applications.get_own_application(actor, found.application_id)
    else:
        application = applications.get_application(actor, found.application_id)
        if not actor.scope(right).covers(found.site.region_id, found.site_id):
            actor.require(right, application.region_id)
    return found


def accept(actor: User, offer_pk: int, version: int, *, own: bool = False) -> Offer:
    """The person or family accepts (told to staff, or on their own page): the home takes them in from here."""
    _get(actor, offer_pk, "waiting.apply", own)
    with transaction.atomic():
        found = _locked(offer_pk, version, ["open"])
        application = applying.locked(
            found.application_id, _version(found.application_id), [State.OFFERED]
        )
        if found.answer_by < timezone.localdate():
            raise Refused(_("The days to answer have run out."))
        _over(actor, found, Offer.State.ACCEPTED)
        found.move_in_by = rules.until(application.rules, "intake")
        found.save()
        applying.step(actor, application, "take")
        application.state, application.due_on = State.ACCEPTED, found.move_in_by
        applying.save(application)
        applying.moved(actor, application, "take", State.OFFERED, offer=found.pk)
        inbox.ask(
            actor, workkinds.TAKE_IN, key=workkinds.key("homes.take_in", found.pk), region=found.site.region_id,
            site=found.site_id, due_on=found.move_in_by,
            params={"name": found.person.name, "bed": found.bed.label},
            url=reverse("homes:application", args=[application.pk]),
        )
    return found


def _version(pk: int) -> int:
    return BedApplication.objects.values_list("version", flat=True).get(pk=pk)


def _over(actor: User, found: Offer, state: str, reason: str = "") -> None:
    """Set an offer's answer and settle its items; the caller saves."""
    found.state, found.answered_by, found.reason = state, actor, reason[:300]
    found.answered_on = found.answered_on or timezone.localdate()
    found.version += 1
    for kind in ("homes.offer", "homes.take_in"):
        inbox.settle(actor, workkinds.key(kind, found.pk), str(found.get_state_display()))


def decline(actor: User, offer_pk: int, version: int, reason: str, *, own: bool = False) -> Offer:
    """The person or family does not take the bed; what that does to the place is the pack's rule."""
    reason = applying.given_reason(reason)
    _get(actor, offer_pk, "waiting.apply", own)
    with transaction.atomic():
        found = _locked(offer_pk, version, HOLDING)
        application = applying.locked(
            found.application_id, _version(found.application_id), [State.OFFERED, State.ACCEPTED, State.INTAKE]
        )
        _back(actor, found, application, Offer.State.DECLINED, "decline", reason)
    return found


def withdraw(actor: User, offer_pk: int, version: int, reason: str) -> Offer:
    """The office takes an offer back, with a reason; the place is as it was."""
    reason = applying.given_reason(reason)
    _get(actor, offer_pk, "waiting.decide", False)
    with transaction.atomic():
        found = _locked(offer_pk, version, HOLDING)
        application = applying.locked(
            found.application_id, _version(found.application_id), [State.OFFERED, State.ACCEPTED, State.INTAKE]
        )
        _back(actor, found, application, Offer.State.WITHDRAWN, "recall", reason)
    return found


def _back(
    actor: User, found: Offer, application: BedApplication, state: str, verb: str, reason: str
) -> None:
    """End a standing offer: the bed is free, and the person is on the list again as the rule says."""
    from yinian.homes.way.intake.actions import fall_away

    before, why = application.state, PlaceChange.Why.JOINED
    _over(actor, found, state, reason)
    found.save()
    fall_away(actor, application, reason)
    rule = application.rules.get({"declined": "decline", "expired": "expiry"}.get(state, ""), None)
    applying.step(actor, application, verb, reason)
    out = False
    if rule is not None:
        application.not_taken += 1
        if application.not_taken >= int(rule["times"]):
            if rule["place"] == "end":
                application.since, why = timezone.localdate(), PlaceChange.Why.DAY
            out = rule["place"] == "out"
    if out:
        application.reason = reason or str(found.get_state_display())
        application.state, application.ended_on = State.WITHDRAWN, timezone.localdate()
    else:
        application.state = State.WAITING
        waiting.restand(application)
    application.due_on = None
    applying.save(application)
    applying.moved(actor, application, verb, before, reason, offer=found.pk, bed=found.bed_id)
    applying.reorder(actor, application, "" if out else why)


def take_back_for(actor: User, application: BedApplication, reason: str) -> None:
    """Free the bed of an application that ends; inside its transaction."""
    for found in Offer.objects.select_for_update().filter(application=application, state__in=HOLDING):
        _over(actor, found, Offer.State.WITHDRAWN, reason)
        found.save()


def used(actor: User, found: Offer) -> None:
    """The person has moved in; inside the admission's transaction."""
    _over(actor, found, Offer.State.USED)
    found.save()


def expire(today: dt.date | None = None) -> int:
    """By the clock: offers whose day to answer has passed. How many ran out."""
    actor, today, count = platform_user(), today or timezone.localdate(), 0
    late = Offer.objects.filter(state=Offer.State.OPEN, answer_by__lt=today).values_list("pk", "version")
    for pk, version in list(late):
        with transaction.atomic():
            try:
                found = _locked(pk, version, ["open"])
            except Changed:  # answered at this moment
                continue
            application = applying.locked(found.application_id, _version(found.application_id), [State.OFFERED])
            _back(actor, found, application, Offer.State.EXPIRED, "expire", "")
            count += 1
    return count


def ask_to_match() -> int:
    """By the clock: tell each county's dispatcher of free beds that somebody on the list fits. How many counties."""
    actor, told = platform_user(), 0
    codes = {
        code[: rules.COUNTY_DIGITS]
        for code in BedApplication.objects.filter(state=State.WAITING).values_list("region_id", flat=True).distinct()
    }
    for code in sorted(codes):
        beds, people = matching.openings(code)
        with transaction.atomic():
            key = workkinds.key("homes.match", code)
            if not beds:
                inbox.settle(actor, key, _("No free bed fits at present."), needed=False)
                continue
            inbox.ask(actor, workkinds.MATCH, key=key, region=code, params={"beds": beds, "people": people},
                      url=reverse("homes:waiting"))
            told += 1
    return told
