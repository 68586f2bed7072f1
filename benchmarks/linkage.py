"""A departmental list of 100,000 lines against a register of 137,000 people: ordinary, and without any ID number.

Run: `python benchmarks/linkage.py [EXISTING] [INCOMING]` in the environment. All people are made up.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import polars as pl
from _machine import describe

from yinian.core.identity import compose_id
from yinian.core.pinyin import pinyin_columns
from yinian.engines.linkage import find_duplicates, link

SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗彭易任湛戴"
GIVEN = "桂秀英华玉兰国建明志文德芳珍春梅金凤云香生清仁义礼智信忠孝廉伟强军平安福寿康宁喜乐"
IN_REGISTER = 0.9
TYPED_WRONG = 0.05


def person(ref: int, chance: random.Random) -> dict[str, Any]:
    """One made-up older person; the ID number begins with 99."""
    birth = date(1930, 1, 1) + timedelta(days=int(chance.random() ** 0.7 * 12_700))
    number = compose_id(f"99{ref % 10_000:04d}", birth, chance.randrange(1000))
    return {
        "ref": ref,
        "id_number": number,
        "id_key": f"k{number}",
        "name": chance.choice(SURNAMES) + "".join(chance.choice(GIVEN) for _ in range(chance.choice([1, 2, 2, 2]))),
        "birth_date": birth,
        "sex": "1" if int(number[16]) % 2 else "2",
        "village": f"990681{chance.randrange(100, 115)}{chance.randrange(200, 212)}",
        "phone_key": f"p{chance.randrange(90_000)}" if chance.random() < 0.6 else None,
        "address": f"{chance.randrange(1, 20)}组{chance.randrange(1, 99)}号",
    }


def spoiled(original: dict[str, Any], chance: random.Random, *, with_id: bool) -> dict[str, Any]:
    """The same person as a department might have typed them."""
    line = dict(original)
    if not with_id:
        line |= {"id_number": None, "id_key": None}
    if chance.random() >= TYPED_WRONG and with_id:
        return line
    kind = chance.randrange(3)
    if kind == 0 and with_id:
        place = chance.randrange(6, 17)
        number = line["id_number"]
        number = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        line |= {"id_number": number, "id_key": f"k{number}"}
    elif kind == 1:
        line |= {"name": line["name"][:-1] + chance.choice(GIVEN), "id_number": None, "id_key": None}
    elif kind == 2:
        line |= {"birth_date": line["birth_date"] + timedelta(days=chance.choice([1, 10, 30])), "phone_key": None}
    return line


def main(existing: int = 137_000, incoming: int = 100_000) -> None:
    """Print seconds and how many lines ended where; 'right' are those given the person they were made from."""
    chance = random.Random(20260101)
    people = [person(number, chance) for number in range(existing)]
    register = pl.DataFrame(people, infer_schema_length=None)
    register = register.with_columns(pinyin_columns(register["name"])["pinyin"])
    print(describe())
    for label, with_id in (("with ID numbers", True), ("without ID numbers", False)):
        lines = []
        truth: list[int | None] = []
        for number in range(incoming):
            known = chance.random() < IN_REGISTER
            original = chance.choice(people) if known else person(existing + number, chance)
            truth.append(original["ref"] if known else None)
            lines.append(spoiled(original, chance, with_id=with_id) | {"ref": number})
        frame = pl.DataFrame(lines, infer_schema_length=None)
        frame = frame.with_columns(pinyin_columns(frame["name"])["pinyin"])
        start = time.perf_counter()
        result = link(frame, register)
        print(f"link {incoming:,} to {existing:,} {label}: {time.perf_counter() - start:.2f} s")
        judged = result.outcomes.with_columns(pl.Series("truth", truth, dtype=pl.Int64))
        right = (pl.col("truth") == pl.col("existing")).fill_null(False)
        for outcome, count, good in (
            judged.group_by("outcome").agg(pl.len(), right.sum().alias("right")).sort("outcome").iter_rows()
        ):
            print(f"  {outcome}: {count:,}, right {good:,}")
    start = time.perf_counter()
    pairs = find_duplicates(register)
    print(f"duplicates within {existing:,}: {time.perf_counter() - start:.2f} s, {pairs.height:,} pairs")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
