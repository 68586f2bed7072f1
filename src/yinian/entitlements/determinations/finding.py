"""What a run finds about standing determinations: people dead, moved or no longer due become proposals, never changes.

Called inside the run's own transaction. A finding that the next run no longer makes falls by itself.
"""

import datetime as dt
from collections import Counter
from typing import Any

import polars as pl
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.inbox.actions import Asked, ask_many, settle_many
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.models import User
from yinian.engines.entitlement import CHECK, DUE, Pack
from yinian.entitlements import grounds
from yinian.entitlements.determinations import workkinds
from yinian.entitlements.models import Proposal, Run
from yinian.entitlements.reasons import failed, left_words
from yinian.people.models import Person

_COLUMNS = {"id": pl.Int64, "person_id": pl.Int64, "service_id": pl.String, "town": pl.String}
TOWN_LENGTH = CODE_LENGTHS[Level.TOWN]


def settle_findings(
    actor: User, run: Run, pack: Pack, facts: pl.DataFrame, standing: pl.DataFrame, numbers: dict[str, int]
) -> int:
    """Bring the findings of a county up to date with a run that stands; returns how many are open.

    ``facts``: what the run read; ``standing``: its outcome (frames.STANDING).
    """
    granted = _granted(run.region_id)
    if granted.is_empty():
        return 0
    known = pl.DataFrame({"service_id": list(numbers), "service": list(numbers.values())},
                         schema={"service_id": pl.String, "service": pl.Int32})
    fine = standing.filter(pl.col("status").is_in([DUE, CHECK])).select("person_id", "service")
    gone = granted.join(known, on="service_id", how="left").join(fine, on=["person_id", "service"], how="anti")
    found = list(_proposals(run, pack, facts, gone))
    _drop_others(actor, run, {row.determination_id for row in found})
    Proposal.objects.bulk_create(found, ignore_conflicts=True, batch_size=2_000)
    _ask(actor, run.region_id)
    return len(found)


def _granted(county: str) -> pl.DataFrame:
    sql = """
        SELECT d.id, d.person_id, d.service_id, left(d.region_code, %s)
        FROM entitlements_determination d WHERE d.region_code LIKE %s AND d.state <> 'stopped'
            -- Paid once and for all, it pays nothing more that could stop.
            AND NOT (d.unit = 'once' AND EXISTS (
                SELECT FROM entitlements_cycleline l WHERE l.determination_id = d.id AND l.paid))
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [TOWN_LENGTH, f"{county}%"])
        return pl.DataFrame(cursor.fetchall(), schema=_COLUMNS, orient="row")


def _proposals(run: Run, pack: Pack, facts: pl.DataFrame, gone: pl.DataFrame) -> list[Proposal]:
    people = {
        person.pk: person for person in Person.objects.filter(pk__in=gone["person_id"].unique().to_list())
        .only("pk", "state", "died_on")
    }
    made = []
    for (service_id,), rows in gone.group_by("service_id", maintain_order=True):
        service = next((one for one in pack.services if one.id == service_id), None)
        said: dict[int, tuple[str, str]] = {}
        if service is not None and service.in_force(run.as_of):
            said = failed(pack, facts, service, run.as_of, rows["person_id"])
        for pk, person_id in rows.select("id", "person_id").iter_rows():
            person = people[person_id]
            cause, on = _cause(run, pack, str(service_id), person)
            reason, clause = said.get(person_id, (_("The service is no longer in force."), ""))
            if cause != Proposal.Cause.NOT_DUE:
                reason = left_words(person)
            made.append(Proposal(
                determination_id=pk, kind=Proposal.Kind.STOP, cause=cause, on=on, reason=reason[:300], clause=clause,
                run=run, state=Proposal.State.FOUND,
            ))
    return made


def _cause(run: Run, pack: Pack, service_id: str, person: Person) -> tuple[Proposal.Cause, dt.date]:
    """Why, and from which month on nothing is due any more by the pack."""
    if person.state == Person.State.DEAD and person.died_on is not None:
        return Proposal.Cause.DIED, _month_after(person.died_on, _ends(pack, service_id).death)
    if person.state == Person.State.MOVED_OUT:
        moved = person.spells.filter(kind="move", value="out", retracted_at__isnull=True).order_by("-valid").first()
        day = moved.valid.lower if moved is not None else run.as_of
        return Proposal.Cause.MOVED, _month_after(day, _ends(pack, service_id).move)
    return Proposal.Cause.NOT_DUE, _month_after(run.as_of, 1)


def _ends(pack: Pack, service_id: str) -> Any:
    return grounds.procedure_of(pack, service_id).ends.value


def _month_after(day: dt.date, months: int) -> dt.date:
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def _drop_others(actor: User, run: Run, standing: set[int]) -> None:
    Proposal.objects.filter(
        state=Proposal.State.FOUND, determination__region_code__startswith=run.region_id
    ).exclude(determination__in=standing).update(
        state=Proposal.State.DROPPED, answer=_("The run of %(day)s no longer finds it.") % {"day": run.as_of},
        checked_at=timezone.now(),
    )


def _ask(actor: User, county: str) -> None:
    towns = Counter(
        code[:TOWN_LENGTH] for code in Proposal.objects.filter(
            state=Proposal.State.FOUND, determination__region_code__startswith=county
        ).values_list("determination__region_code", flat=True)
    )
    url = reverse("entitlements:proposals")
    asked = [
        Asked(workkinds.FOUND, key=workkinds.found_key(town), region=town, params={"count": count},
              url=f"{url}?state=found&region={town}")
        for town, count in sorted(towns.items())
    ]
    ask_many(actor, asked)
    settle_many(actor, workkinds.found_prefix(county), {item.key for item in asked},
                _("Every finding is taken up or has fallen."))
