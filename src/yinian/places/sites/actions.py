"""Writing organisations, sites, prices, rooms and beds; asking for licences to be renewed.

Whether a bed may go out of use depends on who lies in it, so that act lives in the homes room.
"""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.cn import uscc

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as day_words
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.places.models import Bed, Organisation, Price, Room, Site
from yinian.places.naming import spelled
from yinian.places.sites.queries import expiring, get_organisation, get_site

SITE_FIELDS = (
    "name", "kind", "ownership", "urban", "region", "address", "phone", "lat", "lon", "schematic", "opening_hours",
    "licence_number", "licence_expires", "opened_on", "state", "state_since", "levels", "filed_beds", "note",
)  # fmt: skip
MAX_BEDS_AT_ONCE = 20


def save_organisation(
    actor: User, *, name: str, kind: str, region: Region, credit_code: str = "", pk: int | None = None
) -> Organisation:
    """Create an organisation, or with ``pk`` change it. The credit code is checked by GB 32100 when given."""
    actor.require("places.edit", region.code)
    existing = get_organisation(actor, pk) if pk else None
    if existing is not None:
        actor.require("places.edit", existing.region_id)
    name, credit_code = name.strip(), credit_code.strip().upper()
    if not name:
        raise Refused(fields={"name": _("Give a name.")})
    if credit_code and not uscc.is_valid(credit_code):
        raise Refused(
            fields={
                "credit_code": _(
                    "This is not a valid unified social credit code: 18 characters with a check character."
                )
            }
        )
    with transaction.atomic():
        if credit_code and Organisation.objects.filter(credit_code=credit_code).exclude(pk=pk or 0).exists():
            raise Refused(fields={"credit_code": _("Another organisation already has this credit code.")})
        organisation = Organisation.objects.select_for_update().get(pk=existing.pk) if existing else Organisation()
        before = {f: getattr(organisation, f) for f in ("name", "kind", "region_id", "credit_code")} if pk else {}
        organisation.name, organisation.kind = name, kind
        organisation.region, organisation.credit_code = region, credit_code
        try:
            with transaction.atomic():
                organisation.save()
        except IntegrityError as error:
            raise Refused(fields={"credit_code": _("Another organisation already has this credit code.")}) from error
        changed = sorted(f for f, value in before.items() if getattr(organisation, f) != value)
        record(
            actor,
            "places.edit_organisation" if pk else "places.create_organisation",
            organisation,
            region=region.code,
            detail={"name": name, "changed": changed},
        )
    return organisation


def create_site(actor: User, organisation: Organisation, **given: Any) -> Site:
    """Create a site of an organisation. ``given`` holds SITE_FIELDS; missing ones take their defaults."""
    actor.require("places.edit", given["region"].code)
    get_organisation(actor, organisation.pk)
    with transaction.atomic():
        site = Site(organisation=organisation)
        _fill(site, given)
        site.save()
        record(
            actor, "places.create_site", site, region=site.region_id, detail={"name": site.name, "kind": site.kind}
        )
    return site


def edit_site(actor: User, pk: int, version: int, **given: Any) -> Site:
    """Change a site. Raises :class:`Changed` when somebody else did so meanwhile; a renewed licence closes its item."""
    seen = get_site(actor, pk)
    actor.require("places.edit", seen.region_id, seen.pk)
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=pk)
        if site.version != version:
            raise Changed(
                _("Somebody has changed this site meanwhile. Nothing of yours was saved; look at it again.")
            )
        if "region" in given:
            actor.require("places.edit", given["region"].code)
        before = {name: getattr(site, name) for name in SITE_FIELDS}
        _fill(site, given)
        _since_when(site, before)
        if site.kind != before["kind"] and site.beds.exists() and before["kind"] == Site.Kind.HOME:
            raise Refused(fields={"kind": _("This home has beds; its kind cannot change.")})
        changed = [name for name in SITE_FIELDS if getattr(site, name) != before[name]]
        if not changed:
            return site
        site.version += 1
        try:
            with transaction.atomic():
                site.save()
        except IntegrityError as error:
            raise Refused(fields={"state_since": _("The site was already open in these days.")}) from error
        record(actor, "places.edit_site", site, region=site.region_id, detail={"changed": changed})
        if before["licence_expires"] and site.licence_expires != before["licence_expires"]:
            renewed = site.licence_expires is None or site.licence_expires > before["licence_expires"]
            inbox.settle(
                actor,
                _licence_key(site.pk, before["licence_expires"]),
                _("The licence date was changed."),
                needed=renewed,
            )
    return site


def _since_when(site: Site, before: dict[str, Any]) -> None:
    """A change of state holds from today where no other day is said; it lies after the state before it began."""
    today = timezone.localdate()
    if site.state != before["state"] and site.state_since == before["state_since"]:
        site.state_since = today
    if site.state_since is None or site.state_since == before["state_since"]:
        return
    if site.state_since > today:
        raise Refused(fields={"state_since": _("The day lies in the future; enter it when it has come.")})
    begun = site.open_days.order_by("-period").values_list("period", flat=True).first()
    if begun is None:
        return
    first = begun.lower if site.state != Site.State.OPEN else begun.upper
    if site.state != before["state"] and first is not None and site.state_since < first:
        raise Refused(fields={"state_since": _("The state before began on %(day)s; this one begins later.")
                              % {"day": day_words(first)}})


def _fill(site: Site, given: dict[str, Any]) -> None:
    unknown = set(given) - set(SITE_FIELDS)
    if unknown:
        raise TypeError(f"not a site's field: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        setattr(site, name, value)
    site.name = site.name.strip()
    if not site.name:
        raise Refused(fields={"name": _("Give a name.")})
    if (site.lat is None) != (site.lon is None):
        raise Refused(fields={"lat": _("Give both latitude and longitude, or neither.")})
    if site.lat is not None and site.lon is not None and not (-90 <= site.lat <= 90 and -180 <= site.lon <= 180):
        raise Refused(fields={"lat": _("Latitude lies between -90 and 90, longitude between -180 and 180.")})
    if not set(site.levels) <= set(range(5)):
        raise Refused(fields={"levels": _("Ability levels are 0 to 4.")})
    site.levels = sorted(set(site.levels))
    site.name_initials = spelled(site.name)[1]


def set_price(actor: User, site_pk: int, *, item: str, amount_fen: int, unit: str, from_date: dt.date) -> Price:
    """Set what an item costs (whole fen) from a day on. Earlier prices stay on record; a day's price is set once."""
    site = get_site(actor, site_pk)
    actor.require("places.edit", site.region_id, site.pk)
    item = item.strip()
    if not item:
        raise Refused(fields={"item": _("Say what is charged for.")})
    if amount_fen < 0:
        raise Refused(fields={"amount": _("A price is not negative.")})
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        if Price.objects.filter(site=site, item=item, from_date=from_date).exists():
            raise Refused(fields={"from_date": _("This item already has a price from that day; choose a later day.")})
        price = Price.objects.create(site=site, item=item, amount_fen=amount_fen, unit=unit, from_date=from_date)
        record(
            actor,
            "places.set_price",
            site,
            region=site.region_id,
            detail={"item": item, "amount_fen": amount_fen, "unit": unit, "from": from_date.isoformat()},
        )
    return price


def add_room(
    actor: User, site_pk: int, *, name: str, building: str = "", floor: int = 1, beds: int = 0, kind: str = "plain",
    sex: str = "",
) -> Room:
    """Add a room, say for whom it is set aside, and, if asked, add its first beds of one kind."""
    site = get_site(actor, site_pk)
    actor.require("places.edit", site.region_id, site.pk)
    name, building = name.strip(), building.strip()
    if not name:
        raise Refused(fields={"name": _("Give the room's number or name.")})
    _check_sex(sex)
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        if Room.objects.filter(site=site, building=building, name=name).exists():
            raise Refused(fields={"name": _("This building already has a room of that name.")})
        room = Room.objects.create(site=site, building=building, floor=floor, name=name, sex=sex)
        record(actor, "places.add_room", site, region=site.region_id, detail={"room": name, "building": building})
        if beds:
            add_beds(actor, room.pk, count=beds, kind=kind)
    return room


def edit_room(actor: User, room_pk: int, *, name: str, building: str, floor: int, sex: str) -> Room:
    """Change a room's name, place and for whom it is set aside.

    Raises :class:`Refused` for a name the building has already, and where somebody of the other sex lives in it.
    """
    seen = Room.objects.select_related("site").filter(pk=room_pk).first()
    if seen is None:
        raise Refused(_("The room does not exist any more."))
    site = get_site(actor, seen.site_id)
    actor.require("places.edit", site.region_id, site.pk)
    name, building = name.strip(), building.strip()
    if not name:
        raise Refused(fields={"name": _("Give the room's number or name.")})
    _check_sex(sex)
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        room = Room.objects.select_for_update().get(pk=room_pk)
        if Room.objects.filter(site=site, building=building, name=name).exclude(pk=room.pk).exists():
            raise Refused(fields={"name": _("This building already has a room of that name.")})
        before = {"room": room.name, "building": room.building, "floor": room.floor, "sex": room.sex}
        room.name, room.building, room.floor, room.sex = name, building, floor, sex
        try:
            with transaction.atomic():
                room.save(update_fields=["name", "building", "floor", "sex"])
        except IntegrityError as error:
            spoke = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
            if spoke != "room_is_for_its_sex":
                raise
            words = _("Somebody of the other sex lives in this room; they move first.")
            raise Refused(fields={"sex": words}) from error
        record(actor, "places.edit_room", site, region=site.region_id,
               detail={"before": before, "room": name, "building": building, "floor": floor, "sex": sex})
    return room


def _check_sex(sex: str) -> None:
    if sex not in ("", *Room.Sex.values):
        raise Refused(fields={"sex": _("A room is for women, for men, or for couples and mixed.")})


def add_day_places(actor: User, site_pk: int, *, count: int) -> list[Bed]:
    """Add places for day care: each takes one person by day, and none is counted as a bed."""
    site = get_site(actor, site_pk)
    actor.require("places.edit", site.region_id, site.pk)
    if not 1 <= count <= MAX_BEDS_AT_ONCE:
        raise Refused(fields={"count": _("Add 1 to 20 places at a time.")})
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        taken = set(Bed.objects.filter(site=site).values_list("label", flat=True))
        labels = (f"日托{n}" for n in range(1, len(taken) + count + 1))
        made = [
            Bed(site=site, label=label, kind=Bed.Kind.DAY, since=timezone.localdate())
            for label in [one for one in labels if one not in taken][:count]
        ]
        for place in made:
            place.save()
        record(actor, "places.add_day_places", site, region=site.region_id,
               detail={"labels": [place.label for place in made]})
    return made


def add_beds(actor: User, room_pk: int, *, count: int, kind: str) -> list[Bed]:
    """Add beds of one kind to a room; they are labelled room-1, room-2 … after those that stand there."""
    room = Room.objects.select_related("site").filter(pk=room_pk).first()
    if room is None:
        raise Refused(_("The room does not exist any more."))
    site = get_site(actor, room.site_id)
    actor.require("places.edit", site.region_id, site.pk)
    if kind not in (Bed.Kind.NURSING, Bed.Kind.PLAIN):
        raise Refused(fields={"kind": _("A bed in a room is a nursing bed or a plain bed.")})
    if not 1 <= count <= MAX_BEDS_AT_ONCE:
        raise Refused(fields={"count": _("Add 1 to 20 beds at a time.")})
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        stem = f"{room.building}{room.name}" if room.building and _room_name_twice(room) else room.name
        taken = set(Bed.objects.filter(site=site).values_list("label", flat=True))
        labels = (f"{stem}-{n}" for n in range(1, len(taken) + count + 1))
        made = [
            Bed(site=site, room=room, label=label, kind=kind, since=timezone.localdate())
            for label in [one for one in labels if one not in taken][:count]
        ]
        for bed in made:
            bed.save()
        record(
            actor,
            "places.add_beds",
            site,
            region=site.region_id,
            detail={"room": room.name, "kind": kind, "labels": [bed.label for bed in made]},
        )
    return made


def _room_name_twice(room: Room) -> bool:
    return Room.objects.filter(site_id=room.site_id, name=room.name).exclude(pk=room.pk).exists()


def _licence_key(site: int, expires: dt.date) -> str:
    return f"places.licence:{site}:{expires:%Y%m%d}"


def ask_about_expiring(today: dt.date | None = None) -> int:
    """Ask the town officer for each licence that runs out soon; returns how many licences it concerns.

    Asking again is free: an open item is brought up to date.
    """
    today, actor, asked = today or timezone.localdate(), platform_user(), 0
    for pk, name, region, expires in _dated(expiring(today)):
        with transaction.atomic():
            inbox.ask(
                actor,
                "places.licence",
                key=_licence_key(pk, expires),
                region=_town(region),
                params={"site": name, "day": expires.isoformat()},
                url=reverse("places:site", args=[pk]),
            )
        asked += 1
    return asked


def _dated(sites: QuerySet[Site]) -> list[tuple[int, str, str, dt.date]]:
    rows = sites.values_list("pk", "name", "region_id", "licence_expires")
    return [(pk, name, region, expires) for pk, name, region, expires in rows if expires is not None]


def _town(code: str) -> str:
    """The town a region lies in; a region above towns answers for itself."""
    return code[:9]
