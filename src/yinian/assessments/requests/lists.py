"""The lists of requests, and of people who ought to be assessed."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.assessments import scales
from yinian.assessments.assignments.models import Seat
from yinian.assessments.requests import queries, wanted
from yinian.assessments.requests.models import Request
from yinian.core.inbox.pages import short_day
from yinian.core.jinja import age_on
from yinian.core.lists import Bulk, Column, Filter, ListView
from yinian.core.users.models import User
from yinian.people.persons import queries as persons
from yinian.people.persons.lists import BANDS, aged

STATE_TONES = {
    "requested": "warn", "assigned": "info", "confirming": "info", "review": "info", "done": "ok", "withdrawn": "mute",
}
AHEAD_DAYS = 60  # calendar days ahead that a routine assessment is listed as coming due


def village_of(person: Any) -> str:
    """Town and village of a person, for one cell."""
    region = person.region
    return f"{region.parent.name} {region.name}" if region.level >= 5 and region.parent is not None else region.name


def due_badge(request: Request) -> tuple[str, str]:
    """By when the stage it stands in is to end: how late, today, or the day."""
    if not request.is_open:
        return "", ""
    left = (request.due_on - timezone.localdate()).days
    if left < 0:
        return _("%(count)d days late") % {"count": -left}, "bad"
    if left == 0:
        return _("Today"), "warn"
    return short_day(request.due_on), "warn" if left == 1 else "mute"


def state_badge(request: Request) -> tuple[str, str]:
    return str(request.get_state_display()), STATE_TONES[request.state]


def attach_assessors(requests: Any) -> None:
    """Names of the assessors of a page of requests, in one query."""
    names: dict[int, list[str]] = {}
    rows = Seat.objects.filter(request__in=requests, released_at__isnull=True).order_by("place")
    for pk, name in rows.values_list("request_id", "assessor__user__full_name"):
        names.setdefault(pk, []).append(name)
    for request in requests:
        request.assessor_names = _(", ").join(names.get(request.pk, []))


def search_person(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Rows about people who fit the text, by name, initials, place or number."""
    people = persons.search(persons.Person.objects.all(), text)
    return rows.filter(person__in=people)


def _all(rows: QuerySet[Any], value: Any) -> QuerySet[Any]:
    return rows


def _overdue(rows: QuerySet[Request], value: bool) -> QuerySet[Request]:
    return rows.filter(state__in=Request.OPEN, due_on__lt=timezone.localdate())


def by_assessor(rows: QuerySet[Request], value: str) -> QuerySet[Request]:
    return rows.filter(
        Exists(Seat.objects.filter(request=OuterRef("pk"), assessor=int(value), released_at__isnull=True))
    )


def assessor_choices(actor: User) -> list[tuple[int, str]]:
    from yinian.assessments.assignments.queries import visible_to

    if not actor.may("assessments.area"):
        return []
    return list(visible_to(actor).order_by("user__full_name").values_list("pk", "user__full_name"))


def request_list() -> ListView:
    return ListView(
        title=_("Assessments"),
        desk=("assessments", "list"),
        columns=[
            Column("name", _("Name"), lambda r: r.person.name, sort="person__name"),
            Column("village", _("Village"), lambda r: village_of(r.person), sort="person__region_id"),
            Column("age", _("Age"), lambda r: age_on(r.person.birth_date), kind="number", sort="person__birth_date",
                   default=False),
            Column("scale", _("Assessment scale"), lambda r: scales.scale_name(r.scale), sort="scale"),
            Column("kind", _("Reason for assessing"), lambda r: r.get_kind_display(), sort="kind"),
            Column("state", _("Stands at"), state_badge, kind="badge", sort="state"),
            Column("due", _("Due"), due_badge, kind="badge", sort="due_on"),
            Column("assessors", _("Assessors"), lambda r: r.assessor_names),
            Column("asked", _("Asked on"), lambda r: r.requested_on, kind="day", sort="requested_on"),
            Column("channel", _("Who asks"), lambda r: r.get_channel_display(), default=False),
            Column("result_due", _("Result due"), lambda r: r.result_due_on, kind="day", sort="result_due_on",
                   default=False),
            Column("planned", pgettext("assessment", "Visit arranged for"), lambda r: r.planned_for, kind="moment",
                   sort="planned_for", default=False),
            Column("number", _("Assessment number"), lambda r: r.number, default=False),
        ],
        filters=[
            Filter("state", _("Stands at"), lambda qs, v: qs.filter(state=v), lambda actor: Request.State.choices),
            Filter("region", _("Area"), lambda qs, v: qs.filter(person__region__code__startswith=v), kind="region"),
            Filter("scale", _("Assessment scale"), lambda qs, v: qs.filter(scale=v), lambda actor: scales.choices()),
            Filter("kind", _("Reason for assessing"), lambda qs, v: qs.filter(kind=v),
                   lambda actor: Request.Kind.choices),
            Filter("assessor", _("Assessor"), by_assessor, assessor_choices),
            Filter("channel", _("Who asks"), lambda qs, v: qs.filter(channel=v),
                   lambda actor: Request.Channel.choices, hidden=True),
            Filter("since", _("Asked from"), lambda qs, v: qs.filter(requested_on__gte=v), kind="date_from",
                   hidden=True),
            Filter("all", _("Finished ones too"), _all, kind="bool"),
            Filter("overdue", _("Overdue only"), _overdue, kind="bool"),
        ],
        search=search_person,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("due", "asc"),
        excel_right="assessments.export",
        region_field="person__region__code",
        row_url=lambda r: reverse("assessments:request", args=[r.pk]),
        per_row=attach_assessors,
        empty=_("Nobody has asked for an assessment here yet"),
        empty_text=_("Pick people under “To be assessed”, or ask from a person's page."),
        key="assessments:list",
    )


def _level_filter(region: str) -> Any:
    def apply(people: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "everybody":
            return people
        if value == "unknown":
            return queries.without_level(people)
        if value == "stale":
            return people.filter(queries.overdue_by_level(region))
        return people.filter(queries.overdue_by_level(region, AHEAD_DAYS))

    return apply


def _level(person: Any) -> tuple[str, str]:
    if person.level is None:
        return _("not assessed"), "warn"
    return scales.level_name(scales.ABILITY_SCALE, person.level), "mute"


def to_assess_list(region: str) -> ListView:
    filters = [
        Filter("need", _("Need of assessment"), _level_filter(region), lambda actor: [
            ("unknown", _("Level not known")), ("stale", _("Interval has run")),
            ("coming", _("Due within %(n)d days") % {"n": AHEAD_DAYS}), ("everybody", _("Everybody")),
        ]),
        Filter("region", _("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
        Filter("band", _("Age"), aged, lambda actor: [(key, _("%(low)d and over, below %(high)d") % {
            "low": low, "high": high}) for key, (low, high) in BANDS.items()]),
        Filter("free", _("Without an open request"), lambda qs, v: qs.filter(asked=False), kind="bool"),
    ]
    if wanted.is_known():
        filters.insert(1, Filter("wanted", _("A service waits for it"), lambda qs, v: queries.wanted(qs), kind="bool"))
    return ListView(
        title=_("People to be assessed"),
        desk=("assessments", "to_assess"),
        columns=[
            Column("name", _("Name"), lambda p: p.name, sort="name"),
            Column("village", _("Village"), village_of, sort="region_id"),
            Column("sex", _("Sex"), lambda p: p.get_sex_display() if p.sex else ""),
            Column("age", _("Age"), lambda p: age_on(p.birth_date), kind="number", sort="birth_date"),
            Column("level", _("Ability level"), _level, kind="badge"),
            Column("assessed_on", _("Last assessed"), lambda p: p.assessed_on, kind="day", sort="assessed_on"),
            Column("asked", _("Request"), lambda p: (_("stands open"), "info") if p.asked else ("", ""), kind="badge"),
        ],
        filters=filters,
        search=persons.search,
        search_hint=_("Name, pinyin initials or village"),
        default_sort=("region_id", "asc"),
        excel_right="people.export",
        region_field="region__code",
        row_url=lambda p: reverse("people:person", args=[p.pk]),
        bulk=[Bulk(_("Ask for their assessment"), reverse("assessments:request_many"), "primary")],
        empty=_("Nobody here waits for an assessment"),
        key="assessments:to_assess",
    )


