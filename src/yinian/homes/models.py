"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.homes.fees.accounts.models import (
    BankStatement,
    MoneyBalance,
    MoneyEntry,
    MoneyPosting,
    Payment,
    Prepaid,
    Prepayment,
    Refund,
    SupervisedAccount,
)
from yinian.homes.fees.bills.models import Bill, BillCorrection, BillLine, BillRun, Charge
from yinian.homes.stays.models import Stay

__all__ = [
    "BankStatement",
    "Bill",
    "BillCorrection",
    "BillLine",
    "BillRun",
    "Charge",
    "MoneyBalance",
    "MoneyEntry",
    "MoneyPosting",
    "Payment",
    "Prepaid",
    "Prepayment",
    "Refund",
    "Stay",
    "SupervisedAccount",
]
