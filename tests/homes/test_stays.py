"""Admission, leaving, changing bed: who may, what is refused, and what a refusal leaves untouched."""

import pytest
from django.db import IntegrityError, transaction

from tests.cast import A1, A2, B1, NEIGHBOUR, make_person, make_user
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import AuditRow
from yinian.core.roles import Role
from yinian.homes.beds import actions as bed_actions
from yinian.homes.beds import queries
from yinian.homes.models import Stay
from yinian.homes.stays import actions
from yinian.homes.stays import queries as stays
from yinian.places.models import Bed, Site


def refused(call, field=None):
    """The refusal's words; nothing was written by the refused call."""
    before = (list(Stay.objects.order_by("pk").values()), AuditRow.objects.count())
    with pytest.raises(Refused) as caught:
        call()
    assert (list(Stay.objects.order_by("pk").values()), AuditRow.objects.count()) == before
    return caught.value.fields[field] if field else str(caught.value)


def test_a_town_officer_admits_and_the_audit_chain_tells_it(site_cast, beds):
    person = make_person(A1)
    stay = actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(0))
    assert (stay.period.lower, stay.period.upper, stay.admitted_by) == (days(0), None, site_cast.town_a)
    row = AuditRow.objects.get(action="homes.admit")
    assert row.detail["person"] == person.pk and person.name not in str(row.detail)


def test_the_database_refuses_a_bed_or_a_person_twice_at_one_time(site_cast, beds):
    one, two = make_person(A1), make_person(A1, "王秀英")
    lies(one, beds["1"])
    for person, bed in ((two, beds["1"]), (one, beds["2"])):
        with pytest.raises(IntegrityError), transaction.atomic():
            lies(person, bed, since=-5)
    lies(two, beds["1"], since=-90, until=-30)  # the day one leaves is the day another may come


def test_a_taken_bed_is_refused_in_words_that_name_the_holder(site_cast, beds):
    holder, other = make_person(A1, "刘长庚"), make_person(A1)
    lies(holder, beds["1"], admitted_by=site_cast.town_a)
    words = refused(lambda: actions.admit(site_cast.town_a, other.pk, beds["1"].pk, "private", days(0)), "bed")
    assert "刘长庚" in words and site_cast.town_a.full_name in words


def test_a_person_elsewhere_is_named_only_as_far_as_the_actor_may_know(site_cast, beds):
    person = make_person(A1)
    lies(person, site_cast.home_b.beds.first())
    words = refused(lambda: actions.admit(site_cast.bureau, person.pk, beds["1"].pk, "private", days(0)), "person")
    assert "桃林寺镇敬老院" in words
    words = refused(lambda: actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(0)), "person")
    assert "桃林寺镇敬老院" not in words and person.name in words


def test_the_dead_the_departed_and_the_merged_are_not_admitted(site_cast, beds):
    dead = make_person(A1, state="dead", died_on=days(-3))
    gone = make_person(A1, "周桂英", state="moved_out")
    kept = make_person(A1, "周桂兰")
    merged = make_person(A1, "周桂蓝", state="merged", merged_into=kept)
    for person in (dead, gone, merged):
        refused(lambda p=person: actions.admit(site_cast.town_a, p.pk, beds["1"].pk, "private", days(0)), "person")


def test_a_bed_out_of_use_takes_nobody_and_a_bed_in_use_does_not_go_out_under_somebody(site_cast, beds):
    person = make_person(A1)
    bed_actions.take_out_of_use(site_cast.manager_a, beds["1"].pk, "床架损坏")
    assert "101-1" in refused(
        lambda: actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(0)), "bed"
    )
    bed_actions.put_in_use(site_cast.manager_a, beds["1"].pk)
    actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(10))  # kept for them
    refused(lambda: bed_actions.take_out_of_use(site_cast.manager_a, beds["1"].pk, "床架损坏"))
    assert Bed.objects.get(pk=beds["1"].pk).state == "usable"
    Site.objects.filter(pk=site_cast.home_a.pk).update(state="suspended")
    refused(lambda: actions.admit(site_cast.town_a, make_person(A2).pk, beds["2"].pk, "private", days(0)), "bed")


@pytest.mark.parametrize(
    ("day", "basis", "field"), [(31, "private", "on"), (-366 * 31, "private", "on"), (0, "no", "basis")]
)
def test_an_impossible_day_or_basis_is_refused(site_cast, beds, day, basis, field):
    person = make_person(A1)
    refused(lambda: actions.admit(site_cast.town_a, person.pk, beds["1"].pk, basis, days(day)), field)


def test_scope_and_right_hold_for_every_act(site_cast, beds):
    person = make_person(A1)
    stay = lies(make_person(A2, "何满姑"), beds["2"])
    outsider = (site_cast.town_b, site_cast.stranger, site_cast.manager_b)
    unable = (site_cast.village_a, site_cast.auditor, site_cast.finance, site_cast.carer_a, site_cast.reviewer)
    acts = (
        lambda u: actions.admit(u, person.pk, beds["1"].pk, "private", days(0)),
        lambda u: actions.discharge(u, stay.pk, 1, "回家", days(0)),
        lambda u: actions.change_bed(u, stay.pk, 1, beds["3"].pk, days(0)),
        lambda u: actions.take_back(u, stay.pk, 1, "录错"),
        lambda u: bed_actions.take_out_of_use(u, beds["4"].pk, "坏"),
        lambda u: bed_actions.put_in_use(u, beds["4"].pk),
    )
    for act in acts:
        for user in outsider:
            with pytest.raises(NotVisible):
                act(user)
        for user in unable:
            with pytest.raises((Forbidden, NotVisible)):
                act(user)
    assert Stay.objects.count() == 1 and not AuditRow.objects.filter(action__startswith="homes.").exists()


def test_home_staff_admit_whoever_shows_a_card_and_nobody_else(site_cast, beds):
    manager, person = site_cast.manager_a, make_person(B1, "易佑生", sex="male")
    with pytest.raises(NotVisible):
        actions.admit(manager, person.pk, beds["1"].pk, "private", days(0))
    assert stays.candidates(manager, site_cast.home_a, "易佑") == []
    (found,) = stays.candidates(manager, site_cast.home_a, person.id_number)
    other = make_person(B1, "易佑安", sex="male")
    with pytest.raises(NotVisible):
        actions.admit(manager, other.pk, beds["1"].pk, "private", days(0), proof=found.proof)
    with pytest.raises(NotVisible):
        actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(0), proof=found.proof)
    stay = actions.admit(manager, found.person.pk, beds["1"].pk, "private", days(0), proof=found.proof)
    assert stay.person == person
    elsewhere = make_person(NEIGHBOUR + "100201", "外县人")
    assert stays.candidates(manager, site_cast.home_a, elsewhere.id_number) == []


def test_home_staff_see_their_residents_and_only_while_they_live_there(site_cast, beds):
    from yinian.people.persons.queries import visible_to

    person = make_person(B1)
    assert not visible_to(site_cast.manager_a).exists()
    stay = lies(person, beds["1"])
    assert list(visible_to(site_cast.manager_a)) == [person] == list(visible_to(site_cast.carer_a))
    assert not visible_to(site_cast.manager_b).exists()
    actions.discharge(site_cast.manager_a, stay.pk, 1, "回家", days(0))
    assert not visible_to(site_cast.manager_a).exists()


def test_leaving_ends_the_stay_on_the_day_and_frees_the_bed(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    refused(lambda: actions.discharge(site_cast.manager_a, stay.pk, 1, "", days(0)), "reason")
    refused(lambda: actions.discharge(site_cast.manager_a, stay.pk, 1, "回家", days(1)), "on")
    refused(lambda: actions.discharge(site_cast.manager_a, stay.pk, 1, "回家", days(-30)), "on")
    with pytest.raises(Changed):
        actions.discharge(site_cast.manager_a, stay.pk, 7, "回家", days(0))
    done = actions.discharge(site_cast.manager_a, stay.pk, 1, "回家", days(0))
    assert (done.period.upper, done.left_by, done.version) == (days(0), site_cast.manager_a, 2)
    assert beds["1"] in queries.free_beds()
    refused(lambda: actions.discharge(site_cast.manager_a, stay.pk, 2, "回家", days(0)))


def test_changing_bed_keeps_the_old_stay_and_begins_a_new_one(site_cast, beds):
    person = make_person(A1)
    stay = lies(person, beds["1"])
    moved = actions.change_bed(site_cast.manager_a, stay.pk, 1, beds["2"].pk, days(0))
    stay.refresh_from_db()
    assert (stay.period.upper, moved.period.lower, moved.bed) == (days(0), days(0), beds["2"])
    again = actions.change_bed(site_cast.manager_a, moved.pk, 1, beds["3"].pk, days(0))
    assert again.pk == moved.pk and Stay.objects.count() == 2  # the first day: the bed is put right
    lies(make_person(A2, "何满姑"), beds["4"])
    assert "何满姑" in refused(
        lambda: actions.change_bed(site_cast.manager_a, again.pk, 2, beds["4"].pk, days(0)), "bed"
    )
    refused(
        lambda: actions.change_bed(site_cast.bureau, again.pk, 2, site_cast.home_b.beds.first().pk, days(0)), "bed"
    )


def test_an_admission_in_error_is_taken_back_and_the_chain_keeps_it(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    refused(lambda: actions.take_back(site_cast.manager_a, stay.pk, 1, " "), "reason")
    actions.take_back(site_cast.manager_a, stay.pk, 1, "录错了人")
    assert not Stay.objects.exists()
    assert AuditRow.objects.get(action="homes.take_back").detail["bed"] == beds["1"].pk


def test_a_merge_moves_the_stays_and_gives_them_back(site_cast, beds):
    from yinian.people.duplicates.movers import MOVERS

    kept, gone = make_person(A1), make_person(A1, "李桂华")
    stay = lies(gone, beds["1"])
    moved = MOVERS["homes.stays"].move(site_cast.bureau, kept, gone, "同一人")
    stay.refresh_from_db()
    assert stay.person == kept
    MOVERS["homes.stays"].restore(site_cast.bureau, kept, gone, moved, "并非同一人")
    stay.refresh_from_db()
    assert stay.person == gone
    lies(kept, beds["2"])
    with pytest.raises(Refused):
        MOVERS["homes.stays"].move(site_cast.bureau, kept, gone, "同一人")


def test_a_persons_page_says_where_they_live_as_far_as_the_reader_may_know(site_cast, beds):
    from yinian.homes.links import stay_events, where_they_live

    person = make_person(A1)
    lies(person, beds["1"])
    line = where_they_live(site_cast.town_a, person)
    assert line.value == "汨罗镇敬老院" and line.url
    village = where_they_live(site_cast.village_a, person)
    assert village.value == "汨罗镇敬老院" and not village.url
    assert [event["tone"] for event in stay_events(site_cast.town_a, person)] == ["info"]
    assert where_they_live(make_user("nobody", Role.MEMBER, A1), person) is None
