"""Pages of tasks: the list, one task, reporting, confirming, checking, moving a deadline."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.lists import render_list
from yinian.plans.common import crumbs, form_page, version_of
from yinian.plans.reports.models import LetterLine
from yinian.plans.tasks import actions, colours, lists, queries, turnwords
from yinian.plans.tasks.forms import DeadlineForm, ReasonForm, ReportForm, TaskForm
from yinian.plans.tasks.models import DeadlineChange, Task, TaskEvidence, TaskReport, Turn, TurnStep
from yinian.plans.units.models import Unit


def _tasks() -> tuple[str, str]:
    return _("Tasks"), reverse("plans:tasks")


@page("plans.view")
def task_list(request: StaffRequest) -> HttpResponse:
    """The tasks the reader sees, each standing at the turn that counts today."""
    plan = request.GET.get("plan", "")
    view = lists.task_list(int(plan) if plan.isdigit() else None, request.user.may("plans.drive"))
    rows = queries.listed(request.user)
    if not any(request.GET.get(name) for name in lists.ASKED):
        rows = rows.exclude(state=Turn.State.CHECKED)  # the work of today; what is finished when it is asked for
    return render_list(request, view, rows, "plans/tasks.html")


@page("plans.drive", methods=("POST",))
def remind(request: StaffRequest) -> HttpResponse:
    """Put the picked tasks on the desks of their units."""
    ids = [int(text) for text in request.POST.getlist("ids")[: actions.MOST_AT_ONCE] if text.isdigit()]
    if not ids:
        messages.warning(request, _("Pick tasks in the list first."))
    else:
        done = actions.remind(request.user, ids)
        messages.success(request, ngettext("%(n)d task is on the desks of its units.",
                                           "%(n)d tasks are on the desks of their units.", done) % {"n": done})
    return redirect(_back(request))


def _back(request: StaffRequest) -> str:
    """The list as it was filtered, from which something was picked."""
    address = request.POST.get("back", "")
    own = reverse("plans:tasks")
    return address if address == own or address.startswith(f"{own}?") else own


@page("plans.view")
def task(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_task(request.user, pk))


def show(request: StaffRequest, found: Task, status: int = 200, **forms: Any) -> HttpResponse:
    """One task: its words in the plan, who has a part, its turns, what may be done now, and what happened."""
    turns = list(Turn.objects.filter(task=found).order_by("-number"))
    for turn in turns:
        turn.task = found
    now = next((t for t in reversed(turns) if t.is_open), turns[0] if turns else None)
    may = queries.standing(request.user, now) if now is not None else None
    parts = queries.parts_of(found)
    reports = list(
        TaskReport.objects.filter(turn__in=turns).select_related("unit", "author", "turn")
        .prefetch_related("evidence__attachment").order_by("-pk")
    )
    current = now.pk if now is not None else None
    finished = {report.unit_id for report in reports if report.turn_id == current and report.finished}
    return render(request, "plans/task.html", {
        "task": found, "turns": turns, "now": now, "may": may, "parts": parts, "reports": reports,
        "finished": finished, "badge": colours.badge(now) if now else None, "state": lists.state_badge,
        "colour": colours.badge, "words": turnwords.words, "section": lists.section_words(found.section),
        "timeline": _timeline(found, turns, reports), "letters": _letters(request, turns),
        "children": list(queries.visible_to(request.user).filter(parent=found)),
        "reason_form": forms.get("reason_form") or ReasonForm(prefix="back"),
        "crumbs": crumbs(found.title, _tasks()), **forms,
    }, status=status)


def _letters(request: StaffRequest, turns: list[Turn]) -> list[Any]:
    from yinian.plans.reports.letters import visible_to

    pks = LetterLine.objects.filter(turn__in=turns).values("letter")
    return list(visible_to(request.user).filter(pk__in=pks).exclude(state="dropped"))


def _timeline(found: Task, turns: list[Turn], reports: list[TaskReport]) -> list[dict[str, Any]]:
    """Everything that happened to a task, the latest first."""
    entries: list[dict[str, Any]] = [
        {"at": found.created_at, "icon": "flag", "tone": "mute",
         "title": _("Entered the plan") if found.item_id else _("Made by a joint meeting")}
    ]
    several = len(turns) > 1
    for report in reports:
        entries.append({
            "at": report.at, "icon": "check" if report.finished else "edit",
            "tone": "ok" if report.finished else "info",
            "title": _("%(unit)s: all done") % {"unit": report.unit.name} if report.finished
            else _("%(unit)s: %(percent)d%%") % {"unit": report.unit.name, "percent": report.percent},
            "text": report.text, "who": report.author.full_name, "evidence": list(report.evidence.all()),
            "turn": turnwords.words(next(t for t in turns if t.pk == report.turn_id)) if several else "",
        })
    tones = {"confirm": ("check", "ok"), "check": ("clipboard-check", "ok"), "return": ("arrow-back-up", "warn"),
             "drop": ("x", "mute")}
    for step in TurnStep.objects.filter(turn__in=turns).select_related("by", "unit"):
        icon, tone = tones[step.verb]
        entries.append({"at": step.at, "icon": icon, "tone": tone, "title": step.get_verb_display(),
                        "text": step.reason, "who": step.by.full_name})
    for change in DeadlineChange.objects.filter(turn__in=turns).select_related("by"):
        entries.append({
            "at": change.at, "icon": "calendar-event", "tone": "warn", "who": change.by.full_name,
            "text": change.reason,
            "title": _("Deadline moved from %(was)s to %(becomes)s") % {
                "was": day(change.was), "becomes": day(change.becomes)},
        })
    return sorted(entries, key=lambda entry: entry["at"], reverse=True)


@page("plans.report", methods=("GET", "POST"))
def report(request: StaffRequest, pk: int) -> HttpResponse:
    """A unit says how far it is, on a phone: words, percent or done, pictures."""
    turn = queries.get_turn(request.user, pk)
    units = queries.standing(request.user, turn).reporting
    if not units:
        if request.method == "POST":
            raise NotVisible("unit")
        messages.info(
            request, _("Nothing is to be reported here now: it is done, or waits to be confirmed or checked.")
        )
        return redirect("plans:task", turn.task_id)
    form = ReportForm(request.POST or None, request.FILES or None, units=units, initial={"percent": turn.percent})
    last = TurnStep.objects.filter(turn=turn, verb=TurnStep.Verb.RETURN).select_related("by").last()
    held = TaskEvidence.objects.filter(report__turn=turn).count()
    context: dict[str, Any] = {
        "task": turn.task, "turn": turn, "badge": colours.badge(turn), "words": turnwords.words(turn),
        "returned": last if turn.state == Turn.State.RETURNED else None, "held": held,
        "missing": max(0, turn.task.evidence_count - held),
        "crumbs": crumbs(_("Report on it"), _tasks(), (turn.task.title, reverse("plans:task", args=[turn.task_id]))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "plans/report.html", form, **context)
    data = form.cleaned_data
    try:
        made = actions.report(
            request.user, pk, int(data["unit"]), data["text"], data["percent"], finished=data["finished"],
            on=data["on"], files=data["proof"],
        )
    except Refused as refusal:
        return render_form(request, "plans/report.html", form, refusal=refusal, **context)
    messages.success(request, _("Reported as done; it waits to be confirmed and checked.") if made.finished
                     else _("The report is kept."))
    return redirect("plans:task", turn.task_id)


def _step(request: StaffRequest, pk: int, act: Any, done: str) -> HttpResponse:
    turn = queries.get_turn(request.user, pk)
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("plans:task", turn.task_id)
    messages.success(request, done)
    return redirect("plans:task", turn.task_id)


@page("plans.report", methods=("POST",))
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    note = request.POST.get("note", "")
    return _step(request, pk, lambda: actions.confirm(request.user, pk, version_of(request), note),
                 _("Confirmed; the office checks it."))


@page("plans.drive", methods=("POST",))
def check(request: StaffRequest, pk: int) -> HttpResponse:
    note = request.POST.get("note", "")
    return _step(request, pk, lambda: actions.check(request.user, pk, version_of(request), note),
                 _("Checked: it is done."))


@page("plans.report", methods=("POST",))
def send_back(request: StaffRequest, pk: int) -> HttpResponse:
    turn = queries.get_turn(request.user, pk)
    form = ReasonForm(request.POST, prefix="back")
    if form.is_valid():
        try:
            actions.send_back(request.user, pk, version_of(request), form.cleaned_data["reason"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Returned; the unit puts it right."))
            return redirect("plans:task", turn.task_id)
    return show(request, queries.get_task(request.user, turn.task_id), 422, reason_form=form)


@page("plans.drive", methods=("GET", "POST"))
def deadline(request: StaffRequest, pk: int) -> HttpResponse:
    """Move a deadline, with a reason."""
    turn = queries.get_turn(request.user, pk)
    request.user.require("plans.drive", turn.task.document.region_id)
    form = DeadlineForm(request.POST or None, initial={"day": turn.due_on})
    back = reverse("plans:task", args=[turn.task_id])
    more: dict[str, Any] = {
        "subtitle": turn.task.title, "hidden": {"version": turn.version},
        "intro": _("The deadline now is %(day)s. The plan's own words stay as they are.") % {"day": day(turn.due_on)},
        "middle": (_tasks(), (turn.task.title, back)),
    }
    title = _("Move the deadline")
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, title, **more)
    try:
        actions.move_deadline(request.user, pk, version_of(request), form.cleaned_data["day"],
                              form.cleaned_data["reason"])
    except Refused as refusal:
        return form_page(request, form, title, back, title, refusal=refusal, **more)
    messages.success(request, _("The deadline is moved."))
    return redirect(back)


@page("plans.drive", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a task's short name, the proof it needs, its place and its units."""
    found = queries.get_task(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    units = Unit.objects.filter(region=found.document.region_id, active=True).order_by("kind", "pk")
    tasks = Task.objects.filter(document=found.document_id).exclude(pk=pk).exclude(state="withdrawn")
    form = TaskForm(request.POST or None, units=units, tasks=tasks,
                    initial=TaskForm.initial_of(found, queries.parts_of(found)))
    back = reverse("plans:task", args=[pk])
    more: dict[str, Any] = {"subtitle": found.document.title, "hidden": {"version": found.version},
                            "middle": (_tasks(), (found.title, back))}
    title, save = _("Change the task"), _("Save")
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, save, **more)
    data = form.cleaned_data
    try:
        actions.edit_task(
            request.user, pk, version_of(request), title=data["title"], evidence=data["evidence"],
            evidence_count=data["evidence_count"], parent=data["parent"],
            units={role: data[role] for role in ("lead", "assist", "responsible")},
        )
    except Refused as refusal:
        return form_page(request, form, title, back, save, refusal=refusal, **more)
    messages.success(request, _("The task is changed."))
    return redirect(back)


@page("plans.drive", methods=("GET", "POST"))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a task out of the plan, with a reason."""
    found = queries.get_task(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    form = ReasonForm(request.POST or None)
    back = reverse("plans:task", args=[pk])
    more: dict[str, Any] = {
        "subtitle": found.title, "hidden": {"version": found.version}, "middle": (_tasks(), (found.title, back)),
        "intro": _("It is asked for no more. What was reported stays on file."),
    }
    title = _("Take the task out of the plan")
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, _("Take it out"), **more)
    try:
        actions.withdraw(request.user, pk, version_of(request), form.cleaned_data["reason"])
    except Refused as refusal:
        return form_page(request, form, title, back, _("Take it out"), refusal=refusal, **more)
    messages.success(request, _("The task is out of the plan."))
    return redirect(back)


@page("plans.view")
def evidence(request: StaffRequest, pk: int) -> HttpResponse:
    """A file handed in as proof, for whoever sees the task."""
    found = (
        TaskEvidence.objects.filter(pk=pk, report__turn__task__in=queries.visible_to(request.user))
        .select_related("attachment").first()
    )
    if found is None:
        raise NotVisible("evidence")
    return handed_out(request, found.attachment)


def handed_out(request: StaffRequest, attachment: Any) -> HttpResponse:
    """A kept file as a download, after the room's own check of who may see it."""
    response = StreamingHttpResponse(attachments.open_for(request.user, attachment), content_type=attachment.media_type)
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(True, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


@page("plans.report")
def mine(request: StaffRequest) -> HttpResponse:
    """What the reader's own units have to do: overdue, soon, the rest; each with its one act."""
    from yinian.plans.projects.queries import reported_by_own_units, slip_badge
    from yinian.plans.reports.letters import visible_to as letters
    from yinian.plans.units.queries import spoken_for

    units = list(spoken_for(request.user).select_related("region").defer("region__outline"))
    turns = queries.due_for(request.user)
    groups = [
        (title, [t for t in turns if t.colour in kept])  # type: ignore[attr-defined]
        for title, kept in (
            (_("Overdue"), (colours.RED,)), (_("Soon, or long not heard of"), (colours.AMBER,)),
            (_("Reported, being confirmed or checked"), (colours.WAITING,)), (_("On course"), (colours.GREEN,)),
        )
    ]
    confirm_waits = [t for t in turns if t.state == Turn.State.REPORTED and t.own_part.role == "lead"]  # type: ignore[attr-defined]
    return render(request, "plans/mine.html", {
        "here": "mine", "units": units, "groups": [(title, rows) for title, rows in groups if rows],
        "to_confirm": confirm_waits, "projects": reported_by_own_units(request.user), "slip_badge": slip_badge,
        "colour": colours.badge, "words": turnwords.words,
        "letters": list(letters(request.user).filter(state="sent", unit__in=[u.pk for u in units])),
        "crumbs": crumbs(_("My unit")),
    })
