"""A durable server with a data folder, and a database of its own for each module of crash tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.crash.ground import Ground

from yinian.core import pgserver

TABLES = "tables"  # the database every module's is a copy of: making a hundred tables durably takes a minute


@pytest.fixture(scope="session")
def tables() -> Iterator[Path]:
    """The data folder of a durable server that holds Yinian's empty tables aside."""
    data = Path(os.environ["YINIAN_DATA"]).resolve() / f"crash{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    _clear(data)
    pgserver.ensure_running(data, durable=True)
    Ground(data).client("tables")
    _ask(data, f"ALTER DATABASE {pgserver.DATABASE} RENAME TO {TABLES}")
    yield data
    _clear(data)


@pytest.fixture(scope="module")
def cluster(tables: Path, request: pytest.FixtureRequest) -> Path:
    """The server with Yinian's tables, and what the module's ``PREPARE`` (a command of crashkit) puts in."""
    pgserver.ensure_running(tables, durable=True)  # the module before may have left it killed
    _ask(tables, f"DROP DATABASE IF EXISTS {pgserver.DATABASE} WITH (FORCE)")
    _ask(tables, f"CREATE DATABASE {pgserver.DATABASE} TEMPLATE {TABLES}")
    shutil.rmtree(tables / "county", ignore_errors=True)
    for log in tables.glob("*.log"):
        log.unlink()
    Ground(tables).client(request.module.PREPARE)
    return tables


@pytest.fixture
def ground(cluster: Path) -> Iterator[Ground]:
    made = Ground(cluster)
    yield made
    made.end()


def _ask(data: Path, sql: str) -> None:
    with psycopg.connect(pgserver.dsn(data, "postgres"), autocommit=True) as connection:
        connection.execute(sql)


def _clear(data: Path) -> None:
    pgserver.remove(data)
    shutil.rmtree(data, ignore_errors=True)
