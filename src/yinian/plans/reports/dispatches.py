"""The monthly dispatch report: drafted from data, its words an officer's, its numbers computed, kept as issued."""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jinja import yuan
from yinian.core.models import User
from yinian.plans import papers
from yinian.plans.documents.models import PlanDocument
from yinian.plans.documents.queries import get_document
from yinian.plans.reports import figures
from yinian.plans.reports.models import Dispatch
from yinian.plans.tasks import colours

TEMPLATE = "plans/reports/dispatch.typ"


def visible_to(actor: User) -> QuerySet[Dispatch]:
    """Reports on the plans of the actor's area, the latest first."""
    actor.require("plans.area")
    return Dispatch.objects.filter(actor.scope("plans.area").q("document__region__code")).select_related(
        "document__region", "paper", "drafted_by", "issued_by"
    ).defer("document__text", "document__region__outline")


def get_dispatch(actor: User, pk: int) -> Dispatch:
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("dispatch report")
    return found


def draft(actor: User, document_pk: int, month: dt.date) -> Dispatch:
    """Begin a month's report on a plan, its words proposed from the figures. Raises :class:`Refused` for a second."""
    document = get_document(actor, document_pk, "plans.drive")
    actor.require("plans.drive", document.region_id)
    if document.state != PlanDocument.State.ADOPTED:
        raise Refused(_("The plan has not been adopted."))
    month = month.replace(day=1)
    if month > timezone.localdate():
        raise Refused(fields={"month": _("This month has not begun.")})
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Dispatch.objects.create(document=document, month=month, drafted_by=actor,
                                               **_proposed(document, month))
        except IntegrityError as error:
            raise Refused(fields={"month": _("The report of this month exists already.")}) from error
        record(actor, "plans.dispatch_draft", made, region=document.region_id, detail={"month": month.isoformat()})
    return made


def _proposed(document: PlanDocument, month: dt.date) -> dict[str, str]:
    """Words to begin with, from the figures."""
    found = figures.of_month(document, month)
    late = sorted({line["units"] for line in found["overdue"] if line["units"]})
    problems = (
        f"有{len(found['overdue'])}项任务超过时限未完成，涉及{'、'.join(late[:5])}{'等单位' if len(late) > 5 else ''}。"
        if found["overdue"] else "本月没有逾期任务。"
    )
    steps = ["请逾期任务的责任单位说明原因，明确完成时间。"] if found["overdue"] else []
    if found["coming"]:
        steps.append(f"下月底前有{len(found['coming'])}项任务到期，请责任单位对照时限抓紧推进，按要求报送佐证材料。")
    return {
        "opening": f"现将《{document.title}》{month.year}年{month.month}月任务推进情况通报如下。",
        "problems": problems, "next_steps": "\n".join(steps) or "按计划推进各项任务。",
    }


def numbers(dispatch: Dispatch) -> dict[str, Any]:
    """The figures of a report: kept ones of an issued one, else computed now."""
    return dispatch.figures or figures.of_month(dispatch.document, dispatch.month)


def paper_data(dispatch: Dispatch) -> dict[str, Any]:
    """What the report says, as plain data, in Chinese whoever makes it."""
    with translation.override("zh-hans"):
        found = numbers(dispatch)
        return {
            "title": f"调度通报（{dispatch.month.year}年{dispatch.month.month}月）", "plan": dispatch.document.title,
            "opening": dispatch.opening, "problems": dispatch.problems, "next_steps": dispatch.next_steps,
            "summary": summary(found), "figures": found,
        }


def summary(found: dict[str, Any]) -> str:
    """The figures in sentences, in Chinese."""
    counts, (projects, running, done, total, spent) = found["colours"], found["projects"]
    text = (
        f"截至{figures_day(found['on'])}，在推任务共{found['total']}项：已办结{counts[colours.DONE]}项，"
        f"待核查{counts[colours.WAITING]}项，正常推进{counts[colours.GREEN]}项，"
        f"临期或久未报进度{counts[colours.AMBER]}项，逾期{counts[colours.RED]}项。"
    )
    if found["fell_due"]:
        text += f"\n已到期{found['fell_due']}项（次），按时完成{found['in_time']}项（次），按时完成率{found['rate']}%。"
    if projects:
        text += (f"\n项目共{projects}个，总投资{yuan(total)}元；在建{running}个，完工{done}个，"
                 f"累计完成投资{yuan(spent)}元。")
    return text


def figures_day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def _locked(actor: User, pk: int, version: int) -> Dispatch:
    dispatch = Dispatch.objects.select_for_update(of=("self",)).select_related("document__region").get(
        pk=get_dispatch(actor, pk).pk)
    actor.require("plans.drive", dispatch.document.region_id)
    if dispatch.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if dispatch.state != Dispatch.State.DRAFT:
        raise Refused(_("An issued report stays as it is."))
    return dispatch


def edit(actor: User, pk: int, version: int, *, opening: str, problems: str, next_steps: str) -> Dispatch:
    """Keep the words of a draft."""
    with transaction.atomic():
        dispatch = _locked(actor, pk, version)
        dispatch.opening, dispatch.problems, dispatch.next_steps = opening, problems, next_steps
        dispatch.version += 1
        dispatch.save(update_fields=["opening", "problems", "next_steps", "version"])
        record(actor, "plans.dispatch_edit", dispatch, region=dispatch.document.region_id)
    return dispatch


def issue(actor: User, pk: int, version: int) -> Dispatch:
    """Issue a report: its numbers are kept as they stand, and it is set as a paper."""
    with transaction.atomic():
        dispatch = _locked(actor, pk, version)
        region = dispatch.document.region_id
        dispatch.figures = figures.of_month(dispatch.document, dispatch.month)
        data = paper_data(dispatch)
        dispatch.paper = documents.issue(actor, papers.DISPATCH, region=region, title=data["title"], template=TEMPLATE,
                                         data=data)
        dispatch.state, dispatch.issued_by, dispatch.issued_at = Dispatch.State.ISSUED, actor, timezone.now()
        dispatch.version += 1
        dispatch.save()
        record(actor, "plans.dispatch_issue", dispatch, region=region, detail={"number": dispatch.paper.number})
    return dispatch
