"""Reading what the kitchen works by: diets that hold, a week's menu, a meal counted by diet and floor, who eats
little."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.care.book import clock
from yinian.homes.care.models import LOOK_BACK
from yinian.homes.care.queries import local
from yinian.homes.living.book import ALLERGY, LIMIT, TEXTURE, Meal, diet_words, food_words, living, meal_words
from yinian.homes.living.meals.models import Diet, Dish, Intake, Menu, MenuDish
from yinian.homes.living.outings.queries import out_at
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.homes.thresholds.catalogue import LITTLE_MEALS
from yinian.homes.thresholds.queries import figure
from yinian.people.models import Person
from yinian.places.models import Site

BEFORE = dt.timedelta(minutes=30)  # so long before its time a meal can be recorded as eaten
LITTLE = (Intake.Amount.LITTLE, Intake.Amount.NONE)
RECENT_DAYS = 14  # older records say nothing about how somebody eats now


# --- diets ---------------------------------------------------------------------------------------------------------


def diets_visible_to(actor: User) -> QuerySet[Diet]:
    """Diets of those who live today in a home whose care the actor sees; an allergy entered elsewhere among them."""
    return Diet.objects.filter(person__in=residents_visible_to(actor).values("person"))


def residents_visible_to(actor: User) -> QuerySet[Stay]:
    """Stays that hold today in homes whose care the actor sees."""
    actor.require("care.view")
    return stays.stays_visible_to(actor).filter(
        actor.scope("care.view").q("bed__site__region__code", "bed__site"), period__contains=timezone.localdate()
    )


def get_diet(actor: User, pk: int) -> tuple[Diet, Stay]:
    """A diet and the stay today of whom it concerns. Raises NotVisible."""
    found = Diet.objects.filter(pk=pk).first()
    if found is None:
        raise NotVisible("diet")
    stay = residents_visible_to(actor).filter(person=found.person_id).select_related("person", "bed__site").first()
    if stay is None:
        raise NotVisible("diet")
    return found, stay


def diets_of(person: Person) -> list[Diet]:
    """Everything ordered for a person, what holds first."""
    found = list(Diet.objects.filter(person=person).select_related("entered_by", "stopped_by", "site"))
    today = timezone.localdate()
    return sorted(found, key=lambda d: (d.held.upper is not None and d.held.upper <= today, d.held.lower))


def diets_on(people: Collection[int], day: dt.date) -> dict[int, list[Diet]]:
    """What holds on a day, by person: texture first, then limits, then allergies. One query."""
    order = {key: n for n, key in enumerate(living().diets)}
    found: dict[int, list[Diet]] = defaultdict(list)
    for diet in Diet.objects.filter(person__in=people, held__contains=day).defer("note"):
        found[diet.person_id].append(diet)
    for mine in found.values():
        mine.sort(key=lambda d: order.get(d.kind, len(order)))
    return found


@dataclass(frozen=True)
class Eats:
    """What one resident eats: ``kinds`` texture and limits, ``avoids`` the allergies, ids of the catalogue."""

    kinds: tuple[str, ...]
    avoids: tuple[str, ...]

    @property
    def label(self) -> str:
        """软食 · 低盐"""
        return " · ".join(diet_words(kind) for kind in self.kinds)

    @property
    def foods(self) -> str:
        """花生、鸡蛋; empty where nothing is to be avoided."""
        return "、".join(food_words(kind) for kind in self.avoids)

    @property
    def plain(self) -> bool:
        return self.kinds == (living().usual,) and not self.avoids


def eats(diets: Iterable[Diet]) -> Eats:
    """What the diets that hold come to; without a texture ordered, the usual one."""
    known = living().diets
    groups: dict[str, list[str]] = defaultdict(list)
    for diet in diets:
        groups[known[diet.kind].group if diet.kind in known else LIMIT].append(diet.kind)
    return Eats((*(groups[TEXTURE] or [living().usual]), *groups[LIMIT]), tuple(groups[ALLERGY]))


# --- dishes and menus ----------------------------------------------------------------------------------------------


def dishes_visible_to(actor: User) -> QuerySet[Dish]:
    actor.require("care.view")
    return Dish.objects.filter(actor.scope("care.view").q("site__region__code", "site"))


def get_dish(actor: User, pk: int) -> Dish:
    found = dishes_visible_to(actor).select_related("site", "changed_by").filter(pk=pk).first()
    if found is None:
        raise NotVisible("dish")
    return found


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def days_of(week: dt.date) -> list[dt.date]:
    """The seven days of the week that begins on ``week``."""
    return [week + dt.timedelta(days=n) for n in range(7)]


def menus_of(home: Site, week: dt.date, *, published: bool = False) -> dict[tuple[dt.date, str], Menu]:
    """A week's menus by day and meal, with their dishes."""
    found = Menu.objects.filter(site=home, day__in=days_of(week))
    if published:
        found = found.filter(published_at__isnull=False)
    lines = Prefetch("lines", MenuDish.objects.select_related("dish"))
    return {(menu.day, menu.meal): menu for menu in found.prefetch_related(lines)}


def week_stamp(home: Site, week: dt.date) -> str:
    """A word that changes whenever a menu of the week does."""
    found = Menu.objects.filter(site=home, day__in=days_of(week)).aggregate(n=Count("pk"), last=Max("changed_at"))
    return f"{found['n']}-{found['last'].timestamp() if found['last'] else 0}"


def dishes_of_home(home: Site) -> QuerySet[Dish]:
    """All dishes of a home's kitchen. The caller has checked that the home may be seen."""
    return Dish.objects.filter(site=home)


def dishes_of(home: Site, day: dt.date, meal: str) -> list[Dish]:
    """The dishes of one meal, in their order."""
    lines = MenuDish.objects.filter(menu__site=home, menu__day=day, menu__meal=meal).select_related("dish")
    return [line.dish for line in lines]


# --- the kitchen sheet ---------------------------------------------------------------------------------------------

Floor = tuple[str, int]


@dataclass
class Plate:
    """One resident at a meal. ``clash``: dishes not for them; ``unsure``: dishes of which nobody has said what is in
    them, for somebody who must avoid something."""

    stay: Stay
    eats: Eats
    clash: tuple[str, ...]
    unsure: tuple[str, ...]


@dataclass
class Kitchen:
    """A meal for the kitchen: portions by what is eaten and floor, who eats otherwise than usual, who is left out."""

    meal: Meal
    day: dt.date
    dishes: list[Dish]
    floors: list[Floor]
    counts: dict[tuple[str, ...], Counter[Floor]]
    plates: list[Plate]
    left_out: list[tuple[Stay, str]]

    def rows(self) -> list[tuple[str, list[int], int]]:
        """(diet in words, portions by floor, all), the usual first, then the most."""
        usual = (living().usual,)
        order = sorted(self.counts, key=lambda kinds: (kinds != usual, -self.counts[kinds].total(), kinds))
        return [
            (Eats(kinds, ()).label, [self.counts[kinds][floor] for floor in self.floors], self.counts[kinds].total())
            for kinds in order
        ]

    @property
    def all(self) -> int:
        return sum(found.total() for found in self.counts.values())

    def by_floor(self) -> list[int]:
        return [sum(found[floor] for found in self.counts.values()) for floor in self.floors]

    @property
    def special(self) -> list[Plate]:
        return [plate for plate in self.plates if not plate.eats.plain]


def floor_words(floor: Floor) -> str:
    return f"{floor[0]} {_('floor %(n)s') % {'n': floor[1]}}".strip()


def kitchen(actor: User, home: Site, day: dt.date, meal: Meal) -> Kitchen:
    """A meal of a home counted by diet and floor. Who is away that day, or out at that time, is left out and named."""
    actor.require("care.view", home.region_id, home.pk)
    found = (
        stays.stays_visible_to(actor)
        .filter(bed__site=home, period__contains=day)
        .select_related("person", "bed__room")
        .defer("person__id_number", "person__address", "person__phone")
        .order_by("bed__room__building", "bed__room__floor", "bed__label")
    )
    if not meal.day_care:
        found = found.exclude(kind=Stay.Kind.DAY)
    here = list(found)
    away = dict(Absence.objects.filter(stay__in=here, period__contains=day).values_list("stay", "kind"))
    away_words = dict(Absence.Kind.choices)
    out = out_at(home, local(day, meal.minute))
    diets, dishes = diets_on([stay.person_id for stay in here], day), dishes_of(home, day, meal.id)
    made = Kitchen(meal, day, dishes, [], defaultdict(Counter), [], [])
    for stay in here:
        if stay.pk in away:
            made.left_out.append((stay, str(away_words[away[stay.pk]])))
            continue
        if stay.person_id in out:
            made.left_out.append((stay, _("out for some hours")))
            continue
        mine = eats(diets.get(stay.person_id, ()))
        floor = (stay.bed.room.building, stay.bed.room.floor) if stay.bed.room else (_("Day places"), 1)
        if floor not in made.floors:
            made.floors.append(floor)
        made.counts[mine.kinds][floor] += 1
        made.plates.append(Plate(stay, mine, *_against(mine, dishes)))
    return made


def _against(mine: Eats, dishes: Iterable[Dish]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the dishes that are not for somebody, and of those that nobody has described to one with allergies."""
    clash, unsure = [], []
    for dish in dishes:
        if set(mine.kinds) & set(dish.unfit) or set(mine.avoids) & set(dish.allergens or ()):
            clash.append(dish.name)
        elif mine.avoids and dish.allergens is None:
            unsure.append(dish.name)
    return tuple(clash), tuple(unsure)


def next_meal(now: dt.datetime | None = None) -> tuple[dt.date, Meal]:
    """The meal that the kitchen works on: the next one whose time has not come, tomorrow's first after the last."""
    moment = timezone.localtime(now)
    minute = moment.hour * 60 + moment.minute
    for meal in living().meals.values():
        if minute < meal.minute:
            return moment.date(), meal
    return moment.date() + dt.timedelta(days=1), next(iter(living().meals.values()))


# --- what was eaten ------------------------------------------------------------------------------------------------


def intakes_visible_to(actor: User) -> QuerySet[Intake]:
    actor.require("care.view")
    return Intake.objects.filter(actor.scope("care.view").q("site__region__code", "site"))


def intakes_of(actor: User, home: Site) -> QuerySet[Intake]:
    """A home's records for a list, corrected ones too."""
    return (
        intakes_visible_to(actor)
        .filter(site=home)
        .select_related("person", "recorded_by", "corrected_by")
        .defer("note", "person__id_number", "person__address", "person__phone")
    )


def get_intake(actor: User, pk: int) -> Intake:
    found = intakes_visible_to(actor).filter(pk=pk).select_related("person", "site", "recorded_by").first()
    if found is None:
        raise NotVisible("intake")
    return found


@dataclass
class MealSlot:
    """A meal of a resident on the sheet: recorded, or to be recorded."""

    meal: Meal
    day: dt.date
    record: Intake | None

    @property
    def clock(self) -> str:
        return clock(self.meal.minute)

    @property
    def words(self) -> str:
        return meal_words(self.meal.id)


def meal_slots(stay: Stay, now: dt.datetime | None = None) -> list[MealSlot]:
    """A resident's meals of today whose time has come, and those of the last hours that are still open."""
    now = now or timezone.now()
    today = timezone.localtime(now).date()
    days = (today - dt.timedelta(days=1), today)
    kept = {
        (one.day, one.meal): one
        for one in Intake.objects.filter(
            person=stay.person_id, day__in=days, corrected_by__isnull=True
        ).select_related("recorded_by")
    }
    found = []
    for day in days:
        for meal in living().meals.values():
            at, one = local(day, meal.minute), kept.get((day, meal.id))
            if day not in stay.period or at > now + BEFORE or (stay.kind == Stay.Kind.DAY and not meal.day_care):
                continue
            if day == today or (one is None and at >= now - LOOK_BACK):
                found.append(MealSlot(meal, day, one))
    return found


@dataclass
class Row:
    """How somebody has eaten of late: meals in a row of which little or nothing was eaten, and the last one."""

    meals: int = 0
    last: Intake | None = None
    ended: bool = field(default=False, repr=False)


def little_in_a_row(home: Site, today: dt.date | None = None) -> dict[int, Row]:
    """Meals in a row, up to the last one recorded, of which a resident ate a little or nothing; by person."""
    today = today or timezone.localdate()
    found: dict[int, Row] = defaultdict(Row)
    records = Intake.objects.filter(
        site=home, day__gt=today - dt.timedelta(days=RECENT_DAYS), corrected_by__isnull=True
    ).defer("note")
    for one in records.order_by("-day", "-slot"):
        row = found[one.person_id]
        if row.ended:
            continue
        if one.amount in LITTLE:
            row.meals += 1
            row.last = row.last or one
        else:
            row.ended = True
    return {person: row for person, row in found.items() if row.meals}


def eat_little(actor: User, home: Site) -> tuple[QuerySet[Any], dict[int, Row], int]:
    """Who lives here and ate little at as many meals in a row as the home says, with how many, and what it says."""
    least = figure(home, LITTLE_MEALS)
    rows = {p: row for p, row in little_in_a_row(home).items() if row.meals >= least}
    return stays.residents(actor, home).filter(person__in=rows), rows, least
