"""Every vendored file is what the lock says; a changed, missing or foreign file is found."""

import json
import shutil
from pathlib import Path

import pytest

import vendor


def test_every_vendored_file_is_as_locked() -> None:
    assert vendor.check() == []


def test_every_package_brings_its_licence_and_its_registry_hash() -> None:
    lock = json.loads((vendor.FOLDER / vendor.LOCK).read_text("utf-8"))
    for name, package in lock.items():
        text = (vendor.FOLDER / name / "LICENSE").read_text("utf-8")
        assert len(text) > 300, name
        assert package["licence"], name
        assert package["sha512"].startswith("sha512-"), name


def test_no_vendored_script_or_sheet_asks_for_a_map_or_an_outside_file() -> None:
    for path in vendor.FOLDER.rglob("*"):
        if path.suffix in (".js", ".css"):
            content = path.read_text("utf-8")
            assert "sourceMappingURL" not in content, path.name
            assert "@import" not in content, path.name
            assert "url(http" not in content and 'url("http' not in content, path.name


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "vendor"
    shutil.copytree(vendor.FOLDER, folder, ignore=shutil.ignore_patterns("*.ttf", "echarts*"))
    for name in (vendor.WISH, vendor.LOCK):
        kept = json.loads((folder / name).read_text("utf-8"))
        kept = {key: value for key, value in kept.items() if key not in ("noto-sans-sc", "echarts")}
        (folder / name).write_text(json.dumps(kept), "utf-8")
    for name in ("noto-sans-sc", "echarts"):
        shutil.rmtree(folder / name, ignore_errors=True)
    assert vendor.check(folder) == []
    return folder


def test_one_changed_byte_is_found(copy: Path) -> None:
    with (copy / "htmx" / "htmx.min.js").open("ab") as handle:
        handle.write(b" ")
    assert vendor.check(copy) == ["htmx/htmx.min.js: differs from the lock"]


def test_a_missing_and_a_foreign_file_are_found(copy: Path) -> None:
    (copy / "leaflet" / "leaflet.css").rename(copy / "leaflet" / "other.css")
    assert vendor.check(copy) == [
        "leaflet/leaflet.css: missing",
        "leaflet/other.css: in the folder, but not in the lock",
    ]


def test_a_wish_that_the_lock_does_not_meet_is_found(copy: Path) -> None:
    wish = json.loads((copy / vendor.WISH).read_text("utf-8"))
    wish["htmx"]["version"] = "9.9.9"
    (copy / vendor.WISH).write_text(json.dumps(wish), "utf-8")
    assert vendor.check(copy) == ["htmx: vendor.json asks for 9.9.9, the lock has 2.0.10"]
