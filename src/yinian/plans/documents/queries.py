"""Reading plan documents and their items: those of the actor's area, and those of the areas it lies in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import User
from yinian.engines.plantext.comparison import Change, Part, compare
from yinian.plans.documents.models import LIVE, Item, ItemChange, PlanDocument, Reading
from yinian.plans.documents.sections import Heading, Section, cut

GONE = ("rejected", "split", "merged")
CONTEXT = 60  # code points after an item that say of what nature it is: the next cells of a table


def visible_to(actor: User, right: str = "plans.view") -> QuerySet[PlanDocument]:
    """Documents without their texts. A county's plan binds its towns, a prefecture's its counties: both see it."""
    actor.require(right)
    scope = actor.scope(right)
    above = {step for code in scope.regions for step in Region.codes_above(code)}
    return (
        PlanDocument.objects.filter(scope.q("region__code") | Q(region__in=above))
        .select_related("region", "imported_by", "job", "source", "earlier")
        .defer("text", "region__outline", "earlier__text")
    )


def counted(documents: QuerySet[PlanDocument]) -> QuerySet[PlanDocument]:
    """With ``found`` (headings among them, as the page that reviews them counts) and ``waiting`` (not reviewed)."""
    found = ~Q(items__state__in=["split", "merged"])
    return documents.annotate(
        found=Count("items", filter=found), waiting=Count("items", filter=found & Q(items__state="found"))
    )


def get_document(actor: User, pk: int, right: str = "plans.view") -> PlanDocument:
    """A document the actor may see. Raises NotVisible."""
    document = visible_to(actor, right).filter(pk=pk).first()
    if document is None:
        raise NotVisible("plan document")
    return document


def get_item(actor: User, pk: int, right: str = "plans.view") -> Item:
    """An item of a document the actor may see. Raises NotVisible."""
    item = (
        Item.objects.filter(pk=pk, document__in=visible_to(actor, right).order_by())
        .select_related("document", "reviewed_by", "parent__parent")
        .defer("document__text")
        .first()
    )
    if item is None:
        raise NotVisible("item of a plan")
    return item


def may_review(actor: User, document: PlanDocument) -> bool:
    return actor.scope("plans.review").covers(document.region_id) and document.is_open


def regions_of(actor: User) -> list[Region]:
    """Where the actor may take documents in: their own areas, and the counties and prefectures below."""
    scope = actor.scope("plans.review")
    return list(
        Region.objects.filter(scope.q("code"), level__lte=Level.COUNTY).defer("outline").order_by("code")
    )


def replaceable(actor: User, but: int | None = None) -> QuerySet[PlanDocument]:
    """Documents that a new version may replace."""
    scope = actor.scope("plans.review")
    found = PlanDocument.objects.filter(scope.q("region__code")).exclude(state="withdrawn").only("title", "region_id")
    return (found.exclude(pk=but) if but else found).order_by("-pk")


def search(documents: QuerySet[PlanDocument], text: str) -> QuerySet[PlanDocument]:
    """By title, number, issuer, or any words of the text."""
    return documents.filter(
        Q(title__contains=text) | Q(number__contains=text) | Q(issuer__contains=text) | Q(text__contains=text)
    )


# --- a document in pieces --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A section with how many of its items are there and how many wait."""

    section: Section
    found: int
    waiting: int


def headings(document: PlanDocument) -> list[Item]:
    """The headings that stand, in order."""
    return list(document.items.filter(kind="outline").exclude(state__in=GONE).order_by("start"))


def pieces(document: PlanDocument, outline: Sequence[Item] | None = None) -> list[Piece]:
    """The document's sections with their counts; headings are counted like other items."""
    # As the engine found them, whatever review made of them: a page keeps its number.
    marks = [
        Heading(item.start, int(item.data.get("level") or 1), headed(item))
        for item in (outline if outline is not None else headings(document))
        if item.origin == "engine"
    ]
    found = cut(document.text, marks)
    places = sorted(
        document.items.exclude(state__in=["split", "merged"]).values_list("start", "state")
    )
    made, at = [], 0
    for section in found:
        count = waiting = 0
        while at < len(places) and places[at][0] < section.end:
            count += 1
            waiting += places[at][1] == "found"
            at += 1
        made.append(Piece(section, count, waiting))
    return made


def headed(item: Item) -> str:
    """A heading's label and title."""
    return f"{item.data.get('label') or ''}{item.data.get('title') or item.quote}"[:60]


def under(item: Item) -> str:
    """The heading that an item stands under: not the enumerator (一是) that its own sentence begins with."""
    above = item.parent
    while above is not None and above.start == item.start:
        above = above.parent
    return headed(above) if above is not None else ""


def doubts_of(document: PlanDocument) -> list[dict[str, Any]]:
    """What the reading is not sure of."""
    return Reading.objects.filter(document=document).values_list("doubts", flat=True).first() or []


def counts(document: PlanDocument) -> list[dict[str, Any]]:
    """Per kind: found, waiting, taken, left out; kinds of which there are none are left out."""
    rows: dict[str, dict[str, Any]] = {}
    for kind, state, number in (
        document.items.values_list("kind", "state").annotate(n=Count("pk")).order_by("kind", "state")
    ):
        row = rows.setdefault(kind, {"kind": kind, "found": 0, "waiting": 0, "taken": 0, "left_out": 0})
        if state in ("split", "merged"):
            continue
        row["found"] += number
        row["waiting"] += number if state == "found" else 0
        row["taken"] += number if state in LIVE else 0
        row["left_out"] += number if state == "rejected" else 0
    return [rows[kind] | {"label": label} for kind, label in Item.Kind.choices if kind in rows]


def reviewers(document: PlanDocument) -> list[dict[str, Any]]:
    """Who reviewed how many items, and when last."""
    rows = (
        ItemChange.objects.filter(item__document=document).values("by__full_name")
        .annotate(acts=Count("pk"), last=Max("at")).order_by("-acts")
    )
    return [dict(row) for row in rows]


def versions(actor: User, document: PlanDocument) -> list[PlanDocument]:
    """All versions of a document that the actor may see, the newest first."""
    seen = {d.pk: d for d in visible_to(actor).filter(region=document.region_id)}
    line = [document]
    at = document
    while at.earlier_id in seen and seen[at.earlier_id] not in line:
        at = seen[at.earlier_id]
        line.append(at)
    later = [document]
    while following := next((d for d in seen.values() if d.earlier_id == later[-1].pk and d not in later), None):
        later.append(following)
    return [*reversed(later[1:]), *line]


# --- two versions ----------------------------------------------------------------------------------------------


def parts(document: PlanDocument) -> list[Part]:
    """A document's items as the comparison takes them: what was left out by review is no promise."""
    text = document.text
    rows = list(document.items.exclude(state__in=GONE).order_by("start", "pk"))
    by_pk = {item.pk: item for item in rows if item.kind == "outline"}

    def section(item: Item) -> str:
        """The two uppermost headings: what stands below them moves with them."""
        line: list[str] = []
        at = by_pk.get(item.parent_id or 0)
        while at is not None:
            line.append(str(at.data.get("title") or at.quote))
            at = by_pk.get(at.parent_id or 0)
        return " › ".join(line[::-1][:2])

    return [
        Part(item.pk, item.kind, item.start, item.quote, section(item), item.data,
             text[item.start : item.end + CONTEXT])
        for item in rows
        if item.kind != "outline"
    ]


def changes(old: PlanDocument, new: PlanDocument) -> list[Change]:
    """What became of each promise of the old version, and what the new one adds."""
    return compare(parts(old), parts(new))
