"""A payment report of 100,000 rows: checked and taken in against the register, beside a loader row by row.

Needs a built demo (`./run demo --no-serve`); everything happens in one transaction that is rolled back. The report says
what the last run found due, with wrong amounts, double rows, strangers and people who are not due among it. The naive
loader does for 1,000 rows what Django's ORM invites to: look the person up, look up what was approved, compare, save.
Times are of the clock and of this process alone (the database works in its own).
Run: `./run bench paid`, or `python benchmarks/paid.py [ROWS]` in the environment.
"""

import cProfile
import datetime as dt
import os
import pstats
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from _machine import ROOT, describe

ROWS, NAIVE_ROWS = 100_000, 1_000
WRONG, TWICE, STRANGERS, NOT_DUE = 0.02, 0.005, 0.005, 0.02  # parts of the rows
HEAD = "姓名,身份证号,村(社区),发放项目,月份,金额(元)"
DEFAULT_FEN = 5000  # paid where the rules give no sum by the month


def make_report(rows: int, county: str, month: dt.date) -> tuple[bytes, list[tuple[Any, ...]]]:
    """The file, and its sound rows for the naive loader: person's ID number, service, fen."""
    from yinian.core.identity import compose_id
    from yinian.engines.entitlement import DUE
    from yinian.entitlements import packs, perform, snapshots
    from yinian.people.models import Person

    run = perform.latest_run(county)
    assert run is not None
    pack = packs.in_force(county, month).pack
    names = {number: name for name, number in perform.service_numbers(pack).items()}
    labels = {service.id: service.label.zh for service in pack.services if service.kind == "cash"}
    due = snapshots.read(run.outcome_file, run.outcome_sha256)
    people = {
        p.pk: (p.name, p.id_number) for p in Person.objects.filter(
            region__code__startswith=county, state="living", merged_into__isnull=True, id_index__isnull=False
        ).only("pk", "name", "id_number")
    }
    chance = random.Random(20260101)
    found = [
        (person, names[service], fen) for person, service, status, fen in
        due.select("person_id", "service", "status", "amount_fen").iter_rows()
        if status == DUE and person in people and labels.get(names[service])
    ]
    chance.shuffle(found)
    paid = {person for person, _service, _fen in found}
    others = [pk for pk in people if pk not in paid] or list(people)
    lines, sound = [], []
    months = [month]
    while len(lines) < rows:
        for person, service, fen in found:
            if len(lines) >= rows:
                break
            draw = chance.random()
            name, number = people[person]
            amount = fen or DEFAULT_FEN
            if draw < WRONG:
                amount += 1000
            elif draw < WRONG + STRANGERS:
                born = dt.date(1930, 1, 1) + dt.timedelta(days=len(lines) % 9000)
                name, number = "周无名", compose_id("990699", born, len(lines) % 1000)
            elif draw < WRONG + STRANGERS + NOT_DUE:
                name, number = people[chance.choice(others)]
            text = f"{name},{number},,{labels[service]},{months[-1]:%Y-%m},{amount / 100:.2f}"
            lines.append(text)
            if draw > 1 - TWICE:
                lines.append(text)
            sound.append((number, service, amount, months[-1]))
        months.append((months[-1] - dt.timedelta(days=1)).replace(day=1))
    return ("\n".join([HEAD, *lines[:rows]]) + "\n").encode(), sound


def timed(name: str, work: Callable[[], Any], seconds: dict[str, tuple[float, float]]) -> Any:
    clock, own = time.perf_counter(), time.process_time()
    result = work()
    seconds[name] = time.perf_counter() - clock, time.process_time() - own
    return result


def naive(rows: list[tuple[Any, ...]], county: str, batch: Any) -> None:
    """Row by row: the person by their ID number, what was approved for the month, a line and what differs."""
    from django.db import transaction

    from yinian.entitlements.models import CycleLine, Determination, Finding, PaidLine
    from yinian.people.models import Person
    from yinian.people.persons import keys

    for place, (number, service, fen, month) in enumerate(rows):
        with transaction.atomic():
            person = Person.objects.filter(id_index=keys.id_index(number), merged_into__isnull=True).first()
            if person is None:
                continue
            line = CycleLine.objects.filter(person=person, service_id=service, month=month, paid=True).first()
            grant = Determination.objects.filter(person=person, service_id=service, period__contains=month).first()
            expected = line.amount_fen if line is not None else grant.amount_fen if grant is not None else None
            PaidLine.objects.create(
                batch=batch, row_no=10_000_000 + place, person=person, region_code=person.region_id,
                service_id=service, item=service, month=month, amount_fen=fen)
            if expected is not None and expected != fen:
                Finding.objects.get_or_create(
                    batch=batch, person=person, service_id=service, month=month, defaults={
                        "kind": "different", "region_code": person.region_id, "rows": 1, "paid_fen": fen,
                        "expected_fen": expected, "over_fen": max(0, fen - expected),
                        "short_fen": max(0, expected - fen), "reason": "amount"})


def main(rows: int = ROWS) -> int:
    import django

    from yinian.core import pgserver

    if not os.environ.get("DATABASE_URL"):
        pgserver.ensure_running(Path(os.environ.get("YINIAN_DATA", ROOT / "var")).resolve())
    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import transaction
    from django.utils import timezone

    from yinian.core.attachments import vault
    from yinian.core.jobs.actions import JobContext
    from yinian.core.jobs.kinds import KINDS
    from yinian.core.jobs.models import Job
    from yinian.core.models import Posting
    from yinian.entitlements.reconciliation import actions
    from yinian.people.models import Person

    if Person.objects.count() < 1000:
        print("benchmarks/paid.py: the register is empty; build the demo: ./run demo --no-serve", file=sys.stderr)
        return 2
    posting = Posting.objects.filter(role="bureau_officer").select_related("user").earliest("pk")
    officer, county = posting.user, posting.region_id
    month = timezone.localdate().replace(day=1)
    content, sound = make_report(rows, county, month)
    print(describe())
    print(f"load average before: {os.getloadavg()[0]:.1f}")
    seconds: dict[str, tuple[float, float]] = {}
    stored: list[str] = []

    def run(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(state="running")
        job.refresh_from_db()
        KINDS[job.kind].handler(JobContext(job))

    profile = cProfile.Profile() if os.environ.get("BENCH_PROFILE") else None
    try:
        with transaction.atomic():
            batch = timed("upload", lambda: actions.upload(
                officer, SimpleUploadedFile("paid.csv", content), region=county, department="civil_affairs",
                source="one_card", month=month, complete=False), seconds)
            stored.append(batch.file.sha256)
            if profile is not None:
                profile.enable()
            timed("check", lambda: run(batch.job), seconds)
            batch.refresh_from_db()
            if batch.returned:
                stored.append(batch.returned.sha256)
            timed("load", lambda: run(actions.start_commit(officer, batch.pk, batch.version)), seconds)
            if profile is not None:
                profile.disable()
            batch.refresh_from_db()
            kinds = {kind: one["n"] for kind, one in batch.counts["kinds"].items()}
            timed("take back", lambda: actions.withdraw(
                officer, batch.pk, version=batch.version, reason="benchmark"), seconds)
            start = time.perf_counter(), time.process_time()
            naive(sound[:NAIVE_ROWS], county, batch)
            per_row = [(now - then) / NAIVE_ROWS for now, then in
                       zip((time.perf_counter(), time.process_time()), start, strict=True)]
            transaction.set_rollback(True)
    finally:
        for sha in stored:
            vault.path_of(sha).unlink(missing_ok=True)
    print(f"report: {rows:,} rows, {batch.counts['lines']:,} counted; findings: {kinds}")
    print("  " + ", ".join(f"{name} {clock:.1f} s (own {own:.1f} s)" for name, (clock, own) in seconds.items()))
    clock, own = (seconds["check"][n] + seconds["load"][n] for n in (0, 1))
    print(f"  check and load: {clock:.1f} s by the clock, {own:.1f} s of this process")
    print(f"  naive loader: {per_row[0] * 1000:.2f} ms a row ({per_row[1] * 1000:.2f} own), {per_row[0] * rows:.0f} s "
          f"a report; naive / (check and load) {per_row[0] * rows / clock:.1f} by the clock, "
          f"{per_row[1] * rows / own:.1f} of this process")
    if profile is not None:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(45)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
