"""The addresses of fees, below those of homes."""

from django.urls import path

from yinian.homes.fees.accounts import pages as accounts
from yinian.homes.fees.bills import pages as bills
from yinian.homes.fees.prices import pages as prices

urlpatterns = [
    path("fees/", bills.runs, name="fee_runs"),
    path("fees/start/", bills.start, name="fee_start"),
    path("fees/arrears/", bills.arrears, name="fee_arrears"),
    path("fees/months/<int:pk>/", bills.run, name="fee_run"),
    path("fees/months/<int:pk>/draft/", bills.run_draft, name="fee_run_draft"),
    path("fees/months/<int:pk>/close/", bills.run_close, name="fee_run_close"),
    path("fees/bills/<int:pk>/", bills.bill, name="fee_bill"),
    path("fees/bills/<int:pk>/paper/", bills.bill_paper, name="fee_bill_paper"),
    path("fees/bills/<int:pk>/pay/", bills.pay, name="fee_pay"),
    path("fees/bills/<int:pk>/correct/", bills.correct, name="fee_correct"),
    path("fees/bills/<int:pk>/charge/", bills.charge, name="fee_charge"),
    path("fees/bills/<int:pk>/charge/<int:charge_pk>/drop/", bills.charge_drop, name="fee_charge_drop"),
    path("fees/bills/<int:pk>/close/", bills.close, name="fee_close"),
    path("fees/bills/<int:pk>/payments/<int:payment_pk>/reverse/", bills.reverse_payment, name="fee_reverse"),
    path("fees/own/<int:pk>/", bills.own_bill, name="fee_own_bill"),
    path("fees/own/<int:pk>/paper/", bills.own_bill_paper, name="fee_own_bill_paper"),
    path("fees/accounts/", accounts.accounts, name="fee_accounts"),
    path("fees/refunds/", accounts.refund_list, name="fee_refunds"),
    path("fees/refunds/<int:pk>/", accounts.refund, name="refund"),
    path("fees/refunds/<int:pk>/agree/", accounts.refund_agree, name="refund_agree"),
    path("fees/refunds/<int:pk>/settle/", accounts.refund_settle, name="refund_settle"),
    path("fees/prices/", prices.prices, name="fee_prices"),
    path("public-prices/", prices.public_prices, name="public_prices"),
    path("<int:pk>/prices/", prices.home_prices, name="fee_home_prices"),
    path("<int:pk>/money/", accounts.account, name="fee_account"),
    path("<int:pk>/money/books/", accounts.books, name="fee_books"),
    path("<int:pk>/money/statement/", accounts.statement, name="fee_statement"),
    path("<int:pk>/money/county/", accounts.county, name="fee_county"),
    path("<int:pk>/money/details/", accounts.details, name="fee_details"),
    path("<int:pk>/money/residents/", accounts.residents, name="fee_residents"),
    path("<int:pk>/money/residents/<int:person_pk>/", accounts.resident, name="fee_resident"),
]
