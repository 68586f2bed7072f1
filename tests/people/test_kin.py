"""What the free text of contacts says for certain: where kin live in the county, and who is married to whom."""

import pytest
from tests.cast import A1, A2, B1, COUNTY, TOWN_A, TOWN_B, make_person

from yinian.core.models import Region
from yinian.people.models import Kin
from yinian.people.persons.kin import couples, near_kin


def contact(person, relation="女儿", lives_in="", **more):
    return Kin.objects.create(person=person, relation=relation, lives_in=lives_in, **{"name": "李某", **more})


def region_of(person):
    found = near_kin({person.pk: person.region_id}, COUNTY).get(person.pk)
    return found and found.region


@pytest.mark.parametrize("text", ["广东", "长沙", "", "某某村", "外省"])
def test_what_is_not_certain_is_not_concluded(cast, text):
    person = make_person(A1)
    contact(person, lives_in=text)
    assert region_of(person) is None


def test_a_town_a_village_the_own_town_and_the_seat_are_read(cast):
    names = {code: Region.objects.get(pk=code).name for code in (TOWN_B, B1, A2, COUNTY)}
    for text, code in (
        (names[TOWN_B], TOWN_B), (f"{names[COUNTY]}{names[TOWN_B]}{names[B1]}", B1), (names[A2], A2), ("本镇", TOWN_A),
        ("县城", COUNTY), (f"{names[COUNTY][:-1]}城区", COUNTY), ("本村", None),
    ):  # fmt: skip
        person = make_person(A1)
        contact(person, lives_in=text)
        assert region_of(person) == code, text


def test_who_is_called_first_counts_and_neighbours_and_ended_contacts_do_not(cast):
    town = Region.objects.get(pk=TOWN_B).name
    person = make_person(A1)
    contact(person, "邻居", town)
    assert region_of(person) is None
    gone = contact(person, "儿子", town)
    Kin.objects.filter(pk=gone.pk).update(ended_at="2026-01-01T00:00+08:00", end_reason="x")
    assert region_of(person) is None
    contact(person, "女儿", town)
    contact(person, "儿子", "本镇", emergency=True)
    assert region_of(person) == TOWN_A


def test_a_couple_is_one_only_where_name_household_and_sex_agree(cast):
    man, woman = make_person(A1, "李建国", "male"), make_person(A1, "王秀英")
    everybody = [man.pk, woman.pk]
    assert couples(everybody) == []
    contact(man, "配偶", name="王秀英")
    assert couples(everybody) == [(man.pk, woman.pk)] and couples([man.pk]) == []
    namesake = make_person(A1, "王秀英")
    assert couples([*everybody, namesake.pk]) == [], "it could be either"
    for who, number in ((man, "H1"), (woman, "H1"), (namesake, "H2")):
        type(man).objects.filter(pk=who.pk).update(household_no=number)
    assert couples([*everybody, namesake.pk]) == [(man.pk, woman.pk)]
    type(man).objects.filter(pk=woman.pk).update(sex="male")
    assert couples(everybody) == []
