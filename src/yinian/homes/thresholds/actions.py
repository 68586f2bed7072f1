"""Writing from where on a home wants to be told."""

from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.homes.care.queries import get_home
from yinian.homes.thresholds import queries
from yinian.homes.thresholds.catalogue import Threshold, thresholds
from yinian.homes.thresholds.models import HomeThreshold
from yinian.places.models import Site


def set_thresholds(actor: User, site_pk: int, values: Mapping[str, Decimal | None], reason: str) -> int:
    """Set a home's own figures, by key; None goes back to the suggestion, what is left out stays. Returns how many
    changed. What was measured or recorded before keeps what was said of it then.
    """
    home, reason = get_home(actor, site_pk, "care.manage"), reason.strip()
    faults = {key: fault for key, value in values.items() if (fault := _fault(key, value))}
    if not reason:
        faults["reason"] = _("Say why; it is kept.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=home.pk)  # of two people the second sees what the first has set
        before = queries.standing(home)
        _in_order({key: one.value for key, one in before.items()}, values)
        changed = {key: value for key, value in values.items() if value != before[key].own}
        if not changed:
            raise Refused(_("Nothing was changed."))
        HomeThreshold.objects.bulk_create(
            HomeThreshold(site=home, key=key, value=value, reason=reason[:200], set_by=actor)
            for key, value in changed.items()
        )
        record(
            actor, "homes.thresholds", home, region=home.region_id, reason=reason[:200],
            detail={key: None if value is None else str(value) for key, value in changed.items()},
        )
    return len(changed)


def _fault(key: str, value: Decimal | None) -> str | None:
    spec: Threshold | None = thresholds().get(key)
    if spec is None:
        return _("Choose from the list.")
    if value is None:
        return None
    if not spec.least <= value <= spec.most:
        return _("From %(least)s to %(most)s.") % {"least": spec.least, "most": spec.most}
    if spec.whole and value != int(value):
        return _("A whole number.")
    return None


def _in_order(standing: Mapping[str, Decimal | None], values: Mapping[str, Decimal | None]) -> None:
    """What is too low must lie below what is too high, else everybody would be told of everything."""
    after = {key: values.get(key) if values.get(key) is not None else _left(key, values, standing) for key in standing}
    for key, low in after.items():
        high = after.get(f"{key.removesuffix('-below')}-above") if key.endswith("-below") else None
        if low is not None and high is not None and low >= high:
            raise Refused(fields={key: _("It must lie below the upper figure, %(high)s.") % {"high": high}})


def _left(key: str, values: Mapping[str, Decimal | None], standing: Mapping[str, Decimal | None]) -> Decimal | None:
    return thresholds()[key].suggested if key in values else standing[key]
