"""Pages about what a draft would do: the strip of figures, the whole outcome, who is behind one, two drafts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.jinja import yuan
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Region
from yinian.engines.entitlement.coming import middle_of
from yinian.engines.entitlement.sanity import limits_of
from yinian.engines.entitlement.whatif import DIMENSIONS, Line, months_left
from yinian.entitlements.drafts import ahead, counties, exports, queries, reckoning, words
from yinian.entitlements.drafts.jobs import RECKON, page_url
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.pages import crumbs
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.workkinds import in_words

LONGEST_BARS = 40


@dataclass(frozen=True)
class Outcome:
    """What a draft would do, or why that cannot be said: ``job`` is at work on it, ``problem`` stands in the way."""

    found: Reckoned | None = None
    job: Job | None = None
    problem: str = ""
    said: tuple[words.Said, ...] = ()
    worded: tuple[words.Said, ...] = ()  # conditions whose wording lags behind a changed figure

    @property
    def ready(self) -> bool:
        return self.found is not None and not self.found.stopped


def outcome_of(request: StaffRequest, draft: Draft, year: int | None = None, county: str = "") -> Outcome:
    """Reckon a draft now, or by a job where the county is too large to wait for; ``year``: by the ages of that year;
    ``county``: in which county below a wide draft's region."""
    on = middle_of(year) if year else None
    try:
        run, base = reckoning.standing_run(county or draft.region_id), queries.base_of(draft, on, county).pack
        pack = reckoning.usable(draft, on, county)
        if run.people > reckoning.LIVE_PEOPLE and not reckoning.is_ready(run, base, pack, on or draft.effective_from):
            return Outcome(job=_job(request, draft, run.pk, pack.hash, {"year": year, "county": county}))
        found = reckoning.between(run, base, pack, draft.effective_from, limits_of(base), on)
    except Refused as refused:
        return Outcome(problem=str(refused))
    return Outcome(
        found, said=tuple(words.said(problem, found.a, found.b) for problem in found.problems),
        worded=tuple(words.stale_labels(found.b, found.a, draft.effective_from)),
    )


def _job(
    request: StaffRequest, draft: Draft, run: int, pack_hash: str, asked: Mapping[str, Any], what: str = "draft_results"
) -> Job:
    given = {name: value for name, value in asked.items() if value}
    return jobs.enqueue(
        request.user, RECKON, {"draft": draft.pk, "page": what, **given}, region=draft.region_id,
        key=f"{RECKON}:{draft.pk}:{run}:{pack_hash}:{what}:{urlencode(given)}",
        url=page_url(what, draft, given),
    )


def county_of(request: StaffRequest, draft: Draft) -> str:
    """The county below a wide draft's region that the address asks for; empty where it asks for none of them."""
    asked = request.GET.get("county", "")
    wide = asked and queries.is_wide(draft)
    return asked if wide and asked in {county.code for county in queries.counties_of(draft)} else ""


def year_of(request: StaffRequest, draft: Draft, county: str = "") -> int | None:
    """The year to come that the address asks for, if it is one of those a draft can be seen for."""
    asked = request.GET.get("year", "")
    if queries.is_wide(draft) and not county:
        first = draft.effective_from.year + 1
        return int(asked) if asked in {str(first + n) for n in range(ahead.AHEAD_YEARS)} else None
    try:
        known = ahead.whole_years(draft, reckoning.standing_run(county or draft.region_id))
    except Refused:
        return None
    return int(asked) if asked.isdigit() and len(asked) == 4 and int(asked) in known else None


@page("entitlements.compare", methods=("GET", "POST"))
def outcome(request: StaffRequest, pk: int) -> HttpResponse:
    """The strip of figures that follows each change of a draft."""
    draft = queries.get_draft(request.user, pk)
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(reverse("entitlements:draft_results", args=[pk]))
    if queries.is_wide(draft):
        return render(request, "entitlements/draft_counties_part.html", wide_context(request, draft, None))
    return render(request, "entitlements/draft_outcome.html", {
        "draft": draft, "outcome": outcome_of(request, draft), **_urls(draft),
        "may_name": request.user.scope("entitlements.names").covers(draft.region_id), "cost": cost,
    })


@page("entitlements.compare")
def results(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything a draft would do: by service, by town, by age and group, the budget, what is doubtful."""
    draft = queries.get_draft(request.user, pk)
    county = county_of(request, draft)
    year = year_of(request, draft, county)
    if queries.is_wide(draft) and not county:
        context = wide_context(request, draft, year)
        if request.GET.get("format") == "xlsx" and context["found"] is not None:
            return exports.counties_workbook(request, draft, context["found"], year)
        return render(request, "entitlements/draft_counties.html", context | {
            "crumbs": crumbs((draft.name, reverse("entitlements:draft", args=[pk])), (_("What it would do"), None)),
        })
    shown = outcome_of(request, draft, year, county)
    context = {
        "draft": draft, "outcome": shown, "aged": year, "county": county,
        "county_name": Region.objects.get(pk=county).name if county else "",
        "crumbs": crumbs((draft.name, reverse("entitlements:draft", args=[pk])), (_("What it would do"), None)),
        "may_export": queries.may_export(request.user, draft),
        "may_name": request.user.scope("entitlements.names").covers(draft.region_id), "cost": cost,
        **_urls(draft, year, county),
    }
    found = shown.found
    if found is None or found.stopped:
        return render(request, "entitlements/draft_results.html", context)
    if request.GET.get("format") in ("xlsx", "pdf"):
        make = exports.workbook if request.GET["format"] == "xlsx" else exports.paper
        return make(request, draft, found, [one.text for one in (*shown.said, *shown.worded)], county)
    by = request.GET.get("by", "")
    by = by if by in DIMENSIONS else "town"
    asked = request.GET.get("service", "")
    place = next((n for n, pair in enumerate(found.services) if pair.id == asked), None)
    towns = words.town_names(county or draft.region_id)
    rows = [(value, words.group_words(by, value, towns), row) for value, row in found.rows(by, place)]
    rows = [one for one in rows if any(one[2].values())]
    return render(request, "entitlements/draft_results.html", context | {
        "found": found, "whole": found.whole, "by": by, "dimensions": words.DIMENSIONS, "place": place,
        "services": [(n, pair, in_words(pair.service.label)) for n, pair in enumerate(found.services)],
        "by_service": touched(found), "rows": rows, "chart": _chart(rows),
        "service": asked if place is not None else "",
        "budget": budget_rows(found), "months": months_left(found.start), "year": found.start.year,
        "years": ahead.whole_years(draft, found.run),
    })


@page("entitlements.compare")
def years(request: StaffRequest, pk: int) -> HttpResponse:
    """What a draft would cost in the years to come; a part of the results page, and a page of its own."""
    draft = queries.get_draft(request.user, pk)
    template = "entitlements/draft_years_part.html" if request.headers.get("HX-Request") else (
        "entitlements/draft_years.html")
    county = county_of(request, draft)
    context: dict[str, Any] = {
        "draft": draft, "outcome": outcome_of(request, draft, county=county), "cost": cost, "county": county,
        "crumbs": crumbs((draft.name, reverse("entitlements:draft", args=[pk])),
                         (_("What it would do"), reverse("entitlements:draft_results", args=[pk])),
                         (_("The years to come"), None)),
    }
    found = context["outcome"].found
    if found is None or found.stopped:
        return render(request, template, context)
    try:
        if found.run.people > reckoning.LIVE_PEOPLE and not ahead.is_ready(draft, county):
            job = _job(request, draft, found.run.pk, found.b.hash, {"county": county}, what="draft_years")
            return render(request, template, context | {"outcome": Outcome(job=job)})
        kept = ahead.ahead(draft, county)
    except Refused as refused:
        return render(request, template, context | {"outcome": Outcome(problem=str(refused))})
    cash = [pair for pair in found.services if (pair.a and pair.a.amount) or (pair.b and pair.b.amount)]
    service = next((pair.id for pair in cash if pair.id == request.GET.get("service")), "")
    rows = ahead.rows_of(found, kept, service)
    return render(request, template, context | {
        "found": found, "kept": kept, "rows": rows, "service": service,
        "chart": json.dumps(_years_chart(rows), ensure_ascii=False),
        "services": [(pair.id, in_words(pair.service.label)) for pair in cash],
    })


def _years_chart(rows: Iterable[ahead.Row]) -> dict[str, Any]:
    """Two lines over the whole years, in ten thousand yuan."""
    whole = [row for row in rows if row.whole]
    return {
        "grid": {"left": 8, "right": 24, "top": 56, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 8},
        "xAxis": {"type": "category", "data": [str(row.year) for row in whole]},
        "yAxis": {"type": "value", "scale": True, "name": _("10,000 yuan"), "splitNumber": 4},
        "tooltip": {"trigger": "axis"},
        "series": [
            {"type": "line", "name": str(name), "data": [round(getattr(row.cost, key) / 1_000_000, 2) for row in whole]}
            for name, key in ((_("Now"), "year_a"), (_("Under the draft"), "year_b"))
        ],
    }  # fmt: skip


def touched(found: Reckoned) -> list[tuple[int, Any, dict[str, int]]]:
    """The services that a draft changes anything of, those with the largest change in money first."""
    rows = [one for one in found.by_service() if differs(one[2]) or one[1].a is None or one[1].b is None]
    return sorted(rows, key=lambda one: (-abs(one[2]["money_b"] - one[2]["money_a"]), one[0]))


def differs(row: Mapping[str, int]) -> bool:
    return any(row[name] for name in ("gained", "lost", "raised", "cut")) or any(
        row[f"{name}_a"] != row[f"{name}_b"] for name in ("due", "check", "most", "money", "most_money")
    )


@dataclass(frozen=True)
class Budget:
    """One line of the budget, in fen; people of a service without money count in ``people``."""

    name: str
    line: Line
    cash: bool
    people: tuple[int, int] = (0, 0)

    @property
    def is_total(self) -> bool:
        return self.line.service < 0


def budget_rows(found: Reckoned) -> list[Budget]:
    """The services that a draft makes dearer or cheaper, and the sum of all."""
    rows = []
    for line in found.lines:
        pair, row = found.services[line.service], found.row("", None, line.service)
        cash = bool((pair.a and pair.a.amount) or (pair.b and pair.b.amount))
        if differs(row):
            rows.append(Budget(in_words(pair.service.label), line, cash, (row["due_a"], row["due_b"])))
    names = [name for name in Line.__dataclass_fields__ if name != "service"]
    total = Line(-1, *(sum(getattr(line, name) for line in found.lines) for name in names))
    return [*rows, Budget(_("All services"), total, True)]


def cost(before: int, after: int) -> str:
    """A difference in money with its sign, in yuan."""
    return f"{'+' if after > before else '−' if after < before else ''}{yuan(abs(after - before))}"


def wide_context(request: StaffRequest, draft: Draft, year: int | None) -> dict[str, Any]:
    """What a wide draft would do by county, or the job that is at work on it."""
    on = middle_of(year) if year else None
    first = draft.effective_from.year + 1
    context: dict[str, Any] = {
        "draft": draft, "aged": year, "years": range(first, first + ahead.AHEAD_YEARS), "cost": cost, "found": None,
        "may_export": queries.may_export(request.user, draft),
    }
    try:
        pack = reckoning.usable(draft, on)
    except Refused as refused:
        return context | {"problem": str(refused)}
    if counties.waits(draft, on):
        return context | {"job": _job(request, draft, 0, pack.hash, {"year": year})}
    found = counties.by_county(draft, on)
    return context | {
        "found": found, "services": [one for one in found.services if differs(one[2])],
        "asked": urlencode({"year": year}) if year else "",
    }


def _urls(draft: Draft, year: int | None = None, county: str = "") -> dict[str, Any]:
    def people(measure: str, service: str = "", by: str = "", value: str | None = "") -> str:
        query: dict[str, str] = {"measure": measure, "service": service, "by": by, "year": str(year or ""),
                                 "county": county}
        if by:
            query["value"] = value or "-"
        address = reverse("entitlements:draft_people", args=[draft.pk])
        return f"{address}?{urlencode({k: v for k, v in query.items() if v})}"

    return {"people_url": people}


def _chart(rows: Iterable[tuple[str | None, str, Mapping[str, int]]]) -> dict[str, Any]:
    """Bars of those newly due and no longer due, the longest first."""
    shown = sorted(rows, key=lambda one: one[2]["gained"] + one[2]["lost"])[-LONGEST_BARS:]
    shown = [one for one in shown if one[2]["gained"] or one[2]["lost"] or one[2]["winners"] or one[2]["losers"]]
    series = [("winners", 1), ("losers", -1)]
    return {
        "grid": {"left": 8, "right": 56, "top": 28, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 8},
        "xAxis": {"type": "value", "minInterval": 1, "splitNumber": 4},
        "yAxis": {"type": "category", "data": [name for _value, name, _row in shown], "axisTick": {"show": False}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "series": [
            {"type": "bar", "name": str(words.MEASURES[measure]), "stack": "all", "barMaxWidth": 18,
             "data": [sign * row[measure] for _value, _name, row in shown]}
            for measure, sign in series
        ],
    }  # fmt: skip


# --- two drafts side by side -------------------------------------------------------------------------------------


@page("entitlements.compare")
def compare(request: StaffRequest) -> HttpResponse:
    """Two drafts of one county beside each other and the list in force."""
    mine = queries.visible_to(request.user).exclude(state=Draft.State.DISCARDED).order_by("-changed_at")
    chosen = [mine.filter(pk=text).first() for name in ("a", "b") if (text := request.GET.get(name, "")).isdigit()
              and len(text) < 12]
    if not chosen:  # the two worked on last, so that there is something to see
        latest = mine.first()
        chosen = [latest, latest and mine.filter(region=latest.region_id).exclude(pk=latest.pk).first()]
    one, two = [*chosen, None, None][:2]
    context: dict[str, Any] = {"drafts": list(mine[:100]), "one": one, "two": two, "cost": cost,
                               "crumbs": crumbs((_("Compare two drafts"), None))}
    if one is None or two is None:
        return render(request, "entitlements/draft_compare.html", context)
    if queries.is_wide(one) or queries.is_wide(two):
        return render(request, "entitlements/draft_compare.html", context | {
            "problem": _("Drafts of a prefecture or province are seen by county, each on its own page.")})
    if one.region_id != two.region_id:
        return render(request, "entitlements/draft_compare.html", context | {
            "problem": _("The two drafts are of different counties.")})
    sides = [outcome_of(request, one), outcome_of(request, two)]
    problem = next((side.problem or (_("One of the drafts cannot be reckoned yet; open it to see why.")
                                     if not side.ready else "") for side in sides if not side.ready), "")
    if problem:
        return render(request, "entitlements/draft_compare.html", context | {"problem": problem})
    first, second = (side.found for side in sides)
    assert first is not None and second is not None
    between = reckoning.between(
        first.run, first.b, second.b, max(first.start, second.start), limits_of(first.a)
    )
    if between.stopped:
        return render(request, "entitlements/draft_compare.html", context | {
            "problem": " ".join(words.said(p, between.a, between.b).text for p in between.problems if p.stops)})
    if request.GET.get("format") == "xlsx":
        return exports.two_workbook(request, (one, two), (first, second), between)
    return render(request, "entitlements/draft_compare.html", context | {
        "found": (first, second), "between": between, "rows": side_by_side(first, second),
        "changes": words.changes(first.b, second.b, words.differing(first.b, second.b), between.start),
        "budget": (budget_rows(first)[-1].line, budget_rows(second)[-1].line),
        "may_export": queries.may_export(request.user, one),
        "excel_url": f"{request.path}?{urlencode({'a': str(one.pk), 'b': str(two.pk), 'format': 'xlsx'})}",
    })


def side_by_side(first: Reckoned, second: Reckoned) -> list[tuple[str, dict[str, int], dict[str, int]]]:
    """Services that either draft changes anything of: name, the first's row, the second's."""
    rows = {pair.id: (pair, row) for _n, pair, row in first.by_service()}
    others = {pair.id: (pair, row) for _n, pair, row in second.by_service()}
    empty = dict.fromkeys(first.whole, 0)
    found = []
    for key in dict.fromkeys((*rows, *others)):
        pair, _row = rows.get(key) or others[key]
        one, two = rows.get(key, (pair, empty))[1], others.get(key, (pair, empty))[1]
        if differs(one) or differs(two):
            found.append((in_words(pair.service.label), one, two))
    return found


# --- who -------------------------------------------------------------------------------------------------------


@page("entitlements.compare", also=("entitlements.names",))
def people(request: StaffRequest, pk: int) -> HttpResponse:
    """The people behind one figure of a draft, as far as the reader's right to names reaches."""
    from yinian.entitlements.drafts.people_list import people_page

    draft = queries.get_draft(request.user, pk)
    county = county_of(request, draft)
    year = year_of(request, draft, county)
    shown = outcome_of(request, draft, year, county)
    if not shown.ready or shown.found is None:
        return HttpResponseRedirect(reverse("entitlements:draft_results", args=[pk]))
    measure = request.GET.get("measure", "")
    if measure and measure not in words.MEASURES:
        raise NotVisible("figure")
    return people_page(request, draft, shown.found, measure or "winners", {"year": str(year or ""), "county": county})


