"""Where care happens: homes with rooms, beds and prices, home-care stations, hamlet points, and who works there.

Names of homes and operators come from the county's data; rooms, fees, licences and staff are synthetic.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from yinian.engines.population import names
from yinian.engines.population.demography import Demography, Ints, days
from yinian.engines.population.divisions import Division, Divisions
from yinian.engines.population.identity import id_numbers, phone_numbers, stream
from yinian.engines.population.spec import CountySpec, SpecError, station_places
from yinian.engines.population.status import Status

_HAMLET_HEAD_WORDS: Final = (
    "老屋 新屋 大屋 樟树 枫树 竹山 石桥 塘坡 井边 上屋 下屋 中屋 "
    "桥头 河边 柏树 桂花 茶园 油铺 祠堂 花门 铺子 坳上 岭下 长塘"
)
_HAMLET_HEADS: Final = tuple(_HAMLET_HEAD_WORDS.split())
_HAMLET_TAILS: Final = ("屋场", "湾", "冲", "坪", "垅", "坡")
_POSTS: Final = (("manager", 1.0), ("nurse", 0.6), ("cook", 1.0))


def home_settlements(spec: CountySpec, divisions: Divisions) -> Ints:
    """The settlement index of each home: its own village, or the first settlement of its town."""
    codes = [p.code for p in divisions.settlements]
    found = []
    for home in spec.homes:
        at = next((i for i, code in enumerate(codes) if code.startswith(home.region)), None)
        if at is None:
            raise SpecError(f"home {home.code} {home.name}: region {home.region} is not in the divisions")
        found.append(at)
    return np.array(found, dtype=np.int64)


def home_tables(
    spec: CountySpec, divisions: Divisions, places: dict[str, dict[str, Any]], as_of: date
) -> dict[str, pl.DataFrame]:
    """Tables homes, rooms, beds and prices. ``places`` gives schematic positions by region code."""
    at = home_settlements(spec, divisions)
    homes: list[dict[str, Any]] = []
    rooms: list[dict[str, Any]] = []
    beds: list[dict[str, Any]] = []
    prices: list[dict[str, Any]] = []
    for number, (home, i) in enumerate(zip(spec.homes, at, strict=True), start=1):
        place = divisions.settlements[int(i)]
        position = places[place.code]
        homes.append(
            {
                "home_code": home.code,
                "name": home.name,
                "kind": home.kind,
                "ownership": home.ownership,
                "public": home.public,
                "counts_as_township": home.counts_as_township,
                "operator": home.operator,
                "region": place.code,
                "address": _home_address(divisions, place, home.name),
                "lat": position["lat"] + 0.0004 * (number % 5 - 2),
                "lon": position["lon"] + 0.0004 * (number % 3 - 1),
                "levels": ";".join(str(level) for level in home.levels),
                "nursing_capable": max(home.levels) >= 3,
                "beds": home.beds,
                "nursing_beds": home.nursing_beds,
                "licence_no": f"SYN{spec.code}{number:04d}",
                "opened_on": min(home.opened_on, as_of - timedelta(days=90)),
                "note": home.note,
            }
        )
        _fit_out(home.code, home.beds, home.nursing_beds, rooms, beds)
        prices += [
            {"home_code": home.code, "item": item, "amount_fen": fen, "period": "month", "synthetic": True}
            for item, fen in home.fees_fen.items()
        ]
    schemas: dict[str, dict[str, type[pl.DataType]]] = {
        "homes": {
            "home_code": pl.String, "name": pl.String, "kind": pl.String, "ownership": pl.String,
            "public": pl.Boolean, "counts_as_township": pl.Boolean, "operator": pl.String, "region": pl.String,
            "address": pl.String, "lat": pl.Float64, "lon": pl.Float64, "levels": pl.String,
            "nursing_capable": pl.Boolean, "beds": pl.Int64, "nursing_beds": pl.Int64, "licence_no": pl.String,
            "opened_on": pl.Date, "note": pl.String,
        },
        "rooms": {
            "room_code": pl.String, "home_code": pl.String, "building": pl.String, "floor": pl.Int64,
            "room_no": pl.String, "kind": pl.String, "capacity": pl.Int64,
        },
        "beds": {
            "bed_code": pl.String, "home_code": pl.String, "room_code": pl.String, "bed_no": pl.String,
            "kind": pl.String,
        },
        "prices": {
            "home_code": pl.String, "item": pl.String, "amount_fen": pl.Int64, "period": pl.String,
            "synthetic": pl.Boolean,
        },
    }  # fmt: skip
    rows = {"homes": homes, "rooms": rooms, "beds": beds, "prices": prices}
    return {name: pl.DataFrame(rows[name], schema=schema) for name, schema in schemas.items()}


def _home_address(divisions: Divisions, place: Division, name: str) -> str:
    town = "" if place.level == "town" else divisions.town_of(place.code).name
    return f"{town}{place.name}{name}"


def home_addresses(spec: CountySpec, divisions: Divisions) -> list[str]:
    """The address of each home."""
    at = home_settlements(spec, divisions)
    return [
        _home_address(divisions, divisions.settlements[int(i)], home.name)
        for home, i in zip(spec.homes, at, strict=True)
    ]


def _fit_out(home: str, total: int, nursing: int, rooms: list[dict[str, Any]], beds: list[dict[str, Any]]) -> None:
    """Rooms of two beds (plain) or three (nursing), twelve to a floor; nursing rooms lie on the ground floors."""
    left, in_room = {"nursing": nursing, "plain": total - nursing}, {"nursing": 3, "plain": 2}
    number = 0
    for kind, capacity in in_room.items():
        while left[kind] > 0:
            floor, door = number // 12 + 1, number % 12 + 1
            here = min(capacity, left[kind])
            room = f"{home}-{floor}{door:02d}"
            rooms.append(
                {
                    "room_code": room, "home_code": home, "building": "主楼", "floor": floor,
                    "room_no": f"{floor}{door:02d}", "kind": kind, "capacity": here,
                }
            )  # fmt: skip
            beds += [
                {
                    "bed_code": f"{room}-{bed}", "home_code": home, "room_code": room, "bed_no": str(bed),
                    "kind": kind,
                }
                for bed in range(1, here + 1)
            ]  # fmt: skip
            left[kind] -= here
            number += 1


def resident_table(
    spec: CountySpec, d: Demography, s: Status, beds: pl.DataFrame, seed: int, as_of: date
) -> pl.DataFrame:
    """Who lies in which bed: person_no, home_code, bed_code, admitted_on, funding. One resident per bed.

    The less able take nursing beds first. ``funding`` is tekun, dibao or social (paying for themselves).
    """
    rng = stream(seed, "residents")
    today = days(as_of)
    rows = []
    for i, home in enumerate(spec.homes):
        who = np.flatnonzero(s.home == i)
        who = who[np.argsort(-s.level[who], kind="stable")]
        here = beds.filter(pl.col("home_code") == home.code)
        nursing = here.filter(pl.col("kind") == "nursing")["bed_code"].to_list()
        plain = here.filter(pl.col("kind") == "plain")["bed_code"].to_list()
        # Free beds are left here and there rather than all at one end.
        nursing = [nursing[j] for j in np.sort(rng.permutation(len(nursing))[: len(who)])]
        plain = [plain[j] for j in np.sort(rng.permutation(len(plain)))]
        need = int((s.level[who] >= 2).sum())
        use_nursing = min(max(need, len(who) - len(plain)), len(nursing), len(who))
        chosen_plain = sorted(plain[j] for j in rng.permutation(len(plain))[: len(who) - use_nursing])
        opened = max(days(home.opened_on), today - 10 * 365)
        opened = min(opened, today - 91)
        for person, bed in zip(who, nursing[:use_nursing] + chosen_plain, strict=True):
            admitted = int(rng.integers(opened, today - 2))
            funding = {4: "tekun", 1: "dibao"}.get(int(s.relief[person]), "social")
            rows.append((int(person) + 1, home.code, bed, _day(admitted), funding))
    return pl.DataFrame(
        rows,
        schema={
            "person_no": pl.Int64, "home_code": pl.String, "bed_code": pl.String, "admitted_on": pl.Date,
            "funding": pl.String,
        },
        orient="row",
    ).sort("person_no")  # fmt: skip


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def hamlet_table(spec: CountySpec, divisions: Divisions, places: dict[str, dict[str, Any]], seed: int) -> pl.DataFrame:
    """Hamlet mutual-aid points: hamlet (14-digit code), name (synthetic), region (village), lat, lon."""
    rng = stream(seed, "hamlets")
    villages = [p for p in divisions.villages if p.kind == "village"]
    count = min(spec.count("hamlet_points"), len(villages))
    chosen = np.sort(rng.permutation(len(villages))[:count]) if villages else np.zeros(0, dtype=np.int64)
    heads = rng.permutation(len(_HAMLET_HEADS))
    rows = []
    for number, i in enumerate(chosen):
        village = villages[int(i)]
        name = _HAMLET_HEADS[heads[number % len(heads)]]
        tail = _HAMLET_TAILS[0] if number % 2 == 0 else _HAMLET_TAILS[1 + number % 5]
        position = places[village.code]
        rows.append(
            (f"{village.code}01", f"{name}{tail}", village.code, position["lat"] + 0.002, position["lon"] + 0.002)
        )
    return pl.DataFrame(
        rows,
        schema={
            "hamlet": pl.String, "name": pl.String, "region": pl.String, "lat": pl.Float64, "lon": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def hamlet_of(d: Demography, s: Status, divisions: Divisions, hamlets: pl.DataFrame, seed: int) -> pl.Series:
    """The hamlet code of each person, or null. Households of a village with a point partly live in its hamlet."""
    rng = stream(seed, "hamlet people")
    by_village = dict(zip(hamlets["region"].to_list(), hamlets["hamlet"].to_list(), strict=True))
    code = pl.Series([by_village.get(p.code) for p in divisions.settlements], dtype=pl.String)
    inside = (rng.random(int(d.household.max()) + 1) < 0.42)[d.household] & (s.home < 0)
    return pl.select(pl.when(pl.Series(inside)).then(code.gather(pl.Series(d.village)))).to_series().alias("hamlet")


def station_table(spec: CountySpec, divisions: Divisions, places: dict[str, dict[str, Any]], seed: int) -> pl.DataFrame:
    """Home-care stations: station_code, name, kind (urban|rural), region, lat, lon, day_beds, meals, opened_on."""
    rng = stream(seed, "stations")
    rows = []
    for kind, key in (("urban", "urban_stations"), ("rural", "rural_stations")):
        pool = list(station_places(divisions, urban=kind == "urban"))
        streets = {t.code for t in divisions.towns if t.kind == "street"}
        pool.sort(key=lambda p: (kind == "urban" and p.parent not in streets, p.code))
        count = min(spec.count(key), len(pool))
        # Urban stations lie in the streets first; rural ones anywhere.
        chosen = range(count) if kind == "urban" else sorted(int(i) for i in rng.permutation(len(pool))[:count])
        for i in chosen:
            place = pool[i]
            position = places[place.code]
            rows.append(
                (
                    f"ST{place.code}", f"{place.name}居家养老服务站{spec.suffix}", kind, place.code, position["lat"],
                    position["lon"], int(rng.integers(2, 11)), bool(rng.random() < (0.7 if kind == "urban" else 0.35)),
                    _day(int(rng.integers(16800, 19700))),
                )
            )  # fmt: skip
    return pl.DataFrame(
        rows,
        schema={
            "station_code": pl.String, "name": pl.String, "kind": pl.String, "region": pl.String,
            "lat": pl.Float64, "lon": pl.Float64, "day_beds": pl.Int64, "meals": pl.Boolean, "opened_on": pl.Date,
        },
        orient="row",
    )  # fmt: skip


def staff_tables(spec: CountySpec, seed: int, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Staff of the homes, and their certificates with expiry (some soon, some past).

    staff: staff_no, name, name_pinyin, name_initials, sex, birth_date, id_number, phone, post, home_code,
    hired_on. certificates: staff_no, kind (skill|training|fire_safety), level, number, issued_on, expires_on.
    """
    rng = stream(seed, "staff")
    today = days(as_of)
    book = names.name_book(spec.surnames)
    posts: list[tuple[str, str]] = [
        (post, home.code) for home in spec.homes for post, share in _POSTS if rng.random() < share
    ]
    if spec.homes:
        heads = np.array([max(h.residents, 4) for h in spec.homes], dtype=np.float64)
        cuts = np.cumsum(heads / heads.sum() * spec.count("carers"))
        posts += [
            ("carer", spec.homes[int(np.searchsorted(cuts, i + 0.5).clip(0, len(heads) - 1))].code)
            for i in range(spec.count("carers"))
        ]
    n = len(posts)
    post = np.array([p for p, _ in posts], dtype=object)
    carer = post == "carer"
    female = rng.random(n) < np.where(carer, 0.88, 0.5)
    birth = (today - rng.integers(36 * 365, 58 * 365, n)).astype(np.int32)
    surname = names.draw_surnames(rng, book, n)
    year = birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    given = names.draw_given(rng, book, surname, female, year)
    hired = today - rng.integers(60, 3600, n)
    # Staff are under 60, so that no ID number can be an older person's.
    numbers = id_numbers(spec.code, birth, female)
    staff = pl.DataFrame(
        {
            "staff_no": np.arange(1, n + 1),
            **names.name_columns(book, surname, given).to_dict(as_series=True),
            "sex": pl.Series(("male", "female")).gather(pl.Series(female.astype(np.int64))),
            "birth_date": pl.Series(birth).cast(pl.Date),
            "id_number": numbers,
            "phone": phone_numbers(rng, n),
            "post": pl.Series([p for p, _ in posts], dtype=pl.String),
            "home_code": pl.Series([h for _, h in posts], dtype=pl.String),
            "hired_on": pl.Series(hired.astype(np.int32)).cast(pl.Date),
        }
    )
    rows: list[tuple[int, str, int | None, str, date, date | None]] = []
    carers = rng.permutation(np.flatnonzero(carer))
    certified = min(spec.count("certified"), len(carers))

    def expiry(years: int) -> tuple[date, date]:
        # Spread over the term, so that some run out within the next months and a few have run out.
        left = int(rng.integers(-40, years * 365 - 60))
        return _day(today + left - years * 365), _day(today + left)

    for j, who in enumerate(carers):
        if j < certified:
            issued = today - int(rng.integers(100, 2500))
            level = int(rng.choice([5, 4, 3], p=[0.6, 0.3, 0.1]))
            rows.append((int(who) + 1, "skill", level, f"SYN-S{j + 1:04d}", _day(issued), None))
        elif j < certified + spec.count("trained"):
            issued_on, expires_on = expiry(2)
            rows.append((int(who) + 1, "training", None, f"SYN-T{j + 1:04d}", issued_on, expires_on))
    others = np.flatnonzero(~carer)
    pool = np.r_[rng.permutation(others), carers][: spec.count("fire_certified")]
    for j, who in enumerate(pool):
        issued_on, expires_on = expiry(3)
        rows.append((int(who) + 1, "fire_safety", None, f"SYN-F{j + 1:04d}", issued_on, expires_on))
    certificates = pl.DataFrame(
        rows,
        schema={
            "staff_no": pl.Int64, "kind": pl.String, "level": pl.Int64, "number": pl.String,
            "issued_on": pl.Date, "expires_on": pl.Date,
        },
        orient="row",
    )  # fmt: skip
    return staff, certificates.sort("staff_no", "kind")
