"""Grades the short table that people fill in themselves before they may apply for an assessment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.model import Scale
from yinian.engines.scale.scoring import LONGEST_SHOWN, shown


@dataclass(frozen=True, slots=True)
class SelfAssessed:
    """A grade, or None where the table has none (partly independent, nothing dependent); and whether one may apply."""

    grade: str | None
    may_apply: bool
    dependent_a: int
    dependent_b: int


def self_assess(scale: Scale, answers: Mapping[str, object]) -> SelfAssessed:
    """The grade of `{item code: independent | partial | dependent}`.

    Raises ScaleError for a scale without such a table, and for a missing, unknown or wrong answer.
    """
    table = scale.self_assessment
    if table is None:
        raise ScaleError(f"{scale.id} has no self-assessment")
    expected = f"one of {', '.join(table.answers)}"
    codes = [item.code for item in table.items]
    for key in answers:
        if key not in codes:
            raise ScaleError(
                f"is not part of the self-assessment; expected {', '.join(codes)}", item=str(key)[:LONGEST_SHOWN]
            )
    dependent = {"a": 0, "b": 0}
    independent = True
    for item in table.items:
        if item.code not in answers:
            raise ScaleError(f"is missing; expected {expected}", item=item.code, name=item.name.zh)
        answer = answers[item.code]
        if not isinstance(answer, str) or answer not in table.answers:
            raise ScaleError(f"is {shown(answer)}; expected {expected}", item=item.code, name=item.name.zh)
        dependent[item.group] += answer == "dependent"
        independent = independent and answer == "independent"
    graded = independent or any(dependent.values())
    grade = table.grades[dependent["a"]][dependent["b"]] if graded else None
    return SelfAssessed(grade, grade in table.may_apply, dependent["a"], dependent["b"])
