"""One human, one stage: told before the database refuses it, so that the reader learns what to do."""

from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.entitlements.models import Cycle, CycleStep


def may_act(actor: User, cycle: Cycle, stage: str) -> bool:
    """Whether the human behind the account may act in a stage: not when they acted in another."""
    if actor.identity_index is None:
        return False
    others = cycle.steps.exclude(stage__in=[stage, CycleStep.Stage.CANCEL])
    return not others.filter(human_key=bytes(actor.identity_index)).exists()


def step(actor: User, cycle: Cycle, stage: str, verb: str, **more: Any) -> CycleStep:
    """Record an act of a stage. Raises :class:`Refused` when the human has acted in another stage of this cycle."""
    key = human_key(actor)
    if stage != CycleStep.Stage.CANCEL and not may_act(actor, cycle, stage):
        raise _refused()
    try:
        return CycleStep.objects.create(cycle=cycle, stage=stage, verb=verb, actor=actor, human_key=key, **more)
    except IntegrityError as error:
        if "cycle_one_stage_a_human" in str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")):
            raise _refused() from error
        raise


def _refused() -> Refused:
    return Refused(_(
        "You have already acted in another stage of this cycle. Opening, reviewing, checking and approving are done by "
        "different people, whatever role or account they use."
    ))
