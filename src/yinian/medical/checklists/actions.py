"""Lists of check-ups: uploaded, checked, taken in whole, taken back whole.

The check and the taking in are background jobs; each writes its whole effect in one transaction. A list is looked at
again while it is taken in: what is written fits the register of that moment.
"""

import io
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.sheets import SheetError, guard, write_returned, write_template
from yinian.core.users.models import User
from yinian.medical import papers
from yinian.medical.checklists.models import CheckList
from yinian.medical.checklists.queries import RIGHT, get_list
from yinian.medical.checklists.sheet import SHEET, Looked, look
from yinian.medical.checkups import actions as checkups
from yinian.medical.checkups.models import CheckUp
from yinian.medical.keeping import given_reason

CHECK, TAKE = "medical.check_list", "medical.check_list_take"
SHOWN = 200  # faults kept for the page; the returned workbook has them all
BATCH = 500
State = CheckList.State


def template(actor: User) -> bytes:
    """The empty workbook."""
    actor.require(RIGHT)
    stream = io.BytesIO()
    write_template(SHEET, stream)
    return stream.getvalue()


def upload(actor: User, file: BinaryIO, region: str) -> CheckList:
    """Take a list in and queue its check. Raises :class:`Refused` for what can be told from outside."""
    actor.require(RIGHT, region)
    file.seek(0)
    try:
        guard.kind_of(file.read(guard.MAX_FILE_BYTES + 1))
    except SheetError as error:
        raise Refused(fields={"file": error.message}) from error
    file.seek(0)
    with transaction.atomic():
        try:
            stored = attachments.store(actor, file, papers.CHECK_LIST, region)
        except Refused as refusal:
            raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        made = CheckList.objects.create(region_id=region, file=stored, uploaded_by=actor)
        record(actor, "medical.check_list_upload", made, region=region)
        _queue(actor, made, CHECK)
    return made


def _queue(actor: User, found: CheckList, kind: str) -> Job:
    job = jobs.enqueue(
        actor, kind, {"list": found.pk}, region=found.region_id, key=f"medical.check_list:{found.pk}",
        url=reverse("medical:checklist", args=[found.pk]),
    )
    if job.kind != kind:
        raise Refused(_("Another piece of work on this list is under way. Wait until it is done."))
    found.job = job
    found.save(update_fields=["job"])
    return job


def _locked(actor: User, pk: int, version: int, *states: str) -> CheckList:
    get_list(actor, pk)
    found = CheckList.objects.select_for_update(of=("self",)).select_related("region", "file").get(pk=pk)
    actor.require(RIGHT, found.region_id)
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if found.state not in states:
        raise Refused(_("This list is not at that stage: %(state)s.") % {"state": found.get_state_display()})
    return found


def check_again(actor: User, pk: int, version: int) -> Job:
    """Queue the check once more: because the register or the institutions have changed since."""
    with transaction.atomic():
        found = _locked(actor, pk, version, State.UPLOADED, State.CHECKED)
        record(actor, "medical.check_list_check", found, region=found.region_id)
        return _queue(actor, found, CHECK)


def start_taking(actor: User, pk: int, version: int) -> Job:
    """Queue the taking in of a list without a fault."""
    with transaction.atomic():
        found = _locked(actor, pk, version, State.CHECKED)
        if found.counts.get("faulty"):
            raise Refused(_("Rows of this list are faulty. Mend the returned workbook and upload that."))
        if not found.counts.get("fresh"):
            raise Refused(_("Every check-up of this list is entered already."))
        record(actor, "medical.check_list_start", found, region=found.region_id)
        return _queue(actor, found, TAKE)


def _looked(ctx: jobs.JobContext) -> tuple[CheckList, Looked]:
    found = CheckList.objects.select_related("file", "region").get(pk=ctx.params["list"])
    with attachments.content_of(found.file) as file:
        content = file.read()
    return found, look(ctx.actor, content, found.file.name, found.region_id)


def check(ctx: jobs.JobContext) -> None:
    """The job: read and find faults; writes counts and faults, no check-up."""
    ctx.progress(0, 2, _("Reading the file and comparing"))
    try:
        found, looked = _looked(ctx)
    except SheetError as error:
        with ctx.effect() as result:
            locked = CheckList.objects.select_for_update(of=("self",)).get(pk=ctx.params["list"])
            if locked.state == State.UPLOADED:
                locked.state, locked.problem, locked.version = State.REFUSED, error.message, locked.version + 1
                locked.save(update_fields=["state", "problem", "version"])
                record(ctx.actor, "medical.check_list_refused", locked, region=locked.region_id,
                       detail={"code": error.code})
            result["refused"] = error.code
        return
    returned = None
    if looked.data.faulty_rows:
        ctx.progress(1, 2, _("Marking the faulty cells"))
        returned = io.BytesIO()
        write_returned(SHEET, looked.data, None, returned)
    with ctx.effect() as result:
        locked = CheckList.objects.select_for_update(of=("self",)).select_related("file").get(pk=found.pk)
        if locked.state in (State.UPLOADED, State.CHECKED):
            result |= _keep(ctx.actor, locked, looked, returned)


def _keep(actor: User, found: CheckList, looked: Looked, returned: io.BytesIO | None) -> dict[str, int]:
    """Keep what a look found: counts, the first faults, the workbook to be mended."""
    found.returned = None
    if returned is not None:
        stem = found.file.name.rsplit(".", 1)[0]
        found.returned = attachments.store(actor, returned, papers.CHECK_LIST_RETURNED, found.region_id,
                                           name=_("%(name)s - to be mended.xlsx") % {"name": stem})
    counts = _counts(looked)
    found.state, found.counts, found.problem = State.CHECKED, counts, ""
    found.faults = list(looked.data.errors.head(SHOWN).iter_rows())
    found.version += 1
    found.save(update_fields=["returned", "state", "counts", "faults", "problem", "version"])
    record(actor, "medical.check_list_checked", found, region=found.region_id, detail=counts)
    return counts


def _counts(looked: Looked) -> dict[str, int]:
    return {
        "rows": looked.data.frame.height, "faulty": looked.data.faulty_rows, "known": looked.known,
        "fresh": len(looked.fresh), "abnormal": sum(one.result == CheckUp.Result.ABNORMAL for one in looked.fresh),
    }


def take(ctx: jobs.JobContext) -> None:
    """The job: enter every check-up of the list, or none."""
    ctx.progress(0, 2, _("Reading the file and comparing"))
    try:
        with ctx.effect() as result:
            locked = CheckList.objects.select_for_update(of=("self",)).get(pk=ctx.params["list"])
            if locked.state == State.TAKEN:
                return
            ctx.actor.require(RIGHT, locked.region_id)
            found, looked = _looked(ctx)
            if locked.state != State.CHECKED or looked.data.faulty_rows:
                raise Refused(_("The register has changed since the check. Nothing was taken in; check again."))
            result |= _enter(ctx.actor, found, looked)
    except IntegrityError as error:
        raise Refused(
            _("Somebody entered the same check-ups at the same moment. Nothing was taken in; check the list again.")
        ) from error


def _enter(actor: User, found: CheckList, looked: Looked) -> dict[str, int]:
    made = CheckUp.objects.bulk_create(
        (
            CheckUp(
                person=one.person, institution_id=one.institution, done_on=one.done_on, paid=one.paid,
                result=one.result, findings=one.findings, follow=one.follow, follow_by=one.follow_by,
                recorded_by=actor, from_list=found,
            )
            for one in looked.fresh
        ),
        batch_size=BATCH,
    )
    for one in made:
        if one.result == CheckUp.Result.ABNORMAL:
            checkups.ask_to_follow(actor, one, one.person)
    found.state, found.taken_by, found.taken_at = State.TAKEN, actor, timezone.now()
    found.counts = _counts(looked)
    found.version += 1
    found.save(update_fields=["state", "taken_by", "taken_at", "counts", "version"])
    record(actor, "medical.check_list_take", found, region=found.region_id, detail=found.counts)
    return dict(found.counts)


def take_back(actor: User, pk: int, version: int, reason: str) -> CheckList:
    """Take a list back that was the wrong one: each of its check-ups stays, marked as an error."""
    reason = given_reason(reason)
    with transaction.atomic():
        found = _locked(actor, pk, version, State.TAKEN)
        mine = list(CheckUp.objects.select_for_update(of=("self",)).filter(from_list=found, error_at__isnull=True))
        now = timezone.now()
        for one in mine:
            one.error_by, one.error_at, one.error_reason, one.version = actor, now, reason, one.version + 1
        CheckUp.objects.bulk_update(mine, ["error_by", "error_at", "error_reason", "version"], batch_size=BATCH)
        for one in mine:
            if one.result == CheckUp.Result.ABNORMAL:
                inbox.settle(actor, checkups.key_of(one), reason, needed=False)
        found.state, found.back_by, found.back_at, found.back_reason = State.BACK, actor, now, reason
        found.version += 1
        found.save(update_fields=["state", "back_by", "back_at", "back_reason", "version"])
        detail: dict[str, Any] = {"check_ups": len(mine)}
        record(actor, "medical.check_list_back", found, region=found.region_id, reason=reason, detail=detail)
    return found
