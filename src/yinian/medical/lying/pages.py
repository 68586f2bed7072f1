"""Pages of the five linked beds: how many lie where, who, and one person's beds over time."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.medical.contracts.forms import ErrorForm
from yinian.medical.contracts.pages import version_of
from yinian.medical.desks import crumbs
from yinian.medical.health.queries import get_person
from yinian.medical.lying import actions, queries
from yinian.medical.lying.forms import LeaveForm, LieForm
from yinian.people.models import Person
from yinian.people.persons.queries import search as search_people
from yinian.people.persons.queries import visible_to as people_visible_to


@page("medical.view")
def lying(request: StaffRequest) -> HttpResponse:
    """How many lie in which kind of bed today; each count opens its names for those who may see them."""
    area = request.GET.get("region", "")
    area = area if area.isdigit() else ""
    total, towns = queries.counts(request.user, area)
    return render(
        request,
        "medical/lying.html",
        {
            "total": total,
            "towns": towns,
            "kinds": [*queries.FIVE, queries.DAY],
            "five": queries.FIVE,
            "words": queries.kind_words,
            "names": request.user.may("health.view") and request.user.may("people.view"),
            "area": area,
            "crumbs": crumbs((_("Five linked beds"), None)),
        },
    )


def _view() -> ListView:
    return ListView(
        title=_("Who lies where"),
        subtitle=_("People in one of the five linked beds, or in a place by day, today."),
        columns=[
            Column("name", gettext_lazy("Name"), lambda p: p.name, sort="name"),
            Column("age", gettext_lazy("Age"), lambda p: age_on(p.birth_date), kind="number", sort="birth_date"),
            Column("area", gettext_lazy("Area"), lambda p: p.region.name, sort="region_id"),
            Column("lies", gettext_lazy("Lies in"), lambda p: queries.kind_words(p.lies), sort="lies"),
            Column("where", gettext_lazy("Of which house"), lambda p: p.where, sort="where"),
            Column("kept", gettext_lazy("Home that keeps the bed"), lambda p: p.kept or None),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter(
                "kind", gettext_lazy("Lies in"), lambda qs, v: qs.filter(lies=v),
                lambda a: [(kind, queries.kind_words(kind)) for kind in queries.WORDS],
            ),
            Filter("kept", gettext_lazy("Bed kept in a home"), lambda qs, v: qs.exclude(kept=""), kind="bool"),
        ],
        search=search_people,
        search_hint=_("Name, pinyin initials, village or the end of the ID number"),
        default_sort=("area", "asc"),
        excel_right="people.export",
        region_field="region__code",
        row_url=lambda p: reverse("medical:where", args=[p.pk]),
        empty=_("Nobody lies there, as far as the platform was told"),
        key="medical:lying_people",
    )


@page("health.view", also=("people.view", "medical.view"))
def lying_people(request: StaffRequest) -> HttpResponse:
    found = queries.people(request.user).select_related("region").only(
        "name", "birth_date", "region_id", "region__name"
    )
    return render_list(
        request, _view(), found, "medical/list.html",
        {"crumbs": crumbs((_("Five linked beds"), reverse("medical:lying")), (_("Who lies where"), None))},
    )


@page("health.view")
def where(request: StaffRequest, pk: int) -> HttpResponse:
    """In which beds a person lay, and where they lie now."""
    return _where(request, get_person(request.user, pk))


def _where(request: StaffRequest, person: Person, status: int = 200, **bound: Any) -> HttpResponse:
    intervals = queries.history(request.user, person)
    may = request.user.may("health.edit") and people_visible_to(request.user, "health.edit").filter(
        pk=person.pk
    ).exists()
    return render(
        request,
        "medical/where.html",
        {
            "person": person,
            "intervals": intervals,
            "now": queries.now_of(intervals),
            "words": queries.kind_words,
            "may_edit": may,
            "leave_form": LeaveForm(prefix="leave"),
            "error_form": ErrorForm(prefix="error"),
            "bad": bound,
            "crumbs": crumbs((_("Five linked beds"), reverse("medical:lying")), (person.name, None)),
        },
        status=status,
    )


@page("health.edit", methods=("GET", "POST"), also=("health.view", "medical.view"))
def lie(request: StaffRequest, pk: int) -> HttpResponse:
    person = get_person(request.user, pk, "health.edit")
    context: dict[str, Any] = {
        "title": _("Enter a bed of the health side: %(name)s") % {"name": person.name},
        "save": _("Enter"),
        "back": reverse("medical:where", args=[pk]),
        "note": _("For people who live in no care home. Residents go to hospital by a referral of their home."),
        "crumbs": crumbs((_("Five linked beds"), reverse("medical:lying")), (person.name, None)),
    }
    form = LieForm(request.POST or None, actor=request.user)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        actions.lie(request.user, pk, data.pop("institution").pk, **data)
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("It is entered."))
    return HttpResponseRedirect(reverse("medical:where", args=[pk]))


def _act(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Any) -> HttpResponse:
    bed = queries.get_bed(request.user, pk)
    get_person(request.user, bed.person_id, "health.edit")
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("It is recorded."))
            return HttpResponseRedirect(reverse("medical:where", args=[bed.person_id]))
    return _where(request, bed.person, 422, pk=pk, name=name, form=form)


@page("health.edit", methods=("POST",), also=("health.view",))
def bed_leave(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "leave", LeaveForm(request.POST, prefix="leave"),
                lambda data: actions.leave(request.user, pk, version_of(request), data["on"], data["reason"]))


@page("health.edit", methods=("POST",), also=("health.view",))
def bed_error(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "error", ErrorForm(request.POST, prefix="error"),
                lambda data: actions.take_back(request.user, pk, version_of(request), data["reason"]))
