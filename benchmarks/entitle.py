"""Who is due what, for a county of 137,000: Polars against DuckDB and against OpenFisca, in one run, answers compared.

Run: `python benchmarks/entitle.py [PEOPLE]` in the developers' environment. All people are made up. OpenFisca knows no
unknown and no text: its rules are written by hand for a part of the services, with unknown as -1 and texts as numbers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import duckdb
import numpy as np
import polars as pl
from _machine import describe
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from yinian.core.packfiles import read_pack_sources
from yinian.engines.entitlement import Pack, PackSource, evaluate, evaluate_wide, load_pack
from yinian.engines.entitlement.duck import evaluate_duckdb

MILUO = "cn/hunan/yueyang/miluo"
AS_OF = date(2026, 3, 1)
PERIOD = "2026-03"
COUNTY_PEOPLE = 137_000
PART = (
    "ability-assessment", "advanced-age-allowance", "elderly-service-subsidy", "home-adaptation", "nursing-allowance",
    "tekun-dispersed", "tekun-central", "disability-nursing-allowance", "tekun-care-dispersed", "tekun-care-central",
    "service-voucher",
)  # fmt: skip
RELIEF = {"none": 0, "dibao": 1, "marginal": 2, "low_income": 3, "tekun": 4}
FORM = {"central": 0, "dispersed": 1}
FALSE, TRUE, UNKNOWN = 0, 1, 2


def made_up(people: int, seed: int = 7) -> pl.DataFrame:
    """Facts of as many made-up people, some facts unknown."""
    chance = np.random.default_rng(seed)
    age = 60 + np.minimum(chance.exponential(9.0, people), 48.0)
    birth = np.datetime64("2025-12-31") - (age * 365.25).astype("timedelta64[D]")

    def of(*options: Any, weights: list[float]) -> Any:
        return chance.choice(np.array(options), people, p=weights)

    frame = pl.DataFrame(
        {
            "person_id": [f"m{number:07d}" for number in range(people)],
            "birth_date": birth.astype("datetime64[D]"),
            "sex": of("male", "female", weights=[0.48, 0.52]),
            "hukou_region": of("430681100201", "430681002003", "430602001", weights=[0.6, 0.37, 0.03]),
            "residence_region": of("430681100201", "430681002003", "430602001", weights=[0.6, 0.37, 0.03]),
            "urban_hukou": of(True, False, weights=[0.3, 0.7]),
            "relief": of(*RELIEF, weights=[0.92, 0.034, 0.0036, 0.0174, 0.025]),
            "support_form": of(*FORM, weights=[0.2, 0.8]),
            "wants_central": of(True, False, weights=[0.1, 0.9]),
            "disability_grade": chance.integers(1, 5, people),
            "household_id": [f"h{number // 2}" for number in range(people)],
            "ability_level": of(0, 1, 2, 3, 4, weights=[0.8, 0.1, 0.05, 0.03, 0.02]),
            "self_care_failed": of(0, 1, 2, 3, 4, 5, 6, weights=[0.8, 0.08, 0.04, 0.03, 0.02, 0.02, 0.01]),
            "dementia": of(True, False, weights=[0.03, 0.97]),
            "living": of("alone", "spouse", "children", "kin", weights=[0.15, 0.5, 0.3, 0.05]),
            "left_behind": of(True, False, weights=[0.1, 0.9]),
            "empty_nest": of(True, False, weights=[0.3, 0.7]),
            "special_family": of(True, False, weights=[0.01, 0.99]),
            "special_contribution": of(True, False, weights=[0.01, 0.99]),
            "in_home": of(True, False, weights=[0.01, 0.99]),
            "pension": of("employee", "resident", "none", weights=[0.2, 0.7, 0.1]),
        }
    )
    unknown_share = {"disability_grade": 0.96, "ability_level": 0.7, "person_id": 0.0, "household_id": 0.0}
    kept = [
        pl.when(pl.Series(chance.random(people)) >= unknown_share.get(name, 0.04)).then(pl.col(name)).alias(name)
        for name in frame.columns
    ]
    level = pl.col("ability_level")
    return frame.select(kept).with_columns(assessed_on=pl.when(level.is_not_null()).then(date(2024, 5, 1)))


def part_of_pack() -> Pack:
    """Miluo's pack with all but the services of PART switched off."""
    sources = read_pack_sources(MILUO)
    off = "".join(
        f"- {{id: {service.id}, off: true, source: {{document: miluo-2025-4, confidence: unknown}}}}\n"
        for service in load_pack(sources).services
        if service.id not in PART
    )
    head = f'region: "430681"\nextends: {MILUO}\n'
    return load_pack([*sources, PackSource("part", {"pack.yaml": head, "services/off.yaml": off})])


# The same rules for OpenFisca. A truth is 0, 1 or 2 (unknown).

Ask = Callable[[str], Any]


def truth(condition: Any, *read: Any) -> Any:
    """The condition, unknown where something it reads is (-1)."""
    missing = np.zeros(len(condition), dtype=bool)
    for values in read:
        missing |= values < 0
    return np.where(missing, UNKNOWN, condition.astype(np.int8))


def every(*truths: Any) -> Any:
    whole = truths[0]
    for other in truths[1:]:
        either_false = (whole == FALSE) | (other == FALSE)
        whole = np.where(either_false, FALSE, np.maximum(whole, other))
    return whole


def either(one: Any, other: Any) -> Any:
    any_true = (one == TRUE) | (other == TRUE)
    return np.where(any_true, TRUE, np.where((one == UNKNOWN) | (other == UNKNOWN), UNKNOWN, FALSE))


def local(ask: Ask) -> Any:
    return truth(ask("hukou_county") == 430681, ask("hukou_county"))


def alive(ask: Ask) -> Any:
    died = ask("died_on")
    return np.where((died < 0) | (died > AS_OF.toordinal()), TRUE, FALSE)


def relief_in(ask: Ask, *names: str) -> Any:
    return truth(np.isin(ask("relief"), [RELIEF[name] for name in names]), ask("relief"))


def at_least(ask: Ask, name: str, bound: int) -> Any:
    return truth(ask(name) >= bound, ask(name))


def tekun(ask: Ask, form: str) -> Any:
    return every(alive(ask), relief_in(ask, "tekun"), truth(ask("support_form") == FORM[form], ask("support_form")))


def severe(ask: Ask) -> Any:
    grade = ask("disability_grade")
    return np.where((grade >= 1) & (grade <= 2), TRUE, FALSE)


RULES: dict[str, Callable[[Ask], Any]] = {
    "ability-assessment": lambda ask: every(alive(ask), at_least(ask, "age", 65)),
    "advanced-age-allowance": lambda ask: every(alive(ask), at_least(ask, "age", 90), local(ask)),
    "elderly-service-subsidy": lambda ask: every(
        alive(ask), at_least(ask, "age", 65), relief_in(ask, "dibao"), at_least(ask, "self_care_failed", 1), local(ask)
    ),
    "home-adaptation": lambda ask: every(
        alive(ask),
        relief_in(ask, "tekun", "dibao", "marginal", "low_income"),
        np.where(ask("in_home") == 1, FALSE, TRUE),
    ),
    "nursing-allowance": lambda ask: every(
        alive(ask),
        relief_in(ask, "dibao", "marginal", "low_income"),
        either(at_least(ask, "ability_level", 3), at_least(ask, "self_care_failed", 4)),
        local(ask),
    ),
    "tekun-dispersed": lambda ask: tekun(ask, "dispersed"),
    "tekun-central": lambda ask: tekun(ask, "central"),
    "disability-nursing-allowance": lambda ask: every(
        alive(ask),
        severe(ask),
        relief_in(ask, "none", "dibao", "marginal", "low_income"),
        local(ask),
    ),
    "tekun-care-dispersed": lambda ask: every(tekun(ask, "dispersed"), at_least(ask, "self_care_failed", 1)),
    "tekun-care-central": lambda ask: every(tekun(ask, "central"), at_least(ask, "self_care_failed", 0)),
    "service-voucher": lambda ask: every(
        alive(ask),
        np.where(
            (ask("assessed_on") >= 0) | (ask("self_care_failed") >= 1) | (severe(ask) == TRUE) | (ask("dementia") == 1),
            TRUE,
            FALSE,
        ),
        at_least(ask, "ability_level", 2),
    ),
}


def banded(ask: Ask, name: str, *bands: tuple[int, int]) -> Any:
    """The figure of the first band reached, -1 where none is or the fact is unknown."""
    value = ask(name)
    return np.select([(value >= bound) & (value >= 0) for bound, _ in bands], [fen for _, fen in bands], default=-1)


AMOUNTS: dict[str, Callable[[Ask], Any]] = {
    "advanced-age-allowance": lambda ask: np.where(ask("age") >= 100, 20000, 10000),
    "elderly-service-subsidy": lambda ask: np.full(len(ask("age")), 2000),
    "tekun-dispersed": lambda ask: np.select([ask("urban_hukou") == 1, ask("urban_hukou") == 0], [91000, 58500], -1),
    "tekun-central": lambda ask: np.full(len(ask("age")), 91000),
    "disability-nursing-allowance": lambda ask: np.full(len(ask("age")), 7000),
    "tekun-care-dispersed": lambda ask: banded(ask, "self_care_failed", (4, 51700), (1, 25800)),
    "tekun-care-central": lambda ask: banded(ask, "self_care_failed", (4, 51700), (1, 25800), (0, 15500)),
    "service-voucher": lambda ask: np.full(len(ask("age")), 80000),
}
INPUTS = (
    "age", "hukou_county", "relief", "support_form", "urban_hukou", "self_care_failed", "ability_level", "in_home",
    "disability_grade", "dementia", "assessed_on", "died_on",
)  # fmt: skip


def openfisca_system() -> TaxBenefitSystem:
    """Inputs, a status and an amount for each service of PART; supersession by a second variable."""
    person = build_entity(key="person", plural="persons", label="Person", is_person=True)
    system = TaxBenefitSystem([person])
    common = {"entity": person, "definition_period": DateUnit.MONTH, "value_type": int}

    def add(name: str, formula: Callable[[Ask], Any] | None) -> None:
        members: dict[str, Any] = {**common, "default_value": -1} if formula is None else dict(common)
        if formula is not None:
            rule = formula
            members["formula"] = lambda people, period, parameters: rule(lambda asked: people(asked, period))
        system.add_variable(type(name, (Variable,), members))

    for name in INPUTS:
        add(name, None)
    for service, rule in RULES.items():
        add(variable("raw", service), rule)
        if service in AMOUNTS:
            add(variable("amount", service), AMOUNTS[service])
    for service in RULES:
        add(variable("status", service), settled(service))
    return system


def variable(kind: str, service: str) -> str:
    return f"{kind}_{service.replace('-', '_')}"


def settled(service: str) -> Callable[[Ask], Any]:
    """The status after exclusion (tekun) and the higher amount (nursing)."""
    beaten_by = {"tekun-central": "tekun-dispersed", "nursing-allowance": "disability-nursing-allowance"}.get(service)

    def status(ask: Ask) -> Any:
        raw = ask(variable("raw", service))
        if beaten_by is None:
            return raw
        return np.where((raw == TRUE) & (ask(variable("raw", beaten_by)) == TRUE), 3, raw)

    return status


def openfisca_inputs(facts: pl.DataFrame) -> Mapping[str, Any]:
    """The facts as OpenFisca takes them: whole numbers, -1 unknown."""
    known = facts.with_columns(died_on=pl.lit(None, dtype=pl.Date))
    birth = pl.col("birth_date")
    had_birthday = (birth.dt.month() < AS_OF.month) | (
        (birth.dt.month() == AS_OF.month) & (birth.dt.day() <= AS_OF.day)
    )
    epoch = date(1970, 1, 1).toordinal()
    columns = known.select(
        age=AS_OF.year - birth.dt.year() - (~had_birthday).cast(pl.Int32),
        hukou_county=pl.col("hukou_region").str.slice(0, 6).cast(pl.Int32),
        relief=pl.col("relief").replace_strict(RELIEF, return_dtype=pl.Int32),
        support_form=pl.col("support_form").replace_strict(FORM, return_dtype=pl.Int32),
        **{
            name: pl.col(name).cast(pl.Int32)
            for name in ("urban_hukou", "self_care_failed", "ability_level", "in_home", "disability_grade", "dementia")
        },
        **{name: pl.col(name).cast(pl.Int32) + epoch for name in ("assessed_on", "died_on")},
    ).fill_null(-1)
    return {name: columns[name].to_numpy() for name in INPUTS}


def run_openfisca(system: TaxBenefitSystem, inputs: Mapping[str, Any], people: int) -> dict[str, Any]:
    """Statuses and amounts by variable name."""
    simulation = SimulationBuilder().build_default_simulation(system, count=people)
    for name, values in inputs.items():
        simulation.set_input(name, PERIOD, values)
    wanted = [variable("status", service) for service in PART] + [variable("amount", service) for service in AMOUNTS]
    return {name: simulation.calculate(name, PERIOD) for name in wanted}


def best_of(times: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time in seconds, and the last outcome."""
    shortest, outcome = float("inf"), None
    for _turn in range(times):
        start = time.perf_counter()
        outcome = work()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, outcome


def check_same(wide: pl.DataFrame, found: Mapping[str, Any]) -> None:
    """Holds OpenFisca's answers to the engine's, person by person."""
    for service in PART:
        status = found[variable("status", service)]
        ours = wide[f"status:{service}"].to_numpy()
        assert (status == ours).all(), f"{service}: {int((status != ours).sum())} people differ"
        if service in AMOUNTS:
            money = np.where(ours == 0, -1, found[variable("amount", service)])
            assert (wide[f"amount:{service}"].fill_null(-1).to_numpy() == money).all(), service


def main(people: int = COUNTY_PEOPLE) -> None:
    """Prints seconds, ratios and the machine."""
    print(describe())
    print(
        f"polars {pl.__version__}, duckdb {duckdb.__version__}; {people:,} people, best of 5 (DuckDB and OpenFisca 3)"
    )
    facts = made_up(people)
    whole, part = load_pack(read_pack_sources(MILUO)), part_of_pack()
    services = len(whole.services_on(AS_OF))
    load, _pack = best_of(3, lambda: load_pack(read_pack_sources(MILUO)))
    print(f"reading and checking the packs: {load:.3f} s")

    wide_seconds, _wide = best_of(5, lambda: evaluate_wide(whole, facts, AS_OF))
    long_seconds, long = best_of(5, lambda: evaluate(whole, facts, AS_OF, with_unknown_facts=True))
    print(f"Polars, {services} services: wide {wide_seconds:.3f} s; long with reasons {long_seconds:.3f} s, "
          f"{long.height:,} rows")  # fmt: skip
    duck_seconds, duck = best_of(3, lambda: evaluate_duckdb(whole, facts, AS_OF))
    assert long.drop("unknown_facts").equals(duck), "the two engines differ"
    print(f"DuckDB, the same rows: {duck_seconds:.3f} s")
    print(f"ratio DuckDB / Polars (long): {duck_seconds / long_seconds:.1f}")

    system = openfisca_system()
    part_seconds, wide = best_of(5, lambda: evaluate_wide(part, facts, AS_OF))
    encode_seconds, inputs = best_of(3, lambda: openfisca_inputs(facts))
    fisca_seconds, found = best_of(3, lambda: run_openfisca(system, inputs, people))
    check_same(wide, found)
    print(f"{len(PART)} services in common, every status and amount the same:")
    print(f"  Polars {part_seconds:.3f} s from the facts")
    print(f"  OpenFisca {fisca_seconds:.3f} s after {encode_seconds:.3f} s of turning facts into numbers")
    print(f"ratio OpenFisca / Polars: {(fisca_seconds + encode_seconds) / part_seconds:.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
