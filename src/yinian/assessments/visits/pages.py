"""Pages of visits: the assessor's own list, the form on a phone, confirming with a signature, photos and papers."""

import base64
import binascii
import io
import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.requests import lists
from yinian.assessments.requests import queries as requests
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.pages import crumbs, show, version_of
from yinian.assessments.visits import actions, queries
from yinian.assessments.visits.forms import PlanForm, ReasonForm, SignForm, answers_from_post, rows_for
from yinian.assessments.visits.models import Exhibit
from yinian.assessments.visits.script import script_config
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on, moment
from yinian.engines.scale import Scale

LARGEST_SIGNATURE = 300_000  # bytes


@page("assessments.assess")
def mine(request: StaffRequest) -> HttpResponse:
    """The assessor's visits: today's, overdue, the rest; with what a phone needs to sort them by distance."""
    today = timezone.localdate()
    rows = list(
        requests.with_person(requests.visible_to(request.user))
        .filter(seats__assessor__user=request.user, seats__released_at__isnull=True,
                state__in=(Request.State.ASSIGNED, Request.State.CONFIRMING))
        .order_by("due_on", "person__region_id").distinct()
    )
    lists.attach_assessors(rows)
    groups: dict[str, list[dict[str, Any]]] = {"today": [], "late": [], "confirm": [], "later": []}
    for one in rows:
        groups[_group(one, today)].append(_card(one))
    words = {"today": _("Today"), "late": _("Overdue"), "confirm": _("To be confirmed"), "later": _("To be visited")}
    return render(request, "assessments/mine.html", {
        "here": "mine", "count": len(rows), "km_words": _("about %(km)s km"),
        "groups": [(key, words[key], cards) for key, cards in groups.items() if cards],
    })


def _group(one: Request, today: Any) -> str:
    if one.state == Request.State.CONFIRMING:
        return "confirm"
    if one.planned_for is not None and timezone.localtime(one.planned_for).date() == today:
        return "today"
    if one.due_on < today:
        return "late"
    return "today" if one.due_on == today else "later"


def _card(one: Request) -> dict[str, Any]:
    region = one.person.region
    return {
        "one": one, "village": lists.village_of(one.person), "scale": scales.scale_name(one.scale),
        "due": lists.due_badge(one), "age": age_on(one.person.birth_date), "lat": region.lat, "lon": region.lon,
    }


@page("assessments.assess", methods=("GET", "POST"))
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """The record, item by item. A POST is the whole form of a browser without script."""
    one, found = queries.own_visit(request.user, pk)
    if one.state in (Request.State.CONFIRMING, Request.State.REVIEW, Request.State.DONE):
        return redirect("assessments:request", pk)
    if one.state != Request.State.ASSIGNED:
        raise NotVisible("visit")
    scale = scales.scale_for(one.person.region_id, one.scale)
    if request.method == "POST":
        return _save_form(request, one, scale)
    if found is None or found.started_at is None:
        return render(request, "assessments/visit_begin.html", _about(request, one, scale))
    return _form(request, one, scale)


def _about(request: StaffRequest, one: Request, scale: Scale) -> dict[str, Any]:
    return {
        "one": one, "person": one.person, "scale": scale, "scale_name": scales.in_words(scale.name),
        "in_words": scales.in_words, "village": lists.village_of(one.person), "age": queries.age_of(one),
        "seats": requests.seats_of(one), "plan_form": PlanForm(initial={"planned_for": one.planned_for}),
        "crumbs": [(_("My visits"), reverse("assessments:mine")),
                   (one.person.name, reverse("assessments:request", args=[one.pk])), (_("Visit"), None)],
    }


def _form(
    request: StaffRequest, one: Request, scale: Scale, saved: actions.Saved | None = None, status: int = 200
) -> HttpResponse:
    found = queries.visit_of(one)
    if found is None:
        raise NotVisible("visit")
    particulars = queries.particulars_of(found)
    stands = saved.standing if saved else queries.standing(scale, found.items, particulars)
    skip = queries.known_to_register(scale)
    return render(request, "assessments/visit.html", {
        **_about(request, one, scale), "visit": found, "particulars": particulars, "stands": stands,
        "known": queries.known_particulars(one, scale), "skip": skip, "rows_for": rows_for,
        "sections": [(s, [f for f in s.fields if f.code not in skip]) for s in scale.form_a],
        "dimensions": [(d, scale.items_of(d.code)) for d in scale.dimensions],
        "exhibits": queries.exhibits_of(found), "whereabouts": queries.whereabouts(one, found),
        "faults": saved.faults if saved else {}, "conflicts": saved.conflicts if saved else [],
        "best": scales.level_name(scale.id, stands.best), "worst": scales.level_name(scale.id, stands.worst),
        "config": script_config(request.user, one, scale, found.version), "missing_words": _("Still missing: %(n)s"),
    }, status=status)


def _save_form(request: StaffRequest, one: Request, scale: Scale) -> HttpResponse:
    base = request.POST.get("base", "")
    try:
        saved = actions.save(
            request.user, one.pk, int(base) if base.isdigit() else 0, answers_from_post(scale, request.POST)
        )
    except Changed:
        raise
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("assessments:visit", one.pk)
    if saved.faults or saved.conflicts:
        return _form(request, one, scale, saved, 422)
    messages.success(request, _("Saved."))
    return redirect("assessments:visit", one.pk)


@page("assessments.assess", methods=("POST",))
def begin(request: StaffRequest, pk: int) -> HttpResponse:
    queries.own_visit(request.user, pk)
    actions.begin(request.user, pk, parse_datetime(request.POST.get("at", "")[:40]))
    return redirect("assessments:visit", pk)


@page("assessments.assess", methods=("POST",))
def save(request: StaffRequest, pk: int) -> HttpResponse:
    """What the page's script sends: ``{base, changes}``; answers how the record stands now."""
    one, _found = queries.own_visit(request.user, pk)
    try:
        sent = json.loads(request.body)
        base, changes = int(sent["base"]), dict(sent["changes"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": _("The answers did not arrive whole; they are sent again.")}, status=422)
    try:
        saved = actions.save(request.user, pk, base, {str(k)[:40]: v for k, v in changes.items()})
    except Changed as changed:
        return JsonResponse({"error": str(changed), "closed": True}, status=409)
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=422)
    return JsonResponse(answer(one, saved))


def answer(one: Request, saved: actions.Saved) -> dict[str, Any]:
    """How a record stands after saving, for a script."""
    stands = saved.standing
    scale = scales.scale_for(one.person.region_id, one.scale)
    return {
        "version": saved.version, "at": f"{timezone.localtime(saved.saved_at):%H:%M:%S}" if saved.saved_at else "",
        "total": stands.total, "answered": stands.answered, "items": stands.items,
        "best": scales.level_name(scale.id, stands.best), "worst": scales.level_name(scale.id, stands.worst),
        "missing": list(stands.missing), "form_missing": sorted(stands.faults),
        "final": scales.level_name(scale.id, stands.scored.final) if stands.scored else "",
        "adjustments": [scales.in_words(a.reason) for a in stands.scored.adjustments] if stands.scored else [],
        "conflicts": [{"key": c.key, "value": c.value, "by": c.by} for c in saved.conflicts],
        "faults": saved.faults, "others": saved.others,
    }


@page("assessments.assess", methods=("POST",))
def locate(request: StaffRequest, pk: int) -> HttpResponse:
    one, _found = queries.own_visit(request.user, pk)
    try:
        lat, lon = float(request.POST.get("lat", "")), float(request.POST.get("lon", ""))
    except ValueError:
        return JsonResponse({"error": _("The device gave no usable position.")}, status=422)
    accuracy = request.POST.get("accuracy", "").split(".")[0]
    try:
        found = actions.locate(request.user, pk, lat, lon, int(accuracy) if accuracy.isdigit() else None,
                               request.POST.get("consent", ""))
    except Refused as refusal:
        return JsonResponse({"error": str(refusal)}, status=409 if isinstance(refusal, Changed) else 422)
    where = queries.whereabouts(one, found)
    return JsonResponse({"words": place_words(where)})


def place_words(where: queries.Whereabouts | None) -> str:
    """How far from the person's place the visit was recorded, in words."""
    if where is None:
        return ""
    if where.km is None:
        return _("The place is recorded; where %(place)s lies is not known.") % {"place": where.place}
    words = _("%(km)s km from %(place)s, as the crow flies") % {"km": f"{where.km:.1f}", "place": where.place}
    schematic = _("its position is schematic")
    return f"{words} ({schematic})" if where.schematic else words


@page("assessments.assess", methods=("POST",))
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    one, _found = queries.own_visit(request.user, pk)
    form = PlanForm(request.POST)
    if form.is_valid():
        try:
            actions.plan(request.user, pk, version_of(request), form.cleaned_data["planned_for"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            when = form.cleaned_data["planned_for"]
            messages.success(request, _("Arranged for %(when)s.") % {"when": moment(when)} if when
                             else _("The appointment is taken back."))
            return redirect("assessments:request", pk)
    return show(request, one, 422, plan_form=form)


@page("assessments.assess", methods=("POST",))
def finish(request: StaffRequest, pk: int) -> HttpResponse:
    """The record is whole; on to confirming it."""
    queries.own_visit(request.user, pk)
    try:
        actions.finish(request.user, pk, version_of(request), parse_datetime(request.POST.get("at", "")[:40]))
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("assessments:visit", pk)
    return redirect("assessments:confirm", pk)


@page("assessments.assess", methods=("GET", "POST"))
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """What was recorded and what comes of it, to be confirmed and signed."""
    one, found = queries.own_visit(request.user, pk)
    seat = requests.seat_of(request.user, one)
    if found is None or seat is None or (one.state == Request.State.ASSIGNED):
        raise NotVisible("visit")
    if one.state != Request.State.CONFIRMING or seat.confirmed_at is not None:
        return redirect("assessments:request", pk)
    form = SignForm(request.POST or None)
    context = {**_record(one), "version": one.version, "seats": requests.seats_of(one),
               "reopen_form": ReasonForm(prefix="reopen"),
               "crumbs": [(_("My visits"), reverse("assessments:mine")),
                          (one.person.name, reverse("assessments:request", args=[pk])), (_("Confirm"), None)]}
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/confirm.html", form, **context)
    try:
        drawn = _picture(form.cleaned_data["drawn"])
        done = actions.confirm(
            request.user, pk, version_of(request), signature=drawn, name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
        )
    except Refused as refusal:
        return render_form(request, "assessments/confirm.html", form, refusal=refusal, **context)
    done.refresh_from_db()
    messages.success(request, _("Confirmed by all; the result is in review.") if done.state == Request.State.REVIEW
                     else _("Confirmed. Your colleague confirms next."))
    return redirect("assessments:request", pk)


def _picture(drawn: str) -> io.BytesIO | None:
    """The drawn signature; None where nothing was drawn."""
    if not drawn:
        return None
    head, _comma, body = drawn.partition(",")
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if head != "data:image/png;base64" or not content or len(content) > LARGEST_SIGNATURE:
        raise Refused(_("The signature did not arrive whole; draw it again."))
    return io.BytesIO(content)


def _record(one: Request) -> dict[str, Any]:
    """The whole record for reading: every answer in words, and the result it gives."""
    scale = scales.scale_for(one.person.region_id, one.scale)
    found = queries.visit_of(one)
    particulars = queries.particulars_of(found)
    items = found.items if found else {}
    stands = queries.standing(scale, items, particulars)
    return {
        "one": one, "person": one.person, "village": lists.village_of(one.person), "scale": scale,
        "scale_name": scales.in_words(scale.name), "visit": found, "stands": stands, "scored": stands.scored,
        "in_words": scales.in_words, "level_name": scales.level_name,
        "dimensions": [
            (scales.in_words(d.name), d.max, stands.scored.dimensions[d.code] if stands.scored else None,
             [(item, items.get(item.code)) for item in scale.items_of(d.code)])
            for d in scale.dimensions
        ],
        "form_lines": form_lines(scale, particulars), "known": queries.known_particulars(one, scale),
    }


def form_lines(scale: Scale, particulars: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Form A as answered: section by section, each answer in words."""
    found = []
    for section in scale.form_a:
        lines = [
            (scales.in_words(field.name), _in_words(field, particulars))
            for field in section.fields if particulars.get(field.code) not in (None, "", [])
        ]
        if lines:
            found.append((scales.in_words(section.name), lines))
    return found


def _in_words(field: Any, particulars: dict[str, Any]) -> str:
    value = particulars[field.code]
    if field.type == "choice":
        ticked = value if isinstance(value, list) else [value]
        words = _(", ").join(scales.in_words(field.choice(str(code)).text) for code in ticked)
        detail = particulars.get(field.code + actions.DETAIL)
        return f"{words} ({detail})" if detail else words
    if field.type == "table":
        return "; ".join(" ".join(str(row[c.code]) for c in field.columns if row.get(c.code)) for row in value)
    return f"{value} {field.unit}" if field.unit else str(value)


@page("assessments.assess", methods=("POST",))
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    queries.own_visit(request.user, pk)
    form = ReasonForm(request.POST, prefix="reopen")
    if not form.is_valid():
        messages.warning(request, _("Say what is to be put right; it is kept."))
        return redirect("assessments:confirm", pk)
    try:
        actions.reopen(request.user, pk, version_of(request), form.cleaned_data["reason"])
    except Changed:
        raise
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("assessments:request", pk)
    messages.success(request, _("The record is open again; what was confirmed is confirmed anew."))
    return redirect("assessments:visit", pk)


@page("assessments.area")
def record(request: StaffRequest, pk: int) -> HttpResponse:
    """The record for reading, to officers of the area. An assessor reads it on the confirming page."""
    one = requests.get_request(request.user, pk)
    found = queries.visit_of(one)
    if found is None:
        raise NotVisible("visit")
    return render(request, "assessments/record.html", {
        **_record(one), "exhibits": queries.exhibits_of(found), "where": place_words(queries.whereabouts(one, found)),
        "seats": requests.seats_of(one), "crumbs": crumbs(
            _("Record of the visit"), (one.person.name, reverse("assessments:request", args=[pk]))),
    })


# --- photos and papers ---------------------------------------------------------------------------------------------


@page("assessments.assess", methods=("POST",))
def exhibit_add(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a picture or paper; a drawn signature of who gave the information comes as ``drawn``."""
    queries.own_visit(request.user, pk)
    script = request.headers.get("X-Requested-With") == "fetch"
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "")
    try:
        file: Any = _picture(request.POST.get("drawn", "")) or request.FILES.get("file")
        if file is None:
            raise Refused(_("Choose a picture or paper."))
        made = actions.add_exhibit(request.user, pk, file, kind, note)
    except Refused as refusal:
        status = 409 if isinstance(refusal, Changed) else 422
        if script:
            return JsonResponse({"error": str(refusal)}, status=status)
        messages.warning(request, str(refusal))
        return redirect("assessments:visit", pk)
    if script:
        return JsonResponse({"pk": made.pk, "url": reverse("assessments:exhibit", args=[pk, made.pk]),
                             "words": str(made.get_kind_display())})
    messages.success(request, _("Added."))
    return redirect("assessments:visit", pk)


@page("assessments.assess", methods=("POST",))
def exhibit_remove(request: StaffRequest, pk: int, exhibit_pk: int) -> HttpResponse:
    queries.own_visit(request.user, pk)
    try:
        actions.remove_exhibit(request.user, pk, exhibit_pk)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("assessments:visit", pk)


@page("assessments.view")
def exhibit(request: StaffRequest, pk: int, exhibit_pk: int) -> HttpResponse:
    """A picture or paper, to its assessors and to officers of the area; the opening is recorded."""
    found = queries.get_exhibit(request.user, pk, exhibit_pk)
    return handed_out(request, found)


def handed_out(request: StaffRequest, found: Exhibit) -> HttpResponse:
    attachment = found.attachment
    response = StreamingHttpResponse(
        attachments.open_for(request.user, attachment), content_type=attachment.media_type
    )
    response["Content-Length"] = str(attachment.size)
    inline = attachment.media_type.startswith("image/")
    response["Content-Disposition"] = content_disposition_header(not inline, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]
