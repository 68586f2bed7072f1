"""Reading lists of check-ups: those of the areas in which the actor enters check-ups."""

from django.db.models import QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.medical.checklists.models import CheckList

RIGHT = "health.edit"


def regions_of(actor: User) -> list[Region]:
    """The areas a list may be of: those the actor answers for, not those reached through a home alone."""
    return list(Region.objects.filter(code__in=actor.scope(RIGHT).regions).order_by("code").defer("outline"))


def visible_to(actor: User) -> QuerySet[CheckList]:
    actor.require(RIGHT)
    return CheckList.objects.filter(actor.scope(RIGHT).q("region__code")).select_related(
        "region", "file", "uploaded_by", "taken_by", "back_by", "job"
    ).defer("region__outline")


def get_list(actor: User, pk: int) -> CheckList:
    """One list. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("list of check-ups")
    return found
