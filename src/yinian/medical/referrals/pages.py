"""Pages of referrals: the list, one with its steps, referring up and down."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, form_status, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.beds.queries import get_home
from yinian.homes.stays import queries as stays
from yinian.medical.contracts.pages import version_of
from yinian.medical.contracts.queries import covering
from yinian.medical.desks import ROOM, crumbs
from yinian.medical.institutions.queries import visible_to as institutions_visible_to
from yinian.medical.referrals import actions, queries
from yinian.medical.referrals.forms import (
    AnswerForm,
    ArriveForm,
    DownForm,
    ReferForm,
    ReturnForm,
    TakeInForm,
    WhyForm,
)
from yinian.medical.referrals.models import OPEN, Referral
from yinian.places.models import Site
from yinian.places.sites.queries import home_choices

TONES = {
    "asked": "warn", "accepted": "info", "refused": "bad", "arrived": "warn", "returned": "ok", "stayed": "mute",
    "withdrawn": "mute",
}


def state_words(one: Referral) -> tuple[str, str]:
    return str(one.get_state_display()), TONES[one.state]


def _view() -> ListView:
    return ListView(
        title=_("Referrals"),
        subtitle=_("Residents referred to hospital, and people whom hospitals refer to homes."),
        columns=[
            Column("on", gettext_lazy("Referred on"), lambda r: r.asked_on, kind="day", sort="asked_on"),
            Column("name", gettext_lazy("Name"), lambda r: r.person.name, sort="person__name"),
            Column("home", gettext_lazy("Care home"), lambda r: r.site.name, sort="site__name"),
            Column("direction", gettext_lazy("Direction"), lambda r: r.get_direction_display(), sort="direction"),
            Column("with", gettext_lazy("Medical institution"), lambda r: r.institution.name,
                   sort="institution__organisation__name"),
            Column("urgency", gettext_lazy("How urgent"), lambda r: r.get_urgency_display(), sort="urgency"),
            Column("green", gettext_lazy("Green channel"), lambda r: _("yes") if r.green else None, sort="green"),
            Column("state", gettext_lazy("State"), state_words, kind="badge", sort="state"),
            Column("arrived", gettext_lazy("Arrived on"), lambda r: r.arrived_on, kind="day", sort="arrived_on"),
            Column("ended", gettext_lazy("Ended on"), lambda r: r.ended_on, kind="day", sort="ended_on"),
            Column("paper", gettext_lazy("Discharge summary"), lambda r: _("kept") if r.discharge_id else None,
                   default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("home", gettext_lazy("Care home"), lambda qs, v: qs.filter(site=v), home_choices("health.view")),
            Filter("direction", gettext_lazy("Direction"), lambda qs, v: qs.filter(direction=v),
                   lambda a: Referral.Direction.choices),
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v), lambda a: Referral.State.choices),
            Filter("open", gettext_lazy("Not ended yet"), lambda qs, v: qs.filter(state__in=OPEN), kind="bool"),
            Filter("green", gettext_lazy("Green channel"), lambda qs, v: qs.filter(green=True), kind="bool"),
            Filter(
                "institution", gettext_lazy("Medical institution"), lambda qs, v: qs.filter(institution=v),
                lambda a: [(one.pk, one.name) for one in institutions_visible_to(a)],
            ),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(asked_on__gte=v), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(asked_on__lte=v), kind="date_to"),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("on", "desc"),
        excel_right="people.export",
        region_field="site__region__code",
        site_field="site",
        row_url=lambda r: reverse("medical:referral", args=[r.pk]),
        empty=_("Nobody was referred"),
        empty_text=_("Refer a resident from the page of their stay; enter one from hospital on the page of the home."),
        key="medical:referrals",
        desk=(ROOM, "m_referrals"),
    )


@page("health.view", also=("people.view", "medical.view"))
def referrals(request: StaffRequest) -> HttpResponse:
    return render_list(
        request, _view(), queries.listed(request.user), "medical/list.html", {"crumbs": crumbs((_("Referrals"), None))}
    )


@page("medical.refer", methods=("GET", "POST"), also=("people.view", "homes.view", "health.view"))
def refer(request: StaffRequest, pk: int) -> HttpResponse:
    """Refer a resident to hospital."""
    stay = stays.get_stay(request.user, pk)
    home = stay.bed.site
    request.user.require("medical.refer", home.region_id, home.pk)
    standing = queries.open_of(stay.person_id)
    if standing is not None and standing.site_id == home.pk:
        return HttpResponseRedirect(reverse("medical:referral", args=[standing.pk]))
    with_green = [
        one.name for one in institutions_visible_to(request.user) if covering(home, one, "green") is not None
    ]
    context: dict[str, Any] = {
        "title": _("Refer to hospital: %(name)s") % {"name": stay.person.name},
        "save": _("Refer, and print the paper"),
        "back": reverse("homes:stay", args=[pk]),
        "note": _("Green channel by contract: %(names)s.") % {"names": "、".join(with_green)}
        if with_green
        else _("No contract in force of this home covers a green channel: it goes as an ordinary referral."),
        "crumbs": crumbs((home.name, reverse("medical:home", args=[home.pk])), (_("Refer to hospital"), None)),
    }
    form = ReferForm(request.POST or None, actor=request.user)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        made = actions.refer(request.user, pk, data.pop("institution").pk, **data)
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The referral is entered and its paper issued; enter the hospital's answer here."))
    return HttpResponseRedirect(reverse("medical:referral", args=[made.pk]))


@page("medical.refer", methods=("GET", "POST"),
      also=("people.view", "homes.view", "health.view", "homes.admit", "medical.view"))
def refer_down(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter that a hospital asks the home to take somebody. Finding is a POST: names stay out of addresses."""
    home = get_home(request.user, pk)
    request.user.require("medical.refer", home.region_id, home.pk)
    if request.method != "POST":
        return _down(request, home, DownForm(actor=request.user), None)
    text = request.POST.get("find", "")[:60]
    if "search" in request.POST:
        kept = DownForm(actor=request.user, initial={
            name: request.POST.get(name, "") for name in ("institution", "asked_who", "urgency", "reason")})
        try:
            found = stays.candidates(request.user, home, text)
        except Refused as refusal:
            return _down(request, home, kept, None, 422, refusal.fields.get("find") or str(refusal))
        return _down(request, home, kept, found)
    form = DownForm(request.POST, actor=request.user)
    chosen, _sep, proof = request.POST.get("choice", "").partition(" ")
    if not chosen.isdigit():
        form.is_valid()
        return _down(request, home, form, None, 422, _("Choose who is to come, or find them."))
    if not form.is_valid():
        return _down(request, home, form, None, 422)
    data = dict(form.cleaned_data)
    try:
        made = actions.refer_down(request.user, pk, int(chosen), proof, data.pop("institution").pk, **data)
    except Refused as refusal:
        form.refuse(refusal)
        return _down(request, home, form, None, 422)
    messages.success(request, _("The hospital's request is entered; answer it here."))
    return HttpResponseRedirect(reverse("medical:referral", args=[made.pk]))


def _down(request: StaffRequest, home: Site, form: StaffForm, found: list[stays.Candidate] | None, status: int = 200,
          problem: str = "") -> HttpResponse:
    return render(
        request,
        "medical/refer_down.html",
        {
            "home": home,
            "form": form,
            "found": found,
            "residents": queries.in_hospital(home),
            "find": request.POST.get("find", "")[:60],
            "choice": request.POST.get("choice", ""),
            "problem": problem,
            "crumbs": crumbs((home.name, reverse("medical:home", args=[home.pk])),
                             (_("Take somebody from hospital"), None)),
        },
        status=status if status != 200 else form_status(form),
    )


@dataclass
class Act:
    """A step that can be taken now: its form, unfolded where it came back with errors."""

    name: str
    title: str
    verb: str
    form: StaffForm
    kind: str = "primary"
    text: str = ""
    files: bool = False

    @property
    def open(self) -> bool:
        return self.form.is_bound


def _acts(one: Referral, bound: dict[str, StaffForm]) -> list[Act]:
    """The steps possible now, the most likely first."""

    def act(name: str, title: str, verb: str, blank: type[StaffForm], **more: Any) -> Act:
        return Act(name, title, verb, bound.get(name) or blank(prefix=name), **more)

    found = []
    emergency = one.state == Referral.State.ASKED and one.urgency == Referral.Urgency.EMERGENCY
    if one.is_up and (one.state == Referral.State.ACCEPTED or emergency):
        found.append(act("arrive", _("Is in hospital now"), _("Enter the arrival"), ArriveForm,
                         text=_("The absence of the resident begins with it; the bed stays theirs.")))
    if one.state == Referral.State.ASKED:
        words = _("The hospital's answer") if one.is_up else _("The home's answer")
        found.append(act("answer", words, _("Enter the answer"), AnswerForm))
    if not one.is_up and one.state == Referral.State.ACCEPTED:
        found.append(act("take_in", _("Has arrived in the home"), _("Enter the arrival"), TakeInForm, files=True,
                         text=_("The absence of a resident ends with it; who is new is admitted to a bed first.")))
    if one.state == Referral.State.ARRIVED:
        found.append(act("back", _("Is back in the home"), _("Enter the return"), ReturnForm, files=True,
                         text=_("The absence ends with it.")))
        found.append(act("stayed", _("Did not come back"), _("Close the referral"), WhyForm,
                         text=_("Once the stay in the home has ended: moved elsewhere, or died.")))
    if one.state in (Referral.State.ASKED, Referral.State.ACCEPTED):
        found.append(act("withdraw", _("Withdraw"), _("Withdraw the referral"), WhyForm, kind="danger"))
    return found


def _page(request: StaffRequest, one: Referral, status: int = 200, **bound: StaffForm) -> HttpResponse:
    may = request.user.scope("medical.refer").covers(one.site.region_id, one.site_id)
    stay = queries.stay_now(one.person_id, one.site_id)
    back: dt.date | None = None
    if one.state == Referral.State.ARRIVED and one.absence is not None:
        back = one.absence.period.upper
    return render(
        request,
        "medical/referral.html",
        {
            "one": one,
            "state": state_words(one),
            "acts": _acts(one, bound) if may and one.is_open else [],
            "stay": stay,
            "to_admit": may and stay is None and not one.is_up and one.state == Referral.State.ACCEPTED,
            "back": back,
            "crumbs": crumbs((_("Referrals"), reverse("medical:referrals")), (one.person.name, None)),
        },
        status=status,
    )


@page("health.view", also=("people.view",))
def referral(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_referral(request.user, pk))


def _act(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Callable[[dict[str, Any]], Any],
         said: str) -> HttpResponse:
    one = queries.get_referral(request.user, pk)
    request.user.require("medical.refer", one.site.region_id, one.site_id)
    if form.is_valid():
        try:
            do(dict(form.cleaned_data))
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("medical:referral", args=[pk]))
    return _page(request, one, 422, **{name: form})


_ALSO = ("health.view", "people.view")


@page("medical.refer", methods=("POST",), also=_ALSO)
def referral_answer(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "answer", AnswerForm(request.POST, prefix="answer"),
                lambda data: actions.answer(request.user, pk, version_of(request), **data),
                _("The answer is entered."))


@page("medical.refer", methods=("POST",), also=(*_ALSO, "homes.view", "homes.admit"))
def referral_arrive(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "arrive", ArriveForm(request.POST, prefix="arrive"),
                lambda data: actions.arrive(request.user, pk, version_of(request), **data),
                _("The arrival is entered; the absence runs."))


@page("medical.refer", methods=("POST",), also=(*_ALSO, "homes.view", "homes.admit"))
def referral_back(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "back", ReturnForm(request.POST, request.FILES, prefix="back"),
                lambda data: actions.come_back(request.user, pk, version_of(request), **data),
                _("The return is entered."))


@page("medical.refer", methods=("POST",), also=(*_ALSO, "homes.view", "homes.admit"))
def referral_take_in(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "take_in", TakeInForm(request.POST, request.FILES, prefix="take_in"),
                lambda data: actions.take_in(request.user, pk, version_of(request), **data),
                _("The arrival is entered."))


@page("medical.refer", methods=("POST",), also=_ALSO)
def referral_stayed(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "stayed", WhyForm(request.POST, prefix="stayed"),
                lambda data: actions.did_not_come_back(request.user, pk, version_of(request), data["why"]),
                _("The referral is closed."))


@page("medical.refer", methods=("POST",), also=_ALSO)
def referral_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "withdraw", WhyForm(request.POST, prefix="withdraw"),
                lambda data: actions.withdraw(request.user, pk, version_of(request), data["why"]),
                _("The referral is withdrawn."))
