"""Pages of check-ups: the list, who is still without this year's, one check-up, entering."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.medical.checkups import actions, queries
from yinian.medical.checkups.forms import CheckUpForm, FollowForm
from yinian.medical.checkups.models import CheckUp
from yinian.medical.contracts.forms import ErrorForm
from yinian.medical.contracts.pages import version_of
from yinian.medical.desks import ROOM, crumbs
from yinian.medical.health.queries import get_person
from yinian.medical.institutions.queries import visible_to as institutions_visible_to
from yinian.medical.rules import check_up_age
from yinian.people.persons.queries import search as search_people
from yinian.people.persons.queries import visible_to as people_visible_to

STEPS = (0, 5, 15, 25)  # years above the age from which the check-up is offered: what the list is narrowed to


def follow_words(one: CheckUp) -> tuple[str, str] | None:
    """How the following up stands; None where there is nothing to follow up."""
    if one.result == CheckUp.Result.NORMAL:
        return None
    if one.followed_on is not None:
        return _("followed up"), "ok"
    late = one.follow_by is not None and one.follow_by < timezone.localdate()
    return (_("overdue"), "bad") if late else (_("to be followed up"), "warn")


def _overdue(qs: Any, value: str) -> Any:
    if value == "late":
        return qs.filter(queries.still_open(), follow_by__lt=timezone.localdate())
    if value == "open":
        return qs.filter(queries.still_open())
    return qs.filter(followed_on__isnull=False)


def _ages(actor: Any) -> list[tuple[str, str]]:
    """From the age of the actor's pack on; nothing to choose where it rules none."""
    region = actor.home_region
    rule = check_up_age(region.pk) if region is not None else None
    return [] if rule is None else [(str(rule.years + step), str(rule.years + step)) for step in STEPS]


def _years(actor: Any) -> list[tuple[str, str]]:
    this = timezone.localdate().year
    return [(str(year), str(year)) for year in range(this, this - 5, -1)]


def _view() -> ListView:
    return ListView(
        title=_("Check-ups"),
        columns=[
            Column("on", gettext_lazy("Checked on"), lambda c: c.done_on, kind="day", sort="done_on"),
            Column("name", gettext_lazy("Name"), lambda c: c.person.name, sort="person__name"),
            Column("area", gettext_lazy("Area"), lambda c: c.person.region.name, sort="person__region"),
            Column("at", gettext_lazy("Checked at"), lambda c: c.institution.name,
                   sort="institution__organisation__name"),
            Column("paid", gettext_lazy("Who paid"), lambda c: c.get_paid_display(), sort="paid"),
            Column("result", gettext_lazy("Result"), lambda c: c.get_result_display(), sort="result"),
            Column("follow", gettext_lazy("Following up"), follow_words, kind="badge"),
            Column("by", gettext_lazy("By which day"), lambda c: c.follow_by, kind="day", sort="follow_by"),
            Column("paper", gettext_lazy("Paper"), lambda c: _("kept") if c.paper_id else None, default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("year", gettext_lazy("Year"), lambda qs, v: qs.filter(done_on__year=int(v)), _years),
            Filter("follow", gettext_lazy("Following up"), _overdue,
                   lambda a: [("open", _("to be followed up")), ("late", _("overdue")), ("done", _("followed up"))]),
            Filter("list", gettext_lazy("List"), lambda qs, v: qs.filter(from_list=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
            Filter("paid", gettext_lazy("Who paid"), lambda qs, v: qs.filter(paid=v), lambda a: CheckUp.Paid.choices),
            Filter(
                "institution", gettext_lazy("Checked at"), lambda qs, v: qs.filter(institution=v),
                lambda a: [(one.pk, one.name) for one in institutions_visible_to(a)],
            ),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("on", "desc"),
        excel_right="people.export",
        region_field="person__region__code",
        row_url=lambda c: reverse("medical:checkup", args=[c.pk]),
        empty=_("No check-up is entered yet"),
        empty_text=_("Enter one from the list of those due, or on a person's page."),
        key="medical:checkups",
        desk=(ROOM, "m_checkups"),
    )


@page("health.view", also=("people.view", "medical.view"))
def checkups(request: StaffRequest) -> HttpResponse:
    acts = []
    if request.user.may("health.edit"):
        acts = [(_("Lists of check-ups"), reverse("medical:checklists"), "upload")]
    return render_list(
        request, _view(), queries.listed(request.user), "medical/list.html",
        {"crumbs": crumbs((_("Check-ups"), None)), "acts": acts},
    )


def _people_view() -> ListView:
    year = timezone.localdate().year
    return ListView(
        title=_("Check-ups and family doctors due"),
        subtitle=_("Living people: whether this year's check-up and a family doctor are on file."),
        columns=[
            Column("name", gettext_lazy("Name"), lambda p: p.name, sort="name"),
            Column("age", gettext_lazy("Age"), lambda p: age_on(p.birth_date), kind="number", sort="birth_date"),
            Column("area", gettext_lazy("Area"), lambda p: p.region.name, sort="region_id"),
            Column("home", gettext_lazy("Care home"), lambda p: p.home),
            Column(
                "checked", gettext_lazy("Check-up this year"),
                lambda p: (f"{p.checked:%m-%d}", "ok") if p.checked else (_("not on file"), "warn"), kind="badge",
            ),
            Column(
                "signed", gettext_lazy("Family doctor"),
                lambda p: (_("doctor on file"), "ok") if p.signed else (_("not on file"), "warn"), kind="badge",
            ),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter(
                "from_age", gettext_lazy("From age"), lambda qs, v: qs.filter(birth_date__lte=queries.born_by(int(v))),
                _ages,
            ),
            Filter(
                "checkup", gettext_lazy("Check-up this year"),
                lambda qs, v: qs.filter(checked__isnull=v == "no"),
                lambda a: [("no", _("not on file")), ("yes", _("on file"))],
            ),
            Filter(
                "doctor", gettext_lazy("Family doctor"), lambda qs, v: qs.filter(signed=v == "yes"),
                lambda a: [("no", _("not on file")), ("yes", _("on file"))],
            ),
            Filter(
                "where", gettext_lazy("Lives"), lambda qs, v: qs.filter(home__isnull=v == "house"),
                lambda a: [("home", _("in a care home")), ("house", _("not in a care home"))],
            ),
        ],
        search=search_people,
        search_hint=_("Name, pinyin initials, village or the end of the ID number"),
        default_sort=("area", "asc"),
        excel_right="people.export",
        region_field="region__code",
        row_url=lambda p: reverse("medical:checkup_new" if not p.checked and p.may_edit else "medical:health",
                                  args=[p.pk]),
        empty=_("Nobody fits"),
        key=f"medical:people:{year}",
        desk=(ROOM, "m_people"),
    )


@page("health.view", also=("people.view", "medical.view"))
def people(request: StaffRequest) -> HttpResponse:
    """Who has had this year's check-up and has a family doctor, and who not; the figures open whom they count."""
    area = request.GET.get("region", "")
    area = area if area.isdigit() else ""
    county = request.user.home_region
    age = check_up_age(county.code) if county is not None else None
    view = _people_view()
    may = request.user.may("health.edit")

    def per_row(rows: Any) -> None:
        for row in rows:
            row.may_edit = may

    view.per_row = per_row
    return render_list(
        request,
        view,
        queries.people(request.user).select_related("region").only("name", "birth_date", "region_id", "region__name"),
        "medical/people.html",
        {
            "figures": queries.figures(request.user, area, age.years if age else None),
            "age": age,
            "year": timezone.localdate().year,
            "tail": f"&region={area}" if area else "",
            "crumbs": crumbs((_("Check-ups and family doctors due"), None)),
        },
    )


@page("health.edit", methods=("GET", "POST"), also=("health.view", "medical.view"))
def checkup_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter a check-up of a person."""
    person = get_person(request.user, pk, "health.edit")
    back = reverse("medical:people") if request.user.may("people.view") else reverse("medical:health", args=[pk])
    context: dict[str, Any] = {
        "title": _("Enter a check-up: %(name)s") % {"name": person.name},
        "save": _("Enter"),
        "back": back,
        "files": True,
        "crumbs": crumbs((_("Check-ups"), reverse("medical:checkups")), (person.name, None)),
    }
    form = CheckUpForm(request.POST or None, request.FILES or None, actor=request.user)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        made = actions.enter(request.user, pk, data.pop("institution").pk, **data)
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The check-up is entered."))
    return HttpResponseRedirect(reverse("medical:checkup", args=[made.pk]))


@page("health.view")
def checkup(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_check_up(request.user, pk))


def _page(request: StaffRequest, one: CheckUp, status: int = 200, **bound: StaffForm) -> HttpResponse:
    may = request.user.may("health.edit") and people_visible_to(request.user, "health.edit").filter(
        pk=one.person_id
    ).exists()
    return render(
        request,
        "medical/checkup.html",
        {
            "one": one,
            "state": follow_words(one),
            "may_edit": may and one.error_at is None,
            "follow_form": bound.get("follow") or FollowForm(prefix="follow"),
            "error_form": bound.get("error") or ErrorForm(prefix="error"),
            "crumbs": crumbs((_("Check-ups"), reverse("medical:checkups")), (one.person.name, None)),
        },
        status=status,
    )


def _act(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Any, said: str) -> HttpResponse:
    one = queries.get_check_up(request.user, pk)
    get_person(request.user, one.person_id, "health.edit")
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("medical:checkup", args=[pk]))
    return _page(request, one, 422, **{name: form})


@page("health.edit", methods=("POST",), also=("health.view",))
def checkup_follow(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "follow", FollowForm(request.POST, prefix="follow"),
                lambda data: actions.follow_up(request.user, pk, version_of(request), data["on"], data["note"]),
                _("It is recorded."))


@page("health.edit", methods=("POST",), also=("health.view",))
def checkup_error(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "error", ErrorForm(request.POST, prefix="error"),
                lambda data: actions.mark_error(request.user, pk, version_of(request), data["reason"]),
                _("It is marked as an error."))
