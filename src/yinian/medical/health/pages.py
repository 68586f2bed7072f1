"""Pages of the health summary: asked why, then shown and logged; entering, changing, marking as an error; the paper."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm
from yinian.core.jinja import age_on
from yinian.medical.contracts.pages import version_of
from yinian.medical.health import actions, queries
from yinian.medical.health.forms import AllergyForm, ConditionForm, CourseForm, WhyForm
from yinian.medical.health.models import Condition
from yinian.people.models import Person

KEPT = dt.timedelta(minutes=15)
"""How long a reason given holds for the same person: each opening in that time is logged with it, none asked again."""


def _key(pk: int) -> str:
    return f"medical.health.{pk}"


def _reason(request: StaffRequest, pk: int) -> str:
    """The reason given for this person a short while ago; empty where there is none."""
    kept = request.session.get(_key(pk))
    if not kept or timezone.now() > dt.datetime.fromisoformat(kept[1]) + KEPT:
        return ""
    return str(kept[0])


def _crumbs(request: StaffRequest, person: Person) -> list[tuple[str, str | None]]:
    if request.user.may("people.view"):
        return [
            (_("Older people"), reverse("people:list")),
            (person.name, reverse("people:person", args=[person.pk])),
            (_("Health summary"), None),
        ]
    return [(person.name, None), (_("Health summary"), None)]


@page("health.view", methods=("GET", "POST"))
def summary(request: StaffRequest, pk: int) -> HttpResponse:
    """The summary of a person. Whoever opens it says why, once for a quarter of an hour; each opening is logged."""
    person = queries.get_person(request.user, pk)
    if request.method == "POST":
        form = WhyForm(request.POST)
        if not form.is_valid():
            return _why(request, person, form, 422)
        request.session[_key(pk)] = [form.words, timezone.now().isoformat()]
        return HttpResponseRedirect(reverse("medical:health", args=[pk]))
    if not _reason(request, pk):
        return _why(request, person, WhyForm(initial={"why": WhyForm.CARE}))
    return _summary(request, person)


def _why(request: StaffRequest, person: Person, form: WhyForm, status: int = 200) -> HttpResponse:
    context = {"person": person, "form": form, "crumbs": _crumbs(request, person)}
    return render(request, "medical/health_why.html", context, status=status)


def _summary(request: StaffRequest, person: Person, status: int = 200, **forms: Any) -> HttpResponse:
    found = actions.open_summary(request.user, person.pk, _reason(request, person.pk))
    may = queries.persons.visible_to(request.user, "health.edit").filter(pk=person.pk).exists() if (
        request.user.may("health.edit")) else False
    return render(
        request,
        "medical/health.html",
        {
            "one": found,
            "person": person,
            "age": age_on(person.birth_date),
            "level": found.level,
            "vitals": [(*queries.vital_words(vital), vital) for vital in found.vitals],
            "errors": queries.errors_of(person),
            "may_edit": may,
            "clinical": Condition.Clinical.choices,
            "course_form": CourseForm(),
            "bad_course": forms.get("course"),
            "condition_form": forms.get("condition") or ConditionForm(prefix="condition"),
            "allergy_form": forms.get("allergy") or AllergyForm(prefix="allergy"),
            "crumbs": _crumbs(request, person),
        },
        status=status,
    )


@page("own.view")
def own_summary(request: StaffRequest, pk: int) -> HttpResponse:
    """The summary of oneself or somebody one acts for, to read; each opening is logged."""
    found = actions.open_own_summary(request.user, pk)
    return render(request, "medical/own_health.html", {
        "one": found, "person": found.person,
        "vitals": [(*queries.vital_words(vital), vital) for vital in found.vitals],
        "crumbs": [
            (_("My family"), reverse("people:own")),
            (found.person.name, reverse("people:own_person", args=[pk])), (_("Health summary"), None),
        ],
    })


def _done(request: StaffRequest, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("medical:health", args=[pk]))


def _bad(request: StaffRequest, person: Person, **forms: Any) -> HttpResponse:
    """The page with the form that came back; whoever enters without having opened it says so as the reason."""
    if not _reason(request, person.pk):
        request.session[_key(person.pk)] = [_("Bringing the summary up to date"), timezone.now().isoformat()]
    return _summary(request, person, 422, **forms)


def _enter(request: StaffRequest, pk: int, name: str, form: StaffForm, do: Callable[..., Any]) -> HttpResponse:
    person = queries.get_person(request.user, pk, "health.edit")
    if form.is_valid():
        try:
            do(request.user, pk, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, pk, _("It is entered."))
    return _bad(request, person, **{name: form})


@page("health.edit", methods=("POST",), also=("health.view",))
def condition_new(request: StaffRequest, pk: int) -> HttpResponse:
    return _enter(request, pk, "condition", ConditionForm(request.POST, prefix="condition"), actions.add_condition)


@page("health.edit", methods=("POST",), also=("health.view",))
def allergy_new(request: StaffRequest, pk: int) -> HttpResponse:
    return _enter(request, pk, "allergy", AllergyForm(request.POST, prefix="allergy"), actions.add_allergy)


@page("health.edit", methods=("POST",), also=("health.view",))
def condition_change(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_entry(request.user, "condition", pk)
    form = CourseForm(request.POST)
    if form.is_valid():
        try:
            actions.change_condition(request.user, pk, version_of(request), **form.cleaned_data)
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            return _done(request, found.person_id, _("It is recorded."))
    return _bad(request, found.person, course=(pk, form))


@page("health.edit", methods=("POST",), also=("health.view",))
def entry_error(request: StaffRequest, kind: str, pk: int) -> HttpResponse:
    found = queries.get_entry(request.user, kind, pk)
    actions.mark_error(request.user, kind, pk, version_of(request), request.POST.get("reason", "")[:200])
    return _done(request, found.person_id, _("It is marked as an error."))


@page("health.view", methods=("GET",))
def summary_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """The summary as a paper; whoever has not said why is asked first."""
    queries.get_person(request.user, pk)
    reason = _reason(request, pk)
    if not reason:
        return HttpResponseRedirect(reverse("medical:health", args=[pk]))
    response = HttpResponse(actions.summary_pdf(request.user, pk, reason), content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="health-summary.pdf"'
    return response
