"""What a merge of two entries of one person does with assessments: they move; of two results in force by one scale the
later stays, and the other is superseded with the merge as its reason. Taking the merge back undoes it."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import registering
from yinian.assessments.models import Recognition, Recusal, Request, Result
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.people.circumstances.models import Spell
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person

TABLES: dict[str, Any] = {
    "requests": Request, "results": Result, "recognitions": Recognition, "recusals": Recusal
}


def move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Give the gone entry's assessments to the kept one. Raises Refused where both have an open request."""
    done: dict[str, Any] = {"superseded": _settled(actor, kept, gone, reason)}
    both = Recusal.objects.filter(person=kept).values("assessor")
    try:
        with transaction.atomic():
            for name, model in TABLES.items():
                rows = model.objects.select_for_update().filter(person=gone)
                if model is Recusal:
                    rows = rows.exclude(assessor__in=both)
                done[name] = list(rows.values_list("pk", flat=True))
                model.objects.filter(pk__in=done[name]).update(person=kept)
    except IntegrityError as error:
        raise Refused(_("Both entries have an open request by the same scale. Withdraw one first.")) from error
    later = {one["by"] for one in done["superseded"]} & set(done["results"])
    done["spells"] = _told(actor, kept, later)
    return done


def _settled(actor: User, kept: Person, gone: Person, reason: str) -> list[dict[str, Any]]:
    """Of two results in force by one scale, the later stays in force; what was done about the other."""
    held: dict[str, list[Result]] = {}
    for result in Result.objects.select_for_update().filter(person__in=(kept, gone), state=Result.State.IN_FORCE):
        held.setdefault(result.scale, []).append(result)
    found = []
    for rows in held.values():
        if len(rows) < 2:
            continue
        before, later = sorted(rows, key=lambda one: (one.assessed_on, one.in_force_on, one.pk))
        before.state, before.ended_on, before.ended_by = Result.State.SUPERSEDED, timezone.localdate(), actor
        before.end_reason, before.version = reason[:200], before.version + 1
        before.save(update_fields=["state", "ended_on", "ended_by", "end_reason", "version"])
        linked = later.replaces_id is None
        if linked:
            later.replaces = before
        later.version += 1
        later.save(update_fields=["replaces", "version"])
        record(actor, "assessments.merge_supersede", before, region=kept.region_id, reason=reason,
               detail={"by": later.pk, "scale": before.scale, "kept": kept.pk, "gone": gone.pk})
        found.append({"pk": before.pk, "by": later.pk, "linked": linked})
    return found


def _told(actor: User, kept: Person, results: set[int]) -> dict[str, list[int]]:
    """Where the later result came with the gone entry, the kept one's register learns it: spells told and retracted."""

    def live() -> set[int]:
        return set(Spell.objects.filter(person=kept, retracted_at__isnull=True).values_list("pk", flat=True))

    before = live()
    for result in Result.objects.filter(pk__in=results).select_related("person", "notice", "recognition__body"):
        registering.tell(actor, result, kept)
    after = live()
    return {"told": sorted(after - before), "retracted": sorted(before - after)}


def restore(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    """Give the results back and let those that fell to the merge hold again, unless another has come since."""
    spells = done.get("spells", {"told": [], "retracted": []})
    told = Spell.objects.filter(pk__in=spells["told"], person=kept, retracted_at__isnull=True)
    if told.count() == len(spells["told"]):  # else somebody has recorded what holds since: that stays
        told.update(retracted_at=timezone.now(), retracted_by=actor, retract_reason=reason[:200])
        Spell.objects.filter(pk__in=spells["retracted"], person=kept).update(
            retracted_at=None, retracted_by=None, retract_reason=""
        )
    for name, model in TABLES.items():
        model.objects.filter(pk__in=done[name], person=kept).update(person=gone)
    for one in done.get("superseded", []):
        result = Result.objects.select_for_update().get(pk=one["pk"])
        standing = Result.objects.filter(person=result.person_id, scale=result.scale, state=Result.State.IN_FORCE)
        if result.state != Result.State.SUPERSEDED or result.end_reason == "" or standing.exists():
            continue
        result.state, result.ended_on, result.ended_by = Result.State.IN_FORCE, None, None
        result.end_reason, result.version = "", result.version + 1
        result.save(update_fields=["state", "ended_on", "ended_by", "end_reason", "version"])
        if one["linked"]:
            Result.objects.filter(pk=one["by"], replaces=result).update(replaces=None)
        record(actor, "assessments.unmerge_restore", result, region=result.person.region_id, reason=reason,
               detail={"scale": result.scale, "kept": kept.pk, "gone": gone.pk})


mover("assessments.results", move, restore)
