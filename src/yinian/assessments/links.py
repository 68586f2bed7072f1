"""What this room hangs on the rooms below: the person's page and timeline, the family's page, what a merge moves."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.assessments import scales
from yinian.assessments.models import Request, Result
from yinian.assessments.requests import queries as requests
from yinian.assessments.results import queries as results
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.people.models import Person
from yinian.people.persons.panels import AnswerLine, person_answer, person_panel
from yinian.people.persons.queries import visible_to as people_visible_to
from yinian.people.persons.timeline import Entry, entry, timeline_source
from yinian.people.representatives.panels import OwnAct, own_acts, own_panel


def _may_ask(actor: User, person: Person) -> bool:
    return (
        person.state == Person.State.LIVING
        and actor.may("assessments.request")
        and (
            (scope := actor.scope("assessments.request")).covers(person.region_id)
            or (bool(scope.sites) and people_visible_to(actor, "assessments.request").filter(pk=person.pk).exists())
        )
    )


@person_panel("assessments.results", 15, "assessments/panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """The results in force, what is under way, and what the reader can ask for."""
    if not actor.may("assessments.view"):
        return None
    found, may_ask = results.results_of(actor, person), _may_ask(actor, person)
    under_way = [one for one in requests.requests_of(actor, person) if one.is_open]
    if not (found or under_way or may_ask):
        return None
    return {
        "in_force": [(r, scales.scale_name(r.scale), results.level_words(r)) for r in found
                     if r.state == Result.State.IN_FORCE],
        "issued": [(r, scales.scale_name(r.scale), results.level_words(r)) for r in found
                   if r.state == Result.State.ISSUED],
        "earlier": len([r for r in found if r.state in (Result.State.SUPERSEDED, Result.State.VOID)]),
        "under_way": [(one, scales.scale_name(one.scale)) for one in under_way],
        "may_ask": may_ask,
        "ask_url": reverse("assessments:ask", args=[person.pk]),
        "recognise_url": reverse("assessments:recognise", args=[person.pk]),
    }


@person_answer("able", "assessments.result")
def answer(actor: User, person: Person) -> AnswerLine | None:
    """Under "what she or he can do": an assessment under way, or when the next one is due."""
    if not actor.may("assessments.view"):
        return None
    under_way = next((one for one in requests.requests_of(actor, person) if one.is_open), None)
    if under_way is not None:
        return AnswerLine(_("Assessment"), under_way.get_state_display(),
                          _("result due by %(day)s") % {"day": day(under_way.result_due_on)},
                          reverse("assessments:request", args=[under_way.pk]), "info")
    found = next((r for r in results.results_of(actor, person) if r.state == Result.State.IN_FORCE), None)
    if found is None or found.reassess_on is None:
        return None
    return AnswerLine(_("Next routine assessment"), day(found.reassess_on), "",
                      reverse("assessments:result", args=[found.pk]))


@timeline_source("assessments", gettext_lazy("Assessments"))
def events(actor: User, person: Person) -> list[Entry]:
    """What has happened in a person's assessments, for the timeline."""
    if not actor.may("assessments.view"):
        return []
    found: list[Entry] = []
    for one in requests.requests_of(actor, person):
        found.append(entry(
            one.requested_at, _("Assessment asked for: %(scale)s") % {"scale": scales.scale_name(one.scale)},
            text=f"{one.get_kind_display()} · {one.reason}", who=one.requested_by.full_name, tone="info",
            icon="clipboard-list", url=reverse("assessments:request", args=[one.pk]),
        ))
        if one.state == Request.State.WITHDRAWN:
            found.append(entry(one.closed_at, _("Request for assessment withdrawn"), text=one.close_reason,
                               icon="x", url=reverse("assessments:request", args=[one.pk])))
    for result in results.results_of(actor, person):
        words = {"scale": scales.scale_name(result.scale), "level": results.level_words(result)}
        url = reverse("assessments:result", args=[result.pk])
        found.append(entry(
            result.issued_on, _("Result issued: %(scale)s, %(level)s") % words,
            text=result.notice.number if result.notice else result.get_origin_display(), tone="ok",
            icon="clipboard-check", url=url,
        ))
        if result.delivered_on is not None:
            found.append(entry(result.delivered_on, _("Notice handed over"), text=result.delivered_to, icon="send",
                               url=url))
        if result.state == Result.State.VOID:
            found.append(entry(result.void_at, _("Result declared void: %(level)s") % words, text=result.void_reason,
                               tone="bad", icon="ban", url=url))
        for objection in result.objections.all():
            found.append(entry(
                objection.lodged_on, _("Objection by %(who)s") % {"who": objection.by_name},
                text=objection.get_state_display(), tone="warn", icon="messages",
                url=reverse("assessments:objection", args=[objection.pk]) if actor.may("assessments.area") else url,
            ))
    return found


# --- the family's own page -----------------------------------------------------------------------------------------


@own_acts("assessments.ask", 30)
def own_act(actor: User, person: Person) -> list[OwnAct]:
    """Asking for an assessment, where none is under way."""
    if person.state != Person.State.LIVING or not actor.may("own.act"):
        return []
    if Request.objects.filter(person=person, scale=scales.ABILITY_SCALE, state__in=Request.OPEN).exists():
        return []
    return [OwnAct(_("Ask for an ability assessment"), _("Two assessors visit at home; it costs nothing."),
                   reverse("assessments:own_ask", args=[person.pk]), "clipboard-check")]


@own_panel("assessments.results", 30, "assessments/own_panel.html")
def own_content(actor: User, person: Person) -> dict[str, Any] | None:
    """What is under way and the results, in plain words; the notice and how to object."""
    under_way = list(Request.objects.filter(person=person, state__in=Request.OPEN).order_by("pk"))
    issued = list(
        Result.objects.filter(person=person, state__in=(Result.State.ISSUED, Result.State.IN_FORCE))
        .select_related("notice").order_by("-assessed_on")
    )
    if not under_way and not issued:
        return None
    return {
        "person": person,
        "under_way": [(one, scales.scale_name(one.scale)) for one in under_way],
        "results": [
            (r, scales.scale_name(r.scale), results.level_words(r), results.adjustments_in_words(r),
             results.objection_open(r) and actor.may("own.act"), results.contested(r))
            for r in issued
        ],
    }
