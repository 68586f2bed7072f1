"""What the room says on the work desk."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.models import Request
from yinian.assessments.requests import queries
from yinian.core import figures
from yinian.core.jinja import day
from yinian.core.users.models import User


def under_way(actor: User) -> list[figures.Stat]:
    """Assessments under way in the actor's area, and how many are late."""
    if not actor.may("assessments.area"):
        return []
    due = list(queries.visible_to(actor).filter(state__in=Request.OPEN).values_list("due_on", flat=True))
    if not due:
        return []
    today = timezone.localdate()
    late = sum(1 for one in due if one < today)
    return [figures.Stat(
        _("Assessments under way"), len(due), "", reverse("assessments:list"),
        _("as of %(day)s") % {"day": day(today)}, _("%(n)d late") % {"n": late} if late else "",
    )]


figures.register("assessments.under_way", "assessments.assign", under_way, order=35)
