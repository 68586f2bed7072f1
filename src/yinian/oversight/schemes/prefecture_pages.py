"""The prefecture's desk: marks, visits, order, and the recommendation of two humans."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible
from yinian.core.models import Region
from yinian.oversight.schemes import actions, queries
from yinian.oversight.schemes import prefecture as acts
from yinian.oversight.schemes.forms import PointsForm, ReasonForm, ReportForm, VisitForm
from yinian.oversight.schemes.models import Recommendation, Round
from yinian.oversight.schemes.rules import name_of, rules_of
from yinian.oversight.schemes.view import application_crumbs, form_act, handed_out, round_crumbs, version_of, whole

MOVES = ("add", "off", "up", "down")


def _at(request: StaffRequest, pk: int, code: str) -> tuple[Round, Region]:
    """The round and the prefecture, to whoever may look at its list: its own, or who holds the round."""
    one = queries.get_round(request.user, pk)
    if not (queries.recommends(request.user, code) or request.user.scope("schemes.manage").covers(one.region_id)):
        raise NotVisible("recommendation")
    region = Region.objects.defer("outline").filter(
        pk=code, level=rules_of(one).recommender_level, code__startswith=one.region_id
    ).first()
    if region is None:
        raise NotVisible("recommendation")
    return one, region


@page("schemes.recommend")
def prefecture(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """The prefecture's applications with marks and visits, and its list in order."""
    one, region = _at(request, pk, code)
    rules, found = rules_of(one), queries.recommendation_of(one, code)
    rows, mine = queries.prefecture_rows(one, code), queries.recommends(request.user, code)
    state = found.state if found is not None else Recommendation.State.DRAFT
    working = mine and one.state == Round.State.OPEN
    today = timezone.localdate()
    return render(request, "oversight/prefecture.html", {
        "one": one, "region": region, "rules": rules, "found": found, "state": state, "name": name_of(one),
        "listed": [row for row in rows if row["rank"] is not None],
        "others": [row for row in rows if row["rank"] is None],
        "edits": working and state == Recommendation.State.DRAFT,
        "full": sum(1 for row in rows if row["rank"] is not None) >= rules.most,
        "early": today <= one.apply_by, "late": today > one.recommend_by,
        "may_send": working and state == Recommendation.State.PROPOSED
        and not (found is not None and found.proposed_by_id == request.user.pk),
        "may_take_back": working and state == Recommendation.State.PROPOSED,
        "full_points": sum(c.most for c in one.criteria.all()),
        "crumbs": round_crumbs(one, region.name),
    })


@page("schemes.recommend", methods=("POST",))
def place(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Put an application on the list, take it off, or move it up or down."""
    _at(request, pk, code)
    move = request.POST.get("move", "")
    if move in MOVES:
        acts.place(request.user, pk, code, whole(request.POST.get("application")), move)
    return HttpResponseRedirect(reverse("oversight:prefecture", args=[pk, code]))


@page("schemes.recommend", methods=("GET", "POST"))
def propose(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Write the report and propose the list."""
    one, region = _at(request, pk, code)
    found = queries.recommendation_of(one, code)
    form = ReportForm(request.POST or None, initial={"report": found.report if found is not None else ""})
    return form_act(
        request, form,
        lambda data: acts.propose(request.user, pk, code, version_of(request), data["report"]),
        to=reverse("oversight:prefecture", args=[pk, code]),
        done=_("Proposed. A colleague looks through and sends it."),
        title=_("Propose the recommendation"), subtitle=f"{region.name} · {name_of(one)}", save=_("Propose it"),
        hidden={"version": found.version if found is not None else 1}, draft=f"oversight-report-{pk}-{code}",
        crumbs=round_crumbs(one, _("Propose the recommendation")),
    )


@page("schemes.recommend", methods=("GET", "POST"))
def take_back(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    one, region = _at(request, pk, code)
    found = queries.recommendation_of(one, code)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: acts.take_back(request.user, pk, code, version_of(request), data["reason"]),
        to=reverse("oversight:prefecture", args=[pk, code]), done=_("Taken back; it can be changed again."),
        title=_("Take the recommendation back"), subtitle=f"{region.name} · {name_of(one)}", save=_("Take it back"),
        hidden={"version": found.version if found is not None else 1},
        crumbs=round_crumbs(one, _("Take the recommendation back")),
    )


@page("schemes.recommend", methods=("POST",))
def send(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    _at(request, pk, code)
    acts.send(request.user, pk, code, version_of(request))
    messages.success(request, _("Sent to the organiser."))
    return HttpResponseRedirect(reverse("oversight:prefecture", args=[pk, code]))


@page("schemes.recommend", methods=("GET", "POST"))
def marks(request: StaffRequest, pk: int) -> HttpResponse:
    """The prefecture's points for one application."""
    one = queries.get_recommendable(request.user, pk)
    known = queries.marks_of(one)
    form = PointsForm(request.POST or None, criteria=one.round.criteria.all(),
                      initial={f"points_{key}": value for key, value in known.items()})
    return form_act(
        request, form,
        lambda data: acts.mark(request.user, pk, {int(key): value for key, value in form.points().items()}),
        to=reverse("oversight:prefecture", args=[one.round_id, one.prefecture_id]), done=_("The points are kept."),
        title=_("Mark the application"), subtitle=f"{one.region.name} · {name_of(one.round)}", save=_("Keep"),
        crumbs=application_crumbs(one, _("Mark the application")),
    )


@page("schemes.recommend", methods=("GET", "POST"))
def visit_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Record a visit on the spot, with pictures."""
    one = queries.get_recommendable(request.user, pk)
    form = VisitForm(request.POST or None, request.FILES or None, initial={"on": timezone.localdate(),
                                                                           "who": request.user.full_name})
    return form_act(
        request, form,
        lambda data: acts.record_visit(request.user, pk, data["on"], data["who"], data["text"], data["photos"]),
        to=reverse("oversight:application", args=[pk]) + "#visits", done=_("The visit is recorded."),
        title=_("Record a visit"), subtitle=f"{one.region.name} · {name_of(one.round)}", save=_("Keep the visit"),
        draft=f"oversight-visit-{pk}", crumbs=application_crumbs(one, _("Record a visit")),
    )


@page("schemes.recommend")
def photo(request: StaffRequest, pk: int, photo_pk: int) -> HttpResponse:
    return handed_out(request, queries.get_photo(request.user, pk, photo_pk).attachment)


@page("schemes.recommend", methods=("GET", "POST"))
def send_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Send an application back to be put right, while there is time."""
    one = queries.get_recommendable(request.user, pk)
    return form_act(
        request, ReasonForm(request.POST or None),
        lambda data: actions.send_back(request.user, pk, version_of(request), data["reason"]),
        to=reverse("oversight:prefecture", args=[one.round_id, one.prefecture_id]),
        done=_("Sent back; the county has it on the desk."), title=_("Send back to be put right"),
        subtitle=f"{one.region.name} · {name_of(one.round)}", save=_("Send back"), hidden={"version": one.version},
        intro=_("The county can change it and submit it anew until the deadline."),
        crumbs=application_crumbs(one, _("Send back to be put right")),
    )
