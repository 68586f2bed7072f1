"""Pages of findings: the list with what can be done with many at once, and one finding with its reason."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinian.core.access import StaffRequest, page
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.identity import mask_id
from yinian.core.lists import Bulk, Column, Filter, ListView, render_list
from yinian.core.regions.models import Level
from yinian.entitlements.adjustments.causes import month_words
from yinian.entitlements.lists import place_of
from yinian.entitlements.models import Finding, PaidBatch
from yinian.entitlements.pages import overview_url
from yinian.entitlements.reconciliation import findings as acts
from yinian.entitlements.reconciliation import forms, queries, reasons
from yinian.entitlements.reconciliation.pages import service_names
from yinian.entitlements.reconciliation.words import finding_state, kind_of, payee_name, report_words

VERBS = ("explain", "tell", "propose")


def _crumbs(batch: PaidBatch, last: str) -> list[tuple[str, str | None]]:
    return [
        (_("Services and dues"), overview_url("")), (_("Reconciliation"), reverse("entitlements:paid")),
        (report_words(batch), reverse("entitlements:paid_batch", args=[batch.pk])), (last, None),
    ]


def _search(rows: QuerySet[Finding], text: str) -> QuerySet[Finding]:
    from yinian.people.models import Person
    from yinian.people.persons.queries import search

    return rows.filter(person__in=search(Person.objects.all(), text))


def _place(finding: Finding) -> str:
    return place_of(finding.person, Level.VILLAGE) if finding.person is not None else ""


def _list(request: StaffRequest, batch: PaidBatch, names: dict[str, str], may: bool) -> ListView:
    def url(verb: str) -> str:
        return reverse("entitlements:paid_findings_act", args=[batch.pk, verb])

    bulk = [
        Bulk(gettext_lazy("Propose a correction"), url("propose"), "primary"),
        Bulk(gettext_lazy("Explain"), url("explain")), Bulk(gettext_lazy("The department was told"), url("tell")),
    ]
    return ListView(
        title=_("Findings: %(report)s") % {"report": report_words(batch)},
        subtitle=_("Payments that do not agree with what was approved or due, each with the reason."),
        columns=[
            Column("payee", _("Payee"), payee_name, kind="link", sort="person__name_pinyin"),
            Column("village", _("Village"), _place, sort="region_code"),
            Column("service", _("Service"), lambda f: names.get(f.service_id, f.service_id), sort="service_id"),
            Column("month", _("Month"), lambda f: month_words(f.month), sort="month"),
            Column("kind", _("Finding"), kind_of, kind="badge", sort="kind"),
            Column("paid", _("Paid (yuan)"), lambda f: f.paid_fen, kind="yuan", sort="paid_fen"),
            Column("expected", _("Expected (yuan)"), lambda f: f.expected_fen, kind="yuan", sort="expected_fen"),
            Column("why", _("The reason"), reasons.sentence),
            Column("step", _("Suggested"), lambda f: str(reasons.STEPS[f.step]) if f.step else ""),
            Column("state", _("State"), finding_state, kind="badge", sort="state"),
            Column("row", _("Row in the file"), lambda f: f.row_no, kind="number", default=False),
            Column("note", _("Note"), lambda f: f.note, default=False),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda q, v: q.filter(region_code__startswith=v), kind="region"),
            Filter("kind", gettext_lazy("Finding"), lambda q, v: q.filter(kind=v), lambda a: Finding.Kind.choices),
            Filter("service", gettext_lazy("Service"), lambda q, v: q.filter(service_id=v),
                   lambda a: [(name, names.get(name, name)) for name in batch.counts.get("services", ())]),
            Filter("state", gettext_lazy("State"), lambda q, v: q.filter(state=v), lambda a: Finding.State.choices),
            Filter("step", gettext_lazy("Suggested"), lambda q, v: q.filter(step=v), lambda a: reasons.STEPS.items()),
        ],
        search=_search, search_label=_("Find a person"), search_hint=_("Name, pinyin initials, village"),
        default_sort=("village", "asc"), excel_right="entitlements.export", region_field="region_code",
        row_url=lambda f: reverse("entitlements:paid_finding", args=[f.pk]), bulk=bulk if may else [],
        empty=_("No findings"), empty_text=_("Every payment of this report agrees with what was due."),
        key="entitlements.paid_findings",
    )


@page("entitlements.names")
def findings(request: StaffRequest, pk: int) -> HttpResponse:
    """The findings of a report in the reader's area."""
    batch = queries.get_batch(request.user, pk)
    view = _list(request, batch, service_names(batch), request.user.may(queries.RIGHT))
    return render_list(request, view, queries.findings_of(request.user, batch), extra={
        "crumbs": _crumbs(batch, _("Findings")),
    })


@page("entitlements.reconcile", methods=("POST",), also=("entitlements.names",))
def act(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Explain, tell or propose for the picked findings; a reason is asked on a page of its own."""
    batch = queries.get_batch(request.user, pk)
    if verb not in VERBS:
        raise NotVisible("verb")
    ids = [int(value) for value in request.POST.getlist("ids") if value.isdigit() and len(value) < 19]
    try:
        if verb == "explain":
            form = forms.ReasonForm(request.POST if "reason" in request.POST else None)
            if not form.is_valid():
                return render_form(request, "entitlements/paid_explain.html", form, batch=batch, ids=ids,
                                   crumbs=_crumbs(batch, _("Explain findings")))
            count = acts.explain(request.user, ids, form.cleaned_data["reason"])
            messages.success(request, ngettext("%(count)s finding is explained.", "%(count)s findings are explained.",
                                               count) % {"count": count})
        elif verb == "tell":
            count = acts.tell(request.user, ids)
            messages.success(request, ngettext("%(count)s finding is marked as told to the department.",
                                               "%(count)s findings are marked as told to the department.", count)
                             % {"count": count})
        else:
            made, none = acts.propose(request.user, ids)
            _told(request, made, none)
    except Refused as refusal:
        messages.error(request, str(refusal))
    if request.POST.get("back", "").isdigit():
        return redirect("entitlements:paid_finding", pk=int(request.POST["back"]))
    return redirect(f"{reverse('entitlements:paid_findings', args=[pk])}?state=open")


def _told(request: StaffRequest, made: int, none: int) -> None:
    if made:
        messages.success(request, ngettext(
            "A correction is proposed for %(count)s finding; it now waits to be confirmed.",
            "Corrections are proposed for %(count)s findings; they now wait to be confirmed.", made,
        ) % {"count": made})
    if none:
        messages.warning(request, ngettext(
            "For %(count)s finding nothing is left to correct as known now.",
            "For %(count)s findings nothing is left to correct as known now.", none,
        ) % {"count": none})


@page("entitlements.names")
def finding(request: StaffRequest, pk: int) -> HttpResponse:
    """One finding: the payment, what was expected and why, what is suggested and what was done."""
    found = queries.get_finding(request.user, pk)
    names = service_names(found.batch)
    payee = queries.payee_of(found)
    may = request.user.scope(queries.RIGHT).covers(found.region_code)
    return render(request, "entitlements/paid_finding.html", {
        "f": found, "name": payee_name(found), "service": names.get(found.service_id, found.service_id),
        "month": month_words(found.month), "kind": kind_of(found), "state": finding_state(found),
        "reason": reasons.sentence(found), "step": reasons.STEPS.get(found.step, ""),
        "report": report_words(found.batch),
        "masked": mask_id(payee["id_number"]) if payee.get("id_number") else "", "village": _place(found),
        "may": may, "open": found.state in (Finding.State.OPEN, Finding.State.TOLD),
        "may_propose": may and request.user.scope("entitlements.adjust").covers(found.region_code)
        and found.person_id is not None,
        "crumbs": [*_crumbs(found.batch, "")[:-1],
                   (_("Findings"), reverse("entitlements:paid_findings", args=[found.batch_id])),
                   (payee_name(found), None)],
    })
