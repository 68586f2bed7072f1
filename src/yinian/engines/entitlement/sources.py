"""Where an entry of a pack comes from, whose figure stands in for it, and how both are read.

Which document says what is in the packs; nothing here knows any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Entry


@dataclass(frozen=True, slots=True)
class Source:
    """Where an entry comes from. `confidence` is verified, secondary, general or unknown."""

    document: str
    confidence: str
    clause: str | None = None
    quote: str | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Whose figure stands in until the county's own is known (参照)."""

    region: str
    label: Words


def read_source(entry: Entry, known: Mapping[str, Any], *path: str | int) -> Source:
    """The source at a place of an entry. Raises PackError where no pack lists its document."""
    data: Any = entry.data
    for part in path:
        data = data[part]
    if data["document"] not in known:
        raise entry.fail(
            f"source names document `{data['document']}`, which no pack lists under documents", *path, "document"
        )
    return Source(
        document=data["document"],
        confidence=data["confidence"],
        clause=data.get("clause"),
        quote=data.get("quote"),
        note=words_of(data.get("note")),
    )


def read_reference(data: Mapping[str, Any] | None) -> Reference | None:
    """Whose figure it is, where it is borrowed."""
    return None if data is None else Reference(data["region"], must_words(data["label"]))


def words_of(data: Mapping[str, str] | None) -> Words | None:
    """A phrase in both languages; where one is not given, Chinese serves for both."""
    return None if data is None else must_words(data)


def must_words(data: Mapping[str, str]) -> Words:
    """A phrase that is there for certain, because the schema asks for it."""
    return Words(data["zh"], data.get("en") or data["zh"])
