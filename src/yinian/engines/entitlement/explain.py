"""One person's answers with their reasons: every service, every test, the facts read, the clause, a plain sentence.

Evaluates row by row in exact fractions, apart from the columns of `evaluate`; the tests hold both to each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from yinian.engines.entitlement.errors import FactsError
from yinian.engines.entitlement.facts import EARLIEST_DATE, FACTS, LATEST_DATE, OLDEST_AGE, Fact, Words, value_in_words
from yinian.engines.entitlement.model import BoundService, Pack, Service
from yinian.engines.entitlement.sources import Reference, Source
from yinian.engines.entitlement.tree import (
    Given,
    Value,
    facts_needed,
    facts_read,
    parameters_read,
    round_half_away,
    value_of,
    years_between,
)
from yinian.engines.entitlement.wording import sentence_for


@dataclass(frozen=True, slots=True)
class FactRead:
    """A fact that a test read; `value` None is not known, `ask` says who can find it out."""

    name: str
    label: Words
    value: bool | int | str | date | None
    words: Words
    ask: Words | None


@dataclass(frozen=True, slots=True)
class TestExplained:
    """One condition: `value` is true, false or, where None, unknown."""

    id: str
    label: Words
    test: str
    value: bool | None
    facts: tuple[FactRead, ...]
    clause: Clause | None


@dataclass(frozen=True, slots=True)
class Clause:
    """The document an entry rests on, as a reader would cite it."""

    document_id: str
    title: str
    number: str | None
    date: date | None
    clause: str | None
    quote: str | None
    confidence: str
    note: Words | None


@dataclass(frozen=True, slots=True)
class ParameterUsed:
    """A dated figure that went into an amount or a test; money in fen, exact."""

    id: str
    label: Words
    unit: str
    value: str
    text: str
    since: date
    clause: Clause
    reference: Reference | None


@dataclass(frozen=True, slots=True)
class ServiceExplained:
    """One service for one person. `amount_fen` is whole fen, None where none is given or known."""

    service_id: str
    label: Words
    description: Words | None
    status: str
    amount_fen: int | None
    period: str | None
    how: str | None
    kind: str
    group: str | None
    national_item: int | None
    department: Words | None
    apply: str
    tests: tuple[TestExplained, ...]
    parameters: tuple[ParameterUsed, ...]
    superseded_by: str | None
    superseded_because: str | None
    find_out: tuple[FactRead, ...]
    clause: Clause
    reference: Reference | None
    note: Words | None
    sentence: Words


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything one person is due, not due or to be checked for, and why."""

    person_id: str
    as_of: date
    pack: str
    region: str
    pack_hash: str
    services: tuple[ServiceExplained, ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON data: dates as ISO text, words as {zh, en}."""
        data: dict[str, Any] = as_json(self)
        return data


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """One service settled for one row of facts."""

    status: str
    tests: tuple[bool | None, ...]
    amount_fen: int | None
    superseded_by: int | None = None
    because: str | None = None


def explain(pack: Pack, fact_row: Mapping[str, Any], as_of: date) -> Explanation:
    """Why each service in force is due, to check, superseded or not due for one person.

    `fact_row` maps fact names to plain values (None or absent: not known; `age` absent: worked out). Raises PackError
    or FactsError.
    """
    facts = row_of_facts(fact_row, as_of)
    services = pack.services_on(as_of)
    answers = settle_row(services, facts, as_of)
    return Explanation(
        person_id=str(fact_row["person_id"]),
        as_of=as_of,
        pack=pack.name,
        region=pack.region,
        pack_hash=pack.hash,
        services=tuple(_explained(pack, services, answers, place, facts, as_of) for place in range(len(services))),
    )


def row_of_facts(fact_row: Mapping[str, Any], as_of: date) -> dict[str, Value]:
    """A row of plain values checked against the vocabulary. Raises FactsError naming the column."""
    if fact_row.get("person_id") in (None, ""):
        raise FactsError("an identifier is needed", column="person_id")
    row: dict[str, Value] = {}
    for fact in FACTS.values():
        value = fact_row.get(fact.name)
        row[fact.name] = None if value is None else _checked(fact, value)
    if "age" not in fact_row and isinstance(birth := row["birth_date"], date):
        age = years_between(birth, as_of)
        if not 0 <= age <= OLDEST_AGE:
            raise FactsError(
                f"`{birth}` gives an age of {age} on {as_of}; expected 0 to {OLDEST_AGE}", column="birth_date"
            )
        row["age"] = Fraction(age)
    return row


def _checked(fact: Fact, value: Any) -> Value:
    fits = {
        "text": isinstance(value, str),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "date": isinstance(value, date),
    }[fact.type]
    if fits and fact.type == "number":
        assert fact.low is not None and fact.high is not None
        fits = fact.low <= value <= fact.high
    elif fits and fact.type == "date":
        fits = EARLIEST_DATE <= value <= LATEST_DATE
    elif fits and fact.values:
        fits = value in fact.values
    if not fits:
        raise FactsError(f"`{value}` is not possible for {fact.label.en}", column=fact.name)
    checked: Value = Fraction(value) if fact.type == "number" else value
    return checked


def settle_row(services: Sequence[BoundService], facts: Mapping[str, Value], as_of: date) -> tuple[RowAnswer, ...]:
    """The answers for one row, by the words of the pack format: tests, then exclusions, then higher_of."""
    given = Given(as_of, {}, facts)
    answers: list[RowAnswer] = []
    for bound in services:
        truths = tuple(_truth(value_of(test, given)) for test in bound.tests)
        status = "not_due" if False in truths else "check" if None in truths else "due"
        answers.append(RowAnswer(status, truths, _fen(bound, given)))
    for place, bound in enumerate(services):
        if answers[place].status != "due":
            continue
        for earlier in range(place):
            other = services[earlier].service
            named = bound.service.id in other.not_with or other.id in bound.service.not_with
            if named and answers[earlier].status == "due":
                answers[place] = _beaten(answers[place], earlier, "not_with")
                break
    groups: dict[str, list[int]] = {}
    for place, bound in enumerate(services):
        if bound.service.higher_of is not None and answers[place].status == "due":
            groups.setdefault(bound.service.higher_of, []).append(place)
    for places in groups.values():
        best = max(places, key=lambda place: (*_rank(answers[place].amount_fen), -place))
        for place in places:
            if place != best:
                answers[place] = _beaten(answers[place], best, "higher_of")
    return tuple(answers)


def _truth(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _fen(bound: BoundService, given: Given) -> int | None:
    value = None if bound.amount is None else value_of(bound.amount, given)
    return int(round_half_away(value)) if isinstance(value, Fraction) else None


def _rank(amount: int | None) -> tuple[bool, int]:
    return amount is not None, amount or 0


def _beaten(answer: RowAnswer, by: int, because: str) -> RowAnswer:
    return RowAnswer("superseded", answer.tests, answer.amount_fen, by, because)


def _explained(
    pack: Pack,
    services: Sequence[BoundService],
    answers: Sequence[RowAnswer],
    place: int,
    facts: Mapping[str, Value],
    as_of: date,
) -> ServiceExplained:
    service, answer = services[place].service, answers[place]
    tests = tuple(
        TestExplained(
            id=test.id,
            label=test.label,
            test=test.text,
            value=truth,
            facts=tuple(_fact_read(FACTS[name], facts[name]) for name in facts_read(test.tree)),
            clause=None if test.source is None else clause_of(pack, test.source),
        )
        for test, truth in zip(service.tests, answer.tests, strict=True)
    )
    trees = [test.tree for test in service.tests] + ([] if service.amount is None else [service.amount])
    used = dict.fromkeys(name for tree in trees for name in parameters_read(tree))
    by = None if answer.superseded_by is None else services[answer.superseded_by].service
    find_out: dict[str, FactRead] = {}
    if answer.status == "check":
        for bound, test in zip(services[place].tests, tests, strict=True):  # a named figure stands there as its value
            if test.value is None:
                needed = facts_needed(bound) or facts_read(bound)
                for read in test.facts:
                    if read.value is None and read.name in needed:
                        shown = _birth_date(facts) if read.name == "age" else read
                        find_out.setdefault(shown.name, shown)
    parameters = parameters_used(pack, tuple(used), as_of)
    reference = reference_of(pack, service, as_of)
    amount = None if answer.status == "not_due" else answer.amount_fen
    clause = clause_of(pack, service.source)
    return ServiceExplained(
        service_id=service.id,
        label=service.label,
        description=service.description,
        status=answer.status,
        amount_fen=amount,
        period=service.period,
        how=service.amount_text,
        kind=service.kind,
        group=service.group,
        national_item=service.national_item,
        department=service.department,
        apply=service.apply,
        tests=tests,
        parameters=parameters,
        superseded_by=None if by is None else by.id,
        superseded_because=answer.because,
        find_out=tuple(find_out.values()),
        clause=clause,
        reference=reference,
        note=service.note,
        sentence=sentence_for(
            service, answer.status, amount, tests, None if by is None else by.label, answer.because,
            tuple(find_out.values()), clause, reference, facts,
        ),
    )  # fmt: skip


def _fact_read(fact: Fact, value: Value) -> FactRead:
    plain = int(value) if isinstance(value, Fraction) else value
    return FactRead(fact.name, fact.label, plain, value_in_words(fact, plain), fact.ask)


def _birth_date(facts: Mapping[str, Value]) -> FactRead:
    return _fact_read(FACTS["birth_date"], facts["birth_date"])


def clause_of(pack: Pack, source: Source) -> Clause:
    """A source with its document's title, number and date."""
    document = pack.documents[source.document]
    return Clause(
        document.id, document.title, document.number, document.date, source.clause, source.quote,
        source.confidence, source.note,
    )  # fmt: skip


def parameters_used(pack: Pack, names: tuple[str, ...], as_of: date) -> tuple[ParameterUsed, ...]:
    """The named parameters as in force on the day, each followed by those it is derived from."""
    values = pack.parameters_on(as_of)
    found: dict[str, ParameterUsed] = {}

    def add(name: str) -> None:
        parameter = pack.parameters[name]
        current = parameter.in_force(as_of)
        if name in found or current is None:
            return
        value = values.get(name)
        found[name] = ParameterUsed(
            id=name,
            label=parameter.label,
            unit=parameter.unit,
            value=str(value),
            text=current.text,
            since=current.start,
            clause=clause_of(pack, current.source),
            reference=current.reference or parameter.reference,
        )
        for needed in parameters_read(current.value):
            add(needed)

    for name in names:
        add(name)
    return tuple(found.values())


def reference_of(pack: Pack, service: Service, as_of: date) -> Reference | None:
    """Whose figure stands in for the county's own in a service: its own mark, or that of a parameter it rests on."""
    if service.reference is not None or service.amount is None:
        return service.reference
    used = parameters_used(pack, parameters_read(service.amount), as_of)
    return next((figure.reference for figure in used if figure.reference is not None), None)


def as_json(value: Any) -> Any:
    """Plain JSON data of any part of a pack or an explanation: dates as ISO text, dataclasses as objects."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: as_json(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
