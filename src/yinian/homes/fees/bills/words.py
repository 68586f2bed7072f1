"""A bill's lines in words: how each came about, what is not known, what an entry is called."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from yinian.core.jinja import day, yuan
from yinian.homes.fees.bills.models import Bill, BillLine, BillRun

RUN_TONES = {BillRun.State.DRAFT: "warn", BillRun.State.CLOSED: "ok"}


def line_words(line: BillLine) -> str:
    """How a line came about."""
    values: dict[str, Any] = line.values
    if line.kind == BillLine.Kind.CHARGE:
        return _charge(line.why, values)
    if line.kind == BillLine.Kind.SUBSIDY:
        if line.why == "whole":
            return _("Public money pays all of it for %(days)s days") % values
        return _("Public money pays the home %(price)s yuan a month; %(days)s days") % _priced(values)
    if line.kind == BillLine.Kind.CORRECTION:
        return _("Puts bill %(bill)s right") % values
    if line.why == "unknown":
        return _("Granted; the amount is not on record")
    return _("Paid to the person, %(price)s yuan; it does not lower this bill") % _priced(values)


def _priced(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "price": yuan(values.get("price_fen"))}


def _charge(why: str, values: dict[str, Any]) -> str:
    if why == "once":
        return day(dt.date.fromisoformat(values["on"]))
    given = _priced(values)
    if values["unit"] == "day":
        text = _("%(days)s days at %(price)s yuan a day") % given
    elif values["days"] == values["month_days"]:
        text = _("the whole month at %(price)s yuan") % given
    else:
        text = _("%(days)s of %(month_days)s days at %(price)s yuan a month") % given
    if why == "present":
        return text
    away = _("on leave") if why == "leave" else _("in hospital")
    return _("%(text)s; %(away)s, charged at %(percent)s%%") % {"text": text, "away": away,
                                                                 "percent": values["percent"]}


def unknown_words(keys: list[str]) -> list[str]:
    """What is missing to charge rightly, and who can mend it."""
    named = {
        "level": _("The ability level is not known: no care fee is charged. Ask for an assessment."),
        "price:bed": _("No price of this kind of bed is published."),
        "price:care": _("No care price of this level is published."),
        "price:meal": _("No price of meals is published."),
    }
    return [named.get(key) or _("Admitted as one whom public money supports, but no such grant is on record. Look "
                                "at the person's services.") for key in keys]


def bill_state(bill: Bill, today: dt.date) -> tuple[str, str]:
    """A bill's standing as a badge: draft, paid, open, overdue."""
    if bill.state == Bill.State.DRAFT:
        return (_("Something is not known"), "warn") if bill.unknown else (_("Draft"), "mute")
    if bill.left_fen <= 0:
        return (_("Nothing to pay") if not bill.person_fen else _("Paid so far")), "ok"
    if bill.due_on is not None and bill.due_on < today:
        return _("%(days)s days overdue") % {"days": (today - bill.due_on).days}, "bad"
    return _("To be paid"), "info"
