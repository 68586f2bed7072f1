"""A durable server and a data folder for each module of crash tests."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.ground import Ground

from yinian.core import pgserver


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A durable server with Yinian's tables, and what the module's ``PREPARE`` (a command of crashkit) puts in."""
    data = Path(os.environ["YINIAN_DATA"]).resolve() / f"crash{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    pgserver.remove(data)
    subprocess.run(["rm", "-rf", str(data)], check=True)
    pgserver.ensure_running(data, durable=True)
    Ground(data).client(request.module.PREPARE)
    yield data
    pgserver.remove(data)
    subprocess.run(["rm", "-rf", str(data)], check=True)


@pytest.fixture
def ground(cluster: Path) -> Iterator[Ground]:
    made = Ground(cluster)
    yield made
    made.end()
