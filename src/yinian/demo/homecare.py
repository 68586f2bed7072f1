"""A month of daily care in the demo's homes: care set by level, tasks recorded, values measured, medicines given.

All of it is made up from a seed of hashes, as of the demo's day; the rows meet the tables' own triggers.
"""

import datetime as dt
import secrets
import zlib
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from yinian.assessments.models import Result
from yinian.assessments.scales import ABILITY_SCALE
from yinian.core.bulk import settle_constraints
from yinian.core.models import Posting, User
from yinian.core.roles import Role
from yinian.demo.users import SINCE, demo_password
from yinian.homes.beds.queries import IN_A_ROOM
from yinian.homes.care.book import book
from yinian.homes.care.queries import local, suggestions
from yinian.homes.models import BedTag, Duty, HandOver, HandOverRead, MedicineOrder, Regime, Stay
from yinian.homes.stays.queries import nights
from yinian.places.models import Bed, Site

DAYS = 30
UNASSESSED = "partial"
# Names of medicines that many older people take; who takes which is drawn.
DRUGS = (("苯磺酸氨氯地平片", "1片", (480,)), ("二甲双胍片", "1片", (450, 1050)), ("阿司匹林肠溶片", "1片", (480,)),
         ("碳酸钙D3片", "1片", (720,)), ("阿托伐他汀钙片", "1片", (1230,)))
NOTES = (("夜间起夜三次，已陪同，请白班留意精神状态。", False), ("午饭吃得少，说没有胃口，晚饭请再观察。", False),
         ("左脚跟皮肤发红，已减压，每两小时看一次。", True), ("家属周末来接外出，药已备好。", False),
         ("三楼热水器检修，洗澡改到周五。", False))


def build(day: dt.date) -> None:
    """Fill the month before ``day`` in every home."""
    homes = list(Site.objects.filter(kind=Site.Kind.HOME).order_by("pk"))
    secret = make_password(demo_password())  # one hash for all, as for the demo's other logins
    carers = {home.pk: _carer(home, n, secret) for n, home in enumerate(homes)}
    managers = managers_of(homes, carers)
    stays = list(nights(day).select_related("bed").order_by("pk"))
    _regimes(stays, managers, day)
    orders = _orders(stays, managers, day)
    _codes(homes, managers)
    now = min(timezone.now(), local(day, 24 * 60 - 1))
    # Each record meets triggers that look its task, bed and recorder up; they plan by these figures.
    _run("ANALYZE core_posting, homes_duty, homes_regime, homes_medicineorder, homes_stay, places_bed")
    _records(carers, day, now)
    _values(carers, day)
    if orders:
        _givings(carers, day, now)
    _notes(homes, carers, managers, stays, day)


def _carer(home: Site, n: int, secret: str) -> User:
    """The home's carer who records: the demo's login, or an account of that home's own."""
    found = User.objects.filter(postings__site_ref=home.pk, postings__role=Role.CARER).first()
    if found is not None:
        return found
    made = User.objects.create(
        username=f"huli{n + 1:02d}", full_name=f"{home.name[:2]}护理员", office=home.name,
        password=secret,
    )
    Posting.objects.create(user=made, role=Role.CARER, region=home.region, site_ref=home.pk, period=(SINCE, None))
    return made


def managers_of(homes: list[Site], carers: dict[int, User]) -> dict[int, User]:
    """Who manages each home by its id; its carer where nobody does."""
    found = {
        posting.site_ref: posting.user
        for posting in Posting.objects.filter(role=Role.HOME_MANAGER).select_related("user")
    }
    return {home.pk: found.get(home.pk, carers[home.pk]) for home in homes}


def draw(*parts: object) -> int:
    """A number from 0 to 99 that these parts always give."""
    return zlib.crc32("|".join(map(str, parts)).encode()) % 100


def _regimes(stays: list[Stay], managers: dict[int, User], day: dt.date) -> None:
    results = {r.person_id: r for r in Result.objects.filter(scale=ABILITY_SCALE, state=Result.State.IN_FORCE,
                                                             person__in=[s.person_id for s in stays])}
    regimes = []
    for stay in stays:
        result = results.get(stay.person_id)
        regimes.append(Regime(
            person_id=stay.person_id, site_id=stay.bed.site_id, result=result, level=result.final if result else None,
            group=book().group_of(result.final) if result else UNASSESSED,
            held=DateRange(max(stay.period.lower, day - dt.timedelta(days=DAYS)), None),
            reason="按评估等级安排（合成数据）" if result else "尚未评估，由机构先行判断（合成数据）",
            set_by=managers[stay.bed.site_id],
        ))
    usual = {group: suggestions(group, None) for group in book().groups}
    Duty.objects.bulk_create(
        Duty(regime=regime, task=row.task, times=list(row.times), days=list(row.days), origin=row.origin)
        for regime in Regime.objects.bulk_create(regimes) for row in usual[regime.group]
    )


def _orders(stays: list[Stay], managers: dict[int, User], day: dt.date) -> int:
    since = day - dt.timedelta(days=DAYS)
    made = []
    for stay in stays:
        for n, (drug, dose, times) in enumerate(DRUGS):
            if draw(stay.person_id, "drug", n) < 16:
                begun = max(since, stay.period.lower)
                made.append(MedicineOrder(
                    person_id=stay.person_id, site_id=stay.bed.site_id, drug=drug, dose=dose, way="oral",
                    times=list(times), held=DateRange(begun, None), prescriber="王医生（合成）",
                    prescribed_at="镇卫生院", prescribed_on=begun, entered_by=managers[stay.bed.site_id],
                    entered_at=local(begun, 0),
                ))
    return len(MedicineOrder.objects.bulk_create(made))


def _codes(homes: list[Site], managers: dict[int, User]) -> None:
    BedTag.objects.bulk_create(
        BedTag(bed=bed, token=secrets.token_urlsafe(16), made_by=managers[bed.site_id])
        for bed in Bed.objects.filter(site__in=homes, kind__in=IN_A_ROOM)
    )


_TIMES = """
    SELECT d.id, r.site_id, r.person_id, g::date AS day, slot,
           ((g::date + make_interval(mins => slot)) AT TIME ZONE 'Asia/Shanghai') AS due,
           abs(hashtext(d.id::text || g::date::text || slot::text)) AS luck
    FROM homes_duty d JOIN homes_regime r ON r.id = d.regime_id
    CROSS JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS g CROSS JOIN unnest(d.times) AS slot
    WHERE r.held @> g::date
        AND (d.days = '{}' OR (extract(isodow FROM g)::int - 1)::smallint = ANY(d.days::smallint[]))
"""


def _run(sql: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    settle_constraints()


def _records(carers: dict[int, User], day: dt.date, now: dt.datetime) -> None:
    """Every task but a few of the last shift recorded, some in part or not, with the reason."""
    reasons = list(book().reasons)
    _run(
        f"""
        INSERT INTO homes_carerecord (at, recorded_by_id, recorded_at, late_reason, nonce, duty_id, day, slot, outcome,
            reason)
        SELECT due + make_interval(mins => luck %% 25), c.carer, due + make_interval(mins => luck %% 25 + 2), '',
            gen_random_uuid(), id, day, slot,
            CASE WHEN luck %% 100 < 95 THEN 'done' WHEN luck %% 100 < 97 THEN 'part' ELSE 'not' END,
            CASE WHEN luck %% 100 < 95 THEN '' ELSE (%(reasons)s::text[])[1 + luck %% {len(reasons)}] END
        FROM ({_TIMES}) AS t
        JOIN unnest(%(sites)s::bigint[], %(carers)s::bigint[]) AS c(site, carer) ON c.site = t.site_id
        WHERE due < %(until)s AND (due < %(settled)s OR luck %% 4 > 0)
        """,
        first=day - dt.timedelta(days=DAYS), last=day, until=now - dt.timedelta(minutes=30),
        settled=now - dt.timedelta(hours=3), reasons=reasons, sites=list(carers),
        carers=[user.pk for user in carers.values()],
    )


def _values(carers: dict[int, User], day: dt.date) -> None:
    """Temperature and blood pressure once a week, weight once a month."""
    for kind, every, low, spread, second in (("temperature", 7, 36.1, 12, None), ("pressure", 7, 108.0, 560, 62),
                                             ("weight", 30, 42.0, 280, None)):
        bound = book().vitals[kind].bound
        _run(
            """
            INSERT INTO homes_vital (at, recorded_by_id, recorded_at, late_reason, nonce, kind, value, second, crossed,
                person_id, site_id)
            SELECT at, carer, at + interval '2 minutes', '', gen_random_uuid(), %(kind)s, value,
                CASE WHEN %(second)s::int IS NULL THEN NULL ELSE %(second)s::int + luck %% 26 END,
                coalesce(value > %(above)s, false) OR coalesce(value < %(below)s, false), person_id, site_id
            FROM (
                SELECT r.person_id, r.site_id, c.carer, luck,
                    round((%(low)s + luck %% %(spread)s / 10.0)::numeric,
                          CASE WHEN %(second)s::int IS NULL THEN 1 ELSE 0 END) AS value,
                    ((g::date + make_interval(mins => 430 + luck %% 40)) AT TIME ZONE 'Asia/Shanghai') AS at
                FROM homes_regime r
                JOIN unnest(%(sites)s::bigint[], %(carers)s::bigint[]) AS c(site, carer) ON c.site = r.site_id
                CROSS JOIN generate_series(%(first)s::date, %(last)s::date, make_interval(days => %(every)s)) AS g
                CROSS JOIN LATERAL (SELECT abs(hashtext(r.person_id::text || g::text || %(kind)s)) AS luck) AS l
                WHERE r.held @> g::date
            ) AS t
            """,
            kind=kind, every=every, low=low, spread=spread, second=second, above=bound.above, below=bound.below,
            first=day - dt.timedelta(days=DAYS - 1), last=day - dt.timedelta(days=1), sites=list(carers),
            carers=[user.pk for user in carers.values()],
        )


def _givings(carers: dict[int, User], day: dt.date, now: dt.datetime) -> None:
    """Doses given, a few withheld or refused."""
    _run(
        """
        INSERT INTO homes_giving (at, recorded_by_id, recorded_at, late_reason, nonce, order_id, day, slot, outcome,
            reason)
        SELECT due + make_interval(mins => luck %% 15), c.carer, due + make_interval(mins => luck %% 15 + 1), '',
            gen_random_uuid(), id, day, slot,
            CASE WHEN luck %% 200 < 196 THEN 'given' WHEN luck %% 200 < 198 THEN 'withheld' ELSE 'refused' END,
            CASE WHEN luck %% 200 < 196 THEN '' WHEN luck %% 200 < 198 THEN '血压偏低，遵医嘱暂停'
                ELSE '本人不愿服药' END
        FROM (
            SELECT o.id, o.site_id, g::date AS day, slot,
                ((g::date + make_interval(mins => slot)) AT TIME ZONE 'Asia/Shanghai') AS due,
                abs(hashtext(o.id::text || g::date::text || slot::text)) AS luck
            FROM homes_medicineorder o CROSS JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS g
            CROSS JOIN unnest(o.times) AS slot WHERE o.held @> g::date
        ) AS t JOIN unnest(%(sites)s::bigint[], %(carers)s::bigint[]) AS c(site, carer) ON c.site = t.site_id
        WHERE due < %(until)s
        """,
        first=day - dt.timedelta(days=DAYS), last=day, until=now - dt.timedelta(minutes=40), sites=list(carers),
        carers=[user.pk for user in carers.values()],
    )


def _notes(
    homes: list[Site], carers: dict[int, User], managers: dict[int, User], stays: list[Stay], day: dt.date
) -> None:
    """Hand-overs of the last days in each home, most of them read by its manager."""
    for home in homes:
        mine = [stay for stay in stays if stay.bed.site_id == home.pk]
        for n, (text, urgent) in enumerate(NOTES):
            at = local(day - dt.timedelta(days=n + 1), 22 * 60 + 40)
            note = HandOver.objects.create(
                site=home, day=day - dt.timedelta(days=n + 1), shift="late", text=f"{text}（合成数据）", urgent=urgent,
                person_id=mine[(n * 7) % len(mine)].person_id if mine and n < 4 else None,
                recorded_by=carers[home.pk], recorded_at=at,
            )
            if n and managers[home.pk] != carers[home.pk]:
                HandOverRead.objects.create(note=note, user=managers[home.pk], at=at + dt.timedelta(hours=9))
