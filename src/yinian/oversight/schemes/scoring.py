"""What an expert does: keep a draft, and give the scores once. Blind: nothing of the other experts is read here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import settle
from yinian.core.users.models import User
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.actions import lock_round
from yinian.oversight.schemes.models import Round
from yinian.oversight.schemes.panel_models import Reading, Score


def _locked(actor: User, pk: int, version: int) -> Reading:
    seen = queries.get_reading(actor, pk)
    lock_round(seen.application.round_id, Round.State.REVIEW)
    found = Reading.objects.select_for_update(of=("self",)).select_related("application__round", "member").get(pk=pk)
    if found.finished_at is not None or found.released_at is not None:
        raise Refused(_("This review is closed."))
    if found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return found


def save_draft(actor: User, pk: int, version: int, draft: Mapping[str, Any]) -> Reading:
    """Keep what is entered so far, as typed: ``{criterion key: {points, remark}}``. Nobody else sees it."""
    with transaction.atomic():
        found = _locked(actor, pk, version)
        known = set(found.application.round.criteria.values_list("key", flat=True))
        found.draft = {
            key: {"points": str(value.get("points") or "")[:12], "remark": str(value.get("remark") or "")[:500]}
            for key, value in draft.items() if key in known
        }
        found.version += 1
        found.save(update_fields=["draft", "version"])
    return found


def finish(
    actor: User, pk: int, version: int, points: Mapping[str, Decimal | None], remarks: Mapping[str, str]
) -> Reading:
    """Give the scores: every criterion, from 0 to its full points. They stay as they are."""
    with transaction.atomic():
        found = _locked(actor, pk, version)
        criteria = list(found.application.round.criteria.all())
        faults = {}
        for one in criteria:
            value = points.get(one.key)
            if value is None or not 0 <= value <= one.most:
                faults[f"points_{one.key}"] = _("From 0 to %(most)s.") % {"most": f"{one.most.normalize():f}"}
        if faults:
            raise Refused(fields=faults)
        Score.objects.bulk_create(
            Score(reading=found, criterion=one, points=points[one.key] or Decimal(0),
                  remark=remarks.get(one.key, "").strip()[:500])
            for one in criteria
        )
        found.finished_at, found.draft, found.version = timezone.now(), {}, found.version + 1
        found.save(update_fields=["finished_at", "draft", "version"])
        record(actor, "oversight.score", found, region=found.application.round.region_id,
               detail={"application": found.application_id})
        settle(actor, f"oversight.read:{found.application.round_id}:{found.pk}", _("scored"))
    return found
