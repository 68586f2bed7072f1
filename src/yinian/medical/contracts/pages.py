"""Pages of contracts and clinics: which homes are covered, the lists, one of each, entering, ending."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.renewals import notice_days, runs_out_soon
from yinian.homes.beds.queries import get_home
from yinian.medical.contracts import actions, queries
from yinian.medical.contracts.forms import ContractForm, ErrorForm, LicenceForm, PaperForm, StopForm
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.desks import ROOM, crumbs
from yinian.medical.institutions.queries import visible_to as institutions_visible_to

SOON, OVER = "soon", "over"


def last_day(kept: Contract | Licence) -> dt.date | None:
    return None if kept.period.upper is None else kept.period.upper - dt.timedelta(days=1)


def standing(kept: Contract | Licence) -> tuple[str, str]:
    """How it stands today: in words, and how pressing that is."""
    today, last = timezone.localdate(), last_day(kept)
    if kept.in_error:
        return _("entered in error"), "mute"
    if last is not None and last < today:
        return (_("ended early"), "mute") if kept.stopped_by_id else (_("has run out"), "bad")
    if kept.period.lower > today:
        return _("not yet in force"), "info"
    if last is not None and (last - today).days <= notice_days(kept.site.region_id):
        return _("ends soon"), "warn"
    return _("in force"), "ok"


def _by_standing(qs: Any, value: str) -> Any:
    today = timezone.localdate()
    soon = runs_out_soon("period__endswith", "site__region__code", today + dt.timedelta(days=1))
    if value == "now":
        return qs.filter(queries.in_force())
    if value == SOON:
        return qs.filter(queries.in_force(), soon)
    return qs.filter(period__endswith__lte=today, in_error=False)


def _standings() -> list[tuple[str, str]]:
    return [("now", _("In force")), (SOON, _("Ends soon")), (OVER, _("Has ended"))]


def _homes_view() -> ListView:
    return ListView(
        title=_("Homes and medical care"),
        subtitle=_("Open homes: with a contract in force with a medical institution, or with a clinic of their own."),
        columns=[
            Column("name", gettext_lazy("Care home"), lambda s: s.name, sort="name"),
            Column("area", gettext_lazy("Area"), lambda s: s.region.name, sort="region_id"),
            Column(
                "covered",
                gettext_lazy("Covered"),
                lambda s: (_("yes"), "ok") if s.has_contract or s.has_clinic else (_("no"), "bad"),
                kind="badge",
            ),
            Column("contract", gettext_lazy("Contract in force"), lambda s: _("yes") if s.has_contract else None,
                   sort="has_contract"),
            Column("green", gettext_lazy("Green channel"), lambda s: _("yes") if s.has_green else None,
                   sort="has_green"),
            Column("clinic", gettext_lazy("Own clinic"), lambda s: _("yes") if s.has_clinic else None,
                   sort="has_clinic"),
            Column(
                "soonest", gettext_lazy("First contract to end"),
                lambda s: s.soonest - dt.timedelta(days=1) if s.soonest else None, kind="day", sort="soonest",
            ),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter(
                "covered",
                gettext_lazy("Covered"),
                lambda qs, v: qs.filter(Q(has_contract=True) | Q(has_clinic=True))
                if v == "yes"
                else qs.filter(has_contract=False, has_clinic=False),
                lambda a: [("yes", _("covered")), ("no", _("not covered"))],
            ),
            Filter("contract", gettext_lazy("Contract in force"), lambda qs, v: qs.filter(has_contract=True),
                   kind="bool"),
            Filter("green", gettext_lazy("Green channel"), lambda qs, v: qs.filter(has_green=True), kind="bool"),
            Filter("clinic", gettext_lazy("Own clinic"), lambda qs, v: qs.filter(has_clinic=True), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(Q(name__contains=text) | Q(name_initials__startswith=text.lower())),
        search_hint=_("Part of the name or pinyin initials"),
        default_sort=("name", "asc"),
        excel_right="medical.view",
        row_url=lambda s: reverse("medical:home", args=[s.pk]),
        empty=_("No home fits"),
        key="medical:homes",
        desk=(ROOM, "m_homes"),
    )


@page("medical.view")
def homes(request: StaffRequest) -> HttpResponse:
    """Which open homes are covered; the figures open the homes they count."""
    area = request.GET.get("region", "")
    area = area if area.isdigit() else ""
    return render_list(
        request, _homes_view(), queries.homes(request.user), "medical/homes.html",
        {
            "coverage": queries.coverage(request.user, area),
            "tail": f"&region={area}" if area else "",
            "crumbs": [*crumbs()[:-1], (_("Medical care"), None)],
        },
    )


@page("medical.view", also=("homes.view",))
def home(request: StaffRequest, pk: int) -> HttpResponse:
    """Medical care of one home: contracts, clinics, and the ways to enter them."""
    found = get_home(request.user, pk)
    request.user.require("medical.view", found.region_id, found.pk)
    contracts = queries.contracts_visible_to(request.user).filter(site=found)
    licences = queries.licences_visible_to(request.user).filter(site=found)
    return render(
        request,
        "medical/home.html",
        {
            "home": found,
            "contracts": [(c, *standing(c), last_day(c)) for c in contracts.select_related(
                "institution__organisation")],
            "licences": [(c, *standing(c), last_day(c)) for c in licences],
            "may_edit": request.user.scope("medical.contract").covers(found.region_id, found.pk),
            "may_refer": request.user.scope("medical.refer").covers(found.region_id, found.pk),
            "sees_referrals": request.user.scope("health.view").covers(found.region_id, found.pk),
            "crumbs": crumbs((found.name, None)),
        },
    )


def _contract_view(actor: Any) -> ListView:
    return ListView(
        title=_("Contracts with institutions"),
        columns=[
            Column("home", gettext_lazy("Care home"), lambda c: c.site.name, sort="site__name"),
            Column("with", gettext_lazy("Medical institution"), lambda c: c.institution.name,
                   sort="institution__organisation__name"),
            Column("covers", gettext_lazy("What it covers"), lambda c: "、".join(c.covers_words)),
            Column("since", gettext_lazy("In force from"), lambda c: c.period.lower, kind="day", sort="period"),
            Column("last", gettext_lazy("Last day"), last_day, kind="day", sort="period__endswith"),
            Column("state", gettext_lazy("State"), standing, kind="badge"),
            Column("paper", gettext_lazy("Paper"), lambda c: _("kept") if c.paper_id else _("missing")),
            Column("number", gettext_lazy("Number of the contract"), lambda c: c.number or None, default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("State"), _by_standing, lambda a: _standings()),
            Filter("covers", gettext_lazy("What it covers"), lambda qs, v: qs.filter(covers__contains=[v]),
                   lambda a: Contract.Cover.choices),
            Filter(
                "institution", gettext_lazy("Medical institution"), lambda qs, v: qs.filter(institution=v),
                lambda a: [(one.pk, one.name) for one in institutions_visible_to(a)],
            ),
            Filter("paper", gettext_lazy("Without its paper"), lambda qs, v: qs.filter(paper__isnull=True),
                   kind="bool"),
        ],
        search=lambda qs, text: qs.filter(
            Q(site__name__contains=text) | Q(institution__organisation__name__contains=text)
        ),
        search_hint=_("Part of the home's or the institution's name"),
        default_sort=("last", "asc"),
        excel_right="medical.view",
        row_url=lambda c: reverse("medical:contract", args=[c.pk]),
        empty=_("No contract is entered yet"),
        empty_text=_("Open a home and enter its contract there."),
        key="medical:contracts",
        desk=(ROOM, "m_contracts"),
    )


@page("medical.view")
def contracts(request: StaffRequest) -> HttpResponse:
    found = queries.contracts_visible_to(request.user).select_related("site", "institution__organisation")
    return render_list(
        request, _contract_view(request.user), found, "medical/list.html",
        {"crumbs": crumbs((_("Contracts with institutions"), None))},
    )


def _licence_view() -> ListView:
    return ListView(
        title=_("Clinics in homes"),
        subtitle=_("Medical units within homes, with their practice licence or filing."),
        columns=[
            Column("home", gettext_lazy("Care home"), lambda c: c.site.name, sort="site__name"),
            Column("name", gettext_lazy("Name on the licence"), lambda c: c.name, sort="name"),
            Column("unit", gettext_lazy("Kind of unit"), lambda c: c.get_unit_display(), sort="unit"),
            Column("kind", gettext_lazy("Licence or filing"), lambda c: c.get_kind_display(), sort="kind"),
            Column("subjects", gettext_lazy("For what it is licensed"), lambda c: c.subjects),
            Column(
                "insured", gettext_lazy("Designated by medical insurance"),
                lambda c: _("Not known") if c.insured is None else _("Yes") if c.insured else _("No"), sort="insured",
            ),
            Column("last", gettext_lazy("Last day"), last_day, kind="day", sort="period__endswith"),
            Column("state", gettext_lazy("State"), standing, kind="badge"),
            Column("number", gettext_lazy("Number of the licence or filing"), lambda c: c.number, default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("State"), _by_standing, lambda a: _standings()),
            Filter("unit", gettext_lazy("Kind of unit"), lambda qs, v: qs.filter(unit=v),
                   lambda a: Licence.Unit.choices),
            Filter("insured", gettext_lazy("Designated by medical insurance"), lambda qs, v: qs.filter(insured=True),
                   kind="bool"),
        ],
        search=lambda qs, text: qs.filter(Q(site__name__contains=text) | Q(name__contains=text)),
        search_hint=_("Part of the home's or the clinic's name"),
        default_sort=("last", "asc"),
        excel_right="medical.view",
        row_url=lambda c: reverse("medical:licence", args=[c.pk]),
        empty=_("No clinic is entered yet"),
        empty_text=_("Open a home and enter its clinic there."),
        key="medical:licences",
        desk=(ROOM, "m_licences"),
    )


@page("medical.view")
def licences(request: StaffRequest) -> HttpResponse:
    found = queries.licences_visible_to(request.user).select_related("site")
    return render_list(
        request, _licence_view(), found, "medical/list.html", {"crumbs": crumbs((_("Clinics in homes"), None))}
    )


def _enter(request: StaffRequest, pk: int, title: str, form: StaffForm, do: Callable[[dict[str, Any]], Any],
           to: str) -> HttpResponse:
    found = get_home(request.user, pk)
    request.user.require("medical.contract", found.region_id, found.pk)
    back = reverse("medical:home", args=[pk])
    context: dict[str, Any] = {
        "title": f"{title} · {found.name}",
        "save": _("Enter"),
        "back": back,
        "files": True,
        "crumbs": crumbs((found.name, back), (title, None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    try:
        made = do(dict(form.cleaned_data))
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("It is entered."))
    return HttpResponseRedirect(reverse(to, args=[made.pk]))


@page("medical.contract", methods=("GET", "POST"), also=("medical.view", "homes.view"))
def contract_new(request: StaffRequest, pk: int) -> HttpResponse:
    form = ContractForm(
        request.POST or None, request.FILES or None, actor=request.user, initial={"since": timezone.localdate()}
    )
    return _enter(
        request, pk, _("Enter a contract"), form,
        lambda data: actions.enter_contract(request.user, pk, data.pop("institution").pk, **data), "medical:contract",
    )


@page("medical.contract", methods=("GET", "POST"), also=("medical.view", "homes.view"))
def licence_new(request: StaffRequest, pk: int) -> HttpResponse:
    return _enter(
        request, pk, _("Enter a clinic"), LicenceForm(request.POST or None, request.FILES or None),
        lambda data: actions.enter_licence(request.user, pk, **data), "medical:licence",
    )


@page("medical.view")
def contract(request: StaffRequest, pk: int) -> HttpResponse:
    return _kept_page(request, queries.get_contract(request.user, pk))


@page("medical.view")
def licence(request: StaffRequest, pk: int) -> HttpResponse:
    return _kept_page(request, queries.get_licence(request.user, pk))


def _kept_page(request: StaffRequest, kept: Contract | Licence, status: int = 200, **forms: Any) -> HttpResponse:
    name = kept._meta.model_name
    what = kept.institution.name if isinstance(kept, Contract) else kept.name
    return render(
        request,
        "medical/kept.html",
        {
            "one": kept,
            "what": what,
            "is_contract": isinstance(kept, Contract),
            "state": standing(kept),
            "last": last_day(kept),
            "urls": {act: reverse(f"medical:{name}_{act}", args=[kept.pk]) for act in ("paper", "stop", "error")},
            "may_edit": kept.stopped_by_id is None
            and request.user.scope("medical.contract").covers(kept.site.region_id, kept.site_id),
            "paper_form": forms.get("paper") or PaperForm(prefix="paper"),
            "stop_form": forms.get("stop") or StopForm(prefix="stop", initial={"last": timezone.localdate()}),
            "error_form": forms.get("error") or ErrorForm(prefix="error"),
            "crumbs": crumbs((kept.site.name, reverse("medical:home", args=[kept.site_id])), (what, None)),
        },
        status=status,
    )


def version_of(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def _act(request: StaffRequest, kept: Contract | Licence, name: str, form: StaffForm,
         do: Callable[[dict[str, Any]], None]) -> HttpResponse:
    request.user.require("medical.contract", kept.site.region_id, kept.site_id)
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("It is recorded."))
            return HttpResponseRedirect(reverse(f"medical:{kept._meta.model_name}", args=[kept.pk]))
    return _kept_page(request, kept, 422, **{name: form})


def _paper(request: StaffRequest, kept: Contract | Licence) -> HttpResponse:
    return _act(request, kept, "paper", PaperForm(request.POST, request.FILES, prefix="paper"),
                lambda data: actions.add_paper(request.user, kept, version_of(request), data["file"]))


def _stop(request: StaffRequest, kept: Contract | Licence) -> HttpResponse:
    return _act(request, kept, "stop", StopForm(request.POST, prefix="stop"),
                lambda data: actions.stop(request.user, kept, version_of(request), data["last"], data["reason"]))


def _error(request: StaffRequest, kept: Contract | Licence) -> HttpResponse:
    return _act(request, kept, "error", ErrorForm(request.POST, prefix="error"),
                lambda data: actions.take_back(request.user, kept, version_of(request), data["reason"]))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def contract_paper(request: StaffRequest, pk: int) -> HttpResponse:
    return _paper(request, queries.get_contract(request.user, pk))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def contract_stop(request: StaffRequest, pk: int) -> HttpResponse:
    return _stop(request, queries.get_contract(request.user, pk))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def contract_error(request: StaffRequest, pk: int) -> HttpResponse:
    return _error(request, queries.get_contract(request.user, pk))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def licence_paper(request: StaffRequest, pk: int) -> HttpResponse:
    return _paper(request, queries.get_licence(request.user, pk))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def licence_stop(request: StaffRequest, pk: int) -> HttpResponse:
    return _stop(request, queries.get_licence(request.user, pk))


@page("medical.contract", methods=("POST",), also=("medical.view",))
def licence_error(request: StaffRequest, pk: int) -> HttpResponse:
    return _error(request, queries.get_licence(request.user, pk))
