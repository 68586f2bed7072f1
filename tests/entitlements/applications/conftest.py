"""A county that has opened its subsidies for application, and somebody who is due one."""

import datetime as dt
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from tests import cast as people
from tests.entitlements.cycles.conftest import county_team
from yinian.core.models import User
from yinian.entitlements.applications import actions, inviting
from yinian.entitlements.models import Application
from yinian.people.representatives.models import Representative

__all__ = ["county_team"]


def photo() -> io.BytesIO:
    """A small picture, as a phone would send it."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "PNG")
    out.seek(0)
    return out


@pytest.fixture
def opened(pack: Any, county_team: SimpleNamespace) -> SimpleNamespace:
    """``small-subsidy`` (with public notice) and ``large-subsidy`` are open for application."""
    for service in ("small-subsidy", "large-subsidy"):
        inviting.open_intake(county_team.bureau, people.COUNTY, service)
    return county_team


@pytest.fixture
def poor(opened: SimpleNamespace) -> Any:
    """Somebody of village A1 who is due the small subsidy."""
    person = people.make_person(people.A1, "杨玉兰", birth=dt.date(1950, 7, 7))
    people.make_spell(person, "relief", "dibao")
    people.make_spell(person, "ability", grade=0)
    return person


@pytest.fixture
def family(poor: Any, opened: SimpleNamespace) -> User:
    """The account of a member of the family who acts for ``poor``."""
    Representative.objects.create(user=opened.member, person=poor, relation="child", evidence="户口簿",
                                  given_by=opened.village_a, period=(people.SINCE, None))
    return opened.member


@pytest.fixture
def brought(opened: SimpleNamespace, poor: Any) -> Callable[..., Application]:
    """``brought(state)``: an application lodged on paper by the village and brought as far as ``state``."""

    def go(state: str = "town", service: str = "small-subsidy", person: Any = None) -> Application:
        made = actions.begin(opened.village_a, (person or poor).pk, service, "village")
        actions.add_paper(opened.village_a, made.pk, "form", photo())
        made = actions.lodge(opened.village_a, made.pk, made.version, {})
        if state == "town":
            return made
        made = actions.pass_on(opened.town_a, made.pk, made.version)
        if state == "county" and made.state == "notice":
            Application.objects.filter(pk=made.pk).update(notice_until=made.notice_from)
            actions.close_notices(made.notice_from + dt.timedelta(days=1))
            made.refresh_from_db()
        return made

    return go
