"""Pages of units: the list, one unit with its names and accounts, and names that nobody has assigned."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.models import User
from yinian.core.roles import ROLES, Role
from yinian.plans.common import crumbs, form_page, version_of
from yinian.plans.desks import ROOM
from yinian.plans.units import actions, queries
from yinian.plans.units.forms import SpeakerForm, UnitForm
from yinian.plans.units.models import Unit, UnitName, UnitUser


def _units() -> tuple[str, str]:
    return _("Units"), reverse("plans:units")


def _list() -> ListView:
    return ListView(
        title=_("Responsible units"),
        columns=[
            Column("name", _("Name of the unit"), lambda u: u.name, sort="name"),
            Column("kind", _("Kind"), lambda u: u.get_kind_display(), sort="kind"),
            Column("leads", _("Leads or answers for"), lambda u: u.leads, kind="number", sort="leads"),
            Column("assists", _("Assists in"), lambda u: u.assists, kind="number", sort="assists"),
            Column("speakers", _("Accounts"), lambda u: _("officers of the town") if u.territory_id
                   else u.accounts or _("none yet")),
            Column("active", _("Takes part"), lambda u: u.active, sort="active", default=False),
        ],
        filters=[
            Filter("kind", _("Kind"), lambda qs, v: qs.filter(kind=v), lambda actor: Unit.Kind.choices),
            Filter("silent", _("Without an account"), lambda qs, v: qs.filter(accounts=0, territory__isnull=True),
                   kind="bool"),
        ],
        search=lambda qs, text: qs.filter(Q(name__contains=text) | Q(names__text__contains=text)).distinct(),
        search_hint=_("A name or short name"),
        default_sort=("leads", "desc"),
        excel_right="plans.export",
        region_field="region__code",
        row_url=lambda u: reverse("plans:unit", args=[u.pk]),
        empty=_("No unit is on record yet"),
        empty_text=_("Units come with the first plan that is adopted, or are entered here."),
        key="plans:units",
        desk=(ROOM, "units"),
    )


@page("plans.area")
def unit_list(request: StaffRequest) -> HttpResponse:
    """The units of the area, how much each has to do, and whether anybody speaks for it."""
    rows = queries.visible_to(request.user).annotate(
        leads=Count("parts", filter=~Q(parts__role="assist") & Q(parts__task__state="running"), distinct=True),
        assists=Count("parts", filter=Q(parts__role="assist", parts__task__state="running"), distinct=True),
        accounts=Count("speakers", filter=Q(speakers__ended_at__isnull=True), distinct=True),
    )
    unknown = len(queries.unmatched(request.user)) if request.user.may("plans.drive") else 0
    return render_list(request, _list(), rows, "plans/units.html", {"unknown": unknown})


@page("plans.area")
def unit(request: StaffRequest, pk: int) -> HttpResponse:
    """One unit: what it has to do, its names in documents, who speaks for it."""
    return show(request, queries.get_unit(request.user, pk))


def show(request: StaffRequest, found: Unit, status: int = 200, form: SpeakerForm | None = None) -> HttpResponse:
    drives = request.user.may("plans.drive") and request.user.scope("plans.drive").covers(found.region_id)
    named = UnitUser.objects.filter(unit=found, ended_at__isnull=True).select_related("user", "named_by")
    return render(request, "plans/unit.html", {
        "unit": found, "names": UnitName.objects.filter(unit=found), "speakers": list(named), "drives": drives,
        "officers": queries.speakers(found) if found.territory_id else [],
        "form": form or SpeakerForm(users=candidates(found)), "crumbs": crumbs(found.name, _units()),
    }, status=status)


def candidates(found: Unit) -> Any:
    """Accounts that could speak for a unit: with the right to report in its county, not speaking for it yet."""
    roles = [role.value for role, spec in ROLES.items() if "plans.report" in spec.rights and role != Role.TOWN_OFFICER]
    return (
        User.objects.filter(is_active=True, is_machine=False, postings__region=found.region_id,
                            postings__role__in=roles, postings__period__contains=timezone.localdate())
        .exclude(pk__in=UnitUser.objects.filter(unit=found, ended_at__isnull=True).values("user"))
        .distinct().order_by("full_name")
    )


@page("plans.drive", methods=("GET", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    return _edit(request, None)


@page("plans.drive", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    return _edit(request, queries.get_unit(request.user, pk, "plans.drive"))


def _edit(request: StaffRequest, found: Unit | None) -> HttpResponse:
    initial = {} if found is None else {
        "name": found.name, "kind": found.kind, "active": found.active,
        "aliases": "\n".join(UnitName.objects.filter(unit=found).values_list("text", flat=True)),
    }
    form = UnitForm(request.POST or None, initial=initial)
    if found is not None and found.kind == Unit.Kind.TOWN:
        del form.fields["kind"]
    back = reverse("plans:unit", args=[found.pk]) if found else reverse("plans:units")
    title, save = (_("Change the unit") if found else _("Enter a unit")), _("Save")
    more: dict[str, Any] = {"hidden": {"version": found.version} if found else {}, "middle": (_units(),)}
    if request.method != "POST" or not form.is_valid():
        return form_page(request, form, title, back, save, **more)
    try:
        made = actions.save_unit(
            request.user, found.region_id if found else _county(request), form.cleaned_data["name"],
            form.cleaned_data.get("kind", Unit.Kind.TOWN), form.names, pk=found.pk if found else None,
            version=version_of(request), active=form.cleaned_data["active"],
        )
    except Refused as refusal:
        return form_page(request, form, title, back, save, refusal=refusal, **more)
    messages.success(request, _("The unit is saved."))
    return redirect("plans:unit", made.pk)


def _county(request: StaffRequest) -> str:
    home = request.user.home_region
    return str(home.code) if home is not None else ""


@page("plans.drive", methods=("POST",))
def speaker_add(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_unit(request.user, pk, "plans.drive")
    form = SpeakerForm(request.POST, users=candidates(found))
    if form.is_valid():
        try:
            actions.name_speaker(request.user, pk, form.cleaned_data["user"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The account speaks for the unit from now on."))
            return redirect("plans:unit", pk)
    return show(request, found, 422, form)


@page("plans.drive", methods=("POST",))
def speaker_end(request: StaffRequest, pk: int, speaker_pk: int) -> HttpResponse:
    queries.get_unit(request.user, pk, "plans.drive")
    try:
        actions.end_speaker(request.user, speaker_pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The account no longer speaks for the unit."))
    return redirect("plans:unit", pk)


@page("plans.drive", methods=("GET", "POST"))
def names(request: StaffRequest) -> HttpResponse:
    """Names in the plans of which nobody has said whose they are: choose a unit, or make one of the name."""
    if request.method == "POST":
        surface, region = request.POST.get("surface", ""), request.POST.get("region", "")
        chosen = request.POST.get("unit", "")
        try:
            done = actions.assign(request.user, region, surface, int(chosen) if chosen.isdigit() else None,
                                  make="make" in request.POST)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, ngettext("%(n)d task knows the unit now.", "%(n)d tasks know the unit now.",
                                               done) % {"n": done})
        return redirect("plans:unit_names")
    rows = queries.unmatched(request.user)
    units = queries.visible_to(request.user, "plans.drive").filter(active=True).order_by("kind", "pk")
    return render(request, "plans/unit_names.html", {
        "rows": rows, "units": list(units), "crumbs": crumbs(_("Names to be assigned"), _units()),
    })
