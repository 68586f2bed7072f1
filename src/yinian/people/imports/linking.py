"""Who each row of a list is in the register: by ID number, then by likeness, then by what a person decided.

Reads the register once; writes nothing. Only an equal ID number with a name that has something in common, or a
person's decision, joins a row to somebody.
"""

import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from yinian.core.pinyin import pinyin_columns
from yinian.core.sheets import ROW
from yinian.engines.linkage import PAIR_FIELDS, link
from yinian.people.imports.lists import ListSpec
from yinian.people.imports.reading import COUNTY_DIGITS, OLD_AGE, Reading, twice
from yinian.people.persons import keys

MOST_SHOWN = 3  # candidates of one row that are shown

_REGISTER: dict[str, tuple[str, Any]] = {
    "ref": ("id", pl.Int64),
    "id_key": ("encode(id_index, 'hex')", pl.String),
    "name": ("name", pl.String),
    "pinyin": ("name_pinyin", pl.String),
    "birth_date": ("birth_date", pl.Date),
    "sex": ("sex", pl.String),
    "village": ("region_id", pl.String),
    "phone_key": ("encode(phone_index, 'hex')", pl.String),
    "has_address": ("address IS NOT NULL", pl.String),
    "state": ("state", pl.String),
    "died_on": ("died_on", pl.Date),
    "hukou": ("hukou_code", pl.String),
    "residence": ("residence_code", pl.String),
    "household_no": ("household_no", pl.String),
    "urban": ("urban_hukou", pl.String),
    "merged_into": ("merged_into_id", pl.Int64),
}


@dataclass(frozen=True)
class Decision:
    """What a person said of one row: same (with whom), new, skip, or still waiting."""

    what: str
    person: int | None = None


@dataclass(frozen=True)
class Linked:
    """What became of the rows.

    ``rows``: the sound rows with ``fate`` (matched, new, waiting, skipped, young, unknown) and ``person`` (null for
    new). ``review``: rows that need a person: row, match, score, candidates (list of dicts, no personal values).
    ``register``: the people matched, with columns of the register. ``reading``: with the faults found here.
    """

    reading: Reading
    rows: pl.DataFrame
    review: list[dict[str, Any]]
    register: pl.DataFrame

    def count(self, fate: str) -> int:
        return self.rows.filter(pl.col("fate") == fate).height


def register_frame(county: str) -> pl.DataFrame:
    """Everybody of a county, merged entries too."""
    select = ", ".join(sql for sql, _dtype in _REGISTER.values())
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        with raw.copy(
            f"COPY (SELECT {select} FROM people_person WHERE region_id LIKE '{int(county)}%' ORDER BY id) "
            "TO STDOUT (FORMAT csv)"
        ) as copy:
            for chunk in copy:
                buffer.write(chunk)
    schema = {name: dtype for name, (_sql, dtype) in _REGISTER.items()}
    if not buffer.tell():
        return pl.DataFrame(schema=schema)
    buffer.seek(0)
    return pl.read_csv(buffer, has_header=False, schema=schema)


def _kept(register: pl.DataFrame) -> pl.DataFrame:
    """gone -> kept for every merged entry, chains followed."""
    into: dict[int, int] = dict(
        register.filter(pl.col("merged_into").is_not_null()).select("ref", "merged_into").iter_rows()
    )
    pairs = []
    for gone in into:
        kept, seen = into[gone], {gone}
        while kept in into and kept not in seen:
            seen.add(kept)
            kept = into[kept]
        pairs.append((gone, kept))
    return pl.DataFrame(pairs, schema={"ref": pl.Int64, "kept": pl.Int64}, orient="row")


def link_rows(reading: Reading, region: str, as_of: dt.date, decisions: Mapping[int, Decision] | None = None) -> Linked:
    """Find out who the sound rows are about. ``decisions`` by row number."""
    spec = reading.spec
    found = identify(reading.rows, region, decisions or {})
    faults: list[tuple[int, str, str, dict[str, Any]]] = [
        (row, "id_number", "person_elsewhere", {}) for row in found.elsewhere
    ]
    rows, more = _judged(spec, found.rows, found.people, as_of)
    faults += more
    faults += twice(rows.filter(pl.col("person").is_not_null()), ["person"], "", "same_target_twice")
    wrong = {fault[0] for fault in faults}
    matched = found.people.join(rows.select(pl.col("person").alias("ref")).drop_nulls(), on="ref", how="semi")
    return Linked(
        reading.with_faults(faults),
        rows.filter(~pl.col(ROW).is_in(sorted(wrong))),
        [line for line in found.review if line["row"] not in wrong],
        matched,
    )


@dataclass(frozen=True)
class Identified:
    """Who rows are about. ``rows``: with ``fate`` (matched, new, waiting, skipped), ``person`` (null unless matched)
    and the keys used; ``review``: as in :class:`Linked`; ``people``: everybody of the region, the dead and those
    who moved away too; ``elsewhere``: numbers of rows about somebody of the county outside the region."""

    rows: pl.DataFrame
    review: list[dict[str, Any]]
    people: pl.DataFrame
    elsewhere: list[int]


def identify(rows: pl.DataFrame, region: str, decisions: Mapping[int, Decision]) -> Identified:
    """Match rows with the register's entries of a region.

    ``rows``: row, name, id_number, birth_date, sex, village, phone (all but row and name may be null). ``decisions``
    by row number. What follows from who somebody is, the caller judges.
    """
    register = register_frame(region[:COUNTY_DIGITS])
    people = register.filter(pl.col("merged_into").is_null())
    tokens = [None if n is None else keys.id_index(n).hex() for n in rows["id_number"].to_list()]
    phones = [None if n is None else keys.phone_index(n).hex() for n in rows["phone"].to_list()]
    rows = rows.with_columns(id_key=pl.Series(tokens, dtype=pl.String), phone_key=pl.Series(phones, dtype=pl.String))
    rows = _renumbered(rows, register, people)
    outside = people.filter(~pl.col("village").str.starts_with(region) & pl.col("id_key").is_not_null())
    elsewhere = rows.join(outside, on="id_key", how="semi")[ROW].to_list()
    rows = rows.filter(~pl.col(ROW).is_in(elsewhere))
    here = people.filter(pl.col("village").str.starts_with(region))
    found = link(
        rows.select(
            ref=pl.col(ROW),
            id_key="id_key",
            name="name",
            pinyin=_readings(rows["name"], people),
            birth_date="birth_date",
            sex="sex",
            village="village",
            phone_key="phone_key",
        ),
        here.select("ref", "id_key", "name", "pinyin", "birth_date", "sex", "village", "phone_key"),
    )
    rows = rows.join(
        found.outcomes.select(pl.col("ref").alias(ROW), "outcome", "existing"),
        on=ROW,
        how="left",
        maintain_order="left",
    )
    rows, review = _decided(rows, found.candidates, decisions)
    return Identified(rows, review, here, elsewhere)


def _readings(names: pl.Series, people: pl.DataFrame) -> pl.Series:
    """The names' pinyin, in order: as the register has it for a name it knows, read anew for the others only."""
    known = people.select("name", "pinyin").filter(pl.col("pinyin") != "").unique("name")
    asked = names.alias("name").to_frame().join(known, on="name", how="left", maintain_order="left")
    fresh = asked.filter(pl.col("pinyin").is_null())["name"].drop_nulls().unique()
    table = fresh.to_frame().with_columns(read=pinyin_columns(fresh)["pinyin"])
    return asked.join(table, on="name", how="left", maintain_order="left").select(
        pinyin=pl.coalesce("pinyin", "read")
    )["pinyin"]


def _renumbered(rows: pl.DataFrame, register: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """A number that only a merged entry bears counts as the number of the entry that stayed."""
    kept = _kept(register)
    if kept.is_empty():
        return rows
    numbers = people.select(kept="ref", kept_key="id_key")
    table = (
        register.select("ref", "id_key")
        .drop_nulls("id_key")
        .join(kept, on="ref")
        .join(numbers, on="kept")
        .join(people.select("id_key"), on="id_key", how="anti")
        .drop_nulls("kept_key")
        .unique("id_key")
    )
    return (
        rows.join(table.select("id_key", "kept_key"), on="id_key", how="left", maintain_order="left")
        .with_columns(id_key=pl.coalesce("kept_key", "id_key"))
        .drop("kept_key")
    )


def _decided(
    rows: pl.DataFrame, candidates: pl.DataFrame, decisions: Mapping[int, Decision]
) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
    """Add ``fate`` and ``person``; and the rows that go before a person."""
    unsure = rows.filter(pl.col("outcome").is_in(["conflict", "probable", "possible"])).select(ROW, "outcome")
    shown: dict[int, list[dict[str, Any]]] = {}
    for line in candidates.filter(pl.col("ref").is_in(unsure[ROW].to_list())).iter_rows(named=True):
        if line["rank"] <= MOST_SHOWN:
            shown.setdefault(line["ref"], []).append(
                {
                    "person": line["existing"],
                    "weight": line["weight"],
                    "agree": {name: line[f"agree_{name}"] for name in PAIR_FIELDS},
                }
            )
    match = {"conflict": "exact", "probable": "probable", "possible": "possible"}
    review = [
        {"row": row, "match": match[outcome], "candidates": shown.get(row, [])} for row, outcome in unsure.iter_rows()
    ]
    fates: list[tuple[int, str, int | None]] = []
    for line in review:
        decision = decisions.get(line["row"], Decision("waiting"))
        known = {candidate["person"] for candidate in line["candidates"]}
        if decision.what == "same" and decision.person in known:
            fates.append((line["row"], "matched", decision.person))
        elif decision.what == "new" and line["match"] != "exact":
            fates.append((line["row"], "new", None))
        else:
            fates.append((line["row"], "skipped" if decision.what == "skip" else "waiting", None))
    table = pl.DataFrame(fates, schema={ROW: pl.Int64, "said": pl.String, "whom": pl.Int64}, orient="row")
    rows = rows.join(table, on=ROW, how="left", maintain_order="left")
    matched = pl.col("outcome") == "matched"
    return rows.with_columns(
        fate=pl.coalesce("said", pl.when(matched).then(pl.lit("matched")).otherwise(pl.lit("new"))),
        person=pl.coalesce("whom", pl.when(matched).then("existing")),
    ).drop("said", "whom", "outcome", "existing"), review


def _judged(
    spec: ListSpec, rows: pl.DataFrame, here: pl.DataFrame, as_of: dt.date
) -> tuple[pl.DataFrame, list[tuple[int, str, str, dict[str, Any]]]]:
    """Faults that follow from who a row is about; and newcomers that are none."""
    faults: list[tuple[int, str, str, dict[str, Any]]] = []
    rows = rows.join(
        here.select(person="ref", r_state="state", r_died="died_on", r_birth="birth_date"),
        on="person",
        how="left",
        maintain_order="left",
    )
    if spec.code != "ps_deaths":
        dead = rows.filter((pl.col("r_state") == "dead") & (pl.col("r_died") <= as_of))
        faults += [
            (row, "", "person_dead", {"day": day.isoformat()}) for row, day in dead.select(ROW, "r_died").iter_rows()
        ]
    for key in dict.fromkeys(feed.since for feed in spec.feeds if feed.since):
        early = rows.filter(pl.col(key) < pl.col("r_birth"))
        faults += [(row, key, "before_birth", {}) for row in early[ROW].to_list()]
    comes = pl.col("fate") == "new"
    if not spec.makes:
        rows = rows.with_columns(fate=pl.when(comes).then(pl.lit("unknown")).otherwise("fate"))
    else:
        leaves = pl.col("move").eq("out") if "move" in rows.columns else pl.lit(False)
        old = pl.col("birth_date").dt.offset_by(f"{OLD_AGE}y") <= as_of
        rows = rows.with_columns(
            fate=pl.when(comes & ~old.fill_null(False))
            .then(pl.lit("young"))
            .when(comes & leaves)
            .then(pl.lit("unknown"))
            .otherwise("fate")
        )
        homeless = rows.filter((pl.col("fate") == "new") & pl.col("village").is_null())
        faults += [(row, "village", "village_for_new", {}) for row in homeless[ROW].to_list()]
    return rows.drop("r_state", "r_died", "r_birth"), faults
