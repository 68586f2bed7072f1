"""The list of older people: its columns, filters and what is attached to each page of rows."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, choice_words
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.people.circumstances.models import Roll, Spell
from yinian.people.circumstances.queries import believed
from yinian.people.circumstances.words import ability_words, in_words, kind_words
from yinian.people.kinds import KINDS
from yinian.people.persons.models import Person, Sex
from yinian.people.persons.queries import search

# What ought to be known of everybody; the rest is asked only where there is reason to.
WATCHED = ("relief", "disability", "living", "left_behind", "empty_nest", "medical_insurance", "pension")
SHOWN_MISSING = 3
BANDS = {"60": (60, 70), "70": (70, 80), "80": (80, 90), "90": (90, 100), "100": (100, 200)}
UNKNOWN = "unknown"
_sex, _state = choice_words(Sex.choices), choice_words(Person.State.choices)
ANY = "any"  # some value other than what the kind's complete list means by absence


def _current(kind: str, **more: Any) -> Exists:
    return Exists(Spell.objects.filter(
        believed(), person=OuterRef("pk"), kind=kind, valid__contains=timezone.localdate(), **more
    ))


def _covered(kind: str) -> Q:
    """Persons whom a complete list of the kind covers."""
    inside = Q(pk__in=[])
    rolls = Roll.objects.filter(believed(), kind=kind, as_of__lte=timezone.localdate())
    for code in set(rolls.values_list("region_id", flat=True)):
        inside |= Q(region__code__startswith=code)
    return inside


def with_value(people: QuerySet[Person], kind: str, value: str) -> QuerySet[Person]:
    """Persons of whom ``value`` of a kind holds today, concluded from complete lists too; or ``unknown``."""
    spec = KINDS[kind]
    if value == UNKNOWN:
        people = people.filter(~_current(kind))
        return people.exclude(_covered(kind)) if spec.absent is not None else people
    if value == ANY:
        return people.filter(_current(kind) & ~Q(_current(kind, value=spec.absent or "")))
    condition = Q(_current(kind, value=value))
    if spec.absent == value:
        condition |= Q(~_current(kind)) & _covered(kind)
    return people.filter(condition)


def with_grade(people: QuerySet[Person], kind: str, value: str) -> QuerySet[Person]:
    """Persons with a grade of a kind today (``2``, or ``2-4`` for a range), or ``unknown``."""
    if value == UNKNOWN:
        return with_value(people, kind, value)
    low, _dash, high = value.partition("-")
    return people.filter(_current(kind, grade__range=(int(low), int(high or low))))


def aged(people: QuerySet[Person], band: str) -> QuerySet[Person]:
    """Persons in an age band of :data:`BANDS` on this day."""
    low, high = BANDS[band]
    today = timezone.localdate()
    return people.filter(birth_date__lte=_years_before(today, low), birth_date__gt=_years_before(today, high))


def _years_before(day: dt.date, years: int) -> dt.date:
    """The last birth date of those who are ``years`` old on ``day``; 29 February comes of age on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February in a year without one
        return day.replace(year=day.year - years, day=28)


def lacking(people: QuerySet[Person], what: str) -> QuerySet[Person]:
    """Persons of whom something is not known: a kind, or a field of the entry."""
    fields = {"id_number": "id_index", "phone": "phone_index", "birth_date": "birth_date"}
    if what in fields:
        return people.filter(**{f"{fields[what]}__isnull": True})
    return with_value(people, what, UNKNOWN)


def attach(people: Sequence[Person]) -> None:
    """Give each row today's circumstances, ``facts`` (kind -> value, grade), and ``missing`` (labels). Two queries."""
    today = timezone.localdate()
    concluding = [kind for kind in WATCHED if KINDS[kind].absent is not None]
    no_number, no_phone = _("ID number"), _("Phone")
    above = {code for person in people for code in Region.codes_above(person.region_id)}
    covered = set(
        Roll.objects.filter(believed(), as_of__lte=today, kind__in=concluding, region__in=above)
        .values_list("kind", "region_id")
    )
    spells: dict[int, dict[str, tuple[str, int | None]]] = {person.pk: {} for person in people}
    rows = Spell.objects.filter(
        believed(), person__in=list(spells), kind__in=[*WATCHED, "ability"], valid__contains=today
    ).values_list("person_id", "kind", "value", "grade")
    for pk, kind, value, grade in rows:
        spells[pk][kind] = (value, grade)
    for person in people:
        facts = spells[person.pk]
        for kind in concluding:
            absent = KINDS[kind].absent
            if kind not in facts and absent is not None and any(
                (kind, code) in covered for code in Region.codes_above(person.region_id)
            ):
                facts[kind] = (absent, None)
        person.facts = facts  # type: ignore[attr-defined]
        missing = [] if person.id_index else [no_number]
        missing += [] if person.phone_index else [no_phone]
        person.missing = missing + [kind_words(kind) for kind in WATCHED if kind not in facts]  # type: ignore[attr-defined]


def _fact(kind: str) -> Callable[[Any], str]:
    def cell(person: Any) -> str:
        held = person.facts.get(kind)
        return "–" if held is None else in_words(kind, *held)

    return cell


def _relief(person: Any) -> tuple[str, str]:
    held = person.facts.get("relief")
    if held is None:
        return _("Not known"), "mute"
    return in_words("relief", *held), "mute" if held[0] == "none" else "info"


def _ability(person: Any) -> str:
    held = person.facts.get("ability")
    return _("Not assessed") if held is None else ability_words(held[1])


def _missing(person: Any) -> str:
    names = person.missing
    if not names:
        return ""
    text = _(", ").join(str(name) for name in names[:SHOWN_MISSING])
    return text if len(names) <= SHOWN_MISSING else _("%(these)s and %(n)s more") % {
        "these": text, "n": len(names) - SHOWN_MISSING
    }


def _values(kind: str) -> Callable[[User], Iterable[tuple[Any, Any]]]:
    return lambda actor: [*KINDS[kind].values.items(), (UNKNOWN, _("Not known"))]


def _levels(actor: User) -> Iterable[tuple[Any, Any]]:
    # Moderate and worse: who the plans count as unable to care for themselves (GB/T 42195, levels 2 to 4).
    return [("2-4", _("Moderate or worse")), *((n, ability_words(n)) for n in range(5)), (UNKNOWN, _("Not assessed"))]


def _lackings(actor: User) -> Iterable[tuple[Any, Any]]:
    return [("id_number", _("ID number")), ("phone", _("Phone")), ("birth_date", _("Birth date")),
            *((kind, kind_words(kind)) for kind in WATCHED)]


def _bands(actor: User) -> Iterable[tuple[Any, Any]]:
    return [(band, _("%(low)s to %(high)s") % {"low": low, "high": high - 1} if high < 200
             else _("%(low)s and over") % {"low": low}) for band, (low, high) in BANDS.items()]


def _by_state(people: QuerySet[Person], state: str) -> QuerySet[Person]:
    return people.filter(state=state)


def columns() -> list[Column]:
    return [
        Column("name", _("Name"), lambda p: p.name, kind="link", sort="name_pinyin"),
        Column("sex", _("Sex"), lambda p: _sex(p.sex)),
        Column("age", _("Age"), lambda p: age_on(p.birth_date), kind="number", sort="birth_date"),
        Column("village", _("Village"), lambda p: p.region.name, sort="region_id"),
        Column("town", _("Town"), lambda p: p.region.parent.name if p.region.parent else "", default=False),
        Column("relief", _("Social relief"), _relief, kind="badge"),
        Column("disability", _("Disability"), _fact("disability"), default=False),
        Column("ability", _("Ability level"), _ability),
        Column("living", _("Lives with"), _fact("living")),
        Column("birth_date", _("Birth date"), lambda p: p.birth_date, kind="day", default=False),
        Column("household", _("Household number"), lambda p: p.household_no, default=False),
        Column("state", _("State"), lambda p: _state(p.state), default=False),
        Column("missing", _("Missing"), _missing),
    ]


def list_view(actor: User) -> ListView:
    """The list as this actor sees it: by pinyin within a town or village, by village over a county."""
    home = actor.home_region
    narrow = home is None or len(home.code) > 6
    return ListView(
        title=_("Older people"),
        columns=columns(),
        filters=[
            Filter("region", gettext_lazy("Area"), lambda q, v: q.filter(region__code__startswith=v), kind="region"),
            Filter("age", gettext_lazy("Age"), aged, _bands),
            Filter("sex", gettext_lazy("Sex"), lambda q, v: q.filter(sex=v), lambda a: Sex.choices),
            Filter("relief", gettext_lazy("Social relief"), lambda q, v: with_value(q, "relief", v),
                   _values("relief")),
            Filter("disability", gettext_lazy("Disability"), lambda q, v: with_value(q, "disability", v),
                   lambda actor: [(ANY, _("Any disability")), *_values("disability")(actor)]),
            Filter("ability", gettext_lazy("Ability level"), lambda q, v: with_grade(q, "ability", v), _levels),
            Filter("living", gettext_lazy("Lives with"), lambda q, v: with_value(q, "living", v), _values("living")),
            Filter("missing", gettext_lazy("Missing"), lacking, _lackings),
            Filter("state", gettext_lazy("State"), _by_state,
                   lambda a: [c for c in Person.State.choices if c[0] != Person.State.MERGED]),
        ],
        search=search,
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, end of the ID number, phone, village"),
        default_sort=("name_pinyin", "asc") if narrow else ("region_id", "asc"),
        excel_right="people.export",
        region_field="region__code",
        row_url=lambda p: reverse("people:person", args=[p.pk]),
        empty=_("No older person is on record in your area yet"),
        empty_text=_("Register the first, or load a departmental list."),
        per_row=attach,
    )
