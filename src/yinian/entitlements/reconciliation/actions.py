"""Payment reports: upload, check, map items, decide on doubtful payees, take in, take back.

The heavy work is done by background jobs; each writes its whole effect in one transaction. A report is looked at again
while it is taken in: what is written fits the register and the approvals of that moment.
"""

import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import polars as pl
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import crypto
from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import SHEETS, purpose
from yinian.core.audit.actions import record
from yinian.core.bulk import copy_frame
from yinian.core.errors import Changed, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.sheets import ROW, SheetError, guard, write_returned, write_template
from yinian.core.users.models import User
from yinian.entitlements import packs
from yinian.entitlements.models import Finding, PaidBatch, PaidLine, PaidRow, PayItem
from yinian.entitlements.reconciliation import intake, reasons, receipts
from yinian.entitlements.reconciliation.findings import withdraw_proposals
from yinian.entitlements.reconciliation.queries import RIGHT, get_own, get_row
from yinian.entitlements.reconciliation.sheet import SHEET, folded
from yinian.entitlements.reconciliation.words import PAYING, report_words
from yinian.entitlements.reconciliation.workkinds import refresh_desks
from yinian.people.models import Person

CHECK, COMMIT = "entitlements.paid_check", "entitlements.paid_commit"
BATCH = 2_000
REPORT = purpose("entitlements.paid", store=RIGHT, open=RIGHT, kinds=SHEETS)
RETURNED = purpose("entitlements.paid_returned", store=RIGHT, open=RIGHT, kinds=frozenset({"xlsx"}))
State = PaidBatch.State


def upload(
    actor: User, file: BinaryIO, *, region: str, department: str, source: str, month: dt.date, item: str = "",
    complete: bool = False,
) -> PaidBatch:
    """Take a report in and queue its check. ``month`` and ``item``: of rows that name none.

    Raises :class:`Refused` for what can be told from outside.
    """
    actor.require(RIGHT, region)
    fields: dict[str, str] = {}
    if department not in PAYING:
        fields["department"] = _("Choose the department.")
    if source not in PaidBatch.Source.values:
        fields["source"] = _("Choose where the report comes from.")
    month = month.replace(day=1)
    if month > timezone.localdate():
        fields["month"] = _("This month has not begun.")
    if fields:
        raise Refused(fields=fields)
    packs.in_force(region)
    _recognised(file)
    with transaction.atomic():
        try:
            stored = attachments.store(actor, file, REPORT.name, region)
        except Refused as refusal:
            raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        batch = PaidBatch.objects.create(
            region_id=region, department=department, source=source, month=month, item=folded(item), complete=complete,
            file=stored, uploaded_by=actor,
        )
        record(actor, "entitlements.paid_upload", batch, region=region,
               detail={"department": department, "month": month.isoformat(), "complete": complete})
        _queue(actor, batch, CHECK)
    return batch


def _recognised(file: BinaryIO) -> None:
    file.seek(0)
    content = file.read(guard.MAX_FILE_BYTES + 1)
    file.seek(0)
    try:
        guard.kind_of(content)
    except SheetError as error:
        raise Refused(fields={"file": error.message}) from error


def _queue(actor: User, batch: PaidBatch, kind: str) -> Job:
    job = jobs.enqueue(
        actor, kind, {"batch": batch.pk}, region=batch.region_id, key=f"entitlements.paid:{batch.pk}",
        url=reverse("entitlements:paid_batch", args=[batch.pk]),
    )
    if job.kind != kind:
        raise Refused(_("Another piece of work on this report is under way. Wait until it is done."))
    batch.job = job
    batch.save(update_fields=["job"])
    return job


def _locked(actor: User, pk: int, *states: str, version: int | None = None) -> PaidBatch:
    get_own(actor, pk)
    batch = PaidBatch.objects.select_for_update(of=("self",)).select_related("region", "file").get(pk=pk)
    if version is not None and batch.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if batch.state not in states:
        raise Refused(_("This report is not at that stage: %(state)s.") % {"state": batch.get_state_display()})
    return batch


def check_again(actor: User, pk: int) -> Job:
    """Queue the check once more: because the register, the approvals or the items have changed since."""
    with transaction.atomic():
        batch = _locked(actor, pk, State.UPLOADED, State.CHECKED)
        record(actor, "entitlements.paid_check", batch, region=batch.region_id)
        return _queue(actor, batch, CHECK)


def map_items(actor: User, pk: int, said: Mapping[str, str], version: int) -> Job:
    """Say which service each payment item is ("" none of the list); kept for the department, and checked anew."""
    with transaction.atomic():
        batch = _locked(actor, pk, State.CHECKED, version=version)
        known = {service.id for service in packs.in_force(batch.region_id).pack.services}
        wrong = {name for name, service in said.items() if service and service not in known}
        if wrong:
            raise Refused(_("The service list has no such entry: %(name)s") % {"name": "、".join(sorted(wrong))})
        names = {item["name"] for item in batch.items}
        for name, service in said.items():
            if name in names:
                PayItem.objects.update_or_create(
                    county_id=batch.region_id[:intake.COUNTY], department=batch.department, name=name,
                    defaults={"service_id": service, "mapped_by": actor, "mapped_at": timezone.now()},
                )
        batch.version += 1
        batch.save(update_fields=["version"])
        record(actor, "entitlements.paid_map", batch, region=batch.region_id, detail={"items": dict(said)})
        return _queue(actor, batch, CHECK)


def decide(actor: User, row_pk: int, decision: str, person_id: int | None = None) -> PaidRow:
    """Say whether a doubtful payee is one of the people shown, or nobody of the register. Free until taken in."""
    visible = get_row(actor, row_pk)
    with transaction.atomic():
        batch = _locked(actor, visible.batch_id, State.CHECKED)
        row = PaidRow.objects.select_for_update(of=("self",)).get(pk=row_pk)
        if decision == "same":
            if person_id not in {c["person"] for c in row.agreement.get("candidates", [])}:
                raise Refused(_("Choose one of the people shown."))
            row.person_id = person_id
        elif decision != "new":
            raise Refused(_("Choose one of the answers."))
        row.decision, row.decided_by, row.decided_at = decision, actor, timezone.now()
        row.save(update_fields=["decision", "person", "decided_by", "decided_at"])
        batch.counts["waiting"] = batch.rows.filter(decision="waiting").count()
        batch.counts["stale"] = True
        batch.save(update_fields=["counts"])
        record(actor, "entitlements.paid_decide", batch, region=batch.region_id,
               detail={"row": row.row_no, "decision": decision})
    return row


# --- the check -------------------------------------------------------------------------------------------------


def check(ctx: jobs.JobContext) -> None:
    """The job: read, find faults and payees, judge; writes counts and the queue, nothing that counts as paid."""
    batch = PaidBatch.objects.select_related("file", "region").get(pk=ctx.params["batch"])
    ctx.progress(0, 3, _("Reading the file and comparing"))
    try:
        looked = intake.look(batch, intake.content_of(batch))
    except SheetError as error:
        with ctx.effect() as result:
            _refuse(ctx.actor, batch, error)
            result["refused"] = error.code
        return
    counts = intake.counts_of(looked)
    sha = intake.content_sha(batch, looked)
    before = _taken_in_before(batch, sha)
    counts["already"] = before.pk if before else None
    returned = None
    if counts["faulty"]:
        ctx.progress(1, 3, _("Marking the faulty cells"))
        returned = io.BytesIO()
        write_returned(SHEET, looked.reading.data, None, returned)
    ctx.progress(2, 3, _("Saving"))
    with ctx.effect() as result:
        locked = PaidBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch.pk)
        if locked.state not in (State.UPLOADED, State.CHECKED):
            return
        locked.returned = None
        if returned is not None:
            stem = locked.file.name.rsplit(".", 1)[0]
            locked.returned = attachments.store(
                ctx.actor, returned, RETURNED.name, locked.region_id,
                name=_("%(name)s - to be mended.xlsx") % {"name": stem},
            )
        _queue_rows(locked, looked)
        locked.state, locked.counts, locked.problem = State.CHECKED, counts, ""
        locked.items = [item.as_json for item in looked.items]
        locked.version += 1
        locked.save(update_fields=["returned", "state", "counts", "items", "problem", "version"])
        record(ctx.actor, "entitlements.paid_checked", locked, region=locked.region_id, detail=_figures(counts))
        result |= _figures(counts)


def _figures(counts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if isinstance(value, int) and not isinstance(value, bool)}


def _refuse(actor: User, batch: PaidBatch, error: SheetError) -> None:
    locked = PaidBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if locked.state != State.UPLOADED:
        return
    locked.state, locked.problem, locked.version = State.REFUSED, error.message, locked.version + 1
    locked.save(update_fields=["state", "problem", "version"])
    record(actor, "entitlements.paid_refused", locked, region=locked.region_id, detail={"code": error.code})


def _queue_rows(batch: PaidBatch, looked: intake.Looked) -> None:
    """The payees that wait for a person; what was decided before stays decided while its candidate is still there."""
    kept = {row.row_no: row for row in batch.rows.all()}
    payees = {row[ROW]: row for row in looked.reading.payees.iter_rows(named=True)}
    batch.rows.all().delete()
    rows = []
    for line in looked.identified.review:
        payee = payees[line["row"]]
        row = PaidRow(
            batch=batch, row_no=line["row"], match=line["match"], agreement={"candidates": line["candidates"]},
            payload=json.dumps({key: str(payee[key]) for key in ("name", "sex", "birth_date", "id_number", "village")
                                if payee[key] is not None}, ensure_ascii=False),
            person_id=line["candidates"][0]["person"] if line["candidates"] else None,
        )
        old = kept.get(line["row"])
        if old is not None and (old.decision == "new" or (
            old.decision == "same" and old.person_id in {c["person"] for c in line["candidates"]}
        )):
            row.decision, row.person_id = old.decision, old.person_id
            row.decided_by_id, row.decided_at = old.decided_by_id, old.decided_at
        rows.append(row)
    PaidRow.objects.bulk_create(rows, batch_size=500)


def _taken_in_before(batch: PaidBatch, sha: str) -> PaidBatch | None:
    return PaidBatch.objects.filter(
        content_sha256=sha, region=batch.region_id, department=batch.department, state=State.COMMITTED
    ).exclude(pk=batch.pk).first()


# --- taking in -------------------------------------------------------------------------------------------------


def start_commit(actor: User, pk: int, version: int) -> Job:
    """Queue the taking in of the lines that are sound, mapped and settled."""
    with transaction.atomic():
        batch = _locked(actor, pk, State.CHECKED, version=version)
        if batch.counts.get("already"):
            raise Refused(_("The same report was taken in before."))
        record(actor, "entitlements.paid_start", batch, region=batch.region_id)
        return _queue(actor, batch, COMMIT)


def commit(ctx: jobs.JobContext) -> None:
    """The job: write lines, findings and receipts, once. A report taken in before changes nothing and says so."""
    batch = PaidBatch.objects.select_related("file", "region").get(pk=ctx.params["batch"])
    ctx.progress(0, 2, _("Reading the file and comparing"))
    content = intake.content_of(batch)
    try:
        with ctx.effect() as result:
            # Reports of one county are taken in one after the other: each is judged against those before it.
            type(batch.region).objects.select_for_update(no_key=True).get(pk=batch.region_id[:intake.COUNTY])
            locked = PaidBatch.objects.select_for_update(of=("self",)).select_related("region", "file").get(pk=batch.pk)
            if locked.state == State.COMMITTED:
                return
            if locked.state != State.CHECKED:
                raise Refused(_("This report is not waiting to be taken in."))
            ctx.actor.require(RIGHT, locked.region_id)
            result |= _take_in(ctx.actor, locked, intake.look(locked, content))
    except IntegrityError as error:
        raise Refused(
            _("Somebody changed the same people at the same moment. Nothing was taken in; start it again.")
        ) from error


def _take_in(actor: User, batch: PaidBatch, looked: intake.Looked) -> dict[str, Any]:
    sha = intake.content_sha(batch, looked)
    before = _taken_in_before(batch, sha)
    if before is not None:
        batch.counts["already"] = before.pk
        batch.version += 1
        batch.save(update_fields=["counts", "version"])
        return {"already": before.pk}
    if looked.lines.is_empty():
        raise Refused(_("No row of this report can be taken in yet."))
    regions = dict(Person.objects.filter(pk__in=looked.lines["person_id"].drop_nulls().unique().to_list())
                   .values_list("pk", "region_id"))
    _write_lines(batch, looked, regions)
    _write_findings(batch, looked, regions)
    counts = intake.counts_of(looked)
    batch.covers = [{"service": service, "month": month.isoformat()} for service, month in looked.pairs]
    batch.state, batch.content_sha256, batch.counts = State.COMMITTED, sha, counts
    batch.items = [item.as_json for item in looked.items]
    batch.committed_at, batch.committed_by = timezone.now(), actor
    batch.version += 1
    batch.save()
    counts |= receipts.take_in(actor, batch)
    batch.counts = counts
    batch.save(update_fields=["counts"])
    refresh_desks(actor, batch, report_words(batch))
    record(actor, "entitlements.paid_commit", batch, region=batch.region_id, detail=_figures(counts))
    return _figures(counts)


def _strangers(looked: intake.Looked) -> dict[int, str]:
    """Payee to name and ID number as JSON, of those who are nobody of the register."""
    wanted = looked.lines.filter(pl.col("person_id").is_null())["payee"].unique().to_list()
    rows = looked.reading.payees.filter(pl.col(ROW).is_in(wanted))
    return {
        row: json.dumps({"name": name or "", "id_number": number or ""}, ensure_ascii=False)
        for row, name, number in rows.select(ROW, "name", "id_number").iter_rows()
    }


def _write_lines(batch: PaidBatch, looked: intake.Looked, regions: dict[int, str]) -> None:
    column = PaidLine._meta.get_field("payee").column_name
    sealed = {payee: "\\x" + crypto.encrypt(text, column).hex() for payee, text in _strangers(looked).items()}
    items = looked.reading.rows.select(row=ROW, item="item")
    frame = looked.lines.join(items, on="row", how="left")
    copy_frame(PaidLine, frame.select(
        batch_id=pl.lit(batch.pk), row_no="row", person_id="person_id",
        region_code=pl.col("person_id").replace_strict(regions, default=batch.region_id, return_dtype=pl.String)
        if regions else pl.lit(batch.region_id),
        service_id="service_id", item="item", month="month", amount_fen="fen",
        payee=pl.when(pl.col("person_id").is_null()).then(
            pl.col("payee").replace_strict(sealed, default=None, return_dtype=pl.String)) if sealed
        else pl.lit(None, pl.String),
    ))


def _write_findings(batch: PaidBatch, looked: intake.Looked, regions: dict[int, str]) -> None:
    rows = looked.judged.filter(pl.col("kind") != "agreed").to_dicts()
    known = [row for row in rows if row["person_id"] is not None]
    missing = {row["person_id"] for row in known} - regions.keys()
    regions = regions | dict(Person.objects.filter(pk__in=missing).values_list("pk", "region_id"))
    why = reasons.explain(batch.region_id[:intake.COUNTY], known, looked.expectation.approved)
    strangers = _strangers(looked)
    made = []
    for row in rows:
        reason, detail, step = why.get((row["person_id"], row["service_id"], row["month"]), ("unknown", {}, "register"))
        approved = (row["service_id"], row["month"]) in looked.expectation.approved
        made.append(Finding(
            batch=batch, kind=row["kind"], service_id=row["service_id"], month=row["month"],
            person_id=row["person_id"], payee=strangers.get(row["payee"]) if row["person_id"] is None else None,
            region_code=regions.get(row["person_id"], batch.region_id), row_no=row["row"], rows=row["rows"],
            paid_fen=row["paid_fen"], expected_fen=row["expected_fen"], over_fen=row["over_fen"],
            short_fen=row["short_fen"], reason=reason, detail=detail, step=step,
            basis=Finding.Basis.APPROVED if approved else Finding.Basis.RULES,
        ))
    Finding.objects.bulk_create(made, batch_size=BATCH)


# --- taking back -----------------------------------------------------------------------------------------------


def withdraw(actor: User, pk: int, *, version: int, reason: str) -> PaidBatch:
    """Take a report back whole: its lines no longer count, its findings and undecided proposals fall.

    Raises :class:`Refused` once a correction that rests on it was decided.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        batch = _locked(actor, pk, State.COMMITTED, version=version)
        withdraw_proposals(actor, batch)
        batch.findings.exclude(state=Finding.State.PROPOSED).update(state=Finding.State.VOID)
        receipts.take_back(batch)
        batch.state, batch.withdrawn_at, batch.withdrawn_by = State.WITHDRAWN, timezone.now(), actor
        batch.withdraw_reason = reason[:200]
        batch.version += 1
        batch.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdraw_reason", "version"])
        refresh_desks(actor, batch, report_words(batch))
        record(actor, "entitlements.paid_withdraw", batch, region=batch.region_id, reason=reason)
    return batch


def template(actor: User) -> bytes:
    """The empty workbook of a report."""
    actor.require(RIGHT)
    stream = io.BytesIO()
    write_template(SHEET, stream)
    return stream.getvalue()
