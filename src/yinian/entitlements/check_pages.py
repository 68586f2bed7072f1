"""What is to be found out, of whom, and by whom: a village's list to take along, or the counts of an area."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.jinja import age_on
from yinian.core.regions.models import Level, Region
from yinian.core.sheets import TableColumn
from yinian.engines.entitlement import FACTS
from yinian.entitlements import queries
from yinian.entitlements.lists import place_of
from yinian.entitlements.models import Run
from yinian.entitlements.pages import overview_url, where, workbook
from yinian.entitlements.person_pages import record_url
from yinian.entitlements.queries import CheckGroup
from yinian.entitlements.wanting import ABILITY, asking_url
from yinian.entitlements.workkinds import fact_label, in_words


@page("entitlements.names")
def check_list(request: StaffRequest) -> HttpResponse:
    """The list of a village; of a town or county the counts by area and fact."""
    region = where(request, "entitlements.names")
    run = queries.standing_run(region.pk)
    fact = request.GET.get("fact", "")
    fact = fact if fact in FACTS else ""
    if run is None:
        return render(request, "entitlements/checks.html", _context(request, region, None, fact) | {"table": []})
    if request.GET.get("format") == "xlsx":
        return _excel(request, region, run, fact)
    counts = queries.checks_by_area(request.user, run, region)
    if region.level < Level.VILLAGE:
        return _areas(request, region, run, fact, counts)
    services = {service.number: service.name for service in queries.services_of([run])}
    groups = queries.people_to_check(request.user, region.pk, services, fact)
    editor = request.user.scope("people.edit").covers(region.pk)
    shown = [
        {
            "fact": group.fact, "label": fact_label(group.fact), "who": _who(group.fact),
            "people": [
                {"person": check.person, "services": _(", ").join(dict.fromkeys(check.services)),
                 "url": reverse("entitlements:person", args=[check.person.pk]),
                 "record": record_url(check.person, group.fact) if editor else ""}
                for check in group.people
            ],
        }
        for group in groups
    ]
    people = {check.person.pk for group in groups for check in group.people}
    return render(request, "entitlements/check_list.html", _context(request, region, run, fact) | {
        "groups": shown, "people": len(people), "facts": [(name, fact_label(name), sum(areas.values()))
                                                         for name, areas in _ordered(counts)],
    })


def _areas(
    request: StaffRequest, region: Region, run: Run, fact: str, counts: dict[str, dict[str, int]]
) -> HttpResponse:
    areas = list(queries.below(region).defer("outline"))
    shown = [(name, areas_of) for name, areas_of in _ordered(counts) if fact in ("", name)]
    table: list[dict[str, Any]] = [
        {"area": area, "url": check_url(area.pk, fact), "counts": [of.get(area.pk, 0) for _name, of in shown]}
        for area in areas
    ]
    return render(request, "entitlements/checks.html", _context(request, region, run, fact) | {
        "columns": [(name, fact_label(name), sum(of.values())) for name, of in shown],
        "table": [row for row in table if any(row["counts"])], "check_url": check_url,
        "facts": [(name, fact_label(name), sum(of.values())) for name, of in _ordered(counts)],
    })


def _ordered(counts: dict[str, dict[str, int]]) -> list[tuple[str, dict[str, int]]]:
    return sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))


def _who(fact: str) -> str:
    ask = FACTS[fact].ask
    return in_words(ask) if ask else ""


def check_url(region: str, fact: str = "", **more: str) -> str:
    query = {"region": region, "fact": fact, **more}
    return reverse("entitlements:check_list") + "?" + urlencode({k: v for k, v in query.items() if v})


def _context(request: StaffRequest, region: Region, run: Run | None, fact: str) -> dict[str, Any]:
    path = queries.path_to(request.user, region)
    above = Region.objects.filter(pk__in=Region.codes_above(region.pk), level__gte=Level.COUNTY).order_by("code")
    return {
        "region": region, "run": run, "fact": fact, "fact_label": fact_label(fact) if fact else "",
        "fact_who": _who(fact) if fact else "", "check_url": check_url,
        "asking": {ABILITY: asking_url(request.user, region.pk)},
        "path": [(step.name, check_url(step.pk, fact)) for step in path],
        "full_name": "".join(above.values_list("name", flat=True)),
        "excel_url": check_url(region.pk, fact, format="xlsx") if request.user.may("entitlements.export") else "",
        "crumbs": [(_("Services and dues"), overview_url(region.pk)),
                   *((step.name, check_url(step.pk, fact)) for step in path[:-1]), (_("To find out"), None)],
    }


def _excel(request: StaffRequest, region: Region, run: Run, fact: str) -> HttpResponse:
    request.user.require("entitlements.export", region.pk)
    services = {service.number: service.name for service in queries.services_of([run])}
    groups = queries.people_to_check(request.user, region.pk, services, fact)
    towns = dict(Region.objects.filter(pk__startswith=region.pk[:9], level=Level.TOWN).values_list("pk", "name"))
    columns = [
        TableColumn("fact", _("To find out"), width=16), TableColumn("who", _("Who can find it out"), width=26),
        TableColumn("town", _("Town"), width=14), TableColumn("village", _("Village"), width=16),
        TableColumn("name", _("Name"), width=12), TableColumn("sex", _("Sex")),
        TableColumn("age", _("Age"), "integer"), TableColumn("household", _("Household number"), width=14),
        TableColumn("services", _("For which services"), width=44), TableColumn("found", _("Found out"), width=20),
        TableColumn("by", _("By whom, when"), width=20),
    ]
    title = _("To find out in %(area)s") % {"area": region.name}
    return workbook(request, region.pk, title, columns, _rows(groups, run, towns), [run], "check_list")


def _rows(groups: list[CheckGroup], run: Run, towns: dict[str, str]) -> Iterator[dict[str, Any]]:
    for group in groups:
        label, who = fact_label(group.fact), _who(group.fact)
        for check in group.people:
            person = check.person
            yield {
                "fact": label, "who": who, "town": towns.get(person.region_id[:9], ""),
                "village": place_of(person, Level.VILLAGE),
                "name": person.name, "sex": person.get_sex_display(), "age": age_on(person.birth_date, run.as_of),
                "household": person.household_no, "services": _(", ").join(dict.fromkeys(check.services)),
                "found": "", "by": "",
            }
