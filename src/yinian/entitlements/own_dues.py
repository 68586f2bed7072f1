"""What an older person is due, for the person and the family: in plain words, with why and how to get it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.users.models import User
from yinian.entitlements.applications import queries as applications
from yinian.entitlements.applications.pages import openable
from yinian.entitlements.person_pages import Dues, worked_out
from yinian.people.models import Person
from yinian.people.representatives.panels import own_panel
from yinian.people.representatives.queries import get_own


@own_panel("entitlements.dues", 15, "entitlements/own_dues_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """What is due, in short; the rest is one click away."""
    dues = worked_out(person)
    if dues.problem:
        return None
    return {"person": person, "due": dues.of("due"), "check": dues.of("check")}


@page("own.view")
def own_dues(request: StaffRequest, pk: int) -> HttpResponse:
    """Every service of the list for a person the account acts for: due, to be found out, and why not."""
    person = get_own(request.user, pk)
    dues = worked_out(person)
    if dues.problem and person.state == Person.State.LIVING:  # the county's pack: a family can do nothing about it
        said = _("This cannot be told at present. Try again later, or ask the village office.")
        dues = Dues(dues.as_of, problem=said)
    return render(request, "entitlements/own_dues.html", {
        "person": person, "dues": dues, **_ways(person, dues),
        "crumbs": [(_("My family"), reverse("people:own")),
                   (person.name, reverse("people:own_person", args=[person.pk])),
                   (_("Benefits and services due"), None)],
    })


def _ways(person: Person, dues: Dues) -> dict[str, Any]:
    """How each service is got: those that can be applied for now, and applications under way by service."""
    under_way = {one.service_id: one for one in applications.applications_of(person) if not one.is_over
                 and one.state != "invited"}
    return {"open": {name for name, _label in openable(person)} if not dues.problem else set(), "under_way": under_way}
