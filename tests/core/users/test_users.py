"""Users, their postings, and what nobody may do."""

import datetime as dt

import pytest
from django.utils import timezone
from tests.cast import A1, B1, COUNTY, NEIGHBOUR, TOWN_A, TOWN_B, client_for

from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow, Posting, User
from yinian.core.roles import Role
from yinian.core.users import actions

pytestmark = pytest.mark.django_db


def fresh(user):
    return User.objects.get(pk=user.pk)


def test_a_new_user_gets_a_password_once_and_must_change_it(cast):
    user, password = actions.create_user(cast.bureau, username="Wang.Fang", full_name="王芳", office="",
                                         role=Role.TOWN_OFFICER, region=TOWN_A)
    assert user.username == "wang.fang"
    assert fresh(user).check_password(password)
    assert fresh(user).must_change_password
    assert fresh(user).scope("people.view").regions == (TOWN_A,)
    assert set(AuditRow.objects.values_list("action", flat=True)) == {"users.create", "users.post"}
    assert password not in str(list(AuditRow.objects.values_list("detail", flat=True)))


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR, Role.REVIEWER])
def test_a_bureau_officer_gives_no_role_above_their_own_reach(cast, role):
    with pytest.raises(Refused):
        actions.add_posting(cast.bureau, cast.village_a.pk, role=role, region=COUNTY)
    assert Posting.objects.filter(user=cast.village_a).count() == 1


def test_a_role_is_not_given_above_the_area_it_is_meant_for(cast):
    with pytest.raises(Refused):
        actions.add_posting(cast.bureau, cast.village_a.pk, role=Role.VILLAGE_WORKER, region=TOWN_A)


def test_no_role_is_given_outside_ones_own_area(cast):
    with pytest.raises(NotVisible):
        actions.add_posting(cast.bureau, cast.village_a.pk, role=Role.TOWN_OFFICER, region=NEIGHBOUR + "100")


def test_nobody_changes_their_own_roles_or_lock(cast):
    posting = Posting.objects.get(user=cast.admin)
    for act in (
        lambda: actions.add_posting(cast.admin, cast.admin.pk, role=Role.BUREAU_OFFICER, region=COUNTY),
        lambda: actions.end_posting(cast.admin, cast.admin.pk, posting.pk),
        lambda: actions.lock(cast.admin, cast.admin.pk, "x"),
        lambda: actions.reset_password(cast.admin, cast.admin.pk),
    ):
        with pytest.raises(Refused):
            act()
    assert Posting.objects.filter(user=cast.admin).count() == 1


def test_a_bureau_officer_cannot_touch_the_administrator_or_the_auditor(cast):
    for user in (cast.admin, cast.auditor):
        with pytest.raises(Forbidden):
            actions.lock(cast.bureau, user.pk, "x")
        with pytest.raises(Forbidden):
            actions.reset_password(cast.bureau, user.pk)
        assert fresh(user).is_active


def test_a_user_of_another_county_is_not_found(cast):
    with pytest.raises(NotVisible):
        actions.lock(cast.bureau, cast.stranger.pk, "x")


def test_locking_ends_sessions_at_the_next_request(cast):
    client = client_for(cast.village_a)
    assert client.get("/desk/").status_code == 200
    actions.lock(cast.bureau, cast.village_a.pk, "调离")
    assert client.get("/desk/").status_code == 302
    actions.unlock(cast.bureau, cast.village_a.pk)
    assert client.get("/desk/").status_code == 302, "the old session stays ended"


@pytest.mark.parametrize("act", [
    lambda cast: actions.revoke_sessions(cast.bureau, cast.town_a.pk),
    lambda cast: actions.add_posting(cast.bureau, cast.town_a.pk, role=Role.TOWN_OFFICER, region=TOWN_B),
    lambda cast: actions.end_posting(cast.bureau, cast.town_a.pk, Posting.objects.get(user=cast.town_a).pk),
    lambda cast: actions.reset_password(cast.bureau, cast.town_a.pk),
])
def test_a_change_of_scope_or_password_ends_sessions(cast, act):
    client = client_for(cast.town_a)
    assert client.get("/desk/").status_code == 200
    act(cast)
    assert client.get("/desk/").status_code == 302


def test_an_ended_role_stays_on_record(cast):
    posting = Posting.objects.get(user=cast.village_a)
    actions.end_posting(cast.bureau, cast.village_a.pk, posting.pk)
    posting.refresh_from_db()
    assert posting.period.upper == timezone.localdate()
    assert fresh(cast.village_a).rights == frozenset()
    with pytest.raises(Refused):
        actions.end_posting(cast.bureau, cast.village_a.pk, posting.pk)


def test_the_same_role_is_not_held_twice_at_a_time(cast):
    with pytest.raises(Refused):
        actions.add_posting(cast.bureau, cast.village_a.pk, role=Role.VILLAGE_WORKER, region=A1)


def test_a_role_may_hold_for_a_time(cast):
    today = timezone.localdate()
    posting = actions.add_posting(cast.bureau, cast.village_a.pk, role=Role.VILLAGE_WORKER, region=B1,
                                  since=today + dt.timedelta(days=3), until=today + dt.timedelta(days=5))
    assert posting.period[1] == today + dt.timedelta(days=6)
    assert fresh(cast.village_a).scope("people.view").regions == (A1,)


def test_home_staff_are_posted_to_a_home_and_see_nothing_else(site_cast):
    user, _password = actions.create_user(site_cast.bureau, username="hulu", full_name="胡路", office="",
                                          role=Role.HOME_MANAGER, region=TOWN_A, site=site_cast.home_a.pk)
    assert fresh(user).scope("homes.view").sites == (site_cast.home_a.pk,)
    assert fresh(user).scope("homes.view").regions == ()
    with pytest.raises(Refused):
        actions.add_posting(site_cast.bureau, user.pk, role=Role.CARER, region=TOWN_A)


def test_the_auditor_sees_all_users_and_changes_none(cast):
    client = client_for(cast.auditor)
    page = client.get(f"/users/{cast.village_a.pk}/").content.decode()
    assert "停用" not in page
    assert client.post(f"/users/{cast.village_a.pk}/lock/", {"reason": "x"}).status_code == 403
    assert fresh(cast.village_a).is_active


def test_the_pages_make_a_user_and_show_the_password_once(cast):
    client = client_for(cast.bureau)
    answer = client.post("/users/new/", {"full_name": "王芳", "username": "wangfang", "role": "town_officer",
                                         "region": TOWN_A, "office": "民政办", "site": ""})
    assert answer.status_code == 200
    assert 'id="one-time"' in answer.content.decode()
    user = User.objects.get(username="wangfang")
    assert 'id="one-time"' not in client.get(f"/users/{user.pk}/").content.decode()


def test_a_login_name_is_no_id_number_and_no_phone(cast):
    client = client_for(cast.bureau)
    for name in ("430681199001011234", "13800000000"):
        answer = client.post("/users/new/", {"full_name": "王芳", "username": name, "role": "town_officer",
                                             "region": TOWN_A})
        assert answer.status_code == 422
        assert "王芳" in answer.content.decode(), "what was typed is kept"
    assert not User.objects.filter(full_name="王芳").exists()
