"""What the room says on the work desk."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import figures
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.plans.tasks import colours
from yinian.plans.tasks.queries import due_for, listed


def driven(actor: User) -> list[figures.Stat]:
    """Tasks that are overdue: of the area for whoever sees it, else of the actor's own units."""
    today = timezone.localdate()
    note = _("as of %(day)s") % {"day": day(today)}
    if actor.may("plans.area"):
        found = list(listed(actor).filter(task__state="running").values_list("colour", flat=True))  # type: ignore[misc]
        if not found:
            return []
        late = found.count(colours.RED)
        return [figures.Stat(
            _("Tasks of plans overdue"), late, "", reverse("plans:tasks") + "?colour=red", note,
            _("of %(n)d under way") % {"n": len(found)},
        )]
    turns = due_for(actor)
    if not turns:
        return []
    late = len([1 for turn in turns if turn.colour == colours.RED])  # type: ignore[attr-defined]
    return [figures.Stat(_("Tasks of my unit"), len(turns), "", reverse("plans:mine"), note,
                         _("%(n)d late") % {"n": late} if late else "")]


figures.register("plans.driven", "plans.view", driven, order=60)
