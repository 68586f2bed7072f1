"""Reading objections: those to results the actor sees."""

from django.db.models import QuerySet

from yinian.assessments.objections.models import Objection
from yinian.assessments.results.queries import visible_to as results_visible_to
from yinian.core.errors import NotVisible
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[Objection]:
    """Objections to results of the actor's area. An assessor whose result is doubted learns it from the result."""
    actor.require("assessments.area")
    return Objection.objects.filter(result__in=results_visible_to(actor)).select_related(
        "result__person__region__parent", "request", "entered_by", "closed_by"
    ).defer("result__person__region__outline", "result__person__region__parent__outline")


def get_objection(actor: User, pk: int) -> Objection:
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("objection")
    return found
