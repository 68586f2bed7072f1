"""Referrals: step by step, with their papers; nobody is recorded in two places."""

import io

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days, lies
from tests.medical.conftest import PDF
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import Document, WorkItem
from yinian.homes.absences import actions as absences
from yinian.homes.models import Absence, Stay
from yinian.homes.stays import actions as stays
from yinian.medical.contracts import actions as contracts
from yinian.medical.models import Referral
from yinian.medical.referrals import actions

pytestmark = pytest.mark.django_db


def paper():
    file = io.BytesIO(PDF)
    file.name = "出院小结.pdf"
    return file


def referred(actor, stay, clinic, **more):
    given = {"urgency": "urgent", "reason": "发热三天，咳嗽", "green": False}
    return actions.refer(actor, stay.pk, clinic.pk, **(given | more))


def test_a_referral_goes_from_asked_to_back_and_the_absence_with_it(resident, site_cast, clinic, contract):
    by = site_cast.manager_a
    one = referred(by, resident, clinic, green=True)
    assert one.contract == contract and WorkItem.objects.get(kind="medical.unanswered").state == "open"
    paper_ = Document.objects.get(pk=one.document_id)
    assert paper_.person_ref == resident.person_id and paper_.series == "转诊"
    with pytest.raises(Refused):
        actions.arrive(by, one.pk, one.version, on=days(0), who="李护士")
    one = actions.answer(by, one.pk, one.version, accepts=True, who="内科王医生", words="三楼12床")
    assert not WorkItem.objects.filter(kind="medical.unanswered", state="open").exists()
    one = actions.arrive(by, one.pk, one.version, on=days(0))
    away = Absence.objects.get(stay=resident)
    assert one.absence == away and away.kind == "hospital" and away.hospital == clinic.name
    assert away.period.upper is None
    Referral.objects.filter(pk=one.pk).update(arrived_on=days(0))
    with pytest.raises(Refused) as refusal:
        actions.come_back(by, one.pk, one.version, on=days(0), file=None)
    assert "file" in refusal.value.fields and Absence.objects.get().period.upper is None
    one = actions.come_back(by, one.pk, one.version, on=days(0), file=paper(), note="低盐饮食")
    # Back the same day: the night was spent in the home, so no day away is left behind.
    assert one.state == "returned" and one.discharge_id and not Absence.objects.exists()


def test_the_absence_ends_on_the_day_of_return(resident, site_cast, clinic):
    by = site_cast.manager_a
    absences.go(by, resident.pk, resident.version, "hospital", days(-3), "住院", hospital="汨罗市人民医院")
    one = referred(by, resident, clinic, urgency="emergency")
    one = actions.arrive(by, one.pk, one.version, on=days(0), who="急诊李护士")
    assert one.answered_who == "急诊李护士" and Absence.objects.count() == 1
    one = actions.come_back(by, one.pk, one.version, on=days(0), file=None, missing="医院未出具")
    assert Absence.objects.get().period.upper == days(0) and one.end_note == "医院未出具"


def test_an_emergency_goes_without_an_answer_but_names_who_received_the_person(resident, site_cast, clinic):
    by = site_cast.manager_a
    one = referred(by, resident, clinic, urgency="emergency")
    with pytest.raises(Refused) as refusal:
        actions.arrive(by, one.pk, one.version, on=days(0))
    assert "who" in refusal.value.fields and not Absence.objects.exists()
    assert actions.arrive(by, one.pk, one.version, on=days(0), who="急诊").state == "arrived"


def test_a_green_channel_needs_a_contract_in_force_that_covers_it(resident, site_cast, clinic):
    by = site_cast.manager_a
    with pytest.raises(Refused) as refusal:
        referred(by, resident, clinic, green=True)
    assert "green" in refusal.value.fields
    made = contracts.enter_contract(by, site_cast.home_a.pk, clinic.pk, covers=["visits"], since=days(-5), last=None)
    with pytest.raises(Refused) as refusal:
        referred(by, resident, clinic, green=True)
    assert "green" in refusal.value.fields and not Referral.objects.exists()
    with pytest.raises(IntegrityError, match="does not cover"), transaction.atomic():
        Referral.objects.create(
            site=site_cast.home_a, person=resident.person, stay=resident, direction="up", institution=clinic,
            urgency="urgent", reason="x", green=True, contract=made, asked_on=days(0), asked_by=by,
        )


def test_a_person_has_one_open_referral_and_a_refused_one_ends_it(resident, site_cast, clinic):
    by = site_cast.manager_a
    one = referred(by, resident, clinic)
    with pytest.raises(Refused):
        referred(by, resident, clinic)
    with pytest.raises(Refused) as refusal:
        actions.answer(by, one.pk, one.version, accepts=False, who="王医生")
    assert "words" in refusal.value.fields
    actions.answer(by, one.pk, one.version, accepts=False, who="王医生", words="无床位")
    assert referred(by, resident, clinic).state == "asked"


def test_the_database_holds_to_the_steps_and_to_what_was_written(resident, site_cast, clinic):
    one = referred(site_cast.manager_a, resident, clinic)
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Referral.objects.filter(pk=one.pk).update(urgency="planned")
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.filter(pk=one.pk).update(state="returned", ended_on=days(0), ended_by=site_cast.manager_a)
    with pytest.raises(IntegrityError, match="answered"), transaction.atomic():
        Referral.objects.filter(pk=one.pk).update(state="accepted")
    with pytest.raises(IntegrityError, match="another person"), transaction.atomic():
        Referral.objects.create(
            site=site_cast.home_b, person=people.make_person(), stay=resident, direction="up", institution=clinic,
            urgency="urgent", reason="x", asked_on=days(0), asked_by=site_cast.manager_a,
        )


def test_who_did_not_come_back_has_left_the_home_first(resident, site_cast, clinic):
    by = site_cast.manager_a
    one = referred(by, resident, clinic, urgency="emergency")
    one = actions.arrive(by, one.pk, one.version, on=days(0), who="急诊")
    with pytest.raises(Refused):
        actions.did_not_come_back(by, one.pk, one.version, "转往长沙")
    assert actions.look_after() == 0
    resident.refresh_from_db()
    stays.discharge(by, resident.pk, resident.version, "转往长沙治疗", days(0), why="hospital")
    assert actions.look_after() == 1
    assert WorkItem.objects.get(kind="medical.come_back").state == "open"
    assert actions.did_not_come_back(by, one.pk, one.version, "转往长沙").state == "stayed"
    assert not WorkItem.objects.filter(kind="medical.come_back", state="open").exists()


def test_who_is_on_home_leave_or_comes_by_day_is_not_sent_to_hospital_by_the_home(resident, site_cast, clinic):
    by = site_cast.manager_a
    one = referred(by, resident, clinic, urgency="emergency")
    absences.go(by, resident.pk, resident.version, "leave", days(0), "探亲")
    with pytest.raises(Refused):
        actions.arrive(by, one.pk, one.version, on=days(0), who="急诊")
    actions.withdraw(by, one.pk, one.version, "家属送医")
    assert Referral.objects.get().state == "withdrawn"


def test_a_hospital_sends_a_resident_back_or_somebody_new_who_is_admitted_first(resident, beds, site_cast, clinic):
    by = site_cast.manager_a
    absences.go(by, resident.pk, resident.version, "hospital", days(-4), "住院", hospital="岳阳市中心医院")
    given = {"urgency": "planned", "reason": "骨折术后，需康复", "asked_who": "骨科李医生"}
    one = actions.refer_down(by, site_cast.home_a.pk, resident.person_id, "", clinic.pk, **given)
    one = actions.answer(by, one.pk, one.version, accepts=True, who="院长")
    one = actions.take_in(by, one.pk, one.version, on=days(0), file=paper())
    assert one.state == "returned" and Absence.objects.get().period.upper == days(0)

    new = people.make_person(name="周福生", sex="male")
    with pytest.raises(NotVisible):
        actions.refer_down(by, site_cast.home_a.pk, new.pk, "", clinic.pk, **given)
    two = actions.refer_down(site_cast.town_a, site_cast.home_a.pk, new.pk, "", clinic.pk, **given)
    two = actions.answer(by, two.pk, two.version, accepts=True, who="院长")
    with pytest.raises(Refused):
        actions.take_in(by, two.pk, two.version, on=days(0))
    lies(new, beds["2"], since=0)
    two = actions.take_in(by, two.pk, two.version, on=days(0))
    assert two.stay == Stay.objects.get(person=new)


def test_only_the_home_and_its_officers_refer_and_an_old_page_is_refused(resident, site_cast, clinic):
    for actor, error in ((site_cast.carer_a, Forbidden), (site_cast.manager_b, NotVisible),
                         (site_cast.auditor, Forbidden)):
        with pytest.raises(error):
            referred(actor, resident, clinic)
    one = referred(site_cast.dispatcher, resident, clinic)
    actions.answer(site_cast.manager_a, one.pk, one.version, accepts=True, who="王医生")
    with pytest.raises(Changed):
        actions.withdraw(site_cast.manager_a, one.pk, one.version, "不用了")


def test_the_pages_refer_answer_and_bring_back(resident, site_cast, clinic):
    client = people.client_for(site_cast.manager_a)
    stay_page = client.get(reverse("homes:stay", args=[resident.pk])).content.decode()
    url = reverse("medical:refer", args=[resident.pk])
    assert url in stay_page
    form = client.get(url).content.decode()
    assert "绿色通道" in form
    kept = client.post(url, {"institution": clinic.pk, "urgency": "emergency", "reason": "胸痛", "green": "on"})
    assert kept.status_code == 422 and "胸痛" in kept.content.decode()
    sent = {"institution": clinic.pk, "urgency": "emergency", "reason": "胸痛"}
    assert client.post(url, sent).status_code == 302
    one = Referral.objects.get()
    assert client.get(url).url == reverse("medical:referral", args=[one.pk])
    arrive = reverse("medical:referral_arrive", args=[one.pk])
    assert client.post(arrive, {"version": one.version, "arrive-on": days(0).isoformat()}).status_code == 422
    sent = {"version": one.version, "arrive-on": days(0).isoformat(), "arrive-who": "急诊李护士"}
    assert client.post(arrive, sent).status_code == 302
    one.refresh_from_db()
    page = client.get(reverse("medical:referral", args=[one.pk])).content.decode()
    assert "急诊李护士" in page
    back = reverse("medical:referral_back", args=[one.pk])
    sent = {"version": one.version, "back-on": days(0).isoformat(), "back-file": paper()}
    assert client.post(back, sent).status_code == 302
    one.refresh_from_db()
    assert client.get(reverse("core:attachment", args=[one.discharge_id])).status_code == 200
    assert client.get(reverse("core:document", args=[one.document_id])).status_code == 200
    assert people.client_for(site_cast.manager_b).get(
        reverse("core:document", args=[one.document_id])).status_code == 404
    assert "李桂花" in client.get(reverse("medical:referrals") + "?state=returned").content.decode()


def test_a_referral_from_hospital_is_found_and_entered_on_one_page(resident, site_cast, clinic):
    new = people.make_person(name="周福生", sex="male")
    client = people.client_for(site_cast.manager_a)
    url = reverse("medical:refer_down", args=[site_cast.home_a.pk])
    given = {"institution": clinic.pk, "urgency": "planned", "reason": "术后康复", "asked_who": "李医生"}
    assert client.post(url, given).status_code == 422
    found = client.post(url, given | {"search": "1", "find": str(new.id_number)}).content.decode()
    assert "周福生" in found and "术后康复" in found
    choice = found.split('name="choice" value="')[1].split('"')[0]
    assert client.post(url, given | {"choice": choice}).status_code == 302
    assert Referral.objects.get().direction == "down"
