"""Departmental lists: upload, check, decide on doubtful rows, load, take back.

The heavy work is done by background jobs (``jobs``): each writes its whole effect in one transaction, so a worker
killed in the middle leaves nothing half-done. A list is checked again while it is loaded: what is written fits the
register of that moment.
"""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any, BinaryIO

import polars as pl
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.sheets import ROW, SheetError, guard, write_returned, write_template
from yinian.core.users.models import User
from yinian.people.imports import linking, loading, plan, undoing
from yinian.people.imports.linking import Linked
from yinian.people.imports.lists import LISTS, ListSpec
from yinian.people.imports.models import ImportBatch, ImportRow
from yinian.people.imports.queries import RIGHT, decisions_of, get_batch, get_row, spec_of
from yinian.people.imports.reading import Reading, read_list

Progress = Callable[[int, int, str], None]
_LOCK = 7305471  # lists are loaded and taken back one after the other
_SHOWN = ("name", "sex", "birth_date", "id_number", "village", "address", "phone")


def upload(
    actor: User, list_kind: str, file: BinaryIO, as_of: dt.date | None, region: str, complete: bool = False
) -> ImportBatch:
    """Take a file in and queue its check. Raises :class:`Refused` for what can be told from outside."""
    actor.require(RIGHT, region)
    spec = LISTS.get(list_kind)
    if spec is None:
        raise Refused(fields={"list_kind": _("Choose the list.")})
    if as_of is None:
        raise Refused(fields={"as_of": _("Give the day the list is of.")})
    if as_of > timezone.localdate():
        raise Refused(fields={"as_of": _("This day lies in the future.")})
    if complete and not spec.can_be_complete:
        raise Refused(fields={"complete": _("Nothing can be concluded from not being on this list.")})
    _recognised(file)
    with transaction.atomic():
        try:
            stored = attachments.store(actor, file, "people.import", region)
        except Refused as refusal:
            raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        batch = ImportBatch.objects.create(
            list_kind=spec.code,
            department=spec.department,
            region_id=region,
            as_of=as_of,
            complete=complete,
            file=stored,
            uploaded_by=actor,
        )
        record(
            actor,
            "people.import_upload",
            batch,
            region=region,
            detail={"list": spec.code, "as_of": as_of.isoformat(), "complete": complete},
        )
        _queue(actor, batch, "people.import_check")
    return batch


def _recognised(file: BinaryIO) -> None:
    """The pipeline's own judgement of the kind of file; it names the way out better than a general refusal."""
    file.seek(0)
    content = file.read(guard.MAX_FILE_BYTES + 1)
    file.seek(0)
    try:
        guard.kind_of(content)
    except SheetError as error:
        raise Refused(fields={"file": error.message}) from error


def _queue(actor: User, batch: ImportBatch, kind: str) -> Job:
    job = jobs.enqueue(
        actor,
        kind,
        {"batch": batch.pk},
        region=batch.region_id,
        key=f"people.import:{batch.pk}",
        url=reverse("people:import_batch", args=[batch.pk]),
    )
    if job.kind != kind:
        raise Refused(_("Another piece of work on this list is under way. Wait until it is done."))
    batch.job = job
    batch.save(update_fields=["job"])
    return job


def _locked(actor: User, pk: int, version: int | None = None) -> ImportBatch:
    get_batch(actor, pk)
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("region").get(pk=pk)
    if version is not None and batch.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return batch


def check_again(actor: User, pk: int) -> Job:
    """Queue the check once more: after a stopped job, or because the register has changed since."""
    with transaction.atomic():
        batch = _locked(actor, pk)
        if batch.state not in (ImportBatch.State.UPLOADED, ImportBatch.State.CHECKED):
            raise Refused(_("This list is not waiting to be loaded."))
        job = _queue(actor, batch, "people.import_check")
        record(actor, "people.import_check", batch, region=batch.region_id)
    return job


# --- the check -------------------------------------------------------------------------------------------------


def content_of(batch: ImportBatch) -> bytes:
    with attachments.content_of(batch.file) as file:
        return file.read()


def _linked(batch: ImportBatch, reading: Reading) -> Linked:
    return linking.link_rows(reading, batch.region_id, batch.as_of, decisions_of(batch))


def _order(batch: ImportBatch, linked: Linked) -> plan.Order:
    """Whole only if every row is sound and settled: a row left out would make somebody look absent."""
    spec = spec_of(batch)
    settled = linked.reading.data.faulty_rows == 0 and not linked.count("waiting") and not linked.count("skipped")
    later = plan.later_roll(spec, batch.region_id, batch.as_of) if batch.complete else None
    return plan.Order(spec, batch.region_id, batch.as_of, batch.complete and settled and later is None)


def _counts(linked: Linked, order: plan.Order, batch: ImportBatch) -> dict[str, Any]:
    data = linked.reading.data
    later = plan.later_roll(order.spec, batch.region_id, batch.as_of) if batch.complete else None
    return {
        "rows": data.frame.height,
        "faulty": data.faulty_rows,
        "matched": linked.count("matched"),
        "new": linked.count("new"),
        "waiting": linked.count("waiting"),
        "skipped": linked.count("skipped"),
        "young": linked.count("young"),
        "unknown": linked.count("unknown"),
        "review": len(linked.review),
        "ignored": data.ignored[:20],
        "as_whole": order.complete,
        "later_roll": later.isoformat() if later else "",
    }


def trial(linked: Linked, order: plan.Order) -> dict[str, Any]:
    """What loading would change now; nothing is written."""
    with transaction.atomic():
        plan.lay_out(order, linked, plan.numbered(linked.rows, []), seal=False)
        return plan.outcome()


def content_sha(order: plan.Order, rows: pl.DataFrame) -> str:
    """Digest of what takes effect: the list, its day, whether it is whole, and its rows whatever their order."""
    columns = [c.key for c in order.spec.sheet.columns]
    kept = rows.filter(pl.col("fate").is_in(["matched", "new"]))
    people = pl.when(pl.col("fate") == "matched").then("person")
    body = kept.select(*columns, people).sort(pl.all()).write_csv()
    head = json.dumps([order.spec.code, order.region, order.as_of.isoformat(), order.complete])
    return hashlib.sha256(f"{head}\n{body}".encode()).hexdigest()


def check(context: jobs.JobContext) -> None:
    """The job: read, find faults, find out who is meant, try what loading would change. Writes counts and the queue."""
    batch = ImportBatch.objects.select_related("file", "region").get(pk=context.params["batch"])
    spec = spec_of(batch)
    context.progress(0, 5, _("Reading the file"))
    try:
        reading = read_list(spec, content_of(batch), batch.file.name, batch.region_id, batch.as_of)
    except SheetError as error:
        with context.effect() as result:
            _refuse(context.actor, batch, error)
            result["refused"] = error.code
        return
    context.progress(1, 5, _("Comparing with the register"))
    linked = _linked(batch, reading)
    order = _order(batch, linked)
    context.progress(2, 5, _("Working out what would change"))
    counts = _counts(linked, order, batch) | trial(linked, order)
    sha = content_sha(order, linked.rows)
    loaded = _loaded_before(batch, sha)
    counts["already"] = loaded.pk if loaded else None
    returned = None
    if counts["faulty"]:
        context.progress(3, 5, _("Marking the faulty cells"))
        returned = io.BytesIO()
        write_returned(spec.sheet, linked.reading.data, None, returned)
    context.progress(4, 5, _("Saving"))
    with context.effect() as result:
        batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("file").get(pk=batch.pk)
        if batch.state not in (ImportBatch.State.UPLOADED, ImportBatch.State.CHECKED):
            return
        batch.returned = None
        if returned is not None:
            stem = batch.file.name.rsplit(".", 1)[0]
            batch.returned = attachments.store(
                context.actor,
                returned,
                "people.returned",
                batch.region_id,
                name=_("%(name)s - to be mended.xlsx") % {"name": stem},
            )
        _queue_rows(batch, linked)
        batch.state, batch.counts, batch.problem = ImportBatch.State.CHECKED, counts, ""
        batch.version += 1
        batch.save(update_fields=["returned", "state", "counts", "problem", "version"])
        record(context.actor, "people.import_checked", batch, region=batch.region_id, detail=_figures(counts))
        result |= _figures(counts)


def _figures(counts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in counts.items() if isinstance(value, int) and not isinstance(value, bool)}


def _refuse(actor: User, batch: ImportBatch, error: SheetError) -> None:
    locked = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if locked.state != ImportBatch.State.UPLOADED:
        return
    locked.state, locked.problem = ImportBatch.State.REFUSED, error.message
    locked.counts = {
        "refused": error.code,
        "params": {k: v for k, v in error.params.items() if isinstance(v, int | str)},
    }
    locked.version += 1
    locked.save(update_fields=["state", "problem", "counts", "version"])
    record(actor, "people.import_refused", locked, region=locked.region_id, detail={"code": error.code})


def _queue_rows(batch: ImportBatch, linked: Linked) -> None:
    """The rows that wait for a person; what was decided before stays decided while its candidate is still there."""
    kept = decisions_of(batch)
    payloads = {
        row[ROW]: {key: str(row[key]) for key in _SHOWN if row[key] is not None}
        for row in linked.rows.filter(pl.col(ROW).is_in([line["row"] for line in linked.review])).iter_rows(named=True)
    }
    who = {r.row_no: (r.decided_by_id, r.decided_at) for r in batch.rows.all()}
    batch.rows.all().delete()
    rows = []
    for line in linked.review:
        candidates = line["candidates"]
        row = ImportRow(
            batch=batch,
            row_no=line["row"],
            payload=json.dumps(payloads[line["row"]], ensure_ascii=False),
            match=line["match"],
            score=candidates[0]["weight"] if candidates else None,
            person_id=candidates[0]["person"] if candidates else None,
            agreement={"candidates": candidates},
            decision=ImportRow.Decision.WAITING,
        )
        decision = kept.get(line["row"])
        if decision and (
            decision.what in ("new", "skip")
            or (decision.what == "same" and decision.person in {c["person"] for c in candidates})
        ):
            row.decision = decision.what
            row.person_id = decision.person if decision.what == "same" else row.person_id
            row.decided_by_id, row.decided_at = who[line["row"]]
        rows.append(row)
    ImportRow.objects.bulk_create(rows, batch_size=500)


# --- doubtful rows ---------------------------------------------------------------------------------------------


def decide(actor: User, row_pk: int, decision: str, person_id: int | None = None) -> ImportRow:
    """Say whether a row is one of the people shown, somebody else, or to be left out. Can be changed until loaded."""
    visible = get_row(actor, row_pk)
    with transaction.atomic():
        batch = _locked(actor, visible.batch_id)
        if batch.state != ImportBatch.State.CHECKED:
            raise Refused(_("This list is not waiting to be loaded."))
        row = ImportRow.objects.select_for_update(of=("self",)).get(pk=row_pk)
        candidates = {c["person"] for c in row.agreement.get("candidates", [])}
        if decision == "same":
            if person_id is None or person_id not in candidates:
                raise Refused(_("Choose one of the people shown."))
            taken = batch.rows.filter(decision="same", person_id=person_id).exclude(pk=row.pk).first()
            if taken is not None:
                raise Refused(_("Row %(row)s was already said to be this person.") % {"row": taken.row_no})
            row.person_id = person_id
        elif decision == "new":
            if row.match == ImportRow.Match.EXACT:
                raise Refused(
                    _(
                        "The ID number is in the register, so it cannot be somebody else. "
                        "If the number is wrong, leave the row out and have it corrected."
                    )
                )
        elif decision not in ("skip", "waiting"):
            raise Refused(_("Choose one of the answers."))
        row.decision = decision
        row.decided_by, row.decided_at = (None, None) if decision == "waiting" else (actor, timezone.now())
        row.save(update_fields=["decision", "person", "decided_by", "decided_at"])
        batch.counts["stale"] = True
        batch.counts["waiting"] = batch.rows.filter(decision="waiting").count()
        batch.save(update_fields=["counts"])
        record(
            actor,
            "people.import_decide",
            batch,
            region=batch.region_id,
            detail={"row": row.row_no, "decision": decision, "person": row.person_id if decision == "same" else None},
        )
    return row


# --- loading ---------------------------------------------------------------------------------------------------


def start_commit(actor: User, pk: int, version: int | None = None) -> Job:
    """Queue the loading of the sound and settled rows."""
    with transaction.atomic():
        batch = _locked(actor, pk, version)
        if batch.state == ImportBatch.State.COMMITTED:
            raise Refused(_("This list is loaded already."))
        if batch.state != ImportBatch.State.CHECKED:
            raise Refused(_("This list is not waiting to be loaded."))
        job = _queue(actor, batch, "people.import_commit")
        record(actor, "people.import_start", batch, region=batch.region_id)
    return job


def _loaded_before(batch: ImportBatch, sha: str) -> ImportBatch | None:
    return (
        ImportBatch.objects.filter(
            content_sha256=sha, list_kind=batch.list_kind, region=batch.region_id, state=ImportBatch.State.COMMITTED
        )
        .exclude(pk=batch.pk)
        .first()
    )


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def commit(context: jobs.JobContext) -> None:
    """The job: load the list, once. A list loaded before changes nothing and says so."""
    batch = ImportBatch.objects.select_related("file").get(pk=context.params["batch"])
    spec = spec_of(batch)
    context.progress(0, 3, _("Reading the file"))
    reading = read_list(spec, content_of(batch), batch.file.name, batch.region_id, batch.as_of)
    context.progress(1, 3, _("Writing to the register"))
    try:
        with context.effect() as result:
            _one_at_a_time()
            batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
            if batch.state == ImportBatch.State.COMMITTED:
                result["already"] = batch.pk
                return
            if batch.state != ImportBatch.State.CHECKED:
                raise Refused(_("This list is not waiting to be loaded."))
            context.actor.require(RIGHT, batch.region_id)
            result |= _load(context.actor, batch, reading)
    except IntegrityError as error:
        raise Refused(
            _("Somebody changed the same people at the same moment. Nothing was loaded; start it again.")
        ) from error


def _load(actor: User, batch: ImportBatch, reading: Reading) -> dict[str, Any]:
    linked = _linked(batch, reading)
    order = _order(batch, linked)
    sha = content_sha(order, linked.rows)
    loaded = _loaded_before(batch, sha)
    if loaded is not None:
        batch.counts["already"] = loaded.pk
        batch.version += 1
        batch.save(update_fields=["counts", "version"])
        return {"already": loaded.pk}
    rows = plan.numbered(linked.rows, loading.new_ids(linked.count("new")))
    plan.lay_out(order, linked, rows, seal=True)
    counts = _counts(linked, order, batch) | plan.outcome()
    counts |= loading.write(actor, batch, order)
    batch.state, batch.counts, batch.content_sha256 = ImportBatch.State.COMMITTED, counts, sha
    batch.version += 1
    batch.save(update_fields=["state", "counts", "content_sha256", "committed_at", "committed_by", "version"])
    record(actor, "people.import_commit", batch, region=batch.region_id, detail=_figures(counts))
    return _figures(counts)


# --- taking back -----------------------------------------------------------------------------------------------


def _free_to_undo(batch: ImportBatch) -> None:
    standing = undoing.standing_on(batch)
    if standing.people:
        raise Refused(
            ngettext(
                "Since it was loaded, something later was recorded about %(count)s person. Take that back first.",
                "Since it was loaded, something later was recorded about %(count)s people. Take that back first.",
                standing.people,
            )
            % {"count": standing.people}
        )
    if standing.hanging:
        raise Refused(
            _(
                "People whom this list entered are already used elsewhere (%(where)s records). It can no longer be "
                "taken back; correct the people one by one."
            )
            % {"where": sum(standing.hanging.values())}
        )


def blockers(actor: User, batch: ImportBatch) -> undoing.Standing:
    """What forbids taking the list back, for the page."""
    get_batch(actor, batch.pk)
    with transaction.atomic():
        return undoing.standing_on(batch)


def start_undo(actor: User, pk: int, reason: str, version: int | None = None) -> Job:
    """Queue the taking back of a loaded list. Refuses at once when something later stands on it."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        batch = _locked(actor, pk, version)
        if batch.state != ImportBatch.State.COMMITTED:
            raise Refused(_("Only a loaded list can be taken back."))
        _free_to_undo(batch)
        batch.undo_reason = reason[:200]
        batch.save(update_fields=["undo_reason"])
        job = _queue(actor, batch, "people.import_undo")
        record(actor, "people.import_undo_start", batch, region=batch.region_id, reason=reason)
    return job


def undo(context: jobs.JobContext) -> None:
    """The job: take a loaded list back, once."""
    context.progress(0, 2, _("Taking the list back"))
    with context.effect() as result:
        _one_at_a_time()
        batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=context.params["batch"])
        if batch.state == ImportBatch.State.UNDONE:
            return
        if batch.state != ImportBatch.State.COMMITTED:
            raise Refused(_("Only a loaded list can be taken back."))
        context.actor.require(RIGHT, batch.region_id)
        _free_to_undo(batch)
        result |= undoing.take_back(context.actor, batch, batch.undo_reason)
        batch.state, batch.undone_at, batch.undone_by = ImportBatch.State.UNDONE, timezone.now(), context.actor
        batch.version += 1
        batch.save(update_fields=["state", "undone_at", "undone_by", "version"])
        record(context.actor, "people.import_undo", batch, region=batch.region_id, reason=batch.undo_reason)


def template_of(actor: User, list_kind: str) -> tuple[ListSpec, bytes]:
    """The empty workbook of a list."""
    actor.require(RIGHT)
    spec = LISTS.get(list_kind)
    if spec is None:
        raise NotVisible("list")
    stream = io.BytesIO()
    write_template(spec.sheet, stream)
    return spec, stream.getvalue()
