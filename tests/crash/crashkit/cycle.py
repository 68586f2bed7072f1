"""A small county of its own that opens a month's cycle and, in a second command, asks for its approval."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yinian.core.models import User

PEOPLE = 40
MONTH = dt.date(2024, 6, 1)
SERVICE = "age-allowance"


def open_month() -> None:
    """Make areas, the service list, officers and people; then ask for the opening of the month."""
    from django.conf import settings
    from tests import cast
    from tests.entitlements.conftest import PACK, PARAMETERS, PROCEDURE, SERVICES

    from yinian.core.roles import Role
    from yinian.entitlements.cycles import opening

    folder = Path(settings.POLICIES) / "test"
    (folder / "services").mkdir(parents=True)
    for name, text in (("pack", PACK), ("parameters", PARAMETERS), ("services/10", SERVICES), ("procedure", PROCEDURE)):
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    for region in cast.REGIONS:
        cast.make_region(*region)
    for name in ("bureau", "checker", "approver"):
        cast.make_user(name, Role.BUREAU_OFFICER)
    for name, town in (("town_a", cast.TOWN_A), ("town_b", cast.TOWN_B)):
        cast.make_user(name, Role.TOWN_OFFICER, town)
    for number in range(PEOPLE):
        village = (cast.A1, cast.A2, cast.B1, cast.B2)[number % 4]
        person = cast.make_person(village, f"李桂{number}", birth=dt.date(1925 + number % 15, 5, 2))
        cast.make_spell(person, "relief", "none")
    opening.open_cycles(_user("bureau"), cast.COUNTY, MONTH, (SERVICE,))


def approve() -> None:
    """The towns and the county's checker pass the one cycle; then its approval is asked for."""
    from tests import cast

    from yinian.entitlements.cycles import actions, approval
    from yinian.entitlements.models import Cycle

    cycle = Cycle.objects.get()
    for town in cycle.towns.all():
        officer = _user("town_a" if town.region_id == cast.TOWN_A else "town_b")
        actions.finish_town(officer, cycle.pk, town.region_id, town.version, accept_rest=True)
    cycle.refresh_from_db()
    cycle = actions.check(_user("checker"), cycle.pk, cycle.version)
    approval.approve(_user("approver"), cycle.pk, cycle.version)


def _user(name: str) -> User:
    from yinian.core.models import User

    return User.objects.get(username=name)
