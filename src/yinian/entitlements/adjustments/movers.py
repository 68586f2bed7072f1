"""What a merge of two entries does with corrections that are not decided yet; decided ones count for whom they name.

Everything paid, reported or decided stays with the entry it was about: sums follow a merge by themselves.
"""

from typing import Any

from django.utils.translation import gettext as _

from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.entitlements.adjustments.perform import drop
from yinian.entitlements.adjustments.queries import OPEN
from yinian.entitlements.models import Adjustment, Correction
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person


def move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Move open corrections to the entry that stays; where it has one of the same month, that of the other falls."""
    moved = []
    taken = set(
        Adjustment.objects.filter(person=kept, standing=Adjustment.Standing.OPEN).values_list("service_id", "month")
    )
    held = set(Correction.objects.filter(person=kept, state__in=OPEN).values_list("service_id", "kind"))
    for row in Correction.objects.select_for_update().filter(person=gone, state__in=OPEN):
        months = {(a.service_id, a.month) for a in row.adjustments.all()}
        if months & taken or (row.service_id, row.kind) in held:
            drop(platform_user(), row, _("The entry was merged; its months are worked out anew."))
            continue
        _hang(row.pk, kept)
        moved.append(row.pk)
    return {"corrections": moved}


def _hang(correction: int, person: Person) -> None:
    Correction.objects.filter(pk=correction).update(person=person)
    Adjustment.objects.filter(correction=correction).update(person=person)


def restore(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    for pk in Correction.objects.filter(pk__in=done.get("corrections", []), person=kept).values_list("pk", flat=True):
        _hang(pk, gone)


mover("entitlements.corrections", move, restore)
