"""The one list page: search, filters as chips, sorting, keyset paging, column choice, and Excel of what is filtered.

A room describes its list with :class:`ListView` and hands over a queryset it got from its own queries; nothing
here widens that queryset. The page's place is kept in the address as a row's key, never as a name.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yinian.core import exports, jinja
from yinian.core.access import StaffRequest
from yinian.core.regions.models import Region
from yinian.core.users.models import User

EXACT_BELOW = 10_000  # beyond it the planner's estimate is shown: counting 137,000 rows costs more than the page
SURELY_MANY = 3 * EXACT_BELOW  # the planner may be off by that much before the answer misleads
COLUMNS_COOKIE = "yinian_columns"
COOKIE_AGE = 365 * 24 * 3600
_OWN_PARAMETERS = {"q", "sort", "after", "before", "format"}

Words = str | Promise


@dataclass(frozen=True)
class Column:
    """A column. ``cell(row)`` gives a plain value: text, number, date, fen by ``kind``; for ``badge`` a
    ``(text, tone)``; for ``link`` a ``(text, url)`` or a text. ``macro`` names a macro of ``ListView.macros`` that
    draws the cell instead. ``sort`` is an ORM field or annotation. ``default`` False hides it until chosen."""

    key: str
    label: Words
    cell: Callable[[Any], Any]
    kind: str = "text"
    sort: str | None = None
    default: bool = True
    excel: bool = True
    macro: str | None = None


@dataclass(frozen=True)
class Filter:
    """A filter. ``kind``: choice, region, date_from, date_to, bool, text. ``apply(queryset, value)`` receives a text;
    for dates a ``date``, for ``bool`` True. ``choices(actor)`` gives ``[(value, label)]``; ``region`` finds its own."""

    key: str
    label: Words
    apply: Callable[[QuerySet[Any], Any], QuerySet[Any]]
    choices: Callable[[User], Iterable[tuple[Any, Any]]] | None = None
    kind: str = "choice"
    hidden: bool = False  # only from links: it shows as a chip, not among the tools


@dataclass(frozen=True)
class Bulk:
    """An act on picked rows: their ids are posted as ``ids`` to ``url``."""

    label: Words
    url: str
    kind: str = "plain"


@dataclass
class ListView:
    """One list page."""

    title: Words
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    search: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    default_sort: tuple[str, str] | None = None  # (column key or field, "asc" | "desc")
    page_size: int = 50
    excel_right: str | None = None
    row_url: Callable[[Any], str | None] | None = None
    empty: Words = field(default_factory=lambda: gettext_lazy("Nothing here yet"))
    empty_text: Words = ""
    subtitle: Words = ""
    search_label: Words = field(default_factory=lambda: gettext_lazy("Search"))
    search_hint: Words = ""
    macros: str | None = None  # template whose macros draw cells
    bulk: Sequence[Bulk] = ()
    # Lookup paths to the row's region code and site: when given, Excel is cut to where `excel_right` is held.
    region_field: str | None = None
    site_field: str | None = None
    desk: tuple[str, str] | None = None  # room and key of the view (navigation.desk) whose tabs stand under the title
    key: str = ""  # names the list for column choice; the page's own name when empty
    # Sees each page (or Excel batch) once, to attach what its cells need.
    per_row: Callable[[Sequence[Any]], None] | None = None


@dataclass(frozen=True)
class _Place:
    """Sorting in force: the ORM field, its direction, and whether the field can be empty."""

    name: str
    field: str
    descending: bool
    nullable: bool


def choice_words(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any], str]:
    """A function from a choice's value to its words in the reader's language, quick enough for every row of a county
    (Django's ``get_…_display`` looks through all choices anew each time)."""
    kept: dict[str | None, dict[Any, str]] = {}
    pairs = list(choices)

    def words(value: Any) -> str:
        language = translation.get_language()
        if language not in kept:
            kept[language] = {key: str(label) for key, label in pairs}
        return kept[language].get(value, "")

    return words


def render_list(
    request: StaffRequest, view: ListView, queryset: QuerySet[Any], template: str = "core/list.html",
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Answer a list page: whole, its table only (htmx), or as an Excel file (``?format=xlsx``)."""
    key = view.key or (request.resolver_match.view_name if request.resolver_match else request.path)
    found, chips, controls = _filtered(request, view, queryset)
    if request.GET.get("format") == "xlsx" and view.excel_right:
        request.user.require(view.excel_right)
        if view.region_field:
            found = found.filter(request.user.scope(view.excel_right).q(view.region_field, view.site_field))
        ordered = found.order_by(*_ordering(_place(request, view, found), False))
        return exports.excel(request, view, key, ordered, chips, estimate(found)[0])
    shown = _shown_columns(request, view, key)
    place = _place(request, view, queryset)
    things, has_previous, has_next = _page(request, queryset, found, place, view.page_size)
    if view.per_row is not None:
        view.per_row(things)
    context = dict(extra or {})
    context["list"] = _describe(
        request, view, key, found, chips, controls, shown, place, things, has_previous, has_next
    )
    partial = bool(request.headers.get("HX-Request")) and request.headers.get("HX-Target") == "list"
    context["list"]["partial"] = partial
    response = render(request, "core/list_body.html" if partial else template, context)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


def compact(count: int) -> str:
    """A large count as people say it: 13.7 万 in Chinese, 137,000 in English."""
    if translation.get_language() == "en" or count < 10_000:
        return f"{count:,}"
    return f"{count / 10_000:.1f}".removesuffix(".0") + " 万"


def estimate(queryset: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows, and whether that is exact: below 10,000 it is, else the planner's estimate.

    The planner is asked first, which costs a tenth of counting; only where it says "few" are the rows counted.
    """
    plan = queryset.order_by().values("pk").explain(format="json")
    if not plan:  # a condition that nothing meets is never sent to the database
        return 0, True
    planned = int(json.loads(plan)[0]["Plan"]["Plan Rows"])
    if planned > SURELY_MANY:
        return round(planned, -2), False
    count = queryset.order_by()[: EXACT_BELOW + 1].count()
    return (count, True) if count <= EXACT_BELOW else (max(count, round(planned, -2)), False)


def count_text(queryset: QuerySet[Any]) -> str:
    """How many rows, as a list says it."""
    count, exact = estimate(queryset)
    if exact:
        return ngettext("%(count)s row", "%(count)s rows", count) % {"count": f"{count:,}"}
    return _("about %(count)s rows") % {"count": compact(count)}


def count_number(queryset: QuerySet[Any]) -> str:
    """How many rows, as a figure says it: the number alone."""
    count, exact = estimate(queryset)
    return f"{count:,}" if exact else _("about %(count)s") % {"count": compact(count)}


# --- filters ---------------------------------------------------------------------------------------------------


def filtered(request: StaffRequest, view: ListView, queryset: QuerySet[Any]) -> tuple[QuerySet[Any], list[str]]:
    """What the list shows for the address asked, all pages of it, and the filters in words: for acts on all of it."""
    found, chips, _controls = _filtered(request, view, queryset)
    return found, [chip["text"] for chip in chips]


def _filtered(
    request: StaffRequest, view: ListView, queryset: QuerySet[Any]
) -> tuple[QuerySet[Any], list[dict[str, str]], list[dict[str, Any]]]:
    chips: list[dict[str, str]] = []
    controls: list[dict[str, Any]] = []
    text = request.GET.get("q", "").strip()[:60].replace("\x00", "")
    if text and view.search is not None:
        queryset = view.search(queryset, text)
        chips.append({"key": "q", "text": f"“{text}”"})
    for spec in view.filters:
        raw = request.GET.get(spec.key, "").strip()[:100].replace("\x00", "")
        choices = _choices(request, spec, raw)
        value, words = _read(spec, raw, choices)
        if value is not None:
            try:
                queryset = spec.apply(queryset, value)
            except (ValueError, ValidationError):
                value, words = None, ""
        if value is not None:
            chips.append({"key": spec.key, "text": words})
        if not spec.hidden:
            controls.append({"key": spec.key, "label": spec.label, "kind": spec.kind, "choices": choices,
                             "value": raw if value is not None else ""})
    for chip in chips:
        chip["url"] = _address(request, **{chip["key"]: None}, after=None, before=None)
    return queryset, chips, controls


def _choices(request: StaffRequest, spec: Filter, raw: str) -> list[tuple[str, str]]:
    if spec.choices is not None:
        return [(str(value), str(words)) for value, words in spec.choices(request.user)]
    if spec.kind != "region":
        return []
    from yinian.core.navigation import frame_of

    frame = frame_of(request)
    pairs = [(step["code"], "　" * n + step["name"]) for n, step in enumerate(s for s in frame.trail if s["url"])]
    depth = len(pairs)
    pairs += [(step["code"], "　" * depth + step["name"]) for step in frame.below]
    if raw and raw not in dict(pairs):
        named = Region.objects.filter(code=raw).values_list("code", "name").first() if raw.isdigit() else None
        if named:
            pairs.append(named)
    return pairs


def _read(spec: Filter, raw: str, choices: list[tuple[str, str]]) -> tuple[Any, str]:
    """The filter's value and its words, or (None, "") when absent or not understood."""
    if not raw:
        return None, ""
    label = str(spec.label)
    if spec.kind in {"date_from", "date_to"}:
        try:
            day = parse_date(raw)
        except ValueError:
            day = None
        if day is None:
            return None, ""
        return day, f"{label} {jinja.day(day)}"
    if spec.kind == "bool":
        return (True, label) if raw in {"1", "on", "true"} else (None, "")
    if spec.kind == "text":
        return raw, f"{label} {raw}"
    known = dict(choices)
    if raw not in known:
        return None, ""
    return raw, known[raw].strip() if spec.kind == "region" else f"{label}: {known[raw].strip()}"


def _address(request: StaffRequest, **changes: Any) -> str:
    query = {name: request.GET.getlist(name) for name in request.GET if name != "format"}
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = [str(value)]
    text = urlencode(query, doseq=True)
    return f"{request.path}?{text}" if text else request.path


# --- sorting and paging ----------------------------------------------------------------------------------------


def _place(request: StaffRequest, view: ListView, queryset: QuerySet[Any]) -> _Place:
    by_key = {column.key: column.sort for column in view.columns if column.sort}
    asked = request.GET.get("sort", "")
    name, descending = asked.lstrip("-"), asked.startswith("-")
    if name not in by_key:
        default = view.default_sort or ("pk", "asc")
        name, descending = default[0], default[1] == "desc"
    path = by_key.get(name) or name
    return _Place(name, path, descending, _nullable(queryset, path))


def _nullable(queryset: QuerySet[Any], path: str) -> bool:
    """Whether sorting by ``path`` can meet an empty value; an annotation may."""
    if path == "pk":
        return False
    model: Any = queryset.model
    nullable = False
    for part in path.split("__"):
        try:
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        nullable = nullable or bool(getattr(found, "null", True))
        model = found.related_model or model
    return nullable


def _ordering(place: _Place, reverse: bool) -> list[Any]:
    descending = place.descending != reverse
    pk = F("pk").desc() if descending else F("pk").asc()
    if place.field == "pk":
        return [pk]
    if not place.nullable:
        return [F(place.field).desc() if descending else F(place.field).asc(), pk]
    # Empty values stand last, whichever way the column runs; reversed reading meets them first.
    if reverse:
        return [F(place.field).desc(nulls_first=True) if descending else F(place.field).asc(nulls_first=True), pk]
    return [F(place.field).desc(nulls_last=True) if descending else F(place.field).asc(nulls_last=True), pk]


def _beyond(place: _Place, value: Any, pk: Any, reverse: bool) -> Q:
    """Rows after (or, reversed, before) the row with ``value`` and ``pk`` in the sorting of ``place``."""
    way = "lt" if place.descending != reverse else "gt"
    further = Q(**{f"pk__{way}": pk})
    if place.field == "pk":
        return further
    name = place.field
    if value is None:
        within = Q(**{f"{name}__isnull": True}) & further
        return within | Q(**{f"{name}__isnull": False}) if reverse else within
    # The redundant first half lets PostgreSQL start its index scan at the place.
    rows = Q(**{f"{name}__{way}e": value}) & (Q(**{f"{name}__{way}": value}) | further)
    return rows if reverse or not place.nullable else rows | Q(**{f"{name}__isnull": True})


def _page(
    request: StaffRequest, whole: QuerySet[Any], found: QuerySet[Any], place: _Place, size: int
) -> tuple[list[Any], bool, bool]:
    """One page of rows, and whether there are rows before and after it."""
    after, before = request.GET.get("after", "")[:40], request.GET.get("before", "")[:40]
    reverse = bool(before) and not after
    anchor = _anchor(whole, place, after or before)
    rows = found.order_by(*_ordering(place, reverse))
    if anchor is None:
        reverse = False
        rows = found.order_by(*_ordering(place, False))
    else:
        rows = rows.filter(_beyond(place, anchor[0], anchor[1], reverse))
    things = list(rows[: size + 1])
    more, things = len(things) > size, things[:size]
    if reverse:
        things.reverse()
        return things, more, True
    return things, anchor is not None, more


def _anchor(whole: QuerySet[Any], place: _Place, key: str) -> tuple[Any, Any] | None:
    """The sort value and key of the row that the address names; None when it is gone: the list begins anew."""
    if not key:
        return None
    try:
        return whole.order_by().filter(pk=key).values_list(place.field, "pk").first()
    except (ValueError, ValidationError):
        return None


# --- what the template shows -----------------------------------------------------------------------------------


def _describe(
    request: StaffRequest, view: ListView, key: str, found: QuerySet[Any], chips: list[dict[str, str]],
    controls: list[dict[str, Any]], shown: list[Column], place: _Place, things: list[Any], has_previous: bool,
    has_next: bool,
) -> dict[str, Any]:
    own = _OWN_PARAMETERS | {spec.key for spec in view.filters if not spec.hidden}
    heads = [_head(request, column, place) for column in view.columns]
    keys = {column.key for column in shown}
    filters_url = request.path + (f"?{urlencode({'sort': request.GET['sort']})}" if request.GET.get("sort") else "")
    return {
        "key": key, "title": view.title, "subtitle": view.subtitle, "desk": view.desk,
        "empty": _("Nothing matches") if chips else view.empty,
        "empty_text": _("Take a filter away, or search for something else.") if chips else view.empty_text,
        "filtered": bool(chips), "chips": chips, "clear_url": filters_url, "filters": controls,
        "searchable": view.search is not None, "search_label": view.search_label, "search_hint": view.search_hint,
        "q": request.GET.get("q", "").strip()[:60],
        "kept": [(name, value) for name in request.GET if name not in own for value in request.GET.getlist(name)]
        + ([("sort", request.GET["sort"])] if request.GET.get("sort") else []),
        "columns": [head for head in heads if head["key"] in keys],
        "sortable": [head for head in heads if head["sort_url"]],
        "all_columns": [{"key": c.key, "label": c.label, "shown": c.key in keys} for c in view.columns],
        "sorted_by": next((h["label"] for h in heads if h["direction"]), ""),
        "rows": [_row(view, shown, thing) for thing in things], "macros": view.macros, "bulk": view.bulk,
        "count_text": count_text(found),
        "previous_url": _address(request, after=None, before=things[0].pk) if has_previous and things else None,
        "next_url": _address(request, before=None, after=things[-1].pk) if has_next and things else None,
        "first_url": _address(request, after=None, before=None),
        "excel_url": _excel_url(request, view),
    }


def _excel_url(request: StaffRequest, view: ListView) -> str | None:
    if not view.excel_right or not request.user.may(view.excel_right):
        return None
    address = _address(request, after=None, before=None)
    return address + ("&" if "?" in address else "?") + "format=xlsx"


def _head(request: StaffRequest, column: Column, place: _Place) -> dict[str, Any]:
    current = column.sort is not None and place.name in {column.key, column.sort}
    direction = ("desc" if place.descending else "asc") if current else ""
    turned = f"-{column.key}" if direction == "asc" else column.key
    return {
        "key": column.key, "label": column.label, "kind": column.kind, "direction": direction,
        "sort_url": _address(request, sort=turned, after=None, before=None) if column.sort else None,
    }


def _row(view: ListView, shown: list[Column], thing: Any) -> dict[str, Any]:
    address = view.row_url(thing) if view.row_url else None
    cells = []
    for place, column in enumerate(shown):
        cell = _cell(column, thing) if column.macro is None else {"text": "", "tone": "", "url": None}
        cell |= {"label": column.label, "kind": column.kind, "macro": column.macro}
        if place == 0 and address and not cell["url"]:
            cell["url"] = address
        cells.append(cell)
    return {"pk": thing.pk, "thing": thing, "cells": cells, "url": address}


def _cell(column: Column, thing: Any) -> dict[str, Any]:
    value = column.cell(thing)
    tone, url = "", None
    if column.kind == "badge" and isinstance(value, tuple):
        value, tone = value
    elif column.kind == "link" and isinstance(value, tuple):
        value, url = value
    if value is None or value == "":
        return {"text": "–", "tone": "", "url": None}
    if column.kind == "day":
        value = jinja.day(value)
    elif column.kind == "moment":
        value = jinja.moment(value)
    elif column.kind == "yuan":
        value = jinja.yuan(value)
    elif column.kind == "number" and isinstance(value, int | float):
        value = jinja.number(value)
    elif isinstance(value, bool):
        value = _("yes") if value else _("no")
    return {"text": value, "tone": tone, "url": url}


# --- column choice ---------------------------------------------------------------------------------------------


def _chosen(request: StaffRequest) -> dict[str, list[str]]:
    try:
        kept = json.loads(request.COOKIES.get(COLUMNS_COOKIE, "{}"))
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _shown_columns(request: StaffRequest, view: ListView, key: str) -> list[Column]:
    chosen = _chosen(request).get(key)
    if not isinstance(chosen, list):
        return [c for n, c in enumerate(view.columns) if c.default or n == 0]
    return [c for n, c in enumerate(view.columns) if c.key in chosen or n == 0]


def choose_columns(request: StaffRequest, back: str) -> HttpResponse:
    """Remember which columns of which list this browser shows, and go back to the list."""
    kept, key = _chosen(request), request.POST.get("list", "")[:60]
    kept.pop(key, None)
    kept[key] = [name[:30] for name in request.POST.getlist("col")[:40]]
    while len(kept) > 20:  # a cookie holds 4 KB: the oldest choice goes
        kept.pop(next(iter(kept)))
    response = HttpResponseRedirect(back)
    response.set_cookie(COLUMNS_COOKIE, json.dumps(kept, separators=(",", ":")), max_age=COOKIE_AGE, httponly=True,
                        samesite="Lax", secure=request.is_secure())
    return response
