"""The demo's decisions: two months approved, the present one under way, grants suspended, applications at every stage.

All goes through the rooms' own actions, by different people, as a county would do it.
"""

import datetime as dt
import io
from collections.abc import Iterator

from django.utils import timezone
from PIL import Image

from yinian.core.errors import Refused
from yinian.core.jobs import actions as jobs
from yinian.core.models import Job, Posting, Region, User
from yinian.core.roles import Role
from yinian.demo import past
from yinian.entitlements import packs
from yinian.entitlements.applications import actions as applying
from yinian.entitlements.applications import deciding, inviting, refusals
from yinian.entitlements.applications import procedure as way
from yinian.entitlements.cycles import actions as cycling
from yinian.entitlements.cycles import approval, opening
from yinian.entitlements.determinations import actions as changing
from yinian.entitlements.explaining import finding_of
from yinian.entitlements.models import Application, Cycle, Determination, Intake
from yinian.people.models import Person
from yinian.people.representatives.queries import standing as acting

PAST, PRESENT = 2, 3  # services of a month: enough to see, few enough to build fast
# What the county has opened for application, of those that its pack has.
OPENED = ("disability-nursing-allowance", "disability-living-allowance", "elderly-service-subsidy", "dibao-support")
NOTICED = "dibao-support"  # the one among them that is put up in public
OPENER, CHECKER, APPROVER = "minzheng", "fuhe", "shenpi"


def _do(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"{job.kind} ended as {job.state}: {job.error}")
    return job


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _officer(region: str, role: Role) -> User | None:
    posting = Posting.objects.filter(region=region, role=role).select_related("user").order_by("user_id").first()
    return posting.user if posting else None


def months_before(day: dt.date) -> tuple[dt.date, dt.date, dt.date]:
    """The first days of the two months before, and of this one."""
    this = day.replace(day=1)
    last = (this - dt.timedelta(days=1)).replace(day=1)
    return (last - dt.timedelta(days=1)).replace(day=1), last, this


def _open(county: str, month: dt.date, count: int) -> list[Cycle]:
    pack = packs.in_force(county, month).pack
    services = [one.service.id for one in opening.plan_of(pack, county, month).services][:count]
    if not services:
        return []
    job = _do(opening.open_cycles(_user(OPENER), county, month, services))
    return list(Cycle.objects.filter(pk__in=job.result["cycles"]).order_by("pk"))


def _finish(cycle: Cycle, towns: int | None = None) -> None:
    """Let the first ``towns`` (all) towns accept what is left and finish; the demo's own town comes last."""
    own = Posting.objects.filter(user__username="xiangzhen").values_list("region_id", flat=True).first()
    waiting = sorted(cycle.towns.filter(done_at__isnull=True), key=lambda review: (review.region_id == own, review.pk))
    for review in waiting[:towns]:
        officer = _officer(review.region_id, Role.TOWN_OFFICER)
        if officer is not None:
            cycling.finish_town(officer, cycle.pk, review.region_id, review.version, accept_rest=True)


def past_months(county: Region, day: dt.date) -> None:
    """The two months before: opened, reviewed, checked and approved, with a line held and a few grants suspended."""
    for place, month in enumerate(months_before(day)[:2]):
        with past.on(month + dt.timedelta(days=3)):
            cycles = _open(county.code, month, PAST)
        with past.on(month + dt.timedelta(days=6)):
            if place and cycles:
                _hold_one(cycles[0])
            for cycle in cycles:
                _finish(cycle)
        for cycle in cycles:
            cycle.refresh_from_db()
            with past.on(month + dt.timedelta(days=8)):
                cycling.check(_user(CHECKER), cycle.pk, cycle.version)
            cycle.refresh_from_db()
            with past.on(month + dt.timedelta(days=9)):
                _do(approval.approve(_user(APPROVER), cycle.pk, cycle.version))
        if place == 0:
            with past.on(month + dt.timedelta(days=20)):
                _suspend(county.code)


def _hold_one(cycle: Cycle) -> None:
    line = cycle.lines.filter(why="").exclude(change="stopped").order_by("region_code", "pk").first()
    officer = None if line is None else _officer(line.region_code[:9], Role.TOWN_OFFICER)
    if line is not None and officer is not None:
        cycling.hold(officer, cycle.pk, [line.pk], "银行账户信息待核实")


def _suspend(county: str) -> None:
    """A few grants: suspended, stopped, and two changes that wait for the checker."""
    wanted = (("suspend", "连续两月未通过生存认证", True), ("suspend", "家属反映本人长期在外，待核实", True),
              ("stop", "本人书面放弃", True), ("suspend", "银行账户异常", False), ("stop", "户籍拟迁出", False))
    grants = list(Determination.objects.filter(region_code__startswith=county, state="in_force").order_by("pk")[:60])
    for grant, (kind, reason, decided) in zip(grants[::7], wanted, strict=False):
        officer = _officer(grant.region_code[:9], Role.TOWN_OFFICER)
        if officer is None:
            continue
        made = changing.propose(officer, grant.pk, kind, timezone.localdate(), reason)
        if decided:
            changing.confirm(_user(CHECKER), made.pk, made.version)


def open_services(county: Region) -> None:
    """Open the services for application; the next run invites."""
    pack = packs.in_force(county.code).pack
    known = {service.id for service in pack.services if service.apply == "on_application"}
    for name in OPENED:
        if name in known:
            try:
                _intake, job = inviting.open_intake(_user(OPENER), county.code, name)
            except Refused:
                continue
            if job is not None:
                _do(job)


def present(county: Region, day: dt.date) -> None:
    """This month under way at different stages, and applications at every stage."""
    cycles = _open(county.code, months_before(day)[2], PRESENT)
    for place, cycle in enumerate(cycles):
        if place == 0:
            _finish(cycle, max(1, cycle.towns.count() // 2))
        else:
            _finish(cycle)
        if place == 2:
            cycle.refresh_from_db()
            if cycle.state == Cycle.State.TOWN_REVIEWED:
                cycling.check(_user(CHECKER), cycle.pk, cycle.version)
    _applications(county, day)


def _photo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "PNG")
    out.seek(0)
    return out


def _candidates(county: str) -> Iterator[Application]:
    """Invited people of villages with a worker, those of the demo's own village and town first."""
    village = Posting.objects.filter(user__username="cun").values_list("region_id", flat=True).first() or county
    seen: set[int] = set()
    for prefix in (village, village[:9], county):
        rows = Application.objects.filter(state="invited", region__code__startswith=prefix).order_by("pk")
        for row in rows.select_related("person")[:80]:
            if row.pk not in seen and row.person.state == Person.State.LIVING:
                seen.add(row.pk)
                yield row


def _applications(county: Region, day: dt.date) -> None:
    stages = ("on", "approved", "refused", "town", "returned", "draft", "against", "on", "approved", "withdrawn",
              "town", "on")
    begun = day - dt.timedelta(days=12)
    for invited, stage in zip(_candidates(county.code), stages, strict=False):
        with past.on(begun):
            _bring(invited.person, invited.service_id, stage)
    with past.on(day - dt.timedelta(days=2)):
        for person in _of_households_on_allowance(county.code):
            _bring(person, NOTICED, "on")
    with past.on(day - dt.timedelta(days=1)):
        _by_phone(county.code)
        _objected(county.code)
        _against_refusals(county.code)


def _by_phone(county: str) -> None:
    """What the demo's family account hands in from its phone: one goes to the village, one is still being filled in."""
    family = User.objects.filter(postings__role=Role.MEMBER).order_by("pk").first()
    if family is None:
        return
    opened = Intake.objects.filter(region=county, closed_at__isnull=True).order_by("pk")
    names = list(opened.values_list("service_id", flat=True))
    begun = 0
    for person in (one.person for one in acting().filter(user=family).select_related("person").order_by("pk")):
        # What the rule would grant, or cannot say yet, before what it would refuse.
        says = {name: finding_of(person, name)["status"] in ("due", "check") for name in names}
        for name in sorted(names, key=lambda one, says=says: not says[one]):  # type: ignore[misc]
            try:
                made = applying.begin_own(family, person.pk, name)
            except Refused:
                continue
            begun += 1
            if begun > 1:
                return
            for paper in way.wanted(made.procedure, made.medium):
                if paper["required"]:
                    applying.add_paper(family, made.pk, paper["id"], _photo(), own=True)
            applying.lodge(family, made.pk, made.version, {}, own=True)
            break


def _objected(county: str) -> None:
    """Neighbours object while an application is on public notice: one objection open, one looked into."""
    noticed = Application.objects.filter(state="notice", region__code__startswith=county).order_by("pk")
    for place, made in enumerate(noticed[:2]):
        worker = _officer(made.region_id[:12], Role.VILLAGE_WORKER)
        if worker is None:
            continue
        objection = applying.record_objection(worker, made.pk, "反映该户近期有稳定收入，请核实（合成数据）", "", None)
        if place:
            applying.settle_objection(_user(CHECKER), objection.pk, objection.version, "dismissed",
                                      "入户核查并比对收入数据，未发现稳定收入，异议不成立")


def _against_refusals(county: str) -> None:
    """The family of somebody refused objects within its days; it waits on the county's desk."""
    for made in Application.objects.filter(state="refused", region__code__startswith=county).order_by("pk")[:1]:
        worker = _officer(made.region_id[:12], Role.VILLAGE_WORKER)
        if worker is not None and refusals.may_object(made):
            refusals.object_to(worker, made.pk, "本人残疾证已换发，等级有变化，请重新核查（合成数据）", "儿子", None)


def _of_households_on_allowance(county: str) -> list[Person]:
    """A few for whom a service with public notice can be applied for."""
    if not Intake.objects.filter(region=county, service_id=NOTICED, closed_at__isnull=True).exists():
        return []
    return list(
        Person.objects.filter(
            region__code__startswith=county, state=Person.State.LIVING, merged_into__isnull=True, spells__kind="relief",
            spells__value="dibao", spells__retracted_at__isnull=True, spells__valid__endswith__isnull=True,
        ).exclude(applications__service_id=NOTICED).order_by("pk").distinct()[:3]
    )


def _bring(person: Person, service_id: str, stage: str) -> None:
    worker = _officer(person.region_id[:12], Role.VILLAGE_WORKER)
    town = _officer(person.region_id[:9], Role.TOWN_OFFICER)
    if worker is None or town is None:
        return
    made = applying.begin(worker, person.pk, service_id, "village")
    if stage == "draft":
        return
    for paper in way.wanted(made.procedure, made.medium):
        if paper["required"]:
            applying.add_paper(worker, made.pk, paper["id"], _photo())
    made = applying.lodge(worker, made.pk, made.version, {})
    tests = made.finding["tests"]
    if stage == "withdrawn":
        applying.withdraw(worker, made.pk, made.version, "本人不愿申请")
    elif stage == "returned":
        applying.send_back(town, made.pk, made.version, ["form"], "申请表未签名，请补签后重新拍照")
    elif stage == "against":
        applying.against(town, made.pk, made.version, "入户核实，与登记情况不符", tests[-1]["id"])
    elif stage in ("on", "approved", "refused"):
        made = applying.pass_on(town, made.pk, made.version, "材料齐全，情况属实")
        if made.state == Application.State.COUNTY and stage == "approved":
            deciding.approve(_user(CHECKER), made.pk, made.version)
        elif made.state == Application.State.COUNTY and stage == "refused":
            deciding.refuse(_user(CHECKER), made.pk, made.version, "数据比对发现不符合条件", tests[-1]["id"])
