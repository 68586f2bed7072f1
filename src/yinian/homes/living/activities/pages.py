"""Pages of activities: a home's programme, one activity with who signed up and came, who took part in none."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import thumbnail
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.pages import crumbs as home_crumbs
from yinian.homes.care.queries import get_home, local
from yinian.homes.living.activities import actions, queries
from yinian.homes.living.activities.forms import HoldForm, PhotoForm, PlanForm
from yinian.homes.living.activities.models import Activity
from yinian.homes.living.book import activity_words, living
from yinian.homes.living.meals.pages import may, person_search
from yinian.homes.living.messages.pages import PHOTO_SIDE
from yinian.homes.stays import queries as stays
from yinian.homes.thresholds.catalogue import IDLE_DAYS
from yinian.homes.thresholds.queries import figure
from yinian.places.models import Site

TONES = {"planned": "info", "held": "ok", "cancelled": "mute"}


def _crumbs(home: Site, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return home_crumbs(home, (_("Activities"), reverse("homes:activities", args=[home.pk])), *more)


def _state(one: Activity) -> tuple[str, str]:
    if one.is_open and one.ends_at < timezone.now():
        return _("over, not recorded"), "warn"
    return str(one.get_state_display()), TONES[one.state]


def _view(home: Site) -> ListView:
    return ListView(
        title=_("Activities of %(home)s") % {"home": home.name},
        columns=[
            Column("at", gettext_lazy("Begins at"), lambda a: a.starts_at, kind="moment", sort="starts_at"),
            Column("title", gettext_lazy("Activity"), lambda a: a.title, sort="title"),
            Column("kind", gettext_lazy("Kind of activity"), lambda a: activity_words(a.kind), sort="kind"),
            Column("place", gettext_lazy("Where it is held"), lambda a: a.place),
            Column("leader", gettext_lazy("Who leads it"), lambda a: a.leader),
            Column("state", gettext_lazy("State"), _state, kind="badge", sort="state"),
            Column("signed", gettext_lazy("Signed up"),
                   lambda a: f"{a.signed}/{a.capacity}" if a.capacity else str(a.signed)),
            Column("came", gettext_lazy("Came"), lambda a: a.came if a.state == "held" else None, kind="number"),
        ],
        filters=[
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v),
                   lambda actor: Activity.State.choices),
            Filter("kind", gettext_lazy("Kind of activity"), lambda qs, v: qs.filter(kind=v),
                   lambda actor: [(key, str(words)) for key, words in living().activities.items()]),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(starts_at__gte=local(v, 0)),
                   kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(starts_at__lt=local(v, 24 * 60)),
                   kind="date_to"),
        ],
        search=lambda qs, text: qs.filter(title__contains=text),
        default_sort=("at", "desc"),
        excel_right="care.view",
        row_url=lambda a: reverse("homes:activity", args=[a.pk]),
        search_hint=_("Name of the activity"),
        empty=_("No activity yet"),
        key="homes:activities",
    )


@page("care.view", also=("homes.view", "people.view"))
def activities(request: StaffRequest, pk: int) -> HttpResponse:
    """A home's programme, what was held, and how many took part in nothing."""
    home = get_home(request.user, pk)
    return render_list(request, _view(home), queries.listed(request.user, home), "homes/living/activities.html", {
        "home": home,
        "idle": queries.taken_part_in_none(request.user, home).count(),
        "days": figure(home, IDLE_DAYS),
        "coming": queries.coming(home).count(),
        "may_manage": may(request.user, "care.manage", home),
        "crumbs": home_crumbs(home, (_("Activities"), None)),
    })


@page("care.manage", methods=("GET", "POST"))
def activity_plan(request: StaffRequest, pk: int) -> HttpResponse:
    home = get_home(request.user, pk, "care.manage")
    back = reverse("homes:activities", args=[pk])
    context: dict[str, Any] = {
        "title": _("Plan an activity"), "save": _("Plan it"), "back": back,
        "crumbs": _crumbs(home, (_("Plan an activity"), None)),
    }
    form = PlanForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        made = actions.plan(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("%(n)d planned.") % {"n": len(made)})
    return redirect("homes:activity", made[0].pk)


@page("care.view", also=("homes.view", "people.view"))
def activity(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_activity(request.user, pk))


def _page(request: StaffRequest, one: Activity, status: int = 200, **forms: Any) -> HttpResponse:
    home = one.site
    rows = queries.participations_of(one)
    here = list(stays.residents(request.user, home).order_by("bed__label"))
    records = may(request.user, "care.record", home)
    known = {row.person_id for row in rows}
    begun = one.starts_at <= timezone.now()
    return render(request, "homes/living/activity.html", {
        "one": one, "home": home, "rows": rows, "kind": activity_words(one.kind), "state": _state(one),
        "free": [stay for stay in here if stay.person_id not in known] if one.is_open else [],
        "full": one.capacity is not None and len(rows) >= one.capacity,
        "may_record": records, "may_manage": may(request.user, "care.manage", home),
        "may_hold": records and begun and one.state != Activity.State.CANCELLED,
        "hold_form": forms.get("hold") or _hold_form(None, one, rows, here),
        "photo_form": forms.get("photo") or PhotoForm(),
        "without_consent": queries.without_photo_consent(one) if one.state == Activity.State.HELD else [],
        "crumbs": _crumbs(home, (one.title, None)),
    }, status=status)


def _hold_form(data: Any, one: Activity, rows: list[Any], here: list[Any]) -> HoldForm:
    people = {stay.person_id: f"{stay.bed.label} {stay.person.name}" for stay in here}
    people |= {row.person_id: row.person.name for row in rows if row.person_id not in people}
    came = [row.person_id for row in rows if row.came is not False]
    return HoldForm(data, people=people.items(), initial={"came": came, "report": one.report})


def _number(request: StaffRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdigit() and len(text) < 18 else 0


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def activity_sign(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_activity(request.user, pk)
    try:
        actions.sign_up(request.user, pk, _number(request, "stay"))
        messages.success(request, _("Signed up."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("homes:activity", pk)


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def activity_off(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_activity(request.user, pk)
    actions.sign_off(request.user, pk, _number(request, "participation"))
    messages.success(request, _("Taken off the list."))
    return redirect("homes:activity", pk)


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def activity_hold(request: StaffRequest, pk: int) -> HttpResponse:
    """Record who came."""
    one = queries.get_activity(request.user, pk)
    here = list(stays.residents(request.user, one.site).order_by("bed__label"))
    form = _hold_form(request.POST, one, queries.participations_of(one), here)
    if form.is_valid():
        try:
            actions.hold(request.user, pk, _number(request, "version"), form.cleaned_data["came"],
                         form.cleaned_data["report"])
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Recorded who came."))
            return redirect("homes:activity", pk)
    return _page(request, one, 422, hold=form)


@page("care.manage", methods=("POST",), also=("homes.view", "people.view"))
def activity_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_activity(request.user, pk)
    try:
        count = actions.cancel(request.user, pk, _number(request, "version"), request.POST.get("reason", ""),
                               later=request.POST.get("later") == "1")
        messages.success(request, _("%(n)d cancelled.") % {"n": count})
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("homes:activity", pk)


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.record")
def activity_photo(request: StaffRequest, pk: int) -> HttpResponse:
    """The photo of an activity; sending keeps one."""
    one = queries.get_activity(request.user, pk)
    if request.method != "POST":
        if one.photo is None:
            raise NotVisible("photo")
        content = thumbnail(b"".join(attachments.open_for(request.user, one.photo)), PHOTO_SIDE)
        answer = HttpResponse(content, content_type="image/jpeg")
        answer["Cache-Control"] = "private, no-store"
        return answer
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            actions.add_photo(request.user, pk, form.cleaned_data["photo"], agreed=form.cleaned_data["agreed"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The photo is kept."))
            return redirect("homes:activity", pk)
    return _page(request, one, 422, photo=form)


@page("care.view", also=("homes.view", "people.view"))
def activity_none(request: StaffRequest, pk: int) -> HttpResponse:
    """Residents who took part in nothing for many days."""
    home = get_home(request.user, pk)
    view = ListView(
        title=_("Took part in nothing: %(home)s") % {"home": home.name},
        subtitle=_("In the last %(n)d days.") % {"n": figure(home, IDLE_DAYS)},
        columns=[
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column("since", gettext_lazy("Lives here since"), lambda s: s.period.lower, kind="day", sort="period"),
            Column("last", gettext_lazy("Last took part"), lambda s: s.last_took_part, kind="moment",
                   sort="last_took_part"),
        ],
        search=person_search,
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:stay", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Everybody took part in something"),
        key="homes:activity_none",
    )
    return render_list(request, view, queries.taken_part_in_none(request.user, home), "homes/told_list.html",
                       {"home": home, "crumbs": _crumbs(home, (_("Took part in nothing"), None))})
