"""Pages of absences: going, coming back, and the list of who is away."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.absences import actions, queries
from yinian.homes.absences.forms import BackForm, GoForm
from yinian.homes.absences.models import Absence
from yinian.homes.desks import ROOM
from yinian.homes.stays import queries as stays
from yinian.homes.stays.pages import done, version_of


@page("homes.admit", methods=("POST",))
def go(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    return done(
        request, found, "go", GoForm(request.POST, prefix="go"),
        lambda d: actions.go(
            request.user, pk, version, d["kind"], d["on"], d["reason"], expected_return=d["expected_return"],
            hospital=d["hospital"], contact=d["contact"],
        ).stay,
        _("It is recorded; the bed stays theirs."),
    )


@page("homes.admit", methods=("POST",))
def come_back(request: StaffRequest, pk: int) -> HttpResponse:
    absence, version = queries.get_absence(request.user, pk), version_of(request)
    return done(
        request, absence.stay, "come_back", BackForm(request.POST, prefix="back"),
        lambda d: actions.come_back(request.user, pk, version, d["on"], d["note"]).stay,
        _("The return is recorded."),
    )


@page("homes.admit", methods=("POST",))
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    absence = queries.get_absence(request.user, pk)
    actions.take_back(request.user, pk, version_of(request), request.POST.get("reason", "")[:200])
    messages.success(request, _("The absence is taken back."))
    return HttpResponseRedirect(reverse("homes:stay", args=[absence.stay_id]))


def _late(absence: Absence) -> tuple[str, str] | None:
    today = timezone.localdate()
    if absence.expected_return is not None and absence.expected_return < today:
        return _("not back in time"), "bad"
    if absence.kept_until is not None and absence.kept_until < today:
        return _("bed no longer kept by the rule"), "warn"
    return None


def _view() -> ListView:
    return ListView(
        title=_("Who is away"),
        subtitle=_("Residents on leave or in hospital; their beds stay theirs."),
        columns=[
            Column("name", _("Name"), lambda a: a.stay.person.name, sort="stay__person__name"),
            Column("home", _("Care home"), lambda a: a.stay.bed.site.name, sort="stay__bed__site__name"),
            Column("bed", _("Bed"), lambda a: a.stay.bed.label, sort="stay__bed__label"),
            Column("kind", _("Kind"), lambda a: a.get_kind_display(), sort="kind"),
            Column("hospital", _("Hospital"), lambda a: a.hospital or None, sort="hospital"),
            Column("since", _("Away since"), lambda a: a.period.lower, kind="day", sort="period"),
            Column("back", _("Back by"), lambda a: a.expected_return, kind="day", sort="expected_return"),
            Column("kept", _("Bed kept until"), lambda a: a.kept_until or _("no rule says"), sort="kept_until"),
            Column("late", _("Look at"), _late, kind="badge"),
            Column("reason", _("Reason"), lambda a: a.reason, default=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, code: qs.filter(stay__bed__site__region__code__startswith=code),
                   kind="region"),
            Filter("kind", _("Kind"), lambda qs, v: qs.filter(kind=v), lambda actor: Absence.Kind.choices),
            Filter("late", _("Not back in time"),
                   lambda qs, v: qs.filter(expected_return__lt=timezone.localdate()), kind="bool"),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(stay__bed__site=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        search=lambda qs, text: (
            qs.filter(stay__person__name__startswith=text)
            if not text.isascii()
            else qs.filter(stay__person__name_initials__startswith=text.lower())
        ),
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("since", "asc"),
        excel_right="people.export",
        region_field="stay__bed__site__region__code",
        site_field="stay__bed__site",
        row_url=lambda a: reverse("homes:stay", args=[a.stay_id]),
        empty=_("Everybody is in the house"),
        key="homes:away",
        desk=(ROOM, "away"),
    )


@page("homes.view", also=("people.view",))
def away(request: StaffRequest) -> HttpResponse:
    """Who is away today, in every home in reach."""
    found = queries.absences_visible_to(request.user).filter(period__contains=timezone.localdate())
    return render_list(request, _view(), found.select_related("stay__person", "stay__bed__site"))
