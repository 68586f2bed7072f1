"""The kinds of background job: a label and the function that does the work. Rooms register theirs in ``jobs.py``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Handler = Callable[[Any], dict[str, Any] | None]


@dataclass(frozen=True)
class JobKind:
    name: str
    label: Promise | str
    handler: Handler


KINDS: dict[str, JobKind] = {}


def job_kind(name: str, label: Promise | str) -> Callable[[Handler], Handler]:
    """Register a handler. It receives a :class:`yinian.core.jobs.actions.JobContext`."""

    def register(handler: Handler) -> Handler:
        if name in KINDS and KINDS[name].handler is not handler:
            raise KeyError(f"job kind {name!r} is registered twice")
        KINDS[name] = JobKind(name, label, handler)
        return handler

    return register
