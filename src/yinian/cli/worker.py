"""`worker`: takes jobs from the queue until told to stop. What the jobs do stands in the rooms."""

import argparse

from yinian.cli import platform, supervisor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options: the queue and the clock are the same everywhere."""


def run(args: argparse.Namespace) -> int:
    def work() -> int:
        platform.start_database()
        platform.setup_django()
        from yinian.core.worker import main

        return main()

    return supervisor.guarded(work)
