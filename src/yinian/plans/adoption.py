"""Making a plan out of a document: from each accepted or mended item the row that is driven from then on.

Adopting twice makes nothing twice; what was accepted since the last time is added.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.models import User
from yinian.engines.entitlement import SupervisionRules
from yinian.plans import rules
from yinian.plans.documents.models import LIVE, Item, PlanDocument
from yinian.plans.documents.queries import get_document
from yinian.plans.projects.models import Project, ProjectFund
from yinian.plans.targets.models import Comparator, Standard, Target
from yinian.plans.tasks.models import Task, TaskUnit, Turn
from yinian.plans.units.actions import Matcher, towns_of

ENUMERATED = 5  # the level of 一是, 二是 (docs/plantext.md): no heading to gather tasks under
TITLE = 40  # characters of a title made from a sentence
_ENUMERATOR = re.compile(r"^(?:[一二三四五六七八九十]+是|[(（][一二三四五六七八九十\d]+[)）]|\d+[.．、]|[①-⑳])\s*")
_BRACKET = re.compile(r"[(（][^()（）]*[)）]")
_WHEN = re.compile(r"^(?:到|至|在)?(?:20\d\d年|每年|每季度|每月|今年|年内|\d+月)[^,，。;；]{0,12}[,，]")
_PAUSE = re.compile(r"[,，。;；:：\n]")


@dataclass
class Made:
    """How many rows an adoption added of each kind, and how many names of units nobody has assigned yet."""

    tasks: int = 0
    targets: int = 0
    standards: int = 0
    projects: int = 0
    unknown_units: int = 0
    left: list[str] = field(default_factory=list)  # quotes of items of which no row could be made

    @property
    def total(self) -> int:
        return self.tasks + self.targets + self.standards + self.projects


def adopt(actor: User, document: PlanDocument | int) -> Made:
    """Make the rows of a document's accepted items that are not there yet, and mark the document as adopted.

    Raises :class:`Refused` for a document still being read or withdrawn, or of which nothing was accepted.
    """
    pk = document if isinstance(document, int) else document.pk
    found = get_document(actor, pk, "plans.drive")
    actor.require("plans.drive", found.region_id)
    with transaction.atomic():
        locked = PlanDocument.objects.select_for_update(of=("self",)).defer("text").get(pk=found.pk)
        if locked.state not in (PlanDocument.State.IN_REVIEW, PlanDocument.State.ADOPTED):
            raise Refused(_("Only a document under review can be adopted."))
        items = list(
            Item.objects.filter(document=locked, state__in=LIVE).exclude(kind=Item.Kind.OUTLINE)
            .order_by("start", "pk")
        )
        if not items:
            raise Refused(_("Nothing of this document was accepted yet; review it first."))
        held = _held(locked)
        made = _Adoption(actor, locked).make([item for item in items if item.pk not in held])
        if locked.state != PlanDocument.State.ADOPTED:
            locked.state, locked.adopted_by, locked.adopted_at = PlanDocument.State.ADOPTED, actor, timezone.now()
            locked.version += 1
            locked.save(update_fields=["state", "adopted_by", "adopted_at", "version"])
        record(actor, "plans.adopt", locked, region=locked.region_id, detail={
            "tasks": made.tasks, "targets": made.targets, "standards": made.standards, "projects": made.projects,
            "left": len(made.left)})
    return made


def _held(document: PlanDocument) -> set[int]:
    """The items of which rows were made already."""
    return {
        pk for model in (Task, Target, Standard, Project)
        for pk in model.objects.filter(document=document, item__isnull=False).values_list("item_id", flat=True)
    }


def short_title(quote: str) -> str:
    """A name for a sentence: without its enumerator, brackets and time, up to its first pause of some length."""
    text = _BRACKET.sub("", _ENUMERATOR.sub("", "".join(quote.split())))
    text = _WHEN.sub("", text) or text
    pause = next((m.start() for m in _PAUSE.finditer(text) if m.start() >= 6), None)
    return text[:pause][:TITLE] or quote[:TITLE]


class _Adoption:
    """One run over the new items of a document."""

    def __init__(self, actor: User, document: PlanDocument) -> None:
        self.actor, self.document, self.today = actor, document, timezone.localdate()
        self.rules: SupervisionRules = rules.rules_for(document.region_id)
        towns_of(actor, document.region_id)
        self.matcher = Matcher(document.region_id)
        reading = getattr(document, "reading", None)
        self.blocks = {block["start"]: block for block in (reading.output.get("units", []) if reading else [])}
        self.headings = {one.pk: one for one in Item.objects.filter(document=document, kind=Item.Kind.OUTLINE)}
        self.made = Made()

    def make(self, items: Iterable[Item]) -> Made:
        tasks: list[tuple[Task, Item]] = []
        for item in items:
            if item.kind == Item.Kind.TASK:
                tasks.append((self._task(item), item))
            elif item.kind == Item.Kind.PROJECT:
                self._project(item)
            elif item.kind == Item.Kind.MONEY:
                self._money(item)
            elif item.kind in (Item.Kind.TARGET, Item.Kind.STANDARD):
                self._figure(item)
        Task.objects.bulk_create([task for task, _item in tasks])
        parts = [part for task, item in tasks for part in self._units(task, item.data)]
        TaskUnit.objects.bulk_create(parts)
        Turn.objects.bulk_create([turn for task, item in tasks for turn in self._turns(task, item.data)])
        self.made.tasks = len(tasks)
        self.made.unknown_units = len({part.surface for part in parts if part.unit_id is None})
        return self.made

    def _base(self, item: Item) -> dict[str, Any]:
        section = self.headings.get(item.parent_id or 0)
        while section is not None and section.data.get("level", 1) >= ENUMERATED and section.parent_id in self.headings:
            section = self.headings[section.parent_id]
        return {"document": self.document, "item": item, "section": section, "place": item.start}

    # Tasks.

    def _task(self, item: Item) -> Task:
        deadline = item.data.get("deadline") or {}
        kind = deadline.get("kind") or Task.Deadline.NONE
        rule = str(deadline.get("rule") or rules.UNSPECIFIED)[:80] if kind == Task.Deadline.RECURRING else ""
        until = self.document.valid_until
        if until is None and self.document.period_to:
            until = dt.date(self.document.period_to, 12, 31)
        return Task(
            **self._base(item), title=str(item.data.get("title") or short_title(item.quote))[:200], deadline=kind,
            deadline_words=str(deadline.get("raw") or "")[:120], rule=rule, until=until if rule else None,
            evidence_count=1, created_by=self.actor,
        )

    def _units(self, task: Task, data: Mapping[str, Any]) -> list[TaskUnit]:
        roles = self._roles(data)
        named: list[tuple[str, str]] = [(name, TaskUnit.Role.LEAD) for name in data.get("lead_units") or []]
        named += [(name, TaskUnit.Role.ASSIST) for name in data.get("assist_units") or []]
        named += [(name, roles.get(name, TaskUnit.Role.RESPONSIBLE)) for name in data.get("responsible_units") or []]
        found: list[TaskUnit] = []
        seen: set[int] = set()
        unknown: set[str] = set()
        for surface, role in named:
            surface = surface.strip()[:120]
            units = self.matcher.find(surface)
            for unit in units:
                if unit.pk not in seen:
                    seen.add(unit.pk)
                    found.append(TaskUnit(task=task, unit=unit, surface=surface, role=role))
            if not units and surface and surface not in unknown:
                unknown.add(surface)
                found.append(TaskUnit(task=task, surface=surface, role=role))
        return found

    def _roles(self, data: Mapping[str, Any]) -> dict[str, str]:
        """The roles that the block of a task gives to its names: joint and territorial are told apart only there."""
        place = data.get("units_from")
        block = self.blocks.get(place[0]) if place else None
        found: dict[str, str] = {}
        for member in block["members"] if block else ():
            for name in (member.get("surface"), member.get("name")):
                if name:
                    found[name] = member["role"]
        return found

    def _turns(self, task: Task, data: Mapping[str, Any]) -> list[Turn]:
        begins = self.document.issued_on or self.today
        if task.deadline == Task.Deadline.RECURRING:
            since = max(begins, self.today)
            due = rules.next_due(task.rule, since - dt.timedelta(days=1), self.rules.vague.value)
            return [self._turn(task, 1, since, due)]
        days = _milestones(data) if task.deadline == Task.Deadline.BY else []
        if len(days) < 2:
            deadline = data.get("deadline") or {}
            return [self._turn(task, 1, begins, _day(deadline.get("iso")))]
        return [self._turn(task, n, begins, day, words) for n, (day, words) in enumerate(days, 1)]

    def _turn(self, task: Task, number: int, begins: dt.date, due: dt.date | None, words: str = "") -> Turn:
        begins = begins if due is None else min(begins, due)
        kept = rules.days(self.rules, due, max(begins, self.today))
        return Turn(task=task, number=number, words=words[:120], begins_on=begins, due_on=due,
                    amber_on=kept.amber_on, quiet_on=kept.quiet_on)

    # Figures.

    def _figure(self, item: Item) -> None:
        data = item.data
        value = _decimal(data.get("value"))
        if value is None:
            self.made.left.append(item.quote)
            return
        title = str(data.get("indicator") or short_title(item.quote))[:200]
        unit, per = str(data.get("unit") or "")[:30], str(data.get("per") or "")[:60]
        high = _decimal(data.get("value_max"))
        comparator = str(data.get("comparator") or Comparator.EQUAL)
        if item.kind == Item.Kind.STANDARD:
            low = None if comparator in (Comparator.AT_MOST, Comparator.LESS) else value
            top = high if high is not None else value if comparator in (Comparator.AT_MOST, Comparator.LESS,
                                                                        Comparator.EQUAL) else None
            Standard.objects.create(**self._base(item), title=title, low=low, high=top, unit=unit, per=per)
            self.made.standards += 1
            return
        deadline = data.get("deadline") or {}
        binding = data.get("binding")
        Target.objects.create(
            **self._base(item), title=title, comparator=comparator if comparator in Comparator.values else "=",
            value=value, value_max=high, unit=unit, per=per, due_on=_day(deadline.get("iso")),
            deadline_words=str(deadline.get("raw") or "")[:120],
            binding=binding if binding in Target.Binding.values else Target.Binding.UNSAID,
        )
        self.made.targets += 1

    def _money(self, item: Item) -> None:
        low, high = (_fen(item.data.get(key)) for key in ("amount_min", "amount_max"))
        if low is None and high is None:
            self.made.left.append(item.quote)
            return
        Standard.objects.create(
            **self._base(item), title=short_title(item.quote)[:200], is_money=True, low=low, high=high,
            per=str(item.data.get("basis") or "")[:60],
        )
        self.made.standards += 1

    def _project(self, item: Item) -> None:
        data = item.data
        total = data.get("total_fen")
        owner = str(data.get("owner") or "")[:120]
        named = self.matcher.find(owner) if owner else []
        project = Project.objects.create(
            **self._base(item), number=str(data.get("number") or "")[:20], group=str(data.get("group") or "")[:120],
            name=str(data.get("name") or short_title(item.quote))[:200], nature=str(data.get("nature") or "")[:40],
            owner=owner, unit=named[0] if len(named) == 1 else None, content=str(data.get("content") or ""),
            start_year=data.get("start_year"), end_year=data.get("end_year"), total_fen=total,
            planned_fen=data.get("planned_fen"), note=str(data.get("note") or "")[:300],
        )
        if total:
            private = round(Decimal(str(data.get("private_share") or 0)) * total)
            ProjectFund.objects.bulk_create(
                ProjectFund(project=project, source=source, amount_fen=amount)
                for source, amount in (("private", private), ("unassigned", total - private)) if amount > 0
            )
        self.made.projects += 1


def _milestones(data: Mapping[str, Any]) -> list[tuple[dt.date, str]]:
    """The days of a sentence that names several, each with its words."""
    found: dict[dt.date, str] = {}
    for deadline in data.get("deadlines") or []:
        day = _day(deadline.get("iso")) if deadline.get("kind") == "by" else None
        if day is not None:
            found.setdefault(day, str(deadline.get("raw") or ""))
    return sorted(found.items())


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, bool) else Decimal(str(value))


def _fen(yuan: Any) -> Decimal | None:
    value = _decimal(yuan)
    return None if value is None else (value * 100).quantize(Decimal(1))
