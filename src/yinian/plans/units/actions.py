"""Keeping units: entered, renamed, merged by a name, spoken for; and the names of documents given to them."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.models import User
from yinian.core.regions.models import Level, Region
from yinian.core.roles import ROLES, Role
from yinian.plans.tasks.models import TaskUnit
from yinian.plans.units import naming
from yinian.plans.units.models import Unit, UnitName, UnitUser
from yinian.plans.units.queries import county_name, get_unit

MOST_NAMES = 30


def save_unit(
    actor: User, region: str, name: str, kind: str, aliases: Iterable[str] = (), *, pk: int | None = None,
    version: int = 0, active: bool = True,
) -> Unit:
    """Enter a unit, or change one. Names are compared bare: 县民政局 and 民政局 are the same name.

    Raises :class:`Refused` where a name already is another unit's.
    """
    actor.require("plans.drive", region)
    name = name.strip()
    if not name:
        raise Refused(fields={"name": _("Fill this in.")})
    if kind not in (Unit.Kind.DEPARTMENT, Unit.Kind.OTHER) and pk is None:
        raise Refused(fields={"kind": _("Towns are entered from the register of divisions.")})
    with transaction.atomic():
        if pk is None:
            if Unit.objects.filter(region=region, name=name).exists():
                raise Refused(fields={"name": _("A unit of this name is on record.")})
            unit = Unit.objects.create(region_id=region, name=name, kind=kind, created_by=actor)
        else:
            unit = Unit.objects.select_for_update().get(pk=get_unit(actor, pk, "plans.drive").pk)
            if unit.version != version:
                raise Changed(_("Somebody has changed this meanwhile; look at it again."))
            if Unit.objects.filter(region=unit.region_id, name=name).exclude(pk=pk).exists():
                raise Refused(fields={"name": _("A unit of this name is on record.")})
            unit.name, unit.active, unit.version = name, active, unit.version + 1
            if unit.kind != Unit.Kind.TOWN and kind in (Unit.Kind.DEPARTMENT, Unit.Kind.OTHER):
                unit.kind = kind
            unit.save()
        _set_names(unit, [name, *aliases])
        record(actor, "plans.unit", unit, region=unit.region_id, detail={"name": name, "names": len(set(aliases))})
        match_names(unit.region_id)
    return unit


def _set_names(unit: Unit, surfaces: Iterable[str]) -> None:
    """Give a unit its names, all of them."""
    county = county_name(unit.region_id)
    town = unit.kind == Unit.Kind.TOWN
    wanted = {naming.bare(text, county, town) for text in surfaces if text.strip()}
    if len(wanted) > MOST_NAMES:
        raise Refused(fields={"aliases": _("At most %(n)d names.") % {"n": MOST_NAMES}})
    taken = (
        UnitName.objects.filter(region=unit.region_id, text__in=wanted).exclude(unit=unit)
        .select_related("unit").first()
    )
    if taken is not None:
        raise Refused(fields={"aliases": _("“%(name)s” already means %(unit)s.") % {
            "name": taken.text, "unit": taken.unit.name}})
    UnitName.objects.filter(unit=unit).exclude(text__in=wanted).delete()
    UnitName.objects.bulk_create(
        [UnitName(unit=unit, region_id=unit.region_id, text=text) for text in sorted(wanted)], ignore_conflicts=True
    )


def towns_of(actor: User, region: str) -> list[Unit]:
    """The town units of a county, made from the register of divisions where they are missing."""
    if len(region) != 6:
        return []
    held = {unit.territory_id: unit for unit in Unit.objects.filter(region=region, kind=Unit.Kind.TOWN)}
    for town in Region.objects.filter(parent=region, level=Level.TOWN).defer("outline"):
        if town.code not in held:
            held[town.code] = unit = Unit.objects.create(
                region_id=region, name=town.name, kind=Unit.Kind.TOWN, territory=town, created_by=actor
            )
            text = naming.bare(town.name, county_name(region), True)
            UnitName.objects.get_or_create(region_id=region, text=text, defaults={"unit": unit})
    return [held[code] for code in sorted(held, key=str)]


class Matcher:
    """The units of a region by their names, for many surfaces at once."""

    def __init__(self, region: str) -> None:
        self.county = county_name(region)
        self.units = {name.text: name.unit for name in UnitName.objects.filter(
            region=region, unit__active=True).select_related("unit")}
        self.towns = list(Unit.objects.filter(region=region, kind=Unit.Kind.TOWN, active=True))

    def find(self, surface: str) -> list[Unit]:
        """The unit a name means, every town for the name of them all, or nothing."""
        if naming.means_all_towns(surface):
            return self.towns
        for town in (False, True):
            unit = self.units.get(naming.bare(surface, self.county, town))
            if unit is not None:
                return [unit]
        return []


def match_names(region: str) -> int:
    """Give the names that nobody had assigned in plans of a region to the units they mean by now. How many."""
    waiting = list(
        TaskUnit.objects.filter(unit__isnull=True, task__document__region=region).select_for_update(of=("self",))
    )
    if not waiting:
        return 0
    matcher, done = Matcher(region), 0
    for part in waiting:
        units = matcher.find(part.surface)
        if not units:
            continue
        done += 1
        held = set(TaskUnit.objects.filter(task=part.task_id, unit__isnull=False).values_list("unit_id", flat=True))
        TaskUnit.objects.bulk_create(
            [TaskUnit(task_id=part.task_id, unit=unit, surface=part.surface, role=part.role)
             for unit in units if unit.pk not in held]
        )
        part.delete()
    return done


def assign(actor: User, region: str, surface: str, unit_pk: int | None, *, make: bool = False) -> int:
    """Say whose a name in the documents is: a unit on record, or a new one of that name. Returns parts assigned."""
    actor.require("plans.drive", region)
    surface = surface.strip()
    if not TaskUnit.objects.filter(unit__isnull=True, surface=surface, task__document__region=region).exists():
        raise Refused(_("Nobody is called so in the plans any more; the list has changed."))
    with transaction.atomic():
        county = county_name(region)
        if make:
            unit = save_unit(actor, region, surface, Unit.Kind.DEPARTMENT)
            return TaskUnit.objects.filter(unit=unit).count()
        if unit_pk is None:
            raise Refused(fields={"unit": _("Choose one.")})
        unit = get_unit(actor, unit_pk, "plans.drive")
        if unit.region_id != region:
            raise Refused(fields={"unit": _("That unit belongs to another area.")})
        text = naming.bare(surface, county, unit.kind == Unit.Kind.TOWN)
        try:
            with transaction.atomic():
                UnitName.objects.get_or_create(region_id=region, text=text, defaults={"unit": unit})
        except IntegrityError as error:
            raise Changed(_("Somebody has changed this meanwhile; look at it again.")) from error
        done = match_names(region)
        record(actor, "plans.unit_named", unit, region=region, detail={"name": surface, "parts": done})
    return done


def name_speaker(actor: User, unit_pk: int, user: User) -> UnitUser:
    """Let an account speak for a unit. It needs the right to report, in the unit's county."""
    unit = get_unit(actor, unit_pk, "plans.drive")
    if unit.kind == Unit.Kind.TOWN:
        raise Refused(fields={"user": _("The officers of the town speak for it.")})
    may = any(
        "plans.report" in ROLES[Role(p.role)].rights and unit.region_id.startswith(p.region_id)
        for p in user.current_postings if p.site_ref is None
    )
    if not user.is_active or not may:
        raise Refused(fields={"user": _("This account has no role by which it could report here.")})
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        if UnitUser.objects.filter(unit=unit, user=user, ended_at__isnull=True).exists():
            raise Refused(fields={"user": _("This account already speaks for the unit.")})
        made = UnitUser.objects.create(unit=unit, user=user, named_by=actor)
        record(actor, "plans.unit_speaker", unit, region=unit.region_id, detail={"user": user.pk})
    return made


def end_speaker(actor: User, pk: int) -> UnitUser:
    """An account no longer speaks for a unit."""
    with transaction.atomic():
        found = UnitUser.objects.select_for_update().filter(pk=pk, ended_at__isnull=True).first()
        if found is None:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        unit = get_unit(actor, found.unit_id, "plans.drive")
        found.ended_at, found.ended_by = timezone.now(), actor
        found.save(update_fields=["ended_at", "ended_by"])
        record(actor, "plans.unit_speaker_end", unit, region=unit.region_id, detail={"user": found.user_id})
    return found
