"""Logging in and out, the second factor, one's own password and preferences."""

import time

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from tests.cast import PASSWORD, client_for

from yinian.core.models import AuditRow, RecoveryCode, User
from yinian.core.users import own

pytestmark = pytest.mark.django_db


def log_in(client, name, password=PASSWORD, **more):
    return client.post("/login/", {"username": name, "password": password, **more})


def code_of(device, drift=0):
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + drift * device.step
    return f"{totp.token():06d}"


def test_the_right_password_opens_the_desk_and_is_recorded(cast):
    client = Client()
    answer = log_in(client, "Bureau")
    assert (answer.status_code, answer["Location"]) == (302, "/desk/")
    assert client.get("/desk/").status_code == 200
    assert AuditRow.objects.filter(action="users.login", actor=cast.bureau).exists()


def test_a_wrong_password_and_an_unknown_name_answer_alike(cast):
    wrong, unknown = log_in(Client(), "bureau", "nonsense"), log_in(Client(), "nobody", "nonsense")
    assert wrong.status_code == unknown.status_code == 422
    assert "登录名或密码不正确" in wrong.content.decode()
    assert "登录名或密码不正确" in unknown.content.decode()


@pytest.mark.parametrize("address", [
    "https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example",
])
def test_the_login_leads_nowhere_else(cast, address):
    assert log_in(Client(), "bureau", next=address)["Location"] == "/desk/"


def test_five_wrong_passwords_lock_the_pair_and_say_how_long(cast, settings):
    settings.AXES_ENABLED = True
    client = Client()
    for _n in range(4):
        assert log_in(client, "bureau", "nonsense").status_code == 422
    answer = log_in(client, "bureau", "nonsense")
    assert answer.status_code == 429
    assert "15 分钟后再试" in answer.content.decode()
    assert log_in(client, "bureau").status_code == 429, "the right password does not help while it is locked"
    assert log_in(client, "town_a").status_code == 302, "a colleague at the same address is not locked out"


def test_a_locked_account_and_the_platform_itself_cannot_log_in(cast):
    from yinian.core.users.queries import platform_user

    User.objects.filter(pk=cast.town_a.pk).update(is_active=False)
    assert log_in(Client(), "town_a").status_code == 422
    assert log_in(Client(), platform_user().username, "!").status_code == 422


def test_a_one_time_password_opens_nothing_but_its_change(cast):
    User.objects.filter(pk=cast.town_a.pk).update(must_change_password=True)
    client = Client()
    assert log_in(client, "town_a")["Location"] == "/account/password/"
    assert client.get("/people/").status_code == 302
    assert client.get("/desk/")["Location"] == "/account/password/"
    assert client.post("/work/1/take/").status_code == 403
    new = "ein-neues-42-wort"
    assert client.post("/account/password/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert client.get("/desk/").status_code == 200


def test_a_changed_password_ends_the_other_sessions_only(cast):
    here, there = client_for(cast.bureau), client_for(cast.bureau)
    here.post("/account/password/", {"old": PASSWORD, "new": "ein-neues-42-wort", "again": "ein-neues-42-wort"})
    assert here.get("/desk/").status_code == 200
    assert there.get("/desk/").status_code == 302


@pytest.mark.parametrize(("old", "new", "again"), [
    ("wrong", "ein-neues-42-wort", "ein-neues-42-wort"), (PASSWORD, "kurz", "kurz"),
    (PASSWORD, "ein-neues-42-wort", "ein-anderes-42-wort"), (PASSWORD, "1234567890123", "1234567890123"),
    (PASSWORD, PASSWORD, PASSWORD),
])
def test_a_bad_new_password_changes_nothing(cast, old, new, again):
    answer = client_for(cast.bureau).post("/account/password/", {"old": old, "new": new, "again": again})
    assert answer.status_code == 422
    assert User.objects.get(pk=cast.bureau.pk).check_password(PASSWORD)


def set_up(user):
    device = own.pending_second_factor(user)
    codes = own.confirm_second_factor(user, code_of(device))
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None)
    return own.second_factor_of(user), codes


def test_the_second_factor_is_set_up_by_a_right_code_and_asked_for_ever_after(cast):
    client = client_for(cast.bureau)
    assert "data:image/svg+xml" in client.get("/account/second-factor/").content.decode()
    assert client.post("/account/second-factor/", {"code": "000000"}).status_code in (422,)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    device = own.pending_second_factor(cast.bureau)
    page = client.post("/account/second-factor/", {"code": code_of(device)}).content.decode()
    assert page.count("<code>") == own.RECOVERY_CODES
    TOTPDevice.objects.update(last_t=-1)
    other = Client()
    assert log_in(other, "bureau")["Location"] == "/login/code/"
    assert other.get("/desk/").status_code == 302, "the password alone opens nothing"
    assert other.post("/login/code/", {"code": code_of(device)})["Location"] == "/desk/"
    assert other.get("/desk/").status_code == 200


def test_a_recovery_code_opens_once_and_is_not_stored(cast):
    _device, codes = set_up(cast.bureau)
    assert not any(codes[0].replace("-", "").encode() in bytes(c.digest) for c in RecoveryCode.objects.all())
    first = Client()
    log_in(first, "bureau")
    assert first.post("/login/code/", {"code": codes[0].upper()}).status_code == 302
    assert AuditRow.objects.filter(action="users.recovery_code_used").count() == 1
    second = Client()
    log_in(second, "bureau")
    assert second.post("/login/code/", {"code": codes[0]}).status_code == 422


def test_five_wrong_codes_ask_for_the_password_again(cast):
    set_up(cast.bureau)
    client = Client()
    log_in(client, "bureau")
    for _n in range(4):
        assert client.post("/login/code/", {"code": "aaaaa-bbbbb"}).status_code == 422
    assert client.post("/login/code/", {"code": "aaaaa-bbbbb"})["Location"] == "/login/"
    assert client.get("/login/code/")["Location"] == "/login/"


def test_the_second_step_ends_when_the_password_changes_meanwhile(cast):
    set_up(cast.bureau)
    client = Client()
    log_in(client, "bureau")
    User.objects.filter(pk=cast.bureau.pk).update(session_epoch=5)
    assert client.get("/login/code/")["Location"] == "/login/"


def test_turning_the_second_factor_off_needs_the_password(cast):
    set_up(cast.bureau)
    client = client_for(cast.bureau)
    assert client.post("/account/second-factor/off/", {"password": "wrong"}).status_code == 422
    assert own.second_factor_of(cast.bureau) is not None
    assert client.post("/account/second-factor/off/", {"password": PASSWORD}).status_code == 302
    assert own.second_factor_of(cast.bureau) is None
    assert not RecoveryCode.objects.exists()


def test_language_and_theme_are_kept_with_the_user_and_in_the_browser(cast):
    client = client_for(cast.bureau)
    client.post("/preferences/", {"language": "en", "next": "/desk/"})
    client.post("/preferences/", {"theme": "dark", "next": "/desk/"})
    user = User.objects.get(pk=cast.bureau.pk)
    assert (user.language, user.theme) == ("en", "dark")
    page = client.get("/desk/").content.decode()
    assert 'lang="en" data-bs-theme="dark"' in page
    client.post("/preferences/", {"theme": "device", "next": "/desk/"})
    assert 'data-theme="device"' in client.get("/desk/").content.decode()


def test_logging_out_needs_a_post(cast):
    client = client_for(cast.bureau)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/desk/").status_code == 302
