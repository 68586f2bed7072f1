"""A home's books taken out: another program finds them balanced, and finds what is not."""

import datetime as dt

import pytest
from beancount import loader
from beancount.core.data import Transaction
from django.urls import reverse
from django.utils import timezone

from tests.cast import client_for
from tests.homes.fees import closed_run, last_month
from yinian.core.errors import NotVisible
from yinian.core.models import AuditRow
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.accounts.books import beancount
from yinian.homes.fees.accounts.models import MoneyEntry
from yinian.homes.fees.bills.models import Bill

TODAY = timezone.localdate


@pytest.fixture
def busy(priced):
    """Money of every kind: bills, cash, a deposit, fees ahead and their use, a payment taken back, public money."""
    closed_run(priced)
    gui, liu = (Bill.objects.get(person=one, month=last_month()) for one in (priced.gui, priced.liu))
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "deposit", 500000, TODAY())
    money.take_ahead(priced.manager_a, priced.home_a.pk, priced.gui.pk, "service", 300000, TODAY())
    money.pay(priced.manager_a, gui.pk, 200001, "service", TODAY())
    wrong = money.pay(priced.manager_a, liu.pk, 100000, "cash", TODAY())
    money.reverse_payment(priced.manager_a, wrong.pk, "记错了人")
    money.pay(priced.manager_a, liu.pk, 4999, "transfer", TODAY(), slip="转001")
    return priced


def read(text):
    entries, errors, _options = loader.load_string(text)
    return [one for one in entries if isinstance(one, Transaction)], errors


def test_an_accountants_program_finds_the_books_balanced_and_nobody_named(busy):
    text = beancount(busy.manager_a, busy.home_a, TODAY())
    entries, errors = read(text)
    assert not errors
    assert len(entries) == MoneyEntry.objects.filter(site=busy.home_a).count() > 5
    assert busy.gui.name not in text and busy.liu.name not in text


def test_it_finds_what_does_not_add_up(busy):
    text = beancount(busy.manager_a, busy.home_a, TODAY())
    assert "2000.01 CNY" in text
    _entries, errors = read(text.replace("  2000.01 CNY", "  2000.02 CNY", 1))
    assert errors


def test_it_finds_a_kept_balance_that_is_not_the_sum_of_its_entries(busy):
    lines = beancount(busy.manager_a, busy.home_a, TODAY()).splitlines()
    place = next(n for n, line in enumerate(lines) if " balance Assets:Supervised " in line)
    lines[place] = lines[place].replace(".00 ~", ".01 ~").replace(".99 ~", ".98 ~")
    _entries, errors = read("\n".join(lines))
    assert errors


def test_a_home_without_any_money_has_sound_books(site_cast):
    entries, errors = read(beancount(site_cast.manager_a, site_cast.home_a, TODAY()))
    assert (entries, errors) == ([], [])


def test_taking_the_books_out_is_on_record_and_for_those_of_the_home(busy):
    answer = client_for(busy.manager_a).get(reverse("homes:fee_books", args=[busy.home_a.pk]))
    assert answer.status_code == 200 and read(answer.content.decode())[1] == []
    assert AuditRow.objects.filter(action="homes.export_books", actor=busy.manager_a).count() == 1
    assert client_for(busy.manager_b).get(reverse("homes:fee_books", args=[busy.home_a.pk])).status_code == 404
    with pytest.raises(NotVisible):
        beancount(busy.manager_b, busy.home_a, TODAY())


def test_a_day_ahead_is_not_left_out(busy):
    text = beancount(busy.manager_a, busy.home_a, TODAY() - dt.timedelta(days=30))
    assert read(text)[1] == []
