"""Pages on who acts for whom: staff appoint and end, and the account's own page of the people it acts for."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.people.persons import forms as person_forms
from yinian.people.persons import queries as persons
from yinian.people.persons.pages import form_page, to_person
from yinian.people.representatives import actions, panels, queries
from yinian.people.representatives.forms import RepresentativeForm


@page("people.represent", methods=("GET", "POST"))
def appoint(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a family member act for the person; a new account's password is shown once."""
    one = persons.get_person(request.user, pk, "people.represent")
    form = RepresentativeForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made, password = actions.appoint(request.user, pk, **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            if password:
                return render(request, "people/representative_made.html",
                              {"made": made, "person": one, "password": password})
            return to_person(request, one, _("%(name)s may now act for this person.") % {"name": made.user.full_name})
    return form_page(
        request, form, one, _("Let a family member act for the person"), submit=_("Let act"), refusal=refusal,
        intro=_("The account sees this person's own matters, applies and asks in the person's name. It sees nobody "
                "else."),
    )


@page("people.represent", methods=("GET", "POST"))
def end(request: StaffRequest, pk: int) -> HttpResponse:
    found = queries.get_representative(request.user, pk)
    form = person_forms.ReasonForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.end(request.user, pk, form.cleaned_data["reason"])
            return to_person(request, found.person, _("The account no longer acts for this person."))
        except Refused as refused:
            refusal = refused
    return form_page(
        request, form, found.person, _("End that %(name)s acts for the person") % {"name": found.user.full_name},
        submit=_("End"), refusal=refusal, danger=True,
        consequence=_("From today on the account no longer sees this person. What it did stays on record."),
    )


@page("own.view")
def own(request: StaffRequest) -> HttpResponse:
    """The people the account acts for, each with what other rooms have to say and offer."""
    people = queries.own_people(request.user)
    if len(people) == 1:
        return redirect("people:own_person", people[0].pk)
    return render(request, "people/own.html", {"people": people})


@page("own.view")
def own_person(request: StaffRequest, pk: int) -> HttpResponse:
    person = queries.get_own(request.user, pk)
    return render(request, "people/own_person.html", {
        "person": person, "several": len(queries.own_people(request.user)) > 1,
        "acts": panels.acts_for(request.user, person), "panels": panels.panels_for(request.user, person),
    })
