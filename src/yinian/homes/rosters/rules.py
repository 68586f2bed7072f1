"""What the pack in force says of a home's staff: the ratio by ability, the days of shadowing. No figure stands here."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import Pack, Ruled, Standard
from yinian.homes.fees.rules import words
from yinian.places.models import Site

# The standards of the ratio, by group of residents (data/carework/carework.yaml).
RATIOS = {"independent": "home-staff-self", "partial": "home-staff-half", "full": "home-staff-full"}
SHADOWING = "shadowing-days"  # for every home; with a hyphen and an ownership: for homes of that ownership


@dataclass(frozen=True)
class Clause:
    """Where a figure stands: its name, document with number and clause, words, how sure, what it was borrowed from."""

    label: str
    document: str
    quote: str
    confidence: str
    reference: str


@dataclass(frozen=True)
class Ratio:
    """Residents to one member of staff by group, and the clauses behind them. Empty: nothing is on file."""

    per: Mapping[str, Decimal]
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class ShadowRule:
    """So many days at least, for those who came on or after ``begins`` (None: the text does not say, so for nobody)."""

    days: int
    begins: dt.date | None
    clause: Clause


def _pack(region_code: str) -> Pack | None:
    try:
        return pack_for(region_code)
    except Refused:
        return None


def clause_of(pack: Pack, ruled: Ruled[Standard]) -> Clause:
    """The source of a standard in the reader's words."""
    source = ruled.source
    document = pack.documents[source.document]
    number = f"（{document.number}）" if document.number else ""
    return Clause(
        words(ruled.label),
        f"《{document.title}》{number}{source.clause or ''}",
        source.quote or "",
        ruled.confidence,
        words(ruled.reference.label) if ruled.reference else "",
    )


def standard_for(region_code: str, name: str) -> tuple[Ruled[Standard], Clause] | None:
    """A standard of the pack in force and its clause; None where it says nothing."""
    pack = _pack(region_code)
    ruled = pack.standards.get(name) if pack else None
    return None if pack is None or ruled is None else (ruled, clause_of(pack, ruled))


def ratio_for(region_code: str) -> Ratio:
    """How many residents of each group one member of staff looks after."""
    per: dict[str, Decimal] = {}
    clauses: list[Clause] = []
    for group, name in RATIOS.items():
        found = standard_for(region_code, name)
        if found is not None and found[0].value.at_most is not None:
            per[group] = Decimal(str(found[0].value.at_most))
            clauses.append(found[1])
    return Ratio(per, tuple(clauses))


def shadow_rule_for(home: Site) -> ShadowRule | None:
    """How long somebody new goes along in such a home; None where nothing is on file."""
    for name in (f"{SHADOWING}-{home.ownership.replace('_', '-')}", SHADOWING):
        found = standard_for(home.region_id, name)
        if found is not None and found[0].value.at_least is not None:
            return ShadowRule(int(found[0].value.at_least), found[0].value.begins, found[1])
    return None


def not_counted_words(why: str) -> str:
    """Why somebody on the roster is not counted as on duty."""
    return {
        "post": _("does not look after residents by post"),
        "left": _("no longer employed here that day"),
        "shown": _("shadowing not signed off yet"),
        "new": _("new, shadowing not begun"),
    }[why]
