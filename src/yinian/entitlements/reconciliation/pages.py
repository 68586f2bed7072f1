"""Pages of payment reports: the reports so far, an upload, one report with its balance, its items, doubtful payees."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.attachments.kinds import MEDIA
from yinian.core.attachments.pages import download
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.identity import mask_id
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.regions.models import Region
from yinian.entitlements import packs
from yinian.entitlements.adjustments.causes import month_words
from yinian.entitlements.models import Finding, PaidBatch, PaidRow
from yinian.entitlements.pages import overview_url
from yinian.entitlements.reconciliation import actions, forms, queries
from yinian.entitlements.reconciliation.words import KIND_TONES, PAYING, report_words, state_of
from yinian.entitlements.workkinds import in_words
from yinian.people.duplicates.queries import agreement_words
from yinian.people.imports.queries import compared
from yinian.people.kinds import DEPARTMENTS

State = PaidBatch.State
ROWS_ON_A_PAGE = 20
_AGREED = {"same": "ok", "different": "bad", "unknown": "mute"}
_FIELDS = {
    "name": gettext_lazy("Name"), "id_number": gettext_lazy("ID number"), "birth_date": gettext_lazy("Birth date"),
    "village": gettext_lazy("Village (community)"),
}


def _home() -> list[tuple[str, str | None]]:
    return [(_("Services and dues"), overview_url("")), (_("Reconciliation"), reverse("entitlements:paid"))]


@page("entitlements.names")
def batches(request: StaffRequest) -> HttpResponse:
    """The reports so far, the newest first."""
    view = ListView(
        title=_("Reconciliation"),
        desk=("entitlements", "paid"),
        subtitle=_("What departments and the one-card system paid, held against what was approved or due."),
        columns=[
            Column("report", _("Report"), report_words, kind="link", sort="month"),
            Column("region", _("Area"), lambda b: b.region.name),
            Column("state", _("State"), state_of, kind="badge", sort="state"),
            Column("lines", _("Payments"), lambda b: b.counts.get("lines"), kind="number"),
            Column("paid", _("Paid (yuan)"), lambda b: b.counts.get("paid_fen"), kind="yuan"),
            Column("agreed", _("Agreed (yuan)"), lambda b: b.counts.get("agreed_fen"), kind="yuan"),
            Column("over", _("Too much (yuan)"), lambda b: b.counts.get("over_fen"), kind="yuan"),
            Column("short", _("Too little (yuan)"), lambda b: b.counts.get("short_fen"), kind="yuan"),
            Column("open", _("Findings open"), lambda b: b.open_findings, kind="number"),
            Column("who", _("Uploaded by"), lambda b: b.uploaded_by.full_name, default=False),
            Column("when", _("Uploaded at"), lambda b: b.uploaded_at, kind="moment", sort="uploaded_at"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda q, v: q.filter(region__code__startswith=v), kind="region"),
            Filter("department", gettext_lazy("Paying department"), lambda q, v: q.filter(department=v),
                   lambda a: [(code.value, DEPARTMENTS[code]) for code in PAYING]),
            Filter("state", gettext_lazy("State"), lambda q, v: q.filter(state=v), lambda a: State.choices),
            Filter("since", gettext_lazy("Months from"), lambda q, v: q.filter(month__gte=v), kind="date_from"),
        ],
        default_sort=("pk", "desc"), row_url=lambda b: reverse("entitlements:paid_batch", args=[b.pk]),
        empty=_("No report of payments yet"),
        empty_text=_("Download the template, have the paying department fill it in, and upload it here."),
        per_row=_open_findings,
    )
    return render_list(request, view, queries.visible_to(request.user), "entitlements/paid.html", {
        "may_upload": request.user.may(queries.RIGHT),
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Reconciliation"), None)],
    })


def _open_findings(rows: Any) -> None:
    counted = dict(
        Finding.objects.filter(batch__in=[row.pk for row in rows], state=Finding.State.OPEN).order_by()
        .values("batch").annotate(n=Count("pk")).values_list("batch", "n")
    )
    for row in rows:
        row.open_findings = counted.get(row.pk, 0) if row.state == State.COMMITTED else None


@page("entitlements.reconcile", methods=("GET", "POST"), also=("entitlements.names",))
def upload(request: StaffRequest) -> HttpResponse:
    """Upload a report."""
    regions = queries.regions_of(request.user)
    if request.method == "POST":
        form = forms.UploadForm(request.POST, request.FILES, regions=regions)
        if form.is_valid():
            said = form.cleaned_data
            try:
                batch = actions.upload(
                    request.user, said["file"], region=said["region"], department=said["department"],
                    source=said["source"], month=said["month"], item=said["item"], complete=said["complete"],
                )
            except Refused as refusal:
                return _upload_page(request, form, refusal)
            return redirect("entitlements:paid_batch", pk=batch.pk)
    else:
        form = forms.UploadForm(regions=regions, initial={"month": timezone.localdate().replace(day=1)})
    return _upload_page(request, form)


def _upload_page(request: StaffRequest, form: forms.UploadForm, refusal: Refused | None = None) -> HttpResponse:
    return render_form(request, "entitlements/paid_new.html", form, refusal=refusal,
                       crumbs=[*_home(), (_("Upload a report"), None)])


@page("entitlements.reconcile")
def template(request: StaffRequest) -> HttpResponse:
    """The empty workbook."""
    response = HttpResponse(actions.template(request.user), content_type=MEDIA["xlsx"])
    name = _("Report of payments") + ".xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


# --- one report ------------------------------------------------------------------------------------------------


@page("entitlements.names")
def batch(request: StaffRequest, pk: int) -> HttpResponse:
    """One report: where it stands, whether it adds up, its findings by kind, town and service, what can be done."""
    return _batch_page(request, queries.get_batch(request.user, pk))


def _batch_page(
    request: StaffRequest, found: PaidBatch, form: forms.ReasonForm | None = None, refusal: Refused | None = None
) -> HttpResponse:
    own = request.user.scope(queries.RIGHT).covers(found.region_id)
    running = found.job is not None and not found.job.is_over
    counts = found.counts
    kinds = dict(Finding.Kind.choices)
    services = service_names(found)
    towns = queries.by_town(request.user, found) if found.state == State.COMMITTED else []
    names = dict(Region.objects.filter(pk__in={row[0] for row in towns}).values_list("pk", "name"))
    waits = found.state in (State.UPLOADED, State.CHECKED)
    checked = found.state == State.CHECKED and not running
    return render_form(
        request, "entitlements/paid_batch.html", form or forms.ReasonForm(), refusal=refusal, batch=found, own=own,
        whole=request.user.scope(queries.NAMES).covers(found.region_id),
        title=report_words(found), state=state_of(found), counts=counts, running=running,
        job=found.job if found.job is not None and found.job.state != "done" else None,
        kinds=[(kind, kinds[kind], KIND_TONES[kind], row) for kind, row in counts.get("kinds", {}).items()],
        months=[month_words(dt.date.fromisoformat(text)) for text in counts.get("months", ())],
        services=[services.get(name, name) for name in counts.get("services", ())],
        left=_left_out(found), by_town=_table(towns, names), by_service=_table(
            queries.by_service(request.user, found) if found.state == State.COMMITTED else [], services),
        columns=[(kind, label, KIND_TONES[kind]) for kind, label in Finding.Kind.choices],
        states=queries.by_state(request.user, found) if found.state == State.COMMITTED else {},
        waits=waits, can_commit=own and checked and counts.get("lines") and not counts.get("already"),
        consequence=_consequence(counts), may_withdraw=own and found.state == State.COMMITTED,
        already=counts.get("already"), crumbs=[*_home(), (report_words(found), None)],
    )


def service_names(found: PaidBatch) -> dict[str, str]:
    """Service id to name of the pack in force for a report's area; empty where it cannot be used."""
    try:
        pack = packs.in_force(found.region_id).pack
    except Refused:
        return {}
    return {service.id: in_words(service.label) for service in pack.services}


def _table(rows: list[tuple[str, str, int, int, int]], names: dict[str, str]) -> list[dict[str, Any]]:
    """Rows by place or service: counts by kind and the sums."""
    found: dict[str, dict[str, Any]] = {}
    for key, kind, count, over, short in rows:
        row = found.setdefault(key, {"key": key, "name": names.get(key, key), "kinds": {}, "over": 0, "short": 0})
        row["kinds"][kind] = count
        row["over"] += over
        row["short"] += short
    return sorted(found.values(), key=lambda row: (-row["over"] - row["short"], row["key"]))


def _left_out(found: PaidBatch) -> list[tuple[str, int, int, str]]:
    """What of the file does not count: words, rows, fen, why."""
    left = found.counts.get("left", {})
    words = {
        "faulty": (_("Rows with faults"), _("They come back red in the returned workbook.")),
        "unmapped": (_("Payment items not yet assigned"), _("Say which service each of them is.")),
        "waiting": (_("Doubtful payees"), _("Say who is meant.")),
        "foreign": (_("Items that are none of the list"), _("They are left alone.")),
    }
    return [(words[key][0], left[key]["rows"], left[key]["fen"], words[key][1])
            for key in words if left.get(key, {}).get("rows")]


def _consequence(counts: dict[str, Any]) -> str:
    return _("%(lines)s payments count from then on as received. The findings go to the desks of the towns; nothing is "
             "paid or taken back by it.") % {"lines": f"{counts.get('lines', 0):,}"}


@page("entitlements.reconcile", methods=("POST",), also=("entitlements.names",))
def check(request: StaffRequest, pk: int) -> HttpResponse:
    actions.check_again(request.user, pk)
    return redirect("entitlements:paid_batch", pk=pk)


def _version(request: StaffRequest) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isdigit() and len(said) < 10 else -1


@page("entitlements.reconcile", methods=("POST",), also=("entitlements.names",))
def commit(request: StaffRequest, pk: int) -> HttpResponse:
    """Take it in."""
    actions.start_commit(request.user, pk, _version(request))
    return redirect("entitlements:paid_batch", pk=pk)


@page("entitlements.reconcile", methods=("POST",), also=("entitlements.names",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take it back, with a reason."""
    found = queries.get_own(request.user, pk)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _batch_page(request, found, form)
    try:
        actions.withdraw(request.user, pk, version=_version(request), reason=form.cleaned_data["reason"])
    except Changed:
        raise
    except Refused as refusal:
        return _batch_page(request, found, form, refusal)
    messages.success(request, _("The report is taken back; its payments no longer count."))
    return redirect("entitlements:paid_batch", pk=pk)


@page("entitlements.reconcile", also=("entitlements.names",))
def returned(request: StaffRequest, pk: int) -> HttpResponse:
    """The workbook with the faulty cells red."""
    found = queries.get_own(request.user, pk)
    if found.returned_id is None:
        raise NotVisible("returned workbook")
    return download(request, found.returned_id)


# --- what the items are ----------------------------------------------------------------------------------------


@page("entitlements.reconcile", methods=("GET", "POST"), also=("entitlements.names",))
def items(request: StaffRequest, pk: int) -> HttpResponse:
    """Say which service each payment item is; kept for the department's next report."""
    found = queries.get_own(request.user, pk)
    names = service_names(found)
    if request.method == "POST":
        said = {}
        for place, item in enumerate(found.items):
            answer = request.POST.get(f"item-{place}", "?")
            if answer != "?":
                said[item["name"]] = "" if answer == "none" else answer
        try:
            actions.map_items(request.user, pk, said, _version(request))
        except Changed:
            raise
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("entitlements:paid_items", pk=pk)
        return redirect("entitlements:paid_batch", pk=pk)
    return render(request, "entitlements/paid_items.html", {
        "batch": found, "title": report_words(found), "services": sorted(names.items(), key=lambda pair: pair[1]),
        "editable": found.state == State.CHECKED,
        "crumbs": [*_home(), (report_words(found), reverse("entitlements:paid_batch", args=[pk])),
                   (_("Payment items"), None)],
    })


# --- doubtful payees -------------------------------------------------------------------------------------------


def _line(field: str, value: str | None) -> str:
    if not value:
        return "–"
    return mask_id(value) if field == "id_number" else value


def _card(one: Any) -> dict[str, Any]:
    row = one.row
    own = {**one.facts, "village": one.village}
    options = []
    for number, candidate in enumerate(one.candidates, 1):
        person = candidate.person
        other = {"name": person.name, "id_number": person.id_number, "village": person.region.name,
                 "birth_date": person.birth_date.isoformat() if person.birth_date else None}
        options.append({
            "number": number, "person": person,
            "chosen": row.decision == PaidRow.Decision.SAME and row.person_id == person.pk,
            "lines": [{"label": label, "own": _line(field, own.get(field)), "other": _line(field, other.get(field)),
                       "agree": (agreement_words(candidate.agree.get(field, "unknown")),
                                 _AGREED.get(candidate.agree.get(field, "unknown"), "warn"))}
                      for field, label in _FIELDS.items()],
        })
    return {"row": row, "options": options, "name": one.facts.get("name", ""),
            "open": row.batch.state == State.CHECKED, "exact": row.match == "exact"}


@page("entitlements.reconcile", also=("entitlements.names",))
def payees(request: StaffRequest, pk: int) -> HttpResponse:
    """The doubtful payees, each beside whom it may be."""
    found = queries.get_own(request.user, pk)
    rows = found.rows.select_related("batch", "decided_by").order_by("row_no")
    waiting = rows.filter(decision="waiting").count()
    which = request.GET.get("show", "waiting" if waiting else "decided")
    shown = rows.filter(decision="waiting") if which == "waiting" else rows.exclude(decision="waiting")
    number = request.GET.get("page", "1")
    pages = Paginator(shown, ROWS_ON_A_PAGE).get_page(number if number.isdigit() and len(number) < 7 else 1)
    return render(request, "entitlements/paid_payees.html", {
        "batch": found, "title": report_words(found), "shown": pages, "which": which, "waiting": waiting,
        "cards": [_card(one) for one in compared(request.user, list(pages))],  # type: ignore[arg-type]
        "decided": rows.exclude(decision="waiting").count(),
        "crumbs": [*_home(), (report_words(found), reverse("entitlements:paid_batch", args=[pk])),
                   (_("Who is meant?"), None)],
    })


@page("entitlements.reconcile", methods=("POST",), also=("entitlements.names",))
def payee(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide one payee. Answers with the card for htmx."""
    row = queries.get_row(request.user, pk)
    person = request.POST.get("person", "")
    problem = ""
    try:
        actions.decide(request.user, pk, request.POST.get("decision", ""),
                       int(person) if person.isdigit() and len(person) < 19 else None)
    except Refused as refusal:
        problem = str(refusal)
    if not request.headers.get("HX-Request"):
        if problem:
            messages.error(request, problem)
        return redirect("entitlements:paid_payees", pk=row.batch_id)
    fresh = queries.get_row(request.user, pk)
    return render(request, "entitlements/paid_payee.html", {
        "card": _card(compared(request.user, [fresh])[0]), "problem": problem,  # type: ignore[list-item]
    }, status=422 if problem else 200)
