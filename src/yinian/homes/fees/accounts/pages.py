"""Pages of residents' money: homes' accounts, one home's ledger, one resident, refunds."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import yuan
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.users.models import User
from yinian.homes.fees import queries
from yinian.homes.fees.accounts import actions, forms, refunds
from yinian.homes.fees.accounts import books as beancount
from yinian.homes.fees.accounts.models import MoneyEntry, MoneyPosting, Prepaid, Refund, SupervisedAccount
from yinian.homes.fees.bills.pages import home_choices, town_of
from yinian.homes.fees.rules import Ruling, clause, ruling_for, words

REFUND_TONES = {Refund.State.OPEN.value: "warn", Refund.State.PAID.value: "ok"}


def _standing_badge(site: Any, ruling: Ruling | None) -> tuple[str, str]:
    if ruling is None:
        return _("No rule known"), "mute"
    state = queries.standing(site, ruling)
    if state.short_fen:
        return _("%(n)s yuan short") % {"n": yuan(state.short_fen)}, "bad"
    if state.over_fen:
        return _("%(n)s yuan over the limit") % {"n": yuan(state.over_fen)}, "bad"
    return (_("In order"), "ok") if state.by_bank else (_("In order by the books"), "info")


def _ruling(user: User, code: str) -> Ruling | None:
    try:
        return ruling_for(code)
    except Refused:
        return None


def _account_view(ruling: Ruling | None) -> ListView:
    return ListView(
        title=_("Prepaid money of residents"),
        columns=[
            Column("name", _("Care home"), lambda s: s.name, sort="name"),
            Column("town", _("Town"), town_of, sort="region_id", default=False),
            Column("ownership", _("Ownership"), lambda s: s.get_ownership_display(), sort="ownership", default=False),
            Column("deposit", _("Deposits, yuan"), lambda s: s.deposit, kind="yuan", sort="deposit"),
            Column("service", _("Fees paid ahead, yuan"), lambda s: s.service, kind="yuan", sort="service"),
            Column("supervised", _("Supervised account, yuan"), lambda s: s.supervised, kind="yuan",
                   sort="supervised"),
            Column("bank", _("By the bank, yuan"), lambda s: s.bank_says, kind="yuan", sort="bank_says"),
            Column("bank_on", _("Balance on"), lambda s: s.bank_on, kind="day", sort="bank_on", default=False),
            Column("receivable", _("Owed by residents, yuan"), lambda s: s.receivable, kind="yuan",
                   sort="receivable"),
            Column("county", _("Owed by public money, yuan"), lambda s: s.county, kind="yuan", sort="county",
                   default=False),
            Column("state", _("State"), lambda s: _standing_badge(s, ruling), kind="badge"),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("held", _("Holding money"), lambda qs, v: qs.filter(held__gt=0), kind="bool"),
        ],
        search=lambda qs, text: qs.filter(name__icontains=text), default_sort=("name", "asc"),
        excel_right="fees.view", region_field="region__code", site_field="pk",
        row_url=lambda s: reverse("homes:fee_account", args=[s.pk]), search_hint=_("Name of the home"),
        empty=_("No home is on record here yet"), key="homes:fee_accounts", desk=("homes", "accounts"),
    )  # fmt: skip


@page("fees.view", methods=("GET", "POST"))
def accounts(request: StaffRequest) -> HttpResponse:
    rows = queries.accounts(request.user)
    first = rows.values_list("region_id", flat=True).first()
    ruling = _ruling(request.user, first) if first else None
    return render_list(request, _account_view(ruling), rows, "homes/fees/accounts.html", {
        "total": queries.held_in_all(request.user), "day": timezone.localdate()})


def _postings(entry: MoneyEntry) -> str:
    return "；".join(
        f"{p.get_account_display()}{'（' + p.person.name + '）' if p.person else ''} {yuan(p.amount_fen)}"
        for p in entry.postings.all()
    )


def _entry_view(site: Any) -> ListView:
    return ListView(
        title=_("Money of residents, %(home)s") % {"home": site.name},
        columns=[
            Column("on", _("Day"), lambda e: e.on, kind="day", sort="on"),
            Column("kind", _("Kind of entry"), lambda e: e.get_kind_display(), sort="kind"),
            Column("text", _("What"), lambda e: e.text),
            Column("postings", _("Postings, yuan"), _postings),
            Column("bill", _("Bill"), lambda e: (
                (e.bill.number, reverse("homes:fee_bill", args=[e.bill_id])) if e.bill else ""), kind="link"),
            Column("who", _("Entered by"), lambda e: e.made_by.full_name),
            Column("at", _("Entered at"), lambda e: e.made_at, kind="moment", default=False),
        ],
        filters=[
            Filter("kind", _("Kind of entry"), lambda qs, v: qs.filter(kind=v), lambda a: MoneyEntry.Kind.choices),
            Filter("account", _("Account booked on"), lambda qs, v: qs.filter(
                Exists(MoneyPosting.objects.filter(entry=OuterRef("pk"), account=v))),
                lambda a: MoneyPosting.Account.choices),
            Filter("from", _("From"), lambda qs, v: qs.filter(on__gte=v), kind="date_from"),
            Filter("to", _("Until"), lambda qs, v: qs.filter(on__lte=v), kind="date_to"),
        ],
        default_sort=("on", "desc"), excel_right="fees.view", region_field="site__region__code", site_field="site",
        empty=_("Nothing has been booked yet"), key="homes:fee_account",
    )  # fmt: skip


@page("fees.view", methods=("GET", "POST"))
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """One home: how it stands with the rules, its ledger, what can be entered."""
    return _account_page(request, pk)


@page("fees.view")
def books(request: StaffRequest, pk: int) -> HttpResponse:
    """One home's whole ledger for an accountant's program."""
    site, today = queries.get_home(request.user, pk), timezone.localdate()
    answer = HttpResponse(beancount.beancount(request.user, site, today), content_type=beancount.TYPE)
    answer["Content-Disposition"] = content_disposition_header(True, f"{site.name}-{today}.beancount") or "attachment"
    record(request.user, "homes.export_books", site, region=site.region_id)
    return answer


def _account_page(request: StaffRequest, pk: int, status: int = 200, **bound: Any) -> HttpResponse:
    site = queries.get_home(request.user, pk)
    ruling = _ruling(request.user, site.region_id)
    figures: Any = queries.accounts(request.user).get(pk=pk)
    account = SupervisedAccount.objects.filter(site=site).first()
    today = timezone.localdate()
    initial: dict[str, Any] = {}
    if account is not None:
        initial = {"bank": account.bank, "tail": account.tail, "filed_on": account.filed_on,
                   "assets_fen": account.assets_fen}
    response = render_list(request, _entry_view(site), queries.entries(request.user, site), "homes/fees/account.html", {
        "site": site, "figures": figures, "account": account, "rules": _rule_lines(ruling),
        "standing": None if ruling is None else queries.standing(figures, ruling),
        "statements": list(site.bank_statements.select_related("entered_by")[:5]),
        "manages": request.user.scope("fees.manage").covers(site.region_id, site.pk),
        "statement": bound.get("statement") or forms.StatementForm(prefix="statement", initial={"on": today}),
        "county": bound.get("county") or forms.CountyForm(prefix="county", initial={"on": today,
                                                                                     "amount": figures.county}),
        "details": bound.get("details") or forms.AccountForm(prefix="details", initial=initial),
    })  # fmt: skip
    response.status_code = status
    return response


def _rule_lines(ruling: Ruling | None) -> list[tuple[str, str, str, str]]:
    """The rules of prepaid money: name, figure, clause, how sure."""
    if ruling is None:
        return []
    rules = ruling.rules
    shown = []
    for ruled, figure in (
        (rules.service_months, rules.service_months.value), (rules.deposit_months, rules.deposit_months.value),
        (rules.supervised, "、".join(str(Prepaid(kind).label) for kind in rules.supervised.value)),
        (rules.reserve, rules.reserve.value), (rules.total, rules.total.value), (rules.refund, rules.refund.value),
        (rules.closing_notice, rules.closing_notice.value),
    ):
        sure = "" if ruled.confidence == "verified" else words(ruled.note) or _("not verified")
        shown.append((words(ruled.label), _("not known") if figure is None else str(figure), clause(ruling, ruled),
                      sure))
    return shown


def _act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    if form.is_valid():
        try:
            do(form.cleaned_data)
            messages.success(request, said)
            return HttpResponseRedirect(reverse("homes:fee_account", args=[pk]))
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return _account_page(request, pk, 422, **{name: form})


def _version(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() else 0


@page("fees.manage", methods=("POST",))
def statement(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter what the bank says."""
    return _act(request, pk, "statement", forms.StatementForm(request.POST, prefix="statement"), lambda data: (
        actions.state_balance(request.user, pk, data["on"], data["amount"], data["note"])),
        _("The balance is entered."))


@page("fees.manage", methods=("POST",))
def county(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter public money received."""
    return _act(request, pk, "county", forms.CountyForm(request.POST, prefix="county"), lambda data: (
        actions.receive_county(request.user, pk, data["amount"], data["on"], data["text"])), _("It is entered."))


@page("fees.manage", methods=("POST",))
def details(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter the supervised account."""
    return _act(request, pk, "details", forms.AccountForm(request.POST, prefix="details"), lambda data: (
        actions.keep_account(request.user, pk, _version(request), data)), _("The account is entered."))


def _resident_view(site: Any) -> ListView:
    return ListView(
        title=_("What stands for residents, %(home)s") % {"home": site.name},
        columns=[
            Column("name", _("Name"), lambda p: p.name, sort="name"),
            Column("lives", _("State"), lambda p: (_("Lives here"), "info") if p.lives else (_("Has left"), "mute"),
                   kind="badge"),
            Column("deposit", _("Deposit, yuan"), lambda p: p.deposit, kind="yuan", sort="deposit"),
            Column("service", _("Fees paid ahead, yuan"), lambda p: p.service, kind="yuan", sort="service"),
            Column("receivable", _("Owes, yuan"), lambda p: p.receivable, kind="yuan", sort="receivable"),
        ],
        filters=[
            Filter("left", _("Has left"), lambda qs, v: qs.filter(lives=False), kind="bool"),
            Filter("owes", _("Owes"), lambda qs, v: qs.filter(receivable__gt=0), kind="bool"),
        ],
        search=lambda qs, text: (qs.filter(name__startswith=text) if not text.isascii()
                                 else qs.filter(name_initials__startswith=text.lower())),
        default_sort=("name", "asc"), excel_right="fees.view",
        row_url=lambda p: reverse("homes:fee_resident", args=[site.pk, p.pk]),
        search_hint=_("Person's name or pinyin initials"), empty=_("Nobody lives here yet"), key="homes:fee_residents",
    )  # fmt: skip


@page("fees.view", methods=("GET", "POST"))
def residents(request: StaffRequest, pk: int) -> HttpResponse:
    """Residents of a home with what stands for them."""
    site = queries.get_home(request.user, pk)
    return render_list(request, _resident_view(site), queries.residents_money(request.user, site),
                       "homes/fees/residents.html", {"site": site})


@page("fees.view", methods=("GET", "POST"), post="fees.manage")
def resident(request: StaffRequest, pk: int, person_pk: int) -> HttpResponse:
    """One resident's money in a home; taking money ahead."""
    site = queries.get_home(request.user, pk)
    person = queries.get_resident(request.user, site, person_pk)
    form = forms.TakeForm(request.POST or None, initial={"on": timezone.localdate(), "into": "supervised"})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                actions.take_ahead(request.user, pk, person_pk, data["kind"], data["amount"], data["on"],
                                   into=data["into"], slip=data["slip"])
                messages.success(request, _("It is entered."))
                return HttpResponseRedirect(reverse("homes:fee_resident", args=[pk, person_pk]))
            except Refused as refusal:
                form.refuse(refusal)
    return render(request, "homes/fees/resident.html", {
        "site": site, "person": person, "held": queries.held_for(pk, person_pk), "form": form,
        "rooms": _rooms(site, person_pk), "prepayments": queries.prepayments_of(site, person),
        "bills": list(queries.listed_bills(request.user).filter(site=site, person=person)[:24]),
        "refunds": list(queries.refunds(request.user).filter(site=site, person=person)),
        "manages": request.user.scope("fees.manage").covers(site.region_id, site.pk), "tones": REFUND_TONES,
    }, status=status)  # fmt: skip


def _rooms(site: Any, person_pk: int) -> list[tuple[str, Any, str]]:
    """How much may still be taken of each kind, or why it cannot be said."""
    ruling = _ruling(site, site.region_id)
    found: list[tuple[str, Any, str]] = []
    for kind in (Prepaid.DEPOSIT, Prepaid.SERVICE):
        if ruling is None:
            found.append((str(kind.label), None, _("not known")))
            continue
        try:
            found.append((str(kind.label), actions.room_for(site, ruling, kind.value, person_pk, timezone.localdate()),
                          ""))
        except Refused as refusal:
            found.append((str(kind.label), None, refusal.message or next(iter(refusal.fields.values()), "")))
    return found


def _refund_view() -> ListView:
    today = timezone.localdate()

    def late(one: Refund) -> int:
        return max(0, (today - one.due_on).days) if one.state == Refund.State.OPEN and one.due_on else 0

    def due(one: Refund) -> tuple[str, str]:
        if one.state == Refund.State.PAID:
            return str(one.get_state_display()), "ok"
        if one.due_on is None:
            return _("Day not known"), "warn"
        if late(one):
            return _("%(days)s days overdue") % {"days": late(one)}, "bad"
        return str(one.get_state_display()), "info"

    return ListView(
        title=_("Refunds after leaving"),
        columns=[
            Column("person", _("Name"), lambda r: r.person.name, sort="person__name"),
            Column("home", _("Care home"), lambda r: r.site.name, sort="site__name"),
            Column("left", _("Left on"), lambda r: r.left_on, kind="day", sort="left_on"),
            Column("due", _("Due"), lambda r: r.due_on, kind="day", sort="due_on"),
            Column("late", _("Days overdue"), lambda r: late(r) or None, kind="number", default=False),
            Column("ground", _("By what"), lambda r: r.get_ground_display(), default=False),
            Column("amount", _("Given back, yuan"), lambda r: r.amount_fen, kind="yuan", sort="amount_fen"),
            Column("paid", _("Given back on"), lambda r: r.paid_on, kind="day", sort="paid_on", default=False),
            Column("state", _("State"), due, kind="badge"),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(site__region__code__startswith=v), kind="region"),
            Filter("home", _("Care home"), lambda qs, v: qs.filter(site=v), home_choices),
            Filter("state", _("State"), lambda qs, v: qs.filter(state=v), lambda actor: Refund.State.choices),
            Filter("overdue", _("Not refunded in time"), lambda qs, v: refunds.overdue(qs), kind="bool"),
            Filter("no_day", _("Day not known"), lambda qs, v: qs.filter(state="open", due_on__isnull=True),
                   kind="bool"),
        ],
        search=lambda qs, text: (qs.filter(person__name__startswith=text) if not text.isascii()
                                 else qs.filter(person__name_initials__startswith=text.lower())),
        default_sort=("due", "asc"), excel_right="fees.view", region_field="site__region__code", site_field="site",
        row_url=lambda r: reverse("homes:refund", args=[r.pk]), search_hint=_("Person's name or pinyin initials"),
        empty=_("No refund is on record"), empty_text=_("One is opened when somebody leaves a home that holds money "
                                                        "for them."),
        key="homes:fee_refunds", desk=("homes", "refunds"),
    )  # fmt: skip


@page("fees.view", methods=("GET", "POST"))
def refund_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, _refund_view(), queries.refunds(request.user))


@page("fees.view")
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    return _refund_page(request, pk)


def _refund_page(request: StaffRequest, pk: int, status: int = 200, **bound: Any) -> HttpResponse:
    found = queries.get_refund(request.user, pk)
    open_ = found.state == Refund.State.OPEN
    worked = refunds.work_out_refund(found) if open_ else None
    drafted = dict(queries.bills(request.user).filter(site=found.site, person=found.person).values_list("month", "pk"))
    return render(request, "homes/fees/refund.html", {
        "refund": found, "site": found.site, "person": found.person, "open": open_, "tone": REFUND_TONES[found.state],
        "worked": worked,
        # Each month to be closed first leads to the person's bill of it, where one is drafted.
        "waits": [(one, drafted.get(one)) for one in worked.waits] if worked else [],
        "late": max(0, (timezone.localdate() - found.due_on).days) if open_ and found.due_on else 0,
        "manages": open_ and request.user.scope("fees.manage").covers(found.site.region_id, found.site_id),
        "agree": bound.get("agree") or forms.DaysForm(prefix="agree", initial={"days": found.days}),
        "settle": bound.get("settle") or forms.SettleForm(prefix="settle", initial={"on": timezone.localdate()}),
        "entries": list(found.entries.prefetch_related("postings__person")), "postings": _postings,
    }, status=status)  # fmt: skip


def _refund_act(request: StaffRequest, pk: int, name: str, form: Any, do: Any, said: str) -> HttpResponse:
    if form.is_valid():
        try:
            do(form.cleaned_data)
            messages.success(request, said)
            return HttpResponseRedirect(reverse("homes:refund", args=[pk]))
        except Changed:
            raise
        except Refused as refusal:
            form.refuse(refusal)
    return _refund_page(request, pk, 422, **{name: form})


@page("fees.manage", methods=("POST",))
def refund_agree(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter the agreement's days."""
    return _refund_act(request, pk, "agree", forms.DaysForm(request.POST, prefix="agree"), lambda data: (
        refunds.agree_days(request.user, pk, _version(request), data["days"])), _("The day is set."))


@page("fees.manage", methods=("POST",))
def refund_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Settle a refund."""
    return _refund_act(request, pk, "settle", forms.SettleForm(request.POST, prefix="settle"), lambda data: (
        refunds.settle_refund(request.user, pk, _version(request), data["on"], data["slip"])), _("It is settled."))
