"""Counts of every indicator for every region, from rows tallied once at the finest region and summed upwards.

Three-valued throughout: a row is counted, known not to be counted, or not known. Where numerator and denominator are of
one view, a row is counted when it belongs to the denominator and to the numerator; of others each is counted by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Literal

import polars as pl

from yinian.engines.entitlement.columns import boolean_column
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.measures import Indicator, Measure, parameters_of
from yinian.engines.entitlement.tree import Node, Value, bind
from yinian.engines.entitlement.views import KEY, REGION, VIEWS

LENGTHS = (2, 4, 6, 9, 12)
"""The lengths of division codes from province to village."""

TALLY: dict[str, pl.DataType] = {
    "indicator": pl.String(), REGION: pl.String(), "numerator": pl.Int64(), "denominator": pl.Int64(),
    "outside": pl.Int64(), "unknown": pl.Int64(), "unsure": pl.Int64(),
}  # fmt: skip
"""One row for each indicator and region that has any row.

`numerator`: what is counted (rows, a sum, or different values); `denominator`: the rows or sum it is divided by, or the
rows of an average; null where there is none. `outside`: rows known not to be counted; `unknown`: rows of which it is
not known; `unsure`: rows of which it is not known whether they belong to the denominator at all.
"""

Part = Literal["counted", "outside", "unknown", "unsure", "base"]
"""The rows behind a figure: counted, not counted, not known, perhaps not even of the base; and the base by itself."""

_SUMS = ("numerator", "denominator", "outside", "unknown", "unsure")


@dataclass(frozen=True, slots=True)
class BoundMeasure:
    """A measure with parameters and the day put in."""

    view: str
    tree: Node
    aggregate: str
    column: str | None

    def condition(self) -> pl.Expr:
        """Its three-valued truth over its view's columns."""
        return boolean_column(self.tree, VIEWS[self.view].columns)


@dataclass(frozen=True, slots=True)
class Bound:
    """An indicator ready to be tallied."""

    id: str
    numerator: BoundMeasure
    denominator: BoundMeasure | None

    @property
    def within(self) -> bool:
        """Whether the numerator is counted among the rows of the denominator."""
        return (
            self.denominator is not None
            and self.denominator.view == self.numerator.view
            and self.numerator.aggregate == "count"
            and self.denominator.aggregate == "count"
        )

    @property
    def views(self) -> tuple[str, ...]:
        """The views it reads."""
        names = [self.numerator.view, *([self.denominator.view] if self.denominator is not None else [])]
        return tuple(dict.fromkeys(names))


def bind_indicator(indicator: Indicator, as_of: date, parameters: Mapping[str, Value]) -> Bound:
    """The indicator on a day. Raises PackError where it is reported by hand, or needs a figure without a value."""
    if indicator.numerator is None:
        raise PackError(f"`{indicator.id}` is reported by hand", indicator.file, indicator.line)
    for name in parameters_of(indicator):
        if name not in parameters:
            raise PackError(
                f"`{indicator.id}` needs parameter `{name}`, which has no value on {as_of}",
                indicator.file, indicator.line,
            )  # fmt: skip
    denominator = indicator.denominator
    return Bound(
        indicator.id, _bound(indicator.numerator, as_of, parameters),
        None if denominator is None else _bound(denominator, as_of, parameters),
    )  # fmt: skip


def _bound(measure: Measure, as_of: date, parameters: Mapping[str, Value]) -> BoundMeasure:
    tree = bind(measure.tree, as_of, parameters)
    return BoundMeasure(measure.view, tree, measure.aggregate, measure.column)


def tally(
    frames: Mapping[str, pl.DataFrame], bounds: Sequence[Bound], lengths: Sequence[int] = LENGTHS
) -> pl.DataFrame:
    """TALLY of every indicator for every region of the given code lengths, ordered by indicator and region.

    `frames`: each view by its name, with REGION and the view's columns. A row whose region is coarser than a level is
    counted from its own level upwards; a finer one (a hamlet) belongs to its village. Raises KeyError for a view
    that is not there.
    """
    finest = max(lengths)
    tallied: dict[str, list[pl.DataFrame]] = {}
    for view in dict.fromkeys(name for bound in bounds for name in bound.views):
        for name, part in _of_view(frames[view], view, bounds, finest).items():
            tallied.setdefault(name, []).append(part)
    parts = [_whole(bound, tallied[bound.id], frames, lengths) for bound in bounds]
    if not parts:
        return pl.DataFrame(schema=TALLY)
    return pl.concat(parts).sort("indicator", REGION)


def _of_view(frame: pl.DataFrame, view: str, bounds: Sequence[Bound], finest: int) -> dict[str, pl.DataFrame]:
    """One view aggregated once by its finest region, for all indicators that read it."""
    conditions: dict[Node, str] = {}
    sums: dict[str, pl.Expr] = {}
    named: dict[str, dict[str, str]] = {}

    def flag(measure: BoundMeasure) -> pl.Expr:
        name = conditions.setdefault(measure.tree, f"c{len(conditions)}")
        return pl.col(name)

    def put(bound: Bound, name: str, expression: pl.Expr) -> None:
        column = f"{bound.id}|{name}"
        sums[column] = expression
        named.setdefault(bound.id, {})[name] = column

    columns: set[str] = set()
    for bound in bounds:
        if view not in bound.views:
            continue
        top, base = bound.numerator, bound.denominator
        if bound.within and base is not None:
            part, whole = flag(top), flag(base)
            put(bound, "numerator", _count(part & whole))
            put(bound, "denominator", _count(whole))
            put(bound, "outside", _count(whole & ~part))
            put(bound, "unknown", _count(whole & part.is_null()))
            put(bound, "unsure", _count(whole.is_null() & (part.is_null() | part)))
            continue
        if top.view == view:
            part = flag(top)
            value = None if top.column is None else pl.col(top.column)
            if value is not None:
                columns.add(str(top.column))
            lost = part.is_null() if value is None else part.is_null() | (part & value.is_null())
            put(bound, "outside", _count(~part))
            put(bound, "unknown", _count(lost))
            if top.aggregate == "count":
                put(bound, "numerator", _count(part))
            elif top.aggregate in ("sum", "avg") and value is not None:
                put(bound, "numerator", pl.when(part).then(value).sum().cast(pl.Int64))
            if top.aggregate == "avg" and value is not None:
                put(bound, "denominator", _count(part & value.is_not_null()))
        if base is not None and base.view == view:
            whole = flag(base)
            put(bound, "unsure", _count(whole.is_null()))
            if base.aggregate == "count":
                put(bound, "denominator", _count(whole))
            elif base.aggregate == "sum" and base.column is not None:
                columns.add(base.column)
                put(bound, "denominator", pl.when(whole).then(pl.col(base.column)).sum().cast(pl.Int64))
    if not named:
        return {}
    region = pl.col(REGION) if frame.schema[REGION] == pl.Categorical else pl.col(REGION).str.slice(0, finest)
    found = (
        frame.lazy()
        .select(
            region.alias(REGION), *(pl.col(name) for name in sorted(columns)),
            *(boolean_column(tree, VIEWS[view].columns).alias(name) for tree, name in conditions.items()),
        )
        .group_by(REGION)
        .agg(expression.alias(name) for name, expression in sums.items())
        .with_columns(pl.col(REGION).cast(pl.String).str.slice(0, finest))
        .collect()
    )  # fmt: skip
    return {
        name: found.select(REGION, *(pl.col(column).alias(key) for key, column in columns_of.items()))
        for name, columns_of in named.items()
    }


def _count(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(False).sum().cast(pl.Int64)


def _whole(
    bound: Bound, parts: Sequence[pl.DataFrame], frames: Mapping[str, pl.DataFrame], lengths: Sequence[int]
) -> pl.DataFrame:
    """One indicator's finest rows summed upwards; different values are told apart at each level anew."""
    levels = []
    one = pl.concat(parts, how="diagonal")
    given = [name for name in _SUMS if name in one.columns]
    for length in lengths:
        levels.append(
            one.filter(pl.col(REGION).str.len_bytes() >= length)
            .group_by(pl.col(REGION).str.slice(0, length))
            .agg(pl.col(name).sum() for name in given)
        )
    found = pl.concat(levels)
    distinct = {
        name: measure for name, measure in (("numerator", bound.numerator), ("denominator", bound.denominator))
        if measure is not None and measure.aggregate == "distinct"
    }  # fmt: skip
    for name, measure in distinct.items():
        different = _different(frames[measure.view], measure, name, lengths)
        found = found.join(different, on=REGION, how="full", coalesce=True)
    has_base = bound.denominator is not None or bound.numerator.aggregate == "avg"
    return found.select(
        pl.lit(bound.id).alias("indicator"), REGION,
        *(
            pl.lit(None, pl.Int64).alias(name) if name == "denominator" and not has_base
            else (pl.col(name).fill_null(0) if name in found.columns else pl.lit(0, pl.Int64).alias(name))
            for name in _SUMS
        ),
    )  # fmt: skip


def _different(
    frame: pl.DataFrame, measure: BoundMeasure, name: str, lengths: Sequence[int]
) -> pl.DataFrame:
    """How many different values the column has among the rows counted, by region."""
    pairs = frame.filter(measure.condition() & pl.col(str(measure.column)).is_not_null()).select(
        pl.col(REGION).cast(pl.String).str.slice(0, max(lengths)), pl.col(str(measure.column)).alias("value")
    ).unique()
    return pl.concat(
        pairs.filter(pl.col(REGION).str.len_bytes() >= length)
        .group_by(pl.col(REGION).str.slice(0, length)).agg(pl.col("value").n_unique().cast(pl.Int64).alias(name))
        for length in lengths
    )


def rows_behind(frame: pl.DataFrame, bound: Bound, part: Part, region: str) -> pl.Series:
    """The keys of the rows of a region behind a figure, each once and in order.

    `frame` is the numerator's view; for the part `base` of a quotient over two views, the denominator's.
    """
    top, base = bound.numerator, bound.denominator
    inside = pl.col(REGION).cast(pl.String).str.starts_with(region)
    if part == "base" or (part == "unsure" and not bound.within):
        measure = base if base is not None else top
        truth = measure.condition()
        wanted = truth if part == "base" else truth.is_null()
    elif bound.within and base is not None:
        inner, whole = top.condition(), base.condition()
        wanted = {
            "counted": whole & inner, "outside": whole & ~inner, "unknown": whole & inner.is_null(),
            "unsure": whole.is_null() & (inner.is_null() | inner),
        }[part]  # fmt: skip
    else:
        truth = top.condition()
        lost = truth.is_null()
        if top.column is not None:
            lost = lost | (truth & pl.col(top.column).is_null())
        wanted = {"counted": truth & ~lost.fill_null(True), "outside": ~truth, "unknown": lost}[part]
    return frame.filter(reduce(lambda a, b: a & b, [inside, wanted.fill_null(False)]))[KEY].unique().sort()
