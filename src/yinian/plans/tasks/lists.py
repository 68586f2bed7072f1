"""The list of tasks: one row a task, standing at the turn that counts today."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.lists import Bulk, Column, Filter, ListView
from yinian.core.models import User
from yinian.plans.common import plan_choices
from yinian.plans.desks import ROOM
from yinian.plans.documents.models import Item
from yinian.plans.tasks import colours, turnwords
from yinian.plans.tasks.models import Task, TaskUnit, Turn
from yinian.plans.tasks.queries import attach_units
from yinian.plans.units.models import Unit
from yinian.plans.units.queries import spoken_for

# Whoever asks for any of these means the finished ones too.
ASKED = ("q", "colour", "lead", "unit", "section", "state", "since", "until", "month", "undated", "all")
STATE_TONES = {"open": "mute", "returned": "warn", "reported": "info", "confirmed": "info", "checked": "ok",
               "dropped": "mute"}


def state_badge(turn: Turn) -> tuple[str, str]:
    return str(turn.get_state_display()), STATE_TONES[turn.state]


def section_words(item: Item | None) -> str:
    """A heading as a list shows it: label and title."""
    if item is None:
        return ""
    return f"{item.data.get('label', '')}{item.data.get('title', '')}" if item.data else item.quote


def _search(rows: QuerySet[Turn], text: str) -> QuerySet[Turn]:
    unit = Exists(TaskUnit.objects.filter(task=OuterRef("task")).filter(
        Q(surface__contains=text) | Q(unit__name__contains=text)))
    return rows.filter(Q(task__title__contains=text) | Q(task__item__quote__contains=text) | unit)


def by_unit(rows: QuerySet[Turn], value: str) -> QuerySet[Turn]:
    return rows.filter(Exists(TaskUnit.objects.filter(task=OuterRef("task"), unit=int(value))))


def by_lead(rows: QuerySet[Turn], value: str) -> QuerySet[Turn]:
    """The tasks a unit answers for, rather than helps with."""
    return rows.filter(Exists(
        TaskUnit.objects.filter(task=OuterRef("task"), unit=int(value)).exclude(role=TaskUnit.Role.ASSIST)))


def unit_choices(actor: User) -> list[tuple[int, str]]:
    """The units that have a part in what the actor sees."""
    found = Unit.objects.filter(pk__in=TaskUnit.objects.filter(unit__isnull=False).values("unit"))
    if actor.may("plans.area"):
        found = found.filter(actor.scope("plans.area").q("region__code"))
    else:
        found = found.filter(pk__in=spoken_for(actor))
    return list(found.order_by("kind", "pk").values_list("pk", "name"))


def section_choices(plan: int | None) -> list[tuple[int, str]]:
    """The headings under which tasks of a plan stand."""
    if plan is None:
        return []
    rows = Item.objects.filter(
        pk__in=Task.objects.filter(document=plan, section__isnull=False).values("section")
    ).order_by("start").only("data", "quote")
    return [(row.pk, section_words(row)[:40]) for row in rows]


def _month(rows: QuerySet[Turn], value: str) -> QuerySet[Turn]:
    year, _dash, month = value.partition("-")
    return rows.filter(due_on__year=int(year), due_on__month=int(month))


def task_list(plan: int | None, bulk: bool) -> ListView:
    today = timezone.localdate()
    return ListView(
        title=_("Tasks of plans"),
        columns=[
            Column("task", _("Task"), lambda t: t.task.title, sort="task__title"),
            Column("colour", _("How it stands"), colours.badge, kind="badge", sort="rank"),
            Column("due", _("Deadline"), lambda t: t.due_on, kind="day", sort="due_on"),
            Column("percent", _("Percent done"), lambda t: t.percent, kind="number", sort="percent"),
            Column("lead", _("Lead or responsible"), lambda t: t.lead_words),
            Column("assist", _("Assisting"), lambda t: t.assist_words, default=False),
            Column("state", _("Stage"), state_badge, kind="badge", sort="state"),
            Column("reported", _("Last report"), lambda t: t.reported_on, kind="day", sort="reported_on"),
            Column("section", _("Heading"), lambda t: section_words(t.task.section), default=False),
            Column("words", _("Deadline as written"), lambda t: t.words or t.task.deadline_words, default=False),
            Column("turn", _("Turn"), turnwords.words, default=False),
            Column("plan", _("Plan"), lambda t: t.task.document.title, sort="task__document__title", default=False),
            Column("place", _("Order of the plan"), lambda t: t.task.place, kind="number", sort="task__place",
                   default=False),
        ],
        filters=[
            Filter("plan", _("Plan"), lambda qs, v: qs.filter(task__document=int(v)), plan_choices),
            Filter("colour", _("How it stands"), lambda qs, v: qs.filter(colour=v),
                   lambda actor: [(name, colours.WORDS[name]) for name in colours.ORDER]),
            Filter("lead", _("Led by"), by_lead, unit_choices),
            Filter("unit", _("With a part of"), by_unit, unit_choices),
            Filter("section", _("Heading"), lambda qs, v: qs.filter(task__section=int(v)),
                   lambda actor: section_choices(plan), hidden=plan is None),
            Filter("state", _("Stage"), lambda qs, v: qs.filter(state=v), lambda actor: Turn.State.choices),
            Filter("since", _("Due from"), lambda qs, v: qs.filter(due_on__gte=v), kind="date_from"),
            Filter("until", _("Due until"), lambda qs, v: qs.filter(due_on__lte=v), kind="date_to"),
            Filter("month", _("Due in"), _month, lambda actor: [
                (f"{year}-{month:02d}", f"{year}-{month:02d}")
                for year in range(today.year - 5, today.year + 11) for month in range(1, 13)], hidden=True),
            Filter("undated", _("Without a deadline"), lambda qs, v: qs.filter(due_on__isnull=True), kind="bool",
                   hidden=True),
            Filter("all", _("Finished ones too"), lambda qs, v: qs, kind="bool"),
            Filter("recurring", _("Recurring"), lambda qs, v: qs.filter(task__deadline=Task.Deadline.RECURRING),
                   kind="bool"),
        ],
        search=_search,
        search_hint=_("Words of the task or a unit"),
        default_sort=("due_on", "asc"),
        excel_right="plans.export",
        region_field="task__document__region__code",
        row_url=lambda t: reverse("plans:task", args=[t.task_id]),
        per_row=attach_units,
        bulk=[Bulk(_("Put on the desks of their units"), reverse("plans:remind"), "primary")] if bulk else [],
        empty=_("No task is being driven here yet"),
        empty_text=_("Import a plan document, review what was read from it, and adopt it."),
        key="plans:tasks",
        desk=(ROOM, "tasks"),
    )
