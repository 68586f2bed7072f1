"""Writing to the audit chain. Every other action calls :func:`record` inside its own transaction."""

from typing import Any

from django.db import models, transaction

from yinian.core.audit.models import AuditRow, Reveal
from yinian.core.errors import Refused
from yinian.core.users.models import User


def record(
    actor: User,
    action: str,
    obj: models.Model | None = None,
    *,
    region: str | None = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditRow:
    """Append one row. ``action`` is ``room.verb``; ``detail`` must hold no personal number, phone or address."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit row is written in the transaction of the change it tells of")
    return AuditRow.objects.create(
        actor=actor,
        action=action,
        object_kind=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        region_code=region or "",
        reason=reason,
        detail=detail or {},
    )


def reveal(
    actor: User, right: str, obj: models.Model, field: str, *, region: str, reason: str, site_id: int | None = None
) -> str:
    """The full value of a masked ``field`` of ``obj``, after the reason is logged.

    ``region`` (and ``site_id``) say where the thing is, for the scope check. Raises :class:`Refused` without a reason.
    """
    actor.require(right, region, site_id)
    with transaction.atomic():
        shown(actor, obj, field, region=region, reason=reason)
        return str(getattr(obj, field) or "")


def shown(actor: User, obj: models.Model, field: str, *, region: str, reason: str) -> None:
    """Log that the actor is shown ``field`` of ``obj``, or a page of that name about it: among the showings and in the
    chain. Inside the caller's transaction; the caller has checked the right. Raises :class:`Refused` without a reason.
    """
    from django.utils.translation import gettext as _

    reason = reason.strip()
    if len(reason) < 2:
        raise Refused(fields={"reason": _("Say why you need to see this; it is kept with your name.")})
    Reveal.objects.create(
        actor=actor, object_kind=obj._meta.label_lower, object_id=str(obj.pk), field=field, reason=reason[:200]
    )
    record(actor, "core.reveal", obj, region=region, reason=reason[:200], detail={"field": field})
