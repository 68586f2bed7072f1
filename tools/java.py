"""Java for Spark: found, or installed from Debian, or the command to type. Standard library only."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 17
PACKAGES = ("openjdk-17-jre-headless", "openjdk-21-jre-headless")  # the first that the system offers


def find() -> Path | None:
    """The home of a Java of 17 or newer: of ``JAVA_HOME`` where it is set, else of the program in the path, else of
    what Debian keeps."""
    own = os.environ.get("JAVA_HOME")
    if own:
        return Path(own) if version(Path(own)) >= OLDEST else None
    homes = []
    program = shutil.which("java")
    if program:
        homes.append(Path(program).resolve().parent.parent)
    homes += sorted(Path("/usr/lib/jvm").glob("java-*-openjdk-*"))
    return next((home for home in homes if version(home) >= OLDEST), None)


def version(home: Path) -> int:
    """The main version of the Java at a home; 0 where there is none that runs."""
    try:
        done = subprocess.run([str(home / "bin" / "java"), "-version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found[1]) if found else 0


def install_command() -> str:
    """The exact command that brings it on this machine."""
    if sys.platform == "darwin":
        return f"brew install openjdk@{OLDEST}"
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get update && {prefix}apt-get install -y --no-install-recommends {PACKAGES[0]}"


def ensure(log: Path) -> str:
    """An empty text when it is there (after installing it, as root on Debian), else what to do."""
    if find():
        return ""
    if os.environ.get("JAVA_HOME"):
        return f"JAVA_HOME={os.environ['JAVA_HOME']} has no Java of {OLDEST} or newer"
    if os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with log.open("a") as handle:
            for words in (["update"], *(["install", "-y", "--no-install-recommends", name] for name in PACKAGES)):
                command = ["apt-get", "-q", *words]
                handle.write(f"$ {' '.join(command)}\n")
                handle.flush()
                subprocess.run(
                    command, stdout=handle, stderr=handle, stdin=subprocess.DEVNULL, env=surroundings, check=False
                )
                if find():
                    return ""
        return f"Java could not be installed (see {log}). Type: {install_command()}"
    return f"Spark needs Java {OLDEST} or newer. Type: {install_command()}"
