"""What daily life in a home hangs on the rooms below and beside: tabs, how its acts are called, what a merge moves."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.errors import Refused
from yinian.core.navigation import desk
from yinian.core.users.models import User
from yinian.homes import livingkinds  # noqa: F401 - registers itself
from yinian.homes.meals.models import Diet, Intake
from yinian.homes.outings import actions as outings  # noqa: F401 - tells of leavings
from yinian.homes.outings.models import Outing
from yinian.people.duplicates.movers import mover
from yinian.people.models import Person

desk("homes", "outings", 41, gettext_lazy("Outings"), "homes:outings", "care.view")

_MOVED = (Diet, Intake, Outing)


def _move(actor: User, kept: Person, gone: Person, reason: str) -> dict[str, list[int]]:
    """Give what the gone entry ate, was ordered and did to the kept one."""
    moved = {}
    try:
        with transaction.atomic():
            for model in _MOVED:
                rows: Any = model._default_manager.filter(person=gone)
                pks = list(rows.select_for_update().values_list("pk", flat=True))
                moved[model._meta.model_name or ""] = pks
                model._default_manager.filter(pk__in=pks).update(person=kept)
    except IntegrityError as error:
        raise Refused(
            _("Both entries have the same diet, meal or outing at one time; they cannot be one person until one of "
              "them ends.")
        ) from error
    return moved


def _restore(actor: User, kept: Person, gone: Person, moved: Any, reason: str) -> None:
    for model in _MOVED:
        pks = (moved or {}).get(model._meta.model_name, [])
        model._default_manager.filter(pk__in=pks, person=kept).update(person=gone)


mover("homes.living", _move, _restore)
