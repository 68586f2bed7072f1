"""Pages of projects: the list with its sums, one project with its progress."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import thumbnail
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans.common import adopted, crumbs, form_page, plan_choices, version_of
from yinian.plans.desks import ROOM
from yinian.plans.documents.showing import doubt_words
from yinian.plans.projects import actions, queries
from yinian.plans.projects.forms import ProgressForm, ProjectForm
from yinian.plans.projects.models import Project, ProjectPhoto
from yinian.plans.tasks.forms import ReasonForm
from yinian.plans.tasks.lists import section_words
from yinian.plans.tasks.pages import handed_out
from yinian.plans.units import queries as unit_queries

TONES = {"planned": "mute", "running": "info", "done": "ok", "stopped": "bad"}


def _projects() -> tuple[str, str]:
    return _("Projects"), reverse("plans:projects")


def _above(request: StaffRequest) -> tuple[str, str]:
    """Where a project hangs for this reader: the list of all, or the page of one's own unit."""
    return _projects() if request.user.may("plans.area") else (_("My unit"), reverse("plans:mine"))


def _state(project: Project) -> tuple[str, str]:
    return str(project.get_state_display()), TONES[project.state]


def _years(project: Project) -> str:
    return "–".join(str(year) for year in dict.fromkeys((project.start_year, project.end_year)) if year)


def _list() -> ListView:
    return ListView(
        title=_("Projects of plans"),
        columns=[
            Column("name", _("Project"), lambda p: p.name, sort="name"),
            Column("state", _("State"), _state, kind="badge", sort="state"),
            Column("percent", _("Percent done"), lambda p: p.percent, kind="number", sort="percent"),
            Column("slip", _("Against its plan"), queries.slip_badge, kind="badge"),
            Column("years", _("Years"), _years, sort="start_year"),
            Column("total", _("Total (yuan)"), lambda p: p.total_fen, kind="yuan", sort="total_fen"),
            Column("planned", _("Planned for the period (yuan)"), lambda p: p.planned_fen, kind="yuan",
                   sort="planned_fen", default=False),
            Column("spent", _("Spent (yuan)"), lambda p: p.spent_fen, kind="yuan", sort="spent_fen"),
            Column("owner", _("Built by"), lambda p: p.owner, sort="owner"),
            Column("unit", _("Reporting unit"), lambda p: p.unit.name if p.unit else None, sort="unit__name"),
            Column("nature", _("Nature"), lambda p: p.nature, sort="nature"),
            Column("group", _("Group"), lambda p: p.group, sort="group", default=False),
            Column("reported", _("Last report"), lambda p: p.reported_on, kind="day", sort="reported_on",
                   default=False),
            Column("number", _("Number in the document"), lambda p: p.number, default=False),
            Column("content", _("Content"), lambda p: p.content, default=False),
            Column("plan", _("Plan"), lambda p: p.document.title, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Project.State.choices),
            Filter("nature", _("Nature"), lambda qs, v: qs.filter(nature=v), lambda actor: [
                (n, n) for n in queries.visible_to(actor).exclude(nature="").order_by("nature")
                .values_list("nature", flat=True).distinct()]),
            Filter("ends", _("Ends by year"), lambda qs, v: qs.filter(end_year__lte=int(v)), lambda actor: [
                (y, y) for y in queries.visible_to(actor).exclude(end_year=None).order_by("end_year")
                .values_list("end_year", flat=True).distinct()]),
            Filter("unknown", _("Without a total"), lambda qs, v: qs.filter(total_fen__isnull=True), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(name__contains=text) | qs.filter(owner__contains=text)
        | qs.filter(content__contains=text),
        search_hint=_("Name, builder or content"),
        default_sort=("place", "asc"),
        excel_right="plans.export",
        region_field="document__region__code",
        row_url=lambda p: reverse("plans:project", args=[p.pk]),
        per_row=queries.attach_slips,
        empty=_("No project is being followed here yet"),
        key="plans:projects",
        desk=(ROOM, "projects"),
    )


@page("plans.area")
def project_list(request: StaffRequest) -> HttpResponse:
    """Projects, what they come to, and where the document's own sums are not those of its rows."""
    rows = queries.visible_to(request.user)
    asked = request.GET.get("plan", "")
    plans = [plan for plan in adopted(request.user) if not asked or str(plan.pk) == asked]
    shown = rows.filter(document__in=[plan.pk for plan in plans])
    doubts = [(plan, doubt_words(doubt), doubt["start"]) for plan in plans for doubt in queries.doubts(plan)]
    return render_list(request, _list(), rows, "plans/projects.html", {
        "sums": queries.sums(shown), "doubts": doubts,
    })


@page("plans.view")
def project(request: StaffRequest, pk: int) -> HttpResponse:
    """One project: its plan, its funds, how far it is, with pictures."""
    found = queries.get_project(request.user, pk)
    years = list(found.years.all())
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.document.region_id)
    progress = queries.progress_of(found)
    return render(request, "plans/project.html", {
        "project": found, "years": years, "funds": list(found.funds.all()), "badge": _state(found),
        "slip": queries.slip(found, years, queries.lag_of(found.document.region_id)), "progress": progress,
        "years_words": _years(found), "drives": drives, "section": section_words(found.section),
        "reports": queries.may_report(request.user, found),
        "crumbs": crumbs(found.name, _above(request)),
    })


@page("plans.drive", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_project(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    units = unit_queries.visible_to(request.user, "plans.drive").filter(active=True)
    form = ProjectForm(request.POST or None, project=found, units=units)
    back, title, save = reverse("plans:project", args=[pk]), _("Change the project"), _("Save")
    more: dict[str, Any] = {"hidden": {"version": found.version}, "middle": (_projects(), (found.name, back))}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, save, **more)
    try:
        actions.edit(request.user, pk, version_of(request), **form.given)
    except Refused as refusal:
        return form_page(request, form, title, back, save, refusal=refusal, **more)
    messages.success(request, _("The project is changed."))
    return redirect(back)


@page("plans.report", methods=("GET", "POST"))
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter how far a project is, with pictures: the office, and who speaks for the project's unit."""
    found = queries.get_project(request.user, pk)
    if not queries.may_report(request.user, found):
        request.user.require("plans.drive", found.document.region_id)
    form = ProgressForm(request.POST or None, request.FILES or None, initial={
        "on": timezone.localdate(), "percent": found.percent, "spent": found.spent_fen})
    back, title = reverse("plans:project", args=[pk]), pgettext("project", "Report on the project")
    more: dict[str, Any] = {
        "hidden": {"version": found.version}, "subtitle": found.name, "title": title, "back": back,
        "save": _("Keep the report"), "crumbs": crumbs(title, _above(request), (found.name, back)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "plans/form.html", form, **more)
    data = form.cleaned_data
    try:
        actions.report(request.user, pk, version_of(request), on=data["on"], percent=data["percent"],
                       spent_fen=data["spent"], text=data["text"], photos=data["photos"])
    except Refused as refusal:
        return render_form(request, "plans/form.html", form, refusal=refusal, **more)
    messages.success(request, _("The report is kept."))
    return redirect(back)


@page("plans.drive", methods=("GET", "POST"))
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    """Stop a project, or take a stopped one up again, with a reason."""
    found = queries.get_project(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    again = found.state == Project.State.STOPPED
    form = ReasonForm(request.POST or None)
    back = reverse("plans:project", args=[pk])
    title = _("Take the project up again") if again else _("Stop the project")
    more: dict[str, Any] = {"hidden": {"version": found.version}, "subtitle": found.name,
                            "middle": (_projects(), (found.name, back))}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, title, **more)
    try:
        actions.stop(request.user, pk, version_of(request), form.cleaned_data["reason"], again=again)
    except Refused as refusal:
        return form_page(request, form, title, back, title, refusal=refusal, **more)
    messages.success(request, _("The project is taken up again.") if again else _("The project is stopped."))
    return redirect(back)


@page("plans.view")
def photo(request: StaffRequest, pk: int) -> HttpResponse:
    """A picture of a project as it was taken."""
    return handed_out(request, _photo(request, pk).attachment)


@page("plans.view")
def photo_small(request: StaffRequest, pk: int) -> HttpResponse:
    """The picture small, for the project's page."""
    attachment = _photo(request, pk).attachment
    content = thumbnail(b"".join(attachments.open_for(request.user, attachment)))
    response = HttpResponse(content, content_type="image/jpeg")
    # A picture never changes under its number; the reader's own browser may keep it for the day.
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _photo(request: StaffRequest, pk: int) -> ProjectPhoto:
    found = (
        ProjectPhoto.objects.filter(pk=pk, progress__project__in=queries.visible_to(request.user))
        .select_related("attachment").first()
    )
    if found is None:
        raise NotVisible("photo")
    return found
