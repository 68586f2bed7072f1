"""Reading circumstances: the facts that rules read, each fact's provenance, and what was known on a date.

A fact has two times: the day it is about (``as_of``) and the moment we are asked to stand at (``known_at``).
Who an entry is, and which village answers for it, is read as of today in every case; merged entries are read
under the entry that stayed. Nothing here writes.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from yinian.core.reading import once
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict, Roll, Spell
from yinian.people.kinds import KINDS
from yinian.people.persons.models import Person

COUNTY_CODE_LENGTH = 6  # a prefix this short takes most of the table: no use narrowing the spells first

Source = Literal["value", "flag", "grade", "since", "home"]


@dataclass(frozen=True)
class FactSource:
    """Which kind of circumstance a fact comes from, and which part of the spell it is."""

    kind: str
    part: Source


FACT_SOURCES: Mapping[str, FactSource] = {
    "relief": FactSource("relief", "value"),
    "support_form": FactSource("support_form", "value"),
    "wants_central": FactSource("wants_central", "flag"),
    "disability_category": FactSource("disability", "value"),
    "disability_grade": FactSource("disability", "grade"),
    "ability_level": FactSource("ability", "grade"),
    "assessed_on": FactSource("ability", "since"),
    "self_care_failed": FactSource("self_care", "grade"),
    "ltc_grade": FactSource("ltc", "grade"),
    "dementia": FactSource("dementia", "flag"),
    "mental_disorder": FactSource("mental_disorder", "flag"),
    "living": FactSource("living", "value"),
    "left_behind": FactSource("left_behind", "flag"),
    "empty_nest": FactSource("empty_nest", "flag"),
    "special_family": FactSource("special_family", "flag"),
    "special_contribution": FactSource("special_contribution", "flag"),
    "in_home": FactSource("living", "home"),
    "medical_insurance": FactSource("medical_insurance", "value"),
    "ltc_insured": FactSource("ltc_insured", "flag"),
    "pension": FactSource("pension", "value"),
}
"""Facts that come from spells. The others (birth, sex, registration, household) stand on the person itself."""

PERSON_FACTS: Mapping[str, str] = {
    "birth_date": "birth_date",
    "sex": "sex",
    "hukou_region": "hukou_code",
    "residence_region": "residence_code",  # or the residence spell in force, where there is one
    "urban_hukou": "urban_hukou",
    "household_id": "household_no",
}
"""Facts that stand on the person: fact name to field."""

_PERSON_COLUMNS: Mapping[str, tuple[str, Any]] = {
    "person_id": ("p.id", pl.Int64),
    "region_code": ("p.region_id", pl.String),
    "birth_date": ("p.birth_date", pl.Date),
    "sex": ("p.sex", pl.String),
    "hukou_region": ("p.hukou_code", pl.String),
    "residence_region": ("p.residence_code", pl.String),
    "urban_hukou": ("p.urban_hukou", pl.Boolean),
    "household_id": ("p.household_no", pl.String),
}
_SPELL_COLUMNS: Mapping[str, tuple[str, Any]] = {
    "person_id": ("person_id", pl.Int64),
    "value": ("value", pl.String),
    "grade": ("grade", pl.Int64),
    "since": ("lower(valid)", pl.Date),
}
# Separators that no text of the register holds; a field between them is never quoted.
_FIELD, _LINE = "\x1f", "\x1e"


def believed(known_at: dt.datetime | None = None, prefix: str = "") -> Q:
    """The condition of a row (spell or roll) that we held true at ``known_at`` (None: hold true now)."""
    if known_at is None:
        return Q(**{f"{prefix}retracted_at__isnull": True})
    return Q(**{f"{prefix}recorded_at__lte": known_at}) & (
        Q(**{f"{prefix}retracted_at__isnull": True}) | Q(**{f"{prefix}retracted_at__gt": known_at})
    )


@once
def standing_rolls(region_prefix: str, as_of: dt.date, known_at: dt.datetime | None = None) -> list[Roll]:
    """Complete lists that say something about people in the region, latest first; of kinds that conclude anything."""
    kinds = [kind.code for kind in KINDS.values() if kind.absent is not None]
    return list(
        Roll.objects.filter(believed(known_at), kind__in=kinds, as_of__lte=as_of)
        .filter(Q(region__code__startswith=region_prefix) | Q(region__in=Region.codes_above(region_prefix)))
        .order_by("-as_of", "-id")
    )


def _lines(columns: Mapping[str, tuple[str, Any]], order: str = "") -> str:
    """SQL that joins a group's rows into one text: far quicker to fetch than as many rows."""
    fields = " || chr(31) || ".join(f"coalesce({sql}::text, '')" for sql, _dtype in columns.values())
    return f"string_agg({fields}, chr(30){order})"


def _frame_sql(region_prefix: str, as_of: dt.date, known_at: dt.datetime | None) -> tuple[str, list[Any]]:
    """One statement, so one moment: the persons village by village, then the spells kind by kind."""
    held, held_params, order = "retracted_at IS NULL", [], ""
    if known_at is not None:
        order = " ORDER BY recorded_at, id"
        held, held_params = "recorded_at <= %s AND (retracted_at IS NULL OR retracted_at > %s)", [known_at, known_at]
    within, within_params = "", []
    if len(region_prefix) > COUNTY_CODE_LENGTH:
        within = "AND person_id IN (SELECT id FROM people_person WHERE region_id LIKE %s)"
        within_params = [f"{region_prefix}%"]
    has_spell = "EXISTS (SELECT FROM people_spell e WHERE e.person_id = p.id AND e.kind = '{}')"
    # A death or a move out that was entered without a spell (a register taken over) counts by the entry itself.
    alive, alive_params = "(p.died_on IS NULL OR p.died_on > %s)", [as_of]
    if known_at is not None:
        alive = f"(p.died_on IS NULL OR p.died_on > %s OR {has_spell.format('death')}) AND p.created_at <= %s"
        alive_params = [as_of, known_at]
    sql = f"""
        SELECT 'person' AS part, {_lines(_PERSON_COLUMNS)} FROM people_person p
        WHERE p.region_id LIKE %s AND p.merged_into_id IS NULL AND {alive}
            AND (p.state <> 'moved_out' OR {has_spell.format("move")})
        GROUP BY p.region_id
        UNION ALL
        SELECT kind, {_lines(_SPELL_COLUMNS, order)} FROM people_spell
        WHERE valid @> %s AND {held} {within} GROUP BY kind
    """
    return sql, [f"{region_prefix}%", *alive_params, as_of, *held_params, *within_params]


def _table(texts: list[str], columns: Mapping[str, tuple[str, Any]]) -> pl.DataFrame:
    schema: dict[str, Any] = {name: dtype for name, (_sql, dtype) in columns.items()}
    if not texts:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        _LINE.join(texts).encode(), has_header=False, schema=schema, separator=_FIELD, eol_char=_LINE,
        quote_char=None,
    )


def facts_frame(region_prefix: str, as_of: dt.date, known_at: dt.datetime | None = None) -> pl.DataFrame:
    """One row for each person of the region who lives on ``as_of``: the facts of the policy rules.

    Columns: ``person_id`` (text), ``region_code`` (who answers for the person), and every fact of PACKS in its
    published type; ``age`` is left to the engine. A fact that is not known is null. A complete list gives the
    kind's ``absent`` value to whoever it covers and has no spell on ``as_of``. ``known_at``: read as it was
    believed at that moment; None is now. One consistent read; ordered by person.
    """
    sql, params = _frame_sql(region_prefix, as_of, known_at)
    parts: dict[str, list[str]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        # Lists before spells: a list loaded in between is then not used, and its absences conclude nothing wrong.
        rolls = standing_rolls(region_prefix, as_of, known_at)
        cursor.execute("SET LOCAL jit = off")  # compiling costs more than this query
        cursor.execute(sql, params)
        for part, text in cursor.fetchall():
            parts.setdefault(part, []).append(text)
    frame = _table(parts.pop("person", []), _PERSON_COLUMNS)
    spells = {kind: _table(texts, _SPELL_COLUMNS) for kind, texts in parts.items()}
    if known_at is not None:  # after a merge two records may have been believed at once; the later one counts
        spells = {kind: table.unique("person_id", keep="last", maintain_order=True) for kind, table in spells.items()}
    if "death" in spells:
        frame = frame.join(spells["death"], on="person_id", how="anti")
    if "move" in spells:
        frame = frame.join(spells["move"].filter(pl.col("value") == "out"), on="person_id", how="anti")
    if "residence" in spells:
        resides = spells["residence"].select("person_id", pl.col("value").alias("resides"))
        frame = frame.join(resides, on="person_id", how="left").with_columns(
            pl.coalesce("resides", "residence_region").alias("residence_region")
        ).drop("resides")
    for kind in dict.fromkeys(source.kind for source in FACT_SOURCES.values()):
        facts = {fact: _PART[source.part] for fact, source in FACT_SOURCES.items() if source.kind == kind}
        known = spells.get(kind, pl.DataFrame(schema={n: d for n, (_s, d) in _SPELL_COLUMNS.items()}))
        frame = frame.join(
            known.select("person_id", *(part.alias(fact) for fact, part in facts.items())), on="person_id", how="left"
        )
    # Who is in the frame lives on the day it is about; a later death is not yet a fact of that day.
    return frame.sort("person_id").with_columns(
        pl.col("person_id").cast(pl.String), pl.lit(None, dtype=pl.Date).alias("died_on"), *_absences(rolls)
    )


def changed_since(region_prefix: str, moment: dt.datetime) -> bool:
    """Whether anything that :func:`facts_frame` reads was recorded, retracted or corrected after ``moment``."""
    return (
        Person.objects.filter(region__code__startswith=region_prefix)
        .filter(Q(changed_at__gt=moment) | Q(created_at__gt=moment)).exists()
        or Roll.objects.filter(Q(recorded_at__gt=moment) | Q(retracted_at__gt=moment)).exists()
        or Spell.objects.filter(Q(recorded_at__gt=moment) | Q(retracted_at__gt=moment))
        .filter(person__region__code__startswith=region_prefix).exists()
    )


_PART: Mapping[Source, pl.Expr] = {
    "value": pl.col("value"),
    "flag": pl.col("value") == "true",
    "grade": pl.col("grade"),
    "since": pl.col("since"),
    "home": pl.col("value") == "home",
}


def _absences(rolls: Iterable[Roll]) -> list[pl.Expr]:
    """For each kind with complete lists: its main fact, filled with the ``absent`` value where a list covers."""
    regions: dict[str, set[str]] = {}
    for roll in rolls:
        regions.setdefault(roll.kind, set()).add(roll.region_id)
    columns = []
    for fact, source in FACT_SOURCES.items():
        kind = KINDS[source.kind]
        if source.kind not in regions or source.part not in ("value", "flag"):
            continue
        value: str | bool | None = kind.absent == "true" if source.part == "flag" else kind.absent
        covered = pl.any_horizontal(
            pl.col("region_code").str.starts_with(code) for code in sorted(regions[source.kind])
        )
        columns.append(
            pl.when(pl.col(fact).is_null() & covered).then(pl.lit(value)).otherwise(pl.col(fact)).alias(fact)
        )
    return columns


def roll_covering(rolls: Iterable[Roll], region_code: str, kind: str) -> Roll | None:
    """The latest complete list of a kind that covers the region, of rolls given latest first."""
    return next((r for r in rolls if r.kind == kind and region_code.startswith(r.region_id)), None)


@dataclass(frozen=True)
class Fact:
    """One fact of one person and where it came from.

    ``value`` None is unknown. ``spell`` is the record it rests on; ``roll`` the complete list from which it was
    concluded; neither: it stands on the person's own entry (``department`` says who created it).
    """

    name: str
    value: Any
    kind: str | None = None
    since: dt.date | None = None
    recorded_at: dt.datetime | None = None
    department: str = ""
    by: str = ""
    evidence: str = ""
    spell: Spell | None = None
    roll: Roll | None = None

    @property
    def known(self) -> bool:
        return self.value is not None

    @property
    def concluded(self) -> bool:
        """Whether it was concluded from not being on a department's complete list."""
        return self.roll is not None


@once
def spells_on(person: Person, day: dt.date, known_at: dt.datetime | None = None) -> dict[str, Spell]:
    """Kind -> the spell in force on ``day``, as believed at ``known_at``."""
    rows = Spell.objects.filter(believed(known_at), person=person, valid__contains=day)
    # After a merge two records may have been believed at once; the later one counts.
    return {spell.kind: spell for spell in rows.select_related("recorded_by").order_by("recorded_at", "pk")}


def _value_of(spell: Spell, part: Source) -> Any:
    if part == "flag":
        return spell.value == "true"
    if part == "home":
        return spell.value == "home"
    if part == "since":
        return spell.valid.lower
    return spell.grade if part == "grade" else spell.value


def _of_spell(name: str, spell: Spell, part: Source) -> Fact:
    return Fact(
        name, _value_of(spell, part), spell.kind, spell.valid.lower, spell.recorded_at, spell.department,
        spell.recorded_by.full_name if spell.recorded_by else "", spell.evidence, spell,
    )


def facts_with_sources(person: Person, as_of: dt.date, known_at: dt.datetime | None = None) -> dict[str, Fact]:
    """Every fact of one person with its provenance; the values equal those of :func:`facts_frame`."""
    spells = spells_on(person, as_of, known_at)
    rolls = standing_rolls(person.region_id, as_of, known_at)
    facts = {
        name: Fact(
            name, getattr(person, field) if getattr(person, field) not in ("", None) else None,
            recorded_at=person.created_at, department=person.created_from,
        )
        for name, field in PERSON_FACTS.items()
    }
    if (resides := spells.get("residence")) is not None:
        facts["residence_region"] = _of_spell("residence_region", resides, "value")
    dead = spells.get("death")
    died_on = dead.valid.lower if dead else (person.died_on if known_at is None else None)
    if died_on is not None and died_on > as_of:
        died_on = None
    facts["died_on"] = Fact("died_on", died_on, kind="death")
    for name, source in FACT_SOURCES.items():
        spell = spells.get(source.kind)
        if spell is not None:
            facts[name] = _of_spell(name, spell, source.part)
            continue
        kind = KINDS[source.kind]
        roll = roll_covering(rolls, person.region_id, source.kind)
        if roll is None or source.part not in ("value", "flag"):
            facts[name] = Fact(name, None, source.kind)
            continue
        value: Any = kind.absent == "true" if source.part == "flag" else kind.absent
        facts[name] = Fact(name, value, source.kind, roll.as_of, roll.recorded_at, roll.department, roll=roll)
    return facts


def person_facts(
    actor: User, person: Person, as_of: dt.date, known_at: dt.datetime | None = None
) -> dict[str, Fact]:
    """What :func:`facts_with_sources` says of a person the actor may see. Raises NotVisible."""
    from yinian.people.persons.queries import get_person

    return facts_with_sources(get_person(actor, person.pk), as_of, known_at)


def known_on(person: Person, date_valid: dt.date, known_at: dt.datetime) -> list[Spell]:
    """The spells in force on ``date_valid`` as we believed at ``known_at``, in the order of the kinds."""
    found = spells_on(person, date_valid, known_at)
    return [found[kind] for kind in KINDS if kind in found]


_KIND_ORDER = Case(
    *[When(kind=kind.code, then=Value(kind.number)) for kind in KINDS.values()], output_field=IntegerField()
)


def spells_of(person: Person) -> QuerySet[Spell]:
    """Every spell ever recorded of a person the caller has shown visible, retracted ones too."""
    return (
        person.spells.select_related("recorded_by", "retracted_by", "batch")
        .alias(order=_KIND_ORDER)
        .order_by("order", "-valid", "-recorded_at")
    )


@once
def conflicts_of(person: Person) -> list[Conflict]:
    """Contradictions about a person the caller has shown visible, decided ones too, the latest first."""
    return list(person.conflicts.select_related("standing", "decided_by"))


def get_spell(actor: User, pk: int, right: str = "people.view") -> Spell:
    """A spell of a person the actor may see. Raises NotVisible."""
    from yinian.core.errors import NotVisible
    from yinian.people.persons.queries import visible_to

    spell = (
        Spell.objects.filter(person__in=visible_to(actor, right), pk=pk)
        .select_related("person__region", "recorded_by")
        .first()
    )
    if spell is None:
        raise NotVisible("spell")
    return spell


def conflicts_visible_to(actor: User, right: str = "people.view") -> QuerySet[Conflict]:
    """Conflicts about people the actor may see."""
    from yinian.people.persons.queries import visible_to

    return (
        Conflict.objects.filter(person__in=visible_to(actor, right))
        .select_related("person__region", "standing", "decided_by")
        .defer("person__id_number", "person__phone", "person__address", "person__region__outline")
    )


def get_conflict(actor: User, pk: int) -> Conflict:
    from yinian.core.errors import NotVisible

    conflict = conflicts_visible_to(actor).filter(pk=pk).first()
    if conflict is None:
        raise NotVisible("conflict")
    return conflict


def as_moment(day: dt.date) -> dt.datetime:
    """The end of a day, local: what was known "on" it."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max))
