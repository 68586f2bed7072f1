"""Pages of departmental lists: the lists so far, an upload, one list, its doubtful rows."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.attachments.kinds import MEDIA
from yinian.core.attachments.pages import download
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.identity import mask_id, mask_phone
from yinian.core.jinja import day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.people.duplicates.queries import agreement_words
from yinian.people.imports import actions, forms, queries
from yinian.people.imports.lists import LIST_CHOICES, LISTS
from yinian.people.imports.models import ImportBatch, ImportRow
from yinian.people.imports.view import batch_view, good_rows, state_of
from yinian.people.kinds import DEPARTMENTS

ROWS_ON_A_PAGE = 20
_FIELDS = {
    "name": gettext_lazy("Name"),
    "sex": gettext_lazy("Sex"),
    "birth_date": gettext_lazy("Birth date"),
    "id_number": gettext_lazy("ID number"),
    "village": gettext_lazy("Village (community)"),
    "address": gettext_lazy("Address"),
    "phone": gettext_lazy("Phone"),
}
_AGREED = {"same": "ok", "different": "bad", "unknown": "mute"}
_MATCH_TONES = {"exact": "bad", "probable": "warn", "possible": "info"}
_MATCH_WORDS = {
    "exact": gettext_lazy("Same ID number, but another name"),
    "probable": gettext_lazy("Probably the same person"),
    "possible": gettext_lazy("Possibly the same person"),
}


def _list_title(batch: ImportBatch) -> str:
    return str(LISTS[batch.list_kind].title) if batch.list_kind in LISTS else batch.list_kind


def _by_area(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    return rows.filter(region__code__startswith=code)


@page("people.import")
def imports(request: StaffRequest) -> HttpResponse:
    """The lists so far, the newest first."""
    view = ListView(
        title=_("Departmental lists"),
        subtitle=_("Download the template, have it filled, upload it: you see what would change before anything does."),
        columns=[
            Column("list", _("List"), _list_title, kind="link", sort="list_kind"),
            Column("department", _("Source department"), lambda b: str(DEPARTMENTS[b.department]), sort="department"),
            Column("region", _("Area"), lambda b: b.region.name),
            Column("as_of", _("The list is of"), lambda b: b.as_of, kind="day", sort="as_of"),
            Column("state", _("State"), state_of, kind="badge", sort="state"),
            Column("rows", _("Rows"), lambda b: b.counts.get("rows"), kind="number"),
            Column("good", _("Sound"), lambda b: good_rows(b.counts) if "rows" in b.counts else None, kind="number"),
            Column("faulty", _("With faults"), lambda b: b.counts.get("faulty"), kind="number"),
            Column("waiting", _("To be decided"), lambda b: b.counts.get("waiting"), kind="number"),
            Column("who", _("Uploaded by"), lambda b: b.uploaded_by.full_name),
            Column("when", _("Uploaded at"), lambda b: b.uploaded_at, kind="moment", sort="uploaded_at"),
        ],
        filters=[
            Filter("region", _("Area"), _by_area, kind="region"),
            Filter("list", _("List"), lambda q, v: q.filter(list_kind=v), lambda actor: LIST_CHOICES),
            Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: ImportBatch.State.choices),
            Filter("since", _("Uploaded since"), lambda q, v: q.filter(uploaded_at__date__gte=v), kind="date_from"),
        ],
        default_sort=("pk", "desc"),
        row_url=lambda b: reverse("people:import_batch", args=[b.pk]),
        empty=_("No list has been uploaded yet"),
        empty_text=_("Choose a list, download its template and have the department fill it in."),
    )
    kinds = [(code, spec.title) for code, spec in LISTS.items()]
    return render_list(
        request, view, queries.visible_to(request.user), template="people/imports/list.html", extra={"kinds": kinds}
    )


@page("people.import", methods=("GET", "POST"))
def import_new(request: StaffRequest) -> HttpResponse:
    """Upload a list."""
    regions = queries.regions_of(request.user)
    if request.method == "POST":
        form = forms.UploadForm(request.POST, request.FILES, regions=regions)
        if form.is_valid():
            said = form.cleaned_data
            try:
                batch = actions.upload(
                    request.user, said["list_kind"], said["file"], said["as_of"], said["region"], said["complete"]
                )
            except Refused as refusal:
                return _upload_page(request, form, refusal)
            return redirect("people:import_batch", pk=batch.pk)
    else:
        chosen = request.GET.get("list", "")
        given = {"as_of": timezone.localdate()} | ({"list_kind": chosen} if chosen in LISTS else {})
        form = forms.UploadForm(regions=regions, initial=given)
    return _upload_page(request, form)


def _upload_page(request: StaffRequest, form: forms.UploadForm, refusal: Refused | None = None) -> HttpResponse:
    lists = [
        {
            "code": spec.code,
            "title": str(spec.title),
            "note": str(spec.note),
            "complete": spec.can_be_complete,
            "department": str(DEPARTMENTS[spec.department]),
            "url": reverse("people:import_template", args=[spec.code]),
            "columns": [str(c.label) for c in spec.sheet.columns if c.required],
        }
        for spec in LISTS.values()
    ]
    return render_form(request, "people/imports/new.html", form, refusal=refusal, lists=lists)


@page("people.import")
def import_template(request: StaffRequest, list_kind: str) -> HttpResponse:
    """The empty workbook of a list."""
    spec, content = actions.template_of(request.user, list_kind)
    response = HttpResponse(content, content_type=MEDIA["xlsx"])
    name = f"{DEPARTMENTS[spec.department]}-{spec.title}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@page("people.import")
def import_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """One list: where it stands, what it would change or has changed, and what can be done now."""
    return _batch_page(request, queries.get_batch(request.user, pk))


def _batch_page(
    request: StaffRequest, batch: ImportBatch, form: forms.UndoForm | None = None, refusal: Refused | None = None
) -> HttpResponse:
    view = batch_view(batch)
    standing = actions.blockers(request.user, batch) if view.can_undo else None
    return render_form(
        request,
        "people/imports/batch.html",
        form or forms.UndoForm(),
        refusal=refusal,
        batch=batch,
        view=view,
        department=str(DEPARTMENTS[batch.department]),
        standing=standing,
        running=batch.job is not None and not batch.job.is_over,
        job=batch.job if batch.job is not None and batch.job.state != "done" else None,
    )


@page("people.import", methods=("POST",))
def import_check(request: StaffRequest, pk: int) -> HttpResponse:
    actions.check_again(request.user, pk)
    return redirect("people:import_batch", pk=pk)


@page("people.import", methods=("POST",))
def import_commit(request: StaffRequest, pk: int) -> HttpResponse:
    """Load. Whatever stands against it is said on the list's page."""
    queries.get_batch(request.user, pk)
    actions.start_commit(request.user, pk, _version(request))
    return redirect("people:import_batch", pk=pk)


@page("people.import", methods=("POST",))
def import_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a loaded list back."""
    batch = queries.get_batch(request.user, pk)
    form = forms.UndoForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    if not reason:
        return _batch_page(request, batch, form)
    try:
        actions.start_undo(request.user, pk, reason, _version(request))
    except Refused as refusal:
        return _batch_page(request, batch, form, refusal)
    return redirect("people:import_batch", pk=pk)


def _version(request: StaffRequest) -> int | None:
    said = request.POST.get("version", "")
    return int(said) if said.isdigit() and len(said) < 10 else None


@page("people.import")
def import_returned(request: StaffRequest, pk: int) -> HttpResponse:
    """The workbook with the faulty cells red."""
    batch = queries.get_batch(request.user, pk)
    if batch.returned_id is None:
        raise NotVisible("returned workbook")
    return download(request, batch.returned_id)


# --- doubtful rows ---------------------------------------------------------------------------------------------


def _line(field: str, value: str | None) -> str:
    if not value:
        return "–"
    if field == "id_number":
        return mask_id(value)
    if field == "phone":
        return mask_phone(value)
    if field == "address":
        return value[:4] + "…" if len(value) > 4 else value
    if field == "sex":
        return {"male": _("Male"), "female": _("Female")}.get(value, value)
    if field == "birth_date":
        return day(dt.date.fromisoformat(value))
    return value


def _person_value(person: Any, field: str) -> str | None:
    if field == "village":
        town = person.region.parent.name if person.region.parent and person.region.level == 5 else ""
        return town + person.region.name
    if field == "birth_date":
        return person.birth_date.isoformat() if person.birth_date else None
    return getattr(person, field)


def _agreement(level: str) -> tuple[str, str]:
    return agreement_words(level), _AGREED.get(level, "warn")


def _card(compared: queries.Compared) -> dict[str, Any]:
    row = compared.row
    own = {**compared.facts, "village": compared.village}
    options = []
    for number, candidate in enumerate(compared.candidates, 1):
        lines = [
            {
                "label": label,
                "own": _line(field, own.get(field)),
                "other": _line(field, _person_value(candidate.person, field)),
                "agree": _agreement(candidate.agree.get(field, "unknown")),
            }
            for field, label in _FIELDS.items()
        ]
        options.append(
            {
                "number": number,
                "person": candidate.person,
                "lines": lines,
                "chosen": row.decision == "same" and row.person_id == candidate.person.pk,
            }
        )
    return {
        "row": row,
        "options": options,
        "match": _MATCH_WORDS.get(row.match, row.get_match_display()),
        "tone": _MATCH_TONES.get(row.match, "info"),
        "may_be_new": row.match != ImportRow.Match.EXACT,
        "name": compared.facts.get("name", ""),
        "open": row.batch.state == ImportBatch.State.CHECKED,
    }


def _rows_of(batch: ImportBatch, which: str) -> QuerySet[ImportRow]:
    rows = batch.rows.select_related("batch", "decided_by").order_by("row_no")
    if which == "waiting":
        return rows.filter(decision="waiting")
    return rows.exclude(decision="waiting") if which == "decided" else rows


@page("people.import")
def import_rows(request: StaffRequest, pk: int) -> HttpResponse:
    """The queue of doubtful rows, each beside whom it may be."""
    batch = queries.get_batch(request.user, pk)
    waiting = batch.rows.filter(decision="waiting").count()
    decided = batch.rows.exclude(decision="waiting").count()
    which = request.GET.get("show", "waiting" if waiting else "decided")
    number = request.GET.get("page", "1")
    pages = Paginator(_rows_of(batch, which), ROWS_ON_A_PAGE)
    shown = pages.get_page(number if number.isdigit() and len(number) < 7 else 1)
    cards = [_card(one) for one in queries.compared(request.user, list(shown))]
    return render(
        request,
        "people/imports/rows.html",
        {
            "batch": batch,
            "title": _list_title(batch),
            "cards": cards,
            "shown": shown,
            "which": which,
            "waiting": waiting,
            "decided": decided,
        },
    )


@page("people.import", methods=("POST",))
def import_row(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide one row: ``decision`` and, for the same person, ``person``. Answers with the row's card for htmx."""
    row = queries.get_row(request.user, pk)
    person = request.POST.get("person", "")
    problem = ""
    try:
        actions.decide(
            request.user,
            pk,
            request.POST.get("decision", ""),
            int(person) if person.isdigit() and len(person) < 19 else None,
        )
    except Refused as refusal:
        problem = str(refusal)
    if not request.headers.get("HX-Request"):
        if problem:
            messages.error(request, problem)
        return HttpResponseRedirect(reverse("people:import_rows", args=[row.batch_id]))
    fresh = queries.get_row(request.user, pk)
    card = _card(queries.compared(request.user, [fresh])[0])
    waiting = fresh.batch.rows.filter(decision="waiting").count()
    return render(
        request,
        "people/imports/row.html",
        {"card": card, "problem": problem, "waiting": waiting, "swap": True},
        status=422 if problem else 200,
    )
