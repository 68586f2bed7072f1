"""What of this room and of the base hangs on a person and follows a merge: who acts for them, and their papers."""

from typing import Any

from yinian.core.models import Document
from yinian.core.users.models import User
from yinian.people.duplicates.movers import mover
from yinian.people.persons.models import Person
from yinian.people.representatives.models import Representative


def move_representatives(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    """Move who acts for the entry that goes; an account that acts for both keeps what it has."""
    both = kept.representatives.filter(period__endswith__isnull=True).values("user")
    moved = list(gone.representatives.exclude(user__in=both).values_list("pk", flat=True))
    Representative.objects.filter(pk__in=moved).update(person=kept)
    return {"representatives": moved}


def restore_representatives(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    Representative.objects.filter(pk__in=done["representatives"], person=kept).update(person=gone)


def move_papers(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, Any]:
    moved = list(Document.objects.filter(person_ref=gone.pk).values_list("pk", flat=True))
    Document.objects.filter(pk__in=moved).update(person_ref=kept.pk)
    return {"papers": moved}


def restore_papers(actor: User, kept: Person, gone: Person, done: Any, reason: str) -> None:
    Document.objects.filter(pk__in=done["papers"], person_ref=kept.pk).update(person_ref=gone.pk)


mover("people.representatives", move_representatives, restore_representatives)
mover("core.papers", move_papers, restore_papers)
