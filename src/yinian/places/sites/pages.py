"""Pages of sites and organisations."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.renewals import notice_days
from yinian.places.models import Organisation, Site
from yinian.places.panels import panels_for
from yinian.places.regions.queries import path
from yinian.places.regions.queries import visible_to as visible_regions
from yinian.places.sites import actions, queries
from yinian.places.sites.forms import OrganisationForm, PriceForm, SiteForm

SOON = "soon"  # within the days of notice of the place
STATE_TONES = {"open": "ok", "building": "info", "suspended": "warn", "closed": "mute"}


def _place(thing: Site | Organisation) -> str:
    """Town and village, as people say where something is."""
    region = thing.region
    parent = region.parent if region.level >= 5 else None
    return f"{parent.name} {region.name}" if parent is not None else region.name


def licence_tone(site: Site) -> tuple[str, str]:
    """The licence's date in words and how pressing it is."""
    day = site.licence_expires
    if day is None:
        return (_("none on record"), "mute") if not site.licence_number else (_("no end date"), "mute")
    left = (day - timezone.localdate()).days
    if left < 0:
        return _("%(day)s, run out") % {"day": day.isoformat()}, "bad"
    if left <= notice_days(site.region_id):
        return _("%(day)s, in %(days)d days") % {"day": day.isoformat(), "days": left}, "warn"
    return day.isoformat(), "ok"


def _licence_filter(sites: Any, value: str) -> Any:
    if value == SOON:
        return queries.to_renew(sites)
    return queries.with_licence_until(sites, timezone.localdate() + dt.timedelta(days=int(value)))


def site_filters() -> list[Filter]:
    return [
        Filter(
            "region", gettext_lazy("Area"), lambda qs, code: qs.filter(region__code__startswith=code), kind="region"
        ),
        Filter("kind", gettext_lazy("Kind"), lambda qs, v: qs.filter(kind=v), lambda actor: Site.Kind.choices),
        Filter(
            "ownership",
            gettext_lazy("Ownership"),
            lambda qs, v: qs.filter(ownership=v),
            lambda actor: Site.Ownership.choices,
        ),
        Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v), lambda actor: Site.State.choices),
        Filter(
            "licence",
            gettext_lazy("Licence"),
            _licence_filter,
            lambda actor: [
                (-1, _("run out")),
                (SOON, _("run out or to be renewed soon")),
                (180, _("runs out within 180 days")),
            ],
        ),
    ]


def _site_view() -> ListView:
    return ListView(
        title=_("Sites"),
        columns=[
            Column("name", _("Name of the site"), lambda s: s.name, sort="name"),
            Column("kind", _("Kind"), lambda s: s.get_kind_display(), sort="kind"),
            Column("place", _("Place"), _place, sort="region_id"),
            Column("ownership", _("Ownership"), lambda s: s.get_ownership_display()),
            Column("beds", _("Usable beds"), lambda s: s.usable_beds or None, kind="number", sort="usable_beds"),
            Column(
                "state",
                _("State"),
                lambda s: (s.get_state_display(), STATE_TONES[s.state]),
                kind="badge",
                sort="state",
            ),
            Column("licence", _("Licence valid until"), licence_tone, kind="badge", sort="licence_expires"),
            Column("phone", _("Phone"), lambda s: s.phone),
            Column(
                "organisation",
                _("Organisation"),
                lambda s: s.organisation.name,
                sort="organisation__name",
                default=False,
            ),
            Column("address", _("Address"), lambda s: s.address, default=False),
            Column("licence_number", _("Licence number"), lambda s: s.licence_number, default=False),
            Column("opened", _("Opened on"), lambda s: s.opened_on, kind="day", sort="opened_on", default=False),
        ],
        filters=site_filters(),
        search=queries.search,
        default_sort=("name", "asc"),
        excel_right="places.view",
        row_url=lambda s: reverse("places:site", args=[s.pk]),
        search_hint=_("Name or pinyin initials"),
        region_field="region__code",
        site_field="pk",
        empty=_("No site is on record here yet"),
        empty_text=_("Homes, stations, hamlet points and meal points appear here once an officer enters them."),
    )


def room_tabs(current: str) -> list[tuple[str, str, bool]]:
    return [
        (_("Sites"), reverse("places:list"), current == "list"),
        (_("Organisations"), reverse("places:organisations"), current == "organisations"),
        (_("Divisions and map"), reverse("places:regions"), current == "regions"),
    ]


@page("places.view", methods=("GET", "POST"))
def site_list(request: StaffRequest) -> HttpResponse:
    return render_list(
        request, _site_view(), queries.listed(request.user), "places/sites.html", {"tabs": room_tabs("list")}
    )


@page("places.view")
def site(request: StaffRequest, pk: int) -> HttpResponse:
    return _site_page(request, queries.get_site(request.user, pk), None)


def _site_page(request: StaffRequest, found: Site, form: PriceForm | None, status: int = 200) -> HttpResponse:
    may_edit = request.user.scope("places.edit").covers(found.region_id, found.pk)
    if form is None and may_edit:
        form = PriceForm(initial={"from_date": timezone.localdate(), "unit": "month"})
    context = {
        "site": found,
        "path": path(found.region),
        "prices": queries.prices(found),
        "rooms": queries.rooms(found),
        "beds": queries.bed_counts(found),
        "licence": licence_tone(found),
        "state_tone": STATE_TONES[found.state],
        "panels": panels_for(request.user, found),
        "may_edit": may_edit,
        "price_form": form,
        "map_url": _map_of(request, found),
    }
    return render(request, "places/site.html", context, status=status)


def _map_of(request: StaffRequest, found: Site) -> str | None:
    """The map around a site: its town's where the reader's reach has it, else that of the region it stands in."""
    if found.lat is None or not request.user.may("places.view"):
        return None
    around = [r.code for r in path(found.region) if r.level in (4, found.region.level)]
    seen = visible_regions(request.user).filter(pk__in=around).order_by("level").values_list("pk", flat=True).first()
    return reverse("places:map", args=[seen]) if seen else None


@page("places.edit", methods=("POST",))
def set_price(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_site(request.user, pk)
    form = PriceForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.set_price(
                request.user,
                pk,
                item=data["item"],
                amount_fen=data["amount"],
                unit=data["unit"],
                from_date=data["from_date"],
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The price is set."))
            return redirect(reverse("places:site", args=[pk]) + "#prices")
    return _site_page(request, found, form, 422)


@page("places.edit", methods=("GET", "POST"))
def edit_site(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_site(request.user, pk)
    request.user.require("places.edit", found.region_id, found.pk)
    context: dict[str, Any] = {
        "title": _("Edit %(name)s") % {"name": found.name},
        "back": reverse("places:site", args=[pk]),
        "crumbs": [
            (_("Sites"), reverse("places:list")),
            (found.name, reverse("places:site", args=[pk])),
            (_("Edit"), None),
        ],
        "save": _("Save the changes"),
    }
    if request.method != "POST":
        return render_form(
            request, "places/form.html", SiteForm(actor=request.user, initial=SiteForm.initial_of(found)), **context
        )
    form = SiteForm(request.POST, actor=request.user)
    if not form.is_valid():
        return render_form(request, "places/form.html", form, **context)
    try:
        actions.edit_site(request.user, pk, form.cleaned_data["version"] or 0, **form.given())
    except Refused as refusal:
        return render_form(request, "places/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The changes are saved."))
    return HttpResponseRedirect(reverse("places:site", args=[pk]))


@page("places.edit", methods=("GET", "POST"))
def new_site(request: StaffRequest, pk: int) -> HttpResponse:
    organisation = queries.get_organisation(request.user, pk)
    context: dict[str, Any] = {
        "title": _("New site of %(name)s") % {"name": organisation.name},
        "back": reverse("places:organisation", args=[pk]),
        "crumbs": [
            (_("Organisations"), reverse("places:organisations")),
            (organisation.name, reverse("places:organisation", args=[pk])),
            (_("New site"), None),
        ],
        "save": _("Enter the site"),
    }
    if request.method != "POST":
        form = SiteForm(
            actor=request.user,
            initial={
                "region": organisation.region_id if organisation.region.level >= 4 else "",
                "state": "open",
                "filed_beds": 0,
            },
        )
        return render_form(request, "places/form.html", form, **context)
    form = SiteForm(request.POST, actor=request.user)
    if not form.is_valid():
        return render_form(request, "places/form.html", form, **context)
    try:
        made = actions.create_site(request.user, organisation, **form.given())
    except Refused as refusal:
        return render_form(request, "places/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The site is entered."))
    return HttpResponseRedirect(reverse("places:site", args=[made.pk]))


def _organisation_view() -> ListView:
    return ListView(
        title=_("Organisations"),
        columns=[
            Column("name", _("Name of the organisation"), lambda o: o.name, sort="name"),
            Column("kind", _("Kind"), lambda o: o.get_kind_display(), sort="kind"),
            Column("place", _("Seat"), _place, sort="region_id"),
            Column("sites", _("Sites"), lambda o: o.site_count, kind="number", sort="site_count"),
            Column("credit_code", _("Credit code"), lambda o: o.credit_code),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, code: qs.filter(region__code__startswith=code), kind="region"),
            Filter("kind", _("Kind"), lambda qs, v: qs.filter(kind=v), lambda actor: Organisation.Kind.choices),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        default_sort=("name", "asc"),
        excel_right="places.view",
        row_url=lambda o: reverse("places:organisation", args=[o.pk]),
        empty=_("No organisation is on record here yet"),
    )


@page("places.view", methods=("GET", "POST"))
def organisation_list(request: StaffRequest) -> HttpResponse:
    return render_list(
        request,
        _organisation_view(),
        queries.organisations_listed(request.user),
        "places/organisations.html",
        {"tabs": room_tabs("organisations")},
    )


@page("places.view")
def organisation(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_organisation(request.user, pk)
    return render(
        request,
        "places/organisation.html",
        {
            "organisation": found,
            "path": path(found.region),
            "sites": queries.sites_of(request.user, found),
            "tones": STATE_TONES,
            "may_edit": request.user.scope("places.edit").covers(found.region_id),
        },
    )


@page("places.edit", methods=("GET", "POST"))
def new_organisation(request: StaffRequest) -> HttpResponse:
    return _organisation_form(request, None)


@page("places.edit", methods=("GET", "POST"))
def edit_organisation(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_organisation(request.user, pk)
    request.user.require("places.edit", found.region_id)
    return _organisation_form(request, found)


def _organisation_form(request: StaffRequest, found: Organisation | None) -> HttpResponse:
    back = reverse("places:organisation", args=[found.pk]) if found else reverse("places:organisations")
    title = _("Edit %(name)s") % {"name": found.name} if found else _("New organisation")
    context: dict[str, Any] = {
        "title": title,
        "back": back,
        "crumbs": [(_("Organisations"), reverse("places:organisations")), (title, None)],
        "save": _("Save the changes") if found else _("Enter the organisation"),
    }
    if request.method != "POST":
        initial = (
            {"name": found.name, "kind": found.kind, "region": found.region_id, "credit_code": found.credit_code}
            if found
            else {}
        )
        return render_form(
            request, "places/form.html", OrganisationForm(actor=request.user, initial=initial), **context
        )
    form = OrganisationForm(request.POST, actor=request.user)
    if not form.is_valid():
        return render_form(request, "places/form.html", form, **context)
    try:
        made = actions.save_organisation(request.user, pk=found.pk if found else None, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "places/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The organisation is saved."))
    return HttpResponseRedirect(reverse("places:organisation", args=[made.pk]))
