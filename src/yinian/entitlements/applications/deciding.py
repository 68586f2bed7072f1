"""The county's decision on an application: granted by the rule, or refused by the clause that does not hold."""

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jinja import label
from yinian.core.users.models import User
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications import queries
from yinian.entitlements.applications.actions import failing, given_reason, locked_application, moved
from yinian.entitlements.applications.hands import step
from yinian.entitlements.explaining import finding_of
from yinian.entitlements.models import Application, Determination, Event
from yinian.entitlements.papers import issue_of_application
from yinian.entitlements.workkinds import fact_label

State = Application.State


def approve(actor: User, application_id: int, version: int) -> Determination:
    """Grant what the rule says is due now; writes determination, event and notice.

    Raises :class:`Refused` where the rule does not say that it is due: what is to be found out is found out first,
    and who is not due is refused by the clause.
    """
    application = queries.get_application(actor, application_id)
    actor.require("entitlements.approve", application.region_id[:6])
    with transaction.atomic():
        application = locked_application(application.pk, version, [State.COUNTY])
        finding = finding_of(application.person, application.service_id)
        if finding["status"] == "check":
            raise Refused(_("The rule cannot say yet whether it is due. Find out first: %(facts)s") % {
                "facts": _(", ").join(fact_label(name) for name in finding["unknown"])})
        if finding["status"] != "due":
            raise Refused(_("By the rule it is not due: %(why)s") % {
                "why": label(finding["sentence"]) if finding["sentence"] else _("the service is not in force")})
        application.finding = finding
        step(actor, application, "county", "approve")
        today = timezone.localdate()
        start = _free_from(application, way.begins_on(application, today))
        money = finding["amount_fen"]
        made = Determination.objects.create(
            person=application.person, region_code=application.region_id, service_id=application.service_id,
            label=application.label, period=DateRange(start, None), amount_fen=money,
            unit=(finding["period"] or "month") if money is not None else "",
            origin=Determination.Origin.APPLICATION, application=application, pack_hash=finding["pack_hash"],
            basis=finding["basis"],
        )
        event = Event.objects.create(
            determination=made, kind=Event.Kind.GRANTED, on=start, amount_fen=money, actor=_maker(application),
            checker=actor,
        )
        before, application.state = application.state, State.APPROVED
        application.decided_on, application.due_on = today, None
        moved(actor, application, "approve", before, determination=made.pk)
        event.notice = issue_of_application(actor, application, made)
        event.save(update_fields=["notice"])
        _keep_notice(application, event.notice_id)
        record(actor, "entitlements.grant", made, region=application.region_id,
               detail={"application": application.pk, "amount_fen": money, "from": start.isoformat()})
    return made


def _keep_notice(application: Application, notice: int | None) -> None:
    Application.objects.filter(pk=application.pk).update(notice=notice)
    application.notice_id = notice


def _maker(application: Application) -> User:
    """Who examined it last before the county; of an application without a town, who lodged or accepted it."""
    last = application.steps.filter(verb__in=["pass", "against", "accept", "lodge", "reopen"]).order_by("-id").first()
    assert last is not None
    return last.actor


def _free_from(application: Application, start: dt.date) -> dt.date:
    """``start``, or the day an earlier grant of the service ended where that is later."""
    ended = (
        Determination.objects.filter(person=application.person, service_id=application.service_id)
        .exclude(period__isempty=True).order_by("-period").first()
    )
    if ended is None or ended.period.upper is None:
        return start
    return max(start, ended.period.upper)


def refuse(actor: User, application_id: int, version: int, reason: str, test_id: str) -> Application:
    """Refuse by the condition that does not hold; the notice names its clause and how to object."""
    reason = given_reason(reason)
    application = queries.get_application(actor, application_id)
    actor.require("entitlements.approve", application.region_id[:6])
    with transaction.atomic():
        application = locked_application(application.pk, version, [State.COUNTY])
        application.finding = failing(application, test_id, reason)
        step(actor, application, "county", "refuse", reason=reason)
        before, application.state = application.state, State.REFUSED
        application.decided_on, application.due_on = timezone.localdate(), None
        moved(actor, application, "refuse", before, reason=reason, test=test_id)
        _keep_notice(application, issue_of_application(actor, application, None).pk)
    return application
