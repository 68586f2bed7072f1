"""The way of an application: its stages with their days, as the pack rules them and as kept when it was lodged."""

import datetime as dt
from calendar import monthrange
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.jinja import label
from yinian.engines.entitlement import Pack, Ruled
from yinian.entitlements import grounds
from yinian.entitlements.models import Application

FORM = "form"  # the application itself, as a paper


def kept(pack: Pack, service_id: str) -> dict[str, Any]:
    """The procedure of a service as plain JSON: what an application is dealt with by, whatever changes later.

    Raises :class:`Refused` where no county decides.
    """
    rules = grounds.procedure_of(pack, service_id)
    papers = rules.papers
    if "county" not in {stage.id for stage in rules.stages.value}:
        raise Refused(_("The policy pack lets no county decide on this service; add its stage to procedure.yaml."))
    return {
        "stages": [{"id": stage.id, "days": stage.working_days} for stage in rules.stages.value],
        "notice": {"days": rules.notice.value.days if rules.notice.value.required else 0,
                   "place": rules.notice.value.place},
        "appeals": [
            {"kind": way.kind, "days": way.days, "months": way.months,
             "where": {"zh": way.where.zh, "en": way.where.en}}
            for way in rules.appeals.value
        ],
        "limits": {name: getattr(rules, name).value for name in ("supplement", "objection")},
        "begins": {"event": rules.begins.value.event, "months_after": rules.begins.value.months_after},
        "papers": [
            {"id": paper.id, "label": {"zh": paper.label.zh, "en": paper.label.en}, "required": paper.required}
            for paper in (papers.value if papers is not None else ())
        ],
        "confidence": {
            name: _said(ruled) for name, ruled in (
                ("stages", rules.stages), ("notice", rules.notice), ("appeals", rules.appeals),
                ("begins", rules.begins), ("supplement", rules.supplement),
                ("objection", rules.objection), ("papers", papers),
            ) if ruled is not None
        },
    }


def _said(ruled: Ruled[Any]) -> dict[str, Any]:
    note = ruled.note
    return {"confidence": ruled.confidence, "note": {"zh": note.zh, "en": note.en} if note is not None else {}}


def order(procedure: dict[str, Any]) -> list[str]:
    """The stages an application passes, public notice where the rule asks for it before the county decides."""
    stages = [stage["id"] for stage in procedure["stages"]]
    if procedure["notice"]["days"]:
        place = stages.index("county") if "county" in stages else len(stages)
        stages.insert(place, "notice")
    return stages


def after(procedure: dict[str, Any], stage: str) -> str:
    """The stage that follows; "" after the last. ``lodge`` is before the first."""
    stages = ["lodge", *order(procedure)]
    if stage not in stages:  # a procedure without a village stage that the village lodges all the same
        return stages[1] if len(stages) > 1 else ""
    following = stages[stages.index(stage) + 1 :]
    return following[0] if following else ""


def due_on(procedure: dict[str, Any], stage: str) -> dt.date:
    """The working day by which a stage that begins today must have acted."""
    days = {one["id"]: one["days"] for one in procedure["stages"]}
    return add_working_days(timezone.localdate(), days.get(stage, 0))


def limit_on(procedure: dict[str, Any], name: str) -> dt.date:
    """The working day by which a supplement, or the answer to an objection, asked for today must be there."""
    return add_working_days(timezone.localdate(), int(procedure["limits"][name]))


def objects_until(procedure: dict[str, Any], decided: dt.date) -> dt.date | None:
    """The last day on which a decision can be objected to at the office: by the days or months of reconsideration."""
    for one in procedure.get("appeals", []):
        if one["kind"] == "reconsideration":
            months = decided.year * 12 + decided.month - 1 + int(one["months"] or 0)
            year, month = months // 12, months % 12 + 1
            day = dt.date(year, month, min(decided.day, monthrange(year, month)[1]))
            return day + dt.timedelta(days=int(one["days"] or 0))
    return None


def begins_on(application: Application, today: dt.date) -> dt.date:
    """The first day of the first month that is paid, by the kept rule."""
    rule = application.procedure["begins"]
    event = today if rule["event"] == "decision" else (application.lodged_on or today)
    months = event.year * 12 + event.month - 1 + int(rule["months_after"])
    return dt.date(months // 12, months % 12 + 1, 1)


def wanted(procedure: dict[str, Any], medium: str) -> list[dict[str, Any]]:
    """The papers an application brings; on paper the form itself besides."""
    papers = list(procedure.get("papers", []))
    if medium == Application.Medium.PAPER:
        papers.insert(0, {"id": FORM, "label": {"zh": "申请书（表）", "en": "Application form"}, "required": True})
    return papers


def missing(application: Application, procedure: dict[str, Any]) -> list[dict[str, Any]]:
    """The papers that are required and not there."""
    there = set(application.papers.values_list("document", flat=True))
    return [one for one in wanted(procedure, application.medium) if one["required"] and one["id"] not in there]


def appeal_words(procedure: dict[str, Any]) -> str:
    """How to object to a decision, in a sentence."""
    ways = []
    for way in procedure.get("appeals", []):
        where = label(way["where"])
        if way["kind"] == "reconsideration":
            ways.append(_("apply to %(where)s for reconsideration within %(days)s days") % {
                "where": where, "days": way["days"] or (way["months"] or 0) * 30})
        else:
            ways.append(_("sue before %(where)s within %(months)s months") % {
                "where": where, "months": way["months"] or round((way["days"] or 0) / 30)})
    if not ways:
        return ""
    return _("Whoever does not accept this decision can, from the day of learning of it, %(ways)s.") % {
        "ways": _(", or ").join(ways)}
