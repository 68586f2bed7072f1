"""Dealing with findings, one or many at once: explained, the department told, a correction proposed."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible, Refused
from yinian.core.users.models import User
from yinian.entitlements import grounds
from yinian.entitlements.adjustments import loading, perform
from yinian.entitlements.models import Adjustment, Correction, Finding, PaidBatch
from yinian.entitlements.reconciliation.queries import RIGHT
from yinian.entitlements.reconciliation.words import report_words
from yinian.entitlements.reconciliation.workkinds import refresh_desks

MOST = 500
ADJUST = "entitlements.adjust"


def _locked(actor: User, ids: Sequence[int], right: str) -> list[Finding]:
    """The findings, locked; all of the actor's area and of one report. Raises NotVisible, :class:`Refused`."""
    if not ids:
        raise Refused(_("Pick the findings first."))
    if len(ids) > MOST:
        raise Refused(_("Pick at most %(count)s findings at a time.") % {"count": MOST})
    rows = list(Finding.objects.select_for_update(of=("self",)).filter(pk__in=ids).select_related("batch", "person"))
    if len(rows) != len(set(ids)):
        raise NotVisible("finding")
    for code in {row.region_code for row in rows}:
        actor.require(right, code)
    if len({row.batch_id for row in rows}) > 1:
        raise Refused(_("Pick findings of one report."))
    return rows


def _close(actor: User, rows: Sequence[Finding], state: str, note: str, verb: str) -> int:
    open_ = [row for row in rows if row.state in (Finding.State.OPEN, Finding.State.TOLD)]
    for row in open_:
        row.state, row.note, row.closed_by, row.closed_at = state, note[:300], actor, timezone.now()
        row.version += 1
    Finding.objects.bulk_update(open_, ["state", "note", "closed_by", "closed_at", "version"])
    if open_:
        batch = open_[0].batch
        refresh_desks(actor, batch, report_words(batch))
        record(actor, f"entitlements.finding_{verb}", batch, region=batch.region_id, reason=note[:200],
               detail={"findings": len(open_)})
    return len(open_)


def explain(actor: User, ids: Sequence[int], reason: str) -> int:
    """Say why the payments are right all the same. Returns how many were open."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        return _close(actor, _locked(actor, ids, RIGHT), Finding.State.EXPLAINED, reason, "explain")


def tell(actor: User, ids: Sequence[int], note: str = "") -> int:
    """Mark that the department was told; what it answers is explained or corrected later."""
    with transaction.atomic():
        rows = [row for row in _locked(actor, ids, RIGHT) if row.state == Finding.State.OPEN]
        return _close(actor, rows, Finding.State.TOLD, note.strip(), "tell")


def propose(actor: User, ids: Sequence[int]) -> tuple[int, int]:
    """Propose corrections for findings about people of the register; returns how many, and how many need none.

    A month approved here is worked out anew for the person as known now; of other months the finding's own amounts
    stand. Afterwards an officer confirms and another human checks, as with any correction.
    """
    with transaction.atomic():
        rows = _locked(actor, ids, RIGHT)
        for row in rows:
            actor.require(ADJUST, row.region_code)
        strangers = [row for row in rows if row.person_id is None]
        if strangers:
            raise Refused(_("Nobody of the register stands behind %(count)s of these; clear up who was paid first.") % {
                "count": len(strangers)
            })
        rows = [row for row in rows if row.state in (Finding.State.OPEN, Finding.State.TOLD)]
        if not rows:
            return 0, 0
        county = rows[0].batch.region_id[: loading.COUNTY_LENGTH]
        _work_out(actor, county, rows)
        done = _link(actor, county, rows)
        batch = rows[0].batch
        refresh_desks(actor, batch, report_words(batch))
        record(actor, "entitlements.finding_propose", batch, region=batch.region_id, detail={"findings": done})
    return done, len(rows) - done


def _work_out(actor: User, county: str, rows: Sequence[Finding]) -> None:
    """Bring the corrections of the findings' people and months up to what is known now."""
    approved = {(cycle.service_id, cycle.month) for cycle in loading.approved_cycles(county)}
    here = [row for row in rows if (row.service_id, row.month) in approved]
    if here:
        found = perform.work_out(county, people={row.person_id for row in here if row.person_id},
                                 months={row.month for row in here})
        perform.write(actor, found, origin=Correction.Origin.FINDING)
    others = [row for row in rows if (row.service_id, row.month) not in approved]
    if others:
        perform.write(actor, _as_found(county, others), origin=Correction.Origin.FINDING)


def _as_found(county: str, rows: Sequence[Finding]) -> perform.Found:
    """Months that no cycle of ours approved: held is what was paid, due what was expected."""
    months = {row.month for row in rows}
    people = {row.person_id for row in rows if row.person_id is not None}
    book = loading.ledger(loading.Months(county, [], sorted(months)), people)
    settled = {(p, s, m): fen for p, s, m, fen in book.settled.iter_rows()}
    rules = {month: loading.pack_of(county, month) for month in months}
    labels = {service.id: grounds.label_of(service) for pack in rules.values() for service in pack.services}
    found = perform.Found(
        county, timezone.now(), {month: pack.hash for month, pack in rules.items()}, [], labels=labels
    )
    assert found.looked is not None
    for row in rows:
        assert row.person_id is not None
        held = row.paid_fen + settled.get((row.person_id, row.service_id, row.month), 0)
        difference = row.expected_fen - held
        found.looked.add((row.person_id, row.month))
        if difference:
            found.rows.append({
                "person_id": row.person_id, "service_id": row.service_id, "month": row.month, "held_fen": held,
                "due_fen": row.expected_fen, "difference_fen": difference, "cause": {"report": row.paid_fen},
                "cycle": None,
            })
    return found


def _link(actor: User, county: str, rows: Sequence[Finding]) -> int:
    """Tie the findings to the corrections that now stand for their month. Returns how many."""
    months = {
        (a.person_id, a.service_id, a.month): a.correction
        for a in Adjustment.objects.filter(
            correction__county=county, person__in={row.person_id for row in rows}, standing=Adjustment.Standing.OPEN
        ).select_related("correction")
    }
    done = []
    for row in rows:
        correction = months.get((row.person_id or 0, row.service_id, row.month))
        if correction is not None:
            row.correction, row.state = correction, Finding.State.PROPOSED
            row.closed_by, row.closed_at = actor, timezone.now()
            row.version += 1
            done.append(row)
    Finding.objects.bulk_update(done, ["correction", "state", "closed_by", "closed_at", "version"])
    return len(done)


def withdraw_proposals(actor: User, batch: PaidBatch) -> None:
    """Let the undecided corrections fall that rest on a report taken back. Raises :class:`Refused` for decided ones."""
    corrections = Correction.objects.filter(findings__batch=batch).distinct()
    decided = corrections.filter(state__in=[Correction.State.APPROVED, Correction.State.SETTLED]).count()
    if decided:
        raise Refused(_("%(count)s corrections that rest on this report are decided already; it can no longer be taken "
                        "back.") % {"count": decided})
    for row in corrections.filter(state__in=[Correction.State.PROPOSED, Correction.State.CONFIRMED]):
        perform.drop(actor, row, _("The report it rests on was taken back."))
