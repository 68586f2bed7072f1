"""Miluo's whole service list as an OpenFisca country package writes it: the peer that a user of openfisca-core has.

Written after OpenFisca's own guide and its published country packages: lists and answers are Enum variables, every
test and every service's status is a variable of its own with a formula for a month, figures lie in a tree of
parameters, several cases go through `select`, "or" and "and" are `+` and `*`. OpenFisca knows no unknown, so an answer
is an Enum of three; a whole number that is not known is -1. A package would write each variable as a class; here a
function makes those that differ in their formula alone, which changes nothing of what is worked out. A test that
several services share is one variable, worked out once. `_fisca` has the same rules without any of this, as tightly as
NumPy allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import _fisca
import numpy as np
import polars as pl
from numpy import select, where
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum, EnumArray
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

PERIOD = _fisca.PERIOD
NEVER = date(9999, 12, 31)


class Answer(Enum):
    no = "No"
    yes = "Yes"
    unknown = "Not known"


class Status(Enum):
    not_due = "Not due"
    due = "Due"
    check = "To be checked"
    superseded = "Another service stands before it"


class Relief(Enum):
    none = "None"
    dibao = "Minimum living allowance"
    marginal = "Marginal to the minimum living allowance"
    low_income = "Low income"
    tekun = "Destitute"
    unknown = "Not known"


class Support(Enum):
    central = "In a home"
    dispersed = "At home"
    unknown = "Not known"


class Living(Enum):
    alone = "Alone"
    spouse = "With the spouse"
    children = "With children"
    kin = "With kin"
    others = "With others"
    home = "In a home"
    unknown = "Not known"


class Pension(Enum):
    employee = "Of employees"
    resident = "Of residents"
    none = "None"
    unknown = "Not known"


ENUMS: dict[str, type[Enum]] = {
    "relief": Relief, "support_form": Support, "living": Living, "pension": Pension,
    **dict.fromkeys(("urban_hukou", "wants_central", "in_home", "dementia", "left_behind", "empty_nest",
                     "special_family", "special_contribution"), Answer),
}  # fmt: skip
NUMBERS = ("age", "hukou_county", "residence_county", "self_care_failed", "ability_level", "disability_grade")
DATES = ("assessed_on", "died_on")
FLAGS = ("household_known",)

FIGURES: dict[str, dict[str, int]] = {
    "age": {"pension": 60, "assessed": 65, "advanced": 90, "hundred": 100},
    "place": {"county": _fisca.COUNTY},
    "failed": {"some": 1, "half": 1, "full": 4},
    "level": {"some": 2, "severe": 3},
    "grade": {"severe": 2},
    "amount": {
        "advanced_90": 10000, "advanced_100": 20000, "service_subsidy": 2000, "tekun_urban": 91000,
        "tekun_rural": 58500, "disability": 7000, "central_care": 50000, "voucher": 80000, "care_full": 51700,
        "care_half": 25800, "care_self": 15500,
    },
}  # fmt: skip
"""The parameters of the package: by node their value."""

Formula = Callable[[Any, Any, Any], Any]


def answered(yes: Any, unknown: Any) -> Any:
    """An answer of three, as `select` gives it."""
    return select([unknown, yes], [Answer.unknown, Answer.yes], default=Answer.no)


def one_of(name: str, *wanted: str) -> Formula:
    def formula(person: Any, period: Any, parameters: Any) -> Any:
        value, members = person(name, period), ENUMS[name]
        found = value == members[wanted[0]]
        for other in wanted[1:]:
            found = found + (value == members[other])
        return answered(found, value == members["unknown"])

    return formula


def reaches(name: str, node: str, figure: str) -> Formula:
    def formula(person: Any, period: Any, parameters: Any) -> Any:
        value = person(name, period)
        return answered(value >= parameters(period)[node][figure], value < 0)

    return formula


def surely_reaches(*bounds: tuple[str, str, str]) -> Formula:
    """Whether any of the numbers is known and reaches its figure."""

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        found = False
        for name, node, figure in bounds:
            found = found + (person(name, period) >= parameters(period)[node][figure])
        return where(found, Answer.yes, Answer.no)

    return formula


def county(name: str) -> Formula:
    def formula(person: Any, period: Any, parameters: Any) -> Any:
        value = person(name, period)
        return answered(value == parameters(period).place.county, value < 0)

    return formula


def either(*names: str) -> Formula:
    """Yes where any is yes, else unknown where any is."""

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        yes, unknown = False, False
        for name in names:
            answer = person(name, period)
            yes = yes + (answer == Answer.yes)
            unknown = unknown + (answer == Answer.unknown)
        return select([yes, unknown], [Answer.yes, Answer.unknown], default=Answer.no)

    return formula


def severe(person: Any, period: Any, parameters: Any) -> Any:
    grade = person("disability_grade", period)
    return where((grade > 0) * (grade <= parameters(period).grade.severe), Answer.yes, Answer.no)


def signs(person: Any, period: Any, parameters: Any) -> Any:
    found = person("assessed_on", period) < np.datetime64(NEVER)
    found = found + (person("self_care_failed", period) >= parameters(period).failed.some)
    found = found + (person("severe", period) == Answer.yes) + (person("dementia", period) == Answer.yes)
    return where(found, Answer.yes, Answer.no)


def left_alone(person: Any, period: Any, parameters: Any) -> Any:
    living, relief = person("living", period), person("relief", period)
    no = ((living != Living.others) * (living != Living.unknown)) + (
        (relief != Relief.none) * (relief != Relief.unknown)
    )
    unknown = (living == Living.unknown) + (relief == Relief.unknown)
    return select([no, unknown], [Answer.no, Answer.unknown], default=Answer.yes)


def failed_none(person: Any, period: Any, parameters: Any) -> Any:
    failed = person("self_care_failed", period)
    return answered(failed == 0, failed < 0)


def failed_known(person: Any, period: Any, parameters: Any) -> Any:
    return where(person("self_care_failed", period) >= 0, Answer.yes, Answer.unknown)


ANSWERS: dict[str, Formula] = {
    "alive": lambda person, period, parameters: where(
        person("died_on", period) > np.datetime64(period.start.date), Answer.yes, Answer.no
    ),
    "pension_employee": one_of("pension", "employee"),
    "pension_resident": one_of("pension", "resident"),
    "age_60": reaches("age", "age", "pension"),
    "age_65": reaches("age", "age", "assessed"),
    "age_90": reaches("age", "age", "advanced"),
    "local": county("hukou_county"),
    "resident": county("residence_county"),
    "dibao": one_of("relief", "dibao"),
    "tekun": one_of("relief", "tekun"),
    "not_tekun": one_of("relief", "none", "dibao", "marginal", "low_income"),
    "hardship": one_of("relief", "tekun", "dibao", "marginal", "low_income"),
    "hardship_not_tekun": one_of("relief", "dibao", "marginal", "low_income"),
    "failed_0": failed_none,
    "failed_known": failed_known,
    "failed_1": reaches("self_care_failed", "failed", "some"),
    "failed_4": reaches("self_care_failed", "failed", "full"),
    "level_2": reaches("ability_level", "level", "some"),
    "level_3": reaches("ability_level", "level", "severe"),
    "unable": either("level_3", "failed_4"),
    "surely_unable": surely_reaches(("ability_level", "level", "severe"), ("self_care_failed", "failed", "full")),
    "surely_partly": surely_reaches(("ability_level", "level", "some"), ("self_care_failed", "failed", "some")),
    "surely_level_2": surely_reaches(("ability_level", "level", "some")),
    "at_home": lambda person, period, parameters: where(
        person("in_home", period) == Answer.yes, Answer.no, Answer.yes
    ),
    "lives_in_home": lambda person, period, parameters: where(
        person("in_home", period) == Answer.yes, Answer.yes, Answer.no
    ),
    "central": one_of("support_form", "central"),
    "dispersed": one_of("support_form", "dispersed"),
    "wish": lambda person, period, parameters: person("wants_central", period),
    "lives_alone": one_of("living", "alone"),
    "in_difficulty": either(
        "lives_alone", "empty_nest", "left_behind", "special_family", "surely_level_2", "severe"
    ),
    "in_difficulty_or_hardship": either("hardship", "in_difficulty"),
    "contribution": lambda person, period, parameters: person("special_contribution", period),
    "special": lambda person, period, parameters: person("special_family", period),
    "disabled": lambda person, period, parameters: where(
        person("disability_grade", period) >= 0, Answer.yes, Answer.no
    ),
    "severe": severe,
    "placeless": lambda person, period, parameters: where(
        (person("residence_county", period) < 0) * np.logical_not(person("household_known", period)),
        Answer.yes, Answer.no,
    ),
    "left_alone": left_alone,
    "signs": signs,
}  # fmt: skip


def status(service: str, tests: tuple[str, ...]) -> Formula:
    """Not due where a test is answered no, to be checked where one is not known, else due unless superseded."""
    rival = _fisca.BEATEN_BY.get(service)

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        no, unknown = False, False
        for test in tests:
            answer = person(test, period)
            no = no + (answer == Answer.no)
            unknown = unknown + (answer == Answer.unknown)
        if rival is None:
            return select([no, unknown], [Status.not_due, Status.check], default=Status.due)
        beaten = person(_fisca.variable("status", rival), period) == Status.due
        return select(
            [no, unknown, beaten], [Status.not_due, Status.check, Status.superseded], default=Status.due
        )  # fmt: skip

    return formula


def flat(figure: str) -> Formula:
    return lambda person, period, parameters: person.filled_array(parameters(period).amount[figure])


def advanced(person: Any, period: Any, parameters: Any) -> Any:
    amount, ages = parameters(period).amount, parameters(period).age
    return where(person("age", period) >= ages.hundred, amount.advanced_100, amount.advanced_90)


def dispersed(person: Any, period: Any, parameters: Any) -> Any:
    urban, amount = person("urban_hukou", period), parameters(period).amount
    return select([urban == Answer.yes, urban == Answer.no], [amount.tekun_urban, amount.tekun_rural], default=-1)


def care(*figures: str) -> Formula:
    """By how much of the self-care failed; -1 where that is not known or no figure is for it."""

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        failed, at, amount = person("self_care_failed", period), parameters(period).failed, parameters(period).amount
        bounds = (at.full, at.half, 0)
        return select(
            [failed >= bound for bound, _ in zip(bounds, figures, strict=False)],
            [amount[figure] for figure in figures], default=-1,
        )  # fmt: skip

    return formula


AMOUNTS: dict[str, Formula] = {
    "advanced-age-allowance": advanced,
    "elderly-service-subsidy": flat("service_subsidy"),
    "tekun-dispersed": dispersed,
    "tekun-central": flat("tekun_urban"),
    "disability-living-allowance": flat("disability"),
    "disability-nursing-allowance": flat("disability"),
    "disability-central-care": flat("central_care"),
    "service-voucher": flat("voucher"),
    "tekun-care-dispersed": care("care_full", "care_half"),
    "tekun-care-central": care("care_full", "care_half", "care_self"),
}


def system() -> TaxBenefitSystem:
    """The tax and benefit system of the package: inputs, answers, and for every service its status and its amount."""
    person = build_entity(key="person", plural="persons", label="Person", is_person=True)
    rules = TaxBenefitSystem([person])
    rules.parameters = ParameterNode(
        data={
            node: {figure: {"values": {"2020-01-01": {"value": value}}} for figure, value in figures.items()}
            for node, figures in FIGURES.items()
        }
    )
    month = {"entity": person, "definition_period": DateUnit.MONTH}

    def add(name: str, formula: Formula | None = None, **members: Any) -> None:
        if formula is not None:
            members["formula"] = formula
        rules.add_variable(type(name, (Variable,), {**month, **members}))

    for name, listed in ENUMS.items():
        add(name, value_type=Enum, possible_values=listed, default_value=listed["unknown"])
    for name in NUMBERS:
        add(name, value_type=int, default_value=-1)
    for name in DATES:
        add(name, value_type=date, default_value=NEVER)
    for name in FLAGS:
        add(name, value_type=bool)
    for name, formula in ANSWERS.items():
        add(name, formula, value_type=Enum, possible_values=Answer, default_value=Answer.unknown)
    for service, tests in _fisca.SERVICES.items():
        name = _fisca.variable("status", service)
        add(name, status(service, tests), value_type=Enum, possible_values=Status, default_value=Status.check)
        if service in AMOUNTS:
            add(_fisca.variable("amount", service), AMOUNTS[service], value_type=int)
    return rules


def inputs(facts: pl.DataFrame) -> dict[str, Any]:
    """The facts as this package takes them, ready to be given: Enum arrays, whole numbers, dates."""
    plain = _fisca.inputs(facts)
    given: dict[str, Any] = {name: plain[name] for name in NUMBERS}
    for name, listed in ENUMS.items():
        codes = np.where(plain[name] < 0, len(listed) - 1, plain[name])
        given[name] = EnumArray(codes.astype(np.int16), listed)
    for name in DATES:
        given[name] = facts[name].fill_null(NEVER).to_numpy().astype("datetime64[D]")
    given["household_known"] = facts["household_id"].is_not_null().to_numpy()
    return given


def run(rules: TaxBenefitSystem, given: Mapping[str, Any]) -> _fisca.Calculated:
    """A simulation of a month with the statuses and amounts of all services worked out."""
    simulation = SimulationBuilder().build_default_simulation(rules, count=len(given["age"]))
    for name, values in given.items():
        simulation.set_input(name, PERIOD, values)
    return _fisca.Calculated(
        {service: simulation.calculate(_fisca.variable("status", service), PERIOD) for service in _fisca.SERVICES},
        {service: simulation.calculate(_fisca.variable("amount", service), PERIOD) for service in AMOUNTS},
        lambda test: simulation.calculate(test, PERIOD) == Answer.unknown,
    )
