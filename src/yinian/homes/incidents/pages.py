"""Pages of incidents: the list, figures by hazard and home, one incident with its follow-up, a report."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.homes.beds import queries as beds
from yinian.homes.care.pages import crumbs as home_crumbs
from yinian.homes.care.queries import get_resident, local
from yinian.homes.incidents import actions, queries
from yinian.homes.incidents.forms import CloseForm, FamilyForm, ReportForm, SpanForm, StepForm, WhomForm, now_words
from yinian.homes.incidents.hazards import hazard_words, hazards
from yinian.homes.incidents.models import Incident
from yinian.homes.stays import queries as stays
from yinian.places.sites.queries import home_choices, homes_where

TONES = {"none": "mute", "slight": "info", "medical": "warn", "severe": "bad", "death": "bad"}


def bureau_words(one: Incident) -> tuple[str, str]:
    """How far telling the bureau is: told, in time or not, due, or no rule known."""
    if one.bureau_at is not None:
        late = one.bureau_due is not None and one.bureau_at > one.bureau_due
        return (_("told late"), "warn") if late else (_("told"), "ok")
    if one.bureau_due is None:
        return _("not told; no rule on file"), "mute"
    if timezone.now() > one.bureau_due:
        return _("overdue to be told"), "bad"
    return _("to be told by %(time)s") % {"time": f"{timezone.localtime(one.bureau_due):%m-%d %H:%M}"}, "warn"


def _family(one: Incident) -> tuple[str, str]:
    if one.family_at is not None:
        return _("told"), "ok"
    return (_("not told, with reason"), "mute") if one.family_not else (_("not told yet"), "warn")


def _view() -> ListView:
    return ListView(
        title=_("Incidents in homes"),
        columns=[
            Column("at", gettext_lazy("When it happened"), lambda i: i.happened_at, kind="moment", sort="happened_at"),
            Column("home", gettext_lazy("Home"), lambda i: i.site.name, sort="site__name"),
            Column("name", gettext_lazy("Name"), lambda i: i.person.name, sort="person__name"),
            Column("hazard", gettext_lazy("Kind of incident"), lambda i: hazard_words(i.hazard), sort="hazard"),
            Column(
                "severity",
                gettext_lazy("How severe"),
                lambda i: (i.get_severity_display(), TONES[i.severity]),
                kind="badge",
                sort="severity",
            ),
            Column(
                "state",
                gettext_lazy("State"),
                lambda i: (i.get_state_display(), "warn" if i.is_open else "ok"),
                kind="badge",
                sort="state",
            ),
            Column("family", gettext_lazy("Family"), _family, kind="badge"),
            Column("bureau", gettext_lazy("Bureau"), bureau_words, kind="badge"),
            Column("who", gettext_lazy("Incident reported by"), lambda i: i.recorded_by.full_name, default=False),
        ],
        filters=[
            Filter("hazard", gettext_lazy("Kind of incident"), lambda qs, v: qs.filter(hazard=v), lambda a: hazards()),
            Filter(
                "severity",
                gettext_lazy("How severe"),
                lambda qs, v: qs.filter(severity=v),
                lambda a: Incident.Severity.choices,
            ),
            Filter("state", gettext_lazy("State"), lambda qs, v: qs.filter(state=v), lambda a: Incident.State.choices),
            Filter("home", gettext_lazy("Home"), lambda qs, v: qs.filter(site=v), home_choices("incidents.view")),
            Filter(
                "from", gettext_lazy("From"), lambda qs, v: qs.filter(happened_at__gte=local(v, 0)), kind="date_from"
            ),
            Filter(
                "to", gettext_lazy("Until"), lambda qs, v: qs.filter(happened_at__lt=local(v, 24 * 60)), kind="date_to"
            ),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        default_sort=("at", "desc"),
        excel_right="people.export",
        region_field="site__region__code",
        site_field="site",
        row_url=lambda i: reverse("homes:incident", args=[i.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("No incident was reported"),
        key="homes:incidents",
        desk=("homes", "incidents"),
    )


def _crumbs(*more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Homes and beds"), reverse("homes:list")), (_("Incidents in homes"), reverse("homes:incidents")), *more]


@page("incidents.view", also=("homes.view", "people.view"))
def incidents(request: StaffRequest) -> HttpResponse:
    own = list(homes_where(request.user, "incidents.report")[:2]) if request.user.may("incidents.report") else []
    return render_list(
        request,
        _view(),
        queries.listed(request.user),
        "homes/incidents.html",
        {
            "crumbs": [_crumbs()[0], (_("Incidents in homes"), None)],
            # Staff of one home report there; who sees many homes reads what they reported.
            "own": own[0].pk if len(own) == 1 else None,
        },
    )


@page("incidents.view", also=("homes.view",))
def incident_figures(request: StaffRequest) -> HttpResponse:
    """Incidents of a stretch of days by hazard and home; every count opens its list."""
    today = timezone.localdate()
    form = SpanForm(request.GET or None, initial={"first": today - dt.timedelta(days=365), "last": today})
    good = form.is_bound and form.is_valid()
    first = form.cleaned_data["first"] if good else today - dt.timedelta(days=365)
    last = form.cleaned_data["last"] if good else today
    order, lines, total = queries.figures(request.user, first, last)
    return render(
        request,
        "homes/incident_figures.html",
        {
            "form": form,
            "first": first,
            "last": last,
            "order": order,
            "lines": lines,
            "total": total,
            "hazard_words": hazard_words,
            "sees": request.user.may("people.view"),
            "crumbs": _crumbs((_("By hazard and home"), None)),
        },
        status=422 if form.is_bound and form.errors else 200,
    )


@page("incidents.report", methods=("GET", "POST"), also=("homes.view", "people.view"))
def incident_whom(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose whom an incident befell, for who does not stand at the bed."""
    home = beds.get_home(request.user, pk)
    request.user.require("incidents.report", home.region_id, home.pk)
    form = WhomForm(
        request.POST or None, residents=list(stays.residents(request.user, home).order_by("bed__label"))
    )
    if request.method == "POST" and form.is_valid():
        return redirect("homes:incident_report", form.cleaned_data["stay"])
    return render_form(
        request, "homes/form.html", form, title=_("Report an incident"), save=_("Go on"),
        back=reverse("homes:incidents"), crumbs=_crumbs((_("Report an incident"), None)),
    )


@page("incidents.report", methods=("GET", "POST"), also=("homes.view", "people.view"))
def incident_report(request: StaffRequest, pk: int) -> HttpResponse:
    """Report what befell a resident."""
    stay = get_resident(request.user, pk, "incidents.report")
    home, back = stay.bed.site, reverse("homes:sheet", args=[pk])
    context: dict[str, Any] = {
        "title": _("Report an incident: %(name)s") % {"name": stay.person.name},
        "save": _("Report the incident"),
        "back": back,
        "home": home,
        "crumbs": home_crumbs(home, (stay.person.name, back), (_("Report an incident"), None)),
    }
    form = ReportForm(request.POST or None, initial={"happened_at": now_words(), "place": stay.bed.label})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        made = actions.report(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The incident is reported; the manager follows it up."))
    return redirect("homes:incident", made.pk)


@page("incidents.view", also=("homes.view", "people.view"))
def incident(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_incident(request.user, pk))


def _page(request: StaffRequest, one: Incident, status: int = 200, **forms: Any) -> HttpResponse:
    place = (one.site.region_id, one.site_id)
    return render(
        request,
        "homes/incident.html",
        {
            "one": one,
            "home": one.site,
            "steps": queries.steps_of(one),
            "hazard": hazard_words(one.hazard),
            "tones": TONES,
            "bureau": bureau_words(one),
            "hours": one.rule.get("hours"),
            "confidence": one.rule.get("confidence"),
            "may_follow": one.is_open and request.user.scope("incidents.follow").covers(*place),
            "may_close": one.is_open
            and one.recorded_by_id != request.user.pk
            and request.user.scope("incidents.close").covers(*place),
            "family_form": forms.get("family") or FamilyForm(prefix="family", initial={"at": now_words()}),
            "step_form": forms.get("step") or StepForm(prefix="step"),
            "close_form": forms.get("close") or CloseForm(prefix="close"),
            "crumbs": _crumbs((hazard_words(one.hazard), None)),
        },
        status=status,
    )


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    one = queries.get_incident(request.user, pk)
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("homes:incident", pk)
    return _page(request, one, 422, **{name: form})


@page("incidents.follow", methods=("POST",), also=("homes.view", "people.view"))
def incident_family(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        "family",
        FamilyForm(request.POST, prefix="family"),
        lambda data: actions.tell_family(request.user, pk, _version(request), **data),
        _("Recorded."),
    )


@page("incidents.follow", methods=("POST",), also=("homes.view", "people.view"))
def incident_bureau(request: StaffRequest, pk: int) -> HttpResponse:
    queries.get_incident(request.user, pk)
    actions.tell_bureau(request.user, pk, _version(request))
    messages.success(request, _("The bureau is told."))
    return redirect("homes:incident", pk)


@page("incidents.follow", methods=("POST",), also=("homes.view", "people.view"))
def incident_step(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        "step",
        StepForm(request.POST, prefix="step"),
        lambda data: actions.add_step(request.user, pk, data["kind"], data["text"]),
        _("The step is added."),
    )


@page("incidents.close", methods=("POST",), also=("homes.view", "people.view"))
def incident_close(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(
        request,
        pk,
        "close",
        CloseForm(request.POST, prefix="close"),
        lambda data: actions.close(request.user, pk, _version(request), data["outcome"]),
        _("The incident is closed."),
    )
