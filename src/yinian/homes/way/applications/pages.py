"""Pages of applications for a bed: the lists, one application with what can be done, entering and changing one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.core import worklists
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import label
from yinian.core.lists import render_list
from yinian.homes.beds import queries as beds
from yinian.homes.stays import queries as stays
from yinian.homes.way.applications import actions, central, lists, queries, rules
from yinian.homes.way.applications.forms import ApplyForm, WhyForm, WishForm, initial_of
from yinian.homes.way.applications.models import BedApplication, Lift
from yinian.homes.way.offers.queries import offers_of, standing_offer
from yinian.people.models import Person
from yinian.people.persons.queries import get_person

State, Channel = BedApplication.State, BedApplication.Channel
STEPS = ("lodged", "waiting", "offered", "accepted", "intake", "admitted")


def version_in(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def to_application(request: StaffRequest, pk: int, said: str) -> HttpResponseRedirect:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("homes:application", args=[pk]))


@page("waiting.view")
def waiting(request: StaffRequest) -> HttpResponse:
    """The waiting list in the order the rule gives."""
    rows = queries.with_person(queries.visible_to(request.user)).filter(state=State.WAITING)
    shown = request.GET.get("format") != "xlsx"
    return render_list(request, lists.waiting_list(), rows, "homes/waiting.html", {
        "rules": _rules(request) if shown else None,
    })


def _rules(request: StaffRequest) -> dict[str, Any] | None:
    """The order in words, and how sure it is."""
    home = request.user.home_region
    if home is None or len(home.code) < rules.COUNTY_DIGITS:
        return None
    try:
        ruled = rules.rules_for(home.code).order
    except Refused:
        return None
    return {
        "classes": [label({"zh": one.label.zh, "en": one.label.en}) for one in ruled.value],
        "assumed": ruled.confidence not in ("verified", "secondary"),
        "note": label({"zh": ruled.note.zh, "en": ruled.note.en}) if ruled.note else "",
    }


@page("waiting.view")
def applications(request: StaffRequest) -> HttpResponse:
    """All applications of the area; those that are not over unless another state is chosen."""
    rows = queries.with_person(queries.visible_to(request.user))
    if not (request.GET.get("state") or request.GET.get("all")):
        rows = rows.filter(state__in=queries.OPEN)
    return render_list(request, lists.application_list(), rows, "homes/applications.html", {
        "entered_at": _desks(request) if request.user.may("waiting.apply") else [],
    })


def _desks(request: StaffRequest) -> list[Any]:
    """The homes at whose desk the actor may enter an application."""
    sites = request.user.scope("waiting.apply").sites
    return list(beds.visible_to(request.user).filter(pk__in=sites)) if sites else []


@page("waiting.view")
def central_support(request: StaffRequest) -> HttpResponse:
    """The destitute who wish for central support and live in no home."""
    return render_list(request, lists.central_list(), central.unserved(request.user), "homes/central.html", {
        "counted_by": worklists.counted_by(request.user, "central-support", request.GET.get("region", "").strip()[:14]),
    })


@page("waiting.view")
def application(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_application(request.user, pk))


def show(request: StaffRequest, one: BedApplication, status: int = 200, **forms: Any) -> HttpResponse:
    """One application: how far it is, its place and why, its offer, and what the reader can do next."""
    user, region = request.user, one.region_id
    offer = standing_offer(one)
    wanted, refused = queries.wishes_of(one)
    decides = user.scope("waiting.decide").covers(region)
    applies = user.scope("waiting.apply").covers(region, one.desk_id) or (
        offer is not None and user.scope("waiting.apply").covers(offer.site.region_id, offer.site_id)
    )
    lifts = queries.lifts_of(one)
    return render(request, "homes/application.html", {
        "one": one, "person": one.person, "village": lists.village_of(one.person), "badge": lists.state_badge(one),
        "due": lists.due_badge(one), "steps": _bar(one), "wanted": wanted, "refused": refused,
        "level": scales.level_name(scales.ABILITY_SCALE, one.level), "class_name": label(one.class_label),
        "unknown": rules.fact_words(one.unknown), "ahead": queries.ahead_of(one),
        "changes": queries.changes_of(one), "lifts": lifts,
        "lift_open": next((lift for lift in lifts if lift.state == Lift.State.PROPOSED), None),
        "lifted": any(lift.state == Lift.State.CONFIRMED for lift in lifts),
        "offer": offer, "offers": [old for old in offers_of(one) if offer is None or old.pk != offer.pk],
        "history": list(one.steps.select_related("actor").order_by("-id")), "verbs": verb_words(),
        "appeal": rules.appeal_words(one.rules) if one.state == State.REFUSED else "",
        "assumed": rules.assumed(one.rules, "accept"), "offer_assumed": rules.assumed(one.rules, "offer"),
        "decides": decides, "applies": applies,
        "lifts_may": user.scope("waiting.lift").covers(region),
        "asks": one.level is None and one.state in (State.LODGED, State.LEVEL)
        and user.scope("assessments.request").covers(region, one.desk_id),
        "takes_in": offer is not None and user.scope("homes.intake").covers(offer.site.region_id, offer.site_id),
        "sees_person": user.may("people.view") and user.scope("people.view").covers(region),
        "why": forms.get("why") or WhyForm(), **forms,
    }, status=status)


def verb_words() -> dict[str, str]:
    return {
        "lodge": _("Lodged"), "accept": _("Accepted"), "return": _("Returned for supplement"),
        "refuse": _("Application refused"), "supplement": _("Supplemented"), "change": _("Wishes changed"),
        "assessment": _("Asked for the ability assessment"), "lift": _("Urgent lift proposed"),
        "offer": _("Bed offered"), "take": _("Offer accepted"), "decline": _("Offer declined"),
        "recall": _("Offer taken back"), "expire": _("Offer ran out"), "risks": _("Risk assessment begun"),
        "agreement": _("Agreement drawn up"), "admit": _("Moved into the home"), "withdraw": _("Withdrawn"),
        "close": _("Application closed"),
    }


def _bar(one: BedApplication) -> list[dict[str, Any]]:
    """The states on the way, those behind marked."""
    at = {"returned": "lodged", "level": "lodged"}.get(one.state, one.state)
    here = STEPS.index(at) if at in STEPS else -1
    words = {
        "lodged": _("Application"), "waiting": _("Waiting list"), "offered": _("Offer"), "accepted": _("Acceptance"),
        "intake": _("Risks and agreement"), "admitted": _("Moved into the home"),
    }
    return [
        {"words": words[name], "done": place < here or one.state == State.ADMITTED, "now": place == here}
        for place, name in enumerate(STEPS)
    ]


# --- entering and changing -------------------------------------------------------------------------------------


def _channels(request: StaffRequest) -> list[tuple[str, Any]]:
    wide = request.user.scope("waiting.decide").regions or any(len(code) < 12 for code in
                                                               request.user.scope("waiting.apply").regions)
    names = [Channel.PERSON, Channel.FAMILY, Channel.VILLAGE, *([Channel.HOSPITAL, Channel.OFFICE] if wide else [])]
    return [(name.value, name.label) for name in names]


@page("waiting.apply", methods=("GET", "POST"))
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter an application for a person of the area."""
    person = get_person(request.user, pk)
    request.user.require("waiting.apply", person.region_id)
    form = ApplyForm(request.POST or None, region=person.region_id, channels=_channels(request),
                     initial={"kind": BedApplication.Kind.LONG})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.lodge(request.user, pk, form.wish(), form.cleaned_data["channel"])
        except Refused as refused:
            refusal = refused
        else:
            return to_application(request, made.pk, _("The application is lodged."))
    return _form(request, form, person, _("Apply for a bed in a home"), _("Lodge the application"), refusal)


def _form(
    request: StaffRequest, form: WishForm, person: Person, title: str, save: str, refusal: Refused | None,
    back: str = "",
) -> HttpResponse:
    return render_form(
        request, "homes/wish.html", form, refusal=refusal, title=f"{title} · {person.name}", save=save,
        back=back or reverse("people:person", args=[person.pk]), hidden={"version": request.POST.get("version", "")},
        crumbs=[(_("Applications for a bed"), reverse("homes:applications")), (person.name, None)],
    )


@page("waiting.apply", methods=("GET", "POST"))
def desk(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter an application at a home's desk: find the person as for an admission, then the wish."""
    home = beds.get_home(request.user, pk)
    request.user.require("waiting.apply", home.region_id, home.pk)
    found, problem = None, ""
    chosen, _sep, proof = request.POST.get("choice", "").partition(" ")
    form = WishForm(request.POST if "lodge" in request.POST else None, region=home.region_id,
                    initial={"kind": BedApplication.Kind.LONG, "home_1": home.pk})
    if "search" in request.POST or ("lodge" in request.POST and not chosen.isdigit()):
        try:
            found = stays.candidates(request.user, home, request.POST.get("find", "")[:60])
        except Refused as refusal:
            problem = refusal.fields.get("find") or str(refusal)
        if "lodge" in request.POST:
            problem = problem or _("Find the person and choose them from the list.")
    elif "lodge" in request.POST and form.is_valid():
        try:
            made = actions.lodge(request.user, int(chosen), form.wish(), Channel.HOME, desk=pk, proof=proof)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return to_application(request, made.pk, _("The application is lodged."))
    bad = bool(problem) or (form.is_bound and bool(form.errors))
    return render(request, "homes/desk.html", {
        "home": home, "form": form, "found": found, "problem": problem, "chosen": request.POST.get("choice", ""),
        "find": request.POST.get("find", "")[:60],
    }, status=422 if bad else 200)


@page("waiting.apply", methods=("GET", "POST"))
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what is wished for; a returned application is lodged again by it."""
    one = queries.get_application(request.user, pk)
    request.user.require("waiting.apply", one.region_id, one.desk_id)
    form = WishForm(request.POST or None, region=one.region_id, initial=initial_of(one))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.change(request.user, pk, version_in(request), form.wish())
        except Refused as refused:
            refusal = refused
        else:
            return to_application(request, pk, _("The wishes are kept."))
    back = reverse("homes:application", args=[pk])
    return render_form(
        request, "homes/wish.html", form, refusal=refusal, title=f"{_('Change the wishes')} · {one.person.name}",
        save=_("Lodge again") if one.state == State.RETURNED else _("Keep the wishes"), back=back,
        hidden={"version": request.POST.get("version", "") or one.version},
        crumbs=[(_("Applications for a bed"), reverse("homes:applications")), (one.person.name, back),
                (_("Change the wishes"), None)],
    )


# --- acts ------------------------------------------------------------------------------------------------------


def _act(request: StaffRequest, pk: int, do: Any, said: str) -> HttpResponse:
    one = queries.get_application(request.user, pk)
    form = WhyForm(request.POST)
    form.is_valid()
    try:
        do(form.cleaned_data.get("reason", ""))
    except Changed:
        raise
    except Refused as refusal:
        form = WhyForm(request.POST)
        form.fields["reason"].required = False
        form.is_valid()
        form.refuse(refusal)
        return show(request, one, 422, why=form)
    return to_application(request, pk, said)


@page("waiting.decide", methods=("POST",))
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.accept(request.user, pk, version_in(request)),
                _("The application is accepted."))


@page("waiting.decide", methods=("POST",))
def send_back(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.send_back(request.user, pk, version_in(request), reason),
                _("The application is returned for supplement."))


@page("waiting.decide", methods=("POST",))
def refuse(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.refuse(request.user, pk, version_in(request), reason),
                _("The application is refused."))


@page("waiting.apply", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.withdraw(request.user, pk, version_in(request), reason),
                _("The application for a bed is withdrawn."))


@page("assessments.request", methods=("POST",), also=("waiting.view",))
def ask_assessment(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.ask_assessment(request.user, pk),
                _("The ability assessment is asked for."))


@page("waiting.lift", methods=("POST",))
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, lambda reason: actions.propose_lift(request.user, pk, version_in(request), reason),
                _("The urgent lift is proposed; a second officer checks it."))


@page("waiting.lift", methods=("POST",))
def lift_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm or reject the lift that is proposed for an application."""
    one = queries.get_application(request.user, pk)
    proposed = one.lifts.filter(state=Lift.State.PROPOSED).first()
    if proposed is None:
        raise NotVisible("lift")
    confirmed = request.POST.get("verb") == "confirm"
    return _act(request, pk, lambda reason: actions.decide_lift(request.user, proposed.pk, confirmed, reason),
                _("The lift is confirmed.") if confirmed else _("The lift is rejected."))
