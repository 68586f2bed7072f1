"""Tasks of plans in the house's one search box."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from yinian.core import search
from yinian.core.users.models import User
from yinian.plans.tasks import colours
from yinian.plans.tasks.queries import attach_units, listed


def find(actor: User, text: str) -> list[search.Hit]:
    """Tasks the actor sees whose short name contains the text, the most urgent first."""
    found: Any = listed(actor).filter(task__title__contains=text)
    turns = list(found.order_by("rank", "due_on", "pk")[: search.LIMIT])
    attach_units(turns)
    return [
        search.Hit(turn.task.title, reverse("plans:task", args=[turn.task_id]),
                   f"{colours.badge(turn)[0]} · {turn.lead_words}")
        for turn in turns
    ]


search.register(
    "plans.tasks", gettext_lazy("Tasks of plans"), "plans.view", find,
    more=lambda text: reverse("plans:tasks") + "?" + urlencode({"q": text}), order=70,
)
