"""The register of issued papers: found by number, kind, area and day; opened; withdrawn with a reason."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.documents import actions, queries
from yinian.core.documents.kinds import KINDS
from yinian.core.documents.models import Document
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.forms import ReasonForm
from yinian.core.users.models import User


def _label(name: str) -> Any:
    return KINDS[name].label if name in KINDS else name


def _search(queryset: QuerySet[Document], text: str) -> QuerySet[Document]:
    digits = "".join(c for c in text if c.isdigit())
    found = queryset.filter(title__icontains=text)
    if digits and len(digits) <= 9:
        found = found | queryset.filter(serial=int(digits[-9:]))
    series, _bracket, rest = text.partition("〔")
    year, _close, serial = rest.partition("〕")
    serial = serial.rstrip("号")
    if year.isdigit() and serial.isdigit():
        found = found | queryset.filter(series=series.strip(), year=int(year[:4]), serial=int(serial[:9]))
    return found


def _by_state(queryset: QuerySet[Document], value: str) -> QuerySet[Document]:
    return queryset.filter(withdrawn_at__isnull=value == "standing")


def _kind_choices(actor: User) -> list[tuple[str, Any]]:
    return [(kind.name, kind.label) for kind in KINDS.values() if actor.may(kind.open)]


DOCUMENTS = ListView(
    title=gettext_lazy("Issued papers"),
    subtitle=gettext_lazy("Notices and decisions as they went out, with their numbers."),
    columns=[
        Column("number", gettext_lazy("Number"), lambda row: row.number, sort="serial"),
        Column("title", gettext_lazy("Title"), lambda row: row.title),
        Column("kind", gettext_lazy("Kind"), lambda row: _label(row.kind), default=False),
        Column("region", gettext_lazy("Area"), lambda row: row.region.name, sort="region_id"),
        Column("issued_on", gettext_lazy("Date of issue"), lambda row: row.issued_on, kind="day", sort="issued_on"),
        Column("issued_by", gettext_lazy("Signed off by"), lambda row: row.issued_by.full_name),
        Column("state", gettext_lazy("State"),
               lambda row: (_("Void"), "mute") if row.withdrawn_at else (_("Valid"), "ok"), kind="badge"),
    ],
    filters=[
        Filter("kind", gettext_lazy("Kind"), lambda qs, value: qs.filter(kind=value), choices=_kind_choices),
        Filter("region", gettext_lazy("Area"), lambda qs, value: qs.filter(region__code__startswith=value),
               kind="region"),
        Filter("since", gettext_lazy("From"), lambda qs, day: qs.filter(issued_on__gte=day), kind="date_from"),
        Filter("until", gettext_lazy("Until"), lambda qs, day: qs.filter(issued_on__lte=day), kind="date_to"),
        Filter("state", gettext_lazy("State"), _by_state,
               choices=lambda actor: [("standing", _("Valid")), ("withdrawn", _("Void"))]),
    ],
    search=_search,
    search_hint=gettext_lazy("Title or number, such as 12 or 养评〔2026〕12号"),
    default_sort=("pk", "desc"),
    excel_right="documents.view",
    region_field="region__code",
    row_url=lambda row: reverse("core:document", args=[row.pk]),
    empty=gettext_lazy("No paper has been issued here yet"),
)


@page("documents.view")
def document_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, DOCUMENTS, queries.visible_to(request.user))


@page("documents.view")
def document_page(request: StaffRequest, pk: int) -> HttpResponse:
    document = queries.get_document(request.user, pk)
    may_withdraw = document.withdrawn_at is None and request.user.scope(KINDS[document.kind].store).covers(
        document.region_id
    )
    return render(request, "core/document.html", {
        "document": document, "kind": _label(document.kind), "may_withdraw": may_withdraw,
    })


@page("documents.view", methods=("GET", "POST"))
def document_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Asks for the reason and names the consequence; withdrawing itself needs the right to issue the kind."""
    document = queries.get_document(request.user, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw(request.user, pk, form.cleaned_data["reason"])
        messages.success(request, _("%(number)s is withdrawn; it stays on file.") % {"number": document.number})
        return redirect("core:document", pk)
    return render_form(request, "core/document_withdraw.html", form, document=document)
