"""Miluo's whole service list written by hand for openfisca-core as tightly as NumPy allows.

OpenFisca knows no unknown and no text: a truth is 0, 1 or 2 (unknown), inputs are whole numbers with -1 for unknown.
Conditions that several services share are variables, worked out once. So nobody writes a country package; it is the
bound of what OpenFisca can do. `_fisca_country` is the package that its users would write. Only the benchmark of the
engines uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from yinian.engines.entitlement.model import BoundService
from yinian.engines.entitlement.settling import STATUS_NAMES

AS_OF = date(2026, 3, 1)
PERIOD = "2026-03"
COUNTY = 430681
RELIEF = {"none": 0, "dibao": 1, "marginal": 2, "low_income": 3, "tekun": 4}
FORM = {"central": 0, "dispersed": 1}
LIVING = {"alone": 0, "spouse": 1, "children": 2, "kin": 3, "others": 4, "home": 5}
PENSION = {"employee": 0, "resident": 1, "none": 2}
FALSE, TRUE, UNKNOWN, SUPERSEDED = 0, 1, 2, 3
HARDSHIP = ("tekun", "dibao", "marginal", "low_income")

Ask = Callable[[str], Any]
Rule = Callable[[Ask], Any]


def truth(condition: Any, known: Any) -> Any:
    """The condition where what it reads is known."""
    return np.where(known, condition, UNKNOWN).astype(np.int8)


def every(*truths: Any) -> Any:
    """AND: false before unknown before true."""
    whole = truths[0]
    for other in truths[1:]:
        whole = np.where((whole == FALSE) | (other == FALSE), FALSE, np.maximum(whole, other))
    return whole


def either(*truths: Any) -> Any:
    """OR: true before unknown before false."""
    whole = truths[0]
    for other in truths[1:]:
        whole = np.where((whole == TRUE) | (other == TRUE), TRUE, np.maximum(whole, other))
    return whole


def is_in(name: str, codes: Mapping[str, int], *wanted: str) -> Rule:
    numbers = [codes[word] for word in wanted]

    def rule(ask: Ask) -> Any:
        value = ask(name)
        return truth(value == numbers[0] if len(numbers) == 1 else np.isin(value, numbers), value >= 0)

    return rule


def at_least(name: str, bound: int) -> Rule:
    return lambda ask: truth(ask(name) >= bound, ask(name) >= 0)


def known(name: str) -> Rule:
    return lambda ask: (ask(name) >= 0).astype(np.int8)


def flag(name: str) -> Rule:
    return lambda ask: truth(ask(name) == 1, ask(name) >= 0)


def surely(name: str, bound: int) -> Rule:
    """COALESCE(fact, 0) >= bound."""
    return lambda ask: (ask(name) >= bound).astype(np.int8)


def severe(ask: Ask) -> Any:
    grade = ask("disability_grade")
    return ((grade >= 1) & (grade <= 2)).astype(np.int8)


def alive(ask: Ask) -> Any:
    died = ask("died_on")
    return ((died < 0) | (died > AS_OF.toordinal())).astype(np.int8)


CONDITIONS: dict[str, Rule] = {
    "alive": alive,
    "pension_employee": is_in("pension", PENSION, "employee"),
    "pension_resident": is_in("pension", PENSION, "resident"),
    "age_60": at_least("age", 60),
    "age_65": at_least("age", 65),
    "age_90": at_least("age", 90),
    "local": lambda ask: truth(ask("hukou_county") == COUNTY, ask("hukou_county") >= 0),
    "resident": lambda ask: truth(ask("residence_county") == COUNTY, ask("residence_county") >= 0),
    "dibao": is_in("relief", RELIEF, "dibao"),
    "tekun": is_in("relief", RELIEF, "tekun"),
    "not_tekun": is_in("relief", RELIEF, "none", "dibao", "marginal", "low_income"),
    "no_relief": is_in("relief", RELIEF, "none"),
    "hardship": is_in("relief", RELIEF, *HARDSHIP),
    "hardship_not_tekun": is_in("relief", RELIEF, "dibao", "marginal", "low_income"),
    "failed_0": lambda ask: truth(ask("self_care_failed") == 0, ask("self_care_failed") >= 0),
    "failed_known": lambda ask: truth(ask("self_care_failed") >= 0, ask("self_care_failed") >= 0),
    "failed_1": at_least("self_care_failed", 1),
    "unable": lambda ask: either(at_least("ability_level", 3)(ask), at_least("self_care_failed", 4)(ask)),
    "surely_unable": lambda ask: either(surely("ability_level", 3)(ask), surely("self_care_failed", 4)(ask)),
    "surely_partly": lambda ask: either(surely("ability_level", 2)(ask), surely("self_care_failed", 1)(ask)),
    "at_home": lambda ask: (ask("in_home") != 1).astype(np.int8),
    "lives_in_home": lambda ask: (ask("in_home") == 1).astype(np.int8),
    "central": is_in("support_form", FORM, "central"),
    "dispersed": is_in("support_form", FORM, "dispersed"),
    "wish": flag("wants_central"),
    "in_difficulty": lambda ask: either(
        is_in("living", LIVING, "alone")(ask), flag("empty_nest")(ask), flag("left_behind")(ask),
        flag("special_family")(ask), surely("ability_level", 2)(ask), severe(ask),
    ),
    "in_difficulty_or_hardship": lambda ask: either(ask("hardship"), ask("in_difficulty")),
    "contribution": flag("special_contribution"),
    "special": flag("special_family"),
    "disabled": known("disability_grade"),
    "severe": severe,
    "placeless": lambda ask: ((ask("residence_county") < 0) & (ask("household_known") < 0)).astype(np.int8),
    "left_alone": lambda ask: every(is_in("living", LIVING, "others")(ask), ask("no_relief")),
    "signs": lambda ask: (
        (ask("assessed_on") >= 0) | (ask("self_care_failed") >= 1) | (ask("severe") == TRUE) | (ask("dementia") == 1)
    ).astype(np.int8),
    "level_2": at_least("ability_level", 2),
}  # fmt: skip

SERVICES: dict[str, tuple[str, ...]] = {
    "pension-employee": ("alive", "pension_employee", "age_60"),
    "pension-resident": ("alive", "pension_resident", "age_60"),
    "ability-assessment": ("alive", "age_65"),
    "advanced-age-allowance": ("alive", "age_90", "local"),
    "elderly-service-subsidy": ("alive", "age_65", "dibao", "failed_1", "local"),
    "home-adaptation": ("alive", "hardship", "at_home"),
    "nursing-allowance": ("alive", "hardship_not_tekun", "unable", "local"),
    "family-care-support": ("alive", "surely_unable", "at_home"),
    "dibao-support": ("alive", "dibao"),
    "tekun-dispersed": ("alive", "tekun", "dispersed"),
    "tekun-central": ("alive", "tekun", "central"),
    "tekun-central-on-wish": ("alive", "tekun", "dispersed", "wish"),
    "care-visit": ("alive", "in_difficulty", "at_home"),
    "veterans-central-support": ("alive", "contribution"),
    "home-priority": ("alive", "special"),
    "disability-living-allowance": ("alive", "disabled", "dibao", "local"),
    "disability-nursing-allowance": ("alive", "severe", "not_tekun", "local"),
    "disability-central-care": ("alive", "severe", "dibao", "lives_in_home", "local"),
    "vagrant-relief": ("alive", "placeless", "left_alone"),
    "service-voucher": ("alive", "signs", "level_2"),
    "tekun-care-dispersed": ("alive", "tekun", "dispersed", "failed_1"),
    "tekun-care-insurance": ("alive", "tekun", "dispersed", "failed_0"),
    "tekun-care-central": ("alive", "tekun", "central", "failed_known"),
    "meal-service": ("alive", "in_difficulty_or_hardship", "at_home", "resident"),
    "meal-delivery": ("alive", "surely_partly", "at_home", "resident"),
}
"""The conditions of every service, in the order of its tests."""


def banded(name: str, *bands: tuple[int, int]) -> Rule:
    """The figure of the first band reached, -1 where none is or the fact is unknown."""

    def rule(ask: Ask) -> Any:
        value = ask(name)
        return np.select([value >= bound for bound, _ in bands], [fen for _, fen in bands], default=-1)

    return rule


def flat(fen: int) -> Rule:
    return lambda ask: np.full(len(ask("age")), fen)


AMOUNTS: dict[str, Rule] = {
    "advanced-age-allowance": lambda ask: np.where(ask("age") >= 100, 20000, 10000),
    "elderly-service-subsidy": flat(2000),
    "tekun-dispersed": lambda ask: np.select([ask("urban_hukou") == 1, ask("urban_hukou") == 0], [91000, 58500], -1),
    "tekun-central": flat(91000),
    "disability-living-allowance": flat(7000),
    "disability-nursing-allowance": flat(7000),
    "disability-central-care": flat(50000),
    "service-voucher": flat(80000),
    "tekun-care-dispersed": banded("self_care_failed", (4, 51700), (1, 25800)),
    "tekun-care-central": banded("self_care_failed", (4, 51700), (1, 25800), (0, 15500)),
}
BEATEN_BY = {"tekun-central": "tekun-dispersed", "nursing-allowance": "disability-nursing-allowance"}
"""Exclusion (tekun) and the higher amount (nursing), as they come out with this pack's amounts."""

INPUTS = (
    "age", "hukou_county", "residence_county", "household_known", "relief", "support_form", "living", "pension",
    "urban_hukou", "wants_central", "self_care_failed", "ability_level", "in_home", "disability_grade", "dementia",
    "left_behind", "empty_nest", "special_family", "special_contribution", "assessed_on", "died_on",
)  # fmt: skip


def variable(kind: str, service: str) -> str:
    """The name of a service's variable."""
    return f"{kind}_{service.replace('-', '_')}"


def system() -> TaxBenefitSystem:
    """Inputs, conditions, and for every service its status and, where it gives money, its amount."""
    person = build_entity(key="person", plural="persons", label="Person", is_person=True)
    rules = TaxBenefitSystem([person])
    common = {"entity": person, "definition_period": DateUnit.MONTH, "value_type": int}

    def add(name: str, rule: Rule | None) -> None:
        members: dict[str, Any] = {**common, "default_value": -1} if rule is None else dict(common)
        if rule is not None:
            members["formula"] = lambda people, period, parameters: rule(lambda asked: people(asked, period))
        rules.add_variable(type(name, (Variable,), members))

    for name in INPUTS:
        add(name, None)
    for name, rule in CONDITIONS.items():
        add(name, rule)
    for service, tests in SERVICES.items():
        add(variable("raw", service), lambda ask, tests=tests: every(*(ask(test) for test in tests)))
        add(variable("status", service), _settled(service))
        if service in AMOUNTS:
            add(variable("amount", service), AMOUNTS[service])
    return rules


def _settled(service: str) -> Rule:
    rival = BEATEN_BY.get(service)

    def status(ask: Ask) -> Any:
        raw = ask(variable("raw", service))
        if rival is None:
            return raw
        return np.where((raw == TRUE) & (ask(variable("raw", rival)) == TRUE), SUPERSEDED, raw)

    return status


def inputs(facts: pl.DataFrame) -> dict[str, Any]:
    """The facts as OpenFisca takes them: whole numbers, -1 unknown."""
    birth = pl.col("birth_date")
    had_birthday = (birth.dt.month() < AS_OF.month) | (
        (birth.dt.month() == AS_OF.month) & (birth.dt.day() <= AS_OF.day)
    )
    epoch = date(1970, 1, 1).toordinal()
    whole = ("urban_hukou", "wants_central", "self_care_failed", "ability_level", "in_home", "disability_grade",
             "dementia", "left_behind", "empty_nest", "special_family", "special_contribution")  # fmt: skip
    listed = {"relief": RELIEF, "support_form": FORM, "living": LIVING, "pension": PENSION}
    columns = facts.select(
        age=AS_OF.year - birth.dt.year() - (~had_birthday).cast(pl.Int32),
        hukou_county=pl.col("hukou_region").str.slice(0, 6).cast(pl.Int32),
        residence_county=pl.col("residence_region").str.slice(0, 6).cast(pl.Int32),
        household_known=pl.col("household_id").is_not_null().cast(pl.Int32).replace(0, -1),
        **{
            name: pl.col(name).to_physical().cast(pl.Int32)
            if isinstance(facts.schema[name], pl.Enum)
            else pl.col(name).replace_strict(codes, return_dtype=pl.Int32)
            for name, codes in listed.items()
        },
        **{name: pl.col(name).cast(pl.Int32) for name in whole},
        **{name: pl.col(name).cast(pl.Int32) + epoch for name in ("assessed_on", "died_on")},
    ).fill_null(-1)
    return {name: columns[name].to_numpy() for name in INPUTS}


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a simulation comes to: by service its status codes and its amounts (-1 none), and by test who is unknown."""

    status: dict[str, Any]
    amount: dict[str, Any]
    unknown: Callable[[str], Any]


def run(rules: TaxBenefitSystem, given: Mapping[str, Any]) -> Calculated:
    """A simulation of a month with the statuses and amounts of all services worked out."""
    simulation = SimulationBuilder().build_default_simulation(rules, count=len(given["age"]))
    for name, values in given.items():
        simulation.set_input(name, PERIOD, values)
    return Calculated(
        {service: simulation.calculate(variable("status", service), PERIOD) for service in SERVICES},
        {service: simulation.calculate(variable("amount", service), PERIOD) for service in AMOUNTS},
        lambda test: simulation.calculate(test, PERIOD) == UNKNOWN,
    )


def rows(people: pl.Series, found: Calculated, services: tuple[BoundService, ...], pack_hash: str) -> pl.DataFrame:
    """The answers as rows of the long form, service by service: who is not "not due", with the unknown tests."""
    parts: list[pl.DataFrame] = []
    names = pl.Series(STATUS_NAMES)
    for bound in services:
        service = bound.service
        codes = np.asarray(found.status[service.id])
        places = np.flatnonzero(codes)
        chosen = codes[places]
        unknown = np.zeros(len(places), dtype=np.uint32)
        for bit, test in enumerate(SERVICES[service.id]):
            unknown += np.asarray(found.unknown(test))[places].astype(np.uint32) << bit
        tests = [test.id for test in service.tests]
        words = [";".join(name for bit, name in enumerate(tests) if code >> bit & 1) for code in range(1 << len(tests))]
        money = pl.Series([None], dtype=pl.Int64).new_from_index(0, len(places))
        if service.id in found.amount:
            money = pl.Series(np.asarray(found.amount[service.id])[places].astype(np.int64))
            money = money.set(money < 0, None)
        parts.append(
            pl.select(
                person_id=people.gather(places), service_id=pl.lit(service.id), status=names.gather(chosen),
                amount_fen=money, period=pl.lit(service.period, dtype=pl.String),
                unknown_tests=pl.Series(words).gather(np.where(chosen == UNKNOWN, unknown, 0)),
                false_tests=pl.lit(""), pack_hash=pl.lit(pack_hash), as_of=pl.lit(AS_OF),
            )
        )  # fmt: skip
    return pl.concat(parts)
