"""What the clock does with plans: next turns of what recurs, reminders, drafts of supervision letters."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from yinian.core.errors import Refused
from yinian.core.users.queries import platform_user
from yinian.plans import rules
from yinian.plans.documents.models import PlanDocument
from yinian.plans.reports import letters
from yinian.plans.tasks import asking
from yinian.plans.tasks.actions import go_on
from yinian.plans.tasks.models import Task, Turn


def look_after(today: dt.date | None = None) -> dict[str, int]:
    """Each night, and again any hour: safe to repeat. Returns how many turns began, were asked for, letters drafted."""
    actor, today = platform_user(), today or timezone.localdate()
    done = {"begun": 0, "asked": 0, "letters": 0}
    documents = PlanDocument.objects.filter(state=PlanDocument.State.ADOPTED).defer("text")
    for document in documents:
        try:
            ruled = rules.rules_for(document.region_id)
        except Refused:  # a county whose pack says nothing of it: nothing is asked in its name
            continue
        open_turns = (
            Turn.objects.filter(task__document=document, task__state=Task.State.RUNNING,
                                state__in=(Turn.State.OPEN, Turn.State.RETURNED))
            .select_related("task__document").defer("task__document__text").order_by("pk")
        )
        with transaction.atomic():
            for turn in open_turns.filter(task__deadline=Task.Deadline.RECURRING, due_on__lt=today):
                Task.objects.select_for_update().get(pk=turn.task_id)
                if go_on(actor, turn) is not None:
                    done["begun"] += 1
        with transaction.atomic():
            for turn in open_turns.filter(due_on__lte=today + dt.timedelta(days=ruled.remind.value)):
                asking.ask_to_report(actor, turn)
                done["asked"] += 1
        done["letters"] += letters.draft_overdue(actor, document, today - dt.timedelta(days=ruled.letter.value))
    return done
