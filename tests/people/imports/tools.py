"""What the tests of departmental lists share: a filled workbook, an upload, a job run as the worker runs it."""

import datetime as dt
import io
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl.workbook import Workbook

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import KINDS
from yinian.core.jobs.models import Job
from yinian.core.sheets import write_template
from yinian.people.imports import actions
from yinian.people.imports.lists import LISTS
from yinian.people.models import Conflict, ImportBatch, Person, Roll, Spell

AS_OF = dt.date(2025, 6, 1)


def csv_of(list_kind: str, rows: list[dict[str, Any]]) -> bytes:
    """The same as CSV, which is quicker to make."""
    columns = [column.key for column in LISTS[list_kind].sheet.columns]
    lines = [",".join(str(row.get(key, "")) for key in columns) for row in rows]
    return "\n".join([",".join(columns), *lines]).encode()


def workbook(list_kind: str, rows: list[dict[str, Any]]) -> bytes:
    """The template of a list, filled in by column key, as text."""
    spec = LISTS[list_kind]
    stream = io.BytesIO()
    write_template(spec.sheet, stream)
    book = openpyxl.load_workbook(stream)
    sheet = book.worksheets[0]
    keys = [column.key for column in spec.sheet.columns]
    for number, row in enumerate(rows, 2):
        for key, value in row.items():
            sheet.cell(number, keys.index(key) + 1, str(value))
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def run(job: Job) -> Job:
    """Run a job's handler in this transaction, as the worker does in its own."""
    job.state = Job.State.RUNNING
    job.save()
    context = JobContext(job)
    try:
        KINDS[job.kind].handler(context)
    finally:
        job.refresh_from_db()
        if not job.is_over:
            job.state = Job.State.FAILED
            job.save()
    return job


def upload(actor: Any, list_kind: str, rows: Any, region: str, **more: Any) -> ImportBatch:
    """Upload rows (or bytes) and check them."""
    content = rows if isinstance(rows, bytes) else workbook(list_kind, rows)
    file = SimpleUploadedFile("名单.xlsx", content)
    batch = actions.upload(actor, list_kind, file, more.pop("as_of", AS_OF), region, more.pop("complete", False))
    return checked(batch)


def checked(batch: ImportBatch) -> ImportBatch:
    run(batch.job)
    batch.refresh_from_db()
    return batch


def load(actor: Any, batch: ImportBatch) -> ImportBatch:
    run(actions.start_commit(actor, batch.pk))
    batch.refresh_from_db()
    return batch


def take_back(actor: Any, batch: ImportBatch, reason: str = "名单发错了") -> ImportBatch:
    run(actions.start_undo(actor, batch.pk, reason))
    batch.refresh_from_db()
    return batch


def row_of(person: Any, **more: Any) -> dict[str, Any]:
    return {"name": person.name, "id_number": person.id_number, **more}


def picture() -> dict[str, Any]:
    """What the register believes now, without the traces of how it came to."""
    fields = (
        "name",
        "sex",
        "birth_date",
        "id_number",
        "phone",
        "address",
        "region_id",
        "hukou_code",
        "residence_code",
        "urban_hukou",
        "household_no",
        "state",
        "died_on",
    )
    return {
        "spells": sorted(
            Spell.objects.filter(retracted_at__isnull=True).values_list(
                "person__name", "person_id", "kind", "value", "grade", "valid", "department", "evidence", "batch_id"
            ),
            key=repr,
        ),
        "people": sorted(
            [
                (p.pk, *(getattr(p, f) for f in fields), p.id_index and bytes(p.id_index).hex())
                for p in Person.objects.all()
            ],
            key=repr,
        ),
        "rolls": sorted(Roll.objects.filter(retracted_at__isnull=True).values_list("kind", "as_of", "region_id")),
        "conflicts": sorted(
            Conflict.objects.filter(state="open").values_list(
                "person_id", "kind", "department", "claimed_value", "claimed_grade", "claimed_from"
            )
        ),
    }


def values_of(person: Any) -> dict[str, tuple[str, int | None]]:
    return {s.kind: (s.value, s.grade) for s in person.spells.filter(retracted_at__isnull=True, valid__contains=AS_OF)}
