"""Reading plan documents and their items: those of the actor's area, and those of the areas it lies in."""

from django.db.models import Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.plans.documents.models import Item, PlanDocument


def visible_to(actor: User, right: str = "plans.view") -> QuerySet[PlanDocument]:
    """Documents without their texts. A county's plan binds its towns, a prefecture's its counties: both see it."""
    actor.require(right)
    scope = actor.scope(right)
    above = {step for code in scope.regions for step in Region.codes_above(code)}
    return (
        PlanDocument.objects.filter(scope.q("region__code") | Q(region__in=above))
        .select_related("region", "imported_by")
        .defer("text", "region__outline")
    )


def get_document(actor: User, pk: int, right: str = "plans.view") -> PlanDocument:
    """A document the actor may see. Raises NotVisible."""
    document = visible_to(actor, right).filter(pk=pk).first()
    if document is None:
        raise NotVisible("plan document")
    return document


def get_item(actor: User, pk: int, right: str = "plans.view") -> Item:
    """An item of a document the actor may see. Raises NotVisible."""
    item = Item.objects.filter(pk=pk, document__in=visible_to(actor, right)).select_related("document").defer(
        "document__text").first()
    if item is None:
        raise NotVisible("item of a plan")
    return item
