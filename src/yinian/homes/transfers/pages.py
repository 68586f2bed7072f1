"""Pages of transfers: asking, moving at once, and the answer of the home that was asked."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.book import group_words
from yinian.homes.desks import ROOM
from yinian.homes.stays import queries as stays
from yinian.homes.stays.forms import today_for
from yinian.homes.stays.pages import done, version_of
from yinian.homes.transfers import actions, queries
from yinian.homes.transfers.forms import AcceptForm, AnswerForm, AskForm, DirectForm
from yinian.homes.transfers.models import Transfer


@page("homes.admit", methods=("POST",))
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    form = AskForm(request.POST, actor=request.user, home=found.bed.site, prefix="ask")
    return done(
        request, found, "transfer_ask", form,
        lambda d: actions.ask(request.user, pk, version, d["site"].pk, d["reason"]).stay,
        _("The home is asked; nothing moves before it answers."),
    )


@page("homes.admit", methods=("POST",))
def now(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = stays.get_stay(request.user, pk), version_of(request)
    form = DirectForm(request.POST, actor=request.user, home=found.bed.site, prefix="direct")
    return done(
        request, found, "transfer_now", form,
        lambda d: actions.transfer(request.user, pk, version, d["bed"].pk, d["on"], d["reason"]).arrived,
        _("The person is transferred; both homes are told."),
    )


@page("homes.view", also=("people.view",))
def transfer(request: StaffRequest, pk: int) -> HttpResponse:
    """One transfer: who, from where, why; for the home that was asked, the answer."""
    return _page(request, queries.get_transfer(request.user, pk))


def _page(
    request: StaffRequest, found: Transfer, status: int = 200, accept: AcceptForm | None = None,
    answer: AnswerForm | None = None,
) -> HttpResponse:
    home, admits = found.stay.bed.site, request.user.scope("homes.admit")
    waits = found.state == Transfer.State.ASKED
    sees = request.user.scope("people.view")
    return render(
        request,
        "homes/transfer.html",
        {
            "group_words": group_words,
            "transfer": found,
            "home": home,
            "age": age_on(found.stay.person.birth_date),
            "level": found.stay.levels.filter(period__endswith__isnull=True).first(),
            "waits": waits,
            "may_answer": waits and admits.covers(found.to_site.region_id, found.to_site_id),
            "may_withdraw": waits and admits.covers(home.region_id, home.pk),
            "sees_stay": sees.covers(home.region_id, home.pk),
            "sees_arrived": sees.covers(found.to_site.region_id, found.to_site_id),
            "accept": accept or AcceptForm(home=found.to_site, initial=today_for(), prefix="accept"),
            "answer": answer or AnswerForm(prefix="answer"),
        },
        status=status,
    )


def _answered(request: StaffRequest, found: Transfer, form: Any, do: Any, said: str, name: str) -> HttpResponse:
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("homes:transfer", args=[found.pk]))
    return _page(request, found, 422, **{name: form})


@page("homes.admit", methods=("POST",))
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = queries.get_asked(request.user, pk), version_of(request)
    return _answered(
        request, found, AcceptForm(request.POST, home=found.to_site, prefix="accept"),
        lambda d: actions.accept(request.user, pk, version, d["bed"].pk, d["on"]),
        _("The person is transferred; both homes are told."), "accept",
    )


@page("homes.admit", methods=("POST",))
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    found, version = queries.get_asked(request.user, pk), version_of(request)
    return _answered(
        request, found, AnswerForm(request.POST, prefix="answer"),
        lambda d: actions.decline(request.user, pk, version, d["answer"]), _("The home that asked is told."), "answer",
    )


@page("homes.admit", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_transfer(request.user, pk)
    actions.withdraw(request.user, pk, version_of(request), request.POST.get("reason", "")[:200])
    messages.success(request, _("The request is withdrawn."))
    return HttpResponseRedirect(reverse("homes:stay", args=[found.stay_id]))


def _tone(transfer: Transfer) -> tuple[str, str]:
    tones = {"asked": "warn", "accepted": "ok", "declined": "bad"}
    return str(transfer.get_state_display()), tones.get(transfer.state, "mute")


def _view() -> ListView:
    return ListView(
        title=_("Transfers"),
        subtitle=_("Residents who move, or are to move, from one home to another."),
        columns=[
            Column("name", _("Name"), lambda t: t.stay.person.name, sort="stay__person__name"),
            Column("home", _("From"), lambda t: t.stay.bed.site.name, sort="stay__bed__site__name"),
            Column("to", _("To which home"), lambda t: t.to_site.name, sort="to_site__name"),
            Column("state", _("State"), _tone, kind="badge", sort="state"),
            Column("asked", _("Asked on"), lambda t: t.asked_at, kind="day", sort="asked_at"),
            Column("moved", _("Moved on"), lambda t: t.arrived.period.lower if t.arrived else None, kind="day"),
            Column("reason", _("Reason"), lambda t: t.reason),
            Column("answer", _("Answer"), lambda t: t.answer or None, default=False),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Transfer.State.choices),
        ],
        default_sort=("asked", "desc"),
        excel_right="people.export",
        region_field="to_site__region__code",
        site_field="to_site",
        row_url=lambda t: reverse("homes:transfer", args=[t.pk]),
        empty=_("Nobody has been transferred yet"),
        key="homes:transfers",
        desk=(ROOM, "transfers"),
    )


@page("homes.view", also=("people.view",))
def transfers(request: StaffRequest) -> HttpResponse:
    found = queries.transfers_visible_to(request.user)
    return render_list(
        request, _view(), found.select_related("stay__person", "stay__bed__site", "to_site", "arrived")
    )
