"""Pages of matching and offers: which bed for a person, who is next for a bed, standing offers, answers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.pages import short_day
from yinian.core.jinja import label
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.beds import queries as beds
from yinian.homes.way.applications import queries as applications
from yinian.homes.way.applications.lists import village_of
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.applications.pages import to_application, version_in
from yinian.homes.way.offers import actions, matching, queries
from yinian.homes.way.offers.models import Offer
from yinian.places.models import Bed
from yinian.places.regions.queries import counties_of

TONES = {"open": "warn", "accepted": "info", "declined": "mute", "expired": "bad", "withdrawn": "mute", "used": "ok"}
MOST_CLAIMS = 50


@page("waiting.decide", methods=("GET", "POST"))
def match(request: StaffRequest, pk: int) -> HttpResponse:
    """Free beds that fit somebody on the list; offering one."""
    one = applications.get_application(request.user, pk)
    request.user.require("waiting.decide", one.region_id)
    problem, status = "", 200
    if request.method == "POST":
        bed = request.POST.get("bed", "")
        try:
            made = actions.offer(
                request.user, pk, version_in(request), int(bed) if bed.isdigit() else 0,
                request.POST.get("why_not_first", "")[:300], with_spouse=request.POST.get("with_spouse") == "1",
            )
        except Changed:
            raise
        except Refused as refusal:
            problem, status = str(refusal), 422
        else:
            return to_application(request, pk, _("Bed %(bed)s in %(home)s is offered and kept until %(day)s.") % {
                "bed": made.bed.label, "home": made.site.name, "day": short_day(made.answer_by)})
    county = matching.County(one.region_id)
    return render(request, "homes/match.html", {
        "one": one, "person": one.person, "village": village_of(one.person),
        "level": scales.level_name(scales.ABILITY_SCALE, one.level),
        "fits": matching.suggestions(one, county) if one.state == BedApplication.State.WAITING else [],
        "problem": problem, "chosen": request.POST.get("bed", ""), "why": request.POST.get("why_not_first", "")[:300],
        "ahead": applications.ahead_of(one),
    }, status=status)


def _bed(request: StaffRequest, pk: int) -> Bed:
    """A bed of a county in which the actor decides."""
    found = Bed.objects.select_related("site__region", "room").filter(pk=pk).first()
    counties = counties_of(request.user, "waiting.decide")
    if found is None or not counties or not found.site.region_id.startswith(counties):
        raise NotVisible("bed")
    return found


@page("waiting.decide", methods=("GET", "POST"))
def next_for(request: StaffRequest, pk: int) -> HttpResponse:
    """Who is next for a free bed, in the order of the list; offering it."""
    bed = _bed(request, pk)
    problem, status = "", 200
    if request.method == "POST":
        chosen = request.POST.get("application", "")
        try:
            made = actions.offer(
                request.user, int(chosen) if chosen.isdigit() else 0, version_in(request), pk,
                request.POST.get("why_not_first", "")[:300],
            )
        except Changed:
            raise
        except Refused as refusal:
            problem, status = str(refusal), 422
        else:
            return to_application(request, made.application_id, _("The bed is offered and kept."))
    free = beds.free_beds().filter(pk=pk).exists()
    seen = applications.visible_to(request.user)
    claims = matching.claims(bed)[:MOST_CLAIMS] if free else []
    visible = set(seen.filter(pk__in=[claim.application.pk for claim in claims]).values_list("pk", flat=True))
    return render(request, "homes/next.html", {
        "bed": bed, "home": bed.site, "free": free, "problem": problem,
        "claims": [
            {"one": claim.application, "rank": claim.rank, "village": village_of(claim.application.person),
             "level": scales.level_name(scales.ABILITY_SCALE, claim.application.level),
             "class": label(claim.application.class_label)}
            for claim in claims if claim.application.pk in visible
        ],
    }, status=status)


def _due(offer: Offer) -> tuple[str, str]:
    last = offer.answer_by if offer.state == Offer.State.OPEN else offer.move_in_by
    if last is None or offer.state not in ("open", "accepted"):
        return "", ""
    left = (last - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return (_("Today"), "warn") if left == 0 else (short_day(last), "mute")


def _offer_list() -> ListView:
    return ListView(
        title=_("Offers"),
        desk=("homes", "offers"),
        columns=[
            Column("name", _("Name"), lambda o: o.person.name, sort="person__name"),
            Column("village", _("Village"), lambda o: village_of(o.person), sort="person__region_id"),
            Column("home", _("Care home"), lambda o: o.site.name, sort="site__name"),
            Column("bed", _("Bed"), lambda o: o.bed.label, sort="bed__label"),
            Column("state", _("Stands at"), lambda o: (str(o.get_state_display()), TONES[o.state]), kind="badge",
                   sort="state"),
            Column("due", _("Due"), _due, kind="badge", sort="answer_by"),
            Column("offered", _("Offered on"), lambda o: o.offered_on, kind="day", sort="offered_on"),
            Column("reason", _("Reason"), lambda o: o.reason or o.why_not_first, default=False),
            Column("skipped", _("Passed over"), lambda o: o.skipped, kind="number", sort="skipped", default=False),
        ],
        filters=[
            Filter("state", _("Stands at"), lambda qs, v: qs.filter(state=v), lambda actor: Offer.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(application__region__code__startswith=v),
                   kind="region"),
            Filter("skipped", _("Others passed over"), lambda qs, v: qs.filter(skipped__gt=0), kind="bool"),
        ],
        default_sort=("offered_on", "desc"),
        excel_right="waiting.export",
        region_field="application__region__code",
        row_url=lambda o: reverse("homes:application", args=[o.application_id]),
        empty=_("No bed is on offer"),
        empty_text=_("An offer is made from the waiting list or from a free bed."),
        key="homes:offers",
    )


@page("waiting.view")
def offers(request: StaffRequest) -> HttpResponse:
    """Beds offered, with what was answered."""
    rows = queries.offers_visible_to(request.user).select_related("person__region__parent", "site", "bed").defer(
        "person__id_number", "person__address", "person__region__outline", "person__region__parent__outline"
    )
    if not (request.GET.get("state") or request.GET.get("all")):
        rows = rows.filter(state__in=("open", "accepted"))
    return render_list(request, _offer_list(), rows)


def _answer(request: StaffRequest, pk: int, do: Any, said: str) -> HttpResponse:
    """Carry out an answer to an offer; a refusal is told on the application's page."""
    found = Offer.objects.filter(pk=pk).first()
    if found is None:
        raise NotVisible("offer")
    applications.get_application(request.user, found.application_id)
    try:
        do()
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("homes:application", args=[found.application_id]))
    return to_application(request, found.application_id, said)


@page("waiting.apply", methods=("POST",))
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, lambda: actions.accept(request.user, pk, version_in(request)),
                   _("The acceptance is recorded; the home takes the person in."))


@page("waiting.apply", methods=("POST",))
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:300]
    return _answer(request, pk, lambda: actions.decline(request.user, pk, version_in(request), reason),
                   _("It is recorded that the bed is not taken."))


@page("waiting.decide", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    reason = request.POST.get("reason", "")[:300]
    return _answer(request, pk, lambda: actions.withdraw(request.user, pk, version_in(request), reason),
                   _("The offer is taken back; the bed is free."))
