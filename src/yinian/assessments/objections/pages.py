"""Pages of objections: the list, one objection, raising and withdrawing."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import papers
from yinian.assessments.objections import actions, queries
from yinian.assessments.objections.forms import ObjectForm, OwnObjectForm
from yinian.assessments.objections.models import Objection
from yinian.assessments.requests import lists
from yinian.assessments.requests.forms import ReasonForm
from yinian.assessments.requests.pages import crumbs, version_of
from yinian.assessments.results.pages import own_result
from yinian.assessments.results.queries import get_result, level_words, objection_open
from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.people.persons.actions import check_reach
from yinian.people.persons.queries import search as search_people
from yinian.people.persons.queries import visible_to as people_visible_to

TONES = {"lodged": "warn", "upheld": "mute", "changed": "info", "withdrawn": "mute"}


def _due(objection: Objection) -> tuple[str, str]:
    if objection.state != Objection.State.LODGED:
        return "", ""
    left = (objection.due_on - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return day(objection.due_on), "warn" if left <= 3 else "mute"


def _search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    from yinian.people.models import Person

    return rows.filter(result__person__in=search_people(Person.objects.all(), text))


def _list_view() -> ListView:
    return ListView(
        title=_("Objections"),
        desk=("assessments", "objections"),
        columns=[
            Column("name", _("Name"), lambda o: o.result.person.name, sort="result__person__name"),
            Column("village", _("Village"), lambda o: lists.village_of(o.result.person),
                   sort="result__person__region_id"),
            Column("level", _("Level objected to"), lambda o: level_words(o.result)),
            Column("by", _("Who objects"), lambda o: f"{o.by_name} ({o.get_by_display()})"),
            Column("lodged_on", _("Raised on"), lambda o: o.lodged_on, kind="day", sort="lodged_on"),
            Column("state", _("State"), lambda o: (o.get_state_display(), TONES[o.state]), kind="badge", sort="state"),
            Column("due", _("Re-assessment by"), _due, kind="badge", sort="due_on"),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Objection.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(result__person__region__code__startswith=v),
                   kind="region"),
        ],
        search=_search,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("lodged_on", "desc"),
        excel_right="assessments.export",
        region_field="result__person__region__code",
        row_url=lambda o: reverse("assessments:objection", args=[o.pk]),
        empty=_("Nobody has objected to a result"),
        empty_text=_("An objection is entered on the page of the result, within the time printed on the notice."),
        key="assessments:objections",
    )


@page("assessments.area")
def objection_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _list_view(), queries.visible_to(request.user))


@page("assessments.area")
def objection(request: StaffRequest, pk: int) -> HttpResponse:
    return _show(request, queries.get_objection(request.user, pk))


def _show(request: StaffRequest, found: Objection, status: int = 200, form: ReasonForm | None = None) -> HttpResponse:
    person = found.result.person
    reach = request.user.may("assessments.request") and people_visible_to(
        request.user, "assessments.request"
    ).filter(pk=person.pk).exists()
    answer = found.request.results.exclude(state="returned").first() if found.request is not None else None
    return render(request, "assessments/objection.html", {
        "found": found, "person": person, "village": lists.village_of(person), "result": found.result,
        "level": level_words(found.result), "answer": answer, "answer_level": level_words(answer) if answer else "",
        "badge": (found.get_state_display(), TONES[found.state]), "due": _due(found),
        "request_badge": lists.state_badge(found.request) if found.request else None,
        "may_withdraw": reach and found.state == Objection.State.LODGED,
        "withdraw_form": form or ReasonForm(prefix="withdraw"),
        "crumbs": crumbs(person.name, (_("Objections"), reverse("assessments:objections"))),
    }, status=status)


@page("assessments.request", methods=("GET", "POST"))
def object_to(request: StaffRequest, pk: int) -> HttpResponse:
    """Raise an objection to a result for the person, family or guardian."""
    result = get_result(request.user, pk)
    site = check_reach(request.user, "assessments.request", result.person)
    form = ObjectForm(request.POST or None, request.FILES or None, initial={"lodged_on": timezone.localdate()})
    title = _("Enter an objection")
    context: dict[str, Any] = {
        "title": title, "subtitle": f"{result.person.name} · {level_words(result)}", "save": _("Enter the objection"),
        "back": reverse("assessments:result", args=[pk]),
        "intro": _("Objections are taken until %(day)s. The re-assessment is made by others.")
        % {"day": day(result.object_until)} if result.object_until else "",
        "crumbs": crumbs(title, (result.person.name, reverse("assessments:result", args=[pk]))),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    data = form.cleaned_data
    try:
        with transaction.atomic():
            paper = None
            if data["file"] is not None:
                paper = attachments.store(
                    request.user, data["file"], papers.REQUEST, result.person.region_id, site_id=site
                )
            made = actions.object_to(
                request.user, pk, data["by"], data["by_name"], data["reason"], lodged_on=data["lodged_on"], paper=paper
            )
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("The objection is entered; others re-assess by %(day)s.") % {"day": day(made.due_on)})
    return redirect("assessments:objection", made.pk)


@page("assessments.request", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_objection(request.user, pk)
    form = ReasonForm(request.POST, prefix="withdraw")
    if form.is_valid():
        try:
            actions.withdraw(request.user, pk, version_of(request), form.cleaned_data["reason"])
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The objection is withdrawn; the result stands."))
            return redirect("assessments:objection", pk)
    return _show(request, found, 422, form)


@page("own.act", methods=("GET", "POST"))
def own_object(request: StaffRequest, person_pk: int, pk: int) -> HttpResponse:
    """A family objects on a phone."""
    result = own_result(request, person_pk, pk)
    if request.method != "POST" and not objection_open(result):
        raise NotVisible("result")
    form = OwnObjectForm(request.POST or None)
    context: dict[str, Any] = {
        "title": _("Object to the result"), "subtitle": f"{result.person.name} · {level_words(result)}",
        "save": _("Object"), "back": reverse("people:own_person", args=[person_pk]),
        "intro": _(
            "The result was issued on %(issued)s; you can object until %(until)s. Two other assessors come and assess "
            "anew. Their result is final."
        ) % {"issued": day(result.issued_on), "until": day(result.object_until)},
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "assessments/form.html", form, **context)
    try:
        made = actions.object_own(request.user, person_pk, pk, form.cleaned_data["reason"])
    except Refused as refusal:
        return render_form(request, "assessments/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Your objection is entered; others re-assess by %(day)s.") % {"day": day(made.due_on)})
    return redirect("people:own_person", person_pk)
