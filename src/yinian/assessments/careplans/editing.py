"""The drafting page: one sheet with the suggestions ticked, saved as it is typed, whole or not."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.careplans import actions, catalogue, lists, queries, resting, routing, sheet
from yinian.assessments.careplans.models import CarePlan, PlannedService
from yinian.assessments.careplans.pages import crumbs, version_of
from yinian.assessments.requests.lists import village_of
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.people.models import Kin
from yinian.people.persons.queries import get_person

AUTOSAVE = "X-Autosave"
PER = ("day", "week", "month", "quarter", "year", "once")


@page("careplans.edit", methods=("GET", "POST"))
def plan_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole plan on one page. Sending it keeps everything; ``finish`` also asks that nothing is missing."""
    one = queries.get_plan(request.user, pk)
    get_person(request.user, one.person_id, "careplans.edit")
    quiet = request.headers.get(AUTOSAVE) == "1"
    if request.method != "POST":
        if one.state != CarePlan.State.DRAFT:
            messages.info(request, _("What was agreed is not written over; a review leads to a changed plan."))
            return redirect("assessments:careplan", pk)
        return _page(request, one, sheet.read(one), {})
    change = "" if quiet else request.POST.get("change", "")[:20]
    try:
        saved, place = actions.save(request.user, pk, version_of(request), request.POST, change)
    except Refused as refusal:
        return _refused(request, one, refusal, quiet)
    if quiet:
        return JsonResponse({
            "version": saved.plan.version, "missing": len(saved.faults),
            "saved": f"{timezone.localtime(saved.plan.saved_at):%H:%M:%S}",
        })
    if change:
        return redirect(f"{reverse('assessments:careplan_edit', args=[pk])}?open={place[1:]}#{place}")
    if "finish" in request.POST and saved.faults:
        return _page(request, saved.plan, sheet.read(saved.plan), saved.faults, status=422)
    messages.success(request, _("The draft is kept.") if saved.faults else _(
        "The draft is whole. Look it through, then make the paper to be signed."
    ))
    return redirect("assessments:careplan_edit" if saved.faults else "assessments:careplan", pk)


def _refused(request: StaffRequest, one: CarePlan, refusal: Refused, quiet: bool) -> HttpResponse:
    """What was typed comes back with the page, though it could not be kept."""
    status = 409 if isinstance(refusal, Changed) else 422
    if quiet:
        return JsonResponse({"problem": str(refusal)}, status=status)
    typed = sheet.filled(sheet.read(one), request.POST)
    return _page(request, one, typed, {}, status=status, problem=str(refusal))


def _page(
    request: StaffRequest, one: CarePlan, content: sheet.Sheet, faults: dict[str, str], status: int = 200,
    problem: str = "",
) -> HttpResponse:
    person, book = one.person, catalogue.catalogue()
    dues = resting.dues_of(request.user, person)
    known = {due.id for due in dues}
    # A service that the sheet rests on already stays to choose, though it is no longer due.
    for need in content["needs"]:
        for row in need["services"]:
            kept = row["pays"].partition(":")[2]
            if kept and kept not in known:
                dues.append(resting.Due(kept, resting.due_name(person.region_id, kept), "", False, sure=False))
                known.add(kept)
    return render(request, "assessments/plan_edit.html", {
        "plan": one, "person": person, "village": village_of(person), "level": lists.level_name(one.scale, one.level),
        "sheet": content, "areas": _areas(content, book, one, faults), "opened": _opened(request),
        "faults": faults, "problem": problem,
        "area_choices": [(area, catalogue.area_name(area)) for area in book.areas],
        "providers": [(name, catalogue.provider_name(name)) for name in book.providers],
        "services": [(name, catalogue.service_name(name)) for name in book.services],
        "risks": [(name, catalogue.risk_name(name)) for name in book.risks],
        "per": [(per, per_words(per)) for per in PER], "weekdays": [(n, catalogue.weekday_words(n)) for n in range(7)],
        "pays": [(value, label) for value, label in PlannedService.Pays.choices if value != PlannedService.Pays.DUE],
        "dues": dues, "names": _names(one), "routing": routing.in_words(one.routing, person),
        "confidence_words": catalogue.confidence_words, "ticked": sum(need["on"] for need in content["needs"]),
        "fault_list": _fault_list(content, faults), "review_note": _review_note(one),
        "crumbs": crumbs(_("Draw up"), (person.name, reverse("assessments:careplan", args=[one.pk]))),
        "first_day": timezone.localdate() - dt.timedelta(sheet.LATE_START_DAYS),
    }, status=status)  # fmt: skip


def per_words(per: str) -> str:
    return {
        "day": _("every day"), "week": _("every week"), "month": _("every month"), "quarter": _("every quarter"),
        "year": _("every year"), "once": _("one time only"),
    }[per]


def _opened(request: StaffRequest) -> int:
    """Which need of the sheet is shown unfolded; -1 for none."""
    text = request.GET.get("open", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _areas(
    content: sheet.Sheet, book: Any, one: CarePlan, faults: dict[str, str]
) -> list[tuple[str, str, list[tuple[int, dict[str, Any]]]]]:
    """The sheet's needs by area, each with its place in the sheet and what the page shows of it in words."""
    faulty = {key.partition(".")[0] for key in faults}
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {area: [] for area in book.areas}
    for place, need in enumerate(content["needs"]):
        shown = {
            **need, "why_words": catalogue.reasons_in_words(need["why"], one.person.region_id, one.scale),
            "risk_words": [catalogue.risk_name(risk) for risk in need["risks"]],
            "source_words": catalogue.source_words(need["source"]), "short": _short(need),
            "faulty": f"n{place}" in faulty,
            "services": [
                {**row, "name": catalogue.service_name(row["service"]) if row["service"] else "",
                 "standard": catalogue.standard_words(row["service"])}
                for row in need["services"]
            ],
        }
        found.setdefault(need["area"], []).append((place, shown))
    return [(area, catalogue.area_name(area), rows) for area, rows in found.items() if rows]


def _short(need: dict[str, Any]) -> str:
    """What is ticked under a need, in one line for when it is folded."""
    services = [
        f"{catalogue.service_name(row['service'])} {_often(row)}".strip()
        for row in need["services"] if row["on"] and row["service"]
    ]
    goals = [goal["text"] for goal in need["goals"] if goal["on"] and goal["text"]]
    return " · ".join([*goals, *services])


def _often(row: dict[str, Any]) -> str:
    """How often, of a half-written row too."""
    times = row["times"]
    if row["per"] not in PER or not (times.isascii() and times.isdigit() and len(times) < 4):
        return ""
    return catalogue.often_words(int(times), row["per"], row["days"] if row["per"] == "week" else [])


def _names(one: CarePlan) -> list[tuple[str, str]]:
    """Who or what can be named as provider: kin, then places near by; each with what it is."""
    kin = [
        (row.name, row.relation) for row in Kin.objects.filter(person=one.person, ended_at__isnull=True).order_by("pk")
    ]
    return [*kin, *((name, "") for name in sorted(queries.sites_near(one.person)))]


def _fault_list(content: sheet.Sheet, faults: dict[str, str]) -> list[tuple[str, str, str]]:
    """Faults for the top of the page: where, which need, what."""
    rows = []
    for key, words in faults.items():
        place = key.partition(".")[0]
        n = int(place[1:]) if place[:1] == "n" and place[1:].isdigit() else -1
        name = content["needs"][n]["text"] if 0 <= n < len(content["needs"]) else ""
        rows.append((key, name or (_("A need without words") if n >= 0 else ""), words))
    return rows


def _review_note(one: CarePlan) -> str:
    """Every how many months the plan is to be looked at again, by what the pack said."""
    return _("By the rules of the county every %(n)s months at this level.") % {
        "n": one.rules["months"][str(one.level)]
    }
