"""Who may act on an application: nobody in two stages, nobody twice, nobody on their own. And the steps themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.entitlements.models import Application, ApplicationStep

LODGE = "lodge"  # the stage of a family member who applies
# Verb -> the state it is taken in, the right it needs, and the stage it belongs to.
VERBS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "accept": (("village",), "entitlements.lodge", "village"),
    "pass": (("town",), "entitlements.review", "town"),
    "against": (("town",), "entitlements.review", "town"),
    "approve": (("county",), "entitlements.approve", "county"),
    "refuse": (("county",), "entitlements.approve", "county"),
}
RETURNS = {"village": "entitlements.lodge", "town": "entitlements.review", "county": "entitlements.approve"}


def free(actor: User, application: Application, stage: str) -> bool:
    """Whether the human behind the account may act in a stage of an application."""
    if actor.identity_index is None:
        return False
    key = bytes(actor.identity_index)
    own = application.person.id_index
    if stage != LODGE and own is not None and bytes(own) == key:
        return False
    if stage == "county" and application.anew_of_id is not None and ApplicationStep.objects.filter(
        application=application.anew_of_id, verb="refuse", human_key=key
    ).exists():
        return False
    return not application.steps.exclude(stage=stage).filter(human_key=key).exists()


def verbs_for(actor: User, application: Application) -> list[str]:
    """What the actor can do with an application now, in the order of the buttons."""
    region = application.region_id
    found = [
        verb for verb, (states, right, stage) in VERBS.items()
        if application.state in states and actor.scope(right).covers(region) and free(actor, application, stage)
    ]
    right = RETURNS.get(application.state)
    if right and actor.scope(right).covers(region) and free(actor, application, application.state):
        found.append("return")
    lodges = actor.scope("entitlements.lodge").covers(region)
    if lodges and application.state in ("invited", "draft", "returned") and free(actor, application, "village"):
        found.append("supplement" if application.state == "returned" else "lodge")
    if lodges and not application.is_over and application.state != "invited":
        found.append("withdraw")
    return found


def barred(actor: User, application: Application) -> str:
    """Why the human behind the account may not take the step that its role could take now; "" where nothing bars."""
    right = RETURNS.get(application.state)
    if right is None or actor.identity_index is None or not actor.scope(right).covers(application.region_id):
        return ""
    if free(actor, application, application.state):
        return ""
    return str(_refused(application, bytes(actor.identity_index)))


def step(
    actor: User, application: Application, stage: str, verb: str, *, reason: str = "", missing: Sequence[str] = (),
    **more: Any,
) -> ApplicationStep:
    """Record an act. Raises :class:`Refused` where the human has acted in another stage, or decided already."""
    key = human_key(actor)
    if not free(actor, application, stage):
        raise _refused(application, key)
    try:
        with transaction.atomic():
            return ApplicationStep.objects.create(
                application=application, stage=stage, verb=verb, actor=actor, human_key=key, reason=reason[:300],
                missing=list(missing), due_on=application.due_on, **more,
            )
    except IntegrityError as error:
        name = str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))
        if name in ("application_one_stage_a_human", "application_nobody_decides_twice", "application_not_ones_own",
                    "application_anew_by_another"):
            raise _refused(application, key) from error
        raise


def _refused(application: Application, key: bytes) -> Refused:
    own = application.person.id_index
    if own is not None and bytes(own) == key:
        return Refused(_("Nobody decides on their own application; a colleague does."))
    return Refused(_(
        "You have already acted on this application. Lodging, accepting, examining and deciding are done by different "
        "people, whatever role or account they use."
    ))
