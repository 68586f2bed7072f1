"""The worker process: takes jobs from the queue until it is told to stop. What the jobs do stands in the rooms.

It ends with an exit code other than 0 when the database is lost, and whoever keeps it (the supervisor, systemd)
starts it again: only then does the queue know for certain that the jobs it held are free.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import translation
from procrastinate import JobContext
from procrastinate.contrib.django import app, utils
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker

from yinian.core import scratch

log = logging.getLogger("yinian.worker")

QUEUES = ("work", "clock")
CONCURRENCY = 2
HEARTBEAT_EVERY = 10.0  # seconds, at most
DATABASE_WAIT = 10.0  # seconds for a connection of the queue, before the database counts as lost
_GONE = ("08", "57P")  # SQLSTATE classes of a lost connection and of a server that shuts down


def main() -> int:
    """Work until SIGTERM or SIGINT: 0 then, after the jobs under way are over; 1 when the database is lost."""
    scratch.clear()  # what a killed process left half made holds personal data
    try:
        return 0 if asyncio.run(_work()) else 1
    except (psycopg.Error, ConnectorException) as error:
        log.error("the worker has lost the database: %s", type(error).__name__)
        return 1


async def _work() -> bool:
    """True when a signal asked for the end."""
    loop = asyncio.get_running_loop()
    connector = PsycopgConnector(
        kwargs=utils.connector_params(), min_size=1, max_size=CONCURRENCY + 2, timeout=DATABASE_WAIT
    )
    with app.replace_connector(connector):
        async with app.open_async():
            work = asyncio.ensure_future(
                app.run_worker_async(
                    queues=list(QUEUES),
                    name="yinian",
                    concurrency=CONCURRENCY,
                    update_heartbeat_interval=min(HEARTBEAT_EVERY, settings.WORKER_SILENCE / 3),
                    stalled_worker_timeout=settings.WORKER_SILENCE,
                    # What is over stands in the jobs of the platform; the queue would only grow by the clock's ticks.
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    task_middleware=[_around_task],
                )
            )

            def stop() -> None:
                for number in (signal.SIGINT, signal.SIGTERM):
                    loop.remove_signal_handler(number)  # a second signal ends at once
                work.cancel()

            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stop)
            try:
                await work
            except asyncio.CancelledError:
                return True
    log.error("the worker has lost the database")
    return False


def _around_task(process: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """What surrounds every task in its thread: a fresh connection, the office's language, an eye on the database."""
    close_old_connections()
    try:
        with translation.override(settings.LANGUAGE_CODE):
            return process()
    except (OperationalError, InterfaceError) as error:
        if is_gone(error):
            # The queue may not have heard how the task ended; it gives back what an unregistered worker held.
            worker.stop()
        raise
    finally:
        connections.close_all()


def is_gone(error: BaseException) -> bool:
    """Whether a database error means that the connection or the server is gone (and not, say, a deadlock)."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or str(state).startswith(_GONE)
