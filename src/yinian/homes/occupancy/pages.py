"""Pages of occupancy: how full the homes were over time, and whom a day's figure counts."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.jinja import day as day_words
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.occupancy import queries
from yinian.homes.occupancy.forms import OccupancyForm
from yinian.homes.occupancy.queries import Day
from yinian.homes.stays.models import Stay

MONTHS, DAYS = 24, 90


def _area(request: StaffRequest) -> str:
    code = request.GET.get("region", "")
    return code if code.isdigit() else ""


@page("homes.view")
def occupancy(request: StaffRequest) -> HttpResponse:
    """Beds held and usable beds, month by month or day by day, as a chart and a table."""
    area, today = _area(request), timezone.localdate()
    within = queries.homes_of(request.user, area).order_by("name")
    form = OccupancyForm({"step": "month", **request.GET.dict()}, homes=within)
    valid = form.is_valid()
    data = form.cleaned_data if valid else {}
    home, until = data.get("home"), data.get("until") or today
    homes = queries.homes_of(request.user, area, home.pk if home else None)
    if data.get("step") == "day":
        series = queries.by_day(homes, until - dt.timedelta(days=DAYS - 1), until)
    else:
        ends = queries.month_ends(MONTHS, until)
        wanted = set(ends)
        series = [one for one in queries.by_day(homes, ends[0], until) if one.day in wanted]
    tail = {name: value for name, value in (("region", area), ("home", home.pk if home else "")) if value}
    links = request.user.may("people.view")
    return render(
        request,
        "homes/occupancy.html",
        {
            "form": form,
            "area": area,
            "home": home,
            "last": series[-1],
            "series": series,
            "chart": _chart(series),
            "links": {
                one.day: reverse("homes:occupants") + "?" + urlencode({"day": one.day.isoformat(), **tail})
                for one in series
            } if links else {},
        },
        status=200 if valid else 422,
    )


def _chart(series: list[Day]) -> dict[str, Any]:
    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"bottom": 0},
        "grid": {"left": 48, "right": 16, "top": 16, "bottom": 56},
        "xAxis": {"type": "category", "data": [one.day.isoformat() for one in series]},
        "yAxis": {"type": "value", "min": 0},
        "series": [
            {"name": _("Occupied beds"), "type": "line", "symbol": "circle", "data": [one.occupied for one in series]},
            {"name": _("Usable beds"), "type": "line", "symbol": "none", "lineStyle": {"type": "dashed"},
             "data": [one.usable for one in series]},
            {"name": _("of which nursing beds"), "type": "line", "symbol": "none", "lineStyle": {"type": "dotted"},
             "data": [one.nursing for one in series]},
        ],
    }


@page("homes.view", also=("people.view",))
def occupants(request: StaffRequest) -> HttpResponse:
    """Whom the occupied beds of a day are: the figure, name by name."""
    try:
        day = dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        day = timezone.localdate()
    home = request.GET.get("home", "")
    homes = queries.homes_of(request.user, _area(request), int(home) if home.isdigit() else None)
    view = ListView(
        title=_("Who held a bed on %(day)s") % {"day": day_words(day)},
        subtitle=_("Everybody whose bed is counted as occupied on that day, on leave or in hospital included."),
        columns=[
            Column("name", _("Name"), lambda s: s.person.name, sort="person__name"),
            Column("home", _("Care home"), lambda s: s.bed.site.name, sort="bed__site__name"),
            Column("bed", _("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("kind", _("Kind of bed"), lambda s: s.bed.get_kind_display(), sort="bed__kind"),
            Column("stay", _("Kind of stay"), lambda s: s.get_kind_display(), sort="kind"),
            Column("since", _("Since"), lambda s: s.period.lower, kind="day", sort="period"),
            Column("until", _("Until"), lambda s: s.period.upper, kind="day"),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, code: qs.filter(bed__site__region__code__startswith=code),
                   kind="region"),
            Filter("stay", _("Kind of stay"), lambda qs, v: qs.filter(kind=v), lambda actor: Stay.Kind.choices),
            Filter("day", _("Day"), lambda qs, v: qs, kind="text", hidden=True),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(bed__site=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        default_sort=("home", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        empty=_("No bed was occupied on that day"),
        key="homes:occupants",
    )
    return render_list(request, view, queries.occupants(request.user, homes, day))
