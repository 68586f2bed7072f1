"""An application from the first word to the decision. Every act locks the application, then writes its step.

Who lodges, accepts, examines and decides are different humans: told here, and held by the database.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import label
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, platform_user
from yinian.entitlements import grounds, packs
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications import queries, workkinds
from yinian.entitlements.applications.hands import LODGE, step
from yinian.entitlements.explaining import finding_of
from yinian.entitlements.models import Application, ApplicationPaper, ApplicationStep, Objection
from yinian.entitlements.workkinds import fact_label
from yinian.people.models import Person
from yinian.people.persons.queries import get_person
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import get_own, standing

PAPER = "entitlements.paper"  # a purpose of core.attachments.kinds, for what staff photograph
OWN_PAPER = "entitlements.own_paper"  # the same, from the family's phone
State = Application.State
Channel = Application.Channel


# --- beginning -------------------------------------------------------------------------------------------------


def begin(actor: User, person_id: int, service_id: str, channel: str) -> Application:
    """Begin an application on paper for a person of the actor's area; an invitation or a draft is taken up.

    Raises :class:`Refused` where the county has not opened the service, it is granted already, or one is under way.
    """
    person = get_person(actor, person_id)
    actor.require("entitlements.lodge", person.region_id)
    if channel not in (Channel.PERSON, Channel.FAMILY, Channel.VILLAGE):
        raise Refused(fields={"channel": _("Say who applies.")})
    return _begin(actor, person, service_id, channel, Application.Medium.PAPER)


def begin_own(actor: User, person_id: int, service_id: str) -> Application:
    """Begin an application from the phone, for somebody the account acts for."""
    person = get_own(actor, person_id)
    actor.require("own.act")
    relation = standing().filter(user=actor, person=person).values_list("relation", flat=True).first()
    channel = Channel.PERSON if relation == Representative.Relation.SELF else Channel.FAMILY
    return _begin(actor, person, service_id, channel, Application.Medium.PHONE)


def _begin(actor: User, person: Person, service_id: str, channel: str, medium: str) -> Application:
    if person.state != Person.State.LIVING:
        raise Refused(_("This person is no longer counted here: %(state)s.") % {"state": person.get_state_display()})
    pack = packs.in_force(person.region_id).pack
    service = grounds.service_of(pack, service_id)
    if service.apply != "on_application":
        raise Refused(fields={"service": _("This service is granted without an application.")})
    if not queries.is_open(person.region_id, service_id):
        raise Refused(fields={"service": _("The county has not opened this service for application.")})
    if queries.granted(person, service_id) is not None:
        raise Refused(fields={"service": _("This service is already granted to this person.")})
    rules = way.kept(pack, service_id)
    with transaction.atomic():
        # Two who begin at once: the second finds the first's draft.
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        found = Application.objects.select_for_update().filter(
            person=person, service_id=service_id
        ).exclude(state__in=["approved", "refused", "withdrawn"]).first()
        if found is not None and found.state not in (State.INVITED, State.DRAFT):
            raise Refused(_("An application for this service is already under way: %(state)s.") % {
                "state": found.get_state_display()})
        application = found or Application(person=person, service_id=service_id, label=grounds.label_of(service))
        application.channel, application.medium, application.state = channel, medium, State.DRAFT
        application.region_id, application.procedure = person.region_id[:12], rules
        if found is not None:
            application.version += 1
        application.save()
        record(actor, "entitlements.apply", application, region=application.region_id,
               detail={"person": person.pk, "service": service_id, "channel": channel, "medium": medium})
    return application


def add_paper(
    actor: User, application_id: int, document: str, file: BinaryIO, *, own: bool = False
) -> ApplicationPaper:
    """Attach a paper to an application that is being filled in or was returned."""
    application = _get(actor, application_id, own)
    if application.state not in (State.DRAFT, State.RETURNED):
        raise Refused(_("Papers are added while an application is filled in or returned."))
    known = {one["id"] for one in way.wanted(application.procedure, application.medium)} | {"other"}
    if document not in known:
        raise Refused(fields={"document": _("Choose which paper this is.")})
    try:
        attachment = attachments.store(
            actor, file, OWN_PAPER if own else PAPER, application.region_id, reached=own
        )
    except Refused as refusal:
        raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
    with transaction.atomic():
        paper = ApplicationPaper.objects.create(application=application, document=document, attachment=attachment,
                                                added_by=actor)
        record(actor, "entitlements.apply_paper", application, region=application.region_id,
               detail={"document": document, "attachment": attachment.pk})
    return paper


def _get(actor: User, pk: int, own: bool) -> Application:
    if own:
        actor.require("own.act")
        return queries.get_own_application(actor, pk)
    application = queries.get_application(actor, pk)
    actor.require("entitlements.lodge", application.region_id)
    return application


def locked_application(pk: int, version: int, states: Sequence[str]) -> Application:
    application = Application.objects.select_for_update().get(pk=pk)
    application.person  # noqa: B018 - read here once: what follows looks at whose it is
    if application.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if application.state not in states:
        raise Changed(_("The application is no longer at this stage: %(state)s.") % {
            "state": application.get_state_display()})
    return application


# --- lodging ---------------------------------------------------------------------------------------------------


def lodge(
    actor: User, application_id: int, version: int, claims: Mapping[str, str], *, own: bool = False
) -> Application:
    """Hand the application in. ``claims``: what the applicant says of facts that are not on record.

    Staff who lodge on paper act for the village, whose acceptance it is at once; a family's application goes to the
    village first. Raises :class:`Refused` while a required paper is missing.
    """
    application = _get(actor, application_id, own)
    human_key(actor)
    with transaction.atomic():
        application = locked_application(application.pk, version, [State.DRAFT])
        missing = way.missing(application, application.procedure)
        if missing:
            raise Refused(_("Still missing: %(papers)s") % {
                "papers": _(", ").join(label(one["label"]) for one in missing)})
        application.claims = _claims(claims)
        application.finding = finding_of(application.person, application.service_id)
        application.lodged_by, application.lodged_on = actor, timezone.localdate()
        step(actor, application, LODGE if own else "village", "lodge")
        _forward(actor, application, "lodge" if own else "village", "lodge")
        _settle_invitation(actor, application)
    return application


def _claims(claims: Mapping[str, str]) -> str | None:
    told = {name[:40]: text.strip()[:200] for name, text in claims.items() if text.strip()}
    return json.dumps(told, ensure_ascii=False) if told else None


def claims_of(application: Application) -> dict[str, str]:
    """What the applicant said of facts that are not on record."""
    return dict(json.loads(str(application.claims))) if application.claims else {}


def _settle_invitation(actor: User, application: Application) -> None:
    from yinian.entitlements.applications.inviting import refresh_village

    refresh_village(actor, application.region_id, application.service_id)


def _forward(actor: User, application: Application, stage: str, verb: str, **detail: Any) -> None:
    """Move to the stage after ``stage``: state, deadline, work item, audit; saves."""
    before = application.state
    following = way.after(application.procedure, stage)
    if following == "notice":
        today = timezone.localdate()
        application.notice_from = today
        application.notice_until = today + dt.timedelta(days=int(application.procedure["notice"]["days"]))
        application.due_on = add_working_days(application.notice_until, 1)
    else:
        application.due_on = way.due_on(application.procedure, following)
    application.state = following
    moved(actor, application, verb, before, **detail)


def moved(actor: User, application: Application, verb: str, before: str, reason: str = "", **detail: Any) -> None:
    application.version += 1
    application.save()
    record(actor, f"entitlements.apply_{verb}", application, region=application.region_id, reason=reason[:200],
           detail={"from": before, "to": application.state, **detail})
    key = workkinds.application_key(application.pk)
    settle(actor, key, str(application.get_state_display()))
    if application.state not in workkinds.KIND_AT:
        return
    if application.state == State.RETURNED and application.medium == Application.Medium.PHONE:
        return  # the family sees it on its own page; it has no desk
    regions = {"village": application.region_id, "returned": application.region_id, "town": application.region_id[:9],
               "county": application.region_id[:6]}
    # Who answers for a person that the register places in a town only is the town.
    of_town = len(application.region_id) < 12 and application.state in ("village", "returned")
    role = Role.TOWN_OFFICER if of_town else None
    ask(
        actor, workkinds.KIND_AT[application.state], key=key, region=regions[application.state], role=role,
        params={"name": application.person.name, "service": label(application.label)}, due_on=application.due_on,
        url=reverse("entitlements:application", args=[application.pk]),
    )


# --- village, town ---------------------------------------------------------------------------------------------


def accept(actor: User, application_id: int, version: int) -> Application:
    """The village accepts what a family lodged."""
    return _pass(actor, application_id, version, State.VILLAGE, "entitlements.lodge", "accept", "")


def pass_on(actor: User, application_id: int, version: int, reason: str = "") -> Application:
    """The town finds the application in order and passes it on."""
    return _pass(actor, application_id, version, State.TOWN, "entitlements.review", "pass", reason)


def _pass(
    actor: User, application_id: int, version: int, state: str, right: str, verb: str, reason: str
) -> Application:
    application = queries.get_application(actor, application_id)
    actor.require(right, application.region_id)
    with transaction.atomic():
        application = locked_application(application.pk, version, [state])
        application.finding = finding_of(application.person, application.service_id)
        step(actor, application, state, verb, reason=reason.strip())
        _forward(actor, application, state, verb, reason=reason.strip())
    return application


def against(actor: User, application_id: int, version: int, reason: str, test_id: str) -> Application:
    """The town finds that a condition does not hold: the county decides, without public notice."""
    reason = given_reason(reason)
    application = queries.get_application(actor, application_id)
    actor.require("entitlements.review", application.region_id)
    with transaction.atomic():
        application = locked_application(application.pk, version, [State.TOWN])
        application.finding = failing(application, test_id, reason)
        step(actor, application, "town", "against", reason=reason)
        before, application.state = application.state, State.COUNTY
        application.due_on = way.due_on(application.procedure, "county")
        moved(actor, application, "against", before, reason=reason, test=test_id)
    return application


def given_reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return text[:300]


def failing(application: Application, test_id: str, reason: str) -> dict[str, Any]:
    """The finding with the condition that does not hold, by its id; "" where the rule as a whole says no."""
    finding = finding_of(application.person, application.service_id)
    test = next((one for one in finding["tests"] if one["id"] == test_id), None)
    if test is None and (test_id or finding["status"] not in ("superseded", "not_due")):
        raise Refused(fields={"test": _("Say which condition does not hold.")})
    finding["against"] = {
        "test": test_id, "label": test["label"] if test else {}, "reason": reason,
        "clause": test["clause"] if test else finding["ground"],
    }
    return finding


def send_back(
    actor: User, application_id: int, version: int, missing: Sequence[str], reason: str
) -> Application:
    """Return an application for supplement, saying what is missing; the stage sees it again afterwards."""
    from yinian.entitlements.applications.hands import RETURNS

    reason = given_reason(reason)
    application = queries.get_application(actor, application_id)
    right = RETURNS.get(application.state)
    if right is None:
        raise Changed(_("The application is no longer at this stage: %(state)s.") % {
            "state": application.get_state_display()})
    actor.require(right, application.region_id)
    with transaction.atomic():
        application = locked_application(application.pk, version, list(RETURNS))
        stage = application.state
        step(actor, application, stage, "return", reason=reason, missing=missing)
        application.returned_to, application.state = stage, State.RETURNED
        application.due_on = way.limit_on(application.procedure, "supplement")
        moved(actor, application, "return", stage, reason=reason, missing=list(missing))
    return application


def supplement(
    actor: User, application_id: int, version: int, claims: Mapping[str, str], *, own: bool = False
) -> Application:
    """Hand the supplemented application back to the stage that returned it."""
    application = _get(actor, application_id, own)
    with transaction.atomic():
        application = locked_application(application.pk, version, [State.RETURNED])
        last = application.steps.filter(verb="return").order_by("-id").first()
        since = last.at if last is not None else timezone.now()
        asked = set(last.missing if last is not None else [])
        papers = set(application.papers.filter(added_at__gt=since).values_list("document", flat=True))
        wanted = {one["id"]: one for one in way.wanted(application.procedure, application.medium)}
        lacking = [one for name, one in wanted.items() if name in asked and name not in papers]
        if lacking:
            raise Refused(_("Still missing: %(papers)s") % {
                "papers": _(", ").join(label(one["label"]) for one in lacking)})
        told = {**claims_of(application), **{k: v for k, v in claims.items() if v.strip()}}
        application.claims = _claims(told)
        step(actor, application, LODGE if own else "village", "supplement")
        application.state = application.returned_to or way.order(application.procedure)[0]
        application.due_on = way.due_on(application.procedure, application.state)
        moved(actor, application, "supplement", State.RETURNED)
    return application


def withdraw(actor: User, application_id: int, version: int, reason: str, *, own: bool = False) -> Application:
    """Withdraw an application before it is decided, with a reason."""
    reason = given_reason(reason)
    application = _get(actor, application_id, own)
    with transaction.atomic():
        application = locked_application(application.pk, version, [*queries.OPEN])
        ApplicationStep.objects.create(
            application=application, stage=LODGE if own else "village", verb="withdraw", actor=actor, reason=reason,
            due_on=application.due_on,
        )
        before, application.state, application.due_on = application.state, State.WITHDRAWN, None
        moved(actor, application, "withdraw", before, reason=reason)
    return application


def follow_person(actor: User, person_id: int) -> None:
    """Somebody has died: what was still to be handed in for them falls. What was handed in goes on to its decision,
    which the rule then refuses or the record of the months before it grants."""
    person = Person.objects.get(pk=person_id)
    if person.state != Person.State.DEAD:
        return
    with override("zh-hans"):  # it stays on file, whoever is at work
        reason = _("The person has died.")
    waiting = Application.objects.select_for_update(of=("self",)).select_related("person").filter(
        person=person, state__in=[State.INVITED, State.DRAFT, State.RETURNED]
    )
    for application in waiting:
        before, application.state, application.due_on = application.state, State.WITHDRAWN, None
        if before != State.INVITED:
            ApplicationStep.objects.create(
                application=application, stage="village", verb="withdraw", actor=actor, reason=reason,
            )
        moved(actor, application, "withdraw", before, reason=reason)
        if before == State.INVITED:
            _settle_invitation(actor, application)


# --- public notice ---------------------------------------------------------------------------------------------


def record_objection(
    actor: User, application_id: int, text: str, raised_by: str, raised_on: dt.date | None
) -> Objection:
    """Record an objection raised during public notice; who raised it is kept encrypted, or not at all."""
    text = text.strip()
    if not text:
        raise Refused(fields={"text": _("Write down what is objected.")})
    application = queries.get_application(actor, application_id)
    actor.require("entitlements.lodge", application.region_id)
    raised_on = raised_on or timezone.localdate()
    with transaction.atomic():
        locked = Application.objects.select_for_update().get(pk=application.pk)
        if locked.state != State.NOTICE or locked.notice_from is None or locked.notice_until is None:
            raise Changed(_("The application is not on public notice."))
        if not locked.notice_from <= raised_on <= timezone.localdate():
            raise Refused(fields={"raised_on": _("The day lies outside the days of public notice.")})
        objection = Objection.objects.create(
            application=locked, text=text[:1000], raised_by=raised_by.strip()[:120] or None, raised_on=raised_on,
            recorded_by=actor,
        )
        record(actor, "entitlements.objection", locked, region=locked.region_id, detail={"objection": objection.pk})
        ask(
            actor, workkinds.OBJECTION, key=workkinds.objection_key(objection.pk), region=locked.region_id[:9],
            params={"name": application.person.name, "service": label(locked.label)},
            due_on=way.limit_on(locked.procedure, "objection"),
            url=reverse("entitlements:application", args=[locked.pk]),
        )
    return objection


def settle_objection(actor: User, objection_id: int, version: int, outcome: str, answer: str) -> Objection:
    """Answer an objection: not upheld, and the notice runs on; upheld, and the county decides with it in view.

    By somebody of town or county who has not acted on the application.
    """
    answer = answer.strip()
    if outcome not in Objection.Outcome.values:
        raise Refused(fields={"outcome": _("Say whether the objection is upheld.")})
    if not answer:
        raise Refused(fields={"answer": _("Say what was found; it is kept.")})
    found = queries.get_objection(actor, objection_id)
    if found.application.state == State.REFUSED:
        from yinian.entitlements.applications.refusals import settle_refusal

        return settle_refusal(actor, found, version, outcome, answer)
    if not actor.scope("entitlements.review").covers(found.application.region_id):
        actor.require("entitlements.check", found.application.region_id[:6])
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=found.application_id)
        objection = Objection.objects.select_for_update().get(pk=found.pk)
        if objection.version != version or objection.outcome:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if application.state != State.NOTICE:
            raise Changed(_("The application is not on public notice."))
        step(actor, application, "notice", "settle", reason=answer)
        objection.outcome, objection.answer = outcome, answer[:300]
        objection.settled_by, objection.settled_at = actor, timezone.now()
        objection.version += 1
        objection.save()
        record(actor, "entitlements.objection_settle", application, region=application.region_id,
               detail={"objection": objection.pk, "outcome": outcome})
        settle(actor, workkinds.objection_key(objection.pk), str(objection.get_outcome_display()))
        if outcome == Objection.Outcome.UPHELD:
            application.finding = {**application.finding, "objection": answer[:300]}
            before, application.state = application.state, State.COUNTY
            application.due_on = way.due_on(application.procedure, "county")
            moved(actor, application, "objection_upheld", before)
    return objection


def close_notices(today: dt.date | None = None) -> int:
    """Pass on what has been put up for its days and has no open objection. By the clock; returns how many."""
    today, actor, passed = today or timezone.localdate(), platform_user(), 0
    over = Application.objects.filter(state=State.NOTICE, notice_until__lt=today).values_list("pk", flat=True)
    for pk in list(over):
        with transaction.atomic():
            application = Application.objects.select_for_update(skip_locked=True).filter(
                pk=pk, state=State.NOTICE, notice_until__lt=today
            ).first()
            if application is None or application.objections.filter(outcome="").exists():
                continue
            ApplicationStep.objects.create(application=application, stage="notice", verb="close_notice", actor=actor,
                                           due_on=application.due_on)
            _forward(actor, application, "notice", "close_notice")
            passed += 1
    return passed


def unknown_facts(finding: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts to find out, with their names in words."""
    return [(name, fact_label(name)) for name in finding.get("unknown", [])]

