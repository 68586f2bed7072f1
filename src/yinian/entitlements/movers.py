"""What a merge of two entries takes along: what the person receives. Outcomes follow by the next run."""

from typing import Any

from yinian.entitlements.models import Receipt
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person


def move(kept: Person, gone: Person) -> dict[str, Any]:
    """Move receipts to the entry that stays; of a service it receives already, they stay where they are."""
    held = set(kept.receipts.values_list("service_id", flat=True))
    moved = [receipt.pk for receipt in gone.receipts.all() if receipt.service_id not in held]
    Receipt.objects.filter(pk__in=moved).update(person=kept)
    return {"receipts": moved}


def restore(kept: Person, gone: Person, done: Any) -> None:
    Receipt.objects.filter(pk__in=done.get("receipts", []), person=kept).update(person=gone)


mover("entitlements.receipts", move, restore)
