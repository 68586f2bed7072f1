"""Pages about figures and names: the overview, the service list, the lists behind figures, what is to be found out."""

import tempfile
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.lists import render_list
from yinian.core.regions.models import Level, Region
from yinian.core.sheets import TableColumn, write_table
from yinian.entitlements import lists, packs, queries, words
from yinian.entitlements.models import Run
from yinian.entitlements.queries import Listed, Sums

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def where(request: StaffRequest, right: str = "entitlements.view") -> Region:
    return queries.region_for(request.user, request.GET.get("region", "").strip()[:14], right)


def trail(request: StaffRequest, region: Region, name: str = "entitlements:overview") -> list[tuple[str, str]]:
    """The way from the county down to ``region``: names with addresses."""
    return [(step.name, f"{reverse(name)}?region={step.pk}") for step in queries.path_to(request.user, region)]


def chosen_service(request: StaffRequest, services: Sequence[Listed]) -> Listed | None:
    asked = request.GET.get("service", "")
    return next((service for service in services if service.id == asked), None)


@page("entitlements.view")
def overview(request: StaffRequest) -> HttpResponse:
    """Who is due what in an area: figures, by service, by the areas below, in a chart and on a map."""
    region = where(request)
    runs = queries.standing_runs(region.pk)
    services = queries.services_of(runs)
    if request.GET.get("format") == "xlsx" and runs:
        return _overview_workbook(request, region, runs, services)
    chosen = chosen_service(request, services)
    measure = request.GET.get("measure", "")
    measure = measure if measure in words.MAPPED else "due"
    sums = queries.figures_of(request.user, runs, region.pk) if runs else {}
    areas = list(queries.below(region)) if runs else []
    by_area = queries.figures_by_area(request.user, runs, region, chosen.id if chosen else "") if areas else {}
    bars = sorted(
        ((area, by_area.get(area.pk, Sums())) for area in areas),
        key=lambda pair: (-getattr(pair[1], measure), pair[0].pk),
    )
    people = sums.get("", Sums())
    run = runs[0] if runs else None
    return render(request, "entitlements/overview.html", {
        "region": region, "path": trail(request, region), "runs": runs, "run": run, "people": people,
        "services": services, "chosen": chosen, "measure": measure, "measures": words.MEASURES,
        "mapped": {name: words.MEASURES[name] for name in words.MAPPED},
        "rows": [(service, sums.get(service.id, Sums())) for service in services],
        "bars": bars, "problem": pack_problem(region), "outcome_url": lists.outcome_url,
        "area_url": lambda code: overview_url(code, chosen.id if chosen else "", measure),
        "may_name": request.user.may("entitlements.names"), "may_run": request.user.may("entitlements.run"),
        "may_export": request.user.may("entitlements.export"), "first": run is not None and run.previous_id is None,
        "chart": _chart(bars, measure, str(words.MEASURES[measure])),
        "map": _map(bars, measure, chosen, str(words.MEASURES[measure])),
        "excel_url": f"{reverse('entitlements:overview')}?region={region.pk}&format=xlsx",
        "county": region.pk[:queries.COUNTY_LENGTH] if region.level >= Level.COUNTY else "",
    })


def overview_url(region: str, service: str = "", measure: str = "") -> str:
    query = {"region": region, "service": service, "measure": "" if measure == "due" else measure}
    return reverse("entitlements:overview") + "?" + urlencode({k: v for k, v in query.items() if v})


def pack_problem(region: Region) -> str:
    """Why no run is possible here, in a sentence; empty when the pack is sound."""
    try:
        packs.in_force(region.pk)
    except Refused as problem:
        return str(problem)
    return ""


def _chart(bars: Sequence[tuple[Region, Sums]], measure: str, label: str) -> dict[str, Any]:
    shown = [(area.name, getattr(sums, measure)) for area, sums in bars][::-1]
    return {
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "minInterval": 1, "splitNumber": 4},
        "yAxis": {"type": "category", "data": [name for name, _count in shown], "axisTick": {"show": False}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "series": [{"type": "bar", "name": label, "data": [count for _name, count in shown], "barMaxWidth": 18,
                    "label": {"show": True, "position": "right"}}],
    }


def _map(
    bars: Sequence[tuple[Region, Sums]], measure: str, chosen: Listed | None, label: str
) -> dict[str, Any] | None:
    features = [
        {"name": area.name, "value": getattr(sums, measure), "geometry": area.outline,
         "url": overview_url(area.pk, chosen.id if chosen else "", measure)}
        for area, sums in bars if area.outline
    ]
    return {"label": label, "unit": _("people"), "features": features} if len(features) > 1 else None


def _overview_workbook(
    request: StaffRequest, region: Region, runs: Sequence[Run], services: Sequence[Listed]
) -> HttpResponse:
    request.user.require("entitlements.export", region.pk)
    names = {area.pk: area.name for area in queries.below(region)} | {region.pk: region.name}
    labels = {service.id: service.name for service in services} | {"": _("People, any service")}
    order = {name: place for place, name in enumerate(["", *(service.id for service in services)])}
    whole = [(region.pk, name, sums) for name, sums in queries.figures_of(request.user, runs, region.pk).items()]
    parts = queries.figures_matrix(request.user, runs, region) if region.level < Level.VILLAGE else []
    rows = sorted([*whole, *parts], key=lambda row: (len(row[0]), row[0], order.get(row[1], 999)))
    columns = [
        TableColumn("area", _("Area"), width=18), TableColumn("code", _("Division code"), width=16),
        TableColumn("service", _("Service"), width=30),
        *(TableColumn(name, label, "integer") for name, label in words.MEASURES.items()),
        TableColumn("amount_fen", _("Yuan a month, of those due"), "money_fen", width=18),
    ]
    table = (
        {"area": names.get(area, area), "code": area, "service": labels.get(service, service),
         "amount_fen": sums.amount_fen, **{name: getattr(sums, name) for name in words.MEASURES}}
        for area, service, sums in rows
    )
    title = _("Services and dues of %(area)s") % {"area": region.name}
    return workbook(request, region.pk, title, columns, table, runs, "overview")


def workbook(
    request: StaffRequest, region: str, title: str, columns: list[TableColumn], rows: Any, runs: Sequence[Run],
    what: str,
) -> Any:
    """A table as an Excel file, with what it is made of on its second sheet, and an audit row."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    meta = {
        _("As-of date"): "、".join(sorted({day(run.as_of) for run in runs})),
        _("Run"): "、".join(str(run.pk) for run in runs),
        _("Made by"): request.user.full_name,
        _("Made on the day"): day(timezone.now()),
    }
    written = write_table(columns, rows, file, title=title, meta=meta)
    with transaction.atomic():
        record(request.user, "entitlements.export", region=region, detail={"list": what, "rows": written})
    file.seek(0)
    return FileResponse(file, as_attachment=True, content_type=XLSX,
                        filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx")


@page("entitlements.names")
def outcome(request: StaffRequest) -> HttpResponse:
    """The people behind a figure."""
    region = where(request, "entitlements.names")
    runs = queries.standing_runs(region.pk)
    services = queries.services_of(runs)
    chosen = chosen_service(request, services)
    measure = request.GET.get("measure", "")
    measure = measure if measure in words.MEASURES else "due"
    people = queries.people_with(
        request.user, runs, region.pk, [chosen] if chosen else services, measure
    ).select_related("region__parent__parent").defer(
        "region__outline", "region__parent__outline", "region__parent__parent__outline", "address", "id_number", "phone"
    )
    view = lists.outcome_list(request.user, runs, services, chosen, measure)
    crumbs = [(_("Services and dues"), overview_url(region.pk)), (str(words.MEASURES[measure]), None)]
    return render_list(request, view, people, extra={"crumbs": crumbs, "run": runs[0] if runs else None})


@page("entitlements.view")
def changes(request: StaffRequest) -> HttpResponse:
    """Newly due and no longer due since the run before, by service."""
    region = where(request)
    runs = queries.standing_runs(region.pk)
    services = queries.services_of(runs)
    sums = queries.figures_of(request.user, runs, region.pk) if runs else {}
    rows = [(service, found) for service in services
            if (found := sums.get(service.id)) and (found.newly or found.ended)]
    return render(request, "entitlements/changes.html", {
        "region": region, "path": trail(request, region, "entitlements:changes"), "runs": runs,
        "run": runs[0] if runs else None, "people": sums.get("", Sums()), "rows": rows,
        "outcome_url": lists.outcome_url, "may_name": request.user.may("entitlements.names"),
        "areas": queries.below(region).defer("outline") if runs else [],
        "by_area": queries.figures_by_area(request.user, runs, region) if runs else {},
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("What changed"), None)],
    })


@page("entitlements.view")
def services(request: StaffRequest) -> HttpResponse:
    """The basic service list in force: whom, what, how much, by whom, on what ground."""
    region = where(request)
    group = request.GET.get("group", "")
    try:
        found: packs.InForce | None = packs.in_force(region.pk)
        problem = ""
    except Refused as refused:
        found, problem = None, str(refused)
    from yinian.entitlements import listing

    entries = listing.entries(found.pack, timezone.localdate()) if found else []
    groups = list(dict.fromkeys(entry.group for entry in entries))
    runs = queries.standing_runs(region.pk)
    sums = queries.figures_of(request.user, runs, region.pk) if runs else {}
    return render(request, "entitlements/services.html", {
        "region": region, "pack": found, "problem": problem, "groups": groups,
        "group": group if group in groups else "", "sums": sums, "Sums": Sums,
        "entries": [entry for entry in entries if group not in groups or entry.group == group],
        "all_count": len(entries),
        "url_of": lambda name: "?" + urlencode({"region": region.pk} | ({"group": name} if name else {})),
        "unverified": sum(1 for entry in entries if entry.confidence != "verified"),
        "borrowed": sum(1 for entry in entries if entry.reference),
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("Service list"), None)],
    })


@page("entitlements.view")
def service(request: StaffRequest, service_id: str) -> HttpResponse:
    """One entry of the service list with its conditions, its ground, and how many people it reaches here."""
    from yinian.entitlements import listing

    region = where(request)
    found = packs.in_force(region.pk)
    every = listing.entries(found.pack, timezone.localdate(), all_days=True)
    entry = next((one for one in every if one.id == service_id), None)
    if entry is None:
        raise NotVisible("service")
    runs = queries.standing_runs(region.pk)
    sums = queries.figures_of(request.user, runs, region.pk).get(service_id, Sums()) if runs else Sums()
    return render(request, "entitlements/service.html", {
        "region": region, "entry": entry, "pack": found, "runs": runs, "run": runs[0] if runs else None, "sums": sums,
        "measures": words.MEASURES, "outcome_url": lists.outcome_url,
        "may_name": request.user.may("entitlements.names"), "path": trail(request, region),
        "crumbs": [(_("Services and dues"), overview_url(region.pk)),
                   (_("Service list"), f"{reverse('entitlements:services')}?region={region.pk}"), (entry.name, None)],
    })
