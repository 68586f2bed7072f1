"""What goes on in the demo's homes besides care: incidents, guidance and findings, stores, gardens, in various states.

All of it is made up, and written by the rooms' own actions, on the days it would have happened.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from yinian.core.models import Posting, Region, User
from yinian.core.roles import Role
from yinian.core.users.queries import identity_index
from yinian.demo import past
from yinian.demo.fees import manager_of
from yinian.homes.care.queries import local
from yinian.homes.economy import actions as gardens
from yinian.homes.incidents import actions as incidents
from yinian.homes.models import Stay
from yinian.homes.reviews import actions as reviews
from yinian.homes.stays.queries import nights
from yinian.homes.stores import actions as stores
from yinian.homes.stores.queries import county_store, heads, store_of
from yinian.places.models import Site

HOMES = 5  # so many, the largest, have anything but stores
# Days ago, minute of the day, hazard, severity, place, what befell, what was done at once, cause, change, outcome.
# Where the last is empty the incident is still followed up; without a cause nothing was done about it yet.
INCIDENTS = (
    (160, 1245, "fall", "slight", "卫生间", "起身时脚下打滑，坐倒在地。", "扶起查看，右膝擦伤，消毒包扎。",
     "地面有水未及时擦干。", "卫生间加铺防滑垫，洗漱后由护理员拖干。", "伤口愈合，防滑垫已全部到位。"),
    (95, 730, "choking", "medical", "餐厅", "早餐吃糯米糍时呛咳，面色发红。", "立即施救，食物咳出，请卫生院医生检查。",
     "食物黏，进食过快。", "不再供应黏性食物，由专人看护进食。", "医生检查无异常，食谱已调整。"),
    (48, 95, "bed-fall", "severe", "床旁", "夜间自行下床跌倒，左髋疼痛。", "不移动，呼叫救护车送市人民医院。",
     "床栏未拉起，夜灯损坏。", "更换夜灯，失能老年人床栏交接班逐床检查。", ""),
    (12, 940, "lost", "none", "院门", "随访客走出院门，十分钟后在村口找到。", "陪同返回，量血压正常，安抚情绪。",
     "门卫登记时离岗。", "", ""),
    (1, 1010, "scald", "slight", "水房", "接热水时烫到手背。", "冷水冲洗二十分钟，涂烫伤膏。", "", "", ""),
)
# Days ago of the visit, area, severity, what was found, advice, who, days given from the visit, what the home reported.
FINDINGS = (
    (120, "fire", "serious", "二楼西侧两具灭火器过期，安全出口堆物。", "更换灭火器，清空通道并每周自查。", "院长", 20,
     "已更换四具灭火器，通道清空，建立自查表。"),
    (60, "food", "grave", "留样记录缺三天，生熟案板未分开。", "补齐留样制度，生熟分开并标识。", "厨师长", 40, ""),
    (30, "care", "slight", "两名失能老年人翻身记录不全。", "按两小时一次记录，交接班核对。", "护理组长", 45,
     "已培训护理员，记录补齐。"),
    (10, "environment", "slight", "三楼卫生间有异味。", "增加清洗次数，检修地漏。", "后勤", 30, ""),
)


@dataclass(frozen=True)
class Home:
    site: Site
    manager: User
    carer: User


def build(county: Region, day: dt.date) -> None:
    """Incidents, findings, stores and gardens of a county's homes, as of a day."""
    officer, guide = _holder(Role.BUREAU_OFFICER), _holder(Role.DISPATCHER)
    found = [site for site, _heads in sorted(heads(county.code), key=lambda pair: (-pair[1], pair[0].pk))]
    if officer is None or guide is None or not found:
        return
    homes = [_staffed(site, place) for place, site in enumerate(found)]
    with transaction.atomic():
        for place, home in enumerate(homes[:HOMES]):
            _incident(home, day, place)
            _guided(home, guide, day, place)
        for home in homes[:3]:
            _garden(home, day)
        _stored(homes, county, officer, day)
        reviews.look_after(day)


def _holder(role: Role) -> User | None:
    posting = Posting.objects.filter(role=role).select_related("user").order_by("pk").first()
    return posting.user if posting else None


def _staffed(site: Site, place: int) -> Home:
    manager = manager_of(site, place)
    if manager.identity_index is None:  # whoever reports must be told from whoever checks
        manager.identity_index = identity_index(f"99{manager.username}")
        manager.save(update_fields=["identity_index"])
    posting = Posting.objects.filter(role=Role.CARER, site_ref=site.pk).select_related("user").first()
    return Home(site, manager, posting.user if posting else manager)


def _resident(home: Home, since: dt.date, place: int) -> Stay | None:
    """Somebody who has lived in the home since a day."""
    found = nights().filter(bed__site=home.site, period__contains=since).select_related("person").order_by("pk")
    return found[place % 7 : place % 7 + 1].first() or found.first()


def _incident(home: Home, day: dt.date, place: int) -> None:
    ago, minute, hazard, severity, where, what, measures, cause, change, outcome = INCIDENTS[place % len(INCIDENTS)]
    on = day - dt.timedelta(days=ago)
    stay = _resident(home, on, place)
    if stay is None or home.carer == home.manager:
        return
    with past.on(on + dt.timedelta(days=1)):
        made = incidents.report(
            home.carer, stay.pk, hazard=hazard, severity=severity, happened_at=local(on, minute), place=where,
            what=what, measures=measures,
        )
        if not cause:
            return
        made = incidents.tell_family(home.manager, made.pk, made.version, who="家属", at=local(on, minute + 15),
                                     not_told="")
        if severity in ("medical", "severe"):
            made = incidents.tell_bureau(home.manager, made.pk, made.version)
        incidents.add_step(home.manager, made.pk, "cause", cause)
        if change:
            incidents.add_step(home.manager, made.pk, "change", change)
    if outcome:
        with past.on(on + dt.timedelta(days=9)):
            incidents.close(home.manager, made.pk, made.version, outcome)


def _guided(home: Home, guide: User, day: dt.date, place: int) -> None:
    """A visit with a finding, from long closed to just entered; a goal for the home."""
    ago, area, severity, what, advice, who, given, reported = FINDINGS[place % len(FINDINGS)]
    on = day - dt.timedelta(days=ago)
    with past.on(on):
        visit = reviews.visit(guide, home.site.pk, on=on, party="市养老服务指导中心", summary="全院巡查，查看台账。")
        found = reviews.find(guide, visit.pk, area=area, severity=severity, found=what, advice=advice, who=who,
                             due_on=on + dt.timedelta(days=given))
        reviews.set_goal(guide, home.site.pk, figure="occupancy", target=Decimal(85),
                         by=day + dt.timedelta(days=120), how="接收轮候老年人，开展短期托养。")
    if reported:
        with past.on(on + dt.timedelta(days=12)):
            found = reviews.report(home.manager, found.pk, found.version, text=reported)
        if place == 0:
            with past.on(on + dt.timedelta(days=18)):
                reviews.close(guide, found.pk, found.version, text="现场复查，整改到位。")


def _garden(home: Home, day: dt.date) -> None:
    """Cabbage since two months and hens since spring; eaten in the kitchen, some eggs sold."""
    plot = gardens.begin(home.manager, home.site.pk, kind="plot", what="白菜", place="东菜园", size=Decimal(120),
                         began=day - dt.timedelta(days=60))
    hens = gardens.begin(home.manager, home.site.pk, kind="animals", what="蛋鸡", place="后院", size=Decimal(40),
                         began=day - dt.timedelta(days=200))
    stay = _resident(home, day - dt.timedelta(days=8), 2)
    helpers = [stay.person] if stay else []
    gardens.harvest(home.carer, plot.pk, amount=Decimal("46.5"), unit="kg", on=day - dt.timedelta(days=8),
                    helpers=helpers)
    gardens.harvest(home.carer, plot.pk, amount=Decimal(38), unit="kg", on=day - dt.timedelta(days=2))
    gardens.use(home.manager, plot.pk, kind="eaten", amount=Decimal(55), unit="kg", on=day - dt.timedelta(days=1))
    gardens.harvest(home.carer, hens.pk, amount=Decimal(420), unit="piece", on=day - dt.timedelta(days=5))
    gardens.use(home.manager, hens.pk, kind="eaten", amount=Decimal(300), unit="piece", on=day - dt.timedelta(days=3))
    gardens.use(home.manager, hens.pk, kind="sold", amount=Decimal(100), unit="piece", on=day - dt.timedelta(days=3),
                income_fen=9000, account="镇财政代管账户", purpose="添置鸡饲料")


def _stored(homes: list[Home], county: Region, officer: User, day: dt.date) -> None:
    """A round of quilts and clothes: most homes have confirmed, one with a difference; two still have to."""
    store = county_store(officer, county.code)
    people = sum(count for _site, count in heads(county.code))
    before = day - dt.timedelta(days=30)
    with past.on(before):
        for good, spare in (("quilt-winter", 40), ("coat", 15), ("pads", 200)):
            stores.enter(officer, store, "receipt", good=good, quantity=people + spare, on=before, text="政府集中采购")
        stores.wish(officer, store, good="coat", wished=30)
    with past.on(day - dt.timedelta(days=12)):
        made = stores.plan(officer, county.code, title=f"{day.year}年冬被、棉衣配送",
                           per_head={"quilt-winter": 1, "coat": 1})
        made = stores.send(officer, made.pk, made.version)
    sent = list(made.parcels.order_by("site", "good"))
    waiting = {home.site.pk for home in homes[-2:]} if len(homes) > 3 else set()
    for place, home in enumerate(homes):
        if home.site.pk in waiting:
            continue
        counted = {one.pk: (one.planned, "") for one in sent if one.site_id == home.site.pk}
        if place == 1 and counted:
            torn = min(counted)
            counted[torn] = (counted[torn][0] - 1, "途中破损一件，已拍照交配送人员。")
        with past.on(day - dt.timedelta(days=10)):
            stores.confirm(home.manager, made.pk, home.site.pk, counted)
    first = homes[0]
    own = store_of(first.manager, first.site.pk)
    living = list(nights().filter(bed__site=first.site).select_related("person").order_by("pk"))
    for stay in living[: min(6, len(living) // 2)]:  # as many came as people live there; some quilts stay in the store
        if day - dt.timedelta(days=3) in stay.period:
            stores.enter(first.manager, own, "hand", good="quilt-winter", quantity=1, on=day - dt.timedelta(days=3),
                         person=stay.person)
    stores.enter(first.manager, own, "loss", good="quilt-winter", quantity=1, on=day, text="被褥霉变报废")
    stores.wish(first.manager, own, good="pads", wished=50)
