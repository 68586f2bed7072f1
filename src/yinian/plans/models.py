"""All tables of the room, gathered for Django; each lives with its noun."""

from yinian.plans.documents.models import Item, ItemChange, PlanDocument, Reading

__all__ = ["Item", "ItemChange", "PlanDocument", "Reading"]
