"""The family's pages: applying for a bed, how far it is and which place, answering an offer, signing the risks."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import label
from yinian.homes.way.applications import actions, lists, queries, rules
from yinian.homes.way.applications.forms import WhyForm, WishForm, initial_of
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.applications.pages import version_in
from yinian.homes.way.intake import actions as intake
from yinian.homes.way.intake import paper
from yinian.homes.way.intake.forms import SignForm
from yinian.homes.way.intake.models import RiskAssessment
from yinian.homes.way.offers import actions as offering
from yinian.homes.way.offers.models import Offer
from yinian.homes.way.offers.queries import standing_offer
from yinian.people.models import Person
from yinian.people.representatives.models import Representative
from yinian.people.representatives.queries import get_own, standing

State = BedApplication.State


def _crumbs(person: Person, last: str) -> list[tuple[str, str | None]]:
    return [(_("My family"), reverse("people:own")),
            (person.name, reverse("people:own_person", args=[person.pk])), (last, None)]


def _to(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("homes:own_application", args=[pk]))


@page("own.act", methods=("GET", "POST"))
def own_apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Apply for a bed for oneself or a person one acts for."""
    person = get_own(request.user, pk)
    form = WishForm(request.POST or None, region=person.region_id, initial={"kind": BedApplication.Kind.LONG})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.lodge(request.user, pk, form.wish(), "", own=True)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("Handed in. You see here how far it is."))
            return _to(made.pk)
    return render_form(
        request, "homes/own_wish.html", form, refusal=refusal, title=_("Apply for a bed in a home"), person=person,
        save=_("Hand in"), hidden={}, back=reverse("people:own_person", args=[pk]),
        crumbs=_crumbs(person, _("Apply for a bed in a home")),
    )


@page("own.act", methods=("GET", "POST"))
def own_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the wishes, or hand in what was returned."""
    one = queries.get_own_application(request.user, pk)
    form = WishForm(request.POST or None, region=one.region_id, initial=initial_of(one))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(request.user, pk, version_in(request), form.wish(), own=True)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("The wishes are kept."))
            return _to(pk)
    return render_form(
        request, "homes/own_wish.html", form, refusal=refusal, title=_("Change the wishes"), person=one.person,
        save=_("Hand in again") if one.state == State.RETURNED else _("Keep the wishes"),
        hidden={"version": request.POST.get("version", "") or one.version},
        back=reverse("homes:own_application", args=[pk]), crumbs=_crumbs(one.person, _("Change the wishes")),
    )


@page("own.view")
def own_application(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, queries.get_own_application(request.user, pk))


def _show(request: StaffRequest, one: BedApplication, status: int = 200, sign: SignForm | None = None) -> HttpResponse:
    offer = standing_offer(one)
    risks = RiskAssessment.objects.filter(application=one, state__in=["assessed", "signed"]).first()
    wanted, refused = queries.wishes_of(one)
    acts = standing().filter(user=request.user, person=one.person).first()
    return render(request, "homes/own_application.html", {
        "one": one, "person": one.person, "badge": lists.state_badge(one), "offer": offer,
        "ahead": queries.ahead_of(one), "class_name": label(one.class_label), "wanted": wanted, "refused": refused,
        "unknown": rules.fact_words(one.unknown), "changes": queries.changes_of(one, 5),
        "appeal": rules.appeal_words(one.rules) if one.state == State.REFUSED else "",
        "assumed": rules.assumed(one.rules, "offer"), "acts": request.user.may("own.act"),
        "changeable": one.state in actions.CHANGEABLE, "risks": risks,
        "lines": paper.hazard_lines(risks) if risks is not None else [],
        "tones": {"none": "ok", "some": "warn", "high": "bad"},
        "sign_form": sign or SignForm(initial={
            "name": request.user.full_name,
            "relation": acts.relation if acts is not None else Representative.Relation.CHILD,
        }),
        "crumbs": _crumbs(one.person, _("Bed in a home")), "why": WhyForm(),
    }, status=status)


def _offer_of(request: StaffRequest, pk: int) -> Offer:
    one = queries.get_own_application(request.user, pk)
    offer = standing_offer(one)
    if offer is None:
        raise NotVisible("offer")
    return offer


@page("own.act", methods=("POST",))
def own_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Accept the offer that stands, or decline it with a reason."""
    offer = _offer_of(request, pk)
    try:
        if request.POST.get("answer") == "accept":
            offering.accept(request.user, offer.pk, version_in(request), own=True)
            messages.success(request, _("Accepted. The home gets in touch with you."))
        else:
            offering.decline(request.user, offer.pk, version_in(request), request.POST.get("reason", "")[:300],
                             own=True)
            messages.success(request, _("Declined. You see here which place follows."))
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _to(pk)


@page("own.act", methods=("POST",))
def own_sign(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign the risk assessment that the home has signed."""
    one = queries.get_own_application(request.user, pk)
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            intake.sign_risks(request.user, pk, version_in(request), own=True, **form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Signed."))
            return _to(pk)
    return _show(request, one, 422, form)


@page("own.act", methods=("POST",))
def own_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Withdraw one's application."""
    queries.get_own_application(request.user, pk)
    try:
        actions.withdraw(request.user, pk, version_in(request), request.POST.get("reason", "")[:300], own=True)
        messages.success(request, _("Withdrawn."))
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _to(pk)
