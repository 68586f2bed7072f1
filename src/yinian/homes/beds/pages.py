"""Pages of homes: the list, one home with its plan, free beds near a village, the board by town, bed by bed."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.jinja import day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.models import Region
from yinian.homes.beds import actions
from yinian.homes.beds import queries as beds
from yinian.homes.beds.forms import BedsForm, DayPlacesForm, FreeBedsForm, OutForm, RoomEditForm, RoomForm
from yinian.homes.stays import queries as stays
from yinian.places.models import Bed, Room, Site
from yinian.places.panels import panels_for
from yinian.places.regions.queries import path
from yinian.places.sites import actions as places_actions
from yinian.places.sites import queries as places_queries
from yinian.places.sites.forms import ABILITY_LEVELS

BED_TONES = {
    "free": "ok", "occupied": "info", "promised": "warn", "leave": "warn", "hospital": "bad", "out": "mute"
}


def bed_status_words() -> dict[str, str]:
    return {
        "free": _("Free"), "occupied": _("Occupied"), "promised": _("Kept for somebody"), "leave": _("Home leave"),
        "hospital": _("In hospital"), "out": _("Out of use"),
    }


def bed_status_signs() -> dict[str, str]:
    """One sign for each state of a bed, so that colour is never the only one who tells."""
    return {
        "free": pgettext("sign of a bed", "F"), "occupied": pgettext("sign of a bed", "O"),
        "promised": pgettext("sign of a bed", "K"), "leave": pgettext("sign of a bed", "L"),
        "hospital": pgettext("sign of a bed", "H"), "out": pgettext("sign of a bed", "X"),
    }


def levels_text(home: Site) -> str:
    return "、".join(str(label) for value, label in ABILITY_LEVELS if value in home.levels)


def _share(part: int, whole: int) -> str | None:
    return f"{100 * part / whole:.0f}%" if whole else None


def _flag(home: Any) -> tuple[str, str]:
    if home.gap:
        return _("filed %(filed)d, standing %(real)d") % {"filed": home.filed_beds, "real": home.real_beds}, "warn"
    return _("agrees"), "ok"


def town_of(home: Site) -> str:
    """The name of the town a home lies in."""
    region = home.region
    return region.parent.name if region.level == 5 and region.parent is not None else region.name


def _home_view() -> ListView:
    return ListView(
        title=_("Homes and beds"),
        subtitle=_("as of %(day)s") % {"day": day(timezone.localdate())},
        columns=[
            Column("name", _("Care home"), lambda h: h.name, sort="name"),
            Column("town", _("Town"), town_of, sort="region_id"),
            Column("ownership", _("Ownership"), lambda h: h.get_ownership_display(), sort="ownership"),
            Column("free", _("Free beds"), lambda h: h.free, kind="number", sort="free"),
            Column(
                "free_nursing", _("Free nursing beds"), lambda h: h.free_nursing, kind="number", sort="free_nursing"
            ),
            Column("occupied", _("Occupied"), lambda h: h.occupied, kind="number", sort="occupied"),
            Column("usable", _("Usable"), lambda h: h.usable, kind="number", sort="usable"),
            Column("nursing", _("Share of nursing beds"), lambda h: _share(h.nursing, h.usable), sort="nursing"),
            Column("filing", _("Filing against beds"), _flag, kind="badge", sort="gap"),
            Column("levels", _("Takes levels"), levels_text, default=False),
            Column("filed", _("Filed beds"), lambda h: h.filed_beds, kind="number", sort="filed_beds", default=False),
            Column(
                "real", _("Beds that stand"), lambda h: h.real_beds, kind="number", sort="real_beds", default=False
            ),
            Column("phone", _("Phone"), lambda h: h.phone, default=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, code: qs.filter(region__code__startswith=code), kind="region"),
            Filter(
                "ownership",
                _("Ownership"),
                lambda qs, v: qs.filter(ownership=v),
                lambda actor: Site.Ownership.choices,
            ),
            Filter(
                "level",
                _("Takes level"),
                lambda qs, v: qs.filter(levels__contains=[int(v)]),
                lambda actor: ABILITY_LEVELS,
            ),
            Filter("free", _("With free nursing beds"), lambda qs, v: qs.filter(free_nursing__gt=0), kind="bool"),
            Filter("differs", _("Filing and beds differ"), lambda qs, v: qs.exclude(gap=0), kind="bool"),
        ],
        search=places_queries.search,
        default_sort=("name", "asc"),
        excel_right="homes.view",
        row_url=lambda h: reverse("homes:home", args=[h.pk]),
        search_hint=_("Name or pinyin initials"),
        region_field="region__code",
        site_field="pk",
        empty=_("No home is on record here yet"),
        empty_text=_("A care home appears here once it is entered under Places."),
        desk=("homes", "homes"),
    )


@page("homes.view", methods=("GET", "POST"))
def home_list(request: StaffRequest) -> HttpResponse:
    homes = beds.listed(request.user)
    code = request.GET.get("region", "")
    area = homes.filter(region__code__startswith=code) if code.isdigit() else homes
    total = beds.board(area)[0] if request.GET.get("format") != "xlsx" else None
    return render_list(
        request, _home_view(), homes, "homes/homes.html", {
            "total": total, "code": code if code.isdigit() else "",
        },
    )


@page("homes.view")
def board(request: StaffRequest) -> HttpResponse:
    """Beds by town: filed, standing, usable, occupied, free."""
    total, towns = beds.board(beds.listed(request.user))
    return render(
        request,
        "homes/board.html",
        {"total": total, "towns": towns, "widest": max((t.usable for t in towns), default=0)},
    )


@page("homes.view")
def free_beds(request: StaffRequest) -> HttpResponse:
    """Homes with a free bed, nearest to a village first."""
    places = list(beds.places_near(request.user).order_by("code"))
    start = beds.starting_place(request.user)
    data = {"near": start.code if start else "", "kind": Bed.Kind.NURSING.value, "level": "", **request.GET.dict()}
    form = FreeBedsForm(data, places=places)
    near, offers = start, []
    if form.is_valid():
        near = next((p for p in places if p.code == form.cleaned_data["near"]), start)
        if near is not None:
            offers = beds.nearest(
                request.user, near, kind=form.cleaned_data["kind"], level=form.cleaned_data["level"],
                most_fen=None if form.cleaned_data["most"] is None else form.cleaned_data["most"] * 100,
            )
    return render(
        request,
        "homes/free_beds.html",
        {
            "form": form,
            "near": near,
            "offers": offers,
            "drawn": any(o.schematic for o in offers),
            "kind": form.cleaned_data.get("kind", ""),
            "map": _offers_map(near, offers, form.cleaned_data.get("kind", "")),
        },
        status=200 if form.is_valid() else 422,
    )


def _offers_map(near: Region | None, offers: list[beds.Offer], kind: str) -> dict[str, Any] | None:
    if near is None or near.lat is None:
        return None
    county = Region.objects.filter(pk=near.code[:6]).values_list("outline", flat=True).first()
    return {
        "outline": county,
        "near": {"name": near.name, "lat": near.lat, "lon": near.lon},
        "homes": [
            {
                "name": o.home.name,
                "lat": o.home.lat,
                "lon": o.home.lon,
                "free": o.free_of(kind),
                "url": reverse("homes:vacancies", args=[o.home.pk]),
            }
            for o in offers
            if o.home.lat is not None
        ],
    }


@page("homes.view")
def vacancies(request: StaffRequest, pk: int) -> HttpResponse:
    """The free beds of a home of the county, and how to reach it; nobody's name."""
    home = beds.get_in_county(request.user, pk)
    kind = request.GET.get("kind", "")
    kind = kind if kind in beds.IN_A_ROOM else ""
    near = beds.places_near(request.user).filter(pk=request.GET.get("near", "")).first()
    offers = beds.nearest(request.user, near) if near is not None else []
    mine = next((o for o in offers if o.home.pk == home.pk), None)
    return render(
        request,
        "homes/vacancies.html",
        {
            "home": home,
            "beds": beds.free_beds_of(home, kind),
            "kind": kind,
            "path": path(home.region),
            "prices": places_queries.prices(home),
            "levels": levels_text(home),
            "near": near,
            "offer": mine,
            "sees": beds.visible_to(request.user).filter(pk=home.pk).exists(),
            "may_admit": _may_admit(request, home),
        },
    )


def _may_admit(request: StaffRequest, home: Site) -> bool:
    return request.user.scope("homes.admit").covers(home.region_id, home.pk)


@page("homes.view")
def home(request: StaffRequest, pk: int) -> HttpResponse:
    """One home: its figures and its plan, bed by bed."""
    found = beds.get_home(request.user, pk)
    figures = beds.with_figures(beds.visible_to(request.user)).get(pk=pk)
    return render(
        request,
        "homes/home.html",
        {
            "home": found,
            "figures": figures,
            "floors": beds.plan(request.user, found),
            "places": beds.day_places_of(request.user, found),
            "path": path(found.region),
            "levels": levels_text(found),
            "words": bed_status_words(),
            "tones": BED_TONES,
            "signs": bed_status_signs(),
            "sees": beds.sees_residents(request.user, found),
            "may_admit": _may_admit(request, found),
            "may_edit": request.user.scope("places.edit").covers(found.region_id, found.pk),
            "sees_care": request.user.scope("care.view").covers(found.region_id, found.pk),
            "panels": [p for p in panels_for(request.user, found) if not p[0].startswith("homes/")],
            "sees_site": request.user.scope("places.view").covers(found.region_id, found.pk),
        },
    )


@page("homes.view")
def bed(request: StaffRequest, pk: int) -> HttpResponse:
    """One bed: what it is now, who has lain in it, and what can be done."""
    found = beds.get_bed(request.user, pk)
    if found.kind == Bed.Kind.DAY:
        cells = [c for c in beds.day_places_of(request.user, found.site) if c.bed.pk == pk]
    else:
        plan = beds.plan(request.user, found.site)
        cells = [c for floor in plan for r in floor.rooms for c in r.cells if c.bed.pk == pk]
    sees = beds.sees_residents(request.user, found.site)
    past = stays.stays_visible_to(request.user).filter(bed=found).select_related("person") if sees else []
    return render(
        request,
        "homes/bed.html",
        {
            "bed": found,
            "cell": cells[0] if cells else None,
            "past": past,
            "words": bed_status_words(),
            "tones": BED_TONES,
            "may_admit": _may_admit(request, found.site),
            "form": OutForm(),
            "outs": found.outs.select_related("by"),
        },
    )


@page("homes.admit", methods=("POST",))
def bed_out(request: StaffRequest, pk: int) -> HttpResponse:
    found = beds.get_bed(request.user, pk)
    form = OutForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say why the bed goes out of use."))
    data = form.cleaned_data
    actions.take_out_of_use(request.user, found.pk, data["reason"], expected_end=data["expected_end"])
    messages.success(request, _("Bed %(bed)s is out of use.") % {"bed": found.label})
    return HttpResponseRedirect(reverse("homes:bed", args=[pk]))


@page("homes.admit", methods=("POST",))
def bed_in(request: StaffRequest, pk: int) -> HttpResponse:
    found = actions.put_in_use(request.user, pk)
    messages.success(request, _("Bed %(bed)s is in use again.") % {"bed": found.label})
    return HttpResponseRedirect(reverse("homes:bed", args=[pk]))


@page("places.edit", methods=("GET", "POST"))
def add_room(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a room with its first beds."""
    return _kept(
        request, _edited(request, pk), _("New room"), _("Add the room"), RoomForm,
        lambda data: places_actions.add_room(request.user, pk, **data), _("The room is added."),
    )


@page("places.edit", methods=("GET", "POST"))
def edit_room(request: StaffRequest, pk: int, room_pk: int) -> HttpResponse:
    """Change how a room is called, where it lies and for whom it is set aside."""
    found = _edited(request, pk)
    room = _room(found, room_pk)
    return _kept(
        request, found, _("Room %(room)s") % {"room": room.name}, _("Save"), RoomEditForm,
        lambda data: places_actions.edit_room(request.user, room.pk, **data), _("The room is changed."),
        {"name": room.name, "building": room.building, "floor": room.floor, "sex": room.sex},
    )


@page("places.edit", methods=("GET", "POST"))
def add_day_places(request: StaffRequest, pk: int) -> HttpResponse:
    """Add places for day care to a home."""
    return _kept(
        request, _edited(request, pk), _("More day places"), _("Add the places"), DayPlacesForm,
        lambda data: places_actions.add_day_places(request.user, pk, **data), _("The places are added."),
    )


@page("places.edit", methods=("GET", "POST"))
def add_beds(request: StaffRequest, pk: int, room_pk: int) -> HttpResponse:
    """Add beds to a room."""
    found = _edited(request, pk)
    room = _room(found, room_pk)
    return _kept(
        request, found, _("More beds in room %(room)s") % {"room": room.name}, _("Add the beds"), BedsForm,
        lambda data: places_actions.add_beds(request.user, room.pk, **data), _("The beds are added."),
    )


def _edited(request: StaffRequest, pk: int) -> Site:
    """A home that the reader may edit."""
    found = beds.get_home(request.user, pk)
    request.user.require("places.edit", found.region_id, found.pk)
    return found


def _room(home: Site, pk: int) -> Room:
    room = Room.objects.filter(pk=pk, site=home).first()
    if room is None:
        raise Refused(_("The room does not exist any more."))
    return room


def _kept(
    request: StaffRequest, home: Site, title: str, save: str, form_class: type[StaffForm],
    act: Callable[[dict[str, Any]], Any], said: str, initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """A form about a home's rooms: shown, shown again with what is wrong, or done and back to the home's page."""
    back = reverse("homes:home", args=[home.pk])
    context: dict[str, Any] = {
        "title": title, "back": back, "save": save,
        "crumbs": [(_("Homes and beds"), reverse("homes:list")), (home.name, back), (title, None)],
    }
    form = form_class(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        act(form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, said)
    return HttpResponseRedirect(back)
