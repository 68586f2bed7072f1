"""Pages of visits: the door, a visitor without a booking, the list, visiting hours, and the family's booking."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments.careplans.catalogue import weekday_words
from yinian.core import identity
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.pages import revealed
from yinian.core.users.models import User
from yinian.homes.care.pages import crumbs as home_crumbs
from yinian.homes.care.queries import get_home, local
from yinian.homes.desks import ROOM
from yinian.homes.living.meals.pages import may, person_search
from yinian.homes.living.messages.queries import home_of
from yinian.homes.living.visits import actions, queries
from yinian.homes.living.visits.forms import BookForm, HoursForm, WalkInForm, span_words
from yinian.homes.living.visits.models import Visit
from yinian.homes.stays import queries as stays
from yinian.homes.thresholds.catalogue import ALONE_DAYS
from yinian.homes.thresholds.queries import figure
from yinian.people.representatives.queries import get_own, may_act_for
from yinian.places.models import Site
from yinian.places.sites.queries import home_choices

TONES = {"booked": "info", "inside": "warn", "over": "ok", "cancelled": "mute", "refused": "mute"}


def _crumbs(home: Site, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return home_crumbs(home, (_("The door"), reverse("homes:door", args=[home.pk])), *more)


def state_badge(one: Visit) -> tuple[str, str]:
    return str(one.get_state_display()), TONES[one.state]


def hours_words(home: Site) -> list[tuple[str, str]]:
    """A home's hours by weekday in words, days without any left out."""
    hours = queries.hours_of(home)
    return [(weekday_words(n), span_words(hours, n)) for n in range(7) if span_words(hours, n)]


# --- the door ------------------------------------------------------------------------------------------------------


@page("care.view", also=("homes.view", "people.view"))
def door(request: StaffRequest, pk: int) -> HttpResponse:
    """Who is inside and who is booked today: one tap lets in, one lets out."""
    home = get_home(request.user, pk)
    inside, booked = queries.at_the_door(home)
    return render(request, "homes/living/door.html", {
        "home": home, "inside": inside, "booked": booked, "hours": hours_words(home),
        "alone": queries.visited_by_nobody(request.user, home).count(), "days": figure(home, ALONE_DAYS),
        "may_record": may(request.user, "care.record", home), "may_manage": may(request.user, "care.manage", home),
        "crumbs": home_crumbs(home, (_("The door"), None)),
    })


def _at_door(request: StaffRequest, pk: int, do: Any, said: str) -> HttpResponse:
    one = queries.get_visit(request.user, pk)
    try:
        do(request.user, pk)
        messages.success(request, said)
    except Changed as changed:
        messages.error(request, str(changed))
    return redirect("homes:door", one.site_id)


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def visit_in(request: StaffRequest, pk: int) -> HttpResponse:
    return _at_door(request, pk, actions.let_in, _("Let in."))


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def visit_out(request: StaffRequest, pk: int) -> HttpResponse:
    return _at_door(request, pk, actions.let_out, _("Gone; recorded."))


@page("care.record", methods=("GET", "POST"), also=("homes.view", "people.view"))
def walk_in(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody comes without a booking."""
    home = get_home(request.user, pk, "care.record")
    back = reverse("homes:door", args=[pk])
    residents = list(stays.residents(request.user, home).order_by("bed__label"))
    form = WalkInForm(request.POST or None, residents=residents)
    context: dict[str, Any] = {
        "title": _("A visitor comes"), "save": _("Let in"), "back": back,
        "crumbs": _crumbs(home, (_("A visitor comes"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        actions.walk_in(request.user, data.pop("stay"), **data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Let in."))
    return redirect(back)


@page("care.manage", methods=("GET", "POST"))
def visit_hours(request: StaffRequest, pk: int) -> HttpResponse:
    home = get_home(request.user, pk, "care.manage")
    back = reverse("homes:door", args=[pk])
    form = HoursForm(request.POST or None, hours=queries.hours_of(home))
    context: dict[str, Any] = {
        "title": _("Visiting hours"), "save": _("Keep the hours"), "back": back,
        "crumbs": _crumbs(home, (_("Visiting hours"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.set_hours(request.user, pk, form.hours())
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Kept; families book within these hours."))
    return redirect(back)


# --- lists ---------------------------------------------------------------------------------------------------------


def _view() -> ListView:
    return ListView(
        title=_("Family visits"),
        columns=[
            Column("name", gettext_lazy("Name"), lambda v: v.person.name, sort="person__name"),
            Column("home", gettext_lazy("Home"), lambda v: v.site.name, sort="site__name"),
            Column("visitor", gettext_lazy("Visitor"), lambda v: v.visitor),
            Column("relation", gettext_lazy("Relation to the older person"), lambda v: v.get_relation_display(),
                   sort="relation"),
            Column("party", gettext_lazy("People"), lambda v: v.party, kind="number"),
            Column("booked", gettext_lazy("Booked for"), lambda v: v.booked_for, kind="moment", sort="booked_for"),
            Column("came", gettext_lazy("Came at"), lambda v: v.came_at, kind="moment", sort="came_at"),
            Column("left", gettext_lazy("Went at"), lambda v: v.left_at, kind="moment", sort="left_at"),
            Column("state", gettext_lazy("State"), state_badge, kind="badge", sort="state"),
        ],
        filters=[
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v), lambda a: Visit.State.choices),
            Filter("home", gettext_lazy("Home"), lambda qs, v: qs.filter(site=v), home_choices("care.view")),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(came_at__gte=local(v, 0)), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(came_at__lt=local(v, 24 * 60)),
                   kind="date_to"),
            Filter("person", gettext_lazy("Person"), lambda qs, v: qs.filter(person=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        search=person_search,
        default_sort=("came", "desc"),
        excel_right="people.export",
        region_field="site__region__code",
        site_field="site",
        row_url=lambda v: reverse("homes:visit", args=[v.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("No visit yet"),
        key="homes:visits",
        desk=(ROOM, "visits"),
    )


@page("care.view", also=("homes.view", "people.view"))
def visits(request: StaffRequest) -> HttpResponse:
    return render_list(request, _view(), queries.listed(request.user))


@page("care.view", also=("homes.view", "people.view"))
def visit(request: StaffRequest, pk: int) -> HttpResponse:
    """One visit with each of its steps."""
    one = queries.get_visit(request.user, pk)
    return render(request, "homes/living/visit.html", {
        "one": one, "home": one.site, "badge": state_badge(one),
        "phone": identity.mask_phone(str(one.phone)) if one.phone else None,
        "may_reveal": may(request.user, "people.reveal", one.site),
        "may_manage": one.state == Visit.State.BOOKED and may(request.user, "care.manage", one.site),
        "crumbs": _crumbs(one.site, (_("Family visits"), reverse("homes:visits")), (one.person.name, None)),
    })


@page("care.manage", methods=("POST",), also=("homes.view", "people.view"))
def visit_refuse(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_visit(request.user, pk)
    try:
        actions.refuse(request.user, pk, request.POST.get("reason", ""))
        messages.success(request, _("The family reads on its page that and why the visit cannot be."))
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("homes:visit", pk)


@page("people.reveal", methods=("POST",), also=("care.view", "homes.view", "people.view"))
def visit_phone(request: StaffRequest, pk: int) -> HttpResponse:
    """The visitor's whole telephone number, for a reason that is kept."""
    one = queries.get_visit(request.user, pk)
    return revealed(request, actions.reveal_phone(request.user, one, request.POST.get("reason", "")))


@page("care.view", also=("homes.view", "people.view"))
def visited_by_nobody(request: StaffRequest, pk: int) -> HttpResponse:
    """Residents whom nobody has visited for long."""
    home = get_home(request.user, pk)
    view = ListView(
        title=_("Visited by nobody: %(home)s") % {"home": home.name},
        subtitle=_("In the last %(n)d days; visits on official duty do not count.") % {"n": figure(home, ALONE_DAYS)},
        columns=[
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column("since", gettext_lazy("Lives here since"), lambda s: s.period.lower, kind="day", sort="period"),
            Column("last", gettext_lazy("Last family visit"), lambda s: s.last_visit, kind="moment", sort="last_visit"),
        ],
        search=person_search,
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Everybody had a visit"),
        key="homes:visited_by_nobody",
    )
    return render_list(request, view, queries.visited_by_nobody(request.user, home), "homes/told_list.html",
                       {"home": home, "crumbs": _crumbs(home, (_("Visited by nobody"), None))})


# --- the family ----------------------------------------------------------------------------------------------------


@page("own.view", methods=("GET", "POST"), post="own.act")
def own_visits(request: StaffRequest, pk: int) -> HttpResponse:
    """The visits one has booked, the home's hours, and booking another."""
    user: User = request.user
    person = get_own(user, pk)
    home = home_of(person)
    context: dict[str, Any] = {
        "person": person, "home": home, "hours": hours_words(home) if home else [],
        "rows": [(one, state_badge(one)) for one in queries.own_visits(user, pk)],
        "may_book": home is not None and may_act_for(user, person),
        "crumbs": [(_("My family"), reverse("people:own")),
                   (person.name, reverse("people:own_person", args=[person.pk])), (_("Family visits"), None)],
    }
    form = BookForm(request.POST or None, initial={"visitor": user.full_name, **BookForm.beginning()})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/own_visits.html", form, **context)
    try:
        actions.book(user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/living/own_visits.html", form, refusal=refusal, **context)
    messages.success(request, _("Booked; the door knows of you."))
    return redirect("homes:own_visits", pk)


@page("own.act", methods=("POST",))
def own_visit_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_own_visit(request.user, pk)
    actions.cancel(request.user, pk)
    messages.success(request, _("The visit is cancelled."))
    return redirect("homes:own_visits", one.person_id)
