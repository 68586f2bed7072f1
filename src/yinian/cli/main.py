"""The table of commands and the way a command ends; each command is a module, loaded only when it is asked for.

A module has `add_arguments(parser)` and `run(args) -> exit code`. An input error is one line on standard error and
exit code 2.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import NoReturn

from yinian.cli.errors import InputError

COMMANDS: dict[str, tuple[str, str]] = {
    "score": ("yinian.cli.score", "the result of an assessment: a scale over somebody's answers"),
    "scale": ("yinian.cli.scale", "the assessment scales, and what a county lays over them"),
    "pack": ("yinian.cli.pack", "check or show a policy pack"),
    "entitle": ("yinian.cli.entitle", "who is due what: a pack over a table of facts"),
    "explain": ("yinian.cli.explain", "every service and every test for one person"),
    "place": ("yinian.cli.place", "who goes to which home, with proof that nothing better exists"),
    "plantext": ("yinian.cli.plantext", "what a government plan says: tasks, units, targets, money, projects"),
    "demo": ("yinian.cli.demo", "build and serve the demo county"),
    "serve": ("yinian.cli.serve", "web and worker on the data that is there"),
    "worker": ("yinian.cli.worker", "a worker alone"),
    "backup": ("yinian.cli.backup", "the whole county in one file"),
    "restore": ("yinian.cli.restore", "a county out of such a file"),
    "verify-audit": ("yinian.cli.verify_audit", "check the audit chain"),
    "doctor": ("yinian.cli.doctor", "what is missing here, and how to mend it"),
}


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every input error does."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see --help)", file=sys.stderr)
        raise SystemExit(2)


def overview() -> str:
    """What `--help` prints."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        ["Yinian 颐年: commands of the platform and its engines", "", *lines, "", "./run yinian COMMAND --help"]
    )


def main(arguments: Sequence[str]) -> int:
    """Runs one command; returns its exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return 0
    name = arguments[0]
    if name not in COMMANDS:
        print(f"yinian: there is no command `{name}`; there are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    module = importlib.import_module(COMMANDS[name][0])
    parser = OneLineParser(prog=f"yinian {name}", description=module.__doc__)
    module.add_arguments(parser)
    args = parser.parse_args(arguments[1:])
    try:
        code: int = module.run(args)
    except InputError as error:
        # A file may hold what no terminal can show, such as half a character; it is named all the same.
        line = " ".join(str(error).split()).encode("utf-8", "backslashreplace").decode("utf-8")
        print(line, file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return code
