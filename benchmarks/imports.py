"""A departmental list of 100,000 rows against the full register: seconds by stage, beside a loader row by row.

Needs a built demo (`./run demo --no-serve`); everything happens in one transaction that is rolled back. The naive
loader does for 1,000 rows of the same list what Django's ORM invites to: look the person up, compare, save.
Run: `./run bench imports`, or `python benchmarks/imports.py [ROWS]` in the environment.
"""

import datetime as dt
import io
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _machine import describe

ROWS = 100_000
NAIVE_ROWS = 1_000
FAULTS_PER_1000 = 2
NEW_PER_1000 = 10
LISTS = ("relief", "mi_insured")


def make_list(kind: str, people: list[dict[str, Any]], villages: list[str]) -> bytes:
    """A filled workbook: most people of the register, a few newcomers, a few wrong check digits."""
    import xlsxwriter

    from yinian.core.identity import compose_id
    from yinian.people.imports.lists import LISTS as SPECS

    chance = random.Random(20260101)
    columns = [c.key for c in SPECS[kind].sheet.columns]
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    sheet = book.add_worksheet()
    for index, column in enumerate(SPECS[kind].sheet.columns):
        sheet.write_string(0, index, str(column.label))
    for number, person in enumerate(people, 1):
        name, code, village = person["name"], person["id_number"], person["region"]
        draw = chance.randrange(1000)
        if draw < NEW_PER_1000:
            name, code = (
                f"新{name[1:]}",
                compose_id("990699", dt.date(1935, 1, 1) + dt.timedelta(days=number % 9000), number % 1000),
            )
            village = chance.choice(villages)
        elif draw < NEW_PER_1000 + FAULTS_PER_1000:
            code = code[:17] + ("0" if code[17] != "0" else "1")
        row: dict[str, str] = {"name": name, "id_number": code, "village": village}
        if kind == "mi_insured":
            row |= {
                "insurance": chance.choice(["resident"] * 5 + ["employee"]),
                "ltc_insured": chance.choice("是否"),
                "insured_from": "2024-01-01",
            }
        else:
            row |= {"relief": chance.choice(["dibao", "tekun", "marginal"]), "relief_from": "2024-01-01"}
        for index, key in enumerate(columns):
            if key in row:
                sheet.write_string(number, index, row[key])
    book.close()
    return stream.getvalue()


def timed(name: str, work: Callable[[], Any], seconds: dict[str, float]) -> Any:
    start = time.perf_counter()
    result = work()
    seconds[name] = time.perf_counter() - start
    return result


def naive(rows: list[dict[str, Any]], actor: Any, department: str, kind: str, value_key: str, as_of: dt.date) -> int:
    """What a loader does that takes one row after the other; the ID number already found by its index."""
    from django.db import transaction

    from yinian.people.models import Person, Spell
    from yinian.people.persons import keys

    written = 0
    for row in rows:
        if row["id_number"] is None:
            continue
        with transaction.atomic():
            person = Person.objects.filter(id_index=keys.id_index(row["id_number"]), merged_into__isnull=True).first()
            if person is None:
                continue
            spell = Spell.objects.filter(
                person=person, kind=kind, retracted_at__isnull=True, valid__contains=as_of
            ).first()
            if spell is not None and spell.value == row[value_key]:
                continue
            if spell is not None:
                spell.retracted_at, spell.retracted_by, spell.retract_reason = dt.datetime.now(dt.UTC), actor, "x"
                spell.save()
            Spell.objects.create(
                person=person,
                kind=kind,
                value=row[value_key],
                department=department,
                valid=(as_of, spell.valid.upper if spell else None),
                recorded_by=actor,
            )
            written += 1
    return written


def measure(kind: str, officer: Any, county: str, people: list[dict[str, Any]]) -> None:
    """Load one list and take it back, its stages again one by one, and the naive loader; all rolled back."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import transaction
    from django.utils import timezone

    from yinian.core.attachments import vault
    from yinian.core.jobs.actions import JobContext
    from yinian.core.jobs.kinds import KINDS
    from yinian.core.jobs.models import Job
    from yinian.people.imports import actions, linking, plan
    from yinian.people.imports.lists import LISTS as SPECS
    from yinian.people.imports.reading import read_list

    content = make_list(kind, people, sorted({p["region"] for p in people if len(p["region"]) == 12}))
    spec, as_of = SPECS[kind], timezone.localdate()
    seconds: dict[str, float] = {}
    parts: dict[str, float] = {}
    stored: list[str] = []

    def upload() -> Any:
        return actions.upload(officer, kind, SimpleUploadedFile("list.xlsx", content), as_of, county)

    def run(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(state="running")
        job.refresh_from_db()
        KINDS[job.kind].handler(JobContext(job))

    try:
        with transaction.atomic():
            batch = timed("upload", upload, seconds)
            stored.append(batch.file.sha256)
            timed("check", lambda: run(batch.job), seconds)
            batch.refresh_from_db()
            if batch.returned:
                stored.append(batch.returned.sha256)
            counts = batch.counts
            timed("load", lambda: run(actions.start_commit(officer, batch.pk)), seconds)
            timed("take back", lambda: run(actions.start_undo(officer, batch.pk, "benchmark")), seconds)
            transaction.set_rollback(True)
        with transaction.atomic():
            reading = timed("read", lambda: read_list(spec, content, "list.xlsx", county, as_of), parts)
            linked = timed("link", lambda: linking.link_rows(reading, county, as_of), parts)
            order = plan.Order(spec, county, as_of, False)
            rows = plan.numbered(linked.rows, [])
            timed("plan", lambda: plan.lay_out(order, linked, rows, seal=False), parts)
            transaction.set_rollback(True)
        with transaction.atomic():
            sample, feed = reading.rows.head(NAIVE_ROWS).to_dicts(), spec.feeds[0]
            start = time.perf_counter()
            naive(sample, officer, str(spec.department), feed.kind, feed.value, as_of)
            per_row = (time.perf_counter() - start) / len(sample)
            transaction.set_rollback(True)
    finally:
        for sha in stored:
            vault.path_of(sha).unlink(missing_ok=True)
    both, whole = seconds["check"] + seconds["load"], per_row * len(people)
    print(
        f"\n{spec.code}: matched {counts['matched']:,}, new {counts['new']:,}, faulty {counts['faulty']:,}, "
        f"to decide {counts['waiting']:,}, circumstances {counts['new_spells'] + counts['replaced']:,}, "
        f"same {counts['same']:,}, disagreements {counts['conflicts']:,}"
    )
    print("  " + ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items()))
    print("  parts of a check: " + ", ".join(f"{name} {value:.1f} s" for name, value in parts.items()))
    print(f"  check and load: {both:.1f} s")
    print(
        f"  naive loader (one circumstance a row, no checks): {per_row * 1000:.2f} ms a row, {whole:.0f} s a list; "
        f"naive / load {whole / seconds['load']:.1f}, naive / (check and load) {whole / both:.1f}"
    )


def main(rows: int = ROWS) -> int:
    import django

    django.setup()
    from yinian.core.models import Posting
    from yinian.people.models import Person

    total = Person.objects.count()
    if total < 1000:
        print("benchmarks/imports.py: the register is empty; build the demo: ./run demo --no-serve", file=sys.stderr)
        return 2
    posting = Posting.objects.filter(role="bureau_officer").select_related("user").earliest("pk")
    found = Person.objects.filter(
        state="living", id_index__isnull=False, merged_into__isnull=True, region__code__startswith=posting.region_id
    ).order_by("pk")[:rows]
    people = [
        {"name": p.name, "id_number": p.id_number, "region": p.region_id[:12]}
        for p in found.only("name", "id_number", "region_id")
    ]
    print(describe())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    print(f"register: {total:,} people; list: {len(people):,} rows")
    for kind in LISTS:
        measure(kind, posting.user, posting.region_id, people)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
