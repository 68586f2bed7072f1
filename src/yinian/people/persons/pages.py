"""Pages of the register: the list, a person, the timeline, and the forms that change an entry."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.lists import render_list
from yinian.core.regions.models import Region
from yinian.people.circumstances.queries import as_moment
from yinian.people.duplicates.queries import merge_of, open_pairs
from yinian.people.persons import actions, forms, queries, timeline
from yinian.people.persons.lists import list_view
from yinian.people.persons.models import Person
from yinian.people.persons.panels import panels_for
from yinian.people.persons.view import group_words, person_view, source_lines


@page("people.view")
def people_list(request: StaffRequest) -> HttpResponse:
    people = (
        queries.standing(request.user).select_related("region__parent")
        .only("name", "sex", "birth_date", "state", "household_no", "id_index", "phone_index", "region_id",
              "region__name", "region__parent__name")
    )
    if not request.GET.get("state"):
        people = people.filter(state=Person.State.LIVING)
    return render_list(request, list_view(request.user), people, template="people/list.html")


def _day(request: StaffRequest, name: str) -> dt.date | None:
    try:
        return parse_date(request.GET.get(name, ""))
    except ValueError:
        return None


@page("people.view")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """A person. ``?on=`` is the day asked about, ``?known=`` the day at whose evening we stand."""
    one = queries.get_person(request.user, pk)
    today = timezone.localdate()
    on, known = _day(request, "on"), _day(request, "known")
    view = person_view(request.user, one, on or today, as_moment(known) if known else None)
    entries = timeline.timeline(request.user, one)
    merge = merge_of(one) if one.merged_into_id else None
    pairs = []
    if request.user.may("people.merge"):
        pairs = list(open_pairs(request.user).filter(first=one) | open_pairs(request.user).filter(second=one))
    for pair in pairs:
        view.alerts.append(("warn", _("May be entered twice; compare the two entries."),
                            reverse("people:duplicate", args=[pair.pk])))
    return render(request, "people/person.html", {
        "person": one, "view": view, "on": on, "known": known, "merge": merge,
        "may_edit": _may(request, "people.edit", one), "may_reveal": _may(request, "people.reveal", one),
        "panels": panels_for(request.user, one), "entries": entries[: timeline.SHOWN], "entry_count": len(entries),
        "group_words": group_words, "source_lines": source_lines, "steps": region_steps(request, one),
    })


def _may(request: StaffRequest, right: str, one: Person) -> bool:
    """Whether the actor reaches this person with another right; merged entries are only looked at."""
    if one.merged_into_id is not None or not request.user.may(right):
        return False
    scope = request.user.scope(right)
    return scope.covers(one.region_id) or (
        bool(scope.sites) and queries.visible_to(request.user, right).filter(pk=one.pk).exists()
    )


def region_steps(request: StaffRequest, one: Person) -> list[tuple[str, str | None]]:
    """County › town › village of a person, each a link to its list where the actor reaches it."""
    steps: list[tuple[str, str | None]] = []
    region: Region | None = one.region
    reach = request.user.scope("people.view")
    while region is not None and region.level >= 3:
        url = f"{reverse('people:list')}?region={region.code}" if reach.covers(region.code) else None
        steps.append((region.name, url))
        region = region.parent if region.level > 3 else None
    return steps[::-1]


@page("people.view")
def person_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk)
    kind = request.GET.get("kind", "")
    if kind == timeline.CHANGES:
        entries = timeline.everything_done(request.user, one)
    else:
        entries = timeline.timeline(request.user, one, kind if kind in timeline.SOURCES else "")
    return render(request, "people/timeline.html", {
        "person": one, "entries": entries, "kind": kind, "choices": timeline.choices(),
        "steps": region_steps(request, one),
    })


def crumbs_of(one: Person, last: str = "") -> list[tuple[str, str | None]]:
    pairs: list[tuple[str, str | None]] = [(_("Older people"), reverse("people:list"))]
    if last:
        return [*pairs, (one.name, reverse("people:person", args=[one.pk])), (last, None)]
    return [*pairs, (one.name, None)]


def form_page(
    request: StaffRequest, form: StaffForm, one: Person, title: str, *, submit: str, intro: str = "",
    consequence: str = "", danger: bool = False, refusal: Refused | None = None, facts: Any = None,
    template: str = "people/form.html", **more: Any,
) -> HttpResponse:
    """A form about one person: title, what it means, fields, one button."""
    return render_form(
        request, template, form, refusal=refusal, person=one, title=title, submit=submit, intro=intro,
        consequence=consequence, danger=danger, facts=facts or [], crumbs=crumbs_of(one, title),
        back=reverse("people:person", args=[one.pk]), **more,
    )


def to_person(request: StaffRequest, one: Person, message: str) -> HttpResponseRedirect:
    messages.success(request, message)
    return redirect("people:person", one.pk)


@page("people.edit", methods=("GET", "POST"))
def person_new(request: StaffRequest) -> HttpResponse:
    form = forms.NewPersonForm(request.user, request.POST or None, initial=_first_region(request))
    refusal: Refused | None = None
    existing: Person | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.register_person(request.user, **form.values())
            return to_person(request, made, _("%(name)s is registered.") % {"name": made.name})
        except actions.AlreadyRegistered as refused:
            refusal, existing = refused, refused.person
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "people/new.html", form, refusal=refusal, existing=existing, title=_("Register a person"),
        crumbs=[(_("Older people"), reverse("people:list")), (_("Register a person"), None)],
    )


def _first_region(request: StaffRequest) -> dict[str, Any]:
    """A village worker registers in the own village."""
    home = request.user.home_region
    return {"region": home} if home is not None and home.level >= 5 else {}


@page("people.edit", methods=("GET", "POST"))
def person_edit(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk, "people.edit")
    form = forms.EditPersonForm(request.POST or None, initial=forms.EditPersonForm.initial_of(one))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_person(request.user, one, form.cleaned_data["version"], **form.values())
            return to_person(request, one, _("The entry is corrected."))
        except Refused as refused:
            refusal = refused
    return form_page(request, form, one, _("Correct the entry"), submit=_("Save"), refusal=refusal,
                     intro=_("What identifies the person. Circumstances are recorded on their own, "
                             "with date and source."))


@page("people.reveal", methods=("POST",))
def person_reveal(request: StaffRequest, pk: int, field: str) -> HttpResponse:
    """The full value of one masked field, with the reason logged."""
    one = queries.get_person(request.user, pk, "people.reveal")
    value = actions.reveal(request.user, one, field, request.POST.get("reason", ""))
    return _revealed(request, value, reverse("people:person", args=[one.pk]))


@page("people.reveal", methods=("POST",))
def kin_reveal(request: StaffRequest, pk: int) -> HttpResponse:
    kin = queries.get_kin(request.user, pk, "people.reveal")
    value = actions.reveal_kin(request.user, kin, request.POST.get("reason", ""))
    return _revealed(request, value, reverse("people:person", args=[kin.person_id]))


def _revealed(request: StaffRequest, value: str, back: str) -> HttpResponse:
    partial = bool(request.headers.get("HX-Request"))
    return render(request, "people/revealed_part.html" if partial else "people/revealed.html",
                  {"value": value, "back": back})


@page("people.edit", methods=("GET", "POST"))
def death(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk, "people.edit")
    form = forms.DeathForm(request.user, request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_death(request.user, one, **form.cleaned_data)
            return to_person(request, one, _("The death is recorded."))
        except Refused as refused:
            refusal = refused
    return form_page(request, form, one, _("Record a death"), submit=_("Record the death"), refusal=refusal,
                     danger=True, consequence=_("From that day on nothing more is due to this person. "
                                                "A mistake can be taken back on the timeline's record."))


@page("people.edit", methods=("GET", "POST"))
def move(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk, "people.edit")
    form = forms.MoveForm(request.user, one, request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        target = data.pop("to_region")
        try:
            moved = actions.record_move(request.user, one, data.pop("way"), data.pop("on"), data.pop("department"),
                                        to_region=target.code if target else "", **data)
        except Refused as refused:
            refusal = refused
        else:
            if request.user.scope("people.view").covers(moved.region_id):
                return to_person(request, moved, _("The move is recorded."))
            messages.success(request, _("The move is recorded; the new village has been told."))
            return redirect("people:list")
    return form_page(request, form, one, _("Record a move"), submit=_("Record the move"), refusal=refusal,
                     consequence=_("After a move within the county the new village answers for the person."))


@page("people.edit", methods=("GET", "POST"))
def kin_new(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk, "people.edit")
    form = forms.KinForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_kin(request.user, one, **form.cleaned_data)
            return to_person(request, one, _("The contact is added."))
        except Refused as refused:
            refusal = refused
    return form_page(request, form, one, _("Add a contact"), submit=_("Add"), refusal=refusal,
                     relations=forms.RELATIONS)


@page("people.edit", methods=("GET", "POST"))
def kin_end(request: StaffRequest, pk: int) -> HttpResponse:
    kin = queries.get_kin(request.user, pk, "people.edit")
    form = forms.ReasonForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_kin(request.user, kin, form.cleaned_data["reason"])
            return to_person(request, kin.person, _("The contact is ended."))
        except Refused as refused:
            refusal = refused
    return form_page(request, form, kin.person, _("End the contact %(name)s") % {"name": kin.name},
                     submit=_("End the contact"), refusal=refusal)


@page("people.edit", methods=("GET", "POST"))
def consent_new(request: StaffRequest, pk: int) -> HttpResponse:
    one = queries.get_person(request.user, pk, "people.edit")
    form = forms.ConsentForm(request.POST or None, initial={"given_by": one.name})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_consent(request.user, one, **form.cleaned_data)
            return to_person(request, one, _("The consent is recorded."))
        except Refused as refused:
            refusal = refused
    return form_page(request, form, one, _("Record a consent"), submit=_("Record"), refusal=refusal)


@page("people.edit", methods=("GET", "POST"))
def consent_end(request: StaffRequest, pk: int) -> HttpResponse:
    consent = queries.get_consent(request.user, pk, "people.edit")
    form = forms.WithdrawForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_consent(request.user, consent, form.cleaned_data["on"])
            return to_person(request, consent.person, _("The withdrawal is recorded."))
        except Refused as refused:
            refusal = refused
    title = _("Withdraw the consent to: %(what)s") % {"what": consent.get_purpose_display()}
    return form_page(request, form, consent.person, title, submit=_("Withdraw"), refusal=refusal)
