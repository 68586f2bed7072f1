"""An application as its pages show it: stages, who acts next, papers, steps, what the rule says. Reads only."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.calendar.queries import working_days_between
from yinian.core.errors import Refused
from yinian.core.jinja import day, label
from yinian.entitlements import packs
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications.actions import claims_of, unknown_facts
from yinian.entitlements.explaining import explained, finding_of
from yinian.entitlements.models import Application, ApplicationPaper, ApplicationStep
from yinian.entitlements.person_pages import ServiceShown, shown_service
from yinian.entitlements.workkinds import fact_label

TONES = {"invited": "info", "draft": "mute", "village": "info", "town": "info", "notice": "info", "county": "warn",
         "returned": "warn", "approved": "ok", "refused": "bad", "withdrawn": "mute"}


def stage_words(stage: str) -> str:
    return {"lodge": _("Lodging"), "village": _("Village accepts"), "town": _("Town examines"),
            "notice": _("Public notice"), "county": _("County decides"), "decided": _("Decision")}[stage]


def stage_bar(application: Application) -> list[tuple[str, str]]:
    """(words, done | now | later) of each stage of the kept procedure."""
    if not application.procedure:
        return []
    stages = ["lodge", *way.order(application.procedure), "decided"]
    if application.state in (Application.State.APPROVED, Application.State.REFUSED):
        return [(stage_words(stage), "done") for stage in stages]
    if application.state == Application.State.WITHDRAWN:
        return []
    at = application.returned_to if application.state == Application.State.RETURNED else application.state
    now = stages.index(at) if at in stages else 0
    return [(stage_words(stage), "done" if n < now else "now" if n == now else "later")
            for n, stage in enumerate(stages)]


def next_words(application: Application) -> str:
    """Who acts next, in words."""
    State = Application.State
    if application.state == State.RETURNED and application.medium == Application.Medium.PHONE:
        return _("the applicant supplements it")
    return {
        State.INVITED: _("the person, the family or the village applies"),
        State.DRAFT: _("whoever fills it in hands it in"), State.VILLAGE: _("the village accepts it"),
        State.TOWN: _("the town examines it"), State.NOTICE: _("the days of public notice run"),
        State.COUNTY: _("the county decides"), State.RETURNED: _("the village supplements it"),
    }.get(State(application.state), "")


@dataclass(frozen=True)
class Deadline:
    """By when the present stage must have acted, in words, and how pressing that is."""

    words: str
    tone: str


def deadline(application: Application, today: dt.date | None = None) -> Deadline | None:
    if application.due_on is None or application.is_over:
        return None
    left = working_days_between(today or timezone.localdate(), application.due_on)
    if left < 0:
        return Deadline(_("overdue since %(day)s") % {"day": day(application.due_on)}, "bad")
    words = _("by %(day)s, %(n)s working days left") % {"day": day(application.due_on), "n": left}
    return Deadline(words, "warn" if left <= 2 else "mute")


@dataclass(frozen=True)
class PaperShown:
    """A paper that is wanted, and the files handed in for it."""

    id: str
    label: str
    required: bool
    files: list[ApplicationPaper]


def papers_of(application: Application) -> list[PaperShown]:
    """The papers wanted, with what was handed in; other papers at the end."""
    there: dict[str, list[ApplicationPaper]] = {}
    for paper in application.papers.select_related("attachment", "added_by"):
        there.setdefault(paper.document, []).append(paper)
    wanted = way.wanted(application.procedure, application.medium) if application.procedure else []
    shown = [PaperShown(one["id"], label(one["label"]), one["required"], there.pop(one["id"], [])) for one in wanted]
    others = [paper for files in there.values() for paper in files]
    return shown + ([PaperShown("other", _("Other papers"), False, others)] if others else [])


def paper_choices(application: Application) -> list[tuple[str, str]]:
    """The papers that can be added, those still missing first."""
    shown = papers_of(application)
    ordered = sorted(shown, key=lambda one: bool(one.files))
    return [*((one.id, one.label) for one in ordered if one.id != "other"), ("other", str(_("Other papers")))]


def steps_of(application: Application) -> list[dict[str, Any]]:
    """What happened, for the timeline."""
    titles = {
        "invite": _("Invited to apply"), "lodge": _("Handed in"),
        "accept": _("Accepted by the village"), "pass": _("Found in order by the town"),
        "against": _("The town advises to refuse"), "return": _("Returned for supplement"),
        "supplement": _("Supplemented"), "approve": _("Granted"), "refuse": _("Not granted"),
        "withdraw": _("Withdrawn"), "settle": _("Objection answered"), "close_notice": _("Public notice ended"),
        "reopen": _("Objection to the refusal upheld: decided anew"),
    }
    tones = {"return": "warn", "against": "warn", "refuse": "bad", "approve": "ok", "withdraw": "mute"}
    icons = {"invite": "bell", "lodge": "send",
             "return": "arrow-back-up", "refuse": "ban", "approve": "gavel", "withdraw": "x"}
    wanted = {one["id"]: label(one["label"]) for one in way.wanted(application.procedure, application.medium)} \
        if application.procedure else {}
    return [
        {"at": step.at, "title": titles.get(step.verb, step.verb), "who": step.actor.full_name,
         "text": " · ".join(filter(None, (step.reason, _("missing: %(what)s") % {
             "what": _(", ").join(wanted.get(name, fact_label(name) if name in _facts() else name)
                                  for name in step.missing)} if step.missing else "", _late(step)))),
         "tone": tones.get(step.verb, "info"), "icon": icons.get(step.verb, "check"), "url": ""}
        for step in application.steps.select_related("actor")
    ][::-1]


def _facts() -> Any:
    from yinian.engines.entitlement import FACTS

    return FACTS


def _late(step: ApplicationStep) -> str:
    done = timezone.localtime(step.at).date()
    if step.due_on is None or step.verb in ("withdraw", "lodge") or done <= step.due_on:
        return ""
    return _("after its day, %(day)s") % {"day": day(step.due_on)}


@dataclass(frozen=True)
class RuleShown:
    """What the rule says now of the person and the service; ``problem`` where it cannot be asked."""

    service: ServiceShown | None
    finding: dict[str, Any]
    unknown: list[tuple[str, str]]
    problem: str


def rule_now(application: Application, *, editor: bool) -> RuleShown:
    """By what is known now; ``editor``: the reader can record missing facts."""
    person = application.person
    try:
        _pack, answer, facts = explained(person)
        finding = finding_of(person, application.service_id)
    except Refused as refused:
        return RuleShown(None, {}, [], str(refused))
    found = next((one for one in answer.services if one.service_id == application.service_id), None)
    shown = None if found is None else shown_service(found, facts, None, None, person if editor else None)
    return RuleShown(shown, finding, unknown_facts(finding),
                     "" if found else _("This service is not in force at present."))


def tests_of(finding: dict[str, Any]) -> list[tuple[str, str]]:
    """The conditions, those that do not hold first."""
    ordered = sorted(finding.get("tests", []), key=lambda one: (one["value"] is not False, one["value"] is not None))
    words = {True: _("holds"), False: _("does not hold"), None: _("not known")}
    return [(one["id"], f"{label(one['label'])} · {words[one['value']]}") for one in ordered]


def shown_claims(application: Application) -> list[tuple[str, str]]:
    """What the applicant said, by fact in words."""
    return [(fact_label(name), text) for name, text in claims_of(application).items()]


def unverified(application: Application) -> list[str]:
    """What of the kept procedure is an assumption: said where the procedure is shown."""
    names = {"stages": _("stages and days"), "notice": _("public notice"), "appeals": _("remedies"),
             "begins": _("the first month paid"), "papers": _("papers asked for"),
             "supplement": _("days to supplement"), "objection": _("days to look into an objection")}
    said = application.procedure.get("confidence", {}) if application.procedure else {}
    return [names[name] for name, one in said.items() if one["confidence"] != "verified"]


def service_choices(region_code: str, services: list[str]) -> list[tuple[str, str]]:
    """The services named, with their words, in the order of the list."""
    from yinian.entitlements.workkinds import in_words

    pack = packs.in_force(region_code).pack
    return [(one.id, in_words(one.label)) for one in pack.services if one.id in services]
