"""From the ranking to recognition: the list proposed and approved by two, the public notice, objections, the result."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.calendar.queries import add_working_days
from yinian.core.documents import actions as documents
from yinian.core.errors import Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.oversight import papers, workkinds
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.actions import lock_round, step
from yinian.oversight.schemes.awarding import Decision, Notice, Objection
from yinian.oversight.schemes.models import Application, Round
from yinian.oversight.schemes.rules import params_of, rules_of, said

NOTICE_SHEET = "oversight/documents/notice.typ"
RESULT_SHEET = "oversight/documents/result.typ"


def ranked(one: Round) -> list[Application]:
    """The applications in the order of the ranking."""
    return list(
        Application.objects.filter(round=one, standing__isnull=False).select_related(
            "standing", "region", "prefecture", "nominee"
        ).defer("region__outline", "prefecture__outline").order_by("standing__rank", "region_id")
    )  # fmt: skip


def propose_list(actor: User, round_pk: int, chosen: Iterable[int], text: str) -> Decision:
    """Propose whom to recognise, with the grounds. May be proposed anew until somebody else approves it."""
    queries.get_managed(actor, round_pk)
    key, text, wanted = human_key(actor), text.strip(), set(chosen)
    if not text:
        raise Refused(fields={"text": _("Say on what grounds the list is drawn up; it is kept.")})
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.RANKED)
        listed = [a.pk for a in ranked(one) if a.pk in wanted]
        if not listed or len(listed) != len(wanted):
            raise Refused(fields={"chosen": _("Choose at least one of the ranked applicants.")})
        found, _made = Decision.objects.select_for_update(of=("self",)).update_or_create(
            round=one, defaults={"chosen": listed, "text": text[:3000], "proposed_by": actor, "proposed_key": key,
                                 "proposed_at": timezone.now()},
        )
        step(actor, one, "propose_result", reason=text, detail={"chosen": listed})
        ask(actor, workkinds.DECIDE, key=f"oversight.decide:{one.pk}:", region=one.region_id, params=params_of(one),
            url=reverse("oversight:ranking", args=[one.pk]))
    return found


def approve_list(actor: User, round_pk: int) -> Notice:
    """Approve the proposed list, as another human than proposed it; the public notice goes up the same day."""
    queries.get_managed(actor, round_pk)
    key = human_key(actor)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.RANKED)
        found = Decision.objects.select_for_update(of=("self",)).filter(round=one, approved_at__isnull=True).first()
        if found is None:
            raise Refused(_("No list is proposed yet."))
        if key == bytes(found.proposed_key):
            raise Refused(_("You proposed this list; another human approves it, whatever account you use."))
        found.approved_by, found.approved_key, found.approved_at = actor, key, timezone.now()
        found.save(update_fields=["approved_by", "approved_key", "approved_at"])
        since = timezone.localdate()
        until = last_day(one, since)
        one.state, one.version = Round.State.NOTICE, one.version + 1
        one.save(update_fields=["state", "version"])
        names = _names(one, found.chosen)
        with override("zh-hans"):
            paper = documents.issue(
                actor, papers.NOTICE, region=one.region_id, title=f"{one.label['zh']}拟认定名单公示",
                template=NOTICE_SHEET, data=_sheet(one, names, since=since.isoformat(), until=until.isoformat()),
                issuer=rules_of(one).organiser,
            )
        made = Notice.objects.create(round=one, since=since, until=until, paper=paper)
        step(actor, one, "approve_result", detail={"chosen": found.chosen})
        settle(actor, f"oversight.decide:{one.pk}:", _("approved"))
        ask(actor, workkinds.RECOGNISE, key=f"oversight.recognise:{one.pk}:", region=one.region_id,
            params=params_of(one), url=reverse("oversight:notice", args=[one.pk]),
            due_on=add_working_days(until, 1))
    return made


def last_day(one: Round, since: dt.date) -> dt.date:
    """The last day of a notice put up on ``since``: the day itself is not counted."""
    rule = rules_of(one).plain["notice"]
    return add_working_days(since, rule["days"]) if rule["working"] else since + dt.timedelta(days=rule["days"])


def _names(one: Round, chosen: Sequence[int]) -> list[dict[str, Any]]:
    places = {pk: n for n, pk in enumerate(chosen)}
    found = sorted((a for a in ranked(one) if a.pk in places), key=lambda a: a.region_id)
    return [{"prefecture": a.prefecture.name, "name": a.region.name} for a in found]


def _sheet(one: Round, names: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    rules = rules_of(one)
    source = rules.plain["source"]
    return {
        "scheme": one.label["zh"], "year": one.year, "names": names, "organiser": rules.organiser,
        "basis": rules.clause(source), "notice_days": rules.plain["notice"]["days"],
        "working": rules.plain["notice"]["working"], "assumed": said(rules.plain["notice"]["source"]), **more,
    }


def object_to(
    actor: User, round_pk: int, application_pk: int, by_name: str, text: str, raised_on: dt.date
) -> Objection:
    """Record what somebody says against the list while it is up."""
    queries.get_managed(actor, round_pk)
    if not by_name.strip() or not text.strip():
        raise Refused(fields={"text": _("Say who objects and to what.")})
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.NOTICE)
        notice = Notice.objects.get(round=one)
        if not notice.since <= raised_on <= notice.until:
            raise Refused(fields={"raised_on": _("Objections are taken from %(since)s to %(until)s.") % {
                "since": day(notice.since), "until": day(notice.until)}})
        if raised_on > timezone.localdate():
            raise Refused(fields={"raised_on": _("This day lies in the future.")})
        if application_pk not in one.decision.chosen:
            raise Refused(fields={"application": _("Choose one from the list.")})
        made = Objection.objects.create(
            notice=notice, application_id=application_pk, by_name=by_name.strip()[:60], text=text.strip()[:2000],
            raised_on=raised_on, recorded_by=actor,
        )
        step(actor, one, "object", made.application)
        ask(actor, workkinds.OBJECTION, key=f"oversight.objection:{one.pk}:{made.pk}", region=one.region_id,
            params=params_of(one), url=reverse("oversight:notice", args=[one.pk]))
    return made


def settle_objection(actor: User, objection_pk: int, outcome: str, answer: str) -> Objection:
    """Answer an objection. Upheld, it takes the applicant off the list."""
    seen = queries.get_objection(actor, objection_pk)
    answer = answer.strip()
    if outcome not in Objection.Outcome.values:
        raise Refused(fields={"outcome": _("Choose one.")})
    if not answer:
        raise Refused(fields={"answer": _("Say what was found; it is kept.")})
    with transaction.atomic():
        one = lock_round(seen.notice.round_id, Round.State.NOTICE)
        found = Objection.objects.select_for_update(of=("self",)).get(pk=seen.pk)
        if found.settled_at is not None:
            raise Refused(_("This objection is answered already."))
        found.outcome, found.answer = outcome, answer[:2000]
        found.settled_by, found.settled_at = actor, timezone.now()
        found.save(update_fields=["outcome", "answer", "settled_by", "settled_at"])
        step(actor, one, "settle_objection", found.application, answer, {"outcome": outcome})
        settle(actor, f"oversight.objection:{one.pk}:{found.pk}", _("answered"))
    return found


def recognise(actor: User, round_pk: int) -> Round:
    """Recognise those on the list when the notice is over and every objection is answered."""
    queries.get_managed(actor, round_pk)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.NOTICE)
        notice = Notice.objects.select_for_update(of=("self",)).get(round=one)
        if timezone.localdate() <= notice.until:
            raise Refused(_("The public notice runs until %(day)s.") % {"day": day(notice.until)})
        if notice.objections.filter(outcome="").exists():
            raise Refused(_("Objections are open; answer them first."))
        struck = set(notice.objections.filter(outcome=Objection.Outcome.UPHELD).values_list("application_id",
                                                                                            flat=True))
        chosen = [pk for pk in one.decision.chosen if pk not in struck]
        for found in Application.objects.select_for_update(of=("self",)).filter(
            round=one, state=Application.State.RECOMMENDED
        ):
            taken = found.pk in chosen
            found.state = Application.State.RECOGNISED if taken else Application.State.NOT_RECOGNISED
            found.version += 1
            found.save(update_fields=["state", "version"])
            step(actor, one, "recognise" if taken else "not_recognise", found)
        with override("zh-hans"):
            paper = documents.issue(
                actor, papers.RESULT, region=one.region_id, title=f"{one.label['zh']}认定结果",
                template=RESULT_SHEET,
                data=_sheet(one, _names(one, chosen), since=notice.since.isoformat(), until=notice.until.isoformat(),
                            objections=notice.objections.count(), struck=len(struck)),
                issuer=rules_of(one).organiser,
            )
        notice.result_paper, notice.recognised_by, notice.recognised_at = paper, actor, timezone.now()
        notice.save(update_fields=["result_paper", "recognised_by", "recognised_at"])
        step(actor, one, "recognise_all", detail={"recognised": chosen})
        one.state, one.version = Round.State.RECOGNISED, one.version + 1
        one.save(update_fields=["state", "version"])
        settle(actor, f"oversight.recognise:{one.pk}:", _("Recognised"))
        if chosen:
            ask(actor, workkinds.AWARD, key=f"oversight.award:{one.pk}:", region=one.region_id,
                params=params_of(one), url=reverse("oversight:ranking", args=[one.pk]))
    return one
