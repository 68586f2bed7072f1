"""Pages of plan documents: the list, taking one in, one document with its text, its facts, two versions compared."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans.desks import ROOM
from yinian.plans.documents import importing, queries, review
from yinian.plans.documents.comparing import compared
from yinian.plans.documents.forms import FactsForm, ImportForm, ReasonForm
from yinian.plans.documents.marking import Mark, marked
from yinian.plans.documents.models import Item, PlanDocument
from yinian.plans.documents.showing import (
    SIGNS,
    TONES,
    deadline_words,
    doubt_words,
    headline,
    lines,
)

STATE_TONES = {"reading": "info", "in_review": "warn", "adopted": "ok", "withdrawn": "mute"}


@page("plans.view")
def documents(request: StaffRequest) -> HttpResponse:
    """The documents, the newest first."""
    view = ListView(
        title=_("Plan documents"),
        subtitle=_("What governments have promised: read, reviewed item by item, and driven from there."),
        columns=[
            Column("title", _("Title"), lambda d: d.title, kind="link", sort="title"),
            Column("number", _("Reference number"), lambda d: d.number or "–", sort="number"),
            Column("issuer", _("Issued by"), lambda d: d.issuer or "–", default=False),
            Column("region", _("Area"), lambda d: d.region.name, sort="region__code"),
            Column("issued_on", _("Date of issue"), lambda d: d.issued_on, kind="day", sort="issued_on"),
            Column("kind", _("Kind of document"), lambda d: d.get_kind_display(), sort="kind"),
            Column("state", _("State"), lambda d: (d.get_state_display(), STATE_TONES[d.state]), kind="badge",
                   sort="state"),
            Column("found", _("Items"), lambda d: d.found, kind="number"),
            Column("waiting", _("Not reviewed"), lambda d: d.waiting, kind="number"),
            Column("who", _("Taken in by"), lambda d: d.imported_by.full_name, default=False),
            Column("when", _("Taken in on"), lambda d: d.imported_at, kind="moment", sort="imported_at", default=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda q, v: q.filter(region__code__startswith=v), kind="region"),
            Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: PlanDocument.State.choices),
            Filter("kind", _("Kind of document"), lambda q, v: q.filter(kind=v),
                   lambda actor: PlanDocument.Kind.choices),
            Filter("since", _("Issued since"), lambda q, v: q.filter(issued_on__gte=v), kind="date_from"),
        ],
        search=queries.search,
        search_hint=_("Title, document number, issuer, or words of the text"),
        default_sort=("pk", "desc"),
        excel_right="plans.export",
        row_url=lambda d: reverse("plans:document", args=[d.pk]),
        empty=_("No plan document yet"),
        empty_text=_("Take in a plan, scheme or notice: what it promises is read from it for you to review."),
        desk=(ROOM, "documents"),
    )
    return render_list(
        request, view, queries.counted(queries.visible_to(request.user)), template="plans/documents/list.html"
    )


@page("plans.review", methods=("GET", "POST"))
def import_document(request: StaffRequest) -> HttpResponse:
    """Take a document in."""
    regions, others = queries.regions_of(request.user), queries.replaceable(request.user)
    known = None
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES, regions=regions, documents=others)
        refusal: Refused | None = None
        if form.is_valid():
            said = form.cleaned_data
            try:
                document = importing.upload(
                    request.user, said["file"], said["region"], kind=said["kind"],
                    earlier=said["earlier"].pk if said["earlier"] else None,
                )
                return redirect("plans:document", pk=document.pk)
            except importing.Known as refused:
                refusal, known = refused, refused.document
            except Refused as refused:
                refusal = refused
        return render_form(request, "plans/documents/import.html", form, refusal=refusal, known=known)
    earlier = request.GET.get("replaces", "")
    form = ImportForm(
        initial={"earlier": earlier if earlier.isdigit() else None}, regions=regions, documents=others
    )
    return render_form(request, "plans/documents/import.html", form, known=None)


@page("plans.view")
def document(request: StaffRequest, pk: int) -> HttpResponse:
    """One document: its facts, how far its review is, its outline, and its whole text with what was found in it."""
    found = queries.get_document(request.user, pk)
    may_review = request.user.scope("plans.review").covers(found.region_id)
    context: dict[str, Any] = {
        "document": found, "tone": STATE_TONES[found.state], "may_review": may_review,
        "may_drive": request.user.scope("plans.drive").covers(found.region_id),
        "running": found.job is not None and not found.job.is_over,
        "job": found.job if found.job is not None and found.job.state != "done" else None,
        "form": ReasonForm(),
    }
    if found.text_sha256:
        context |= _text(request, found)
    return render(request, "plans/documents/document.html", context)


def _text(request: StaffRequest, found: PlanDocument) -> dict[str, Any]:
    items = list(found.items.exclude(state__in=["rejected", "split", "merged"]).order_by("start", "pk"))
    outline = [item for item in items if item.kind == "outline"]
    doubts = queries.doubts_of(found)
    marks = _marks(items)
    spans = [(one["start"], one["end"]) for one in doubts if one["code"] != "printed_twice"]
    signs = {kind: str(sign) for kind, sign in SIGNS.items()}
    pieces = queries.pieces(found, outline)
    parts = [
        {
            "title": piece.section.title,
            "html": marked(found.text, piece.section.start, piece.section.end,
                           [m for m in marks if m.start < piece.section.end and m.end > piece.section.start],
                           signs=signs, doubts=spans, links=True),
        }
        for piece in pieces
    ]
    counted = queries.counts(found)
    return {
        "parts": parts, "outline": [(item, queries.headed(item)) for item in outline], "counts": counted,
        "waiting": sum(row["waiting"] for row in counted), "reviewers": queries.reviewers(found),
        "versions": queries.versions(request.user, found), "signs": signs,
        "doubts": [(one, doubt_words(one)) for one in doubts],
    }


def _marks(items: list[Item]) -> list[Mark]:
    return [
        Mark(item.pk, item.kind, item.state, item.start, item.end, f"{item.get_kind_display()}：{headline(item)}",
             reverse("plans:item", args=[item.pk]))
        for item in items
    ]


@page("plans.view")
def source(request: StaffRequest, pk: int) -> HttpResponse:
    """The file as it came, to whoever sees the document."""
    found = queries.get_document(request.user, pk)
    kept = found.source
    response = StreamingHttpResponse(attachments.open_for(request.user, kept), content_type=kept.media_type)
    response["Content-Length"] = str(kept.size)
    response["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response  # type: ignore[return-value]


@page("plans.review", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Put the facts of a document right."""
    found = queries.get_document(request.user, pk, "plans.review")
    request.user.require("plans.review", found.region_id)
    others = queries.replaceable(request.user, pk).filter(region=found.region_id)
    refusal = None
    if request.method == "POST":
        form = FactsForm(request.POST, documents=others)
        if form.is_valid():
            said = dict(form.cleaned_data)
            try:
                review.edit_facts(request.user, pk, said.pop("version"), **said)
                messages.success(request, _("Saved."))
                return redirect("plans:document", pk=pk)
            except Refused as refused:
                refusal = refused
    else:
        names = [name for name in FactsForm.base_fields if name != "earlier"]
        form = FactsForm(
            initial={name: getattr(found, name) for name in names} | {"earlier": found.earlier_id}, documents=others
        )
    return render_form(request, "plans/documents/edit.html", form, refusal=refusal, document=found)


@page("plans.review", methods=("POST",))
def read_again(request: StaffRequest, pk: int) -> HttpResponse:
    importing.read_again(request.user, pk)
    return redirect("plans:document", pk=pk)


@page("plans.review", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a document back, with a reason."""
    review.withdraw(request.user, pk, request.POST.get("reason", ""))
    messages.success(request, _("The document is withdrawn; it stays on record."))
    return redirect("plans:document", pk=pk)


@page("plans.view")
def compare(request: StaffRequest, pk: int) -> HttpResponse:
    """A version beside an earlier one: what was added, left out, moved, promised less or more firmly."""
    new = queries.get_document(request.user, pk)
    others = [d for d in queries.versions(request.user, new) if d.pk != pk and d.text_sha256]
    asked = request.GET.get("with", "")
    if asked.isdigit() and len(asked) < 19:
        old: PlanDocument | None = queries.get_document(request.user, int(asked))
    else:
        old = new.earlier if new.earlier_id and any(d.pk == new.earlier_id for d in others) else None
        old = queries.get_document(request.user, old.pk) if old is not None else next(iter(others), None)
    if old is not None and (not old.text_sha256 or not new.text_sha256):
        raise NotVisible("unread version")
    choices = queries.visible_to(request.user).exclude(pk=pk).exclude(text_sha256="").order_by("-pk")[:200]
    context: dict[str, Any] = {"new": new, "old": old, "others": others, "choices": choices, "found": None}
    if old is not None:
        context["found"] = compared(
            queries.changes(old, new), request.GET.get("show", ""), request.GET.get("kind", ""),
            request.GET.get("page", "1"),
        )
    return render(request, "plans/documents/compare.html", context)


@page("plans.view")
def items(request: StaffRequest, pk: int) -> HttpResponse:
    """All items of a document as a list, and in Excel."""
    found = queries.get_document(request.user, pk)
    view = ListView(
        title=_("Items of the document"),
        subtitle=found.title,
        columns=[
            Column("what", _("Plan item"), headline, kind="link"),
            Column("kind", _("Kind"), lambda i: i.get_kind_display(), sort="kind"),
            Column("section", _("Under"), lambda i: queries.under(i) or "–"),
            Column("said", _("What it says"),
                   lambda i: "；".join(f"{label}：{value}" for label, value in lines(i) if i.kind != "outline") or "–"),
            Column("deadline", _("Deadline"), lambda i: deadline_words(i.data.get("deadline")) or "–", default=False),
            Column("state", _("State"), lambda i: (i.get_state_display(), TONES[i.state]), kind="badge", sort="state"),
            Column("who", _("Reviewed by"), lambda i: i.reviewed_by.full_name if i.reviewed_by else "–"),
            Column("reason", _("Reason"), lambda i: i.reason or "–", default=False),
            Column("quote", _("In the text"), lambda i: i.quote, default=False),
            Column("place", _("Place in the text"), lambda i: i.start, kind="number", sort="start", default=False),
        ],
        filters=[
            Filter("kind", _("Kind"), lambda q, v: q.filter(kind=v), lambda actor: Item.Kind.choices),
            Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: Item.State.choices),
            Filter("taken", _("Only what was taken"), lambda q, v: q.filter(state__in=["accepted", "mended"]),
                   kind="bool"),
            Filter("doubts", _("Only doubtful ones"), lambda q, v: q.exclude(doubts=[]), kind="bool"),
        ],
        search=lambda q, text: q.filter(quote__contains=text),
        search_hint=_("Words of the text"),
        default_sort=("start", "asc"),
        excel_right="plans.export",
        row_url=lambda i: reverse("plans:item", args=[i.pk]),
        empty=_("Nothing was found in this document"),
    )
    rows = found.items.select_related("reviewed_by", "parent__parent", "document").defer("document__text")
    crumbs = [(_("Plan documents"), reverse("plans:list")), (found.title, reverse("plans:document", args=[pk])),
              (_("Items of the document"), None)]
    return render_list(request, view, rows, extra={"crumbs": crumbs})
