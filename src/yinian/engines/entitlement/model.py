"""What a merged policy pack consists of: documents, dated parameters, services with their tests, in list order.

Built by `pack`; nothing here reads YAML or evaluates anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.fee_rulings import FeeRules, fee_rules_of
from yinian.engines.entitlement.measures import Indicator
from yinian.engines.entitlement.rulings import (
    AssessmentRules,
    CarePlanRules,
    Procedure,
    Ruled,
    Standard,
    StayRules,
    SupervisionRules,
    assessment_of,
    care_plan_of,
    procedure_of,
    stays_of,
    supervision_of,
)
from yinian.engines.entitlement.sources import Reference, Source
from yinian.engines.entitlement.tree import Given, Node, Type, Value, bind, parameters_read, value_of
from yinian.engines.entitlement.waiting import WaitingRules, waiting_of


@dataclass(frozen=True, slots=True)
class PackSource:
    """One pack as texts: its path under the policies root, its files, and how to name its folder in errors."""

    name: str
    files: Mapping[str, str]
    origin: str = ""

    def display(self, file: str) -> str:
        """The file's name as an error should give it."""
        folder = self.origin or self.name
        return f"{folder}/{file}" if folder else file


@dataclass(frozen=True, slots=True)
class Document:
    """A document a pack rests on; the text itself is not kept."""

    id: str
    title: str
    number: str | None = None
    date: date | None = None
    issuer: str | None = None
    seen_at: str | None = None
    sha256: str | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its pack, its file as an error names it, and the line."""

    pack: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """A parameter from one day (inclusive) to another (inclusive) or until the next value begins."""

    start: date
    end: date | None
    text: str
    value: Node
    source: Source
    reference: Reference | None
    line: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated figure. `unit` fen is money in whole fen; a derived value keeps its exact fraction."""

    id: str
    label: Words
    unit: str
    type: Type
    values: tuple[ParameterValue, ...]
    pack: str
    file: str
    line: int
    note: Words | None = None
    reference: Reference | None = None

    def in_force(self, as_of: date) -> ParameterValue | None:
        """The value in force on a day, if any."""
        found = None
        for value in self.values:
            if value.start <= as_of and (value.end is None or as_of <= value.end):
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of a service: a checked SQL boolean expression with its plain label."""

    id: str
    text: str
    tree: Node
    label: Words
    source: Source | None
    line: int


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of the basic service list, merged and checked. `pack` is the pack that has the last word."""

    id: str
    label: Words
    tests: tuple[Test, ...]
    source: Source
    pack: str
    file: str
    line: int
    description: Words | None = None
    national_item: int | None = None
    kind: str = "service"
    group: str | None = None
    department: Words | None = None
    amount_text: str | None = None
    amount: Node | None = None
    amount_line: int = 1
    period: str | None = None
    higher_of: str | None = None
    not_with: tuple[str, ...] = ()
    apply: str = "on_application"
    effective_from: date | None = None
    effective_to: date | None = None
    reference: Reference | None = None
    note: Words | None = None

    def in_force(self, as_of: date) -> bool:
        """Whether the entry is in force on a day; both ends of its window belong to it."""
        return (self.effective_from is None or self.effective_from <= as_of) and (
            self.effective_to is None or as_of <= self.effective_to
        )


@dataclass(frozen=True, slots=True)
class BoundService:
    """A service in force on a day, its expressions with parameters and the day put in."""

    service: Service
    tests: tuple[Node, ...]
    amount: Node | None


@dataclass(frozen=True)
class Pack:
    """A merged policy pack, checked throughout."""

    name: str
    region: str
    label: Words | None
    documents: Mapping[str, Document]
    parameters: Mapping[str, Parameter]
    services: tuple[Service, ...]
    extras: Mapping[str, Any]
    off: Mapping[str, Source]
    hash: str
    canonical: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    assessing: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    care_planning: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    procedures: Mapping[str, Mapping[str, Ruled[Any]]] = field(default_factory=dict)
    standards: Mapping[str, Ruled[Standard]] = field(default_factory=dict)
    supervising: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    charging: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    staying: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    schemes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    waiting: Mapping[str, Ruled[Any]] = field(default_factory=dict)
    document_places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    kept: dict[object, object] = field(default_factory=dict, compare=False, repr=False)
    """What engines worked out of the pack alone and may use again; never part of it."""
    _bound: dict[date, tuple[BoundService, ...]] = field(default_factory=dict, compare=False, repr=False)

    def service(self, service_id: str) -> Service:
        """The service of that id. Raises KeyError."""
        for service in self.services:
            if service.id == service_id:
                return service
        raise KeyError(service_id)

    def assessment_rules(self) -> AssessmentRules:
        """How people are assessed here. Raises PackError where the chain leaves a rule out."""
        return assessment_of(self.name, self.assessing)

    def care_plan_rules(self) -> CarePlanRules:
        """How care plans are drawn up and reviewed here. Raises PackError where the chain leaves a rule out."""
        return care_plan_of(self.name, self.care_planning)

    def supervision_rules(self) -> SupervisionRules:
        """How the tasks of plans are driven here. Raises PackError where the chain leaves a rule out."""
        return supervision_of(self.name, self.supervising)

    def fee_rules(self) -> FeeRules:
        """What is ruled here about the fees of homes. Raises PackError where the chain leaves a rule out."""
        return fee_rules_of(self.name, self.charging)

    def waiting_rules(self) -> WaitingRules:
        """Who is given a bed first here, and in which days. Raises PackError where the chain leaves a rule out."""
        return waiting_of(self.name, self.waiting)

    def stay_rules(self) -> StayRules:
        """What is ruled here about living in homes; what the chain leaves out is None."""
        return stays_of(self.staying)

    def procedure(self, service_id: str) -> Procedure:
        """How a service is applied for, reviewed, announced, appealed against, paid, begun and ended.

        Parts that the service's own entry leaves out are those of the general entry. Raises PackError where the chain
        leaves a part out.
        """
        return procedure_of(self.name, self.procedures, service_id)

    def parameters_on(self, as_of: date) -> dict[str, Value]:
        """The value of every parameter that has one on the day; money and ratios as exact fractions."""
        found: dict[str, Value] = {}
        visited: set[str] = set()

        def settle(name: str) -> None:
            if name in visited:
                return
            visited.add(name)
            current = self.parameters[name].in_force(as_of)
            if current is None:
                return
            for needed in parameters_read(current.value):
                settle(needed)
                if needed not in found:
                    return
            found[name] = value_of(current.value, Given(as_of, found, {}))

        for name in self.parameters:
            settle(name)
        return found

    def turning_days(self) -> tuple[date, ...]:
        """The days on which a figure or a service begins, in order: between two of them nothing changes but ages."""
        figures = {value.start for parameter in self.parameters.values() for value in parameter.values}
        begins = {service.effective_from for service in self.services if service.effective_from is not None}
        return tuple(sorted(figures | begins))

    def services_on(self, as_of: date) -> tuple[BoundService, ...]:
        """The services in force on the day, in list order, ready to evaluate.

        Raises PackError where a service needs a parameter that has no value on that day.
        """
        if as_of not in self._bound:
            values = self.parameters_on(as_of)
            bound = []
            for service in self.services:
                if not service.in_force(as_of):
                    continue
                for tree, line in (
                    *((test.tree, test.line) for test in service.tests),
                    *(((service.amount, service.amount_line),) if service.amount is not None else ()),
                ):
                    self._require(service, tree, line, values, as_of)
                tests = tuple(bind(test.tree, as_of, values) for test in service.tests)
                amount = None if service.amount is None else bind(service.amount, as_of, values)
                bound.append(BoundService(service, tests, amount))
            if len(self._bound) > 64:
                self._bound.clear()
            self._bound[as_of] = tuple(bound)
        return self._bound[as_of]

    def _require(self, service: Service, tree: Node, line: int, values: Mapping[str, Value], as_of: date) -> None:
        for name in parameters_read(tree):
            if name not in values:
                days = ", ".join(value.start.isoformat() for value in self.parameters[name].values)
                raise PackError(
                    f"service `{service.id}` needs parameter `{name}`, which has no value on {as_of} "
                    f"(its values begin on {days})",
                    service.file,
                    line,
                )
