"""Pages of assessors: naming them with a proposal, their list and profiles, recusal, stepping back."""

import json
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.assignments import actions, queries
from yinian.assessments.assignments.forms import (
    AssignForm,
    ProfileForm,
    RecuseForm,
    barred_lines,
    candidate_choices,
)
from yinian.assessments.assignments.models import Assessor, Recusal, Seat
from yinian.assessments.assignments.proposal import Proposal
from yinian.assessments.requests import lists
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.pages import crumbs, version_of
from yinian.assessments.requests.queries import get_request, seat_of, visible_to, with_person
from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.models import Region, User
from yinian.people.persons.queries import visible_to as people_visible_to
from yinian.workforce import queries as workforce

AT_ONCE = 40  # requests on one page of proposals
SALT = "yinian.assessments.why"


@page("assessments.assign", methods=("GET", "POST"))
def assigning(request: StaffRequest) -> HttpResponse:
    """Requests that wait for assessors, each with a proposal and its reason; change what you like, name all at once."""
    waiting = with_person(visible_to(request.user)).filter(state=Request.State.REQUESTED)
    code = request.GET.get("region", "")
    area = Region.objects.filter(pk=code).first() if code.isdigit() else None
    if area is not None:
        waiting = waiting.filter(person__region__code__startswith=area.code)
    if request.method == "POST":
        return _name_all(request)
    total = waiting.count()
    rows = queries.proposals(waiting.defer(None).order_by("due_on", "pk")[:AT_ONCE])
    return render(request, "assessments/assigning.html", {
        "here": "assigning", "total": total, "area": area,
        "rows": [_row(one, proposal, candidates) for one, proposal, candidates in rows],
        "towns": _towns(request), "crumbs": crumbs(_("Naming assessors")),
    })


def _row(one: Request, proposal: Proposal, candidates: list[Any]) -> dict[str, Any]:
    region = one.person.region_id
    chosen = [c.pk for c in proposal.team]
    count = int(one.rules["assessors"])
    why = {str(c.pk): grounds for c, grounds in zip(proposal.team, proposal.why, strict=True)}
    return {
        "one": one, "village": lists.village_of(one.person), "scale": scales.scale_name(one.scale),
        "due": lists.due_badge(one), "places": range(1, count + 1), "chosen": chosen,
        "choices": candidate_choices(candidates, region),
        "why": [(c.name, queries.grounds(grounds)) for c, grounds in zip(proposal.team, proposal.why, strict=True)],
        "signed": signing.dumps(why, salt=SALT), "lacking": queries.lacking_words(proposal.lacking),
        "barred": barred_lines(candidates),
    }


def _towns(request: StaffRequest) -> list[tuple[str, str, int]]:
    """Towns with requests that wait: code, name, how many."""
    counts: dict[str, int] = {}
    waiting = visible_to(request.user).filter(state=Request.State.REQUESTED)
    for region in waiting.values_list("person__region_id", flat=True):
        counts[region[:9]] = counts.get(region[:9], 0) + 1
    names = dict(Region.objects.filter(pk__in=counts).values_list("pk", "name"))
    return [(code, names.get(code, code), n) for code, n in sorted(counts.items())]


def _name_all(request: StaffRequest) -> HttpResponse:
    chosen, problems = [], []
    for pk in [int(text) for text in request.POST.getlist("ids")[:AT_ONCE] if text.isdigit()]:
        picked = [request.POST.get(f"r{pk}-a{place}", "") for place in range(1, 10)]
        team = [int(text) for text in picked if text.isdigit()]
        version = request.POST.get(f"r{pk}-version", "")
        chosen.append((pk, int(version) if version.isdigit() else 0, team, _why(request.POST.get(f"r{pk}-why", ""))))
    done = 0
    for one in chosen:
        try:
            actions.assign(request.user, one[0], one[1], one[2], why=one[3])
            done += 1
        except Refused as refusal:
            problems.append(f"{get_request(request.user, one[0]).person.name}: {refusal}")
    if done:
        messages.success(request, _("Assessors are named for %(n)d requests.") % {"n": done})
    for text in problems[:10]:
        messages.warning(request, text)
    if not chosen:
        messages.warning(request, _("Pick the requests first."))
    code = request.GET.get("region", "")
    return redirect(reverse("assessments:assigning") + (f"?region={code}" if code.isdigit() else ""))


def _why(signed: str) -> dict[int, list[Any]]:
    """The grounds of the proposal as the page carried them; what was tampered with counts as chosen by hand."""
    try:
        return {int(pk): grounds for pk, grounds in signing.loads(signed, salt=SALT).items()}
    except (signing.BadSignature, json.JSONDecodeError, AttributeError):
        return {}


@page("assessments.assign", methods=("GET", "POST"))
def assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Name or change the assessors of one request."""
    one = get_request(request.user, pk)
    request.user.require("assessments.assign", one.person.region_id)
    ((_one, proposal, candidates),) = queries.proposals([one])
    again = one.state == Request.State.ASSIGNED
    held = [seat.assessor_id for seat in Seat.objects.filter(request=one, released_at__isnull=True)]
    start = held if again else [c.pk for c in proposal.team]
    form = AssignForm(
        request.POST or None, candidates=candidates, region=one.person.region_id, count=int(one.rules["assessors"]),
        again=again, initial={f"a{n}": pk for n, pk in enumerate(start, 1)},
    )
    title = _("Change the assessors") if again else _("Name the assessors")
    context: dict[str, Any] = {
        "title": title, "one": one, "subtitle": f"{one.person.name} · {lists.village_of(one.person)}",
        "why": [(c.name, queries.grounds(g)) for c, g in zip(proposal.team, proposal.why, strict=True)],
        "lacking": queries.lacking_words(proposal.lacking), "barred": barred_lines(candidates),
        "back": reverse("assessments:request", args=[pk]), "version": one.version,
        "crumbs": crumbs(title, (one.person.name, reverse("assessments:request", args=[pk]))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/assign.html", form, **context)
    why = {c.pk: grounds for c, grounds in zip(proposal.team, proposal.why, strict=True)}
    try:
        actions.assign(
            request.user, pk, version_of(request), form.chosen, reason=form.cleaned_data.get("reason", ""),
            why={pk: why[pk] for pk in form.chosen if pk in why},
        )
    except Refused as refusal:
        return render_form(request, "assessments/assign.html", form, refusal=refusal, **context)
    messages.success(request, _("The assessors are named; the visit is on their desks."))
    return redirect("assessments:request", pk)


@page("assessments.assess", methods=("GET", "POST"))
def step_back(request: StaffRequest, pk: int) -> HttpResponse:
    """An assessor says that they must not assess this person."""
    one = get_request(request.user, pk)
    if seat_of(request.user, one) is None:
        raise NotVisible("visit")
    form = RecuseForm(request.POST or None)
    title = _("I must not assess this person")
    context: dict[str, Any] = {
        "title": title, "subtitle": f"{one.person.name} · {lists.village_of(one.person)}", "save": _("Step back"),
        "back": reverse("assessments:request", args=[pk]), "hidden": {"version": one.version},
        "intro": _("Say it before the visit: kin, a business tie, or somebody you care for yourself. Others are named, "
                   "and you are never proposed for this person again."),
        "crumbs": crumbs(title, (one.person.name, reverse("assessments:request", args=[pk]))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    try:
        actions.step_back(request.user, pk, version_of(request), form.cleaned_data["ground"],
                          form.cleaned_data["reason"])
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Noted. The coordinator names others."))
    return redirect("assessments:mine")


# --- profiles ------------------------------------------------------------------------------------------------------


def _assessor_list() -> ListView:
    return ListView(
        title=_("Assessors"),
        desk=("assessments", "assessors"),
        columns=[
            Column("name", _("Name"), lambda a: a.user.full_name, sort="user__full_name"),
            Column("qualification", _("Qualification"), lambda a: a.qualification),
            Column("medical", _("Medical background"), lambda a: a.medical, sort="medical"),
            Column("areas", _("Goes to"), queries.served_names),
            Column("waiting", _("Visits waiting"), lambda a: a.waiting, kind="number", sort="waiting"),
            Column("done", _("Assessments made"), lambda a: a.done, kind="number", sort="done"),
            Column("certificate", _("Certificate until"), queries.certificate_badge, kind="badge",
                   sort="certificate_expires"),
            Column("active", _("Assesses"), lambda a: (_("at present"), "ok") if a.active else (_("no more"), "mute"),
                   kind="badge", sort="active"),
            Column("agency", _("Body"), lambda a: a.agency, default=False),
        ],
        filters=[
            Filter("medical", _("With a medical background"), lambda qs, v: qs.filter(medical=True), kind="bool"),
            Filter("active", _("Assessing at present"), lambda qs, v: qs.filter(active=True), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(user__full_name__contains=text),
        search_hint=_("Name"),
        default_sort=("user__full_name", "asc"),
        excel_right="assessments.export",
        row_url=lambda a: reverse("assessments:assessor", args=[a.pk]),
        empty=_("No assessor is on record yet"),
        empty_text=_("Post a user as assessor under Settings, then enter the profile here."),
        key="assessments:assessors",
    )


@page("assessments.area")
def assessor_list(request: StaffRequest) -> HttpResponse:
    manage = request.user.may("assessments.manage")
    return render_list(request, _assessor_list(), queries.listed(request.user), "assessments/assessors.html", {
        "new": list(queries.without_profile(request.user)) if manage else [],
    })


@page("assessments.area")
def assessor(request: StaffRequest, pk: int) -> HttpResponse:
    """One assessor: profile, what waits, from whom they keep away."""
    found = queries.get_assessor(request.user, pk)
    mine = with_person(visible_to(request.user)).filter(
        seats__assessor=found, seats__released_at__isnull=True
    ).distinct()
    return render(request, "assessments/assessor.html", {
        "found": found, "areas": queries.served_names(found), "certificate": queries.certificate_badge(found),
        "scales": [scales.scale_name(name) for name in found.scales],
        "waiting": [(one, lists.village_of(one.person), lists.due_badge(one), scales.scale_name(one.scale))
                    for one in mine.filter(state__in=queries.WAITING).order_by("due_on")[:50]],
        "recusals": Recusal.objects.filter(
            assessor=found, person__in=people_visible_to(request.user, "assessments.area")
        ).select_related("person", "declared_by"),
        "may_edit": queries.visible_to(request.user, "assessments.manage").filter(pk=pk).exists()
        if request.user.may("assessments.manage") else False,
        "may_compare": request.user.may("assessments.statistics"),
        "crumbs": crumbs(found.user.full_name, (_("Assessors"), reverse("assessments:assessors"))),
    })


@page("assessments.manage", methods=("GET", "POST"))
def edit_assessor(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_assessor(request.user, pk, "assessments.manage")
    initial = {name: getattr(found, name) for name in actions.PROFILE} | {
        "areas": [area.region_id for area in found.areas.all()], "worker": found.worker_id,
    }
    return _profile(request, found.user, found, initial)


@page("assessments.manage", methods=("GET", "POST"))
def new_assessor(request: StaffRequest, user_pk: int) -> HttpResponse:
    user = queries.without_profile(request.user).filter(pk=user_pk).first()
    if user is None:
        raise NotVisible("user")
    return _profile(request, user, None, {"active": True, "scales": [scales.ABILITY_SCALE]})


def _profile(request: StaffRequest, user: User, found: Assessor | None, initial: dict[str, Any]) -> HttpResponse:
    workers = list(workforce.visible_to(request.user).order_by("name")[:500]) if request.user.may(
        "workforce.view") else []
    form = ProfileForm(request.POST or None, initial=initial, areas=list(queries.areas_for(request.user)),
                       workers=workers)
    title = _("Profile of %(name)s") % {"name": user.full_name}
    back = reverse("assessments:assessor", args=[found.pk]) if found else reverse("assessments:assessors")
    context: dict[str, Any] = {
        "title": title, "save": _("Save the profile"), "back": back,
        "hidden": {"version": found.version} if found else {},
        "crumbs": crumbs(title, (_("Assessors"), reverse("assessments:assessors"))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    try:
        made = actions.save_assessor(
            request.user, user.pk, version=version_of(request) if found else None, **form.profile
        )
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The profile is saved."))
    return redirect("assessments:assessor", made.pk)


@page("assessments.assign", methods=("GET", "POST"))
def recuse(request: StaffRequest, pk: int, person_pk: int) -> HttpResponse:
    """The coordinator keeps an assessor away from a person."""
    found = queries.get_assessor(request.user, pk, "assessments.assign")
    person = people_visible_to(request.user, "assessments.area").select_related("region__parent").filter(
        pk=person_pk
    ).first()
    if person is None:
        raise NotVisible("person")
    form = RecuseForm(request.POST or None)
    title = _("Keep %(name)s away from this person") % {"name": found.user.full_name}
    context: dict[str, Any] = {
        "title": title, "subtitle": f"{person.name} · {lists.village_of(person)}", "save": _("Recuse"),
        "back": reverse("people:person", args=[person.pk]),
        "intro": _("From an assessment under way they are released, and it waits for others."),
        "crumbs": crumbs(title, (_("Assessors"), reverse("assessments:assessors"))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    try:
        actions.recuse(request.user, pk, person_pk, form.cleaned_data["ground"], form.cleaned_data["reason"])
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("%(name)s no longer assesses this person.") % {"name": found.user.full_name})
    return redirect("assessments:assessor", pk)


