"""What the demo's homes have behind them: kinds of stay, care levels, who is away, who left in the last two years.

Made of the people and beds that stand already, in bulk; who lies in which bed today is the generator's and stays so.
"""

import datetime as dt
from collections.abc import Iterator

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef

from yinian.core.models import Region, User
from yinian.core.roles import Role
from yinian.homes.beds.queries import IN_A_ROOM
from yinian.homes.care.book import book
from yinian.homes.models import Absence, BedOut, Stay, StayLevel, Transfer
from yinian.people.models import Person, Spell
from yinian.places.models import Bed, Site

HOSPITALS = ("市人民医院", "市中医院", "镇卫生院")
ERRANDS = ("回家过节", "子女接回小住", "家中办事")
ILLNESSES = ("肺部感染", "骨折手术", "血压控制不佳", "慢阻肺急性发作")
# Share of leavings by why, with what is written beside it. Synthetic.
REASONS = (
    (Stay.End.HOME, 0.42, "家属接回照料"), (Stay.End.WISH, 0.2, "本人要求离院"),
    (Stay.End.HOSPITAL, 0.22, "转医院长期治疗"), (Stay.End.OTHER_HOME, 0.12, "随子女迁居外地,转当地机构"),
    (Stay.End.BREACH, 0.04, "长期欠费,协商解除协议"),
)
DAY_PLACES = 10


def build(county: Region, day: dt.date, seed: int) -> None:
    """Give the residents and beds of a county their past. Everything ends before ``day`` or still runs on it."""
    rng = np.random.default_rng([seed, 5])
    manager = User.objects.filter(postings__role=Role.HOME_MANAGER).order_by("pk").first()
    officer = User.objects.filter(postings__role=Role.BUREAU_OFFICER).order_by("pk").first()
    residents = list(
        Stay.objects.filter(bed__site__region__code__startswith=county.code, period__endswith__isnull=True)
        .select_related("bed").order_by("person_id")
    )
    if not residents:
        return
    _kinds(rng, residents, day)
    _levels(rng, residents, manager)
    _away(rng, residents, day, manager)
    free = _free_beds(county)
    if officer is not None:
        _transfers(rng, residents, free, day, officer)
    _leavings(rng, county, free, day, manager)
    _days_out(rng, free, day, manager)
    _day_care(rng, county, day, manager)


def _some(rng: np.random.Generator, of: int, share: float) -> set[int]:
    """Places of about a share of ``of`` things, one at least."""
    return set(rng.permutation(of)[: max(1, round(of * share))].tolist())


def _kinds(rng: np.random.Generator, residents: list[Stay], day: dt.date) -> None:
    """A few of those who pay for themselves came lately, on trial or for respite."""
    private = [stay for stay in residents if stay.basis == Stay.Basis.PRIVATE]
    changed = []
    for n in sorted(_some(rng, len(private), 0.08)) if private else []:
        stay = private[n]
        came = day - dt.timedelta(days=int(rng.integers(3, 22)))
        stay.kind = Stay.Kind.RESPITE if n % 2 else Stay.Kind.TRIAL
        stay.period = DateRange(came, None)
        stay.expected_end = came + dt.timedelta(days=29)
        changed.append(stay)
    Stay.objects.bulk_update(changed, ["kind", "period", "expected_end"])


def _levels(rng: np.random.Generator, residents: list[Stay], manager: User | None) -> None:
    graded = dict(
        Spell.objects.filter(
            kind="ability", retracted_at__isnull=True, valid__endswith__isnull=True,
            person__in=[stay.person_id for stay in residents],
        ).values_list("person_id", "grade")
    )
    StayLevel.objects.bulk_create(
        StayLevel(stay=stay, level=book().group_of(grade), period=DateRange(stay.period.lower, None), by=manager)
        for stay in residents if (grade := graded.get(stay.person_id)) is not None
    )


def _away(rng: np.random.Generator, residents: list[Stay], day: dt.date, manager: User | None) -> None:
    """Some are away today, and some were in the last year."""
    today, before = _some(rng, len(residents), 0.03), _some(rng, len(residents), 0.15)
    rows = []

    def gone(stay: Stay, since: dt.date, until: dt.date | None) -> None:
        ill = bool(rng.random() < 0.5)
        rows.append(
            Absence(
                stay=stay, kind=Absence.Kind.HOSPITAL if ill else Absence.Kind.LEAVE, period=DateRange(since, until),
                reason=str(rng.choice(ILLNESSES if ill else ERRANDS)),
                hospital=str(rng.choice(HOSPITALS)) if ill else "",
                expected_return=since + dt.timedelta(days=int(rng.integers(4, 20))), left_by=manager,
                returned_by=manager if until else None,
                returned_at=dt.datetime.combine(until, dt.time(10), dt.UTC) if until else None,
            )
        )

    for n in sorted(today | before):
        stay = residents[n]
        lived = (day - stay.period.lower).days
        if n in before and lived > 60:
            since = day - dt.timedelta(days=int(rng.integers(40, min(lived, 360))))
            gone(stay, since, since + dt.timedelta(days=int(rng.integers(2, 16))))
        if n in today and lived > 2:
            gone(stay, day - dt.timedelta(days=int(rng.integers(1, min(lived, 12)))), None)
    Absence.objects.bulk_create(rows)


def _free_beds(county: Region) -> Iterator[Bed]:
    """Beds that nobody has held so far, home by home in turn; each is given out once."""
    held = Stay.objects.filter(bed=OuterRef("pk"))
    found = Bed.objects.filter(
        ~Exists(held), site__region__code__startswith=county.code, kind__in=IN_A_ROOM, site__state=Site.State.OPEN
    ).select_related("site").order_by("label", "pk")
    return iter(list(found))


def _transfers(
    rng: np.random.Generator, residents: list[Stay], free: Iterator[Bed], day: dt.date, officer: User
) -> None:
    """A few came to where they are by transfer: their first days lie in another home."""
    long_here = [s for s in residents if s.kind == Stay.Kind.LONG and (day - s.period.lower).days > 500]
    for n in sorted(_some(rng, len(long_here), 0.015)) if long_here else []:
        stay, bed = long_here[n], next(free, None)
        if bed is None or bed.site_id == stay.bed.site_id:
            continue
        came, moved = stay.period.lower, day - dt.timedelta(days=int(rng.integers(30, 330)))
        stay.levels.all().delete()
        stay.absences.all().delete()
        Stay.objects.filter(pk=stay.pk).update(period=DateRange(moved, None))
        before = Stay.objects.create(
            bed=bed, person_id=stay.person_id, period=DateRange(came, moved), basis=stay.basis,
            end_kind=Stay.End.TRANSFER, left_by=officer, leave_reason="按能力等级调整机构",
        )
        Stay.objects.filter(pk=stay.pk).update(follows=before)
        at = dt.datetime.combine(moved - dt.timedelta(days=3), dt.time(2), dt.UTC)
        Transfer.objects.create(
            stay=before, to_site_id=stay.bed.site_id, reason="按能力等级调整机构", state=Transfer.State.ACCEPTED,
            asked_by=officer, asked_at=at, decided_by=officer, decided_at=at + dt.timedelta(days=3), arrived_id=stay.pk,
        )


def _leavings(
    rng: np.random.Generator, county: Region, free: Iterator[Bed], day: dt.date, manager: User | None
) -> None:
    """Who left in the last two years, most for home or hospital, and those who died in the home."""
    inside = Stay.objects.filter(person=OuterRef("pk"))
    people = Person.objects.filter(~Exists(inside), region__code__startswith=county.code)
    wanted = Stay.objects.count() // 4
    dead = list(
        people.filter(state=Person.State.DEAD, died_on__lt=day, birth_date__lt=day - dt.timedelta(days=75 * 365))
        .order_by("pk").values_list("pk", "died_on")[: wanted // 3]
    )
    alive = list(
        people.filter(state=Person.State.LIVING, birth_date__lt=day - dt.timedelta(days=78 * 365))
        .order_by("pk").values_list("pk", flat=True)[: wanted - len(dead)]
    )
    shares = np.array([share for _why, share, _text in REASONS])
    leavers: list[tuple[int, dt.date, str, str]] = [
        (pk, on, Stay.End.DEATH.value, "因病在院去世") for pk, on in dead if on is not None
    ]
    for pk in alive:
        kind, _share, text = REASONS[int(rng.choice(len(REASONS), p=shares / shares.sum()))]
        leavers.append((pk, day - dt.timedelta(days=int(rng.integers(5, 700))), str(kind), text))
    rows = []
    for pk, on, why, text in leavers:
        bed = next(free, None)
        if bed is None:
            break
        came = on - dt.timedelta(days=int(rng.integers(40, 900)))
        if bed.site.opened_on is not None:
            came = max(came, bed.site.opened_on)
        if came < on:
            rows.append(
                Stay(
                    bed=bed, person_id=pk, period=DateRange(came, on), basis=Stay.Basis.PRIVATE, end_kind=why,
                    leave_reason=text, left_by=manager,
                )
            )
    Stay.objects.bulk_create(rows)


def _days_out(rng: np.random.Generator, free: Iterator[Bed], day: dt.date, manager: User | None) -> None:
    """A few beds were out of use for some weeks and are in use again."""
    rows = []
    for bed in (bed for _n, bed in zip(range(6), free, strict=False)):
        since = day - dt.timedelta(days=int(rng.integers(60, 300)))
        if bed.since is None or bed.since < since:
            period = DateRange(since, since + dt.timedelta(days=int(rng.integers(10, 45))))
            rows.append(BedOut(bed=bed, period=period, reason="床架维修", by=manager))
    BedOut.objects.bulk_create(rows)


def _day_care(rng: np.random.Generator, county: Region, day: dt.date, manager: User | None) -> None:
    """The two largest homes have places by day; more than half are taken by people of their towns."""
    homes = Site.objects.filter(
        region__code__startswith=county.code, kind=Site.Kind.HOME, state=Site.State.OPEN
    ).order_by("-filed_beds", "pk")[:2]
    for home in homes:
        places = Bed.objects.bulk_create(
            Bed(site=home, kind=Bed.Kind.DAY, label=f"日托{n}", since=home.opened_on) for n in range(1, DAY_PLACES + 1)
        )
        inside = Stay.objects.filter(person=OuterRef("pk"))
        near = Person.objects.filter(
            ~Exists(inside), region__code__startswith=home.region_id[:9], state=Person.State.LIVING,
            birth_date__lt=day - dt.timedelta(days=70 * 365),
        ).order_by("-pk").values_list("pk", flat=True)[: DAY_PLACES * 6 // 10]
        Stay.objects.bulk_create(
            Stay(
                bed=place, person_id=pk, kind=Stay.Kind.DAY, basis=Stay.Basis.PRIVATE, admitted_by=manager,
                period=DateRange(day - dt.timedelta(days=int(rng.integers(5, 200))), None),
            )
            for place, pk in zip(places, near, strict=False)
        )
