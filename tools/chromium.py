"""Chromium for the browser tests: found, or installed from Debian, or the command to type. Standard library only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["chromium", "fonts-noto-cjk"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a chromium; ``YINIAN_CHROMIUM`` names one of your own."""
    own = os.environ.get("YINIAN_CHROMIUM")
    if own:
        return own if os.access(own, os.X_OK) else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def has_chinese_font() -> bool:
    """Whether a font with Chinese characters is there: without one a screenshot shows empty boxes."""
    if not shutil.which("fc-list"):
        return sys.platform == "darwin"
    done = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True)
    return bool(done.stdout.strip())


def install_command() -> str:
    """The exact command that brings both on this machine."""
    if sys.platform == "darwin":
        return "brew install --cask chromium"
    prefix = "" if os.geteuid() == 0 else "sudo "
    return f"{prefix}apt-get update && {prefix}apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"


def ensure(log: Path) -> str:
    """An empty text when all is there (after installing it, as root on Debian), else what to do."""
    if find() and has_chinese_font():
        return ""
    if os.environ.get("YINIAN_CHROMIUM") and not find():
        return f"YINIAN_CHROMIUM={os.environ['YINIAN_CHROMIUM']} is not a program"
    if os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        surroundings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with log.open("a") as handle:
            for words in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
                command = ["apt-get", "-q", *words]
                handle.write(f"$ {' '.join(command)}\n")
                handle.flush()
                subprocess.run(
                    command, stdout=handle, stderr=handle, stdin=subprocess.DEVNULL, env=surroundings, check=False
                )
        if find() and has_chinese_font():
            return ""
        return f"chromium could not be installed (see {log}). Type: {install_command()}"
    missing = "chromium" if not find() else "a Chinese font"
    return f"the browser tests need {missing}. Type: {install_command()}"
