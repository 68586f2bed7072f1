"""Pages of requests: the list, one request, who ought to be assessed, asking and withdrawing."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.assessments import papers, rules, scales
from yinian.assessments.assignments import queries as assignments
from yinian.assessments.requests import actions, lists, queries
from yinian.assessments.requests.forms import AskForm, ManyForm, OwnAskForm, ReasonForm
from yinian.assessments.requests.models import Request
from yinian.assessments.results.models import Result
from yinian.assessments.results.queries import level_words
from yinian.assessments.visits import queries as visits
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.lists import filtered, render_list
from yinian.core.packs import pack_for
from yinian.people.models import Person
from yinian.people.persons.queries import get_person
from yinian.people.persons.queries import visible_to as people_visible_to
from yinian.people.representatives.queries import get_own


def crumbs(last: str, *middle: tuple[str, str]) -> list[tuple[str, str | None]]:
    return [(_("Assessments"), reverse("assessments:list")), *middle, (last, None)]


@page("assessments.view")
def request_list(request: StaffRequest) -> HttpResponse:
    """The requests of the area; an assessor's own visits instead."""
    if not request.user.may("assessments.area"):
        return redirect("assessments:mine")
    rows = queries.with_person(queries.visible_to(request.user))
    if not (request.GET.get("state") or request.GET.get("all")):
        rows = rows.filter(state__in=Request.OPEN)
    figures = _figures(request) if request.GET.get("format") != "xlsx" else {}
    return render_list(request, lists.request_list(), rows, "assessments/requests.html", {
        "figures": figures,
    })


def _figures(request: StaffRequest) -> dict[str, int]:
    """How many stand at each stage, and how many are late, in the area chosen."""
    rows = queries.visible_to(request.user).filter(state__in=Request.OPEN)
    code = request.GET.get("region", "")
    if code.isdigit():
        rows = rows.filter(person__region__code__startswith=code)
    found = dict.fromkeys([*(str(state) for state in Request.OPEN), "late"], 0)
    today = timezone.localdate()
    for state, due in rows.values_list("state", "due_on"):
        found[state] += 1
        found["late"] += due < today
    return found


@page("assessments.request")
def to_assess(request: StaffRequest) -> HttpResponse:
    """People whose level is not known, stale, or soon to be looked at again; pick many and ask."""
    region, people = _to_assess(request)
    return render_list(
        request, lists.to_assess_list(region), people, "assessments/to_assess.html",
        {"ask_all": f"{reverse('assessments:request_all')}?{request.GET.urlencode()}",
         "routine": rules.rules_for(region).routine,
         "assumed": rules.said(rules.rules_for(region).routine)},
    )


def _to_assess(request: StaffRequest) -> tuple[str, Any]:
    """The county whose rules hold, and who the list is made from."""
    region = queries.region_of_rules(request.user)
    people = queries.to_assess(request.user)
    return region, people if request.GET.get("need") else queries.needing(people, region)


@page("assessments.request", methods=("GET", "POST"))
def request_all(request: StaffRequest) -> HttpResponse:
    """Ask for everybody the list shows, on all its pages: a job that shows its progress and can be stopped."""
    region, people = _to_assess(request)
    found, chosen = filtered(request, lists.to_assess_list(region), people)
    found = found.filter(asked=False).order_by()
    form = ManyForm(request.POST or None, region=region, initial={
        "scale": scales.ABILITY_SCALE, "reason": _("The level is not known, or its interval has run"),
    })
    refusal: Refused | None = None
    if request.method == "POST" and form.is_valid():
        ids = list(found.values_list("pk", flat=True))
        try:
            job = actions.start_many(request.user, ids, form.cleaned_data["reason"], form.cleaned_data["scale"])
        except Refused as refused:
            refusal = refused
        else:
            return redirect("core:job", job.pk)
    count, back = found.count(), f"{reverse('assessments:to_assess')}?{request.GET.urlencode()}"
    return render_form(
        request, "assessments/form.html", form, refusal=refusal, title=_("Ask for everybody in the list"),
        subtitle=" · ".join(chosen), back=back, save=_("Ask for all of them"),
        intro=_("%(n)d people have no open request. It runs in the background; stopping keeps what was asked for.")
        % {"n": count},
        crumbs=crumbs(_("Ask for everybody in the list"), (_("To be assessed"), back)),
    )


@page("assessments.view")
def request_page(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_request(request.user, pk))


def show(
    request: StaffRequest, one: Request, status: int = 200, **forms: Any
) -> HttpResponse:
    """One request: how far it has come, its assessors, its record, and what the reader can do next."""
    user, region = request.user, one.person.region_id
    scale = scales.scale_for(region, one.scale)
    visit = visits.visit_of(one)
    seat = queries.seat_of(user, one)
    particulars = visits.particulars_of(visit)
    stands = visits.standing(scale, visit.items, particulars) if visit is not None else None
    result = Result.objects.filter(request=one).exclude(state=Result.State.RETURNED).first()
    seats = queries.seats_of(one)
    returned = Result.objects.filter(request=one, state=Result.State.RETURNED).select_related("reviewed_by")
    return render(request, "assessments/request.html", {
        "one": one, "person": one.person, "scale": scale, "scale_name": scales.in_words(scale.name),
        "in_words": scales.in_words,
        "village": lists.village_of(one.person), "badge": lists.state_badge(one), "due": lists.due_badge(one),
        "seats": seats, "past": queries.past_seats_of(one), "grounds": assignments.grounds,
        "seat": seat, "visit": visit, "stands": stands, "exhibits": visits.exhibits_of(visit),
        "whereabouts": visits.whereabouts(one, visit), "result": result, "returned": list(returned),
        "level": level_words(result) if result else "", "steps": _steps(one, seats, visit, result),
        "may_assign": one.state in ("requested", "assigned") and user.scope("assessments.assign").covers(region),
        "may_withdraw": _may_withdraw(request, one), "sees_person": user.may("people.view"),
        "withdraw_form": forms.get("withdraw_form") or ReasonForm(prefix="withdraw"), **forms,
    }, status=status)


def _may_withdraw(request: StaffRequest, one: Request) -> bool:
    if one.state not in ("requested", "assigned", "confirming") or one.disputes_id is not None:
        return False
    return (
        request.user.may("assessments.request")
        and people_visible_to(request.user, "assessments.request").filter(pk=one.person_id).exists()
    )


def _steps(one: Request, seats: Any, visit: Any, result: Result | None) -> list[dict[str, Any]]:
    """The stages with the day each was reached or is due, for the line over the page."""
    order = ["requested", "assigned", "confirming", "review", "done"]
    words = {
        "requested": pgettext("stage", "Request"), "assigned": pgettext("stage", "Assessors"),
        "confirming": pgettext("stage", "Visit"), "review": pgettext("stage", "Confirmation"),
        "done": pgettext("stage", "Issue"),
    }
    at = order.index(one.state) if one.state in order else -1
    # A stage's own word says what was reached; standing in a stage means that the one after is awaited.
    reached = {"requested": True, "assigned": at >= 1, "confirming": at >= 2, "review": at >= 3, "done": at >= 4}
    notes = {
        "requested": day(one.requested_on),
        "assigned": day(seats[0].assigned_at) if seats else "",
        "confirming": day(visit.ended_at) if visit is not None and visit.ended_at else "",
        "review": day(result.made_at) if result else "",
        "done": day(result.issued_on) if result and result.issued_on else "",
    }
    following = next((key for key in order if not reached[key]), None)
    if following and one.is_open:
        notes[following] = _("by %(day)s") % {"day": day(one.due_on)}
    return [
        {"words": words[key], "done": reached[key], "next": key == following and one.is_open, "note": notes[key]}
        for key in order
    ]


@page("assessments.request", methods=("GET", "POST"))
def ask(request: StaffRequest, person_pk: int) -> HttpResponse:
    """Ask for one person's assessment, by one scale or several."""
    person = get_person(request.user, person_pk, "assessments.request")
    channels = rules.rules_for(person.region_id).requesters.value
    initial = {
        "scale": [scales.ABILITY_SCALE], "kind": actions.suggest_kind(person, scales.ABILITY_SCALE),
        "channel": actions.channel_of(request.user), "requested_on": timezone.localdate(),
    }
    form = AskForm(request.POST or None, request.FILES or None, initial=initial, region=person.region_id,
                   channels=channels)
    context = _ask_context(person)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    data = form.cleaned_data
    try:
        with transaction.atomic():
            paper = None
            if data["file"] is not None:
                paper = attachments.store(
                    request.user, data["file"], papers.REQUEST, person.region_id, site_id=_site(request, person)
                )
            made = [
                actions.ask(
                    request.user, person.pk, scale, data["kind"], data["channel"], data["reason"],
                    requested_on=data["requested_on"], place=data["place"], paper=paper,
                )
                for scale in data["scale"]
            ]
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The assessment is asked for; the result is due by %(day)s.")
                     % {"day": day(max(one.result_due_on for one in made))})
    return redirect("assessments:request", made[0].pk)


def _site(request: StaffRequest, person: Person) -> int | None:
    from yinian.people.persons.actions import check_reach

    return check_reach(request.user, "assessments.request", person)


def _ask_context(person: Person) -> dict[str, Any]:
    title = _("Ask for an assessment")
    return {
        "title": title, "subtitle": f"{person.name} · {lists.village_of(person)}", "save": _("Ask for it"),
        "back": reverse("people:person", args=[person.pk]),
        "crumbs": [(_("Older people"), reverse("people:list")),
                   (person.name, reverse("people:person", args=[person.pk])), (title, None)],
    }


@page("assessments.request", methods=("GET", "POST"))
def request_many(request: StaffRequest) -> HttpResponse:
    """Ask for the picked people at once: first the names and the reason, then the deed."""
    region = queries.region_of_rules(request.user)
    ids = [int(text) for text in request.POST.getlist("ids")[: actions.MOST_AT_ONCE] if text.isdigit()]
    if not ids:
        messages.warning(request, _("Pick people in the list first."))
        return redirect("assessments:to_assess")
    people = list(
        people_visible_to(request.user, "assessments.request").filter(pk__in=ids).select_related("region__parent")
        .defer("region__outline", "region__parent__outline", "id_number", "address").order_by("region_id", "name")
    )
    sent = "confirm" in request.POST
    form = ManyForm(request.POST if sent else None, region=region, initial={
        "scale": scales.ABILITY_SCALE, "reason": _("The level is not known, or its interval has run"),
    })
    context: dict[str, Any] = {"people": people, "title": _("Ask for assessments"), "village_of": lists.village_of,
               "crumbs": crumbs(_("Ask for assessments"), (_("To be assessed"), reverse("assessments:to_assess")))}
    if not sent or not form.is_valid():
        return render_form(request, "assessments/request_many.html", form, **context)
    try:
        made = actions.request_many(
            request.user, [p.pk for p in people], form.cleaned_data["reason"], scale=form.cleaned_data["scale"]
        )
    except Refused as refusal:
        return render_form(request, "assessments/request_many.html", form, refusal=refusal, **context)
    if made.made:
        messages.success(request, _("Asked for: %(n)d. The coordinator names the assessors.") % {"n": len(made.made)})
    if made.left_out:
        named = _(", ").join(f"{name} ({why})" for name, why in made.left_out[:10])
        messages.warning(request, _("Left out: %(n)d. %(named)s") % {"n": len(made.left_out), "named": named})
    return redirect("assessments:to_assess")


@page("assessments.request", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_request(request.user, pk)
    form = ReasonForm(request.POST, prefix="withdraw")
    if form.is_valid():
        try:
            actions.withdraw(request.user, pk, version_of(request), form.cleaned_data["reason"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The request is withdrawn."))
            return redirect("assessments:request", pk)
    return show(request, one, 422, withdraw_form=form)


def version_of(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else 0


@page("assessments.view")
def rules_page(request: StaffRequest) -> HttpResponse:
    """What the county's pack rules about assessing, each value with its source and what is only assumed."""
    region = queries.region_of_rules(request.user)
    found = rules.rules_for(region)
    days = (found.assign, found.visit, found.result, found.objection, found.reassessment, found.change_recheck,
            found.tekun_recheck)
    channels, documents = dict(Request.Channel.choices), pack_for(region).documents
    lines = [
        *((rules.in_words(rule.label), _("%(n)d working days") % {"n": rule.value}, rule) for rule in days),
        (rules.in_words(found.effect.label),
         _("from its issue") if found.effect.value == rules.FROM_ISSUE else _("when the time to object has passed"),
         found.effect),
        (rules.in_words(found.assessors.label), _("%(n)d, of them %(medical)d with a medical background") % {
            "n": found.assessors.value.count, "medical": found.assessors.value.medical}, found.assessors),
        *((f"{rules.in_words(found.routine.label)} · {scales.level_name(scales.ABILITY_SCALE, level)}",
           _("%(n)d months") % {"n": months}, found.routine)
          for level, months in sorted(found.routine.value.items())),
        (rules.in_words(found.disabled.label), scales.level_name(scales.ABILITY_SCALE, found.disabled.value),
         found.disabled),
        (rules.in_words(found.requesters.label),
         _(", ").join(str(channels[c]) for c in found.requesters.value if c in channels), found.requesters),
        *((rules.in_words(rule.label), _accepted(rule.value), rule) for rule in found.recognised),
    ]
    return render(request, "assessments/rules.html", {
        "here": "rules",
        "lines": [(label, value, rules.said(rule), _source_words(rule, documents)) for label, value, rule in lines],
        "scales": [scales.scale_for(region, name) for name in scales.names(region)], "in_words": scales.in_words,
        "crumbs": crumbs(_("Rules of assessing")),
    })


def _accepted(body: Any) -> str:
    """By which scale, and for how long, the assessments of a kind of body are accepted."""
    held = _("accepted for %(n)d months") % {"n": body.months} if body.months else _("without end")
    return _(", ").join((scales.scale_name(body.scale), held))


def _source_words(rule: Any, documents: Any) -> str:
    """Document, quote and how sure it is, in one line."""
    confidence = {"verified": _("seen in the document"), "secondary": _("seen in a report on the document"),
                  "general": _("general knowledge"), "unknown": _("not seen; assumed")}
    document = documents.get(rule.source.document)
    title = f"《{document.title}》" if document is not None else ""
    quote = f"“{rule.source.quote}”" if rule.source.quote else ""
    return " · ".join(part for part in (title, quote, confidence[rule.confidence]) if part)


# --- from a family's own account -----------------------------------------------------------------------------------


@page("own.act", methods=("GET", "POST"))
def own_ask(request: StaffRequest, person_pk: int) -> HttpResponse:
    """A family asks on a phone."""
    person = get_own(request.user, person_pk)
    if not rules.rules_for(person.region_id).requesters.value:
        raise NotVisible("request")
    form = OwnAskForm(request.POST or None, initial={
        "kind": actions.suggest_kind(person, scales.ABILITY_SCALE)
    })
    context: dict[str, Any] = {
        "title": _("Ask for an assessment"), "subtitle": person.name, "save": _("Ask for it"),
        "back": reverse("people:own_person", args=[person.pk]),
        "intro": _("Two assessors visit at home and look at eating, washing, walking, memory and the like. It costs "
                   "nothing. The result says how much help is needed and what can be applied for."),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    try:
        made = actions.ask_own(request.user, person.pk, scales.ABILITY_SCALE, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("It is asked for. Two assessors will come; the result is due by %(day)s.")
                     % {"day": day(made.result_due_on)})
    return redirect("people:own_person", person.pk)


