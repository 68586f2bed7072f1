"""Pages of a family member: what the person is due, applying from the phone, how far it is; and the public notice."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, open_page, page
from yinian.core.attachments.actions import open_for
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import label
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.entitlements import papers
from yinian.entitlements.applications import actions, forms, queries, refusals, view
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications.pages import claims_in, openable, version_in
from yinian.entitlements.determinations.pages import TONES as GRANT_TONES
from yinian.entitlements.determinations.pages import amount_words
from yinian.entitlements.models import Application
from yinian.people.models import Person
from yinian.people.representatives.panels import OwnAct, own_acts, own_panel
from yinian.people.representatives.queries import get_own


def _open_services(person: Person) -> list[tuple[str, str]]:
    try:
        return openable(person)
    except Refused:  # the county's pack cannot be used: the family can do nothing about it
        return []


@own_acts("entitlements.apply", 30)
def acts(actor: User, person: Person) -> list[OwnAct]:
    """A button for each service that the person was invited to apply for; else one for all that can be applied for."""
    if person.state != Person.State.LIVING or not actor.may("own.act"):
        return []
    services = _open_services(person)
    if not services:
        return []
    invited = set(person.applications.filter(state="invited").values_list("service_id", flat=True))
    text = _("By what is known, it is due: apply here, the village helps.") if invited else _(
        "Choose a service; what is known is filled in already.")
    return [OwnAct(_("Apply for a service"), text, reverse("entitlements:own_apply", args=[person.pk]), "send")]


@own_panel("entitlements.own", 30, "entitlements/own_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """A person's applications and grants, for the family."""
    found = queries.applications_of(person)
    grants, told = list(person.determinations.order_by("-id")), papers.told_to(person)
    if not found and not grants and not told:
        return None
    return {
        "papers": [(paper, reverse("entitlements:own_decision", args=[person.pk, paper.pk])) for paper in told],
        "applications": [{"application": one, "name": label(one.label), "tone": view.TONES[one.state],
                          "next": view.next_words(one)} for one in found],
        "grants": [{"grant": grant, "name": label(grant.label), "tone": GRANT_TONES[grant.state],
                    "amount": amount_words(grant.amount_fen, grant.unit)} for grant in grants],
    }


@page("own.view")
def own_decision(request: StaffRequest, pk: int, document: int) -> HttpResponse:
    """A decision as it was issued, as a PDF; the opening is recorded."""
    person = get_own(request.user, pk)
    paper = next((one for one in papers.told_to(person) if one.pk == document), None)
    if paper is None:
        raise NotVisible("notice")
    attachment = paper.attachment
    response = StreamingHttpResponse(open_for(request.user, attachment), content_type=attachment.media_type)
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(True, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


@page("own.act", methods=("GET", "POST"))
def own_apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the service to apply for."""
    person = get_own(request.user, pk)
    services = _open_services(person)
    invited = list(person.applications.filter(state="invited").values_list("service_id", flat=True))
    if request.method == "POST":
        made = actions.begin_own(request.user, pk, request.POST.get("service", "")[:60])
        return HttpResponseRedirect(reverse("entitlements:own_application", args=[made.pk]))
    return render(request, "entitlements/own_apply.html", {
        "person": person, "services": sorted(services, key=lambda one: one[0] not in invited), "invited": invited,
        "crumbs": [(_("My family"), reverse("people:own")),
                   (person.name, reverse("people:own_person", args=[person.pk])), (_("Apply for a service"), None)],
    })


@page("own.view")
def own_application(request: StaffRequest, pk: int) -> HttpResponse:
    """One application as the family sees it: what is to be handed in, and how far it is."""
    found = queries.get_own_application(request.user, pk)
    fills = found.state in (Application.State.DRAFT, Application.State.RETURNED) and request.user.may("own.act")
    rule = view.rule_now(found, editor=False) if fills else None
    last = found.steps.filter(verb="return").order_by("-id").first()
    return render(request, "entitlements/own_application.html", {
        "application": found, "person": found.person, "name": label(found.label), "tone": view.TONES[found.state],
        "bar": view.stage_bar(found), "next": view.next_words(found), "deadline": view.deadline(found), "fills": fills,
        "papers": view.papers_of(found), "paper_form": forms.PaperForm(papers=view.paper_choices(found)),
        "claims_form": forms.ClaimsForm(facts=rule.unknown) if rule else None, "finding": found.finding,
        "rule": rule, "steps": view.steps_of(found), "appeal": way.appeal_words(found.procedure),
        "returned": last.reason if last is not None and found.state == Application.State.RETURNED else "",
        "missing": [label(one["label"]) for one in way.missing(found, found.procedure)] if fills else [],
        "may_object": refusals.may_object(found) and request.user.may("own.act"), "until": refusals.last_day(found),
        "objections": [one for one in found.objections.all() if found.state == Application.State.REFUSED],
        "anew": getattr(found, "anew", None), "grant": getattr(found, "determination", None),
        "amount_words": amount_words, "decision": None if found.notice_id is None else reverse(
            "entitlements:own_decision", args=[found.person_id, found.notice_id]),
        "crumbs": [(_("My family"), reverse("people:own")),
                   (found.person.name, reverse("people:own_person", args=[found.person_id])),
                   (label(found.label), None)],
    })


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("entitlements:own_application", args=[pk]))


@page("own.act", methods=("POST",))
def own_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """Attach a photographed paper."""
    found = queries.get_own_application(request.user, pk)
    form = forms.PaperForm(request.POST, request.FILES, papers=view.paper_choices(found))
    if not form.is_valid():
        raise Refused(_("Choose which paper it is, and a photo or scan of it."))
    actions.add_paper(request.user, pk, form.cleaned_data["document"], form.cleaned_data["file"], own=True)
    messages.success(request, _("The paper is added."))
    return _back(pk)


@page("own.act", methods=("POST",))
def own_lodge(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand in, or hand back what was supplemented."""
    found = queries.get_own_application(request.user, pk)
    if found.state == Application.State.RETURNED:
        actions.supplement(request.user, pk, version_in(request), claims_in(request), own=True)
    else:
        actions.lodge(request.user, pk, version_in(request), claims_in(request), own=True)
    messages.success(request, _("Handed in. You see here how far it is."))
    return _back(pk)


@page("own.act", methods=("GET", "POST"))
def own_object(request: StaffRequest, pk: int) -> HttpResponse:
    """Object to a refusal."""
    found = queries.get_own_application(request.user, pk)
    form = forms.OwnObjectionForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            refusals.object_to(request.user, pk, form.cleaned_data["text"], own=True)
            messages.success(request, _("Handed in. Somebody else looks at it again."))
            return _back(pk)
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/own_object.html", form, refusal=refusal, application=found, name=label(found.label),
        until=refusals.last_day(found),
        crumbs=[(_("My family"), reverse("people:own")),
                (found.person.name, reverse("people:own_person", args=[found.person_id])), (label(found.label), None)],
    )


@page("own.act", methods=("GET", "POST"))
def own_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Withdraw one's application."""
    found = queries.get_own_application(request.user, pk)
    form = forms.ReasonForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw(request.user, pk, version_in(request), form.cleaned_data["reason"], own=True)
            messages.success(request, _("Withdrawn."))
            return _back(pk)
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/own_withdraw.html", form, refusal=refusal, application=found, name=label(found.label),
        crumbs=[(_("My family"), reverse("people:own")),
                (found.person.name, reverse("people:own_person", args=[found.person_id])), (label(found.label), None)],
    )


@open_page
def public_notices(request: HttpRequest) -> HttpResponse:
    """What is put up, for everybody: masked names, village, service, days. Nothing else of it is public."""
    code = request.GET.get("region", "").strip()[:14]
    region = Region.objects.filter(pk=code).only("code", "name").first() if code.isdigit() else None
    rows = queries.on_notice(region.pk if region else "")
    response = render(request, "entitlements/public_notices.html", {
        "rows": rows, "region": region, "day": timezone.localdate(),
    })
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
