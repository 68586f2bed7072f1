"""A list as a workbook: at once where it is short, as background work with progress and a stop where it is long.

A long one is made by the worker, which answers the list's own address again as the person who asked: the same rights,
scope and filters hold, and hold still when the work begins. The file waits encrypted for a day, for that person alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.db import models, transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import jinja
from yinian.core.access import StaffRequest
from yinian.core.attachments import vault
from yinian.core.attachments.kinds import MEDIA
from yinian.core.audit.actions import record
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.jobs.actions import JobContext, Overtaken, Stopped, clear_file, enqueue
from yinian.core.jobs.kinds import job_kind
from yinian.core.jobs.models import Job
from yinian.core.sheets import TableColumn, write_table
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user

if TYPE_CHECKING:
    from yinian.core.lists import Column, ListView

KIND = "core.export"
AT_ONCE = 20_000  # rows that a page may make while somebody waits: some seconds
KEPT = dt.timedelta(days=1)
BATCH = 2000
_EXCEL_KINDS = {"number": "number", "day": "date", "moment": "datetime", "yuan": "money_fen"}


def excel(
    request: StaffRequest, view: ListView, key: str, rows: QuerySet[Any], chips: list[dict[str, str]], about: int
) -> HttpResponse:
    """The filtered, ordered rows as a workbook; of many (``about`` says how many) the page of the work that makes it.

    The audit row keeps which filters, never the words searched for. Words searched for are not kept with the work
    either, so what was searched is made at once.
    """
    job: JobContext | None = getattr(request, "export_job", None)
    free = {spec.key for spec in view.filters if spec.kind == "text"} | {"q"}
    if job is None and about > AT_ONCE and not any(request.GET.get(name, "").strip() for name in free):
        return _later(request)
    columns = [column for column in view.columns if column.excel]
    table = [TableColumn(c.key, c.label, _EXCEL_KINDS.get(c.kind, "text")) for c in columns]  # type: ignore[arg-type]
    meta = {
        _("Filters"): " · ".join(chip["text"] for chip in chips) or _("none"),
        _("Made by"): request.user.full_name,
        _("Made at"): jinja.moment(timezone.now()),
    }
    name = f"{view.title}-{timezone.localdate():%Y%m%d}.xlsx"
    total = rows.order_by().count() if job is not None else 0
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse or the job closes it
    written = write_table(table, _rows(view, columns, rows, job, total), file, title=view.title, meta=meta)
    file.seek(0)
    region = request.GET.get("region", "")
    filters = {chip["key"]: request.GET.get(chip["key"], "") if chip["key"] != "q" else True for chip in chips}

    def told() -> None:
        record(request.user, f"{(view.excel_right or '').split('.')[0]}.export",
               region=region if region.isdigit() else "", detail={"list": key, "filters": filters, "rows": written})

    if job is not None:
        with file:
            kept = _keep(file, name)
        try:
            with job.effect({"file": kept, "rows": written}):
                told()
        except (Stopped, Overtaken):
            vault.path_of(kept["sha256"]).unlink(missing_ok=True)  # nobody could fetch it, nothing would clear it
            raise
        return HttpResponse(status=204)
    with transaction.atomic():
        told()
    response = FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA["xlsx"])
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


def _later(request: StaffRequest) -> HttpResponse:
    """Queue the workbook; asking twice for the same leads to the same work."""
    query = request.GET.copy()
    for name in ("after", "before", "format"):
        query.pop(name, None)
    home = request.user.home_region
    if home is None:
        raise Refused(_("This account has no area, so nothing can be made in its name."))
    params = {"path": request.path, "query": query.urlencode(), "language": translation.get_language()}
    asked = hashlib.sha256(f"{request.path}?{params['query']}".encode()).hexdigest()
    key = f"{KIND}:{request.user.pk}:{asked[:32]}"
    job = enqueue(request.user, KIND, params, region=home.code, key=key)
    return redirect("core:job", job.pk)


@job_kind(KIND, gettext_lazy("Excel of a long list"))
def make(context: JobContext) -> None:
    """Answer the list's address as its owner would see it now, and keep the workbook. Refuses what they may not."""
    params = context.params
    query = QueryDict(params["query"], mutable=True)
    query["format"] = "xlsx"
    request: Any = HttpRequest()
    request.method, request.GET = "GET", query
    request.path = request.path_info = params["path"]
    request.user = User.objects.get(pk=context.actor.pk)
    request.resolver_match = match = resolve(params["path"])
    request.export_job = context
    if not request.user.is_active:
        raise Refused(_("The account that asked for this is closed."))
    with translation.override(params["language"]):
        request.LANGUAGE_CODE = params["language"]
        try:
            response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        except (Forbidden, NotVisible) as error:
            raise Refused(_("You may not export this list any more.")) from error
    if not context.job.is_over:
        raise RuntimeError(f"{params['path']} answered {response.status_code} without making a workbook")


def _keep(file: BinaryIO, name: str) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    vault.put(file, digest.hexdigest())
    return {"sha256": digest.hexdigest(), "name": name, "size": size}


def waiting(job: Job) -> bool:
    """Whether the workbook that a job made is still to be had."""
    return (job.kind == KIND and job.state == Job.State.DONE and job.finished_at is not None
            and job.finished_at + KEPT > timezone.now() and vault.path_of(job.result["file"]["sha256"]).exists())


def hand_out(actor: User, job: Job) -> tuple[Iterator[bytes], dict[str, Any]]:
    """The workbook and what is known of it (``name``, ``size``), for whoever asked for it and nobody else."""
    if job.kind != KIND or job.owner_id != actor.pk:
        raise NotVisible("export")
    if not waiting(job):
        raise Refused(_("The file was kept for a day and is gone. Export the list again."))
    with transaction.atomic():
        record(actor, "jobs.file", job, region=job.region_id, detail={"size": job.result["file"]["size"]})
    return vault.read(job.result["file"]["sha256"]), job.result["file"]


def clear_away() -> int:
    """Take away workbooks whose day is over. Returns how many."""
    gone, actor = 0, platform_user()
    past = Job.objects.filter(kind=KIND, state=Job.State.DONE, finished_at__lte=timezone.now() - KEPT,
                              result__has_key="file").exclude(result__has_key="cleared")
    for job in past:
        vault.path_of(job.result["file"]["sha256"]).unlink(missing_ok=True)
        gone += clear_file(actor, job.pk)
    return gone


def address(job: Job) -> str | None:
    """Where the workbook of a job is handed out, while it waits."""
    return reverse("core:job_file", args=[job.pk]) if waiting(job) else None


# --- rows --------------------------------------------------------------------------------------------------------


def _rows(
    view: ListView, columns: list[Column], rows: QuerySet[Any], job: JobContext | None, total: int
) -> Iterator[list[Any]]:
    done = 0
    for batch in _batches(rows.iterator(chunk_size=BATCH), BATCH):
        if view.per_row is not None:
            view.per_row(batch)
        for thing in batch:
            yield [_value(column, column.cell(thing)) for column in columns]
        done += len(batch)
        if job is not None:
            job.progress(min(done, total), max(total, 1))


def _batches(things: Iterable[models.Model], size: int) -> Iterator[list[models.Model]]:
    batch: list[models.Model] = []
    for thing in things:
        batch.append(thing)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _value(column: Column, value: Any) -> Any:
    if isinstance(value, tuple):
        value = value[0]
    if value is None:
        return None
    if column.kind in {"number", "yuan"}:
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if column.kind == "day":
        return timezone.localtime(value).date() if isinstance(value, dt.datetime) else value
    if column.kind == "moment":
        return timezone.localtime(value).replace(tzinfo=None)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
