"""What every row that drives a plan shares: it comes from an item that somebody accepted; the database sees to it."""

from typing import Any

import pgtrigger
from django.db import models

from yinian.plans.documents.models import Item


class Adopted(models.Model):
    """A row made from an accepted or mended item of a document (see :mod:`yinian.plans.adoption`)."""

    document = models.ForeignKey("plans.PlanDocument", on_delete=models.PROTECT, related_name="%(class)ss")
    item = models.OneToOneField("plans.Item", on_delete=models.PROTECT, related_name="as_%(class)s")
    # The heading the item stands under, so that a list can be read in the plan's own order.
    section = models.ForeignKey("plans.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    place = models.PositiveIntegerField(default=0)  # where its words begin in the document's text

    class Meta:
        abstract = True


def from_reviewed_item(name: str) -> pgtrigger.Trigger:
    """The trigger that refuses a row whose item nobody has accepted, or which stands in another document.

    The lock keeps the item from being rejected at the same moment.
    """
    return pgtrigger.Trigger(
        name="from_a_reviewed_item",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("item_id", "document_id"),
        condition=pgtrigger.Q(new__item__isnull=False),
        func=f"""
            PERFORM FROM plans_item i WHERE i.id = NEW.item_id AND i.document_id = NEW.document_id
                AND i.state IN ('accepted', 'mended') FOR SHARE;
            IF NOT FOUND THEN
                RAISE check_violation USING MESSAGE = 'what nobody has accepted does not enter a plan',
                    CONSTRAINT = '{name}_from_a_reviewed_item';
            END IF;
            RETURN NEW;
        """,
    )


def append_only(name: str) -> Any:
    """A table whose rows are written once."""
    return pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete)


# The other side of the same promise: what drives a plan keeps its ground. A task that was withdrawn lets its item go.
pgtrigger.register(
    pgtrigger.Trigger(
        name="ground_of_a_plan_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf("state"),
        condition=pgtrigger.Q(old__state__in=["accepted", "mended"])
        & ~pgtrigger.Q(new__state__in=["accepted", "mended"]),
        func="""
            IF EXISTS (SELECT FROM plans_task t WHERE t.item_id = OLD.id AND t.state <> 'withdrawn')
                OR EXISTS (SELECT FROM plans_target t WHERE t.item_id = OLD.id)
                OR EXISTS (SELECT FROM plans_standard s WHERE s.item_id = OLD.id)
                OR EXISTS (SELECT FROM plans_project p WHERE p.item_id = OLD.id) THEN
                RAISE check_violation USING MESSAGE = 'the item is part of a plan that is being driven',
                    CONSTRAINT = 'planitem_is_being_driven';
            END IF;
            RETURN NEW;
        """,
    )
)(Item)
