"""What a catalogue of needs consists of: vocabularies, and needs in degrees with their goals and services.

Built by `load`; applied by `derive`. Only conditions that a worse score can never undo are expressible, so that whoever
scores worse never has fewer needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from yinian.engines.careplan.frequency import Frequency
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.model import Document
from yinian.engines.entitlement.sources import Source

Take = Literal["lowest", "sum"]
ANY = "any"
"""Of an answer: whatever was answered."""


@dataclass(frozen=True, slots=True)
class Named:
    """A word of a vocabulary: an aid, a home service, a provider, a risk, an area."""

    id: str
    label: Words
    source: Source


@dataclass(frozen=True, slots=True)
class Service:
    """A service that can be planned: which of the six aids and one care it is, and which of the seven home services."""

    id: str
    label: Words
    aid: str | None
    home_service: str | None


@dataclass(frozen=True, slots=True)
class GoalOffer:
    """A goal that can be measured: what, by which figure, up to where, within how many months.

    ``id`` is unique in its need and degree.
    """

    id: str
    text: Words
    measure: Words
    target: Words
    months: int


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """A service that may be planned for a need: by which kind of provider, how often, how many minutes each time.

    One that is not ``ticked`` is offered for whoever wants it, such as moving into a care home.
    """

    service: str
    provider: str
    often: Frequency
    minutes: int | None
    note: Words | None
    ticked: bool


@dataclass(frozen=True, slots=True)
class Degree:
    """How badly off: the need in plain words, and what it holds for.

    It holds where the measured ``scores`` lie in the range (both inside), the level is ``level`` or worse, one of the
    ``inputs`` is true, or one of the ``answers`` was given.
    """

    id: str
    text: Words
    scores: tuple[int, int] | None
    level: int | None
    inputs: tuple[str, ...]
    answers: Mapping[str, frozenset[str] | None]  # by field of form A; None: whatever was answered
    goals: tuple[GoalOffer, ...]
    services: tuple[ServiceOffer, ...]


@dataclass(frozen=True, slots=True)
class NeedRule:
    """A need in its degrees, the lightest first; the gravest that holds counts.

    ``items`` are measured by the lowest of their points, or by their sum. ``only_if`` bounds it to people of whom the
    register says one of the values.
    """

    id: str
    area: str
    items: tuple[str, ...]
    take: Take
    only_if: Mapping[str, frozenset[str]]
    risks: tuple[str, ...]
    degrees: tuple[Degree, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A checked catalogue for one scale. ``hash`` is of everything it says."""

    id: str
    version: str
    scale: str
    documents: Mapping[str, Document]
    aids: Mapping[str, Named]
    home_services: Mapping[str, Named]
    providers: Mapping[str, Named]
    risks: Mapping[str, Named]
    areas: Mapping[str, Named]
    services: Mapping[str, Service]
    needs: tuple[NeedRule, ...]
    hash: str

    def need(self, need_id: str) -> NeedRule | None:
        """The need of that id, or None for one that is no longer there."""
        return next((rule for rule in self.needs if rule.id == need_id), None)
