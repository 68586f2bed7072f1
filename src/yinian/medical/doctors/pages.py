"""Pages of family doctors: the list, one, entering and ending."""

import datetime as dt
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
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.medical.contracts.forms import ErrorForm, StopForm
from yinian.medical.contracts.pages import version_of
from yinian.medical.desks import ROOM, crumbs
from yinian.medical.doctors import actions, queries
from yinian.medical.doctors.forms import DoctorForm
from yinian.medical.doctors.models import FamilyDoctor
from yinian.medical.health.queries import get_person
from yinian.medical.institutions.queries import visible_to as institutions_visible_to
from yinian.people.persons.queries import visible_to as people_visible_to


def last_day(one: FamilyDoctor) -> dt.date | None:
    return None if one.period.upper is None else one.period.upper - dt.timedelta(days=1)


def standing(one: FamilyDoctor) -> tuple[str, str]:
    today, last = timezone.localdate(), last_day(one)
    if one.in_error:
        return _("entered in error"), "mute"
    if last is not None and last < today:
        return _("has ended"), "mute"
    return (_("in force"), "ok") if one.period.lower <= today else (_("not yet in force"), "info")


def _view() -> ListView:
    return ListView(
        title=_("Family doctors"),
        columns=[
            Column("name", gettext_lazy("Name"), lambda d: d.person.name, sort="person__name"),
            Column("area", gettext_lazy("Area"), lambda d: d.person.region.name, sort="person__region"),
            Column("doctor", gettext_lazy("Name of the doctor"), lambda d: d.doctor, sort="doctor"),
            Column("at", gettext_lazy("Doctor's institution"), lambda d: d.institution.name,
                   sort="institution__organisation__name"),
            Column("since", gettext_lazy("Signed from"), lambda d: d.period.lower, kind="day", sort="period"),
            Column("last", gettext_lazy("Last day"), last_day, kind="day", sort="period__endswith"),
            Column("state", gettext_lazy("State"), standing, kind="badge"),
            Column("services", gettext_lazy("Services agreed"), lambda d: "、".join(d.services_words), default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"),
                   lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter(
                "now", gettext_lazy("In force"),
                lambda qs, v: qs.filter(period__contains=timezone.localdate(), in_error=False), kind="bool",
            ),
            Filter(
                "institution", gettext_lazy("Doctor's institution"), lambda qs, v: qs.filter(institution=v),
                lambda a: [(one.pk, one.name) for one in institutions_visible_to(a)],
            ),
        ],
        search=lambda qs, text: (
            qs.filter(person__name__startswith=text)
            if not text.isascii()
            else qs.filter(person__name_initials__startswith=text.lower())
        ),
        search_hint=_("Person's name or pinyin initials"),
        default_sort=("last", "asc"),
        excel_right="people.export",
        region_field="person__region__code",
        row_url=lambda d: reverse("medical:doctor", args=[d.pk]),
        empty=_("No family doctor is entered yet"),
        empty_text=_("Enter one on a person's health summary."),
        key="medical:doctors",
        desk=(ROOM, "m_doctors"),
    )


@page("health.view", also=("people.view", "medical.view"))
def doctors(request: StaffRequest) -> HttpResponse:
    return render_list(
        request, _view(), queries.listed(request.user), "medical/list.html",
        {"crumbs": crumbs((_("Family doctors"), None))},
    )


@page("health.edit", methods=("GET", "POST"), also=("health.view", "medical.view"))
def doctor_new(request: StaffRequest, pk: int) -> HttpResponse:
    person = get_person(request.user, pk, "health.edit")
    context: dict[str, Any] = {
        "title": _("Enter the family doctor: %(name)s") % {"name": person.name},
        "save": _("Enter"),
        "back": reverse("medical:health", args=[pk]),
        "crumbs": crumbs((_("Family doctors"), reverse("medical:doctors")), (person.name, None)),
    }
    form = DoctorForm(request.POST or None, actor=request.user)
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "medical/form.html", form, **context)
    data = dict(form.cleaned_data)
    try:
        made = actions.sign(request.user, pk, data.pop("institution").pk, **data)
    except Refused as refusal:
        return render_form(request, "medical/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The family doctor is entered."))
    return HttpResponseRedirect(reverse("medical:doctor", args=[made.pk]))


@page("health.view")
def doctor(request: StaffRequest, pk: int) -> HttpResponse:
    return _page(request, queries.get_family_doctor(request.user, pk))


def _page(request: StaffRequest, one: FamilyDoctor, status: int = 200, **bound: StaffForm) -> HttpResponse:
    may = request.user.may("health.edit") and people_visible_to(request.user, "health.edit").filter(
        pk=one.person_id
    ).exists()
    return render(
        request,
        "medical/doctor.html",
        {
            "one": one,
            "state": standing(one),
            "last": last_day(one),
            "may_edit": may and one.stopped_by_id is None,
            "stop_form": bound.get("stop") or StopForm(prefix="stop", initial={"last": timezone.localdate()}),
            "error_form": bound.get("error") or ErrorForm(prefix="error"),
            "crumbs": crumbs((_("Family doctors"), reverse("medical:doctors")), (one.person.name, None)),
        },
        status=status,
    )


def _act(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Any) -> HttpResponse:
    one = queries.get_family_doctor(request.user, pk)
    get_person(request.user, one.person_id, "health.edit")
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("It is recorded."))
            return HttpResponseRedirect(reverse("medical:doctor", args=[pk]))
    return _page(request, one, 422, **{name: form})


@page("health.edit", methods=("POST",), also=("health.view",))
def doctor_stop(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "stop", StopForm(request.POST, prefix="stop"),
                lambda data: actions.stop(request.user, pk, version_of(request), data["last"], data["reason"]))


@page("health.edit", methods=("POST",), also=("health.view",))
def doctor_error(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, "error", ErrorForm(request.POST, prefix="error"),
                lambda data: actions.take_back(request.user, pk, version_of(request), data["reason"]))
