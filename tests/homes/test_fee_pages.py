"""Pages of fees: whole for whoever may see them, refused beside the field, the family's own bill and paper."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import client_for
from tests.homes.fees import closed_run
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.bills import actions, papers
from yinian.homes.fees.bills.models import Bill
from yinian.homes.models import Refund
from yinian.homes.stays import actions as stays
from yinian.people.models import Representative
from yinian.places.models import Price


@pytest.fixture
def books(priced):
    """A closed month with a payment and a deposit, and the present month in draft."""
    closed_run(priced)
    priced.bill = Bill.objects.get(person=priced.gui, state="closed")
    priced.paid = money.pay(priced.manager_a, priced.bill.pk, 100000, "cash", timezone.localdate())
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, timezone.localdate())
    priced.draft = actions.draft(priced.manager_a, priced.home_a, timezone.localdate())
    Representative.objects.create(user=priced.member, person=priced.gui, relation="child",
                                  period=(dt.date(2020, 1, 1), None), evidence="户口簿", given_by=priced.village_a)
    return priced


def test_every_page_of_a_homes_money_is_there_for_its_manager(books):
    home, gui = books.home_a.pk, books.gui.pk
    stays.discharge(books.manager_a, books.stay_gui.pk, 1, "回家", timezone.localdate())
    refund = Refund.objects.get()
    client = client_for(books.manager_a)
    for name, args in (
        ("fee_runs", []), ("fee_run", [books.draft.pk]), ("fee_run", [books.bill.run_id]), ("fee_arrears", []),
        ("fee_bill", [books.bill.pk]), ("fee_bill", [books.draft.bills.first().pk]), ("fee_accounts", []),
        ("fee_account", [home]), ("fee_residents", [home]), ("fee_resident", [home, gui]), ("fee_refunds", []),
        ("refund", [refund.pk]), ("fee_prices", []), ("fee_home_prices", [home]), ("public_prices", []),
    ):
        response = client.get(reverse(f"homes:{name}", args=args))
        assert response.status_code == 200, name
        assert "%(" not in response.content.decode(), name
    page = client.get(reverse("homes:fee_bill", args=[books.bill.pk])).content.decode()
    assert "全月600元" in page and "1,400" in page  # how the bed fee comes about, and what is still open


def test_over_the_limit_is_said_beside_the_amount_with_the_clause_and_nothing_typed_is_lost(books):
    address = reverse("homes:fee_resident", args=[books.home_a.pk, books.gui.pk])
    response = client_for(books.manager_a).post(address, {
        "kind": "deposit", "amount": "9999.00", "into": "supervised", "on": timezone.localdate().isoformat(),
        "slip": "a7"})
    page = response.content.decode()
    assert response.status_code == 422 and "民发〔2024〕19号" in page and "9999.00" in page and "a7" in page


def test_a_family_sees_its_own_bill_and_paper_and_nobody_elses(books):
    client = client_for(books.member)
    own = client.get(reverse("people:own_person", args=[books.gui.pk]))
    assert own.status_code == 200 and reverse("homes:fee_own_bill", args=[books.bill.pk]) in own.content.decode()
    assert client.get(reverse("homes:fee_own_bill", args=[books.bill.pk])).status_code == 200
    paper = client.get(reverse("homes:fee_own_bill_paper", args=[books.bill.pk]))
    assert paper.content.startswith(b"%PDF")
    other = Bill.objects.get(person=books.liu, state="closed")
    assert client.get(reverse("homes:fee_own_bill", args=[other.pk])).status_code == 404
    draft = books.draft.bills.get(person=books.gui)
    assert client.get(reverse("homes:fee_own_bill", args=[draft.pk])).status_code == 404


def test_the_same_bill_is_the_same_paper_byte_for_byte(books):
    first = papers.bill_pdf(books.bill)
    money.pay(books.manager_a, books.bill.pk, 100, "cash", timezone.localdate())
    assert papers.bill_pdf(Bill.objects.get(pk=books.bill.pk)) == first


def test_the_month_is_closed_from_its_page_with_the_version_seen(books):
    Price.objects.filter(item="餐费").update(amount_fen=61000)
    client = client_for(books.manager_a)
    address = reverse("homes:fee_run_close", args=[books.draft.pk])
    refused = client.post(address, {"version": books.draft.version, "note": ""})
    assert refused.status_code == 422 and "当月尚未结束" in refused.content.decode()


def test_the_list_of_bills_goes_to_excel_and_prices_are_open_to_everybody(books, client):
    book = client_for(books.finance).get(reverse("homes:fee_arrears") + "?format=xlsx")
    assert book.status_code == 200 and book["Content-Type"].startswith("application/vnd.openxml")
    page = client.get(reverse("homes:public_prices"))
    assert page.status_code == 200 and "护理型床位费" in page.content.decode()
    assert books.gui.name not in page.content.decode()


def test_a_figure_of_a_homes_money_opens_into_the_entries_it_is_made_of(books):
    client = client_for(books.manager_a)
    address = reverse("homes:fee_account", args=[books.bill.site_id])
    page = client.get(address).text
    for name in ("deposit", "service", "supervised", "county"):
        assert f'href="?account={name}#list"' in page
    every = {entry.pk for entry in books.bill.site.money_entries.all()}
    owed = {entry.pk for entry in books.bill.site.money_entries.filter(postings__account="receivable")}
    assert owed and owed < every
    assert f"共 {len(owed)} 条" in client.get(address + "?account=receivable").text


def test_bills_over_rest_hold_no_names_and_take_payments(books):
    client = client_for(books.manager_a)
    month = books.bill.month.isoformat()
    listed = client.get(f"/api/homes/bills?month={month}")
    assert listed.status_code == 200 and len(listed.json()) == 2 and books.gui.name not in listed.content.decode()
    one = client.get(f"/api/homes/bills/{books.bill.pk}").json()
    assert sum(line["amount_fen"] for line in one["lines"]) == one["person_fen"]
    paid = client.post(f"/api/homes/bills/{books.bill.pk}/payments", content_type="application/json", data={
        "amount_fen": 5, "channel": "cash", "on": timezone.localdate().isoformat()})
    assert paid.status_code == 201 and paid.json()["paid_fen"] == 100005
