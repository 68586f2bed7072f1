"""What loading a list would change, worked out by the database in temporary tables; the same for trial and deed.

Nothing here writes to the register. The tables live as long as the transaction: ``imp_claim`` what the rows say,
``imp_person`` entries to be made or changed (a null column stays as it is), ``imp_listed`` everybody on the list,
``imp_plan`` what becomes of each claim: new, same, replace, conflict, or strike (no longer on a complete list).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from yinian.core import crypto
from yinian.core.pinyin import pinyin_columns
from yinian.core.sheets import ROW
from yinian.people.imports.linking import Linked
from yinian.people.imports.lists import Feed, ListSpec
from yinian.people.kinds import KINDS
from yinian.people.models import Roll
from yinian.people.persons import keys

_CHUNK = 1 << 20
_CLAIM = """row_no bigint, person_id bigint, kind text, value text, grade smallint, since date, evidence text,
    event text, standing bigint"""
_PERSON = """person_id bigint, is_new boolean, name text, name_pinyin text, name_initials text, sex text,
    birth_date date, id_number bytea, id_index bytea, id_tail_index bytea, phone bytea, phone_index bytea,
    address bytea, hukou_code text, household_no text, urban_hukou boolean, region_id text, residence_code text,
    state text, died_on date"""
_SEALED = {"id_number": "people_person.id_number", "phone": "people_person.phone", "address": "people_person.address"}

# The circumstances on record of everybody concerned, apart and small: joined to the whole table by person, kind and
# day, the planner may choose an index by value and take minutes.
_NEAR = """
CREATE TEMP TABLE imp_near ON COMMIT DROP AS
SELECT s.id, s.person_id, s.kind, s.value, s.grade, s.valid, s.department
FROM (SELECT DISTINCT person_id FROM imp_claim) c JOIN people_spell s ON s.person_id = c.person_id
WHERE s.retracted_at IS NULL;
DELETE FROM imp_near WHERE kind NOT IN (SELECT kind FROM imp_kind);
CREATE INDEX ON imp_near (person_id, kind);
ANALYZE imp_near
"""
# What stood on the list's day, and where its neighbours in time begin and end.
_PLAN = """
CREATE TEMP TABLE imp_plan ON COMMIT DROP AS
SELECT c.row_no, c.person_id, c.kind, c.value, c.grade, c.evidence, c.event, s.id AS standing,
    lower(s.valid) AS held_from,
    CASE WHEN c.event = 'death' THEN c.since ELSE greatest(c.since, b.until) END AS starts,
    coalesce(upper(s.valid), a.begins) AS ends,
    CASE
        WHEN s.id IS NULL AND c.kind = 'residence' AND c.event = '' AND p.residence_code LIKE c.value || '%%'
            THEN 'same'
        WHEN s.id IS NULL THEN 'new'
        WHEN s.value = c.value AND s.grade IS NOT DISTINCT FROM c.grade
            AND (c.event = '' OR lower(s.valid) = c.since) THEN 'same'
        WHEN c.kind = 'residence' AND s.value LIKE c.value || '%%' THEN 'same'
        WHEN s.department <> %(department)s AND k.authority @> ARRAY[s.department::text]
            AND NOT k.authority @> ARRAY[%(department)s] THEN 'conflict'
        ELSE 'replace'
    END AS fate
FROM imp_claim c
JOIN imp_kind k ON k.kind = c.kind
LEFT JOIN people_person p ON p.id = c.person_id
LEFT JOIN imp_near s ON s.person_id = c.person_id AND s.kind = c.kind AND s.valid @> %(as_of)s::date
LEFT JOIN LATERAL (
    SELECT max(upper(e.valid)) AS until FROM imp_near e WHERE e.person_id = c.person_id AND e.kind = c.kind
        AND upper(e.valid) <= %(as_of)s::date) b ON true
LEFT JOIN LATERAL (
    SELECT min(lower(e.valid)) AS begins FROM imp_near e WHERE e.person_id = c.person_id AND e.kind = c.kind
        AND lower(e.valid) > %(as_of)s::date) a ON true
"""
_STRIKE = """
INSERT INTO imp_plan (row_no, person_id, kind, value, grade, evidence, event, standing, held_from, starts, ends, fate)
SELECT NULL, s.person_id, s.kind, s.value, s.grade, '', '', s.id, lower(s.valid), %(as_of)s::date, NULL, 'strike'
FROM people_spell s JOIN people_person p ON p.id = s.person_id JOIN imp_kind k ON k.kind = s.kind
WHERE s.kind = ANY(%(ending)s) AND s.retracted_at IS NULL AND s.valid @> %(as_of)s::date
    AND s.department = %(department)s AND s.value IS DISTINCT FROM k.absent
    AND p.region_id LIKE %(region)s AND p.merged_into_id IS NULL AND p.state <> 'dead'
    AND NOT EXISTS (SELECT FROM imp_listed l WHERE l.person_id = s.person_id)
"""
# A death, a move or a new residence also changes the entry itself.
_ENTRY = """
INSERT INTO imp_person (person_id, is_new)
SELECT DISTINCT person_id, false FROM imp_plan
WHERE fate IN ('new', 'replace') AND kind IN ('death', 'move', 'residence')
    AND person_id NOT IN (SELECT person_id FROM imp_person);
UPDATE imp_person i SET state = 'dead', died_on = c.starts FROM imp_plan c
    WHERE c.person_id = i.person_id AND c.kind = 'death' AND c.fate IN ('new', 'replace');
UPDATE imp_person i SET state = CASE c.value WHEN 'out' THEN 'moved_out' ELSE 'living' END FROM imp_plan c
    WHERE c.person_id = i.person_id AND c.kind = 'move' AND c.fate IN ('new', 'replace');
UPDATE imp_person i SET residence_code = c.value,
    region_id = CASE WHEN i.is_new OR p.region_id NOT LIKE c.value || '%' THEN c.value END
    FROM imp_plan c LEFT JOIN people_person p ON p.id = c.person_id
    WHERE c.person_id = i.person_id AND c.kind = 'residence' AND c.fate IN ('new', 'replace');
DELETE FROM imp_person i USING people_person p WHERE p.id = i.person_id AND NOT i.is_new
    AND num_nulls(i.name, i.sex, i.birth_date, i.id_index, i.phone_index, i.address, i.hukou_code, i.household_no,
        i.urban_hukou, i.region_id, i.state) = 11 AND i.residence_code IS NOT DISTINCT FROM p.residence_code;
"""


@dataclass(frozen=True)
class Order:
    """What is to be loaded: the list, its day and area, and whether it is taken as the whole."""

    spec: ListSpec
    region: str
    as_of: dt.date
    complete: bool


def copy_into(table: str, frame: pl.DataFrame) -> None:
    """COPY a frame into a table of this transaction; values in PostgreSQL's text form."""
    if frame.is_empty():
        return
    body = frame.write_csv(include_header=False, null_value="\\N", quote_style="necessary").encode()
    columns = ", ".join(frame.columns)
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        with raw.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy:
            for start in range(0, len(body), _CHUNK):
                copy.write(body[start : start + _CHUNK])


def claims(spec: ListSpec, rows: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """One line for each circumstance a row speaks of."""
    parts = []
    for feed in spec.feeds:
        part = rows
        if feed.only_if:
            part = part.filter(pl.col(feed.only_if).is_not_null())
        value, grade = _value(feed, rows), pl.lit(None, dtype=pl.Int16)
        if feed.grade:
            grade = pl.col(feed.grade).cast(pl.Int16)
        part = part.select(
            row_no=pl.col(ROW),
            person_id="person",
            kind=pl.lit(feed.kind),
            value=value,
            grade=grade,
            since=pl.coalesce(feed.since, pl.lit(as_of)) if feed.since else pl.lit(as_of),
            evidence=pl.col(feed.evidence).fill_null("") if feed.evidence else pl.lit(""),
            event=pl.lit(feed.event),
        )
        needed = "value" if feed.value or feed.fixed else "grade"
        parts.append(part.filter(pl.col(needed).is_not_null()).with_columns(pl.col("value").fill_null("")))
    return pl.concat(parts)


def _value(feed: Feed, rows: pl.DataFrame) -> pl.Expr:
    if feed.fixed:
        return pl.lit(feed.fixed)
    if not feed.value:
        return pl.lit("")
    column = pl.col(feed.value)
    if rows.schema[feed.value] == pl.Boolean:
        return pl.when(column).then(pl.lit("true")).when(column.is_not_null()).then(pl.lit("false"))
    return column


def entries(linked: Linked, rows: pl.DataFrame, *, seal: bool) -> pl.DataFrame:
    """``imp_person``: newcomers, and people of whom the list knows more or, as the authority, better.

    ``seal`` False leaves encrypted columns and indexes out, for a trial.
    """
    spec = linked.reading.spec
    rows = _with_missing(rows)
    known = linked.register.select(
        person="ref",
        r_key="id_key",
        r_name="name",
        r_birth="birth_date",
        r_sex="sex",
        r_phone="phone_key",
        r_address=pl.col("has_address") == "t",
        r_hukou="hukou",
        r_house="household_no",
        r_urban=pl.col("urban") == "t",
        r_village="village",
    )
    rows = rows.join(known, on="person", how="left", maintain_order="left")
    new = pl.col("fate") == "new"
    best = pl.lit(spec.identity)
    number = pl.col("id_number").is_not_null() & (
        pl.col("r_key").is_null() | (best & (pl.col("r_key") != pl.col("id_key")))
    )

    def when(condition: pl.Expr, column: str) -> pl.Expr:
        return pl.when(new | condition).then(pl.col(column))

    def better(column: str, known_column: str, *, fill: bool = True) -> pl.Expr:
        """The list's value where the register has none, or where the list is the authority and differs."""
        held = pl.col(known_column)
        empty = held.is_null() | (held.cast(pl.String) == "")
        differs = best & pl.col(column).is_not_null() & (held != pl.col(column)).fill_null(True)
        return when((empty & pl.lit(fill)) | differs, column)

    moved = best & pl.col("village").is_not_null() & ~pl.col("r_village").str.starts_with(pl.col("village"))
    picked = rows.select(
        person_id="person",
        is_new=new,
        name=better("name", "r_name", fill=False),
        sex=better("sex", "r_sex"),
        birth_date=better("birth_date", "r_birth"),
        id_number=when(number, "id_number"),
        phone=when(pl.col("r_phone").is_null(), "phone"),
        address=when(~pl.col("r_address") | moved, "address"),
        hukou_code=pl.when(new).then(pl.coalesce("hukou", "village")).otherwise(better("hukou", "r_hukou", fill=False)),
        household_no=better("household_no", "r_house"),
        urban_hukou=better("urban", "r_urban"),
        region_id=pl.when(new).then("village"),
        residence_code=pl.when(new).then("village"),
    )
    told = pl.any_horizontal(pl.col(c).is_not_null() for c in picked.columns if c not in ("person_id", "is_new"))
    picked = picked.filter(told)
    if not seal:
        return picked.drop("id_number", "phone", "address").with_columns(
            id_index=pl.when(picked["id_number"].is_not_null()).then(pl.lit("\\x00")),
            phone_index=pl.when(picked["phone"].is_not_null()).then(pl.lit("\\x00")),
            address=pl.when(picked["address"].is_not_null()).then(pl.lit("\\x00")),
        )
    readings = pinyin_columns(picked["name"])
    sealed = {
        name: pl.Series(
            name,
            [None if v is None else _hex(crypto.encrypt(v, column)) for v in picked[name].to_list()],
            dtype=pl.String,
        )
        for name, column in _SEALED.items()
    }
    return picked.with_columns(
        *sealed.values(),
        name_pinyin=readings["pinyin"].str.slice(0, 120),
        name_initials=readings["initials"].str.slice(0, 30),
        id_index=_index(picked["id_number"], keys.id_index),
        id_tail_index=_index(picked["id_number"], keys.id_tail_index),
        phone_index=_index(picked["phone"], keys.phone_index),
    )


def _hex(value: bytes) -> str:
    return "\\x" + value.hex()


def _index(values: pl.Series, made: Any) -> pl.Series:
    return pl.Series([None if v is None else _hex(made(v)) for v in values.to_list()], dtype=pl.String)


def _with_missing(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns that only some lists have."""
    missing = {"hukou": pl.String, "household_no": pl.String, "urban": pl.Boolean}
    return rows.with_columns(
        **{name: pl.lit(None, dtype=dtype) for name, dtype in missing.items() if name not in rows.columns}
    )


def numbered(rows: pl.DataFrame, ids: Sequence[int]) -> pl.DataFrame:
    """Rows that take effect, newcomers with an id each: real ones, or negative ones for a trial."""
    rows = rows.filter(pl.col("fate").is_in(["matched", "new"]))
    new = rows.filter(pl.col("fate") == "new")[ROW].to_list()
    given = pl.DataFrame(
        {ROW: new, "given": list(ids) or [-row for row in new]}, schema={ROW: pl.Int64, "given": pl.Int64}
    )
    return (
        rows.join(given, on=ROW, how="left", maintain_order="left")
        .with_columns(person=pl.coalesce("person", "given"))
        .drop("given")
    )


def lay_out(order: Order, linked: Linked, rows: pl.DataFrame, *, seal: bool) -> None:
    """Fill the temporary tables and work the plan out. ``rows`` come from :func:`numbered`. Inside a transaction."""
    kinds = {kind: KINDS[kind] for kind in dict.fromkeys([*(f.kind for f in order.spec.feeds), *order.spec.ending])}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute("DROP TABLE IF EXISTS imp_claim, imp_person, imp_kind, imp_listed, imp_near, imp_plan")
        cursor.execute(f"CREATE TEMP TABLE imp_claim ({_CLAIM}) ON COMMIT DROP")
        cursor.execute(f"CREATE TEMP TABLE imp_person ({_PERSON}) ON COMMIT DROP")
        cursor.execute("CREATE TEMP TABLE imp_kind (kind text, authority text[], absent text) ON COMMIT DROP")
        cursor.execute("CREATE TEMP TABLE imp_listed (person_id bigint PRIMARY KEY) ON COMMIT DROP")
        cursor.executemany(
            "INSERT INTO imp_kind VALUES (%s, %s, %s)",
            [(code, [str(d) for d in kind.authority], kind.absent) for code, kind in kinds.items()],
        )
    copy_into("imp_claim", claims(order.spec, rows, order.as_of))
    copy_into("imp_person", entries(linked, rows, seal=seal))
    copy_into("imp_listed", rows.select(person_id="person").drop_nulls())
    values: dict[str, Any] = {
        "department": str(order.spec.department),
        "as_of": order.as_of,
        "region": f"{order.region}%",
        "ending": list(order.spec.ending),
    }
    with connection.cursor() as cursor:
        if seal:  # from here on nobody else changes these people; their circumstances hang on them
            cursor.execute(
                "SELECT count(*) FROM (SELECT id FROM people_person WHERE id IN (SELECT person_id FROM imp_listed) "
                "ORDER BY id FOR UPDATE) held"
            )
        cursor.execute("CREATE INDEX ON imp_claim (person_id); ANALYZE imp_claim; ANALYZE imp_listed")
        cursor.execute(_NEAR)
        cursor.execute(_PLAN, values)
        if order.complete:
            cursor.execute(_STRIKE, values)
        cursor.execute("CREATE INDEX ON imp_plan (person_id); CREATE INDEX ON imp_person (person_id); ANALYZE imp_plan")
        cursor.execute(_ENTRY)
        cursor.execute("ANALYZE imp_person")


def outcome() -> dict[str, Any]:
    """Counts of the plan that lies in the temporary tables."""
    by_kind: dict[str, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, fate, count(*) FROM imp_plan GROUP BY kind, fate")
        for kind, fate, count in cursor.fetchall():
            by_kind.setdefault(kind, {})[fate] = count
        cursor.execute(
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new), "
            "count(*) FILTER (WHERE state = 'dead') FROM imp_person"
        )
        new_people, changed_people, deaths = cursor.fetchone()
        cursor.execute("SELECT count(DISTINCT person_id) FROM imp_plan WHERE fate = 'strike'")
        struck = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM imp_listed l WHERE "
            "NOT EXISTS (SELECT FROM imp_plan p WHERE p.person_id = l.person_id AND p.fate <> 'same') "
            "AND NOT EXISTS (SELECT FROM imp_person i WHERE i.person_id = l.person_id)"
        )
        unchanged = cursor.fetchone()[0]

    def total(fate: str) -> int:
        return sum(fates.get(fate, 0) for fates in by_kind.values())

    return {
        "by_kind": by_kind,
        "new_people": new_people,
        "changed_people": changed_people,
        "deaths": deaths,
        "struck_people": struck,
        "unchanged_people": unchanged,
        "new_spells": total("new"),
        "replaced": total("replace"),
        "same": total("same"),
        "conflicts": total("conflict"),
    }


def later_roll(spec: ListSpec, region: str, as_of: dt.date) -> dt.date | None:
    """The day of a complete list of this department that is newer than ``as_of`` and touches the region."""
    days = [
        roll.as_of
        for roll in Roll.objects.filter(
            kind__in=[feed.kind for feed in spec.concluding],
            department=spec.department,
            retracted_at__isnull=True,
            as_of__gt=as_of,
        )
        if roll.region_id.startswith(region) or region.startswith(roll.region_id)
    ]
    return max(days, default=None)
