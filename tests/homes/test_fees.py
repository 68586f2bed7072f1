"""Bills of a home's month: drafted, closed, never changed; money taken, used and given back within the rules."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from tests.cast import A1, COUNTY, client_for, make_person
from tests.homes.fees import closed_run, last_month, level, lives
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.actions import escalate_overdue
from yinian.core.inbox.queries import mine
from yinian.core.models import WorkItem
from yinian.engines.fees import digest, from_json, work_out
from yinian.homes.fees import queries
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.accounts import refunds
from yinian.homes.fees.accounts.booking import balance
from yinian.homes.fees.accounts.models import MoneyBalance, MoneyEntry, MoneyPosting, Payment, Refund
from yinian.homes.fees.bills import actions
from yinian.homes.fees.bills.models import Bill, BillLine, BillRun, Charge
from yinian.homes.fees.grants import Granted
from yinian.homes.fees.links import desk_figures
from yinian.homes.fees.prices import actions as prices
from yinian.homes.stays import actions as stays
from yinian.places.models import Price

TODAY = timezone.localdate


def bill_of(cast, person):
    return Bill.objects.get(site=cast.home_a, person=person, month=last_month())


def test_a_month_is_drafted_as_its_prices_say_and_the_manager_is_asked_to_close_it(priced):
    run = actions.draft(priced.bureau, priced.home_a, last_month())
    assert {bill.person.name: bill.person_fen for bill in run.bills.all()} == {"李桂花": 240000, "刘长庚": 135000}
    item = WorkItem.objects.get(kind="homes.bills")
    assert (item.role, item.site_ref) == ("home_manager", priced.home_a.pk)


def test_drafting_again_changes_nothing_until_something_has_changed(priced):
    run = actions.draft(priced.bureau, priced.home_a, last_month())
    again = actions.draft(priced.bureau, priced.home_a, last_month())
    assert again.version == run.version
    Charge.objects.create(site=priced.home_a, person=priced.gui, on=last_month(), text="理发", amount_fen=1500,
                          added_by=priced.manager_a)
    newer = actions.draft(priced.bureau, priced.home_a, last_month())
    assert newer.version == run.version + 1 and bill_of(priced, priced.gui).person_fen == 241500


def test_a_kept_bill_can_be_worked_out_again_to_the_same_lines(priced):
    closed_run(priced)
    for bill in Bill.objects.all():
        outcome = work_out(from_json(bill.inputs))
        assert digest(bill.inputs) == bill.inputs_hash
        assert [(one.text, one.amount_fen) for one in outcome.lines] == list(
            bill.lines.values_list("text", "amount_fen"))


def test_closing_numbers_books_and_dates_the_bills(priced):
    run = closed_run(priced)
    assert run.state == "closed" and {bill.state for bill in run.bills.all()} == {"closed"}
    assert balance(priced.home_a.pk, "receivable", priced.gui.pk) == 240000
    assert bill_of(priced, priced.gui).due_on == TODAY() + dt.timedelta(days=15)
    assert len(set(run.bills.values_list("number", flat=True))) == 2
    assert not WorkItem.objects.filter(kind="homes.bills", state="open").exists()


def test_only_the_homes_own_manager_closes_its_bills(priced):
    run = actions.draft(priced.bureau, priced.home_a, last_month())
    for actor, error in ((priced.bureau, Forbidden), (priced.manager_b, NotVisible), (priced.carer_a, Forbidden)):
        with pytest.raises(error):
            actions.close_run(actor, run.pk, run.version)
    assert not Bill.objects.filter(state="closed").exists()


def test_bills_are_not_closed_when_what_they_rest_on_has_changed(priced):
    run = actions.draft(priced.bureau, priced.home_a, last_month())
    Price.objects.filter(item="餐费").update(amount_fen=66000)
    with pytest.raises(Refused, match="重新生成"):
        actions.close_run(priced.manager_a, run.pk, run.version)
    newer = actions.draft(priced.manager_a, priced.home_a, last_month())
    with pytest.raises(Changed):
        actions.close_run(priced.manager_a, run.pk, run.version)
    assert actions.close_run(priced.manager_a, run.pk, newer.version).state == "closed"


def test_the_present_month_is_drafted_but_not_closed(priced):
    run = actions.draft(priced.manager_a, priced.home_a, TODAY())
    with pytest.raises(Refused, match="当月尚未结束"):
        actions.close_run(priced.manager_a, run.pk, run.version)
    with pytest.raises(Refused, match="仍在院"):
        bill = run.bills.first()
        actions.close_bill(priced.manager_a, bill.pk, bill.version)


def test_a_bill_with_something_unknown_is_closed_only_with_a_word_why(priced, beds):
    stranger = make_person(A1, "周满秀")
    lives(stranger, beds["2"])
    run = actions.draft(priced.manager_a, priced.home_a, last_month())
    assert bill_of(priced, stranger).unknown == ["level"]
    with pytest.raises(Refused) as refused:
        actions.close_run(priced.manager_a, run.pk, run.version)
    assert "note" in refused.value.fields
    assert actions.close_run(priced.manager_a, run.pk, run.version, "评估进行中,护理费下月补").note


def test_public_money_pays_the_destitute_whole_and_its_absence_is_pointed_out(priced, granting, beds):
    tekun = make_person(A1, "周满秀")
    level(priced.bureau, tekun, 4)
    lives(tekun, beds["2"], basis="tekun")
    actions.draft(priced.manager_a, priced.home_a, last_month())
    assert bill_of(priced, tekun).unknown == ["grant:tekun-central"]
    granting[tekun.pk] = [Granted("tekun-central", 117000, "month", dt.date(2020, 1, 1), None)]
    actions.draft(priced.manager_a, priced.home_a, last_month())
    bill = bill_of(priced, tekun)
    assert (bill.charged_fen, bill.county_fen, bill.person_fen, bill.unknown) == (240000, 240000, 0, [])


@pytest.mark.parametrize("change", [
    lambda bill: Bill.objects.filter(pk=bill.pk).update(person_fen=1, charged_fen=1),
    lambda bill: Bill.objects.filter(pk=bill.pk).update(inputs={}),
    lambda bill: Bill.objects.filter(pk=bill.pk).update(state="draft"),
    lambda bill: Bill.objects.filter(pk=bill.pk).update(paid_fen=5),
    lambda bill: Bill.objects.filter(pk=bill.pk)._raw_delete("default"),
    lambda bill: bill.lines.update(amount_fen=0),
    lambda bill: BillLine.objects.filter(bill=bill)._raw_delete("default"),
    lambda bill: BillLine.objects.create(bill=bill, number=99, kind="charge", text="x", amount_fen=1, why="once"),
    lambda bill: BillRun.objects.filter(pk=bill.run_id).update(state="draft", closed_at=None, closed_by=None),
])
def test_the_database_refuses_any_change_of_a_closed_bill(priced, change):
    closed_run(priced)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(bill_of(priced, priced.gui))


def test_a_bill_cannot_be_closed_beside_its_lines(priced):
    actions.draft(priced.bureau, priced.home_a, last_month())
    bill = bill_of(priced, priced.gui)
    bill.lines.filter(category="meal").delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Bill.objects.filter(pk=bill.pk).update(state="closed", number="x", closed_at=timezone.now(),
                                               closed_by=priced.manager_a)


def test_what_was_wrong_is_put_right_by_a_line_of_the_next_bill(priced):
    two_ago = (last_month() - dt.timedelta(days=1)).replace(day=1)
    closed_run(priced, two_ago)
    old = Bill.objects.get(person=priced.gui, month=two_ago)
    actions.correct(priced.manager_a, old.pk, -30000, "住院12天餐费未扣")
    closed_run(priced)
    line = bill_of(priced, priced.gui).lines.get(kind="correction")
    assert (line.amount_fen, line.text) == (-30000, "住院12天餐费未扣")
    old.refresh_from_db()
    assert old.person_fen == 240000 and old.corrections.get().applied == bill_of(priced, priced.gui)


def test_what_is_given_back_beyond_one_bill_goes_on_to_the_next(priced):
    three = last_month()
    for _ in range(2):
        three = (three - dt.timedelta(days=1)).replace(day=1)
    closed_run(priced, three)
    first = Bill.objects.get(person=priced.liu, month=three)
    Price.objects.filter(site=priced.home_a).update(amount_fen=100)
    actions.correct(priced.manager_a, first.pk, -1000, "多收")
    closed_run(priced, (three + dt.timedelta(days=32)).replace(day=1))
    assert [(c.amount_fen, c.applied_id is None) for c in first.corrections.all()] == [(-1000, False), (-700, True)]


def test_a_correction_gives_back_no_more_than_the_bill(priced):
    closed_run(priced)
    with pytest.raises(Refused):
        actions.correct(priced.manager_a, bill_of(priced, priced.gui).pk, -240001, "全退")
    with pytest.raises(Refused):
        actions.correct(priced.manager_a, bill_of(priced, priced.gui).pk, -100, " ")


def test_payments_count_on_the_bill_and_their_reversal_takes_them_off(priced):
    closed_run(priced)
    bill = bill_of(priced, priced.gui)
    paid = money.pay(priced.manager_a, bill.pk, 100000, "cash", TODAY())
    with pytest.raises(Refused):
        money.pay(priced.manager_a, bill.pk, 140001, "cash", TODAY())
    bill.refresh_from_db()
    assert bill.left_fen == 140000 and balance(priced.home_a.pk, "cash") == 100000
    money.reverse_payment(priced.manager_a, paid.pk, "记错人")
    bill.refresh_from_db()
    assert bill.paid_fen == 0 and balance(priced.home_a.pk, "receivable", priced.gui.pk) == 240000
    with pytest.raises(Changed):
        money.reverse_payment(priced.manager_a, paid.pk, "再来一次")
    for change in (Payment.objects.filter(pk=paid.pk).update, MoneyPosting.objects.update):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(amount_fen=1)


def test_arrears_are_what_is_open_after_its_day_with_the_days(priced):
    run = closed_run(priced)
    late = TODAY() + dt.timedelta(days=20)
    rows = list(queries.arrears(priced.finance, late))
    assert len(rows) == run.bills.count() and {row.overdue.days for row in rows} == {5}
    assert not queries.arrears(priced.finance, TODAY() + dt.timedelta(days=15)).exists()


def test_a_deposit_over_twelve_monthly_bed_fees_is_refused_with_the_clause(priced):
    made = money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 700000, TODAY())
    assert made.limit_fen == 720000 and "19号" in made.rule["clause"]
    with pytest.raises(Refused) as refused:
        money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 20001, TODAY())
    assert "民发〔2024〕19号" in refused.value.fields["amount"] and "200" in refused.value.fields["amount"]
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 20000, TODAY())
    assert balance(priced.home_a.pk, "deposit", priced.gui.pk) == 720000


def test_the_database_itself_refuses_more_than_the_limit(priced):
    made = money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 700000, TODAY())
    with pytest.raises(IntegrityError), transaction.atomic():
        entry = MoneyEntry.objects.create(site=priced.home_a, kind="prepaid", on=TODAY(), text="x",
                                          made_by=priced.manager_a)
        for account, person, fen in (("supervised", None, 100000), ("deposit", priced.gui, -100000)):
            MoneyPosting.objects.create(entry=entry, account=account, person=person, amount_fen=fen)
        made.pk, made.entry, made.amount_fen = None, entry, 100000
        made.save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_deposits_lie_in_the_supervised_account_and_public_homes_take_no_membership_fee(priced):
    with pytest.raises(Refused) as refused:
        money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 100, TODAY(), into="bank")
    assert "into" in refused.value.fields
    with pytest.raises(Refused) as refused:
        money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "membership", 100, TODAY())
    assert "kind" in refused.value.fields
    assert not MoneyEntry.objects.exists()


def test_prepaid_fees_pay_a_bill_and_leave_a_trace(priced):
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "service", 300000, TODAY())
    closed_run(priced)
    bill = bill_of(priced, priced.gui)
    money.pay(priced.manager_a, bill.pk, 240000, "service", TODAY())
    assert balance(priced.home_a.pk, "service", priced.gui.pk) == 60000
    assert balance(priced.home_a.pk, "supervised") == 60000
    assert MoneyEntry.objects.get(kind="use").bill == bill


def test_an_entry_that_does_not_add_up_is_refused_at_commit(priced):
    with pytest.raises(IntegrityError), transaction.atomic():
        entry = MoneyEntry.objects.create(site=priced.home_a, kind="county", on=TODAY(), text="x",
                                          made_by=priced.manager_a)
        MoneyPosting.objects.create(entry=entry, account="bank", amount_fen=100)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError), transaction.atomic():
        MoneyBalance.objects.create(site=priced.home_a, account="bank", balance_fen=5)


def test_leaving_opens_a_refund_that_uses_what_is_owed_and_gives_the_rest_back(priced):
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, TODAY())
    closed_run(priced)
    priced.stay_gui.refresh_from_db()
    stays.discharge(priced.manager_a, priced.stay_gui.pk, 1, "回家", TODAY())
    refund = Refund.objects.get()
    assert (refund.due_on, refund.ground) == (None, "unknown")  # no rule of the place is known
    assert WorkItem.objects.filter(kind="homes.refund", site_ref=priced.home_a.pk, state="open").exists()
    refund = refunds.agree_days(priced.manager_a, refund.pk, refund.version, 15)
    assert refund.due_on == TODAY() + dt.timedelta(days=15)
    if TODAY().day > 1:
        with pytest.raises(Refused, match="请先对以下月份的账单结账"):
            refunds.settle_refund(priced.manager_a, refund.pk, refund.version, TODAY(), "退001")
        actions.draft(priced.manager_a, priced.home_a, TODAY())
        last = Bill.objects.get(person=priced.gui, state="draft")
        actions.close_bill(priced.manager_a, last.pk, last.version)
    owed = sum(bill.left_fen for bill in Bill.objects.filter(person=priced.gui, state="closed"))
    done = refunds.settle_refund(priced.manager_a, refund.pk, refund.version, TODAY(), "退001")
    assert (done.held_fen, done.arrears_fen, done.amount_fen) == (500000, min(owed, 500000), 500000 - min(owed, 500000))
    assert balance(priced.home_a.pk, "deposit", priced.gui.pk) == 0 and balance(priced.home_a.pk, "supervised") == 0
    with pytest.raises(Changed):
        refunds.settle_refund(priced.manager_a, refund.pk, done.version, TODAY(), "退002")


def test_nothing_held_opens_no_refund(priced):
    stays.discharge(priced.manager_a, priced.stay_liu.pk, 1, "回家", TODAY())
    assert not Refund.objects.exists()


def test_a_bank_that_says_less_than_must_be_kept_puts_the_home_on_the_bureaus_desk(priced):
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, TODAY())
    money.state_balance(priced.manager_a, priced.home_a.pk, TODAY(), 450000)
    assert WorkItem.objects.filter(kind="homes.money_alarm", state="open").exists()
    money.state_balance(priced.manager_a, priced.home_a.pk, TODAY(), 500000)
    assert not WorkItem.objects.filter(kind="homes.money_alarm", state="open").exists()


def test_more_held_than_the_net_assets_is_an_alarm(priced):
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, TODAY())
    money.keep_account(priced.manager_a, priced.home_a.pk, 1, {"bank": "农商行", "tail": "0099", "assets_fen": 400000})
    item = WorkItem.objects.get(kind="homes.money_alarm", state="open")
    assert item.params["over"] == "1,000"


def test_public_money_received_settles_what_it_owes_and_no_more(priced, granting):
    granting[priced.gui.pk] = [Granted("tekun-central", None, "month", dt.date(2020, 1, 1), None)]
    closed_run(priced)
    money.receive_county(priced.manager_a, priced.home_a.pk, 240000, TODAY(), "11月供养经费")
    assert balance(priced.home_a.pk, "county") == 0
    with pytest.raises(Refused):
        money.receive_county(priced.manager_a, priced.home_a.pk, 1, TODAY(), "")


def test_a_guided_price_is_the_bureaus_and_names_its_document(priced):
    new = {"item": "餐费", "category": "meal", "amount_fen": 66000, "unit": "month",
           "from_date": TODAY() + dt.timedelta(days=40)}
    with pytest.raises(Forbidden):
        prices.publish(priced.manager_a, priced.home_a.pk, **new)
    with pytest.raises(Refused) as refused:
        prices.publish(priced.bureau, priced.home_a.pk, **new)
    assert "document" in refused.value.fields
    made = prices.publish(priced.bureau, priced.home_a.pk, document="汨发改价〔2026〕8号", **new)
    assert (made.basis, made.announced_on) == ("guided", TODAY())
    priced.home_a.ownership = "private"
    priced.home_a.save()
    own = prices.publish(priced.manager_a, priced.home_a.pk, **{**new, "item": "加餐"})
    assert own.basis == "market"


def test_the_past_is_not_priced_anew(priced):
    with pytest.raises(Refused) as refused:
        prices.publish(priced.bureau, priced.home_a.pk, item="餐费", category="meal", amount_fen=1, unit="month",
                       from_date=TODAY() - dt.timedelta(days=1), document="x")
    assert "from_date" in refused.value.fields


def test_every_booking_adds_up_after_all_of_this(priced):
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, TODAY())
    closed_run(priced)
    money.pay(priced.manager_a, bill_of(priced, priced.gui).pk, 100, "deposit", TODAY())
    assert not MoneyEntry.objects.annotate(s=Sum("postings__amount_fen")).exclude(s=0).exists()
    for one in MoneyBalance.objects.all():
        booked = MoneyPosting.objects.filter(entry__site=one.site, account=one.account, person=one.person)
        assert booked.aggregate(s=Sum("amount_fen"))["s"] == one.balance_fen


def left_with_money(priced):
    """刘长庚 leaves home A, which holds a deposit for him."""
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.liu.pk, "deposit", 10000, TODAY())
    priced.stay_liu.refresh_from_db()
    stays.discharge(priced.manager_a, priced.stay_liu.pk, priced.stay_liu.version, "回家", TODAY())
    return Refund.objects.get(person=priced.liu)


def test_a_refund_not_made_in_time_stands_on_the_desks_of_the_home_and_of_the_bureau_until_it_is_made(priced):
    refund = left_with_money(priced)
    refund = refunds.agree_days(priced.manager_a, refund.pk, refund.version, 5)
    duty = WorkItem.objects.get(kind="homes.refund", state="open")
    assert (duty.site_ref, duty.role, duty.due_on) == (priced.home_a.pk, "home_manager", refund.due_on)
    assert refunds.tell_of_overdue(refund.due_on) == 0  # on the day itself it is in time
    day = refund.due_on + dt.timedelta(days=3)
    assert refunds.tell_of_overdue(day) == 1 and refunds.tell_of_overdue(day) == 1
    told = WorkItem.objects.get(kind="homes.refunds_late", state="open")
    assert (told.role, told.region_id, told.params["n"], told.params["days"]) == ("bureau_officer", COUNTY, 1, 3)
    assert told in mine(priced.bureau) and told not in mine(priced.manager_a)
    escalate_overdue(day)
    duty.refresh_from_db()
    assert (duty.site_ref, duty.escalations) == (priced.home_a.pk, 0) and duty in mine(priced.manager_a)


def test_the_list_shows_which_refunds_are_late_and_by_how_many_days(priced):
    refund = left_with_money(priced)
    Refund.objects.filter(pk=refund.pk).update(left_on=TODAY() - dt.timedelta(days=20), days=13, ground="agreement",
                                               due_on=TODAY() - dt.timedelta(days=7))
    client = client_for(priced.bureau)
    page = client.get("/homes/fees/refunds/?overdue=1").content.decode()
    assert "刘长庚" in page and "逾期未退" in page and "逾期7天" in page.replace(" ", "")
    assert "刘长庚" not in client.get("/homes/fees/refunds/?no_day=1").content.decode()
    figures = {one.url: one.value for one in desk_figures(priced.bureau)}
    assert figures["/homes/fees/refunds/?overdue=1"] == 1
    refunds.tell_of_overdue()
    refund.refresh_from_db()
    if TODAY().day > 1:
        actions.draft(priced.manager_a, priced.home_a, TODAY())
    for bill in Bill.objects.filter(person=priced.liu, state="draft"):
        actions.close_bill(priced.manager_a, bill.pk, bill.version)
    closed_run(priced)
    refunds.settle_refund(priced.manager_a, refund.pk, refund.version, TODAY(), "退001")
    assert not WorkItem.objects.filter(kind__in=["homes.refund", "homes.refunds_late"], state="open").exists()
