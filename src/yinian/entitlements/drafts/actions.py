"""Making drafts and changing them: every write up to the day a draft goes to review (that is `review`)."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Forbidden, Refused
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import User
from yinian.engines.entitlement import Pack, PackError
from yinian.entitlements import packs
from yinian.entitlements.drafts import editing, queries
from yinian.entitlements.drafts.layers import entry_of
from yinian.entitlements.drafts.models import Draft, DraftEntry, DraftStep
from yinian.entitlements.drafts.words import fault

FURTHEST_YEARS = 5  # how far ahead or back a draft may begin: beyond that a year was mistyped
_ID = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


def make(actor: User, region: str, name: str, effective_from: dt.date, description: str = "") -> Draft:
    """A new draft of a county's list, or of the list that a prefecture or province gives its counties, with nothing
    changed yet. Raises :class:`Refused`, NoPack, BadPack."""
    actor.require("entitlements.draft", region)
    if not Region.objects.filter(pk=region, level__lte=Level.COUNTY).exists():
        raise Refused(fields={"region": _("A draft is of one whole county.")})
    if not queries.drafts_for(actor, region):
        raise Refused(fields={"region": _("The list of an area is drafted by that area's own office.")})
    _check_text(name)
    _check_day(effective_from)
    if len(region) < queries.COUNTY_LENGTH and packs.own_path(region) is None:
        raise Refused(_("%(area)s has no policy pack of its own: there is no list of its own to change.") % {
            "area": Region.objects.get(pk=region).name})
    base = packs.in_force(region, effective_from)
    with transaction.atomic():
        draft = Draft.objects.create(
            region_id=region, name=name.strip(), description=description.strip(), pack_path=base.path,
            base_hash=base.pack.hash, effective_from=effective_from, made_by=actor,
        )
        step(actor, draft, DraftStep.Verb.MADE)
        record(actor, "entitlements.draft", draft, region=region, detail={"effective_from": effective_from.isoformat()})
    return draft


def duplicate(actor: User, draft_id: int, name: str = "") -> Draft:
    """A draft of one's own with the changes of another one. Raises NotVisible, :class:`Refused`."""
    source = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", source.region_id)
    if not queries.drafts_for(actor, source.region_id):
        raise Forbidden("entitlements.draft")
    base = queries.base_of(source)
    copy_name = name.strip() or _("%(name)s, copy") % {"name": source.name[:70]}
    _check_text(copy_name)
    with transaction.atomic():
        draft = Draft.objects.create(
            region_id=source.region_id, name=copy_name, description=source.description, pack_path=source.pack_path,
            base_hash=source.base_hash if source.is_open else base.pack.hash, effective_from=source.effective_from,
            made_by=actor, copied_from=source,
        )
        DraftEntry.objects.bulk_create(
            DraftEntry(draft=draft, part=e.part, key=e.key, base=e.base, data=e.data, changed_by=actor)
            for e in source.entries.all()
        )
        step(actor, draft, DraftStep.Verb.MADE, detail={"from": source.pk})
        record(actor, "entitlements.draft", draft, region=draft.region_id, detail={"copied_from": source.pk})
    return draft


def describe(
    actor: User, draft_id: int, version: int, *, name: str, description: str, effective_from: dt.date
) -> Draft:
    """Name, describe, and set the day a draft begins; figures of its own begin on that day too."""
    _check_text(name)
    _check_day(effective_from)

    def change(draft: Draft) -> dict[str, Any]:
        moved = draft.effective_from != effective_from
        draft.name, draft.description, draft.effective_from = name.strip(), description.strip(), effective_from
        if moved:
            base = queries.base_of(draft)
            for entry in draft.entries.filter(part="parameter"):
                entry.data = editing.redated(entry_of(base.pack, "parameter", entry.key), entry.data, effective_from)
                entry.save(update_fields=["data"])
            _check_whole(draft)
        return {"effective_from": effective_from.isoformat()} if moved else {}

    return _change(actor, draft_id, change, version=version)


def share(actor: User, draft_id: int, shared: bool) -> Draft:
    """Let colleagues who hold the right in the region see and change a draft, or no longer. Its maker alone may."""
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", draft.region_id)
    with transaction.atomic():
        locked = _locked(draft)
        if locked.made_by_id != actor.pk:
            raise Forbidden("entitlements.draft")
        if locked.shared == shared:
            return locked
        locked.shared = shared
        _save(locked, ["shared"])
        step(actor, locked, DraftStep.Verb.SHARED if shared else DraftStep.Verb.UNSHARED)
        record(actor, "entitlements.draft_share", locked, region=locked.region_id, detail={"shared": shared})
    return locked


def discard(actor: User, draft_id: int, reason: str = "") -> Draft:
    """Put a draft away for good; it stays on file. Its maker alone may, while it is open."""
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", draft.region_id)
    with transaction.atomic():
        locked = _locked(draft)
        if locked.made_by_id != actor.pk:
            raise Forbidden("entitlements.draft")
        _must_be_open(locked)
        locked.state = Draft.State.DISCARDED
        _save(locked, ["state"])
        step(actor, locked, DraftStep.Verb.DISCARDED, reason=reason)
        record(actor, "entitlements.draft_discard", locked, region=locked.region_id, reason=reason.strip()[:300])
    return locked


# --- entries ---------------------------------------------------------------------------------------------------


def seen(data: Mapping[str, Any] | None) -> str:
    """What stands for an entry as somebody saw it: two changes of one entry are told by it."""
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def current(draft: Draft, part: str, key: str) -> dict[str, Any] | None:
    """An entry as the draft has it now, changed or not; None where it has none (or has switched it off)."""
    own = draft.entries.filter(part=part, key=key).first()
    if own is not None:
        return None if own.data.get("off") else dict(own.data)
    return entry_of(queries.base_of(draft).pack, part, key)


def set_entry(
    actor: User, draft_id: int, part: str, key: str, data: Mapping[str, Any], *, looked_at: str | None = None
) -> Draft:
    """Have an entry be ``data``, whole; equal to the pack in force, it is no change any more.

    ``looked_at``: :func:`seen` of what the actor changed it from. Raises :class:`Changed` when somebody was faster,
    :class:`Refused` where the pack could not be used so.
    """
    wanted = dict(data)
    wanted.pop("id", None)

    def change(draft: Draft) -> dict[str, Any]:
        before = entry_of(queries.base_of(draft).pack, part, key)
        if looked_at is not None and looked_at != seen(current(draft, part, key)):
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if before is not None:
            before.pop("id", None)
        if wanted == before:
            draft.entries.filter(part=part, key=key).delete()
        else:
            _put(actor, draft, part, key, before, wanted)
        _check_whole(draft)
        return {"part": part, "key": key}

    return _change(actor, draft_id, change)


def revert(actor: User, draft_id: int, part: str, key: str) -> Draft:
    """Take a change back: the entry is as in the pack in force again."""

    def change(draft: Draft) -> dict[str, Any]:
        draft.entries.filter(part=part, key=key).delete()
        _check_whole(draft)
        return {"part": part, "key": key, "reverted": True}

    return _change(actor, draft_id, change)


def set_value(
    actor: User, draft_id: int, key: str, value: Any, *, note: str | None = None, looked_at: str | None = None
) -> Draft:
    """Have a standard be ``value`` from the draft's day on (fen for money, a formula as text)."""
    draft = queries.get_draft(actor, draft_id)
    base = entry_of(queries.base_of(draft).pack, "parameter", key)
    if base is None:
        raise Refused(_("There is no such standard."))
    made = editing.with_value(base, draft.effective_from, value)
    if note is not None:
        made = _noted(made, note)
    shown = queries.base_of(draft).pack.parameters[key].in_force(draft.effective_from)
    if shown is not None and str(value) == shown.text and made.get("note") == base.get("note"):
        made = base
    return set_entry(actor, draft_id, "parameter", key, made, looked_at=looked_at)


def _noted(entry: dict[str, Any], note: str) -> dict[str, Any]:
    made = dict(entry)
    if not note.strip():
        made.pop("note", None)
    elif note.strip() != (made.get("note") or {}).get("zh"):
        made["note"] = {"zh": note.strip()}
    return made


def add_service(
    actor: User, draft_id: int, name: str, *, like: str, kind: str = "", group: str | None = None
) -> tuple[Draft, str]:
    """Add a service that begins as another one is, to be changed from there. Returns the draft and the new key."""
    _check_text(name)
    draft = queries.get_draft(actor, draft_id)
    sample = current(draft, "service", like)
    if sample is None:
        raise Refused(fields={"like": _("Choose a service from the list.")})
    key = _new_key(draft)
    made = {n: v for n, v in sample.items() if n not in
            ("id", "national_item", "description", "note", "reference", "higher_of", "not_with", "effective")}
    made |= {"label": {"zh": name.strip()}, "source": dict(editing.OWN_SOURCE)}
    if kind:
        made["kind"] = kind
    if group is not None:
        made["group"] = group or None
    return set_entry(actor, draft_id, "service", key, made), key


def add_blank(actor: User, draft_id: int, data: Mapping[str, Any], *, key: str = "") -> tuple[Draft, str]:
    """Add a service that is ``data``, whole, under a key of its own. Returns the draft and the key."""
    draft = queries.get_draft(actor, draft_id)
    if key and key in taken_keys(draft):
        raise Refused(fields={"key": _("This code is taken.")})
    found = key or _new_key(draft)
    return set_entry(actor, draft_id, "service", found, data), found


def switch_off(actor: User, draft_id: int, key: str) -> Draft:
    """Switch a service off from the draft's day on; one that the draft itself added goes away altogether."""
    draft = queries.get_draft(actor, draft_id)
    if entry_of(queries.base_of(draft).pack, "service", key) is None:
        return revert(actor, draft_id, "service", key)
    return set_entry(actor, draft_id, "service", key, editing.switched_off())


def taken_keys(draft: Draft) -> frozenset[str]:
    """Keys that a new entry of a draft cannot have."""
    taken = {e.key for e in draft.entries.all()} | {s.id for s in queries.base_of(draft).pack.services}
    # A key is for good: one that an amendment of the past gave is not given again.
    from yinian.entitlements.drafts.models import AmendmentEntry

    return frozenset(taken | set(AmendmentEntry.objects.filter(region=draft.region_id).values_list("key", flat=True)))


def _new_key(draft: Draft) -> str:
    taken = taken_keys(draft)
    return next(key for n in range(1, 10_000) if (key := f"local-{draft.region_id}-{n}") not in taken)


# --- comparing anew ----------------------------------------------------------------------------------------------


def renew(actor: User, draft_id: int, version: int, keep: Iterable[tuple[str, str]]) -> Draft:
    """Compare a draft with the pack in force as it is now. Of entries that changed there too, those in ``keep`` stay as
    the draft has them; the others are taken out of it."""
    kept = set(keep)

    def change(draft: Draft) -> dict[str, Any]:
        base = queries.base_of(draft)
        dropped = []
        for entry, now in conflicts(draft, base.pack):
            if (entry.part, entry.key) not in kept:
                dropped.append(entry.key)
                entry.delete()
                continue
            entry.base = now
            if entry.part == "parameter":
                entry.data = editing.redated(now, entry.data, draft.effective_from)
            entry.save(update_fields=["base", "data"])
        draft.base_hash = base.pack.hash
        _check_whole(draft)
        return {"base": base.pack.hash, "dropped": dropped}

    return _change(actor, draft_id, change, version=version, verb=DraftStep.Verb.RENEWED)


def conflicts(draft: Draft, base: Pack) -> list[tuple[DraftEntry, dict[str, Any] | None]]:
    """The draft's entries whose counterpart in the pack in force is not what it was, with what it is now."""
    found = []
    for entry in queries.entries_of(draft):
        now = entry_of(base, entry.part, entry.key)
        if now is not None:
            now.pop("id", None)
        if now != entry.base:
            found.append((entry, now))
    return found


# --- in common -------------------------------------------------------------------------------------------------


def step(
    actor: User, draft: Draft, verb: str, *, reason: str = "", detail: Mapping[str, Any] | None = None
) -> DraftStep:
    """Put down who did what; inside the caller's transaction."""
    key = None if actor.identity_index is None else bytes(actor.identity_index)
    return DraftStep.objects.create(
        draft=draft, verb=verb, actor=actor, human_key=key, reason=reason.strip()[:300], detail=dict(detail or {})
    )


def _change(
    actor: User, draft_id: int, change: Callable[[Draft], dict[str, Any]], *, version: int | None = None,
    verb: str = DraftStep.Verb.CHANGED,
) -> Draft:
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", draft.region_id)
    if not queries.drafts_for(actor, draft.region_id) or (draft.made_by_id != actor.pk and not draft.shared):
        raise Forbidden("entitlements.draft")
    with transaction.atomic():
        locked = _locked(draft)
        _must_be_open(locked)
        if version is not None and locked.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        detail = change(locked)
        _save(locked)
        step(actor, locked, verb, detail=detail)
        record(actor, f"entitlements.draft_{verb}", locked, region=locked.region_id, detail=detail)
    return locked


def _locked(draft: Draft) -> Draft:
    return Draft.objects.select_for_update().get(pk=draft.pk)


def _save(draft: Draft, fields: Iterable[str] | None = None) -> None:
    draft.version += 1
    draft.changed_at = timezone.now()
    draft.save(update_fields=None if fields is None else [*fields, "version", "changed_at"])


def _must_be_open(draft: Draft) -> None:
    if not draft.is_open:
        raise Refused(_("This draft is no longer open: %(state)s.") % {"state": draft.get_state_display()})


def _put(
    actor: User, draft: Draft, part: str, key: str, base: dict[str, Any] | None, data: dict[str, Any]
) -> None:
    if not _ID.fullmatch(key):
        raise Refused(_("There is no such entry."))
    entry, made = DraftEntry.objects.get_or_create(
        draft=draft, part=part, key=key, defaults={"base": base, "data": data, "changed_by": actor}
    )
    if not made:
        entry.data, entry.changed_by, entry.changed_at = data, actor, timezone.now()
        entry.save(update_fields=["data", "changed_by", "changed_at"])


def _check_whole(draft: Draft) -> None:
    """The draft's pack must be one that can be used. Raises Refused saying why it cannot."""
    entries = queries.entries_of(draft)
    if not entries:
        return
    found = queries.pack_with(draft, queries.layer_of(draft, entries))
    if isinstance(found, PackError):
        raise Refused(fault(found))


def _check_text(name: str) -> None:
    if not name.strip():
        raise Refused(fields={"name": _("Fill this in.")})
    if len(name.strip()) > 80:
        raise Refused(fields={"name": _("At most 80 characters.")})


def _check_day(day: dt.date) -> None:
    today = timezone.localdate()
    if not abs(day.year - today.year) <= FURTHEST_YEARS:
        raise Refused(fields={"effective_from": _("This day cannot be right; look at the year.")})


