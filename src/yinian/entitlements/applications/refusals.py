"""Objecting to a refusal: recorded within the days of reconsideration, looked into by another, decided anew if upheld.

A decision that stands is never rewritten: an objection that is upheld brings a new application with the same papers,
which somebody else than who refused decides.
"""

import datetime as dt

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day, label
from yinian.core.users.models import User
from yinian.entitlements import packs
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications import queries, workkinds
from yinian.entitlements.applications.actions import moved
from yinian.entitlements.applications.hands import step
from yinian.entitlements.explaining import finding_of
from yinian.entitlements.models import Application, ApplicationPaper, Objection

State = Application.State
STAGE = "appeal"


def last_day(application: Application) -> dt.date | None:
    """Until when a refusal can be objected to, by the procedure kept with the application; None where none is ruled."""
    if application.state != State.REFUSED or application.decided_on is None:
        return None
    return way.objects_until(application.procedure, application.decided_on)


def may_object(application: Application) -> bool:
    """Whether an objection to the refusal can be recorded today: in time, and none waits or was upheld."""
    until = last_day(application)
    return until is not None and timezone.localdate() <= until and not application.objections.exclude(
        outcome=Objection.Outcome.DISMISSED
    ).exists()


def object_to(
    actor: User, application_id: int, text: str, raised_by: str = "", raised_on: dt.date | None = None, *,
    own: bool = False,
) -> Objection:
    """Record an objection to a refusal: by the village for who raised it, or by the family from its phone (``own``).

    Raises :class:`Refused` after the last day, and while one waits.
    """
    text = text.strip()
    if not text:
        raise Refused(fields={"text": _("Write down what is objected.")})
    if own:
        actor.require("own.act")
        application = queries.get_own_application(actor, application_id)
        raised_by = raised_by or actor.full_name
    else:
        application = queries.get_application(actor, application_id)
        actor.require("entitlements.lodge", application.region_id)
    raised_on = raised_on or timezone.localdate()
    with transaction.atomic():
        locked = Application.objects.select_for_update().get(pk=application.pk)
        until = last_day(locked)
        if until is None or locked.decided_on is None:
            raise Changed(_("The application is not refused."))
        if not locked.decided_on <= raised_on <= min(until, timezone.localdate()):
            raise Refused(fields={"raised_on": _("A refusal of %(day)s can be objected to until %(until)s.") % {
                "day": day(locked.decided_on), "until": day(until)}})
        if not may_object(locked):
            raise Refused(_("An objection to this refusal is recorded already."))
        made = Objection.objects.create(
            application=locked, text=text[:1000], raised_by=raised_by.strip()[:120] or None, raised_on=raised_on,
            recorded_by=actor,
        )
        record(actor, "entitlements.objection", locked, region=locked.region_id,
               detail={"objection": made.pk, "against": "refusal"})
        ask(
            actor, workkinds.REFUSAL, key=workkinds.objection_key(made.pk), region=locked.region_id[:6],
            params={"name": application.person.name, "service": label(locked.label)},
            due_on=way.limit_on(locked.procedure, "objection"),
            url=reverse("entitlements:objection_settle", args=[made.pk]),
        )
    return made


def settle_refusal(actor: User, found: Objection, version: int, outcome: str, answer: str) -> Objection:
    """Answer an objection to a refusal, as a human of the county who has not acted on the application.

    Upheld, the service is applied for anew with the same papers. Raises :class:`Refused` while another application for
    it is under way.
    """
    actor.require("entitlements.check", found.application.region_id[:6])
    with transaction.atomic():
        refused = Application.objects.select_for_update().get(pk=found.application_id)
        objection = Objection.objects.select_for_update().get(pk=found.pk)
        if objection.version != version or objection.outcome or refused.state != State.REFUSED:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        step(actor, refused, STAGE, "settle", reason=answer)
        objection.outcome, objection.answer = outcome, answer[:300]
        objection.settled_by, objection.settled_at = actor, timezone.now()
        objection.version += 1
        objection.save()
        record(actor, "entitlements.objection_settle", refused, region=refused.region_id,
               detail={"objection": objection.pk, "outcome": outcome, "against": "refusal"})
        settle(actor, workkinds.objection_key(objection.pk), str(objection.get_outcome_display()))
        if outcome == Objection.Outcome.UPHELD:
            _anew(actor, refused, answer)
    return objection


def _anew(actor: User, refused: Application, answer: str) -> Application:
    """The new application: as it was lodged, at the first stage after the village; whoever upheld it acts no more."""
    open_ = Application.objects.select_for_update().filter(
        person=refused.person, service_id=refused.service_id
    ).exclude(state__in=["approved", "refused", "withdrawn"]).first()
    if open_ is not None and open_.state not in (State.INVITED, State.DRAFT):
        raise Refused(_("An application for this service is already under way: %(state)s.") % {
            "state": open_.get_state_display()})
    made = open_ or Application(person=refused.person, service_id=refused.service_id)
    rules = way.kept(packs.in_force(refused.region_id).pack, refused.service_id)
    made.label, made.channel, made.medium, made.region_id = (
        refused.label, refused.channel, refused.medium, refused.region_id)
    made.procedure, made.claims, made.anew_of = rules, refused.claims, refused
    made.lodged_by_id, made.lodged_on = refused.lodged_by_id, refused.lodged_on
    made.finding = {**finding_of(refused.person, refused.service_id), "objection": answer[:300]}
    made.state = next(stage for stage in way.order(rules) if stage not in ("village", "notice"))
    made.due_on = way.due_on(rules, made.state)
    made.save()
    ApplicationPaper.objects.bulk_create(
        ApplicationPaper(application=made, document=paper.document, attachment_id=paper.attachment_id,
                         added_by_id=paper.added_by_id, added_at=paper.added_at)
        for paper in refused.papers.all()
    )
    step(actor, made, STAGE, "reopen", reason=answer)
    moved(actor, made, "reopen", "refused", reason=answer, refused=refused.pk)
    return made
