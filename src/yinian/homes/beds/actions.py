"""Taking beds out of use and putting them back."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.homes.beds.models import BedOut
from yinian.homes.beds.queries import get_bed, holding
from yinian.homes.stays.models import Stay
from yinian.places.models import Bed


def take_out_of_use(actor: User, bed_pk: int, note: str, *, expected_end: dt.date | None = None) -> Bed:
    """Take a bed out of use from today. Nobody may lie in it or have been promised it.

    ``expected_end`` says when it is thought to come back; it stays out until it is put back.
    """
    seen = get_bed(actor, bed_pk)
    actor.require("homes.admit", seen.site.region_id, seen.site_id)
    note = note.strip()
    if not note:
        raise Refused(fields={"note": _("Say why the bed goes out of use.")})
    if expected_end is not None and expected_end <= timezone.localdate():
        raise Refused(fields={"expected_end": _("The day lies after today.")})
    with transaction.atomic():
        bed = Bed.objects.select_for_update().get(pk=bed_pk)
        if bed.state == Bed.State.OUT:
            raise Refused(_("The bed is already out of use."))
        if Stay.objects.filter(holding(timezone.localdate()), bed=bed).exists():
            raise Refused(
                _("Somebody lies in bed %(bed)s or has been promised it; move them first.") % {"bed": bed.label}
            )
        _set_state(bed, Bed.State.OUT, note)
        BedOut.objects.filter(bed=bed, period__endswith__isnull=True).update(by=actor, expected_end=expected_end)
        record(actor, "homes.bed_out", bed, region=seen.site.region_id, reason=note[:200], detail={"bed": bed.label})
    return bed


def put_in_use(actor: User, bed_pk: int) -> Bed:
    """Put a bed back in use from today."""
    seen = get_bed(actor, bed_pk)
    actor.require("homes.admit", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        bed = Bed.objects.select_for_update().get(pk=bed_pk)
        if bed.state == Bed.State.USABLE:
            raise Refused(_("The bed is already in use."))
        _set_state(bed, Bed.State.USABLE, "")
        record(actor, "homes.bed_in_use", bed, region=seen.site.region_id, detail={"bed": bed.label})
    return bed


def _set_state(bed: Bed, state: str, note: str) -> None:
    # The days out of use are written by the database as the state changes (beds.models).
    bed.state, bed.note = state, note[:200]
    bed.save(update_fields=["state", "note"])
