"""Writing what the kitchen works by: diets ordered and ended, menus kept and published, what was eaten."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.users.models import User
from yinian.homes.care.actions import LONGEST_NOTE, NOW, Entry, constraint_of, refusal
from yinian.homes.care.queries import get_home, get_resident
from yinian.homes.living.book import ALLERGY, Meal, diet_words, living
from yinian.homes.living.meals import queries
from yinian.homes.living.meals.models import Diet, Dish, Intake, Menu, MenuDish
from yinian.people.models import Person
from yinian.places.models import Site

MOST_DISHES = 12
AHEAD_DAYS = 31  # an order for the coming month, no further
WEEK = 7


# --- diets ---------------------------------------------------------------------------------------------------------


def order_diet(
    actor: User,
    stay_pk: int,
    *,
    kind: str,
    on: dt.date,
    until: dt.date | None = None,
    origin: str,
    reason: str,
    note: str = "",
) -> Diet:
    """Order a texture, a limit or an allergy for a resident from a day on; ``until`` is its last day.

    A new texture ends the one before it on that day. Raises :class:`Refused` where the same is ordered already.
    """
    stay = get_resident(actor, stay_pk, "care.manage")
    site, today = stay.bed.site, timezone.localdate()
    spec, reason = living().diets.get(kind), reason.strip()
    faults = {}
    if spec is None:
        faults["kind"] = _("Choose the diet.")
    if origin not in Diet.Origin.values:
        faults["origin"] = _("Say who ordered it.")
    if not reason:
        faults["reason"] = _("Say why; it is kept.")
    if not today <= on <= today + dt.timedelta(days=AHEAD_DAYS):
        faults["on"] = _("A diet is ordered from today on, at most a month ahead.")
    elif until is not None and until < on:
        faults["until"] = _("The last day lies before the first.")
    if faults or spec is None:
        raise Refused(fields=faults)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=stay.person_id)
        standing = Diet.objects.select_for_update().filter(person=person, strand=spec.strand, held__contains=on).first()
        if standing is not None:
            if standing.kind == kind:
                raise Refused(fields={"kind": _("This is ordered already; end it first.")})
            _end(actor, standing, on, _("Replaced by: %(diet)s") % {"diet": diet_words(kind)})
        try:
            with transaction.atomic():
                made = Diet.objects.create(
                    person=person,
                    site=site,
                    kind=kind,
                    strand=spec.strand,
                    origin=origin,
                    held=DateRange(on, until + dt.timedelta(days=1) if until else None),
                    reason=reason[:200],
                    note=note.strip()[:LONGEST_NOTE] or None,
                    entered_by=actor,
                )
        except IntegrityError as error:
            if constraint_of(error) != "one_diet_of_a_kind_at_a_time":
                raise refusal(error) from error
            raise Refused(
                fields={"on": _("One that begins later is ordered already; end it first or choose an earlier end.")}
            ) from error
        record(
            actor,
            "homes.diet_order",
            made,
            region=site.region_id,
            detail={"person": person.pk, "site": site.pk, "kind": kind, "from": on.isoformat()},
        )
    return made


def _end(actor: User, diet: Diet, on: dt.date, reason: str) -> None:
    """Let a locked diet hold no longer from a day on; one that would hold no day is taken away."""
    if diet.held.lower >= on:
        diet.delete()
        return
    diet.held = DateRange(diet.held.lower, on)
    diet.stopped_by, diet.stop_reason = actor, reason[:200]
    diet.version += 1
    diet.save(update_fields=["held", "stopped_by", "stop_reason", "version"])


def end_diet(actor: User, pk: int, version: int, reason: str) -> None:
    """End a diet: from tomorrow it no longer holds; one that has not begun disappears. The audit chain keeps both."""
    seen, stay = queries.get_diet(actor, pk)
    site, reason = stay.bed.site, reason.strip()
    actor.require("care.manage", site.region_id, site.pk)
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    with transaction.atomic():
        diet = Diet.objects.select_for_update().filter(pk=seen.pk).first()
        if diet is None or diet.version != version:
            raise Changed(_("Somebody has changed this diet meanwhile; look at it again."))
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        if diet.held.upper is not None and diet.held.upper <= tomorrow:
            raise Refused(_("This diet ends today already."))
        record(
            actor,
            "homes.diet_end",
            diet,
            region=site.region_id,
            reason=reason[:200],
            detail={"person": diet.person_id, "kind": diet.kind},
        )
        _end(actor, diet, tomorrow, reason)


# --- dishes and menus ----------------------------------------------------------------------------------------------


def describe_dish(actor: User, pk: int, *, allergens: Sequence[str], unfit: Sequence[str]) -> Dish:
    """Say what a dish contains and for which diets it is not fit. An empty list of allergens says: none of them."""
    seen = queries.get_dish(actor, pk)
    actor.require("care.manage", seen.site.region_id, seen.site_id)
    known = living().diets
    if any(key not in known or known[key].group != ALLERGY for key in allergens):
        raise Refused(fields={"allergens": _("Choose from the list.")})
    if any(key not in known or known[key].group == ALLERGY for key in unfit):
        raise Refused(fields={"unfit": _("Choose from the list.")})
    with transaction.atomic():
        dish = Dish.objects.select_for_update(of=("self",)).get(pk=pk)
        dish.allergens, dish.unfit = sorted(set(allergens)), sorted(set(unfit))
        dish.changed_by, dish.changed_at = actor, timezone.now()
        dish.save(update_fields=["allergens", "unfit", "changed_by", "changed_at"])
        record(
            actor,
            "homes.dish",
            dish,
            region=seen.site.region_id,
            detail={"allergens": dish.allergens, "unfit": dish.unfit},
        )
    return dish


def keep_menus(
    actor: User, site_pk: int, week: dt.date, meals: Mapping[tuple[dt.date, str], Sequence[str]], stamp: str
) -> int:
    """Keep the menus of a week (``week`` its Monday): names of dishes by day and meal, an empty list for none.

    ``stamp`` is :func:`queries.week_stamp` as it was when the actor looked. A dish of a new name is added to the
    home's dishes, with nothing said of its allergens. Returns how many menus changed.
    """
    home = get_home(actor, site_pk, "care.manage")
    days = queries.days_of(week)
    wanted = {}
    for (day, meal), names in meals.items():
        clean = list(dict.fromkeys(name.strip()[:40] for name in names if name.strip()))
        if day not in days or meal not in living().meals:
            raise Refused(_("What was sent did not arrive whole; send it again."))
        if len(clean) > MOST_DISHES:
            raise Refused(_("A meal has at most %(n)d dishes.") % {"n": MOST_DISHES})
        wanted[day, meal] = clean
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=home.pk)  # two people at one week: the second sees the first's
        if queries.week_stamp(home, week) != stamp:
            raise Changed(_("Somebody has changed this week's menu meanwhile; look at it again."))
        changed = _write(actor, home, week, wanted)
        if changed:
            record(actor, "homes.menu", home, region=home.region_id,
                   detail={"week": week.isoformat(), "menus": changed})
    return changed


def _write(actor: User, home: Site, week: dt.date, wanted: Mapping[tuple[dt.date, str], Sequence[str]]) -> int:
    standing = queries.menus_of(home, week)
    names = {name for found in wanted.values() for name in found}
    dishes = {dish.name: dish for dish in Dish.objects.filter(site=home, name__in=names)}
    new = Dish.objects.bulk_create(
        Dish(site=home, name=name, changed_by=actor) for name in sorted(names - dishes.keys())
    )
    dishes |= {dish.name: dish for dish in new}
    changed = 0
    for (day, meal), found in wanted.items():
        menu = standing.get((day, meal))
        before = [line.dish.name for line in menu.lines.all()] if menu else []
        if before == list(found):
            continue
        changed += 1
        if not found:
            assert menu is not None
            menu.delete()
            continue
        if menu is None:
            menu = Menu.objects.create(site=home, day=day, meal=meal, changed_by=actor)
        else:
            menu.lines.all().delete()
            menu.changed_by, menu.changed_at = actor, timezone.now()
            menu.save(update_fields=["changed_by", "changed_at"])
        MenuDish.objects.bulk_create(
            MenuDish(menu=menu, dish=dishes[name], place=place) for place, name in enumerate(found)
        )
    return changed


def copy_week(actor: User, site_pk: int, week: dt.date) -> int:
    """Take last week's dishes into the meals of a week that have none yet. Returns how many meals were filled."""
    home = get_home(actor, site_pk, "care.manage")
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=home.pk)
        standing = queries.menus_of(home, week)
        before = queries.menus_of(home, week - dt.timedelta(days=WEEK))
        if not before:
            raise Refused(_("Nothing is kept for the week before."))
        wanted = {
            (day + dt.timedelta(days=WEEK), meal): [line.dish.name for line in menu.lines.all()]
            for (day, meal), menu in before.items()
            if (day + dt.timedelta(days=WEEK), meal) not in standing
        }
        filled = _write(actor, home, week, wanted)
        if filled:
            record(actor, "homes.menu", home, region=home.region_id,
                   detail={"week": week.isoformat(), "menus": filled, "copied": True})
    return filled


def publish_week(actor: User, site_pk: int, week: dt.date) -> int:
    """Publish what stands of a week's menu: residents' families see it from now. Returns how many meals."""
    home = get_home(actor, site_pk, "care.manage")
    with transaction.atomic():
        rows = Menu.objects.select_for_update().filter(site=home, day__in=queries.days_of(week), published_at=None)
        count = rows.update(published_at=timezone.now(), published_by=actor)
        if not count:
            raise Refused(_("Nothing of this week waits to be published."))
        record(actor, "homes.menu_publish", home, region=home.region_id,
               detail={"week": week.isoformat(), "menus": count})
    return count


def take_out(actor: User, home: Site, day: dt.date, meal: Meal) -> queries.Kitchen:
    """The kitchen sheet to be taken out as a file; who took it is recorded, as of every list that leaves."""
    actor.require("care.record", home.region_id, home.pk)
    sheet = queries.kitchen(actor, home, day, meal)
    with transaction.atomic():
        record(actor, "homes.kitchen_out", home, region=home.region_id,
               detail={"day": day.isoformat(), "meal": meal.id, "people": len(sheet.plates)})
    return sheet


# --- what was eaten ------------------------------------------------------------------------------------------------


def record_intake(
    actor: User,
    stay_pk: int,
    meal: str,
    day: dt.date,
    amount: str,
    *,
    reason: str = "",
    note: str = "",
    entry: Entry = NOW,
) -> Intake:
    """Record how much of a meal a resident ate. Sent twice (``entry.nonce``), kept once."""
    stay = get_resident(actor, stay_pk, "care.record")
    site, spec = stay.bed.site, living().meals.get(meal)
    if spec is None:
        raise Refused(_("What was sent did not arrive whole; send it again."))
    reason = _checked(amount, reason)
    nonce = entry.nonce or uuid.uuid4()
    with transaction.atomic():
        kept = Intake.objects.filter(nonce=nonce, recorded_by=actor).first()
        if kept is not None:
            return kept
        made = _kept(
            person_id=stay.person_id,
            site=site,
            day=day,
            meal=meal,
            slot=spec.minute,
            amount=amount,
            reason=reason,
            note=note.strip()[:LONGEST_NOTE] or None,
            at=entry.at or timezone.now(),
            late_reason=entry.late_reason.strip()[:120],
            recorded_by=actor,
            nonce=nonce,
        )
        record(
            actor,
            "homes.intake",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "meal": meal, "amount": amount},
        )
    return made


def correct_intake(actor: User, pk: int, amount: str, *, reason: str = "", why: str) -> Intake:
    """Put right how much was eaten: the old record stays, the new one says why it was wrong."""
    seen = queries.get_intake(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    why, reason = why.strip(), _checked(amount, reason)
    if not why:
        raise Refused(fields={"why": _("Say what was wrong; it is kept.")})
    with transaction.atomic():
        old = Intake.objects.select_for_update(of=("self",)).get(pk=pk)
        if Intake.objects.filter(corrects=old).exists():
            raise Changed(_("Somebody has corrected this record meanwhile; look at it again."))
        made = _kept(
            person_id=old.person_id,
            site_id=old.site_id,
            day=old.day,
            meal=old.meal,
            slot=old.slot,
            amount=amount,
            reason=reason,
            at=old.at,
            late_reason=why[:120],
            recorded_by=actor,
            corrects=old,
        )
        record(
            actor,
            "homes.intake_correct",
            made,
            region=seen.site.region_id,
            reason=why[:200],
            detail={"record": old.pk, "from": old.amount, "to": amount},
        )
    return made


def _checked(amount: str, reason: str) -> str:
    if amount not in Intake.Amount.values:
        raise Refused(fields={"amount": _("Say how much was eaten.")})
    if amount == Intake.Amount.ALL:
        return ""
    if reason not in living().intake_reasons:
        raise Refused(fields={"reason": _("Choose why not all was eaten.")})
    return reason


def _kept(**values: object) -> Intake:
    try:
        with transaction.atomic():
            return Intake.objects.create(**values)
    except IntegrityError as error:
        name = constraint_of(error)
        if name == "meal_recorded_once":
            raise Changed(_("Somebody has recorded this meal meanwhile; look at the sheet again.")) from error
        if name == "meal_is_near_its_time":
            raise Refused(_("The time lies more than 12 hours from when it was due; look at the day.")) from error
        raise refusal(error) from error
