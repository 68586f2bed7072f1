"""Publishing a home's prices: by kind of bed and level, announced in time, set by whoever the rule says sets them."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.homes.fees.queries import get_home
from yinian.homes.fees.rules import Ruling, clause, ruling_for
from yinian.places.models import Bed, Price, Site

ITEM = Price._meta.get_field("item").max_length  # characters
GUIDED = Price.Basis.GUIDED.value


def publish(
    actor: User, site_pk: int, *, item: str, category: str, amount_fen: int, unit: str, from_date: dt.date,
    bed_kind: str = "", levels: Collection[int] = (), document: str = "",
) -> Price:
    """Publish what an item costs from a day on. Earlier prices stay on record; the past is not priced anew.

    A guided price is set by the bureau, with the document that sets it; any other by the home itself.
    """
    site = get_home(actor, site_pk)
    ruling = ruling_for(site.region_id)
    basis = ruling.rules.pricing.value[site.ownership]
    actor.require("fees.oversee" if basis == GUIDED else "fees.manage", site.region_id, site.pk)
    item, document, today = item.strip(), document.strip(), timezone.localdate()
    if not item:
        raise Refused(fields={"item": _("Say what is charged for.")})
    if category not in Price.Category.values:
        raise Refused(fields={"category": _("Choose one.")})
    if unit not in Price.Unit.values:
        raise Refused(fields={"unit": _("Choose one.")})
    if amount_fen < 0:
        raise Refused(fields={"amount": _("A price is not negative.")})
    if bed_kind and bed_kind not in Bed.Kind.values:
        raise Refused(fields={"bed_kind": _("Choose one.")})
    if not set(levels) <= set(range(5)):
        raise Refused(fields={"levels": _("Ability levels are 0 to 4.")})
    if basis == GUIDED and not document:
        raise Refused(fields={"document": _("Name the document that sets or guides this price.")})
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        _check_day(site, item, from_date, today, ruling)
        made = Price.objects.create(
            site=site, item=item[:ITEM], category=category, amount_fen=amount_fen, unit=unit, from_date=from_date,
            bed_kind=bed_kind, levels=sorted(set(levels)), basis=basis, document=document[:120], announced_on=today,
        )
        record(actor, "homes.publish_price", made, region=site.region_id,
               detail={"site": site.pk, "item": made.item, "amount_fen": amount_fen, "unit": unit,
                       "from": from_date.isoformat(), "levels": made.levels, "bed_kind": bed_kind})
    return made


def _check_day(site: Site, item: str, from_date: dt.date, today: dt.date, ruling: Ruling) -> None:
    if from_date < today:
        raise Refused(fields={"from_date": _("A price begins today or later.")})
    earlier = Price.objects.filter(site=site, item=item)
    if earlier.filter(from_date=from_date).exists():
        raise Refused(fields={"from_date": _("This item already has a price from that day; choose a later day.")})
    notice = ruling.rules.price_notice
    if notice.value and earlier.exists() and from_date < today + dt.timedelta(days=notice.value):
        raise Refused(fields={"from_date": _("By %(clause)s a new price is announced %(days)s days ahead.") % {
            "clause": clause(ruling, notice), "days": notice.value}})
