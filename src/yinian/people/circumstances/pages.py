"""Pages of circumstances: record one, end or retract one, and decide where departments disagree."""

import datetime as dt

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.people.circumstances import actions, forms, queries
from yinian.people.circumstances.evidence import store_evidence
from yinian.people.circumstances.models import Conflict, Spell
from yinian.people.circumstances.words import claim_words, department_words, kind_words, value_words
from yinian.people.kinds import DEPARTMENTS, KINDS
from yinian.people.persons.forms import ReasonForm
from yinian.people.persons.pages import crumbs_of, form_page, to_person
from yinian.people.persons.queries import get_person
from yinian.people.persons.view import GROUPS, group_words

_STATES = {"open": gettext_lazy("To be decided"), "kept": gettext_lazy("Record kept"),
           "replaced": gettext_lazy("Claim took its place"), "withdrawn": gettext_lazy("No longer in question")}
_TONES = {"open": "warn", "kept": "ok", "replaced": "ok", "withdrawn": "mute"}


@page("people.edit")
def spell_choose(request: StaffRequest, pk: int) -> HttpResponse:
    """Which circumstance is to be recorded?"""
    one = get_person(request.user, pk, "people.edit")
    title = _("Record a circumstance")
    return render(request, "people/spell_choose.html", {
        "person": one, "title": title, "crumbs": crumbs_of(one, title),
        "groups": [(group_words(name), [KINDS[code] for code in codes]) for name, codes in GROUPS],
    })


@page("people.edit", methods=("GET", "POST"))
def spell_new(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    one = get_person(request.user, pk, "people.edit")
    if kind not in KINDS or kind in actions.OWN_ACTION:
        raise NotVisible("kind")
    spec = KINDS[kind]
    form = forms.SpellForm(request.user, spec, request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():  # a refused record keeps no file
                file = data["file"] and store_evidence(request.user, one, data["file"])
                made = actions.record_spell(
                    request.user, one, kind, data.get("value", ""), data.get("grade"), data["from_date"],
                    data["to_date"], data["department"], data["evidence"], file or None,
                )
        except Refused as refused:
            refusal = refused
        else:
            if isinstance(made, Conflict):
                messages.warning(request, _("The register holds something else from the authority for this. Nothing "
                                            "was overwritten; the town has been asked to decide."))
                return redirect("people:person", one.pk)
            return to_person(request, one, _("Recorded: %(kind)s, %(value)s.")
                             % {"kind": spec.label, "value": value_words(made)})
    standing = queries.spells_on(one, timezone.localdate()).get(kind)
    facts = [(_("On record now"), value_words(standing)), (_("Since"), day(standing.valid.lower)),
             (_("Source"), department_words(standing.department))] if standing else []
    consequence = _("What is on record now ends on the day this one begins.") if standing else ""
    return form_page(request, form, one, str(spec.label), submit=_("Record"), refusal=refusal, facts=facts,
                     consequence=consequence)


@page("people.edit", methods=("GET", "POST"))
def spell_end(request: StaffRequest, pk: int) -> HttpResponse:
    spell = queries.get_spell(request.user, pk, "people.edit")
    form = forms.EndForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_spell(request.user, spell, form.cleaned_data["on"], form.cleaned_data["reason"])
            return to_person(request, spell.person, _("Ended."))
        except Refused as refused:
            refusal = refused
    return form_page(
        request, form, spell.person, _("No longer holds: %(what)s") % {"what": kind_words(spell.kind)},
        submit=_("End it"), refusal=refusal, facts=_facts(spell),
        intro=_("It held until now, and what follows is not known yet. If you know what follows, record that instead."),
    )


@page("people.edit", methods=("GET", "POST"))
def spell_retract(request: StaffRequest, pk: int) -> HttpResponse:
    spell = queries.get_spell(request.user, pk, "people.edit")
    form = ReasonForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.retract_spell(request.user, spell, form.cleaned_data["reason"])
            return to_person(request, spell.person, _("The record is retracted."))
        except Refused as refused:
            refusal = refused
    return form_page(
        request, form, spell.person, _("Retract: %(what)s") % {"what": kind_words(spell.kind)},
        submit=_("Retract"), danger=True, refusal=refusal, facts=_facts(spell),
        consequence=_("Only if the record was wrong from the start. It no longer counts, and stays readable as what "
                      "was believed until today."),
    )


def _facts(spell: Spell) -> list[tuple[str, str]]:
    return [(kind_words(spell.kind), value_words(spell)), (_("Since"), day(spell.valid.lower)),
            (_("Source"), department_words(spell.department)), (_("Recorded"), day(spell.recorded_at))]


@page("people.import")
def conflicts(request: StaffRequest) -> HttpResponse:
    rows = queries.conflicts_visible_to(request.user, "people.import")
    if not request.GET.get("state"):
        rows = rows.filter(state=Conflict.State.OPEN)
    view = ListView(
        title=_("Departments that disagree"),
        subtitle=_("Nothing is overwritten until somebody who knows has decided."),
        columns=[
            Column("name", _("Name"), lambda c: c.person.name, kind="link"),
            Column("village", _("Village"), lambda c: c.person.region.name, sort="person__region_id"),
            Column("fact", _("About"), lambda c: kind_words(c.kind)),
            Column("held", _("On record"),
                   lambda c: f"{value_words(c.standing)} ({department_words(c.standing.department)})"),
            Column("claimed", _("Claimed"), lambda c: f"{claim_words(c)} ({department_words(c.department)})"),
            Column("raised", _("Noted"), lambda c: c.raised_at, kind="day", sort="raised_at"),
            Column("state", _("State"), lambda c: (str(_STATES[c.state]), _TONES[c.state]), kind="badge"),
        ],
        filters=[
            Filter("region", _("Area"), lambda q, v: q.filter(person__region__code__startswith=v), kind="region"),
            Filter("kind", _("About"), lambda q, v: q.filter(kind=v),
                   lambda actor: [(code, kind_words(code)) for code in KINDS]),
            Filter("department", _("Claimed by"), lambda q, v: q.filter(department=v),
                   lambda actor: list(DEPARTMENTS.items())),
            Filter("state", _("State"), lambda q, v: q.filter(state=v), lambda actor: list(_STATES.items())),
        ],
        default_sort=("raised_at", "asc"),
        row_url=lambda c: reverse("people:conflict", args=[c.pk]),
        empty=_("No department contradicts the register"),
    )
    return render_list(request, view, rows)


@page("people.view", methods=("GET", "POST"), post="people.import")
def conflict(request: StaffRequest, pk: int) -> HttpResponse:
    """Both sides of a contradiction; who holds the right decides."""
    one = queries.get_conflict(request.user, pk)
    standing = one.standing
    keep = _("What is on record: %(value)s (%(department)s)") % {
        "value": value_words(standing), "department": department_words(standing.department)}
    replace = _("What is claimed: %(value)s (%(department)s)") % {
        "value": claim_words(one), "department": department_words(one.department)}
    form = forms.DecideForm(keep, replace, request.POST or None)
    refusal = None
    if request.method == "POST":
        request.user.require("people.import", one.person.region_id)
        if form.is_valid():
            try:
                actions.decide_conflict(request.user, one, form.cleaned_data["decision"], form.cleaned_data["reason"])
                return to_person(request, one.person, _("Decided."))
            except Refused as refused:
                refusal = refused
    may = request.user.may("people.import") and request.user.scope("people.import").covers(one.person.region_id)
    title = _("Who is right about “%(fact)s”?") % {"fact": kind_words(one.kind)}
    return form_page(
        request, form, one.person, title, submit=_("Decide"), refusal=refusal, template="people/conflict.html",
        conflict=one, state=_STATES[one.state], tone=_TONES[one.state],
        may_decide=may and one.state == Conflict.State.OPEN,
        sides=[
            (_("On record"), _side(value_words(standing), standing.department, standing.valid.lower,
                                   standing.evidence, standing.recorded_at, kind_words(standing.kind))),
            (_("Claimed"), _side(claim_words(one), one.department, one.claimed_from, one.evidence, one.raised_at,
                                 kind_words(one.kind))),
        ],
    )


def _side(
    value: str, department: str, since: dt.date, evidence: str, at: dt.datetime, fact: str
) -> list[tuple[str, str]]:
    return [(fact, value), (_("Source"), department_words(department)), (_("Since"), day(since)),
            (_("Evidence"), evidence), (_("Recorded"), day(at))]
