"""Pages of gardens and animals: a quarter by home, a home's garden with its harvest form, one holding, the lists."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import form_status, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.homes.beds.pages import town_of
from yinian.homes.economy import actions, queries
from yinian.homes.economy.forms import EndForm, HarvestForm, HoldingForm, UseForm
from yinian.homes.economy.models import HarvestHelper, Holding, ProduceUse, Unit
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import residents as residents_of
from yinian.places.models import Site

Crumb = tuple[str, str | None]


def quarter_words(quarter: str) -> str:
    return _("quarter %(n)s of %(year)s") % {"year": quarter[:4], "n": quarter[5:]}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Homes and beds"), reverse("homes:list")), (_("Gardens and animals"), reverse("homes:economy")), *more]


def _home_crumbs(home: Site, *more: Crumb) -> list[Crumb]:
    return _crumbs((home.name, reverse("homes:garden", args=[home.pk])), *more)


def number(amount: Any) -> str:
    """An amount without a needless nought behind the point."""
    return f"{amount:f}".removesuffix(".0")


@page("economy.view", also=("homes.view",))
def economy(request: StaffRequest) -> HttpResponse:
    """A quarter by home: what was harvested, eaten and sold."""
    known = queries.quarters()
    if request.GET.get("quarter") not in known:  # the present one, and it stands among the filters
        given = request.GET.copy()
        given["quarter"] = known[0]
        request.GET = given  # type: ignore[assignment]
    quarter = request.GET["quarter"]
    first, last = queries.days_of(quarter)
    rows, own = queries.by_home(request.user, quarter), queries.homes(request.user)[:2]

    def link(name: str, address: str, **more: str) -> Any:
        tail = "".join(f"&{key}={value}" for key, value in more.items())
        return lambda h: (number(getattr(h, name)), f"{reverse(address)}?home={h.pk}&from={first}&to={last}{tail}") if (
            getattr(h, name)) else "0"

    view = ListView(
        title=_("Gardens and animals"),
        subtitle=_("What homes grow and keep for their own kitchen, %(quarter)s") % {"quarter": quarter_words(quarter)},
        columns=[
            Column("home", _("Home"), lambda h: h.name, sort="name"),
            Column("town", _("Town"), town_of, sort="region__code"),
            Column("kept", _("Plots and herds now"), lambda h: h.kept, kind="number", sort="kept"),
            Column("kg", _("Harvested, kg"), link("kg", "homes:harvests", unit="kg"), kind="link", sort="kg"),
            Column("pieces", _("Harvested, pieces"), link("pieces", "homes:harvests", unit="piece"), kind="link",
                   sort="pieces"),
            Column("eaten_kg", _("Eaten in the home, kg"), link("eaten_kg", "homes:produce_uses", kind="eaten"),
                   kind="link", sort="eaten_kg"),
            Column("eaten_pieces", _("Eaten in the home, pieces"), kind="link", sort="eaten_pieces",
                   cell=link("eaten_pieces", "homes:produce_uses", kind="eaten"), default=False),
            Column("income", _("Income from sales (yuan)"), lambda h: int(h.income), kind="yuan", sort="income"),
        ],
        filters=[
            Filter("quarter", _("Quarter"), lambda qs, v: qs, lambda a: [(one, quarter_words(one)) for one in known]),
            Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("kept", _("That grow or keep something"), lambda qs, v: qs.filter(kept__gt=0), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(name__contains=text), search_hint=_("Name of the home"),
        default_sort=("kept", "desc"), excel_right="economy.view", region_field="region__code", site_field="pk",
        row_url=lambda h: reverse("homes:garden", args=[h.pk]), desk=("homes", "economy"),
        empty=_("No home within reach"),
    )  # fmt: skip
    return render_list(request, view, rows, "homes/economy.html", {
        "total": queries.totals(rows), "number": number, "span": f"&from={first}&to={last}",
        # Whoever enters harvests for one home goes to its garden at once.
        "own": own[0].pk if request.user.may("economy.record") and len(own) == 1 else None,
    })


def _sites(actor: User) -> list[tuple[int, str]]:
    return list(queries.homes(actor).order_by("name").values_list("pk", "name"))


def _filters() -> list[Filter]:
    return [
        Filter("home", _("Home"), lambda qs, v: qs.filter(holding__site=v), _sites),
        Filter("unit", _("Counted in"), lambda qs, v: qs.filter(unit=v), lambda a: Unit.choices),
        Filter("from", _("From"), lambda qs, v: qs.filter(on__gte=v), kind="date_from"),
        Filter("to", _("Until"), lambda qs, v: qs.filter(on__lte=v), kind="date_to"),
    ]


def _state(one: Any) -> tuple[str, str]:
    return (_("taken back"), "mute") if one.voided_at else (_("counts"), "ok")


@page("economy.view", also=("homes.view",))
def harvests(request: StaffRequest) -> HttpResponse:
    view = ListView(
        title=_("Harvests"),
        columns=[
            Column("on", _("Day"), lambda h: h.on, kind="day", sort="on"),
            Column("home", _("Home"), lambda h: h.holding.site.name, sort="holding__site__name"),
            Column("what", _("What was harvested"), lambda h: str(h.holding), sort="holding__what"),
            Column("amount", _("How much was harvested"), lambda h: h.amount, kind="number", sort="amount"),
            Column("unit", _("Counted in"), lambda h: str(h.get_unit_display()), sort="unit"),
            Column("helped", _("Residents who liked to help"), lambda h: h.helped, kind="number"),
            Column("state", _("State"), _state, kind="badge"),
            Column("by", _("Entered by"), lambda h: h.made_by.full_name),
        ],
        filters=_filters(), search=lambda qs, text: qs.filter(holding__what__contains=text),
        search_hint=_("What is sown or kept"), default_sort=("on", "desc"), excel_right="economy.view",
        region_field="holding__site__region__code", site_field="holding__site",
        row_url=lambda h: reverse("homes:holding", args=[h.holding_id]), desk=("homes", "harvests"),
        empty=_("Nothing was harvested"),
    )  # fmt: skip
    return render_list(request, view, queries.harvests(request.user))


@page("economy.view", also=("homes.view",))
def produce_uses(request: StaffRequest) -> HttpResponse:
    view = ListView(
        title=_("What became of the harvest"),
        columns=[
            Column("on", _("Day"), lambda u: u.on, kind="day", sort="on"),
            Column("home", _("Home"), lambda u: u.holding.site.name, sort="holding__site__name"),
            Column("what", _("What was harvested"), lambda u: str(u.holding), sort="holding__what"),
            Column("kind", _("Use of the harvest"), lambda u: str(u.get_kind_display()), sort="kind"),
            Column("amount", _("How much of it"), lambda u: u.amount, kind="number", sort="amount"),
            Column("unit", _("Counted in"), lambda u: str(u.get_unit_display()), sort="unit"),
            Column("income", _("Income from sales (yuan)"), lambda u: u.income_fen or None, kind="yuan",
                   sort="income_fen"),
            Column("account", _("On which account it went"), lambda u: u.account),
            Column("purpose", _("What the money is used for"), lambda u: u.purpose),
            Column("state", _("State"), _state, kind="badge"),
            Column("by", _("Entered by"), lambda u: u.made_by.full_name, default=False),
        ],
        filters=[*_filters(), Filter("kind", _("Use of the harvest"), lambda qs, v: qs.filter(kind=v),
                                     lambda a: ProduceUse.Kind.choices)],
        search=lambda qs, text: qs.filter(holding__what__contains=text),
        search_hint=_("What is sown or kept"), default_sort=("on", "desc"), excel_right="economy.view",
        region_field="holding__site__region__code", site_field="holding__site",
        row_url=lambda u: reverse("homes:holding", args=[u.holding_id]), desk=("homes", "produce_uses"),
        empty=_("Nothing was used yet"),
    )  # fmt: skip
    return render_list(request, view, queries.uses(request.user))


@page("economy.view", methods=("GET", "POST"), also=("homes.view",), post="economy.record")
def garden(request: StaffRequest, pk: int) -> HttpResponse:
    """A home's garden and animals, with the form for a harvest at its head."""
    home = queries.get_home(request.user, pk, "economy.record" if request.method == "POST" else "economy.view")
    place, user = (home.region_id, home.pk), request.user
    standing = queries.standing(home)
    may = user.scope("economy.record").covers(*place)
    sees = may and user.scope("people.view").covers(*place) and user.may("people.view")
    form = HarvestForm(request.POST or None, holdings=standing, initial={"holding": request.GET.get("holding", "")},
                       residents=residents_of(user, home) if sees else Stay.objects.none())
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        helpers = [stay.person for stay in data.pop("helpers")]
        try:
            actions.harvest(user, int(data.pop("holding")), helpers=helpers, **data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The harvest is entered."))
            return redirect("homes:garden", pk)
    return render(request, "homes/garden.html", {
        "home": home,
        "form": form,
        "main": [form[name] for name in ("holding", "amount", "unit", "on")],
        "standing": [(one, queries.left_of(one)) for one in standing],
        "ended": list(Holding.objects.filter(site=home, ended__isnull=False).order_by("-ended")[:20]),
        "units": dict(Unit.choices),
        "number": number,
        "may": may,
        "sees": sees,
        "may_manage": user.scope("economy.manage").covers(*place),
        "crumbs": _crumbs((home.name, None)),
    }, status=form_status(form))


@page("economy.manage", methods=("GET", "POST"), also=("homes.view", "economy.view"))
def holding_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Something new is sown or kept."""
    home = queries.get_home(request.user, pk, "economy.manage")
    form = HoldingForm(request.POST or None)
    back = reverse("homes:garden", args=[pk])
    context: dict[str, Any] = {"title": _("Sow or keep something new"), "save": _("Begin it"), "back": back,
               "crumbs": _home_crumbs(home, (_("Sow or keep something new"), None))}
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.begin(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Entered in the home's garden and animals."))
    return redirect(back)


@page("economy.view", also=("homes.view",))
def holding(request: StaffRequest, pk: int) -> HttpResponse:
    return _holding_page(request, queries.get_holding(request.user, pk))


def _holding_page(request: StaffRequest, one: Holding, **forms: Any) -> HttpResponse:
    place, user = (one.site.region_id, one.site_id), request.user
    helped: dict[int, list[str]] = {}
    if user.may("people.view") and user.scope("people.view").covers(*place):
        for helper in HarvestHelper.objects.filter(harvest__holding=one).select_related("person"):
            helped.setdefault(helper.harvest_id, []).append(helper.person.name)
    form = forms.get("use") or forms.get("end")
    return render(request, "homes/holding.html", {
        "one": one,
        "home": one.site,
        "left": queries.left_of(one),
        "units": dict(Unit.choices),
        "number": number,
        "harvests": list(one.harvests.select_related("made_by", "voided_by")[:50]),
        "helped": helped,
        "uses": list(one.uses.select_related("made_by", "voided_by")[:50]),
        "may_manage": user.scope("economy.manage").covers(*place),
        "use_form": forms.get("use") or UseForm(prefix="use"),
        "end_form": forms.get("end") or EndForm(prefix="end"),
        "crumbs": _home_crumbs(one.site, (str(one), None)),
    }, status=form_status(form))


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    one = queries.get_holding(request.user, pk, "economy.manage")
    if form.is_valid():
        try:
            do(request.user, pk, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("homes:holding", pk)
    return _holding_page(request, one, **{name: form})


@page("economy.manage", methods=("POST",), also=("homes.view", "economy.view"))
def holding_use(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "use", UseForm(request.POST, prefix="use"), actions.use, _("Entered what became of it."))


@page("economy.manage", methods=("POST",), also=("homes.view", "economy.view"))
def holding_end(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "end", EndForm(request.POST, prefix="end"), actions.end, _("It is ended."))


@page("economy.manage", methods=("POST",), also=("homes.view", "economy.view"))
def harvest_back(request: StaffRequest, pk: int) -> HttpResponse:
    return _back(request, lambda reason: actions.take_back_harvest(request.user, pk, reason))


@page("economy.manage", methods=("POST",), also=("homes.view", "economy.view"))
def use_back(request: StaffRequest, pk: int) -> HttpResponse:
    return _back(request, lambda reason: actions.take_back_use(request.user, pk, reason))


def _back(request: StaffRequest, do: Any) -> HttpResponse:
    done = do(request.POST.get("reason", ""))
    messages.success(request, _("Taken back; it counts no more."))
    return redirect("homes:holding", done.holding_id)
