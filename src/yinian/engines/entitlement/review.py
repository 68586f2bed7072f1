"""What a right pack may still want looking at: what is cited or read by nothing, days without figures, low confidence.

Faults that make a pack unusable are raised while it is loaded; nothing here changes what a pack means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.model import Pack, Service
from yinian.engines.entitlement.tree import parameters_read

VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at, with the place of the entry it is about."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def review(pack: Pack, below: Sequence[Pack] = ()) -> tuple[Finding, ...]:
    """What is worth a look in a pack's own entries, in the order of the files. `below` are packs that extend it."""
    found = [
        *_documents(pack, below),
        *_parameters(pack, below),
        *_days_without_figures(pack),
        *_rulings(pack),
    ]
    return tuple(sorted(found, key=lambda finding: (finding.file, finding.line, finding.text)))


def confidences(pack: Pack) -> dict[str, tuple[str, ...]]:
    """The names of all figures, services, rules, procedures, standards and schemes by the confidence of their sources.

    A figure counts with the least confident of its values; a procedure's part is named `service.part`.
    """
    order = ("verified", "secondary", "general", "unknown")
    found: dict[str, list[str]] = {confidence: [] for confidence in order}
    for name, parameter in pack.parameters.items():
        found[max((value.source.confidence for value in parameter.values), key=order.index)].append(name)
    for service in pack.services:
        found[service.source.confidence].append(service.id)
    ruled_by_name = (
        pack.assessing, pack.standards, pack.supervising, pack.staying, pack.waiting, pack.charging,
    )
    for name, ruled in (pair for rules in ruled_by_name for pair in rules.items()):
        found[ruled.confidence].append(name)
    for name, parts in pack.procedures.items():
        for part, ruled in parts.items():
            found[ruled.confidence].append(f"{name}.{part}")
    for name, scheme in pack.schemes.items():
        found[scheme["source"]["confidence"]].append(name)
        for part in ("panel", "notice"):
            found[scheme[part]["source"]["confidence"]].append(f"{name}.{part}")
    return {confidence: tuple(names) for confidence, names in found.items()}


def _documents(pack: Pack, below: Sequence[Pack]) -> Iterator[Finding]:
    cited = {document for one in (pack, *below) for document in _cited(one)}
    for name, place in pack.document_places.items():
        if place.pack == pack.name and name not in cited:
            yield Finding(place.file, place.line, f"document `{name}` is cited by nothing")


def _cited(pack: Pack) -> Iterator[str]:
    yield from (source.document for source in pack.off.values())
    stack: list[Any] = [pack.canonical]
    while stack:
        part = stack.pop()
        if isinstance(part, Mapping):
            source = part.get("source")
            if isinstance(source, Mapping) and isinstance(source.get("document"), str):
                yield source["document"]
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def _parameters(pack: Pack, below: Sequence[Pack]) -> Iterator[Finding]:
    read = {name for one in (pack, *below) for name in _read(one)}
    for name, parameter in pack.parameters.items():
        if parameter.pack == pack.name and name not in read:
            yield Finding(parameter.file, parameter.line, f"parameter `{name}` is read by nothing")


def _read(pack: Pack) -> Iterator[str]:
    for service in pack.services:
        yield from _needed(pack, service)
    for parameter in pack.parameters.values():
        for value in parameter.values:
            yield from parameters_read(value.value)


def _needed(pack: Pack, service: Service) -> set[str]:
    """Every parameter that a service reads, itself or through others."""
    trees = [test.tree for test in service.tests] + ([] if service.amount is None else [service.amount])
    open_ = {name for tree in trees for name in parameters_read(tree)}
    found: set[str] = set()
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ |= {inner for value in pack.parameters[name].values for inner in parameters_read(value.value)}
    return found


def _days_without_figures(pack: Pack) -> Iterator[Finding]:
    """Stretches of a service's own time for which a figure it reads has no value, after it once had them all."""
    days = sorted({*pack.turning_days(), *_days_after_values(pack)})
    for service in pack.services:
        needed = _needed(pack, service)
        lacking = [
            (day, tuple(sorted(name for name in needed if pack.parameters[name].in_force(day) is None)))
            for day in days
            if service.in_force(day)
        ]
        once = next((place for place, (_, names) in enumerate(lacking) if not names), None)
        if once is None:
            continue
        for names, stretch in groupby(lacking[once:], key=lambda item: item[1]):
            if names:
                begins = next(stretch)[0]
                said = ", ".join(f"`{name}`" for name in names)
                yield Finding(service.file, service.line, f"`{service.id}` has no value of {said} from {begins} on")


def _days_after_values(pack: Pack) -> set[date]:
    return {
        value.end + timedelta(days=1)
        for parameter in pack.parameters.values()
        for value in parameter.values
        if value.end is not None and value.end < date.max
    }


def _rulings(pack: Pack) -> Iterator[Finding]:
    """Rules of assessing and deciding that the chain leaves out, where it has any."""
    asked = [pack.assessment_rules] if pack.assessing else []
    if pack.supervising:
        asked.append(pack.supervision_rules)  # type: ignore[arg-type]
    if pack.charging:
        asked.append(pack.fee_rules)  # type: ignore[arg-type]
    if pack.procedures:
        asked += [lambda service=service: pack.procedure(service.id) for service in pack.services]  # type: ignore[misc]
    for ask in asked:
        try:
            ask()
        except PackError as error:
            yield Finding(error.file or pack.name, 1, error.reason)
