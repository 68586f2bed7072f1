"""A made-up province with two prefectures and three counties, its pack, its officers and experts."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from tests.cast import make_region, make_user
from tests.oversight.made_up import write_pack
from yinian.core.roles import Role

PROVINCE, EAST, WEST = "98", "9801", "9802"
EAST_1, EAST_2, WEST_1 = "980101", "980102", "980201"
REGIONS = [
    (PROVINCE, "样例省", 1), (EAST, "东平市", 2), (EAST_1, "甲县", 3), (EAST_2, "乙县", 3), (WEST, "西平市", 2),
    (WEST_1, "丙县", 3),
]
USERS = {
    "east_1": (Role.BUREAU_OFFICER, EAST_1), "east_2": (Role.BUREAU_OFFICER, EAST_2),
    "west_1": (Role.BUREAU_OFFICER, WEST_1), "east": (Role.REVIEWER, EAST), "east_too": (Role.REVIEWER, EAST),
    "west": (Role.REVIEWER, WEST), "west_too": (Role.REVIEWER, WEST), "province": (Role.REVIEWER, PROVINCE),
    "province_too": (Role.REVIEWER, PROVINCE), "expert_1": (Role.SCHEME_EXPERT, PROVINCE),
    "expert_2": (Role.SCHEME_EXPERT, PROVINCE), "expert_3": (Role.SCHEME_EXPERT, PROVINCE),
    "expert_east": (Role.SCHEME_EXPERT, EAST_2),
}
SPRING = dt.date(2026, 9, 1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``clock(day)``: it is noon of that day from now on."""

    def at(day: dt.date) -> None:
        moment = dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None: (
            day if value is None else value.astimezone(dt.timezone(dt.timedelta(hours=8))).date()))

    return at


@pytest.fixture
def land(db: None, settings: Any, tmp_path: Path, clock: Any) -> SimpleNamespace:
    """The province in early September: officers by name, nothing opened yet."""
    settings.POLICIES = write_pack(tmp_path / "policies")
    clock(SPRING)
    for code, name, level in REGIONS:
        make_region(code, name, level)
    return SimpleNamespace(**{name: make_user(name, role, region) for name, (role, region) in USERS.items()})


def pdf(name: str = "方案.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF\n", "application/pdf")


def picture(name: str = "现场.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "white").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")
