"""An expert's pages: what is to be read, one application with its papers, and the scores. Nobody else's are shown."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.oversight.schemes import panel as panel_acts
from yinian.oversight.schemes import queries, scoring
from yinian.oversight.schemes.forms import PointsForm, ReasonForm
from yinian.oversight.schemes.models import Paper, Round
from yinian.oversight.schemes.panel_models import Reading
from yinian.oversight.schemes.rules import name_of, rules_of
from yinian.oversight.schemes.view import form_act, handed_out, version_of


def _by_state(found: QuerySet[Reading], value: str) -> QuerySet[Reading]:
    return found.filter(finished_at__isnull=value != "done")


READINGS = ListView(
    title=gettext_lazy("My reviews"),
    subtitle=gettext_lazy("What you are asked to read and score. Nobody sees your scores before all are in, and you "
                          "see nobody's."),
    columns=[
        Column("applicant", gettext_lazy("Applicant"), lambda row: row.application.region.name,
               sort="application__region__name"),
        Column("round", gettext_lazy("Evaluation"), lambda row: name_of(row.application.round)),
        Column("due_on", gettext_lazy("Due on"), lambda row: row.due_on, kind="day", sort="due_on"),
        Column("state", gettext_lazy("State"), lambda row: (_("scored"), "ok") if row.finished_at
               else (_("draft kept"), "info") if row.draft else (_("to be scored"), "warn"), kind="badge"),
    ],
    filters=[Filter("state", gettext_lazy("State"), _by_state,
                    choices=lambda actor: [("open", _("to be scored")), ("done", _("scored"))])],
    search=lambda found, text: found.filter(application__region__name__contains=text),
    default_sort=("due_on", "asc"),
    row_url=lambda row: reverse("oversight:reading", args=[row.pk]),
    empty=gettext_lazy("Nothing to review now"),
    empty_text=gettext_lazy("When the organiser assigns you an application, it appears here and on your desk."),
)


@page("schemes.score")
def readings(request: StaffRequest) -> HttpResponse:
    """The expert's own reviews."""
    return render_list(request, READINGS, queries.readings_of(request.user))


def _form(request: StaffRequest, one: Reading) -> PointsForm:
    initial: dict[str, Any] = {}
    for key, value in one.draft.items():
        initial |= {f"points_{key}": value.get("points"), f"remark_{key}": value.get("remark")}
    required = request.method == "POST" and "finish" in request.POST
    # Bound even where nothing came: a refusal stands beside its fields.
    sent = request.POST if request.method == "POST" else None
    return PointsForm(sent, criteria=one.application.round.criteria.all(), remarks=True,
                      required=required, initial=initial)


@page("schemes.score", methods=("GET", "POST"))
def reading(request: StaffRequest, pk: int) -> HttpResponse:
    """One application to score: its papers, a field for each criterion, a draft kept as it is typed."""
    one = queries.get_reading(request.user, pk)
    form, refusal = _form(request, one), None
    if request.method == "POST":
        try:
            if "finish" not in request.POST:
                return _keep(request, one)
            if form.is_valid():
                scoring.finish(request.user, pk, version_of(request), form.points(), form.remarks())
                messages.success(request, _("Scored. Thank you; it stays as it is."))
                return HttpResponseRedirect(reverse("oversight:readings"))
        except Refused as refused:
            refusal = refused
    held, application = one.application.round, one.application
    return render_form(request, "oversight/reading.html", form, refusal=refusal, **{
        "one": one, "application": application, "round": held, "name": name_of(held), "rules": rules_of(held),
        "papers": queries.standing_papers(application), "kinds": {p["id"]: p for p in rules_of(held).papers},
        "criteria": list(held.criteria.all()), "scores": list(one.scores.select_related("criterion")),
        "opens": one.finished_at is None and held.state == Round.State.REVIEW,
        "crumbs": [(_("My reviews"), reverse("oversight:readings")), (application.region.name, None)],
    })


def _keep(request: StaffRequest, one: Reading) -> HttpResponse:
    """Keep what is typed, as it is typed: by the button, or by itself while the expert goes on."""
    draft: dict[str, dict[str, str]] = {}
    for name, value in request.POST.items():
        part, _sep, key = name.partition("_")
        if part in ("points", "remark") and key:
            draft.setdefault(key, {})[part] = str(value)
    kept = scoring.save_draft(request.user, one.pk, version_of(request), draft)
    if request.headers.get("X-Requested-With") == "draft":
        return JsonResponse({"version": kept.version})
    messages.success(request, _("The draft is kept. Only you see it."))
    return HttpResponseRedirect(reverse("oversight:reading", args=[one.pk]))


@page("schemes.score", methods=("GET", "POST"))
def declare(request: StaffRequest, pk: int) -> HttpResponse:
    """Declare a relation to the applicant and step back."""
    one = queries.get_reading(request.user, pk)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: panel_acts.declare(request.user, pk, data["reason"]),
        to=reverse("oversight:readings"), done=_("Written down. Another expert reads it."),
        title=_("Step back from this review"),
        subtitle=f"{one.application.region.name} · {name_of(one.application.round)}", save=_("Declare and step back"),
        intro=_("Say what relation you have to the applicant. You will not read this application in this round."),
        crumbs=[(_("My reviews"), reverse("oversight:readings")),
                (one.application.region.name, reverse("oversight:reading", args=[pk])),
                (_("Step back from this review"), None)],
    )


@page("schemes.score")
def paper(request: StaffRequest, pk: int, paper_pk: int) -> HttpResponse:
    """A paper of an application that the expert reads."""
    one = queries.get_reading(request.user, pk)
    found = Paper.objects.select_related("attachment").filter(
        pk=paper_pk, application=one.application, removed_at__isnull=True
    ).first()
    if found is None:
        raise NotVisible("paper")
    return handed_out(request, found.attachment)

