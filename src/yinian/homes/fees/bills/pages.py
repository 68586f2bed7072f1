"""Pages of bills: homes' months, one month with its bills, one bill, what is overdue, the family's own bills."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.db.models import F, QuerySet, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import month as month_words
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.homes.fees import queries
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.bills import actions, forms, papers, words
from yinian.homes.fees.bills.models import Bill, BillRun, Charge

PDF = "application/pdf"


def _months(actor: User) -> list[tuple[str, str]]:
    return forms.months(24)


def _by_month(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(month=dt.date.fromisoformat(value))


def town_of(site: Any) -> str:
    region = site.region
    return region.parent.name if region.level == 5 and region.parent is not None else region.name


def home_choices(actor: User) -> list[tuple[int, str]]:
    return list(queries.homes_with(actor).order_by("name").values_list("pk", "name"))


def _run_view() -> ListView:
    return ListView(
        title=_("Bills by home and month"),
        columns=[
            Column("home", _("Care home"), lambda r: r.site.name, sort="site__name"),
            Column("month", _("Month"), lambda r: month_words(r.month), sort="month"),
            Column("state", _("State"), lambda r: (r.get_state_display(), words.RUN_TONES[r.state]), kind="badge"),
            Column("bills", _("Bills"), lambda r: r.n, kind="number", sort="n"),
            Column("charged", _("Charged, yuan"), lambda r: r.charged, kind="yuan", sort="charged"),
            Column("county", _("Public money, yuan"), lambda r: r.county, kind="yuan", sort="county"),
            Column("owed", _("Paid by residents, yuan"), lambda r: r.owed, kind="yuan", sort="owed"),
            Column("left", _("Still open, yuan"), lambda r: r.owed - r.paid if r.state == "closed" else None,
                   kind="yuan"),
            Column("unsure", _("Something not known"), lambda r: r.unsure, kind="number", sort="unsure"),
            Column("town", _("Town"), lambda r: town_of(r.site), sort="site__region_id", default=False),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("month", _("Month"), _by_month, _months),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: BillRun.State.choices),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(site=v), home_choices, hidden=True),
            Filter("unsure", _("Something not known"), lambda qs, v: qs.filter(unsure__gt=0), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(site__name__icontains=text),
        default_sort=("month", "desc"), excel_right="fees.view", region_field="site__region__code", site_field="site",
        row_url=lambda r: reverse("homes:fee_run", args=[r.pk]), search_hint=_("Name of the home"),
        empty=_("No month has been drafted yet"), empty_text=_("Choose a month above and draft its bills."),
        key="homes:fee_runs", desk=("homes", "bills"),
    )  # fmt: skip


def _bill_view(title: str, *, home: bool = True, overdue: bool = False, **more: Any) -> ListView:
    today = timezone.localdate()
    columns = [
        Column("person", _("Name"), lambda b: b.person.name, sort="person__name"),
        Column("home", _("Care home"), lambda b: b.site.name, sort="site__name", default=home),
        Column("month", _("Month"), lambda b: month_words(b.month), sort="month", default=home),
        Column("days", _("Days"), lambda b: b.days, kind="number", sort="days", default=not overdue),
        Column("charged", _("Charged, yuan"), lambda b: b.charged_fen, kind="yuan", sort="charged_fen"),
        Column("county", _("Public money, yuan"), lambda b: b.county_fen, kind="yuan", sort="county_fen"),
        Column("corrected", _("Corrections, yuan"), lambda b: b.corrected_fen, kind="yuan", sort="corrected_fen",
               default=False),
        Column("owed", _("To pay, yuan"), lambda b: b.person_fen, kind="yuan", sort="person_fen"),
        Column("left", _("Still open, yuan"), lambda b: b.left_fen, kind="yuan", sort="left"),
        Column("due", _("Due"), lambda b: b.due_on, kind="day", sort="due_on", default=overdue),
        Column("state", _("State"), lambda b: words.bill_state(b, today), kind="badge"),
        Column("number", _("Bill number"), lambda b: b.number, sort="number", default=False),
    ]
    filters = [
        Filter("open", _("Still to pay"), lambda qs, v: qs.filter(person_fen__gt=F("paid_fen"), state="closed"),
               kind="bool"),
        Filter("unsure", _("Something not known"), lambda qs, v: qs.exclude(unknown=[]), kind="bool"),
    ]
    if home:
        filters = [
            Filter("region", _("Area"), lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(site=v), home_choices),
            Filter("month", _("Month"), _by_month, _months),
        ]
    if overdue:
        filters.append(Filter("days", _("Overdue for"), _overdue_for, lambda actor: [
            ("30", _("more than 30 days")), ("90", _("more than 90 days"))]))
    return ListView(
        title=title, columns=columns, filters=filters,
        search=lambda qs, text: (qs.filter(person__name__startswith=text) if not text.isascii()
                                 else qs.filter(person__name_initials__startswith=text.lower())),
        default_sort=("due", "asc") if overdue else ("person", "asc"), excel_right="fees.view",
        region_field="site__region__code", site_field="site",
        row_url=lambda b: reverse("homes:fee_bill", args=[b.pk]), search_hint=_("Person's name or pinyin initials"),
        **more,
    )  # fmt: skip


def _overdue_for(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(due_on__lt=timezone.localdate() - dt.timedelta(days=int(value)))


@page("fees.view", methods=("GET", "POST"))
def runs(request: StaffRequest) -> HttpResponse:
    """Homes' months; above them, drafting a month."""
    user = request.user
    may = user.may("fees.draft")
    return render_list(request, _run_view(), queries.runs(user), "homes/fees/runs.html", {
        "form": forms.MonthForm(initial={"month": forms.months(2)[-1][0]}) if may else None,
        "region": request.GET.get("region", "") if request.GET.get("region", "").isdigit() else "",
    })


@page("fees.draft", methods=("POST",))
def start(request: StaffRequest) -> HttpResponse:
    """Queue the drafting of a month."""
    form = forms.MonthForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Choose a month."))
    region = request.POST.get("region", "")[:14]
    job = actions.start(request.user, dt.date.fromisoformat(form.cleaned_data["month"]),
                        region=region if region.isdigit() else "")
    return HttpResponseRedirect(reverse("core:job", args=[job.pk]))


def _manages(user: User, site: Any) -> bool:
    return user.scope("fees.manage").covers(site.region_id, site.pk)


@page("fees.view", methods=("GET", "POST"))
def run(request: StaffRequest, pk: int) -> HttpResponse:
    """One home's month with its bills."""
    return _run_page(request, queries.get_run(request.user, pk))


def _run_page(request: StaffRequest, found: Any, form: forms.NoteForm | None = None, status: int = 200) -> HttpResponse:
    over = actions.gathering.month_end(found.month) <= timezone.localdate()
    open_ = found.state == BillRun.State.DRAFT
    response = render_list(
        request, _bill_view(_("%(home)s, bills of %(month)s") % {"home": found.site.name,
                                                                  "month": month_words(found.month)},
                            home=False, key="homes:fee_run", empty=_("Nobody lived here in that month")),
        queries.listed_bills(request.user).filter(run=found.pk), "homes/fees/run.html",
        {"run": found, "tone": words.RUN_TONES[found.state], "over": over, "form": form or forms.NoteForm(),
         "may_close": open_ and over and _manages(request.user, found.site),
         "may_draft": open_ and request.user.may("fees.draft")},
    )  # fmt: skip
    response.status_code = status
    return response


@page("fees.draft", methods=("POST",))
def run_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """Draft one home's month anew, at once."""
    found = queries.get_run(request.user, pk)
    actions.draft(request.user, found.site, found.month)
    messages.success(request, _("The bills are up to date."))
    return HttpResponseRedirect(reverse("homes:fee_run", args=[pk]))


@page("fees.manage", methods=("POST",))
def run_close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a home's month."""
    found = queries.get_run(request.user, pk)
    form = forms.NoteForm(request.POST)
    if form.is_valid():
        try:
            actions.close_run(request.user, pk, _version(request), form.cleaned_data["note"])
            messages.success(request, _("The bills are closed; families see them on their page."))
            return HttpResponseRedirect(reverse("homes:fee_run", args=[pk]))
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return _run_page(request, found, form, 422)


@page("fees.view", methods=("GET", "POST"))
def arrears(request: StaffRequest) -> HttpResponse:
    """Bills that were not paid in time."""
    rows = queries.arrears(request.user)
    total = rows.aggregate(s=Sum("left"))["s"] or 0
    return render_list(
        request, _bill_view(_("Overdue bills"), overdue=True, key="homes:fee_arrears", desk=("homes", "arrears"),
                            empty=_("No bill is overdue"), empty_text=_("Every bill was paid in time.")),
        rows, "homes/fees/arrears.html", {"total": total, "day": timezone.localdate()},
    )  # fmt: skip


@page("fees.view")
def bill(request: StaffRequest, pk: int) -> HttpResponse:
    """One bill."""
    return _bill_page(request, queries.get_bill(request.user, pk))


def _bill_page(request: StaffRequest, found: Bill, status: int = 200, **bound: Any) -> HttpResponse:
    today = timezone.localdate()
    manages, closed = _manages(request.user, found.site), found.state == Bill.State.CLOSED
    held = queries.held_for(found.site_id, found.person_id)
    start_of = {"amount": found.left_fen, "on": today}
    return render(request, "homes/fees/bill.html", {
        "bill": found, "site": found.site, "person": found.person, "state": words.bill_state(found, today),
        "lines": [(line, words.line_words(line)) for line in found.lines.all()],
        "unknown": words.unknown_words(found.unknown), "held": held, "closed": closed,
        "payments": queries.payments_of(found), "corrections": list(found.corrections.select_related("applied")),
        "charges": [] if closed else list(Charge.objects.filter(
            site=found.site_id, person=found.person_id, on__gte=found.month,
            on__lt=actions.gathering.month_end(found.month))),
        "manages": manages, "may_pay": manages and closed and found.left_fen > 0,
        "pay": bound.get("pay") or forms.PayForm(initial=start_of, prefix="pay"),
        "correct": bound.get("correct") or forms.CorrectForm(prefix="correct"),
        "charge": bound.get("charge") or forms.ChargeForm(prefix="charge", initial={"on": min(
            today, actions.gathering.month_end(found.month) - dt.timedelta(days=1)), "category": "other"}),
        "close": bound.get("close") or forms.NoteForm(prefix="close"),
        "person_url": reverse("homes:fee_resident", args=[found.site_id, found.person_id]),
    }, status=status)  # fmt: skip


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    """Do what a form of the bill's page asks; what is refused comes back beside its field."""
    found = queries.get_bill(request.user, pk)
    if form.is_valid():
        try:
            do(form.cleaned_data, found)
            messages.success(request, said)
            return HttpResponseRedirect(reverse("homes:fee_bill", args=[pk]))
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return _bill_page(request, found, 422, **{name: form})


@page("fees.manage", methods=("POST",))
def pay(request: StaffRequest, pk: int) -> HttpResponse:
    """Record a payment."""
    return _act(request, pk, "pay", forms.PayForm(request.POST, prefix="pay"), lambda data, _bill: money.pay(
        request.user, pk, data["amount"], data["channel"], data["on"], slip=data["slip"]),
        _("The payment is recorded."))


@page("fees.manage", methods=("POST",))
def correct(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a closed bill right in the next one."""
    return _act(request, pk, "correct", forms.CorrectForm(request.POST, prefix="correct"),
                lambda data, _bill: actions.correct(
                    request.user, pk, data["amount"] if data["way"] == "more" else -data["amount"], data["reason"]),
                _("It stands on the next bill."))


@page("fees.manage", methods=("POST",))
def charge(request: StaffRequest, pk: int) -> HttpResponse:
    """Charge something once and bring the draft up to date."""

    def do(data: dict[str, Any], found: Bill) -> None:
        actions.charge_once(request.user, found.site_id, found.person_id, data["on"], data["text"], data["category"],
                            data["amount"])
        actions.draft(request.user, found.site, found.month)

    return _act(request, pk, "charge", forms.ChargeForm(request.POST, prefix="charge"), do, _("It is on the draft."))


@page("fees.manage", methods=("POST",))
def charge_drop(request: StaffRequest, pk: int, charge_pk: int) -> HttpResponse:
    """Take a single charge back and bring the draft up to date."""
    found = queries.get_bill(request.user, pk)
    actions.drop_charge(request.user, charge_pk, request.POST.get("reason", "")[:200])
    actions.draft(request.user, found.site, found.month)
    return HttpResponseRedirect(reverse("homes:fee_bill", args=[pk]))


@page("fees.manage", methods=("POST",))
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close one bill ahead of its month."""
    return _act(request, pk, "close", forms.NoteForm(request.POST, prefix="close"), lambda data, _bill: (
        actions.close_bill(request.user, pk, _version(request), data["note"])), _("The bill is closed."))


@page("fees.manage", methods=("POST",))
def reverse_payment(request: StaffRequest, pk: int, payment_pk: int) -> HttpResponse:
    """Take back a payment entered in error."""
    queries.get_bill(request.user, pk)
    money.reverse_payment(request.user, payment_pk, request.POST.get("reason", "")[:200])
    messages.success(request, _("The payment is taken back; both stay on record."))
    return HttpResponseRedirect(reverse("homes:fee_bill", args=[pk]))


def _pdf(found: Bill) -> HttpResponse:
    response = HttpResponse(papers.bill_pdf(found), content_type=PDF)
    response.headers["Content-Disposition"] = f'inline; filename="bill-{found.number or found.pk}.pdf"'
    return response


@page("fees.view")
def bill_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """A bill as PDF."""
    return _pdf(queries.get_bill(request.user, pk))


@page("own.view")
def own_bill(request: StaffRequest, pk: int) -> HttpResponse:
    """A bill as the family sees it."""
    found = queries.get_own_bill(request.user, pk)
    return render(request, "homes/fees/own_bill.html", {
        "bill": found, "person": found.person, "site": found.site,
        "state": words.bill_state(found, timezone.localdate()),
        "lines": [(line, words.line_words(line)) for line in found.lines.all()],
        "payments": queries.payments_of(found), "unknown": words.unknown_words(found.unknown),
        "crumbs": [(_("My family"), reverse("people:own")),
                   (found.person.name, reverse("people:own_person", args=[found.person_id])),
                   (month_words(found.month), None)],
    })  # fmt: skip


@page("own.view")
def own_bill_paper(request: StaffRequest, pk: int) -> HttpResponse:
    """A bill as PDF for the family."""
    return _pdf(queries.get_own_bill(request.user, pk))
