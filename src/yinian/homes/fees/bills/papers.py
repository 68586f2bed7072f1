"""A bill as a paper for the family: the same bill is the same bytes, however often it is asked for."""

from typing import Any

from django.utils import timezone, translation

from yinian.core.documents.setting import set_paper
from yinian.homes.fees.bills.models import Bill
from yinian.homes.fees.bills.words import line_words, unknown_words

TEMPLATE = "homes/fees/bills/bill.typ"


def bill_pdf(bill: Bill) -> bytes:
    """The PDF of a bill; a draft is marked as one. Papers are Chinese, whoever asks for them."""
    with translation.override("zh-hans"):
        return set_paper(TEMPLATE, bill_data(bill), at=bill.closed_at or bill.run.drafted_at)


def bill_data(bill: Bill) -> dict[str, Any]:
    """What the paper says, as plain data. What was paid since is not on it: the paper would change."""
    at = bill.closed_at or bill.run.drafted_at
    return {
        "paper": {"title": "入住费用账单", "number": bill.number, "issuer": bill.site.name,
                  "issued_on": timezone.localtime(at).date().isoformat(), "draft": bill.state == Bill.State.DRAFT},
        "name": bill.person.name, "month": bill.month.isoformat(), "days": bill.days,
        "due_on": bill.due_on.isoformat() if bill.due_on else "",
        "charged": bill.charged_fen, "county": bill.county_fen, "corrected": bill.corrected_fen,
        "person": bill.person_fen, "unknown": unknown_words(bill.unknown),
        "lines": [{"kind": line.get_kind_display(), "text": line.text, "why": line_words(line),
                   "amount": line.amount_fen, "told": line.kind == "told"} for line in bill.lines.all()],
    }
