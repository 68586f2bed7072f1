"""Pages of medicines: a resident's orders and doses, entering and stopping, a dose recorded and put right."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import form_status, render_form
from yinian.homes.care import queries as care
from yinian.homes.care.book import clock
from yinian.homes.care.forms import entry_of, slot_of, whole_of
from yinian.homes.care.pages import TONES, answered, crumbs, state_words
from yinian.homes.medicines import actions, queries
from yinian.homes.medicines.forms import DoseCorrectionForm, OrderForm, StopForm
from yinian.homes.medicines.models import Giving
from yinian.homes.stays.models import Stay

SHOWN_DAYS = 14


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.manage")
def medicines(request: StaffRequest, pk: int) -> HttpResponse:
    """A resident's orders and the doses of two weeks; a POST enters an order."""
    stay = care.get_resident(request.user, pk, "care.manage" if request.method == "POST" else "care.view")
    if request.method != "POST":
        return _page(request, stay, OrderForm(initial={"since": timezone.localdate(), "way": "oral"}))
    form = OrderForm(request.POST)
    if form.is_valid():
        try:
            actions.order(request.user, pk, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The order is entered."))
            return redirect("homes:medicines", pk)
    return _page(request, stay, form)


def _page(request: StaffRequest, stay: Stay, form: Any) -> HttpResponse:
    home, today = stay.bed.site, timezone.localdate()
    since = today - dt.timedelta(days=SHOWN_DAYS)
    orders = queries.orders_of(stay.person, home)
    return render(
        request,
        "homes/medicines.html",
        {
            "stay": stay,
            "home": home,
            "form": form,
            "stop_form": StopForm(),
            "orders": [(one, one.held.upper is None or one.held.upper > today) for one in orders],
            "last_day": lambda one: one.held.upper - dt.timedelta(days=1) if one.held.upper else None,
            "givings": queries.givings_of(stay.person, home, since),
            "clock": clock,
            "words": state_words(),
            "tones": TONES,
            "may_manage": request.user.scope("care.manage").covers(home.region_id, home.pk),
            "may_record": request.user.scope("care.record").covers(home.region_id, home.pk),
            "crumbs": crumbs(home, (stay.person.name, reverse("homes:sheet", args=[stay.pk])), (_("Medicines"), None)),
        },
        status=form_status(form),
    )


@page("care.manage", methods=("POST",), also=("homes.view", "people.view"))
def order_stop(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_order(request.user, pk)
    version = request.POST.get("version", "")
    actions.stop(request.user, pk, int(version) if version.isdigit() else 0, request.POST.get("reason", "")[:200])
    messages.success(request, _("The order ends today."))
    stay = Stay.objects.filter(
        person=found.person_id, bed__site=found.site_id, period__contains=timezone.localdate()
    ).first()
    return redirect("homes:medicines", stay.pk) if stay else redirect("homes:care", found.site_id)


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def dose(request: StaffRequest, pk: int) -> HttpResponse:
    care.get_resident(request.user, pk, "care.record")
    post = request.POST

    def do() -> None:
        day, slot = slot_of(post)
        actions.give(
            request.user,
            pk,
            whole_of(post, "order"),
            day,
            slot,
            post.get("outcome", ""),
            reason=post.get("reason", ""),
            entry=entry_of(post),
        )

    return answered(request, do, reverse("homes:sheet", args=[pk]), _("Recorded."))


@page("care.record", methods=("GET", "POST"), also=("homes.view", "people.view"))
def dose_correct(request: StaffRequest, pk: int) -> HttpResponse:
    found = Giving.objects.filter(pk=pk).select_related("order").first()
    if found is None:
        raise NotVisible("dose")
    order = queries.get_order(request.user, found.order_id)
    request.user.require("care.record", order.site.region_id, order.site_id)
    context: dict[str, Any] = {
        "home": order.site,
        "title": _("Put the record of a dose right"),
        "save": _("Correct it"),
        "back": reverse("homes:care", args=[order.site_id]),
        "crumbs": crumbs(order.site, (_("Put the record of a dose right"), None)),
    }
    form = DoseCorrectionForm(request.POST or None, initial={"outcome": found.outcome, "reason": found.reason})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.correct(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The record is put right; the old one stays beside it."))
    return redirect("homes:care", order.site_id)
