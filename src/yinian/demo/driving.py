"""The demo's plan as it is driven: adopted when it was issued, reported and checked since, with what is late and why.

Reports, evidence and values are synthetic and say so; which task stands how follows from its deadline alone. Everything
goes through the room's own actions, each on the day it would have happened.
"""

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from yinian.core.models import Region, User
from yinian.demo import past
from yinian.plans import adoption
from yinian.plans.meetings import actions as meetings
from yinian.plans.models import PlanDocument, Project, Target, Task, TaskUnit, Turn, Unit
from yinian.plans.projects import actions as projects
from yinian.plans.reports import dispatches, letters
from yinian.plans.targets import actions as targets
from yinian.plans.tasks import actions, nightly
from yinian.plans.units import actions as units
from yinian.plans.units.queries import unmatched

ADOPTED_AFTER = 14  # days from the issue of the plan to its adoption
LATE_EVERY, LATE_BY = 6, 18  # of the tasks that fell due every sixth was done so many days late
SETTLED = dt.timedelta(days=200)
STILL_OPEN = 2  # of the last that fell due so many are not done yet
DONE = ("已按要求完成，资料已归档。", "已完成并通过验收。", "已印发执行。", "已投入使用，运行正常。")
UNDER_WAY = ("正在推进，主体工作已过半。", "方案已定，正在组织实施。", "多数已完成，余下的正在收尾。")
SOURCE = "市养老服务指导中心月报（演示数据）"


@dataclass(frozen=True)
class Hands:
    """Who acts: the office, its second officer, and the officers of two units."""

    office: User
    second: User
    finance: User
    health: User


def drive(county: Region, document: PlanDocument, day: dt.date) -> None:
    """Bring a reviewed plan into the state a county would be in on ``day``."""
    people = {user.username: user for user in User.objects.filter(
        username__in=("minzheng", "fuhe", "caizhengju", "weijianju"))}
    hands = Hands(people["minzheng"], people["fuhe"], people["caizhengju"], people["weijianju"])
    began = min((document.issued_on or day) + dt.timedelta(days=ADOPTED_AFTER), day)
    with past.on(began):
        adoption.adopt(hands.office, document)
        finance, health = _units(hands, county.code)
    if day - began < SETTLED:
        return  # too young a plan to have a past
    lead = _most_leading(document)
    units.name_speaker(hands.office, lead.pk, hands.office)
    turns = list(
        Turn.objects.filter(task__document=document, due_on__isnull=False).exclude(task__deadline="recurring")
        .select_related("task").order_by("due_on", "pk")
    )
    over = [turn for turn in turns if turn.due_on and turn.due_on < day]
    for n, turn in enumerate(over[:-STILL_OPEN]):
        late = LATE_BY if n % LATE_EVERY == LATE_EVERY - 1 else -3 - n % 9
        due = turn.due_on or day
        _finish(hands, turn, _between(began, due + dt.timedelta(days=late), day), DONE[n % len(DONE)])
    for task in Task.objects.filter(document=document, deadline="recurring"):
        _turns_of(hands, task, day)
    open_ones = over[-STILL_OPEN:] + [turn for turn in turns if turn.due_on and turn.due_on >= day]
    _under_way(hands, open_ones, began, day, finance, health)
    _projects(hands.office, document, day)
    _targets(hands.office, document, day)
    _meeting(hands, document, day, finance, health, open_ones)
    _month(hands, document, day, finance)


def _between(first: dt.date, wanted: dt.date, last: dt.date) -> dt.date:
    return max(first, min(wanted, last))


def _picture(text: str) -> io.BytesIO:
    """A plain picture that says what it stands for."""
    out = io.BytesIO()
    picture = Image.new("RGB", (320, 200), "#e8efee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((12, 12, 307, 187), outline="#0f5f66", width=3)
    draw.text((28, 90), "DEMO " + text, fill="#0f5f66")
    picture.save(out, "PNG")
    out.seek(0)
    out.name = "佐证（演示）.png"
    return out


def _units(hands: Hands, region: str) -> tuple[Unit, Unit]:
    """Every name of the plan gets its unit; two of them an account."""
    for row in unmatched(hands.office):
        if row["task__document__region"] == region and TaskUnit.objects.filter(
            unit__isnull=True, surface=row["surface"], task__document__region=region
        ).exists():
            units.assign(hands.office, region, row["surface"], None, make=True)
    found = []
    for user, words in ((hands.finance, "财政局"), (hands.health, "卫健局")):
        unit = Unit.objects.filter(region=region, names__text=words).first() or units.save_unit(
            hands.office, region, words, Unit.Kind.DEPARTMENT)
        units.name_speaker(hands.office, unit.pk, user)
        found.append(unit)
    return found[0], found[1]


def _most_leading(document: PlanDocument) -> Unit:
    """The unit that leads most of the plan: the office's own."""
    leads = TaskUnit.objects.filter(task__document=document, role="lead", unit__isnull=False).select_related("unit")
    counts: dict[int, tuple[int, Unit]] = {}
    for part in leads:
        assert part.unit is not None
        counts[part.unit.pk] = (counts.get(part.unit.pk, (0, part.unit))[0] + 1, part.unit)
    return max(counts.values(), key=lambda pair: pair[0])[1]


def _lead(turn: Turn) -> Unit:
    part = (
        TaskUnit.objects.filter(task=turn.task_id, unit__isnull=False).exclude(role="assist").select_related("unit")
        .order_by("pk").first()
    )
    assert part is not None and part.unit is not None
    return part.unit


def _finish(hands: Hands, turn: Turn, on: dt.date, words: str) -> None:
    """The lead reports a turn as done with its evidence; some days later the second officer checks it."""
    with past.on(on):
        actions.report(hands.office, turn.pk, _lead(turn).pk, words, 100, finished=True,
                       files=[_picture(f"{turn.task_id}-{n + 1}") for n in range(turn.task.evidence_count)])
    turn.refresh_from_db()
    with past.on(on + dt.timedelta(days=2)):
        actions.check(hands.second, turn.pk, turn.version, "已看资料。")


def _turns_of(hands: Hands, task: Task, day: dt.date) -> None:
    """What recurs was done turn by turn until today."""
    for _n in range(40):
        turn = Turn.objects.filter(task=task).select_related("task").latest("number")
        if turn.due_on is None or turn.due_on >= day - dt.timedelta(days=3) or not turn.is_open:
            return
        _finish(hands, turn, turn.due_on - dt.timedelta(days=4), DONE[turn.number % len(DONE)])


def _under_way(
    hands: Hands, turns: Sequence[Turn], began: dt.date, day: dt.date, finance: Unit, health: Unit
) -> None:
    """Tasks being done: reported on of late, some silent for long, one waiting for the lead, one for the check."""
    waiting: list[tuple[User, Unit]] = [(hands.health, health), (hands.finance, finance)]
    for n, turn in enumerate(turns):
        percent = 40 + n * 17 % 50
        on = _between(began, day - dt.timedelta(days=5 + n * 9 % 24 if n % 5 != 2 else 70), day)
        with past.on(on):
            actions.report(hands.office, turn.pk, _lead(turn).pk, UNDER_WAY[n % len(UNDER_WAY)], percent, on=on)
        helper = next((pair for pair in waiting if TaskUnit.objects.filter(
            task=turn.task_id, unit=pair[1], role="assist").exists()), None)
        if helper is None or turn.due_on is None or turn.due_on < day:
            continue
        waiting.remove(helper)
        with past.on(day - dt.timedelta(days=2)):
            actions.report(helper[0], turn.pk, helper[1].pk, "我单位承担的工作已全部完成，请牵头单位确认。", 100,
                           finished=True, files=[_picture(str(turn.task_id))])
        if helper[0] == hands.finance:
            turn.refresh_from_db()
            with past.on(day - dt.timedelta(days=1)):
                actions.confirm(hands.office, turn.pk, turn.version)


def _projects(office: User, document: PlanDocument, day: dt.date) -> None:
    """Projects were built in their years; the last of them lags."""
    rows = list(Project.objects.filter(document=document).order_by("place"))
    for n, project in enumerate(rows):
        if project.end_year is None or project.total_fen is None:
            continue
        last = n == len(rows) - 1
        until = _between(document.issued_on or day, dt.date(project.end_year, 12, 20), day)
        for share, on in ((55, until - dt.timedelta(days=150)), (85 if last else 100, day - dt.timedelta(days=12)
                                                                 if last else until)):
            project.refresh_from_db()
            with past.on(max(on, document.issued_on or on)):
                projects.report(
                    office, project.pk, project.version, on=max(on, document.issued_on or on), percent=share,
                    spent_fen=project.total_fen * min(share, 96) // 100, text="按进度施工，质量安全受控（演示）。",
                    photos=[_picture(f"P{project.pk}")],
                )


def _targets(office: User, document: PlanDocument, day: dt.date) -> None:
    """Values by hand each half year on the way to each target."""
    start = document.issued_on or day
    for n, target in enumerate(Target.objects.filter(document=document)):
        end = min(target.due_on or day, day)
        for step, share in enumerate((0.45, 0.7, 0.9, 1.0 if n % 3 else 0.97), 1):
            on = start + (end - start) * step // 4
            value = target.value * round(share * 100) / 100
            whole = target.unit != "%" and target.value == int(target.value)
            with past.on(on):
                targets.report_value(
                    office, target.pk, value.to_integral_value() if whole else round(value, 1), on, SOURCE
                )


def _meeting(
    hands: Hands, document: PlanDocument, day: dt.date, finance: Unit, health: Unit, turns: Sequence[Turn]
) -> None:
    """A joint meeting eleven weeks ago: two tasks made, one of them overdue by now, and minutes issued."""
    on = day - dt.timedelta(days=77)
    if document.issued_on is not None and on <= document.issued_on:
        return
    with past.on(on):
        meeting = meetings.save(
            hands.office, document.pk, title="养老服务体系创新试点联席会议", held_on=on, venue="市民政局三楼会议室",
            chair="周敏", present="民政局、财政局、卫健局、住建局、市场监督管理局，各乡镇、街道分管负责人",
            minutes="会议听取了试点任务推进情况，分析了未按期完成任务的原因，研究了资金拨付和医养结合两个问题。",
        )
        meetings.decide(hands.office, meeting.pk, "make", "由财政局拨付互助养老点以奖代投资金，确保专款专用。",
                        title="拨付互助养老点以奖代投资金", due_on=day - dt.timedelta(days=27), lead=[finance])
        meetings.decide(hands.office, meeting.pk, "make", "由卫健局组织乡镇卫生院为入住老人免费体检并建档。",
                        title="为入住老人免费体检并建立健康档案", due_on=day + dt.timedelta(days=18), lead=[health])
        late = next((t for t in turns if t.due_on and t.due_on < on and Turn.objects.get(pk=t.pk).is_open), None)
        if late is not None:
            meetings.decide(hands.office, meeting.pk, "move", "受雨季施工影响，完成时限延至年底。",
                            task_pk=late.task_id, due_on=dt.date(day.year, 12, 31))
        meeting.refresh_from_db()
        meetings.issue(hands.office, meeting.pk, meeting.version)


def _month(hands: Hands, document: PlanDocument, day: dt.date, finance: Unit) -> None:
    """What the clock found, the letter that was sent, last month's dispatch report."""
    with past.on(day - dt.timedelta(days=20)):
        nightly.look_after(day - dt.timedelta(days=20))
        for letter in letters.visible_to(hands.office).filter(state="draft", unit=finance):
            letters.send(hands.office, letter.pk, letter.version, "请主要负责同志过问，尽快拨付到位。",
                         day + dt.timedelta(days=4))
    month = day.replace(day=1)
    before = (month - dt.timedelta(days=1)).replace(day=1)
    if document.issued_on is not None and before > document.issued_on:
        with past.on(min(day, month + dt.timedelta(days=3))):
            report = dispatches.draft(hands.office, document.pk, before)
            dispatches.issue(hands.office, report.pk, report.version)
    nightly.look_after(day)
