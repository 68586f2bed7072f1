"""Pages about what a draft would do: the strip of figures, the whole outcome, who is behind one, two drafts."""

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
from yinian.engines.entitlement.sanity import limits_of
from yinian.engines.entitlement.whatif import DIMENSIONS, Line, months_left
from yinian.entitlements.drafts import exports, queries, reckoning, words
from yinian.entitlements.drafts.jobs import RECKON
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


def outcome_of(request: StaffRequest, draft: Draft) -> Outcome:
    """Reckon a draft now, or by a job where the county is too large to wait for."""
    try:
        run, base, pack = reckoning.standing_run(draft.region_id), queries.base_of(draft).pack, reckoning.usable(draft)
        if run.people > reckoning.LIVE_PEOPLE and not reckoning.is_ready(run, base, pack, draft.effective_from):
            return Outcome(job=_job(request, draft, run.pk, pack.hash))
        found = reckoning.between(run, base, pack, draft.effective_from, limits_of(base))
    except Refused as refused:
        return Outcome(problem=str(refused))
    return Outcome(
        found, said=tuple(words.said(problem, found.a, found.b) for problem in found.problems),
        worded=tuple(words.stale_labels(found.b, found.a, draft.effective_from)),
    )


def _job(request: StaffRequest, draft: Draft, run: int, pack_hash: str) -> Job:
    return jobs.enqueue(
        request.user, RECKON, {"draft": draft.pk}, region=draft.region_id, key=f"{RECKON}:{draft.pk}:{run}:{pack_hash}",
        url=reverse("entitlements:draft_results", args=[draft.pk]),
    )


@page("entitlements.compare", methods=("GET", "POST"))
def outcome(request: StaffRequest, pk: int) -> HttpResponse:
    """The strip of figures that follows each change of a draft."""
    draft = queries.get_draft(request.user, pk)
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(reverse("entitlements:draft_results", args=[pk]))
    return render(request, "entitlements/draft_outcome.html", {
        "draft": draft, "outcome": outcome_of(request, draft), **_urls(draft),
        "may_name": request.user.scope("entitlements.names").covers(draft.region_id), "cost": cost,
    })


@page("entitlements.compare")
def results(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything a draft would do: by service, by town, by age and group, the budget, what is doubtful."""
    draft = queries.get_draft(request.user, pk)
    shown = outcome_of(request, draft)
    context: dict[str, Any] = {
        "draft": draft, "outcome": shown, "crumbs": crumbs((draft.name, reverse("entitlements:draft", args=[pk])),
                                                           (_("What it would do"), None)),
        "may_export": request.user.scope("entitlements.export").covers(draft.region_id),
        "may_name": request.user.scope("entitlements.names").covers(draft.region_id), "cost": cost, **_urls(draft),
    }
    found = shown.found
    if found is None or found.stopped:
        return render(request, "entitlements/draft_results.html", context)
    if request.GET.get("format") in ("xlsx", "pdf"):
        make = exports.workbook if request.GET["format"] == "xlsx" else exports.paper
        return make(request, draft, found, [one.text for one in (*shown.said, *shown.worded)])
    by = request.GET.get("by", "")
    by = by if by in DIMENSIONS else "town"
    asked = request.GET.get("service", "")
    place = next((n for n, pair in enumerate(found.services) if pair.id == asked), None)
    towns = words.town_names(draft.region_id)
    rows = [(value, words.group_words(by, value, towns), row) for value, row in found.rows(by, place)]
    rows = [one for one in rows if any(one[2].values())]
    return render(request, "entitlements/draft_results.html", context | {
        "found": found, "whole": found.whole, "by": by, "dimensions": words.DIMENSIONS, "place": place,
        "services": [(n, pair, in_words(pair.service.label)) for n, pair in enumerate(found.services)],
        "by_service": touched(found), "rows": rows, "chart": _chart(rows),
        "service": asked if place is not None else "",
        "budget": budget_rows(found), "months": months_left(found.start), "year": found.start.year,
    })


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


def _urls(draft: Draft) -> dict[str, Any]:
    def people(measure: str, service: str = "", by: str = "", value: str | None = "") -> str:
        query: dict[str, str] = {"measure": measure, "service": service, "by": by}
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
        "may_export": request.user.scope("entitlements.export").covers(one.region_id),
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
    shown = outcome_of(request, draft)
    if not shown.ready or shown.found is None:
        return HttpResponseRedirect(reverse("entitlements:draft_results", args=[pk]))
    measure = request.GET.get("measure", "")
    if measure and measure not in words.MEASURES:
        raise NotVisible("figure")
    return people_page(request, draft, shown.found, measure or "winners")


