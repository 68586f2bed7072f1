"""Pages of other bodies' assessments: the list, entering one, checking it; and the bodies recognised."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import papers, rules, scales
from yinian.assessments.bodies import actions, queries
from yinian.assessments.bodies.forms import BodyForm, RecognitionForm
from yinian.assessments.bodies.models import Body, Recognition
from yinian.assessments.requests import lists
from yinian.assessments.requests.pages import crumbs, version_of
from yinian.assessments.requests.queries import region_of_rules
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.inbox.pages import short_day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.models import Region
from yinian.core.users.queries import same_human
from yinian.people.persons.actions import check_reach
from yinian.people.persons.queries import get_person

TONES = {"entered": "warn", "accepted": "ok", "refused": "mute"}


def _due(found: Recognition) -> tuple[str, str]:
    if found.state != Recognition.State.ENTERED:
        return "", ""
    left = (found.due_on - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return short_day(found.due_on), "warn" if left <= 1 else "mute"


def _list_view() -> ListView:
    return ListView(
        title=_("Assessments of other bodies"),
        desk=("assessments", "recognitions"),
        columns=[
            Column("name", _("Name"), lambda r: r.person.name, sort="person__name"),
            Column("village", _("Village"), lambda r: lists.village_of(r.person), sort="person__region_id"),
            Column("body", _("Body"), lambda r: r.body.name, sort="body__name"),
            Column("scale", _("Assessment scale"), lambda r: scales.scale_name(r.scale), sort="scale"),
            Column("level", _("Level"), lambda r: scales.level_name(r.scale, r.level), sort="level"),
            Column("number", _("Number on the paper"), lambda r: r.number),
            Column("assessed_on", _("Assessed on"), lambda r: r.assessed_on, kind="day", sort="assessed_on"),
            Column("state", _("State"), lambda r: (r.get_state_display(), TONES[r.state]), kind="badge", sort="state"),
            Column("due", _("Check by"), _due, kind="badge", sort="due_on"),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Recognition.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("body", _("Body"), lambda qs, v: qs.filter(body=int(v)),
                   lambda actor: list(queries.bodies_visible_to(actor).values_list("pk", "name"))),
        ],
        search=lists.search_person,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("pk", "desc"),
        excel_right="assessments.export",
        region_field="person__region__code",
        row_url=lambda r: reverse("assessments:recognition", args=[r.pk]),
        empty=_("No assessment of another body has been entered yet"),
        empty_text=_("Enter one from the person's page, with its paper."),
        key="assessments:recognitions",
    )


@page("assessments.area")
def recognition_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _list_view(), queries.visible_to(request.user), "assessments/recognitions.html")


@page("assessments.request", methods=("GET", "POST"))
def enter(request: StaffRequest, person_pk: int) -> HttpResponse:
    """Enter an assessment of another body with its paper."""
    person = get_person(request.user, person_pk, "assessments.request")
    bodies = list(queries.recognised_now(request.user))
    form = RecognitionForm(request.POST or None, request.FILES or None, bodies=bodies)
    title = _("Enter an assessment of another body")
    context: dict[str, Any] = {
        "title": title, "subtitle": f"{person.name} · {lists.village_of(person)}", "save": _("Enter it for checking"),
        "back": reverse("people:person", args=[person.pk]),
        "intro": _("A second officer compares the entry with the paper before the level counts.") if bodies else _(
            "The county recognises no other body yet; the bureau enters those it does."),
        "crumbs": [(_("Older people"), reverse("people:list")),
                   (person.name, reverse("people:person", args=[person.pk])), (title, None)],
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    scale, level = form.found
    try:
        with transaction.atomic():
            paper = attachments.store(
                request.user, form.cleaned_data["file"], papers.REQUEST, person.region_id,
                site_id=check_reach(request.user, "assessments.request", person),
            )
            made = actions.enter(
                request.user, person.pk, form.cleaned_data["body"], scale, form.cleaned_data["number"],
                form.cleaned_data["assessed_on"], level, paper,
            )
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Entered. A second officer checks it by %(day)s.") % {"day": short_day(made.due_on)})
    return redirect("assessments:recognition", made.pk)


@page("assessments.area")
def recognition(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, queries.get_recognition(request.user, pk))


def _show(request: StaffRequest, found: Recognition, status: int = 200, problem: str = "") -> HttpResponse:
    own = same_human(request.user, found.entered_by)
    may = request.user.scope("assessments.issue").covers(found.person.region_id)
    rule = queries.rule_of(found.body, found.scale)
    return render(request, "assessments/recognition.html", {
        "found": found, "person": found.person, "village": lists.village_of(found.person),
        "level": scales.level_name(found.scale, found.level), "scale_name": scales.scale_name(found.scale),
        "badge": (found.get_state_display(), TONES[found.state]), "due": _due(found), "own": own,
        "may_check": may and not own and found.state == Recognition.State.ENTERED,
        "rule": rule, "assumed": rules.said(rule) if rule else "", "problem": problem,
        "result": getattr(found, "result", None), "crumbs": crumbs(
            found.person.name, (_("Of other bodies"), reverse("assessments:recognitions"))),
    }, status=status)


@page("assessments.issue", methods=("POST",))
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_recognition(request.user, pk)
    try:
        made = actions.accept(request.user, pk, version_of(request), request.POST.get("note", "")[:200])
    except Changed:
        raise
    except Refused as refusal:
        return _show(request, found, 422, str(refusal))
    messages.success(request, _("Accepted; the level is in force."))
    return redirect("assessments:result", made.pk)


@page("assessments.issue", methods=("POST",))
def refuse(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_recognition(request.user, pk)
    try:
        actions.refuse(request.user, pk, version_of(request), request.POST.get("reason", "")[:200])
    except Changed:
        raise
    except Refused as refusal:
        return _show(request, found, 422, str(refusal))
    messages.success(request, _("Refused, with the reason."))
    return redirect("assessments:recognition", pk)


@page("assessments.area")
def body_list(request: StaffRequest) -> HttpResponse:
    """The bodies whose results the county recognises."""
    region = region_of_rules(request.user)
    kinds = {code: name for code, name, _scale in queries.kinds_of(region)}
    today = timezone.localdate()
    rows = [
        (body, kinds.get(body.kind, ""), ", ".join(scales.scale_name(s) for s in body.scales),
         body.since <= today and (body.until is None or body.until > today))
        for body in queries.bodies_visible_to(request.user)
    ]
    return render(request, "assessments/bodies.html", {
        "rows": rows, "may_edit": request.user.may("assessments.manage"),
        "crumbs": crumbs(_("Recognised bodies"), (_("Of other bodies"), reverse("assessments:recognitions"))),
    })


@page("assessments.manage", methods=("GET", "POST"))
def new_body(request: StaffRequest) -> HttpResponse:
    return _body_form(request, None)


@page("assessments.manage", methods=("GET", "POST"))
def edit_body(request: StaffRequest, pk: int) -> HttpResponse:
    return _body_form(request, queries.get_body(request.user, pk))


def _body_form(request: StaffRequest, body: Body | None) -> HttpResponse:
    county = Region.objects.get(pk=region_of_rules(request.user))
    initial: dict[str, Any] = {"since": timezone.localdate()} if body is None else {
        "name": body.name, "kind": body.kind, "basis": body.basis, "since": body.since, "until": body.until,
    }
    form = BodyForm(request.POST or None, initial=initial, kinds=queries.kinds_of(county.code))
    title = _("Recognise a body") if body is None else body.name
    context: dict[str, Any] = {
        "title": title, "save": _("Save"), "back": reverse("assessments:bodies"),
        "hidden": {"version": body.version} if body else {},
        "crumbs": crumbs(title, (_("Recognised bodies"), reverse("assessments:bodies"))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    data = form.cleaned_data
    try:
        actions.save_body(
            request.user, county, data["name"], data["kind"], [form.scale_of[data["kind"]]], data["basis"],
            data["since"], data["until"], body_pk=body.pk if body else None,
            version=version_of(request) if body else None,
        )
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Saved."))
    return redirect("assessments:bodies")
