"""The list of the people behind one figure of a draft: who they are, what they have now and would have."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest
from yinian.core.jinja import age_on
from yinian.core.lists import Column, Filter, ListView, render_list
from yinian.core.regions.models import Level
from yinian.engines.entitlement.whatif import DIMENSIONS, behind
from yinian.entitlements.drafts import reckoning, words
from yinian.entitlements.drafts.jobs import page_url
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.lists import place_of
from yinian.entitlements.workkinds import in_words
from yinian.people.models import Person
from yinian.people.persons.queries import search


def people_page(
    request: StaffRequest, draft: Draft, found: Reckoned, measure: str, reckoned: Mapping[str, str]
) -> HttpResponse:
    """Answer the list of ``measure``, of a service and a group where the address names them. ``reckoned``: the year to
    come and the county that it is reckoned for, each empty where it is not."""
    from yinian.entitlements.drafts.pages import crumbs

    asked = request.GET.get("service", "")
    place = next((n for n, pair in enumerate(found.services) if pair.id == asked), None)
    by, raw = request.GET.get("by", ""), request.GET.get("value", "")[:40]
    by = by if by in DIMENSIONS and raw else ""
    value = None if raw == "-" else raw
    frame = behind(reckoning.compared_of(found), measure, place, by, value)
    scope = request.user.scope("entitlements.names")
    frame = frame.filter(pl.any_horizontal(pl.col("region_code").str.starts_with(code) for code in scope.regions))
    rows = frame.select(pl.col("person_id").cast(pl.Int64), "money_a", "money_b").iter_rows()
    money = {person: (before, after) for person, before, after in rows}
    people = Person.objects.filter(
        pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(money)])
    ).filter(scope.q("region__code")).select_related("region__parent__parent").defer(
        "region__outline", "region__parent__outline", "region__parent__parent__outline", "address", "id_number", "phone"
    )
    group = words.group_words(by, value, words.town_names(reckoned["county"] or draft.region_id)) if by else ""
    title = str(words.MEASURES[measure])
    service = in_words(found.services[place].service.label) if place is not None else _("All services")
    view = _view(found, money, title, "，".join(part for part in (draft.name, service, group) if part),
                 (str(words.DIMENSIONS[by]), raw, group) if by else None, reckoned)
    return render_list(request, view, people, extra={
        "crumbs": crumbs((draft.name, reverse("entitlements:draft", args=[draft.pk])),
                         (_("What it would do"), page_url("draft_results", draft, reckoned)),
                         (title, None)),
    })


def _same(people: QuerySet[Person], value: Any) -> QuerySet[Person]:
    """These filters are already in the queryset: which people stand where is one question."""
    return people


def _only(value: str) -> Callable[[Any], list[tuple[str, str]]]:
    return lambda actor: [(value, value)]


def _view(
    found: Reckoned, money: dict[int, tuple[int, int]], title: str, subtitle: str, group: tuple[str, str, str] | None,
    reckoned: Mapping[str, str],
) -> ListView:
    """``group``: the dimension in words, the group's value, and the group in words."""
    def attach(people: Sequence[Any]) -> None:
        for person in people:
            person.before_fen, person.after_fen = money.get(person.pk, (0, 0))

    return ListView(
        title=title, subtitle=subtitle,
        columns=[
            Column("name", _("Name"), lambda p: p.name, kind="link", sort="name_pinyin"),
            Column("sex", _("Sex"), lambda p: p.get_sex_display()),
            Column("age", _("Age"), lambda p: age_on(p.birth_date, found.day), kind="number", sort="birth_date"),
            Column("village", _("Village"), lambda p: place_of(p, Level.VILLAGE), sort="region_id"),
            Column("town", _("Town"), lambda p: place_of(p, Level.TOWN)),
            Column("before", _("Yuan a month now"), lambda p: p.before_fen, kind="yuan"),
            Column("after", _("Yuan a month under the draft"), lambda p: p.after_fen, kind="yuan"),
            Column("difference", _("Difference, yuan"), lambda p: p.after_fen - p.before_fen, kind="yuan"),
        ],
        filters=[
            Filter("region", gettext_lazy("Area"), lambda qs, v: qs.filter(region__code__startswith=v), kind="region"),
            Filter("measure", gettext_lazy("Which people"), _same, lambda a: words.MEASURES.items()),
            Filter("service", gettext_lazy("Service"), _same,
                   lambda a: [(pair.id, in_words(pair.service.label)) for pair in found.services]),
            *([Filter("value", group[0], _same, lambda a: [group[1:]], hidden=True)] if group else []),
            *(Filter(name, words.RECKONED[name], _same, _only(value), hidden=True)
              for name, value in reckoned.items() if value),
        ],
        search=search, search_label=_("Find a person"), search_hint=_("Name, pinyin initials, village"),
        default_sort=("village", "asc"), excel_right="entitlements.export", region_field="region__code",
        row_url=lambda p: reverse("entitlements:person", args=[p.pk]), per_row=attach, key="entitlements.draft_people",
        empty=_("Nobody"), empty_text=_("By the facts at hand there is nobody of this kind here."),
    )
