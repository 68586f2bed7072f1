"""Taking somebody in: the look at the nine hazards with two signatures, the agreement, the admission.

The admission itself is the stays' own action, in the same transaction as the agreement and the application.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.results.queries import in_force
from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.users.models import User
from yinian.homes.stays import actions as staying
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications import actions as applying
from yinian.homes.way.applications import queries as applications
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.intake import hazards, paper, papers
from yinian.homes.way.intake.models import Agreement, RiskAssessment
from yinian.homes.way.offers import actions as offering
from yinian.homes.way.offers.models import Offer
from yinian.homes.way.offers.queries import standing_offer
from yinian.people.circumstances.queries import spells_on
from yinian.people.representatives.models import Representative
from yinian.places.models import Price
from yinian.places.sites.queries import prices

State = BedApplication.State
TAKING_IN = (State.ACCEPTED, State.INTAKE)
MOST_MEASURES = 2000


def _begin(actor: User, application_pk: int) -> tuple[BedApplication, Offer]:
    """The application whose offer was accepted, and the offer; the actor may take in at its home."""
    application = applications.get_application(actor, application_pk)
    found = standing_offer(application)
    if found is None or found.state != Offer.State.ACCEPTED:
        raise Refused(_("No accepted offer stands; a bed is offered and accepted first."))
    actor.require("homes.intake", found.site.region_id, found.site_id)
    return application, found


def begin_risks(actor: User, application_pk: int) -> RiskAssessment:
    """Begin the look at the hazards, with what the ability assessment in force tells filled in."""
    seen, found = _begin(actor, application_pk)
    with transaction.atomic():
        application = applying.locked(seen.pk, seen.version, TAKING_IN)
        made = RiskAssessment.objects.filter(application=application).first()
        if made is not None:
            return made
        result = in_force(application.person)
        answers = hazards.prefilled(result.items) if result is not None else {}
        made = RiskAssessment.objects.create(
            application=application, site=found.site, catalogue=hazards.catalogue().hash, result=result,
            answers=json.dumps(answers) if answers else None, levels=hazards.levels(answers), begun_by=actor,
        )
        if application.state == State.ACCEPTED:
            application.state = State.INTAKE
            applying.save(application)
        applying.step(actor, application, "risks")
        record(actor, "homes.risks_begin", application, region=found.site.region_id,
               detail={"person": application.person_id, "result": result.pk if result else None})
    return made


def answers_of(risks: RiskAssessment) -> dict[str, int]:
    return dict(json.loads(str(risks.answers))) if risks.answers else {}


def measures_of(risks: RiskAssessment) -> dict[str, str]:
    """Measures agreed, by hazard, where they were written otherwise than the catalogue proposes."""
    return dict(json.loads(str(risks.measures))) if risks.measures else {}


def _locked_risks(pk: int, version: int, states: tuple[str, ...]) -> RiskAssessment:
    risks = RiskAssessment.objects.select_for_update().filter(application=pk).first()
    if risks is None:
        raise NotVisible("risks")
    if risks.version != version or risks.state not in states:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return risks


def save_risks(
    actor: User, application_pk: int, version: int, answers: Mapping[str, int], measures: Mapping[str, str], *,
    sign: bool = False,
) -> RiskAssessment:
    """Save the answers; with ``sign`` the home's assessor signs, which takes an answer to every question."""
    _application, found = _begin(actor, application_pk)
    known = {hazards.field(h.id, i.id) for h in hazards.catalogue().hazards for i in h.items}
    kept = {name: value for name, value in answers.items() if name in known and value in hazards.ANSWERS}
    if sign and (left := hazards.missing(kept)):
        raise Refused(_("Still to be answered: %(n)d questions.") % {"n": len(left)})
    with transaction.atomic():
        risks = _locked_risks(application_pk, version, ("draft", "assessed"))
        risks.answers, risks.levels = json.dumps(kept), hazards.levels(kept)
        texts = {name: text.strip()[:MOST_MEASURES] for name, text in measures.items() if text.strip()}
        risks.measures = json.dumps(texts, ensure_ascii=False) if texts else None
        risks.catalogue = hazards.catalogue().hash
        # Whatever is changed after the home signed is signed again.
        risks.state, risks.assessed_by, risks.assessed_at = RiskAssessment.State.DRAFT, None, None
        if sign:
            risks.state, risks.assessed_by, risks.assessed_at = (
                RiskAssessment.State.ASSESSED, actor, timezone.now()
            )
        risks.version += 1
        risks.save()
        record(actor, "homes.risks_sign" if sign else "homes.risks_save", risks.application,
               region=found.site.region_id, detail={"levels": risks.levels if sign else {}})
    return risks


def sign_risks(
    actor: User, application_pk: int, version: int, name: str, relation: str, *, own: bool = False
) -> RiskAssessment:
    """The person's or the family's signature: on their own page, or on paper before the home's staff."""
    if own:
        actor.require("own.act")
        application = applications.get_own_application(actor, application_pk)
    else:
        application, _found = _begin(actor, application_pk)
    name = name.strip()
    if not name:
        raise Refused(fields={"name": _("Write the name of who signs.")})
    if relation not in Representative.Relation.values:
        raise Refused(fields={"relation": _("Choose who signs.")})
    with transaction.atomic():
        risks = _locked_risks(application.pk, version, ("assessed",))
        risks.state, risks.signed_name, risks.signed_relation = RiskAssessment.State.SIGNED, name[:60], relation
        risks.signed_at, risks.signed_with = timezone.now(), actor
        risks.version += 1
        risks.save()
        record(actor, "homes.risks_agree", application, region=application.region_id,
               detail={"relation": relation, "own": own})
    return risks


def draw_up(
    actor: User, application_pk: int, *, kind: str, basis: str, begins: dt.date, until: dt.date | None,
    items: list[int], payer: str,
) -> Agreement:
    """Draw up the agreement from the accepted offer: bed, kind of stay, chosen published prices, trial and refund."""
    seen, found = _begin(actor, application_pk)
    if kind not in BedApplication.Kind.values:
        raise Refused(fields={"kind": _("Choose the kind of stay.")})
    if basis not in Stay.Basis.values:
        raise Refused(fields={"basis": _("Choose on what basis the person lives here.")})
    short = kind in (BedApplication.Kind.TRIAL, BedApplication.Kind.RESPITE)
    if short and (until is None or until <= begins):
        raise Refused(fields={"until": _("A trial or respite stay ends on a day after it begins.")})
    published = {line.current.pk: line.current for line in prices(found.site, begins) if line.current is not None}
    if not set(items) <= set(published):
        raise Refused(fields={"items": _("Choose prices that the home has published.")})
    if basis == Stay.Basis.PRIVATE and not items:
        raise Refused(fields={"items": _("Choose what the resident pays.")})
    with transaction.atomic():
        application = applying.locked(seen.pk, seen.version, TAKING_IN)
        risks = RiskAssessment.objects.filter(application=application, state=RiskAssessment.State.SIGNED).first()
        if risks is None:
            raise Refused(_("The risk assessment is signed by both sides first; it is the agreement's annex."))
        if Agreement.objects.filter(application=application).exclude(state=Agreement.State.VOID).exists():
            raise Refused(_("An agreement stands already."))
        made = Agreement.objects.create(
            application=application, offer=found, site=found.site, bed=found.bed, kind=kind, basis=basis,
            begins=begins, until=until if short else None, payer=payer.strip()[:80] or None,
            lines=[_line(published[pk]) for pk in items], terms=_terms(application, kind), drawn_by=actor,
        )
        applying.step(actor, application, "agreement")
        record(actor, "homes.agreement_draw", application, region=found.site.region_id,
               detail={"agreement": made.pk, "kind": kind, "basis": basis})
    return made


def _line(price: Price) -> dict[str, Any]:
    return {"item": price.item, "amount_fen": price.amount_fen, "unit": price.unit, "price": price.pk}


def _terms(application: BedApplication, kind: str) -> dict[str, Any]:
    kept = application.rules
    terms = {"refund": kept["refund"]}
    if application.trial_first or kind == BedApplication.Kind.TRIAL:
        terms["trial"] = kept["trial"]
    return terms


def _locked_agreement(pk: int, version: int, states: tuple[str, ...]) -> Agreement:
    found = (
        Agreement.objects.select_for_update(of=("self",)).select_related("site__region", "bed__room", "application")
        .get(pk=pk)
    )
    if found.version != version or found.state not in states:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return found


def get_agreement(actor: User, pk: int) -> Agreement:
    """An agreement of an application the actor sees."""
    rows = Agreement.objects.select_related("site__region", "bed__room", "document", "signed_copy")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotVisible("agreement")
    applications.get_application(actor, found.application_id)
    return found


def _requires(actor: User, found: Agreement) -> None:
    actor.require("homes.intake", found.site.region_id, found.site_id)


def issue(actor: User, pk: int, version: int) -> Agreement:
    """Print the agreement with its number, the hazards as its annex; from here it does not change."""
    seen = get_agreement(actor, pk)
    _requires(actor, seen)
    with transaction.atomic():
        found = _locked_agreement(pk, version, ("draft",))
        person = found.application.person
        found.document = documents.issue(
            actor, papers.AGREEMENT, region=found.site.region_id, title=paper.TITLE, template=paper.TEMPLATE,
            data=paper.agreement_data(found), person=person.pk, issuer=found.site.name, site=found.site_id,
        )
        found.state = Agreement.State.ISSUED
        found.version += 1
        found.save()
        record(actor, "homes.agreement_issue", found.application, region=found.site.region_id,
               detail={"agreement": found.pk, "number": found.document.number})
    return found


def sign(actor: User, pk: int, version: int, file: BinaryIO, on: dt.date) -> Agreement:
    """Keep the signed copy: from here the person may move in."""
    seen = get_agreement(actor, pk)
    _requires(actor, seen)
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    try:
        copy = attachments.store(actor, file, papers.SIGNED, seen.site.region_id, site_id=seen.site_id)
    except Refused as refusal:
        raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
    with transaction.atomic():
        found = _locked_agreement(pk, version, ("issued",))
        found.signed_copy, found.signed_on, found.signed_by = copy, on, actor
        found.state = Agreement.State.SIGNED
        found.version += 1
        found.save()
        record(actor, "homes.agreement_sign", found.application, region=found.site.region_id,
               detail={"agreement": found.pk, "copy": copy.pk})
    return found


def void(actor: User, pk: int, version: int, reason: str) -> Agreement:
    """Set an agreement aside before moving in, with a reason; another may be drawn up."""
    reason = applying.given_reason(reason)
    seen = get_agreement(actor, pk)
    _requires(actor, seen)
    with transaction.atomic():
        found = _locked_agreement(pk, version, ("draft", "issued", "signed"))
        if found.stay_id is not None:
            raise Refused(_("The person has moved in; the stay is ended instead."))
        _void(actor, found, reason)
    return found


def _void(actor: User, found: Agreement, reason: str) -> None:
    found.state, found.void_reason = Agreement.State.VOID, reason[:200]
    found.version += 1
    found.save()
    record(actor, "homes.agreement_void", found.application, region=found.site.region_id, reason=reason[:200],
           detail={"agreement": found.pk})


def fall_away(actor: User, application: BedApplication, reason: str) -> None:
    """Set aside what stands when an offer or an application ends; inside its transaction."""
    for found in (
        Agreement.objects.select_for_update(of=("self",)).filter(application=application, stay__isnull=True)
        .exclude(state=Agreement.State.VOID).select_related("site", "application")
    ):
        _void(actor, found, reason or str(application.get_state_display()))


def admit(actor: User, pk: int, version: int, on: dt.date) -> Stay:
    """The person moves in: the stay, the offer used up, the application at its end, in one transaction."""
    seen = get_agreement(actor, pk)
    _requires(actor, seen)
    with transaction.atomic():
        application = applying.locked(
            seen.application_id, BedApplication.objects.values_list("version", flat=True).get(pk=seen.application_id),
            TAKING_IN,
        )
        found = _locked_agreement(pk, version, ("signed",))
        offered = Offer.objects.select_for_update().get(pk=found.offer_id)
        if offered.state != Offer.State.ACCEPTED:
            raise Changed(_("The offer is no longer open: %(state)s.") % {"state": offered.get_state_display()})
        stay = staying.admit(
            actor, application.person_id, found.bed_id, found.basis, on, kind=found.kind, expected_end=found.until
        )
        offering.used(actor, offered)
        found.stay = stay
        found.version += 1
        found.save()
        before = application.state
        applying.step(actor, application, "admit")
        application.state, application.due_on, application.ended_on = State.ADMITTED, None, on
        applying.save(application)
        applying.moved(actor, application, "admit", before, stay=stay.pk)
        applying.reorder(actor, application)
    return stay


def basis_for(application: BedApplication) -> str:
    """The basis to begin with: by the relief the person is on."""
    spell = spells_on(application.person, timezone.localdate()).get("relief")
    return Stay.Basis.TEKUN if spell is not None and spell.value == "tekun" else Stay.Basis.PRIVATE


def assumed_days(application: BedApplication) -> bool:
    """Whether the days of trial or refund rest on no text that was seen."""
    return rules.assumed(application.rules, "trial") or rules.assumed(application.rules, "refund")
