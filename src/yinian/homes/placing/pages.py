"""Pages of proposals: the list, drawing one up, one proposal before and after with its moves, one move."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on, day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care.book import book
from yinian.homes.placing import actions, queries, words
from yinian.homes.placing.forms import AnswerForm, DrawUpForm
from yinian.homes.placing.models import Move, Rebalancing, Unmoved
from yinian.homes.stays.pages import person_url
from yinian.places.models import Site

TONES = {Move.State.PROPOSED: "warn", Move.State.AGREED: "info", Move.State.REFUSED: "mute"}


def _crumbs(*last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Homes and beds"), reverse("homes:list")), (_("Who would better live where"), reverse("homes:balances")),
            *last]  # fmt: skip


def _title(proposal: Rebalancing) -> str:
    return _("%(county)s, %(day)s") % {"county": proposal.region.name, "day": day(proposal.as_of)}


@page("homes.balance")
def balances(request: StaffRequest) -> HttpResponse:
    """Every proposal, the latest first."""
    view = ListView(
        title=_("Who would better live where"),
        subtitle=_("Proposals over all homes of the county: by ability level, then by distance. Nobody is moved by a "
                   "proposal; each move is asked for and answered by the person or their kin."),
        columns=[
            Column("day", _("As of"), lambda one: one.as_of, kind="day", sort="as_of"),
            Column("county", _("County"), lambda one: one.region.name, sort="region_id"),
            Column("moves", _("Proposed moves"), lambda one: one.counts["moves"], kind="number"),
            Column("wrong", _("In a home that does not take their level"), lambda one: one.counts["wrong_before"],
                   kind="number"),
            Column("then", _("after the moves"), lambda one: one.counts["wrong_after"], kind="number"),
            Column("by", _("Drawn up by"), lambda one: one.made_by.full_name),
            Column("made", _("Drawn up at"), lambda one: one.made_at, kind="moment", sort="made_at"),
        ],
        default_sort=("made", "desc"), excel_right="homes.balance", region_field="region__code",
        row_url=lambda one: reverse("homes:balance", args=[one.pk]), desk=("homes", "balances"),
        empty=_("No proposal yet"),
        empty_text=_("Draw one up: it takes the residents of today and those who wish for a place."),
    )  # fmt: skip
    return render_list(request, view, queries.visible_to(request.user), "homes/balances.html", {
        "crumbs": [(_("Homes and beds"), reverse("homes:list")), (_("Who would better live where"), None)],
    })  # fmt: skip


@page("homes.balance", methods=("GET", "POST"))
def draw_up(request: StaffRequest) -> HttpResponse:
    counties = list(queries.counties(request.user))
    form = DrawUpForm(request.POST or None, counties=counties)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            job = actions.draw_up(request.user, given["region"], given["beyond_km"], waiting=given["waiting"])
            return HttpResponseRedirect(reverse("core:job", args=[job.pk]))
        except Refused as error:
            refusal = error
    return render_form(
        request, "homes/form.html", form, refusal=refusal, title=_("Draw up a proposal"), save=_("Work it out"),
        back=reverse("homes:balances"), crumbs=_crumbs((_("Draw up a proposal"), None)),
    )  # fmt: skip


def _by_name(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    if text.isascii():
        return queryset.filter(person__name_initials__startswith=text.lower())
    return queryset.filter(person__name__startswith=text)


def _moves_view(proposal: Rebalancing) -> ListView:
    def sites(actor: Any) -> list[tuple[int, str]]:
        return [(home["id"], home["name"]) for home in proposal.homes]

    return ListView(
        title=_title(proposal),
        subtitle=_("Drawn up by %(who)s. Distances are as the crow flies, from where kin live in the county, else from "
                   "the own village.") % {"who": proposal.made_by.full_name},
        columns=[
            Column("name", _("Name"), lambda one: one.person.name, sort="person__name"),
            Column("age", _("Age"), lambda one: age_on(one.person.birth_date), kind="number",
                   sort="person__birth_date"),
            Column("level", _("Ability level"), lambda one: words.level_words(one.level), sort="level"),
            Column("from", _("Now lives in"), lambda one: one.from_site.name if one.from_site else _("no home yet"),
                   sort="from_site__name"),
            Column("to", _("Would better live in"), lambda one: one.to_site.name, sort="to_site__name"),
            Column("why", _("Reason"), lambda one: one.get_why_display(), sort="why"),
            Column("near", _("Distance counted from"), words.near_words),
            Column("before", _("Now (km)"), lambda one: words.km(one.metres_before), sort="metres_before"),
            Column("after", _("Then (km)"), lambda one: words.km(one.metres_after), sort="metres_after"),
            Column("state", _("State"), _state, kind="badge", sort="state"),
            Column("reasons", _("Explanation"), lambda one: " ".join(words.reasons(one)), default=False),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda a: Move.State.choices),
            Filter("why", _("Reason"), lambda qs, v: qs.filter(why=v), lambda a: Move.Why.choices),
            Filter("from", _("Now lives in"), lambda qs, v: qs.filter(from_site=v), sites),
            Filter("to", _("Would better live in"), lambda qs, v: qs.filter(to_site=v), sites),
            Filter("due", _("Agreed, not moved yet"), lambda qs, v: qs.filter(state=Move.State.AGREED, done=False),
                   kind="bool"),
        ],
        search=_by_name, search_hint=_("Person's name or pinyin initials"), default_sort=("why", "desc"),
        excel_right="homes.balance", region_field="proposal__region__code",
        row_url=lambda one: reverse("homes:move", args=[one.pk]),
        empty=_("Everybody lives where they should"), empty_text=_("Nobody is proposed to move."),
        key="homes:moves",
    )  # fmt: skip


def _state(move: Any) -> tuple[str, str]:
    if move.done:
        return _("Lives there now"), "ok"
    return move.get_state_display(), TONES[move.state]


def _homes_table(proposal: Rebalancing) -> tuple[list[str], list[list[Any]]]:
    """Each home before and after: residents, by level, how many are wrong there, how far they come from."""
    heads = [_("Care home"), _("Usable beds"), _("Residents"), _("Severe or total"), _("Level not taken here"),
             _("Average distance (km)"), _("Carers"), _("By its staff, more who need full care")]  # fmt: skip
    rows: list[list[Any]] = []
    for home in proposal.homes:
        pair = []
        for side in ("before", "after"):
            found = home[side]
            people = found.get("people", 0)
            heavy = found.get("level3", 0) + found.get("level4", 0)
            metres = found.get("metres", 0)
            more = _("too few carers") if found.get("short") else found.get("more", "–")
            pair.append(
                (people, heavy, found.get("wrong", 0), f"{metres / people / 1000:.1f}" if people else "–", more)
            )
        cells = [f"{now} → {then}" if now != then else str(now) for now, then in zip(*pair, strict=True)]
        # As texts, all of them: a column is not half to the left and half to the right.
        rows.append([home["name"], str(home["beds"]), *cells[:-1], str(home.get("carers", "–")), cells[-1]])
    return heads, rows


def _staff_words(proposal: Rebalancing) -> str:
    """The ratio that was a limit, with its clause and where it was borrowed from; empty where none is on file."""
    clauses = proposal.staffing.get("clauses") or []
    if not clauses:
        return ""
    groups = [
        _("%(group)s 1 to %(n)s") % {"group": book().groups[group].label, "n": per}
        for group, per in proposal.staffing["per"].items()
    ]
    source = clauses[0]["document"] + (f"，{clauses[0]['reference']}" if clauses[0]["reference"] else "")
    return _("Staff as a limit: one carer to so many residents, %(groups)s (%(source)s).") % {
        "groups": _(", ").join(groups), "source": source
    }


@page("homes.balance", also=("people.view",))
def balance(request: StaffRequest, pk: int) -> HttpResponse:
    """One proposal: the homes before and after, and every move."""
    proposal = queries.get_proposal(request.user, pk)
    moves = queries.moves_visible_to(request.user).filter(proposal=proposal)
    heads, rows = _homes_table(proposal)
    return render_list(request, _moves_view(proposal), moves, "homes/balance.html", {
        "proposal": proposal, "heads": heads, "rows": rows, "crumbs": _crumbs((_title(proposal), None)),
        "rules": [words.rule_words(rule) for rule in proposal.rules],
        "km": {side: words.km(proposal.counts[f"metres_{side}"]) for side in ("before", "after")},
        "staffing": _staff_words(proposal), "no_staff": proposal.staffing.get("unknown") or [],
    })  # fmt: skip


def _unmoved_view(proposal: Rebalancing) -> ListView:
    def sites(actor: Any) -> list[tuple[int, str]]:
        return [(home["id"], home["name"]) for home in proposal.homes]

    return ListView(
        title=_("Nothing better found"), subtitle=_title(proposal),
        columns=[
            Column("name", _("Name"), lambda one: one.person.name, sort="person__name"),
            Column("age", _("Age"), lambda one: age_on(one.person.birth_date), kind="number",
                   sort="person__birth_date"),
            Column("level", _("Ability level"), lambda one: words.level_words(one.level), sort="level"),
            Column("site", _("Now lives in"), words.unmoved_where, sort="site__name"),
            Column("why", _("Reason"), lambda one: one.get_why_display(), sort="why"),
            Column("reasons", _("Explanation"), lambda one: " ".join(words.stays_because(one))),
        ],
        filters=[
            Filter("why", _("Reason"), lambda qs, v: qs.filter(why=v), lambda a: Unmoved.Why.choices),
            Filter("site", _("Now lives in"), lambda qs, v: qs.filter(site=v), sites),
            Filter("waits", _("Has no place in a home"), lambda qs, v: qs.filter(site__isnull=True), kind="bool"),
            Filter("wrong", _("Home does not take the level"), lambda qs, v: qs.filter(wrong=True), kind="bool"),
        ],
        search=_by_name, search_hint=_("Person's name or pinyin initials"), default_sort=("why", "asc"),
        excel_right="homes.balance", region_field="proposal__region__code",
        row_url=lambda one: person_url(one.person_id),
        empty=_("Something was found for everybody"),
        empty_text=_("Who lives where they should is not listed here."), key="homes:unmoved",
    )  # fmt: skip


@page("homes.balance", also=("people.view",))
def unmoved(request: StaffRequest, pk: int) -> HttpResponse:
    """Who should live elsewhere, or waits, and for whom one proposal found nothing better; and why."""
    proposal = queries.get_proposal(request.user, pk)
    rows = queries.unmoved_visible_to(request.user).filter(proposal=proposal)
    return render_list(request, _unmoved_view(proposal), rows, "homes/unmoved.html", {
        "crumbs": _crumbs((_title(proposal), reverse("homes:balance", args=[proposal.pk])),
                          (_("Nothing better found"), None)),
    })  # fmt: skip


@page("homes.balance", methods=("GET", "POST"), also=("people.view",))
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """One move with its reasons, and the answer to it."""
    found = queries.get_move(request.user, pk)
    stay = queries.stay_of(found)
    refusal, form = None, AnswerForm(initial={"on": timezone.localdate()})
    if request.method == "POST":
        form = AnswerForm(request.POST)
        version = request.POST.get("version", "")
        if form.is_valid():
            given = form.cleaned_data
            try:
                actions.answer(
                    request.user, found.pk, int(version) if version.isdigit() else 0, agreed=given["agreed"] == "yes",
                    whom=given["whom"], name=given["name"], how=given["how"], on=given["on"], note=given["note"],
                )  # fmt: skip
                messages.success(request, _("The answer is kept."))
                return HttpResponseRedirect(reverse("homes:move", args=[found.pk]))
            except Refused as error:
                refusal = error
    proposal = found.proposal
    here: Site | None = stay.bed.site if stay else None
    return render_form(
        request, "homes/move.html", form, refusal=refusal, move=found, reasons=words.reasons(found), stay=stay,
        here=here, state=_state(found), level=words.level_words(found.level), person_url=person_url(found.person_id),
        crumbs=_crumbs((_title(proposal), reverse("homes:balance", args=[proposal.pk])), (found.person.name, None)),
        may_admit=request.user.scope("homes.admit").covers(found.to_site.region_id, found.to_site_id),
        may_ask=here is not None and here.pk != found.to_site_id
        and request.user.scope("homes.admit").covers(here.region_id, here.pk),
    )  # fmt: skip
