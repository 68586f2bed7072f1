"""Pages of applications: the list, one application with its checklist and papers, and what its county does with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.oversight.schemes import actions, queries
from yinian.oversight.schemes.forms import DescribeForm, PaperForm, ReasonForm
from yinian.oversight.schemes.models import Application, Round
from yinian.oversight.schemes.rules import name_of, rules_of
from yinian.oversight.schemes.view import (
    APPLICATION_TONES,
    application_crumbs,
    crumbs,
    events,
    form_act,
    handed_out,
    version_of,
    whole,
)


def _states(actor: Any) -> Any:
    return Application.State.choices


def round_choices(actor: Any) -> list[tuple[int, str]]:
    return [(one.pk, name_of(one)) for one in queries.rounds_visible_to(actor)[:50]]


APPLICATIONS = ListView(
    title=gettext_lazy("Evaluation applications"),
    columns=[
        Column("region", gettext_lazy("Applicant"), lambda row: row.region.name, sort="region_id"),
        Column("round", gettext_lazy("Evaluation"), lambda row: name_of(row.round), sort="round_id"),
        Column("prefecture", gettext_lazy("Recommended by"), lambda row: row.prefecture.name, sort="prefecture_id"),
        Column("state", gettext_lazy("State"),
               lambda row: (row.get_state_display(), APPLICATION_TONES[row.state]), kind="badge"),
        Column("submitted_at", gettext_lazy("Submitted"), lambda row: row.submitted_at, kind="moment",
               sort="submitted_at"),
    ],
    filters=[
        Filter("round", gettext_lazy("Evaluation"), lambda found, value: found.filter(round=value),
               choices=round_choices),
        Filter("state", gettext_lazy("State"), lambda found, value: found.filter(state=value), choices=_states),
        Filter("region", gettext_lazy("Area"), lambda found, value: found.filter(region__code__startswith=value),
               kind="region"),
    ],
    search=lambda found, text: found.filter(region__name__contains=text)
    | found.filter(prefecture__name__contains=text),
    search_hint=gettext_lazy("Name of the county or prefecture"),
    default_sort=("pk", "desc"),
    excel_right="oversight.view",
    region_field="region__code",
    row_url=lambda row: reverse("oversight:application", args=[row.pk]),
    empty=gettext_lazy("No application yet"),
    empty_text=gettext_lazy("A county applies on the page of the evaluation."),
    desk=("oversight", "applications"),
)


@page("oversight.view")
def applications(request: StaffRequest) -> HttpResponse:
    """The applications the reader may see."""
    return render_list(request, APPLICATIONS, queries.applications_visible_to(request.user))


@page("schemes.apply", methods=("POST",))
def begin(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin the county's application."""
    one = queries.get_round(request.user, pk)
    own = [code for code in request.user.scope("schemes.apply").regions if code.startswith(one.region_id)]
    if not own:
        raise NotVisible("evaluation round")
    made = actions.begin(request.user, pk, own[0])
    return HttpResponseRedirect(reverse("oversight:application", args=[made.pk]))


@page("oversight.view")
def application(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_application(request.user, pk))


def show(request: StaffRequest, one: Application, status: int = 200, paper_form: PaperForm | None = None
         ) -> HttpResponse:
    """One application: what lacks, its papers, what became of it, and what the reader can do."""
    user, rules = request.user, rules_of(one.round)
    papers = queries.standing_papers(one)
    own = user.scope("schemes.apply").covers(one.region_id)
    drafted = one.state == Application.State.DRAFT
    in_time = timezone.localdate() <= one.round.apply_by and one.round.state == Round.State.OPEN
    inside = queries.sees_marks(user, one)
    recommends = user.may("schemes.recommend") and queries.recommends(user, one.prefecture_id)
    manages = user.scope("schemes.manage").covers(one.round.region_id)
    standing = getattr(one, "standing", None)
    checklist = queries.checklist(one, papers)
    if own and drafted and paper_form is None:
        paper_form = PaperForm(papers=rules.papers)
    return render(request, "oversight/application.html", {
        "one": one, "rules": rules, "name": name_of(one.round), "papers": papers, "checklist": checklist,
        "kinds": {p["id"]: p for p in rules.papers}, "tone": APPLICATION_TONES[one.state],
        "affirmed": [c for c in rules.conditions if c["id"] in one.affirmed],
        "lacking": sum(1 for line in checklist if line.required and not line.there),
        "own": own, "edits": own and drafted, "paper_form": paper_form,
        "may_submit": own and drafted and in_time, "late": own and drafted and not in_time,
        "may_withdraw": own and in_time and one.state in ("draft", "submitted"),
        "recommends": recommends and one.state == "submitted" and one.round.state == "open",
        "may_send_back": recommends and one.state == "submitted" and in_time,
        "inside": inside,
        "marks": [(m.criterion, m.points) for m in one.marks.select_related("criterion")] if inside else [],
        "visits": list(one.visits.prefetch_related("photos").select_related("by")) if inside else [],
        # A county learns its own total when the result is out; the organiser as soon as scoring is closed.
        "standing": standing if manages or one.round.state == Round.State.RECOGNISED else None,
        "criteria": list(one.round.criteria.all()), "manages": manages,
        "award": queries.awards_visible_to(user).filter(application=one).first(),
        "events": events(one.steps, manages), "crumbs": crumbs(
            one.region.name, (name_of(one.round), reverse("oversight:round", args=[one.round_id]))),
    }, status=status)


@page("schemes.apply", methods=("GET", "POST"))
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Write the summary and affirm the conditions."""
    one = _own(request, pk)
    form = DescribeForm(request.POST or None, initial={"summary": one.summary, "affirmed": one.affirmed},
                        conditions=rules_of(one.round).conditions)
    return form_act(
        request, form,
        lambda data: actions.describe(request.user, pk, version_of(request), data["summary"], data["affirmed"]),
        to=reverse("oversight:application", args=[pk]), done=_("Kept. It is not submitted yet."),
        title=_("Summary and affirmations"), subtitle=f"{one.region.name} · {name_of(one.round)}", save=_("Keep"),
        hidden={"version": one.version}, draft=f"oversight-application-{pk}",
        crumbs=application_crumbs(one, _("Summary and affirmations")),
    )


def _own(request: StaffRequest, pk: int) -> Application:
    one = queries.get_application(request.user, pk)
    request.user.require("schemes.apply", one.region_id)
    return one


@page("schemes.apply", methods=("POST",))
def paper_add(request: StaffRequest, pk: int) -> HttpResponse:
    one = _own(request, pk)
    form = PaperForm(request.POST, request.FILES, papers=rules_of(one.round).papers)
    if form.is_valid():
        try:
            actions.add_paper(request.user, pk, form.cleaned_data["kind"], form.cleaned_data["file"])
        except Refused as refused:
            form.refuse(refused)
        else:
            messages.success(request, _("The file is added."))
            return HttpResponseRedirect(reverse("oversight:application", args=[pk]) + "#papers")
    return show(request, one, 422, form)


@page("oversight.view")
def paper(request: StaffRequest, pk: int, paper_pk: int) -> HttpResponse:
    """A paper's file, to whoever may see the application."""
    queries.get_application(request.user, pk)
    return handed_out(request, queries.get_paper(request.user, pk, paper_pk).attachment)


@page("schemes.apply", methods=("POST",))
def paper_remove(request: StaffRequest, pk: int, paper_pk: int) -> HttpResponse:
    actions.remove_paper(request.user, pk, paper_pk)
    messages.success(request, _("The file is taken out."))
    return HttpResponseRedirect(reverse("oversight:application", args=[pk]) + "#papers")


@page("schemes.apply", methods=("POST",))
def submit(request: StaffRequest, pk: int) -> HttpResponse:
    one = actions.submit(request.user, pk, version_of(request))
    messages.success(request, _("Submitted. %(who)s has it on the desk now.") % {"who": one.prefecture.name})
    return HttpResponseRedirect(reverse("oversight:application", args=[pk]))


@page("schemes.apply", methods=("GET", "POST"))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    one = _own(request, pk)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: actions.withdraw(request.user, pk, whole(request.POST.get("version")), data["reason"]),
        to=reverse("oversight:application", args=[pk]), done=_("The application is withdrawn."),
        title=_("Withdraw this application"), subtitle=f"{one.region.name} · {name_of(one.round)}",
        save=_("Withdraw"), kind="danger", hidden={"version": one.version},
        intro=_("A new one can be begun while there is time. What was handed in stays on record."),
        crumbs=application_crumbs(one, _("Withdraw this application")),
    )
