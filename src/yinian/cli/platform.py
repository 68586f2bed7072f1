"""What every command of the platform needs first: the data folder, a running PostgreSQL, Django, the tables.

The supervisor that keeps web and worker alive is in supervisor.py; the commands themselves stand beside it.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from yinian.cli import translations
from yinian.core import pgserver

ROOT = Path(__file__).resolve().parents[3]
MIGRATION_LOCK = 0x59494E49  # any number, as long as every start takes the same


class CannotStart(RuntimeError):
    """The platform cannot start; the message says what to do. ``code`` is the exit code: 2 for a wrong input."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def data_folder() -> Path:
    """``YINIAN_DATA``, or ``var/`` of the checkout; made when absent."""
    folder = Path(os.environ.get("YINIAN_DATA") or ROOT / "var").resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be made: {error.strerror}. Set YINIAN_DATA.") from None
    return folder


def own_database() -> bool:
    """Whether Yinian looks after its PostgreSQL itself (no ``DATABASE_URL``)."""
    return not os.environ.get("DATABASE_URL")


def start_database() -> bool:
    """See that the database answers; True when our own server had to be started for it."""
    try:
        if own_database():
            return pgserver.start(data_folder())
        pgserver.check_version(os.environ["DATABASE_URL"])
        return False
    except pgserver.ServerError as error:
        raise CannotStart(str(error)) from None


@contextlib.contextmanager
def database() -> Iterator[None]:
    """The database for the length of a command: a server that was not running before is stopped afterwards."""
    started = start_database()
    try:
        yield
    finally:
        if started:
            close_connections()
            pgserver.stop(data_folder())


def setup_django() -> None:
    """Load the settings and the rooms; call it before importing any of them."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yinian.settings")
    translations.compile_stale()
    django.setup()


def migrate() -> int:
    """Bring the tables up to date; returns how many steps were taken. Two starts at once wait for each other."""
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            executor = MigrationExecutor(connection)
            steps = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            if steps:
                call_command("migrate", verbosity=0, interactive=False)
        except DatabaseError as error:
            raise CannotStart(
                f"The tables could not be brought up to date: {' '.join(str(error).split())}\n"
                "A demo is built anew with: ./run demo --reset. A real county goes back to the earlier version of the "
                "code, or to a backup (docs/operate.md)."
            ) from error
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
    return steps


def close_connections() -> None:
    """Let go of the database, so that its server can stop at once."""
    if "django.db" in sys.modules:
        from django.db import connections

        connections.close_all()


def say(text: str = "") -> None:
    print(text, flush=True)
