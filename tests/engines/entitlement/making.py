"""Small packs and rows of facts for the tests, made in a line or two."""

from datetime import date
from typing import Any

import polars as pl

from yinian.engines.entitlement import FACTS, Pack, PackSource, load_pack

DAY = date(2025, 3, 1)
PACK = """\
region: "430681"
extends: null
documents:
  - {id: doc, title: 养老服务清单, number: 试政发〔2025〕1号}
"""
SOURCE = "{document: doc, confidence: verified}"
DTYPES = {"text": pl.String, "number": pl.Int64, "bool": pl.Boolean, "date": pl.Date}


def parameter(name: str, value: object, unit: str = "fen", start: str = "2020-01-01") -> str:
    """One parameter with one value; `value` is written as it would stand in YAML."""
    return (
        f"{name}:\n  label: {{zh: 数, en: figure}}\n  unit: {unit}\n  values:\n"
        f"    - {{from: {start}, value: {value}, source: {SOURCE}}}\n"
    )


def quoted(text: str) -> str:
    """A YAML text in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def service(
    key: str,
    *tests: str,
    amount: str | int | None = None,
    period: str = "month",
    **more: str,
) -> str:
    """One service; tests are named t1, t2 … and `more` is further YAML by key."""
    lines = [f"- id: {key}", f"  label: {{zh: 服务{key}, en: Service {key}}}", "  who:"]
    for number, test in enumerate(tests or ("TRUE",), 1):
        lines.append(f"    - {{id: t{number}, test: {quoted(test)}, label: {{zh: 条件{number}, en: test {number}}}}}")
    if amount is not None:
        lines.append(f"  gives: {{amount: {quoted(str(amount))}, period: {period}}}")
    lines += [f"  {name}: {value}" for name, value in more.items()]
    return "\n".join([*lines, f"  source: {SOURCE}"]) + "\n"


def a_pack(*services: str, parameters: str = "", head: str = PACK, **files: str) -> Pack:
    """A root pack of these services."""
    return load_pack([a_source("county", *services, parameters=parameters, head=head, **files)])


def a_source(name: str, *services: str, parameters: str = "", head: str = PACK, **files: str) -> PackSource:
    """A pack as texts; `files` names further YAML files without their ending."""
    texts = {"pack.yaml": head, "services/10.yaml": "".join(services)}
    if parameters:
        texts["parameters.yaml"] = parameters
    texts.update({f"{key}.yaml": text for key, text in files.items()})
    return PackSource(name, texts, name)


def child_head(parent: str) -> str:
    """pack.yaml of a pack that extends another."""
    return f'region: "4306"\nextends: {parent}\n'


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    """Facts of one person per row, numbered p1, p2 …; only the columns that some row names."""
    names = [name for name in FACTS if any(name in row for row in rows)]
    schema = {"person_id": pl.String, **{name: DTYPES[FACTS[name].type] for name in names}}
    numbered = [{"person_id": f"p{number}", **row} for number, row in enumerate(rows, 1)]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in numbered], schema=schema)
