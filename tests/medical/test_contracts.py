"""Contracts and clinics: one of a pair at a time, never rewritten, reminded of, counted."""

import io

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import cast as people
from tests.homes.conftest import days
from tests.medical.conftest import PDF
from tests.medical.sample import hospital
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.indicators import frames
from yinian.medical.contracts import actions, queries
from yinian.medical.institutions import actions as institutions
from yinian.medical.models import Contract, Licence

pytestmark = pytest.mark.django_db


def licensed(actor, home, **more):
    given = {"unit": "clinic", "kind": "filing", "name": "敬老院医务室", "number": "湘2026-1", "subjects": "全科医疗",
             "insured": None, "since": days(-10), "last": None}
    return actions.enter_licence(actor, home.pk, **(given | more))


def test_no_two_contracts_of_one_pair_overlap_and_one_in_error_does_not_count(site_cast, clinic, contract):
    again = {"covers": ["visits"], "since": days(0), "last": None}
    with pytest.raises(Refused) as refusal:
        actions.enter_contract(site_cast.manager_a, site_cast.home_a.pk, clinic.pk, **again)
    assert "since" in refusal.value.fields
    with pytest.raises(IntegrityError, match="one_contract_of_a_pair"), transaction.atomic():
        Contract.objects.create(site=site_cast.home_a, institution=clinic, covers=["green"], period=(days(0), None),
                                entered_by=site_cast.manager_a)
    actions.take_back(site_cast.manager_a, contract, 1, "录错医院")
    assert actions.enter_contract(site_cast.manager_a, site_cast.home_a.pk, clinic.pk, **again).covers == ["visits"]


def test_a_contract_is_ended_with_a_reason_and_never_rewritten(site_cast, contract):
    with pytest.raises(Refused):
        actions.stop(site_cast.manager_a, contract, 1, days(-1), " ")
    with pytest.raises(Refused) as refusal:
        actions.stop(site_cast.manager_a, contract, 1, days(-60), "医院搬迁")
    assert "last" in refusal.value.fields
    actions.stop(site_cast.manager_a, contract, 1, days(-1), "医院搬迁")
    contract.refresh_from_db()
    assert contract.period.upper == days(0) and contract.stopped_by == site_cast.manager_a
    with pytest.raises(Changed):
        actions.stop(site_cast.manager_a, contract, 1, days(-1), "再停")
    with pytest.raises(IntegrityError, match="not written over"), transaction.atomic():
        Contract.objects.filter(pk=contract.pk).update(covers=["visits"])
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Contract.objects.filter(pk=contract.pk)._raw_delete("default")


def test_only_who_answers_for_the_home_enters_its_contracts(site_cast, clinic):
    given = {"covers": ["green"], "since": days(0), "last": None}
    for actor, error in ((site_cast.carer_a, Forbidden), (site_cast.manager_b, NotVisible),
                         (site_cast.stranger, NotVisible)):
        with pytest.raises(error):
            actions.enter_contract(actor, site_cast.home_a.pk, clinic.pk, **given)
    assert actions.enter_contract(site_cast.town_a, site_cast.home_a.pk, clinic.pk, **given).pk


def test_a_home_counts_as_covered_by_a_contract_or_its_own_clinic(site_cast, contract):
    assert queries.coverage(site_cast.bureau).covered == 1
    licensed(site_cast.manager_b, site_cast.home_b)
    found = queries.coverage(site_cast.bureau)
    assert (found.all, found.covered, found.contract, found.clinic, found.green) == (2, 2, 1, 1, 1)
    assert queries.coverage(site_cast.bureau, people.TOWN_B).all == 1
    actions.stop(site_cast.manager_a, contract, 1, days(-1), "到期不续")
    assert queries.coverage(site_cast.bureau).covered == 1
    page = people.client_for(site_cast.bureau).get(reverse("medical:homes") + "?covered=no").content.decode()
    assert "汨罗镇敬老院" in page and "桃林寺镇敬老院" not in page.split("<tbody>")[1]


def test_one_unit_has_one_licence_at_a_time(site_cast):
    licensed(site_cast.manager_a, site_cast.home_a)
    with pytest.raises(Refused) as refusal:
        licensed(site_cast.manager_a, site_cast.home_a, number="湘2026-2")
    assert "since" in refusal.value.fields
    assert licensed(site_cast.manager_a, site_cast.home_a, unit="nursing", number="湘2026-3").pk
    assert Licence.objects.count() == 2


def test_what_ends_soon_is_asked_for_once_and_settled_by_the_next(site_cast, clinic):
    made = actions.enter_contract(site_cast.manager_a, site_cast.home_a.pk, clinic.pk, covers=["green"],
                                  since=days(-300), last=days(20))
    licensed(site_cast.manager_a, site_cast.home_a, last=days(400))
    assert actions.remind() == 1 and actions.remind() == 1
    item = WorkItem.objects.get(kind="medical.contract_ends")
    assert item.site_ref == site_cast.home_a.pk and item.role == "home_manager"
    assert item.params["day"] == days(20).isoformat()
    actions.enter_contract(site_cast.manager_a, site_cast.home_a.pk, clinic.pk, covers=["green"], since=days(21),
                           last=days(386))
    item.refresh_from_db()
    assert item.state == "done" and actions.remind() == 0
    assert made.pk


def test_a_hospital_is_entered_once_and_that_of_the_prefecture_is_seen_too(site_cast):
    made = institutions.add(site_cast.manager_a, name="汨罗市中医院", kind="hospital")
    assert made.organisation.region_id == people.COUNTY
    with pytest.raises(Refused):
        institutions.add(site_cast.bureau, name="汨罗市中医院", kind="hospital")
    hospital(site_cast.bureau, "岳阳市中心医院", "4306")
    hospital(site_cast.bureau, "岳阳县人民医院", people.NEIGHBOUR)
    page = people.client_for(site_cast.manager_a).get(reverse("medical:institutions")).content.decode()
    assert "汨罗市中医院" in page and "岳阳市中心医院" in page and "岳阳县人民医院" not in page


def test_the_pages_enter_a_contract_with_its_paper_and_keep_what_was_typed(site_cast, clinic):
    client = people.client_for(site_cast.manager_a)
    url = reverse("medical:contract_new", args=[site_cast.home_a.pk])
    assert client.get(url).status_code == 200
    sent = {"institution": clinic.pk, "since": days(0).isoformat(), "number": "医合-7"}
    kept = client.post(url, sent)
    assert kept.status_code == 422 and "医合-7" in kept.content.decode()
    paper = io.BytesIO(PDF)
    paper.name = "合同.pdf"
    assert client.post(url, sent | {"covers": ["green", "visits"], "file": paper}).status_code == 302
    made = Contract.objects.get()
    assert made.paper_id and made.covers == ["visits", "green"]
    assert client.get(reverse("core:attachment", args=[made.paper_id])).status_code == 200
    assert people.client_for(site_cast.manager_b).get(
        reverse("core:attachment", args=[made.paper_id])).status_code == 404
    for name in ("home", "contract"):
        pk = site_cast.home_a.pk if name == "home" else made.pk
        assert "医院" in client.get(reverse(f"medical:{name}", args=[pk])).content.decode()
    assert client.get(reverse("medical:contracts") + "?state=now&format=xlsx").status_code == 200
    stop = reverse("medical:contract_stop", args=[made.pk])
    assert client.post(stop, {"version": "1", "stop-last": days(0).isoformat()}).status_code == 422
    sent = {"version": "1", "stop-last": days(0).isoformat(), "stop-reason": "改签"}
    assert client.post(stop, sent).status_code == 302


def test_the_view_of_homes_tells_who_is_covered_on_a_day(site_cast, contract):
    licensed(site_cast.manager_b, site_cast.home_b)
    rows = {row["key"]: row for row in frames._homes(people.COUNTY, days(0)).iter_rows(named=True)}
    assert rows[site_cast.home_a.pk]["medical_contract"] and not rows[site_cast.home_a.pk]["own_clinic"]
    assert rows[site_cast.home_b.pk]["own_clinic"] and not rows[site_cast.home_b.pk]["medical_contract"]
    before = {row["key"]: row for row in frames._homes(people.COUNTY, days(-40)).iter_rows(named=True)}
    assert not before[site_cast.home_a.pk]["medical_contract"]
