"""Pages of results: the list, one result with how it came about, review, notice, delivery, void."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.assignments.models import Seat
from yinian.assessments.objections.models import Objection
from yinian.assessments.requests import lists
from yinian.assessments.requests import queries as requests
from yinian.assessments.requests.pages import crumbs, version_of
from yinian.assessments.results import actions, queries
from yinian.assessments.results.forms import DeliverForm, SendBackForm, VoidForm
from yinian.assessments.results.models import Result
from yinian.assessments.visits import queries as visits
from yinian.assessments.visits.pages import place_words
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.core.users.queries import same_human
from yinian.people.persons.queries import visible_to as people_visible_to
from yinian.people.representatives.queries import get_own

STATE_TONES = {
    "review": "info", "returned": "warn", "issued": "info", "in_force": "ok", "superseded": "mute", "void": "bad",
}


def state_badge(result: Result) -> tuple[str, str]:
    return str(result.get_state_display()), STATE_TONES[result.state]


def _level_choices(actor: User) -> list[tuple[int, str]]:
    return scales.level_choices(scales.ABILITY_SCALE)


def _of_assessor(rows: QuerySet[Result], value: str) -> QuerySet[Result]:
    return rows.filter(
        Exists(Seat.objects.filter(request=OuterRef("request"), assessor=int(value), released_at__isnull=True))
    )


def _object_open(rows: QuerySet[Result], value: bool) -> QuerySet[Result]:
    return rows.filter(state__in=("issued", "in_force"), object_until__gte=timezone.localdate())


def _not_delivered(rows: QuerySet[Result], value: bool) -> QuerySet[Result]:
    return rows.filter(state__in=("issued", "in_force"), notice__isnull=False, delivered_on__isnull=True)


def _list_view() -> ListView:
    return ListView(
        title=_("Results"),
        desk=("assessments", "results"),
        columns=[
            Column("name", _("Name"), lambda r: r.person.name, sort="person__name"),
            Column("village", _("Village"), lambda r: lists.village_of(r.person), sort="person__region_id"),
            Column("scale", _("Assessment scale"), lambda r: scales.scale_name(r.scale), sort="scale"),
            Column("level", _("Level"), queries.level_words, sort="final"),
            Column("total", _("Points"), lambda r: r.total, kind="number", sort="total"),
            Column("assessed_on", _("Assessed on"), lambda r: r.assessed_on, kind="day", sort="assessed_on"),
            Column("state", _("State"), state_badge, kind="badge", sort="state"),
            Column("issued_on", _("Result issued on"), lambda r: r.issued_on, kind="day", sort="issued_on"),
            Column("notice", _("Notice"), lambda r: r.notice.number if r.notice else ""),
            Column("object_until", _("Objections until"), lambda r: r.object_until, kind="day", sort="object_until",
                   default=False),
            Column("delivered", _("Delivered"), lambda r: r.delivered_on, kind="day", sort="delivered_on",
                   default=False),
            Column("reassess_on", _("Next routine assessment"), lambda r: r.reassess_on, kind="day",
                   sort="reassess_on", default=False),
            Column("origin", _("Origin"), lambda r: r.get_origin_display(), sort="origin", default=False),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Result.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("scale", _("Assessment scale"), lambda qs, v: qs.filter(scale=v), lambda actor: scales.choices()),
            Filter("level", _("Ability level"), lambda qs, v: qs.filter(scale=scales.ABILITY_SCALE, final=int(v)),
                   _level_choices),
            Filter("assessor", _("Assessor"), _of_assessor, lists.assessor_choices),
            Filter("since", _("Assessed from"), lambda qs, v: qs.filter(assessed_on__gte=v), kind="date_from"),
            Filter("until", _("Until"), lambda qs, v: qs.filter(assessed_on__lte=v), kind="date_to", hidden=True),
            Filter("adjusted", _("Level adjusted"), lambda qs, v: qs.filter(~Q(adjustments=[])), kind="bool",
                   hidden=True),
            Filter("objection", _("Objection still possible"), _object_open, kind="bool", hidden=True),
            Filter("delivery", _("Notice not handed over"), _not_delivered, kind="bool"),
        ],
        search=lists.search_person,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("assessed_on", "desc"),
        excel_right="assessments.export",
        region_field="person__region__code",
        row_url=lambda r: reverse("assessments:result", args=[r.pk]),
        empty=_("No result yet"),
        key="assessments:results",
    )


@page("assessments.view")
def result_list(request: StaffRequest) -> HttpResponse:
    rows = queries.visible_to(request.user).select_related("person__region__parent", "notice").defer(
        "person__id_number", "person__address", "person__region__outline", "person__region__parent__outline",
        "items", "inputs",
    )
    if request.GET.get("state") != Result.State.RETURNED:
        rows = rows.exclude(state=Result.State.RETURNED)
    return render_list(request, _list_view(), rows)


@page("assessments.view")
def result(request: StaffRequest, pk: int) -> HttpResponse:
    return show(request, queries.get_result(request.user, pk))


def show(request: StaffRequest, found: Result, status: int = 200, **forms: Any) -> HttpResponse:
    """One result: level and how it came about, its life, and what the reader can do next."""
    user, region = request.user, found.person.region_id
    scale = scales.scale_for(region, found.scale)
    one = found.request
    may_issue = user.scope("assessments.issue").covers(region)
    seats = requests.seats_of(one) if one is not None else []
    own_work = any(same_human(user, seat.assessor.user) for seat in seats)
    may_request = user.may("assessments.request") and people_visible_to(
        user, "assessments.request"
    ).filter(pk=found.person_id).exists()
    open_one = found.state in (Result.State.ISSUED, Result.State.IN_FORCE)
    visit = visits.visit_of(one) if one is not None else None
    return render(request, "assessments/result.html", {
        "result": found, "person": found.person, "village": lists.village_of(found.person), "scale": scale,
        "scale_name": scales.in_words(scale.name), "in_words": scales.in_words, "badge": state_badge(found),
        "level": queries.level_words(found), "initial": scales.level_name(found.scale, found.initial),
        "adjustments": queries.adjustments_in_words(found), "seats": seats, "visit": visit,
        "where": place_words(visits.whereabouts(one, visit)) if one is not None else "",
        "dimensions": [(scales.in_words(d.name), d.max, found.dimensions.get(d.code),
                        [(item, found.items.get(item.code)) for item in scale.items_of(d.code)])
                       for d in scale.dimensions] if found.items else [],
        "objections": list(found.objections.select_related("request").order_by("-pk")),
        "later": Result.objects.filter(replaces=found).exclude(state=Result.State.RETURNED).first(),
        "may_review": may_issue and found.state == Result.State.REVIEW and not own_work, "own_work": own_work,
        "may_void": may_issue and open_one and not own_work, "may_area": user.may("assessments.area"),
        "may_deliver": may_request and open_one and found.notice_id is not None and found.delivered_on is None,
        "may_object": may_request and queries.objection_open(found), "sees_person": user.may("people.view"),
        "send_back_form": forms.get("send_back_form") or SendBackForm(prefix="back"),
        "deliver_form": forms.get("deliver_form") or DeliverForm(
            prefix="deliver", initial={"on": timezone.localdate(), "to": _("The person")}),
        "problem": forms.get("problem", ""), "states": Objection.State,
        "crumbs": crumbs(found.person.name, (_("Results"), reverse("assessments:results"))),
    }, status=status)


@page("assessments.issue", methods=("POST",))
def issue(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_result(request.user, pk)
    try:
        made = actions.issue(request.user, pk, version_of(request), request.POST.get("note", "")[:200])
    except Changed:
        raise
    except Refused as refusal:
        return show(request, found, 422, problem=str(refusal))
    messages.success(request, _("Issued as %(number)s. The village hands the notice over.")
                     % {"number": made.notice.number if made.notice else ""})
    return redirect("assessments:result", pk)


@page("assessments.issue", methods=("POST",))
def send_back(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_result(request.user, pk)
    form = SendBackForm(request.POST, prefix="back")
    if form.is_valid():
        try:
            actions.send_back(request.user, pk, version_of(request), form.cleaned_data["reason"])
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Returned to the assessors."))
            return redirect("assessments:request", found.request_id or 0)
    return show(request, found, 422, send_back_form=form)


@page("assessments.request", methods=("POST",))
def deliver(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_result(request.user, pk)
    form = DeliverForm(request.POST, prefix="deliver")
    if form.is_valid():
        try:
            actions.deliver(
                request.user, pk, version_of(request), form.cleaned_data["on"], form.cleaned_data["to"]
            )
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The delivery is recorded."))
            return redirect("assessments:result", pk)
    return show(request, found, 422, deliver_form=form)


@page("assessments.issue", methods=("POST",))
def void(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_result(request.user, pk)
    form = VoidForm(request.POST)
    try:
        actions.void(request.user, pk, version_of(request), form.data.get("reason", "")[:200])
    except Changed:
        raise
    except Refused as refusal:
        return show(request, found, 422, problem=str(refusal))
    messages.success(request, _("The result is void."))
    return redirect("assessments:result", pk)


# --- from a family's own account -----------------------------------------------------------------------------------


def own_result(request: StaffRequest, person_pk: int, pk: int) -> Result:
    """An issued result of a person the account acts for."""
    person = get_own(request.user, person_pk)
    found = (
        Result.objects.select_related("person__region__parent", "notice__attachment", "request")
        .filter(pk=pk, person=person, state__in=queries.ISSUED).first()
    )
    if found is None:
        raise NotVisible("result")
    return found


@page("own.view")
def own_notice(request: StaffRequest, person_pk: int, pk: int) -> HttpResponse:
    """The notice as a PDF, to the family's account; the opening is recorded."""
    found = own_result(request, person_pk, pk)
    if found.notice is None:
        raise NotVisible("notice")
    attachment = found.notice.attachment
    response = StreamingHttpResponse(
        attachments.open_for(request.user, attachment), content_type=attachment.media_type
    )
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(True, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]
