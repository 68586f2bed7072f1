"""Pages of joint meetings."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.documents.actions import issuer_of, preview
from yinian.core.errors import Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans.common import crumbs, form_page, plan_choices, version_of
from yinian.plans.desks import ROOM
from yinian.plans.meetings import actions, queries
from yinian.plans.meetings.forms import DecisionForm, MeetingForm
from yinian.plans.meetings.models import Meeting
from yinian.plans.reports import word
from yinian.plans.tasks.models import Task
from yinian.plans.tasks.pages import handed_out
from yinian.plans.units.models import Unit


def _meetings() -> tuple[str, str]:
    return _("Joint meetings"), reverse("plans:meetings")


def _list() -> ListView:
    return ListView(
        title=_("Joint meetings"),
        columns=[
            Column("title", _("Meeting"), lambda m: m.title, sort="title"),
            Column("held_on", _("Meeting held on"), lambda m: m.held_on, kind="day", sort="held_on"),
            Column("venue", _("Place of the meeting"), lambda m: m.venue, default=False),
            Column("chair", _("Chaired by"), lambda m: m.chair),
            Column("decided", _("What was decided"), lambda m: m.decided, kind="number", sort="decided"),
            Column("state", _("Minutes"), lambda m: (m.get_state_display(), "ok" if m.paper_id else "warn"),
                   kind="badge", sort="state"),
            Column("number", _("Number"), lambda m: m.paper.number if m.paper else ""),
            Column("plan", _("Plan"), lambda m: m.document.title, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("state", _("Minutes"), lambda qs, v: qs.filter(state=v), lambda actor: Meeting.State.choices),
            Filter("since", _("From"), lambda qs, v: qs.filter(held_on__gte=v), kind="date_from"),
        ],
        search=lambda qs, text: qs.filter(title__contains=text) | qs.filter(minutes__contains=text),
        search_hint=_("Words of title or minutes"),
        default_sort=("held_on", "desc"), excel_right="plans.export", region_field="document__region__code",
        row_url=lambda m: reverse("plans:meeting", args=[m.pk]),
        empty=_("No joint meeting is on record yet"), key="plans:meetings", desk=(ROOM, "meetings"),
    )


@page("plans.area")
def meeting_list(request: StaffRequest) -> HttpResponse:
    rows = queries.visible_to(request.user).annotate(decided=Count("decisions"))
    return render_list(request, _list(), rows, "plans/meetings.html")


@page("plans.area")
def meeting(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_meeting(request.user, pk))


def show(request: StaffRequest, found: Meeting, status: int = 200, form: DecisionForm | None = None) -> HttpResponse:
    """One meeting: minutes, decisions with the tasks they act on, and while it is a draft a form for the next one."""
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.document.region_id)
    is_draft = found.state == Meeting.State.DRAFT
    return render(request, "plans/meeting.html", {
        "meeting": found, "decisions": queries.decisions_of(found), "drives": drives and is_draft,
        "form": (form or _form(found)) if drives and is_draft else None, "crumbs": crumbs(found.title, _meetings()),
    }, status=status)


def _form(found: Meeting, data: Any = None) -> DecisionForm:
    return DecisionForm(
        data, tasks=Task.objects.filter(document=found.document_id, state="running").order_by("place"),
        units=Unit.objects.filter(region=found.document.region_id, active=True).order_by("kind", "pk"),
    )


@page("plans.drive", methods=("GET", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    return _edit(request, None)


@page("plans.drive", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_meeting(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    return _edit(request, found)


def _edit(request: StaffRequest, found: Meeting | None) -> HttpResponse:
    initial: dict[str, Any] = {"held_on": timezone.localdate(), "plan": request.GET.get("plan", "")}
    if found is not None:
        initial = {name: getattr(found, name) for name in actions.FIELDS} | {"plan": found.document_id}
    plans = plan_choices(request.user)
    form = MeetingForm(request.POST or None, initial=initial, plans=plans)
    if found is not None:
        del form.fields["plan"]
    back = reverse("plans:meeting", args=[found.pk]) if found else reverse("plans:meetings")
    title, save = (_("Change the minutes") if found else _("Enter a joint meeting")), _("Save")
    more: dict[str, Any] = {"hidden": {"version": found.version} if found else {}, "middle": (_meetings(),)}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, save, **more)
    data = {name: form.cleaned_data[name] for name in actions.FIELDS}
    plan = found.document_id if found else int(form.cleaned_data["plan"])
    try:
        made = actions.save(request.user, plan, pk=found.pk if found else None, version=version_of(request), **data)
    except Refused as refusal:
        return form_page(request, form, title, back, save, refusal=refusal, **more)
    messages.success(request, _("The minutes are kept as a draft."))
    return redirect("plans:meeting", made.pk)


@page("plans.drive", methods=("POST",))
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter a decision; it is carried out at once."""
    found = queries.get_meeting(request.user, pk)
    request.user.require("plans.drive", found.document.region_id)
    form = _form(found, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.decide(
                request.user, pk, data["kind"], data["text"], task_pk=data["task"].pk if data["task"] else None,
                title=data["title"], due_on=data["due_on"], lead=data["lead"], assist=data["assist"],
            )
        except Refused as refusal:
            if found.state != Meeting.State.DRAFT:
                messages.error(request, str(refusal))
            form.refuse(refusal)
        else:
            messages.success(request, _("The decision is entered and carried out."))
            return redirect("plans:meeting", pk)
    return show(request, found, 422, form)


@page("plans.drive", methods=("POST",))
def issue(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_meeting(request.user, pk)
    try:
        done = actions.issue(request.user, pk, version_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The minutes are issued as %(number)s.") % {
            "number": done.paper.number if done.paper else ""})
    return redirect("plans:meeting", pk)


@page("plans.area")
def paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The minutes as PDF: as issued, or as a draft."""
    found = queries.get_meeting(request.user, pk)
    if found.paper is not None:
        return handed_out(request, found.paper.attachment)
    content = preview(found.document.region_id, title="联席会议纪要", template=actions.TEMPLATE,
                      data=actions.paper_data(found))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, f"{found.title}.pdf") or "attachment"
    return response


@page("plans.area")
def docx(request: StaffRequest, pk: int) -> HttpResponse:
    """The minutes as a Word document, to go on editing."""
    found = queries.get_meeting(request.user, pk)
    data = actions.paper_data(found)
    number = found.paper.number if found.paper else ""
    return word.response(word.minutes(data, issuer_of(found.document.region_id), number), f"{found.title}.docx")
