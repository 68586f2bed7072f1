"""What a synthetic county is built from: published figures with their source, its homes, and assumptions.

These are plain values; reading them from files is done by ``yinian.demo.sources``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from yinian.engines.population.divisions import Divisions


class SpecError(ValueError):
    """A county description that cannot be generated; the message names the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure with the words it stands on.

    ``quote`` is at most 30 characters of document ``document`` and begins at Unicode code point ``offset``
    of its text. ``scales`` says whether it counts people (and so shrinks with the scale) or places.
    """

    key: str
    label_zh: str
    label_en: str
    value: int
    document: str
    quote: str
    offset: int | None
    scales: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class HomeSpec:
    """One care home. ``levels`` are the ability levels (GB/T 42195, 0 to 4) it takes in.

    ``beds``, ``residents``, ``tekun_share`` and ``fees_fen`` (per bed and month, by bed kind) are synthetic
    unless ``note`` says otherwise; ``region`` is a town or village code.
    """

    code: str
    name: str
    region: str
    kind: str
    ownership: str
    operator: str
    beds: int
    nursing_beds: int
    residents: int
    tekun_share: float
    levels: tuple[int, ...]
    opened_on: date
    fees_fen: Mapping[str, int] = field(default_factory=dict)
    public: bool = True
    counts_as_township: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountySpec:
    """A county to be generated: its figures, homes and assumptions.

    ``figures`` are the published counts by key; ``assumptions`` are numbers of ours that no document gives.
    """

    code: str
    name: str
    surnames: str
    documents: tuple[Mapping[str, str], ...]
    figures: Mapping[str, Figure]
    homes: tuple[HomeSpec, ...]
    assumptions: Mapping[str, float]
    hukou_elsewhere: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def count(self, key: str, scale: float = 1.0) -> int:
        """The number to generate for a figure: exact at scale 1, rounded in proportion otherwise."""
        figure = self.figures.get(key)
        if figure is None:
            raise SpecError(f"county {self.code}: figure {key} is missing from its figures")
        return round(figure.value * scale) if figure.scales else figure.value

    def assume(self, key: str) -> float:
        """An assumption of ours, by key."""
        if key not in self.assumptions:
            raise SpecError(f"county {self.code}: assumption {key} is missing from its figures")
        return self.assumptions[key]


#: Older people for each village-level unit where a county publishes no figure (Miluo: 137,000 over 181).
ASSUMED_PER_VILLAGE = 757
#: Older people for each town where not even the number of villages is known.
ASSUMED_PER_TOWN = 9_000


def assumed_county(model: CountySpec, divisions: Divisions, villages: int | None = None) -> CountySpec:
    """A county without published figures, in the proportions of ``model``.

    The figures carry no document, so that no page can show them as published; there are no named homes.
    """
    units = len(divisions.villages) or villages
    people = ASSUMED_PER_VILLAGE * units if units else ASSUMED_PER_TOWN * max(1, len(divisions.towns))
    ratio = people / model.count("people_60")
    figures = {
        key: Figure(
            key,
            f.label_zh,
            f.label_en,
            # Places and their residents are not assumed: nobody should be led to a home that is not there.
            round(f.value * ratio) if f.scales and key != "residents" else 0,
            "",
            "",
            None,
            f.scales,
        )
        for key, f in model.figures.items()
    }
    return CountySpec(
        code=divisions.county.code,
        name=divisions.county.name,
        surnames=model.surnames,
        documents=(),
        figures=figures,
        homes=(),
        assumptions=model.assumptions,
        hukou_elsewhere=(),
        notes=(f"本县未收录公布数字，规模按{model.name}比例假定。",),
    )
