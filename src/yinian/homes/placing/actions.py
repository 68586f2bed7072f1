"""Drawing a proposal up, and keeping what people answer to it. Nobody is moved here."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.homes.placing import queries, working
from yinian.homes.placing.models import Move, Rebalancing, Unmoved

BALANCE = "homes.balance"
FURTHEST_KM = 500


def draw_up(actor: User, region: str, beyond_km: int | None, *, waiting: bool = False) -> Job:
    """Start the work on a county's proposal; another under way is not started twice. ``waiting``: who waits on the
    county's list for a bed is placed too."""
    county = queries.county_for(actor, region)
    if beyond_km is not None and not 0 < beyond_km <= FURTHEST_KM:
        raise Refused(fields={"beyond_km": _("Between 1 and %(most)d kilometres.") % {"most": FURTHEST_KM}})
    with transaction.atomic():
        return jobs.enqueue(
            actor, BALANCE, {"region": county.pk, "beyond_km": beyond_km, "waiting": waiting},
            region=county.pk,
            key=f"{BALANCE}:{county.pk}", url=reverse("homes:balances"),
        )


def perform(ctx: JobContext) -> dict[str, Any]:
    """The job of :func:`draw_up`: worked out, then written in one transaction with the job's end."""
    county = Region.objects.defer("outline").get(pk=str(ctx.params["region"]))
    ctx.actor.require("homes.balance", county.pk)
    words = [_("Reading residents and homes"), _("Working the proposal out"), _("Writing it down")]
    today = timezone.localdate()
    made = working.draft(
        county.pk, today, ctx.params["beyond_km"], lambda done, total, _step: ctx.progress(done, total, words[done]),
        waiting=bool(ctx.params.get("waiting")),
    )
    with ctx.effect({}) as outcome:
        proposal = Rebalancing.objects.create(
            region=county, as_of=today, made_by=ctx.actor, nearer_beyond_km=ctx.params["beyond_km"],
            with_waiting=bool(ctx.params.get("waiting")), pack_hash=made.rules.pack_hash,
            rules=list(made.rules.entries), homes=made.homes, counts=made.counts, proof=made.proof,
            staffing=made.staffing,
        )  # fmt: skip
        Move.objects.bulk_create([Move(proposal=proposal, **move) for move in made.moves])
        Unmoved.objects.bulk_create([Unmoved(proposal=proposal, **one) for one in made.unmoved])
        record(
            ctx.actor, "homes.balance", proposal, region=county.pk,
            detail={"moves": len(made.moves), "unmoved": len(made.unmoved), "beyond_km": ctx.params["beyond_km"]},
        )  # fmt: skip
        outcome |= {"moves": len(made.moves), "url": reverse("homes:balance", args=[proposal.pk])}
    return {"moves": len(made.moves)}


def answer(
    actor: User, move_pk: int, version: int, *, agreed: bool, whom: str, name: str, how: str, on: dt.date, note: str
) -> Move:
    """Keep what the person, their guardian or kin answered to a proposed move. An answer may be changed later on."""
    seen = queries.get_move(actor, move_pk)
    actor.require("homes.balance", seen.proposal.region_id)
    name, note = name.strip(), note.strip()
    wrong: dict[str, str] = {}
    if whom not in Move.Whom.values:
        wrong["whom"] = _("Say who answered.")
    elif whom != Move.Whom.PERSON and not name:
        wrong["name"] = _("Enter the name of whoever answered for the person.")
    if how not in Move.How.values:
        wrong["how"] = _("Say how the answer was given.")
    if not seen.proposal.as_of <= on <= timezone.localdate():
        wrong["on"] = _("The day lies between the proposal and today.")
    if not agreed and not note:
        wrong["note"] = _("Enter why they stay; it is kept.")
    if wrong:
        raise Refused(fields=wrong)
    with transaction.atomic():
        move = Move.objects.select_for_update().filter(pk=move_pk).first()
        if move is None:
            raise NotVisible("move")
        if move.version != version:
            raise Changed(_("Somebody has changed this answer meanwhile; look at it again."))
        move.state = Move.State.AGREED if agreed else Move.State.REFUSED
        move.answered_on, move.answered_by, move.answered_name = on, whom, name[:60]
        move.answered_how, move.note = how, note[:200]
        move.recorded_by, move.recorded_at = actor, timezone.now()
        move.version += 1
        move.save()
        record(
            actor, "homes.move_answer", move, region=seen.proposal.region_id, reason=note[:200],
            detail={"person": move.person_id, "to": move.to_site_id, "state": move.state, "by": whom, "how": how,
                    "on": on.isoformat()},
        )  # fmt: skip
    return move
