"""The catalogue of daily life, ``data/carework/living.yaml``: meals, diets, kinds of activity, when somebody is asked.

What it suggests is data; here it is only checked, looked up and put into the reader's words.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from yinian.core.scalefiles import display, read_text
from yinian.homes.care.book import DATA, BookError, Words, clock, minutes

FILE, SCHEMA = DATA / "living.yaml", DATA / "schema" / "living.json"
TEXTURE, LIMIT, ALLERGY = "texture", "limit", "allergy"


@dataclass(frozen=True)
class Meal:
    """``minute`` of the day at which it is served; ``day_care``: whether those who come by day eat it here."""

    id: str
    label: Words
    minute: int
    day_care: bool

    @property
    def clock(self) -> str:
        return clock(self.minute)


@dataclass(frozen=True)
class DietKind:
    """``group``: texture, limit or allergy. ``food`` is what an allergy is to."""

    id: str
    group: str
    label: Words
    food: Words | None

    @property
    def strand(self) -> str:
        """What holds once at a time: all textures are one strand, each limit and allergy its own."""
        return TEXTURE if self.group == TEXTURE else self.id


@dataclass(frozen=True)
class LivingBook:
    """``little_meals`` meals in a row; ``without_days`` and ``answer_days`` in calendar days."""

    meals: dict[str, Meal]
    diets: dict[str, DietKind]
    usual: str
    intake_reasons: dict[str, Words]
    activities: dict[str, Words]
    little_meals: int
    without_days: int
    answer_days: int

    def of_group(self, group: str) -> list[DietKind]:
        return [kind for kind in self.diets.values() if kind.group == group]


@cache
def living(file: Path = FILE) -> LivingBook:
    """The catalogue in use. Raises :class:`BookError` naming the file, the place and what was expected."""
    where = display(file)
    try:
        raw: Any = yaml.safe_load(read_text(file))
    except yaml.YAMLError as error:
        raise BookError(f"{where}: {error}") from None
    checker = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for fault in sorted(checker.iter_errors(raw), key=lambda e: list(map(str, e.absolute_path))):
        raise BookError(f"{where}: {'.'.join(map(str, fault.absolute_path)) or 'top'}: {fault.message}")
    if raw["source"]["document"] not in {one["id"] for one in raw["documents"]}:
        raise BookError(f"{where}: source: document {raw['source']['document']!r} is not among documents")
    made = LivingBook(
        {m["id"]: Meal(m["id"], Words(**m["label"]), minutes(m["at"]), m["day_care"]) for m in raw["meals"]},
        {d["id"]: DietKind(d["id"], d["group"], Words(**d["label"]), Words(**d["food"]) if "food" in d else None)
         for d in raw["diets"]},
        raw["usual"],
        {r["id"]: Words(**r["label"]) for r in raw["intake_reasons"]},
        {a["id"]: Words(**a["label"]) for a in raw["activities"]},
        raw["little_meals"], raw["without_days"], raw["answer_days"],
    )
    for name, found in (("meals", made.meals), ("diets", made.diets), ("intake_reasons", made.intake_reasons),
                        ("activities", made.activities)):
        if len(found) != len(raw[name]):
            raise BookError(f"{where}: {name}: an id stands twice")
    if made.usual not in made.diets or made.diets[made.usual].group != TEXTURE:
        raise BookError(f"{where}: usual: {made.usual} must be one of the textures")
    return made


def meal_words(meal: str) -> str:
    """A meal in words; of one that is no longer in the catalogue, its id."""
    found = living().meals.get(meal)
    return str(found.label) if found else meal


def diet_words(kind: str) -> str:
    found = living().diets.get(kind)
    return str(found.label) if found else kind


def food_words(kind: str) -> str:
    """What an allergy is to: 花生 of allergy-peanut."""
    found = living().diets.get(kind)
    return str(found.food) if found and found.food else diet_words(kind)


def intake_words(reason: str) -> str:
    return str(living().intake_reasons.get(reason, reason))


def activity_words(kind: str) -> str:
    return str(living().activities.get(kind, kind))
