"""Tables about people: the register itself, kin, benefits in payment, conflicts and double entries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from yinian.engines.population import names
from yinian.engines.population.demography import Bools, Demography, Ints, days
from yinian.engines.population.divisions import Divisions
from yinian.engines.population.identity import as_dates, check_digit, id_numbers, phone_numbers, stream
from yinian.engines.population.spec import CountySpec, SpecError
from yinian.engines.population.status import (
    ALONE,
    CHILDREN,
    DIBAO,
    DISABILITY,
    SPOUSE,
    TEKUN,
    Status,
    draw_exactly,
)


def people_table(
    spec: CountySpec,
    divisions: Divisions,
    d: Demography,
    s: Status,
    hamlet: pl.Series,
    home_addresses: list[str],
    seed: int,
) -> tuple[pl.DataFrame, Ints, Ints]:
    """The register, one row per person in order, and the indices of surnames and given names."""
    rng = stream(seed, "register")
    n = len(d)
    book = names.name_book(spec.surnames)
    surname = names.draw_surnames(rng, book, n)
    year = d.birth.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    given = names.draw_given(rng, book, surname, d.female, year)
    places = divisions.settlements
    codes = pl.Series([p.code for p in places])
    hukou = codes.gather(pl.Series(s.hukou_at))
    if spec.hukou_elsewhere:
        elsewhere = pl.Series(spec.hukou_elsewhere).gather(pl.Series(rng.integers(0, len(spec.hukou_elsewhere), n)))
        hukou = pl.select(pl.when(pl.Series(s.hukou_elsewhere)).then(elsewhere).otherwise(hukou)).to_series()
    phone = phone_numbers(rng, n)
    # Not everybody in the register has given a number.
    has_phone = rng.random(n) < np.where(d.age < 75, 0.93, 0.72)
    people = pl.DataFrame(
        {
            "person_no": np.arange(1, n + 1),
            **names.name_columns(book, surname, given).to_dict(as_series=True),
            "sex": pl.Series(("male", "female")).gather(pl.Series(d.female.astype(np.int64))),
            "birth_date": as_dates(d.birth),
            "id_number": id_numbers(divisions.county.code, d.birth, d.female),
            "phone": pl.select(pl.when(pl.Series(has_phone)).then(phone)).to_series(),
            "hukou_region": hukou,
            "residence_region": codes.gather(pl.Series(d.village)),
            "urban_hukou": s.urban_hukou,
            "household_no": household_numbers(d),
            "address": _addresses(rng, divisions, d, s, hamlet, home_addresses),
            "hamlet": hamlet,
        }
    )
    return people, surname, given


def household_numbers(d: Demography) -> pl.Series:
    """Household numbers H0000001…, in the order of the register."""
    _, first, inverse = np.unique(d.household, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return pl.select(pl.lit("H") + pl.Series(rank[inverse]).cast(pl.String).str.zfill(7)).to_series()


def _addresses(
    rng: np.random.Generator,
    divisions: Divisions,
    d: Demography,
    s: Status,
    hamlet: pl.Series,
    home_addresses: list[str],
) -> pl.Series:
    """Town, village, then group and house number, or building and flat in a community. One per household."""
    places = divisions.settlements
    town_level = not divisions.villages
    prefix = pl.Series([p.name if town_level else divisions.town_of(p.code).name + p.name for p in places]).gather(
        pl.Series(d.village)
    )
    block = np.array([p.kind in ("community", "street") for p in places])[d.village]
    labels = int(d.household.max()) + 1
    group = rng.integers(1, 25, labels)[d.household]
    house = rng.integers(1, 60, labels)[d.household]
    flat = (rng.integers(1, 7, labels) * 100 + rng.integers(1, 5, labels))[d.household]
    frame = pl.DataFrame(
        {
            "prefix": prefix,
            "block": block,
            "group": group,
            "house": house,
            "flat": flat,
            "hamlet": hamlet,
            "home": pl.Series([*home_addresses, None], dtype=pl.String).gather(
                pl.Series(np.where(s.home >= 0, s.home, len(home_addresses)))
            ),
        }
    )
    return frame.select(
        pl.when(pl.col("home").is_not_null())
        .then(pl.col("home"))
        .when(pl.col("block"))
        .then(pl.format("{}{}栋{}室", "prefix", "group", "flat"))
        .otherwise(pl.format("{}{}组{}号", "prefix", "group", "house"))
        .alias("address")
    ).to_series()


def kin_table(
    spec: CountySpec,
    d: Demography,
    s: Status,
    people: pl.DataFrame,
    surname: Ints,
    seed: int,
) -> pl.DataFrame:
    """Contacts: person_no, name, relation, phone, lives_in, is_guardian. Some people have none on record."""
    rng = stream(seed, "kin")
    book = names.name_book(spec.surnames)
    alive = ~d.gone
    tekun = s.relief == TEKUN
    n = len(d)
    has = alive & (rng.random(n) < np.where(tekun, 0.80, 0.72))
    first = np.flatnonzero(has)
    second = np.flatnonzero(has & ~tekun & (rng.random(n) < 0.24))
    who = np.r_[first, second]
    k = len(who)
    childless = tekun[who] | d.never_married[who] | s.special_family[who]
    draw = rng.random(k)
    # son, daughter, son_in_law, grandchild / nephew, sibling, neighbour, village_cadre
    own = np.select([draw < 0.56, draw < 0.86, draw < 0.92], [0, 1, 2], 3)
    other = np.select([draw < 0.52, draw < 0.76, draw < 0.88], [4, 5, 6], 7)
    relation = np.where(childless, other, own)
    is_first = np.arange(k) < len(first)
    with_partner = (d.partner[who] >= 0) & is_first & (rng.random(k) < 0.22)
    relation = np.where(with_partner, 8, relation)
    labels = (
        "son",
        "daughter",
        "son_in_law",
        "grandchild",
        "nephew",
        "sibling",
        "neighbour",
        "village_cadre",
        "spouse",
    )

    female = np.select([relation == 1, np.isin(relation, (0, 2))], [True, False], rng.random(k) < 0.45)
    birth_year = d.birth[who].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    younger = np.select([relation == 3, relation >= 5], [50, 2], 26)
    # A child bears the father's surname: the man's own, or the husband's where he is in the register.
    father = np.where(d.female[who] & (d.partner[who] >= 0), d.partner[who], who)
    family = surname[father]
    widow = d.female[who] & (d.partner[who] < 0)
    drawn = names.draw_surnames(rng, book, k)
    family = np.where(np.isin(relation, (0, 1, 3)) & ~widow | np.isin(relation, (4, 5)), family, drawn)
    given = names.draw_given(rng, book, family, female, birth_year + younger)
    name = names.name_columns(book, family, given)["name"]
    partner_name = people["name"].gather(pl.Series(np.maximum(d.partner[who], 0)))
    partner_phone = people["phone"].gather(pl.Series(np.maximum(d.partner[who], 0)))
    spouse = pl.Series(with_partner)
    # The places stand from near to far: the first is the person's own village, the sixth is in another province.
    where, shares = zip(*spec.lives_in.items(), strict=True)
    lives = rng.choice(len(where), size=k, p=shares)
    same_house = with_partner | ((s.living[who] == CHILDREN) & np.isin(relation, (0, 1)) & is_first)
    lives = np.where(same_house | np.isin(relation, (6, 7)), 0, lives)
    lives = np.where(s.left_behind[who] & np.isin(relation, (0, 1, 2)) & (lives < 3), 5, lives)
    guardian = (s.dementia | (s.disability >= 4) | (s.level >= 3))[who] & is_first & (relation != 6)
    frame = pl.DataFrame(
        {
            "person_no": who + 1,
            "name": pl.select(pl.when(spouse).then(partner_name).otherwise(name)).to_series(),
            "relation": pl.Series(labels).gather(pl.Series(relation)),
            "phone": pl.select(pl.when(spouse).then(partner_phone).otherwise(phone_numbers(rng, k))).to_series(),
            "lives_in": pl.Series(where).gather(pl.Series(lives)),
            "is_guardian": guardian & (rng.random(k) < 0.7),
        }
    )
    return frame.sort("person_no", maintain_order=True)


#: Benefit code, the service of the national or a local list that it is (by id), the department that pays.
BENEFITS: Final = (
    ("ability_assessment", "ability-assessment", "civil_affairs"),
    ("advanced_age", "advanced-age-allowance", "civil_affairs"),
    ("care_visit", "care-visit", "civil_affairs"),
    ("dibao", "dibao-support", "civil_affairs"),
    ("disability_living", "disability-living-allowance", "civil_affairs"),
    ("disability_nursing", "disability-nursing-allowance", "civil_affairs"),
    ("family_care_support", "family-care-support", "civil_affairs"),
    ("home_adaptation", "home-adaptation", "civil_affairs"),
    ("meal_delivery", "meal-delivery", "civil_affairs"),
    ("meal_service", "meal-service", "civil_affairs"),
    ("nursing_allowance", "nursing-allowance", "civil_affairs"),
    ("pension_employee", "pension-employee", "social_security"),
    ("pension_resident", "pension-resident", "social_security"),
    ("service_subsidy", "elderly-service-subsidy", "civil_affairs"),
    ("service_voucher", "service-voucher", "civil_affairs"),
    ("tekun_care_central", "tekun-care-central", "civil_affairs"),
    ("tekun_care_dispersed", "tekun-care-dispersed", "civil_affairs"),
    ("tekun_care_insurance", "tekun-care-insurance", "civil_affairs"),
    ("tekun_central", "tekun-central", "civil_affairs"),
    ("tekun_dispersed", "tekun-dispersed", "civil_affairs"),
)


def receiving_table(
    spec: CountySpec, d: Demography, s: Status, in_hamlet: Bools, seed: int, scale: float, as_of: date
) -> pl.DataFrame:
    """Benefits in payment: person_no, benefit, since. Most of those due; some are not yet, on purpose."""
    rng = stream(seed, "benefits")
    today = days(as_of)
    alive = ~d.gone
    n = len(d)
    local = alive & ~s.hukou_elsewhere
    frames: list[pl.DataFrame] = []

    def pay(benefit: str, who: Ints, since: Ints) -> None:
        frames.append(
            pl.DataFrame(
                {
                    "person_no": who + 1,
                    "benefit": pl.repeat(benefit, len(who), dtype=pl.String, eager=True),
                    "since": as_dates(np.minimum(since, today - 1)),
                }
            )
        )

    def some(benefit: str, due: Bools, share: float, mean_years: float = 2.5) -> None:
        who = np.flatnonzero(due & (rng.random(n) < share))
        since = today - 30 - np.floor(rng.exponential(mean_years * 365, len(who))).astype(np.int64)
        pay(benefit, who, np.maximum(since, d.birth[who] + 21916))

    age_from = round(spec.assume("advanced_age_from"))
    turned = d.birth.astype(np.int64) + np.floor(age_from * 365.2425).astype(np.int64)
    due = local & (d.age >= age_from)
    wanted = spec.count("advanced_age", scale)
    if int(due.sum()) < wanted:
        raise SpecError(
            f"county {spec.code}: advanced_age is {wanted}, but only {int(due.sum())} people are "
            f"{age_from} or over; raise share_aged_90_and_over"
        )
    # Those who turned the age lately are the ones the list has not caught up with.
    waiting = np.where(due, np.exp(np.clip((today - turned) / 200, 0, 8)), 0.0)
    who = draw_exactly(rng, waiting, wanted, "advanced_age")
    pay("advanced_age", who, np.maximum(turned[who] + rng.integers(10, 120, len(who)), today - 12 * 365))

    level = np.where(s.assessed, s.level, 0)
    at_home = s.home < 0
    tekun, dibao = s.relief == TEKUN, s.relief == DIBAO
    severe = (s.grade == 1) | (s.grade == 2)
    alone = (s.living == ALONE) | s.empty_nest | s.left_behind | s.special_family
    special = alive & at_home & (alone | (level >= 2) | severe)
    some("ability_assessment", alive & s.assessed & (d.age >= 65), 1.0, 1.5)
    some("dibao", alive & dibao, 1.0, 5)
    some("tekun_dispersed", alive & tekun & ~s.central, 1.0, 6)
    some("tekun_central", alive & tekun & s.central, 1.0, 4)
    some("tekun_care_central", alive & tekun & s.central & (s.failed >= 0), 0.98, 3)
    some("tekun_care_dispersed", alive & tekun & ~s.central & (s.failed >= 1), 0.86, 3)
    some("tekun_care_insurance", alive & tekun & ~s.central & (s.failed == 0), 0.95, 3)
    unable = (level >= 3) | (s.failed >= 4)
    some("nursing_allowance", local & unable & (s.relief > 0) & ~tekun, 0.68)
    some("service_subsidy", local & (d.age >= 65) & dibao & (s.failed >= 1), 0.74)
    some("disability_living", local & (s.grade > 0) & dibao, 0.90, 4)
    some("disability_nursing", local & severe & ~tekun, 0.93, 4)
    some("home_adaptation", local & (s.relief > 0) & at_home & ((s.grade > 0) | (level >= 2)), 0.16, 1.5)
    some("family_care_support", alive & at_home & unable, 0.09, 1.2)
    some("service_voucher", alive & (level >= 2) & ~tekun, 0.12, 0.3)
    some("care_visit", special, 0.46, 1.2)
    some("pension_employee", alive & s.employee, 0.985, 9)
    some("pension_resident", alive & ~s.employee, 0.955, 9)
    # Meals are taken at the hamlet points above all.
    eat = np.where(special | (alive & at_home & (s.relief > 0)), np.where(in_hamlet, 12.0, 1.0), 0.0)
    carried = np.where(alive & at_home & ((level >= 2) | (s.failed >= 1)), np.where(in_hamlet, 12.0, 1.0), 0.0)
    for benefit, weights in (("meal_service", eat), ("meal_delivery", carried)):
        who = draw_exactly(rng, weights, spec.count(benefit, scale), benefit)
        pay(benefit, who, today - rng.integers(20, 900, len(who)))
    return pl.concat(frames).sort("person_no", "benefit")


CONFLICT_SCHEMA: Final = {
    "person_no": pl.Int64,
    "kind": pl.String,
    "department_a": pl.String,
    "value_a": pl.String,
    "recorded_a": pl.Date,
    "department_b": pl.String,
    "value_b": pl.String,
    "recorded_b": pl.Date,
}


def conflict_table(
    spec: CountySpec, d: Demography, s: Status, people: pl.DataFrame, seed: int, as_of: date
) -> pl.DataFrame:
    """Where two departments say different things of one person: nothing is overwritten, somebody must look."""
    rng = stream(seed, "conflicts")
    today = days(as_of)
    alive = ~d.gone
    total = max(5, round(spec.assume("conflicts_per_thousand") * int(alive.sum()) / 1000))
    births = people["birth_date"]
    rows: list[tuple[int, str, str, str, int, str, str, int]] = []

    def pick(mask: Bools, share: float) -> list[int]:
        able = np.flatnonzero(mask)
        return sorted(int(i) for i in rng.permutation(able)[: max(1, round(total * share))])

    def ago(low: int, high: int) -> int:
        return int(today - rng.integers(low, high))

    def said(day: int) -> str:
        return date.fromordinal(day + date(1970, 1, 1).toordinal()).isoformat()

    for i in pick(alive & (d.age >= 72), 0.34):
        died = ago(20, 300)
        rows.append(
            (i, "death", "public_security", said(died), min(died + 12, today), "social_security", "paying", ago(1, 18))
        )
    for i in pick(s.disability >= 0, 0.20):
        mine, theirs = int(s.grade[i]), int(s.grade[i]) % 4 + 1
        kind = DISABILITY[int(s.disability[i])]
        rows.append(
            (
                i,
                "disability",
                "disabled_federation",
                f"{kind}:{mine}",
                ago(200, 2500),
                "health",
                f"{kind}:{theirs}",
                ago(10, 199),
            )
        )
    for i in pick(alive & (s.relief == DIBAO) & ~s.employee, 0.14):
        rows.append(
            (i, "relief", "civil_affairs", "dibao", ago(200, 1500), "social_security", "pension:employee", ago(5, 199))
        )
    for i in pick(alive & (s.living == ALONE), 0.16):
        rows.append((i, "living", "village", "alone", ago(30, 900), "public_security", "children", ago(30, 900)))
    for i in pick(alive & (d.partner < 0) & (s.living != SPOUSE), 0.10):
        other = said(int(d.birth[i]) + int(rng.integers(1, 4)) * 365)
        rows.append(
            (
                i,
                "birth_date",
                "public_security",
                births[i].isoformat(),
                ago(300, 3000),
                "social_security",
                other,
                ago(300, 3000),
            )
        )
    for i in pick(alive & s.assessed & (s.level >= 2), 0.06):
        rows.append(
            (i, "ability", "civil_affairs", str(int(s.level[i])), ago(100, 700), "medical_insurance", "1", ago(10, 99))
        )
    epoch = date(1970, 1, 1).toordinal()
    return pl.DataFrame(
        [
            (i + 1, kind, a, va, date.fromordinal(ra + epoch), b, vb, date.fromordinal(rb + epoch))
            for i, kind, a, va, ra, b, vb, rb in rows
        ],
        schema=CONFLICT_SCHEMA,
        orient="row",
    ).sort("person_no", "kind")


#: Characters that are often typed for one another.
_MISTYPED: Final = {
    "英": "瑛", "华": "花", "珍": "贞", "兰": "蓝", "桂": "贵", "秀": "绣", "建": "健", "明": "铭", "国": "囯",
    "生": "胜", "新": "欣", "元": "源", "梅": "玫", "香": "乡", "春": "椿", "云": "芸", "辉": "晖", "平": "萍",
    "金": "今", "玉": "钰", "文": "纹", "光": "广", "志": "智", "爱": "艾", "清": "青", "初": "楚", "莲": "连",
}  # fmt: skip


def _slips(number: str, kind: str, start: int) -> Iterator[str]:
    """Wrong ID numbers that a clerk might have typed for the right one, the likeliest first."""
    if kind == "swapped":
        for j in range(15, 5, -1):
            if number[j] != number[j + 1]:
                yield number[:j] + number[j + 1] + number[j] + number[j + 2 :]
    if kind in ("swapped", "id_digit"):
        for j in (16, 15, 14, 13):
            for k in range(9):
                yield number[:j] + str((int(number[j]) + 1 + (start + k) % 9) % 10) + number[j + 1 :]
    for order in range(int(number[14:17]) + 2 * start, 2000, 2):
        body = f"{number[:14]}{order % 1000:03d}"
        yield body + check_digit(body)


def duplicate_table(spec: CountySpec, d: Demography, people: pl.DataFrame, seed: int) -> pl.DataFrame:
    """People entered twice: register columns with a slip in them, ``duplicate_of`` and ``variation``.

    A register takes one number once, so every second entry has another ID number, and nobody else's:
    id_digit (one digit wrong, so the check digit is too), swapped (two neighbouring digits exchanged), name
    (a homophone in the name and a wrong order with a right check digit) or phone (such an order and another
    phone, and no hamlet).
    """
    rng = stream(seed, "duplicates")
    alive = np.flatnonzero(~d.gone)
    count = max(2, round(spec.assume("share_duplicates") * len(alive)))
    who = np.sort(rng.permutation(alive)[:count])
    phones = phone_numbers(stream(seed, "duplicate phones"), count)
    taken = set(people["id_number"].to_list())
    rows = []
    for number, row in enumerate(people[who].iter_rows(named=True), start=1):
        kinds = ["id_digit", "swapped", "phone"]
        at = next((j for j, c in enumerate(row["name"]) if j and c in _MISTYPED), None)
        if at is not None:
            kinds += ["name", "name"]
        kind = kinds[int(rng.integers(0, len(kinds)))]
        changed = dict(row)
        slips = _slips(row["id_number"], kind, int(rng.integers(0, 9)))
        changed["id_number"] = next(slip for slip in slips if slip not in taken)
        taken.add(changed["id_number"])
        if kind == "name" and at is not None:
            changed["name"] = row["name"][:at] + _MISTYPED[row["name"][at]] + row["name"][at + 1 :]
        elif kind == "phone":
            changed["phone"], changed["hamlet"] = phones[number - 1], None
        rows.append(
            {"record_no": number, "duplicate_of": row["person_no"], "variation": kind}
            | {key: value for key, value in changed.items() if key != "person_no"}
        )
    schema = {"record_no": pl.Int64, "duplicate_of": pl.Int64, "variation": pl.String} | {
        key: dtype for key, dtype in people.schema.items() if key != "person_no"
    }
    return pl.DataFrame(rows, schema=schema)
