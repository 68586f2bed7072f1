"""Two people for one bed at one moment: first that the race is real, then that admission survives it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.cast import A1, TOWN_A, TOWN_B, make_home, make_person, make_region, make_user
from tests.homes.conftest import days
from tests.races import refused_by_the_database
from yinian.core.errors import Refused
from yinian.core.roles import Role
from yinian.homes.beds import actions as bed_actions
from yinian.homes.beds.queries import free_beds
from yinian.homes.models import Stay, Transfer
from yinian.homes.stays import actions
from yinian.homes.stays.refusing import BED_ONCE
from yinian.homes.transfers import actions as transfers
from yinian.places.models import Bed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db):
    for code, name, level in (
        ("43", "湖南省", 1),
        ("4306", "岳阳市", 2),
        ("430681", "汨罗市", 3),
        (TOWN_A, "汨罗镇", 4),
        (A1, "汴塘村", 5),
        (TOWN_B, "桃林寺镇", 4),
    ):
        make_region(code, name, level)
    home, other = make_home(TOWN_A), make_home(TOWN_B, "桃林寺镇敬老院")
    officer = make_user("officer", Role.BUREAU_OFFICER, "430681")
    people = [make_person(A1, "刘长庚", sex="male"), make_person(A1, "李桂花")]
    return officer, home.beds.first(), other.beds.first(), people


def together(*calls):
    """Run the calls at the same moment, each on a connection of its own; what each returned or raised."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait(10)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def careless(bed, person, looked):
    """An admission that looks whether the bed is free and then writes, as if nobody else could."""
    assert bed in free_beds()
    looked.wait(10)
    with transaction.atomic():
        return Stay.objects.create(person=person, bed=bed, period=(days(0), None), basis="private")


def test_looking_first_does_not_keep_a_bed_from_being_given_twice(scene):
    _officer, bed, _other, people = scene
    with connection.schema_editor() as editor:
        constraint = next(c for c in Stay._meta.constraints if c.name == BED_ONCE)
        editor.remove_constraint(Stay, constraint)
    try:
        looked = threading.Barrier(2)
        together(*(lambda p=person: careless(bed, p, looked) for person in people))
        assert Stay.objects.filter(bed=bed).count() == 2  # the race is real
    finally:
        Stay.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Stay, constraint)
    looked = threading.Barrier(2)
    outcome = together(*(lambda p=person: careless(bed, p, looked) for person in people))
    assert sum(isinstance(o, Stay) for o in outcome) == 1
    assert sum(map(refused_by_the_database, outcome)) == 1, outcome  # the database has the last word


def test_of_two_admissions_to_one_bed_one_wins_and_the_other_is_told_who_has_it(scene):
    officer, bed, _other, people = scene
    for _turn in range(5):
        outcome = together(*(lambda p=p: actions.admit(officer, p.pk, bed.pk, "private", days(0)) for p in people))
        won = [o for o in outcome if isinstance(o, Stay)]
        lost = [o for o in outcome if isinstance(o, Refused)]
        assert len(won) == len(lost) == 1, outcome
        assert won[0].person.name in lost[0].fields["bed"]
        assert Stay.objects.count() == 1
        Stay.objects.all().delete()


def test_of_two_homes_that_admit_one_person_one_wins(scene):
    officer, bed, other, people = scene
    outcome = together(
        lambda: actions.admit(officer, people[0].pk, bed.pk, "private", days(0)),
        lambda: actions.admit(officer, people[0].pk, other.pk, "private", days(0)),
    )
    assert sorted(type(o).__name__ for o in outcome) == ["Refused", "Stay"]
    (lost,) = [o for o in outcome if isinstance(o, Refused)]
    (won,) = [o for o in outcome if isinstance(o, Stay)]
    assert won.bed.site.name in lost.fields["person"] and Stay.objects.count() == 1


def test_a_bed_goes_out_of_use_or_is_given_never_both(scene):
    officer, bed, _other, people = scene
    outcome = together(
        lambda: actions.admit(officer, people[0].pk, bed.pk, "private", days(0)),
        lambda: bed_actions.take_out_of_use(officer, bed.pk, "床架损坏"),
    )
    assert sum(isinstance(o, Refused) for o in outcome) == 1
    bed.refresh_from_db()
    assert (bed.state == "out") != Stay.objects.filter(bed=bed).exists()


def test_a_transfer_and_an_admission_to_one_bed_leave_one_in_it_and_nobody_lost(scene):
    officer, bed, other, people = scene
    Stay.objects.create(person=people[0], bed=bed, period=(days(-9), None), basis="private")
    for _turn in range(3):
        stay = Stay.objects.get(person=people[0], period__endswith__isnull=True)
        outcome = together(
            lambda stay=stay: transfers.transfer(officer, stay.pk, stay.version, other.pk, days(0), "离家近"),
            lambda: actions.admit(officer, people[1].pk, other.pk, "private", days(0)),
        )
        assert sorted(type(o).__name__ for o in outcome) in (["Refused", "Stay"], ["Refused", "Transfer"]), outcome
        lying = Stay.objects.filter(period__endswith__isnull=True)
        assert lying.filter(bed=other).count() == 1 and lying.filter(person=people[0]).count() == 1
        if lying.filter(person=people[0], bed=bed).exists():
            lying.filter(person=people[1]).delete()
        else:
            break


def test_of_two_transfers_of_one_person_one_wins(scene):
    officer, bed, other, people = scene
    stay = Stay.objects.create(person=people[0], bed=bed, period=(days(-9), None), basis="private")
    second = other.site.beds.exclude(pk=other.pk).first()
    outcome = together(
        *(lambda to=to: transfers.transfer(officer, stay.pk, 1, to.pk, days(0), "离家近") for to in (other, second))
    )
    assert sorted(type(o).__name__ for o in outcome) == ["Changed", "Transfer"], outcome
    assert Stay.objects.filter(period__endswith__isnull=True).count() == 1
    assert Transfer.objects.filter(state="accepted").count() == 1


def test_of_two_for_the_last_day_place_one_gets_it(scene):
    officer, bed, _other, people = scene
    place = Bed.objects.create(site=bed.site, label="日托1", kind="day")
    outcome = together(
        *(lambda p=p: actions.admit(officer, p.pk, place.pk, "private", days(0), kind="day") for p in people)
    )
    assert sorted(type(o).__name__ for o in outcome) == ["Refused", "Stay"], outcome
    (won,) = Stay.objects.all()
    loser = next(p for p in people if p.pk != won.person_id)
    # A person has a bed or a day place, never both.
    with pytest.raises(Refused):
        actions.admit(officer, won.person_id, bed.pk, "private", days(0))
    actions.admit(officer, loser.pk, bed.pk, "private", days(0))
