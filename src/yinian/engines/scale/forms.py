"""The form beside the items (form A): its answers checked, the adjustments' inputs read from them; and the report
(form C) of a result.

An answer is a choice's code (a list of codes where several may be ticked), a text, a number, a date, or the rows of a
table by column code. Words to a choice that asks for them stand under the field's code followed by `.detail`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from yinian.engines.entitlement.facts import Words
from yinian.engines.scale.model import Field, Scale
from yinian.engines.scale.scoring import Scored

DETAIL = ".detail"
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong with one field, to be shown beside it."""

    field: str
    message: Words


def check_form(scale: Scale, answers: Mapping[str, object], *, complete: bool = False) -> tuple[FormFault, ...]:
    """Every fault of the answers to form A, by field code; empty where all is right.

    complete: a field of choices that is not answered is a fault, too, unless the register knows it.
    """
    fields = {field.code: field for section in scale.form_a for field in section.fields}
    faults = []
    for key, value in answers.items():
        field = fields.get(key.removesuffix(DETAIL))
        if field is None:
            faults.append(FormFault(key, Words("表中没有这一项", "The form has no such field")))
        elif key.endswith(DETAIL):
            if (message := _text_fault(value)) is not None:
                faults.append(FormFault(key, message))
        elif value is not None and (message := _fault(field, value)) is not None:
            faults.append(FormFault(key, message))
    if complete:
        for field in fields.values():
            if field.type == "choice" and field.register is None and answers.get(field.code) is None:
                faults.append(FormFault(field.code, Words("请选择", "Choose an answer")))
    return tuple(faults)


def _fault(field: Field, value: object) -> Words | None:
    match field.type:
        case "text":
            return _text_fault(value)
        case "date":
            return None if _is_date(value) else Words("请填写日期，如2025-03-01", "Enter a date such as 2025-03-01")
        case "number":
            assert field.min is not None and field.max is not None
            fits = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            if fits and field.min <= value <= field.max:  # type: ignore[operator]
                return None
            return Words(
                f"请填写{field.min}到{field.max}之间的数（{field.unit}）",
                f"Enter a number from {field.min} to {field.max} ({field.unit})",
            )
        case "table":
            codes = {column.code for column in field.columns}
            rows = value if isinstance(value, list) else [None]
            right = all(
                isinstance(row, Mapping)
                and set(row) <= codes
                and all(_text_fault(cell) is None for cell in row.values())
                for row in rows
            )
            return None if right else Words("表格内容有误", "The rows are not as expected")
        case "choice":
            return _choice_fault(field, value)


def _choice_fault(field: Field, value: object) -> Words | None:
    if field.multiple != isinstance(value, list):
        return (
            Words("可多选，请逐项勾选", "Tick all that apply") if field.multiple else Words("只能选一项", "Choose one")
        )
    ticked = value if isinstance(value, list) else [value]
    codes = [choice.code for choice in field.choices]
    if any(code not in codes for code in ticked) or len(set(map(str, ticked))) != len(ticked):
        return Words("所选内容不在选项中", "Not one of the choices")
    for code in ticked:
        choice = field.choice(str(code))
        if choice.alone and len(ticked) > 1:
            return Words(f"选了“{choice.text.zh}”，不能再选其他", f"“{choice.text.en}” excludes all others")
    return None


def _is_date(value: object) -> bool:
    if isinstance(value, str) and len(value) == len("2025-03-01"):
        try:
            return bool(date.fromisoformat(value))
        except ValueError:
            return False
    return isinstance(value, date)


def _text_fault(value: object) -> Words | None:
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return None
    return Words(f"请填写文字，不超过{LONGEST_TEXT}字", f"Enter at most {LONGEST_TEXT} characters")


def inputs_from_form(scale: Scale, answers: Mapping[str, object]) -> dict[str, bool | int]:
    """What the form says to the adjustments: a boolean if any ticked choice says so, a count summed over its fields.

    An input is left out while a field that could speak of it is not answered: it is not known yet, and not false.
    """
    found: dict[str, bool | int] = {}
    fields = [field for section in scale.form_a for field in section.fields]
    for entry in scale.inputs:
        speaking = [field for field in fields if any(entry.id in choice.sets for choice in field.choices)]
        if not speaking or any(answers.get(field.code) is None for field in speaking):
            continue
        said: list[bool | int] = []
        for field in speaking:
            value = answers[field.code]
            ticked = value if isinstance(value, list) else [value]
            said += [
                choice.sets[entry.id] for choice in field.choices if choice.code in ticked and entry.id in choice.sets
            ]
        found[entry.id] = any(said) if entry.type == "boolean" else sum(said)
    return found


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A line of the report with what it says."""

    code: str
    name: Words
    value: Words


def report(scored: Scored) -> tuple[ReportRow, ...]:
    """The lines of form C for a result."""
    scale = scored.scale
    rows = []
    for line in scale.form_c:
        kind, _, code = line.shows.partition(":")
        match kind:
            case "dimensions":
                value = _same(f"{scored.total}/{scale.max}")
            case "dimension":
                most = next(dimension.max for dimension in scale.dimensions if dimension.code == code)
                value = _same(f"{scored.dimensions[code]}/{most}")
            case "total":
                value = _same(str(scored.total))
            case "initial":
                value = _level(scored, scored.initial)
            case "adjustments":
                held = [entry.reason for entry in (*scored.adjustments, *scored.without_effect)]
                value = (
                    Words("；".join(entry.zh for entry in held), "; ".join(entry.en for entry in held))
                    if held
                    else Words("无", "None")
                )
            case _:
                value = _level(scored, scored.final)
        rows.append(ReportRow(line.code, line.name, value))
    return tuple(rows)


def _same(text: str) -> Words:
    return Words(text, text)


def _level(scored: Scored, number: int) -> Words:
    level = scored.scale.levels[number]
    if level.alias == level.name:
        return Words(f"{number}级 {level.name.zh}", f"Level {number}: {level.name.en}")
    return Words(
        f"{number}级 {level.name.zh}（{level.alias.zh}）", f"Level {number}: {level.name.en} ({level.alias.en})"
    )
