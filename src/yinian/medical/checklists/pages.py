"""Pages of lists of check-ups: the lists so far, uploading one, one list with its faults and what can be done."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.attachments.kinds import MEDIA
from yinian.core.attachments.pages import download
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.sheets import render as fault_words
from yinian.medical.checklists import actions, queries
from yinian.medical.checklists.forms import BackForm, UploadForm
from yinian.medical.checklists.models import CheckList
from yinian.medical.checklists.sheet import SHEET
from yinian.medical.contracts.pages import version_of
from yinian.medical.desks import crumbs

State = CheckList.State
TONES = {State.UPLOADED: "info", State.CHECKED: "warn", State.REFUSED: "bad", State.TAKEN: "ok", State.BACK: "mute"}


def state_of(one: CheckList) -> tuple[str, str]:
    """The state in words and tone; a checked list with faults says so."""
    if one.state == State.CHECKED and one.counts.get("faulty"):
        return _("Faulty rows: to be mended"), "bad"
    return str(one.get_state_display()), TONES[State(one.state)]


def _home() -> tuple[str, str | None]:
    return _("Check-ups"), reverse("medical:checkups")


@page("health.edit", methods=("GET", "POST"), also=("health.view", "medical.view"))
def checklists(request: StaffRequest) -> HttpResponse:
    """The lists so far, the newest first."""
    view = ListView(
        title=_("Lists of check-ups"),
        subtitle=_("As hospitals and the health department deliver them. A list is taken in whole or not at all."),
        columns=[
            Column("file", gettext_lazy("File"), lambda one: one.file.name),
            Column("region", gettext_lazy("Area"), lambda one: one.region.name, sort="region"),
            Column("state", gettext_lazy("State"), state_of, kind="badge", sort="state"),
            Column("rows", gettext_lazy("Rows"), lambda one: one.counts.get("rows"), kind="number"),
            Column("faulty", gettext_lazy("Faulty rows"), lambda one: one.counts.get("faulty"), kind="number"),
            Column("fresh", gettext_lazy("Check-ups to enter"), lambda one: one.counts.get("fresh"), kind="number"),
            Column("abnormal", gettext_lazy("Something to follow up"), lambda one: one.counts.get("abnormal"),
                   kind="number"),
            Column("who", gettext_lazy("Uploaded by"), lambda one: one.uploaded_by.full_name),
            Column("when", gettext_lazy("Uploaded at"), lambda one: one.uploaded_at, kind="moment", sort="uploaded_at"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v), lambda a: State.choices),
            Filter("since", gettext_lazy("Uploaded from"), lambda qs, v: qs.filter(uploaded_at__date__gte=v),
                   kind="date_from"),
        ],
        search=lambda qs, text: qs.filter(file__name__contains=text),
        search_hint=_("Name of the file"),
        default_sort=("when", "desc"),
        excel_right="health.edit",
        region_field="region__code",
        row_url=lambda one: reverse("medical:checklist", args=[one.pk]),
        empty=_("No list has been uploaded yet"),
        empty_text=_("Download the template, have the hospital fill it in, and upload it here."),
        key="medical:checklists",
    )
    acts = []
    if queries.regions_of(request.user):
        acts = [
            (_("Upload a list"), reverse("medical:checklist_new"), "upload"),
            (_("Download the template"), reverse("medical:checklist_template"), "download"),
        ]
    return render_list(request, view, queries.visible_to(request.user), "medical/list.html", {
        "acts": acts, "crumbs": crumbs(_home(), (_("Lists of check-ups"), None)),
    })


@page("health.edit", methods=("GET", "POST"), also=("health.view", "medical.view"))
def checklist_new(request: StaffRequest) -> HttpResponse:
    """Upload a list."""
    regions = queries.regions_of(request.user)
    if not regions:
        raise NotVisible("area")
    context: dict[str, Any] = {
        "title": _("Upload a list of check-ups"),
        "crumbs": crumbs(_home(), (_("Lists of check-ups"), reverse("medical:checklists")), (_("Upload a list"), None)),
    }
    if request.method != "POST":
        return render_form(request, "medical/checklist_new.html", UploadForm(regions=regions), **context)
    form = UploadForm(request.POST, request.FILES, regions=regions)
    if not form.is_valid():
        return render_form(request, "medical/checklist_new.html", form, **context)
    try:
        made = actions.upload(request.user, form.cleaned_data["file"], form.cleaned_data["region"])
    except Refused as refusal:
        return render_form(request, "medical/checklist_new.html", form, refusal=refusal, **context)
    return redirect("medical:checklist", made.pk)


@page("health.edit")
def checklist_template(request: StaffRequest) -> HttpResponse:
    """The empty workbook."""
    response = HttpResponse(actions.template(request.user), content_type=MEDIA["xlsx"])
    name = f"{SHEET.title}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@page("health.edit", also=("health.view", "medical.view"))
def checklist(request: StaffRequest, pk: int) -> HttpResponse:
    """One list: where it stands, its faults row by row, what can be done."""
    return _page(request, queries.get_list(request.user, pk))


def _page(
    request: StaffRequest, one: CheckList, form: StaffForm | None = None, refusal: Refused | None = None
) -> HttpResponse:
    running = one.job is not None and not one.job.is_over
    checked = one.state == State.CHECKED and not running
    labels = {column.key: str(column.label) for column in SHEET.columns}
    return render_form(
        request, "medical/checklist.html", form or BackForm(), refusal=refusal, one=one, state=state_of(one),
        running=running, job=one.job if one.job is not None and one.job.state != "done" else None, counts=one.counts,
        faults=[(row, labels.get(key, ""), fault_words(code, json.loads(params)))
                for row, key, code, params in one.faults] if one.state == State.CHECKED else [],
        may_check=one.state in (State.UPLOADED, State.CHECKED) and not running,
        may_take=checked and not one.counts.get("faulty") and one.counts.get("fresh"),
        may_back=one.state == State.TAKEN,
        crumbs=crumbs(_home(), (_("Lists of check-ups"), reverse("medical:checklists")), (one.file.name, None)),
    )  # fmt: skip


@page("health.edit")
def checklist_returned(request: StaffRequest, pk: int) -> HttpResponse:
    """The list as it came, its faulty cells red and the reasons beside them."""
    found = queries.get_list(request.user, pk)
    if found.returned_id is None:
        raise NotVisible("returned workbook")
    return download(request, found.returned_id)


def _act(request: StaffRequest, pk: int, do: Any) -> HttpResponse:
    try:
        do(request.user, pk, version_of(request))
    except Changed:
        raise
    except Refused as refusal:
        return _page(request, queries.get_list(request.user, pk), refusal=refusal)
    return redirect("medical:checklist", pk)


@page("health.edit", methods=("POST",), also=("health.view", "medical.view"))
def checklist_check(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.check_again)


@page("health.edit", methods=("POST",), also=("health.view", "medical.view"))
def checklist_take(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, actions.start_taking)


@page("health.edit", methods=("POST",), also=("health.view", "medical.view"))
def checklist_back(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_list(request.user, pk)
    form = BackForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        actions.take_back(request.user, pk, version_of(request), form.cleaned_data["reason"])
    except Changed:
        raise
    except Refused as refusal:
        return _page(request, found, form, refusal)
    messages.success(request, _("The list is taken back."))
    return redirect("medical:checklist", pk)
