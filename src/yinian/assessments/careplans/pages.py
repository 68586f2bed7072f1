"""Pages of care plans: the lists, one plan with what can be done next, agreement, review, the family's view."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.careplans import (
    actions,
    catalogue,
    lists,
    paper,
    queries,
    reviewing,
    routing,
    rules,
)
from yinian.assessments.careplans.forms import AgreeForm, AskReviewForm, EndForm, OwnAgreeForm, ReasonForm, ReviewForm
from yinian.assessments.careplans.models import STANDING, CarePlan, Goal, Need, PlanReview
from yinian.assessments.requests.lists import village_of
from yinian.assessments.rules import said
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.attachments.models import Attachment
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import render_list
from yinian.core.models import User
from yinian.people.models import Person
from yinian.people.persons.queries import get_person, visible_to
from yinian.people.representatives.queries import get_own

TONES = {"open": "mute", "met": "ok", "partly": "warn", "not_met": "bad", "dropped": "mute"}


def crumbs(last: str, *middle: tuple[str, str]) -> list[tuple[str, str | None]]:
    return [(_("Assessments"), reverse("assessments:list")), (_("Care plans"), reverse("assessments:careplans")),
            *middle, (last, None)]


@page("careplans.view")
def plan_list(request: StaffRequest) -> HttpResponse:
    """The plans of the area; an assessor's own."""
    rows = queries.with_person(queries.visible_to(request.user))
    figures = _figures(request) if request.GET.get("format") != "xlsx" else {}
    return render_list(request, lists.plan_list(), rows, "assessments/plans.html", {
        "figures": figures,
    })


def _figures(request: StaffRequest) -> dict[str, int]:
    """How many plans stand in each state, and how many reviews are late, in the area chosen."""
    rows = queries.visible_to(request.user).exclude(state=CarePlan.State.ENDED)
    code = request.GET.get("region", "")
    if code.isdigit():
        rows = rows.filter(person__region__code__startswith=code)
    found = dict.fromkeys(["draft", "agreed", "in_force", "under_review", "late"], 0)
    today = timezone.localdate()
    for state, due in rows.values_list("state", "review_due"):
        found[state] += 1
        found["late"] += state in STANDING and due is not None and due < today
    return found


@page("careplans.edit")
def wanted(request: StaffRequest) -> HttpResponse:
    """People for whom a plan is to be drawn up."""
    rows = queries.wanted(request.user)
    return render_list(request, lists.wanted_list(), rows, "assessments/plans_wanted.html", {
        "rules": _rules(request.user),
    })


def _rules(user: User) -> list[tuple[str, str, str]]:
    """What the pack says of care plans, for the page: label, value, what is assumed."""
    home = user.home_region
    ruled = rules.rules_for(home.code[:6] if home else "")
    lines = [(_("Drawn up within"), _("%(n)s working days") % {"n": ruled.draft.value}, said(ruled.draft))]
    for scale in rules.SCALES:
        planned, reviewed, named = rules.planned(ruled, scale), rules.reviewed(ruled, scale), scales.scale_name(scale)
        levels = _(", ").join(scales.level_name(scale, level) for level in planned.value)
        months = _(", ").join(
            _("%(level)s %(n)s months") % {"level": scales.level_name(scale, level), "n": n}
            for level, n in sorted(reviewed.value.items())
        )
        lines.append((_("Who gets a plan (%(scale)s)") % {"scale": named}, levels or _("nobody"), said(planned)))
        lines.append((_("Reviewed every (%(scale)s)") % {"scale": named}, months, said(reviewed)))
    return lines


# --- one plan ------------------------------------------------------------------------------------------------------


@page("careplans.view")
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """One plan: what is needed, its goals and services, how it was agreed, its reviews, and what comes next."""
    return show(request, queries.get_plan(request.user, pk))


def show(request: StaffRequest, one: CarePlan, status: int = 200, **forms: Any) -> HttpResponse:
    user, person = request.user, one.person
    may, areas = _may(user, one), needs_by_area(one)
    ruled = {"end_form": EndForm(prefix="end", initial={"on": timezone.localdate()}),
             "ask_form": AskReviewForm(prefix="ask"), "discard_form": ReasonForm(prefix="discard")}
    context = {
        "plan": one, "person": person, "village": village_of(person), "badge": lists.state_badge(one),
        "level": scales.level_name(one.scale, one.level), "scale": scales.scale_name(one.scale),
        "review": queries.open_review(one) if one.stands else None,
        "areas": areas, "by_provider": by_provider(areas), "summary": summary_of(one),
        "reviews": queries.reviews_of(one), "routing": routing.in_words(one.routing, person),
        "confidence_words": catalogue.confidence_words,
        "editions": [other for other in queries.plans_of(user, person) if other.pk != one.pk],
        "faults": len(actions.faults_of(one)) if one.state == CarePlan.State.DRAFT else 0, "may": may,
        "making": queries.plan_in_the_making(person) if one.stands else None,
        "sees_person": user.may("people.view") and visible_to(user).filter(pk=person.pk).exists(),
        "sees_places": user.may("places.view"), "tones": TONES, "crumbs": crumbs(person.name),
        "later": queries.later_result(one) if one.stands else None, **ruled, **forms,
    }  # fmt: skip
    return render(request, "assessments/plan.html", context, status=status)


def _may(user: User, one: CarePlan) -> dict[str, bool]:
    """What the reader can do with the plan now."""

    def reaches(right: str) -> bool:
        return user.may(right) and visible_to(user, right).filter(pk=one.person_id).exists()

    edit, agree = reaches("careplans.edit"), reaches("careplans.agree")
    living, state = one.person.state == Person.State.LIVING, one.state
    return {
        "edit": edit and state == "draft" and living,
        "print": edit and state == "draft" and living and one.complete and one.paper_id is None,
        "agree": agree and state == "draft" and living and one.complete and one.paper_id is not None,
        "discard": edit and state in ("draft", "agreed"),
        "ask": agree and state == "in_force",
        "review": edit and state == "under_review",
        "end": edit and state == "in_force",
        "paper": user.may("careplans.view"),
    }


def needs_by_area(one: CarePlan) -> list[tuple[str, list[dict[str, Any]]]]:
    """The plan's needs with goals and services in words, by area in the catalogue's order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for need in queries.needs_of(one):
        found.setdefault(need.area, []).append(_need_words(need, one))
    order = list(catalogue.catalogue().areas)
    return [
        (catalogue.area_name(area), rows)
        for area, rows in sorted(found.items(), key=lambda pair: order.index(pair[0]) if pair[0] in order else 99)
    ]


def _need_words(need: Need, one: CarePlan) -> dict[str, Any]:
    region = one.person.region_id
    return {
        "need": need, "why": catalogue.reasons_in_words(need.why, region, one.scale),
        "risks": [catalogue.risk_name(risk) for risk in need.risks],
        "source": catalogue.source_words(need.source), "goals": list(need.goals.all()),
        "services": [
            {
                "row": row, "name": catalogue.service_name(row.service),
                "provider": catalogue.provider_name(row.provider),
                "often": catalogue.often_words(row.times, row.per, row.days), "pays": paper.pays_words(row, region),
                "often_long": paper.often_long(row), "standard": catalogue.standard_words(row.service),
            }
            for row in need.services.all()
        ],
    }


def summary_of(one: CarePlan) -> dict[str, Any]:
    """How much the plan holds: needs, goals reached, services by kind of provider."""
    goals = list(Goal.objects.filter(need__plan=one).values_list("state", flat=True))
    providers = list(
        one.needs.model.objects.filter(plan=one, services__isnull=False).values_list("services__provider", flat=True)
    )
    return {
        "needs": one.needs.count(), "goals": len(goals), "met": sum(state == Goal.State.MET for state in goals),
        "services": len(providers),
        "providers": [
            (catalogue.provider_name(provider), providers.count(provider))
            for provider in catalogue.catalogue().providers if provider in providers
        ],
    }


def by_provider(areas: list[tuple[str, list[dict[str, Any]]]]) -> list[tuple[str, list[str]]]:
    """The plan read the other way: who does what how often, over all needs; a service twice for one is named once."""
    found: dict[str, dict[str, None]] = {}
    for _area, rows in areas:
        for row in rows:
            for one in row["services"]:
                who = one["row"].who or one["provider"]
                found.setdefault(who, {})[f"{one['name']} {one['often']}"] = None
    return [(who, list(lines)) for who, lines in found.items()]


@page("careplans.view")
def plan_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The plan as a PDF: as it was printed for signing, or as a draft stands now, marked as such."""
    one = queries.get_plan(request.user, pk)
    if one.paper is not None:
        return _file(request, one.paper.attachment)
    if not one.complete:
        messages.warning(request, _("Something is missing in the draft; open it and mend what is marked."))
        return redirect("assessments:careplan", pk)
    response = HttpResponse(paper.draft_pdf(one), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"{paper.TITLE}.pdf") or "inline"
    return response


@page("careplans.view")
def plan_signed(request: StaffRequest, pk: int) -> HttpResponse:
    """The signed page, photographed or scanned."""
    one = queries.get_plan(request.user, pk)
    if one.signature is None:
        raise NotVisible("signature")
    return _file(request, one.signature)


def _file(request: StaffRequest, attachment: Attachment) -> HttpResponse:
    response = StreamingHttpResponse(
        attachments.open_for(request.user, attachment), content_type=attachment.media_type
    )
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(False, attachment.name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


@page("careplans.edit", methods=("POST",))
def plan_print(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the numbered paper that is gone through and signed."""
    one = queries.get_plan(request.user, pk)
    try:
        made = actions.print_paper(request.user, pk, version_of(request))
    except Refused as refusal:
        return show(request, one, 422, problem=str(refusal))
    messages.success(request, _(
        "%(number)s is made. Print it, go through it with the person, and record the agreement."
    ) % {"number": made.paper.number if made.paper else ""})
    return redirect("assessments:careplan", pk)


@page("careplans.agree", methods=("GET", "POST"))
def plan_agree(request: StaffRequest, pk: int) -> HttpResponse:
    """Record who agreed, how and when."""
    one = queries.get_plan(request.user, pk)
    form = AgreeForm(request.POST or None, request.FILES or None, initial={
        "on": timezone.localdate(), "by": CarePlan.By.PERSON, "name": one.person.name,
        "how": CarePlan.How.SIGNATURE,
    })
    context = {
        "title": _("Record the agreement"), "subtitle": f"{one.person.name} · {village_of(one.person)}",
        "intro": _("What is agreed to is what stands on the printed plan. On its first day the plan comes into force."),
        "save": _("Record the agreement"), "back": reverse("assessments:careplan", args=[pk]),
        "crumbs": crumbs(_("Record the agreement"), (one.person.name, reverse("assessments:careplan", args=[pk]))),
        "hidden": {"version": one.version},
    }
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.agree(
                request.user, pk, version_of(request), on=data["on"], by=data["by"], name=data["name"],
                how=data["how"], witness=data["witness"], file=data["file"],
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("Agreed; the plan is in force.") if made.state == CarePlan.State.IN_FORCE
                             else _("Agreed; the plan begins on its first day."))
            return redirect("assessments:careplan", pk)
    return render_form(request, "assessments/form.html", form, refusal=refusal, **context)


@page("careplans.edit", methods=("POST",))
def plan_discard(request: StaffRequest, pk: int) -> HttpResponse:
    return _step(request, pk, ReasonForm(request.POST, prefix="discard"), "discard_form", lambda form, version: (
        actions.discard(request.user, pk, version, form.cleaned_data["reason"])
    ), _("The draft is discarded; it stays on file."))


@page("careplans.edit", methods=("POST",))
def plan_end(request: StaffRequest, pk: int) -> HttpResponse:
    return _step(request, pk, EndForm(request.POST, prefix="end"), "end_form", lambda form, version: (
        actions.end(request.user, pk, version, **form.cleaned_data)
    ), _("The plan is ended. Tell those who help that they are no longer needed."))


@page("careplans.agree", methods=("POST",))
def plan_ask(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a review because something has changed."""
    return _step(request, pk, AskReviewForm(request.POST, prefix="ask"), "ask_form", lambda form, version: (
        reviewing.ask_for(request.user, pk, version, form.cleaned_data["reason"])
    ), _("The plan is under review; the town has it on its desk."))


def _step(request: StaffRequest, pk: int, form: Any, name: str, act: Any, done: str) -> HttpResponse:
    """One step on the plan's page: its form comes back with what was typed where it is refused."""
    one = queries.get_plan(request.user, pk)
    if form.is_valid():
        try:
            act(form, version_of(request))
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect("assessments:careplan", pk)
    return show(request, one, 422, **{name: form})


def version_of(request: StaffRequest) -> int:
    """The version of the plan that the page was made from."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@page("careplans.edit", methods=("GET", "POST"))
def plan_review(request: StaffRequest, pk: int) -> HttpResponse:
    """Hold the review: each goal, what was found, what follows."""
    one = queries.get_plan(request.user, pk)
    review = queries.open_review(one)
    if review is None:
        messages.warning(request, _("This plan is not under review."))
        return redirect("assessments:careplan", pk)
    goals = list(Goal.objects.filter(need__plan=one).select_related("need").order_by("need__place", "place"))
    today = timezone.localdate()
    gone = one.person.state != Person.State.LIVING
    form = ReviewForm(request.POST or None, goals=goals, initial={
        "on": today, "next_review": rules.review_after(one.rules, one.level, today),
        "decision": PlanReview.Decision.END if gone else PlanReview.Decision.REVISE
        if review.why in (PlanReview.Why.RESULT, PlanReview.Why.VOID) else PlanReview.Decision.CONTINUE,
        "ending": reviewing.WHY_GONE.get(Person.State(one.person.state), ""),
    })
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            held = reviewing.hold(request.user, pk, version_of(request), **form.given())
        except Refused as refused:
            refusal = refused
        else:
            return _after_review(request, one, held)
    return render_form(
        request, "assessments/plan_review.html", form, refusal=refusal, plan=one, person=one.person, review=review,
        village=village_of(one.person), later=queries.later_result(one), gone=gone,
        crumbs=crumbs(_("Review of the care plan"), (one.person.name, reverse("assessments:careplan", args=[pk]))),
    )


def _after_review(request: StaffRequest, one: CarePlan, held: PlanReview) -> HttpResponse:
    if held.decision == PlanReview.Decision.REVISE:
        making = queries.plan_in_the_making(one.person)
        messages.success(request, _("The review is recorded. Here is the changed plan to be drawn up."))
        if making is not None and making.state == CarePlan.State.DRAFT:
            return redirect("assessments:careplan_edit", making.pk)
    elif held.decision == PlanReview.Decision.END:
        messages.success(request, _("The plan is ended. Tell those who help that they are no longer needed."))
    else:
        messages.success(request, _("The review is recorded; the plan goes on."))
    return redirect("assessments:careplan", one.pk)


@page("careplans.edit", methods=("GET", "POST"))
def plan_draft(request: StaffRequest, person_pk: int) -> HttpResponse:
    """Begin a plan: what the result speaks of, and one button."""
    person = get_person(request.user, person_pk, "careplans.edit")
    making = queries.plan_in_the_making(person)
    if making is not None:
        return redirect("assessments:careplan", making.pk)
    problem, result, scale = "", None, (request.POST if request.method == "POST" else request.GET).get("scale", "")
    try:
        result = queries.result_to_plan_for(request.user, person_pk, scale)
        if request.method == "POST":
            made = actions.draft(request.user, person_pk, scale)
            return redirect("assessments:careplan_edit", made.pk)
    except Refused as refusal:
        problem = str(refusal)
    suggested = catalogue.suggestions(result, person) if result is not None else []
    return render(request, "assessments/plan_draft.html", {
        "person": person, "village": village_of(person), "result": result, "problem": problem,
        "level": scales.level_name(result.scale, result.final) if result is not None else "",
        "scale": scales.scale_name(result.scale) if result is not None else "",
        "by_ability": result is not None and result.scale == scales.ABILITY_SCALE,
        "others": [
            (one, scales.scale_name(one.scale), scales.level_name(one.scale, one.final))
            for one in queries.results_to_plan_for(request.user, person_pk) if result is not None and one != result
        ],
        "areas": _suggested_by_area(suggested), "count": len(suggested), "standing": queries.standing_plan(person),
        "crumbs": crumbs(_("Draw up a plan"), (_("Plans to be drawn up"), reverse("assessments:careplans_wanted"))),
    }, status=422 if problem and request.method == "POST" else 200)


def _suggested_by_area(suggested: list[Any]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for one in suggested:
        found.setdefault(one.rule.area, []).append(scales.in_words(one.degree.text))
    return [(catalogue.area_name(area), texts) for area, texts in found.items()]


# --- the family ----------------------------------------------------------------------------------------------------


@page("own.view", methods=("GET", "POST"), post="own.act")
def own_plan(request: StaffRequest, person_pk: int, pk: int) -> HttpResponse:
    """The plan in plain words, for the family's account; agreeing to a printed draft."""
    one = queries.get_own_plan(request.user, person_pk, pk)
    problem, unticked = "", ""
    form = OwnAgreeForm(request.POST or None)
    ticked = {int(text) for text in request.POST.getlist("need") if text.isascii() and text.isdigit()}
    if request.method == "POST":
        name = request.POST.get("name", "")
        try:
            actions.agree_own(request.user, person_pk, pk, version_of(request), name=name, needs=ticked)
        except Refused as refusal:
            problem, unticked = refusal.message, refusal.fields.get("needs", "")
            if form.is_valid() and "name" in refusal.fields:
                form.add_error("name", refusal.fields["name"])
        else:
            messages.success(request, _("Thank you. The plan is agreed."))
            return redirect("assessments:own_careplan", person_pk, pk)
    return render(request, "assessments/own_plan.html", {
        "plan": one, "person": one.person, "areas": needs_by_area(one), "problem": problem,
        "form": form, "ticked": ticked, "unticked": unticked,
        "badge": lists.state_badge(one), "level": lists.level_name(one.scale, one.level),
        "may_agree": one.state == CarePlan.State.DRAFT and one.complete and request.user.may("own.act"),
        "routing": [advice for advice in routing.in_words(one.routing, one.person) if advice.fits is not False],
        "crumbs": [(_("My family"), reverse("people:own")),
                   (one.person.name, reverse("people:own_person", args=[person_pk])), (_("Care plan"), None)],
    }, status=422 if request.method == "POST" else 200)


@page("own.view")
def own_paper(request: StaffRequest, person_pk: int, pk: int) -> HttpResponse:
    """The printed plan as a PDF, to the family's account."""
    get_own(request.user, person_pk)
    one = queries.get_own_plan(request.user, person_pk, pk)
    if one.paper is None:
        raise NotVisible("paper")
    return _file(request, one.paper.attachment)
