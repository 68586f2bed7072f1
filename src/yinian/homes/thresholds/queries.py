"""Reading from where on a home wants to be told: what it has set, else what the catalogues suggest."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from yinian.core.users.models import User
from yinian.homes.beds.queries import get_home
from yinian.homes.care.book import Bound, VitalKind
from yinian.homes.thresholds.catalogue import ANSWER_DAYS, Threshold, thresholds
from yinian.homes.thresholds.models import HomeThreshold
from yinian.places.models import Site


@dataclass(frozen=True)
class Standing:
    """One figure of a home: the one in force, and the row by which the home set it (None: the suggestion holds)."""

    of: Threshold
    row: HomeThreshold | None

    @property
    def own(self) -> Decimal | None:
        return self.row.value if self.row else None

    @property
    def value(self) -> Decimal | None:
        """None: neither the home nor the catalogue says one, and nobody is told."""
        return self.of.suggested if self.own is None else self.own


def _newest(rows: QuerySet[HomeThreshold]) -> QuerySet[HomeThreshold]:
    return rows.order_by("site_id", "key", "-pk").distinct("site_id", "key")


def standing(home: Site | int) -> dict[str, Standing]:
    """Every figure of a home as it stands, by key. One query."""
    rows = {row.key: row for row in _newest(HomeThreshold.objects.filter(site=home)).select_related("set_by")}
    return {key: Standing(one, rows.get(key)) for key, one in thresholds().items()}


def figure(home: Site | int, key: str) -> int:
    """A whole number that always stands: meals, days or minutes. Raises KeyError for a key nobody knows."""
    spec = thresholds()[key]
    row = HomeThreshold.objects.filter(site=home, key=key).order_by("-pk").first()
    value = spec.suggested if row is None or row.value is None else row.value
    assert value is not None  # the catalogue's schema asks for a suggestion of each of these
    return int(value)


def bounds(home: Site | int, kind: VitalKind) -> tuple[Bound, Bound]:
    """Outside which values of a kind the home's manager is told; of blood pressure the lower value's beside it."""
    keys = [f"{kind.id}-{side}" for side in ("below", "above", "second-below", "second-above")]
    rows = {row.key: row.value for row in _newest(HomeThreshold.objects.filter(site=home, key__in=keys))}
    found: list[float | None] = []
    for key in keys:
        spec = thresholds().get(key)
        value = rows.get(key)
        if value is None and spec is not None:
            value = spec.suggested
        found.append(None if value is None else float(value))
    return Bound(found[0], found[1]), Bound(found[2], found[3])


def answer_days() -> tuple[int, dict[int, int]]:
    """Days a family waits for an answer before the manager is told: the suggestion, and homes that set another."""
    suggested = thresholds()[ANSWER_DAYS].suggested
    assert suggested is not None
    rows = _newest(HomeThreshold.objects.filter(key=ANSWER_DAYS))
    return int(suggested), {row.site_id: int(row.value) for row in rows if row.value is not None}


def page_of(actor: User, pk: int) -> tuple[Site, dict[str, Standing], QuerySet[Any]]:
    """A home, its figures, and every change of them, the last first. Raises NotVisible."""
    home = get_home(actor, pk)
    actor.require("care.view", home.region_id, home.pk)
    return home, standing(home), HomeThreshold.objects.filter(site=home).select_related("set_by")
