"""Which homes the county's routing rules (照护分流) open to somebody, by level, relief and dementia.

Asked by the proposal over the county and by the matching of a free bed alike: what one holds possible, so does the
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.places.models import Site

TOWNSHIP = "township"


@dataclass(frozen=True)
class Rules:
    """The rules in force, as a proposal keeps them; none where the county has decided nothing."""

    entries: tuple[Mapping[str, Any], ...]
    pack_hash: str

    def rule_for(self, relief: str | None, level: int, dementia: bool | None) -> Mapping[str, Any] | None:
        """The first rule that speaks of somebody; None for those whom no rule routes."""
        for rule in self.entries:
            of = rule["relief"]
            if level in rule["levels"] and (not of or relief in of) and (not rule["dementia"] or dementia):
                return rule
        return None

    def open_to(
        self, relief: str | None, level: int | None, dementia: bool | None, homes: Sequence[Site]
    ) -> tuple[Mapping[str, Any] | None, set[int]]:
        """The rule that speaks of somebody and the homes it opens; without one (or where the county has none of its
        homes) the homes that take the level, all of them while it is not known."""
        rule = None if level is None else self.rule_for(relief, level, dementia)
        named = set() if rule is None else self.homes_of(rule, homes)
        if named:
            return rule, named
        return None, {home.pk for home in homes if level is None or not home.levels or level in home.levels}

    def homes_of(self, rule: Mapping[str, Any], homes: Sequence[Site]) -> set[int]:
        """The homes a rule means: those it names, those of its towns, or the public ones that no rule names."""
        if rule["names"]:
            return {home.pk for home in homes if _named(home, rule["names"])}
        if rule["towns"]:
            return {home.pk for home in homes if home.region_id.startswith(tuple(rule["towns"]))}
        if rule["kind"] == TOWNSHIP:
            named = [name for other in self.entries for name in other["names"]]
            return {
                home.pk for home in homes if home.ownership != Site.Ownership.PRIVATE and not _named(home, named)
            }
        return {home.pk for home in homes}


def _named(home: Site, names: Iterable[str]) -> bool:
    return any(name in home.name for name in names)


def rules_for(region_code: str) -> Rules:
    """The county's rules; without a pack or without `routing.yaml` there are none."""
    try:
        pack = pack_for(region_code)
    except Refused:
        return Rules((), "")
    entries = []
    for rule in pack.extras.get("routing") or []:
        document = pack.documents.get(rule["source"]["document"])
        entries.append({
            "id": rule["id"], "label": dict(rule["label"]), "levels": list(rule["ability_levels"]),
            "relief": list(rule.get("relief") or []), "dementia": bool(rule.get("dementia")),
            "kind": rule["homes"].get("kind", ""), "names": list(rule["homes"].get("names") or []),
            "towns": list(rule["homes"].get("towns") or []),
            "title": document.title if document else rule["source"]["document"],
            "clause": rule["source"].get("clause") or "", "confidence": rule["source"]["confidence"],
        })  # fmt: skip
    return Rules(tuple(entries), pack.hash)
