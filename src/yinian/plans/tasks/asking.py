"""Putting tasks on desks: of those who speak for a unit, of a town's officers, or of the bureau in their place."""

import datetime as dt
from typing import Any

from django.urls import reverse

from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.models import User
from yinian.core.roles import ROLES, Role
from yinian.plans import workkinds
from yinian.plans.tasks.models import Turn
from yinian.plans.tasks.queries import answering_units, leads_of
from yinian.plans.units.models import Unit
from yinian.plans.units.queries import speakers


def key(kind: str, thing: int, unit: int | None = None) -> str:
    """What items of one kind, thing and unit are known by; each account's own adds to it."""
    return f"{kind}:{thing}:" + ("" if unit is None else f"{unit}:")


def ask_unit(
    actor: User, kind: str, unit: Unit, thing: int, params: dict[str, Any], url: str, due_on: dt.date | None = None
) -> None:
    """Ask everybody who speaks for a unit; where nobody does, the bureau. Inside the caller's transaction."""
    base = key(kind, thing, unit.pk)
    given: dict[str, Any] = {
        "region": unit.region_id, "params": {"unit": unit.name, **params}, "url": url, "due_on": due_on,
    }
    if unit.territory_id:
        inbox.ask(actor, kind, key=base + "town", role=Role.TOWN_OFFICER, **given | {"region": unit.territory_id})
        return
    named = speakers(unit)
    for user in named:
        inbox.ask(actor, kind, key=f"{base}{user.pk}", role=_role_of(user, unit), to=user, **given)
    if not named:
        inbox.ask(actor, kind, key=base + "bureau", role=Role.BUREAU_OFFICER, **given)


def _role_of(user: User, unit: Unit) -> Role:
    """The role by which an account reports for a unit."""
    for posting in user.current_postings:
        if "plans.report" in ROLES[Role(posting.role)].rights and unit.region_id.startswith(posting.region_id):
            return Role(posting.role)
    return Role.UNIT_OFFICER


def settle(actor: User, kind: str, thing: int, outcome: str, unit: int | None = None) -> None:
    """Close the open items of a kind and thing (and unit)."""
    inbox.settle_many(actor, key(kind, thing, unit), [], outcome)


def ask_to_report(actor: User, turn: Turn) -> None:
    """Ask the units that answer for a turn to report, by its day."""
    for unit in answering_units(turn.task):
        ask_unit(actor, workkinds.REPORT, unit, turn.pk,
                 {"task": turn.task.title, "day": words_of_day(turn.due_on)},
                 reverse("plans:report", args=[turn.pk]), turn.due_on)


def ask_to_confirm(actor: User, turn: Turn) -> None:
    """Ask the lead units to confirm what another unit has reported."""
    for unit in Unit.objects.filter(pk__in=leads_of(turn.task)):
        ask_unit(actor, workkinds.CONFIRM, unit, turn.pk, {"task": turn.task.title},
                 reverse("plans:task", args=[turn.task_id]))


def ask_to_check(actor: User, turn: Turn, unit: Unit) -> None:
    """Ask the office to check what stands as done."""
    inbox.ask(actor, workkinds.CHECK, key=key(workkinds.CHECK, turn.pk) + "office", region=turn.task.document.region_id,
              params={"task": turn.task.title, "unit": unit.name}, url=reverse("plans:task", args=[turn.task_id]))


def settle_all(actor: User, turn: Turn, outcome: str) -> None:
    """Nothing of a turn waits for anybody any more."""
    for kind in (workkinds.REPORT, workkinds.RETURNED, workkinds.CONFIRM, workkinds.CHECK):
        settle(actor, kind, turn.pk, outcome)
