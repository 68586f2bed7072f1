"""The demo's logins: one user of each role, and an officer for every town and village."""

import datetime as dt
import itertools
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from yinian.core import keys
from yinian.core.identity import compose_id
from yinian.core.models import Posting, Region, User
from yinian.core.roles import ROLES, Role
from yinian.core.users.queries import identity_index
from yinian.places.models import Site

SINCE = dt.date(2024, 1, 1)
BORN = dt.date(1985, 1, 1)

# username, name and role; where: county, prefecture, town, village or home
HEADS: tuple[tuple[str, str, Role, str], ...] = (
    ("minzheng", "周敏", Role.BUREAU_OFFICER, "county"),
    ("fuhe", "丁岚", Role.BUREAU_OFFICER, "county"),  # the second officer whom every decision of two needs
    ("shenpi", "谭志强", Role.BUREAU_OFFICER, "county"),  # the third, who approves what two have made and checked
    ("zhidao", "吴静", Role.DISPATCHER, "county"),
    ("xiangzhen", "彭建国", Role.TOWN_OFFICER, "town"),
    ("cun", "黎小红", Role.VILLAGE_WORKER, "village"),
    ("jigou", "郑丽", Role.HOME_MANAGER, "home"),
    ("huli", "潘燕", Role.CARER, "home"),
    ("pinggu", "徐明", Role.ASSESSOR, "county"),
    ("pinggu2", "蒋玉兰", Role.ASSESSOR, "county"),  # two assess together
    ("shangmen", "何芳", Role.VISITING_CARER, "village"),
    ("wuchang", "湛国强", Role.HAMLET_LEADER, "village"),
    ("caizheng", "杨帆", Role.FINANCE_OFFICER, "county"),
    ("shenji", "易文", Role.AUDITOR, "county"),
    ("caizhengju", "罗伟", Role.UNIT_OFFICER, "county"),
    ("weijianju", "钟慧", Role.UNIT_OFFICER, "county"),
    ("shiji", "欧阳磊", Role.REVIEWER, "prefecture"),
    ("jiashu", "任小军", Role.MEMBER, "village"),
    ("daping", "指挥大屏", Role.SCREEN, "county"),
    ("guanli", "刘工", Role.ADMINISTRATOR, "county"),
)


def demo_password() -> str:
    """The demo's one password: made with the data folder, never in the tree."""
    return "yinian-" + keys.read_or_make(settings.DATA / "secrets" / "demo.key", 4)


def make_users(county: Region, home: Site | None) -> list[dict[str, Any]]:
    """Create the users and their postings; returns one login per role: role, username, name, where."""
    towns = list(Region.objects.filter(level=4, code__startswith=county.code).order_by("code"))
    villages = list(Region.objects.filter(level=5, code__startswith=county.code).order_by("code"))
    town = next((t for t in towns if sum(v.code.startswith(t.code) for v in villages) > 12), towns[0])
    village = next((v for v in villages if v.code.startswith(town.code)), town)
    places = {"county": county, "prefecture": county.parent or county, "town": town, "village": village, "home": county}
    secret = make_password(demo_password())  # one hash for all: a real county gives each user a password of their own
    logins: list[dict[str, Any]] = []

    numbers = itertools.count()

    def holder() -> bytes:
        """The index of another synthetic ID number: of working age, so that it is no older person's."""
        n = next(numbers)
        return identity_index(compose_id(f"99{county.code[2:6]}", BORN + dt.timedelta(days=n // 1000), n % 1000))

    def add(username: str, name: str, role: Role, region: Region, site: Site | None = None) -> None:
        office = site.name if site else region.name
        user = User.objects.create(
            username=username, full_name=name, office=office, password=secret, identity_index=holder()
        )
        Posting.objects.create(
            user=user, role=role, region=region, site_ref=site.pk if site else None, period=(SINCE, None)
        )

    for username, name, role, where in HEADS:
        if where == "home":
            if home is None:
                continue
            add(username, name, role, home.region.parent or home.region, home)
            place = home.name
        else:
            add(username, name, role, places[where])
            place = places[where].name
        logins.append({"role": role.value, "username": username, "name": name, "where": place})
    users, postings = [], []
    for region, role, prefix in [(t, Role.TOWN_OFFICER, "zhen") for t in towns if t != town] + [
        (v, Role.VILLAGE_WORKER, "cun") for v in villages if v != village
    ]:
        users.append(
            User(
                username=f"{prefix}{region.code[6:]}",
                full_name=f"{region.name}经办人",
                office=region.name,
                password=secret,
                identity_index=holder(),
            )
        )
        postings.append((role, region))
    for user, (role, region) in zip(User.objects.bulk_create(users), postings, strict=True):
        Posting.objects.create(user=user, role=role, region=region, period=(SINCE, None))
    return logins


def login_table(logins: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The logins with the role in words and the password, for printing."""
    return [
        {
            "role": str(ROLES[Role(login["role"])].label),
            "username": login["username"],
            "password": demo_password(),
            "where": login["where"],
        }
        for login in logins
    ]
