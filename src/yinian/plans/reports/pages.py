"""Pages of supervision letters, dispatch reports and calendar feeds."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from yinian.core.access import StaffRequest, open_page, page
from yinian.core.documents.actions import issuer_of, preview
from yinian.core.errors import Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans import rules
from yinian.plans.common import crumbs, form_page, plan_choices, version_of
from yinian.plans.desks import ROOM
from yinian.plans.reports import dispatches, feeds, letters, word
from yinian.plans.reports.forms import DispatchForm, LetterForm, MonthForm, ReplyForm
from yinian.plans.reports.models import Dispatch, Letter
from yinian.plans.tasks.forms import ReasonForm
from yinian.plans.tasks.pages import handed_out
from yinian.plans.units.queries import spoken_for

LETTER_TONES = {"draft": "warn", "sent": "info", "answered": "ok", "dropped": "mute"}
MONTHS_BACK = 12


def _letters() -> tuple[str, str]:
    return _("Supervision letters"), reverse("plans:letters")


def _letter_list() -> ListView:
    return ListView(
        title=_("Supervision letters"),
        subtitle=_("Drafted for tasks that are long overdue; read and sent by the office, answered by the unit."),
        columns=[
            Column("unit", _("To"), lambda x: x.unit.name, sort="unit__name"),
            Column("number", _("Number"), lambda x: x.paper.number if x.paper else ""),
            Column("state", _("State"), lambda x: (x.get_state_display(), LETTER_TONES[x.state]), kind="badge",
                   sort="state"),
            Column("drafted", _("Drafted on"), lambda x: x.drafted_at, kind="day", sort="drafted_at"),
            Column("sent", _("Sent on"), lambda x: x.sent_at, kind="day", sort="sent_at"),
            Column("reply_by", _("To be answered by"), lambda x: x.reply_by, kind="day", sort="reply_by"),
            Column("answered", _("Answered on"), lambda x: x.answered_at, kind="day", sort="answered_at"),
            Column("plan", _("Plan"), lambda x: x.document.title, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Letter.State.choices),
            Filter("late", _("Answer overdue"), lambda qs, v: qs.filter(
                state="sent", reply_by__lt=timezone.localdate()), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(unit__name__contains=text),
        search_hint=_("Name of a unit"), default_sort=("pk", "desc"), excel_right="plans.export",
        region_field="document__region__code", row_url=lambda x: reverse("plans:letter", args=[x.pk]),
        empty=_("No supervision letter was needed yet"), key="plans:letters", desk=(ROOM, "letters"),
    )


@page("plans.view")
def letter_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _letter_list(), letters.visible_to(request.user), "plans/letters.html")


@page("plans.view")
def letter(request: StaffRequest, pk: int) -> HttpResponse:
    return _show_letter(request, letters.get_letter(request.user, pk))


def _show_letter(request: StaffRequest, found: Letter, status: int = 200, **forms: Any) -> HttpResponse:
    """One letter: what is overdue, what the office adds; the unit's answer."""
    region = found.document.region_id
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(region)
    answers = found.state == Letter.State.SENT and request.user.may("plans.report") and (
        drives or spoken_for(request.user).filter(pk=found.unit_id).exists())
    due = found.reply_by or timezone.localdate() + dt.timedelta(days=rules.rules_for(region).reply.value)
    return render(request, "plans/letter.html", {
        "letter": found, "lines": letters.lines_of(found), "drives": drives and found.state == Letter.State.DRAFT,
        "answers": answers, "badge": (found.get_state_display(), LETTER_TONES[found.state]),
        "form": forms.get("form") or LetterForm(initial={"words": found.words, "reply_by": due}),
        "reply_form": forms.get("reply_form") or ReplyForm(),
        "drop_form": forms.get("drop_form") or ReasonForm(prefix="drop"),
        "crumbs": crumbs(found.unit.name, _letters()),
    }, status=status)


@page("plans.drive", methods=("POST",))
def letter_send(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the words of a draft, or send it."""
    found = letters.get_letter(request.user, pk)
    form = LetterForm(request.POST)
    if form.is_valid():
        act = letters.send if "send" in request.POST else letters.edit
        try:
            done = act(request.user, pk, version_of(request), form.cleaned_data["words"], form.cleaned_data["reply_by"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Sent as %(number)s.") % {"number": done.paper.number} if done.paper
                             else _("The draft is kept."))
            return redirect("plans:letter", pk)
    return _show_letter(request, found, 422, form=form)


@page("plans.report", methods=("POST",))
def letter_answer(request: StaffRequest, pk: int) -> HttpResponse:
    found = letters.get_letter(request.user, pk)
    form = ReplyForm(request.POST)
    if form.is_valid():
        try:
            letters.answer(request.user, pk, version_of(request), form.cleaned_data["reply"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The answer is given."))
            return redirect("plans:letter", pk)
    return _show_letter(request, found, 422, reply_form=form)


@page("plans.drive", methods=("POST",))
def letter_drop(request: StaffRequest, pk: int) -> HttpResponse:
    found = letters.get_letter(request.user, pk)
    form = ReasonForm(request.POST, prefix="drop")
    if form.is_valid():
        try:
            letters.drop(request.user, pk, version_of(request), form.cleaned_data["reason"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The draft is dropped."))
            return redirect("plans:letter", pk)
    return _show_letter(request, found, 422, drop_form=form)


@page("plans.view")
def letter_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The letter as PDF: as sent, or as a draft."""
    found = letters.get_letter(request.user, pk)
    if found.paper is not None:
        return handed_out(request, found.paper.attachment)
    return _pdf(preview(found.document.region_id, title="督办函", template=letters.TEMPLATE,
                        data=letters.paper_data(found)), f"督办函（{found.unit.name}）.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


# --- dispatch reports ---------------------------------------------------------------------------------------------


def _dispatches() -> tuple[str, str]:
    return _("Dispatch reports"), reverse("plans:dispatches")


def _dispatch_list() -> ListView:
    return ListView(
        title=_("Dispatch reports"),
        columns=[
            Column("month", _("Month"), lambda d: f"{d.month:%Y-%m}", sort="month"),
            Column("plan", _("Plan"), lambda d: d.document.title, sort="document__title"),
            Column("state", _("State"), lambda d: (d.get_state_display(), "ok" if d.paper_id else "warn"), kind="badge",
                   sort="state"),
            Column("number", _("Number"), lambda d: d.paper.number if d.paper else ""),
            Column("issued", _("Date of issue"), lambda d: d.issued_at, kind="day", sort="issued_at"),
            Column("by", _("Drafted by"), lambda d: d.drafted_by.full_name, default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(document=int(v)), plan_choices),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Dispatch.State.choices),
        ],
        search=lambda qs, text: qs.filter(document__title__contains=text),
        search_hint=_("Words of the plan's title"), default_sort=("month", "desc"), excel_right="plans.export",
        region_field="document__region__code", row_url=lambda d: reverse("plans:dispatch", args=[d.pk]),
        empty=_("No dispatch report was written yet"), key="plans:dispatches", desk=(ROOM, "dispatches"),
    )


@page("plans.area")
def dispatch_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _dispatch_list(), dispatches.visible_to(request.user), "plans/dispatches.html")


@page("plans.drive", methods=("GET", "POST"))
def dispatch_new(request: StaffRequest) -> HttpResponse:
    """Draft the report of a month."""
    today = timezone.localdate()
    indexes = [today.year * 12 + today.month - 1 - n for n in range(MONTHS_BACK)]
    months = [(f"{n // 12}-{n % 12 + 1:02d}", f"{n // 12}-{n % 12 + 1:02d}") for n in indexes]
    form = MonthForm(request.POST or None, plans=plan_choices(request.user), months=months)
    title, back = _("Draft a dispatch report"), reverse("plans:dispatches")
    more: dict[str, Any] = {
        "middle": (_dispatches(),), "intro": _("The numbers come from the tasks; the words can be changed."),
    }
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, title, **more)
    try:
        made = dispatches.draft(request.user, int(form.cleaned_data["plan"]),
                                dt.date.fromisoformat(form.cleaned_data["month"] + "-01"))
    except Refused as refusal:
        return form_page(request, form, title, back, title, refusal=refusal, **more)
    messages.success(request, _("The report is drafted."))
    return redirect("plans:dispatch", made.pk)


@page("plans.area", methods=("GET", "POST"), post="plans.drive")
def dispatch(request: StaffRequest, pk: int) -> HttpResponse:
    """One report: its words to change while it is a draft, its numbers computed."""
    found = dispatches.get_dispatch(request.user, pk)
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.document.region_id)
    form = DispatchForm(request.POST or None, initial={
        "opening": found.opening, "problems": found.problems, "next_steps": found.next_steps})
    if request.method == "POST" and form.is_valid():
        try:
            dispatches.edit(request.user, pk, version_of(request), **form.cleaned_data)
            if "issue" in request.POST:
                dispatches.issue(request.user, pk, version_of(request) + 1)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            issued = "issue" in request.POST
            messages.success(request, _("The report is issued.") if issued else _("The draft is kept."))
            return redirect("plans:dispatch", pk)
    return render(request, "plans/dispatch.html", {
        "dispatch": found, "figures": dispatches.numbers(found),
        "drives": drives and found.state == Dispatch.State.DRAFT,
        "form": form, "crumbs": crumbs(f"{found.month:%Y-%m}", _dispatches()),
        "day": lambda text: dt.date.fromisoformat(text) if text else None,
    }, status=422 if form.is_bound and form.errors else 200)


@page("plans.area")
def dispatch_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The report as PDF: as issued, or as a draft."""
    found = dispatches.get_dispatch(request.user, pk)
    if found.paper is not None:
        return handed_out(request, found.paper.attachment)
    data = dispatches.paper_data(found)
    return _pdf(preview(found.document.region_id, title=data["title"], template=dispatches.TEMPLATE, data=data),
                f"{data['title']}.pdf")


@page("plans.area")
def dispatch_docx(request: StaffRequest, pk: int) -> HttpResponse:
    """The report as a Word document, to go on editing."""
    found = dispatches.get_dispatch(request.user, pk)
    data = dispatches.paper_data(found)
    number = found.paper.number if found.paper else ""
    return word.response(word.dispatch(data, issuer_of(found.document.region_id), number), f"{data['title']}.docx")


# --- feeds --------------------------------------------------------------------------------------------------------


@page("plans.view", methods=("GET", "POST"))
def feed(request: StaffRequest) -> HttpResponse:
    """One's own calendar feed: make its secret address, shown once, or take it back."""
    address = ""
    if request.method == "POST":
        if "revoke" in request.POST:
            feeds.revoke(request.user)
            messages.success(request, _("The address is taken back; calendars get nothing more from it."))
            return redirect("plans:feed")
        address = request.build_absolute_uri(reverse("plans:feed_file", args=[feeds.make(request.user)]))
    return render(request, "plans/feed.html", {
        "feed": feeds.standing(request.user), "address": address, "crumbs": crumbs(_("In my own calendar")),
    })


@open_page
@require_http_methods(["GET", "HEAD"])
def feed_file(request: HttpRequest, token: str) -> HttpResponse:
    """The feed behind a secret address. An address that opens nothing answers as if it had never been."""
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404
    with translation.override(owner.language or "zh-hans"):
        content = feeds.calendar_of(owner, request.build_absolute_uri("/").rstrip("/"))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = 'inline; filename="plans.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response
