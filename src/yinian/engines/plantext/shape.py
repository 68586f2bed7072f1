"""A reading as one plain document for JSON: the shape that annotations have, and what a reviewer needs besides."""

from __future__ import annotations

import hashlib
from typing import Any

from yinian.engines.plantext.model import Deadline, Plan, Table, Target


def to_document(plan: Plan) -> dict[str, Any]:
    """The reading as dictionaries and lists. Offsets are code points into `text`, half-open."""
    text = plan.text
    return {
        "offset_unit": "unicode code points, half-open [start,end)",
        "text_chars": len(text),
        "text_sha256": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "task_policy": plan.policy,
        "meta": {
            "title": plan.meta.title,
            "issuer": plan.meta.issuer,
            "doc_no": plan.meta.doc_no,
            "date": plan.meta.date,
            "valid_until": plan.meta.valid_until,
            "period": list(plan.meta.period) if plan.meta.period else None,
            "spans": {name: [span.start, span.end] for name, span in plan.meta.spans.items()},
        },
        "outline": [
            {
                "id": node.id,
                "level": node.level,
                "label": node.label,
                "title": node.title,
                "start": node.start,
                "end": node.end,
                "body_end": node.body_end,
                "parent": node.parent,
                "kind": node.kind,
            }
            for node in plan.outline
        ],
        "units": [
            {
                "id": block.id,
                "start": block.start,
                "end": block.end,
                "quote": text[block.start : block.end],
                "form": block.form,
                "open_ended": block.open_ended,
                "members": [
                    {
                        "surface": member.surface,
                        "start": member.start,
                        "end": member.end,
                        "role": member.role,
                        "name": member.name,
                        **({"group": True} if member.group else {}),
                    }
                    for member in block.members
                ],
                "outline_id": block.outline_id,
            }
            for block in plan.units
        ],
        "tasks": [
            {
                "id": task.id,
                "start": task.start,
                "end": task.end,
                "quote": text[task.start : task.end],
                "deadline": deadline_shape(task.deadline),
                "deadlines": [deadline_shape(deadline) for deadline in task.deadlines],
                "outline_id": task.outline_id,
                "lead_units": list(task.lead_units),
                "assist_units": list(task.assist_units),
                "responsible_units": list(task.responsible_units),
                "units_from": [task.units_from.start, task.units_from.end] if task.units_from else None,
                "units_open_ended": task.units_open_ended,
                **({"from_table": True} if task.from_table else {}),
            }
            for task in plan.tasks
        ],
        "targets": [_target(text, target) for target in plan.targets],
        "money": [
            {
                "id": money.id,
                "start": money.start,
                "end": money.end,
                "quote": text[money.start : money.end],
                "amount_min": money.amount_min,
                "amount_max": money.amount_max,
                "currency": "CNY",
                "basis": money.basis,
                "kind": money.kind,
                **({"approx": True} if money.approx else {}),
                "outline_id": money.outline_id,
            }
            for money in plan.money
        ],
        "projects": [
            {
                "name": project.name,
                "nature": project.nature,
                "owner": project.owner,
                "content": project.content,
                "start_year": project.start_year,
                "end_year": project.end_year,
                "total_fen": project.total_fen,
                "planned_fen": project.planned_fen,
                "private_share": project.private_share,
                "note": project.note,
                "group": project.group,
                "number": project.number,
                "start": project.start,
                "end": project.end,
            }
            for project in plan.projects
        ],
        "tables": [_table(text, table) for table in plan.tables],
        "duplicates": [
            {"start": one.start, "end": one.end, "of": [one.of.start, one.of.end], "identical": one.identical}
            for one in plan.duplicates
        ],
        "doubts": [
            {"code": doubt.code, "start": doubt.start, "end": doubt.end, "facts": doubt.facts} for doubt in plan.doubts
        ],
        "text": text,
    }


def deadline_shape(deadline: Deadline | None) -> dict[str, Any] | None:
    """A deadline as it stands in the document; None stays None."""
    if deadline is None:
        return None
    found: dict[str, Any] = {"raw": deadline.raw}
    if deadline.start is not None:
        found |= {"start": deadline.start, "end": deadline.end}
    found["kind"] = deadline.kind
    if deadline.kind == "recurring":
        found["rule"] = deadline.rule
    else:
        found["iso"] = deadline.iso
        if deadline.from_iso:
            found["from"] = deadline.from_iso
        if deadline.precision:
            found["precision"] = deadline.precision
    if deadline.inherited:
        found["inherited"] = True
        if deadline.inherited_from is not None:
            found["inherited_from"] = [deadline.inherited_from.start, deadline.inherited_from.end]
    return found


def _target(text: str, target: Target) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": target.id,
        "start": target.start,
        "end": target.end,
        "quote": text[target.start : target.end],
        "indicator": target.indicator,
        "indicator_start": target.indicator_start,
        "indicator_end": target.indicator_end,
        "value_text": text[target.value_start : target.value_end],
        "value_start": target.value_start,
        "value_end": target.value_end,
        "comparator": target.comparator,
        "value": target.value,
        "unit": target.unit,
        "kind": target.kind,
        "deadline": deadline_shape(target.deadline),
        "outline_id": target.outline_id,
    }
    if target.value_max is not None:
        found["value_max"] = target.value_max
    if target.per:
        found["per"] = target.per
    if target.implicit:
        found["implicit"] = True
    if target.approx:
        found["approx"] = True
    return found


def _table(text: str, table: Table) -> dict[str, Any]:
    return {
        "id": table.id,
        "start": table.start,
        "end": table.end,
        "title": table.title,
        "kind": table.kind,
        "columns": list(table.columns),
        "kinds": list(table.kinds),
        "rows": [
            {
                "kind": row.kind,
                "start": row.start,
                "end": row.end,
                "cells": [
                    {"start": cell.start, "end": cell.end, "column": cell.column, "text": text[cell.start : cell.end]}
                    for cell in row.cells
                ],
            }
            for row in table.rows
        ],
        "outline_id": table.outline_id,
    }
