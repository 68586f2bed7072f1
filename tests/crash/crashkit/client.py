"""`python -m crashkit.client COMMAND`: sets the data folder up, asks for jobs, commits for ever, or decides a cycle.

`enqueue` reads one JSON list of job parameters from standard input. `write` prints a line for every commit that
the database acknowledged, and only then.
"""

import itertools
import json
import sys
import time

from crashkit import cycle, home
from yinian.cli import platform


def prepare() -> None:
    from yinian.core.models import Posting, Region, User

    parent = None
    for code, name, level in (("43", "湖南省", 1), ("4306", "岳阳市", 2), ("430681", "汨罗市", 3)):
        Region.objects.create(code=code, name=name, level=level, parent_id=parent, pinyin="", initials="")
        parent = code
    user = User.objects.create(username="bureau", full_name="局干部")
    Posting.objects.create(user=user, role="bureau_officer", region_id="430681", period=("2020-01-01", None))


def enqueue() -> None:
    from yinian.core.jobs import actions
    from yinian.core.models import User

    user = User.objects.get(username="bureau")
    for params in json.load(sys.stdin):
        actions.enqueue(user, "crash.effect", params, region="430681")


def write() -> None:
    from django.db import InterfaceError, OperationalError, connection, transaction

    from yinian.core.audit.actions import record
    from yinian.core.jobs import actions
    from yinian.core.models import User

    user = User.objects.get(username="bureau")
    for number in itertools.count(1):
        token = f"w{number}"
        try:
            with transaction.atomic():
                record(user, "crash.write", region="430681", detail={"token": token})
                actions.enqueue(user, "crash.effect", {"token": token, "pause": 0.01}, region="430681")
        except (OperationalError, InterfaceError):
            # Whether this commit was kept is not known; it counts as not acknowledged.
            connection.close()
            time.sleep(0.2)
            continue
        print(token, flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    platform.setup_django()
    commands = {"tables": platform.migrate, "prepare": prepare, "enqueue": enqueue, "write": write,
                "open": cycle.open_month, "approve": cycle.approve, "home": home.prepare}
    commands[sys.argv[1]]()
