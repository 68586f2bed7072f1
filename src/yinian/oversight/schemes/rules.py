"""The rules of a round in the words of its pack: deadlines, papers, conditions, panel, award, each with its clause."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from yinian.core.jinja import label
from yinian.core.models import Region
from yinian.core.regions.models import CODE_LENGTHS
from yinian.oversight.schemes.models import Round

APPLY, RECOMMEND, REVIEW = "apply", "recommend", "review"
OWN_REGION = "own-region"


@dataclass(frozen=True)
class Rules:
    """A scheme's plain data (see engines/entitlement/schemes.py), read by name."""

    plain: Mapping[str, Any]
    documents: Mapping[str, Any]

    @property
    def papers(self) -> list[dict[str, Any]]:
        return list(self.plain["papers"])

    @property
    def conditions(self) -> list[dict[str, Any]]:
        return list(self.plain["conditions"])

    @property
    def panel(self) -> dict[str, Any]:
        return dict(self.plain["panel"])

    @property
    def award(self) -> dict[str, Any]:
        return dict(self.plain["award"])

    @property
    def organiser(self) -> str:
        return str(self.plain["organiser"]["zh"])

    @property
    def applicant_level(self) -> int:
        return int(self.plain["levels"]["applicant"])

    @property
    def recommender_level(self) -> int:
        return int(self.plain["levels"].get("recommender", self.applicant_level - 1))

    @property
    def most(self) -> int:
        """How many a prefecture may recommend."""
        return int(self.plain["recommend"]["at_most"])

    @property
    def least(self) -> int:
        return int(self.plain["recommend"]["at_least"])

    @property
    def spread(self) -> Decimal:
        """The share of the full points beyond which others read too."""
        return Decimal(self.panel["spread"])

    @property
    def shares(self) -> tuple[Decimal, Decimal] | None:
        """From and to of the leading ones' further share."""
        leading = self.award["leading"]
        return None if leading is None else (Decimal(leading["low"]), Decimal(leading["high"]))

    def paper(self, kind: str) -> dict[str, Any] | None:
        return next((one for one in self.plain["papers"] if one["id"] == kind), None)

    def above(self, code: str) -> str:
        """The code of the region that recommends an applicant."""
        return code[: CODE_LENGTHS[self.recommender_level]]

    def own_region(self, home: str, applicant: str) -> bool:
        """Whether an expert at ``home`` may not read an applicant for being of its own region."""
        for rule in self.panel["recusal"]:
            if rule["id"] == OWN_REGION:
                length = CODE_LENGTHS[rule.get("level", self.applicant_level)]
                return len(home) >= length and home[:length] == applicant[:length]
        return False

    def day(self, key: str, year: int) -> dt.date:
        """A deadline in a year. 29 February is the 28th where the year has none."""
        rule = self.plain["deadlines"][key]
        try:
            return dt.date(year, rule["month"], rule["day"])
        except ValueError:
            return dt.date(year, rule["month"], rule["day"] - 1)

    def clause(self, source: Mapping[str, Any]) -> str:
        """Document, clause and quote in one line."""
        document = self.documents.get(source["document"], {})
        name = document.get("number") or document.get("title") or source["document"]
        return " ".join(part for part in (name, source.get("clause") or "",
                                          f"“{source['quote']}”" if source.get("quote") else "") if part)

    def deadline_clause(self, key: str) -> str:
        return self.clause(self.plain["deadlines"][key]["source"])


def rules_of(one: Round) -> Rules:
    """The rules a round was opened under."""
    return Rules(one.rules, one.documents)


def said(source: Mapping[str, Any]) -> str:
    """What must be said of a value that was not seen in its document; empty for one that was."""
    return {"unknown": _("assumed until confirmed"), "general": _("from general knowledge, to be checked"),
            "secondary": _("seen in a report on the document")}.get(source["confidence"], "")


def name_of(one: Round) -> str:
    """The scheme's name and year."""
    return f"{label(one.label)} {one.year}"


def params_of(one: Round, **more: str) -> dict[str, Any]:
    """What the sentences of work items are filled with."""
    return {"scheme": one.label.get("zh", ""), "year": str(one.year), **more}


def region_of(code: str) -> Region:
    return Region.objects.defer("outline").get(pk=code)
