"""A payment report from file to judgement: read, payees found, items mapped, lines judged. The same for check and deed.

Nothing here writes.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from yinian.core.attachments import actions as attachments
from yinian.core.sheets import ROW
from yinian.engines.entitlement import Pack
from yinian.entitlements import packs
from yinian.entitlements.models import PaidBatch, PayItem
from yinian.entitlements.reconciliation import frames
from yinian.entitlements.reconciliation.expecting import Expectation, expectation
from yinian.entitlements.reconciliation.sheet import Reading, folded, read_report
from yinian.people.imports.linking import Decision, Identified, identify

COUNTY = 6


@dataclass(frozen=True)
class Item:
    """A payment item of a report: how many rows and fen, and which service it is ("" none, None not said yet)."""

    name: str
    rows: int
    fen: int
    service: str | None

    @property
    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "rows": self.rows, "fen": self.fen, "service": self.service}


@dataclass(frozen=True)
class Looked:
    """A report as it stands now. ``lines``: frames.LINES of what counts; ``judged``: frames.JUDGED."""

    pack: Pack
    reading: Reading
    identified: Identified
    items: list[Item]
    lines: pl.DataFrame
    judged: pl.DataFrame
    expectation: Expectation
    left: dict[str, dict[str, int]]

    @property
    def pairs(self) -> list[tuple[str, dt.date]]:
        return sorted(set(self.lines.select(frames.PAIR).unique().iter_rows()))


def content_of(batch: PaidBatch) -> bytes:
    with attachments.content_of(batch.file) as file:
        return file.read()


def decisions_of(batch: PaidBatch) -> dict[int, Decision]:
    """What was said of doubtful payees. That a number's bearer is somebody else leaves the payee a stranger."""
    said = {}
    for row_no, decision, person, match in batch.rows.values_list("row_no", "decision", "person_id", "match"):
        what = "skip" if decision == "new" and match == "exact" else decision
        said[row_no] = Decision(what, person)
    return said


def mapping_of(batch: PaidBatch, pack: Pack) -> dict[str, str]:
    """Payment item to service: what was mapped before for the department, else the service of that very name."""
    names = {folded(service.label.zh): service.id for service in pack.services}
    names |= {service.id: service.id for service in pack.services}
    said = PayItem.objects.filter(county=batch.region_id[:COUNTY], department=batch.department)
    known = {service.id for service in pack.services}
    return names | {name: service for name, service in said.values_list("name", "service_id")
                    if not service or service in known}


def look(batch: PaidBatch, content: bytes) -> Looked:
    """Read and judge a report as things stand now. Raises SheetError, Refused (no usable pack)."""
    pack = packs.in_force(batch.region_id).pack
    reading = read_report(content, batch.file.name, batch.region_id, batch.month, batch.item)
    found = identify(reading.payees, batch.region_id, decisions_of(batch))
    reading = reading.without([(row, "id_number", "person_elsewhere", {}) for row in found.elsewhere])
    mapping = mapping_of(batch, pack)
    items = _items(reading.rows, mapping)
    lines, left = _lines(reading, found, mapping)
    pairs = sorted(set(lines.select(frames.PAIR).unique().iter_rows()))
    expected = expectation(batch.region_id, pairs, batch.pk)
    complete = pl.DataFrame(pairs if batch.complete else [], schema={"service_id": pl.String, "month": pl.Date},
                            orient="row")
    judged = frames.judge(lines, expected.others, expected.expected, expected.gone, complete)
    return Looked(pack, reading, found, items, lines, judged, expected, left)


def _items(rows: pl.DataFrame, mapping: Mapping[str, str]) -> list[Item]:
    counted = rows.group_by("item").agg(pl.len().alias("n"), pl.col("fen").sum()).sort("fen", descending=True)
    return [Item(name, n, int(fen), mapping.get(name)) for name, n, fen in counted.iter_rows()]


def _lines(
    reading: Reading, found: Identified, mapping: Mapping[str, str]
) -> tuple[pl.DataFrame, dict[str, dict[str, int]]]:
    """LINES of what counts, and what is left out: rows and fen by reason."""
    table = pl.DataFrame({"item": list(mapping), "service_id": list(mapping.values())},
                         schema={"item": pl.String, "service_id": pl.String})
    payees = found.rows.select(payee=ROW, fate="fate", person_id="person")
    rows = reading.rows.join(payees, on="payee", how="left").join(table, on="item", how="left").sort(ROW)
    waits, nameless = pl.col("fate") == "waiting", pl.col("service_id").is_null()
    foreign = (pl.col("service_id") == "").fill_null(False)
    left = {
        "waiting": _sum(rows.filter(waits & ~foreign & ~nameless)), "unmapped": _sum(rows.filter(nameless)),
        "foreign": _sum(rows.filter(foreign)),
        "faulty": {"rows": reading.data.faulty_rows, "fen": _faulty_fen(reading)},
    }
    counts = rows.filter(~waits & ~nameless & ~foreign)
    lines = counts.select(row=ROW, payee="payee", person_id="person_id", service_id="service_id", month="month",
                          fen="fen")
    return lines.cast(frames.LINES), left  # type: ignore[arg-type]


def _sum(rows: pl.DataFrame) -> dict[str, int]:
    return {"rows": rows.height, "fen": int(rows["fen"].sum())}


def _faulty_fen(reading: Reading) -> int:
    faulty = reading.data.frame.join(reading.data.errors.select(ROW).unique(), on=ROW, how="semi")
    return int(faulty["fen"].sum() or 0)


def counts_of(looked: Looked) -> dict[str, Any]:
    """What the batch's page shows: rows and sums in all, what is left out, and the balance of what counts."""
    sums = frames.balance(looked.judged)
    months = sorted({month for _service, month in looked.pairs})
    frame = looked.reading.data.frame
    return {
        "rows": frame.height, "fen": int(frame["fen"].sum() or 0),
        "faulty": looked.left["faulty"]["rows"], "left": looked.left, "lines": sums.lines, "paid_fen": sums.paid_fen,
        "agreed_fen": sums.agreed_fen, "over_fen": sums.over_fen, "short_fen": sums.short_fen,
        "agreed_lines": sums.agreed_lines, "kinds": frames.by_kind(looked.judged),
        "waiting": looked.identified.rows.filter(pl.col("fate") == "waiting").height,
        "review": len(looked.identified.review), "unmapped": sum(1 for item in looked.items if item.service is None),
        "payees": looked.reading.payees.height, "ignored": looked.reading.data.ignored[:20],
        "months": [month.isoformat() for month in months],
        "services": sorted({service for service, _month in looked.pairs}),
    }


def content_sha(batch: PaidBatch, looked: Looked) -> str:
    """Digest of what takes effect: who was paid what for which month, whatever the order of the rows."""
    rows = looked.lines.join(looked.reading.payees.select(payee=ROW, name="name", number="id_number"), on="payee",
                             how="left")
    who = pl.when(pl.col("person_id").is_null()).then(pl.concat_str("name", pl.col("number").fill_null("")))
    body = rows.select("person_id", who.alias("stranger"), *frames.PAIR, "fen").sort(pl.all()).write_csv()
    head = json.dumps([batch.region_id, batch.department, batch.source])
    return hashlib.sha256(f"{head}\n{body}".encode()).hexdigest()
