"""Pages of plan documents."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from yinian.core.access import StaffRequest, page
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.plans.desks import ROOM
from yinian.plans.documents import queries
from yinian.plans.documents.models import PlanDocument

TONES = {"reading": "info", "in_review": "warn", "adopted": "ok", "withdrawn": "mute"}


@page("plans.view")
def documents(request: StaffRequest) -> HttpResponse:
    """The documents, the newest first."""
    view = ListView(
        title=_("Plan documents"),
        columns=[
            Column("title", _("Title"), lambda d: d.title, kind="link", sort="title"),
            Column("region", _("Area"), lambda d: d.region.name),
            Column("issued_on", _("Date of issue"), lambda d: d.issued_on, kind="day", sort="issued_on"),
            Column("state", _("State"), lambda d: (d.get_state_display(), TONES[d.state]), kind="badge", sort="state"),
        ],
        filters=[Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: PlanDocument.State.choices)],
        default_sort=("pk", "desc"),
        excel_right="plans.export",
        region_field="region__code",
        empty=_("No plan document yet"),
        desk=(ROOM, "documents"),
    )
    return render_list(request, view, queries.visible_to(request.user))
