"""An application for a bed, from its lodging to the waiting list. Every act locks, changes, writes its step.

What follows from an offer is in offers/actions.py; places are written by waiting.py alone.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.requests import actions as assessing
from yinian.core import identity
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import label
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.homes.beds.queries import holding
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import admissible
from yinian.homes.way import workkinds
from yinian.homes.way.applications import queries, rules, waiting
from yinian.homes.way.applications.models import OVER, BedApplication, BedStep, BedWish, Lift, LiftStep, PlaceChange
from yinian.people.models import Person
from yinian.people.persons import keys
from yinian.people.persons.actions import check_reach
from yinian.people.persons.queries import get_person
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import get_own, standing
from yinian.places.models import Site

State, Channel = BedApplication.State, BedApplication.Channel
MOST_HOMES = 3
CHANGEABLE = (State.LODGED, State.RETURNED, State.LEVEL, State.WAITING)
VILLAGE_DIGITS, TOWN_DIGITS = 12, 9


@dataclass(frozen=True)
class Wish:
    """What is wished for. ``homes``: wanted, most wanted first; ``not_homes``: not at all; ``spouse_number``: the ID
    number of a husband or wife who wishes to live there too."""

    kind: str = "long"
    bed_kind: str = ""
    trial_first: bool = False
    homes: Sequence[int] = ()
    not_homes: Sequence[int] = ()
    near: str = ""
    near_whom: str = ""
    spouse_number: str = ""
    urgent: bool = False
    urgent_reason: str = ""
    note: str = ""
    contact: str = ""


def lodge(
    actor: User, person_pk: int, wish: Wish, channel: str, *, desk: int | None = None, proof: str = "",
    own: bool = False,
) -> BedApplication:
    """Lodge a person's application. ``own``: by an account that acts for the person; ``desk``: at a home, whose staff
    found the person with ``proof`` (stays.candidates).

    Raises :class:`Refused` for somebody not living in the county, already in a home to stay, or with one open.
    """
    site: Site | None = None
    if own:
        actor.require("own.act")
        person = get_own(actor, person_pk)
        acts = standing().filter(user=actor, person=person).first()
        themselves = acts is not None and acts.relation == Representative.Relation.SELF
        channel = Channel.PERSON if themselves else Channel.FAMILY
    elif desk is not None:
        site = Site.objects.filter(pk=desk, kind=Site.Kind.HOME).first()
        if site is None:
            raise NotVisible("home")
        actor.require("waiting.apply", site.region_id, site.pk)
        person, channel = admissible(actor, site, person_pk, proof), Channel.HOME
    else:
        person = get_person(actor, person_pk)
        check_reach(actor, "waiting.apply", person)
    if channel not in Channel.values:
        raise Refused(fields={"channel": _("Choose who applies.")})
    if channel == Channel.HOSPITAL and not wish.urgent_reason.strip():
        raise Refused(fields={"urgent_reason": _("Say what the hospital tells: since when, why no return home.")})
    kept, today = rules.frozen(person.region_id), timezone.localdate()
    county = person.region_id[: rules.COUNTY_DIGITS]
    with transaction.atomic():
        waiting.lock_list(county)
        person = Person.objects.select_for_update().get(pk=person.pk)
        _check_person(person, wish.kind)
        application = BedApplication(
            person=person, region_id=person.region_id, channel=channel, desk=site, rules=kept, lodged_by=actor,
            lodged_on=today, since=today, urgent=wish.urgent or channel == Channel.HOSPITAL,
        )
        homes = _fill(application, wish)
        application.due_on = rules.until(kept, "urgent" if application.urgent else "accept")
        waiting.restand(application)
        try:
            with transaction.atomic():
                application.save(force_insert=True)
        except IntegrityError as error:
            raise Refused(fields={"person": _("An application of this person stands open already.")}) from error
        _save_wishes(application, homes)
        step(actor, application, "lodge")
        moved(actor, application, "lodge", "", channel=channel, urgent=application.urgent)
    return application


def _check_person(person: Person, kind: str) -> None:
    if person.state != Person.State.LIVING:
        words = _("%(name)s is not on record as living in the county.")
        raise Refused(fields={"person": words % {"name": person.name}})
    today = timezone.localdate()
    there = Stay.objects.filter(holding(today), person=person).select_related("bed__site").first()
    if there is not None and there.kind == Stay.Kind.LONG:
        raise Refused(fields={"person": _(
            "%(name)s lives in %(home)s; to another home one is transferred, not applied for."
        ) % {"name": person.name, "home": there.bed.site.name}})


def _fill(application: BedApplication, wish: Wish) -> list[BedWish]:
    """Write a wish into an application, checked; returns the homes to be saved with it."""
    person = application.person
    if wish.kind not in BedApplication.Kind.values:
        raise Refused(fields={"kind": _("Choose the kind of stay.")})
    if wish.bed_kind not in BedApplication.BedKind.values:
        raise Refused(fields={"bed_kind": _("Choose the kind of bed.")})
    if application.urgent and not wish.urgent_reason.strip():
        raise Refused(fields={"urgent_reason": _("Say why it is urgent; it is kept.")})
    wanted, refused = list(dict.fromkeys(wish.homes)), list(dict.fromkeys(wish.not_homes))
    if len(wanted) > MOST_HOMES:
        raise Refused(fields={"homes": _("At most %(n)d homes.") % {"n": MOST_HOMES}})
    if set(wanted) & set(refused):
        raise Refused(fields={"not_homes": _("A home cannot be wanted and not wanted.")})
    county = person.region_id[: rules.COUNTY_DIGITS]
    there = set(
        Site.objects.filter(
            pk__in=[*wanted, *refused], kind=Site.Kind.HOME, region__code__startswith=county
        ).values_list("pk", flat=True)
    )
    if set(wanted) | set(refused) != there:
        raise Refused(fields={"homes": _("Choose homes of the county.")})
    application.kind, application.bed_kind = wish.kind, wish.bed_kind
    application.trial_first = wish.trial_first and wish.kind == BedApplication.Kind.LONG
    application.near_id = wish.near or None
    application.near_whom = wish.near_whom.strip()[:60] or None
    application.urgent_reason = wish.urgent_reason.strip()[:300] or None
    application.note, application.contact = wish.note.strip()[:500] or None, wish.contact.strip()[:80] or None
    if wish.spouse_number.strip():
        application.spouse = _spouse(person, wish.spouse_number)
    return [BedWish(site_id=pk, rank=rank) for rank, pk in enumerate(wanted, 1)] + [
        BedWish(site_id=pk) for pk in refused
    ]


def _spouse(person: Person, number: str) -> Person:
    number = identity.normalise_id(number)
    county = person.region_id[: rules.COUNTY_DIGITS]
    found = Person.objects.filter(
        id_index=keys.id_index(number), region__code__startswith=county, state=Person.State.LIVING
    ).exclude(pk=person.pk).first()
    if found is None:
        raise Refused(fields={"spouse_number": _("Nobody else in the county's register has this ID number.")})
    return found


def _save_wishes(application: BedApplication, homes: Sequence[BedWish]) -> None:
    application.wishes.all().delete()
    for one in homes:
        one.application = application
    BedWish.objects.bulk_create(homes)


def step(actor: User, application: BedApplication, verb: str, reason: str = "") -> BedStep:
    return BedStep.objects.create(
        application=application, verb=verb, actor=actor, reason=reason[:300], due_on=application.due_on
    )


ITEMS = {
    State.LODGED: (workkinds.DECIDE, None), State.RETURNED: (workkinds.RETURNED, Role.VILLAGE_WORKER),
    State.LEVEL: (workkinds.LEVEL, Role.VILLAGE_WORKER),
}


def village_of(person: Person) -> str:
    region = person.region
    return f"{region.parent.name}{region.name}" if region.level >= 5 and region.parent is not None else region.name


def moved(actor: User, application: BedApplication, verb: str, before: str, reason: str = "", **detail: Any) -> None:
    """The audit row of a step, and the work item of the state it led to."""
    record(actor, f"homes.apply_{verb}", application, region=application.region_id, reason=reason[:200],
           detail={"from": before, "to": application.state, "person": application.person_id, **detail})
    key = workkinds.key("homes.application", application.pk)
    inbox.settle(actor, key, str(application.get_state_display()))
    kind, role = ITEMS.get(State(application.state), ("", None))
    if not kind:
        return
    person = application.person
    region = person.region_id[: rules.COUNTY_DIGITS]
    if role is not None:  # who answers for a person that the register places in a town only is the town
        region, role = person.region_id, role if len(person.region_id) >= VILLAGE_DIGITS else Role.TOWN_OFFICER
    if application.state == State.RETURNED and application.desk_id is not None:
        role, region = Role.HOME_MANAGER, application.desk.region_id if application.desk else region
    inbox.ask(
        actor, kind, key=key, region=region, role=role, due_on=application.due_on,
        site=application.desk_id if role == Role.HOME_MANAGER else None,
        params={"name": person.name, "village": village_of(person), "reason": application.reason},
        url=reverse("homes:application", args=[application.pk]),
    )


def locked(pk: int, version: int, states: Sequence[str]) -> BedApplication:
    """The application, locked behind its county's list. Raises :class:`Changed` for another version or state."""
    region = BedApplication.objects.values_list("region_id", flat=True).get(pk=pk)
    waiting.lock_list(region[: rules.COUNTY_DIGITS])
    application = (
        BedApplication.objects.select_for_update(of=("self",)).select_related("person__region__parent", "desk")
        .defer("person__region__outline", "person__region__parent__outline").get(pk=pk)
    )
    if application.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if application.state not in states:
        raise Changed(_("The application is no longer at this stage: %(state)s.") % {
            "state": application.get_state_display()})
    return application


def given_reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return text[:300]


def save(application: BedApplication) -> None:
    application.version += 1
    application.save()


def reorder(actor: User, application: BedApplication, why: str = "") -> None:
    waiting.reorder(actor, application.region_id[: rules.COUNTY_DIGITS], {application.pk: why} if why else None)


# --- deciding --------------------------------------------------------------------------------------------------


def accept(actor: User, pk: int, version: int) -> BedApplication:
    """Accept: onto the list, or first to an assessment where no ability level is known."""
    actor.require("waiting.decide", queries.get_application(actor, pk).region_id)
    with transaction.atomic():
        application = locked(pk, version, [State.LODGED])
        _not_ones_own(actor, application)
        waiting.restand(application)
        application.accepted_on, application.reason = timezone.localdate(), ""
        if application.rules["equal"] == "accepted":
            application.since = application.accepted_on
        step(actor, application, "accept")
        if application.level is None:
            application.state, application.due_on = State.LEVEL, rules.until(application.rules, "accept")
        else:
            join(actor, application)
        save(application)
        moved(actor, application, "accept", State.LODGED, level=application.level)
        reorder(actor, application)
    return application


def join(actor: User, application: BedApplication) -> None:
    """Put an accepted application on the list; the caller saves it and reorders."""
    if application.state == State.LEVEL:
        inbox.settle(actor, workkinds.key("homes.application", application.pk), _("The level is known."))
    application.state, application.due_on = State.WAITING, None


def _not_ones_own(actor: User, application: BedApplication) -> None:
    own = application.person.id_index
    if own is not None and actor.identity_index is not None and bytes(own) == bytes(actor.identity_index):
        raise Refused(_("Nobody decides on their own application; a colleague does."))


def send_back(actor: User, pk: int, version: int, reason: str) -> BedApplication:
    """Return for supplement, saying what is missing."""
    return _turn(actor, pk, version, "return", State.RETURNED, reason)


def refuse(actor: User, pk: int, version: int, reason: str) -> BedApplication:
    """Refuse, with the reason; how to object is told with it."""
    return _turn(actor, pk, version, "refuse", State.REFUSED, reason)


def _turn(actor: User, pk: int, version: int, verb: str, to: str, reason: str) -> BedApplication:
    reason = given_reason(reason)
    actor.require("waiting.decide", queries.get_application(actor, pk).region_id)
    with transaction.atomic():
        application = locked(pk, version, [State.LODGED])
        _not_ones_own(actor, application)
        step(actor, application, verb, reason)
        application.state, application.reason = to, reason
        application.due_on = rules.until(application.rules, "supplement") if to == State.RETURNED else None
        application.ended_on = timezone.localdate() if to in OVER else None
        save(application)
        moved(actor, application, verb, State.LODGED, reason)
    return application


def _get(actor: User, pk: int, own: bool) -> BedApplication:
    if own:
        actor.require("own.act")
        return queries.get_own_application(actor, pk)
    found = queries.get_application(actor, pk)
    actor.require("waiting.apply", found.region_id, found.desk_id)
    return found


def change(actor: User, pk: int, version: int, wish: Wish, *, own: bool = False) -> BedApplication:
    """Change what is wished for; a returned application is lodged again by it."""
    _get(actor, pk, own)
    with transaction.atomic():
        application = locked(pk, version, CHANGEABLE)
        before = application.state
        homes = _fill(application, wish)
        _save_wishes(application, homes)
        verb = "supplement" if before == State.RETURNED else "change"
        if before == State.RETURNED:
            application.state, application.reason = State.LODGED, ""
            application.due_on = rules.until(application.rules, "urgent" if application.urgent else "accept")
        step(actor, application, verb)
        save(application)
        if verb == "supplement":
            moved(actor, application, verb, before)
        else:
            record(actor, "homes.apply_change", application, region=application.region_id,
                   detail={"person": application.person_id})
    return application


def withdraw(actor: User, pk: int, version: int, reason: str, *, own: bool = False) -> BedApplication:
    """Withdraw before moving in; an offer that stands falls away, and its bed is free."""
    reason = given_reason(reason)
    _get(actor, pk, own)
    with transaction.atomic():
        application = locked(pk, version, queries.OPEN)
        end(actor, application, State.WITHDRAWN, "withdraw", reason)
    return application


def end(actor: User, application: BedApplication, state: str, verb: str, reason: str) -> None:
    """End a locked application: its offer, its agreement and its items go with it."""
    from yinian.homes.way.intake.actions import fall_away
    from yinian.homes.way.offers.actions import take_back_for

    before = application.state
    take_back_for(actor, application, reason)
    fall_away(actor, application, reason)
    step(actor, application, verb, reason)
    for lift in application.lifts.filter(state=Lift.State.PROPOSED):
        inbox.settle(actor, workkinds.key("homes.lift", lift.pk), reason, needed=False)
    application.state, application.reason, application.due_on = state, reason, None
    application.ended_on = timezone.localdate()
    save(application)
    moved(actor, application, verb, before, reason)
    reorder(actor, application)


def follow_person(actor: User, person_pk: int) -> None:
    """A person has died or moved out (or come back): what they had applied for is closed. By the register's event."""
    person = Person.objects.get(pk=person_pk)
    if person.state not in (Person.State.DEAD, Person.State.MOVED_OUT):
        return
    found = BedApplication.objects.filter(person=person).exclude(state__in=OVER).first()
    if found is None:
        return
    application = locked(found.pk, found.version, queries.OPEN)
    end(actor, application, State.CLOSED, "close", str(person.get_state_display()))


def follow_result(actor: User, person_pk: int) -> None:
    """Another ability result holds for a person: they stand where it puts them, and may come onto the list."""
    waiting.look_again(
        actor, BedApplication.objects.filter(person=person_pk, state__in=[State.WAITING, State.LEVEL])
    )


def ask_assessment(actor: User, pk: int) -> None:
    """Ask in one tap for the ability assessment that an accepted application waits for."""
    application = queries.get_application(actor, pk)
    actor.require("assessments.request", application.region_id, application.desk_id)
    if application.state not in (State.LODGED, State.LEVEL) or application.level is not None:
        raise Refused(_("The ability level is known, or the application is over."))
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=application.person_id)
        assessing.open_request(
            actor, person, scales.ABILITY_SCALE, assessing.suggest_kind(person, scales.ABILITY_SCALE),
            assessing.channel_of(actor), _("Applies for a bed in a home"), since=timezone.localdate(),
        )
        step(actor, application, "assessment")
        inbox.settle(actor, workkinds.key("homes.application", application.pk), _("The assessment is asked for."))
        record(actor, "homes.apply_assessment", application, region=application.region_id,
               detail={"person": person.pk})


# --- urgent lifts ----------------------------------------------------------------------------------------------


def propose_lift(actor: User, pk: int, version: int, reason: str) -> Lift:
    """Propose to put somebody before everybody else for urgency; a second officer checks it."""
    reason = given_reason(reason)
    seen = queries.get_application(actor, pk)
    actor.require("waiting.lift", seen.region_id)
    human = human_key(actor)
    with transaction.atomic():
        application = locked(pk, version, [State.WAITING])
        _not_ones_own(actor, application)
        try:
            with transaction.atomic():
                lift = Lift.objects.create(application=application, reason=reason, made_on=timezone.localdate())
        except IntegrityError as error:
            raise Refused(_("An urgent lift of this application stands already.")) from error
        LiftStep.objects.create(lift=lift, stage="make", verb="propose", actor=actor, human_key=human)
        step(actor, application, "lift")
        record(actor, "homes.lift_propose", application, region=application.region_id, detail={"lift": lift.pk})
        inbox.ask(
            actor, workkinds.LIFT, key=workkinds.key("homes.lift", lift.pk),
            region=application.region_id[: rules.COUNTY_DIGITS],
            params={"name": application.person.name, "village": village_of(application.person)},
            url=reverse("homes:application", args=[application.pk]),
        )
    return lift


def decide_lift(actor: User, lift_pk: int, confirmed: bool, reason: str) -> Lift:
    """Confirm or reject an urgent lift as the second officer."""
    reason = given_reason(reason)
    seen = Lift.objects.filter(pk=lift_pk).first()
    if seen is None:
        raise NotVisible("lift")
    application = queries.get_application(actor, seen.application_id)
    actor.require("waiting.lift", application.region_id)
    human = human_key(actor)
    with transaction.atomic():
        waiting.lock_list(application.region_id[: rules.COUNTY_DIGITS])
        lift = Lift.objects.select_for_update().get(pk=lift_pk)
        if lift.state != Lift.State.PROPOSED:
            raise Changed(_("Somebody has decided on this lift meanwhile."))
        _not_ones_own(actor, application)
        try:
            with transaction.atomic():
                LiftStep.objects.create(
                    lift=lift, stage="check", verb="confirm" if confirmed else "reject", actor=actor, human_key=human,
                    reason=reason,
                )
        except IntegrityError as error:
            raise Refused(_("Whoever proposed the lift does not check it; a second officer does.")) from error
        lift.state = Lift.State.CONFIRMED if confirmed else Lift.State.REJECTED
        lift.decided_on = timezone.localdate()
        lift.save(update_fields=["state", "decided_on"])
        verb = "confirm" if confirmed else "reject"
        record(actor, f"homes.lift_{verb}", application, region=application.region_id, reason=reason[:200],
               detail={"lift": lift.pk})
        inbox.settle(actor, workkinds.key("homes.lift", lift.pk), str(lift.get_state_display()))
        if confirmed:
            reorder(actor, application, PlaceChange.Why.LIFT)
    return lift


def class_words(application: BedApplication) -> str:
    """The class an application stands in, in words."""
    return label(application.class_label) if application.class_label else ""


def days_left(application: BedApplication, today: dt.date | None = None) -> int | None:
    """Calendar days until the deadline of its state; negative when it has passed."""
    return None if application.due_on is None else (application.due_on - (today or timezone.localdate())).days
