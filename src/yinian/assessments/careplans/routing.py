"""Which kind of home takes a level, by the county's routing rules (照护分流). Advice only; nothing is placed here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.assessments import scales
from yinian.assessments.results.models import Result
from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.people.circumstances.queries import spells_on
from yinian.people.circumstances.words import in_words as circumstance_words
from yinian.people.models import Person
from yinian.places.models import Site

COUNTY_DIGITS = 6
TOWN_DIGITS = 9
TOWNSHIP = "township"


def advice(person: Person, result: Result, on: Any) -> list[dict[str, Any]]:
    """The rules of the pack that speak of a result's level, as a plan keeps them; empty where the county has none, and
    for a result by another scale than that of ability, of which no rule speaks.

    ``fits`` is False for a rule about people on a relief that this person is not on, None where that is not known.
    """
    if result.scale != scales.ABILITY_SCALE:
        return []
    try:
        pack = pack_for(person.region_id)
    except Refused:
        return []
    relief = spells_on(person, on).get("relief")
    kept = []
    for rule in pack.extras.get("routing") or []:
        if result.final not in rule["ability_levels"]:
            continue
        of = list(rule.get("relief") or [])
        document = pack.documents.get(rule["source"]["document"])
        kept.append({
            "id": rule["id"], "label": dict(rule["label"]), "relief": of,
            "fits": True if not of else None if relief is None else relief.value in of,
            "kind": rule["homes"].get("kind", ""), "names": list(rule["homes"].get("names") or []),
            "towns": list(rule["homes"].get("towns") or []),
            "source": {
                "title": document.title if document else rule["source"]["document"],
                "clause": rule["source"].get("clause") or "", "confidence": rule["source"]["confidence"],
            },
        })
    return kept


@dataclass(frozen=True)
class Advice:
    """One rule in words, with the homes it means and where to look for their free beds."""

    text: str
    of_whom: str
    fits: bool | None
    homes: tuple[tuple[str, str], ...]
    source: str
    confidence: str


def in_words(kept: list[dict[str, Any]], person: Person) -> list[Advice]:
    """The kept rules for a page, those that fit the person first."""
    shown = [_advice(rule, person) for rule in kept]
    return sorted(shown, key=lambda one: (one.fits is False, one.fits is None))


def _advice(rule: dict[str, Any], person: Person) -> Advice:
    label = rule["label"]
    text = label.get("en" if get_language() == "en" else "zh") or label["zh"]
    reliefs = _(", ").join(circumstance_words("relief", value, None) for value in rule["relief"])
    source = rule["source"]
    return Advice(
        text, reliefs, rule["fits"], tuple((site.name, _free_beds(site)) for site in _homes(rule, person)),
        f"《{source['title']}》{source['clause']}", source["confidence"],
    )


def _homes(rule: dict[str, Any], person: Person) -> list[Site]:
    """The homes a rule means: those it names in the county, else those of the person's town."""
    homes = Site.objects.filter(
        kind=Site.Kind.HOME, state=Site.State.OPEN, region__code__startswith=person.region_id[:COUNTY_DIGITS]
    ).order_by("name")
    return homes_meant(rule, person.region_id, homes)


def homes_meant(rule: dict[str, Any], region_code: str, homes: Iterable[Site]) -> list[Site]:
    """Of the county's homes those a rule (``names``, ``towns``, ``kind``) means for somebody of a region."""
    if rule["names"]:
        return [site for site in homes if any(name in site.name for name in rule["names"])]
    if rule["towns"]:
        return [site for site in homes if site.region_id.startswith(tuple(rule["towns"]))]
    if rule["kind"] == TOWNSHIP:
        return [site for site in homes if site.region_id.startswith(region_code[:TOWN_DIGITS])]
    return []


def _free_beds(site: Site) -> str:
    """Where a home's free beds are shown; the room that keeps them stands above this one."""
    try:
        return reverse("homes:vacancies", args=[site.pk])
    except NoReverseMatch:
        return ""
