"""From an uploaded file to clean rows: the sheet's own checks, then those that need the register's divisions.

Who a row is about is found in ``linking``; what it would change in ``plan``. Nothing here writes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.identity import normalise_name
from yinian.core.regions.models import Region
from yinian.core.sheets import ROW, SheetData, error_frame, fold_region, read_sheet, register_messages
from yinian.people.imports.lists import ListSpec

COUNTY_DIGITS = 6
OLD_AGE = 60

register_messages(
    {
        "outside_scope": _("This village lies outside the area this list was uploaded for."),
        "identity_too_thin": _("Without an ID number, birth date and village are needed to find the person."),
        "birth_not_as_id": _("The ID number says %(day)s. Correct one of the two."),
        "sex_not_as_id": _("The ID number says otherwise. Correct one of the two."),
        "same_person_twice": _("The same name, birth date and village also stand in row %(other)s."),
        "same_target_twice": _("Row %(other)s is about the same person of the register. Keep one of the two."),
        "grade_missing": _("Give the grade as well."),
        "after_list": _("Later than the day of the list (%(day)s)."),
        "before_birth": _("Earlier than the person's birth."),
        "village_for_new": _("Not in the register yet: to enter the person, the village is needed."),
        "village_for_move": _("Give the village where the person lives now."),
        "person_elsewhere": _(
            "The person with this ID number is registered outside the area this list was uploaded for. "
            "Send this row to the bureau."
        ),
        "person_dead": _("The register says this person died on %(day)s. Strike the row, or have the death corrected."),
        "support_without_tekun": _("A form of support goes only with destitute support."),
    }
)

_SEX_OF_DIGIT = {"0": "female", "2": "female", "4": "female", "6": "female", "8": "female"}


@dataclass(frozen=True)
class Reading:
    """A sheet as read, with every fault found so far. ``rows``: the rows without any fault, typed."""

    spec: ListSpec
    data: SheetData

    @property
    def rows(self) -> pl.DataFrame:
        return derived(self.spec, self.data.clean)

    def with_faults(self, faults: Iterable["Fault"]) -> "Reading":
        """The same with more faults: (row, column key or '', code, params)."""
        frame = error_frame(faults)
        return self if frame.is_empty() else replace(self, data=self.data.with_errors(frame))


def region_table(county: str) -> dict[str, str | None]:
    """Folded name or code of every town, village and hamlet of a county -> its code; None where a name is shared."""
    regions = {
        code: (name, level)
        for code, name, level in Region.objects.filter(code__startswith=county, level__gte=3).values_list(
            "code", "name", "level"
        )
    }
    table: dict[str, str | None] = {}

    def add(word: str, code: str) -> None:
        folded = fold_region(word)
        if folded in table and table[folded] != code:
            table[folded] = None
        else:
            table[folded] = code

    for code, (name, level) in regions.items():
        if level < 4:
            continue
        table[code] = code
        table[code.ljust(12, "0")] = code
        above = [regions[c][0] for c in Region.codes_above(code)[:-1] if c in regions]
        names = {name}
        if name.endswith(("村", "社区")):  # lists write the committee for the place
            names |= (
                {f"{name}委会", f"{name}民委员会"} if name.endswith("村") else {f"{name}居委会", f"{name}居民委员会"}
            )
        for own in names:
            for start in range(len(above) + 1):
                add("".join(above[start:]) + own, code)
    return table


def derived(spec: ListSpec, rows: pl.DataFrame) -> pl.DataFrame:
    """Columns that follow from others: what the ID number says, and a list's own turns."""
    number = pl.col("id_number")
    rows = rows.with_columns(
        name=pl.Series(
            "name", [normalise_name(name) if name else None for name in rows["name"].to_list()], dtype=pl.String
        ),
        birth_date=pl.coalesce(number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False), "birth_date"),
        sex=pl.when(number.is_not_null())
        .then(number.str.slice(16, 1).replace_strict(_SEX_OF_DIGIT, default="male", return_dtype=pl.String))
        .otherwise(pl.col("sex")),
    )
    if "paid" in rows.columns:
        stopped = pl.col("paid").eq(False).fill_null(False)
        rows = rows.with_columns(
            pension=pl.when(stopped).then(pl.lit("none")).otherwise("pension"),
            paid_from=pl.when(~stopped).then("paid_from"),
        )
    if "move" in rows.columns:
        rows = rows.with_columns(arrives=pl.when(pl.col("move") != "out").then(pl.lit(True)))
    return rows


def read_list(spec: ListSpec, content: bytes, filename: str, region: str, as_of: dt.date) -> Reading:
    """Read and check a file. Raises SheetError for a file that cannot be taken as a whole."""
    data = read_sheet(
        spec.sheet,
        content,
        filename,
        allow_synthetic=not settings.IN_SERVICE,
        today=timezone.localdate(),
        regions=region_table(region[:COUNTY_DIGITS]),
    )
    reading = Reading(spec, data)
    return reading.with_faults(_faults(spec, data, region, as_of))


Fault = tuple[int, str, str, dict[str, Any]]


def _faults(spec: ListSpec, data: SheetData, region: str, as_of: dt.date) -> Iterable[Fault]:
    frame, number = data.frame, pl.col("id_number")

    def found(condition: pl.Expr, column: str, code: str, **params: Any) -> Iterable[Fault]:
        for row in frame.filter(condition)[ROW].to_list():
            yield row, column, code, params

    def missing(condition: pl.Expr, column: str, code: str, *looked_at: str) -> Iterable[Fault]:
        """The same where something is missing: a cell that is there but wrong has its own fault already."""
        wrong = data.errors.filter(pl.col("column").is_in(looked_at))[ROW].unique().to_list()
        return found(condition & ~pl.col(ROW).is_in(wrong), column, code)

    yield from found(
        pl.col("village").is_not_null() & ~pl.col("village").str.starts_with(region), "village", "outside_scope"
    )
    thin = number.is_null() & (pl.col("birth_date").is_null() | pl.col("village").is_null())
    if not spec.id_needed:
        yield from missing(thin, "id_number", "identity_too_thin", "name", "id_number", "birth_date", "village")
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)
    odd = frame.filter(number.is_not_null() & pl.col("birth_date").is_not_null() & (born != pl.col("birth_date")))
    for row, said in odd.select(ROW, born.alias("said")).iter_rows():
        yield row, "birth_date", "birth_not_as_id", {"day": said.isoformat()}
    said_sex = number.str.slice(16, 1).replace_strict(_SEX_OF_DIGIT, default="male", return_dtype=pl.String)
    yield from found(
        number.is_not_null() & pl.col("sex").is_not_null() & (said_sex != pl.col("sex")), "sex", "sex_not_as_id"
    )
    for key in dict.fromkeys(feed.since for feed in spec.feeds if feed.since):
        yield from found(pl.col(key) > as_of, key, "after_list", day=as_of.isoformat())
        birth = pl.coalesce(born, "birth_date")
        yield from found(birth.is_not_null() & (pl.col(key) < birth), key, "before_birth")
    for feed in spec.feeds:
        if feed.grade_needed:
            yield from missing(
                pl.col(feed.value).is_not_null() & (pl.col(feed.value) != "none") & pl.col(feed.grade).is_null(),
                feed.grade,
                "grade_missing",
                feed.grade,
            )
    if "move" in frame.columns:
        yield from missing(
            (pl.col("move") != "out") & pl.col("village").is_null(), "village", "village_for_move", "village"
        )
    if "support" in frame.columns:
        yield from found(
            pl.col("support").is_not_null() & (pl.col("relief") != "tekun"), "support", "support_without_tekun"
        )
    who = ("name", "birth_date", "village")
    nameless = frame.filter(number.is_null() & pl.all_horizontal(pl.col(c).is_not_null() for c in who))
    yield from twice(nameless, who, "name", "same_person_twice")


def twice(rows: pl.DataFrame, keys: Iterable[str], column: str, code: str) -> Iterable[Fault]:
    """Both rows of each pair, each naming the other."""
    for group in (
        rows.group_by(list(keys), maintain_order=True)
        .agg(pl.col(ROW))
        .filter(pl.col(ROW).list.len() > 1)[ROW]
        .to_list()
    ):
        for place, row in enumerate(group):
            yield row, column, code, {"other": group[1] if place == 0 else group[0]}
