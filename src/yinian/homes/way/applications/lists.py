"""The lists: who waits in order, all applications, the destitute who wish for central support and have it not."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.assessments import scales
from yinian.core.inbox.pages import short_day
from yinian.core.jinja import age_on, label
from yinian.core.lists import Column, Filter, ListView
from yinian.core.users.models import User
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import BedApplication, BedWish
from yinian.people.persons import queries as persons
from yinian.places.models import Site
from yinian.places.regions.queries import counties_of

TONES = {
    "lodged": "warn", "returned": "warn", "level": "warn", "waiting": "info", "offered": "info", "accepted": "info",
    "intake": "info", "admitted": "ok", "refused": "mute", "withdrawn": "mute", "closed": "mute",
}


def village_of(person: Any) -> str:
    region = person.region
    return f"{region.parent.name} {region.name}" if region.level >= 5 and region.parent is not None else region.name


def state_badge(one: BedApplication) -> tuple[str, str]:
    return str(one.get_state_display()), TONES[one.state]


def due_badge(one: BedApplication) -> tuple[str, str]:
    """By when the present state is to be acted upon: how late, today, or the day."""
    if one.due_on is None or one.is_over:
        return "", ""
    left = (one.due_on - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    return (_("Today"), "warn") if left == 0 else (short_day(one.due_on), "mute")


def attach_homes(rows: Any) -> None:
    """The homes wanted of a page of applications, in one query."""
    names: dict[int, list[str]] = {}
    wishes = BedWish.objects.filter(application__in=[row.pk for row in rows], rank__isnull=False).order_by("rank")
    for pk, name in wishes.values_list("application_id", "site__name"):
        names.setdefault(pk, []).append(name)
    for row in rows:
        row.homes_wanted = _(", ").join(names.get(row.pk, []))


def _search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(person__in=persons.search(persons.Person.objects.all(), text))


def homes_choices(actor: User) -> list[tuple[int, str]]:
    """The homes of the county the actor works in."""
    found: list[tuple[int, str]] = []
    for code in counties_of(actor, "waiting.view"):
        found += Site.objects.filter(
            kind=Site.Kind.HOME, region__code__startswith=code
        ).order_by("name").values_list("pk", "name")
    return found


def class_choices(actor: User) -> list[tuple[str, str]]:
    """The classes of the order in force."""
    found: dict[str, str] = {}
    for code in counties_of(actor, "waiting.view"):
        for one in rules.rules_for(code).order.value:
            found[one.id] = label({"zh": one.label.zh, "en": one.label.en})
    return [*found.items(), ("-", _("Other older people"))]


def _class(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(class_id="" if value == "-" else value)


def _columns(first: list[Column]) -> list[Column]:
    return [
        *first,
        Column("name", _("Name"), lambda a: a.person.name, sort="person__name"),
        Column("village", _("Village"), lambda a: village_of(a.person), sort="person__region_id"),
        Column("age", _("Age"), lambda a: age_on(a.person.birth_date), kind="number", sort="person__birth_date"),
        Column("level", _("Ability level"), lambda a: scales.level_name(scales.ABILITY_SCALE, a.level), sort="level"),
        Column("class", _("Class"), lambda a: label(a.class_label), sort="class_order"),
        Column("kind", _("Kind of stay"), lambda a: a.get_kind_display(), sort="kind"),
        Column("bed_kind", _("Kind of bed"), lambda a: a.get_bed_kind_display(), sort="bed_kind", default=False),
        Column("homes", _("Homes wanted"), lambda a: a.homes_wanted or _("Any home")),
        Column("since", pgettext("waiting list", "Counts from"), lambda a: a.since, kind="day", sort="since"),
    ]


def _filters(*more: Filter) -> list[Filter]:
    return [
        *more,
        Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
        Filter("class", _("Class"), _class, class_choices),
        Filter("kind", _("Kind of stay"), lambda qs, v: qs.filter(kind=v), lambda actor: BedApplication.Kind.choices),
        Filter("home", _("Home wanted"), lambda qs, v: qs.filter(wishes__site=int(v), wishes__rank__isnull=False),
               homes_choices),
        Filter("level", _("Ability level"), lambda qs, v: qs.filter(level=int(v)),
               lambda actor: scales.level_choices(scales.ABILITY_SCALE)),
        Filter("urgent", _("Urgent"), lambda qs, v: qs.filter(urgent=True), kind="bool"),
    ]


def waiting_list() -> ListView:
    return ListView(
        title=_("Waiting list"),
        desk=("homes", "waiting"),
        columns=_columns([Column("place", pgettext("waiting list", "Place"), lambda a: a.place, kind="number",
                                 sort="place")]),
        filters=_filters(
            Filter("unknown", _("Facts to be found out"), lambda qs, v: qs.exclude(unknown=[]), kind="bool"),
        ),
        search=_search,
        default_sort=("place", "asc"),
        excel_right="waiting.export",
        region_field="region__code",
        row_url=lambda a: reverse("homes:application", args=[a.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody waits for a bed here"),
        empty_text=_("Whoever is accepted and has an ability level appears here by the rule's order."),
        per_row=attach_homes,
        key="homes:waiting",
    )


def application_list() -> ListView:
    return ListView(
        title=_("Applications for a bed"),
        desk=("homes", "applications"),
        columns=[
            *_columns([]),
            Column("state", _("Stands at"), state_badge, kind="badge", sort="state"),
            Column("due", _("Due"), due_badge, kind="badge", sort="due_on"),
            Column("channel", _("Who applies"), lambda a: a.get_channel_display(), default=False),
            Column("lodged", _("Lodged on"), lambda a: a.lodged_on, kind="day", sort="lodged_on", default=False),
        ],
        filters=_filters(
            Filter("state", _("Stands at"), lambda qs, v: qs.filter(state=v),
                   lambda actor: BedApplication.State.choices),
            Filter("late", _("Late"), lambda qs, v: qs.filter(due_on__lt=timezone.localdate()), kind="bool"),
        ),
        search=_search,
        default_sort=("lodged_on", "desc"),
        excel_right="waiting.export",
        region_field="region__code",
        row_url=lambda a: reverse("homes:application", args=[a.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("No application is open here"),
        empty_text=_("Families apply on their phone; villages, homes and the office enter what is told to them."),
        per_row=attach_homes,
        key="homes:applications",
    )


def central_list() -> ListView:
    return ListView(
        title=_("Central support wished for and not given"),
        subtitle=_("Destitute who wish to live in a home and do not yet"),
        desk=("homes", "central"),
        columns=[
            Column("name", _("Name"), lambda p: p.name, sort="name"),
            Column("village", _("Village"), village_of, sort="region_id"),
            Column("age", _("Age"), lambda p: age_on(p.birth_date), kind="number", sort="birth_date"),
            Column("sex", _("Sex"), lambda p: p.get_sex_display() if p.sex else None),
            Column("level", _("Ability level"), lambda p: scales.level_name(scales.ABILITY_SCALE, p.ability_grade)),
            Column("since", _("Wish recorded on"), lambda p: p.wished_on, kind="day", sort="wished_on"),
            Column("state", _("Application"), lambda p: (
                (str(BedApplication.State(p.applied).label), TONES[p.applied]) if p.applied else (_("none yet"), "bad")
            ), kind="badge"),
        ],
        filters=[
            Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("none", _("No application for a bed yet"), lambda qs, v: qs.filter(applied__isnull=True),
                   kind="bool"),
        ],
        search=persons.search,
        default_sort=("wished_on", "asc"),
        excel_right="waiting.export",
        region_field="region__code",
        row_url=lambda p: reverse("homes:apply", args=[p.pk]) if not p.applied else reverse(
            "homes:application", args=[p.application_id]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Every destitute person who wishes for central support has it"),
        key="homes:central",
    )
