"""What happens during a stay: away and back, transfer asked and answered, death either way, kinds, reminders."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.cast import A1, A2, B1, client_for, make_person
from tests.homes.conftest import days, lies
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.models import WorkItem
from yinian.homes.absences import actions as absences
from yinian.homes.beds import actions as beds_actions
from yinian.homes.beds.queries import with_figures
from yinian.homes.models import Absence, BedOut, Stay, StayLevel, Transfer
from yinian.homes.occupancy import queries as occupancy
from yinian.homes.stays import actions, telling
from yinian.homes.transfers import actions as transfers
from yinian.people.persons import actions as people
from yinian.places.models import Bed, Room, Site
from yinian.places.sites import actions as sites


def spoken(constraint, call):
    """The database refuses the call by the constraint of that name."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        call()
    assert caught.value.__cause__.diag.constraint_name == constraint


def test_who_is_away_keeps_the_bed_and_comes_back(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    away = absences.go(
        site_cast.manager_a, stay.pk, 1, "hospital", days(-3), "肺炎", hospital="市人民医院",
        expected_return=days(-1), contact="女儿 15400000000",
    )
    assert away.kept_until is None  # no rule says, and none is made up
    with pytest.raises(Refused):
        absences.go(site_cast.manager_a, stay.pk, 1, "leave", days(0), "回家")
    assert telling.remind() == 1
    item = WorkItem.objects.get(kind="homes.away_long")
    assert item.site_ref == site_cast.home_a.pk
    back = absences.come_back(site_cast.manager_a, away.pk, 1, days(0))
    item.refresh_from_db()
    assert (back.period.upper, back.returned_by, item.state) == (days(0), site_cast.manager_a, "done")
    assert with_figures(Site.objects.all()).get(pk=site_cast.home_a.pk).occupied == 1


def test_the_database_keeps_absences_and_levels_within_their_stay(site_cast, beds):
    stay = lies(make_person(A1), beds["1"], since=-10)
    spoken("lies_within_its_stay",
           lambda: Absence.objects.create(stay=stay, kind="leave", period=(days(-11), days(-5)), reason="x"))
    Absence.objects.create(stay=stay, kind="leave", period=(days(-4), None), reason="x")
    spoken("resident_is_away_once_at_a_time",
           lambda: Absence.objects.create(stay=stay, kind="leave", period=(days(-1), None), reason="x"))
    spoken("lies_within_its_stay",
           lambda: Stay.objects.filter(pk=stay.pk).update(period=(days(-10), days(-4)), end_kind="home"))
    StayLevel.objects.create(stay=stay, level="independent", period=(days(-10), None))
    spoken("stay_has_one_level_at_a_time",
           lambda: StayLevel.objects.create(stay=stay, level="full", period=(days(-1), None)))


def test_the_database_refuses_the_wrong_bed_the_wrong_room_and_a_closed_home(site_cast, beds):
    person = make_person(A1)
    BedOut.objects.create(bed=beds["1"], period=(days(-20), days(-10)))
    spoken("bed_in_use_while_held", lambda: lies(person, beds["1"], since=-15))
    stay = lies(person, beds["1"], since=-10)
    spoken("bed_in_use_while_held", lambda: Bed.objects.filter(pk=beds["1"].pk).update(state="out"))
    spoken("home_closes_when_empty", lambda: Site.objects.filter(pk=site_cast.home_a.pk).update(state="closed"))
    spoken("day_care_takes_a_day_place", lambda: lies(make_person(A2), beds["2"], kind="day"))
    spoken("short_stay_has_an_end_in_sight", lambda: lies(make_person(A2), beds["2"], kind="trial"))
    spoken("stay_ends_for_a_reason", lambda: Stay.objects.filter(pk=stay.pk).update(period=(days(-10), days(0))))
    spoken("room_is_for_its_sex", lambda: Room.objects.filter(pk=beds["1"].room_id).update(sex="male"))
    stay.delete()
    Room.objects.filter(pk=beds["2"].room_id).update(sex="male")
    spoken("room_is_for_its_sex", lambda: lies(make_person(A2), beds["2"]))
    Site.objects.filter(pk=site_cast.home_b.pk).update(state="suspended")
    spoken("stay_in_an_open_home", lambda: lies(make_person(A2), site_cast.home_b.beds.first()))


def test_who_moves_on_arrives_the_same_day_or_the_commit_fails(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Stay.objects.filter(pk=stay.pk).update(period=(days(-30), days(0)), end_kind="transfer")
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_respite_keeps_to_the_days_of_the_pack(site_cast, beds):
    person = make_person(A1)

    def admit(until):
        return actions.admit(
            site_cast.town_a, person.pk, beds["1"].pk, "private", days(0), kind="respite", expected_end=until
        )

    with pytest.raises(Refused) as caught:
        admit(None)
    assert "expected_end" in caught.value.fields
    from yinian.homes.stays.rules import rules_for

    limit = rules_for(site_cast.home_a.region_id).limit("respite")
    if limit is not None:
        with pytest.raises(Refused):
            admit(days(limit + 1))
    stay = admit(days(5))
    assert stay.latest_end == (None if limit is None else days(limit))
    on = actions.change_kind(site_cast.town_a, stay.pk, 1, "long", days(0), "家属商定长住")
    assert (on.pk, on.kind, on.expected_end) == (stay.pk, "long", None)


def test_a_transfer_is_asked_and_answered_and_both_homes_are_told(site_cast, beds):
    person = make_person(A1)
    stay = lies(person, beds["1"])
    StayLevel.objects.create(stay=stay, level="partial", period=(days(-30), None))
    absences.go(site_cast.manager_a, stay.pk, 1, "leave", days(-2), "回家")
    bed = site_cast.home_b.beds.order_by("pk").first()
    with pytest.raises(NotVisible):
        transfers.transfer(site_cast.manager_a, stay.pk, 1, bed.pk, days(0), "离家近")
    made = transfers.ask(site_cast.manager_a, stay.pk, 1, site_cast.home_b.pk, "离家近")
    with pytest.raises(NotVisible):
        transfers.accept(site_cast.manager_a, made.pk, 1, bed.pk, days(0))
    with pytest.raises((Forbidden, NotVisible)):
        transfers.decline(site_cast.carer_a, made.pk, 1, "满")
    assert WorkItem.objects.get(kind="homes.transfer_asked").site_ref == site_cast.home_b.pk
    client = client_for(site_cast.manager_b)
    assert client.get(reverse("homes:transfer", args=[made.pk])).status_code == 200
    answer = client.post(
        reverse("homes:transfer_accept", args=[made.pk]),
        {"version": 1, "accept-bed": bed.pk, "accept-on": days(0).isoformat()},
    )
    assert answer.status_code == 302
    made.refresh_from_db()
    stay.refresh_from_db()
    assert (made.state, stay.end_kind, stay.period.upper) == ("accepted", "transfer", days(0))
    arrived = made.arrived
    assert (arrived.person, arrived.bed, arrived.follows, arrived.period.lower) == (person, bed, stay, days(0))
    assert arrived.levels.get().level == "partial" and arrived.absences.get().period.upper is None
    assert {item.site_ref for item in WorkItem.objects.filter(kind="homes.transferred")} == {
        site_cast.home_a.pk, site_cast.home_b.pk
    }
    assert WorkItem.objects.get(kind="homes.transfer_asked").state == "done"


def test_a_declined_transfer_moves_nobody_and_tells_who_asked(site_cast, beds):
    stay = lies(make_person(A1), beds["1"])
    made = transfers.ask(site_cast.manager_a, stay.pk, 1, site_cast.home_b.pk, "离家近")
    with pytest.raises(Refused):
        transfers.ask(site_cast.manager_a, stay.pk, 1, site_cast.home_b.pk, "再问")
    with pytest.raises(Changed):
        transfers.decline(site_cast.manager_b, made.pk, 9, "满员")
    transfers.decline(site_cast.manager_b, made.pk, 1, "满员")
    assert Stay.objects.get() == stay and WorkItem.objects.get(kind="homes.transfer_declined").state == "open"
    again = transfers.ask(site_cast.manager_a, stay.pk, 1, site_cast.home_b.pk, "再问")
    actions.discharge(site_cast.manager_a, stay.pk, 1, "回家", days(0), why="home")
    again.refresh_from_db()
    assert again.state == Transfer.State.WITHDRAWN


def test_a_death_in_the_register_asks_the_home_and_ends_nothing(site_cast, beds):
    person = make_person(A1)
    stay = lies(person, beds["1"])
    people.record_death(site_cast.village_a, person, days(-1), "village", "死亡证明")
    stay.refresh_from_db()
    assert stay.period.upper is None
    item = WorkItem.objects.get(kind="homes.died")
    assert item.site_ref == site_cast.home_a.pk
    page = client_for(site_cast.manager_a).get(reverse("homes:stay", args=[stay.pk]))
    assert page.status_code == 200 and days(-1).isoformat() in page.content.decode()
    actions.discharge(site_cast.manager_a, stay.pk, 1, "因病去世", days(-1), why="death")
    item.refresh_from_db()
    assert item.state == "done" and not WorkItem.objects.filter(kind="homes.died_here").exists()


def test_a_death_in_the_home_is_told_to_the_village_which_records_it(site_cast, beds):
    person = make_person(A1)
    stay = actions.admit(site_cast.town_a, person.pk, beds["1"].pk, "private", days(0))
    done = actions.discharge(site_cast.manager_a, stay.pk, 1, "因病去世", days(0), why="death")
    assert done.period.upper == days(1)  # who dies on the first day has been here a day
    person.refresh_from_db()
    item = WorkItem.objects.get(kind="homes.died_here")
    assert person.state == "living" and item.region_id == A1
    people.record_death(site_cast.village_a, person, days(0), "village", "死亡证明")
    item.refresh_from_db()
    assert item.state == "done"


def test_occupancy_counts_the_usable_beds_of_each_day(site_cast, beds):
    Bed.objects.filter(site=site_cast.home_a).update(since=days(-40))
    Bed.objects.filter(site=site_cast.home_b).update(since=days(0))
    BedOut.objects.create(bed=beds["1"], period=(days(-9), days(-6)))
    lies(make_person(A1), beds["2"], since=-8, until=-2)
    beds_actions.take_out_of_use(site_cast.manager_a, beds["4"].pk, "维修", expected_end=days(9))
    series = occupancy.by_day(occupancy.homes_of(site_cast.bureau), days(-10), days(0))
    assert [one.usable for one in series] == [4, 3, 3, 3, 4, 4, 4, 4, 4, 4, 7]
    assert [one.occupied for one in series] == [0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert [one.nursing for one in series][:2] == [2, 1]
    assert occupancy.month_ends(2, dt.date(2026, 3, 5)) == [
        dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 5)
    ]


def test_a_home_closed_today_counts_on_the_days_it_was_open(site_cast, beds):
    home = site_cast.home_b
    bureau, version = site_cast.bureau, home.version
    sites.edit_site(bureau, home.pk, version, opened_on=days(-8))
    sites.edit_site(bureau, home.pk, version + 1, state="suspended", state_since=days(-6))
    sites.edit_site(bureau, home.pk, version + 2, state="open", state_since=days(-4))
    bed = home.beds.exclude(kind="day").earliest("pk")
    lies(make_person(B1), bed, since=-4, until=-2)
    BedOut.objects.create(bed=home.beds.exclude(kind="day").latest("pk"), period=(days(-7), days(-3)))
    sites.edit_site(bureau, home.pk, version + 3, state="closed", state_since=days(-2))
    series = occupancy.by_day(occupancy.homes_of(bureau, home=home.pk), days(-9), days(0))
    assert [one.usable for one in series] == [0, 4, 3, 0, 0, 3, 4, 0, 0, 0]
    assert [one.occupied for one in series] == [0, 0, 0, 0, 0, 1, 1, 0, 0, 0]
    page = client_for(bureau).get(reverse("homes:occupancy") + f"?step=day&home={home.pk}").content.decode()
    assert home.name in page


def test_the_lists_and_the_chart_answer_and_go_to_excel(site_cast, beds):
    stay = lies(make_person(A1), beds["1"], since=-20, expected_end=days(3))
    absences.go(site_cast.manager_a, stay.pk, 1, "leave", days(-1), "回家")
    lies(make_person(A2, "何满姑"), beds["2"], since=-90, until=-10)
    client = client_for(site_cast.bureau)
    for name, word in (("ending", "李桂花"), ("away", "李桂花"), ("leavings", "何满姑"), ("occupants", "李桂花"),
                       ("occupancy", timezone.localdate().isoformat()), ("transfers", "")):
        answer = client.get(reverse(f"homes:{name}"))
        assert answer.status_code == 200 and word in answer.content.decode(), name
        if name not in ("occupancy",):
            assert client.get(reverse(f"homes:{name}") + "?format=xlsx").status_code in (200, 302), name
    day = client.get(reverse("homes:occupancy") + f"?step=day&home={site_cast.home_a.pk}")
    assert day.status_code == 200
    assert telling.remind() == 1 and WorkItem.objects.get(kind="homes.stay_ends").url.endswith(f"/{stay.pk}/")
