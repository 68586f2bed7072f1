"""What this room hangs on the rooms below: the live value beside a plan's target."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from yinian.core import worklists
from yinian.core.errors import NotVisible, Refused
from yinian.core.models import User
from yinian.indicators import live, queries
from yinian.indicators.values import unit_word
from yinian.indicators.words import in_words
from yinian.plans import measures
from yinian.plans.measures import Measured


def measure(actor: User, name: str, region: str) -> Measured | None:
    """What an indicator stands at in a plan's region; None where the actor may not see it or no pack has it."""
    if not actor.may("indicators.view"):
        return None
    try:
        place = queries.region_for(actor, region)
        _pack, indicator = queries.get_indicator(actor, place, name)
        value, points = queries.current_of(actor, place, indicator)
    except (NotVisible, Refused):
        return None
    if value is None:
        return None
    divide = 100 if indicator.unit == "fen" else 1
    return Measured(
        None if value.value is None else round(float(value.value) / divide, 2), value.as_of or timezone.localdate(),
        f"{reverse('indicators:indicator', args=[name])}?region={place.pk}", unit_word(indicator.unit),
        [(day, number / divide) for day, number in points],
    )


def choices(region: str) -> Sequence[tuple[str, str]]:
    """The indicators of the pack in force for a plan's region, with their names."""
    try:
        pack = live.pack_of(live.unit_of(region))
    except Refused:
        return []
    return [(indicator.id, in_words(indicator.label)) for indicator in pack.indicators.values()]


measures.register(measure, choices)


def counting(actor: User, worklist: str, region: str) -> Sequence[tuple[str, str]]:
    """The indicators of the pack in force that count whom a list of work names, with their addresses."""
    if not actor.may("indicators.view"):
        return []
    try:
        place = queries.region_for(actor, region)
        pack = live.pack_of(live.unit_of(place.pk))
    except (NotVisible, Refused):
        return []
    return [
        (in_words(one.label), f"{reverse('indicators:indicator', args=[one.id])}?region={place.pk}")
        for one in pack.indicators.values() if one.worklist == worklist
    ]


worklists.count_by(counting)
