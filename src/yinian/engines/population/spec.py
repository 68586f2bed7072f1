"""What a synthetic county is built from: published figures with their source, its homes, and assumptions.

These are plain values; reading them from files is done by ``yinian.demo.sources``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from yinian.engines.population.divisions import Division, Divisions


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
    ``lives_in`` gives the shares of where contacts live; ``suffix`` stands behind the names of places that are made
    up; ``hamlet_point`` holds the ``name`` (with ``{hamlet}``) and ``operator`` of mutual-aid points.
    """

    code: str
    name: str
    surnames: str
    documents: tuple[Mapping[str, str], ...]
    figures: Mapping[str, Figure]
    homes: tuple[HomeSpec, ...]
    assumptions: Mapping[str, float]
    hukou_elsewhere: tuple[str, ...]
    lives_in: Mapping[str, float]
    notes: tuple[str, ...] = ()
    suffix: str = ""
    hamlet_point: Mapping[str, str] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class Assumed:
    """What a county without published figures is filled with, all of it judgement.

    ``homes`` are patterns: their names hold ``{place}``, and ``of`` says whether there is one for the county or one for
    each rural town. ``receiving`` gives shares of those due by service, with ``default``.
    """

    people_per_village: int
    people_per_town: int
    surnames: str
    suffix: str
    lives_in: Mapping[str, float]
    homes: tuple[tuple[str, HomeSpec], ...]
    station_share: float
    residents_per_carer: float
    carers_certified: float
    carers_trained: float
    fire_certified_per_home: float
    receiving: Mapping[str, float]
    notes: tuple[str, ...]


#: Counts of what people receive; where nothing is published, the county's own pack decides who receives.
_OF_RECEIVERS = ("advanced_age", "meal_service", "meal_delivery")


def assumed_county(model: CountySpec, divisions: Divisions, assumed: Assumed, prefecture: str) -> CountySpec:
    """A county without published figures, in the proportions of ``model``.

    The figures carry no document, so that no page can show them as published.
    """
    county = divisions.county
    units = len(divisions.settlements)
    people = units * (assumed.people_per_village if divisions.villages else assumed.people_per_town)
    ratio = people / model.count("people_60")
    homes = tuple(_assumed_homes(divisions, assumed))
    residents = sum(home.residents for home in homes)
    carers = math.ceil(residents / assumed.residents_per_carer)
    own = {
        "residents": residents,
        "homes": len(homes),
        "township_homes": sum(home.counts_as_township for home in homes),
        "public_beds": sum(home.beds for home in homes if home.public),
        "urban_stations": round(assumed.station_share * len(station_places(divisions, urban=True))),
        "rural_stations": round(assumed.station_share * len(station_places(divisions, urban=False))),
        "carers": carers,
        "certified": round(carers * assumed.carers_certified),
        "trained": round(carers * assumed.carers_trained),
        "fire_certified": round(len(homes) * assumed.fire_certified_per_home),
    }
    figures = {
        key: Figure(
            key, f.label_zh, f.label_en,
            own.get(key, round(f.value * ratio) if f.scales and key not in _OF_RECEIVERS else 0),
            "", "", None, f.scales,
        )
        for key, f in model.figures.items()
    }  # fmt: skip
    said = {"county": county.name, "prefecture": prefecture, "model": model.name, "suffix": assumed.suffix}
    return CountySpec(
        code=county.code,
        name=county.name,
        surnames=assumed.surnames,
        documents=(),
        figures=figures,
        homes=homes,
        assumptions=model.assumptions,
        hukou_elsewhere=(),
        lives_in={place.format(**said): share for place, share in assumed.lives_in.items()},
        notes=tuple(note.format(**said) for note in assumed.notes),
        suffix=assumed.suffix,
    )


def station_places(divisions: Divisions, *, urban: bool) -> tuple[Division, ...]:
    """Where home-care stations may lie: communities or villages, or streets or towns where no villages are known."""
    if divisions.villages:
        return tuple(p for p in divisions.villages if p.kind == ("community" if urban else "village"))
    return tuple(t for t in divisions.towns if (t.kind == "street") == urban)


def _assumed_homes(divisions: Divisions, assumed: Assumed) -> Iterator[HomeSpec]:
    rural = [town for town in divisions.towns if town.kind in ("town", "township")]
    first = divisions.towns[0] if divisions.towns else divisions.county
    places = {"county": [(divisions.county, first)], "rural_town": [(town, town) for town in rural]}
    number = 0
    for of, pattern in assumed.homes:
        for named, at in places[of]:
            number += 1
            yield replace(
                pattern,
                code=f"HM{number:02d}",
                name=pattern.name.format(place=named.name) + assumed.suffix,
                operator=pattern.operator.format(place=named.name),
                region=at.code,
                counts_as_township=of == "rural_town",
            )
