"""The page of a home's own figures: from where on somebody is asked to look, and every change of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.homes.care.pages import crumbs
from yinian.homes.thresholds import actions, queries
from yinian.homes.thresholds.catalogue import thresholds
from yinian.homes.thresholds.forms import ThresholdsForm, plain

SHOWN = 100  # changes on the page; the audit chain has them all


@page("care.view", methods=("GET", "POST"), also=("homes.view",), post="care.manage")
def home_thresholds(request: StaffRequest, pk: int) -> HttpResponse:
    """From where on this home wants to be told; its manager sets it, everybody who sees the care reads it."""
    home, standing, changes = queries.page_of(request.user, pk)
    form = ThresholdsForm(request.POST or None, standing=standing)
    context: dict[str, Any] = {
        "home": home, "standing": standing, "plain": plain, "specs": thresholds(), "changes": changes[:SHOWN],
        "may_manage": request.user.scope("care.manage").covers(home.region_id, home.pk),
        "crumbs": crumbs(home, (_("When somebody is told"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/thresholds.html", form, **context)
    try:
        changed = actions.set_thresholds(request.user, pk, form.values(), form.cleaned_data["reason"])
    except Refused as refusal:
        return render_form(request, "homes/thresholds.html", form, refusal=refusal, **context)
    messages.success(request, _("Figures changed: %(n)d.") % {"n": changed})
    return redirect("homes:thresholds", pk)
