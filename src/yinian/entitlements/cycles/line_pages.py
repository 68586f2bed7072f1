"""The lines of a cycle: a town's differences, many picked at once, one line with its reasons."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on, day, label, month, yuan
from yinian.core.lists import Bulk, Column, Filter, ListView, render_list
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.users.models import User
from yinian.engines.entitlement import FactsError, PackError, explain
from yinian.entitlements import grounds, snapshots
from yinian.entitlements import queries as runs
from yinian.entitlements.cycles import actions, queries
from yinian.entitlements.cycles.forms import DaysForm, HoldForm, RefuseForm
from yinian.entitlements.cycles.models import Unit
from yinian.entitlements.cycles.opening import BOUND
from yinian.entitlements.cycles.pages import cycles_url, lines_url
from yinian.entitlements.cycles.queries import Tally
from yinian.entitlements.lists import place_of
from yinian.entitlements.models import Cycle, CycleLine, Event, LineNotice
from yinian.entitlements.pages import overview_url
from yinian.entitlements.person_pages import ServiceShown, shown_service
from yinian.entitlements.words import amount_words
from yinian.entitlements.workkinds import in_words
from yinian.people.persons.queries import search as search_people

TOWN_LENGTH = CODE_LENGTHS[Level.TOWN]
CHANGE_TONES = {"new": "info", "changed": "warn", "stopped": "bad", "same": "mute"}
STATE_TONES = {"pending": "warn", "accepted": "ok", "held": "warn", "refused": "bad"}
VERBS = ("accept", "hold", "refuse", "days")


def _change(lines: QuerySet[CycleLine], value: str) -> QuerySet[CycleLine]:
    return lines.exclude(change="same") if value == "different" else lines.filter(change=value)


def _without_days(lines: QuerySet[CycleLine], value: str) -> QuerySet[CycleLine]:
    return lines.filter(days__isnull=True).exclude(change="stopped")


def _search(lines: QuerySet[CycleLine], text: str) -> QuerySet[CycleLine]:
    from yinian.people.models import Person

    people = search_people(Person.objects.filter(cycle_lines__in=lines), text)
    return lines.filter(person__in=people.values("pk"))


def _why(line: CycleLine) -> str:
    return line.reason or line.finding


def _list(cycle: Cycle, county: bool, *, reviewing: bool, url: str) -> ListView:
    on = cycle.as_of
    return ListView(
        title=label(cycle.label),
        subtitle=_("%(month)s, facts as of %(day)s") % {
            "month": month(cycle.month), "day": day(cycle.as_of)},
        columns=[
            Column("name", _("Name"), lambda x: x.person.name, kind="link", sort="person__name_pinyin"),
            Column("age", _("Age"), lambda x: age_on(x.person.birth_date, on), kind="number",
                   sort="person__birth_date"),
            Column("village", _("Village"), lambda x: place_of(x.person, Level.VILLAGE), sort="region_code"),
            Column("town", _("Town"), lambda x: place_of(x.person, Level.TOWN), default=county),
            Column("change", _("Kind of change"), lambda x: (x.get_change_display(), CHANGE_TONES[x.change]),
                   kind="badge"),
            Column("previous", _("Before (yuan)"), lambda x: x.previous_fen, kind="yuan", sort="previous_fen"),
            *([
                Column("rate", _("Yuan a day"), lambda x: x.rate_fen, kind="yuan", sort="rate_fen"),
                Column("days", _("Days"), lambda x: x.days, kind="number", sort="days"),
            ] if cycle.unit == Unit.DAY else []),
            Column("amount", _("This month (yuan)"), lambda x: x.amount_fen, kind="yuan", sort="amount_fen"),
            Column("why", _("Reason"), _why),
            Column("state", _("Review"), lambda x: (x.get_state_display(), STATE_TONES[x.state]), kind="badge"),
            Column("by", _("Reviewed by"), lambda x: x.reviewed_by.full_name if x.reviewed_by else None,
                   default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region_code__startswith=v), kind="region"),
            Filter("change", gettext_lazy("Kind of change"), _change,
                   lambda actor: [("different", _("Differences only")), *CycleLine.Change.choices]),
            Filter("state", gettext_lazy("Review"), lambda qs, v: qs.filter(state=v),
                   lambda actor: CycleLine.State.choices),
            *([Filter("days", gettext_lazy("Days"), _without_days, lambda actor: [("none", _("not entered yet"))])]
              if cycle.unit == Unit.DAY else []),
            Filter("why", gettext_lazy("Held or stopped because"), lambda qs, v: qs.filter(why=v),
                   lambda actor: CycleLine.Why.choices, hidden=True),
            Filter("paid", gettext_lazy("Goes to payment"), lambda qs, v: qs.filter(paid=True), kind="bool",
                   hidden=not cycle.is_over),
        ],
        search=_search,
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, village"),
        default_sort=("village", "asc"),
        excel_right="entitlements.export",
        region_field="region_code",
        row_url=lambda x: reverse("entitlements:cycle_line", args=[x.pk]),
        bulk=[
            *([Bulk(_("Enter days"), f"{url}days/")] if cycle.unit == Unit.DAY else []),
            Bulk(_("Accept"), f"{url}accept/", "primary"), Bulk(_("Hold back"), f"{url}hold/"),
            Bulk(_("Refuse"), f"{url}refuse/", "danger"),
        ] if reviewing else [],
        empty=_("No lines of this kind"),
        empty_text=_("Nothing in this area differs from the month before."),
        key="entitlements.cycle_lines",
    )


@page("entitlements.names")
def cycle_lines(request: StaffRequest, pk: int) -> HttpResponse:
    """The lines of a cycle in an area; for a town that reviews, the place where it picks and decides."""
    cycle = queries.get_cycle(request.user, pk)
    if "change" not in request.GET and "q" not in request.GET and request.GET.get("format") != "xlsx":
        query = request.GET.copy()
        query["change"] = "different"
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    region = runs.region_for(request.user, request.GET.get("region", "").strip()[:14], "entitlements.names")
    town = region.pk[:TOWN_LENGTH] if region.level >= Level.TOWN else ""
    review = queries.towns_of(request.user, cycle).filter(region=town).first() if town else None
    reviewing = (
        review is not None and review.done_at is None and cycle.state == Cycle.State.OPEN
        and request.user.scope("entitlements.review").covers(town)
    )
    tally = queries.tallies(request.user, cycle, region.pk, Level.TOWN)[""] if len(region.pk) >= 6 else Tally()
    view = _list(cycle, region.level < Level.TOWN, reviewing=reviewing,
                 url=reverse("entitlements:cycle_lines", args=[cycle.pk]))
    crumbs = [(_("Services and dues"), overview_url(region.pk)),
              (_("Monthly review"), cycles_url(region.pk, cycle.month)),
              (label(cycle.label), reverse("entitlements:cycle", args=[cycle.pk])), (region.name, None)]
    return render_list(request, view, queries.lines_of(request.user, cycle), "entitlements/cycle_lines.html", {
        "crumbs": crumbs, "cycle": cycle, "region": region, "review": review, "reviewing": reviewing, "tally": tally,
        "town": town, "lines_url": lines_url,
    })


def _ids(request: StaffRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("ids")[:5000] if text.isdigit() and len(text) < 19]


def _tests(cycle: Cycle) -> list[tuple[str, str]]:
    try:
        service = grounds.service_of(queries.pack_of(cycle), cycle.service_id)
    except Refused:
        return []
    return [(test.id, in_words(test.label)) for test in service.tests]


@page("entitlements.review", methods=("POST",))
def cycle_lines_act(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Accept the picked lines, or ask why they are held or refused and do that."""
    if verb not in VERBS:
        raise NotVisible("verb")
    cycle = queries.get_cycle(request.user, pk)
    ids = _ids(request)
    back = request.POST.get("back", "")
    if not back.startswith(reverse("entitlements:cycle_lines", args=[pk])) and not back.startswith(
        "/services/cycles/lines/"
    ):
        back = _area_url(cycle, ids)
    if verb == "accept":
        count = actions.accept(request.user, pk, ids)
        messages.success(request, _("Accepted: %(count)s lines.") % {"count": count})
        return HttpResponseRedirect(back)
    sent = ("days" if verb == "days" else "reason") in request.POST
    given = request.POST if sent else None
    form: DaysForm | HoldForm | RefuseForm = (
        DaysForm(given, request.FILES if sent else None) if verb == "days" else HoldForm(given) if verb == "hold"
        else RefuseForm(given, tests=_tests(cycle))
    )
    refusal = None
    if sent and form.is_valid():
        try:
            count = _against(request.user, cycle, ids, verb, form.cleaned_data)
            messages.success(request, {
                "hold": _("Held back: %(count)s lines."), "refuse": _("Refused: %(count)s lines."),
                "days": _("Days entered: %(count)s lines."),
            }[verb] % {"count": count})
            return HttpResponseRedirect(back)
        except Refused as refused:
            refusal = refused
    elif not ids:
        raise Refused(_("Pick at least one line."))
    picked = list(queries.lines_of(request.user, cycle).filter(pk__in=ids)[:200])
    if len(picked) != min(len(set(ids)), 200):
        raise NotVisible("line")
    return render_form(request, "entitlements/cycle_act.html", form, refusal=refusal, cycle=cycle, verb=verb,
                       lines=picked, ids=ids, back=back, name=label(cycle.label))


def _area_url(cycle: Cycle, ids: Iterable[int]) -> str:
    code = CycleLine.objects.filter(cycle=cycle, pk__in=list(ids)).values_list("region_code", flat=True).first()
    return lines_url(cycle.pk, (code or "")[:TOWN_LENGTH])


def _against(actor: User, cycle: Cycle, ids: Sequence[int], verb: str, given: dict[str, Any]) -> int:
    if verb == "days":
        return actions.enter_days(actor, cycle.pk, ids, given["days"], given["proof"], given["file"])
    if verb == "hold":
        return actions.hold(actor, cycle.pk, ids, given["reason"])
    return actions.refuse(actor, cycle.pk, ids, given["reason"], given["test"])


def explained(cycle: Cycle, person_id: int) -> ServiceShown | None:
    """What the frozen facts say of one person and the cycle's service; None when they can no longer be asked."""
    run = cycle.run
    try:
        pack = queries.pack_of(cycle)
        if pack.hash != cycle.pack_hash:
            return None
        rows = pl.scan_parquet(snapshots.path_of(run.snapshot_file)).filter(
            pl.col("person_id") == str(person_id)
        ).collect().to_dicts()
        if not rows:
            return None
        answer = explain(pack, rows[0], cycle.as_of)
    except (Refused, PackError, FactsError, OSError, pl.exceptions.PolarsError):
        return None
    found = next((one for one in answer.services if one.service_id == cycle.service_id), None)
    return None if found is None else shown_service(found, {}, None, None, None)


def _told(line: CycleLine) -> int | None:
    """The paper that told the person of this line: its refusal, or what began, changed or ended with it."""
    refused = LineNotice.objects.filter(line=line).values_list("document_id", flat=True).first()
    if refused is not None or line.determination_id is None:
        return refused
    return Event.objects.filter(
        determination=line.determination_id, cycle=line.cycle_id, notice__isnull=False
    ).values_list("notice_id", flat=True).first()


@page("entitlements.names")
def cycle_line(request: StaffRequest, pk: int) -> HttpResponse:
    """One line: what it says and why, by the frozen facts; and, for the town that reviews, what to do with it."""
    line = queries.get_line(request.user, pk)
    cycle, town = line.cycle, line.region_code[:TOWN_LENGTH]
    review = cycle.towns.filter(region=town).first()
    reviewing = (
        review is not None and review.done_at is None and cycle.state == Cycle.State.OPEN
        and request.user.scope("entitlements.review").covers(town)
    )
    before = (
        CycleLine.objects.filter(person=line.person_id, service_id=line.service_id, month__lt=line.month)
        .exclude(cycle__state=Cycle.State.CANCELLED).order_by("-month").select_related("cycle")[:6]
    )
    return render(request, "entitlements/cycle_line.html", {
        "before_words": amount_words(line.previous_fen, line.unit) if line.previous_fen is not None else "",
        "line": line, "cycle": cycle, "name": label(cycle.label), "service": explained(cycle, line.person_id),
        "reviewing": reviewing and line.why not in BOUND, "bound": line.why in BOUND, "before": before,
        "by_day": line.unit == Unit.DAY, "enters": reviewing and line.unit == Unit.DAY and line.change != "stopped",
        "change_tone": CHANGE_TONES[line.change], "state_tone": STATE_TONES[line.state], "yuan": yuan,
        "place": f"{place_of(line.person, Level.TOWN)} {place_of(line.person, Level.VILLAGE)}",
        "act_url": reverse("entitlements:cycle_lines", args=[cycle.pk]),
        "told": _told(line), "sees_person": request.user.scope("people.view").covers(line.person.region_id),
        "crumbs": [(_("Services and dues"), overview_url(town)), (_("Monthly review"), cycles_url(town, cycle.month)),
                   (label(cycle.label), lines_url(cycle.pk, town)), (line.person.name, None)],
    })
