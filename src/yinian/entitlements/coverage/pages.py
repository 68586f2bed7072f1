"""Pages of coverage: how many of those due receive, where and of whom; and the list of those missed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.lists import Bulk, Filter, ListView, render_list
from yinian.core.regions.models import Level, Region
from yinian.core.sheets import TableColumn
from yinian.core.users.models import User
from yinian.entitlements import lists
from yinian.entitlements import queries as standing
from yinian.entitlements.applications.queries import open_intakes
from yinian.entitlements.coverage import actions, frames, papers, queries
from yinian.entitlements.coverage.queries import Share
from yinian.entitlements.coverage.words import TRAITS, choices, order_of, value_words
from yinian.entitlements.models import Run
from yinian.entitlements.pages import chosen_service, overview_url, trail, where, workbook
from yinian.entitlements.queries import Listed
from yinian.entitlements.snapshots import Altered
from yinian.entitlements.words import group_words


@dataclass(frozen=True)
class Chosen:
    """What a page of coverage is about: an area, and all services, one group of them, or one."""

    region: Region
    runs: Sequence[Run]
    every: Sequence[Listed]
    group: str
    service: Listed | None

    @property
    def services(self) -> list[Listed]:
        if self.service is not None:
            return [self.service]
        return [s for s in self.every if not self.group or s.group == self.group]

    @property
    def run(self) -> Run | None:
        return self.runs[0] if self.runs else None

    @property
    def words(self) -> str:
        if self.service is not None:
            return self.service.name
        return group_words(self.group) if self.group else _("All services")

    def url(self, name: str = "entitlements:coverage", **more: str) -> str:
        query = {"region": self.region.pk, "group": self.group, "service": self.service.id if self.service else ""}
        return reverse(name) + "?" + urlencode({k: v for k, v in (query | more).items() if v})


def _chosen(request: StaffRequest, right: str = "entitlements.view") -> Chosen:
    region = where(request, right)
    runs = standing.standing_runs(region.pk)
    every = standing.services_of(runs)
    group = request.GET.get("group", "")
    service = chosen_service(request, every)
    return Chosen(region, runs, every, "" if service or group not in {s.group for s in every} else group, service)


@page("entitlements.view")
def coverage(request: StaffRequest) -> HttpResponse:
    """Of those due, who receives: by service, area and group of people, and month by month."""
    asked = _chosen(request)
    actor, region, runs = request.user, asked.region, asked.runs
    if request.GET.get("format") == "xlsx" and runs:
        return _workbook(request, asked)
    context: dict[str, Any] = {
        "asked": asked, "region": region, "run": asked.run, "path": trail(request, region, "entitlements:coverage"),
        "groups": [(name, group_words(name)) for name in dict.fromkeys(s.group for s in asked.every)],
        "may_name": actor.may("entitlements.names"), "may_export": actor.may("entitlements.export"),
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("Coverage"), None)],
    }
    if not runs:
        return render(request, "entitlements/coverage.html", context)
    wanted = [service.id for service in asked.services]
    by_service = queries.by_service(actor, runs, region.pk)
    earlier = queries.before(actor, runs, region.pk)
    whole = sum((by_service.get(name, Share()) for name in wanted), Share())
    areas = list(standing.below(region))
    by_area = queries.by_area(actor, runs, region, wanted) if areas else {}
    bars = sorted(
        ((area, by_area.get(area.pk, Share())) for area in areas),
        key=lambda pair: (pair[1].rate is None, pair[1].rate or 0, pair[0].pk),
    )
    problem, by_group = "", {}
    try:
        by_group = queries.by_group(actor, runs, region.pk, asked.services)
    except Altered as altered:
        problem = str(altered)
    months = queries.trend(actor, region.pk, wanted)
    people = sum(row["missed"] for row in by_group.get("relief", {}).values())
    return render(request, "entitlements/coverage.html", context | {
        "whole": whole, "people_missed": people, "problem": problem, "bars": bars,
        "rows": [(s, by_service.get(s.id, Share()), _change(by_service.get(s.id), earlier.get(s.id)))
                 for s in asked.services if s.id in by_service],
        "traits": [(label, trait, _group_rows(trait, by_group[trait])) for trait, label in TRAITS.items()
                   if trait in by_group],
        "area_url": lambda code: asked.url(region=code), "chart": _bars(bars), "map": _map(asked, bars),
        "trend": [(run.as_of, share) for run, share in months], "trend_chart": _line(months),
    })


def _change(now: Share | None, before: Share | None) -> float | None:
    """Percentage points since the month before."""
    if now is None or before is None or now.rate is None or before.rate is None:
        return None
    return round(now.rate - before.rate, 1)


def _group_rows(trait: str, counted: dict[str, dict[str, int]]) -> list[tuple[str, str, Share, int]]:
    return [
        (value, value_words(trait, value), Share(counted[value]["due"], counted[value]["receiving"]),
         counted[value]["missed"])
        for value in order_of(trait) if value in counted
    ]


def _bars(bars: Sequence[tuple[Region, Share]]) -> dict[str, Any]:
    shown = [(area.name, share.rate) for area, share in bars if share.rate is not None][::-1]
    return {
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 100, "splitNumber": 4, "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {"type": "category", "data": [name for name, _rate in shown], "axisTick": {"show": False},
                  "axisLabel": {"interval": 0}},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "series": [{"type": "bar", "name": _("Coverage"), "data": [rate for _name, rate in shown], "barMaxWidth": 18,
                    "label": {"show": True, "position": "right", "formatter": "{c}%"}}],
    }


def _line(months: Sequence[tuple[Run, Share]]) -> dict[str, Any] | None:
    known = [(run, share.rate) for run, share in months if share.rate is not None]
    if len(known) < 2:
        return None
    return {
        "grid": {"left": 8, "right": 24, "top": 24, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{run.as_of:%Y-%m}" for run, _rate in known]},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "tooltip": {"trigger": "axis"},
        "series": [{"type": "line", "name": _("Coverage"), "data": [rate for _run, rate in known], "symbolSize": 8,
                    "label": {"show": True, "position": "top", "formatter": "{c}%"}}],
    }


def _map(asked: Chosen, bars: Sequence[tuple[Region, Share]]) -> dict[str, Any] | None:
    features = [
        {"name": area.name, "value": int(share.rate), "geometry": area.outline, "url": asked.url(region=area.pk)}
        for area, share in bars if area.outline and share.rate is not None
    ]
    return {"label": _("Coverage"), "unit": "%", "features": features} if len(features) > 1 else None


def _workbook(request: StaffRequest, asked: Chosen) -> Any:
    actor, region = request.user, asked.region
    actor.require("entitlements.export", region.pk)
    wanted = [service.id for service in asked.services]
    order = {name: place for place, name in enumerate(wanted)}
    names = {area.pk: area.name for area in standing.below(region).defer("outline")}
    labels = {service.id: (service.name, group_words(service.group)) for service in asked.services}
    rows = [(region.pk, region.name, name, share)
            for name, share in queries.by_service(actor, asked.runs, region.pk).items() if name in order]
    if region.level < Level.VILLAGE:
        rows += [(code, names.get(code, code), name, share)
                 for code, name, share in queries.matrix(actor, asked.runs, region, wanted)]
    rows.sort(key=lambda row: (len(row[0]), row[0], order[row[2]]))
    columns = [
        TableColumn("area", _("Area"), width=18), TableColumn("code", _("Division code"), width=16),
        TableColumn("group", _("Group"), width=14), TableColumn("service", _("Service"), width=30),
        TableColumn("due", _("Those due"), "integer"), TableColumn("receiving", _("Receiving"), "integer"),
        TableColumn("missing", _("Missed"), "integer"), TableColumn("rate", _("Coverage"), "percent"),
    ]
    table = (
        {"area": area, "code": code, "group": labels[name][1], "service": labels[name][0], "due": share.due,
         "receiving": share.receiving, "missing": share.missing,
         "rate": None if share.rate is None else share.rate / 100}
        for code, area, name, share in rows
    )
    title = _("Coverage of %(area)s") % {"area": region.name}
    return workbook(request, region.pk, title, columns, table, asked.runs, "coverage")


@page("entitlements.view", methods=("POST",), also=("entitlements.export",))
def paper(request: StaffRequest) -> HttpResponse:
    """Issue the coverage of an area as a numbered paper, and open it."""
    asked = _chosen(request)
    if asked.run is None:
        raise NotVisible("run")
    actor, region = request.user, asked.region
    by_service = queries.by_service(actor, asked.runs, region.pk)
    by_area = queries.by_area(actor, asked.runs, region, [service.id for service in asked.services])
    areas = [(area.name, by_area[area.pk]) for area in standing.below(region).defer("outline") if area.pk in by_area]
    made = papers.issue_paper(
        actor, region, asked.run, asked.words,
        [(service.name, by_service[service.id]) for service in asked.services if service.id in by_service], areas,
    )
    return HttpResponseRedirect(reverse("core:attachment", args=[made.attachment_id]))


# --- those missed ----------------------------------------------------------------------------------------------


def _as_is(people: Any, value: Any) -> Any:
    """These filters are already in the queryset."""
    return people


def _choices_of(trait: str) -> Callable[[User], list[tuple[str, str]]]:
    return lambda actor: choices(trait)


@page("entitlements.names")
def missed(request: StaffRequest) -> HttpResponse:
    """Who is due and does not receive; pick some and send their villages."""
    asked = _chosen(request, "entitlements.names")
    wanted = {trait: value for trait in frames.TRAITS
              if (value := request.GET.get(trait, "")) in order_of(trait)}
    people = queries.missed_people(request.user, asked.runs, asked.region.pk, asked.services, wanted)
    base = lists.outcome_list(request.user, asked.runs, asked.services, asked.service, "missing")
    view: ListView = replace(
        base,
        title=_("Missed: %(what)s") % {"what": asked.words},
        subtitle=_("Due and not receiving, as of %(day)s") % {"day": day(asked.run.as_of)} if asked.run else "",
        filters=[
            Filter("region", gettext_lazy("Area"), _as_is, kind="region"),
            Filter("service", gettext_lazy("Service"), _as_is, lambda a: [(s.id, s.name) for s in asked.every]),
            Filter("group", gettext_lazy("Group of services"), _as_is,
                   lambda a: [(g, group_words(g)) for g in dict.fromkeys(s.group for s in asked.every)]),
            *(Filter(trait, label, _as_is, _choices_of(trait)) for trait, label in TRAITS.items()),
        ],
        bulk=_acts(request.user, asked),
        empty=_("Nobody is missed here"),
        empty_text=_("By the last run everybody of this kind who is due receives."),
        key="entitlements.coverage_missed",
    )
    shown = people.select_related("region__parent__parent").defer(
        "region__outline", "region__parent__outline", "region__parent__parent__outline", "address", "id_number", "phone"
    )
    crumbs = [(_("Services and dues"), overview_url(asked.region.pk)), (_("Coverage"), asked.url()),
              (_("Those missed"), None)]
    return render_list(request, view, shown, extra={"crumbs": crumbs, "run": asked.run})


def _acts(actor: User, asked: Chosen) -> list[Bulk]:
    """Inviting stands there only where something on the list can be applied for."""
    acts = []
    if actor.may("inbox.act"):
        acts.append(Bulk(gettext_lazy("Send the village to visit"), asked.url("entitlements:coverage_visit"),
                         "primary"))
    shown = {service.id for service in asked.services}
    if actor.scope("entitlements.invite").covers(asked.region.pk) and any(
        intake.service_id in shown for intake in open_intakes(asked.region.pk)
    ):
        acts.append(Bulk(gettext_lazy("Invite to apply"), asked.url("entitlements:coverage_invite")))
    return acts


def _ids(request: StaffRequest) -> list[int]:
    return [int(value) for value in request.POST.getlist("ids") if value.isdigit() and len(value) < 19]


@page("entitlements.names", methods=("POST",), also=("entitlements.invite",))
def invite(request: StaffRequest) -> HttpResponse:
    """Invite the picked people to apply for what they miss; the list goes to their villages' desks."""
    asked = _chosen(request, "entitlements.names")
    try:
        done = actions.invite_missed(request.user, asked.runs, asked.region.pk, asked.services, _ids(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = []
        if done.fresh:
            said.append(ngettext(
                "%(count)s new invitation is with its village.", "%(count)s new invitations are with their villages.",
                done.fresh,
            ) % {"count": done.fresh})
        if done.already:
            said.append(_("Invited or applying already: %(count)s.") % {"count": done.already})
        if done.resting:
            said.append(_("Granted meanwhile, or decided on lately: %(count)s.") % {"count": done.resting})
        (messages.success if done.fresh else messages.info)(request, " ".join(said))
    return HttpResponseRedirect(asked.url("entitlements:coverage_missed"))


@page("entitlements.names", methods=("POST",), also=("inbox.act",))
def visit(request: StaffRequest) -> HttpResponse:
    """Put a visit on the desks of the picked people's villages."""
    asked = _chosen(request, "entitlements.names")
    try:
        fresh = actions.send_villages(request.user, asked.runs, asked.region.pk, asked.services, _ids(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        if fresh:
            messages.success(request, ngettext(
                "%(count)s visit is on its village's desk.", "%(count)s visits are on their villages' desks.", fresh
            ) % {"count": fresh})
        else:
            messages.info(request, _("These visits were on their villages' desks already."))
    return HttpResponseRedirect(asked.url("entitlements:coverage_missed"))
