"""Reading drafts and amendments: cut to where the actor holds the right, and to whom a draft is shared with."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import F, Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.engines.entitlement import Pack, PackError
from yinian.entitlements import packs
from yinian.entitlements.drafts.layers import DRAFT_DOCUMENT, Change, Layer
from yinian.entitlements.drafts.models import MAKING, Amendment, AmendmentEntry, Draft, DraftEntry, DraftStep

COUNTY_LENGTH = CODE_LENGTHS[Level.COUNTY]


def visible_to(actor: User) -> QuerySet[Draft]:
    """Drafts of the list of the area where the actor is posted: their own, those that are shared, and those submitted
    or put in force. What a county drafts is no business of whoever stands above it before it is in force."""
    actor.require("entitlements.compare")
    mine = Q(made_by=actor) | Q(shared=True) | Q(state__in=[Draft.State.SUBMITTED, Draft.State.PROMOTED])
    return (
        Draft.objects.filter(mine, region__in=actor.scope("entitlements.compare").regions)
        .select_related("region", "made_by", "amendment", "paper", "run", "copied_from")
        .defer("region__outline", "run__pack", "run__counts", "run__checks")
    )


def get_draft(actor: User, pk: int) -> Draft:
    """A draft the actor may see. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("draft")
    return found


def may_edit(actor: User, draft: Draft) -> bool:
    """Whether the actor may change a draft now: their own, or one shared with them."""
    return (
        draft.is_open and (draft.made_by_id == actor.pk or draft.shared) and drafts_for(actor, draft.region_id)
    )


def drafts_for(actor: User, region: str) -> bool:
    """Whether the actor drafts the list of a region: of where they are posted, not of what lies below it."""
    return region in actor.scope("entitlements.draft").regions


def may_export(actor: User, draft: Draft) -> bool:
    """Whether the actor may take what a draft would do away as a file: counts and sums, never a name."""
    return actor.scope("entitlements.export").covers(draft.region_id) or drafts_for(actor, draft.region_id)


def may_review(actor: User, draft: Draft) -> bool:
    """Whether the actor could review a draft: another human than all who had a hand in it."""
    from yinian.core.users.queries import same_human

    return (
        draft.state == Draft.State.SUBMITTED
        and actor.scope("entitlements.promote").covers(draft.region_id)
        and not any(same_human(actor, hand) for hand in hands_in(draft))
    )


def hands_in(draft: Draft) -> list[User]:
    """Everybody who had a hand in making a draft."""
    return list(User.objects.filter(
        pk__in=DraftStep.objects.filter(draft=draft, verb__in=MAKING).values("actor")
    ).order_by("pk"))


# --- what a draft means ----------------------------------------------------------------------------------------


def is_wide(draft: Draft) -> bool:
    """Whether it is a draft of a prefecture's or province's own list, which counties below take over."""
    return len(draft.region_id) < COUNTY_LENGTH


def counties_of(draft: Draft) -> list[Region]:
    """The counties below a wide draft's region whose packs rest on the draft's."""
    counties = Region.objects.filter(code__startswith=draft.region_id, level=Level.COUNTY).defer("outline")
    return [one for one in counties.order_by("code") if packs.rests_on(packs.path_for(one.code), draft.pack_path)]


def base_of(draft: Draft, on: dt.date | None = None, county: str = "") -> packs.InForce:
    """The pack in force on a day (the draft's), without the draft; of a wide draft, its own or that of one ``county``.
    Raises BadPack."""
    path = packs.path_for(county) if county else draft.pack_path
    return packs.at(path or draft.pack_path, county or draft.region_id, on or draft.effective_from)


def entries_of(draft: Draft) -> list[DraftEntry]:
    return list(draft.entries.select_related("changed_by").order_by("part", "pk"))


def layer_of(draft: Draft, entries: Iterable[DraftEntry] | None = None) -> Layer:
    """The draft's changes as one layer."""
    found = entries_of(draft) if entries is None else entries
    document: dict[str, Any] = {"id": DRAFT_DOCUMENT, "title": draft.title or draft.name}
    if draft.number:
        document["number"] = draft.number
    if draft.dated is not None:
        document["date"] = draft.dated.isoformat()
    changes = tuple(Change(e.part, e.key, e.data) for e in found)
    return Layer("draft", changes, (document, *packs.papers_of(changes)), draft.name)


def pack_with(draft: Draft, layer: Layer, on: dt.date | None = None, county: str = "") -> Pack | PackError:
    """The pack in force on a day (the draft's) with a layer of the draft's on top, or what is wrong with it.

    In a ``county`` below a wide draft's region the layer lies right above the draft's own pack: what the county's pack
    or its amendments say otherwise goes before it.
    """
    if not layer.changes:
        return base_of(draft, on, county).pack
    if county:
        rows = packs.amendment_rows(county, on or draft.effective_from)
        inner = replace(layer, over=draft.pack_path)
        path = packs.path_for(county) or draft.pack_path
        return packs.try_layers(path, [inner, packs.amended_layer(rows)] if rows else [inner])
    rows = packs.amendment_rows(draft.region_id, on or draft.effective_from)
    return packs.try_layers(draft.pack_path, [packs.amended_layer(rows), layer] if rows else [layer])


def pack_of(draft: Draft, on: dt.date | None = None, county: str = "") -> Pack | PackError:
    """The pack as the draft would have it on a day (its own), or what is wrong with it."""
    return pack_with(draft, layer_of(draft), on, county)


def is_stale(draft: Draft, base: packs.InForce) -> bool:
    """Whether the pack in force has changed since the draft was last compared with it."""
    return draft.state in (Draft.State.OPEN, Draft.State.SUBMITTED) and draft.base_hash != base.pack.hash


# --- amendments ------------------------------------------------------------------------------------------------


def amendments_visible_to(actor: User) -> QuerySet[Amendment]:
    """Amendments of the counties in which the actor's area lies, or which lie in it."""
    actor.require("entitlements.view")
    scope = actor.scope("entitlements.view")
    counties = {code[:COUNTY_LENGTH] for code in scope.regions if len(code) >= COUNTY_LENGTH}
    return (
        Amendment.objects.filter(scope.q("region__code") | Q(region__in=counties))
        .select_related("region", "made_by", "approved_by", "ended_by", "paper", "draft")
        .defer("region__outline", "draft__figures")
    )


def get_amendment(actor: User, pk: int) -> Amendment:
    """An amendment the actor may see. Raises NotVisible."""
    found = amendments_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("amendment")
    return found


def clashes(draft: Draft, entries: Iterable[DraftEntry]) -> list[AmendmentEntry]:
    """What amendments that begin on or after the draft's day already say of its entries: one of the two must go."""
    keys = Q(pk__in=[])
    for entry in entries:
        keys |= Q(part=entry.part, key=entry.key)
    return list(
        AmendmentEntry.objects.filter(keys, region=draft.region_id, starts__gte=draft.effective_from)
        .exclude(cut_on=F("starts"))
        .select_related("amendment")
    )
