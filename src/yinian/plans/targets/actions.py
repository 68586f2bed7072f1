"""Keeping targets: baseline, yearly values, the indicator that measures it, values by hand; standards linked."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.models import User
from yinian.plans.targets.models import Standard, Target, TargetValue, TargetYear
from yinian.plans.targets.queries import get_standard, get_target, pack_choices


def edit_target(
    actor: User, pk: int, version: int, *, title: str, binding: str, baseline: Decimal | None,
    baseline_on: dt.date | None, indicator: str, years: Mapping[int, Decimal],
) -> Target:
    """Change what the office keeps of a target; its value and deadline stay those of the plan."""
    if not title.strip():
        raise Refused(fields={"title": _("Fill this in.")})
    if baseline is not None and baseline_on is None:
        raise Refused(fields={"baseline_on": _("Say of which day the baseline is.")})
    if binding not in Target.Binding.values:
        raise Refused(fields={"binding": _("Choose one.")})
    with transaction.atomic():
        target = Target.objects.select_for_update(of=("self",)).select_related("document").defer("document__text").get(
            pk=get_target(actor, pk).pk)
        actor.require("plans.drive", target.document.region_id)
        if target.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        target.title, target.binding = title.strip()[:200], binding
        target.baseline, target.baseline_on = baseline, baseline_on if baseline is not None else None
        target.indicator, target.version = indicator.strip()[:80], target.version + 1
        target.save()
        TargetYear.objects.filter(target=target).delete()
        TargetYear.objects.bulk_create(TargetYear(target=target, year=y, value=v) for y, v in sorted(years.items()))
        record(actor, "plans.target", target, region=target.document.region_id,
               detail={"binding": binding, "indicator": target.indicator, "years": len(years)})
    return target


def report_value(actor: User, pk: int, value: Decimal, as_of: dt.date, source: str) -> TargetValue:
    """Enter a value by hand, with its day and source. An earlier entry of the day stays on file behind it."""
    source = source.strip()
    if not source:
        raise Refused(fields={"source": _("Say where the figure is from.")})
    if as_of > timezone.localdate():
        raise Refused(fields={"as_of": _("This day lies in the future.")})
    with transaction.atomic():
        target = get_target(actor, pk)
        actor.require("plans.drive", target.document.region_id)
        made = TargetValue.objects.create(target=target, value=value, as_of=as_of, source=source[:200], by=actor)
        record(actor, "plans.target_value", target, region=target.document.region_id,
               detail={"value": str(value), "as_of": as_of.isoformat()})
    return made


def link_standard(actor: User, pk: int, version: int, link: str) -> Standard:
    """Put a standard beside what the pack says: ``parameter:id``, ``service:id``, ``standard:id``, or nothing."""
    with transaction.atomic():
        standard = Standard.objects.select_for_update(of=("self",)).select_related("document").defer(
            "document__text").get(pk=get_standard(actor, pk).pk)
        region = standard.document.region_id
        actor.require("plans.drive", region)
        if standard.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if link and link not in dict(pack_choices(region)):
            raise Refused(fields={"link": _("Choose one.")})
        kind, _colon, name = link.partition(":")
        standard.link_kind, standard.link_id, standard.version = kind, name, standard.version + 1
        standard.save(update_fields=["link_kind", "link_id", "version"])
        record(actor, "plans.standard_link", standard, region=region, detail={"link": link})
    return standard
