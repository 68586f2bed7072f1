"""A home of a few beds, more people who want one than there are beds, and officers who may admit."""

from __future__ import annotations

BEDS = 4
PEOPLE = 6
OFFICERS = ("bureau", "second", "third", "fourth")


def prepare() -> None:
    """Make areas, the home, the officers and the people."""
    from tests import cast

    from yinian.core.roles import Role

    for region in cast.REGIONS:
        cast.make_region(*region)
    cast.make_users([(name, Role.BUREAU_OFFICER, cast.COUNTY, None) for name in OFFICERS])
    cast.make_home(beds=BEDS)
    for number in range(PEOPLE):
        cast.make_person(cast.A1, f"李桂{number}")
