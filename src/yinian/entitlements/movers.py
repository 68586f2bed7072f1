"""What a merge of two entries takes along: receipts, grants, open applications. Outcomes follow by the next run."""

from typing import Any

from django.db.models import Exists, OuterRef

from yinian.core.users.models import User
from yinian.entitlements.models import Application, Determination, Receipt
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person


def move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Move receipts to the entry that stays; of a service it receives already, they stay where they are."""
    held = set(kept.receipts.values_list("service_id", flat=True))
    moved = [receipt.pk for receipt in gone.receipts.all() if receipt.service_id not in held]
    Receipt.objects.filter(pk__in=moved).update(person=kept)
    return {"receipts": moved}


def restore(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    Receipt.objects.filter(pk__in=done.get("receipts", []), person=kept).update(person=gone)


def move_grants(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Move grants that do not clash with one of the entry that stays.

    One service granted to both was paid twice: the grant stays with the old entry, whose people stand in no list any
    more, and the next run proposes to stop it.
    """
    clash = Determination.objects.filter(person=kept, service_id=OuterRef("service_id"),
                                         period__overlap=OuterRef("period"))
    moved = list(gone.determinations.exclude(Exists(clash)).values_list("pk", flat=True))
    Determination.objects.filter(pk__in=moved).update(person=kept)
    return {"grants": moved}


def restore_grants(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    Determination.objects.filter(pk__in=done["grants"], person=kept).update(person=gone)


def move_applications(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Move open applications; of a service that the entry that stays applies for already, an invitation falls."""
    over = ["approved", "refused", "withdrawn"]
    busy = set(kept.applications.exclude(state__in=over).values_list("service_id", flat=True))
    open_ = gone.applications.exclude(state__in=over)
    moved = list(open_.exclude(service_id__in=busy).values_list("pk", flat=True))
    open_.filter(service_id__in=busy, state="invited").update(state="withdrawn")
    Application.objects.filter(pk__in=moved).update(person=kept)
    return {"applications": moved}


def restore_applications(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    Application.objects.filter(pk__in=done["applications"], person=kept).exclude(
        state__in=["approved", "refused", "withdrawn"]
    ).update(person=gone)


mover("entitlements.receipts", move, restore)
mover("entitlements.grants", move_grants, restore_grants)
mover("entitlements.applications", move_applications, restore_applications)
