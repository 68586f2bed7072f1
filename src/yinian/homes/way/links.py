"""What the way to a bed hangs on the rooms below and beside: whom a home sees, the person's page and timeline, the
family's page, merges, and what follows when somebody dies, moves away or is assessed."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.results import followers
from yinian.core import figures, worklists
from yinian.core.errors import Refused
from yinian.core.jinja import day, label
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes.way import workkinds  # noqa: F401 - registers itself
from yinian.homes.way.applications import actions, central, lists, queries
from yinian.homes.way.applications.models import OVER, BedApplication
from yinian.homes.way.applications.pages import verb_words
from yinian.homes.way.intake import papers  # noqa: F401 - registers itself
from yinian.homes.way.offers.models import Offer
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person
from yinian.people.persons import events, scope
from yinian.people.persons.panels import AnswerLine, person_answer, person_panel
from yinian.people.persons.timeline import Entry, entry, timeline_source
from yinian.people.representatives.panels import OwnAct, own_acts, own_panel

ROOM = "homes"
STEP_TONES = {"refuse": "warn", "decline": "warn", "expire": "bad", "admit": "ok", "offer": "info", "accept": "info"}

desk(ROOM, "waiting", 40, gettext_lazy("Waiting list"), "homes:waiting", "waiting.view", "waiting")
desk(ROOM, "applications", 42, gettext_lazy("Applications for a bed"), "homes:applications", "waiting.view", "waiting")
desk(ROOM, "offers", 44, gettext_lazy("Offers"), "homes:offers", "waiting.view", "waiting")
worklists.register("central-support", gettext_lazy("Central support wished for and not given"), "homes:central",
                   "waiting.view")
desk(ROOM, "central", 46, gettext_lazy("Central support"), "homes:central", "waiting.view", "waiting")


@scope.register
def taken_in_by(sites: tuple[int, ...]) -> Q:
    """Home staff see who has accepted a bed of their home and is being taken in."""
    here = Offer.objects.filter(site__in=sites, state=Offer.State.ACCEPTED)
    return Q(pk__in=here.values("person"))


def _sees(actor: User, person: Person) -> list[BedApplication]:
    """A person's applications that the actor sees, latest first."""
    if not actor.may("waiting.view"):
        return []
    found = queries.applications_of(person)
    if not found:
        return []
    if actor.scope("waiting.view").covers(person.region_id):
        return found
    seen = set(queries.visible_to(actor).filter(pk__in=[one.pk for one in found]).values_list("pk", flat=True))
    return [one for one in found if one.pk in seen]


@person_panel("homes.application", 45, "homes/bed_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """The open application with its place, or that one can be entered."""
    found = _sees(actor, person)
    one = next((a for a in found if not a.is_over), None)
    may_apply = (
        one is None and person.state == Person.State.LIVING and actor.may("waiting.apply")
        and actor.scope("waiting.apply").covers(person.region_id)
    )
    if one is None and not may_apply:
        return None
    return {
        "one": one, "person": person, "badge": lists.state_badge(one) if one else None, "may_apply": may_apply,
        "class": label(one.class_label) if one else "",
    }


@person_answer("care", "homes.application")
def answer(actor: User, person: Person) -> AnswerLine | None:
    """Under "who looks after": that a bed is wished for, and which place."""
    one = next((a for a in _sees(actor, person) if not a.is_over), None)
    if one is None:
        return None
    place = _("place %(n)d") % {"n": one.place} if one.place else ""
    return AnswerLine(_("Wishes for a bed"), str(one.get_state_display()), place,
                      reverse("homes:application", args=[one.pk]), "info")


@timeline_source("beds", gettext_lazy("Applications for a bed"))
def timeline(actor: User, person: Person) -> list[Entry]:
    """What happened to a person's applications."""
    words, found = verb_words(), []
    for one in _sees(actor, person):
        url = reverse("homes:application", args=[one.pk])
        for step in one.steps.select_related("actor"):
            title = _("Bed in a home: %(what)s") % {"what": words.get(step.verb, step.verb)}
            found.append(entry(step.at, title, text=step.reason, who=step.actor.full_name,
                               tone=STEP_TONES.get(step.verb, "mute"), icon="bed", url=url))
    return found


@own_acts("homes.application", 20)
def acts(actor: User, person: Person) -> list[OwnAct]:
    """Applying for a bed; answering an offer."""
    if person.state != Person.State.LIVING or not actor.may("own.act"):
        return []
    one = next((a for a in queries.applications_of(person) if not a.is_over), None)
    if one is None:
        return [OwnAct(_("Apply for a bed in a home"), _("Say which home you want; you see your place in the list."),
                       reverse("homes:own_apply", args=[person.pk]), "bed")]
    if one.state == BedApplication.State.OFFERED:
        return [OwnAct(_("A bed is offered: answer"), _("It is kept until %(day)s.") % {"day": day(one.due_on)},
                       reverse("homes:own_application", args=[one.pk]), "bed")]
    return []


@own_panel("homes.application", 20, "homes/own_bed_panel.html")
def own_content(actor: User, person: Person) -> dict[str, Any] | None:
    """The open application as the family sees it: how far, which place and what stands before."""
    found = queries.applications_of(person)
    one = next((a for a in found if not a.is_over), found[0] if found else None)
    if one is None:
        return None
    return {"one": one, "badge": lists.state_badge(one), "ahead": queries.ahead_of(one)}


def _figures(actor: User) -> list[figures.Stat]:
    """How many wait, and how many destitute wish for central support and have it not."""
    waits = queries.visible_to(actor).filter(state=BedApplication.State.WAITING).count()
    missing = central.unserved(actor).count() if actor.scope("waiting.view").regions else 0
    return [
        figures.Stat(_("Wait for a bed"), waits, _("people"), reverse("homes:waiting"), ""),
        figures.Stat(_("Wish for central support and have it not"), missing, _("people"), reverse("homes:central"),
                     ""),
    ]


figures.register("homes.waiting", "waiting.view", _figures, order=42)
events.register("homes.applications", actions.follow_person)
followers.register("homes.applications", actions.follow_result)


def _move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, list[int]]:
    """Give the gone entry's applications and offers to the kept one."""
    mine = list(BedApplication.objects.filter(person=gone).values_list("pk", flat=True))
    if (
        BedApplication.objects.filter(person=gone).exclude(state__in=OVER).exists()
        and BedApplication.objects.filter(person=kept).exclude(state__in=OVER).exists()
    ):
        raise Refused(_("Both entries have an application for a bed open; one of the two is withdrawn first."))
    offers = list(Offer.objects.filter(person=gone).values_list("pk", flat=True))
    try:
        with transaction.atomic():
            BedApplication.objects.filter(pk__in=mine).update(person=kept)
            Offer.objects.filter(pk__in=offers).update(person=kept)
    except IntegrityError as error:
        raise Refused(
            _("Both entries have an application for a bed open; one of the two is withdrawn first.")
        ) from error
    return {"applications": mine, "offers": offers}


def _restore(actor: User, kept: Person, gone: Person, moved: Any, reason: str) -> None:
    BedApplication.objects.filter(pk__in=(moved or {}).get("applications", []), person=kept).update(person=gone)
    Offer.objects.filter(pk__in=(moved or {}).get("offers", []), person=kept).update(person=gone)


# Before the stays: a stay that moves with its person must find the offer of its bed moved already.
mover("homes.applications", _move, _restore)
