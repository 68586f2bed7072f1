"""A small adopted plan, in our own words: two one-off tasks, one that recurs, a target, a standard, two projects."""

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from PIL import Image

from tests import cast as people
from tests.plans.documents.making import make_document
from yinian.core.roles import Role
from yinian.plans import adoption
from yinian.plans.models import Item, PlanDocument, Task, Turn, UnitUser
from yinian.plans.tasks import actions as tasks
from yinian.plans.units import actions as units

TEXT = (
    "一、主要任务\n"
    "一是办好社区助餐点。由市民政局牵头,市财政局配合。\n"
    "二是改造困难老年人家庭。由市民政局、市住建局按职责分工负责。\n"
    "三是每季度开展养老机构安全检查。市应急管理局牵头,各乡镇、街道配合。\n"
    "四是到2027年底,护理型床位占比达到60%以上。\n"
    "五是每个助餐点补助5000元。\n"
    "六是新建中心敬老院,总投资3000万元。\n"
    "七是改建旧敬老院,总投资200万元。\n"
)
HEADING = "一、主要任务"


def png(colour: str = "white") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), colour).save(out, "PNG")
    out.seek(0)
    out.name = "现场.png"
    return out


def item(document: PlanDocument, actor: Any, words: str, kind: str, data: dict[str, Any], parent: Item | None = None,
         state: str = "accepted") -> Item:
    start = document.text.index(words)
    reviewed = {} if state == "found" else {"reviewed_by": actor, "reviewed_at": timezone.now()}
    return Item.objects.create(
        document=document, kind=kind, start=start, end=start + len(words), quote=words, data=data, parent=parent,
        state=state, **reviewed,
    )


def by(day: dt.date) -> dict[str, Any]:
    return {"raw": f"{day.year}年{day.month}月底前", "kind": "by", "iso": day.isoformat()}


def items(document: PlanDocument, actor: Any, due: dt.date, late: dt.date) -> dict[str, Item]:
    head = item(document, actor, HEADING, "outline", {"level": 1, "label": "一、", "title": "主要任务"})
    return {
        "meals": item(document, actor, "一是办好社区助餐点", "task", {
            "deadline": by(due), "lead_units": ["市民政局"], "assist_units": ["市财政局"], "responsible_units": [],
        }, head),
        "homes": item(document, actor, "二是改造困难老年人家庭", "task", {
            "deadline": by(late), "lead_units": [], "assist_units": [],
            "responsible_units": ["市民政局", "市住建局"]}, head),
        "safety": item(document, actor, "三是每季度开展养老机构安全检查", "task", {
            "deadline": {"raw": "每季度", "kind": "recurring", "rule": "FREQ=MONTHLY;INTERVAL=3"},
            "lead_units": ["市应急管理局"], "assist_units": ["各乡镇、街道"], "responsible_units": []}, head),
        "beds": item(document, actor, "护理型床位占比达到60%以上", "target", {
            "indicator": "护理型床位占比", "comparator": ">=", "value": 60, "unit": "%",
            "deadline": {"raw": "到2027年底", "kind": "by", "iso": "2027-12-31"}}, head),
        "pay": item(document, actor, "每个助餐点补助5000元", "money", {
            "amount_min": 5000, "amount_max": 5000, "basis": "每个助餐点"}, head),
        "build": item(document, actor, "六是新建中心敬老院,总投资3000万元", "project", {
            "name": "中心敬老院", "nature": "新建", "owner": "市民政局", "start_year": 2026, "end_year": 2027,
            "total_fen": 3_000_000_000, "planned_fen": 3_000_000_000, "private_share": 0.25}, head),
        "rebuild": item(document, actor, "七是改建旧敬老院,总投资200万元", "project", {
            "name": "旧敬老院", "nature": "改建", "start_year": 2026, "end_year": 2026,
            "total_fen": 200_000_000}, head),
    }


def make_plan(cast: SimpleNamespace, due_in: int = 60, late_by: int = 10) -> SimpleNamespace:
    """An adopted plan with units that speak: ``finance`` (市财政局, unit officer), ``bureau`` for 市民政局."""
    today = timezone.localdate()
    document = make_document(cast.bureau, text=TEXT, issued_on=today - dt.timedelta(days=200))
    found = items(document, cast.bureau, today + dt.timedelta(days=due_in), today - dt.timedelta(days=late_by))
    cast.second = people.make_user("second", Role.BUREAU_OFFICER)
    cast.money = people.make_user("money", Role.UNIT_OFFICER)
    cast.civil = people.make_user("civil", Role.UNIT_OFFICER)
    bureau = units.save_unit(cast.bureau, people.COUNTY, "市民政局", "department", ["民政部门"])
    money = units.save_unit(cast.bureau, people.COUNTY, "市财政局", "department")
    units.name_speaker(cast.bureau, bureau.pk, cast.civil)
    units.name_speaker(cast.bureau, money.pk, cast.money)
    made = adoption.adopt(cast.bureau, document)
    rows = {name: Task.objects.filter(item=one).first() for name, one in found.items()}
    return SimpleNamespace(document=document, items=found, made=made, civil=bureau, money=money, today=today, **{
        f"{name}_task": task for name, task in rows.items() if task is not None
    })


def turn_of(task: Task) -> Turn:
    return Turn.objects.filter(task=task).latest("number")


def reported(cast: SimpleNamespace, plan: SimpleNamespace) -> Turn:
    """The meals, reported as done with evidence by the assisting unit."""
    turn = turn_of(plan.meals_task)
    tasks.report(cast.money, turn.pk, plan.money.pk, "资金已拨付", 100, finished=True, files=[png()])
    return turn_of(plan.meals_task)


def speakers(unit: Any) -> int:
    return UnitUser.objects.filter(unit=unit, ended_at__isnull=True).count()
