"""Pages about runs: the list of runs, one run, starting one, checking what one kept."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.jobs.models import Job
from yinian.core.lists import Column, ListView, render_list
from yinian.core.regions.models import Region
from yinian.entitlements import actions, lists, packs, queries
from yinian.entitlements.forms import StartForm
from yinian.entitlements.models import Run
from yinian.entitlements.pages import overview_url
from yinian.entitlements.queries import Sums

STAGES = {
    "facts": gettext_lazy("Reading the facts"),
    "snapshot": gettext_lazy("Freezing the facts"),
    "outcome": gettext_lazy("Working out who is due what"),
    "compare": gettext_lazy("Comparing with the run before"),
    "figures": gettext_lazy("Adding up by village"),
    "store": gettext_lazy("Storing the outcome"),
    "total": gettext_lazy("In all"),
}


def _people(run: Run, name: str) -> int:
    return int(run.counts.get("people", {}).get(name, 0))


@page("entitlements.view")
def runs(request: StaffRequest) -> HttpResponse:
    """Every run of the reader's county, the latest first."""
    view = ListView(
        title=_("Runs"),
        subtitle=_("Each run reads the facts as they stand, keeps them, and says who is due what."),
        columns=[
            Column("run", _("Run"), lambda r: f"#{r.pk}", kind="link", sort="id"),
            Column("area", _("Area"), lambda r: r.region.name),
            Column("as_of", _("As-of date"), lambda r: r.as_of, kind="day"),
            Column("started", _("Started"), lambda r: r.started_at, kind="moment"),
            Column("by", _("Started by"), lambda r: r.started_by.full_name),
            Column("people", _("People"), lambda r: r.people, kind="number"),
            Column("due", _("Due anything"), lambda r: _people(r, "due"), kind="number"),
            Column("missing", _("Due and not receiving"), lambda r: _people(r, "missing"), kind="number"),
            Column("to_check", _("To be checked"), lambda r: _people(r, "to_check"), kind="number"),
            Column("newly", _("Newly due"), lambda r: _people(r, "newly") if r.previous_id else None, kind="number"),
            Column("ended", _("No longer due"), lambda r: _people(r, "ended") if r.previous_id else None,
                   kind="number"),
            Column("seconds", _("Seconds"), lambda r: r.seconds.get("total"), kind="number"),
        ],
        default_sort=("run", "desc"),
        row_url=lambda r: reverse("entitlements:run", args=[r.pk]),
        empty=_("No run yet"),
        empty_text=_("The first one starts at night, or when the bureau starts it."),
    )
    found = queries.runs_visible_to(request.user)
    crumbs = [(_("Services and dues"), overview_url("")), (_("Runs"), None)]
    return render_list(request, view, found, "entitlements/runs.html", {
        "crumbs": crumbs, "may_run": request.user.may("entitlements.run"),
    })


@page("entitlements.view")
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """One run: whom and what it read, what it found, what changed, what it kept."""
    found = queries.get_run(request.user, pk)
    services = queries.services_of([found])
    scope = request.user.scope("entitlements.view")
    whole = scope.covers(found.region_id)
    area = found.region_id if whole else min(scope.regions, key=len)
    sums = queries.figures_of(request.user, [found], area)
    latest = queries.standing_run(found.region_id)
    return render(request, "entitlements/run.html", {
        "run": found, "services": [(s, sums.get(s.id, Sums())) for s in services], "people": sums.get("", Sums()),
        "stages": [(STAGES.get(name, name), seconds) for name, seconds in found.seconds.items()],
        "is_latest": latest is not None and latest.pk == found.pk, "outcome_url": lists.outcome_url,
        "area": area, "whole": whole, "may_run": request.user.scope("entitlements.run").covers(found.region_id),
        "may_name": request.user.may("entitlements.names"),
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Runs"), reverse("entitlements:runs")),
                   (f"#{found.pk}", None)],
    })


@page("entitlements.run", methods=("POST",))
def verify(request: StaffRequest, pk: int) -> HttpResponse:
    """Hash the kept files again and repeat the run's arithmetic."""
    verdict = actions.verify_run(request.user, pk)
    if not verdict.files_whole:
        messages.error(request, verdict.problem)
    elif verdict.repeated is None:
        messages.warning(request, verdict.problem or _(
            "The kept files are whole. The policy pack has changed since, so the outcome was not worked out again."
        ))
    elif verdict.repeated:
        messages.success(
            request, _("The kept files are whole, and the outcome worked out again from them is the same.")
        )
    else:
        messages.error(request, _("The kept files are whole, but the outcome worked out again from them differs."))
    return HttpResponseRedirect(reverse("entitlements:run", args=[pk]))


def county_of(request: StaffRequest, right: str) -> Region:
    """The county to act on: the one asked for, else the first in reach."""
    asked = (request.POST.get("region") or request.GET.get("region") or "").strip()[:14]
    region = queries.region_for(request.user, asked[:queries.COUNTY_LENGTH], right)
    if len(region.pk) < queries.COUNTY_LENGTH:
        first = Region.objects.filter(pk__startswith=region.pk, level=3).order_by("pk").first()
        region = first or region
    return region


@page("entitlements.run", methods=("GET", "POST"))
def start(request: StaffRequest) -> HttpResponse:
    """Say what a run does, ask for its day, and start it."""
    region = county_of(request, "entitlements.run")
    form = StartForm(request.POST or None, initial={"region": region.pk, "as_of": timezone.localdate()})
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                job = actions.start_run(request.user, region.pk, form.cleaned_data["as_of"])
                return HttpResponseRedirect(reverse("core:job", args=[job.pk]))
            except Refused as refused:
                for name, text in (refused.fields or {"": refused.message}).items():
                    form.add_error(name if name in form.fields else None, text)
        status = 422
    problem = ""
    found: Any = None
    try:
        found = packs.in_force(region.pk)
    except Refused as refused:
        problem = str(refused)
    latest = queries.standing_run(region.pk)
    under_way = Job.objects.filter(region=region, kind="entitlements.run", state__in=["queued", "running"]).first()
    return render(request, "entitlements/start.html", {
        "region": region, "form": form, "problem": problem, "pack": found, "latest": latest, "under_way": under_way,
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Runs"), reverse("entitlements:runs")),
                   (_("Start a run"), None)],
    }, status=status)
