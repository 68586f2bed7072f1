"""The commands of ./run: prepares what a command needs and hands over to it. Standard library only.

What the platform does stands in src/yinian; here is only the way there.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import environment

ROOT = environment.ROOT

HELP = """\
Yinian 颐年: a county's elderly care

  ./run demo      the whole demo county: environment, database, data, web and worker
                  --scale F   part of its people, such as 0.02     --county PATH  another county
                  --port N    default 8000                         --no-serve     build only
                  --reset     build it anew
  ./run serve     web and worker on the data that is there         --host H  --port N
  ./run worker    a worker alone (beside a web server elsewhere)
  ./run doctor    what is missing here, and how to mend it         --json
  ./run yinian    the commands of the platform and its engines     ./run yinian --help

  ./run test      everything that must hold, as CI runs it         further words go to pytest
  ./run lint      the quick checks alone
  ./run bench     measures against the promised figures            ./run bench NAME for one
  ./run messages  brings the translation files up to date
  ./run env       the Python environment alone                     --dev with the developers' part
                  --spark with what a province needs: PySpark and Java, Numba
  ./run lock      the package lists anew from requirements/*.in
  ./run vendor    checks the vendored assets                       --update fetches them (needs npm)

Variables: YINIAN_DATA (data folder, default var/), DATABASE_URL (your own PostgreSQL, 15 or newer),
YINIAN_PYTHON (the Python to use). More in docs/operate.md.
"""


def platform(command: str) -> Callable[[Sequence[str]], int]:
    """A command of the platform itself: runs in the environment, in place of this process."""

    def run(arguments: Sequence[str]) -> int:
        return _become(environment.ensure(), "-m", "yinian.cli", command, *arguments)

    return run


def yinian(arguments: Sequence[str]) -> int:
    return _become(environment.ensure(), "-m", "yinian.cli", *arguments)


def doctor(arguments: Sequence[str]) -> int:
    """Without an environment there is one finding, and it says so at once."""
    ready, words = environment.state()
    if ready:
        return _become(environment.PYTHON, "-m", "yinian.cli", "doctor", *arguments)
    if "--json" in arguments:
        import json

        finding = {"name": "environment", "state": "missing", "finding": words, "mend": "./run env"}
        print(json.dumps({"ok": False, "findings": [finding]}, ensure_ascii=False))
    else:
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"  ok       Python        {version}, {sys.executable}")
        print(f"  MISSING  environment   {words}\n                         mend: ./run env")
    return 1


def env(arguments: Sequence[str]) -> int:
    parts = {"dev": "--dev" in arguments, "spark": "--spark" in arguments}
    environment.ensure(**parts)
    print(environment.state(**parts)[1])
    if parts["spark"]:
        import java

        if lacking := java.ensure(environment.VENV / "apt.log"):
            print(lacking, file=sys.stderr)
            return 1
    return 0


def test(arguments: Sequence[str]) -> int:
    import checks

    return checks.test(arguments)


def lint(arguments: Sequence[str]) -> int:
    import checks

    return checks.lint()


def bench(arguments: Sequence[str]) -> int:
    """All of benchmarks/ one after the other, or the one that is named; further words go to it."""
    folder = ROOT / "benchmarks"
    known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if arguments and arguments[0] not in known:
        print(f"There is no benchmark '{arguments[0]}'; there are {', '.join(known)}", file=sys.stderr)
        return 2
    python = environment.ensure(dev=True, spark=not arguments or arguments[0] == "entitle")
    if arguments:
        return _become(python, str(folder / f"{arguments[0]}.py"), *arguments[1:])
    failed = []
    for name in known:
        print(f"--- {name}", flush=True)
        if subprocess.run([python, str(folder / f"{name}.py")]).returncode:
            failed.append(name)
    if failed:
        print(f"Missed or broken: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def messages(arguments: Sequence[str]) -> int:
    return _become(environment.ensure(), str(ROOT / "tools" / "messages.py"), *arguments)


def lock(arguments: Sequence[str]) -> int:
    import locks

    return locks.main(arguments)


def vendor(arguments: Sequence[str]) -> int:
    import vendor as vendored

    return vendored.main(arguments)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": platform("demo"),
    "serve": platform("serve"),
    "worker": platform("worker"),
    "doctor": doctor,
    "yinian": yinian,
    "env": env,
    "test": test,
    "lint": lint,
    "bench": bench,
    "messages": messages,
    "lock": lock,
    "vendor": vendor,
}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print(HELP, end="")
        return 0
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"./run knows no command '{arguments[0]}'. ./run help lists them.", file=sys.stderr)
        return 2
    try:
        return command(arguments[1:])
    except environment.CannotMake as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _become(python: Path, *arguments: str) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(python, [str(python), *arguments])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
