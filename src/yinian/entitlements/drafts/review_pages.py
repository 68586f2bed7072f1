"""Pages about a draft's way into force: its paper, its review, and the amendments in force with their end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.forms import ReasonForm
from yinian.core.users.queries import same_human
from yinian.engines.entitlement import Pack
from yinian.entitlements import packs
from yinian.entitlements.drafts import queries, result_pages, review, shown, words
from yinian.entitlements.drafts.forms import EndForm, PaperForm
from yinian.entitlements.drafts.layers import entry_of
from yinian.entitlements.drafts.models import Amendment, Draft
from yinian.entitlements.drafts.pages import STATES, _version, crumbs
from yinian.entitlements.pages import overview_url


@page("entitlements.draft", methods=("GET", "POST"))
def submit(request: StaffRequest, pk: int) -> HttpResponse:
    """The paper that orders the change, and the answer to what is doubtful; then it goes to review."""
    found = queries.get_draft(request.user, pk)
    base, pack = shown.drafted(found)
    outcome = result_pages.outcome_of(request, found)
    form = PaperForm(request.POST or None, request.FILES or None, attached=found.paper_id is not None, initial={
        "version": found.version, "title": found.title, "number": found.number, "dated": found.dated,
        "clause": found.clause, "assurance": found.assurance,
    })
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            review.submit(
                request.user, pk, given["version"], title=given["title"], number=given["number"], dated=given["dated"],
                clause=given["clause"], paper=given["paper"], assurance=given["assurance"],
            )
            messages.success(request, _("Submitted. Another officer reviews it; you find it in the list meanwhile."))
            return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))
        except Refused as refused:
            refusal = refused
    keys = [(entry.part, entry.key) for entry in queries.entries_of(found)]
    return render_form(
        request, "entitlements/draft_submit.html", form, refusal=refusal, draft=found, outcome=outcome,
        changes=words.changes(base.pack, pack, keys, found.effective_from),
        past=found.effective_from < timezone.localdate(), stale=queries.is_stale(found, base),
        crumbs=crumbs((found.name, reverse("entitlements:draft", args=[pk])), (_("Submit for review"), None)),
    )


@page("entitlements.draft", methods=("POST",))
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a draft back from review."""
    queries.get_draft(request.user, pk)
    review.withdraw(request.user, pk, _version(request))
    messages.success(request, _("The draft is yours to change again."))
    return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))


@page("entitlements.promote", methods=("GET", "POST"))
def review_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """What a draft changes, its paper, what was found when it was submitted; put in force or returned."""
    found = queries.get_draft(request.user, pk)
    base, pack = shown.drafted(found)
    form = ReasonForm(request.POST if "return" in request.POST else None)
    refusal = None
    problem = ""
    if request.method == "POST" and "return" not in request.POST:
        try:
            amendment = review.promote(request.user, pk, _version(request))
            messages.success(request, _("In force from its day on."))
            return HttpResponseRedirect(reverse("entitlements:amendment", args=[amendment.pk]))
        except Refused as refused:
            problem = str(refused)
    elif request.method == "POST" and form.is_valid():
        try:
            review.send_back(request.user, pk, _version(request), form.cleaned_data["reason"])
            messages.success(request, _("Returned to its maker."))
            return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))
        except Refused as refused:
            refusal = refused
    keys = [(entry.part, entry.key) for entry in queries.entries_of(found)]
    response = render_form(
        request, "entitlements/draft_review.html", form, refusal=refusal, draft=found, base=base, problem=problem,
        changes=words.changes(base.pack, pack, keys, found.effective_from), stale=queries.is_stale(found, base),
        may_review=queries.may_review(request.user, found), figures=found.figures, cost=result_pages.cost,
        services=_kept_services(found, base.pack, pack), hands=queries.hands_in(found),
        past=found.effective_from < timezone.localdate(), tone=STATES[found.state],
        crumbs=crumbs((found.name, reverse("entitlements:draft", args=[pk])), (_("Review"), None)),
    )
    if problem:
        response.status_code = 422
    return response


def _kept_services(draft: Draft, a: Pack, b: Pack) -> list[list[Any]]:
    """The services changed by a draft, as reckoned when it was submitted: name, people, difference."""
    rows = draft.figures.get("services", {})
    known = {service.id for service in b.services}
    return [
        [words.entry_name(b if key in known else a, "service", key, {}), row["due_a"], row["due_b"], row["gained"],
         row["lost"], result_pages.cost(row["money_a"], row["money_b"])]
        for key, row in rows.items() if result_pages.differs(row)
    ]


# --- amendments ------------------------------------------------------------------------------------------------


def state_of(amendment: Amendment) -> tuple[str, str]:
    """Whether an amendment is to come, in force, or over, with its tone."""
    today = timezone.localdate()
    if amendment.ended_on is not None and amendment.ended_on <= today:
        return _("ended"), "mute"
    if amendment.effective_from > today:
        return _("to come"), "info"
    return _("being applied"), "ok"


@page("entitlements.view")
def amendments(request: StaffRequest) -> HttpResponse:
    """Every amendment of the reader's county, the latest first."""
    view = ListView(
        title=_("Amendments of the service list"),
        subtitle=_("Reviewed changes that lie over the list from their day on, each with its document."),
        columns=[
            Column("title", _("Document"), lambda a: a.title, kind="link", sort="title"),
            Column("number", _("Number"), lambda a: a.number),
            Column("area", _("Area"), lambda a: a.region.name, default=False),
            Column("from", _("In force from"), lambda a: a.effective_from, kind="day", sort="effective_from"),
            Column("ended", _("Ended on"), lambda a: a.ended_on, kind="day"),
            Column("state", _("State"), state_of, kind="badge"),
            Column("by", _("Drafted by"), lambda a: a.made_by.full_name),
            Column("approved", _("Reviewed by"), lambda a: a.approved_by.full_name),
        ],
        filters=[Filter("region", _("Area"), lambda qs, value: qs.filter(region__code__startswith=value[:6]),
                        kind="region")],
        search=lambda qs, text: qs.filter(title__icontains=text) | qs.filter(number__icontains=text),
        search_hint=_("Title or number"), default_sort=("from", "desc"), excel_right="entitlements.export",
        row_url=lambda a: reverse("entitlements:amendment", args=[a.pk]), empty=_("No amendment yet"),
        empty_text=_("The list in force is as its files have it."),
    )
    return render_list(request, view, queries.amendments_visible_to(request.user), extra={
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Service list"), reverse("entitlements:services")),
                   (_("Amendments"), None)],
    })


@page("entitlements.view")
def amendment(request: StaffRequest, pk: int) -> HttpResponse:
    """One amendment: its document, what it changed from what to what, who made and reviewed it, its end."""
    found = queries.get_amendment(request.user, pk)
    return render(request, "entitlements/amendment.html", {
        "amendment": found, "state": state_of(found), "rows": _entry_rows(found),
        "may_end": found.ended_on is None and request.user.scope("entitlements.promote").covers(found.region_id)
        and not same_human(request.user, found.made_by),
        "may_compare": request.user.may("entitlements.compare"),
        "crumbs": [(_("Services and dues"), overview_url("")), (_("Service list"), reverse("entitlements:services")),
                   (_("Amendments"), reverse("entitlements:amendments")), (found.title, None)],
    })


def _entry_rows(found: Amendment) -> list[dict[str, Any]]:
    """What each entry was and is; ``moved``: the pack's files say something else of it by now than they did then."""
    try:
        files: Pack | None = packs.load(found.pack_path).pack
    except Refused:
        files = None
    rows = []
    for entry in found.entries.all():
        now = None if files is None else entry_of(files, entry.part, entry.key)
        if now is not None:
            now.pop("id", None)
        rows.append({
            "name": words.entry_name(files, entry.part, entry.key, entry.data if "label" in entry.data else
                                     entry.base or {}) if files else entry.key,
            "before": words.brief(entry.part, entry.base), "after": words.brief(entry.part, entry.data),
            "cut_on": entry.cut_on, "moved": files is not None and now != entry.base, "part": entry.get_part_display(),
        })
    return rows


@page("entitlements.promote", methods=("GET", "POST"))
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End an amendment: from when, and why; says what holds afterwards."""
    found = queries.get_amendment(request.user, pk)
    form = EndForm(request.POST or None, initial={"version": found.version, "on": timezone.localdate()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            review.end(request.user, pk, given["version"], given["on"], given["reason"])
            messages.success(request, _("The amendment ends on its day."))
            return HttpResponseRedirect(reverse("entitlements:amendment", args=[pk]))
        except Refused as refused:
            refusal = refused
    return render_form(
        request, "entitlements/amendment_end.html", form, refusal=refusal, amendment=found,
        rows=[[row["name"], row["after"], row["before"]] for row in _entry_rows(found)],
        crumbs=[(_("Amendments"), reverse("entitlements:amendments")),
                (found.title, reverse("entitlements:amendment", args=[pk])), (_("End"), None)],
    )
