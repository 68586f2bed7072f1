"""A Spark cluster of two workers on the loopback address, one for all tests of a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from yinian.cli import sparkengine


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session on two workers of one core. Without PySpark or Java it fails and says what to type."""
    quick = {"spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2", "spark.driver.memory": "1g"}
    with pytest.MonkeyPatch.context() as patch:
        # Tests run briefly: compiling further costs more than it brings.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        with sparkengine.session("local-cluster[2,1,1024]", quick) as session:
            yield session


@pytest.fixture
def on_cluster(spark: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command uses the tests' cluster in place of a session of its own."""

    @contextmanager
    def shared(master: str | None = None, settings: Any = None) -> Iterator[Any]:
        yield spark

    monkeypatch.setattr(sparkengine, "session", shared)
    return spark
