"""The organiser's desk: panel, recusals, assignments as proposed by load, progress, spread, closing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.oversight.schemes import panel as acts
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.forms import ExpertForm, ReasonForm, RecuseForm
from yinian.oversight.schemes.models import Round
from yinian.oversight.schemes.panel_models import PanelMember, Reading, Recusal
from yinian.oversight.schemes.rules import name_of, rules_of, said
from yinian.oversight.schemes.view import form_act, round_crumbs, whole


def _expert_choices(one: Round) -> list[tuple[int, str]]:
    return [(posting.user_id, " · ".join(part for part in (
        posting.user.full_name, posting.user.office, posting.region.name) if part))
        for posting in queries.experts_for(one)]


@page("schemes.manage")
def panel(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_managed(request.user, pk))


def show(request: StaffRequest, one: Round, status: int = 200, form: ExpertForm | None = None) -> HttpResponse:
    """Who sits on the panel and reads what; scores only of applications whose scores are all in."""
    rules = rules_of(one)
    members, progress = queries.members_of(one), queries.progress_of(one)
    working = one.state in acts.GATHERING
    offered = acts.proposal(one) if one.state == Round.State.REVIEW else {}
    by_pk = {member.pk: member for member in members}
    closed = queries.barred(one, [p.application for p in progress], members)
    lines = [
        {"p": p, "offer": [by_pk[pk] for pk in offered.get(p.application.pk, ()) if pk in by_pk],
         "free": [m for m in members if (p.application.pk, m.pk) not in closed
                  and all(r.member_id != m.pk for r in p.readings)],
         "totals": [(r, p.tally.totals[r.pk], r.pk in p.tally.counted) for r in p.readings] if p.tally else []}
        for p in progress
    ]
    return render(request, "oversight/panel.html", {
        "one": one, "rules": rules, "rule": rules.panel, "said": said, "name": name_of(one), "members": members,
        "lines": lines, "working": working, "reviewing": one.state == Round.State.REVIEW,
        "may_begin": one.state == Round.State.OPEN and bool(progress),
        "offers": any(line["offer"] for line in lines),
        "complete": bool(progress) and all(p.complete for p in progress),
        "done": sum(p.finished for p in progress), "given": sum(len(p.readings) for p in progress),
        "recusals": list(Recusal.objects.filter(member__round=one).select_related("member__user",
                                                                                "application__region")
                         .defer("application__region__outline")),
        "form": form or (ExpertForm(experts=_expert_choices(one)) if working else None),
        "waiting": acts.prefectures_waiting(one) if one.state == Round.State.OPEN else [],
        "crumbs": round_crumbs(one, _("Expert review")),
    }, status=status)


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("oversight:panel", args=[pk]))


@page("schemes.manage", methods=("POST",))
def expert_add(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_managed(request.user, pk)
    form = ExpertForm(request.POST, experts=_expert_choices(one))
    if form.is_valid():
        try:
            acts.add_member(request.user, pk, whole(form.cleaned_data["expert"]), form.cleaned_data["field"])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The expert is on the panel."))
            return _back(pk)
    return show(request, one, 422, form)


def _member(one: Round, pk: int) -> PanelMember:
    found = PanelMember.objects.filter(round=one, pk=pk).select_related("user").first()
    if found is None:
        raise NotVisible("panel member")
    return found


@page("schemes.manage", methods=("GET", "POST"))
def expert_release(request: StaffRequest, pk: int, member_pk: int) -> HttpResponse:
    one = queries.get_managed(request.user, pk)
    member = _member(one, member_pk)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: acts.release_member(request.user, pk, member_pk, data["reason"]),
        to=reverse("oversight:panel", args=[pk]), done=_("The expert is off the panel."),
        title=_("Take %(who)s off the panel") % {"who": member.user.full_name}, save=_("Take off"), kind="danger",
        intro=_("What is not finished goes to others; finished scores stay."),
        crumbs=round_crumbs(one, _("Take off the panel")),
    )


@page("schemes.manage", methods=("GET", "POST"))
def recuse(request: StaffRequest, pk: int, member_pk: int) -> HttpResponse:
    """Keep an expert from reading an application."""
    one = queries.get_managed(request.user, pk)
    member = _member(one, member_pk)
    form = RecuseForm(request.POST or None, applications=[(a.pk, a.region.name) for a in queries.read_in(one)])
    return form_act(
        request, form,
        lambda data: acts.recuse(request.user, pk, member_pk, whole(data["application"]), data["reason"]),
        to=reverse("oversight:panel", args=[pk]), done=_("Written down; the expert does not read it."),
        title=_("What %(who)s does not read") % {"who": member.user.full_name}, save=_("Write down"),
        crumbs=round_crumbs(one, _("Recusal")),
    )


@page("schemes.manage", methods=("POST",))
def begin_review(request: StaffRequest, pk: int) -> HttpResponse:
    acts.begin_review(request.user, pk)
    messages.success(request, _("The expert review has begun."))
    return _back(pk)


@page("schemes.manage", methods=("POST",))
def assign(request: StaffRequest, pk: int) -> HttpResponse:
    """Assign as proposed, or one expert to one application."""
    one = queries.get_managed(request.user, pk)
    pairs: dict[int, Any] = {}
    if request.POST.get("all") == "1":
        pairs = {key: chosen for key, chosen in acts.proposal(one).items() if chosen}
    elif (application := whole(request.POST.get("application"))) and (member := whole(request.POST.get("member"))):
        pairs = {application: [member]}
    made = acts.assign(request.user, pk, pairs)
    messages.success(request, _("Assigned: %(n)s. The experts have it on their desks.") % {"n": len(made)})
    return _back(pk)


@page("schemes.manage", methods=("GET", "POST"))
def reading_back(request: StaffRequest, pk: int, reading_pk: int) -> HttpResponse:
    one = queries.get_managed(request.user, pk)
    reading = Reading.objects.filter(pk=reading_pk, application__round=one).select_related(
        "member__user", "application__region").first()
    if reading is None:
        raise NotVisible("reading")
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: acts.take_reading_back(request.user, pk, reading_pk, data["reason"]),
        to=reverse("oversight:panel", args=[pk]), done=_("Taken back; name another expert."),
        title=_("Take the reading back"), save=_("Take it back"),
        subtitle=f"{reading.member.user.full_name} · {reading.application.region.name}",
        crumbs=round_crumbs(one, _("Take the reading back")),
    )


@page("schemes.manage", methods=("POST",))
def close_scoring(request: StaffRequest, pk: int) -> HttpResponse:
    acts.close_scoring(request.user, pk)
    messages.success(request, _("Scoring is closed; the ranking is computed."))
    return HttpResponseRedirect(reverse("oversight:ranking", args=[pk]))
