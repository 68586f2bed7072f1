"""Lists over all homes in reach: stays that end soon, and who has left and why."""

import datetime as dt
from typing import Any

from django.db.models import DateField, F, Func, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.desks import ROOM
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay


def _by_name(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    if text.isascii():
        return found.filter(person__name_initials__startswith=text.lower())
    return found.filter(person__name__startswith=text)


def _area() -> Filter:
    return Filter(
        "region", _("Area"), lambda qs, code: qs.filter(bed__site__region__code__startswith=code), kind="region"
    )


def _left(stay: Stay) -> tuple[str, str]:
    assert stay.expected_end is not None
    left = (stay.expected_end - timezone.localdate()).days
    if left < 0:
        return _("%(n)d days over") % {"n": -left}, "bad"
    return (_("today"), "warn") if left == 0 else (_("in %(n)d days") % {"n": left}, "warn" if left < 8 else "mute")


@page("homes.view", also=("people.view",))
def ending(request: StaffRequest) -> HttpResponse:
    """Stays with an agreed end, the nearest first."""
    view = ListView(
        title=_("Stays that end"),
        subtitle=_("Trial, respite and other stays with an agreed end."),
        columns=[
            Column("name", _("Name"), lambda s: s.person.name, sort="person__name"),
            Column("home", _("Care home"), lambda s: s.bed.site.name, sort="bed__site__name"),
            Column("bed", _("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("stay", _("Kind of stay"), lambda s: s.get_kind_display(), sort="kind"),
            Column("since", _("Since"), lambda s: s.period.lower, kind="day", sort="period"),
            Column("expected_end", _("Expected end"), lambda s: s.expected_end, kind="day", sort="expected_end"),
            Column("left", _("Still"), _left, kind="badge"),
        ],
        filters=[
            _area(),
            Filter("stay", _("Kind of stay"), lambda qs, v: qs.filter(kind=v), lambda actor: Stay.Kind.choices),
            Filter("until", _("Expected end until"), lambda qs, v: qs.filter(expected_end__lte=v), kind="date_to"),
        ],
        search=_by_name,
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("expected_end", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        empty=_("No stay has an agreed end"),
        key="homes:ending",
        desk=(ROOM, "ending"),
    )
    return render_list(request, view, stays.ending(request.user))


def _days(stay: Stay) -> int:
    ended: dt.date = stay.period.upper
    return (ended - stay.period.lower).days


@page("homes.view", also=("people.view",))
def leavings(request: StaffRequest) -> HttpResponse:
    """Who has left a home, when and why; the latest first."""
    view = ListView(
        title=_("Leavings"),
        subtitle=_("Who has left a home, and why. A change of bed or home is none."),
        columns=[
            Column("name", _("Name"), lambda s: s.person.name, sort="person__name"),
            Column("home", _("Care home"), lambda s: s.bed.site.name, sort="bed__site__name"),
            Column("left", _("Left on"), lambda s: s.period.upper, kind="day", sort="left_on"),
            Column("why", _("Why they left"), lambda s: s.get_end_kind_display(), sort="end_kind"),
            Column("reason", _("Reason"), lambda s: s.leave_reason or None),
            Column("stay", _("Kind of stay"), lambda s: s.get_kind_display(), sort="kind"),
            Column("since", _("Since"), lambda s: s.period.lower, kind="day", sort="came_on"),
            Column("days", _("Days in the bed"), _days, kind="number"),
            Column("who", _("Entered by"), lambda s: s.left_by.full_name if s.left_by else None, default=False),
        ],
        filters=[
            _area(),
            Filter(
                "why", _("Why they left"), lambda qs, v: qs.filter(end_kind=v),
                lambda actor: [c for c in Stay.End.choices if c[0] in Stay.LEAVINGS],
            ),
            Filter("stay", _("Kind of stay"), lambda qs, v: qs.filter(kind=v), lambda actor: Stay.Kind.choices),
            Filter("from", _("Left from"), lambda qs, v: qs.filter(period__endswith__gte=v), kind="date_from"),
            Filter("to", _("Left until"), lambda qs, v: qs.filter(period__endswith__lte=v), kind="date_to"),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(bed__site=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        search=_by_name,
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("left", "desc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        empty=_("Nobody has left yet"),
        key="homes:leavings",
        desk=(ROOM, "leavings"),
    )
    # What is sorted and paged by must be a column of its own.
    found = stays.leavings(request.user).annotate(
        left_on=Func(F("period"), function="upper", output_field=DateField()),
        came_on=Func(F("period"), function="lower", output_field=DateField()),
    )
    return render_list(request, view, found)
