"""Pages of cycles: a month's overview, opening, one cycle with its towns, its steps."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.jinja import label
from yinian.core.jinja import month as month_words
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Level
from yinian.entitlements import grounds, packs
from yinian.entitlements.adjustments.queries import carried_by
from yinian.entitlements.cycles import actions, approval, opening, queries
from yinian.entitlements.cycles.forms import CancelForm, OpenForm, SendBackForm
from yinian.entitlements.cycles.hands import may_act
from yinian.entitlements.cycles.models import Unit
from yinian.entitlements.cycles.queries import COUNTY_LENGTH, Tally
from yinian.entitlements.models import Cycle, CycleStep, TownReview
from yinian.entitlements.pages import overview_url, where
from yinian.entitlements.papers import issue_notices, notices_left
from yinian.entitlements.run_pages import county_of
from yinian.entitlements.workkinds import in_words

TONES = {"open": "info", "town_reviewed": "warn", "checked": "warn", "approved": "ok", "cancelled": "mute"}


def cycles_url(region: str = "", month: dt.date | None = None) -> str:
    query = {"region": region, "month": f"{month:%Y-%m}" if month else ""}
    return reverse("entitlements:cycles") + "?" + urlencode({k: v for k, v in query.items() if v})


def lines_url(cycle: int, region: str = "", **more: str) -> str:
    query = {"region": region, **more}
    return reverse("entitlements:cycle_lines", args=[cycle]) + "?" + urlencode({k: v for k, v in query.items() if v})


@dataclass(frozen=True)
class Row:
    """One cycle of the month as the overview shows it: counted in the reader's area."""

    cycle: Cycle
    name: str
    tally: Tally
    towns: int
    done: int
    own: TownReview | None  # the reader's own town
    tone: str
    next: str

    @property
    def url(self) -> str:
        return reverse("entitlements:cycle", args=[self.cycle.pk])


def _month_asked(request: StaffRequest, months: list[dt.date]) -> dt.date:
    text = request.GET.get("month", "")
    try:
        return dt.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return months[0] if months else timezone.localdate().replace(day=1)


@page("entitlements.view")
def cycles(request: StaffRequest) -> HttpResponse:
    """A month's cycles in an area: how far each is, and who acts next."""
    region = where(request)
    months = queries.months_of(request.user, region.pk) if len(region.pk) >= COUNTY_LENGTH else []
    month = _month_asked(request, months)
    found = list(
        queries.visible_to(request.user).filter(month=month, region__code__startswith=region.pk[:COUNTY_LENGTH])
        .order_by("region_id", "pk")
    )
    live = [cycle for cycle in found if cycle.state != Cycle.State.CANCELLED]
    tallies = queries.tally_of_cycles(request.user, live, region.pk)
    reviews = list(TownReview.objects.filter(cycle__in=live))
    rows = [_row(request, cycle, tallies.get(cycle.pk, Tally()), reviews, region.pk) for cycle in live]
    shown = sorted({month, *months}, reverse=True)[:13]
    opens = request.user.scope("entitlements.cycle").covers(region.pk[:COUNTY_LENGTH])
    return render(request, "entitlements/cycles.html", {
        "region": region, "month": month, "rows": rows, "cancelled": [c for c in found if c not in live],
        "months": [(m, cycles_url(region.pk, m), m == month) for m in shown], "lines_url": lines_url,
        "whole": {"lines": sum(r.tally.lines for r in rows), "differences": sum(r.tally.differences for r in rows),
                  "fen": sum(r.tally.fen for r in rows), "paid_fen": sum(r.tally.paid_fen for r in rows),
                  "waiting": sum(r.tally.waiting for r in rows), "held": sum(r.tally.held for r in rows)},
        "may_open": opens, "may_name": request.user.may("entitlements.names"),
        "under_way": _under_way(region.pk, opening.OPEN),
        "town_level": region.level >= Level.TOWN,
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("Monthly review"), None)],
    })


def _row(request: StaffRequest, cycle: Cycle, tally: Tally, reviews: list[TownReview], area: str) -> Row:
    mine = [review for review in reviews if review.cycle_id == cycle.pk]
    scope = request.user.scope("entitlements.review")
    own = next((r for r in mine if scope.covers(r.region_id) and (area.startswith(r.region_id) or len(mine) == 1
                or (r.region_id.startswith(area) and len(area) > COUNTY_LENGTH))), None)
    done = sum(1 for review in mine if review.done_at is not None)
    return Row(cycle, label(cycle.label), tally, len(mine), done, own, TONES[cycle.state], next_words(cycle))


def next_words(cycle: Cycle) -> str:
    """Who acts next."""
    return {
        Cycle.State.OPEN: _("the towns review"), Cycle.State.TOWN_REVIEWED: _("the county checks"),
        Cycle.State.CHECKED: _("the county approves"),
    }.get(Cycle.State(cycle.state), "")


def _under_way(region: str, kind: str) -> Job | None:
    return Job.objects.filter(region=region[:COUNTY_LENGTH], kind=kind, state__in=["queued", "running"]).first()


@page("entitlements.cycle", methods=("GET", "POST"))
def cycle_open(request: StaffRequest) -> HttpResponse:
    """Choose month and services, and open them in one act."""
    region = county_of(request, "entitlements.cycle")
    month = _month_asked(request, [])
    problem, plan, services = "", opening.Plan(), {}
    try:
        pack = packs.in_force(region.pk, month).pack
        every = [one.service.id for one in pack.services_on(month) if one.service.apply == "automatic"
                 or (one.service.amount is not None and one.service.period in Unit.values)]
        services = {one.service.id: in_words(one.service.label) for one in pack.services_on(month)}
        plan = opening.plan_of(pack, region.pk, month, every)
        usual = {one.service.id for one in opening.plan_of(pack, region.pk, month).services}
    except Refused as refused:
        problem, usual = str(refused), set()
    choices = [(one.service.id, services[one.service.id]) for one in plan.services]
    form = OpenForm(request.POST or None, choices=choices,
                    initial={"month": month, "services": [name for name, _label in choices if name in usual]})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.open_cycles(request.user, region.pk, form.cleaned_data["month"],
                                      form.cleaned_data["services"])
            return HttpResponseRedirect(reverse("core:job", args=[job.pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/cycle_open.html", form, refusal=refusal, region=region, month=month, problem=problem,
        skipped=[(services.get(name, name), reason) for name, reason in plan.skipped.items()],
        under_way=_under_way(region.pk, opening.OPEN),
        crumbs=[(_("Services and dues"), overview_url(region.pk)),
                (_("Monthly review"), cycles_url(region.pk, month)), (_("Open a month"), None)],
    )


STAGES = (("open", "open"), ("town", "town_reviewed"), ("check", "checked"), ("approve", "approved"))


def stage_bar(cycle: Cycle) -> list[tuple[str, str]]:
    """(words, state) of each stage: done, now or to come."""
    names = {"open": _("Opened"), "town": _("Town review"), "check": _("County check"), "approve": _("Approval")}
    order = [state for _stage, state in STAGES]
    if cycle.state == Cycle.State.CANCELLED:
        return []
    reached = order.index(cycle.state)
    return [
        (names[stage], "done" if place <= reached else "now" if place == reached + 1 else "later")
        for place, (stage, _state) in enumerate(STAGES)
    ]


@page("entitlements.view")
def cycle(request: StaffRequest, pk: int) -> HttpResponse:
    """One cycle: its stage, its towns, what it comes to, what it rests on, who did what."""
    user = request.user
    found = queries.get_cycle(user, pk)
    scope = user.scope("entitlements.view")
    area = found.region_id if scope.covers(found.region_id) else min(scope.regions, key=len)
    tallies = queries.tallies(user, found, area, Level.TOWN)
    scope_review = user.scope("entitlements.review")
    towns = [
        {"review": review, "tally": tallies.get(review.region_id, Tally()),
         "url": lines_url(found.pk, review.region_id) if user.may("entitlements.names") else None,
         "mine": scope_review.covers(review.region_id) and review.done_at is None and found.state == "open"}
        for review in queries.towns_of(user, found)
    ]
    county = found.region_id
    checks = user.scope("entitlements.check").covers(county)
    approves = user.scope("entitlements.approve").covers(county)
    steps = found.steps.select_related("actor", "region").defer("region__outline")
    return render(request, "entitlements/cycle.html", {
        "cycle": found, "name": label(found.label), "tally": tallies[""], "towns": towns, "bar": stage_bar(found),
        "tone": TONES[found.state], "next": next_words(found), "basis": grounds.cited(found.source),
        "whole": scope.covers(county), "may_name": user.may("entitlements.names"), "lines_url": lines_url, "area": area,
        "check": checks and found.state == "town_reviewed",
        "check_free": may_act(user, found, CycleStep.Stage.CHECK),
        "approve": approves and found.state == "checked",
        "approve_free": may_act(user, found, CycleStep.Stage.APPROVE),
        "send_back": found.state in ("town_reviewed", "checked") and checks,
        "cancel": not found.is_over and user.scope("entitlements.cycle").covers(county),
        "under_way": Job.objects.filter(key=f"{approval.APPROVE}:{found.pk}", state__in=["queued", "running"]).first(),
        "corrections_fen": carried_by(found),
        "notices_left": notices_left(found) if found.state == Cycle.State.APPROVED else 0,
        "may_issue": approves,
        "events": [_event(step) for step in steps], "month_url": cycles_url(area, found.month),
        "crumbs": [(_("Services and dues"), overview_url(area)),
                   (_("Monthly review"), cycles_url(area, found.month)), (label(found.label), None)],
    })


def _event(step: CycleStep) -> dict[str, Any]:
    verbs = {
        "open": _("Opened"), "review": _("Lines reviewed"), "finish": _("Town review finished"),
        "check": _("Checked by the county"), "approve": _("Approved"), "send_back": _("Sent back to the town"),
        "cancel": _("Cancelled"),
    }
    icons = {"open": "calendar-event", "send_back": "arrow-back-up", "cancel": "ban"}
    title = verbs.get(step.verb, step.verb)
    if step.region is not None:
        title = f"{step.region.name} · {title}"
    return {"at": step.at, "title": title, "who": step.actor.full_name, "text": step.reason,
            "tone": {"send_back": "warn", "cancel": "bad"}.get(step.verb, "ok"),
            "icon": icons.get(step.verb, "check"), "url": ""}


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else -1


@page("entitlements.review", methods=("POST",))
def cycle_finish(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """A town finishes its review."""
    review = actions.finish_town(request.user, pk, code, _version(request),
                                 accept_rest=request.POST.get("rest") == "1")
    messages.success(request, _("The review of %(town)s is finished.") % {"town": review.region.name})
    return HttpResponseRedirect(cycles_url(code, review.cycle.month))


@page("entitlements.check", methods=("POST",))
def cycle_check(request: StaffRequest, pk: int) -> HttpResponse:
    actions.check(request.user, pk, _version(request))
    messages.success(request, _("Checked. Somebody else approves it now."))
    return HttpResponseRedirect(reverse("entitlements:cycle", args=[pk]))


@page("entitlements.approve", methods=("POST",))
def cycle_approve(request: StaffRequest, pk: int) -> HttpResponse:
    job = approval.approve(request.user, pk, _version(request))
    return HttpResponseRedirect(reverse("core:job", args=[job.pk]))


@page("entitlements.approve", methods=("POST",))
def cycle_notices(request: StaffRequest, pk: int) -> HttpResponse:
    """Issue the notices of an approved cycle, as a job."""
    job = issue_notices(request.user, pk)
    return HttpResponseRedirect(reverse("core:job", args=[job.pk]))


@page("entitlements.check", methods=("GET", "POST"))
def cycle_send_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose which towns look at it again, and say why."""
    found = queries.get_cycle(request.user, pk)
    request.user.require("entitlements.check", found.region_id)
    towns = list(queries.towns_of(request.user, found))
    form = SendBackForm(request.POST or None, towns=[(r.region_id, r.region.name) for r in towns])
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.send_back(request.user, pk, _version(request), form.cleaned_data["towns"],
                              form.cleaned_data["reason"])
            messages.success(request, _("Sent back. The towns have it on their desk."))
            return HttpResponseRedirect(reverse("entitlements:cycle", args=[pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/cycle_form.html", form, refusal=refusal, cycle=found,
        title=_("Send %(service)s of %(month)s back") % {
            "service": label(found.label), "month": month_words(found.month)},
        text=_("The chosen towns review their lines again; what they decided stays until they change it."),
        verb=_("Send back"), kind="primary", crumbs=_crumbs(found, _("Send back")),
    )


@page("entitlements.cycle", methods=("GET", "POST"))
def cycle_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    """Say why the cycle is cancelled."""
    found = queries.get_cycle(request.user, pk)
    request.user.require("entitlements.cycle", found.region_id)
    form = CancelForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel(request.user, pk, _version(request), form.cleaned_data["reason"])
            messages.success(request, _("The cycle is cancelled."))
            return HttpResponseRedirect(cycles_url(found.region_id, found.month))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/cycle_form.html", form, refusal=refusal, cycle=found,
        title=_("Cancel %(service)s of %(month)s") % {"service": label(found.label), "month": month_words(found.month)},
        text=_("Nothing is determined and nothing is paid by a cancelled cycle; what the towns reviewed is kept for "
               "the record only."),
        verb=_("Cancel the cycle"), kind="danger", crumbs=_crumbs(found, _("Cancel the cycle")),
    )


def _crumbs(found: Cycle, last: str) -> list[tuple[str, str | None]]:
    return [(_("Services and dues"), overview_url(found.region_id)),
            (_("Monthly review"), cycles_url(found.region_id, found.month)),
            (label(found.label), reverse("entitlements:cycle", args=[found.pk])), (last, None)]

