"""Pages of targets and standards."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans import measures
from yinian.plans.common import crumbs, form_page, plan_choices, version_of
from yinian.plans.desks import ROOM
from yinian.plans.targets import actions, queries
from yinian.plans.targets.forms import LinkForm, TargetForm, ValueForm
from yinian.plans.targets.models import Target, TargetYear
from yinian.plans.tasks.lists import section_words


def _targets() -> tuple[str, str]:
    return _("Targets"), reverse("plans:targets")


def _list() -> ListView:
    return ListView(
        title=_("Targets of plans"),
        columns=[
            Column("title", _("Target"), lambda t: t.title, sort="title"),
            Column("wanted", _("To be reached"), queries.wanted),
            Column("per", _("Counted for"), lambda t: t.per, default=False),
            Column("due", _("Deadline"), lambda t: t.due_on, kind="day", sort="due_on"),
            Column("latest", _("Last reported"), lambda t: None if t.latest is None
                   else f"{queries.plain(t.latest)}{t.unit}", sort="latest"),
            Column("latest_on", _("As of"), lambda t: t.latest_on, kind="day", sort="latest_on"),
            Column("verdict", _("Verdict"), queries.verdict_of, kind="badge"),
            Column("binding", _("Kind of target"), lambda t: t.get_binding_display(), sort="binding"),
            Column("measured", _("Measured by"), lambda t: t.indicator or _("by hand"), default=False),
            Column("section", _("Heading"), lambda t: section_words(t.section), default=False),
            Column("plan", _("Plan"), lambda t: t.document.title, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("binding", _("Kind of target"), lambda qs, v: qs.filter(binding=v),
                   lambda actor: Target.Binding.choices),
            Filter("until", _("Due until"), lambda qs, v: qs.filter(due_on__lte=v), kind="date_to"),
            Filter("unreported", _("Without a value"), lambda qs, v: qs.filter(latest__isnull=True), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(title__contains=text),
        search_hint=_("Words of the target"),
        default_sort=("place", "asc"),
        excel_right="plans.export",
        region_field="document__region__code",
        row_url=lambda t: reverse("plans:target", args=[t.pk]),
        empty=_("No target is being followed here yet"),
        key="plans:targets",
        desk=(ROOM, "targets"),
    )


@page("plans.area")
def target_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _list(), queries.listed(request.user), "plans/targets.html")


@page("plans.area")
def target(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_target(request.user, pk))


def show(request: StaffRequest, found: Target, status: int = 200, form: ValueForm | None = None) -> HttpResponse:
    """One target: what is to be reached, what it stands at, year by year, and where each value is from."""
    reached = queries.reached(request.user, found)
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.document.region_id)
    return render(request, "plans/target.html", {
        "target": found, "wanted": queries.wanted(found), "reached": reached, "plain": queries.plain,
        "values": list(reversed(queries.values_of(found))), "years": list(TargetYear.objects.filter(target=found)),
        "drives": drives, "form": form or ValueForm(initial={"as_of": timezone.localdate()}),
        "section": section_words(found.section), "chart": _chart(found, reached),
        "crumbs": crumbs(found.title, _targets()),
    }, status=status)


def _chart(found: Target, reached: queries.Reached) -> dict[str, Any] | None:
    """What was reached by day, with the target as a line; None with fewer than two values."""
    if len(reached.trend) < 2:
        return None
    days = [day.isoformat() for day, _value in reached.trend]
    return {
        "grid": {"left": 56, "right": 24, "top": 24, "bottom": 32}, "xAxis": {"type": "category", "data": days},
        "yAxis": {"type": "value", "name": found.unit},
        "series": [{"type": "line", "data": [value for _day, value in reached.trend], "name": found.title,
                    "markLine": {"symbol": "none", "data": [{"yAxis": float(found.value)}]}}],
    }


@page("plans.drive", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_target(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    indicators = measures.choices(found.document.region_id)
    if found.indicator and found.indicator not in dict(indicators):
        indicators = [*indicators, (found.indicator, found.indicator)]
    form = TargetForm(request.POST or None, indicators=indicators, initial={
        "title": found.title, "binding": found.binding, "baseline": found.baseline, "baseline_on": found.baseline_on,
        "indicator": found.indicator,
        "years": {y.year: queries.plain(y.value) for y in TargetYear.objects.filter(target=found)},
    })
    back, title, save = reverse("plans:target", args=[pk]), _("Change the target"), _("Save")
    more: dict[str, Any] = {"hidden": {"version": found.version}, "subtitle": queries.wanted(found),
                            "middle": (_targets(), (found.title, back))}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, save, **more)
    try:
        actions.edit_target(request.user, pk, version_of(request), **form.cleaned_data)
    except Refused as refusal:
        return form_page(request, form, title, back, save, refusal=refusal, **more)
    messages.success(request, _("The target is changed."))
    return redirect(back)


@page("plans.drive", methods=("POST",))
def value(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_target(request.user, pk)
    form = ValueForm(request.POST)
    if form.is_valid():
        try:
            actions.report_value(request.user, pk, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The value is entered."))
            return redirect("plans:target", pk)
    return show(request, found, 422, form)


def _standards() -> tuple[str, str]:
    return _("Standards"), reverse("plans:standards")


def _attach(rows: Any) -> None:
    for row in rows:
        row.beside = queries.beside(row)


def _agrees(row: Any) -> tuple[str, str]:
    if not row.link_kind:
        return _("not linked"), "mute"
    if row.beside is None:
        return _("the pack has it no more"), "warn"
    if row.beside.agrees is None:
        return _("compare by eye"), "info"
    return (_("the same"), "ok") if row.beside.agrees else (_("differs"), "bad")


def _standard_list() -> ListView:
    return ListView(
        title=_("Standards of plans"),
        subtitle=_("What a plan says is paid or kept to, beside the figure that the policy pack has in force."),
        columns=[
            Column("title", _("Standard"), lambda s: s.title, sort="title"),
            Column("said", _("In the plan"), queries.said),
            Column("per", _("Counted for"), lambda s: s.per),
            Column("pack", _("In the policy pack"), lambda s: f"{s.beside.figure} ({s.beside.name})"
                   if s.beside else ""),
            Column("agrees", _("Against the pack"), _agrees, kind="badge"),
            Column("plan", _("Plan"), lambda s: s.document.title, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("money", _("Sums of money"), lambda qs, v: qs.filter(is_money=True), kind="bool"),
            Filter("unlinked", _("Not linked yet"), lambda qs, v: qs.filter(link_kind=""), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(title__contains=text),
        search_hint=_("Words of the standard"),
        default_sort=("place", "asc"), excel_right="plans.export", region_field="document__region__code",
        row_url=lambda s: reverse("plans:standard", args=[s.pk]), per_row=_attach,
        empty=_("No standard was taken from a plan yet"), key="plans:standards", desk=(ROOM, "targets"),
    )


@page("plans.area")
def standard_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _standard_list(), queries.standards(request.user), "plans/targets.html")


@page("plans.area", methods=("GET", "POST"), post="plans.drive")
def standard(request: StaffRequest, pk: int) -> HttpResponse:
    """One standard: the plan's words and figure beside the pack's; the link can be changed."""
    found = queries.get_standard(request.user, pk)
    form = LinkForm(request.POST or None, choices=queries.pack_choices(found.document.region_id), initial={
        "link": f"{found.link_kind}:{found.link_id}" if found.link_kind else ""})
    if request.method == "POST" and form.is_valid():
        try:
            actions.link_standard(request.user, pk, version_of(request), form.cleaned_data["link"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            linked = bool(form.cleaned_data["link"])
            messages.success(request, _("The standard is linked.") if linked else _("The link is gone."))
            return redirect("plans:standard", pk)
    found.beside = queries.beside(found)  # type: ignore[attr-defined]
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.document.region_id)
    return render(request, "plans/standard.html", {
        "standard": found, "said": queries.said(found), "beside": found.beside, "agrees": _agrees(found),  # type: ignore[attr-defined]
        "drives": drives, "form": form, "confidence": queries.CONFIDENCE, "section": section_words(found.section),
        "crumbs": crumbs(found.title, _targets(), _standards()),
    }, status=422 if form.is_bound and form.errors else 200)
