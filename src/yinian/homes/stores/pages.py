"""Pages of stores: what stands where, one store, movements, rounds and their confirmation."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.homes.catalogues import choices, goods, named
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import residents as residents_of
from yinian.homes.stores import actions, queries
from yinian.homes.stores.forms import ConfirmForm, EnterForm, PlanForm, WishForm
from yinian.homes.stores.models import Distribution, StoreBalance, StoreMove
from yinian.homes.stores.queries import Store

Kind = StoreMove.Kind
Crumb = tuple[str, str | None]
ROUND_TONES = {"draft": "warn", "sent": "info", "dropped": "mute"}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Homes and beds"), reverse("homes:list")), (_("Stores"), reverse("homes:stores")), *more]


def store_words(row: Any) -> str:
    """Whose store a balance or movement belongs to."""
    return row.site.name if row.site_id else _("%(county)s, county store") % {"county": row.county.name}


def store_url(site: int | None, county: str, name: str = "") -> str:
    """The address of a store, or of what is done in it (``enter``, ``wish``)."""
    tail = f"_{name}" if name else ""
    if site is None:
        return reverse(f"homes:county_store{tail}", args=[county])
    return reverse(f"homes:home_store{tail}", args=[site])


def _stores(actor: User) -> list[tuple[str, str]]:
    found = [(f"c{county.code}", _("%(county)s, county store") % {"county": county.name})
             for county in queries.counties(actor)]
    return [*found, *((str(pk), name) for pk, name in queries.homes(actor).order_by("name").values_list("pk", "name"))]


def _of_store(qs: Any, value: str) -> Any:
    """Rows of one store, named as :func:`_key` does."""
    return qs.filter(county=value[1:], site__isnull=True) if value.startswith("c") else qs.filter(site=value)


def _key(site: int | None, county: str) -> str:
    """A store in an address: a home's id, or the county's code behind a c."""
    return f"c{county}" if site is None else str(site)


def _unit(key: str) -> str:
    found = goods().get(key)
    return found.unit if found else ""


@page("stores.view", also=("homes.view",))
def stores(request: StaffRequest) -> HttpResponse:
    """What stands in every store within reach, good by good."""
    def level(row: StoreBalance) -> tuple[str, str]:
        if row.wished is None:
            return _("no level set"), "mute"
        return (_("too few"), "bad") if row.is_low else (_("enough"), "ok")

    view = ListView(
        title=_("Stores"),
        subtitle=_("Quilts, clothing and other goods in the county's store and in each home's. Every number opens into "
                   "the movements it is the sum of."),
        columns=[
            Column("store", _("Store"), store_words, sort="site__name"),
            Column("good", _("Good"), lambda b: named(goods(), b.good), sort="good"),
            Column("balance", _("There now"), kind="link", sort="balance", cell=lambda b: (
                f"{b.balance} {_unit(b.good)}",
                f"{reverse('homes:store_moves')}?store={_key(b.site_id, b.county_id)}&good={b.good}")),
            Column("wished", _("Wished for at least"), lambda b: b.wished, kind="number", sort="wished"),
            Column("level", _("Stock level"), level, kind="badge"),
        ],
        filters=[
            Filter("store", _("Store"), _of_store, _stores),
            Filter("good", _("Good"), lambda qs, v: qs.filter(good=v), lambda a: choices(goods())),
            Filter("low", _("Too few"), lambda qs, v: qs.filter(pk__in=queries.low(request.user)), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(site__name__contains=text), search_hint=_("Name of the home"),
        default_sort=("store", "asc"), excel_right="stores.view",
        row_url=lambda b: store_url(b.site_id, b.county_id), desk=("homes", "stores"),
        empty=_("No store holds anything yet"),
        empty_text=_("Open a store above and enter what came in."),
    )  # fmt: skip
    open_to = [(words, store_url(None, key[1:]) if key.startswith("c") else store_url(int(key), ""))
               for key, words in _stores(request.user)]
    return render_list(request, view, queries.balances(request.user), "homes/stores.html", {"stores": open_to})


@page("stores.view", also=("homes.view",))
def store_moves(request: StaffRequest) -> HttpResponse:
    """Every movement; whom goods were handed to is shown to those who see older people."""
    sees = request.user.may("people.view")
    view = ListView(
        title=_("Movements of goods"),
        columns=[
            Column("on", _("Day"), lambda m: m.on, kind="day", sort="on"),
            Column("store", _("Store"), store_words, sort="site__name"),
            Column("good", _("Good"), lambda m: named(goods(), m.good), sort="good"),
            Column("kind", _("What happened"), lambda m: str(m.get_kind_display()), sort="kind"),
            Column("quantity", _("How many"), lambda m: m.quantity, kind="number", sort="quantity"),
            *([Column("person", _("Given to"), lambda m: m.person.name if m.person else "")] if sees else []),
            Column("text", _("Note"), lambda m: m.text),
            Column("by", _("Entered by"), lambda m: m.made_by.full_name),
            Column("at", _("Entered at"), lambda m: m.made_at, kind="moment", default=False),
        ],
        filters=[
            Filter("store", _("Store"), _of_store, _stores),
            Filter("good", _("Good"), lambda qs, v: qs.filter(good=v), lambda a: choices(goods())),
            Filter("kind", _("What happened"), lambda qs, v: qs.filter(kind=v), lambda a: Kind.choices),
            Filter("from", _("From"), lambda qs, v: qs.filter(on__gte=v), kind="date_from"),
            Filter("to", _("Until"), lambda qs, v: qs.filter(on__lte=v), kind="date_to"),
        ],
        default_sort=("on", "desc"), excel_right="people.export" if sees else "stores.view",
        region_field="where" if sees else None, site_field="site" if sees else None,
        desk=("homes", "store_moves"), empty=_("Nothing was moved"),
    )  # fmt: skip
    return render_list(request, view, queries.moves(request.user))


def _page(request: StaffRequest, store: Store) -> HttpResponse:
    site = store.site.pk if store.site else None
    name = store.site.name if store.site else _("%(county)s, county store") % {"county": store.county.name}
    waiting = []
    if store.site is not None:
        waiting = list(Distribution.objects.filter(state="sent", parcels__site=store.site,
                                                   parcels__received__isnull=True).distinct())
    return render(request, "homes/store.html", {
        "name": name,
        "site": site,
        "lines": queries.lines_of(store),
        "word": lambda key: named(goods(), key),
        "unit": _unit,
        "moves_url": f"{reverse('homes:store_moves')}?store={_key(site, store.county.code)}",
        "enter_url": store_url(site, store.county.code, "enter"),
        "wish_url": store_url(site, store.county.code, "wish"),
        "waiting": waiting,
        "may_keep": request.user.scope(store.right).covers(*store.place),
        "crumbs": _crumbs((name, None)),
    })


def _enter(request: StaffRequest, store: Store) -> HttpResponse:
    """Enter one movement; ``?kind=`` says which."""
    kind = request.GET.get("kind", "")
    titles = {Kind.RECEIPT: _("Take goods in"), Kind.LOSS: _("Write goods off"), Kind.COUNT: _("Enter a stock-take"),
              **({Kind.HAND: _("Hand goods out")} if store.site else {})}
    if kind not in titles:
        raise NotVisible("kind")
    residents: Any = Stay.objects.none()
    if store.site is not None and kind == Kind.HAND:
        request.user.require("people.view", *store.place)
        residents = residents_of(request.user, store.site)
    form = EnterForm(request.POST or None, kind=kind, lines=queries.lines_of(store), residents=residents,
                     initial={"good": request.GET.get("good", ""), "quantity": 1 if kind == Kind.HAND else None})
    site = store.site.pk if store.site else None
    back = store_url(site, store.county.code)
    context: dict[str, Any] = {"title": titles[Kind(kind)], "save": titles[Kind(kind)], "back": back,
               "crumbs": _crumbs((_("Store"), back), (titles[Kind(kind)], None))}
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    data = dict(form.cleaned_data)
    stay = data.pop("person", None)
    try:
        actions.enter(request.user, store, kind, person=stay.person if stay else None, **data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Entered."))
    return redirect(back)


def _wish(request: StaffRequest, store: Store) -> HttpResponse:
    site = store.site.pk if store.site else None
    back = store_url(site, store.county.code)
    form = WishForm(request.POST or None, initial={"good": request.GET.get("good", "")})
    context: dict[str, Any] = {"title": _("Set the level wished for"), "save": _("Set the level"), "back": back,
               "crumbs": _crumbs((_("Store"), back), (_("Set the level wished for"), None))}
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.wish(request.user, store, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The level is set."))
    return redirect(back)


@page("stores.view", also=("homes.view",))
def home_store(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.store_of(request.user, pk))


@page("stores.keep", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def home_store_enter(request: StaffRequest, pk: int) -> HttpResponse:
    return _enter(request, queries.store_of(request.user, pk, "stores.keep"))


@page("stores.keep", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def home_store_wish(request: StaffRequest, pk: int) -> HttpResponse:
    return _wish(request, queries.store_of(request.user, pk, "stores.keep"))


@page("stores.view", also=("homes.view",))
def county_store(request: StaffRequest, code: str) -> HttpResponse:
    return _page(request, queries.county_store(request.user, code))


@page("stores.manage", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def county_store_enter(request: StaffRequest, code: str) -> HttpResponse:
    return _enter(request, queries.county_store(request.user, code, "stores.manage"))


@page("stores.manage", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def county_store_wish(request: StaffRequest, code: str) -> HttpResponse:
    return _wish(request, queries.county_store(request.user, code, "stores.manage"))


# --- rounds ---


@page("stores.view", also=("homes.view",))
def rounds(request: StaffRequest) -> HttpResponse:
    """Every round, the latest first."""
    found = queries.rounds(request.user)
    if not request.user.may("stores.manage"):
        found = found.filter(state=Distribution.State.SENT, homes__gt=0)
    view = ListView(
        title=_("Sending goods to homes"),
        columns=[
            Column("title", _("Name of the round"), lambda d: d.title, sort="title"),
            Column("made", _("Planned on"), lambda d: d.made_at, kind="day", sort="made_at"),
            Column("state", _("State"), lambda d: (d.get_state_display(), ROUND_TONES[d.state]), kind="badge",
                   sort="state"),
            Column("sent", _("Sent to homes on"), lambda d: d.sent_at, kind="day", sort="sent_at"),
            Column("homes", _("Homes"), lambda d: d.homes, kind="number", sort="homes"),
            Column("pieces", _("Pieces"), lambda d: d.pieces, kind="number", sort="pieces"),
            Column("waiting", _("Parcels not confirmed"), kind="badge", sort="waiting",
                   cell=lambda d: (str(d.waiting), "warn" if d.waiting else "mute")),
            Column("differing", _("Parcels that differ"), kind="badge", sort="differing",
                   cell=lambda d: (str(d.differing), "bad" if d.differing else "mute")),
        ],
        filters=[Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda a: Distribution.State.choices)],
        search=lambda qs, text: qs.filter(title__contains=text), search_hint=_("Name of the round"),
        default_sort=("made", "desc"), excel_right="stores.view",
        row_url=lambda d: reverse("homes:distribution", args=[d.pk]), desk=("homes", "rounds"),
        empty=_("Nothing was sent yet"),
    )  # fmt: skip
    return render_list(request, view, found, "homes/distributions.html",
                       {"may_plan": request.user.may("stores.manage")})


@page("stores.manage", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def distribution_new(request: StaffRequest) -> HttpResponse:
    """Plan a round by how many a resident gets; the numbers by home are put right on its page."""
    county = queries.counties(request.user).order_by("code").first()
    if county is None:
        raise NotVisible("county")
    form = PlanForm(request.POST or None)
    context: dict[str, Any] = {
        "title": _("Plan a round"), "save": _("Work out the numbers"), "back": reverse("homes:rounds"),
        "crumbs": _crumbs((_("Sending goods to homes"), reverse("homes:rounds")), (_("Plan a round"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        made = actions.plan(request.user, county.code, title=form.cleaned_data["title"], per_head=form.per_head())
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Worked out from who lives in each home; change the numbers, then send."))
    return redirect("homes:distribution", made.pk)


@page("stores.view", also=("homes.view",))
def distribution(request: StaffRequest, pk: int) -> HttpResponse:
    """One round: goods by home, and what of them was confirmed."""
    found = queries.get_round(request.user, pk)
    return _round_page(request, found)


def _round_page(request: StaffRequest, found: Distribution, refusal: Refused | None = None) -> HttpResponse:
    order, lines = queries.table_of(request.user, found)
    manages = request.user.scope("stores.manage").covers(found.county_id)
    keeps = request.user.scope("stores.keep")
    draft = found.state == Distribution.State.DRAFT
    return render(request, "homes/distribution.html", {
        "one": found,
        "order": order,
        "lines": lines,
        "word": lambda key: named(goods(), key),
        "unit": _unit,
        "tones": ROUND_TONES,
        "needed": queries.needed(found) if draft and manages else {},
        "may_send": draft and manages,
        "may_confirm": {line.site.pk: found.state == Distribution.State.SENT and line.waits
                        and keeps.covers(line.site.region_id, line.site.pk) for line in lines},
        "refusal": str(refusal) if refusal else "",
        "crumbs": _crumbs((_("Sending goods to homes"), reverse("homes:rounds")), (found.title, None)),
    }, status=422 if refusal else 200)


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


@page("stores.manage", methods=("POST",), also=("homes.view", "stores.view"))
def distribution_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the numbers typed into the table; with ``send`` send the round at once."""
    found = queries.get_round(request.user, pk)
    amounts = {}
    for name in request.POST:
        if name.startswith("p") and name[1:].isdigit():
            value = str(request.POST[name])
            amounts[int(name[1:])] = int(value) if value.isdigit() and len(value) < 7 else -1
    try:
        changed = actions.change(request.user, pk, _version(request), amounts)
        if "send" in request.POST:
            actions.send(request.user, pk, changed.version)
    except Refused as refusal:
        return _round_page(request, queries.get_round(request.user, found.pk), refusal)
    messages.success(request, _("The round is sent; each home is asked to count it.") if "send" in request.POST
                     else _("The numbers are kept."))
    return redirect("homes:distribution", pk)


@page("stores.manage", methods=("POST",), also=("homes.view", "stores.view"))
def distribution_drop(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_round(request.user, pk)
    actions.drop(request.user, pk, _version(request))
    messages.success(request, _("The round is dropped."))
    return redirect("homes:rounds")


@page("stores.keep", methods=("GET", "POST"), also=("homes.view", "stores.view"))
def parcels(request: StaffRequest, pk: int, site: int) -> HttpResponse:
    """A home counts what has arrived."""
    found = queries.get_round(request.user, pk)
    store = queries.store_of(request.user, site, "stores.keep")
    waiting = found.parcels.filter(site=site, received__isnull=True).order_by("good", "pk")
    if not waiting:
        return redirect("homes:distribution", pk)
    form = ConfirmForm(request.POST or None, parcels=waiting)
    context: dict[str, Any] = {
        "title": _("Confirm goods: %(title)s") % {"title": found.title}, "save": _("Confirm what was counted"),
        "back": reverse("homes:distribution", args=[pk]),
        "crumbs": _crumbs((store.site.name if store.site else "", store_url(site, store.county.code)),
                          (_("Confirm goods"), None)),
    }  # fmt: skip
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.confirm(request.user, pk, site, form.counted())
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Confirmed; the goods stand in the home's store."))
    return redirect("homes:home_store", site)
