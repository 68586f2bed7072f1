"""The audit chain as its readers see it: rows, reveals, the chain's state, and its head to keep elsewhere."""

import datetime as dt
import json
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.audit import queries
from yinian.core.audit.labels import KINDS, action_words, field_words, kind_words
from yinian.core.audit.models import AuditRow
from yinian.core.jobs.actions import enqueue
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.navigation import frame_of
from yinian.core.regions.models import Region
from yinian.core.users.models import User


def _start_of(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(0)))


def _from(queryset: QuerySet[Any], day: dt.date) -> QuerySet[Any]:
    return queryset.filter(at__gte=_start_of(day))


def _until(queryset: QuerySet[Any], day: dt.date) -> QuerySet[Any]:
    return queryset.filter(at__lt=_start_of(day + dt.timedelta(days=1)))


def _who(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    return queryset.filter(actor__in=User.objects.filter(Q(full_name__icontains=text) | Q(username=text)))


def _action_choices(actor: User) -> list[tuple[str, str]]:
    names = queries.actions_seen()
    return sorted(((name, action_words(name)) for name in names), key=lambda pair: pair[1])


def _thing(row: Any) -> str:
    return f"{kind_words(row.object_kind)} {row.object_id}".strip() if row.object_kind else ""


def _attach_regions(rows: Any) -> None:
    names = dict(Region.objects.filter(pk__in={row.region_code for row in rows}).values_list("code", "name"))
    for row in rows:
        row.region_name = names.get(row.region_code, "")


def _detail(row: AuditRow) -> str:
    return json.dumps(row.detail, ensure_ascii=False) if row.detail else ""


AUDIT = ListView(
    title=gettext_lazy("Audit"),
    subtitle=gettext_lazy("Who did what to which thing, when and why. Rows can be added, never changed."),
    columns=[
        Column("position", gettext_lazy("No."), lambda row: row.link.position if hasattr(row, "link") else None),
        Column("at", gettext_lazy("When"), lambda row: row.at, kind="moment"),
        Column("actor", gettext_lazy("Who"), lambda row: row.actor.full_name),
        Column("action", gettext_lazy("Act"), lambda row: action_words(row.action)),
        Column("object", gettext_lazy("Thing"), _thing),
        Column("region", gettext_lazy("Area"), lambda row: row.region_name),
        Column("reason", gettext_lazy("Reason"), lambda row: row.reason),
        Column("detail", gettext_lazy("Detail"), _detail, default=False),
        Column("hash", gettext_lazy("Hash"), lambda row: row.link.hash if hasattr(row, "link") else "", default=False),
    ],
    filters=[
        Filter("who", gettext_lazy("Who"), _who, kind="text"),
        Filter("action", gettext_lazy("Act"), lambda qs, value: qs.filter(action=value), choices=_action_choices),
        Filter("region", gettext_lazy("Area"), lambda qs, value: qs.filter(region_code__startswith=value),
               kind="region"),
        Filter("since", gettext_lazy("From"), _from, kind="date_from"),
        Filter("until", gettext_lazy("Until"), _until, kind="date_to"),
        Filter("kind", gettext_lazy("Thing"), lambda qs, value: qs.filter(object_kind=value), hidden=True,
               choices=lambda actor: [(name, kind_words(name)) for name in
                                      KINDS]),
        Filter("object", gettext_lazy("Object number"), lambda qs, value: qs.filter(object_id=value), kind="text",
               hidden=True),
    ],
    default_sort=("pk", "desc"),
    excel_right="audit.view",
    per_row=_attach_regions,
)


@page("audit.view")
def audit_list(request: StaffRequest) -> HttpResponse:
    extra: dict[str, Any] = {}
    if not request.headers.get("HX-Request"):
        extra = {"chain": queries.chain_state()}
    return render_list(request, AUDIT, queries.visible_to(request.user), "core/audit.html", extra)


REVEALS = ListView(
    title=gettext_lazy("Masked values shown"),
    subtitle=gettext_lazy("Each showing of an ID number, phone or address, with the reason given."),
    columns=[
        Column("at", gettext_lazy("When"), lambda row: row.at, kind="moment"),
        Column("actor", gettext_lazy("Who"), lambda row: row.actor.full_name),
        Column("field", gettext_lazy("What was shown"), lambda row: field_words(row.field)),
        Column("object", gettext_lazy("Whose"), _thing),
        Column("reason", gettext_lazy("Reason"), lambda row: row.reason),
    ],
    filters=[
        Filter("who", gettext_lazy("Who"), _who, kind="text"),
        Filter("since", gettext_lazy("From"), _from, kind="date_from"),
        Filter("until", gettext_lazy("Until"), _until, kind="date_to"),
    ],
    default_sort=("pk", "desc"),
    excel_right="audit.view",
)


@page("audit.view")
def reveal_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, REVEALS, queries.reveals_visible_to(request.user), "core/reveals.html")


@page("audit.view", methods=("POST",))
def verify(request: StaffRequest) -> HttpResponse:
    """Check the whole chain, in the background: recomputing a long chain takes a while."""
    region = request.user.home_region
    job = enqueue(request.user, "audit.verify", {}, region=region.code, key="audit.verify", url=reverse("core:audit"))
    messages.info(request, _("The check has begun."))
    return redirect("core:job", job.pk)


@page("audit.view")
def head(request: StaffRequest) -> HttpResponse:
    """The chain's head as a small text, to be kept where this platform's keeper cannot reach it."""
    state = queries.chain_state()
    text = "\n".join([
        _("Yinian audit chain"), _("County") + f": {frame_of(request).county}",
        _("Rows") + f": {state.rows}", _("Head (SHA-256)") + f": {state.head or '-'}",
        _("Taken at") + f": {timezone.localtime():%Y-%m-%d %H:%M:%S}",
        _("Taken by") + f": {request.user.full_name}",
        "", _("Check it later with: yinian verify-audit --head <head>"), "",
    ])
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-head-{timezone.localdate():%Y%m%d}.txt"'
    return response
