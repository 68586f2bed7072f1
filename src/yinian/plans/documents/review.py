"""Reviewing what was read from a plan document: accept, mend, reject, split, merge, add.

Every act locks its items, keeps in the history what they were, and writes an audit row in the same transaction. An
item that already drives something of the plan cannot leave the reviewed ones: the database refuses, and it is said.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.users.models import User
from yinian.engines.plantext import read_selection
from yinian.plans.documents.models import Item, ItemChange, PlanDocument
from yinian.plans.documents.queries import get_document, get_item

RIGHT = "plans.review"
OPEN = (Item.State.FOUND, Item.State.ACCEPTED, Item.State.MENDED, Item.State.REJECTED)
LONGEST = 4000  # code points of one item
DRIVEN = "planitem_is_being_driven"  # the constraint by which a plan keeps its ground (plans/guard.py)
_EDGES = " \t\r\n　\xa0,，、。;；:："


def accept(actor: User, pk: int, version: int) -> Item:
    """Take an item as it was read. A rejected one comes back by it."""
    item = _locked_for(actor, pk)

    def act(item: Item) -> None:
        _expect(item, version)
        if item.state not in (Item.State.FOUND, Item.State.REJECTED):
            raise Refused(_("This item has been reviewed already."))
        _settle(actor, item, Item.State.ACCEPTED, ItemChange.Act.ACCEPT)

    return _do(actor, item, "plans.accept", act)


def accept_all(actor: User, document_pk: int, start: int, end: int, kinds: Sequence[str] = ()) -> int:
    """Take every item not reviewed that begins in a stretch of the text, doubtful ones left; returns how many."""
    document = _reviewable(actor, document_pk)
    with transaction.atomic():
        _lock_document(document)
        items = Item.objects.select_for_update(of=("self",)).filter(
            document=document, state=Item.State.FOUND, start__gte=start, start__lt=end, doubts=[]
        )
        if kinds:
            items = items.filter(kind__in=kinds)
        found = list(items)
        now = timezone.now()
        ItemChange.objects.bulk_create(
            [ItemChange(item=item, act=ItemChange.Act.ACCEPT, by=actor, at=now, before=_was(item)) for item in found]
        )
        for item in found:
            item.state, item.reviewed_by, item.reviewed_at = Item.State.ACCEPTED, actor, now
            item.version += 1
        Item.objects.bulk_update(found, ["state", "reviewed_by", "reviewed_at", "version"])
        record(actor, "plans.accept_all", document, region=document.region_id,
               detail={"start": start, "end": end, "items": len(found)})
    return len(found)


def reject(actor: User, pk: int, version: int, reason: str) -> Item:
    """Leave an item out, saying why."""
    item = _locked_for(actor, pk)
    reason = _reason(reason)

    def act(item: Item) -> None:
        _expect(item, version)
        if item.state not in (Item.State.FOUND, Item.State.ACCEPTED, Item.State.MENDED):
            raise Refused(_("This item has been left out already."))
        _settle(actor, item, Item.State.REJECTED, ItemChange.Act.REJECT, reason)

    return _do(actor, item, "plans.reject", act)


def mend(
    actor: User, pk: int, version: int, changes: dict[str, Any], *, kind: str = "", start: int | None = None,
    end: int | None = None, reason: str = "",
) -> Item:
    """Put an item right: ``changes`` over its data, perhaps another kind or another stretch of the text."""
    item = _locked_for(actor, pk)

    def act(item: Item) -> None:
        _expect(item, version)
        if item.state not in OPEN:
            raise Refused(_("This item was split or merged; mend what came of it."))
        before = _was(item)
        if kind and kind != item.kind:
            if kind not in Item.Kind.values:
                raise Refused(fields={"kind": _("Choose one of the kinds.")})
            given = _read(item.document, start or item.start, end or item.end, kind)
            item.data = {**given, "id": item.data.get("id"), "outline_id": item.data.get("outline_id")}
            item.kind = kind
        if start is not None and end is not None and (start, end) != (item.start, item.end):
            item.start, item.end = start, end
            item.quote = _slice(item.document, start, end)
            item.data = {**item.data, "start": start, "end": end, "quote": item.quote}
        item.data = {**item.data, **changes}
        if (item.kind, item.start, item.end, item.data) == (
            before["kind"], before["start"], before["end"], before["data"]
        ):
            raise Refused(_("Nothing was changed. To take the item as it is, accept it."))
        _settle(actor, item, Item.State.MENDED, ItemChange.Act.MEND, reason.strip()[:200], before)

    return _do(actor, item, "plans.mend", act)


def split(actor: User, pk: int, version: int, at: int) -> list[Item]:
    """Split an item at a place in its stretch; the two pieces keep what their own words do not say otherwise."""
    item = _locked_for(actor, pk)
    made: list[Item] = []

    def act(item: Item) -> None:
        _expect(item, version)
        if item.state not in OPEN or item.kind == Item.Kind.OUTLINE:
            raise Refused(_("This item cannot be split."))
        text = item.quote
        inside = item.start < at < item.end
        cuts = [_trim(text, 0, at - item.start), _trim(text, at - item.start, len(text))] if inside else [None]
        if None in cuts:
            raise Refused(fields={"at": _("Choose a place between two parts of the sentence.")})
        for low, high in filter(None, cuts):
            made.append(_piece(actor, item, item.start + low, item.start + high))
        _settle(actor, item, Item.State.SPLIT, ItemChange.Act.SPLIT)

    _do(actor, item, "plans.split", act)
    return made


def merge(actor: User, first_pk: int, second_pk: int, versions: tuple[int, int]) -> Item:
    """Make one item of two of one kind: it reaches from the beginning of the first to the end of the second."""
    one, two = sorted((_locked_for(actor, first_pk), _locked_for(actor, second_pk)), key=lambda item: item.start)
    if one.pk == two.pk or one.document_id != two.document_id or one.kind != two.kind:
        raise Refused(_("Merge two items of the same kind in one document."))
    by_pk = {first_pk: versions[0], second_pk: versions[1]}
    with _guarded(), transaction.atomic():
        _lock_document(one.document)
        locked = {item.pk: item for item in Item.objects.select_for_update(of=("self",)).filter(pk__in=by_pk)}
        one, two = locked[one.pk], locked[two.pk]
        for item in (one, two):
            _expect(item, by_pk[item.pk])
            if item.state not in OPEN:
                raise Refused(_("One of them was split or merged before."))
        start, end = one.start, max(one.end, two.end)
        data = _merged(one, two) | {"start": start, "end": end}
        whole = _make(actor, one.document, one.kind, start, end, data, one.parent_id)
        for item in (one, two):
            item.into = whole
            _settle(actor, item, Item.State.MERGED, ItemChange.Act.MERGE)
        record(actor, "plans.merge", whole, region=one.document.region_id, detail={"of": sorted(by_pk)})
    return whole


def propose(actor: User, document_pk: int, start: int, end: int, kind: str) -> dict[str, Any]:
    """What a picked stretch would be as an item of ``kind``: filled in by the readers that read whole plans."""
    document = _reviewable(actor, document_pk)
    if kind not in Item.Kind.values:
        raise Refused(fields={"kind": _("Choose one of the kinds.")})
    text = _text(document)
    cut = _trim(text, *_bounds(text, start, end))
    if cut is None:
        raise Refused(fields={"selection": _("Mark at least two characters of the text.")})
    return _read(document, *cut, kind)


def add(
    actor: User, document_pk: int, kind: str, start: int, end: int, changes: dict[str, Any] | None = None
) -> Item:
    """Add what the reading did not find: a stretch that an officer picked, its data filled in, then ``changes``."""
    data = propose(actor, document_pk, start, end, kind) | (changes or {})
    document = _reviewable(actor, document_pk)
    start, end = data["start"], data["end"]
    with transaction.atomic():
        _lock_document(document)
        twin = Item.objects.filter(
            document=document, kind=kind, start=start, end=end, state__in=OPEN
        ).first()
        if twin is not None:
            raise Refused(_("This very stretch is already an item of this kind."))
        parent = _heading_over(document, start)
        data |= {"id": None, "outline_id": parent.data.get("id") if parent else None}
        item = _make(actor, document, kind, start, end, data, parent.pk if parent else None)
        record(actor, "plans.add", item, region=document.region_id, detail={"kind": kind})
    return item


# --- what the acts are made of ---------------------------------------------------------------------------------


def _reviewable(actor: User, pk: int) -> PlanDocument:
    document = get_document(actor, pk, RIGHT)
    actor.require(RIGHT, document.region_id)
    if not document.is_open:
        raise Refused(_("This document is not under review."))
    return document


def _locked_for(actor: User, pk: int) -> Item:
    item = get_item(actor, pk, RIGHT)
    actor.require(RIGHT, item.document.region_id)
    return item


def _lock_document(document: PlanDocument) -> None:
    """Acts on one document come one after the other; a withdrawn one takes none."""
    state = PlanDocument.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=document.pk)
    if state not in (PlanDocument.State.IN_REVIEW, PlanDocument.State.ADOPTED):
        raise Refused(_("This document is not under review."))


def _do(actor: User, seen: Item, name: str, act: Callable[[Item], None]) -> Item:
    with _guarded(), transaction.atomic():
        _lock_document(seen.document)
        item = Item.objects.select_for_update(of=("self",)).select_related("document").defer("document__text").get(
            pk=seen.pk
        )
        act(item)
        record(actor, name, item, region=seen.document.region_id, reason=item.reason, detail={"kind": item.kind})
    return item


class _guarded:
    """Turns the database's refusal to let go of an item that a plan stands on into words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, IntegrityError):
            name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
            if name == DRIVEN:
                raise Refused(
                    _("A task, target or project of the plan stands on this item. End that first.")
                ) from error


def _expect(item: Item, version: int) -> None:
    if item.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return reason[:200]


def _was(item: Item) -> dict[str, Any]:
    return {
        "state": item.state, "kind": item.kind, "start": item.start, "end": item.end,
        "data": json.loads(json.dumps(item.data)),
    }


def _settle(
    actor: User, item: Item, state: str, act: str, reason: str = "", before: dict[str, Any] | None = None
) -> None:
    before = before or _was(item)
    item.state, item.reviewed_by, item.reviewed_at, item.reason = state, actor, timezone.now(), reason
    item.version += 1
    item.save()
    ItemChange.objects.create(item=item, act=act, by=actor, reason=reason, before=before)


def _make(
    actor: User, document: PlanDocument, kind: str, start: int, end: int, data: dict[str, Any], parent: int | None,
    out_of: Item | None = None,
) -> Item:
    quote = _slice(document, start, end)
    item = Item.objects.create(
        document=document, kind=kind, start=start, end=end, quote=quote, data={**data, "quote": quote},
        parent_id=parent, origin=Item.Origin.OFFICER, state=Item.State.ACCEPTED, reviewed_by=actor,
        reviewed_at=timezone.now(), out_of=out_of,
    )
    ItemChange.objects.create(item=item, act=ItemChange.Act.ADD, by=actor)
    return item


def _piece(actor: User, item: Item, start: int, end: int) -> Item:
    own = _read(item.document, start, end, item.kind)
    data = {**item.data, **{key: value for key, value in own.items() if value not in (None, [], "")}, "id": None}
    return _make(actor, item.document, item.kind, start, end, data, item.parent_id, item)


def _merged(one: Item, two: Item) -> dict[str, Any]:
    """The first one's data; lists are joined, and what it leaves open is taken from the second."""
    data = {**one.data, "id": None}
    for key, value in two.data.items():
        mine = data.get(key)
        if isinstance(mine, list) and isinstance(value, list) and key != "units_from":
            data[key] = mine + [entry for entry in value if entry not in mine]
        elif mine is None:
            data[key] = value
    return data


def _read(document: PlanDocument, start: int, end: int, kind: str) -> dict[str, Any]:
    text = _text(document)
    start, end = _bounds(text, start, end)
    years = document.period_from, document.period_to
    period = (years[0], years[1]) if years[0] and years[1] else None
    return read_selection(text, start, end, kind, today=document.issued_on, period=period)


def _text(document: PlanDocument) -> str:
    return document.text  # deferred by the queries: read when first asked for


def _bounds(text: str, start: int, end: int) -> tuple[int, int]:
    if not 0 <= start < end <= len(text):
        raise Refused(fields={"selection": _("Mark a stretch of this document's text.")})
    if end - start > LONGEST:
        raise Refused(fields={"selection": _("Mark less: one task, target, sum or project.")})
    return start, end


def _slice(document: PlanDocument, start: int, end: int) -> str:
    text = _text(document)
    start, end = _bounds(text, start, end)
    return text[start:end]


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The stretch without the blanks and marks at its edges; None where fewer than two characters stay."""
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return (start, end) if end - start >= 2 else None


def _heading_over(document: PlanDocument, place: int) -> Item | None:
    """The nearest heading before a place whose part of the text holds it."""
    headings: Iterable[Item] = Item.objects.filter(
        document=document, kind=Item.Kind.OUTLINE, start__lte=place
    ).exclude(state__in=[Item.State.REJECTED, Item.State.MERGED, Item.State.SPLIT]).order_by("-start")[:60]
    return next((one for one in headings if one.data.get("body_end", place + 1) > place), None)


def withdraw(actor: User, pk: int, reason: str) -> PlanDocument:
    """Take a document back: entered in error, or replaced. What it already drives keeps it from going."""
    document = get_document(actor, pk, RIGHT)
    actor.require(RIGHT, document.region_id)
    reason = _reason(reason)
    with _guarded(), transaction.atomic():
        document = PlanDocument.objects.select_for_update(of=("self",)).defer("text").get(pk=pk)
        if document.state not in (PlanDocument.State.READING, PlanDocument.State.IN_REVIEW):
            raise Refused(_("A document that has been adopted is replaced by its next version, not withdrawn."))
        if document.job is not None and not document.job.is_over:
            raise Refused(_("The document is being read; stop that first."))
        document.state, document.withdrawn_by, document.withdrawn_at = "withdrawn", actor, timezone.now()
        document.withdrawn_why = reason
        document.version += 1
        document.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "withdrawn_why", "version"])
        record(actor, "plans.withdraw", document, region=document.region_id, reason=reason)
    return document


def edit_facts(actor: User, pk: int, version: int, **facts: Any) -> PlanDocument:
    """Put right what the reading took a document's own facts to be: title, issuer, number, days, kind, replaced."""
    allowed = {"title", "issuer", "number", "issued_on", "valid_until", "period_from", "period_to", "kind", "earlier"}
    if unknown := set(facts) - allowed:
        raise TypeError(f"no facts of a document: {sorted(unknown)}")
    document = get_document(actor, pk, RIGHT)
    actor.require(RIGHT, document.region_id)
    earlier = facts.get("earlier")
    if earlier is not None and (earlier.region_id != document.region_id or pk in _line_of(earlier)):
        raise Refused(fields={"earlier": _("A version replaces another document of the same area.")})
    first, last = facts.get("period_from"), facts.get("period_to")
    if (first is None) != (last is None) or (first and last and first > last):
        raise Refused(fields={"period_to": _("Give the first and the last year, in this order.")})
    with transaction.atomic():
        document = PlanDocument.objects.select_for_update(of=("self",)).defer("text").get(pk=pk)
        if document.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if document.state == PlanDocument.State.WITHDRAWN:
            raise NotVisible("withdrawn document")
        changed = sorted(name for name, value in facts.items() if getattr(document, name) != value)
        for name in changed:
            setattr(document, name, facts[name])
        document.version += 1
        document.save(update_fields=[*changed, "version"])
        record(actor, "plans.edit_document", document, region=document.region_id, detail={"changed": changed})
    return document


def _line_of(document: PlanDocument) -> set[int]:
    """The document and all versions before it."""
    line: set[int] = set()
    at: PlanDocument | None = document
    while at is not None and at.pk not in line:
        line.add(at.pk)
        at = at.earlier
    return line
