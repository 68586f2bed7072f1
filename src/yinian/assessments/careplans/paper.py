"""What the paper of a care plan says, in plain words and large type, for the person and family. Plain data for it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.assessments import scales
from yinian.assessments.careplans import catalogue, queries, resting, routing
from yinian.assessments.careplans.models import CarePlan, PlannedService
from yinian.core import identity
from yinian.core.documents import actions as documents
from yinian.people.models import Person

TEMPLATE = "assessments/documents/careplan.typ"
TITLE = "照护计划"


def plan_data(plan: CarePlan) -> dict[str, Any]:
    """Everything on the paper. Always in Chinese, whoever prints it."""
    with override("zh-hans"):
        person: Person = plan.person
        return {
            "name": person.name,
            "sex": person.get_sex_display() if person.sex else "",
            "id_number": identity.mask_id(str(person.id_number)) if person.id_number else "–",
            "place": _place(person),
            "number": plan.number, "edition": plan.edition,
            "measure": "能力等级" if plan.scale == scales.ABILITY_SCALE else "自理能力",
            "level": scales.level_name(plan.scale, plan.level),
            "assessed_on": plan.result.assessed_on.isoformat(),
            "start": plan.start.isoformat() if plan.start else "",
            "review_due": plan.review_due.isoformat() if plan.review_due else "",
            "planner": plan.planner.full_name,
            "situation": plan.situation or "", "wishes": plan.wishes or "",
            "needs": [
                {
                    "text": need.text, "note": need.note or "",
                    "risks": "、".join(catalogue.risk_name(risk) for risk in need.risks),
                    "goals": [
                        {"text": goal.text, "measure": goal.measure, "target": goal.target, "by": goal.by.isoformat()}
                        for goal in need.goals.all()
                    ],
                    "services": [_service(one, person.region_id) for one in need.services.all()],
                }
                for need in queries.needs_of(plan)
            ],
            "routing": [
                {"text": one.text, "homes": "、".join(name for name, _url in one.homes), "source": one.source}
                for one in routing.in_words(plan.routing, person) if one.fits is not False
            ],
        }


def _place(person: Person) -> str:
    region = person.region
    return f"{region.parent.name}{region.name}" if region.parent is not None and region.level >= 5 else region.name


def _service(one: PlannedService, region_code: str) -> dict[str, str]:
    name, provider = catalogue.service_name(one.service), catalogue.provider_name(one.provider)
    return {
        # Nobody named, and the kind of provider only repeats the service: the name alone says it.
        "name": name, "who": one.who or ("" if provider in name else provider),
        "often": often_long(one), "pays": pays_words(one, region_code), "note": one.note,
    }


def often_long(one: PlannedService) -> str:
    """How often, and how long each time."""
    often = catalogue.often_words(one.times, one.per, one.days)
    if not one.minutes:
        return often
    return _("%(often)s, %(minutes)s minutes each time") % {"often": often, "minutes": one.minutes}


def pays_words(one: PlannedService, region_code: str) -> str:
    """On what a service rests, in words."""
    if one.pays == PlannedService.Pays.DUE:
        return resting.due_name(region_code, one.due)
    return str(one.get_pays_display())


def draft_pdf(plan: CarePlan) -> bytes:
    """The paper of a draft as it stands, marked as a draft; kept nowhere. The caller has shown the plan visible."""
    return documents.preview(plan.person.region_id, title=TITLE, template=TEMPLATE, data=plan_data(plan))
