"""`serve`: web and worker on the data that is there."""

import argparse

from yinian.cli import platform, supervisor
from yinian.cli.platform import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_address(parser)


def add_address(parser: argparse.ArgumentParser) -> None:
    """The options that say where the web server listens."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=port, default=8000, help="port to listen on (default: 8000)")


def port(text: str) -> int:
    """A TCP port; argparse says what was expected otherwise."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, not '{text}'")
    return int(text)


def prepare(keeper: supervisor.Supervisor) -> None:
    """The database up, the tables up to date."""
    keeper.keep_database(platform.start_database())
    platform.setup_django()
    steps = platform.migrate()
    if steps:
        say(f"Tables brought up to date ({steps} steps).")


def run(args: argparse.Namespace) -> int:
    def ready(keeper: supervisor.Supervisor) -> None:
        prepare(keeper)
        platform.close_connections()

    def announce(address: str) -> None:
        say(f"\n  Yinian runs at {address}    (data: {platform.data_folder()}; Ctrl-C stops it)\n")

    return supervisor.guarded(lambda: supervisor.serve(args.host, args.port, ready, announce))
