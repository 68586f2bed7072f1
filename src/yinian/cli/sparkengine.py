"""Entitlement on Spark: a session, the facts as a view, the answers as one file or as a folder of many.

A session of its own stays on this machine: it binds to the loopback address, opens no page and writes to a folder that
goes when it ends. What the statement says is for `engines/entitlement/spark`.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from yinian.cli.answerfiles import AnswerFile
from yinian.cli.errors import InputError
from yinian.cli.factfiles import FactFile, check_names
from yinian.cli.tooling import tool
from yinian.engines.entitlement.evaluate import coded
from yinian.engines.entitlement.facts import FACTS, Fact
from yinian.engines.entitlement.prepare import births_words, expected_of
from yinian.engines.entitlement.settling import LONG_SCHEMA
from yinian.engines.entitlement.spark import faults_sql, spark_sql

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame, SparkSession

    from yinian.engines.entitlement.model import Pack

LOCAL = "local[*]"
PEOPLE_A_PART = 1 << 19
ROWS_AT_ONCE = 1 << 20
_ROW, _FILE = "yinian_row", "yinian_file"
_QUIET = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %p %c{1}: %m%n
"""


@contextmanager
def session(master: str | None = None, settings: Mapping[str, str] | None = None) -> Iterator[SparkSession]:
    """A Spark session; without `master` this machine's own, under spark-submit the cluster's.

    Raises InputError where PySpark or Java is missing.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise InputError("--engine spark needs PySpark 4, which is not installed here; type: ./run env --spark")
    from pyspark.sql import SparkSession

    if "PYSPARK_GATEWAY_PORT" in os.environ:  # started by spark-submit, which has settled all there is to settle
        yield SparkSession.builder.config(map=dict(settings or {})).getOrCreate()
        return
    java = tool("java")
    home = java.find()
    if home is None:
        raise InputError(
            f"--engine spark needs Java {java.OLDEST} or newer, and none was found; type: {java.install_command()}"
        )
    with tempfile.TemporaryDirectory(prefix="yinian-spark-") as folder, _surroundings(Path(folder), home):
        wanted = {"spark.app.name": "yinian entitle", "spark.master": master or LOCAL, "spark.ui.enabled": "false",
                  "spark.ui.showConsoleProgress": "false", "spark.sql.session.timeZone": "Asia/Shanghai",
                  "spark.sql.ansi.enabled": "true"}  # fmt: skip
        if wanted["spark.master"].startswith("local"):
            wanted |= _on_this_machine(Path(folder))
        found = SparkSession.builder.config(map=wanted | dict(settings or {})).getOrCreate()
        try:
            yield found
        finally:
            found.stop()


def _on_this_machine(folder: Path) -> dict[str, str]:
    logging = folder / "log4j2.properties"
    logging.write_text(_QUIET, "utf-8")
    quiet = f"-Dlog4j2.configurationFile={logging.as_uri()}"
    return {
        "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.driver.memory": "3g",
        "spark.local.dir": str(folder / "local"), "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.driver.extraJavaOptions": quiet, "spark.executor.extraJavaOptions": quiet,
        "spark.sql.shuffle.partitions": "8", "spark.sql.catalogImplementation": "in-memory",
    }  # fmt: skip


@contextmanager
def _surroundings(folder: Path, java_home: Path) -> Iterator[None]:
    """What Spark reads from the environment. Its home is a copy in links: a worker writes beside its programs."""
    import pyspark

    home = folder / "home"
    home.mkdir()
    for part in Path(pyspark.__file__).parent.iterdir():
        (home / part.name).symlink_to(part)
    told = {"SPARK_HOME": str(home), "JAVA_HOME": str(java_home), "SPARK_LOCAL_IP": "127.0.0.1"}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update({name: os.environ.get(name, value) for name, value in told.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def facts_view(spark: SparkSession, address: str, facts: str, partition: str | None = None) -> list[str]:
    """Makes the view `facts` of a Parquet file or folder, each row with its place; returns the columns' names.

    `facts` is how the user names the address; `partition` a column that need not be a fact.

    Raises InputError for what is not there or has columns of the wrong type.
    """
    from pyspark.errors import AnalysisException

    try:
        table = spark.read.parquet(address)
    except AnalysisException as error:
        raise InputError(f"{facts}: not readable as Parquet ({_first_line(error)})") from None
    check_names(facts, [name for name in table.columns if name != partition])
    for column in table.schema:
        if column.name in FACTS:
            _check_type(facts, FACTS[column.name], column.dataType.simpleString())
    placed = table.selectExpr("*", f"_metadata.file_name AS {_FILE}", f"_metadata.row_index AS {_ROW}")
    placed.createOrReplaceTempView("facts")
    return table.columns


def check_facts(spark: SparkSession, pack: Pack, as_of: date, facts: str, given: list[str]) -> int:
    """Holds the facts to the vocabulary and sees to it that nobody is given twice; returns how many people there are.

    Raises InputError naming row and column.
    """
    place = f"named_struct('file', {_FILE}, 'row', {_ROW})"
    found = spark.sql(faults_sql(pack, as_of, given, place)).first()
    assert found is not None
    for name, fault in found.asDict().items():
        if fault is not None:
            raise InputError(f"{_at(facts, fault['place'])}, {_fault_words(name, fault['value'], as_of)}")
    people, twice = spark.sql(
        f"SELECT sum(times), max(CASE WHEN times > 1 THEN place END) FROM "
        f"(SELECT count(*) AS times, max({place}) AS place FROM facts GROUP BY person_id)"
    ).collect()[0]
    if twice is not None:
        raise InputError(f"{_at(facts, twice)}, column person_id: given twice; expected one row per person")
    return int(people or 0)


def answers(
    spark: SparkSession, pack: Pack, as_of: date, given: list[str], with_not_due: bool, keep: str | None = None
) -> DataFrame:
    """The long form of the view `facts`, with the column `keep` carried along."""
    kept = f"`{keep}`, " if keep else ""
    return spark.sql(spark_sql(pack, as_of, given, with_not_due=with_not_due, keep=kept))


def put_in_order(spark: SparkSession, people: int) -> None:
    """Gives the view `facts` of one file the order of the file, in parts that follow one another."""
    parts = max(1, people // PEOPLE_A_PART)
    table = spark.table("facts").repartitionByRange(parts, _ROW).sortWithinPartitions(_ROW)
    table.createOrReplaceTempView("facts")


def write_file(table: DataFrame, draft: Path, suffix: str) -> tuple[int, dict[str, int]]:
    """The answers as one file in the order of their parts; returns rows, and rows by status."""
    with tempfile.TemporaryDirectory(prefix=".yinian-spark-", dir=draft.parent) as folder:
        parts = Path(folder) / "parts"
        table.write.parquet(parts.resolve().as_uri())
        with AnswerFile(draft, suffix) as file:
            for part in sorted(parts.glob("part-*.parquet")):
                with pq.ParquetFile(part) as source:
                    for batch in source.iter_batches(batch_size=ROWS_AT_ONCE):
                        file.write_rows(pa.Table.from_batches([batch]))
            if file.rows == 0:
                file.write(coded(pl.DataFrame(schema=LONG_SCHEMA)))
        return file.rows, file.status


def write_folder(
    spark: SparkSession, table: DataFrame, folder: str, partition: str | None
) -> tuple[int, dict[str, int]]:
    """The answers as a folder of Parquet files, by the values of `partition` where it is given; returns rows, and rows
    by status. Raises InputError where the folder is there already."""
    from pyspark.errors import AnalysisException

    writer = table.write.partitionBy(partition) if partition else table.write
    try:
        writer.parquet(folder)
    except AnalysisException as error:
        raise InputError(f"{folder}: cannot be written ({_first_line(error)})") from None
    counts = {row[0]: row[1] for row in spark.read.parquet(folder).groupBy("status").count().collect()}
    return sum(counts.values()), counts


def as_parquet(file: FactFile, folder: Path) -> Path:
    """The facts of a CSV as Parquet, checked on the way."""
    target = folder / "facts.parquet"
    writer: pq.ParquetWriter | None = None
    for _, piece in file.pieces():
        table = piece.to_arrow()
        writer = writer or pq.ParquetWriter(target, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return target


def _check_type(facts: str, fact: Fact, given: str) -> None:
    fits = {"text": ("string",), "number": ("tinyint", "smallint", "int", "bigint"), "bool": ("boolean",),
            "date": ("date",)}[fact.type]  # fmt: skip
    if given not in (*fits, "void"):
        expected = {"text": "text", "number": "whole numbers", "bool": "true or false", "date": "dates"}[fact.type]
        raise InputError(f"{facts}: column {fact.name}: holds {given}, expected {expected}")


def _at(facts: str, place: Any) -> str:
    """`facts.parquet: row 2`; of a folder the file in it as well."""
    file = "" if facts.endswith(place["file"]) else f"/{place['file']}"
    return f"{facts}{file}: row {place['row'] + 1}"


def _fault_words(name: str, value: str | None, as_of: date) -> str:
    if name == "age" and value is not None and " " in value:
        birth, age = value.split()
        return f"column birth_date: {births_words(birth, age, as_of)}"
    shown = "is empty" if value is None else f"`{value}` is not possible"
    return f"column {name}: {shown}; expected {expected_of(FACTS[name])}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
