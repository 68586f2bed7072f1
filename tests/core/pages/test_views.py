"""The views a room's work is divided into: few in one row, many by group, all of them in one list on a phone."""

import re

import pytest
from django.urls import reverse
from tests.cast import client_for

from yinian.core import navigation
from yinian.core.navigation import desk, desk_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(monkeypatch):
    monkeypatch.setattr(navigation, "DESKS", {})
    monkeypatch.setattr(navigation, "DESK_GROUPS", {})
    desk_group("homes", "beds", 20, "床位")
    desk_group("homes", "running", 10, "管理", rest=True)
    desk_group("homes", "money", 30, "账目")
    desk("homes", "homes", 5, "机构", "homes:list", "homes.view", "beds")


def seen(user):
    page = client_for(user).get(reverse("homes:list") + "?region=430681").content.decode()
    page = page.split("<h1")[1]
    groups = page.split('class="desk-groups')[1].split("</nav>")[0] if 'class="desk-groups' in page else ""
    row = page.split('class="tabs-line"')[1].split("</nav>")[0] if 'class="tabs-line"' in page else ""
    fold = page.split('class="desk-fold"')[1].split("</details>")[0] if 'class="desk-fold"' in page else ""
    return [re.findall(r"<a[^>]*>([^<]+)</a>", part) for part in (groups, row, fold)], page


def test_few_views_stand_in_one_row(room, cast):
    desk("homes", "other", 6, "别的", "homes:occupancy", "homes.view", "money")
    (groups, row, fold), _page = seen(cast.bureau)
    assert (groups, row, fold) == ([], ["机构", "别的"], [])


def test_many_stand_by_group_and_one_that_names_none_stands_with_the_rest(room, cast):
    for n in range(7):
        desk("homes", f"m{n}", n, f"账{n}", "homes:occupancy", "homes.view", "money")
    desk("homes", "new", 1, "新事", "homes:free_beds", "homes.view")
    desk("homes", "odd", 2, "错组", "homes:free_beds", "homes.view", "no such group")
    (groups, row, fold), page = seen(cast.bureau)
    assert groups == ["管理", "床位", "账目"]
    assert row == ["机构"]
    assert fold == ["新事", "错组", "机构", *(f"账{n}" for n in range(7))]
    # A group leads to its first view, and the chosen area goes along.
    assert f'href="{reverse("homes:free_beds")}?region=430681"' in page.split('class="desk-groups')[1].split("管理")[0]


def test_a_group_of_which_the_reader_may_open_nothing_is_not_shown(room, cast):
    for n in range(8):
        desk("homes", f"m{n}", n, f"账{n}", "homes:occupancy", "fees.view", "money")
    (groups, row, _fold), _page = seen(cast.dispatcher)
    assert (groups, row) == ([], [])
    (groups, _row, _fold), _page = seen(cast.bureau)
    assert groups == ["床位", "账目"]
