"""Reading gardens and animals: holdings within reach, what is left of a harvest, a quarter by home."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.economy.models import Harvest, Holding, ProduceUse, Unit
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where

FIRST_YEAR = 2024  # the earliest that is offered to choose


def homes(actor: User) -> QuerySet[Site]:
    """Homes whose garden and animals the actor sees."""
    actor.require("economy.view")
    return homes_where(actor, "economy.view")


def get_home(actor: User, pk: int, right: str = "economy.view") -> Site:
    """One of them, where the actor may do ``right``. Raises NotVisible."""
    found = homes(actor).select_related("region").filter(pk=pk).first()
    if found is None:
        raise NotVisible("home")
    actor.require(right, found.region_id, found.pk)
    return found


def holdings(actor: User) -> QuerySet[Holding]:
    return Holding.objects.filter(site__in=homes(actor)).select_related("site__region", "made_by")


def get_holding(actor: User, pk: int, right: str = "economy.view") -> Holding:
    """Raises NotVisible."""
    found = holdings(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("holding")
    actor.require(right, found.site.region_id, found.site_id)
    return found


def harvests(actor: User) -> QuerySet[Any]:
    """Harvests within reach with how many residents helped."""
    return Harvest.objects.filter(holding__site__in=homes(actor)).select_related(
        "holding__site", "made_by"
    ).annotate(helped=Count("helpers"))


def uses(actor: User) -> QuerySet[ProduceUse]:
    return ProduceUse.objects.filter(holding__site__in=homes(actor)).select_related("holding__site", "made_by")


def left_of(holding: Holding) -> dict[str, Decimal]:
    """By unit: what was harvested and is not used yet; units of which nothing was harvested are left out."""
    got = dict(holding.harvests.filter(voided_at=None).order_by().values_list("unit").annotate(n=Sum("amount")))
    gone = dict(holding.uses.filter(voided_at=None).order_by().values_list("unit").annotate(n=Sum("amount")))
    return {unit: amount - gone.get(unit, Decimal(0)) for unit, amount in got.items()}


def standing(home: Site) -> list[Holding]:
    """What a home grows and keeps now."""
    return list(Holding.objects.filter(site=home, ended=None))


# --- quarters ---


def quarter_of(day: dt.date) -> str:
    """The quarter of a day, as 2026Q4."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarters(today: dt.date | None = None) -> list[str]:
    """Quarters up to the present one, the latest first."""
    today = today or timezone.localdate()
    now = quarter_of(today)
    every = [f"{year}Q{n}" for year in range(FIRST_YEAR, today.year + 1) for n in range(1, 5)]
    return [one for one in reversed(every) if one <= now]


def days_of(quarter: str) -> tuple[dt.date, dt.date]:
    """Its first and last day."""
    year, n = int(quarter[:4]), int(quarter[5:])
    first = dt.date(year, 3 * n - 2, 1)
    after = dt.date(year + n // 4, 3 * n % 12 + 1, 1)
    return first, after - dt.timedelta(days=1)


def by_home(actor: User, quarter: str) -> QuerySet[Any]:
    """Homes with holdings now and, of a quarter, harvests (kg, pieces), what was eaten, and the income (fen)."""
    first, last = days_of(quarter)
    span = Q(voided_at=None, on__gte=first, on__lte=last)

    def total(rows: QuerySet[Any], field: str = "amount") -> Coalesce:
        of_home = rows.filter(holding__site=OuterRef("pk")).order_by().values("holding__site")
        decimal = DecimalField(max_digits=12, decimal_places=1)
        return Coalesce(Subquery(of_home.annotate(n=Sum(field)).values("n")), 0, output_field=decimal)

    got, used = Harvest.objects.filter(span), ProduceUse.objects.filter(span)
    sold = used.filter(kind=ProduceUse.Kind.SOLD)
    kept = Holding.objects.filter(site=OuterRef("pk"), ended=None).order_by().values("site")
    return homes(actor).select_related("region__parent").defer("region__outline", "region__parent__outline").annotate(
        kept=Coalesce(Subquery(kept.annotate(n=Count("pk")).values("n")), 0),
        kg=total(got.filter(unit=Unit.KG)),
        pieces=total(got.filter(unit=Unit.PIECE)),
        eaten_kg=total(used.filter(unit=Unit.KG, kind=ProduceUse.Kind.EATEN)),
        eaten_pieces=total(used.filter(unit=Unit.PIECE, kind=ProduceUse.Kind.EATEN)),
        income=total(sold, "income_fen"),
    )


def totals(rows: QuerySet[Any]) -> dict[str, Any]:
    """The same of all those homes together; ``homes`` counts those that grow or keep anything."""
    found = list(rows.order_by().values("kept", "kg", "pieces", "income"))
    return {"homes": sum(one["kept"] > 0 for one in found),
            **{name: sum((one[name] for one in found), Decimal(0)) for name in ("kg", "pieces", "income")}}
