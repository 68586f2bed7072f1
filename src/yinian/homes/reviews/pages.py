"""Pages of each home's own plan: all homes, one home with figures and goals, visits, findings and what came of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.homes.beds.pages import town_of
from yinian.homes.catalogues import areas, choices, named
from yinian.homes.reviews import actions, paper, queries
from yinian.homes.reviews.forms import AgainForm, CloseForm, FindingForm, GoalForm, ReportForm, VisitForm, in_a_month
from yinian.homes.reviews.models import Finding
from yinian.places.models import Site

TONES = {"slight": "mute", "serious": "warn", "grave": "bad"}
Crumb = tuple[str, str | None]


def state_of(one: Finding) -> tuple[str, str]:
    """A finding's state in words, red where the home is late."""
    if one.is_overdue:
        return _("Overdue"), "bad"
    tones = {"open": "warn", "reported": "info", "closed": "ok"}
    return str(one.get_state_display()), tones[one.state]


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [(_("Homes and beds"), reverse("homes:list")), (_("Plans of homes"), reverse("homes:guidance")), *more]


def _home_crumbs(home: Site, *more: Crumb) -> list[Crumb]:
    return _crumbs((home.name, reverse("homes:home_guidance", args=[home.pk])), *more)


def _findings_of(home: Site, count: int, query: str) -> tuple[str, str] | str:
    return (str(count), f"{reverse('homes:findings')}?home={home.pk}&{query}") if count else "0"


@page("reviews.view", also=("homes.view",))
def guidance(request: StaffRequest) -> HttpResponse:
    """Every home with what is open, what is overdue and when somebody was last there."""
    view = ListView(
        title=_("Plans of homes"),
        subtitle=_("For each home: what visits found, what was advised, what came of it, and what the home aims at."),
        columns=[
            Column("home", _("Home"), lambda h: h.name, sort="name"),
            Column("town", _("Town"), town_of, sort="region__code"),
            Column("occupied", _("Occupied"), lambda h: h.occupied, kind="number", sort="occupied"),
            Column("usable", _("Usable"), lambda h: h.usable, kind="number", sort="usable"),
            Column("open", _("Findings not closed"), lambda h: _findings_of(h, h.open_findings, "open=1"), kind="link",
                   sort="open_findings"),
            Column("overdue", _("Overdue"), kind="badge", sort="overdue_findings",
                   cell=lambda h: (str(h.overdue_findings), "bad" if h.overdue_findings else "mute")),
            Column("check", _("To be checked"), lambda h: h.to_check, kind="number", sort="to_check"),
            Column("visits", _("Visits in twelve months"), lambda h: h.visits_of_year, kind="number",
                   sort="visits_of_year"),
            Column("last", _("Last visit"), lambda h: h.last_visit, kind="day", sort="last_visit"),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("overdue", _("With overdue findings"), lambda qs, v: qs.filter(overdue_findings__gt=0), kind="bool"),
            Filter("unvisited", _("Not visited in twelve months"), lambda qs, v: qs.filter(visits_of_year=0),
                   kind="bool"),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        search_hint=_("Name of the home"),
        default_sort=("overdue", "desc"), excel_right="reviews.view", region_field="region__code", site_field="pk",
        row_url=lambda h: reverse("homes:home_guidance", args=[h.pk]),
        desk=("homes", "guidance"), empty=_("No home within reach"),
    )  # fmt: skip
    return render_list(request, view, queries.listed(request.user))


def _sites(actor: User) -> list[tuple[int, str]]:
    return list(queries.homes(actor).order_by("name").values_list("pk", "name"))


@page("reviews.view", also=("homes.view",))
def findings(request: StaffRequest) -> HttpResponse:
    """Every finding, those with the earliest day first."""
    view = ListView(
        title=_("Findings and what came of them"),
        columns=[
            Column("home", _("Home"), lambda f: f.site.name, sort="site__name"),
            Column("area", _("Area looked at"), lambda f: named(areas(), f.area), sort="area"),
            Column("found", _("What the visit found"), lambda f: f.found[:60]),
            Column("severity", _("Severity of the finding"), lambda f: (f.get_severity_display(), TONES[f.severity]),
                   kind="badge", sort="severity"),
            Column("who", _("Who sees to it"), lambda f: f.who),
            Column("visit", _("Day of the guidance visit"), lambda f: f.visit.on, kind="day", sort="visit__on"),
            Column("due", _("To be put right by"), lambda f: f.due_on, kind="day", sort="due_on"),
            Column("state", _("State"), state_of, kind="badge", sort="state"),
            Column("advice", _("Advice"), lambda f: f.advice, default=False),
        ],
        filters=[
            Filter("home", _("Home"), lambda qs, v: qs.filter(site=v), _sites),
            Filter("area", _("Area looked at"), lambda qs, v: qs.filter(area=v), lambda a: choices(areas())),
            Filter("severity", _("Severity of the finding"), lambda qs, v: qs.filter(severity=v),
                   lambda a: Finding.Severity.choices),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda a: Finding.State.choices),
            Filter("overdue", _("Overdue"), lambda qs, v: qs.filter(queries.overdue()), kind="bool"),
            Filter("open", _("Not closed"), lambda qs, v: qs.exclude(state=Finding.State.CLOSED), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(found__contains=text) | qs.filter(advice__contains=text),
        search_hint=_("Words of the finding or the advice"),
        default_sort=("due", "asc"), excel_right="reviews.view", region_field="site__region__code", site_field="site",
        row_url=lambda f: reverse("homes:finding", args=[f.pk]),
        desk=("homes", "findings"), empty=_("Nothing was found"),
        empty_text=_("Findings are entered with a visit: open a home's plan and record the visit."),
    )  # fmt: skip
    return render_list(request, view, queries.findings(request.user))


@page("reviews.view", also=("homes.view",))
def home_guidance(request: StaffRequest, pk: int) -> HttpResponse:
    """One home's own plan: its figures beside its goals, what is open, the visits."""
    home = queries.get_home(request.user, pk)
    figures = queries.figures_of(home)
    return render(request, "homes/guidance_home.html", {
        "home": home,
        "figures": figures,
        "levels": paper.level_lines(figures),
        "goals": queries.goals_of(home, figures),
        "findings": queries.open_findings(home),
        "visits": queries.visits_of(home),
        "area": lambda key: named(areas(), key),
        "state_of": state_of,
        "tones": TONES,
        "per_carer": figures.of("per_carer"),
        "may_guide": request.user.scope("reviews.guide").covers(home.region_id, home.pk),
        "sees_incidents": request.user.scope("incidents.view").covers(home.region_id, home.pk)
        and request.user.may("people.view"),
        "crumbs": _crumbs((home.name, None)),
    })


@page("reviews.view", also=("homes.view",))
def guidance_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """A home's own plan on one page, to print; made anew each time and kept nowhere."""
    home = queries.get_home(request.user, pk)
    answer = HttpResponse(paper.sheet_pdf(home), content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, f"{paper.TITLE}-{home.name}.pdf") or "inline"
    return answer


def _enter(
    request: StaffRequest, form: StaffForm, do: Any, said: str, to: Any, template: str = "homes/form.html",
    **context: Any,
) -> HttpResponse:
    """A form page whose action leads on; a refusal comes back beside its field."""
    if request.method != "POST" or not form.is_valid():
        return render_form(request, template, form, **context)
    try:
        made = do(form.cleaned_data)
    except Refused as refusal:
        return render_form(request, template, form, refusal=refusal, **context)
    messages.success(request, said)
    return redirect(to(made))


@page("reviews.guide", methods=("GET", "POST"), also=("homes.view", "reviews.view"))
def guidance_visit_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Record a visit; what it found is entered on its page."""
    home = queries.get_home(request.user, pk, "reviews.guide")
    return _enter(
        request, VisitForm(request.POST or None), lambda data: actions.visit(request.user, pk, **data),
        _("The visit is recorded. Now enter what it found."),
        lambda made: reverse("homes:guidance_visit", args=[made.pk]),
        title=_("Record a visit: %(home)s") % {"home": home.name}, save=_("Record the visit"),
        back=reverse("homes:home_guidance", args=[pk]), crumbs=_home_crumbs(home, (_("Record a guidance visit"), None)),
    )  # fmt: skip


@page("reviews.view", also=("homes.view",))
def guidance_visit(request: StaffRequest, pk: int) -> HttpResponse:
    """One visit with what it found."""
    one = queries.get_visit(request.user, pk)
    return render(request, "homes/guidance_visit.html", {
        "one": one,
        "home": one.site,
        "findings": list(one.findings.all()),
        "area": lambda key: named(areas(), key),
        "state_of": state_of,
        "tones": TONES,
        "may_guide": request.user.scope("reviews.guide").covers(one.site.region_id, one.site_id),
        "crumbs": _home_crumbs(one.site, (_("Guidance visit"), None)),
    })


@page("reviews.guide", methods=("GET", "POST"), also=("homes.view", "reviews.view"))
def finding_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter what a visit found and what is advised."""
    seen = queries.get_visit(request.user, pk)
    request.user.require("reviews.guide", seen.site.region_id, seen.site_id)
    back = reverse("homes:guidance_visit", args=[pk])
    return _enter(
        request, FindingForm(request.POST or None, request.FILES or None),
        lambda data: actions.find(request.user, pk, **data), _("The finding is entered; the home's manager is asked."),
        lambda made: back, "homes/upload.html", title=_("Enter a finding: %(home)s") % {"home": seen.site.name},
        save=_("Enter the finding"), back=back, crumbs=_home_crumbs(seen.site, (_("Enter a finding"), None)),
    )  # fmt: skip


@page("reviews.view", also=("homes.view",))
def finding(request: StaffRequest, pk: int) -> HttpResponse:
    return _finding_page(request, queries.get_finding(request.user, pk))


def _finding_page(request: StaffRequest, one: Finding, status: int = 200, **forms: Any) -> HttpResponse:
    place = (one.site.region_id, one.site_id)
    guides = request.user.scope("reviews.guide").covers(*place)
    day = {"due_on": max(one.due_on, in_a_month())}
    return render(request, "homes/finding.html", {
        "one": one,
        "home": one.site,
        "area": named(areas(), one.area),
        "state": state_of(one),
        "tones": TONES,
        "steps": queries.steps_of(one),
        "may_report": one.state == Finding.State.OPEN and request.user.scope("reviews.report").covers(*place),
        "may_check": guides and one.state == Finding.State.REPORTED,
        "may_reopen": guides and one.state == Finding.State.CLOSED,
        "may_extend": guides and one.state == Finding.State.OPEN,
        "report_form": forms.get("report") or ReportForm(prefix="report"),
        "close_form": forms.get("close") or CloseForm(prefix="close"),
        "return_form": forms.get("return") or AgainForm(prefix="return", initial=day),
        "reopen_form": forms.get("reopen") or AgainForm(prefix="reopen", initial=day),
        "extend_form": forms.get("extend") or AgainForm(prefix="extend", initial=day),
        "crumbs": _home_crumbs(one.site, (named(areas(), one.area), None)),
    }, status=status)


def _act(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Any, said: str) -> HttpResponse:
    one = queries.get_finding(request.user, pk)
    text = request.POST.get("version", "")
    if form.is_valid():
        try:
            do(request.user, pk, int(text) if text.isdigit() else 0, **form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return redirect("homes:finding", pk)
    return _finding_page(request, one, 422, **{name: form})


@page("reviews.report", methods=("POST",), also=("homes.view", "reviews.view"))
def finding_report(request: StaffRequest, pk: int) -> HttpResponse:
    form = ReportForm(request.POST, request.FILES, prefix="report")
    return _act(request, pk, "report", form, actions.report, _("Reported; the guidance centre checks it."))


@page("reviews.guide", methods=("POST",), also=("homes.view", "reviews.view"))
def finding_close(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "close", CloseForm(request.POST, prefix="close"), actions.close,
                _("The finding is closed."))


@page("reviews.guide", methods=("POST",), also=("homes.view", "reviews.view"))
def finding_return(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "return", AgainForm(request.POST, prefix="return"), actions.send_back,
                _("Returned; the home is asked again."))


@page("reviews.guide", methods=("POST",), also=("homes.view", "reviews.view"))
def finding_reopen(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "reopen", AgainForm(request.POST, prefix="reopen"), actions.reopen,
                _("The finding is open again; the home is asked."))


@page("reviews.guide", methods=("POST",), also=("homes.view", "reviews.view"))
def finding_extend(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "extend", AgainForm(request.POST, prefix="extend"), actions.extend,
                _("The home has more time."))


@page("reviews.guide", methods=("GET", "POST"), also=("homes.view", "reviews.view"))
def goal_set(request: StaffRequest, pk: int) -> HttpResponse:
    """Set what a home is to reach."""
    home = queries.get_home(request.user, pk, "reviews.guide")
    back = reverse("homes:home_guidance", args=[pk])
    form = GoalForm(request.POST or None, initial={"by": timezone.localdate().replace(month=12, day=31)})
    return _enter(
        request, form, lambda data: actions.set_goal(request.user, pk, **data), _("The goal is set."),
        lambda made: back, title=_("Set a goal: %(home)s") % {"home": home.name}, save=_("Set the goal"), back=back,
        crumbs=_home_crumbs(home, (_("Set a goal"), None)),
    )  # fmt: skip


@page("reviews.guide", methods=("POST",), also=("homes.view", "reviews.view"))
def goal_end(request: StaffRequest, pk: int) -> HttpResponse:
    ended = actions.end_goal(request.user, pk)
    messages.success(request, _("The goal is taken back; it stays on file."))
    return redirect("homes:home_guidance", ended.site_id)


