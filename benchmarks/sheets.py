"""100,000 rows of a departmental list: read, checked and sent back, beside a bare reading by openpyxl.

Run: `./run bench sheets`, or `python benchmarks/sheets.py [ROWS]` in the environment. The list is synthetic.
"""

from __future__ import annotations

import io
import random
import sys
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import openpyxl
import xlsxwriter
from _machine import describe

from yinian.core.identity import compose_id
from yinian.core.sheets import Column, SheetSpec, read_sheet, write_returned

ROWS = 100_000
FAULTS_PER_1000 = 10
VILLAGES = 180

SPEC = SheetSpec(
    "bench",
    "名单",
    [
        Column("id_number", "身份证号", "id_number", required=True, unique=True),
        Column("name", "姓名", required=True, max_length=50),
        Column("birth_date", "出生日期", "date"),
        Column("sex", "性别", "choice", choices=[("1", "男"), ("2", "女")]),
        Column("village", "村(社区)", "region", required=True),
        Column("address", "住址"),
        Column("phone", "联系电话", "phone"),
        Column(
            "level",
            "残疾等级",
            "choice",
            choices=[(str(n), f"{word}级") for n, word in enumerate("一二三四", 1)],
        ),
        Column("since", "享受起始日期", "date"),
        Column("amount", "月金额(元)", "money_fen", least=0),
        Column("members", "家庭人数", "integer", least=1, most=20),
        Column("single", "是否独居", "boolean"),
    ],
)


def make_list(rows: int) -> bytes:
    """A filled workbook with FAULTS_PER_1000 wrong check digits; ID numbers begin with 99."""
    chance = random.Random(20260101)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet("名单")
    for index, column in enumerate(SPEC.columns):
        sheet.write_string(0, index, str(column.label))
    day_zero = date(1930, 1, 1)
    for row in range(1, rows + 1):
        birth = day_zero + timedelta(days=row % 12_000)
        number = compose_id("990681", birth, row // 12_000 + (row % 2) * 500)
        if chance.randrange(1000) < FAULTS_PER_1000:
            number = number[:17] + ("0" if number[17] != "0" else "1")
        cells = (
            number, f"{chance.choice('张王李赵陈刘黄周')}{chance.choice('桂秀国建')}{chance.choice('英兰华强')}",
            birth.isoformat(), "男女"[row % 2], f"43068110{row % VILLAGES:04d}"[:12], f"第{row % 20}组{row % 97}号",
            f"138{row:08d}", "一二三四"[row % 4] + "级", "2024年1月5日", "1,200.50", str(row % 6 + 1), "是否"[row % 2],
        )  # fmt: skip
        for index, cell in enumerate(cells):
            sheet.write_string(row, index, cell)
    book.close()
    return stream.getvalue()


def main(rows: int = ROWS) -> None:
    """Print each time in seconds and the ratio of openpyxl's bare reading to ours with every check."""
    import django

    django.setup()
    content = make_list(rows)
    start = time.perf_counter()
    data = read_sheet(SPEC, content, "list.xlsx", allow_synthetic=True)
    reading = time.perf_counter() - start

    start = time.perf_counter()
    stream = io.BytesIO()
    write_returned(SPEC, data, None, stream)
    writing = time.perf_counter() - start

    start = time.perf_counter()
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    seen = sum(1 for _ in sheet.iter_rows(values_only=True)) - 1
    bare = time.perf_counter() - start

    if data.frame.height != seen:
        raise SystemExit(f"openpyxl saw {seen} rows, the pipeline {data.frame.height}")
    print(describe())
    print(f"rows: {seen:,} x {len(SPEC.columns)} columns, faulty {data.faulty_rows:,}, {len(content) / 1e6:.1f} MB")
    print(f"read and check: {reading:.2f} s")
    print(f"returned workbook: {writing:.2f} s, {len(stream.getvalue()) / 1e6:.1f} MB")
    print(f"openpyxl, reading alone: {bare:.2f} s")
    print(f"ratio openpyxl / ours: {bare / reading:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
