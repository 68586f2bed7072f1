"""What a changed pack would change: two packs over the same facts on the same day, person by person and added up.

Called `a` is the pack in force, `b` the changed one. Whoever is only to be checked makes a range: from what is sure,
if nothing that is unknown turns out to be met, to what is at most, if all of it does. Frames in and out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from yinian.engines.entitlement.columns import age_column
from yinian.engines.entitlement.evaluate import CHECK, DUE, NOT_DUE, Settled, settle, supersede
from yinian.engines.entitlement.model import Pack, Service

TOWN_LENGTH = 9
MONTHS, DAYS_A_MONTH, DAYS_A_YEAR = 12, 30, 365
BAND_YEARS, FIRST_BAND, LAST_BAND = 10, 60, 100

LINES: dict[str, pl.DataType] = {
    "row": pl.UInt32(), "service": pl.Int32(),
    "status_a": pl.UInt8(), "status_b": pl.UInt8(),
    "amount_a": pl.Int64(), "amount_b": pl.Int64(),
    "month_a": pl.Int64(), "month_b": pl.Int64(),
    "most_a": pl.Boolean(), "most_b": pl.Boolean(),
    "most_month_a": pl.Int64(), "most_month_b": pl.Int64(),
    "once_a": pl.Int64(), "once_b": pl.Int64(),
}  # fmt: skip
"""One row for each person and service that is anything but not due under either pack. `row` is the person's place in
the facts, `service` the place in `Compared.services`. `amount`: fen a period, null where none or not due; `month`:
the same a month (0 where not due), once-only amounts in `once`. `most`: due if all that is unknown is met."""

DIMENSIONS = ("town", "age", "relief", "level", "sex", "urban")
COUNTS = (
    "due_a", "due_b", "check_a", "check_b", "most_a", "most_b", "gained", "lost", "raised", "cut",
    "money_a", "money_b", "most_money_a", "most_money_b", "once_a", "once_b",
    "winners", "losers", "won", "lost_money",
)  # fmt: skip
"""Counts are of people, money is fen a month. Of one service: `gained` newly due, `lost` no longer due, `raised` and
`cut` due as before with more or less money. `winners` have more money in all, `losers` less; `won` and `lost_money` say
by how much in sum, so that `won - lost_money = money_b - money_a`."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One service under both packs; None where a pack does not have it in force."""

    id: str
    a: Service | None
    b: Service | None

    @property
    def service(self) -> Service:
        """The service as the changed pack has it, else as it is."""
        found = self.b or self.a
        assert found is not None
        return found


@dataclass(frozen=True)
class Compared:
    """Two packs over the same facts. `people`: person_id, region_code and the DIMENSIONS, in the facts' order."""

    day: date
    services: tuple[Pair, ...]
    people: pl.DataFrame
    lines: pl.DataFrame


def compare(a: Pack, b: Pack, facts: pl.DataFrame, day: date) -> Compared:
    """Both packs over ``facts`` (with ``region_code``) on a day. Raises PackError or FactsError."""
    return compared(settle(a, facts, day), settle(b, facts, day), facts, day)


def compared(one: Settled, two: Settled, facts: pl.DataFrame, day: date) -> Compared:
    """The same of what was settled over these facts before."""
    pairs = _pairs(one, two)
    sides = standing_of(one), standing_of(two)
    parts = [_part(place, pair, sides) for place, pair in enumerate(pairs)]
    lines = pl.concat(parts) if parts else pl.DataFrame(schema=LINES)
    return Compared(day, pairs, _people(facts, day), lines)


def _pairs(one: Settled, two: Settled) -> tuple[Pair, ...]:
    """The services of both, in list order: the present one's, then what the changed pack adds."""
    now = {bound.service.id: bound.service for bound in one.services}
    then = {bound.service.id: bound.service for bound in two.services}
    return tuple(Pair(name, now.get(name), then.get(name)) for name in dict.fromkeys((*now, *then)))


Standing = dict[str, tuple[pl.Series, pl.Series | None, pl.Series, str | None]]


def standing_of(settled: Settled) -> Standing:
    """By service id: status, amount, who is due if all that is unknown is met, period."""
    possible = {place: status != NOT_DUE for place, status in enumerate(settled.status)}
    supersede(settled.services, possible, settled.amount)
    return {
        bound.service.id: (settled.status[place], settled.amount[place], possible[place], bound.service.period)
        for place, bound in enumerate(settled.services)
    }


def _part(place: int, pair: Pair, sides: tuple[Standing, Standing]) -> pl.DataFrame:
    found = [side.get(pair.id) for side in sides]
    shown = next(side for side in found if side is not None)
    rows = None
    for side in found:
        if side is not None:
            standing = side[0] != NOT_DUE
            rows = standing if rows is None else rows | standing
    assert rows is not None
    kept = rows.arg_true().cast(pl.UInt32)
    number = pl.repeat(place, len(kept), dtype=pl.Int32, eager=True)
    columns: dict[str, pl.Series] = {"row": kept, "service": number}
    for name, side in zip("ab", found, strict=True):
        columns |= _columns(name, side, kept, len(shown[0]))
    return pl.DataFrame(columns).select(*LINES)


def _columns(
    name: str, side: tuple[pl.Series, pl.Series | None, pl.Series, str | None] | None, kept: pl.Series, height: int
) -> dict[str, pl.Series]:
    n = len(kept)
    if side is None:
        status = pl.repeat(NOT_DUE, n, dtype=pl.UInt8, eager=True)
        most, amount, period = pl.repeat(False, n, dtype=pl.Boolean, eager=True), None, None
    else:
        status, most = side[0].gather(kept), side[2].gather(kept)
        amount, period = None if side[1] is None else side[1].gather(kept), side[3]
    frame = pl.DataFrame(
        {"status": status, "most": most, "amount": pl.Series([None], dtype=pl.Int64).new_from_index(0, n)
         if amount is None else amount.cast(pl.Int64)}
    ).with_columns(pl.when((pl.col("status") != NOT_DUE) | pl.col("most")).then("amount").alias("amount"))
    due = pl.col("status") == DUE
    money, once = month_of(pl.col("amount"), period), pl.col("amount") if period == "once" else pl.lit(0, pl.Int64)
    answer = frame.select(
        pl.col("status").alias(f"status_{name}"),
        pl.col("amount").alias(f"amount_{name}"),
        pl.when(due).then(money).otherwise(0).fill_null(0).cast(pl.Int64).alias(f"month_{name}"),
        pl.col("most").alias(f"most_{name}"),
        pl.when("most").then(money).otherwise(0).fill_null(0).cast(pl.Int64).alias(f"most_month_{name}"),
        pl.when(due).then(once).otherwise(0).fill_null(0).cast(pl.Int64).alias(f"once_{name}"),
    )
    return {column.name: column for column in answer.get_columns()}


def month_of(amount: pl.Expr, period: str | None) -> pl.Expr:
    """An amount a period as fen a month: a year in twelfths, a day thirty times, once not at all."""
    if period == "month":
        return amount
    if period == "year":
        return (amount + MONTHS // 2) // MONTHS
    if period == "day":
        return amount * DAYS_A_MONTH
    return pl.lit(0, pl.Int64)


def _people(facts: pl.DataFrame, day: date) -> pl.DataFrame:
    """Who they are and which group of each dimension they belong to; null is not known."""
    columns = set(facts.columns)
    band = band_column(columns, day)

    def fact(name: str, dtype: pl.DataType) -> pl.Expr:
        return pl.col(name).cast(dtype) if name in columns else pl.lit(None, dtype)

    return facts.select(
        "person_id", "region_code",
        pl.col("region_code").str.slice(0, TOWN_LENGTH).alias("town"),
        band.cast(pl.String).alias("age"),
        fact("relief", pl.String()).alias("relief"),
        fact("ability_level", pl.Int64()).cast(pl.String).alias("level"),
        fact("sex", pl.String()).alias("sex"),
        fact("urban_hukou", pl.Boolean()).cast(pl.String).alias("urban"),
    )  # fmt: skip


def band_column(columns: set[str], day: date) -> pl.Expr:
    """The lowest age of the band in which somebody is on a day; below FIRST_BAND one band for all."""
    age = age_column(day) if "birth_date" in columns else pl.col("age") if "age" in columns else pl.lit(None, pl.Int64)
    band = ((age - FIRST_BAND) // BAND_YEARS * BAND_YEARS + FIRST_BAND).clip(FIRST_BAND - BAND_YEARS, LAST_BAND)
    return band.cast(pl.Int64)


def by_person(compared: Compared) -> pl.DataFrame:
    """One row for each person that stands for anything: `row`, money under both packs (`money_a` … `most_money_b`,
    `once_a`, `once_b`), and whether any service is due, checked, at most due, gained, lost, raised or cut."""
    moves = _moves(compared.lines)
    return moves.group_by("row", maintain_order=True).agg(
        *(pl.col(name).any() for name in _FLAGS),
        pl.col("month_a").sum().alias("money_a"), pl.col("month_b").sum().alias("money_b"),
        pl.col("most_month_a").sum().alias("most_money_a"), pl.col("most_month_b").sum().alias("most_money_b"),
        pl.col("once_a").sum(), pl.col("once_b").sum(),
    )  # fmt: skip


_FLAGS = ("due_a", "due_b", "check_a", "check_b", "most_a", "most_b", "gained", "lost", "raised", "cut")


def _moves(lines: pl.DataFrame) -> pl.DataFrame:
    due_a, due_b = pl.col("status_a") == DUE, pl.col("status_b") == DUE
    both = due_a & due_b
    more = pl.col("month_b") + pl.col("once_b") - pl.col("month_a") - pl.col("once_a")
    return lines.with_columns(
        due_a.alias("due_a"), due_b.alias("due_b"),
        (pl.col("status_a") == CHECK).alias("check_a"), (pl.col("status_b") == CHECK).alias("check_b"),
        (due_b & ~due_a).alias("gained"), (due_a & ~due_b).alias("lost"),
        (both & (more > 0)).alias("raised"), (both & (more < 0)).alias("cut"),
    )  # fmt: skip


def sums(compared: Compared) -> pl.DataFrame:
    """Everything added up: `dimension` ("" is the whole), `value` (null is not known), `service` (its place; null
    counts people and all their money), and COUNTS."""
    moves = _moves(compared.lines)
    people = by_person(compared)
    # Grouping by text costs three times as much as by the numbers that stand for it.
    groups = compared.people.select(pl.col(name).cast(pl.Categorical) for name in DIMENSIONS)
    moves, people = (frame.hstack(groups[frame["row"]].get_columns()) for frame in (moves, people))
    parts = []
    for dimension in ("", *DIMENSIONS):
        by = [] if dimension == "" else [dimension]
        parts.append(_labelled(_grouped(moves, [*by, "service"], _of_lines()), dimension))
        whole = _grouped(people, by, _of_people()) if by else people.select(_of_people())
        parts.append(_labelled(whole.with_columns(pl.lit(None, pl.Int32).alias("service")), dimension))
    return pl.concat(parts)


def _grouped(frame: pl.DataFrame, by: list[str], totals: list[pl.Expr]) -> pl.DataFrame:
    return frame.group_by(by).agg(totals).sort(by, nulls_last=True)


def _labelled(frame: pl.DataFrame, dimension: str) -> pl.DataFrame:
    value = pl.lit(None, pl.String) if dimension == "" else pl.col(dimension).cast(pl.String)
    return frame.select(
        pl.lit(dimension).alias("dimension"), value.alias("value"), pl.col("service").cast(pl.Int32),
        *(pl.col(name).cast(pl.Int64).fill_null(0) for name in COUNTS),
    )


def _of_lines() -> list[pl.Expr]:
    gain = pl.col("month_b") - pl.col("month_a")
    return [
        *(pl.col(flag).sum() for flag in _FLAGS),
        pl.col("month_a").sum().alias("money_a"), pl.col("month_b").sum().alias("money_b"),
        pl.col("most_month_a").sum().alias("most_money_a"), pl.col("most_month_b").sum().alias("most_money_b"),
        pl.col("once_a").sum(), pl.col("once_b").sum(),
        *_won(gain),
    ]  # fmt: skip


def _of_people() -> list[pl.Expr]:
    return [
        *(pl.col(flag).sum() for flag in _FLAGS),
        *(pl.col(name).sum() for name in
          ("money_a", "money_b", "most_money_a", "most_money_b", "once_a", "once_b")),
        *_won(pl.col("money_b") - pl.col("money_a")),
    ]  # fmt: skip


def _won(gain: pl.Expr) -> list[pl.Expr]:
    return [
        (gain > 0).sum().alias("winners"), (gain < 0).sum().alias("losers"),
        gain.clip(lower_bound=0).sum().alias("won"), (-gain.clip(upper_bound=0)).sum().alias("lost_money"),
    ]


# --- the budget ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """What one service costs under both packs, in fen, sure and at most; `once` is paid once to each, apart."""

    service: int
    year_a: int
    year_b: int
    most_year_a: int
    most_year_b: int
    rest_a: int
    rest_b: int
    most_rest_a: int
    most_rest_b: int
    once_a: int
    once_b: int


def months_left(start: date) -> int:
    """The months of the year that begin on or after a day: those first paid under a rule in force from that day."""
    return MONTHS - start.month + (1 if start.day == 1 else 0)


def budget(compared: Compared, start: date) -> list[Line]:
    """By service: a full year, and the rest of the year from ``start`` on. The people stay as they are in the facts."""
    left = months_left(start)
    days = (date(start.year, 12, 31) - start).days + 1
    totals = compared.lines.group_by("service").agg(
        *(_paid(name, which).alias(f"{which}{name}") for name in "ab" for which in ("sure_", "most_"))
    ).sort("service")  # fmt: skip
    found = []
    for row in totals.iter_rows(named=True):
        pair = compared.services[row["service"]]
        periods = {name: side.period if side else None for name, side in (("a", pair.a), ("b", pair.b))}
        cost: dict[str, int] = {}
        for name, period in periods.items():
            sure, most = row[f"sure_{name}"], row[f"most_{name}"]
            cost[f"year_{name}"], cost[f"most_year_{name}"] = a_year(sure, period), a_year(most, period)
            cost[f"rest_{name}"] = _rest(sure, period, left, days)
            cost[f"most_rest_{name}"] = _rest(most, period, left, days)
            cost[f"once_{name}"] = sure if period == "once" else 0
        found.append(Line(service=row["service"], **cost))
    return found


def a_year(fen: int, period: str | None) -> int:
    """An amount a period as fen a year; once-only amounts stand apart and count nothing here."""
    return fen * {"month": MONTHS, "year": 1, "day": DAYS_A_YEAR}.get(period or "", 0)


def _rest(fen: int, period: str | None, months: int, days: int) -> int:
    if period == "year":
        return (fen * months + MONTHS // 2) // MONTHS
    return fen * {"month": months, "day": days}.get(period or "", 0)


def _paid(side: str, which: str) -> pl.Expr:
    """Fen a period of everybody due (or at most due)."""
    counted = pl.col(f"most_{side}") if which == "most_" else pl.col(f"status_{side}") == DUE
    return pl.when(counted).then(pl.col(f"amount_{side}")).otherwise(0).fill_null(0).sum()


# --- who -------------------------------------------------------------------------------------------------------

MEASURES = (
    "gained", "lost", "raised", "cut", "winners", "losers", "due_a", "due_b", "check_a", "check_b",
)  # fmt: skip
"""The figures that open the list of the people behind them."""


def behind(
    compared: Compared, measure: str, service: int | None = None, dimension: str = "", value: str | None = None
) -> pl.DataFrame:
    """The people behind one figure of :func:`sums`: person_id, region_code, money_a, money_b (fen a month)."""
    if service is None:
        rows = by_person(compared)
    else:
        rows = _moves(compared.lines).filter(pl.col("service") == service).with_columns(
            pl.col("month_a").alias("money_a"), pl.col("month_b").alias("money_b")
        )
    gain = pl.col("money_b") - pl.col("money_a")
    counted = {"winners": gain > 0, "losers": gain < 0}.get(measure, pl.col(measure) if measure in _FLAGS else None)
    if counted is None:
        raise KeyError(measure)
    found = rows.filter(counted).select("row", "money_a", "money_b").join(
        compared.people.with_row_index("row"), on="row", how="left", maintain_order="left"
    )
    if dimension:
        found = found.filter(pl.col(dimension).eq_missing(pl.lit(value, pl.String)))
    return found.select("person_id", "region_code", "money_a", "money_b")


