"""Whose account it is: one human holds one account, and what takes two is told apart by it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.cast import client_for, make_id_number, make_user

from yinian.core.errors import NotVisible, Refused
from yinian.core.models import AuditRow, User
from yinian.core.roles import Role
from yinian.core.users import actions
from yinian.core.users.queries import human_key, identity_index, same_human

pytestmark = pytest.mark.django_db
NUMBER = make_id_number(dt.date(1985, 3, 4), "male", 12)


def test_only_the_index_of_the_number_is_kept_and_no_log_names_it(cast):
    actions.set_identity(cast.bureau, cast.town_a.pk, NUMBER.lower())
    cast.town_a.refresh_from_db()
    assert human_key(cast.town_a) == identity_index(NUMBER)
    row = AuditRow.objects.get(action="users.identify")
    assert NUMBER not in f"{row.detail} {row.reason}"


def test_a_second_account_of_one_human_is_refused_by_action_and_by_database(cast):
    actions.set_identity(cast.bureau, cast.town_a.pk, NUMBER)
    with pytest.raises(Refused) as refused:
        actions.set_identity(cast.bureau, cast.village_a.pk, NUMBER)
    assert "id_number" in refused.value.fields
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.village_a.pk).update(identity_index=identity_index(NUMBER))


def test_an_account_without_a_number_on_file_decides_nothing(cast):
    bare = make_user("bare", Role.TOWN_OFFICER, cast.town_a.home_region.code)
    bare.identity_index = None
    with pytest.raises(Refused):
        human_key(bare)
    assert same_human(bare, bare) and not same_human(bare, cast.town_a)


def test_a_wrong_number_and_somebody_elses_account_are_refused(cast):
    with pytest.raises(Refused):
        actions.set_identity(cast.bureau, cast.town_a.pk, NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"))
    with pytest.raises(Refused):
        actions.set_identity(cast.bureau, cast.bureau.pk, NUMBER)
    with pytest.raises(NotVisible):
        actions.set_identity(cast.bureau, cast.stranger.pk, NUMBER)


def test_a_county_in_service_refuses_a_synthetic_number(cast, settings):
    settings.IN_SERVICE = True
    with pytest.raises(Refused):
        actions.set_identity(cast.bureau, cast.town_a.pk, NUMBER)


def test_the_page_enters_it_and_keeps_what_was_typed_on_a_fault(cast):
    client = client_for(cast.bureau)
    address = reverse("core:user_identify", args=[cast.town_a.pk])
    bad = client.post(address, {"id_number": "123"})
    assert bad.status_code == 422 and 'value="123"' in bad.content.decode()
    assert client.post(address, {"id_number": NUMBER}).status_code == 302
