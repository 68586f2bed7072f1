"""A county that Yinian has never heard of is set up by writing files: packs, divisions, and nothing of Python.

Only what a person types is used: the command line, and the pages over HTTP.
"""

import csv
import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
YINIAN = [sys.executable, "-m", "yinian.cli"]
COUNTY, NAME, PACK = "439999", "清河县", "cn/hunan/qinghe"
TOWNS = {"439999100": "青石镇", "439999101": "柳林镇", "439999200": "白鹭乡", "439999001": "河东街道"}

HEAD = f"""\
region: "{COUNTY}"
label: {{zh: {NAME}, en: Qinghe}}
extends: cn/hunan
documents:
  - {{id: own-2026, title: 清河县基本养老服务清单, number: 清政办发〔2026〕1号, date: 2026-01-05}}
"""
FIGURES = f"""\
local_hukou:
  label: {{zh: 本地户籍代码, en: Division codes of local registration}}
  unit: text
  values:
    - {{from: 2020-01-01, value: "{COUNTY}%", source: {{document: own-2026, confidence: verified}}}}
longevity_month:
  label: {{zh: 长寿补贴月标准, en: "Longevity allowance, monthly"}}
  unit: fen
  values:
    - {{from: 2026-01-01, value: 8800, source: {{document: own-2026, quote: 每月88元, confidence: verified}}}}
"""
SERVICES = """\
- id: longevity-allowance
  label: {zh: 长寿补贴, en: Longevity allowance}
  description: {zh: 年满75周岁按月发放。, en: Monthly from 75.}
  kind: cash
  group: 物质帮助
  department: {zh: 民政部门, en: civil affairs}
  who:
    - {id: age, test: age >= 75, label: {zh: 年满75周岁, en: aged 75 or over}}
    - {id: hukou, test: "hukou_region LIKE param('local_hukou')", label: {zh: 本县户籍, en: registered here}}
  gives: {amount: param('longevity_month'), period: month}
  apply: automatic
  source: {document: own-2026, clause: 第一条, quote: 年满75周岁, confidence: verified}
"""


def divisions() -> dict[str, object]:
    rows = [{"code": COUNTY, "name": NAME, "level": "county", "kind": "county", "parent": None}]
    for town, name in TOWNS.items():
        kind = "street" if name.endswith("街道") else "township" if name.endswith("乡") else "town"
        rows.append({"code": town, "name": name, "level": "town", "kind": kind, "parent": COUNTY})
        for n in range(1, 4):
            village = "community" if kind == "street" else "village"
            ending = "社区" if village == "community" else "村"
            rows.append(
                {"code": f"{town}2{n:02d}", "name": f"{name[:1]}{'东西南'[n - 1]}{ending}", "level": "village",
                 "kind": village, "parent": town}
            )  # fmt: skip
    return {"source": "made up", "note": "", "divisions": rows}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The county's own folder, and the surroundings in which the commands are given."""
    folder = tmp_path_factory.mktemp("own")
    pack = folder / "policies" / PACK
    (pack / "services").mkdir(parents=True)
    (pack / "pack.yaml").write_text(HEAD, "utf-8")
    (pack / "parameters.yaml").write_text(FIGURES, "utf-8")
    (pack / "services" / "10-own.yaml").write_text(SERVICES, "utf-8")
    (folder / "divisions").mkdir()
    (folder / "divisions" / f"{COUNTY}.json").write_text(json.dumps(divisions(), ensure_ascii=False), "utf-8")
    # A short path: a socket's name has at most about a hundred characters.
    data = Path(os.environ["YINIAN_DATA"]).resolve() / f"county{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    surroundings = {
        **{k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PYTEST_CURRENT_TEST"}},
        "YINIAN_DATA": str(data),
        "YINIAN_COUNTY_DATA": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "yinian.settings",
    }
    yield folder, surroundings
    shutil.rmtree(data, ignore_errors=True)


def told(arguments: list[str], surroundings: dict[str, str]) -> str:
    done = subprocess.run([*YINIAN, *arguments], env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def test_the_pack_is_checked_and_works_out_who_is_due(own: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder, surroundings = own
    pack = str(folder / "policies" / PACK)
    assert re.search(r"right; \d+ services", told(["pack", "check", pack], surroundings))
    facts, out = tmp_path / "people.csv", tmp_path / "due.csv"
    facts.write_text(
        f"person_id,birth_date,hukou_region\na,1950-01-01,{COUNTY}100201\nb,1950-01-01,430302001\nc,1960-01-01,{COUNTY}\n",
        "utf-8",
    )
    told(["entitle", "--pack", pack, "--facts", str(facts), "--as-of", "2026-06-01", "--out", str(out)], surroundings)
    with out.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["service_id"] == "longevity-allowance"]
    assert [(row["person_id"], row["status"], row["amount_fen"]) for row in rows] == [("a", "due", "8800")]


class Visitor:
    """A browser without a screen: it keeps cookies, fills the login form, reads pages."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )

    def page(self, path: str, form: dict[str, str] | None = None) -> str:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.url + path, body, {"Referer": self.url + path})
        with self.opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())

    def log_in(self, username: str, password: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page("/login/"))
        assert token is not None
        return self.page(
            "/login/", {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": "/"}
        )


@pytest.mark.slow
def test_its_demonstration_comes_up_from_its_pack_and_divisions_alone(own: tuple[Path, dict[str, str]]) -> None:
    _folder, surroundings = own
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    logins = told(["demo", "--county", PACK, "--scale", "0.05", "--no-serve"], surroundings)
    password = re.search(r"\bminzheng\s+(\S+)", logins)
    assert password is not None
    assert NAME in logins
    log = Path(surroundings["YINIAN_DATA"]) / "serve.out"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            [*YINIAN, "serve", "--port", str(port)], env=surroundings, stdout=sink, stderr=sink, start_new_session=True
        )
    try:
        visitor = Visitor(f"http://127.0.0.1:{port}")
        until = time.monotonic() + 120
        while True:
            try:
                visitor.page("/health/")
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, log.read_text("utf-8")[-2000:]
                assert time.monotonic() < until, log.read_text("utf-8")[-2000:]
                time.sleep(0.3)
        pages = {"desk": visitor.log_in("minzheng", password[1])}
        for path in ("/services/", "/services/list/", "/people/", "/homes/", "/demo/"):
            pages[path] = visitor.page(path)
        row = re.search(r"/people/\d+/", pages["/people/"])
        assert row is not None
        pages["person"] = visitor.page(row[0])
        assert NAME in pages["desk"]
        assert "长寿补贴" in pages["/services/"]
        assert "清政办发〔2026〕1号" in pages["/services/list/"]
        assert f"{NAME}社会福利院（演示）" in pages["/homes/"]
        assert f"未收录{NAME}公布数字" in pages["/demo/"]
        for name, page in pages.items():
            if name != "/demo/":
                assert "汨罗" not in page, name
                assert "430681" not in page, name
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
