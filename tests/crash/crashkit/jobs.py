"""A job whose effect can be counted, and which kills its own worker once at the moment its parameters name."""

import os
import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from yinian.core.audit.actions import record
from yinian.core.inbox import actions as inbox
from yinian.core.inbox.kinds import work_kind
from yinian.core.inbox.models import WorkStep
from yinian.core.jobs.actions import JobContext, enqueue
from yinian.core.jobs.kinds import job_kind
from yinian.core.roles import Role

work_kind("crash.case", "Case %(token)s", "Open", Role.BUREAU_OFFICER, 3)


@job_kind("crash.effect", "Effect")
def effect(context: JobContext) -> dict[str, Any] | None:
    """Three reports, then a work item, a step, an audit row and, if asked for, another job: all in one transaction."""
    token = context.params["token"]
    for step in range(3):
        context.progress(step, 3)
        time.sleep(context.params.get("pause", 0.05))
    _die_once(context, "before")
    with context.effect() as result:
        region = context.job.region_id
        item = inbox.ask(
            context.actor, "crash.case", key=f"crash:{token}", region=region, params={"token": token}, url="/"
        )
        WorkStep.objects.create(item=item, actor=context.actor, verb="crash", note=token)
        record(context.actor, "crash.effect", region=context.job.region_id, detail={"token": token})
        if context.params.get("child"):
            enqueue(context.actor, "crash.effect", {"token": f"{token}.child"}, region=context.job.region_id)
        time.sleep(context.params.get("pause", 0.05))
        _die_once(context, "inside")
        result["token"] = token
    _die_once(context, "after")
    return None


def _die_once(context: JobContext, moment: str) -> None:
    if context.params.get("die") != moment:
        return
    mark = Path(settings.DATA) / f"died-{context.job.pk}"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
