"""The staff of the demo's homes at work: rosters of two weeks, trainers and training, shadowings, directors.

Made of the staff that stand already, in bulk; everything keeps to the tables' own triggers.
"""

import datetime as dt

from django.db.models import Exists, OuterRef
from django.utils import timezone

from yinian.core.models import Region, User
from yinian.core.pinyin import initials
from yinian.core.roles import Role
from yinian.core.users.queries import platform_user
from yinian.homes.care.book import book
from yinian.homes.models import Appointment, Roster, RosterShift, ShadowDay, Shadowing
from yinian.homes.rosters.actions import tell
from yinian.homes.rosters.queries import days_of, monday_of, span_of
from yinian.homes.rosters.rules import shadow_rule_for
from yinian.places.models import Site
from yinian.workforce.models import Attendance, Post, Trainer, TrainingSession, Worker

TRAINERS = (
    ("廖文静", "市社会福利院", ["care", "mind"], "县级培训师聘书"),
    ("邓国辉", "市养老服务指导中心", ["management", "assessment"], "县级培训师聘书"),
    ("余卫东", "市消防救援大队", ["safety"], "消防设施操作员证书"),
)
# field, subject, days ago, hours, whose posts, one in so many did not pass
SESSIONS = (
    ("care", "失能老年人照护技能", 150, 8, (Post.Kind.CARER,), 9),
    ("safety", "消防设施操作与应急疏散", 95, 4, (Post.Kind.MANAGER, Post.Kind.SAFETY, Post.Kind.CARER), 0),
    ("management", "养老机构院长业务与管理", 60, 16, (Post.Kind.MANAGER,), 0),
)
SHOWN = ("熟悉院内环境与交接班", "晨间照料、协助进餐", "翻身拍背、皮肤查看", "助浴与更换床单", "用药提醒与记录",
         "夜间巡视", "突发情况处置与独立操作")  # fmt: skip
APPOINTED = 0.4  # share of homes with a manager whose director a town appointed. Synthetic.


def build(county: Region, day: dt.date) -> None:
    """Fill rosters, training, shadowings and directors of a county, as of ``day``."""
    homes = list(Site.objects.filter(
        region__code__startswith=county.code, kind=Site.Kind.HOME, state=Site.State.OPEN
    ).select_related("region__parent").order_by("pk"))  # fmt: skip
    officers = list(User.objects.filter(postings__role=Role.BUREAU_OFFICER).order_by("pk")[:2])
    if not homes or len(officers) < 2:
        return
    posts: dict[int, list[Post]] = {home.pk: [] for home in homes}
    for post in Post.objects.filter(site__in=homes, period__contains=day).select_related("worker").order_by("pk"):
        posts[post.site_id].append(post)
    managers = _accounts(Role.HOME_MANAGER)
    carers = _tie(posts)
    _training(county, homes, posts, officers[0], day)
    _directors(homes, posts, officers[0], day)
    _shadowings(homes, posts, carers, managers, officers[1], day)
    _rosters(homes, posts, managers, officers[0], day)


def _accounts(role: Role) -> dict[int, User]:
    found = User.objects.filter(postings__role=role, postings__site_ref__isnull=False).order_by("-pk")
    return {user.postings.first().site_ref: user for user in found.prefetch_related("postings")}  # type: ignore[union-attr, misc]


def _tie(posts: dict[int, list[Post]]) -> dict[int, User]:
    """Tie each home's carer account to one of its carers, under one name."""
    accounts = _accounts(Role.CARER)
    workers, users = [], []
    for home, user in accounts.items():
        post = next((post for post in posts.get(home, []) if post.kind == Post.Kind.CARER), None)
        if post is None:
            continue
        worker = post.worker
        worker.user = user
        if user.full_name.endswith("护理员"):
            user.full_name = worker.name
            users.append(user)
        else:
            worker.name, worker.name_initials = user.full_name, initials(user.full_name)[:30]
        workers.append(worker)
    Worker.objects.bulk_update(workers, ["user", "name", "name_initials"])
    User.objects.bulk_update(users, ["full_name"])
    return accounts


def _training(
    county: Region, homes: list[Site], posts: dict[int, list[Post]], officer: User, day: dt.date
) -> None:
    trainers = Trainer.objects.bulk_create(
        Trainer(
            region=county, name=name, name_initials=initials(name)[:30], unit=unit, fields=fields, proof=proof,
            since=day - dt.timedelta(days=500),
        )
        for name, unit, fields, proof in TRAINERS
    )  # fmt: skip
    rows = []
    for field, subject, ago, hours, kinds, failing in SESSIONS:
        held = TrainingSession.objects.create(
            region=county, day=day - dt.timedelta(days=ago), place="市养老服务指导中心", field=field, subject=subject,
            trainer=next(one for one in trainers if field in one.fields), hours=hours, made_by=officer,
        )  # fmt: skip
        came = [post for home in homes for post in posts[home.pk] if post.kind in kinds and held.day in post.period]
        for n, post in enumerate(came):
            if n % 3 == 2:
                continue  # one in three waits for the next one
            outcome = Attendance.Outcome.FAILED if failing and n % failing == failing - 1 else Attendance.Outcome.PASSED
            rows.append(Attendance(session=held, worker=post.worker, outcome=outcome, by=officer))
    Attendance.objects.bulk_create({(row.session_id, row.worker_id): row for row in rows}.values())


def _directors(homes: list[Site], posts: dict[int, list[Post]], officer: User, day: dt.date) -> None:
    heads = [
        (home, post)
        for home in homes
        for post in posts[home.pk]
        if post.kind == Post.Kind.MANAGER and home.ownership != Site.Ownership.PRIVATE
    ]
    rows = {}
    for home, post in heads[: max(1, round(len(heads) * APPOINTED))]:
        town = home.region.parent if home.region.level == 5 and home.region.parent else home.region
        since = max(post.period.lower, day - dt.timedelta(days=400))
        rows[home.pk] = Appointment(
            site=home, worker=post.worker, period=(since, None), document="关于委派养老机构院长的通知",
            issuer=f"{town.name}人民政府", made_by=officer,
        )  # fmt: skip
    Appointment.objects.bulk_create(rows.values())


def _shadowings(
    homes: list[Site], posts: dict[int, list[Post]], carers: dict[int, User], managers: dict[int, User],
    officer: User, day: dt.date,
) -> None:  # fmt: skip
    """Who came since the rule begins was shown the work; the last but one is being shown, the last waits for it."""
    rows, signers = [], {}
    earlier = Post.objects.filter(worker=OuterRef("worker"), period__startswith__lt=OuterRef("period__startswith"))
    fresh = set(
        Post.objects.filter(site__in=homes).annotate(old=Exists(earlier)).filter(old=False).values_list("pk", flat=True)
    )
    for home in homes:
        rule = shadow_rule_for(home)
        if rule is None or rule.begins is None:
            continue
        mentors = [post for post in posts[home.pk] if post.kind == Post.Kind.CARER and post.period.lower < rule.begins]
        for post in posts[home.pk]:
            if post.pk not in fresh or post.period.lower < rule.begins or not mentors:
                continue
            mentor = next((m for m in mentors if m.worker.user_id), mentors[0])
            rows.append(
                Shadowing(
                    worker=post.worker, site=home, place=home, mentor=mentor.worker, since=post.period.lower,
                    days=rule.days, begun_by=managers.get(home.pk, officer),
                    rule={"document": rule.clause.document, "quote": rule.clause.quote,
                          "confidence": rule.clause.confidence},
                )
            )  # fmt: skip
            signers[len(rows) - 1] = (carers.get(home.pk, officer), managers.get(home.pk, officer))
    order = sorted(range(len(rows)), key=lambda n: rows[n].since)
    made = Shadowing.objects.bulk_create([rows[n] for n in order[:-1]])
    ShadowDay.objects.bulk_create(
        ShadowDay(shadowing=one, day=one.since + dt.timedelta(days=n), note=SHOWN[n % len(SHOWN)], by=one.begun_by)
        for place, one in enumerate(made)
        for n in range((one.days or 1) if place < len(made) - 1 else 3)
        if one.since + dt.timedelta(days=n) <= day
    )
    signed = []
    for n, one in zip(order, made[:-1], strict=False):
        mentor_by, home_by = signers[n]
        if mentor_by == home_by:
            continue
        at = timezone.make_aware(dt.datetime.combine(one.since + dt.timedelta(days=one.days or 1), dt.time(17)))
        one.mentor_by, one.mentor_at, one.mentor_word = mentor_by, at, "操作规范,能独立照料"
        one.director_by, one.director_at = home_by, at + dt.timedelta(hours=1)
        signed.append(one)
    Shadowing.objects.bulk_update(signed, ["mentor_by", "mentor_at", "mentor_word", "director_by", "director_at"])


def _rosters(
    homes: list[Site], posts: dict[int, list[Post]], managers: dict[int, User], officer: User, day: dt.date
) -> None:
    """Carers go round early, late, night and off; the others work by day on weekdays. Every third next week is open."""
    this = monday_of(day)
    rosters = []
    for n, home in enumerate(homes):
        rosters.append(Roster(site=home, week=this, made_by=managers.get(home.pk, officer)))
        if n % 3 != 2:
            following = this + dt.timedelta(days=7)
            rosters.append(Roster(site=home, week=following, made_by=managers.get(home.pk, officer)))
    Roster.objects.bulk_create(rosters)
    shifts = book().shifts
    rows = []
    for roster in rosters:
        rounds = 0
        for post in posts[roster.site_id]:
            after = post.kind in book().looks_after
            rounds += after
            for on in days_of(roster.week):
                turn = (rounds + on.toordinal()) % (len(shifts) + 1) if after else 0
                off = turn == len(shifts) if after else on.weekday() > 4
                if not off and on in post.period:
                    shift = shifts[turn]
                    rows.append(
                        RosterShift(
                            roster=roster, worker=post.worker, day=on, shift=shift.id, span=span_of(on, shift),
                            by=roster.made_by,
                        )
                    )  # fmt: skip
    RosterShift.objects.bulk_create(rows)
    filled = {row.roster_id for row in rows}
    now = timezone.now()
    for roster in rosters:
        if roster.week == this and roster.pk in filled:
            roster.state, roster.published_by, roster.published_at = "published", roster.made_by, now
            roster.version += 1
    published = [roster for roster in rosters if roster.is_published]
    Roster.objects.bulk_update(published, ["state", "published_by", "published_at", "version"])
    for roster in published:
        if roster.site_id in managers:
            tell(platform_user(), roster)
