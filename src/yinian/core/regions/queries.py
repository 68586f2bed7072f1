"""Reading regions: found by name, pinyin or initials, with the path above them."""

from collections.abc import Iterable

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from yinian.core.regions.models import Region
from yinian.core.users.models import User


def reach_of(actor: User) -> tuple[str, ...]:
    """The region codes the actor is posted to, at sites too: what lies below them may be named to them."""
    return tuple(sorted({posting.region_id for posting in actor.current_postings}))


def visible_to(actor: User) -> QuerySet[Region]:
    """Regions at or below the actor's postings."""
    condition = Q(pk__in=[])
    for prefix in reach_of(actor):
        condition |= Q(code__startswith=prefix)
    return Region.objects.filter(condition)


def find(actor: User, text: str, levels: Iterable[int], limit: int = 12) -> list[tuple[Region, str]]:
    """Regions whose name, pinyin, initials or code begin with (or, for the name, contain) ``text``, and their paths."""
    text = text.strip().lower()[:30]
    found = visible_to(actor).filter(level__in=list(levels))
    if text:
        found = found.filter(
            Q(name__contains=text) | Q(pinyin__startswith=text) | Q(initials__startswith=text)
            | Q(code__startswith=text)
        ).order_by(
            Case(When(code=text, then=Value(0)), When(name__startswith=text, then=Value(1)),
                 When(initials=text, then=Value(2)), default=Value(3), output_field=IntegerField()), "level", "code",
        )
    regions = list(found[:limit])
    above = {code for region in regions for code in Region.codes_above(region.code)[2:-1]}
    names = dict(Region.objects.filter(pk__in=above).values_list("code", "name"))
    return [
        (region, " › ".join(names[code] for code in Region.codes_above(region.code)[2:-1] if code in names))
        for region in regions
    ]
