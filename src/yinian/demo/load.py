"""The generated tables into the rooms' tables. Personal columns are encrypted and indexed on the way."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from django.utils import timezone

from yinian.core import crypto
from yinian.core.bulk import copy_frame, set_sequence
from yinian.core.jobs import actions as jobs
from yinian.core.models import Job, Region, User
from yinian.core.roles import Role
from yinian.engines.entitlement import DUE
from yinian.engines.entitlement.evaluate import settle
from yinian.engines.population import BENEFITS, CountySpec, Population
from yinian.entitlements.models import Receipt
from yinian.entitlements.packs import in_force
from yinian.homes.models import Stay
from yinian.people.circumstances.queries import facts_frame
from yinian.people.kinds import KINDS
from yinian.people.models import Conflict, Kin, Person, Representative, Roll, Spell
from yinian.people.persons import keys
from yinian.places.models import Bed, Organisation, Price, Room, Site
from yinian.places.naming import spelled
from yinian.workforce.models import Certificate, Post, Worker

RELATIONS = {
    "son": "儿子",
    "daughter": "女儿",
    "son_in_law": "女婿",
    "grandchild": "孙辈",
    "nephew": "侄辈",
    "sibling": "兄弟姐妹",
    "neighbour": "邻居",
    "village_cadre": "村干部",
    "spouse": "配偶",
}
# Item, kind of fee, kind of bed, ability levels.
PRICE_ITEMS: dict[str, tuple[str, str, str, list[int]]] = {
    "bed_plain": ("普通床位费", "bed", "plain", []),
    "bed_nursing": ("护理型床位费", "bed", "nursing", []),
    "meals": ("餐费", "meal", "", []),
    "care_light": ("照料护理费(自理)", "care", "", [0]),
    "care_part": ("照料护理费(半护理)", "care", "", [1, 2]),
    "care_full": ("照料护理费(全护理)", "care", "", [3, 4]),
}
OWNERSHIP = {
    "public": Site.Ownership.PUBLIC,
    "public_private": Site.Ownership.PUBLIC_PRIVATE,
    "public_built_private_run": Site.Ownership.PUBLIC_PRIVATE,
    "private": Site.Ownership.PRIVATE,
    "state_company": Site.Ownership.STATE_COMPANY,
}
POSTS = {"manager": Post.Kind.MANAGER, "nurse": Post.Kind.NURSE, "cook": Post.Kind.COOK, "carer": Post.Kind.CARER}
CERTIFICATES = {
    "care_skill": Certificate.Kind.CARE_SKILL,
    "skill": Certificate.Kind.CARE_SKILL,
    "skill_level": Certificate.Kind.CARE_SKILL,
    "training": Certificate.Kind.TRAINING,
    "fire_safety": Certificate.Kind.FIRE_SAFETY,
    "health": Certificate.Kind.HEALTH,
}
_AT_NOON = "T12:00:00+08:00"


def places(population: Population, county: Region, spec: CountySpec) -> tuple[dict[str, Site], dict[str, int]]:
    """Homes with rooms, beds and prices, stations and hamlet points; returns homes by code and bed ids by code."""
    sites: dict[str, Site] = {}
    operators: dict[str, Organisation] = {}

    def operator(name: str, kind: str) -> Organisation:
        if name not in operators:
            operators[name] = Organisation.objects.create(name=name, kind=kind, region=county)
        return operators[name]

    for row in population.homes.iter_rows(named=True):
        kind = Organisation.Kind.PUBLIC if row["ownership"] == "public" else Organisation.Kind.COMPANY
        sites[row["home_code"]] = Site.objects.create(
            organisation=operator(row["operator"] or row["name"], kind),
            kind=Site.Kind.HOME,
            name=row["name"],
            name_initials=spelled(row["name"])[1],
            ownership=OWNERSHIP[row["ownership"]],
            region_id=row["region"],
            address=row["address"],
            lat=row["lat"],
            lon=row["lon"],
            schematic=True,
            opening_hours="全天",
            licence_number=row["licence_no"],
            opened_on=row["opened_on"],
            licence_expires=None,
            levels=[int(n) for n in row["levels"].split(";")],
            filed_beds=row["beds"],
            note=row["note"],
            synthetic=True,
        )
    rooms = {
        row["room_code"]: Room(
            site=sites[row["home_code"]], building=row["building"], floor=row["floor"], name=row["room_no"]
        )
        for row in population.rooms.iter_rows(named=True)
    }
    Room.objects.bulk_create(rooms.values())
    beds = {
        row["bed_code"]: Bed(
            site=sites[row["home_code"]],
            room=rooms[row["room_code"]],
            kind=row["kind"],
            label=f"{rooms[row['room_code']].name}-{row['bed_no']}",
            since=sites[row["home_code"]].opened_on,
        )
        for row in population.beds.iter_rows(named=True)
    }
    Bed.objects.bulk_create(beds.values())
    Price.objects.bulk_create(
        Price(
            site=sites[row["home_code"]],
            item=item,
            category=category,
            bed_kind=bed_kind,
            levels=levels,
            amount_fen=row["amount_fen"],
            unit=row["period"],
            from_date=dt.date(2026, 1, 1),
            synthetic=True,
        )
        for row in population.prices.iter_rows(named=True)
        for item, category, bed_kind, levels in [PRICE_ITEMS.get(row["item"], (row["item"], "other", "", []))]
    )
    smaller = []
    for row in population.stations.iter_rows(named=True):
        urban = row["kind"] == "urban"
        smaller.append(
            Site(
                organisation=operator("各村(社区)", Organisation.Kind.VILLAGE),
                kind=Site.Kind.STATION,
                name=row["name"],
                name_initials=spelled(row["name"])[1],
                urban=urban,
                region_id=row["region"],
                lat=row["lat"],
                lon=row["lon"],
                schematic=True,
                opening_hours="8:30—17:00",
                opened_on=row["opened_on"],
                synthetic=True,
            )
        )
    for row in population.hamlets.iter_rows(named=True):
        smaller.append(
            Site(
                organisation=operator(spec.hamlet_point["operator"], Organisation.Kind.ASSOCIATION),
                kind=Site.Kind.HAMLET_POINT,
                name=spec.hamlet_point["name"].format(hamlet=row["name"]),
                name_initials=spelled(row["name"])[1],
                region_id=row["hamlet"],
                lat=row["lat"],
                lon=row["lon"],
                schematic=True,
                opening_hours="8:00—17:00",
                synthetic=True,
            )
        )
    Site.objects.bulk_create(smaller)
    return sites, {code: bed.pk for code, bed in beds.items()}


def workforce(population: Population, sites: dict[str, Site]) -> None:
    """Staff with posts and certificates."""
    workers = {
        row["staff_no"]: Worker(
            name=row["name"],
            name_initials=row["name_initials"],
            sex=row["sex"],
            birth_year=row["birth_date"].year,
            id_number=row["id_number"],
            id_index=crypto.blind_index(row["id_number"], "worker.id_number"),
            phone=row["phone"],
            synthetic=True,
        )
        for row in population.staff.iter_rows(named=True)
    }
    Worker.objects.bulk_create(workers.values())
    Post.objects.bulk_create(
        Post(
            worker=workers[row["staff_no"]],
            site=sites[row["home_code"]],
            kind=POSTS.get(row["post"], Post.Kind.OTHER),
            period=(row["hired_on"], None),
        )
        for row in population.staff.iter_rows(named=True)
    )
    Certificate.objects.bulk_create(
        Certificate(
            worker=workers[row["staff_no"]],
            kind=CERTIFICATES[row["kind"]],
            level="" if row["level"] is None else str(row["level"]),
            number=row["number"],
            issued_on=row["issued_on"],
            expires_on=row["expires_on"],
        )
        for row in population.certificates.iter_rows(named=True)
    )


def _sealed(numbers: list[str], phones: list[str | None], addresses: list[str]) -> dict[str, list[str | None]]:
    """Encrypted columns and blind indexes of a slice of the register, in COPY's text form."""
    hexed = "\\x{}".format
    return {
        "id_number": [hexed(crypto.encrypt(n, "people_person.id_number").hex()) for n in numbers],
        "id_index": [hexed(keys.id_index(n).hex()) for n in numbers],
        "id_tail_index": [hexed(keys.id_tail_index(n).hex()) for n in numbers],
        "phone": [p and hexed(crypto.encrypt(p, "people_person.phone").hex()) for p in phones],
        "phone_index": [p and hexed(keys.phone_index(p).hex()) for p in phones],
        "address": [hexed(crypto.encrypt(a, "people_person.address").hex()) for a in addresses],
    }


def _seal_kin(phones: list[str | None]) -> list[str | None]:
    return [p and "\\x" + crypto.encrypt(p, "people_kin.phone").hex() for p in phones]


def people(population: Population, county: Region, day: dt.date) -> None:
    """The register: the living, those who died within the year, and the entries made twice; and kin."""
    total = population.people.height + population.deceased.height
    living = population.people.with_columns(state=pl.lit("living"), died_on=pl.lit(None, pl.Date))
    died = population.deceased_spells.filter(pl.col("kind") == "death").select("person_no", died_on="valid_from")
    dead = population.deceased.join(died, on="person_no").with_columns(state=pl.lit("dead"))
    twice = (
        population.duplicates.with_columns(
            person_no=pl.int_range(pl.len()) + total + 1, state=pl.lit("living"), died_on=pl.lit(None, pl.Date)
        )
        # A slip may hit a number that another person really has; the register refuses one number twice.
        .join(population.people.select("id_number"), on="id_number", how="anti")
        .unique("id_number", keep="first", maintain_order=True)
    )
    columns = living.columns
    frame = pl.concat([living, dead.select(columns), twice.select(columns)])
    sealed = _sealed(frame["id_number"].to_list(), frame["phone"].to_list(), frame["address"].to_list())
    now = timezone.now().isoformat()
    copy_frame(
        Person,
        frame.select(
            id=pl.col("person_no"),
            name="name",
            name_pinyin="name_pinyin",
            name_initials="name_initials",
            sex="sex",
            birth_date="birth_date",
            **{name: pl.Series(values, dtype=pl.String) for name, values in sealed.items()},
            region_id=pl.coalesce("hamlet", "residence_region"),
            hukou_code="hukou_region",
            residence_code="residence_region",
            urban_hukou="urban_hukou",
            household_no="household_no",
            state="state",
            died_on="died_on",
            merged_into_id=pl.lit(None, pl.Int64),
            synthetic=pl.lit(True),
            created_at=pl.lit(now),
            created_from=pl.lit("register"),
            changed_at=pl.lit(now),
            version=pl.lit(1),
        ),
    )
    set_sequence(Person)
    kin = population.kin
    copy_frame(
        Kin,
        kin.select(
            person_id="person_no",
            name="name",
            relation=pl.col("relation").replace(RELATIONS),
            phone=pl.Series(_seal_kin(kin["phone"].to_list()), dtype=pl.String),
            lives_in="lives_in",
            guardian="is_guardian",
            emergency=pl.col("person_no").is_first_distinct(),
            recorded_at=pl.lit(now),
            end_reason=pl.lit(""),
        ),
    )


def representatives() -> None:
    """The demo's family account acts for the two oldest of its village who have children."""
    user = User.objects.filter(postings__role=Role.MEMBER).first()
    worker = User.objects.filter(postings__role=Role.VILLAGE_WORKER).order_by("pk").first()
    if user is None or worker is None:
        return
    village = user.postings.get().region_id
    parents = (
        Person.objects.filter(region__code__startswith=village, state=Person.State.LIVING)
        .filter(kin__relation__in=[RELATIONS["son"], RELATIONS["daughter"]])
        .order_by("birth_date", "pk").distinct()
    )
    for person in parents[:2]:
        Representative.objects.create(
            user=user, person=person, relation=Representative.Relation.CHILD, evidence="已看户口簿", given_by=worker,
            period=(dt.date(2026, 1, 1), None),
        )


def circumstances(population: Population, day: dt.date) -> None:
    """Spells and complete lists."""
    frame = pl.concat([population.spells, population.deceased_spells])
    copy_frame(
        Spell,
        frame.select(
            person_id="person_no",
            kind="kind",
            value=pl.col("value").fill_null(""),
            grade="grade",
            valid=pl.format("[{},{})", "valid_from", pl.col("valid_to").cast(pl.String).fill_null("")),
            department="department",
            evidence=pl.lit("合成数据"),
            recorded_at=pl.col("recorded_on").cast(pl.String) + pl.lit(_AT_NOON),
            retract_reason=pl.lit(""),
        ),
    )
    rolls = population.roll_coverage.filter(pl.col("kind").is_in([k for k, v in KINDS.items() if v.absent]))
    copy_frame(
        Roll,
        rolls.select(
            kind="kind",
            department="department",
            region_id="region",
            # A list is complete as of the day it was drawn up; the demo's lists are a year old, as the yearly check is.
            as_of=pl.lit(day - dt.timedelta(days=365)),
            recorded_at=pl.lit(f"{day - dt.timedelta(days=360)}{_AT_NOON}"),
        ),
    )


def stays(population: Population, beds: dict[str, int]) -> None:
    """Residents into their beds."""
    basis = {"tekun": Stay.Basis.TEKUN, "disabled": Stay.Basis.DISABLED, "social": Stay.Basis.PRIVATE}
    Stay.objects.bulk_create(
        Stay(
            bed_id=beds[row["bed_code"]],
            person_id=row["person_no"],
            period=(row["admitted_on"], None),
            basis=basis.get(row["funding"], Stay.Basis.PRIVATE),
        )
        for row in population.residents.iter_rows(named=True)
    )


def receipts(population: Population) -> None:
    """Benefits in payment, under the service list's own ids."""
    known = pl.DataFrame(BENEFITS, schema=["benefit", "service_id", "department"], orient="row")
    unknown = set(population.receiving["benefit"]) - set(known["benefit"])
    if unknown:
        raise KeyError(f"the generator pays benefits without a service: {sorted(unknown)}")
    frame = population.receiving.join(known, on="benefit", maintain_order="left")
    copy_frame(
        Receipt,
        frame.select(
            person_id="person_no",
            service_id="service_id",
            period=pl.format("[{},)", "since"),
            amount_fen=pl.lit(None, pl.Int64),
            department="department",
            recorded_at=pl.col("since").cast(pl.String) + pl.lit(_AT_NOON),
        ),
    )


def receipts_by_pack(county: Region, day: dt.date, shares: Mapping[str, float], seed: int) -> None:
    """What people receive where nothing is published: of those due by the county's pack, a share by service."""
    facts = facts_frame(county.code, day)
    settled = settle(in_force(county.code).pack, facts, day)
    departments = {service_id: department for _benefit, service_id, department in BENEFITS}
    rng = np.random.default_rng(seed)
    frames = []
    for place, bound in enumerate(settled.services):
        due = (settled.status[place] == DUE).arg_true()
        share = shares.get(bound.service.id, shares["default"])
        some = due.filter(pl.Series(rng.random(len(due)) < share))
        frames.append(
            pl.DataFrame(
                {
                    "person_id": facts["person_id"].gather(some).cast(pl.Int64),
                    "service_id": pl.repeat(bound.service.id, len(some), dtype=pl.String, eager=True),
                    "since": pl.Series(rng.integers(40, 900, len(some))),
                    "department": pl.repeat(
                        departments.get(bound.service.id, "civil_affairs"), len(some), dtype=pl.String, eager=True
                    ),
                }
            )
        )
    drawn = pl.concat(frames).sort("person_id", "service_id")
    since = pl.lit(day) - pl.duration(days="since")
    copy_frame(
        Receipt,
        drawn.with_columns(since.alias("since")).select(
            person_id="person_id",
            service_id="service_id",
            period=pl.format("[{},)", "since"),
            amount_fen=pl.lit(None, pl.Int64),
            department="department",
            recorded_at=pl.col("since").cast(pl.String) + pl.lit(_AT_NOON),
        ),
    )


def conflicts(population: Population, actor: User) -> int:
    """Contradicting departments, as open conflicts with an item on the town's desk. Returns how many."""
    from yinian.people.circumstances.actions import ask_conflict

    made = 0
    for row in population.conflicts.iter_rows(named=True):
        claim = _claim(row)
        if claim is None:
            continue
        kind, standing_kind, value, grade, department, since = claim
        standing = Spell.objects.filter(
            person_id=row["person_no"], kind=standing_kind, retracted_at__isnull=True, valid__endswith__isnull=True
        ).first()
        if standing is None:
            continue
        conflict = Conflict.objects.create(
            person_id=row["person_no"],
            kind=kind,
            standing=standing,
            claimed_value=value,
            claimed_grade=grade,
            claimed_from=since,
            department=department,
            evidence="合成数据",
        )
        ask_conflict(actor, conflict)
        made += 1
    return made


def _claim(row: dict[str, Any]) -> tuple[str, str, str, int | None, str, dt.date] | None:
    """kind, the standing spell's kind, claimed value, grade, department, from; None: the register keeps no spell."""
    kind, said = row["kind"], row["value_b"]
    if kind == "death":  # reported by public security while social security still pays
        return "death", "pension", "dead", None, row["department_a"], dt.date.fromisoformat(row["value_a"])
    if kind == "disability":
        value, grade = said.split(":")
        return kind, kind, value, int(grade), row["department_b"], row["recorded_b"]
    if kind == "ability":
        return kind, kind, "", int(said), row["department_b"], row["recorded_b"]
    if kind == "living":
        return kind, kind, said, None, row["department_b"], row["recorded_b"]
    if kind == "relief":  # an employee's pension beside it: the other list says the relief has ended
        return kind, kind, "none", None, row["department_b"], row["recorded_b"]
    return None


def find_duplicates(actor: User, county: Region) -> None:
    """Look for entries made twice: the job of the duplicates page, done at once."""
    from yinian.people.duplicates.actions import start_finding

    do_now(start_finding(actor, county.code))


def run_as_of(actor: User, county: Region, day: dt.date) -> None:
    """A county run as of a day, at once."""
    from yinian.entitlements.actions import start_run

    do_now(start_run(actor, county.code, day))


def do_now(job: Job) -> None:
    """Do a queued job here. The queue's own entry finds it over later; a failed one stops the build."""
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"{job.kind} ended as {job.state}: {job.error}")
