"""Pages of taking somebody in: the nine hazards, the agreement with its paper and signed copy, the admission."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import label, yuan
from yinian.homes.fees.prices.queries import usual
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications import queries as applications
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.applications.pages import to_application, version_in
from yinian.homes.way.intake import actions, hazards, paper
from yinian.homes.way.intake.forms import AdmitOnForm, AgreementForm, RisksForm, SignedForm, SignForm, today_for
from yinian.homes.way.intake.models import Agreement, RiskAssessment
from yinian.homes.way.offers.models import Offer
from yinian.homes.way.offers.queries import standing_offer
from yinian.places.models import Price

LEVEL_TONES = {"none": "ok", "some": "warn", "high": "bad"}


def price_words(price: Price) -> str:
    return _("%(item)s: %(amount)s yuan %(unit)s") % {
        "item": price.item, "amount": yuan(price.amount_fen), "unit": price.get_unit_display()}


def _takes_in(request: StaffRequest, pk: int) -> tuple[BedApplication, Offer]:
    one = applications.get_application(request.user, pk)
    offer = standing_offer(one)
    if offer is None or offer.state != Offer.State.ACCEPTED:
        raise Refused(_("No accepted offer stands; a bed is offered and accepted first."))
    request.user.require("homes.intake", offer.site.region_id, offer.site_id)
    return one, offer


@page("homes.intake", methods=("POST",))
def begin(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin taking in: the look at the hazards, filled in from the ability assessment."""
    actions.begin_risks(request.user, pk)
    return HttpResponseRedirect(reverse("homes:risks", args=[pk]))


@page("homes.intake", methods=("GET", "POST"))
def risks(request: StaffRequest, pk: int) -> HttpResponse:
    """The nine hazards: answers, measures, the home's signature."""
    one, offer = _takes_in(request, pk)
    found = RiskAssessment.objects.filter(application=one).select_related("result", "assessed_by").first()
    if found is None:
        return render(request, "homes/risks_begin.html", {"one": one, "person": one.person, "offer": offer})
    kept, written = actions.answers_of(found), actions.measures_of(found)
    initial = {**{name: str(value) for name, value in kept.items()},
               **{f"measures.{name}": text for name, text in written.items()}}
    form, problem, status = RisksForm(initial=initial), "", 200
    if request.method == "POST":
        form = RisksForm(request.POST)
        if form.is_valid():
            try:
                actions.save_risks(request.user, pk, version_in(request), form.answers(), form.measures(),
                                   sign="sign" in request.POST)
            except Changed:
                raise
            except Refused as refusal:
                problem, status = str(refusal), 422
            else:
                return to_application(request, pk, _("The risk assessment is signed for the home.")
                                      if "sign" in request.POST else _("The answers are kept."))
        else:
            status = 422
    return _risks_page(request, one, found, form, problem, status)


def _risks_page(
    request: StaffRequest, one: BedApplication, found: RiskAssessment, form: RisksForm, problem: str, status: int,
    sign: SignForm | None = None,
) -> HttpResponse:
    told = hazards.prefilled(found.result.items) if found.result is not None else {}
    words = paper.level_words()
    return render(request, "homes/risks.html", {
        "one": one, "person": one.person, "risks": found, "form": form, "problem": problem,
        "hazards": [
            {"name": label(hazard.label), "level": words[found.levels.get(hazard.id, "none")],
             "tone": LEVEL_TONES[found.levels.get(hazard.id, "none")],
             "items_": [(form[hazards.field(hazard.id, item.id)], hazards.field(hazard.id, item.id) in told)
                       for item in hazard.items],
             "measures": form[f"measures.{hazard.id}"],
             "proposed": hazard.measures_at(found.levels.get(hazard.id, "none"))}
            for hazard in hazards.catalogue().hazards
        ],
        "lines": paper.hazard_lines(found), "tones": LEVEL_TONES, "sign_form": sign or SignForm(prefix="sign"),
        "edits": found.state != RiskAssessment.State.SIGNED,
    }, status=status)


@page("homes.intake", methods=("POST",))
def risks_sign(request: StaffRequest, pk: int) -> HttpResponse:
    """The person's or family's signature before the home's staff."""
    one, _offer = _takes_in(request, pk)
    form = SignForm(request.POST, prefix="sign")
    if form.is_valid():
        try:
            actions.sign_risks(request.user, pk, version_in(request), **form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return to_application(request, pk, _("Both sides have signed the risk assessment."))
    found = RiskAssessment.objects.select_related("result", "assessed_by").get(application=one)
    return _risks_page(request, one, found, RisksForm(initial={}), "", 422, form)


@page("homes.intake", methods=("GET", "POST"))
def agreement(request: StaffRequest, pk: int) -> HttpResponse:
    """The agreement of an application: drawn up, printed, signed; then the admission."""
    one, offer = _takes_in(request, pk)
    return _agreement(request, one, offer)


def _agreement(
    request: StaffRequest, one: BedApplication, offer: Offer, *, status: int = 200, **forms: Any
) -> HttpResponse:
    found = (
        Agreement.objects.filter(application=one).exclude(state=Agreement.State.VOID)
        .select_related("document", "signed_copy", "bed").first()
    )
    form = forms.get("form")
    if found is None and form is None:
        form = AgreementForm(
            request.POST or None, home=offer.site, words=price_words,
            initial={"kind": "trial" if one.trial_first else one.kind, "basis": actions.basis_for(one),
                     "items": [str(price.pk) for price in usual(offer.site, offer.bed.kind, one.level)],
                     **today_for("begins")},
        )
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                actions.draw_up(
                    request.user, one.pk, kind=data["kind"], basis=data["basis"], begins=data["begins"],
                    until=data["until"], items=[int(pk) for pk in data["items"]], payer=data["payer"],
                )
            except Changed:
                raise
            except Refused as refusal:
                form.refuse(refusal)
            else:
                return HttpResponseRedirect(reverse("homes:agreement", args=[one.pk]))
        status = 422 if form.is_bound and form.errors else 200
    signed = RiskAssessment.objects.filter(application=one, state=RiskAssessment.State.SIGNED).exists()
    return render(request, "homes/agreement.html", {
        "one": one, "person": one.person, "offer": offer, "agreement": found, "form": form, "signed_risks": signed,
        "kind_words": str(BedApplication.Kind(found.kind).label) if found else "",
        "basis_words": str(Stay.Basis(found.basis).label) if found else "",
        "lines": [(line["item"], yuan(line["amount_fen"]), str(Price.Unit(line["unit"]).label)) for line in found.lines]
        if found else [],
        "assumed": actions.assumed_days(one),
        "signed_form": forms.get("signed_form") or SignedForm(initial=today_for("on"), prefix="signed"),
        "admit_form": forms.get("admit_form") or AdmitOnForm(initial=today_for("on"), prefix="admit"),
    }, status=status)


@page("homes.intake")
def agreement_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """The paper of a draft, marked as one; kept nowhere."""
    found = actions.get_agreement(request.user, pk)
    request.user.require("homes.intake", found.site.region_id, found.site_id)
    return HttpResponse(paper.draft_pdf(found), content_type="application/pdf")


@page("homes.intake", methods=("POST",))
def agreement_issue(request: StaffRequest, pk: int) -> HttpResponse:
    found = actions.get_agreement(request.user, pk)
    actions.issue(request.user, pk, version_in(request))
    return HttpResponseRedirect(reverse("homes:agreement", args=[found.application_id]))


@page("homes.intake", methods=("POST",))
def agreement_sign(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the signed copy."""
    found = actions.get_agreement(request.user, pk)
    request.user.require("homes.intake", found.site.region_id, found.site_id)
    form = SignedForm(request.POST, request.FILES, prefix="signed")
    if form.is_valid():
        try:
            actions.sign(request.user, pk, version_in(request), form.cleaned_data["file"], form.cleaned_data["on"])
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return HttpResponseRedirect(reverse("homes:agreement", args=[found.application_id]))
    one, offer = _takes_in(request, found.application_id)
    return _agreement(request, one, offer, status=422, signed_form=form)


@page("homes.intake", methods=("POST",))
def agreement_void(request: StaffRequest, pk: int) -> HttpResponse:
    found = actions.get_agreement(request.user, pk)
    actions.void(request.user, pk, version_in(request), request.POST.get("reason", "")[:200])
    return to_application(request, found.application_id, _("The agreement is set aside."))


@page("homes.intake", methods=("POST",), also=("homes.admit",))
def admit(request: StaffRequest, pk: int) -> HttpResponse:
    """The person moves in."""
    found = actions.get_agreement(request.user, pk)
    request.user.require("homes.intake", found.site.region_id, found.site_id)
    form = AdmitOnForm(request.POST, prefix="admit")
    if form.is_valid():
        try:
            stay = actions.admit(request.user, pk, version_in(request), form.cleaned_data["on"])
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return to_application(request, found.application_id, _("%(name)s is admitted to bed %(bed)s.") % {
                "name": stay.person.name, "bed": stay.bed.label})
    one, offer = _takes_in(request, found.application_id)
    return _agreement(request, one, offer, status=422, admit_form=form)
