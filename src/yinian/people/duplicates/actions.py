"""Finding, merging and un-merging duplicates. Only a person merges; the machine proposes.

``Merge.moved`` keeps what a merge did, by ids and field names and never by value, so that it can be taken back:
``spells`` and ``kin``, ``consents``, ``conflicts`` (moved ids), ``retracted`` (spells that contradicted the kept
entry), ``filled`` (fields the kept entry lacked), ``state`` (of the gone entry), ``above`` (what movers did).
"""

from collections.abc import Callable
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.transitions import Flow, Step
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict, Spell
from yinian.people.duplicates.models import DuplicatePair, Merge
from yinian.people.duplicates.movers import MOVERS
from yinian.people.persons.actions import check_reach
from yinian.people.persons.models import Consent, Kin, Person

MERGED_REASON = "merged"  # the reason kept with a record that contradicted the entry that stayed
# Fields the kept entry takes over where it has none; an index goes with its value.
FILLED: dict[str, tuple[str, ...]] = {
    "id_number": ("id_index", "id_tail_index"), "phone": ("phone_index",), "address": (), "household_no": (),
    "hukou_code": (), "residence_code": (), "urban_hukou": (), "sex": (), "birth_date": (),
}
_BATCH = 5_000


def start_finding(actor: User, region: str) -> Job:
    """Queue the search for duplicates in a region."""
    actor.require("people.merge", region)
    return jobs.enqueue(actor, "people.find_duplicates", {"region": region}, region=region,
                        key=f"people.find_duplicates:{region}")


def register_frame(region: str, progress: Callable[[int, int], None] | None = None) -> pl.DataFrame:
    """The entries of a region in the linkage engine's columns (``ref`` is the person's id). Read in memory only."""
    rows: dict[str, list[Any]] = {name: [] for name in (
        "ref", "id_key", "id_number", "name", "pinyin", "birth_date", "sex", "village", "phone_key", "address"
    )}
    people = Person.objects.filter(region__code__startswith=region, merged_into__isnull=True).order_by("pk")
    total = people.count()
    fields = ("pk", "id_index", "id_number", "name", "name_pinyin", "birth_date", "sex", "region_id", "phone_index",
              "address")
    for count, row in enumerate(people.values_list(*fields).iterator(_BATCH), 1):
        pk, id_index, number, name, spelled, birth, sex, village, phone, address = row
        values = (pk, id_index and bytes(id_index).hex(), number, name, spelled, birth, sex or None, village[:12],
                  phone and bytes(phone).hex(), address)
        for column, value in zip(rows.values(), values, strict=True):
            column.append(value)
        if progress is not None and count % _BATCH == 0:
            progress(count, total)
    schema = {name: pl.Date if name == "birth_date" else pl.String for name in rows} | {"ref": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def found_pairs(region: str, progress: Callable[[int, int], None] | None = None) -> pl.DataFrame:
    """Pairs that may be one person, likeliest first; see ``yinian.engines.linkage.find_duplicates``."""
    from yinian.engines.linkage import find_duplicates

    return find_duplicates(register_frame(region, progress))


def keep_pairs(pairs: pl.DataFrame) -> int:
    """Store found pairs; returns how many are new. A decided one stays decided, an open one takes the new score."""
    from yinian.engines.linkage import PAIR_FIELDS

    regions = dict(
        Person.objects.filter(pk__in=pairs["ref"].to_list()).values_list("pk", "region_id")
    ) if pairs.height else {}
    known = {
        (pair.first_id, pair.second_id): pair
        for pair in DuplicatePair.objects.filter(first__in=list({*pairs["ref"], *pairs["other"]}))
    } if pairs.height else {}
    fresh, newer = [], []
    for row in pairs.iter_rows(named=True):
        one, two = sorted((row["ref"], row["other"]))
        agreement = {name: row[f"agree_{name}"] for name in PAIR_FIELDS} | {"reasons": list(row["reasons"])}
        score = round(float(row["probability"]), 6)
        pair = known.get((one, two))
        if pair is None:
            fresh.append(DuplicatePair(first_id=one, second_id=two, region_id=regions[row["ref"]], score=score,
                                       agreement=agreement))
        elif pair.state == DuplicatePair.State.OPEN:
            pair.score, pair.agreement = score, agreement
            newer.append(pair)
    DuplicatePair.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=_BATCH)
    DuplicatePair.objects.bulk_update(newer, ["score", "agreement"], batch_size=_BATCH)
    return len(fresh)


def store_duplicates(region: str) -> int:
    """Find and store in one step, without a job. Returns how many pairs are new."""
    pairs = found_pairs(region)
    with transaction.atomic():
        return keep_pairs(pairs)


def _lock_two(one: int, two: int) -> dict[int, Person]:
    # Always in the order of the keys, so that two merges never wait for each other.
    rows = Person.objects.select_for_update(of=("self",)).select_related("region").filter(pk__in=[one, two])
    return {person.pk: person for person in rows.order_by("pk")}


def merge(
    actor: User, kept_pk: int, gone_pk: int, reason: str, *, pair: DuplicatePair | None = None,
    version: int | None = None,
) -> Merge:
    """Merge the entry ``gone_pk`` into ``kept_pk``: everything moves; what contradicts the kept entry is retracted.

    ``version`` is the pair's, when one is decided. Raises Refused, Changed, NotVisible.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the two are one person; it is kept.")})
    if kept_pk == gone_pk:
        raise Refused(fields={"kept": _("An entry cannot be merged into itself.")})
    with transaction.atomic():
        people = _lock_two(kept_pk, gone_pk)
        if len(people) < 2:
            raise Refused(_("One of the two entries does not exist."))
        kept, gone = people[kept_pk], people[gone_pk]
        for person in (kept, gone):
            check_reach(actor, "people.merge", person)
            if person.merged_into_id is not None:
                raise Refused(_("One of the two was merged already; look at the pair again."))
        if pair is not None:
            pair = _lock_pair(pair, version)
        moved = _moved(actor, kept, gone, reason[:200])
        gone.state, gone.merged_into = Person.State.MERGED, kept
        for person in (gone, kept):  # the gone entry first: the number is free before the kept one takes it
            person.version += 1
            person.changed_at = timezone.now()
            person.save()
        row = Merge.objects.create(kept=kept, gone=gone, pair=pair, moved=moved, reason=reason[:200], merged_by=actor)
        if pair is not None:
            _decide(actor, pair, DuplicatePair.State.MERGED, reason)
        record(actor, "people.merge", kept, region=kept.region_id, reason=reason,
               detail={"gone": gone.pk, "merge": row.pk, "pair": pair and pair.pk})
        record(actor, "people.merged_away", gone, region=gone.region_id, reason=reason,
               detail={"kept": kept.pk, "merge": row.pk})
    return row


def _moved(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    moved: dict[str, Any] = {"state": gone.state, "spells": [], "retracted": [], "filled": []}
    at = timezone.now()
    own = list(Spell.objects.select_for_update().filter(person=kept, retracted_at__isnull=True))
    for spell in Spell.objects.select_for_update().filter(person=gone, retracted_at__isnull=True):
        clash = any(o.kind == spell.kind and _overlap(o, spell) for o in own)
        # A death or a move belongs to the state of the entry that stays: it is not carried over.
        if clash or spell.kind in ("death", "move", "residence"):
            spell.retracted_at, spell.retracted_by, spell.retract_reason = at, actor, MERGED_REASON
            spell.save(update_fields=["retracted_at", "retracted_by", "retract_reason"])
            moved["retracted"].append(spell.pk)
        else:
            Spell.objects.filter(pk=spell.pk).update(person=kept)
            moved["spells"].append(spell.pk)
    moved["kin"] = _repoint(Kin.objects.filter(person=gone), kept)
    standing = kept.consents.filter(withdrawn_on__isnull=True).values_list("purpose", flat=True)
    moved["consents"] = _repoint(
        Consent.objects.filter(person=gone).exclude(withdrawn_on__isnull=True, purpose__in=list(standing)), kept
    )
    open_claims = set(
        Conflict.objects.filter(person=kept, state=Conflict.State.OPEN).values_list("kind", "department")
    )
    conflicts = [
        c.pk for c in Conflict.objects.filter(person=gone)
        if c.state != Conflict.State.OPEN
        or ((c.kind, c.department) not in open_claims and c.standing_id not in moved["retracted"])
    ]
    moved["conflicts"] = _repoint(Conflict.objects.filter(pk__in=conflicts), kept)
    for field, indexes in FILLED.items():
        if getattr(kept, field) in (None, "") and getattr(gone, field) not in (None, ""):
            for name in (field, *indexes):
                setattr(kept, name, getattr(gone, name))
            moved["filled"].append(field)
    moved["above"] = {name: mover.move(actor, kept, gone, reason) for name, mover in sorted(MOVERS.items())}
    return moved


def _overlap(one: Spell, two: Spell) -> bool:
    return (one.valid.upper is None or two.valid.lower < one.valid.upper) and (
        two.valid.upper is None or one.valid.lower < two.valid.upper
    )


def _repoint(rows: Any, person: Person) -> list[int]:
    ids = list(rows.select_for_update().values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=ids).update(person=person)
    return ids


def unmerge(actor: User, merge_row: Merge, reason: str) -> Merge:
    """Take a merge back: both entries stand again as before; what was recorded since stays with the kept one."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the two are two people; it is kept.")})
    with transaction.atomic():
        people = _lock_two(merge_row.kept_id, merge_row.gone_id)
        row = Merge.objects.select_for_update().get(pk=merge_row.pk)
        kept, gone = people[row.kept_id], people[row.gone_id]
        for person in (kept, gone):
            check_reach(actor, "people.merge", person)
        if row.unmerged_at is not None:
            raise Refused(_("This merge was taken back already."))
        if kept.merged_into_id is not None:
            raise Refused(_("The kept entry was later merged into another; take that merge back first."))
        _give_back(actor, row.moved, kept, gone, reason[:200])
        gone.state, gone.merged_into = row.moved["state"], None
        for person in (kept, gone):  # the kept entry first: it gives the number back
            person.version += 1
            person.changed_at = timezone.now()
            person.save()
        row.unmerged_at, row.unmerged_by, row.unmerge_reason = timezone.now(), actor, reason[:200]
        row.save(update_fields=["unmerged_at", "unmerged_by", "unmerge_reason"])
        if row.pair_id is not None:
            pair = DuplicatePair.objects.select_for_update().get(pk=row.pair_id)
            pair.state, pair.decided_at, pair.decided_by, pair.reason = DuplicatePair.State.OPEN, None, None, ""
            pair.version += 1
            pair.save()
        record(actor, "people.unmerge", kept, region=kept.region_id, reason=reason,
               detail={"gone": gone.pk, "merge": row.pk})
        record(actor, "people.unmerge", gone, region=gone.region_id, reason=reason,
               detail={"kept": kept.pk, "merge": row.pk})
    return row


def _give_back(actor: User, moved: dict[str, Any], kept: Person, gone: Person, reason: str) -> None:
    for name, done in moved.get("above", {}).items():
        if name in MOVERS:
            MOVERS[name].restore(actor, kept, gone, done, reason)
    Spell.objects.filter(pk__in=moved["spells"]).update(person=gone)
    Spell.objects.filter(pk__in=moved["retracted"]).update(
        retracted_at=None, retracted_by=None, retract_reason=""
    )
    Kin.objects.filter(pk__in=moved["kin"]).update(person=gone)
    Consent.objects.filter(pk__in=moved["consents"]).update(person=gone)
    Conflict.objects.filter(pk__in=moved["conflicts"]).update(person=gone)
    for field in moved["filled"]:
        if getattr(kept, field) != getattr(gone, field):
            continue  # corrected since the merge: that correction is the kept entry's own
        empty = Person._meta.get_field(field)
        for name in (field, *FILLED[field]):
            setattr(kept, name, None if empty.null else "")


def _lock_pair(pair: DuplicatePair, version: int | None) -> DuplicatePair:
    locked = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if version is not None and locked.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if locked.state != DuplicatePair.State.OPEN:
        raise Changed(_("Somebody has decided this pair meanwhile."))
    return locked


def _decide(actor: User, pair: DuplicatePair, state: str, reason: str) -> None:
    pair.state, pair.decided_at, pair.decided_by, pair.reason = state, timezone.now(), actor, reason[:200]
    pair.version += 1
    pair.save(update_fields=["state", "decided_at", "decided_by", "reason", "version"])


def _reaches_both(actor: User, pair: DuplicatePair) -> None:
    for person in _lock_two(pair.first_id, pair.second_id).values():
        check_reach(actor, "people.merge", person)


PAIR_FLOW = Flow(
    "people",
    (
        Step(
            "keep_apart", (DuplicatePair.State.OPEN,), DuplicatePair.State.DIFFERENT, "people.merge",
            needs_reason=True, guard=_reaches_both,
        ),
    ),
    region=lambda pair: pair.region_id,
)


def keep_apart(actor: User, pair: DuplicatePair, version: int, reason: str) -> DuplicatePair:
    """Two people after all: the pair is never proposed again."""

    def decide(locked: DuplicatePair) -> dict[str, Any]:
        locked.decided_at, locked.decided_by, locked.reason = timezone.now(), actor, reason.strip()[:200]
        return {"first": locked.first_id, "second": locked.second_id}

    return PAIR_FLOW.advance(actor, pair, "keep_apart", version=version, reason=reason, change=decide)
