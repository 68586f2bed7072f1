"""The review page: the source on one side, what was read from it on the other, one section at a time."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.plans.documents import queries, review
from yinian.plans.documents.forms import ItemForm, form_for
from yinian.plans.documents.marking import Mark, marked
from yinian.plans.documents.models import Item, ItemChange, PlanDocument
from yinian.plans.documents.showing import SIGNS, TONES, doubt_words, headline, lines

SHOWN = ("all", "waiting", "doubts")
_CUTS = re.compile(r"[，,、。；;：:]")
_MOST_CUTS = 24


@page("plans.view")
def review_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One section of a document under review; htmx asks for the working part alone."""
    document = queries.get_document(request.user, pk)
    if not document.text_sha256:
        return redirect("plans:document", pk=pk)
    return _work(request, document, "plans/documents/review.html")


def _work(
    request: StaffRequest, document: PlanDocument, template: str = "plans/documents/review_work.html",
    status: int = 200, focus: int | None = None, section: int | None = None,
) -> HttpResponse:
    partial = request.headers.get("HX-Target") == "work"
    context = _section(request, document, section) | {"focus": focus}
    response = render(request, "plans/documents/review_work.html" if partial else template, context, status=status)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


def _section(request: StaffRequest, document: PlanDocument, number: int | None) -> dict[str, Any]:
    given = request.POST if request.method == "POST" else request.GET
    pieces = queries.pieces(document)
    if number is None:
        number = _number(given.get("s", ""), len(pieces))
    if number is None:
        at = given.get("at", "")
        place = int(at) if at.isdigit() and len(at) < 9 else None
        number = next(
            (piece.section.number for piece in pieces
             if (piece.waiting if place is None else piece.section.start <= place < piece.section.end)), 0,
        )
    section = pieces[number].section
    show, kind = given.get("show", "all"), given.get("kind", "")
    show, kind = show if show in SHOWN else "all", kind if kind in Item.Kind.values else ""
    doubts = queries.doubts_of(document)
    standing = list(
        document.items.filter(start__lt=section.end, end__gt=section.start).exclude(state__in=["split", "merged"])
        .select_related("reviewed_by").order_by("start", "-end", "pk")
    )
    for item in standing:
        item.document = document
    own = [item for item in standing if item.start >= section.start]
    listed = [item for item in own if _wanted(item, show, kind)]
    marks = [Mark(i.pk, i.kind, i.state, i.start, i.end, i.get_kind_display()) for i in standing]
    spans = [(one["start"], one["end"]) for one in doubts if one["code"] != "printed_twice"]
    signs = {name: str(sign) for name, sign in SIGNS.items()}
    waiting = sum(piece.waiting for piece in pieces)
    following = next((p.section.number for p in [*pieces[number + 1 :], *pieces[:number]] if p.waiting), None)
    return {
        "document": document, "pieces": pieces, "section": section, "piece": pieces[number], "show": show, "kind": kind,
        "html": marked(document.text, section.start, section.end, marks, signs=signs, doubts=spans),
        "cards": [_card(item, doubts) for item in listed], "waiting": waiting,
        "total": sum(piece.found for piece in pieces), "following": following, "hidden": len(own) - len(listed),
        "may": queries.may_review(request.user, document), "kinds": Item.Kind.choices, "signs": signs,
        "section_doubts": [
            doubt_words(one) for one in doubts if section.start <= one["start"] < max(section.end, 1)
        ],
        "plain": sum(1 for item in own if item.state == "found" and not item.doubts),
    }


def _number(text: str, count: int) -> int | None:
    return min(int(text), count - 1) if text.isdigit() and len(text) < 7 else None


def _wanted(item: Item, show: str, kind: str) -> bool:
    if kind and item.kind != kind:
        return False
    if show == "waiting":
        return item.state == "found"
    return bool(item.doubts) if show == "doubts" else True


def _card(item: Item, doubts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "item": item, "headline": headline(item), "lines": lines(item), "tone": TONES[item.state],
        "sign": str(SIGNS[item.kind]),
        "doubts": [doubt_words(doubts[number]) for number in item.doubts if number < len(doubts)],
    }


def _one(request: StaffRequest, item: Item, status: int = 200) -> HttpResponse:
    """The answer to an act on one item: its card, and out of band what the page counts."""
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('plans:review', args=[item.document_id])}?{urlencode({'at': item.start})}")
    document = item.document
    waiting = document.items.filter(state="found").count()
    total = document.items.exclude(state__in=["split", "merged"]).count()
    context = {
        "card": _card(item, queries.doubts_of(document)), "document": document, "waiting": waiting, "total": total,
        "may": queries.may_review(request.user, document), "swap": True,
    }
    return render(request, "plans/documents/review_card.html", context, status=status)


def _version(request: StaffRequest) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isdigit() and len(said) < 10 else -1


def _place(given: Mapping[str, Any], name: str) -> int:
    said = str(given.get(name) or "")
    if not (said.isdigit() and len(said) < 10):
        raise Refused(fields={"selection": _("Mark a stretch of this document's text.")})
    return int(said)


@page("plans.review", methods=("POST",))
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    return _one(request, review.accept(request.user, pk, _version(request)))


@page("plans.review", methods=("POST",))
def reject(request: StaffRequest, pk: int) -> HttpResponse:
    return _one(request, review.reject(request.user, pk, _version(request), request.POST.get("reason", "")))


@page("plans.review", methods=("POST",))
def accept_all(request: StaffRequest, pk: int) -> HttpResponse:
    """Take what is not reviewed of the section shown, doubtful items left."""
    document = queries.get_document(request.user, pk, "plans.review")
    piece = queries.pieces(document)
    number = _number(request.POST.get("s", ""), len(piece)) or 0
    section = piece[number].section
    kind = request.POST.get("kind", "")
    kinds = [kind] if kind in Item.Kind.values else []
    review.accept_all(request.user, pk, section.start, section.end, kinds)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('plans:review', args=[pk])}?s={number}")
    return _work(request, document, section=number)


@page("plans.review")
def item_form(request: StaffRequest, pk: int) -> HttpResponse:
    """The form in which an item is mended; ``as`` asks for it as another kind."""
    item = queries.get_item(request.user, pk, "plans.review")
    kind = request.GET.get("as", item.kind)
    kind = kind if kind in Item.Kind.values else item.kind
    data = item.data
    if kind != item.kind:
        data = review.propose(request.user, item.document_id, item.start, item.end, kind)
    form = form_for(kind, data, version=item.version)
    return _form(request, item, form, kind)


def _form(
    request: StaffRequest, item: Item, form: ItemForm, kind: str, status: int = 200, refusal: Refused | None = None
) -> HttpResponse:
    if refusal is not None:
        form.refuse(refusal)
    return render(
        request, "plans/documents/mend.html",
        {"item": item, "form": form, "kind": kind, "kinds": Item.Kind.choices, "quote": item.quote}, status=status,
    )


@page("plans.review", methods=("POST",))
def mend(request: StaffRequest, pk: int) -> HttpResponse:
    """Put an item right."""
    item = queries.get_item(request.user, pk, "plans.review")
    kind = request.POST.get("as", item.kind)
    kind = kind if kind in Item.Kind.values else item.kind
    form = form_for(kind, item.data, request.POST)
    if not form.is_valid():
        return _form(request, item, form, kind, 422)
    said = form.cleaned_data
    data = item.data if kind == item.kind else {}
    try:
        item = review.mend(
            request.user, pk, said["version"] if said["version"] is not None else -1, form.changes(data),
            kind=kind if kind != item.kind else "", start=said["start"], end=said["end"],
        )
    except Refused as refusal:
        return _form(request, item, form, kind, 422, refusal)
    response = _one(request, item)
    if request.headers.get("HX-Request"):
        # The form was answered in its own place; the card it has changed is another.
        response["HX-Retarget"], response["HX-Reswap"] = f"#item-{item.pk}", "outerHTML"
    return response


@page("plans.review")
def more(request: StaffRequest, pk: int) -> HttpResponse:
    """Where an item can be split, and with which others it can be merged."""
    item = queries.get_item(request.user, pk, "plans.review")
    ends = [match.end() for match in _CUTS.finditer(item.quote)]
    places = [end for end in ends if 2 <= end <= len(item.quote) - 2][:_MOST_CUTS]
    cuts = [
        {"at": item.start + end, "before": item.quote[max(0, end - 14) : end], "after": item.quote[end : end + 14]}
        for end in places
    ]
    near = list(
        item.document.items.filter(kind=item.kind, state__in=review.OPEN, start__gte=max(0, item.start - 2000),
                                   start__lte=item.end + 2000).exclude(pk=pk).order_by("start")
    )
    near.sort(key=lambda one: (abs(one.start - item.start), one.start))
    return render(
        request, "plans/documents/more.html",
        {"item": item, "cuts": cuts, "near": [(one, headline(one)) for one in near[:12]]},
    )


@page("plans.review", methods=("POST",))
def split(request: StaffRequest, pk: int) -> HttpResponse:
    item = queries.get_item(request.user, pk, "plans.review")
    made = review.split(request.user, pk, _version(request), _place(request.POST, "at"))
    return _anew(request, item.document, made[0])


@page("plans.review", methods=("POST",))
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    item = queries.get_item(request.user, pk, "plans.review")
    other, _sign, version = request.POST.get("other", "").partition(":")
    if not (other.isdigit() and version.isdigit() and len(other) < 19 and len(version) < 10):
        raise Refused(fields={"other": _("Choose the item to merge with.")})
    whole = review.merge(request.user, pk, int(other), (_version(request), int(version)))
    return _anew(request, item.document, whole)


@page("plans.review")
def pick(request: StaffRequest, pk: int) -> HttpResponse:
    """The form of a new item for a stretch that was marked in the source, filled in."""
    document = queries.get_document(request.user, pk, "plans.review")
    kind = request.GET.get("as", "")
    data = review.propose(request.user, pk, _place(request.GET, "start"), _place(request.GET, "end"), kind)
    form = form_for(kind, data)
    return _new(request, document, form, kind, data["quote"])


def _new(
    request: StaffRequest, document: PlanDocument, form: ItemForm, kind: str, quote: str, status: int = 200
) -> HttpResponse:
    label = dict(Item.Kind.choices)[Item.Kind(kind)]
    return render(
        request, "plans/documents/new_item.html",
        {"document": document, "form": form, "kind": kind, "label": label, "quote": quote}, status=status,
    )


@page("plans.review", methods=("POST",))
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Add an item that the reading did not find."""
    document = queries.get_document(request.user, pk, "plans.review")
    kind = request.POST.get("as", "")
    start, end = _place(request.POST, "start"), _place(request.POST, "end")
    data = review.propose(request.user, pk, start, end, kind)
    form = form_for(kind, data, request.POST)
    if not form.is_valid():
        return _new(request, document, form, kind, data["quote"], 422)
    try:
        item = review.add(request.user, pk, kind, start, end, form.changes(data))
    except Refused as refusal:
        form.refuse(refusal)
        return _new(request, document, form, kind, data["quote"], 422)
    return _anew(request, document, item)


def _anew(request: StaffRequest, document: PlanDocument, item: Item) -> HttpResponse:
    """The answer to an act that changes the marks of the source: the section anew, at the item made."""
    address = f"{reverse('plans:review', args=[document.pk])}?{urlencode({'at': item.start})}"
    if not request.headers.get("HX-Request"):
        return redirect(address)
    pieces = queries.pieces(document)
    number = next((p.section.number for p in pieces if p.section.start <= item.start < p.section.end), 0)
    response = render(
        request, "plans/documents/review_work.html", _section(request, document, number) | {"focus": item.pk}
    )
    response["HX-Retarget"], response["HX-Reswap"] = "#work", "outerHTML"
    return response


@page("plans.view")
def item(request: StaffRequest, pk: int) -> HttpResponse:
    """One item: what it says, where it stands, and everything that was done to it."""
    found = queries.get_item(request.user, pk)
    document = queries.get_document(request.user, found.document_id)
    text = document.text
    low = max(text.rfind("\n", 0, found.start) + 1, found.start - 120, 0)
    stop = text.find("\n", found.end)
    high = min(found.end + 120, len(text) if stop < 0 else stop)
    changes = list(found.changes.select_related("by").order_by("-id"))
    kin = list(
        Item.objects.filter(document=document).filter(
            pk__in=[other for other in (found.out_of_id, found.into_id) if other]
        )
    ) + list(found.pieces.all()) + list(found.made_of.all())
    for other in kin:
        other.document = document
    doubts = queries.doubts_of(document)
    return render(
        request, "plans/documents/item.html",
        {
            "item": found, "document": document, "card": _card(found, doubts), "before": text[low : found.start],
            "after": text[found.end : high], "kin": [(other, headline(other)) for other in kin],
            "changes": [_told(change, found) for change in changes],
            "may": queries.may_review(request.user, document),
            "under": queries.under(found),
        },
    )


def _told(change: ItemChange, item: Item) -> dict[str, Any]:
    """A change for the timeline: what was done, by whom, why, and what the item was before it."""
    was = ""
    if change.act == "mend" and change.before:
        old = Item(kind=change.before["kind"], data=change.before["data"], quote="")
        was = _("Before: %(what)s") % {"what": "；".join(f"{label} {value}" for label, value in lines(old)) or "–"}
    return {
        "title": change.get_act_display(), "text": "。".join(filter(None, [change.reason, was])),
        "who": change.by.full_name, "at": change.at, "icon": "edit" if change.act == "mend" else "check",
        "tone": {"reject": "bad", "mend": "info"}.get(change.act, "ok"), "url": None,
    }

