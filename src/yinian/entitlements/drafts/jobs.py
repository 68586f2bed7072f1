"""The background job that reckons a draft over more people than a reader waits for."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.kinds import job_kind
from yinian.engines.entitlement.coming import middle_of
from yinian.entitlements.drafts import ahead, counties, queries, reckoning
from yinian.entitlements.drafts.models import Draft

RECKON = "entitlements.whatif"


def page_url(page: str, draft: Draft, asked: Mapping[str, Any]) -> str:
    """The address of one of a draft's pages, of a year and a county where they are asked for."""
    given = urlencode({name: asked[name] for name in ("year", "county") if asked.get(name)})
    return reverse(f"entitlements:{page}", args=[draft.pk]) + (f"?{given}" if given else "")


@job_kind(RECKON, gettext_lazy("What a draft would do"))
def reckon(ctx: JobContext) -> dict[str, Any] | None:
    """Reckon the draft of ``ctx.params``; what comes out is kept for its pages."""
    draft, params = queries.get_draft(ctx.actor, int(ctx.params["draft"])), ctx.params
    page, county = str(params.get("page") or "draft_results"), str(params.get("county") or "")
    on = middle_of(int(params["year"])) if params.get("year") else None
    ctx.progress(0, 1, _("Holding everybody against the draft"))
    if queries.is_wide(draft) and not county:
        counties.by_county(draft, on)
    else:
        reckoning.reckon(draft, on, county)
    if page == "draft_years":
        ahead.ahead(draft, county)
    return {"url": page_url(page, draft, params)}
