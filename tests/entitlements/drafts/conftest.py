"""A county with a run, a second officer, and a draft to change."""

import datetime as dt
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from tests import cast as people
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.entitlements.drafts import actions
from yinian.entitlements.drafts.models import Draft

TODAY = timezone.localdate()
START = dt.date(TODAY.year, TODAY.month, 1)


@pytest.fixture
def second(cast: Any) -> User:
    """Another officer of the bureau: whoever reviews."""
    return people.make_user("second", Role.BUREAU_OFFICER)


@pytest.fixture
def ran(run: Callable[..., Any], cast: Any, folk: dict[str, Any], pack: Any) -> SimpleNamespace:
    """The county with its run of today, and somebody younger than any rule asks for."""
    people.make_person(people.A2, "任小红", birth=dt.date(TODAY.year - 62, 1, 1))
    (pack / "limits.yaml").write_text(
        "month_fen: {label: {zh: 上限}, value: 2000000}\ncost_times: {label: {zh: 倍数}, value: 10}\n", "utf-8"
    )
    return SimpleNamespace(run=run(cast.bureau, TODAY), cast=cast, folk=folk, pack=pack)


@pytest.fixture
def draft(ran: SimpleNamespace) -> Draft:
    """A draft of the bureau's officer with nothing changed."""
    return actions.make(ran.cast.bureau, people.COUNTY, "从80岁降到75岁", START)


def scan() -> io.BytesIO:
    """A paper as a picture."""
    file = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(file, "PNG")
    file.seek(0)
    file.name = "通知.png"
    return file


PAPER: dict[str, Any] = {
    "title": "关于调整高龄津贴的通知", "number": "汨民发〔2026〕7号", "dated": TODAY, "clause": "第二条",
}
