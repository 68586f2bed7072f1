"""What the pack rules about fees, for the rooms' actions and pages. No figure of any place stands here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import FeeRules, PackError, Ruled, Words
from yinian.engines.fees import AwayRule, Stretch, Tariff, month_bed_fen, monthly_fen


@dataclass(frozen=True)
class Ruling:
    """The rules of fees in force for a place, and the hash of the pack that holds them."""

    rules: FeeRules
    pack_hash: str
    documents: Mapping[str, Any]


def ruling_for(region_code: str) -> Ruling:
    """The rules in force for a region. Raises :class:`Refused` where its pack says nothing of fees."""
    pack = pack_for(region_code)
    try:
        return Ruling(pack.fee_rules(), pack.hash, pack.documents)
    except PackError as error:
        raise Refused(_("The policy pack does not rule the fees of homes: %(reason)s") % {"reason": error}) from error


def words(phrase: Words | None) -> str:
    """An engine's phrase in the reader's language."""
    return "" if phrase is None else phrase.in_language("en" if get_language() == "en" else "zh")


def clause(ruling: Ruling, ruled: Ruled[Any]) -> str:
    """The document a rule rests on, with its number and clause."""
    document = ruling.documents[ruled.source.document]
    number = f"（{document.number}）" if document.number else ""
    return f"《{document.title}》{number}{ruled.source.clause or ''}"


def away_rules(rules: FeeRules) -> tuple[AwayRule, ...]:
    return tuple(AwayRule(part.kind, part.from_day, dict(part.percent)) for part in rules.absence.value)


@dataclass(frozen=True)
class Limit:
    """The most that may be held ahead: ``fen``, ``months`` of ``base_fen``; by which rule in words."""

    fen: int
    months: int
    base_fen: int
    label: str
    clause: str
    confidence: str

    def kept(self) -> dict[str, Any]:
        """As it is kept with the prepayment."""
        return {"months": self.months, "base_fen": self.base_fen, "label": self.label, "clause": self.clause,
                "confidence": self.confidence}


def limit_of(
    ruling: Ruling, kind: str, tariffs: tuple[Tariff, ...], stretch: Stretch, on: dt.date, ownership: str
) -> Limit | None:
    """The limit of prepaid money of a kind on a day; None where no rule of the place sets one.

    Raises :class:`Refused` where the rule forbids the kind, or the price that it counts by is not published.
    """
    rules = ruling.rules
    if kind == "membership":
        allowed = rules.membership
        if allowed.value is not None and ownership not in allowed.value:
            raise Refused(fields={"kind": _("A home of this ownership takes no membership fee: %(clause)s.")
                                  % {"clause": clause(ruling, allowed)}})
        return None
    ruled = rules.deposit_months if kind == "deposit" else rules.service_months
    if ruled.value is None:
        return None
    base = (month_bed_fen if kind == "deposit" else monthly_fen)(tariffs, stretch, on)
    if base is None:
        raise Refused(fields={"kind": _("The limit counts by a price that is not published for this bed and level; "
                                        "publish the price or enter the ability level first.")})
    return Limit(ruled.value * base, ruled.value, base, words(ruled.label), clause(ruling, ruled), ruled.confidence)
