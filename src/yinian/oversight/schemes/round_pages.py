"""Pages of rounds: the list, opening one, and the round itself as its reader has to do with it."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import label
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.models import Region
from yinian.oversight.schemes import actions, panel, queries
from yinian.oversight.schemes.forms import ReasonForm, SchemeForm
from yinian.oversight.schemes.models import Application, Recommendation, Round
from yinian.oversight.schemes.rules import rules_of, said
from yinian.oversight.schemes.view import TONES, crumbs, events, form_act, round_crumbs, stage_bar, version_of


def _search(found: Any, text: str) -> Any:
    return found.filter(label__zh__icontains=text) | found.filter(label__en__icontains=text)


def _states(actor: Any) -> Any:
    return Round.State.choices


def _years(actor: Any) -> list[tuple[int, int]]:
    years = queries.rounds_visible_to(actor).order_by("-year").values_list("year", flat=True).distinct()
    return [(year, year) for year in years]


ROUNDS = ListView(
    title=gettext_lazy("Evaluations"),
    subtitle=gettext_lazy("Who may apply, who recommends, how it is judged and what it brings, as the documents rule."),
    columns=[
        Column("label", gettext_lazy("Evaluation"), lambda row: label(row.label)),
        Column("year", gettext_lazy("Year"), lambda row: str(row.year), sort="year"),
        Column("region", gettext_lazy("Held by"), lambda row: row.region.name, sort="region_id"),
        Column("state", gettext_lazy("State"), lambda row: (row.get_state_display(), TONES[row.state]), kind="badge"),
        Column("apply_by", gettext_lazy("Apply by"), lambda row: row.apply_by, kind="day", sort="apply_by"),
        Column("recommend_by", gettext_lazy("Recommend by"), lambda row: row.recommend_by, kind="day",
               sort="recommend_by"),
        Column("review_by", gettext_lazy("Review by"), lambda row: row.review_by, kind="day", sort="review_by"),
    ],
    filters=[
        Filter("state", gettext_lazy("State"), lambda found, value: found.filter(state=value), choices=_states),
        Filter("year", gettext_lazy("Year"), lambda found, value: found.filter(year=value), choices=_years),
    ],
    search=_search,
    default_sort=("pk", "desc"),
    excel_right="oversight.view",
    row_url=lambda row: reverse("oversight:round", args=[row.pk]),
    empty=gettext_lazy("No evaluation has been opened here yet"),
    desk=("oversight", "rounds"),
)


def _hosted(request: StaffRequest) -> list[tuple[str, dict[str, Any]]]:
    """(region code, schemes) that the reader's own region may open."""
    found = []
    for code in request.user.scope("schemes.manage").regions:
        region = Region.objects.only("code", "level").get(pk=code)
        schemes = {key: one for key, one in queries.schemes_for(code).items()
                   if one["levels"]["host"] == region.level}
        if schemes:
            found.append((code, schemes))
    return found


@page("oversight.view")
def rounds(request: StaffRequest) -> HttpResponse:
    """The evaluations of the reader's area, the latest first."""
    may_open = request.user.may("schemes.manage") and bool(_hosted(request))
    return render_list(request, ROUNDS, queries.rounds_visible_to(request.user), "oversight/rounds.html",
                       {"may_open": may_open})


@page("schemes.manage", methods=("GET", "POST"))
def round_open(request: StaffRequest) -> HttpResponse:
    """Choose evaluation and year, enter full points that no text gives, and open it."""
    hosted = _hosted(request)
    if not hosted:
        raise NotVisible("evaluation")
    code, schemes = hosted[0]
    asked = request.POST.get("scheme") or request.GET.get("scheme") or ""
    scheme_id = asked if asked in schemes else next(iter(schemes))
    scheme = schemes[scheme_id]
    form = SchemeForm(
        request.POST or None, initial={"scheme": scheme_id, "year": timezone.localdate().year},
        schemes=[(key, label(one["label"])) for key, one in schemes.items()], criteria=scheme["criteria"],
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_round(request.user, code, scheme_id, form.cleaned_data["year"], form.points())
            return HttpResponseRedirect(reverse("oversight:round", args=[made.pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "oversight/form.html", form, refusal=refusal, back=reverse("oversight:rounds"),
        title=_("Open an evaluation"), save=_("Open the round"),
        intro=_("Counties below are told, with the deadline. The rules stay as they are now for the whole round."),
        crumbs=crumbs(_("Open an evaluation")),
    )


@page("oversight.view")
def round_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One round: how far it is, what the reader can do in it, and what it rests on."""
    user, one = request.user, queries.get_round(request.user, pk)
    rules, manages = rules_of(one), user.scope("schemes.manage").covers(one.region_id)
    own = [code for code in user.scope("schemes.apply").regions if code.startswith(one.region_id)]
    mine = list(
        queries.applications_visible_to(user).filter(round=one, region__in=own)
        .exclude(state=Application.State.WITHDRAWN)
    )  # fmt: skip
    prefectures = [
        {"region": region, "recommendation": queries.recommendation_of(one, region.code)}
        for region in Region.objects.filter(code__in=queries.own_prefectures(user), level=rules.recommender_level,
                                            code__startswith=one.region_id).defer("outline")
    ]
    return render(request, "oversight/round.html", {
        "one": one, "rules": rules, "said": said, "bar": stage_bar(one), "tone": TONES[one.state],
        "mine": mine, "prefectures": prefectures, "manages": manages,
        "may_begin": one.state == Round.State.OPEN and bool(own) and not mine,
        "late": timezone.localdate() > one.apply_by, "counts": _counts(one) if manages else None,
        "waiting": panel.prefectures_waiting(one) if manages and one.state == Round.State.OPEN else [],
        "criteria": list(one.criteria.all()), "notice": getattr(one, "notice", None),
        "events": events(one.steps.filter(application__isnull=True), manages) if manages else [],
        "crumbs": crumbs(f"{label(one.label)} {one.year}"),
    })


def _counts(one: Round) -> dict[str, int]:
    """How far the whole round is, for its organiser."""
    states = list(Application.objects.filter(round=one, submitted_at__isnull=False).exclude(
        state=Application.State.WITHDRAWN).values_list("state", flat=True))
    return {
        "submitted": len(states),
        "sent": Recommendation.objects.filter(round=one, state=Recommendation.State.SENT).count(),
        "recommended": sum(1 for state in states if state in Application.READ),
    }


@page("schemes.manage", methods=("GET", "POST"))
def round_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_managed(request.user, pk)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: actions.cancel_round(request.user, pk, version_of(request), data["reason"]),
        to=reverse("oversight:round", args=[pk]), done=_("The evaluation is cancelled."),
        title=_("Cancel the evaluation"), save=_("Cancel the evaluation"), kind="danger",
        hidden={"version": one.version},
        intro=_("All work that waits in it is closed. What was handed in stays on record."),
        crumbs=round_crumbs(one, _("Cancel the evaluation")),
    )
