"""What the agreement with a resident says: plain data for its paper, always in Chinese."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.documents import actions as documents
from yinian.core.jinja import label
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.intake import hazards
from yinian.homes.way.intake.models import Agreement, RiskAssessment
from yinian.people.models import Person
from yinian.people.representatives.models import Representative
from yinian.places.models import Price

TEMPLATE = "homes/documents/agreement.typ"
TITLE = "养老机构入住协议"


def agreement_data(found: Agreement) -> dict[str, Any]:
    """Everything on the paper: the parties, bed, prices, clauses, the annex of hazards."""
    with override("zh-hans"):
        application = found.application
        person: Person = application.person
        home = found.site
        risks = RiskAssessment.objects.get(application=application)
        return {
            "home": {"name": home.name, "address": home.address, "phone": home.phone,
                     "organisation": home.organisation.name if home.organisation_id else ""},
            "person": {
                "name": person.name, "sex": person.get_sex_display() if person.sex else "",
                "id_number": str(person.id_number) if person.id_number else "",
                "place": _place(person),
            },
            "payer": found.payer or "",
            "bed": {"label": found.bed.label, "kind": found.bed.get_kind_display(),
                    "room": f"{found.bed.room.building}{found.bed.room.name}" if found.bed.room else ""},
            "kind": str(BedApplication.Kind(found.kind).label), "basis": str(Stay.Basis(found.basis).label),
            "begins": found.begins.isoformat(), "until": found.until.isoformat() if found.until else "",
            "lines": [
                {"item": line["item"], "amount_fen": line["amount_fen"], "unit": str(Price.Unit(line["unit"]).label)}
                for line in found.lines
            ],
            "trial": _days(found.terms.get("trial")), "refund": _days(found.terms.get("refund")),
            "hazards": hazard_lines(risks),
            "risks": {
                "assessor": risks.assessed_by.full_name if risks.assessed_by else "",
                "assessed": risks.assessed_at.date().isoformat() if risks.assessed_at else "",
                "signer": risks.signed_name or "",
                "relation": str(Representative.Relation(risks.signed_relation).label) if risks.signed_relation else "",
                "signed": risks.signed_at.date().isoformat() if risks.signed_at else "",
            },
            "assumed": rules.assumed(found.terms, "refund"),
        }


def _place(person: Person) -> str:
    region = person.region
    return f"{region.parent.name}{region.name}" if region.parent is not None and region.level >= 5 else region.name


def _days(rule: dict[str, Any] | None) -> str:
    if rule is None:
        return ""
    return (_("%(n)d working days") if rule["working"] else _("%(n)d days")) % {"n": int(rule["days"])}


def hazard_lines(risks: RiskAssessment) -> list[dict[str, str]]:
    """Each hazard with its level in words and what is done about it."""
    from yinian.homes.way.intake.actions import measures_of

    written, words = measures_of(risks), level_words()
    found = []
    for hazard in hazards.catalogue().hazards:
        level = risks.levels.get(hazard.id, "none")
        measures = written.get(hazard.id) or "；".join(hazard.measures_at(level))
        found.append({"id": hazard.id, "name": label(hazard.label), "level": level, "words": words[level],
                      "measures": measures})
    return found


def level_words() -> dict[str, str]:
    return {"none": _("No risk seen"), "some": _("Some risk"), "high": _("High risk")}


def draft_pdf(found: Agreement) -> bytes:
    """The paper of a draft, marked as such and kept nowhere. The caller has shown the agreement visible."""
    return documents.preview(
        found.site.region_id, title=TITLE, template=TEMPLATE, data=agreement_data(found), issuer=found.site.name
    )
