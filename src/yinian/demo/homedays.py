"""Two weeks of daily life in the demo's homes: diets, menus, what was eaten, activities, outings, visits, letters.

All of it is made up from a seed of hashes, as of the demo's day; the rows meet the tables' own triggers.
"""

import datetime as dt
import uuid
from decimal import Decimal

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from yinian.core.models import Posting, Region, User
from yinian.core.roles import Role
from yinian.demo import past
from yinian.demo.homecare import draw, managers_of
from yinian.homes.care.queries import local
from yinian.homes.living.book import living
from yinian.homes.living.meals.queries import monday
from yinian.homes.models import (
    Absence,
    Activity,
    Diet,
    Dish,
    FamilyMessage,
    FamilyNotice,
    FamilyRead,
    Menu,
    MenuDish,
    Outing,
    Participation,
    Regime,
    Stay,
    Visit,
    VisitHours,
)
from yinian.homes.stays.queries import nights
from yinian.homes.thresholds.actions import set_thresholds
from yinian.homes.thresholds.catalogue import IDLE_DAYS, LITTLE_MEALS
from yinian.people.models import Representative
from yinian.places.models import Site

EATEN_DAYS = 3
# Dishes of a home's kitchen: name, what is in it, for which diets it is not fit; by meal.
DISHES: dict[str, tuple[tuple[str, list[str] | None, list[str]], ...]] = {
    "breakfast": (("白粥", [], []), ("馒头", ["allergy-wheat"], []), ("煮鸡蛋", ["allergy-egg"], []),
                  ("豆浆", ["allergy-soy"], []), ("米粉", [], []), ("蒸红薯", [], []), ("牛奶", ["allergy-milk"], [])),
    "lunch": (("米饭", [], []), ("清蒸鱼", ["allergy-fish"], []), ("红烧肉", [], ["low-fat"]), ("炒青菜", [], []),
              ("冬瓜排骨汤", [], []), ("家常豆腐", ["allergy-soy"], []), ("蒸蛋", ["allergy-egg"], []),
              ("腊肉炒笋", [], ["low-salt", "halal", "pureed", "minced"]), ("花生炖猪脚", None, [])),
    "supper": (("米饭", [], []), ("肉末茄子", [], []), ("蒸南瓜", [], []), ("番茄鸡蛋汤", ["allergy-egg"], []),
               ("面条", ["allergy-wheat"], []), ("炒丝瓜", [], []), ("虾皮冬瓜", ["allergy-shellfish"], [])),
}
PICKED = {"breakfast": 3, "lunch": 4, "supper": 3}
# Kind, share of residents in percent, who ordered it, why.
DIETS = (("soft", 30, "assessment", "咀嚼能力下降"), ("pureed", 6, "doctor", "吞咽困难"),
         ("low-salt", 22, "doctor", "高血压"), ("low-sugar", 14, "doctor", "糖尿病"),
         ("allergy-peanut", 3, "family", "家属告知，曾出疹"), ("allergy-fish", 2, "family", "家属告知"),
         ("allergy-egg", 2, "self", "本人告知"))
# Kind, title, weekday, minute, place, leader.
PROGRAMME = (("song", "花鼓戏欣赏", 1, 15 * 60, "多功能厅", "社工"),
             ("exercise", "八段锦", 3, 9 * 60, "一楼大厅", "康复师"),
             ("game", "象棋与纸牌", 5, 14 * 60 + 30, "活动室", "护理员"))
PAST_WEEKS, COMING_WEEKS = 5, 2
VISITORS = (("任建华", "child"), ("黎秀英", "kin"), ("湛志远", "child"), ("彭小兰", "friend"),
            ("志愿服务队", "volunteer"))
LETTERS = (
    (9, "family", "请问老人家最近睡眠怎么样？"), (9, "home", "睡得比上月好，夜里起一次。白天常到大厅晒太阳。"),
    (5, "home", "周三参加了八段锦，精神不错。"), (3, "family", "谢谢。这周末想接老人家出去吃饭，可以吗？"),
)


def build(county: Region, day: dt.date) -> None:
    """Fill two weeks about ``day`` in every home of the county. The month of daily care stands already."""
    homes = list(Site.objects.filter(kind=Site.Kind.HOME, region__code__startswith=county.code).order_by("pk"))
    stays = list(nights(day).filter(bed__site__in=homes).select_related("bed").order_by("pk"))
    posted = Posting.objects.filter(role=Role.CARER, site_ref__isnull=False).select_related("user").order_by("-pk")
    carers = {posting.site_ref: posting.user for posting in posted if posting.site_ref is not None}
    managers = managers_of(homes, carers)
    by_home: dict[int, list[Stay]] = {home.pk: [] for home in homes}
    for stay in stays:
        by_home[stay.bed.site_id].append(stay)
    now = min(timezone.now(), local(day, 24 * 60 - 1))
    _told(homes, managers, day)
    _diets(stays, managers, day)
    _menus(homes, managers, day)
    _eaten(carers, day, now)
    _activities(homes, by_home, carers, managers, day, now)
    _outings(homes, by_home, carers, day, now)
    _visits(homes, by_home, carers, managers, day, now)
    _letters(county, homes, by_home, carers, managers, day)


def _told(homes: list[Site], managers: dict[int, User], day: dt.date) -> None:
    """The first home wants to be told earlier than suggested of who eats little and of who takes part in nothing."""
    for home in homes[:1]:
        with past.on(day - dt.timedelta(days=20)):
            set_thresholds(managers[home.pk], home.pk, {LITTLE_MEALS: Decimal(2), IDLE_DAYS: Decimal(14)},
                           "失能老年人较多，提前提醒（合成数据）")


def _diets(stays: list[Stay], managers: dict[int, User], day: dt.date) -> None:
    full = set(Regime.objects.filter(group="full").values_list("person_id", flat=True))
    rows = []
    for stay in stays:
        textures = 0
        for kind, share, origin, why in DIETS:
            strand = living().diets[kind].strand
            wanted = share * 2 if strand == "texture" and stay.person_id in full else share
            if draw(stay.person_id, "diet", kind) >= wanted or (strand == "texture" and textures):
                continue
            textures += strand == "texture"
            since = max(stay.period.lower, day - dt.timedelta(days=20 + draw(stay.pk, kind)))
            rows.append(Diet(
                person_id=stay.person_id, site_id=stay.bed.site_id, kind=kind, strand=strand, origin=origin,
                held=DateRange(since, None), reason=f"{why}（合成数据）", entered_by=managers[stay.bed.site_id],
                entered_at=local(since, 9 * 60),
            ))
    Diet.objects.bulk_create(rows)


def _menus(homes: list[Site], managers: dict[int, User], day: dt.date) -> None:
    """Last week, this and the next; the coming week still waits to be published."""
    first = monday(day) - dt.timedelta(days=7)
    dishes = {
        (one.site_id, one.name): one
        for one in Dish.objects.bulk_create(
            Dish(site=home, name=name, allergens=allergens, unfit=unfit, changed_by=managers[home.pk])
            for home in homes
            for name, allergens, unfit in {d[0]: d for found in DISHES.values() for d in found}.values()
        )
    }
    menus = Menu.objects.bulk_create(
        Menu(site=home, day=on, meal=meal, changed_by=managers[home.pk],
             published_by=managers[home.pk] if n < 14 else None, published_at=local(first, 480) if n < 14 else None)
        for home in homes
        for n in range(21)
        for on in [first + dt.timedelta(days=n)]
        for meal in DISHES
    )
    lines = []
    for menu in menus:
        found = DISHES[menu.meal]
        begin = (2 * menu.day.toordinal() + menu.site_id) % len(found)
        names = [found[0][0]] + [found[(begin + k) % len(found)][0] for k in range(PICKED[menu.meal])]
        lines += [
            MenuDish(menu=menu, dish=dishes[menu.site_id, name], place=place)
            for place, name in enumerate(list(dict.fromkeys(names))[: PICKED[menu.meal]])
        ]
    MenuDish.objects.bulk_create(lines)


def _eaten(carers: dict[int, User], day: dt.date, now: dt.datetime) -> None:
    """The meals of the last days, all but the last ones of today; about one resident in forty hardly eats."""
    meals = list(living().meals.values())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO homes_intake (at, recorded_by_id, recorded_at, late_reason, nonce, person_id, site_id, day,
                meal, slot, amount, reason)
            SELECT due + interval '25 minutes', carer, due + interval '27 minutes', '', gen_random_uuid(), person_id,
                site, day, meal, slot, amount, CASE WHEN amount = 'all' THEN '' ELSE
                    (ARRAY['appetite', 'taste', 'unwell'])[1 + luck %% 3] END
            FROM (
                SELECT s.person_id, c.site, c.carer, g::date AS day, m.meal, m.slot, luck,
                    (g::date + make_interval(mins => m.slot)) AT TIME ZONE 'Asia/Shanghai' AS due,
                    CASE WHEN abs(hashtext(s.person_id::text || 'eats')) %% 40 = 0 THEN
                             (ARRAY['little', 'none', 'little'])[1 + luck %% 3]
                         WHEN luck %% 100 < 82 THEN 'all' WHEN luck %% 100 < 95 THEN 'half' ELSE 'little' END AS amount
                FROM homes_stay s JOIN places_bed b ON b.id = s.bed_id
                JOIN unnest(%(sites)s::bigint[], %(carers)s::bigint[]) AS c(site, carer) ON c.site = b.site_id
                CROSS JOIN generate_series(%(first)s::date, %(last)s::date, '1 day') AS g
                CROSS JOIN unnest(%(meals)s::text[], %(slots)s::smallint[]) AS m(meal, slot)
                CROSS JOIN LATERAL (SELECT abs(hashtext(s.person_id::text || g::text || m.meal)) AS luck) AS l
                WHERE s.period @> g::date AND s.kind <> 'day'
                    AND NOT EXISTS (SELECT FROM homes_absence a WHERE a.stay_id = s.id AND a.period @> g::date)
            ) AS t WHERE due < %(until)s
            """,
            {"sites": list(carers), "carers": [user.pk for user in carers.values()],
             "first": day - dt.timedelta(days=EATEN_DAYS), "last": day, "meals": [m.id for m in meals],
             "slots": [m.minute for m in meals], "until": now - dt.timedelta(hours=2)},
        )


def _activities(
    homes: list[Site], by_home: dict[int, list[Stay]], carers: dict[int, User], managers: dict[int, User],
    day: dt.date, now: dt.datetime,
) -> None:
    """A weekly programme of some weeks back and ahead; the residents who can come, come."""
    this_week, made = monday(day), []
    for home in homes:
        for kind, title, weekday, minute, place, leader in PROGRAMME:
            series = uuid.uuid5(uuid.NAMESPACE_OID, f"{home.pk} {kind}")
            for week in range(-PAST_WEEKS, COMING_WEEKS):
                on = this_week + dt.timedelta(days=7 * week + weekday)
                begins = local(on, minute)
                held = begins < now - dt.timedelta(hours=3)
                made.append(Activity(
                    site=home, kind=kind, title=title, starts_at=begins, ends_at=begins + dt.timedelta(hours=1),
                    place=place, leader=leader, series=series, planned_by=managers[home.pk],
                    planned_at=local(this_week - dt.timedelta(days=7 * (PAST_WEEKS + 1)), 540),
                    state=Activity.State.HELD if held else Activity.State.PLANNED,
                    closed_by=carers[home.pk] if held else None,
                    closed_at=begins + dt.timedelta(hours=2) if held else None,
                ))
    rows = []
    for one in Activity.objects.bulk_create(made):
        came = one.state == Activity.State.HELD
        on = timezone.localtime(one.starts_at).date()
        for stay in by_home[one.site_id]:
            likes = draw(stay.person_id, one.kind) < 30
            if likes and on in stay.period and draw(stay.person_id, one.starts_at) < (70 if came else 40):
                rows.append(Participation(
                    activity=one, person_id=stay.person_id, signed_by=carers[one.site_id],
                    signed_at=one.starts_at - dt.timedelta(days=1), came=True if came else None,
                    came_by=carers[one.site_id] if came else None,
                ))
    Participation.objects.bulk_create(rows)


def _outings(
    homes: list[Site], by_home: dict[int, list[Stay]], carers: dict[int, User], day: dt.date, now: dt.datetime
) -> None:
    """A few of the last two weeks, back in the evening; in the largest homes somebody is out now, one of them late."""
    rows, away = [], set(Absence.objects.values_list("stay", flat=True))
    for n, home in enumerate(sorted(homes, key=lambda home: -len(by_home[home.pk]))):
        settled = day - dt.timedelta(days=15)
        here = [s for s in by_home[home.pk] if s.period.lower < settled and s.pk not in away] if n < 6 else []
        for k, stay in enumerate(here[:3]):
            left = local(day - dt.timedelta(days=2 + 3 * k), 9 * 60 + 30)
            back = left + dt.timedelta(hours=7)
            rows.append(Outing(
                person_id=stay.person_id, site=home, left_at=left, expected_back=back, relation="child",
                companion=VISITORS[k][0], reason="与家人聚餐（合成数据）", recorded_by=carers[home.pk],
                recorded_at=left, ended_at=back - dt.timedelta(minutes=40), end_kind=Outing.End.BACK,
                ended_by=carers[home.pk],
            ))
        if here and n < 2:
            left = now - dt.timedelta(hours=4)
            rows.append(Outing(
                person_id=here[-1].person_id, site=home, left_at=left,
                expected_back=now + dt.timedelta(hours=2 if n else -1), relation="child", companion=VISITORS[0][0],
                reason="回家取衣物（合成数据）", recorded_by=carers[home.pk], recorded_at=left,
            ))
    Outing.objects.bulk_create(rows)


def _visits(
    homes: list[Site], by_home: dict[int, list[Stay]], carers: dict[int, User], managers: dict[int, User],
    day: dt.date, now: dt.datetime,
) -> None:
    """Visiting hours of every home, and visits to about half of the residents in the last weeks."""
    VisitHours.objects.bulk_create(
        VisitHours(site=home, weekday=weekday, opens=opens, closes=closes, set_by=managers[home.pk])
        for home in homes for weekday in range(7) for opens, closes in ((540, 690), (870, 1020))
    )
    rows = []
    for home in homes:
        for stay in by_home[home.pk]:
            luck = draw(stay.person_id, "visit")
            came = local(day - dt.timedelta(days=1 + luck % 45), 9 * 60 + 30 + luck)
            if luck >= 55 or timezone.localtime(came).date() not in stay.period:
                continue
            name, relation = VISITORS[luck % len(VISITORS)]
            rows.append(Visit(
                person_id=stay.person_id, site=home, visitor=name, relation=relation, party=1 + luck % 3,
                state=Visit.State.OVER, came_at=came, came_by=carers[home.pk],
                left_at=came + dt.timedelta(minutes=50), left_by=carers[home.pk],
            ))
    largest = max(homes, key=lambda home: len(by_home[home.pk]), default=None)
    if largest is not None and by_home[largest.pk]:
        stay = by_home[largest.pk][0]
        rows.append(Visit(
            person_id=stay.person_id, site=largest, visitor=VISITORS[0][0], relation="child", party=2,
            state=Visit.State.INSIDE, came_at=now - dt.timedelta(minutes=30), came_by=carers[largest.pk],
        ))
    Visit.objects.bulk_create(rows)


def _letters(
    county: Region, homes: list[Site], by_home: dict[int, list[Stay]], carers: dict[int, User],
    managers: dict[int, User], day: dt.date,
) -> None:
    """A notice in every home; the demo's family account acts for a resident, and waits for an answer."""
    FamilyNotice.objects.bulk_create(
        FamilyNotice(site=home, title="冬季探视须知", text="请佩戴口罩，体温异常者暂缓来访。（合成数据）",
                     author=managers[home.pk], at=local(day - dt.timedelta(days=4), 600),
                     until=day + dt.timedelta(days=30))
        for home in homes
    )
    family = User.objects.filter(postings__role=Role.MEMBER, postings__region__code__startswith=county.code).first()
    worker = User.objects.filter(postings__role=Role.VILLAGE_WORKER).order_by("pk").first()
    if family is None or worker is None:
        return
    since = day - dt.timedelta(days=60)
    known = set(Representative.objects.filter(user=family).values_list("person_id", flat=True))
    fit = [
        stay
        for home in sorted(homes, key=lambda home: -len(by_home[home.pk]))
        for stay in by_home[home.pk]
        if stay.period.lower < since and stay.person_id not in known
    ]
    # Somebody of the home whose manager has a login, where there is one: so both sides of the letters can be seen.
    shown = set(Posting.objects.filter(role=Role.HOME_MANAGER).values_list("site_ref", flat=True))
    stay = next((s for s in fit if s.bed.site_id in shown), fit[0] if fit else None)
    if stay is None:
        return
    home = next(home for home in homes if home.pk == stay.bed.site_id)
    Representative.objects.create(
        user=family, person_id=stay.person_id, relation=Representative.Relation.CHILD, evidence="已看户口簿",
        given_by=worker, period=(since, None),
    )
    made = FamilyMessage.objects.bulk_create(
        FamilyMessage(
            person_id=stay.person_id, site=home, side=side, text=f"{text}（合成数据）",
            author=family if side == "family" else carers[home.pk],
            at=local(day - dt.timedelta(days=back), 15 * 60 + n),
        )
        for n, (back, side, text) in enumerate(LETTERS)
    )
    FamilyRead.objects.bulk_create(
        FamilyRead(message=one, user=family if one.side == "home" else carers[home.pk],
                   at=one.at + dt.timedelta(hours=1))
        for one in made[:-1]
    )
