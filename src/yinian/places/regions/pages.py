"""Pages of divisions: the tree with its counts, one region with its map, hamlets, and loading a county's list."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.places.models import Site
from yinian.places.regions import actions, queries
from yinian.places.regions.forms import DivisionsForm, HamletForm
from yinian.places.sites.pages import room_tabs


@page("places.view")
def regions(request: StaffRequest) -> HttpResponse:
    """The tree from the top of the reader's reach, or what a search finds in it."""
    text = request.GET.get("q", "").strip()[:60].replace("\x00", "")
    tops = queries.tops(request.user)
    found = queries.search(queries.visible_to(request.user), text) if text else []
    asked = request.GET.get("region", "")
    if asked and not text and queries.visible_to(request.user).filter(pk=asked).exists():
        return HttpResponseRedirect(reverse("places:region", args=[asked]))
    return render(
        request,
        "places/regions.html",
        {
            "tabs": room_tabs("regions"),
            "q": text,
            "found": found,
            "trees": [queries.tree(top) for top in tops] if not text else [],
            "may_load": request.user.may("places.edit"),
        },
    )


@page("places.view")
def region(request: StaffRequest, code: str) -> HttpResponse:
    found = queries.get_region(request.user, code)
    node = queries.tree(found, depth=1 if found.level >= 3 else 2)
    return render(
        request,
        "places/region.html",
        {
            "region": found,
            "path": queries.path(found),
            "node": node,
            "kinds": [(label, node.counts.sites.get(value, 0), value) for value, label in Site.Kind.choices],
            "reach": set(
                queries.visible_to(request.user)
                .filter(pk__in=[r.pk for r in queries.path(found)])
                .values_list("pk", flat=True)
            ),
            "may_edit": request.user.scope("places.edit").covers(found.code),
            "has_map": found.outline is not None or found.lat is not None,
        },
    )


@page("places.view")
def region_map(request: StaffRequest, code: str) -> HttpResponse:
    """The region's GeoJSON for the map script."""
    found = queries.get_region(request.user, code)
    return JsonResponse(queries.map_of(request.user, found), json_dumps_params={"ensure_ascii": False})


@page("places.edit", methods=("GET", "POST"))
def add_hamlet(request: StaffRequest, code: str) -> HttpResponse:
    village = queries.get_region(request.user, code)
    request.user.require("places.edit", village.code)
    back = reverse("places:region", args=[code])
    context: dict[str, Any] = {
        "title": _("New hamlet in %(village)s") % {"village": village.name},
        "back": back,
        "save": _("Add the hamlet"),
        "crumbs": [(_("Divisions"), reverse("places:regions")), (village.name, back), (_("New hamlet"), None)],
    }
    form = HamletForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "places/form.html", form, **context)
    try:
        made = actions.add_hamlet(request.user, village.code, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "places/form.html", form, refusal=refusal, **context)
    messages.success(request, _("%(name)s is added.") % {"name": made.name})
    return HttpResponseRedirect(back)


@page("places.edit", methods=("GET", "POST"))
def load_divisions(request: StaffRequest) -> HttpResponse:
    context: dict[str, Any] = {
        "title": _("Load a county's divisions"),
        "back": reverse("places:regions"),
        "save": _("Load the list"),
        "crumbs": [(_("Divisions"), reverse("places:regions")), (_("Load a list"), None)],
        "multipart": True,
        "intro": _(
            "One county with its towns and villages, in the uniform form. Loading the same list again changes nothing; "
            "what has changed is brought up to date, and nothing is taken away."
        ),
    }
    form = DivisionsForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "places/form.html", form, **context)
    try:
        done = actions.load_divisions(request.user, form.cleaned_data["divisions"], form.cleaned_data["boundary"])
    except Refused as refusal:
        return render_form(request, "places/form.html", form, refusal=refusal, **context)
    messages.success(
        request,
        _("Divisions loaded: %(added)d new, %(changed)d changed, %(same)d as they stood.")
        % {"added": len(done.added), "changed": len(done.changed), "same": done.same},
    )
    return HttpResponseRedirect(reverse("places:regions"))
