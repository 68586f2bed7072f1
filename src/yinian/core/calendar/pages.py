"""The calendar of holidays and make-up working days, a year at a time."""

import calendar as months
import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.calendar import actions, queries
from yinian.core.calendar.forms import HolidayForm
from yinian.core.calendar.models import Holiday
from yinian.core.errors import Refused


def _year_of(text: str) -> int:
    return int(text) if text.isdigit() and 2000 <= int(text) <= 2100 else timezone.localdate().year


@page("calendar.edit")
def year(request: StaffRequest) -> HttpResponse:
    return _show(request, _year_of(request.GET.get("year", "")), HolidayForm())


def _show(request: StaffRequest, shown: int, form: HolidayForm) -> HttpResponse:
    days = list(Holiday.objects.filter(day__year=shown))
    marks = {holiday.day: holiday for holiday in days}
    today = timezone.localdate()
    entered = queries.years_entered()
    missing = [y for y in (today.year, today.year + 1) if y not in entered and (y == today.year or today.month >= 11)]
    grid = [{"name": _month_name(m), "weeks": _weeks(shown, m, marks, today)} for m in range(1, 13)]
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "core/calendar.html", {
        "year": shown, "days": days, "months": grid, "form": form, "missing": missing,
        "years": sorted(entered | {today.year, today.year + 1, shown}),
        "loadable": sorted(set(actions.years_in_file()) - entered),
    }, status=status)


def _month_name(month: int) -> str:
    return [_("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
            _("September"), _("October"), _("November"), _("December")][month - 1]


def _weeks(shown: int, month: int, marks: dict[dt.date, Holiday], today: dt.date) -> list[list[dict[str, Any] | None]]:
    """The month's weeks from Monday; days of other months are None."""
    weeks: list[list[dict[str, Any] | None]] = []
    for week in months.Calendar(firstweekday=0).monthdatescalendar(shown, month):
        row: list[dict[str, Any] | None] = []
        for day in week:
            if day.month != month:
                row.append(None)
                continue
            mark = marks.get(day)
            kind = "work" if mark and mark.works else "off" if mark else "rest" if day.weekday() >= 5 else ""
            row.append({"day": day, "kind": kind, "name": mark.name if mark else "", "today": day == today})
        weeks.append(row)
    return weeks


@page("calendar.edit", methods=("POST",))
def set_day(request: StaffRequest) -> HttpResponse:
    form = HolidayForm(request.POST)
    shown = _year_of(request.POST.get("year", ""))
    if not form.is_valid():
        return _show(request, shown, form)
    given = form.cleaned_data
    try:
        holiday = actions.set_day(request.user, given["day"], works=given["works"], name=given["name"],
                                  source=given["source"])
    except Refused as refusal:
        form.refuse(refusal)
        return _show(request, shown, form)
    messages.success(request, _("Entered."))
    return redirect(f"{reverse('core:calendar')}?year={holiday.day.year}")


@page("calendar.edit", methods=("POST",))
def clear_day(request: StaffRequest) -> HttpResponse:
    try:
        day = parse_date(request.POST.get("day", ""))
    except ValueError:
        day = None
    if day is None:
        raise Refused(_("That day is not in the table."))
    actions.clear_day(request.user, day)
    messages.success(request, _("Taken away: the day counts as its weekday does."))
    return redirect(f"{reverse('core:calendar')}?year={day.year}")


@page("calendar.edit", methods=("POST",))
def load(request: StaffRequest) -> HttpResponse:
    count = actions.load_holidays(request.user)
    messages.success(request, _("%(count)d days loaded.") % {"count": count})
    return redirect("core:calendar")
