"""Pages of daily care: the home's day, a resident's sheet at the bedside, care set, records, hand-over, codes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from yinian.assessments import scales
from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.care import actions, queries
from yinian.homes.care.book import book, clock, group_words, reason_words, task_words
from yinian.homes.care.forms import (
    CareForm,
    CorrectionForm,
    NoteForm,
    entry_of,
    initial_of,
    number_of,
    slot_of,
    whole_of,
)
from yinian.homes.care.models import CareRecord, Vital
from yinian.homes.living import panel as living
from yinian.homes.living.book import intake_words
from yinian.homes.living.book import living as catalogue
from yinian.homes.living.meals import queries as meals
from yinian.homes.living.meals.models import Intake
from yinian.homes.medicines import queries as medicines
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.places.models import Site

TONES = {
    "done": "ok",
    "part": "warn",
    "not": "warn",
    "late": "bad",
    "due": "info",
    "ahead": "mute",
    "given": "ok",
    "withheld": "warn",
    "refused": "warn",
}
NOTE_DAYS = 7


def state_words() -> dict[str, str]:
    return {
        "done": _("Done"),
        "part": _("Done in part"),
        "not": _("Not done"),
        "late": _("Overdue"),
        "due": _("Due about now"),
        "ahead": _("Not due yet"),
        "given": pgettext("dose", "Given"),
        "withheld": pgettext("dose", "Withheld"),
        "refused": pgettext("dose", "Refused"),
    }


def crumbs(home: Site, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Homes and beds"), reverse("homes:list")), (home.name, reverse("homes:home", args=[home.pk])), *more]


def answered(request: StaffRequest, do: Callable[[], Any], back: str, words: str) -> HttpResponse:
    """Carry out what the bedside sent: JSON for the page's script, else back to the sheet with a sentence."""
    script = request.headers.get("X-Bedside") == "1"
    try:
        do()
    except Refused as refusal:
        text = refusal.message or " ".join(refusal.fields.values())
        if script:
            return JsonResponse({"error": text}, status=409 if isinstance(refusal, Changed) else 422)
        messages.error(request, text)
        return redirect(back)
    if script:
        return JsonResponse({"words": words, "at": f"{timezone.localtime():%H:%M}"})
    messages.success(request, words)
    return redirect(back)


# --- the home's day ------------------------------------------------------------------------------------------------


def _day_view(home: Site, attach: Callable[[Any], None]) -> ListView:
    def tally(stay: Any) -> Any:
        return stay.tally

    def level(stay: Any) -> str | None:
        return group_words(stay.regime.group) if stay.regime else None

    def stands(stay: Any) -> tuple[str, str]:
        if stay.regime is None:
            return _("care not set"), "warn"
        if stay.tally.late:
            return _("%(n)d overdue") % {"n": stay.tally.late}, "bad"
        if stay.tally.due:
            return _("%(n)d due now") % {"n": stay.tally.due}, "info"
        return _("nothing open"), "ok"

    return ListView(
        title=_("Daily care of %(home)s") % {"home": home.name},
        columns=[
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column(
                "age",
                gettext_lazy("Age"),
                lambda s: age_on(s.person.birth_date),
                kind="number",
                sort="person__birth_date",
            ),
            Column("group", gettext_lazy("Care grade"), level),
            Column("stands", gettext_lazy("This shift"), stands, kind="badge"),
            Column("done", gettext_lazy("Tasks recorded"), lambda s: f"{tally(s).done}/{tally(s).all}"),
        ],
        filters=[
            Filter(
                "group",
                gettext_lazy("Care grade"),
                _by_group,
                lambda actor: [*((g.id, str(g.label)) for g in book().groups.values()), ("none", _("care not set"))],
            ),
            Filter(
                "floor",
                gettext_lazy("Floor"),
                lambda qs, v: qs.filter(bed__room__floor=v) if v.lstrip("-").isdigit() else qs,
                lambda actor: [(str(n), str(n)) for n in sorted(set(home.rooms.values_list("floor", flat=True)))],
            ),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:sheet", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody lives here yet"),
        key="homes:care",
        per_row=attach,
    )


def _by_group(found: Any, value: str) -> Any:
    today = timezone.localdate()
    if value == "none":
        return found.exclude(person__regimes__held__contains=today)
    return found.filter(person__regimes__held__contains=today, person__regimes__group=value)


@page("care.view", also=("homes.view", "people.view"))
def care(request: StaffRequest, pk: int) -> HttpResponse:
    """How this shift stands: every resident with what is due, done and overdue."""
    home = queries.get_home(request.user, pk)
    now = queries.shift_of()
    tallies = queries.tallies(queries.slots_between(home, now.start, now.end))

    def attach(rows: Any) -> None:
        regimes = queries.regimes_today(home, [stay.person_id for stay in rows])
        for stay in rows:
            stay.regime, stay.tally = regimes.get(stay.person_id), tallies.get(stay.person_id, queries.Tally())

    residents = stays.residents(request.user, home)
    here = set(residents.values_list("person_id", flat=True))
    doses = medicines.doses_between(home, now.start, now.end, people=here)
    return render_list(
        request,
        _day_view(home, attach),
        residents,
        "homes/care.html",
        {
            "home": home,
            "now": now,
            "crumbs": crumbs(home, (_("Daily care"), None)),
            "total": queries.total(tally for person, tally in tallies.items() if person in here),
            "doses": len(doses),
            "doses_given": sum(d.giving is not None for d in doses),
            "doses_late": sum(d.state == "late" for d in doses),
            "unread": queries.unread(request.user, home, now.day - dt.timedelta(days=NOTE_DAYS)),
            "may_manage": request.user.scope("care.manage").covers(home.region_id, home.pk),
        },
    )


# --- the bedside ---------------------------------------------------------------------------------------------------


@page("care.view", also=("homes.view", "people.view"))
def bedside(request: StaffRequest, token: str) -> HttpResponse:
    """What a bed's code opens: the sheet of whoever lies in it."""
    bed, stay = queries.by_tag(request.user, token)
    if stay is None:
        return render(request, "homes/bedside_free.html", {"bed": bed, "home": bed.site})
    return _sheet(request, stay)


@page("care.view", also=("homes.view", "people.view"))
def sheet(request: StaffRequest, pk: int) -> HttpResponse:
    return _sheet(request, queries.get_resident(request.user, pk))


def _sheet(request: StaffRequest, stay: Stay) -> HttpResponse:
    home, person = stay.bed.site, stay.person
    slots, doses, plates = queries.sheet(stay), medicines.doses(stay), meals.meal_slots(stay)
    regime = queries.regime_of(person)
    if regime is not None and regime.site_id != home.pk:
        regime = None
    notes = [
        n
        for n in queries.hand_overs(request.user, home, timezone.localdate() - dt.timedelta(days=NOTE_DAYS))
        if n.person_id == person.pk
    ][:3]
    return render(
        request,
        "homes/sheet.html",
        {
            "stay": stay,
            "person": person,
            "home": home,
            "age": age_on(person.birth_date),
            "regime": regime,
            "level": None
            if regime is None or regime.level is None
            else scales.level_name(scales.ABILITY_SCALE, regime.level),
            "group_words": group_words,
            "now": queries.shift_of(),
            "slots": slots,
            "doses": doses,
            "open": sum(s.open for s in slots) + sum(d.giving is None for d in doses)
            + sum(p.record is None for p in plates),
            "plates": plates,
            "amounts": dict(Intake.Amount.choices),
            "intake_reasons": catalogue().intake_reasons,
            "intake_words": intake_words,
            "living": living.of_stay(request.user, stay),
            "clock": clock,
            "reasons": book().reasons,
            "kinds": book().vitals.values(),
            "latest": queries.latest_vitals(person),
            "words": state_words(),
            "tones": TONES,
            "reason_words": reason_words,
            "notes": notes,
            "value": queries.value_words,
            "may_record": request.user.scope("care.record").covers(home.region_id, home.pk),
            "may_manage": request.user.scope("care.manage").covers(home.region_id, home.pk),
            "may_report": request.user.scope("incidents.report").covers(home.region_id, home.pk),
            "crumbs": crumbs(home, (_("Daily care"), reverse("homes:care", args=[home.pk])), (person.name, None)),
            "config": {
                "store": f"bedside-{request.user.pk}",
                "words": {
                    "waiting": _("%(n)s not sent yet; they are sent when there is signal again"),
                    "sending": _("Sending…"),
                    "login": _("Log in again; what you recorded is kept on this device."),
                    "offline": _("No signal. It is kept on this device and sent later."),
                    "kept": _("Kept on this device"),
                    "gone": _("The person no longer lives here."),
                    "refused": _("Not taken: %(why)s"),
                },
            },
        },
    )


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def record_task(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_resident(request.user, pk, "care.record")
    post = request.POST

    def do() -> None:
        day, slot = slot_of(post)
        actions.record_task(
            request.user,
            pk,
            whole_of(post, "duty"),
            day,
            slot,
            post.get("outcome", ""),
            reason=post.get("reason", ""),
            note=post.get("note", ""),
            entry=entry_of(post),
        )

    return answered(request, do, reverse("homes:sheet", args=[pk]), _("Recorded."))


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def measure(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_resident(request.user, pk, "care.record")
    post = request.POST

    def do() -> None:
        value = number_of(post, "value")
        if value is None:
            raise Refused(fields={"value": _("Type the value.")})
        corrects = whole_of(post, "corrects") if post.get("corrects") else None
        actions.measure(
            request.user,
            pk,
            post.get("kind", ""),
            value,
            number_of(post, "second"),
            note=post.get("note", ""),
            entry=entry_of(post),
            corrects=corrects,
        )

    back = reverse("homes:vitals" if post.get("corrects") else "homes:sheet", args=[pk])
    return answered(request, do, back, _("Recorded."))


@page("care.view", also=("homes.view", "people.view"))
def vitals(request: StaffRequest, pk: int) -> HttpResponse:
    """What was measured of a resident in the last three months, kind by kind."""
    stay = queries.get_resident(request.user, pk)
    rows = queries.vitals_of(stay.person, timezone.localdate() - dt.timedelta(days=92))
    charts = {}
    for kind in book().vitals.values():
        mine = [v for v in reversed(rows) if v.kind == kind.id]
        if len(mine) > 1:
            charts[kind.id] = _chart(kind.unit, mine)
    return render(
        request,
        "homes/vitals.html",
        {
            "stay": stay,
            "home": stay.bed.site,
            "rows": rows[:200],
            "kinds": book().vitals,
            "value": queries.value_words,
            "charts": charts,
            "may_record": request.user.scope("care.record").covers(stay.bed.site.region_id, stay.bed.site_id),
            "crumbs": crumbs(stay.bed.site, (stay.person.name, reverse("homes:sheet", args=[pk])), (_("Values"), None)),
        },
    )


def _chart(unit: str, rows: list[Vital]) -> dict[str, Any]:
    """A line of values over time for charts.js."""
    days = [f"{timezone.localtime(v.at):%m-%d %H:%M}" for v in rows]
    series = [{"type": "line", "data": [float(v.value) for v in rows], "showSymbol": len(rows) < 40}]
    if rows[0].second is not None:
        series.append(
            {
                "type": "line",
                "data": [float(v.second) if v.second is not None else None for v in rows],
                "showSymbol": len(rows) < 40,
            }
        )
    return {
        "xAxis": {"type": "category", "data": days},
        "yAxis": {"type": "value", "scale": True, "name": unit},
        "series": series,
        "grid": {"left": 48, "right": 16, "top": 28, "bottom": 28},
        "tooltip": {"trigger": "axis"},
    }


# --- care set ------------------------------------------------------------------------------------------------------


@page("care.manage", methods=("GET", "POST"), also=("homes.view", "people.view"))
def set_care(request: StaffRequest, pk: int) -> HttpResponse:
    """How much the person can do alone and the tasks that follow, suggested by level and care plan."""
    stay = queries.get_resident(request.user, pk, "care.manage")
    person, home, today = stay.person, stay.bed.site, timezone.localdate()
    regime = queries.regime_of(person, today)
    standing = regime if regime is not None and regime.site_id == home.pk else None
    level, plan = queries.level_of(person), queries.plan_of(person)
    group = queries.group_of(stay, level) or (standing.group if standing else "partial")
    asked = request.GET.get("group", "")
    if asked in book().groups:
        group = asked
    rows = queries.suggestions(group, plan)
    if standing is not None and not asked:
        rows = [queries.Suggestion(d.task, tuple(d.times), tuple(d.days), d.origin) for d in standing.duties.all()]
        group = standing.group
    context: dict[str, Any] = {
        "stay": stay,
        "home": home,
        "person": person,
        "standing": standing,
        "plan": plan,
        "level": scales.level_name(scales.ABILITY_SCALE, level) if level is not None else None,
        "groups": book().groups.values(),
        "chosen": group,
        "group_words": group_words,
        "version": standing.version if standing else 0,
        "plan_tasks": {s.task for s in queries.suggestions(group, plan) if s.origin == "plan"},
        "crumbs": crumbs(home, (person.name, reverse("homes:sheet", args=[pk])), (_("Set the care"), None)),
    }
    on = today if standing is None or standing.held.lower < today else today + dt.timedelta(days=1)
    form = CareForm(request.POST or None, initial={"group": group, "on": on, **initial_of(rows)})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/set_care.html", form, **context)
    version = request.POST.get("version", "")
    try:
        actions.set_care(
            request.user,
            pk,
            group=form.cleaned_data["group"],
            duties=form.duties(),
            on=form.cleaned_data["on"],
            reason=form.cleaned_data["reason"],
            version=int(version) if version.isdigit() else 0,
        )
    except Refused as refusal:
        return render_form(request, "homes/set_care.html", form, refusal=refusal, **context)
    messages.success(request, _("The care is set."))
    return redirect("homes:sheet", pk)


# --- records -------------------------------------------------------------------------------------------------------


def _record_view(home: Site) -> ListView:
    words = state_words()
    return ListView(
        title=_("Care records of %(home)s") % {"home": home.name},
        columns=[
            Column("day", gettext_lazy("Day"), lambda r: r.day, kind="day", sort="day"),
            Column("slot", gettext_lazy("Time set"), lambda r: clock(r.slot), sort="slot"),
            Column(
                "name", gettext_lazy("Name"), lambda r: r.duty.regime.person.name, sort="duty__regime__person__name"
            ),
            Column("task", gettext_lazy("Task"), lambda r: task_words(r.duty.task), sort="duty__task"),
            Column(
                "outcome",
                gettext_lazy("What came of it"),
                lambda r: (words[r.outcome], TONES[r.outcome]),
                kind="badge",
                sort="outcome",
            ),
            Column(
                "reason", gettext_lazy("Why it was not done"), lambda r: reason_words(r.reason) if r.reason else None
            ),
            Column("at", gettext_lazy("Done at"), lambda r: r.at, kind="moment", sort="at"),
            Column(
                "who", gettext_lazy("Recorded by"), lambda r: r.recorded_by.full_name, sort="recorded_by__full_name"
            ),
            Column("state", gettext_lazy("Correction"), _correction, kind="badge"),
        ],
        filters=[
            Filter(
                "outcome",
                gettext_lazy("What came of it"),
                lambda qs, v: qs.filter(outcome=v),
                lambda actor: CareRecord.Outcome.choices,
            ),
            Filter(
                "task",
                gettext_lazy("Task"),
                lambda qs, v: qs.filter(duty__task=v),
                lambda actor: [(t.id, str(t.label)) for t in book().tasks.values()],
            ),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(day__gte=v), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(day__lte=v), kind="date_to"),
            Filter(
                "corrected",
                gettext_lazy("Corrections only"),
                lambda qs, v: qs.filter(corrects__isnull=False),
                kind="bool",
            ),
        ],
        search=lambda qs, text: (
            qs.filter(duty__regime__person__name__startswith=text)
            if not text.isascii()
            else qs.filter(duty__regime__person__name_initials__startswith=text.lower())
        ),
        default_sort=("at", "desc"),
        excel_right="people.export",
        region_field="duty__regime__site__region__code",
        site_field="duty__regime__site",
        row_url=lambda r: reverse("homes:care_record", args=[r.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nothing is recorded yet"),
        key="homes:care_records",
    )


def _correction(one: CareRecord) -> tuple[str, str] | None:
    if hasattr(one, "corrected_by"):
        return _("corrected"), "mute"
    return (_("is a correction"), "info") if one.corrects_id else None


@page("care.view", also=("homes.view", "people.view"))
def care_records(request: StaffRequest, pk: int) -> HttpResponse:
    home = queries.get_home(request.user, pk)
    return render_list(
        request,
        _record_view(home),
        queries.records_of(request.user, home),
        "homes/care_list.html",
        {
            "home": home,
            "crumbs": crumbs(home, (_("Daily care"), reverse("homes:care", args=[pk])), (_("Records"), None)),
        },
    )


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.record")
def care_record(request: StaffRequest, pk: int) -> HttpResponse:
    """One record; whoever records here may put it right."""
    found = queries.get_record(request.user, pk)
    home = found.duty.regime.site
    later = CareRecord.objects.filter(corrects=found).select_related("recorded_by").first()
    may = later is None and request.user.scope("care.record").covers(home.region_id, home.pk)
    context: dict[str, Any] = {
        "one": found,
        "home": home,
        "task": task_words(found.duty.task),
        "clock": clock,
        "later": later,
        "may": may,
        "words": state_words(),
        "tones": TONES,
        "reason": reason_words(found.reason) if found.reason else None,
        "crumbs": crumbs(
            home, (_("Records"), reverse("homes:care_records", args=[home.pk])), (_("Keep the value"), None)
        ),
    }
    form = CorrectionForm(request.POST or None, initial={"outcome": found.outcome, "reason": found.reason})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/care_record.html", form, **context)
    try:
        made = actions.correct_task(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/care_record.html", form, refusal=refusal, **context)
    messages.success(request, _("The record is put right; the old one stays beside it."))
    return redirect("homes:care_record", made.pk)


# --- hand-over -----------------------------------------------------------------------------------------------------


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.record")
def hand_over(request: StaffRequest, pk: int) -> HttpResponse:
    """The notes of the last week, shift by shift, and a new one."""
    home = queries.get_home(request.user, pk, "care.record" if request.method == "POST" else "care.view")
    residents = list(stays.residents(request.user, home).order_by("bed__label"))
    stay = request.GET.get("stay", "")
    form = NoteForm(request.POST or None, residents=residents, initial={"stay": stay if stay.isdigit() else ""})
    notes = queries.hand_overs(request.user, home, timezone.localdate() - dt.timedelta(days=NOTE_DAYS))
    for note in notes:
        note.mine = note.recorded_by_id == request.user.pk or any(
            r.user_id == request.user.pk for r in note.reads.all()
        )
    context: dict[str, Any] = {
        "home": home,
        "notes": notes,
        "now": queries.shift_of(),
        "shifts": {s.id: s.label for s in book().shifts},
        "may_record": request.user.scope("care.record").covers(home.region_id, home.pk),
        "crumbs": crumbs(home, (_("Daily care"), reverse("homes:care", args=[pk])), (_("Hand-over"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/hand_over.html", form, **context)
    try:
        actions.hand_over(
            request.user,
            pk,
            form.cleaned_data["text"],
            stay_pk=form.cleaned_data["stay"],
            urgent=form.cleaned_data["urgent"],
        )
    except Refused as refusal:
        return render_form(request, "homes/hand_over.html", form, refusal=refusal, **context)
    messages.success(request, _("The note is left for those who come next."))
    return redirect("homes:hand_over", pk)


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def hand_over_read(request: StaffRequest, pk: int) -> HttpResponse:
    note = queries.get_hand_over(request.user, pk)
    actions.read_hand_over(request.user, pk)
    return HttpResponseRedirect(reverse("homes:hand_over", args=[note.site_id]) + f"#note-{pk}")
