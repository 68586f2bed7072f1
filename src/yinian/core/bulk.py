"""Polars frames into tables by COPY, and the sequences set behind them: for thousands of rows at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from django.db import connection, models, transaction

_CHUNK = 1 << 20  # bytes handed to the server at once


def copy_frame(model: type[models.Model], frame: pl.DataFrame) -> int:
    """COPY ``frame`` into the model's table; its column names are the table's. Empty text stays empty, null is NULL.

    Values must already be in PostgreSQL's text form (ranges, ``\\x…`` bytes, JSON). Returns the rows written.
    """
    if frame.is_empty():
        return 0
    table = model._meta.db_table
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    body = frame.write_csv(include_header=False, null_value="\\N", quote_style="necessary").encode()
    # An unquoted empty field would be read as NULL by CSV rules; with NULL spelled \N it stays an empty text.
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        with raw.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')") as copy:
            for start in range(0, len(body), _CHUNK):
                copy.write(body[start : start + _CHUNK])
    return frame.height


def set_sequence(model: type[models.Model]) -> None:
    """Let the table's next id follow the highest loaded."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) "
            f"FROM {table}"
        )


@contextmanager
def checked_at_once(*tables: type[models.Model]) -> Iterator[None]:
    """Fill tables inside, and let their foreign keys and exclusions be checked over all rows when it ends.

    Row by row a foreign key costs ten times as much, and what is left for the commit slows every later trigger of the
    transaction. Others wait for the tables meanwhile: for the first filling of a database. Raises IntegrityError at the
    end; whoever is in a transaction then has to give it up.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # The row checks of what was written before: a table with pending ones cannot be altered.
        settle_constraints()
        dropped = [(table._meta.db_table, *one) for table in tables for one in _definitions(table, "fx")]
        for table_name, name, _definition in dropped:
            cursor.execute(f'ALTER TABLE {table_name} DROP CONSTRAINT "{name}"')
        yield
        for table_name, name, definition in dropped:
            cursor.execute(f'ALTER TABLE {table_name} ADD CONSTRAINT "{name}" {definition}')


def settle_constraints() -> None:
    """Have the checks done now that were left for the commit. PostgreSQL goes through the list of those left for each
    statement within a trigger, so behind some ten thousand rows everything else would be slow."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _definitions(model: type[models.Model], kinds: str) -> list[tuple[str, str]]:
    """Name and definition of the table's constraints of the given ``contype`` letters (x: exclusion, f: reference)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid = %s::regclass AND contype = ANY(%s) ORDER BY conname",
            [model._meta.db_table, list(kinds)],
        )
        return [(name, definition) for name, definition in cursor.fetchall()]
