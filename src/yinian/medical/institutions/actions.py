"""Writing medical institutions."""

from django.db import transaction
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible, Refused
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.medical.institutions.models import Institution
from yinian.places.models import Organisation
from yinian.places.regions.queries import counties_of


def add(
    actor: User, *, name: str, kind: str, region: Region | None = None, phone: str = "", emergency_phone: str = ""
) -> Institution:
    """Enter a medical institution; ``region``: where it belongs, the actor's county if left out.

    An organisation that the places know by the same name there is taken, not entered a second time.
    """
    actor.require("medical.contract")
    counties = counties_of(actor, "medical.contract")
    if not counties:
        raise NotVisible("county")
    if region is None:
        region = Region.objects.defer("outline").get(pk=counties[0])
    above = {code for county in counties for code in Region.codes_above(county)}
    if not region.code.startswith(counties) and region.code not in above:
        raise NotVisible("region")
    name = name.strip()[:120]
    if not name:
        raise Refused(fields={"name": _("Give a name.")})
    if kind not in Institution.Kind.values:
        raise Refused(fields={"kind": _("Choose what kind of institution it is.")})
    with transaction.atomic():
        # One at a time for an area: two who enter the same hospital at once would make two of it.
        Region.objects.select_for_update().only("code").get(pk=region.pk)
        known = Organisation.objects.filter(name=name, region=region).first()
        if known is not None and Institution.objects.filter(organisation=known).exists():
            raise Refused(fields={"name": _("This institution is already on the list.")})
        organisation = known or Organisation.objects.create(
            name=name, kind=Organisation.Kind.PUBLIC, region=region
        )
        made = Institution.objects.create(
            organisation=organisation,
            kind=kind,
            phone=phone.strip()[:30],
            emergency_phone=emergency_phone.strip()[:30],
            entered_by=actor,
        )
        record(actor, "medical.institution", made, region=region.code, detail={"name": name, "kind": kind})
    return made
