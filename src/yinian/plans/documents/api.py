"""Plan documents over REST: documents, their items, their review, two versions compared. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.core.errors import NotVisible, Refused
from yinian.plans.documents import queries, review
from yinian.plans.documents.models import Item, PlanDocument
from yinian.plans.documents.showing import source_url

router = Router(tags=["plans"])
PAGE = 100


class DocumentOut(Schema):
    id: int
    region: str = Field(alias="region_id")
    title: str
    issuer: str
    number: str
    issued_on: dt.date | None
    valid_until: dt.date | None
    period_from: int | None
    period_to: int | None
    kind: str
    state: str
    earlier: int | None = Field(alias="earlier_id")
    sha256: str
    text_sha256: str
    found: int
    waiting: int
    version: int


class ItemOut(Schema):
    """An item. ``start`` and ``end`` are code points into the document's text, half-open; ``data`` as plantext."""

    id: int
    document: int = Field(alias="document_id")
    kind: str
    state: str
    origin: str
    start: int
    end: int
    quote: str
    data: dict[str, Any]
    parent: int | None = Field(alias="parent_id")
    reason: str
    source: str
    version: int

    @staticmethod
    def resolve_source(item: Item) -> str:
        return source_url(item)


class VersionIn(Schema):
    version: int = Field(ge=0, lt=2**31)


class ReasonIn(VersionIn):
    reason: str = Field(max_length=200)


class MendIn(VersionIn):
    """``data`` goes over the item's own; ``kind``, ``start`` and ``end`` where they change."""

    data: dict[str, Any] = Field(default_factory=dict, max_length=40)
    kind: str = Field("", max_length=10)
    start: int | None = Field(None, ge=0, lt=2**31)
    end: int | None = Field(None, ge=0, lt=2**31)
    reason: str = Field("", max_length=200)


class NewItemIn(Schema):
    kind: str = Field(max_length=10)
    start: int = Field(ge=0, lt=2**31)
    end: int = Field(ge=0, lt=2**31)
    data: dict[str, Any] = Field(default_factory=dict, max_length=40)


class DifferenceOut(Schema):
    code: str
    direction: str
    before: Any = None
    after: Any = None


class ChangeOut(Schema):
    verdict: str
    kind: str
    old: int | None
    new: int | None
    likeness: float
    differences: list[DifferenceOut]


@router.get("documents", auth=needs("plans.view"), response=list[DocumentOut], url_name="plans_documents")
def documents(request: HttpRequest, after: int = 0) -> list[PlanDocument]:
    """Documents by id, 100 at a time: those of the caller's area and of the areas it lies in."""
    found = queries.counted(queries.visible_to(caller(request)))
    return list(found.filter(pk__gt=after).order_by("pk")[:PAGE])


@router.get("documents/{int:pk}", auth=needs("plans.view"), response=DocumentOut, url_name="plans_document")
def document(request: HttpRequest, pk: int) -> PlanDocument:
    """One document."""
    found = queries.counted(queries.visible_to(caller(request))).filter(pk=pk).first()
    if found is None:
        raise NotVisible("plan document")
    return found


@router.get("documents/{int:pk}/items", auth=needs("plans.view"), response=list[ItemOut], url_name="plans_items")
def items(request: HttpRequest, pk: int, kind: str = "", state: str = "", after: int = 0) -> list[Item]:
    """A document's items by id, 100 at a time; ``kind`` and ``state`` narrow them."""
    found = queries.get_document(caller(request), pk).items.filter(pk__gt=after)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    return list(found.order_by("pk")[:PAGE])


@router.get("documents/{int:pk}/changes", auth=needs("plans.view"), response=list[ChangeOut], url_name="plans_changes")
def changes(request: HttpRequest, pk: int, against: int = 0) -> list[dict[str, Any]]:
    """What became of each promise since the version that this one replaces, or since the document ``against``."""
    actor = caller(request)
    new = queries.get_document(actor, pk)
    old_pk = against or new.earlier_id
    if not old_pk:
        return []
    old = queries.get_document(actor, old_pk)
    return [
        {
            "verdict": one.verdict, "kind": (one.new or one.old).kind,  # type: ignore[union-attr]
            "old": one.old.key if one.old else None, "new": one.new.key if one.new else None,
            "likeness": round(one.likeness, 3), "differences": list(one.differences),
        }
        for one in queries.changes(old, new)
    ]


@router.post(
    "documents/{int:pk}/items", auth=needs("plans.review"), response={201: ItemOut}, url_name="plans_add"
)
def add(request: HttpRequest, pk: int, given: NewItemIn) -> Status[Item]:
    """Add a stretch of the text that the reading did not find; its data is filled in, then ``data`` laid over."""
    return Status(201, review.add(caller(request), pk, given.kind, given.start, given.end, _data(given.data)))


@router.get("items/{int:pk}", auth=needs("plans.view"), response=ItemOut, url_name="plans_item")
def item(request: HttpRequest, pk: int) -> Item:
    """One item."""
    return queries.get_item(caller(request), pk)


@router.post("items/{int:pk}/accept", auth=needs("plans.review"), response=ItemOut, url_name="plans_accept")
def accept(request: HttpRequest, pk: int, given: VersionIn) -> Item:
    """Take an item as it was read."""
    return review.accept(caller(request), pk, given.version)


@router.post("items/{int:pk}/reject", auth=needs("plans.review"), response=ItemOut, url_name="plans_reject")
def reject(request: HttpRequest, pk: int, given: ReasonIn) -> Item:
    """Leave an item out, saying why."""
    return review.reject(caller(request), pk, given.version, given.reason)


@router.post("items/{int:pk}/mend", auth=needs("plans.review"), response=ItemOut, url_name="plans_mend")
def mend(request: HttpRequest, pk: int, given: MendIn) -> Item:
    """Put an item right."""
    return review.mend(
        caller(request), pk, given.version, _data(given.data), kind=given.kind, start=given.start, end=given.end,
        reason=given.reason,
    )


_PLACES = {"id", "start", "end", "quote", "outline_id"}  # what the act itself says


def _data(given: dict[str, Any]) -> dict[str, Any]:
    if _PLACES & given.keys():
        raise Refused(fields={"data": "id, start, end, quote, outline_id"})
    return given
