"""Pages of prices: of all homes, of one home with publishing, and for the public."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, open_page, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.regions.models import Region
from yinian.homes.beds import queries as beds
from yinian.homes.fees.prices import actions, queries
from yinian.homes.fees.prices.forms import PublishForm
from yinian.homes.fees.rules import clause, ruling_for, words
from yinian.places.models import Price, Site
from yinian.places.sites.forms import ABILITY_LEVELS


def for_whom(price: Price) -> str:
    """For which beds and levels a price holds."""
    levels = "、".join(str(label) for value, label in ABILITY_LEVELS if value in price.levels)
    return "，".join(part for part in (price.get_bed_kind_display() if price.bed_kind else "", levels) if part)


def _view() -> ListView:
    return ListView(
        title=_("Prices of homes"),
        columns=[
            Column("home", _("Care home"), lambda p: p.site.name, sort="site__name"),
            Column("item", _("What is charged for"), lambda p: p.item, sort="item"),
            Column("category", _("Kind of fee"), lambda p: p.get_category_display(), sort="category"),
            Column("whom", _("Holds for whom"), for_whom),
            Column("amount", _("Price in yuan"), lambda p: p.amount_fen, kind="yuan", sort="amount_fen"),
            Column("unit", _("Price unit"), lambda p: p.get_unit_display(), sort="unit"),
            Column("from", _("Holds from"), lambda p: p.from_date, kind="day", sort="from_date"),
            Column("basis", _("How it is set"), lambda p: p.get_basis_display() if p.basis else None, sort="basis"),
            Column("document", _("Document or contract"), lambda p: p.document, default=False),
            Column("ownership", _("Ownership"), lambda p: p.site.get_ownership_display(), sort="site__ownership",
                   default=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("category", _("Kind of fee"), lambda qs, v: qs.filter(category=v),
                   lambda actor: Price.Category.choices),
            Filter("ownership", _("Ownership"), lambda qs, v: qs.filter(site__ownership=v),
                   lambda actor: Site.Ownership.choices),
        ],
        search=lambda qs, text: qs.filter(site__name__icontains=text), default_sort=("home", "asc"),
        excel_right="homes.view", region_field="site__region__code", site_field="site",
        row_url=lambda p: reverse("homes:fee_home_prices", args=[p.site_id]), search_hint=_("Name of the home"),
        empty=_("No price is published yet"), key="homes:fee_prices", desk=("homes", "prices"),
    )  # fmt: skip


@page("homes.view", methods=("GET", "POST"))
def prices(request: StaffRequest) -> HttpResponse:
    return render_list(request, _view(), queries.current(request.user))


@page("homes.view", methods=("GET", "POST"))
def home_prices(request: StaffRequest, pk: int) -> HttpResponse:
    """One home's prices, and publishing a new one for whoever the rule lets set it."""
    home = beds.get_home(request.user, pk)
    context: dict[str, Any] = {"home": home, "lines": queries.prices(home), "for_whom": for_whom, "problem": "",
                               "may": False}
    try:
        ruling = ruling_for(home.region_id)
    except Refused as refused:
        return render(request, "homes/fees/prices.html", {**context, "form": None, "problem": str(refused)})
    basis = ruling.rules.pricing.value[home.ownership]
    right = "fees.oversee" if basis == actions.GUIDED else "fees.manage"
    may = request.user.scope(right).covers(home.region_id, home.pk)
    context |= {"basis": Price.Basis(basis).label, "clause": clause(ruling, ruling.rules.pricing), "may": may,
                "sure": ruling.rules.pricing.confidence == "verified", "note": words(ruling.rules.pricing.note),
                "notice": ruling.rules.price_notice.value}
    form = PublishForm(request.POST or None, initial={"from_date": timezone.localdate(), "unit": "month"})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.publish(request.user, pk, item=data["item"], category=data["category"],
                            amount_fen=data["amount"], unit=data["unit"], from_date=data["from_date"],
                            bed_kind=data["bed_kind"], levels=data["levels"], document=data["document"])
            messages.success(request, _("The price is published."))
            return HttpResponseRedirect(reverse("homes:fee_home_prices", args=[pk]))
        except Refused as refused:
            refusal = refused
    return render_form(request, "homes/fees/prices.html", form, refusal=refusal, **context)


@open_page
def public_prices(request: HttpRequest) -> HttpResponse:
    """What homes charge, for everybody. Nothing of anybody's own."""
    code = request.GET.get("region", "").strip()[:6]
    counties = Region.objects.filter(level=3, pk__in={
        region[:6] for region in Site.objects.filter(kind=Site.Kind.HOME).values_list("region_id", flat=True)
    }).only("code", "name").order_by("code")  # fmt: skip
    chosen = next((one for one in counties if one.code == code), None) or counties.first()
    response = render(request, "homes/fees/public_prices.html", {
        "county": chosen, "homes": queries.published(chosen.code) if chosen else [], "for_whom": for_whom,
        "day": timezone.localdate(),
    })
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
