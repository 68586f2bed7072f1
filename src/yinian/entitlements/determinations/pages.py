"""Pages of determinations: the list, one with its history, proposing a change, and what waits for the checker."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on, day, label, yuan
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.regions.models import Level
from yinian.core.users.models import User
from yinian.entitlements import grounds
from yinian.entitlements.determinations import actions, queries
from yinian.entitlements.determinations.forms import AnswerForm, ProposeForm
from yinian.entitlements.lists import place_of
from yinian.entitlements.models import CycleLine, Determination, Event, Proposal
from yinian.entitlements.pages import overview_url
from yinian.people.models import Person
from yinian.people.persons.panels import person_panel
from yinian.people.persons.queries import search as search_people
from yinian.people.persons.timeline import entry, timeline_source

TONES = {"in_force": "ok", "suspended": "warn", "stopped": "mute"}
EVENT_TONES = {"granted": "ok", "amount_changed": "info", "suspended": "warn", "resumed": "ok", "stopped": "bad"}
EVENT_ICONS = {"granted": "check", "amount_changed": "adjustments", "suspended": "player-pause",
               "resumed": "player-play", "stopped": "player-stop"}
PROPOSAL_TONES = {"found": "warn", "proposed": "info", "confirmed": "ok", "rejected": "bad", "dropped": "mute"}


def determinations_url(region: str = "", **more: str) -> str:
    query = {"region": region, **more}
    return reverse("entitlements:determinations") + "?" + urlencode({k: v for k, v in query.items() if v})


def amount_words(fen: int | None, unit: str) -> str:
    """每月100元; "no money" where the service gives none."""
    from yinian.entitlements import words

    return words.amount_words(fen, unit) if fen is not None else _("no money")


def _services(actor: User) -> list[tuple[str, str]]:
    rows = queries.visible_to(actor).order_by("service_id").values_list("service_id", "label").distinct("service_id")
    return [(service, label(words)) for service, words in rows]


def search_by(field: str) -> Any:
    def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        people = search_people(Person.objects.filter(pk__in=rows.values(field)), text)
        return rows.filter(**{f"{field}__in": people.values("pk")})

    return search


def person_columns(of: Any, prefix: str) -> list[Column]:
    return [
        Column("name", _("Name"), lambda x: of(x).name, kind="link", sort=f"{prefix}__name_pinyin"),
        Column("age", _("Age"), lambda x: age_on(of(x).birth_date), kind="number", sort=f"{prefix}__birth_date"),
        Column("village", _("Village"), lambda x: place_of(of(x), Level.VILLAGE), sort=f"{prefix}__region_id"),
        Column("town", _("Town"), lambda x: place_of(of(x), Level.TOWN)),
    ]


def _list() -> ListView:
    return ListView(
        title=_("Grants"),
        subtitle=_("What was granted to whom, since when, at what amount; as decided by cycles and applications."),
        columns=[
            *person_columns(lambda d: d.person, "person"),
            Column("service", _("Service"), lambda d: label(d.label), sort="service_id"),
            Column("amount", _("Amount"), lambda d: amount_words(d.amount_fen, d.unit)),
            Column("since", _("Since"), lambda d: d.period.lower, kind="day", sort="period"),
            Column("until", _("Until"), lambda d: d.period.upper, kind="day", default=False),
            Column("origin", _("Granted by"), lambda d: d.get_origin_display(), default=False),
            Column("state", _("State"), lambda d: (d.get_state_display(), TONES[d.state]), kind="badge"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v),
                   kind="region"),
            Filter("service", gettext_lazy("Service"), lambda qs, v: qs.filter(service_id=v), _services),
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v),
                   lambda actor: Determination.State.choices),
            Filter("origin", gettext_lazy("Granted by"), lambda qs, v: qs.filter(origin=v),
                   lambda actor: Determination.Origin.choices),
        ],
        search=search_by("person"),
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, village"),
        default_sort=("pk", "desc"),
        excel_right="entitlements.export",
        region_field="person__region__code",
        row_url=lambda d: reverse("entitlements:determination", args=[d.pk]),
        empty=_("Nothing was granted yet"),
        empty_text=_("Grants come from approved cycles and applications."),
        key="entitlements.determinations",
    )


@page("entitlements.names")
def determinations(request: StaffRequest) -> HttpResponse:
    """Everything granted in an area, with filters and Excel."""
    return render_list(request, _list(), queries.visible_to(request.user), "entitlements/determinations.html", {
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Grants"), None)],
    })


def event_entry(event: Event) -> dict[str, Any]:
    """An event as the timeline shows it."""
    money = f" · {amount_words(event.amount_fen, event.determination.unit)}" if event.amount_fen else ""
    who = _("%(maker)s, checked by %(checker)s") % {
        "maker": event.actor.full_name, "checker": event.checker.full_name}
    decided = _("decided %(day)s") % {"day": day(event.at)}
    return {
        "at": event.on, "title": f"{event.get_kind_display()}{money}", "text": event.reason,
        "who": f"{who} · {decided}", "tone": EVENT_TONES[event.kind],
        "icon": EVENT_ICONS[event.kind],
        "url": reverse("core:document", args=[event.notice_id]) if event.notice_id else "",
    }


@page("entitlements.names")
def determination(request: StaffRequest, pk: int) -> HttpResponse:
    """One grant: what it gives, what it rests on, every decision about it, what was paid."""
    found = queries.get_determination(request.user, pk)
    events = queries.events_of([found])
    lines = (
        CycleLine.objects.filter(determination=found).exclude(cycle__state="cancelled").select_related("cycle")
        .order_by("-month")[:24]
    )
    proposals = list(found.proposals.select_related("maker", "checker"))
    return render(request, "entitlements/determination.html", {
        "determination": found, "person": found.person, "name": label(found.label), "tone": TONES[found.state],
        "amount": amount_words(found.amount_fen, found.unit), "basis": grounds.cited(found.basis),
        "events": [event_entry(event) for event in reversed(events)], "lines": lines, "yuan": yuan,
        "open": next((p for p in proposals if p.state in ("found", "proposed")), None), "proposals": proposals,
        "proposal_tones": PROPOSAL_TONES,
        "may_propose": found.state != Determination.State.STOPPED
        and request.user.scope("entitlements.propose").covers(found.person.region_id),
        "place": f"{place_of(found.person, Level.TOWN)} {place_of(found.person, Level.VILLAGE)}",
        "sees_person": request.user.scope("people.view").covers(found.person.region_id),
        "notices": [event for event in events if event.notice_id],
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Grants"), reverse("entitlements:determinations")),
                   (found.person.name, None)],
    })


@page("entitlements.propose", methods=("GET", "POST"))
def propose(request: StaffRequest, pk: int) -> HttpResponse:
    """Propose to suspend, resume or stop a grant."""
    found = queries.get_determination(request.user, pk)
    request.user.require("entitlements.propose", found.person.region_id)
    open_ = found.proposals.filter(state=Proposal.State.FOUND).first()
    initial: dict[str, Any] = {"on": timezone.localdate()}
    if open_ is not None:
        initial = {"kind": open_.kind, "on": open_.on, "reason": open_.reason}
    form = ProposeForm(request.POST or None, state=found.state, initial=initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.propose(request.user, pk, form.cleaned_data["kind"], form.cleaned_data["on"],
                                   form.cleaned_data["reason"])
            messages.success(request, _("Proposed. Somebody else at the county decides; until then nothing changes."))
            return HttpResponseRedirect(reverse("entitlements:proposal", args=[made.pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/propose.html", form, refusal=refusal, determination=found, name=label(found.label),
        found=open_, amount=amount_words(found.amount_fen, found.unit), tone=TONES[found.state],
        crumbs=[(_("Services and dues"), overview_url("")), (_("Grants"), reverse("entitlements:determinations")),
                (found.person.name, reverse("entitlements:determination", args=[pk])), (_("Propose a change"), None)],
    )


def _proposals_list() -> ListView:
    return ListView(
        title=_("Changes of grants"),
        subtitle=_("What runs found and officers proposed; nothing is changed before two people have decided."),
        columns=[
            *person_columns(lambda p: p.determination.person, "determination__person"),
            Column("service", _("Service"), lambda p: label(p.determination.label), sort="determination__service_id"),
            Column("kind", _("Proposed change"), lambda p: p.get_kind_display()),
            Column("on", _("Takes effect on"), lambda p: p.on, kind="day", sort="on"),
            Column("cause", _("Cause"), lambda p: p.get_cause_display()),
            Column("reason", _("Reason"), lambda p: p.reason),
            Column("maker", _("Proposed by"), lambda p: p.maker.full_name if p.maker else None),
            Column("checker", _("Decided by"), lambda p: p.checker.full_name if p.checker else None, default=False),
            Column("state", _("State"), lambda p: (p.get_state_display(), PROPOSAL_TONES[p.state]), kind="badge"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(determination__person__region__code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v),
                   lambda actor: Proposal.State.choices),
            Filter("cause", gettext_lazy("Cause"), lambda qs, v: qs.filter(cause=v),
                   lambda actor: Proposal.Cause.choices),
            Filter("kind", gettext_lazy("Proposed change"), lambda qs, v: qs.filter(kind=v),
                   lambda actor: Proposal.Kind.choices),
        ],
        search=search_by("determination__person"),
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, village"),
        default_sort=("pk", "desc"),
        excel_right="entitlements.export",
        region_field="determination__person__region__code",
        row_url=lambda p: reverse("entitlements:proposal", args=[p.pk]),
        empty=_("No change waits"),
        empty_text=_("When a run finds that a grant may have to stop, it stands here."),
        key="entitlements.proposals",
    )


@page("entitlements.names")
def proposals(request: StaffRequest) -> HttpResponse:
    """What runs found and officers proposed."""
    return render_list(request, _proposals_list(), queries.proposals_visible_to(request.user),
                       "entitlements/proposals.html",
                       {"crumbs": [(_("Services and dues"), overview_url("")), (_("Changes of grants"), None)]})


@page("entitlements.names")
def proposal(request: StaffRequest, pk: int) -> HttpResponse:
    """One proposal: what, why, by whom; and, for the checker, the decision."""
    found = queries.get_proposal(request.user, pk)
    grant = found.determination
    county = grant.region_code[:6]
    checks = found.state == Proposal.State.PROPOSED and request.user.scope("entitlements.check").covers(county)
    own = checks and request.user.identity_index is not None and bytes(request.user.identity_index) == bytes(
        found.maker_key or b""
    )
    return render(request, "entitlements/proposal.html", {
        "proposal": found, "determination": grant, "name": label(grant.label), "tone": PROPOSAL_TONES[found.state],
        "amount": amount_words(grant.amount_fen, grant.unit), "grant_tone": TONES[grant.state],
        "checks": checks and not own, "own_proposal": own,
        "takes_up": found.state == Proposal.State.FOUND
        and request.user.scope("entitlements.propose").covers(grant.person.region_id),
        "place": f"{place_of(grant.person, Level.TOWN)} {place_of(grant.person, Level.VILLAGE)}",
        "crumbs": [(_("Services and dues"), overview_url("")),
                   (_("Changes of grants"), reverse("entitlements:proposals")), (grant.person.name, None)],
    })


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else -1


@page("entitlements.check", methods=("POST",))
def proposal_confirm(request: StaffRequest, pk: int) -> HttpResponse:
    event = actions.confirm(request.user, pk, _version(request))
    messages.success(request, _("Decided: %(what)s, from %(day)s on.") % {
        "what": event.get_kind_display(), "day": day(event.on)})
    return HttpResponseRedirect(reverse("entitlements:determination", args=[event.determination_id]))


@page("entitlements.check", methods=("GET", "POST"))
def proposal_reject(request: StaffRequest, pk: int) -> HttpResponse:
    """Say why a proposal is rejected."""
    found = queries.get_proposal(request.user, pk)
    request.user.require("entitlements.check", found.determination.region_code[:6])
    form = AnswerForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.reject(request.user, pk, _version(request), form.cleaned_data["answer"])
            messages.success(request, _("Rejected; the grant stays as it is."))
            return HttpResponseRedirect(reverse("entitlements:proposal", args=[pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/proposal_reject.html", form, refusal=refusal, proposal=found,
        name=label(found.determination.label),
        crumbs=[(_("Services and dues"), overview_url("")),
                (_("Changes of grants"), reverse("entitlements:proposals")),
                (found.determination.person.name, reverse("entitlements:proposal", args=[pk])), (_("Reject"), None)],
    )


@person_panel("entitlements.grants", 21, "entitlements/grants_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """What was granted to a person, on the person's own page."""
    if not actor.scope("entitlements.names").covers(person.region_id):
        return None
    grants, events = queries.grants_of(person.pk)
    if not grants:
        return None
    return {
        "grants": [
            {"grant": grant, "name": label(grant.label), "tone": TONES[grant.state],
             "amount": amount_words(grant.amount_fen, grant.unit),
             "url": reverse("entitlements:determination", args=[grant.pk]),
             "last": next((e for e in reversed(events) if e.determination_id == grant.pk), None)}
            for grant in grants
        ],
    }


@timeline_source("grants", gettext_lazy("Grants"))
def _timeline(actor: User, person: Person) -> list[dict[str, Any]]:
    if not actor.scope("entitlements.names").covers(person.region_id):
        return []
    found = []
    for event in queries.grants_of(person.pk)[1]:
        shown = event_entry(event)
        found.append(entry(
            shown["at"], f"{label(event.determination.label)}: {shown['title']}", text=shown["text"],
            who=shown["who"], tone=shown["tone"], icon=shown["icon"],
            url=reverse("entitlements:determination", args=[event.determination_id]),
        ))
    return found
