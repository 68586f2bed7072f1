"""Any acts in any order, on any days: nobody lies in two beds, no bed holds two, nobody is lost, figures recount."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.cast import A1, REGIONS, TOWN_A, TOWN_B, make_home, make_person, make_region, make_user
from yinian.core.errors import Changed, Refused
from yinian.core.roles import Role
from yinian.homes.absences import actions as absences
from yinian.homes.beds import actions as beds
from yinian.homes.models import Absence, BedOut, Stay
from yinian.homes.occupancy import queries as occupancy
from yinian.homes.stays import actions as stays
from yinian.homes.transfers import actions as transfers
from yinian.places.models import Bed

SPAN = 12  # days before today on which something may happen
DAY = st.integers(0, SPAN)
ONE = st.integers(0, 99)


class Homes(RuleBasedStateMachine):
    """Two homes of three beds and a day place, five people, and an officer who tries everything."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.admitted: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def settle(self) -> None:
        for code, name, level, kind in REGIONS:
            make_region(code, name, level, kind)
        self.officer = make_user("officer", Role.BUREAU_OFFICER)
        self.homes = [make_home(TOWN_A, beds=3), make_home(TOWN_B, "桃林寺镇敬老院", beds=3)]
        for home in self.homes:
            Bed.objects.create(site=home, label="日1", kind="day")
            home.beds.update(since=timezone.localdate() - dt.timedelta(days=90))
        self.beds = list(Bed.objects.order_by("pk"))
        self.people = [make_person(A1, f"李桂{n}", sex="female") for n in "花香兰英云"]
        # Four of the five lie in a bed from the first day on: acts that never meet a stay prove nothing.
        for person, place in zip(self.people, (bed for bed in self.beds if bed.kind != "day"), strict=False):
            if person is not self.people[-1]:
                stays.admit(self.officer, person.pk, place.pk, "private", self.day(SPAN), level="partial")
                self.admitted.add(person.pk)

    def day(self, ago: int) -> dt.date:
        return timezone.localdate() - dt.timedelta(days=ago)

    def pick(self, number: int) -> Stay | None:
        running = list(Stay.objects.filter(period__endswith__isnull=True).order_by("pk"))
        return running[number % len(running)] if running else None

    def tried(self, act) -> object:  # type: ignore[no-untyped-def]
        try:
            return act()
        except (Refused, Changed):
            return None

    @rule(who=ONE, bed=ONE, ago=DAY, kind=st.sampled_from(Stay.Kind.values), level=st.sampled_from(["", "partial"]))
    def admit(self, who: int, bed: int, ago: int, kind: str, level: str) -> None:
        person, place = self.people[who % len(self.people)], self.beds[bed % len(self.beds)]
        end = self.day(ago) + dt.timedelta(days=14) if kind in Stay.SHORT else None
        made = self.tried(
            lambda: stays.admit(
                self.officer, person.pk, place.pk, "private", self.day(ago), kind=kind, expected_end=end, level=level
            )
        )
        if made is not None:
            self.admitted.add(person.pk)

    @rule(which=ONE, bed=ONE, ago=DAY)
    def change_bed(self, which: int, bed: int, ago: int) -> None:
        if stay := self.pick(which):
            place = self.beds[bed % len(self.beds)]
            self.tried(lambda: stays.change_bed(self.officer, stay.pk, stay.version, place.pk, self.day(ago)))

    @rule(which=ONE, bed=ONE, ago=DAY)
    def transfer(self, which: int, bed: int, ago: int) -> None:
        if stay := self.pick(which):
            place = self.beds[bed % len(self.beds)]
            self.tried(
                lambda: transfers.transfer(self.officer, stay.pk, stay.version, place.pk, self.day(ago), "离家近")
            )

    @rule(which=ONE, bed=ONE, ago=DAY)
    def ask_and_accept(self, which: int, bed: int, ago: int) -> None:
        if stay := self.pick(which):
            place = self.beds[bed % len(self.beds)]
            made = self.tried(
                lambda: transfers.ask(self.officer, stay.pk, stay.version, place.site_id, "离家近")
            )
            if made is not None:
                self.tried(lambda: transfers.accept(self.officer, made.pk, made.version, place.pk, self.day(ago)))

    @rule(which=ONE, ago=DAY, kind=st.sampled_from(Absence.Kind.values))
    def go(self, which: int, ago: int, kind: str) -> None:
        if stay := self.pick(which):
            self.tried(
                lambda: absences.go(
                    self.officer, stay.pk, stay.version, kind, self.day(ago), "有事", hospital="市人民医院"
                )
            )

    @rule(ago=DAY)
    def come_back(self, ago: int) -> None:
        gone = Absence.objects.filter(period__endswith__isnull=True).order_by("pk").first()
        if gone is not None:
            self.tried(lambda: absences.come_back(self.officer, gone.pk, gone.version, self.day(ago)))

    @rule(which=ONE, ago=DAY, kind=st.sampled_from(["long", "trial", "respite"]))
    def change_kind(self, which: int, ago: int, kind: str) -> None:
        if stay := self.pick(which):
            end = self.day(ago) + dt.timedelta(days=20)
            self.tried(
                lambda: stays.change_kind(self.officer, stay.pk, stay.version, kind, self.day(ago), "商定", end)
            )

    @rule(which=ONE, ago=DAY, level=st.sampled_from(["independent", "partial", "full"]))
    def set_level(self, which: int, ago: int, level: str) -> None:
        if stay := self.pick(which):
            self.tried(lambda: stays.set_level(self.officer, stay.pk, stay.version, level, self.day(ago), "复评"))

    @rule(which=ONE, ago=DAY, why=st.sampled_from(Stay.LEAVINGS))
    def leave(self, which: int, ago: int, why: str) -> None:
        if stay := self.pick(which):
            self.tried(
                lambda: stays.discharge(self.officer, stay.pk, stay.version, "离院", self.day(ago), why=why)
            )

    @rule(which=ONE)
    def take_back(self, which: int) -> None:
        if stay := self.pick(which):
            person, came = stay.person_id, stay.follows_id
            self.tried(lambda: stays.take_back(self.officer, stay.pk, stay.version, "录错"))
            if came is None and not Stay.objects.filter(person=person).exists():
                self.admitted.discard(person)

    @rule(bed=ONE)
    def bed_out(self, bed: int) -> None:
        self.tried(lambda: beds.take_out_of_use(self.officer, self.beds[bed % len(self.beds)].pk, "床架损坏"))

    @rule(bed=ONE)
    def bed_in(self, bed: int) -> None:
        self.tried(lambda: beds.put_in_use(self.officer, self.beds[bed % len(self.beds)].pk))

    @invariant()
    def nobody_lies_twice_and_no_bed_holds_two(self) -> None:
        rows = list(Stay.objects.values_list("bed_id", "person_id", "period"))
        for ago in range(SPAN + 1):
            held = [(bed, person) for bed, person, period in rows if self.day(ago) in period]
            assert len({bed for bed, _person in held}) == len(held) == len({person for _bed, person in held})

    @invariant()
    def nobody_is_lost(self) -> None:
        rows = list(Stay.objects.order_by("period"))
        assert {stay.person_id for stay in rows} == self.admitted
        after = {stay.follows_id: stay for stay in rows}
        for stay in rows:
            if stay.period.upper is None:
                continue
            if stay.end_kind in Stay.MOVES:
                assert after[stay.pk].person_id == stay.person_id and after[stay.pk].period.lower == stay.period.upper
            else:
                assert stay.end_kind in Stay.LEAVINGS and stay.left_by_id and stay.leave_reason

    @invariant()
    def what_lies_within_a_stay_lies_within_it(self) -> None:
        for row in (*Absence.objects.select_related("stay"), *_levels()):
            stay = row.stay.period
            assert stay.lower <= row.period.lower
            assert stay.upper is None or (row.period.upper is not None and row.period.upper <= stay.upper)
        assert not Absence.objects.filter(stay__kind="day").exists()

    @invariant()
    def figures_are_those_of_a_recount(self) -> None:
        if not hasattr(self, "officer"):
            return
        series = occupancy.by_day(occupancy.homes_of(self.officer), self.day(SPAN), self.day(0))
        real = [bed for bed in self.beds if bed.kind != "day"]
        stay_rows = list(Stay.objects.exclude(kind="day").values_list("period", flat=True))
        out_rows = list(BedOut.objects.filter(bed__in=real).values_list("period", flat=True))
        gone_rows = list(Absence.objects.values_list("period", flat=True))
        for one in series:
            assert one.occupied == sum(one.day in period for period in stay_rows)
            assert one.usable == len(real) - sum(one.day in period for period in out_rows)
            assert one.away == sum(one.day in period for period in gone_rows)
        out_now = set(BedOut.objects.filter(period__endswith__isnull=True).values_list("bed_id", flat=True))
        assert out_now == set(Bed.objects.filter(state="out").values_list("pk", flat=True))


def _levels():  # type: ignore[no-untyped-def]
    from yinian.homes.models import StayLevel

    return StayLevel.objects.select_related("stay")


class TestHomes(TestCase, Homes.TestCase):
    settings = settings(
        max_examples=20, stateful_step_count=25, deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


pytestmark = pytest.mark.django_db
