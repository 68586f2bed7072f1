"""`./run lock`: writes requirements/*.lock anew from requirements/*.in. Standard library only.

A lock holds names, exact versions and hashes, and no address: pip knows from its own configuration where
packages come from.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence

import environment

LINE = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._-][a-z0-9]+)*)==(?P<version>[0-9][A-Za-z0-9.+!_-]*)"
    r"(?P<marker> ; [^\\]*?)?(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n"
)
OPTIONS = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
OPTIONS += ["--no-header", "--no-annotate", "--strip-extras", "--allow-unsafe", "--quiet"]


def main(arguments: Sequence[str]) -> int:
    """`--check` only reads the locks; `--upgrade` takes the newest versions that the .in files allow."""
    if "--check" in arguments:
        faults = [fault for kind in environment.LOCKS for fault in check(kind)]
        print("\n".join(faults) if faults else "the locks are sound")
        return 1 if faults else 0
    environment.ensure(dev=True)
    # Folders of wheels on this machine would bring their own hashes: only the index counts for a lock.
    surroundings = {**os.environ, "PIP_FIND_LINKS": " ", "PIP_EXTRA_INDEX_URL": " "}
    for kind, lock in environment.LOCKS.items():
        command = [str(environment.PYTHON), "-m", "piptools", "compile", *OPTIONS, *arguments]
        command += ["-o", lock.name, f"{kind}.in"]
        print(f"{lock.name} ...", file=sys.stderr, flush=True)
        code = subprocess.run(command, cwd=lock.parent, env=surroundings).returncode
        if code:
            return code
        text = "".join(line for line in lock.open(encoding="utf-8") if line.strip() and not line.startswith("#"))
        lock.write_text(text.strip() + "\n", "utf-8")
        if faults := check(kind):
            print("\n".join(faults), file=sys.stderr)
            return 1
    return 0


def check(kind: str) -> list[str]:
    """What is wrong with a lock; an empty list when all is well."""
    lock = environment.LOCKS[kind]
    text, at, faults = lock.read_text("utf-8"), 0, []
    while at < len(text):
        found = LINE.match(text, at)
        if found is None:
            line = text.count("\n", 0, at) + 1
            faults.append(f"{lock.name}, line {line}: expected name==version and its hashes, nothing else")
            at = text.find("\n", at) + 1 or len(text)
            continue
        at = found.end()
    names = set(environment.locked_names(kind))
    own = dict(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))
    for other in {"dev": ("base",), "spark": ("base", "dev")}.get(kind, ()):
        entries = dict(re.findall(r"^(\S+)==(\S+)", environment.LOCKS[other].read_text("utf-8"), re.MULTILINE))
        for name, version in sorted(entries.items()):
            if own.get(name, version if kind == "spark" else None) != version:
                faults.append(f"{lock.name}: {name}=={version} of {other}.lock is not in it")
    source = lock.with_suffix(".in").read_text("utf-8")
    for name in re.findall(r"^([A-Za-z][A-Za-z0-9._-]*)", source, re.MULTILINE):
        if re.sub(r"[-_.]+", "-", name).lower() not in names:
            faults.append(f"{lock.name}: {name} of {lock.stem}.in is not in it; run ./run lock")
    return faults
