"""A real site for the browser tests: a small demo county, its web server and its worker, and Debian's chromium.

The county is built once a session by the same command a person types, in a data folder of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCALE = "0.02"
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Site:
    """The running demo: its address, the logins by role, and its data folder."""

    url: str
    logins: dict[str, dict[str, str]]
    data: Path
    aside: subprocess.Popen[str]

    def python(self, code: str) -> str:
        """Run a few lines with Django set up against the site's database; returns what they print."""
        assert self.aside.stdin is not None and self.aside.stdout is not None
        self.aside.stdin.write(json.dumps(code) + "\n")
        self.aside.stdin.flush()
        answer = json.loads(self.aside.stdout.readline())
        assert not answer["fault"], answer["fault"]
        return str(answer["told"]).strip()


# One process beside the site runs the lines that tests ask with: setting Django up takes seconds.
ASIDE = """
import contextlib, io, json, sys, traceback
import django
django.setup()
for line in sys.stdin:
    told, fault = io.StringIO(), ""
    with contextlib.redirect_stdout(told):
        try:
            exec(json.loads(line), {})
        except BaseException:
            fault = traceback.format_exc()
    print(json.dumps({"told": told.getvalue(), "fault": fault}), flush=True)
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # A short path: a socket's name has at most about a hundred characters.
    data = Path(os.environ["YINIAN_DATA"]).resolve() / f"browser{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    environment = {
        **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PYTEST_CURRENT_TEST"}},
        "YINIAN_DATA": str(data),
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "yinian.settings",
    }
    command = [sys.executable, "-m", "yinian.cli"]
    built = subprocess.run(
        [*command, "demo", "--scale", SCALE, "--no-serve"], env=environment, capture_output=True, text=True
    )
    assert built.returncode == 0, f"the demo could not be built:\n{built.stdout[-3000:]}\n{built.stderr[-3000:]}"
    port = _free_port()
    log = (data / "serve.out").open("wb")
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port)], env=environment, stdout=log, stderr=log, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    aside = subprocess.Popen(
        [sys.executable, "-c", ASIDE], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
        text=True,
    )  # fmt: skip
    try:
        _wait(url, server, data)
        site = Site(url, {}, data, aside)
        rows = json.loads(
            site.python(
                "import json; from yinian.demo.build import logins; from yinian.demo.models import DemoBuild\n"
                "made = [(a, {'username': a['username'], 'password': b['password'], 'where': a['where']})"
                " for a, b in zip(DemoBuild.objects.first().logins, logins())]\n"
                # By user name, and by role: the first of each.
                "rows = {a[key]: row for key in ('username', 'role') for a, row in reversed(made)}\n"
                "print(json.dumps(rows))"
            )
        )
        yield Site(url, rows, data, aside)
    finally:
        aside.kill()
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(signal.SIGTERM)
        try:
            server.wait(40)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


def _wait(url: str, server: subprocess.Popen[bytes], data: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health/", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the site did not start:\n{(data / 'serve.out').read_text('utf-8', 'replace')[-3000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "chromium is missing: ./run test installs it, or type: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                  "--disable-sync", "--no-first-run"],
        )
        yield browser
        browser.close()


def fits(page: Page) -> None:
    """The page is no wider than its window.

    Asked again until the page stands: after a click the old one may still be there, or none yet.
    """
    page.wait_for_function(
        "() => document.readyState === 'complete'"
        " && document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
    )


@dataclass
class Hand:
    """A person at a browser. Each click, key, entry, choice or upload is one action; only they are counted."""

    page: Page
    site: Site
    actions: int = 0
    steps: list[str] = field(default_factory=list)

    def _count(self, what: str) -> None:
        self.actions += 1
        self.steps.append(what)

    def click(self, target: Locator) -> None:
        self._count("click")
        target.first.click()

    def fill(self, target: Locator, text: str) -> None:
        """Typing into one field is one action, whatever its length."""
        self._count("type")
        target.first.fill(text)

    def press(self, key: str) -> None:
        self._count(f"press {key}")
        self.page.keyboard.press(key)

    def type_and_enter(self, target: Locator, text: str) -> None:
        """Typing and the Enter that ends it are one action, as a person would say."""
        self._count("type, Enter")
        target.first.fill(text)
        target.first.press("Enter")

    def choose(self, target: Locator, value: str) -> None:
        self._count("choose")
        target.first.select_option(value)

    def upload(self, target: Locator, path: Path) -> None:
        self._count("upload")
        target.first.set_input_files(str(path))

    def done(self, capsys: Any, task: str, most: int) -> None:
        with capsys.disabled():
            print(f"\n  {task}: {self.actions} actions (at most {most}): {', '.join(self.steps)}")
        assert self.actions <= most, f"{task} took {self.actions} actions, at most {most} were promised: {self.steps}"


@pytest.fixture(scope="session")
def sessions() -> dict[str, Any]:
    """Each role's cookies after its first login: the next one goes on where that one stood."""
    return {}


@pytest.fixture
def as_role(site: Site, chromium: Browser, sessions: dict[str, Any]) -> Iterator[Any]:
    """``as_role("village_worker")``: a logged-in hand; the login's own actions are not counted."""
    contexts = []

    def login(role: str, viewport: dict[str, int] | None = None, dark: bool = False) -> Hand:
        context = chromium.new_context(
            viewport=viewport or DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light", accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        context.add_cookies(sessions.get(role, []))
        page.goto(f"{site.url}/desk/")
        if "/login/" in page.url:
            page.fill("input[name=username]", site.logins[role]["username"])
            page.fill("input[name=password]", site.logins[role]["password"])
            page.click("main button[type=submit]")
            page.wait_for_url(lambda url: "/login/" not in url)
            sessions[role] = context.cookies()
        return Hand(page, site)

    yield login
    for context in contexts:
        context.close()
