"""What a pack rules about the fees of homes: prices, absences, prepayments, refunds, public money. From `fees.yaml`.

A figure that no document at hand gives is null there: whoever shows it says that it is not known, and nothing is
refused by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Entry
from yinian.engines.entitlement.rulings import Ruled
from yinian.engines.entitlement.sources import must_words, read_reference, read_source, words_of

FEES = "fees"
OWNERSHIPS = ("public", "public_private", "private", "state_company")
PRICING = ("guided", "contract", "market")
PREPAID = ("service", "deposit", "membership")
COVERED = ("bed", "care", "meal", "other")
ABSENCES = ("leave", "hospital")
RECEIVERS = ("home", "person")
MONTHS = ("service-months", "deposit-months")
DAYS = ("closing-notice", "price-notice", "payment", "refund")
PERCENTS = ("reserve", "total")
FEE_NAMED = (*MONTHS, *DAYS, *PERCENTS, "membership", "supervised", "pricing", "absence")
SUBSIDY = "subsidy-"  # begins the id of an entry that says what public money pays in a home


@dataclass(frozen=True, slots=True)
class AbsencePart:
    """What is charged from a day of an absence on, in percent by category (all of what is not named)."""

    kind: str
    from_day: int
    percent: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    """Which service of the list pays in a home: to whom, for what, and whether all of it or its amount.

    ``basis``: the kind of admission that calls for it; a resident admitted so for whom it is not found is pointed out.
    """

    id: str
    service: str
    to: str
    covers: tuple[str, ...]
    whole: bool
    basis: str | None


@dataclass(frozen=True, slots=True)
class FeeRules:
    """The rules of homes' fees. Days are calendar days, null where not known.

    `service_months`: for how many months ahead the service fee may be taken; `deposit_months`: the deposit in monthly
    bed fees; `membership`: the ownerships that may take a membership fee (null: not known); `supervised`: the kinds of
    prepaid money that lie in an account a bank watches over; `reserve`: percent of prepaid money to be kept besides;
    `total`: all prepaid money in percent of net fixed assets; `closing_notice`, `price_notice`: told so long before;
    `payment`: a closed bill to its payment; `refund`: leaving to refund; `pricing`: how prices are set by ownership;
    `absence`: what is charged of whoever is away.
    """

    service_months: Ruled[int | None]
    deposit_months: Ruled[int | None]
    membership: Ruled[tuple[str, ...] | None]
    supervised: Ruled[tuple[str, ...]]
    reserve: Ruled[int | None]
    total: Ruled[int | None]
    closing_notice: Ruled[int | None]
    price_notice: Ruled[int | None]
    payment: Ruled[int | None]
    refund: Ruled[int | None]
    pricing: Ruled[Mapping[str, str]]
    absence: Ruled[tuple[AbsencePart, ...]]
    subsidies: tuple[Ruled[SubsidyRule], ...]


def fee_rules_of(pack: str, rules: Mapping[str, Ruled[Any]]) -> FeeRules:
    """The rules of fees of a merged pack. Raises PackError where one is ruled nowhere in the chain."""
    missing = [name for name in FEE_NAMED if name not in rules]
    if missing:
        raise PackError(
            f"no pack of the chain rules {', '.join(f'`{name}`' for name in missing)}", f"{pack}/{FEES}.yaml"
        )
    named = {name.replace("-", "_"): rules[name] for name in FEE_NAMED}
    return FeeRules(**named, subsidies=tuple(rule for name, rule in rules.items() if name not in FEE_NAMED))


def read_fees(entries: Mapping[str, Entry], known: Mapping[str, Any], services: set[str]) -> dict[str, Ruled[Any]]:
    """Each rule of fees by its id. Raises PackError naming file and line."""
    return {
        name: Ruled(
            value=_value(name, entry, services),
            label=_label(entry),
            source=read_source(entry, known, "source"),
            note=words_of(entry.data.get("note")),
            reference=read_reference(entry.data.get("reference")),
            pack=entry.pack,
        )
        for name, entry in entries.items()
    }


def _label(entry: Entry) -> Words:
    return must_words(entry.data["label"])


def _value(name: str, entry: Entry, services: set[str]) -> Any:
    data = entry.data
    if name in MONTHS:
        return data["months"]
    if name in DAYS:
        return data["days"]
    if name in PERCENTS:
        return data["percent"]
    if name == "membership":
        return None if data["ownerships"] is None else tuple(data["ownerships"])
    if name == "supervised":
        return tuple(data["kinds"])
    if name == "pricing":
        return dict(data["by"])
    if name == "absence":
        seen = set()
        for place, part in enumerate(data["parts"]):
            key = (part["kind"], part["from_day"])
            if key in seen:
                raise entry.fail(f"day {key[1]} of `{key[0]}` is ruled twice", "parts", place)
            seen.add(key)
        return tuple(AbsencePart(one["kind"], one["from_day"], dict(one["percent"])) for one in data["parts"])
    if not name.startswith(SUBSIDY):
        raise entry.fail(f"`{name}` is no rule of fees; public money begins with `{SUBSIDY}`", "id")
    if data["service"] not in services:
        raise entry.fail(f"`{data['service']}` is no service", "service")
    return SubsidyRule(name, data["service"], data["to"], tuple(data["covers"]), data["whole"], data.get("basis"))
