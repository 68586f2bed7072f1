"""A small plan in our own words, for the tests of this room."""

import hashlib
import io
from typing import Any

from tests import cast as people
from yinian.core.errors import Refused
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import KINDS
from yinian.core.models import Attachment, Job
from yinian.plans.documents import importing
from yinian.plans.models import Item, PlanDocument

TEXT = (
    "一、主要任务\n"
    "(一)办好助餐服务。2026年6月底前,建成社区助餐点20个。(责任单位:市民政局、市财政局)\n"
    "(二)改造老年人家庭。2027年底前,完成困难老年人家庭适老化改造300户。(责任单位:市民政局)\n"
)


def make_document(actor: Any, region: str = people.COUNTY, text: str = TEXT, **more: Any) -> PlanDocument:
    """A document under review, without items."""
    sha = hashlib.sha256(text.encode()).hexdigest()
    source = Attachment.objects.create(
        sha256=sha, name="方案.txt", media_type="text/plain", size=len(text.encode()), purpose="plans.source",
        region_id=region, uploaded_by=actor,
    )
    given = {
        "title": "汨罗市样例方案", "state": "in_review", "text": text, "text_sha256": sha, "sha256": sha,
        "source": source, "imported_by": actor,
    } | more
    return PlanDocument.objects.create(region_id=region, **given)


def make_item(document: PlanDocument, words: str, kind: str = "task", **more: Any) -> Item:
    """The item whose quote is ``words``, not reviewed."""
    start = document.text.index(words)
    return Item.objects.create(
        document=document, kind=kind, start=start, end=start + len(words), quote=words, **{"data": {}, **more}
    )


def run(job: Any) -> Job:
    """Run a job in this test's transaction, as the worker does in its own."""
    job = Job.objects.get(pk=job.pk)
    if job.is_over:
        return job
    job.state = Job.State.RUNNING
    job.save()
    try:
        KINDS[job.kind].handler(JobContext(job))
    except Refused as refusal:
        Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error=str(refusal))
    job.refresh_from_db()
    return job


def upload_and_read(actor: Any, text: str | bytes, name: str = "方案.txt", region: str = people.COUNTY) -> PlanDocument:
    """A document taken in and read, as the officer and the worker would."""
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    file.name = name
    document = importing.upload(actor, file, region)
    run(document.job)
    return PlanDocument.objects.get(pk=document.pk)
