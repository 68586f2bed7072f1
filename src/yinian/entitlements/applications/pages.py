"""Pages of applications for staff: the list, beginning one, one with its stages, every act, services open, notices."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.jinja import day, label
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.entitlements import grounds, packs
from yinian.entitlements.applications import actions, deciding, forms, inviting, queries, refusals, view
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.applications.hands import barred, verbs_for
from yinian.entitlements.determinations.pages import determinations_url, person_columns, search_by
from yinian.entitlements.models import Application
from yinian.entitlements.pages import overview_url, where
from yinian.entitlements.queries import region_for
from yinian.entitlements.run_pages import county_of
from yinian.entitlements.workkinds import in_words
from yinian.people.models import Person
from yinian.people.persons.panels import person_panel
from yinian.people.persons.queries import get_person


def applications_url(region: str = "", **more: str) -> str:
    query = {"region": region, **more}
    return reverse("entitlements:applications") + "?" + urlencode({k: v for k, v in query.items() if v})


def _services(actor: User) -> list[tuple[str, str]]:
    rows = queries.visible_to(actor).order_by("service_id").values_list("service_id", "label").distinct("service_id")
    return [(service, label(words)) for service, words in rows]


def _state(rows: Any, value: str) -> Any:
    return rows.filter(state__in=queries.OPEN) if value == "open" else rows.filter(state=value)


def _due(application: Application) -> tuple[str, str] | None:
    found = view.deadline(application)
    return (found.words, found.tone) if found else None


def _list() -> ListView:
    return ListView(
        title=_("Applications"),
        subtitle=_("Services given on application: who applied, how far it is, who acts next, by when."),
        columns=[
            *person_columns(lambda a: a.person, "person"),
            Column("service", _("Service"), lambda a: label(a.label), sort="service_id"),
            Column("channel", _("Applied by"), lambda a: a.get_channel_display(), default=False),
            Column("lodged_on", _("Handed in on"), lambda a: a.lodged_on, kind="day", sort="lodged_on"),
            Column("state", _("Stage of the work"), lambda a: (a.get_state_display(), view.TONES[a.state]),
                   kind="badge"),
            Column("next", _("Next"), view.next_words),
            Column("due", _("To be done by"), _due, kind="badge", sort="due_on"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("Stage of the work"), _state,
                   lambda actor: [("open", _("All under way")), *Application.State.choices]),
            Filter("service", gettext_lazy("Service"), lambda qs, v: qs.filter(service_id=v), _services),
            Filter("overdue", gettext_lazy("Overdue"),
                   lambda qs, v: qs.filter(state__in=queries.OPEN, due_on__lt=timezone.localdate()), kind="bool"),
        ],
        search=search_by("person"),
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, village"),
        default_sort=("pk", "desc"),
        excel_right="entitlements.export",
        region_field="region__code",
        row_url=lambda a: reverse("entitlements:application", args=[a.pk]),
        empty=_("No application"),
        empty_text=_("An application begins on the person's page, from an invitation, or from the family's phone."),
        key="entitlements.applications",
    )


@page("entitlements.names")
def applications(request: StaffRequest) -> HttpResponse:
    """The applications of an area; those under way unless another stage is asked for."""
    if not {"state", "q", "format"} & request.GET.keys():
        query = request.GET.copy()
        query["state"] = "open"
        return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
    return render_list(request, _list(), queries.visible_to(request.user), "entitlements/applications.html", {
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Applications"), None)],
        "may_open": request.user.may("entitlements.cycle"),
    })


def openable(person: Person) -> list[tuple[str, str]]:
    """The services a person can apply for: open in the county, not granted, none under way."""
    open_ = set(queries.open_intakes(person.region_id).values_list("service_id", flat=True))
    busy = set(person.applications.exclude(state__in=["invited", "draft", "approved", "refused", "withdrawn"])
               .values_list("service_id", flat=True))
    held = set(queries.held(person).values_list("service_id", flat=True))
    return view.service_choices(person.region_id, sorted(open_ - busy - held))


@page("entitlements.lodge", methods=("GET", "POST"))
def apply(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin an application for a person: which service, and who applies."""
    person = get_person(request.user, pk)
    request.user.require("entitlements.lodge", person.region_id)
    services = openable(person)
    asked = request.GET.get("service", "")
    form = forms.BeginForm(request.POST or None, services=services,
                           initial={"channel": "village", "service": asked or (services[0][0] if services else "")})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin(request.user, pk, form.cleaned_data["service"], form.cleaned_data["channel"])
            return HttpResponseRedirect(reverse("entitlements:application", args=[made.pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/apply.html", form, refusal=refusal, person=person, services=services,
        crumbs=[(_("Older people"), reverse("people:list")), (person.name, reverse("people:person", args=[pk])),
                (_("Apply for a service"), None)],
    )


@page("entitlements.names")
def application(request: StaffRequest, pk: int) -> HttpResponse:
    """One application: its stages, who acts next and by when, papers, what the rule says, every step; and the acts."""
    user = request.user
    found = queries.get_application(user, pk)
    verbs = verbs_for(user, found)
    fills = "lodge" in verbs or "supplement" in verbs
    rule = view.rule_now(found, editor=user.scope("people.edit").covers(found.person.region_id))
    objections = list(found.objections.select_related("recorded_by", "settled_by"))
    answers = user.scope("entitlements.check").covers(found.region_id) or (
        found.state != Application.State.REFUSED and user.scope("entitlements.review").covers(found.region_id))
    grant = getattr(found, "determination", None)
    return render(request, "entitlements/application.html", {
        "application": found, "person": found.person, "name": label(found.label), "tone": view.TONES[found.state],
        "bar": view.stage_bar(found), "next": view.next_words(found), "deadline": view.deadline(found),
        "verbs": verbs, "barred": barred(user, found),
        "fills": fills and found.state != Application.State.INVITED, "papers": view.papers_of(found),
        "paper_form": forms.PaperForm(papers=view.paper_choices(found)),
        "claims_form": forms.ClaimsForm(facts=rule.unknown) if fills else None,
        "claims": view.shown_claims(found), "steps": view.steps_of(found), "rule": rule, "finding": found.finding,
        "objections": objections, "until": refusals.last_day(found), "anew": getattr(found, "anew", None),
        "may_object": (found.state == Application.State.NOTICE or refusals.may_object(found))
        and user.scope("entitlements.lodge").covers(found.region_id),
        "may_answer": answers, "grant": grant, "appeal": way.appeal_words(found.procedure),
        "unverified": view.unverified(found), "missing": _missing(found),
        "invited": found.state == Application.State.INVITED and "lodge" in verbs,
        "place": f"{found.region.parent.name if found.region.parent else ''} {found.region.name}",
        "sees_person": user.scope("people.view").covers(found.person.region_id),
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Applications"), applications_url()),
                   (found.person.name, None)],
    })


def _missing(found: Application) -> list[str]:
    if found.state not in (Application.State.DRAFT, Application.State.RETURNED) or not found.procedure:
        return []
    return [label(one["label"]) for one in way.missing(found, found.procedure)]


def version_in(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else -1


def _back(pk: int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("entitlements:application", args=[pk]))


@page("entitlements.lodge", methods=("POST",))
def application_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """Attach a paper."""
    found = queries.get_application(request.user, pk)
    request.user.require("entitlements.lodge", found.region_id)
    form = forms.PaperForm(request.POST, request.FILES, papers=view.paper_choices(found))
    if not form.is_valid():
        raise Refused(_("Choose which paper it is, and a photo or scan of it."))
    actions.add_paper(request.user, pk, form.cleaned_data["document"], form.cleaned_data["file"])
    messages.success(request, _("The paper is added."))
    return _back(pk)


@page("entitlements.lodge", methods=("POST",))
def application_lodge(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand in, or hand back what was supplemented."""
    found = queries.get_application(request.user, pk)
    request.user.require("entitlements.lodge", found.region_id)
    claims = claims_in(request)
    if found.state == Application.State.RETURNED:
        actions.supplement(request.user, pk, version_in(request), claims)
        messages.success(request, _("Handed back; the stage that returned it sees it again."))
    else:
        actions.lodge(request.user, pk, version_in(request), claims)
        messages.success(request, _("Handed in. The next stage has it on its desk."))
    return _back(pk)


def claims_in(request: StaffRequest) -> dict[str, str]:
    return {name.removeprefix("fact_"): value for name, value in request.POST.items()
            if name.startswith("fact_") and isinstance(value, str)}


# The acts that ask for words: title, consequence, verb on the button, its kind.
_ASKS = ("return", "against", "refuse", "withdraw")


@page("entitlements.names", methods=("GET", "POST"))
def application_act(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Accept, pass on, approve; or ask why it is returned, advised against, refused or withdrawn, and do that."""
    found = queries.get_application(request.user, pk)
    if verb not in ("accept", "pass", "approve", *_ASKS):
        raise NotVisible("verb")
    if verb not in verbs_for(request.user, found):
        raise Refused(_("This step is not yours to take now: it belongs to another stage, or you have acted on this "
                        "application before."))
    if verb in _ASKS:
        return _asked(request, found, verb)
    if request.method != "POST":
        return _back(pk)
    if verb == "accept":
        actions.accept(request.user, pk, version_in(request))
        messages.success(request, _("Accepted; the town has it on its desk."))
    elif verb == "pass":
        actions.pass_on(request.user, pk, version_in(request), request.POST.get("reason", ""))
        messages.success(request, _("Passed on."))
    else:
        made = deciding.approve(request.user, pk, version_in(request))
        messages.success(request, _("Granted from %(day)s on; the notice is issued.") % {"day": day(made.period.lower)})
    return _back(pk)


def _asked(request: StaffRequest, found: Application, verb: str) -> HttpResponse:
    finding = view.rule_now(found, editor=False).finding
    given = request.POST or None
    form: StaffForm
    if verb == "return":
        facts = [(name, words) for name, words in actions.unknown_facts(finding)]
        form = forms.ReturnForm(given, papers=[*view.paper_choices(found)[:-1], *facts])
    elif verb == "withdraw":
        form = forms.ReasonForm(given)
    else:
        first = next((one["id"] for one in finding.get("tests", []) if one["value"] is False), "")
        form = forms.AgainstForm(given, tests=view.tests_of(finding), initial={"test": first})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _do(request, found, verb, form.cleaned_data)
            return _back(found.pk)
        except Refused as refused:
            refusal = refused
    words = {
        "return": (_("Return the application for supplement"),
                   _("It goes back to whoever handed it in, who has %(n)s working days; then this stage sees it "
                     "again.") % {"n": found.procedure["limits"]["supplement"] if found.procedure else 0},
                   _("Return it"), "primary"),
        "against": (_("Advise to refuse"), _("The county decides; there is no public notice."),
                    _("Advise to refuse"), "danger"),
        "refuse": (_("Refuse the application"), _("The person receives a decision that names the clause and how to "
                   "object."), _("Refuse"), "danger"),
        "withdraw": (_("Withdraw the application"), _("It ends without a decision; a new one can be made."),
                     _("Withdraw"), "danger"),
    }[verb]
    return render_form(
        request, "entitlements/application_form.html", form, refusal=refusal, application=found,
        name=label(found.label), title=words[0], text=words[1], verb=words[2], kind=words[3],
        crumbs=[(_("Services and dues"), overview_url("")), (_("Applications"), applications_url()),
                (found.person.name, reverse("entitlements:application", args=[found.pk])), (words[0], None)],
    )


def _do(request: StaffRequest, found: Application, verb: str, given: dict[str, Any]) -> None:
    version = version_in(request)
    if verb == "return":
        actions.send_back(request.user, found.pk, version, given["missing"], given["reason"])
        messages.success(request, _("Returned for supplement."))
    elif verb == "against":
        actions.against(request.user, found.pk, version, given["reason"], given["test"])
        messages.success(request, _("Passed on with the advice to refuse."))
    elif verb == "refuse":
        deciding.refuse(request.user, found.pk, version, given["reason"], given["test"])
        messages.success(request, _("Refused; the decision is issued."))
    else:
        actions.withdraw(request.user, found.pk, version, given["reason"])
        messages.success(request, _("Withdrawn."))


@page("entitlements.lodge", methods=("GET", "POST"))
def objection_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Record an objection raised during public notice, or to a refusal."""
    found = queries.get_application(request.user, pk)
    request.user.require("entitlements.lodge", found.region_id)
    refused_ = found.state == Application.State.REFUSED
    form = forms.ObjectionForm(request.POST or None, initial={"raised_on": timezone.localdate()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            given = (form.cleaned_data["text"], form.cleaned_data["raised_by"], form.cleaned_data["raised_on"])
            if refused_:
                refusals.object_to(request.user, pk, *given)
                messages.success(request, _("Recorded; the county has it on its desk."))
            else:
                actions.record_objection(request.user, pk, *given)
                messages.success(request, _("Recorded; the town has it on its desk."))
            return _back(pk)
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/application_form.html", form, refusal=refusal, application=found,
        name=label(found.label), title=_("Record an objection"), verb=_("Record it"), kind="primary",
        text=_("Somebody of the county who has not acted on it looks into it. Upheld, it is decided anew.") if refused_
        else _("The decision waits until the objection is answered."),
        crumbs=[(_("Services and dues"), overview_url("")), (_("Applications"), applications_url()),
                (found.person.name, reverse("entitlements:application", args=[pk])), (_("Objection"), None)],
    )


@page("entitlements.names", methods=("GET", "POST"))
def objection_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Answer an objection."""
    found = queries.get_objection(request.user, pk)
    application = queries.get_application(request.user, found.application_id)
    user = request.user
    if not (user.scope("entitlements.check").covers(application.region_id)
            or (user.scope("entitlements.review").covers(application.region_id)
            and application.state != Application.State.REFUSED)):
        raise Refused(_("Objections are answered by the town or the county."))
    form = forms.SettleForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.settle_objection(user, pk, version_in(request), form.cleaned_data["outcome"],
                                     form.cleaned_data["answer"])
            messages.success(request, _("Answered."))
            return _back(application.pk)
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/objection.html", form, refusal=refusal, objection=found, application=application,
        name=label(application.label),
        crumbs=[(_("Services and dues"), overview_url("")), (_("Applications"), applications_url()),
                (application.person.name, reverse("entitlements:application", args=[application.pk])),
                (_("Objection"), None)],
    )


# --- services open for application -----------------------------------------------------------------------------


@page("entitlements.view", methods=("GET", "POST"), post="entitlements.cycle")
def intakes(request: StaffRequest) -> HttpResponse:
    """Which services the county has opened for application, and how many were invited, apply and were granted."""
    opens = request.user.may("entitlements.cycle")
    region = county_of(request, "entitlements.cycle") if opens and request.method == "POST" else where(request)
    county = region.pk[:6]
    choices: list[tuple[str, str]] = []
    if opens and len(county) == 6:
        try:
            pack = packs.in_force(county).pack
        except Refused:
            pack = None
        open_ = set(queries.open_intakes(county).values_list("service_id", flat=True))
        choices = [(one.id, in_words(one.label)) for one in (pack.services if pack else ())
                   if one.apply == "on_application" and one.id not in open_ and one.in_force(timezone.localdate())]
    form = forms.IntakeForm(request.POST or None, services=choices)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            intake, job = inviting.open_intake(request.user, county, form.cleaned_data["service"])
            messages.success(request, _("%(service)s is open for application.") % {"service": label(intake.label)})
            if job is not None:
                return HttpResponseRedirect(reverse("core:job", args=[job.pk]))
            return HttpResponseRedirect(reverse("entitlements:intakes"))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/intakes.html", form, refusal=refusal, region=region, choices=choices,
        rows=_with_rest(county, queries.intake_rows(request.user, region.pk)) if len(region.pk) >= 6 else [],
        opens=opens and len(county) == 6, applications_url=applications_url, determinations_url=determinations_url,
        crumbs=[(_("Services and dues"), overview_url(region.pk)), (_("Applications"), applications_url(region.pk)),
                (_("Services open for application"), None)],
    )


def _with_rest(county: str, rows: list[queries.IntakeRow]) -> list[tuple[queries.IntakeRow, int | None, str]]:
    """Each open service with the days of rest that the pack rules, and what is assumed about them."""
    found: list[tuple[queries.IntakeRow, int | None, str]] = []
    for row in rows:
        try:
            rest = grounds.procedure_of(packs.in_force(county).pack, row.intake.service_id).rest
        except Refused:  # struck from the pack since it was opened
            found.append((row, None, ""))
            continue
        assumed = in_words(rest.note) if rest.note is not None and rest.confidence != "verified" else ""
        found.append((row, rest.value, assumed))
    return found


@page("entitlements.cycle", methods=("POST",))
def intake_close(request: StaffRequest, pk: int) -> HttpResponse:
    intake = inviting.close_intake(request.user, pk)
    messages.success(request, _("%(service)s is closed for application.") % {"service": label(intake.label)})
    return HttpResponseRedirect(reverse("entitlements:intakes"))


@page("entitlements.names")
def notices(request: StaffRequest) -> HttpResponse:
    """What is put up in an area, as a sheet to print and hang out."""
    region = region_for(request.user, request.GET.get("region", "").strip()[:14], "entitlements.names")
    rows = queries.on_notice(region.pk)
    return render(request, "entitlements/notices.html", {
        "region": region, "rows": rows, "public": False,
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("Public notice"), None)],
    })


@person_panel("entitlements.applications", 22, "entitlements/applications_panel.html")
def panel(actor: User, person: Person) -> dict[str, Any] | None:
    """A person's applications, and the button to make one, on the person's own page."""
    if not actor.scope("entitlements.names").covers(person.region_id):
        return None
    found = queries.applications_of(person)
    may = actor.scope("entitlements.lodge").covers(person.region_id) and person.state == Person.State.LIVING
    may = may and queries.open_intakes(person.region_id).exists()
    if not found and not may:
        return None
    return {
        "may": may, "url": reverse("entitlements:apply", args=[person.pk]),
        "rows": [{"application": one, "name": label(one.label), "tone": view.TONES[one.state],
                  "next": view.next_words(one), "deadline": view.deadline(one)} for one in found],
    }
