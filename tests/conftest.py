"""What every test stands on: the tests' own PostgreSQL, and the standing cast of a small county."""

import gc
import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Before Django reads its settings: tests keep to a data folder and a server of their own.
os.environ.setdefault("YINIAN_DATA", str(ROOT / "var" / "test"))
os.environ["DJANGO_SETTINGS_MODULE"] = "yinian.settings"
os.environ.pop("YINIAN_IN_SERVICE", None)

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from yinian.core import pgserver  # noqa: E402

# Whether a change may land does not hang on chance: the same cases each time. `--hypothesis-profile search` looks for
# new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.load_profile("same")

if not os.environ.get("DATABASE_URL"):
    # A lost test database costs nothing: no fsync.
    pgserver.ensure_running(Path(os.environ["YINIAN_DATA"]).resolve(), durable=False)



def pytest_collection_finish(session):
    """What is loaded by now stays: the collector need not look through it again after every few thousand objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


pytest_plugins = ["tests.sharing", "tests.cast", "tests.sparkcluster", "tests.oversight.land"]

from django.db.backends.postgresql.operations import DatabaseOperations  # noqa: E402

_EMPTY = """
    DO $$
    DECLARE name text; filled boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOREACH name IN ARRAY TABLES LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
        END LOOP;
    END $$
"""


def _empty(self, sql_list):
    """Between two tests, and only there, the triggers that keep history sleep, and what is filled is emptied.

    TRUNCATE makes every table's and index's file anew, empty or not: six seconds, where a test has filled a few tables.
    """
    names = sorted({name for sql in sql_list for name in re.findall(r'"(\w+)"', sql)})
    with self.connection.cursor() as cursor:
        cursor.execute(_EMPTY.replace("TABLES", f"ARRAY{names}"))


DatabaseOperations.execute_sql_flush = _empty


@pytest.fixture(autouse=True)
def _plain_settings(settings, tmp_path):
    """Fast hashing and files in a folder that goes with the test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.DATA = tmp_path
    settings.AXES_ENABLED = False
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
