"""The standing cast: a county with two towns of two villages each, a neighbour county, and one user of each role.

Every test speaks of the same people by name. ``cast.town_a`` is the officer of town A; ``cast.village_a`` works
in village A1; ``cast.stranger`` is a bureau officer of the neighbouring county.
"""

import datetime as dt
import itertools
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from yinian.core import identity, pinyin
from yinian.core.models import Posting, Region, User
from yinian.core.roles import Role
from yinian.core.users.queries import identity_index

SINCE = dt.date(2020, 1, 1)

COUNTY = "430681"
TOWN_A, TOWN_B = "430681101", "430681112"
A1, A2 = "430681101202", "430681101213"
B1, B2 = "430681112201", "430681112202"
NEIGHBOUR = "430621"

REGIONS = [
    ("43", "湖南省", 1, "省"),
    ("4306", "岳阳市", 2, "市"),
    (COUNTY, "汨罗市", 3, "县级市"),
    (TOWN_A, "汨罗镇", 4, "镇"),
    (A1, "汴塘村", 5, "村"),
    (A2, "蟠龙桥村", 5, "村"),
    (TOWN_B, "桃林寺镇", 4, "镇"),
    (B1, "大托村", 5, "村"),
    (B2, "三新村", 5, "村"),
    (NEIGHBOUR, "岳阳县", 3, "县"),
    (NEIGHBOUR + "100", "荣家湾镇", 4, "镇"),
    (NEIGHBOUR + "100201", "城南村", 5, "村"),
]

USERS: dict[str, tuple[Role, str]] = {
    "admin": (Role.ADMINISTRATOR, COUNTY),
    "bureau": (Role.BUREAU_OFFICER, COUNTY),
    "dispatcher": (Role.DISPATCHER, COUNTY),
    "town_a": (Role.TOWN_OFFICER, TOWN_A),
    "town_b": (Role.TOWN_OFFICER, TOWN_B),
    "village_a": (Role.VILLAGE_WORKER, A1),
    "village_a2": (Role.VILLAGE_WORKER, A2),
    "village_b": (Role.VILLAGE_WORKER, B1),
    "assessor": (Role.ASSESSOR, COUNTY),
    "visiting_carer": (Role.VISITING_CARER, A1),
    "hamlet_leader": (Role.HAMLET_LEADER, A1),
    "finance": (Role.FINANCE_OFFICER, COUNTY),
    "auditor": (Role.AUDITOR, COUNTY),
    "reviewer": (Role.REVIEWER, "4306"),
    "unit_officer": (Role.UNIT_OFFICER, COUNTY),
    "expert": (Role.SCHEME_EXPERT, COUNTY),
    "screen": (Role.SCREEN, COUNTY),
    "member": (Role.MEMBER, A1),
    "stranger": (Role.BUREAU_OFFICER, NEIGHBOUR),
}
# Home staff hold their posting at a site; `site_cast` gives them one.
SITE_USERS: dict[str, tuple[Role, str]] = {
    "manager_a": (Role.HOME_MANAGER, TOWN_A),
    "carer_a": (Role.CARER, TOWN_A),
    "manager_b": (Role.HOME_MANAGER, TOWN_B),
}

PASSWORD = "correct-horse-9"

_numbers = itertools.count(1)


def _region(code: str, name: str, level: int, kind: str = "") -> Region:
    parents = [c for c in Region.codes_above(code) if c != code]
    return Region(
        code=code,
        name=name,
        level=level,
        kind=kind,
        parent_id=parents[-1] if parents else None,
        pinyin=pinyin.full_pinyin(name),
        initials=pinyin.initials(name),
    )


def make_region(code: str, name: str, level: int, kind: str = "") -> Region:
    region = _region(code, name, level, kind)
    region.save(force_insert=True)
    return region


def make_user(username: str, role: Role | None = None, region: str = COUNTY, site: int | None = None) -> User:
    return make_users([(username, role, region, site)])[0]


def make_users(wanted: list[tuple[str, Role | None, str, int | None]]) -> list[User]:
    """Accounts of one password, each with its posting; all at once, for nearly every test begins with them."""
    users = [
        User(username=name, full_name=f"{name}同志", identity_index=identity_index(name)) for name, *_rest in wanted
    ]
    password = make_password(PASSWORD)
    for user in users:
        user.password = password
    User.objects.bulk_create(users)
    Posting.objects.bulk_create(
        Posting(user=user, role=role, region_id=region, site_ref=site, period=(SINCE, None))
        for user, (_name, role, region, site) in zip(users, wanted, strict=True) if role is not None
    )
    return users


def make_id_number(birth: dt.date, sex: str, order: int | None = None, division: str = "990681") -> str:
    """A synthetic ID number: begins with 99, right check digit."""
    order = next(_numbers) % 500 if order is None else order
    body = f"{division}{birth:%Y%m%d}{order * 2 + (sex == 'male'):03d}"
    return body + identity.check_digit(body)


def make_person(
    region: str = A1, name: str = "李桂花", sex: str = "female", birth: dt.date | None = None, **more: Any
) -> Any:
    """A person in the register, with a synthetic ID number and its indexes."""
    from yinian.people.models import Person
    from yinian.people.persons import keys

    birth = birth or dt.date(1940, 5, 2)
    number = more.pop("id_number", None) or make_id_number(birth, sex)
    return Person.objects.create(
        name=name,
        name_pinyin=pinyin.full_pinyin(name),
        name_initials=pinyin.initials(name),
        sex=sex,
        birth_date=birth,
        id_number=number,
        id_index=keys.id_index(number),
        id_tail_index=keys.id_tail_index(number),
        region_id=region,
        hukou_code=more.pop("hukou_code", region),
        residence_code=more.pop("residence_code", region),
        synthetic=True,
        **more,
    )


def make_spell(
    person: Any,
    kind: str,
    value: str = "",
    grade: int | None = None,
    since: dt.date = SINCE,
    until: dt.date | None = None,
    department: str = "civil_affairs",
    **more: Any,
) -> Any:
    from yinian.people.models import Spell

    return Spell.objects.create(
        person=person, kind=kind, value=value, grade=grade, valid=(since, until), department=department, **more
    )


def make_home(region: str = TOWN_A, name: str = "汨罗镇敬老院", beds: int = 4, nursing: int = 2) -> Any:
    """A home with one room and ``beds`` beds, the first ``nursing`` of them nursing beds."""
    from yinian.places.models import Bed, Organisation, Room, Site

    organisation = Organisation.objects.create(name=name, kind="public", region_id=region)
    site = Site.objects.create(
        organisation=organisation,
        kind="home",
        name=name,
        region_id=region,
        filed_beds=beds,
        levels=[0, 1, 2],
        lat=28.8,
        lon=113.1,
        schematic=True,
    )
    room = Room.objects.create(site=site, name="101")
    for n in range(beds):
        Bed.objects.create(site=site, room=room, label=f"101-{n + 1}", kind="nursing" if n < nursing else "plain")
    return site


@dataclass
class County:
    code: str = COUNTY
    town_a: str = TOWN_A
    town_b: str = TOWN_B
    a1: str = A1
    a2: str = A2
    b1: str = B1
    b2: str = B2


@pytest.fixture
def county(db: None) -> County:
    """The regions, in the database."""
    Region.objects.bulk_create(_region(*one) for one in REGIONS)
    return County()


@pytest.fixture
def cast(county: County) -> SimpleNamespace:
    """One user of each role (without the home staff, who need a site: `site_cast`)."""
    users = make_users([(name, role, region, None) for name, (role, region) in USERS.items()])
    return SimpleNamespace(**{user.username: user for user in users})


@pytest.fixture
def site_cast(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast with two homes and their staff: ``home_a``, ``home_b``, ``manager_a``, ``carer_a``, ``manager_b``."""
    cast.home_a, cast.home_b = make_home(TOWN_A), make_home(TOWN_B, "桃林寺镇敬老院")
    homes = {TOWN_A: cast.home_a.pk, TOWN_B: cast.home_b.pk}
    for user in make_users([(name, role, region, homes[region]) for name, (role, region) in SITE_USERS.items()]):
        setattr(cast, user.username, user)
    return cast


def client_for(user: User) -> Client:
    """A browser in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
