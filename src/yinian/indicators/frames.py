"""The views of a region on a day, as Polars frames: what the tables say, without a name or a number of anybody.

One function for each view of `engines/entitlement/views`; a column is filled as the view says it. Of a past day a site
is in the state that its dated record says: open in the days it was open, in its present state since that began, and
unknown otherwise.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.engines.entitlement.columns import age_column
from yinian.engines.entitlement.views import KEY, REGION, VIEWS, View
from yinian.entitlements import snapshots
from yinian.entitlements.models import Run, ServiceNumber
from yinian.homes.models import BedOut
from yinian.homes.stays.queries import nights
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.contracts.queries import in_force
from yinian.people.circumstances.models import Spell
from yinian.people.circumstances.queries import believed, facts_frame
from yinian.places.models import Bed, OpenDays, Site
from yinian.workforce.models import Certificate, Post

TYPES: Mapping[str, Any] = {"text": pl.String, "number": pl.Int64, "bool": pl.Boolean, "date": pl.Date}
VILLAGE = CODE_LENGTHS[Level.VILLAGE]
PRESENT = dt.timedelta(days=1)
"""A day so short ago is read as it stands: a night's job freezes the day that has just ended."""
_STATUS = {0: "not_due", 1: "due", 2: "check", 3: "superseded"}
_REAL = (Bed.Kind.NURSING, Bed.Kind.PLAIN)
_URBAN, _TOWN_KINDS, _STREET = ("社区", "居委会"), ("镇", "乡", "民族乡", "苏木"), ("街道", "街道办事处")


def schema_of(view: View) -> dict[str, Any]:
    """The columns of a view with their Polars types, key and region first. Keys of regions are codes."""
    key = pl.String if view.opens == "region" else pl.Int64
    return {KEY: key, REGION: pl.String, **{name: TYPES[fact.type] for name, fact in view.columns.items()}}


def frames(region: str, day: dt.date, names: Iterable[str]) -> dict[str, pl.DataFrame]:
    """The named views of everything whose region begins with ``region``, on a day."""
    return {name: _MAKERS[name](region, day) for name in names}


def _frame(name: str, rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=schema_of(VIEWS[name]), orient="row")


def _kinds(region: str, level: int) -> dict[str, str]:
    """Village or town to the kind that its view names."""
    found = Region.objects.filter(code__startswith=region, level=level).values_list("code", "kind", "name")
    if level == Level.TOWN:
        return {code: "street" if name.endswith(_STREET) else "town" if kind in _TOWN_KINDS else "other"
                for code, kind, name in found}
    return {code: "community" if kind in _URBAN else "village" if kind == "村" else "other"
            for code, kind, _name in found}


def _persons(region: str, day: dt.date) -> pl.DataFrame:
    facts = facts_frame(region, day)
    lying = pl.Series(
        "person", list(nights(day).values_list("person_id", flat=True)), dtype=pl.Int64
    )
    kinds = _kinds("", Level.VILLAGE)
    columns = VIEWS["persons"].columns
    return (
        facts.with_columns(
            pl.col("person_id").cast(pl.Int64).alias(KEY),
            age_column(day).cast(pl.Int64).alias("age"),
            pl.col("person_id").cast(pl.Int64).is_in(lying.implode()).alias("in_bed"),
            pl.col("residence_region").str.slice(0, VILLAGE).replace_strict(
                list(kinds), list(kinds.values()), default=None, return_dtype=pl.String
            ).alias("residence_kind"),
        )
        .select(KEY, REGION, *(pl.col(name).cast(TYPES[fact.type]) for name, fact in columns.items()))
    )


def _dues(region: str, day: dt.date) -> pl.DataFrame:
    runs = Run.objects.filter(
        Q(region__code__startswith=region) | Q(region__in=Region.codes_above(region)),
        state=Run.State.DONE, standing=True, as_of__lte=day,
    ).order_by("region_id", "-as_of", "-pk").distinct("region_id")
    names = {number: service for service, number in ServiceNumber.objects.values_list("service_id", "number")}
    parts = []
    for run in runs:
        held = snapshots.read(run.outcome_file, run.outcome_sha256,
                              columns=["person_id", "region_code", "service", "status", "receiving"])
        parts.append(held.filter(pl.col("region_code").str.starts_with(region)).select(
            pl.col("person_id").alias(KEY), pl.col("region_code").alias(REGION),
            pl.col("service").replace_strict(list(names), list(names.values()), default=None, return_dtype=pl.String),
            pl.col("status").cast(pl.Int64).replace_strict(_STATUS, default=None, return_dtype=pl.String),
            "receiving",
        ))
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema_of(VIEWS["dues"]))


def has_run(region: str, day: dt.date) -> bool:
    """Whether any county run says who is due what by a day."""
    return Run.objects.filter(
        Q(region__code__startswith=region) | Q(region__in=Region.codes_above(region)),
        state=Run.State.DONE, standing=True, as_of__lte=day,
    ).exists()


def is_past(day: dt.date) -> bool:
    """Whether a day is read backwards, from dated records, and not as things stand."""
    return day < timezone.localdate() - PRESENT


def _state(day: dt.date, prefix: str = "") -> Any:
    """A site's state on a day. Today's own; of a past day what is dated."""
    state = F(f"{prefix}state")
    if not is_past(day):
        return state
    return Case(
        When(Exists(OpenDays.objects.filter(
            site=OuterRef(f"{prefix}pk"), period__contains=day, period__startswith__isnull=False
        )), then=Value("open")),
        When(Q(**{f"{prefix}state_since__lte": day}), then=state),
        default=Value(None),
    )


def _sites(region: str, day: dt.date) -> QuerySet[Site]:
    """The sites of a region, without those that opened after the day."""
    found = Site.objects.filter(region__code__startswith=region)
    return found.exclude(opened_on__gt=day) if is_past(day) else found


def _places(region: str, day: dt.date) -> pl.DataFrame:
    rows = _sites(region, day).annotate(on=_state(day)).values_list(
        "pk", "region_id", "kind", "on", "urban", "ownership"
    )
    return _frame("places", rows)


def _beds(region: str, day: dt.date) -> pl.DataFrame:
    lying = nights(day).filter(bed=OuterRef("pk"))
    found = Bed.objects.filter(site__region__code__startswith=region).exclude(kind=Bed.Kind.DAY)
    if is_past(day):
        found = found.exclude(site__opened_on__gt=day).exclude(since__gt=day)
    out = BedOut.objects.filter(bed=OuterRef("pk"), period__contains=day)
    rows = found.annotate(on=_state(day, "site__"), lain=Exists(lying), usable=~Exists(out)).values_list(
        "pk", "site__region_id", "kind", "usable", "on", "site__kind", "site__ownership", "lain"
    )
    return _frame("beds", (
        (pk, code, kind, usable, on, site, ownership, len(code) > CODE_LENGTHS[Level.COUNTY], lain)
        for pk, code, kind, usable, on, site, ownership, lain in rows
    ))


def _homes(region: str, day: dt.date) -> pl.DataFrame:
    beds = _beds(region, day)
    sites = dict(Bed.objects.filter(site__region__code__startswith=region).values_list("pk", "site_id"))
    real = beds.filter(pl.col("kind").is_in(_REAL)).with_columns(
        pl.col(KEY).replace_strict(list(sites), list(sites.values()), default=None, return_dtype=pl.Int64).alias("site")
    )
    of_beds = {row["site"]: row for row in real.group_by("site").agg(
        pl.col("usable").sum().alias("beds"), (pl.col("usable") & (pl.col("kind") == "nursing")).sum().alias("nursing"),
        pl.col("occupied").sum(),
    ).iter_rows(named=True)}
    staff = _workers(region, day, with_site=True)
    of_staff = {row["site"]: row for row in staff.group_by("site").agg(
        (pl.col("post") == "carer").sum().alias("carers"), pl.col("fire_safety").sum()
    ).iter_rows(named=True)}
    rows = []
    found = _sites(region, day).filter(kind=Site.Kind.HOME).annotate(
        on=_state(day),
        signed=Exists(Contract.objects.filter(in_force(day), site=OuterRef("pk"))),
        clinic=Exists(Licence.objects.filter(in_force(day), site=OuterRef("pk"))),
    ).values_list("pk", "region_id", "on", "ownership", "filed_beds", "levels", "signed", "clinic")
    for pk, code, on, ownership, filed, levels, signed, clinic in found:
        bed, own = of_beds.get(pk, {}), of_staff.get(pk, {})
        rows.append((
            pk, code, on, ownership, len(code) > CODE_LENGTHS[Level.COUNTY], filed, bed.get("beds", 0),
            bed.get("nursing", 0), bed.get("occupied", 0), own.get("carers", 0), own.get("fire_safety", 0), 4 in levels,
            signed, clinic,
        ))
    return _frame("homes", rows)


def _stays(region: str, day: dt.date) -> pl.DataFrame:
    found = nights(day).filter(bed__site__region__code__startswith=region).values_list(
        "pk", "bed__site__region_id", "basis", "bed__site__ownership", "period__startswith", "person_id"
    )
    rows = list(found)
    levels = dict(Spell.objects.filter(
        believed(), kind="ability", valid__contains=day, person__in={row[-1] for row in rows}
    ).values_list("person_id", "grade"))
    return _frame("stays", ((*row[:-1], levels.get(row[-1])) for row in rows))


def _workers(region: str, day: dt.date, with_site: bool = False) -> pl.DataFrame:
    held: dict[int, set[str]] = {}
    for worker, kind in Certificate.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gt=day), issued_on__lte=day,
        worker__posts__site__region__code__startswith=region,
    ).values_list("worker_id", "kind").distinct():
        held.setdefault(worker, set()).add(kind)
    rows, sites = [], []
    found = Post.objects.filter(period__contains=day, site__region__code__startswith=region).values_list(
        "pk", "site__region_id", "kind", "site__kind", "period__startswith", "worker_id", "site_id"
    )
    kinds = (Certificate.Kind.CARE_SKILL, Certificate.Kind.TRAINING, Certificate.Kind.FIRE_SAFETY,
             Certificate.Kind.HEALTH)
    for *row, worker, site in found:
        rows.append((*row, *(kind in held.get(worker, ()) for kind in kinds)))
        sites.append(site)
    made = _frame("workers", rows)
    return made.with_columns(pl.Series("site", sites, dtype=pl.Int64)) if with_site else made


def _areas(name: str, level: int, region: str, day: dt.date) -> pl.DataFrame:
    length = CODE_LENGTHS[level]
    kinds = _kinds(region, level)
    places = _places(region, day).with_columns(pl.col(REGION).str.slice(0, length).alias("area"))
    # A place of which it is not known whether it was open makes the count of its area unknown.
    counts: dict[tuple[str, str], int | None] = {}
    for row in places.group_by("area", "kind").agg(
        (pl.col("state") == "open").sum().alias("open"), pl.col("state").is_null().any().alias("lost")
    ).iter_rows(named=True):
        counts[row["area"], row["kind"]] = None if row["lost"] else row["open"]
    people = _people_by_area(region, day, length)
    order = [column.removesuffix("s") for column in VIEWS[name].columns if column not in ("kind", "people")]
    return _frame(name, (
        (code, code, kind, *(counts.get((code, place), 0) for place in order), people.get(code, 0))
        for code, kind in sorted(kinds.items())
    ))


def _people_by_area(region: str, day: dt.date, length: int) -> dict[str, int]:
    from yinian.people.models import Person

    found = (
        Person.objects.filter(region__code__startswith=region, merged_into__isnull=True)
        .exclude(state=Person.State.MOVED_OUT).filter(Q(died_on__isnull=True) | Q(died_on__gt=day))
        .order_by().values_list("region_id", flat=True)
    )
    counted = pl.Series("area", list(found), dtype=pl.String).str.slice(0, length).value_counts()
    return dict(counted.iter_rows())


def _villages(region: str, day: dt.date) -> pl.DataFrame:
    return _areas("villages", Level.VILLAGE, region, day)


def _towns(region: str, day: dt.date) -> pl.DataFrame:
    return _areas("towns", Level.TOWN, region, day)


_MAKERS: Mapping[str, Callable[[str, dt.date], pl.DataFrame]] = {
    "persons": _persons, "dues": _dues, "homes": _homes, "beds": _beds, "stays": _stays, "workers": _workers,
    "places": _places, "villages": _villages, "towns": _towns,
}
