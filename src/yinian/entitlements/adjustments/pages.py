"""Pages of corrections: the county's list, one correction with its months and decisions, a person's months."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.forms import StaffForm, render_form
from yinian.core.jinja import yuan
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import User
from yinian.core.users.queries import same_human
from yinian.entitlements.adjustments import actions, causes, queries, recovering
from yinian.entitlements.adjustments.forms import ConfirmForm, ReasonForm, RepaymentForm, WriteOffForm
from yinian.entitlements.lists import place_of
from yinian.entitlements.models import Correction, WriteOff
from yinian.entitlements.pages import overview_url, where
from yinian.people.persons.queries import get_person

State, Kind = Correction.State, Correction.Kind
TONES = {
    State.PROPOSED: "warn", State.CONFIRMED: "info", State.APPROVED: "info", State.SETTLED: "ok",
    State.REJECTED: "mute", State.DROPPED: "mute",
}
OFF_TONES = {"proposed": "info", "approved": "ok", "rejected": "warn", "dropped": "mute"}


def months_words(row: Correction) -> str:
    first = causes.month_words(row.first_month)
    if row.months == 1:
        return first
    return _("%(first)s to %(last)s") % {"first": first, "last": causes.month_words(row.last_month)}


def service_words(row: Correction) -> str:
    return queries.label_words(row.label, row.service_id)


def state_of(row: Correction) -> tuple[str, str]:
    return str(row.get_state_display()), TONES[State(row.state)]


def kind_of(row: Correction) -> tuple[str, str]:
    return str(row.get_kind_display()), "ok" if row.kind == Kind.ARREARS else "warn"


def _search(rows: QuerySet[Correction], text: str) -> QuerySet[Correction]:
    from yinian.people.models import Person
    from yinian.people.persons.queries import search

    return rows.filter(person__in=search(Person.objects.all(), text))


def _list(request: StaffRequest, region: Region) -> ListView:
    return ListView(
        title=_("Arrears and recoveries"),
        desk=("entitlements", "corrections"),
        subtitle=_("What became known late, held against what was paid; nothing is paid or taken back unasked."),
        columns=[
            Column("person", _("Name"), lambda r: r.person.name, kind="link", sort="person__name_pinyin"),
            Column("village", _("Village"), lambda r: place_of(r.person, Level.VILLAGE), sort="region_code"),
            Column("town", _("Town"), lambda r: place_of(r.person, Level.TOWN), default=False),
            Column("service", _("Service"), service_words, sort="service_id"),
            Column("kind", _("Kind"), kind_of, kind="badge", sort="kind"),
            Column("months", _("Months"), months_words, sort="first_month"),
            Column("amount", _("Amount (yuan)"), lambda r: r.amount_fen, kind="yuan", sort="amount_fen"),
            Column("settled", _("Settled (yuan)"), lambda r: r.settled_fen, kind="yuan", default=False),
            Column("left", _("Still open (yuan)"), lambda r: r.left_fen if r.state == State.APPROVED else None,
                   kind="yuan", default=False),
            Column("method", _("How it is settled"), lambda r: str(r.get_method_display()) if r.method else ""),
            Column("deceased", _("Died"), lambda r: (_("Died"), "mute") if r.deceased else "", kind="badge"),
            Column("state", _("State"), state_of, kind="badge", sort="state"),
            Column("found", _("Found on"), lambda r: r.found_at, kind="day", sort="found_at"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda q, v: q.filter(region_code__startswith=v), kind="region"),
            Filter("state", gettext_lazy("State"), lambda q, v: q.filter(state=v), lambda a: State.choices),
            Filter("kind", gettext_lazy("Kind"), lambda q, v: q.filter(kind=v), lambda a: Kind.choices),
            Filter("service", gettext_lazy("Service"), lambda q, v: q.filter(service_id=v),
                   lambda a: queries.services_of(a, region.pk)),
            Filter("deceased", gettext_lazy("Deceased only"), lambda q, v: q.filter(deceased=True), kind="bool"),
            Filter("by_hand", gettext_lazy("To be got back by hand"), lambda q, v: recovering.by_hand(q), kind="bool"),
        ],
        search=_search, search_label=_("Find a person"), search_hint=_("Name, pinyin initials, village"),
        default_sort=("found", "desc"), excel_right="entitlements.export", region_field="region_code",
        row_url=lambda r: reverse("entitlements:correction", args=[r.pk]),
        empty=_("No arrears and no recoveries"),
        empty_text=_("As far as is known, everybody was paid for past months what they were due."),
        key="entitlements.corrections",
    )


@page("entitlements.names")
def corrections(request: StaffRequest) -> HttpResponse:
    """The area's corrections with their sums; from here a recalculation is started."""
    region = where(request, "entitlements.names")
    found = queries.of_region(request.user, region.pk)
    totals = queries.totals(request.user, region.pk)
    county = region.pk[:6]
    return render_list(request, _list(request, region), found, "entitlements/corrections.html", {
        "region": region, "totals": totals, "Total": queries.Total, "last": queries.last_look(county),
        "url_of": lambda state, kind: f"{reverse('entitlements:corrections')}?region={region.pk}"
                                      f"&state={state}&kind={kind}",
        "may_start": len(region.pk) >= 6 and request.user.scope("entitlements.adjust").covers(county),
        "county": county,
        "crumbs": [(_("Services and dues"), overview_url(region.pk)), (_("Arrears and recoveries"), None)],
    })


@page("entitlements.adjust", methods=("POST",))
def recalculate(request: StaffRequest) -> HttpResponse:
    """Start the recalculation of a county; ``whole`` looks at everybody."""
    job = actions.start_recalculation(
        request.user, request.POST.get("region", "")[:6], whole=request.POST.get("whole") == "1"
    )
    return HttpResponseRedirect(reverse("core:job", args=[job.pk]))


# --- one correction --------------------------------------------------------------------------------------------


@page("entitlements.names")
def correction(request: StaffRequest, pk: int) -> HttpResponse:
    """One correction: month by month and why, who decided what, how far it is settled, and what can be done now."""
    return _correction_page(request, pk)


def _correction_page(
    request: StaffRequest, pk: int, form: StaffForm | None = None, refusal: Refused | None = None, which: str = ""
) -> HttpResponse:
    found = queries.get_correction(request.user, pk)
    adjustments = list(found.adjustments.select_related("cycle"))
    write_offs = list(found.write_offs.select_related("maker", "checker", "document"))
    waiting = next((one for one in write_offs if one.state == WriteOff.State.PROPOSED), None)
    may = _may(request.user, found, waiting)
    forms: dict[str, Any] = {
        "confirm_form": ConfirmForm(correction=found, initial={"version": found.version}) if may["confirm"] else None,
        "reject_form": ReasonForm(initial={"version": found.version}, prefix="reject") if may["confirm"] else None,
        "return_form": ReasonForm(initial={"version": found.version}, prefix="return") if may["approve"] else None,
        "repay_form": RepaymentForm(initial={"version": found.version}) if may["repay"] else None,
        "write_off_form": WriteOffForm(initial={"version": found.version}, prefix="off") if may["write_off"] else None,
        "keep_form": ReasonForm(initial={"version": waiting.version}, prefix="keep")
        if waiting is not None and may["decide_off"] else None,
    }
    if form is not None:
        forms[which] = form
    shown = form or StaffForm()
    return render_form(request, "entitlements/correction.html", shown, refusal=refusal, **forms, **{
        "c": found, "person": found.person, "service": service_words(found), "state": state_of(found),
        "kind": kind_of(found), "when": months_words(found), "stretches": causes.stretches(adjustments),
        "adjustments": adjustments, "months_url": reverse("entitlements:person_months", args=[found.person_id]),
        "write_offs": write_offs, "waiting": waiting, "off_tones": OFF_TONES,
        "by": recovering.deadline(found) if may["by_hand"] else None,
        "settlements": list(found.settlements.select_related("cycle")), "may": may,
        "repayments": list(found.repayments.select_related("recorded_by")), "month_words": causes.month_words,
        "village": place_of(found.person, Level.VILLAGE), "town": place_of(found.person, Level.TOWN),
        "crumbs": [(_("Services and dues"), overview_url("")),
                   (_("Arrears and recoveries"), f"{reverse('entitlements:corrections')}?region={found.county_id}"),
                   (found.person.name, None)],
    })


def _may(actor: User, row: Correction, waiting: WriteOff | None) -> dict[str, Any]:
    """What the reader can do now, and why not where it is their own doing."""
    make = actor.scope(actions.MAKE).covers(row.region_code)
    check = actor.scope(actions.CHECK).covers(row.region_code)
    own = row.maker is not None and same_human(actor, row.maker)
    by_hand = recovering.by_hand(Correction.objects.filter(pk=row.pk)).exists()
    own_off = waiting is not None and same_human(actor, waiting.maker)
    return {
        "by_hand": by_hand, "write_off": make and by_hand and waiting is None, "own_off": check and own_off,
        "decide_off": check and waiting is not None and not own_off,
        "confirm": make and row.state == State.PROPOSED, "approve": check and row.state == State.CONFIRMED and not own,
        "own": check and row.state == State.CONFIRMED and own,
        "repay": make and row.state == State.APPROVED and row.kind == Kind.RECOVERY,
    }


@page("entitlements.adjust", methods=("POST",), also=("entitlements.names",))
def confirm(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm with a choice of how it is settled."""
    found = queries.get_correction(request.user, pk)
    form = ConfirmForm(request.POST, request.FILES, correction=found)
    if not form.is_valid():
        return _correction_page(request, pk, form, which="confirm_form")
    said = form.cleaned_data
    try:
        actions.confirm(
            request.user, pk, version=said["version"], method=said["method"], parts=said.get("parts"),
            reason=said["reason"], answers=said.get("answers", ""), paper=said.get("paper"),
        )
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "confirm_form")
    messages.success(request, _("Confirmed. Another officer now checks it."))
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.adjust", methods=("POST",), also=("entitlements.names",))
def reject(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that it is not right, and why."""
    form = ReasonForm(request.POST, prefix="reject")
    if not form.is_valid():
        return _correction_page(request, pk, form, which="reject_form")
    try:
        actions.reject(request.user, pk, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"])
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "reject_form")
    messages.success(request, _("Rejected. It comes back only if the amounts change."))
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.settle", methods=("POST",), also=("entitlements.names",))
def send_back(request: StaffRequest, pk: int) -> HttpResponse:
    """The checker sends it back."""
    form = ReasonForm(request.POST, prefix="return")
    if not form.is_valid():
        return _correction_page(request, pk, form, which="return_form")
    try:
        actions.send_back(request.user, pk, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"])
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "return_form")
    messages.success(request, _("Sent back to the officer."))
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.settle", methods=("POST",), also=("entitlements.names",))
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """Check it; the notice is issued with it."""
    version = request.POST.get("version", "")
    try:
        done = actions.approve(request.user, pk, version=int(version) if version.isdigit() else -1)
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Checked. Notice %(number)s is issued.") % {
            "number": done.notice.number if done.notice else ""
        })
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.adjust", methods=("POST",), also=("entitlements.names",))
def repay(request: StaffRequest, pk: int) -> HttpResponse:
    """Record money that came back."""
    form = RepaymentForm(request.POST)
    if not form.is_valid():
        return _correction_page(request, pk, form, which="repay_form")
    said = form.cleaned_data
    try:
        done = actions.record_repayment(
            request.user, pk, version=said["version"], amount_fen=said["amount"], on=said["on"], slip=said["slip"]
        )
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "repay_form")
    messages.success(request, _("Recorded: %(amount)s yuan; still to come back: %(left)s yuan.") % {
        "amount": yuan(said["amount"]), "left": yuan(done.left_fen)
    })
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.adjust", methods=("POST",), also=("entitlements.names",))
def write_off(request: StaffRequest, pk: int) -> HttpResponse:
    """Propose to write off what is still to come back."""
    form = WriteOffForm(request.POST, request.FILES, prefix="off")
    if not form.is_valid():
        return _correction_page(request, pk, form, which="write_off_form")
    said = form.cleaned_data
    try:
        recovering.propose_write_off(request.user, pk, version=said["version"], reason=said["reason"],
                                     paper=said.get("paper"))
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "write_off_form")
    messages.success(request, _("Proposed. Another officer now decides."))
    return redirect("entitlements:correction", pk=pk)


def _waiting(actor: User, pk: int) -> int:
    """The id of the write-off that waits; -1 where none does any more."""
    found = queries.get_correction(actor, pk).write_offs.filter(state=WriteOff.State.PROPOSED).first()
    return found.pk if found is not None else -1


@page("entitlements.settle", methods=("POST",), also=("entitlements.names",))
def write_off_approve(request: StaffRequest, pk: int) -> HttpResponse:
    """Write it off."""
    version = request.POST.get("version", "")
    try:
        recovering.approve_write_off(request.user, _waiting(request.user, pk),
                                     int(version) if version.isdigit() else -1)
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Written off. The case is closed."))
    return redirect("entitlements:correction", pk=pk)


@page("entitlements.settle", methods=("POST",), also=("entitlements.names",))
def write_off_reject(request: StaffRequest, pk: int) -> HttpResponse:
    """Do not write it off: it is still to be got back."""
    form = ReasonForm(request.POST, prefix="keep")
    if not form.is_valid():
        return _correction_page(request, pk, form, which="keep_form")
    try:
        recovering.reject_write_off(request.user, _waiting(request.user, pk), form.cleaned_data["version"],
                                    form.cleaned_data["reason"])
    except Refused as refusal:
        return _correction_page(request, pk, form, refusal, "keep_form")
    messages.success(request, _("Not written off. The officer goes on getting it back."))
    return redirect("entitlements:correction", pk=pk)


# --- one person's months ---------------------------------------------------------------------------------------


@page("entitlements.names")
def months(request: StaffRequest, pk: int) -> HttpResponse:
    """A person's months by service: due, approved, paid, adjusted."""
    person = get_person(request.user, pk)
    grid = queries.months_of(request.user, person)
    rows = queries.corrections_of(request.user, person)
    return render(request, "entitlements/months.html", {
        "person": person, "grid": grid, "corrections": [
            {"row": row, "service": service_words(row), "when": months_words(row), "state": state_of(row),
             "kind": kind_of(row), "url": reverse("entitlements:correction", args=[row.pk])} for row in rows
        ],
        "month_words": causes.month_words, "may_adjust": request.user.scope(actions.MAKE).covers(person.region_id),
        "open_fen": sum(row.amount_fen * (1 if row.kind == Kind.ARREARS else -1) for row in rows
                        if row.state in queries.OPEN),
        "village": place_of(person, Level.VILLAGE),
        "crumbs": [(person.name, reverse("people:person", args=[person.pk])),
                   (_("Services and dues"), reverse("entitlements:person", args=[person.pk])), (_("Months"), None)],
    })


@page("entitlements.adjust", methods=("POST",), also=("entitlements.names",))
def recalculate_person(request: StaffRequest, pk: int) -> HttpResponse:
    """Look again at one person's months, now."""
    counts = actions.recalculate_person(request.user, pk)
    if counts["made"] or counts["changed"] or counts["dropped"]:
        messages.success(request, _("Looked at again: %(made)s new, %(changed)s changed, %(dropped)s no longer needed.")
                         % counts)
    else:
        messages.info(request, _("Looked at again: nothing has changed."))
    return redirect("entitlements:person_months", pk=pk)
