"""Letters with families: who may write and read, what is read, what waits for an answer, photos and notices."""

import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from tests import cast as people
from tests.homes.conftest import days
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.living.messages import actions, queries
from yinian.homes.models import FamilyMessage, FamilyNotice, FamilyRead
from yinian.people.models import Consent, Representative

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(resident, site_cast):
    """The member acts for 李桂花 since ten days."""
    return Representative.objects.create(
        user=site_cast.member, person=resident.person, relation="child", period=(days(-10), None), evidence="户口簿",
        given_by=site_cast.bureau,
    )


def asked(cast, stay, text="妈妈最近睡得好吗", back=0):
    return FamilyMessage.objects.create(
        person=stay.person, site=cast.home_a, side="family", text=text, author=cast.member,
        at=timezone.now() - dt.timedelta(days=back),
    )


def picture():
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return SimpleUploadedFile("x.jpg", out.getvalue(), "image/jpeg")


def test_family_and_home_write_to_each_other_and_reading_is_marked(resident, family, site_cast):
    actions.write_family(site_cast.member, resident.person_id, "妈妈最近睡得好吗")
    assert queries.unread_for_home(resident.person, site_cast.home_a) == 1
    answer = actions.write_home(site_cast.carer_a, resident.pk, "睡得好，胃口也好")
    assert answer.author == site_cast.carer_a and queries.unread_for_home(resident.person, site_cast.home_a) == 0
    assert queries.own_unread(site_cast.member, resident.person_id) == 1
    actions.read_family(site_cast.member, resident.person_id)
    actions.read_family(site_cast.member, resident.person_id)
    assert queries.own_unread(site_cast.member, resident.person_id) == 0
    assert FamilyRead.objects.filter(message=answer, user=site_cast.member).count() == 1


def test_nobody_is_written_to_without_an_appointment_in_force(resident, site_cast):
    with pytest.raises(Refused):
        actions.write_home(site_cast.carer_a, resident.pk, "您好")
    with pytest.raises(NotVisible):
        actions.write_family(site_cast.member, resident.person_id, "您好")
    for side, author in (("home", site_cast.carer_a), ("family", site_cast.member)):
        with pytest.raises(IntegrityError, match="nobody of the family"), transaction.atomic():
            FamilyMessage.objects.create(person=resident.person, site=site_cast.home_a, side=side, text="x",
                                         author=author)


def test_an_appointment_that_ended_reads_and_writes_nothing_more(resident, family, site_cast):
    asked(site_cast, resident)
    Representative.objects.filter(pk=family.pk).update(
        period=(days(-10), days(0)), ended_by=site_cast.bureau, end_reason="本人要求"
    )
    with pytest.raises(NotVisible):
        queries.own_thread(site_cast.member, resident.person_id)
    with pytest.raises(NotVisible):
        actions.write_family(site_cast.member, resident.person_id, "x")
    client = people.client_for(site_cast.member)
    assert client.get(reverse("homes:own_messages", args=[resident.person_id])).status_code == 404


def test_who_is_let_act_later_does_not_read_what_was_written_before(resident, family, site_cast):
    asked(site_cast, resident, "旧事", back=5)
    late = people.make_user("second", people.Role.MEMBER, people.A1)
    Representative.objects.create(user=late, person=resident.person, relation="kin", period=(days(0), None),
                                  evidence="声明", given_by=site_cast.bureau)
    assert queries.own_thread(late, resident.person_id) == []
    assert [m.text for m in queries.own_thread(site_cast.member, resident.person_id)] == ["旧事"]


def test_letters_are_the_homes_own_and_no_offices(resident, family, site_cast):
    asked(site_cast, resident)
    with pytest.raises(Forbidden):
        queries.threads(site_cast.bureau)
    with pytest.raises(NotVisible):
        actions.write_home(site_cast.manager_b, resident.pk, "x")
    with pytest.raises(IntegrityError, match="works in it"), transaction.atomic():
        FamilyMessage.objects.create(person=resident.person, site=site_cast.home_a, side="home", text="x",
                                     author=site_cast.bureau)
    assert list(queries.threads(site_cast.manager_b)) == []


def test_messages_are_neither_changed_nor_deleted(resident, family, site_cast):
    asked(site_cast, resident)
    for write in (lambda: FamilyMessage.objects.update(side="home"), FamilyMessage.objects.all().delete):
        with pytest.raises(Exception, match=r"written over|Cannot delete"), transaction.atomic():
            write()


def test_a_family_that_waits_too_long_comes_onto_the_desk_until_it_is_answered(resident, family, site_cast):
    asked(site_cast, resident, back=1)
    assert actions.ask_about_unanswered() == 0
    asked(site_cast, resident, back=3)
    assert actions.ask_about_unanswered() == 1
    item = WorkItem.objects.get(kind="homes.family_waits")
    assert (item.state, item.site_ref, item.role) == ("open", site_cast.home_a.pk, "home_manager")
    assert "李桂花" not in item.url
    actions.write_home(site_cast.manager_a, resident.pk, "一切都好")
    item.refresh_from_db()
    assert item.state == "done" and actions.ask_about_unanswered() == 0


def test_a_photo_needs_consent_and_is_shown_to_family_and_home_alone(resident, family, site_cast):
    with pytest.raises(Refused) as refusal:
        actions.write_home(site_cast.carer_a, resident.pk, "过生日", picture())
    assert "photo" in refusal.value.fields
    consent = Consent.objects.create(person=resident.person, purpose="photo", given_on=days(-5), given_by="本人")
    made = actions.write_home(site_cast.carer_a, resident.pk, "过生日", picture())
    url = reverse("homes:family_photo", args=[made.pk])
    for name, status in (("member", 200), ("manager_a", 200), ("manager_b", 404), ("bureau", 404)):
        assert people.client_for(getattr(site_cast, name)).get(url).status_code == status, name
    Consent.objects.filter(pk=consent.pk).update(withdrawn_on=days(0))
    with pytest.raises(IntegrityError, match="no consent to photos"), transaction.atomic():
        FamilyMessage.objects.create(person=resident.person, site=site_cast.home_a, side="home", text="x",
                                     author=site_cast.carer_a, photo=made.photo)


def test_a_notice_reaches_families_of_the_home_until_its_day_or_until_it_is_taken_back(resident, family, site_cast):
    given = {"title": "元旦联欢", "text": "欢迎家属参加", "until": days(7)}
    with pytest.raises(Forbidden):
        actions.give_notice(site_cast.carer_a, site_cast.home_a.pk, **given)
    with pytest.raises(Refused) as refusal:
        actions.give_notice(site_cast.manager_a, site_cast.home_a.pk, **given | {"until": days(-1), "text": " "})
    assert set(refusal.value.fields) == {"until", "text"}
    made = actions.give_notice(site_cast.manager_a, site_cast.home_a.pk, **given)
    actions.give_notice(site_cast.manager_b, site_cast.home_b.pk, **given | {"title": "别院通知"})
    page = people.client_for(site_cast.member).get(reverse("people:own_person", args=[resident.person_id])).text
    assert "元旦联欢" in page and "别院通知" not in page
    actions.withdraw_notice(site_cast.manager_a, made.pk, "改期")
    assert queries.own_notices(resident.person) == []
    with pytest.raises(Refused):
        actions.withdraw_notice(site_cast.manager_a, made.pk, "再改")
    assert FamilyNotice.objects.get(pk=made.pk).withdraw_reason == "改期"


def test_pages_of_both_sides_show_the_thread_and_take_an_answer(resident, family, site_cast):
    home, own = people.client_for(site_cast.carer_a), people.client_for(site_cast.member)
    mine = reverse("homes:own_messages", args=[resident.person_id])
    assert own.post(mine, {"text": ""}).status_code == 422
    assert own.post(mine, {"text": "周末来接外出，可以吗"}).status_code == 302
    listed = home.get(reverse("homes:family_threads") + "?waiting=1")
    assert listed.status_code == 200 and "李桂花" in listed.text
    thread = reverse("homes:family_thread", args=[resident.pk])
    assert "周末来接外出" in home.get(thread).text
    assert home.post(reverse("homes:family_read", args=[resident.pk])).status_code == 302
    assert home.post(thread, {"text": "可以，请提前一天说"}).status_code == 302
    assert "可以，请提前一天说" in own.get(mine).text
    assert own.post(reverse("homes:own_read", args=[resident.person_id])).status_code == 302
    assert home.get(reverse("homes:family_notices", args=[site_cast.home_a.pk])).status_code == 200
    assert home.get(reverse("homes:sheet", args=[resident.pk])).status_code == 200
