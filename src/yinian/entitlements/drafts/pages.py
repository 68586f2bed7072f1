"""Pages about drafts: the list, one draft with its entries edited in place, its sharing, its end."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.pages import confirm
from yinian.core.regions.models import Region
from yinian.engines.entitlement import Pack
from yinian.entitlements import packs
from yinian.entitlements.drafts import actions, queries, shown, words
from yinian.entitlements.drafts.blank import OPEN as OWN_OPEN
from yinian.entitlements.drafts.blank import ROWS as OWN_ROWS
from yinian.entitlements.drafts.blank import BlankForm
from yinian.entitlements.drafts.editing import shown_value
from yinian.entitlements.drafts.forms import AddForm, DraftForm, ServiceForm, TextForm, ValueForm
from yinian.entitlements.drafts.layers import entry_from_yaml, entry_yaml
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.pages import overview_url
from yinian.entitlements.queries import region_for

STATES = {"open": "info", "submitted": "warn", "promoted": "ok", "discarded": "mute"}
CHANGED = "draft-changed"  # what the page's other parts listen for


def crumbs(*last: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return [(_("Services and dues"), overview_url("")), (_("What-ifs"), reverse("entitlements:drafts")), *last]


def _of(found: Draft) -> tuple[str, str | None]:
    return found.name, reverse("entitlements:draft", args=[found.pk])


def _name(queryset: QuerySet[Draft], text: str) -> QuerySet[Draft]:
    return queryset.filter(name__icontains=text) | queryset.filter(description__icontains=text)


@page("entitlements.compare")
def drafts(request: StaffRequest) -> HttpResponse:
    """Every draft the reader may see, the last changed first."""
    view = ListView(
        title=_("What-ifs"),
        subtitle=_("Drafts of changes to the service list: what they would cost, whom they would reach. Nothing is "
                   "paid by a draft until it is reviewed and put in force."),
        columns=[
            Column("name", _("Name of the draft"), lambda d: d.name, kind="link", sort="name"),
            Column("area", _("Area"), lambda d: d.region.name),
            Column("from", _("In force from"), lambda d: d.effective_from, kind="day", sort="effective_from"),
            Column("state", _("State"), lambda d: (d.get_state_display(), STATES[d.state]), kind="badge"),
            Column("by", _("Drafted by"), lambda d: d.made_by.full_name),
            Column("shared", pgettext("draft", "Shared"), lambda d: _("with colleagues") if d.shared else _("own")),
            Column("changed", _("Last changed"), lambda d: d.changed_at, kind="moment", sort="changed_at"),
        ],
        filters=[
            Filter("state", _("State"), lambda qs, value: qs.filter(state=value), lambda a: Draft.State.choices),
            Filter("mine", _("Made by me"), lambda qs, value: qs.filter(made_by=request.user), kind="bool"),
        ],
        search=_name, search_label=_("Find a draft"), search_hint=_("Name or what it is for"),
        default_sort=("changed", "desc"), excel_right="entitlements.export", region_field="region__code",
        row_url=lambda d: reverse("entitlements:draft", args=[d.pk]),
        empty=_("No draft yet"),
        empty_text=_("A draft lies beside the list in force: change an age, an amount or a condition and see at once "
                     "whom it would reach and what it would cost."),
    )
    found = queries.visible_to(request.user)
    return render_list(request, view, found, "entitlements/drafts.html", {
        "crumbs": [(_("Services and dues"), overview_url("")), (_("What-ifs"), None)],
        "may_draft": request.user.may("entitlements.draft"),
    })


@page("entitlements.draft", methods=("GET", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    """Name a draft and set its day."""
    region = _drafted(request)
    first = timezone.localdate().replace(day=1)
    start = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    form = DraftForm(request.POST or None, initial={"effective_from": start})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            draft = actions.make(request.user, region.pk, **form.cleaned_data)
            return HttpResponseRedirect(reverse("entitlements:draft", args=[draft.pk]))
        except Refused as refused:
            refusal = refused
    return render_form(request, "entitlements/draft_new.html", form, refusal=refusal, region=region,
                       crumbs=crumbs((_("New draft"), None)))


def _drafted(request: StaffRequest) -> Region:
    """The area whose list is drafted: that asked for where the reader is posted there, else where they are posted."""
    asked = (request.POST.get("region") or request.GET.get("region") or "").strip()[:queries.COUNTY_LENGTH]
    return region_for(request.user, asked if queries.drafts_for(request.user, asked) else "", "entitlements.draft")


@page("entitlements.compare")
def draft(request: StaffRequest, pk: int) -> HttpResponse:
    """One draft: what it changes, what that would do, and every entry to change further."""
    found = queries.get_draft(request.user, pk)
    base, pack = shown.drafted(found)
    context = _context(request, found, base, pack)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") == "changes":
        return render(request, "entitlements/draft_changes.html", context)
    return render(request, "entitlements/draft.html", context | {
        "standards": shown.standards(found, base, pack), "services": shown.services(found, base, pack),
        "steps": found.steps.select_related("actor").order_by("-pk")[:60],
        "colleagues": _("Colleagues of the bureau can see and change it.") if found.shared else "",
        "crumbs": crumbs((found.name, None)),
    })


def _context(request: StaffRequest, found: Draft, base: packs.InForce, pack: Pack) -> dict[str, Any]:
    keys = [(entry.part, entry.key) for entry in queries.entries_of(found)]
    return {
        "draft": found, "base": base, "may_edit": queries.may_edit(request.user, found),
        "may_own": found.made_by_id == request.user.pk and found.is_open,
        "may_draft": queries.drafts_for(request.user, found.region_id), "wide": queries.is_wide(found),
        "may_review": queries.may_review(request.user, found),
        "changes": words.changes(base.pack, pack, keys, found.effective_from),
        "stale": queries.is_stale(found, base), "tone": STATES[found.state],
        "worded": words.stale_labels(pack, base.pack, found.effective_from),
    }


@page("entitlements.draft", methods=("GET", "POST"))
def describe(request: StaffRequest, pk: int) -> HttpResponse:
    """Name, day and purpose of a draft."""
    found = queries.get_draft(request.user, pk)
    form = DraftForm(request.POST or None, initial={
        "name": found.name, "effective_from": found.effective_from, "description": found.description,
    })
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.describe(request.user, pk, _version(request), **form.cleaned_data)
            return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))
        except Refused as refused:
            refusal = refused
    return render_form(request, "entitlements/draft_describe.html", form, refusal=refusal, draft=found,
                       crumbs=crumbs(_of(found), (_("Name and day"), None)))


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 9 else -1


# --- entries, in place -----------------------------------------------------------------------------------------


def _types(pack: Pack) -> dict[str, Any]:
    return {name: parameter.type for name, parameter in pack.parameters.items()}


@page("entitlements.compare", methods=("GET", "POST"))
def standard(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """One standard: its row, or the form in its place."""
    found = queries.get_draft(request.user, pk)
    base, pack = shown.drafted(found)
    parameter = pack.parameters.get(key)
    if parameter is None or key not in base.pack.parameters:
        raise NotVisible("standard")
    if request.method == "GET" and ("row" in request.GET or not queries.may_edit(request.user, found)):
        return _row(request, found, base, pack, "standard", key)
    now = shown_value(parameter, found.effective_from)
    form = ValueForm(parameter, now, _types(pack), request.POST or None, prefix=None,
                     initial={"seen": actions.seen(actions.current(found, "parameter", key))})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_value(request.user, pk, key, form.cleaned_data["made"], note=form.cleaned_data["note"],
                              looked_at=form.cleaned_data["seen"] or None)
            return _saved(request, found, "standard", key)
        except Refused as refused:
            refusal = refused
    row = shown.standards(found, base, pack, key)[0]
    return render_form(request, _form_template(request, "standard"), form, refusal=refusal, draft=found, row=row,
                       inner="entitlements/draft_standard_form.html",
                       crumbs=crumbs(_of(found), (row.name, None)))


@page("entitlements.compare", methods=("GET", "POST"))
def service(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """One service: its row, or the form in its place."""
    found = queries.get_draft(request.user, pk)
    base, pack = shown.drafted(found)
    rows = shown.services(found, base, pack, key)
    if not rows:
        raise NotVisible("service")
    row = rows[0]
    if request.method == "GET" and ("row" in request.GET or row.state == "off"
                                    or not queries.may_edit(request.user, found)):
        return _row(request, found, base, pack, "service", key)
    if row.state == "off":
        raise NotVisible("service")
    now = actions.current(found, "service", key) or {}
    form = ServiceForm(pack.service(key), _types(pack), request.POST or None, initial={"seen": actions.seen(now)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_entry(request.user, pk, "service", key, form.entry(now),
                              looked_at=form.cleaned_data["seen"] or None)
            return _saved(request, found, "service", key)
        except Refused as refused:
            refusal = refused
    used = [r for r in shown.standards(found, base, pack) if row.entry.name in r.used_by]
    return render_form(request, _form_template(request, "service"), form, refusal=refusal, draft=found, row=row,
                       used=used, inner="entitlements/draft_service_form.html",
                       crumbs=crumbs(_of(found), (row.entry.name, None)))


@page("entitlements.draft", methods=("GET", "POST"))
def text(request: StaffRequest, pk: int, part: str, key: str) -> HttpResponse:
    """One entry as text, as the pack's file would write it."""
    found = queries.get_draft(request.user, pk)
    now = actions.current(found, part, key) if part in ("parameter", "service") else None
    if now is None:
        raise NotVisible("entry")
    form = TextForm(request.POST or None, initial={"text": entry_yaml(part, now), "seen": actions.seen(now)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = words.read_entry(lambda: entry_from_yaml(form.cleaned_data["text"].replace("\r\n", "\n")))
            actions.set_entry(request.user, pk, part, key, made, looked_at=form.cleaned_data["seen"] or None)
            return HttpResponseRedirect(f"{reverse('entitlements:draft', args=[pk])}#{part}-{key}")
        except Refused as refused:
            refusal = Refused(fields={"text": refused.message}) if refused.message and not refused.fields else refused
    return render_form(request, "entitlements/draft_text.html", form, refusal=refusal, draft=found, key=key, part=part,
                       facts=words.fact_list(),
                       crumbs=crumbs(_of(found), (_("As text"), None)))


def _form_template(request: StaffRequest, what: str) -> str:
    """In place for htmx, a page of its own without it."""
    in_place = bool(request.headers.get("HX-Request"))
    return f"entitlements/draft_{what}_form.html" if in_place else "entitlements/draft_edit.html"


def _row(
    request: StaffRequest, found: Draft, base: packs.InForce, pack: Pack, what: str, key: str
) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"{reverse('entitlements:draft', args=[found.pk])}#{what}-{key}")
    rows = (shown.standards if what == "standard" else shown.services)(found, base, pack, key)
    return render(request, f"entitlements/draft_{what}_row.html", {
        "draft": found, "row": rows[0], "may_edit": queries.may_edit(request.user, found),
    })


def _saved(request: StaffRequest, found: Draft, what: str, key: str) -> HttpResponse:
    """The row anew, and word to the page's other parts."""
    fresh = queries.get_draft(request.user, found.pk)
    base, pack = shown.drafted(fresh)
    response = _row(request, fresh, base, pack, what, key)
    response["HX-Trigger"] = CHANGED
    return response


@page("entitlements.draft", methods=("POST",))
def off(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """Switch a service off from the draft's day."""
    found = queries.get_draft(request.user, pk)
    actions.switch_off(request.user, pk, key)
    base, pack = shown.drafted(found)
    if request.headers.get("HX-Request") and not shown.services(found, base, pack, key):
        response = HttpResponse("")
        response["HX-Trigger"] = CHANGED
        return response
    return _saved(request, found, "service", key)


@page("entitlements.draft", methods=("POST",))
def revert(request: StaffRequest, pk: int, part: str, key: str) -> HttpResponse:
    """Take one change back."""
    queries.get_draft(request.user, pk)
    actions.revert(request.user, pk, part, key)
    return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))


@page("entitlements.draft", methods=("GET", "POST"))
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a service that begins as another one is."""
    found = queries.get_draft(request.user, pk)
    _base, pack = shown.drafted(found)
    form = AddForm(pack.services, request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            _draft, key = actions.add_service(
                request.user, pk, given["name"], like=given["like"], kind=given["kind"], group=given["group"]
            )
            return HttpResponseRedirect(reverse("entitlements:draft_service", args=[pk, key]))
        except Refused as refused:
            refusal = refused
    return render_form(request, "entitlements/draft_add.html", form, refusal=refusal, draft=found,
                       crumbs=crumbs(_of(found), (_("Add a service"), None)))


@page("entitlements.draft", methods=("GET", "POST"))
def blank(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a service together from nothing; ``?row=n`` is one condition's fields, as its fact asks for them."""
    found = queries.get_draft(request.user, pk)
    taken = actions.taken_keys(found)
    row = request.GET.get("row", "")
    if request.method == "GET" and row.isdigit() and int(row) < OWN_ROWS:
        picked = {f"c{row}-{name}": request.GET.get(f"c{row}-{name}", "")[:120] for name in ("fact", "label")}
        form = BlankForm(taken, initial=picked, row_url=request.path)
        return render(request, "entitlements/draft_blank_row.html", {"draft": found, "c": form.rows()[int(row)]})
    form = BlankForm(taken, request.POST or None, row_url=request.path)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            _draft, key = actions.add_blank(request.user, pk, form.entry(), key=form.cleaned_data["key"].strip())
            messages.success(request, _("The service is in the draft; see what it would do."))
            return HttpResponseRedirect(f"{reverse('entitlements:draft', args=[pk])}#service-{key}")
        except Refused as refused:
            refusal = refused
    return render_form(request, "entitlements/draft_blank.html", form, refusal=refusal, draft=found,
                       rows=form.rows(), shown=OWN_OPEN,
                       crumbs=crumbs(_of(found), (_("Add a service from nothing"), None)))


# --- the draft as a whole ----------------------------------------------------------------------------------------


@page("entitlements.draft", methods=("POST",))
def share(request: StaffRequest, pk: int) -> HttpResponse:
    """Share a draft with colleagues, or end that."""
    queries.get_draft(request.user, pk)
    shared = request.POST.get("shared") == "1"
    actions.share(request.user, pk, shared)
    messages.success(request, _("Colleagues who hold the right here can see and change it now.") if shared
                     else _("The draft is yours alone again."))
    return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))


@page("entitlements.draft", methods=("POST",))
def duplicate(request: StaffRequest, pk: int) -> HttpResponse:
    """A copy of one's own."""
    queries.get_draft(request.user, pk)
    made = actions.duplicate(request.user, pk, request.POST.get("name", "")[:80])
    messages.success(request, _("This is your copy; the other draft stays as it is."))
    return HttpResponseRedirect(reverse("entitlements:draft", args=[made.pk]))


@page("entitlements.draft", methods=("GET", "POST"))
def discard(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a draft away; asks once."""
    found = queries.get_draft(request.user, pk)
    if request.method == "POST":
        actions.discard(request.user, pk, request.POST.get("reason", "")[:300])
        messages.success(request, _("The draft “%(name)s” is discarded; it stays on file.") % {"name": found.name})
        return HttpResponseRedirect(reverse("entitlements:drafts"))
    return confirm(
        request, title=_("Discard the draft “%(name)s”?") % {"name": found.name},
        consequence=_("It can be looked at and copied later, but no longer changed or put in force."),
        verb=_("Discard"), action=request.path, back=reverse("entitlements:draft", args=[pk]),
    )


@page("entitlements.draft", methods=("GET", "POST"))
def renew(request: StaffRequest, pk: int) -> HttpResponse:
    """Compare a draft anew with the list in force, which has changed since."""
    found = queries.get_draft(request.user, pk)
    base = queries.base_of(found)
    rows = []
    for entry, now in actions.conflicts(found, base.pack):
        rows.append({
            "part": entry.part, "key": entry.key, "then": words.brief(entry.part, entry.base),
            "now": words.brief(entry.part, now), "mine": words.brief(entry.part, entry.data),
            "name": words.entry_name(base.pack, entry.part, entry.key, entry.data),
        })
    if request.method == "POST":
        keep = [tuple(value.split("|", 1)) for value in request.POST.getlist("keep") if "|" in value]
        actions.renew(request.user, pk, _version(request), keep)  # type: ignore[arg-type]
        messages.success(request, _("The draft is compared with the list as it is in force now."))
        return HttpResponseRedirect(reverse("entitlements:draft", args=[pk]))
    return render(request, "entitlements/draft_renew.html", {
        "draft": found, "rows": rows, "stale": queries.is_stale(found, base),
        "crumbs": crumbs(_of(found), (_("Compare anew"), None)),
    })


