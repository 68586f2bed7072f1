"""The background job that reckons a draft over more people than a reader waits for."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.entitlements.drafts import queries, reckoning

RECKON = "entitlements.whatif"


@job_kind(RECKON, gettext_lazy("What a draft would do"))
def reckon(ctx: JobContext) -> dict[str, Any] | None:
    """Reckon the draft of ``ctx.params``; what comes out is kept for its pages."""
    draft = queries.get_draft(ctx.actor, int(ctx.params["draft"]))
    ctx.progress(0, 1, _("Holding everybody against the draft"))
    reckoning.reckon(draft)
    return {"url": reverse("entitlements:draft_results", args=[draft.pk])}
