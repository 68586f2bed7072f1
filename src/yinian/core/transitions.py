"""Changing the state of a thing in guarded steps: right, scope, optimistic lock, guard, audit, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.users.models import User

Thing = TypeVar("Thing", bound=models.Model)


@dataclass(frozen=True)
class Step:
    """One allowed move. ``guard`` raises :class:`Refused` when the thing is not ready for it."""

    name: str
    source: tuple[str, ...]
    target: str
    right: str
    needs_reason: bool = False
    guard: Callable[[User, Any], None] | None = None


@dataclass(frozen=True)
class Flow:
    """The steps of one kind of thing. The model has ``state`` (or ``field``) and ``version``."""

    name: str
    steps: tuple[Step, ...]
    region: Callable[[Any], str]
    field: str = "state"

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def advance(
        self,
        actor: User,
        thing: Thing,
        name: str,
        *,
        version: int,
        reason: str = "",
        change: Callable[[Thing], dict[str, Any] | None] | None = None,
    ) -> Thing:
        """Take one step. ``change`` makes the step's other changes on the locked thing and returns audit detail.

        Raises Forbidden, NotVisible, :class:`Changed` when ``version`` is not the stored one, :class:`Refused`.
        """
        step = self.step(name)
        reason = reason.strip()
        with transaction.atomic():
            locked = type(thing)._default_manager.select_for_update().get(pk=thing.pk)
            actor.require(step.right, self.region(locked))
            if getattr(locked, "version") != version:  # noqa: B009 - the field is the flow's contract, not the model's
                raise Changed(_("Somebody has changed this meanwhile; look at it again."))
            before = getattr(locked, self.field)
            if before not in step.source:
                raise Refused(_("This step is not possible in the present state."))
            if step.needs_reason and not reason:
                raise Refused(fields={"reason": _("Give a reason; it is kept.")})
            if step.guard is not None:
                step.guard(actor, locked)
            setattr(locked, self.field, step.target)
            locked.version += 1  # type: ignore[attr-defined]
            detail = (change(locked) if change else None) or {}
            locked.save()
            record(
                actor,
                f"{self.name}.{name}",
                locked,
                region=self.region(locked),
                reason=reason,
                detail={"from": before, "to": step.target, **detail},
            )
        return locked
