"""Taking in a plan document: the file is kept, a job reads it, and what it says waits to be reviewed.

The job writes its whole effect in one transaction: text, reading and items are all there or none of them.
"""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import PurePath
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian import __version__
from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jobs import actions as jobs
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.engines.plantext import Plan, ReadingError, read_plan, read_source, to_document
from yinian.plans.documents.models import Item, PlanDocument, Reading
from yinian.plans.documents.queries import get_document

RIGHT = "plans.review"
READ = "plans.read"
_KINDS = (  # the last word of a title that names a kind of document
    (PlanDocument.Kind.SCHEME, r"实施方案|工作方案|试点方案|建设方案"),
    (PlanDocument.Kind.ACTION, r"行动方案|行动计划|三年计划|攻坚"),
    (PlanDocument.Kind.PLAN, r"规划|计划"),
    (PlanDocument.Kind.OPINION, r"意见|措施"),
    (PlanDocument.Kind.NOTICE, r"通知|通告|公告"),
)
_LISTS = (("outline", "outline"), ("tasks", "task"), ("targets", "target"), ("money", "money"), ("projects", "project"))


class Known(Refused):
    """The same file was taken in before; ``document`` is what it became."""

    def __init__(self, document: PlanDocument) -> None:
        self.document = document
        words = _("This very file is already here: “%(title)s”.") % {"title": document.title}
        super().__init__(fields={"file": words})


def upload(
    actor: User, file: BinaryIO, region: str, *, name: str = "", kind: str = "", earlier: int | None = None
) -> PlanDocument:
    """Keep a file and queue its reading. Raises :class:`Known` for a file that this region has already."""
    actor.require(RIGHT, region)
    if kind and kind not in PlanDocument.Kind.values:
        raise Refused(fields={"kind": _("Choose one of the kinds.")})
    before = get_document(actor, earlier, RIGHT) if earlier else None
    if before is not None and before.region_id != region:
        raise Refused(fields={"earlier": _("A version replaces a document of the same area.")})
    name = name or getattr(file, "name", "") or ""
    with transaction.atomic():
        source = attachments.store(actor, file, "plans.source", region, name=name)
        # Two uploads of one file at once: the second waits here, and finds the first.
        Region.objects.select_for_update(no_key=True).only("code").get(pk=region)
        twin = PlanDocument.objects.filter(region=region, sha256=source.sha256).exclude(state="withdrawn").first()
        if twin is not None:
            raise Known(twin)
        document = PlanDocument.objects.create(
            region_id=region, title=PurePath(source.name).stem[:200], kind=kind or PlanDocument.Kind.OTHER,
            source=source, sha256=source.sha256, earlier=before, imported_by=actor,
        )
        record(actor, "plans.import", document, region=region,
               detail={"sha256": source.sha256, "earlier": before.pk if before else None})
        _queue(actor, document)
    return document


def read_again(actor: User, pk: int) -> PlanDocument:
    """Queue the reading of a document that could not be read, or whose job was stopped."""
    document = get_document(actor, pk, RIGHT)
    actor.require(RIGHT, document.region_id)
    with transaction.atomic():
        document = PlanDocument.objects.select_for_update(of=("self",)).defer("text").get(pk=pk)
        if document.state != PlanDocument.State.READING:
            raise Refused(_("This document has been read."))
        _queue(actor, document)
        record(actor, "plans.read_again", document, region=document.region_id)
    return document


def _queue(actor: User, document: PlanDocument) -> None:
    document.job = jobs.enqueue(
        actor, READ, {"document": document.pk}, region=document.region_id, key=f"{READ}:{document.pk}",
        url=reverse("plans:document", args=[document.pk]),
    )
    document.save(update_fields=["job"])


def read(context: jobs.JobContext) -> None:
    """The job: read the file, find what it says, put it before the reviewer."""
    document = PlanDocument.objects.select_related("source").get(pk=context.params["document"])
    context.progress(0, 3, _("Reading the file"))
    with attachments.content_of(document.source) as content:
        data = content.read()
    plan = _plan(document.source.name, data, lambda: context.progress(1, 3, _("Finding tasks, targets and projects")))
    context.progress(2, 3, _("Laying out what is to be reviewed"))
    with context.effect() as result:
        document = PlanDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if document.state != PlanDocument.State.READING:
            result["already"] = document.pk
            return
        context.actor.require(RIGHT, document.region_id)
        result |= write(context.actor, document, plan)
        result["url"] = reverse("plans:document", args=[document.pk])


def _plan(name: str, data: bytes, found_text: Any = lambda: None) -> Plan:
    try:
        source = read_source(name, data)
    except ReadingError as error:
        raise Refused(_unreadable(str(error))) from error
    if "\x00" in source.text or any("\ud800" <= sign <= "\udfff" for sign in source.text):
        raise Refused(_("The file holds characters that are no text. Save it anew and try again."))
    found_text()
    if not source.text.strip():
        raise Refused(_("The file holds no text."))
    return read_plan(source.text, source.tables)


def _unreadable(message: str) -> str:
    """The engine's reason in words for the officer who uploaded the file."""
    if "password" in message:
        return _("The file is locked with a password. Take the password away and upload it again.")
    if "pictures" in message:
        return _("The file holds pictures of pages and no text. Run it through text recognition first.")
    if re.search(r"more than|at most|larger|unpacks", message):
        return _("The file is far larger than a plan is; it was not read.")
    return _("The file is damaged or is not what its name says. Save it anew as .docx, .pdf, .html or .txt.")


def write(actor: User, document: PlanDocument, plan: Plan) -> dict[str, int]:
    """Put a reading into a document that has none: text, facts, items. In the caller's transaction.

    Returns how many of each kind were found, and ``doubts``.
    """
    found = to_document(plan)
    text = found.pop("text")
    meta = found["meta"]
    _facts(document, meta)
    document.text, document.text_sha256 = text, found["text_sha256"]
    document.state = PlanDocument.State.IN_REVIEW
    document.version += 1
    try:
        with transaction.atomic():
            document.save()
    except IntegrityError as error:
        raise Refused(_("The document could not be kept as it was read.")) from error
    Reading.objects.create(document=document, engine=__version__, output=found, doubts=found["doubts"])
    items = _items(document, text, found)
    counts: dict[str, int] = {"doubts": len(found["doubts"])}
    for item in items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    record(actor, "plans.read", document, region=document.region_id, detail=counts)
    return counts


def _facts(document: PlanDocument, meta: dict[str, Any]) -> None:
    title = " ".join((meta["title"] or "").split())
    document.title = title[:200] or document.title
    document.issuer = " ".join((meta["issuer"] or "").split())[:200]
    document.number = (meta["doc_no"] or "")[:80]
    document.issued_on = date.fromisoformat(meta["date"]) if meta["date"] else None
    document.valid_until = date.fromisoformat(meta["valid_until"]) if meta["valid_until"] else None
    if meta["period"]:
        document.period_from, document.period_to = meta["period"]
    if document.kind == PlanDocument.Kind.OTHER:
        # 关于印发《…方案》的通知 is the scheme that it encloses.
        bare = title.replace("的通知", "")
        document.kind = next(
            (kind for said in (bare, title) for kind, words in _KINDS if re.search(words, said)),
            PlanDocument.Kind.OTHER,
        )


def _items(document: PlanDocument, text: str, found: dict[str, Any]) -> list[Item]:
    doubts = [(number, one["start"], one["end"]) for number, one in enumerate(found["doubts"])]
    outline = found["outline"]
    headings: dict[str, Item] = {}
    made: list[Item] = []
    # A heading is written before those under it, which name it.
    levels: dict[int, list[Item]] = {}
    depth: dict[str, int] = {}
    for data in outline:
        depth[data["id"]] = depth.get(data["parent"], -1) + 1 if data["parent"] else 0
        item = _item(document, text, "outline", data, doubts)
        headings[data["id"]] = item
        levels.setdefault(depth[data["id"]], []).append(item)
    for level in sorted(levels):
        for item in levels[level]:
            item.parent = headings.get(item.data["parent"] or "")
        made += Item.objects.bulk_create(levels[level])
    rest: list[Item] = []
    for name, kind in _LISTS[1:]:
        for data in found[name]:
            of = "standard" if kind == "target" and data["kind"] == "standard" else kind
            item = _item(document, text, of, data, doubts)
            node = data.get("outline_id") or _node_at(outline, data["start"])
            item.parent = headings.get(node or "")
            rest.append(item)
    return made + Item.objects.bulk_create(rest)


def _item(
    document: PlanDocument, text: str, kind: str, data: dict[str, Any], doubts: Sequence[tuple[int, int, int]]
) -> Item:
    start, end = data["start"], data["end"]
    near = [number for number, low, high in doubts if low < end and start < max(high, low + 1)]
    return Item(document=document, kind=kind, start=start, end=end, quote=text[start:end], data=data, doubts=near)


def _node_at(outline: Sequence[dict[str, Any]], place: int) -> str | None:
    """The deepest heading whose part of the text holds a place."""
    holding = [node for node in outline if node["start"] <= place < node["body_end"]]
    return max(holding, key=lambda node: node["start"])["id"] if holding else None
