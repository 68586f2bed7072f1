"""The list behind every figure: the people of one service (or any), one measure, one area."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.jinja import age_on, day
from yinian.core.lists import Column, Filter, ListView
from yinian.core.regions.models import Level
from yinian.core.users.models import User
from yinian.entitlements import words
from yinian.entitlements.codes import MEASURES
from yinian.entitlements.models import Run, Status
from yinian.entitlements.queries import Listed, Standing, standings_of
from yinian.people.models import Person
from yinian.people.persons.queries import search

SHOWN = 3


def outcome_url(region: str, service: str = "", measure: str = "due", **more: str) -> str:
    """The address of the list behind a figure."""
    query = {"region": region, "service": service, "measure": measure, **more}
    return reverse("entitlements:outcome") + "?" + urlencode({k: v for k, v in query.items() if v})


def place_of(person: Any, level: int) -> str:
    """The name of the person's village or town; of a hamlet, the village is the one it belongs to."""
    region = person.region
    while region is not None and region.level > level:
        region = region.parent
    return region.name if region is not None and region.level == level else ""


def _same(people: QuerySet[Person], value: Any) -> QuerySet[Person]:
    """These filters are already in the queryset: which people stand where is one question."""
    return people


def outcome_list(
    actor: User, runs: Sequence[Run], services: Sequence[Listed], chosen: Listed | None, measure: str
) -> ListView:
    """The list page of ``measure`` for ``chosen`` (None: any service)."""
    by_number = {service.number: service for service in services}
    run_of = {run.pk: run for run in runs}
    on = max((run.as_of for run in runs), default=None)
    since_known: dict[int, Run] = dict(run_of)

    def counted(entry: Standing) -> bool:
        if measure in MEASURES:
            return (entry.status, entry.receiving) in MEASURES[measure]
        return entry.status == Status.DUE and (measure != "newly" or entry.since in run_of)

    def attach(people: Sequence[Any]) -> None:
        standings = standings_of(person.pk for person in people)
        for person in people:
            mine = [entry for entry in standings.get(person.pk, []) if entry.service_number in by_number]
            person.received = sum(1 for e in mine if e.receiving and chosen in (None, by_number[e.service_number]))
            person.standing_rows = [
                entry for entry in mine if counted(entry) and chosen in (None, by_number[entry.service_number])
            ]
        missing = {e.since for p in people for e in p.standing_rows} - since_known.keys()
        if missing:
            since_known.update(Run.objects.defer("pack", "counts", "checks").in_bulk(missing))

    def what(person: Any) -> str:
        names = [by_number[entry.service_number].name for entry in person.standing_rows]
        text = _(", ").join(names[:SHOWN])
        more = len(names) - SHOWN
        return text if more <= 0 else _("%(these)s and %(n)s more") % {"these": text, "n": more}

    def money(person: Any) -> int | None:
        amounts = [e.amount_fen for e in person.standing_rows if e.amount_fen is not None]
        return sum(amounts) if amounts else None

    def since(person: Any) -> str:
        first: Standing | None = min(person.standing_rows, key=lambda e: e.since, default=None)
        run = since_known.get(first.since) if first else None
        return day(run.as_of) if run else ""

    def find_out(person: Any) -> str:
        from yinian.entitlements.workkinds import fact_label

        return _(", ").join(dict.fromkeys(fact_label(f) for e in person.standing_rows for f in e.unknown))

    def receiving(person: Any) -> tuple[str, str]:
        if not person.received:
            return _("Not receiving"), "warn" if measure in ("due", "missing", "newly") else "mute"
        if chosen is not None:
            return _("Receiving"), "ok"
        return _("Receives %(n)s") % {"n": person.received}, "info"

    columns = [
        Column("name", _("Name"), lambda p: p.name, kind="link", sort="name_pinyin"),
        Column("sex", _("Sex"), lambda p: p.get_sex_display()),
        Column("age", _("Age"), lambda p: age_on(p.birth_date, on), kind="number", sort="birth_date"),
        Column("village", _("Village"), lambda p: place_of(p, Level.VILLAGE), sort="region_id"),
        Column("town", _("Town"), lambda p: place_of(p, Level.TOWN), default=chosen is not None),
        Column("what", _("Services"), what, default=chosen is None),
    ]
    if measure == "to_check":
        columns.append(Column("find_out", _("To find out"), find_out))
    elif measure not in ("undue", "ended"):
        if chosen is None or chosen.period:
            columns.append(Column("amount", _("Amount (yuan)") if chosen is None or not chosen.period
                                  else str(_PER[chosen.period]), money, kind="yuan", default=chosen is not None))
        columns.append(Column("since", _("Due since the run of") if measure != "superseded" else _("Since the run of"),
                              since))
    columns.append(Column("receiving", _("Receiving"), receiving, kind="badge"))
    return ListView(
        title=chosen.name if chosen is not None else _("People by service"),
        subtitle=_subtitle(runs, measure),
        columns=columns,
        filters=[
            Filter("region", gettext_lazy("Area"), _same, kind="region"),
            Filter("service", gettext_lazy("Service"), _same, lambda a: [(s.id, s.name) for s in services]),
            Filter("measure", gettext_lazy("Which people"), _same, lambda a: words.MEASURES.items()),
        ],
        search=search,
        search_label=_("Find a person"),
        search_hint=_("Name, pinyin initials, village"),
        default_sort=("village", "asc"),
        excel_right="entitlements.export",
        region_field="region__code",
        row_url=lambda p: reverse("entitlements:person", args=[p.pk]),
        empty=_("Nobody"),
        empty_text=_("By the last run there is nobody of this kind here."),
        per_row=attach,
        key="entitlements.outcome",
    )


_PER: dict[str, Any] = {
    "day": gettext_lazy("Yuan a day"), "month": gettext_lazy("Yuan a month"), "year": gettext_lazy("Yuan a year"),
    "once": gettext_lazy("Yuan once"),
}


def _subtitle(runs: Iterable[Run], measure: str) -> str:
    run = next(iter(runs), None)
    if run is None:
        return ""
    return _("%(measure)s, as of %(day)s, by run %(run)s") % {
        "measure": words.MEASURES[measure], "day": day(run.as_of), "run": run.pk
    }
