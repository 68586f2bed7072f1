"""Builds the demo county: divisions, places, people and what is known of them, users, and the first runs.

The people are synthetic. Tables are filled by COPY, the rest through the rooms' own actions.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation

from yinian.core.audit.actions import record
from yinian.core.bulk import checked_at_once, settle_constraints
from yinian.core.calendar.actions import load_holidays
from yinian.core.models import Level, Region, User
from yinian.core.packfiles import POLICIES
from yinian.core.users.queries import platform_user
from yinian.demo import beds as beds_way
from yinian.demo import (
    corrections,
    decisions,
    driving,
    fees,
    figures,
    homecare,
    homedays,
    homelife,
    load,
    medical,
    plans,
    running,
    staffing,
    whatif,
)
from yinian.demo.assessments import assess
from yinian.demo.careplans import plan
from yinian.demo.models import DemoBuild
from yinian.demo.sources import CountySources, SourceError, available_counties, load_county, model_county
from yinian.demo.users import login_table, make_users
from yinian.engines.population import generate, schematic
from yinian.entitlements.models import Receipt
from yinian.entitlements.packs import NATION, PACK_FILE
from yinian.people.models import Kin, Person, Roll, Spell
from yinian.places.models import Site
from yinian.places.naming import spelled

# progress(stage in words, steps done, steps in all)
Progress = Callable[[str, int, int], None]

SEED = 20250324
STAGES = 13


class NotEmpty(RuntimeError):
    """The database already holds people; a demo is built only into an empty one."""


def _quiet(stage: str, done: int, total: int) -> None:
    return None


def is_built() -> bool:
    """Whether a demo stands in the database."""
    return DemoBuild.objects.exists()


def logins() -> list[dict[str, str]]:
    """One login per role of the standing demo: role, username, password, where."""
    build = DemoBuild.objects.first()
    return [] if build is None else login_table(build.logins)


def county_of(name: str, data: Path | None = None) -> str:
    """The county that ``name`` means: a 6-digit code, a folder with figures.yaml, or a policy pack's path.

    The pack of a wider region names the county that stands for it (``demo_county``); one that names none stands for
    its first county on file. Raises ``SourceError``.
    """
    file = Path(settings.POLICIES) / name / PACK_FILE
    if not file.is_file():
        file = POLICIES / name / PACK_FILE
    if not file.is_file():
        return name
    head = yaml.safe_load(file.read_text("utf-8"))
    region = str(head["region"])
    counties = [code for code in available_counties(data) if region == NATION or code.startswith(region)]
    if not counties:
        raise SourceError(f"{name}: region {region} has no divisions; expected data/divisions/{region}*.json")
    shown = str(head.get("demo_county", counties[0]))
    if shown not in counties:
        raise SourceError(f"{name}: demo_county {shown} has no divisions; expected data/divisions/{shown}.json")
    return shown


def build_demo(
    county: str = "",
    scale: float = 1.0,
    seed: int = SEED,
    progress: Progress = _quiet,
    as_of: dt.date | None = None,
    data: Path | None = None,
) -> DemoBuild:
    """Build a county into an empty database, whole or not at all: by default the one whose figures are on file in full.

    ``county`` is read by :func:`county_of`; ``data`` is the folder of its files.

    Raises :class:`NotEmpty`, and ``SourceError`` or ``SpecError`` where the county's data does not do.
    """
    if settings.IN_SERVICE:
        raise NotEmpty("YINIAN_IN_SERVICE is set: a county in service takes no synthetic people")
    if Person.objects.exists() or Region.objects.exists():
        raise NotEmpty("the database already holds a county; start with --reset to build the demo anew")
    began, day = time.monotonic(), as_of or timezone.localdate()
    with translation.override("zh-hans"), _flushed_at_the_end():
        progress("读取区划与公布数字", 0, STAGES)
        data = data or settings.COUNTY_DATA
        sources = load_county(county_of(county or model_county(data), data), data)
        progress("生成老年人口", 1, STAGES)
        population = generate(sources.spec, sources.divisions, seed, scale, day, sources.boundary)
        with transaction.atomic():
            actor = platform_user()
            load_holidays()
            progress("写入区划", 2, STAGES)
            root, cartogram = _regions(sources, population.hamlets)
            progress("写入机构、房间、床位与人员", 3, STAGES)
            sites, beds = load.places(population, root, sources.spec)
            load.workforce(population, sites)
            with checked_at_once(Person, Kin, Spell, Roll, Receipt):
                progress("写入老年人(加密)", 4, STAGES)
                load.people(population, root, day)
                progress("写入各部门情况", 5, STAGES)
                load.circumstances(population, day)
                load.stays(population, beds)
                if sources.receiving is None:
                    load.receipts(population)
                else:
                    load.receipts_by_pack(root, day, sources.receiving, seed)
            with connection.cursor() as cursor:
                # What follows looks things up one by one: without figures of the tables it would read them whole.
                cursor.execute("ANALYZE")
            progress("建立账号", 6, STAGES)
            home = Site.objects.filter(kind=Site.Kind.HOME).order_by("-filed_beds").first()
            table = make_users(root, home)
            load.representatives()
            load.conflicts(population, actor)
            homelife.build(root, day, seed)
            settle_constraints()
            progress("生成能力评估", 7, STAGES)
            assess(root, day, seed)
            settle_constraints()
            plan(root, day, seed)
            beds_way.build(root, day, seed)
            settle_constraints()
            progress("生成机构日常照护", 8, STAGES)
            homecare.build(day)
            staffing.build(root, day)
            homedays.build(root, day)
            medical.build(root, day)
            build = DemoBuild.objects.create(
                region=root,
                seed=seed,
                scale=scale,
                as_of=day,
                people=population.people.height,
                calibration=population.calibration.to_dicts(),
                documents=[dict(d) for d in sources.spec.documents],
                notes=list(population.notes),
                has_figures=sources.has_figures,
                cartogram=cartogram,
                logins=table,
            )
            record(actor, "demo.build", build, region=root.code, detail={"people": build.people, "scale": scale})
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE, SKIP_LOCKED)")
        officer = User.objects.get(username=table[0]["username"])
        progress("查找重复档案", 9, STAGES)
        load.find_duplicates(officer, root)
        progress("测算应享服务", 10, STAGES)
        # Two runs a month apart, so that what is newly due can be seen; between them what was decided in the past.
        load.run_as_of(officer, root, day - dt.timedelta(days=30))
        progress("审核往月待遇", 11, STAGES)
        decisions.past_months(root, day)
        decisions.open_services(root)
        load.run_as_of(officer, root, day)
        decisions.present(root, day)
        corrections.build(root, day)
        whatif.build(root, day)
        fees.build(root, day)
        running.build(root, day)
        progress("录入并审核计划文件", 12, STAGES)
        document = plans.build(officer, root, sources.plan)
        if document is not None:
            driving.drive(root, document, day)
        figures.freeze_past(officer, root, day)
        progress("完成", STAGES, STAGES)
    build.seconds = round(time.monotonic() - began, 1)
    build.save(update_fields=["seconds"])
    return build


@contextmanager
def _flushed_at_the_end() -> Iterator[None]:
    """Thousands of small transactions, none of which waits for the disk; the next one to commit waits for them all.

    A build cut off by a lost machine is begun anew in any case.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        # Within a transaction that failed nothing can be said, and its own error is the one to tell.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def _regions(sources: CountySources, hamlets: pl.DataFrame) -> tuple[Region, bool]:
    """Write the divisions from province to hamlet; returns the county and whether its map is a cartogram."""
    positions = schematic(sources.divisions, sources.boundary)
    county = sources.divisions.county
    kinds = {
        "county": "县",
        "county_city": "县级市",
        "district": "区",
        "town": "镇",
        "township": "乡",
        "street": "街道",
        "village": "村",
        "community": "社区",
        "quasi_village": "统计用准村",
        "other_town_level": "其他",
    }
    levels = {"county": Level.COUNTY, "town": Level.TOWN, "village": Level.VILLAGE}
    rows: list[Region] = []

    def add(code: str, name: str, level: int, kind: str, parent: str | None, **more: Any) -> None:
        rows.append(
            Region(
                code=code,
                name=name,
                level=level,
                kind=kind,
                parent_id=parent,
                pinyin=spelled(name)[0],
                initials=spelled(name)[1],
                **more,
            )
        )

    parent_of_county = None
    for row in sources.above:
        add(row["code"], row["name"], row["level"], row["kind"], parent_of_county, source=row["source"])
        parent_of_county = row["code"]
    for division in (county, *sources.divisions.towns, *sources.divisions.villages):
        place = positions.get(division.code, {})
        add(
            division.code,
            division.name,
            levels[division.level],
            kinds.get(division.kind, ""),
            division.parent or parent_of_county,
            lat=place.get("lat"),
            lon=place.get("lon"),
            schematic=division.coordinate != "known",
            outline=place.get("polygon"),
            note=division.note,
            source=division.source,
        )
    for row in hamlets.iter_rows(named=True):
        add(
            row["hamlet"],
            row["name"],
            Level.HAMLET,
            "屋场",
            row["region"],
            lat=row["lat"],
            lon=row["lon"],
            schematic=True,
            source="synthetic",
        )
    for level in sorted({r.level for r in rows}):
        Region.objects.bulk_create([r for r in rows if r.level == level])
    return Region.objects.get(code=county.code), bool(positions[county.code].get("cartogram"))
