"""Approving a cycle: lines become determinations, events and what is paid. A job does it, in one transaction.

What changed since the facts were frozen is looked at once more: whoever was found dead by the cycle's day, merged,
suspended meanwhile, or granted elsewhere is held, never paid.
"""

from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import settle
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.entitlements.adjustments.actions import settle_in
from yinian.entitlements.adjustments.recovering import refresh as refresh_recoveries
from yinian.entitlements.cycles import workkinds
from yinian.entitlements.cycles.hands import may_act, step
from yinian.entitlements.cycles.queries import get_cycle
from yinian.entitlements.models import Cycle, CycleStep

APPROVE = "entitlements.cycle_approve"


def approve(actor: User, cycle_id: int, version: int) -> Job:
    """Queue the approval of a checked cycle, by another human than all before. Raises Changed, Refused."""
    cycle = get_cycle(actor, cycle_id)
    actor.require("entitlements.approve", cycle.region_id)
    human_key(actor)
    if cycle.version != version or cycle.state != Cycle.State.CHECKED:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if not may_act(actor, cycle, CycleStep.Stage.APPROVE):
        raise Refused(_("You have already acted in this cycle; somebody else approves it."))
    with transaction.atomic():
        return jobs.enqueue(
            actor, APPROVE, {"cycle": cycle.pk, "version": version}, region=cycle.region_id,
            key=f"{APPROVE}:{cycle.pk}", url=reverse("entitlements:cycle", args=[cycle.pk]),
        )


def perform_approval(ctx: JobContext) -> None:
    """Do the approval that ``ctx.params`` ask for: ``cycle`` at ``version``. Raises Refused."""
    pk, version = int(ctx.params["cycle"]), int(ctx.params["version"])
    ctx.progress(0, 1, _("Writing determinations"))
    with ctx.effect({"url": reverse("entitlements:cycle", args=[pk])}) as result:
        ctx.actor.require("entitlements.approve", Cycle.objects.values_list("region_id", flat=True).get(pk=pk))
        result |= settle_cycle(ctx.actor, pk, version)


def settle_cycle(actor: User, pk: int, version: int) -> dict[str, Any]:
    """Everything an approval writes, inside the caller's transaction; returns how many of what.

    Locks the cycle, so of two approvals the second finds it approved.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=pk)
    if cycle.version != version or cycle.state != Cycle.State.CHECKED:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    pending = cycle.lines.filter(state="pending").count()
    if pending:
        raise Refused(_("%(count)s lines were not reviewed.") % {"count": pending})
    step(actor, cycle, CycleStep.Stage.APPROVE, "approve")
    done = _Writer(actor, cycle).write()
    done["corrections"] = settle_in(actor, cycle)
    refresh_recoveries(actor, cycle.region_id)
    cycle.state, cycle.approved_by, cycle.approved_at = Cycle.State.APPROVED, actor, timezone.now()
    cycle.version += 1
    cycle.save(update_fields=["state", "approved_by", "approved_at", "version"])
    record(actor, "entitlements.cycle_approve", cycle, region=cycle.region_id, detail=done)
    settle(actor, workkinds.approve_key(cycle.pk), _("Approved."))
    return done


class _Writer:
    """The statements of an approval, over all lines at once."""

    def __init__(self, actor: User, cycle: Cycle) -> None:
        self.given: dict[str, Any] = {
            "cycle": cycle.pk, "day": cycle.as_of, "month": cycle.month, "service": cycle.service_id,
            "actor": cycle.checked_by_id, "checker": actor.pk, "now": timezone.now(), "unit": cycle.unit,
            "suspended": _("The grant is suspended."), "elsewhere": _("Another grant of this service stands."),
            "already": _("It was paid meanwhile, and is paid once only."),
            "left": _("No longer in the register on the cycle's day, found after the facts were frozen."),
            "dropped": _("The monthly cycle has ended it."),
        }

    def write(self) -> dict[str, Any]:
        """All of it; the order matters: first who is held, then what begins, changes and ends, then what is paid."""
        held = sum(self._run(sql) for sql in (_HOLD_LEFT, _HOLD_SUSPENDED, _HOLD_ELSEWHERE, _HOLD_PAID))
        granted = self._run(_GRANT)
        changed = self._run(_CHANGE)
        stopped = self._run(_STOP)
        self._run(_DROP_PROPOSALS)
        self._run(_MOVE_ALONG)
        paid = self._run(_PAY)
        return {"granted": granted, "changed": changed, "stopped": stopped, "held_late": held, "paid": paid}

    def _run(self, sql: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql, self.given)
            return int(cursor.rowcount)


_ENDS = "(l.state = 'accepted' AND l.change = 'stopped' OR l.state = 'refused')"

_HOLD_LEFT = """
    UPDATE entitlements_cycleline l SET state = 'held', reason = %(left)s FROM people_person p
    WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change <> 'stopped' AND p.id = l.person_id
        AND (p.merged_into_id IS NOT NULL OR p.died_on <= %(day)s OR EXISTS (
            SELECT FROM people_spell s WHERE s.person_id = p.id AND s.retracted_at IS NULL AND s.valid @> %(day)s::date
                AND (s.kind = 'death' OR s.kind = 'move' AND s.value = 'out')))
"""
_HOLD_SUSPENDED = """
    UPDATE entitlements_cycleline l SET state = 'held', reason = %(suspended)s FROM entitlements_determination d
    WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change <> 'stopped' AND d.id = l.determination_id
        AND (NOT d.period @> %(day)s::date OR coalesce((
            SELECT e.kind = 'suspended' FROM entitlements_event e
            WHERE e.determination_id = d.id AND e.kind IN ('suspended', 'resumed') AND e."on" <= %(day)s
            ORDER BY e."on" DESC, e.id DESC LIMIT 1), false))
"""
_HOLD_ELSEWHERE = """
    UPDATE entitlements_cycleline l SET state = 'held', reason = %(elsewhere)s FROM entitlements_determination d
    WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change = 'new' AND d.person_id = l.person_id
        AND d.service_id = l.service_id AND d.period && daterange(%(day)s, NULL)
"""
_HOLD_PAID = """
    UPDATE entitlements_cycleline l SET state = 'held', reason = %(already)s FROM entitlements_cycleline o
    WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change <> 'stopped' AND l.unit IN ('year', 'once')
        AND o.person_id = l.person_id AND o.service_id = l.service_id AND o.paid
        AND (l.unit = 'once' OR date_trunc('year', o.month) = date_trunc('year', l.month))
"""
_GRANT = """
    WITH made AS (
        INSERT INTO entitlements_determination (person_id, region_code, service_id, label, period, amount_fen, unit,
            state, origin, cycle_id, pack_hash, basis, made_at, version)
        SELECT l.person_id, l.region_code, l.service_id, c.label, daterange(%(day)s, NULL),
            coalesce(l.rate_fen, l.amount_fen),
            CASE WHEN coalesce(l.rate_fen, l.amount_fen) IS NULL THEN '' ELSE %(unit)s END, 'in_force', 'cycle', c.id,
            c.pack_hash, c.source, %(now)s, 1
        FROM entitlements_cycleline l JOIN entitlements_cycle c ON c.id = l.cycle_id
        WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change = 'new' ORDER BY l.id
        RETURNING id, person_id, amount_fen
    ), told AS (
        INSERT INTO entitlements_event (determination_id, kind, "on", amount_fen, reason, actor_id, checker_id,
            cycle_id, at)
        SELECT id, 'granted', %(day)s, amount_fen, '', %(actor)s, %(checker)s, %(cycle)s, %(now)s FROM made
    )
    UPDATE entitlements_cycleline l SET determination_id = made.id FROM made
    WHERE l.cycle_id = %(cycle)s AND l.person_id = made.person_id
"""
_CHANGE = """
    WITH changed AS (
        UPDATE entitlements_determination d SET amount_fen = coalesce(l.rate_fen, l.amount_fen),
            version = d.version + 1, pack_hash = c.pack_hash, basis = c.source
        FROM entitlements_cycleline l JOIN entitlements_cycle c ON c.id = l.cycle_id
        WHERE l.cycle_id = %(cycle)s AND l.state = 'accepted' AND l.change = 'changed' AND d.id = l.determination_id
            AND d.period @> %(day)s::date
        RETURNING d.id, d.amount_fen
    )
    INSERT INTO entitlements_event (determination_id, kind, "on", amount_fen, reason, actor_id, checker_id, cycle_id,
        at)
    SELECT id, 'amount_changed', %(day)s, amount_fen, '', %(actor)s, %(checker)s, %(cycle)s, %(now)s FROM changed
"""
_STOP = f"""
    WITH ended AS (
        UPDATE entitlements_determination d SET state = 'stopped', version = d.version + 1,
            period = daterange(lower(d.period), greatest(%(day)s::date, lower(d.period)))
        FROM entitlements_cycleline l
        WHERE l.cycle_id = %(cycle)s AND {_ENDS} AND d.id = l.determination_id AND d.period @> %(day)s::date
        RETURNING d.id, l.reason, l.finding, l.clause
    )
    INSERT INTO entitlements_event (determination_id, kind, "on", amount_fen, reason, actor_id, checker_id, cycle_id,
        at)
    SELECT id, 'stopped', %(day)s, 0,
        left(concat_ws(' ', coalesce(nullif(reason, ''), finding), nullif(clause, '')), 300),
        %(actor)s, %(checker)s, %(cycle)s, %(now)s
    FROM ended
"""
_DROP_PROPOSALS = f"""
    UPDATE entitlements_proposal o SET state = 'dropped', answer = %(dropped)s, version = o.version + 1
    FROM entitlements_cycleline l
    WHERE l.cycle_id = %(cycle)s AND {_ENDS} AND o.determination_id = l.determination_id
        AND o.state IN ('found', 'proposed')
"""
_MOVE_ALONG = """
    UPDATE entitlements_determination d SET region_code = l.region_code FROM entitlements_cycleline l
    WHERE l.cycle_id = %(cycle)s AND d.id = l.determination_id AND d.region_code <> l.region_code
        AND d.state <> 'stopped'
"""
_PAY = """
    UPDATE entitlements_cycleline SET paid = true
    WHERE cycle_id = %(cycle)s AND state = 'accepted' AND change <> 'stopped' AND days IS DISTINCT FROM 0
"""
