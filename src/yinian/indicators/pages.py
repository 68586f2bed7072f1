"""The room's pages: the list, one indicator, what is behind it, a figure with its versions, reporting, freezing."""

import datetime as dt
import tempfile
from typing import Any, get_args

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from yinian.core import worklists
from yinian.core.access import StaffRequest, page
from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.lists import render_list
from yinian.core.models import Region
from yinian.core.sheets import TableColumn, write_table
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.measures import Indicator
from yinian.engines.entitlement.views import VIEWS
from yinian.engines.indicator.rollup import Part
from yinian.engines.indicator.standing import target_on
from yinian.indicators import actions, behind, charts, queries, words
from yinian.indicators.forms import CorrectForm, FreezeForm, ReportForm
from yinian.indicators.models import Figure, Period
from yinian.indicators.periods import last_ended, span_name
from yinian.indicators.queries import Shown
from yinian.indicators.values import Value, foreseen, unit_word, with_unit, written

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ORDER = {"missed": 0, "unlikely": 1, "open": 2, "unknown": 3, "likely": 4, "reached": 5, "none": 6}


def trail(request: StaffRequest, region: Region, name: str = "indicators:list", *args: Any) -> list[tuple[str, str]]:
    """The way from the widest region down to ``region``: names with addresses."""
    base = reverse(name, args=args)
    return [(step.name, f"{base}?region={step.pk}") for step in queries.path_to(request.user, region)]


def where(request: StaffRequest, right: str = "indicators.view") -> Region:
    return queries.region_for(request.user, request.GET.get("region", "").strip()[:14], right)


# --- the list --------------------------------------------------------------------------------------------------


@page("indicators.view")
def indicator_list(request: StaffRequest) -> HttpResponse:
    """Every indicator of an area by theme: value, target, where it stands, how it went."""
    region = where(request)
    try:
        pack, found, rows = queries.listed(request.user, region)
    except Refused as refused:
        return render(request, "indicators/list.html", {"region": region, "problem": str(refused), "groups": [],
                                                        "path": trail(request, region)})
    asked = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "theme", "state", "how", "sort")}
    kept = [row for row in rows if _fits(row, asked)]
    if request.GET.get("format") == "xlsx":
        return _list_workbook(request, region, pack, kept)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.standing.state] = counts.get(row.standing.state, 0) + 1
    sets: list[tuple[str, list[Shown]]] = []
    if asked["sort"] == "state":
        sets = [("", sorted(kept, key=lambda row: (ORDER[row.standing.state], words.in_words(row.indicator.label))))]
    else:
        for theme, label in words.THEMES.items():
            of_theme = [row for row in kept if row.indicator.theme == theme]
            if of_theme:
                sets.append((str(label), of_theme))
    return render(request, "indicators/list.html", {
        "region": region, "problem": "", "path": trail(request, region), "asked": asked, "total": len(rows),
        "kept": len(kept), "counts": counts, "found": found, "states": words.STATES,
        "themes": [(key, label) for key, label in words.THEMES.items()
                   if any(row.indicator.theme == key for row in rows)],
        "groups": [(title, [_line(pack, row) for row in part]) for title, part in sets if part],
        "may_freeze": request.user.may("indicators.freeze"), "may_export": request.user.may("indicators.export"),
    })


def _fits(row: Shown, asked: dict[str, str]) -> bool:
    label = row.indicator.label
    return (
        (not asked["q"] or asked["q"].lower() in f"{label.zh} {label.en} {row.indicator.id}".lower())
        and (asked["theme"] not in words.THEMES or row.indicator.theme == asked["theme"])
        and (asked["state"] not in words.STATES or row.standing.state == asked["state"])
        and (asked["how"] not in ("computed", "reported") or row.indicator.computed == (asked["how"] == "computed"))
    )


def _line(pack: Pack, row: Shown) -> dict[str, Any]:
    indicator, value = row.indicator, row.value
    word, tone = words.STATES[row.standing.state]
    sure, sure_tone = words.CONFIDENCE[indicator.confidence]
    return {
        "id": indicator.id, "label": words.in_words(indicator.label),
        "value": with_unit(None if value is None else value.value, indicator.unit),
        "unknown": 0 if value is None or value.reported else value.unknown,
        "as_of": None if value is None else value.as_of, "reported": not indicator.computed,
        "aim": words.aim(row.standing.target, indicator.unit), "state": (word, tone),
        "sure": (sure, sure_tone), "spark": charts.spark(row.points), "points": len(row.points),
        "left_out": _("no county run yet") if row.left_out == "run" else row.left_out,
    }


def _list_workbook(request: StaffRequest, region: Region, pack: Pack, rows: list[Shown]) -> HttpResponse:
    columns = [
        TableColumn("theme", _("Theme"), width=14), TableColumn("label", _("Indicator"), width=36),
        TableColumn("value", _("Value"), "number"), TableColumn("unit", _("Unit"), width=10),
        TableColumn("numerator", _("Counted"), "integer"), TableColumn("denominator", _("Of how many"), "integer"),
        TableColumn("unknown", _("Not known"), "integer"), TableColumn("as_of", _("As-of date"), "date"),
        TableColumn("how", _("How it comes about"), width=12), TableColumn("aim", _("Target"), width=26),
        TableColumn("state", _("Where it stands"), width=16), TableColumn("sure", _("Definition"), width=14),
        TableColumn("source", _("Document"), width=40), TableColumn("clause", _("Clause"), width=14),
    ]

    def table() -> Any:
        for row in rows:
            indicator, value = row.indicator, row.value
            source = words.clause(pack, indicator.source)
            yield {
                "theme": str(words.THEMES[indicator.theme]), "label": words.in_words(indicator.label),
                "value": _plain(value, indicator), "unit": unit_word(indicator.unit),
                "numerator": None if value is None or value.reported else value.numerator,
                "denominator": None if value is None or value.reported else value.denominator,
                "unknown": None if value is None or value.reported else value.unknown,
                "as_of": None if value is None else value.as_of,
                "how": _("Computed") if indicator.computed else _("Reported by hand"),
                "aim": words.aim(row.standing.target, indicator.unit),
                "state": str(words.STATES[row.standing.state][0]),
                "sure": str(words.CONFIDENCE[indicator.confidence][0]), "source": source.title,
                "clause": source.clause or "",
            }

    return workbook(request, region, _("Indicators of %(area)s") % {"area": region.name}, columns, table(), "list")


def _plain(value: Value | None, indicator: Indicator) -> float | None:
    if value is None or value.value is None:
        return None
    return round(float(value.value) / (100 if indicator.unit == "fen" else 1), 4)


def workbook(
    request: StaffRequest, region: Region, title: str, columns: list[TableColumn], rows: Any, what: str
) -> HttpResponse:
    """A table as an Excel file, with an audit row."""
    request.user.require("indicators.export", region.pk)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    written_rows = write_table(columns, rows, file, title=title, meta={
        _("Area"): region.name, _("Made by"): request.user.full_name, _("Made on the day"): day(timezone.now()),
    })
    with transaction.atomic():
        record(request.user, "indicators.export", region=region.pk, detail={"list": what, "rows": written_rows})
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx",
                            content_type=XLSX)
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


# --- one indicator ---------------------------------------------------------------------------------------------


@page("indicators.view")
def indicator(request: StaffRequest, name: str) -> HttpResponse:
    """One indicator in an area: what it means, what is behind it, area by area, how it went and where it goes."""
    region, actor = where(request), request.user
    pack, found = queries.get_indicator(actor, region, name)
    history = queries.trends(actor, region, [found]).get(name, [])
    today = timezone.localdate()
    value, left_out = _now(request, region, found, history)
    points = queries.points_of(history, found)
    ahead = queries.ahead_of(found, points, today)
    standing = queries.stand(None if value is None else value.value, found.targets, today, ahead)
    compared_with = _compared_with(request, history)
    earlier = queries.frozen_by_area(actor, region, found, compared_with.ends) if compared_with else {}
    areas = queries.live_by_area(actor, region, found) if found.computed and not left_out else (
        queries.frozen_by_area(actor, region, found, history[-1].ends) if history else {})
    ranked = queries.compared(actor, region, found, areas, value, earlier)
    if request.GET.get("format") == "xlsx":
        return _areas_workbook(request, region, found, ranked)
    opens = VIEWS[found.numerator.view].opens if found.numerator else ""
    return render(request, "indicators/indicator.html", {
        "region": region, "path": trail(request, region, "indicators:indicator", name), "it": found,
        "label": words.in_words(found.label), "value": value, "left_out": left_out,
        "shown": with_unit(None if value is None else value.value, found.unit),
        "most": with_unit(value.most, found.unit) if value is not None and value.most is not None else "",
        "state": words.STATES[standing.state], "aim": words.aim(standing.target, found.unit), "standing": standing,
        "sure": words.CONFIDENCE[found.confidence], "clause": words.clause(pack, found.source),
        "source_sure": words.CONFIDENCE[found.source.confidence],
        "definition": words.definition(found), "columns": words.columns_read(found),
        "note": words.in_words(found.note) if found.note else "", "unit": unit_word(found.unit),
        "targets": [_target_row(pack, found, target, history) for target in found.targets],
        "parts": _parts(request, region, found, value, opens), "worklist": worklists.opened(actor, found.worklist),
        "ranked": ranked, "written": written,
        "proportion": queries.is_proportion(found), "history": [
            (figure, span_name(figure.period, figure.starts), queries.value_of(figure, found)) for figure in history],
        "ahead": ahead, "foreseen": foreseen,
        "line": charts.line(points, ahead, target_on(found.targets, today), found),
        "bars": charts.bars(ranked, found, standing.target),
        "compared_with": compared_with, "with_unit": with_unit, "span_name": span_name,
        "may_export": actor.may("indicators.export"),
        "may_report": not found.computed and actor.scope("indicators.report").covers(region.pk),
        "period_word": Period(queries.kind_for(found.period)).label, "aim_of": words.aim,
    })


def _now(
    request: StaffRequest, region: Region, found: Indicator, history: list[Figure]
) -> tuple[Value | None, str]:
    if not found.computed:
        return (queries.value_of(history[-1], found) if history else None), ""
    current, values = queries.live_values(request.user, region)
    if found.id in current.left_out:
        why = current.left_out[found.id]
        return None, _("No county run has been made yet.") if why == "run" else why
    return values[found.id], ""


def _compared_with(request: StaffRequest, history: list[Figure]) -> Figure | None:
    """The frozen period to compare with: the one asked for, else the one before the last."""
    asked = request.GET.get("with", "")
    for figure in history:
        if figure.starts.isoformat() == asked:
            return figure
    return history[-1] if history else None


def _target_row(pack: Pack, found: Indicator, target: Any, history: list[Figure]) -> dict[str, Any]:
    reached = [queries.value_of(figure, found) for figure in history if figure.ends <= target.by]
    last = reached[-1] if reached else None
    return {
        "aim": words.aim(target, found.unit), "clause": words.clause(pack, target.source),
        "met": None if last is None or last.value is None else target.met(last.value),
        "value": with_unit(None if last is None else last.value, found.unit),
        "as_of": None if last is None else last.as_of,
    }


def _parts(
    request: StaffRequest, region: Region, found: Indicator, value: Value | None, opens: str
) -> list[dict[str, Any]]:
    """What is counted, what is not, what is not known: each with its number and, for who may see it, its list."""
    if not found.computed or value is None:
        return []
    assert found.numerator is not None
    counts: list[tuple[str, int | None]] = [
        ("counted", value.numerator if found.numerator.aggregate == "count" else None), ("outside", value.outside),
        ("unknown", value.unknown),
    ]
    if value.unsure:
        counts.append(("unsure", value.unsure))
    if found.denominator is not None and not queries.is_proportion(found):
        counts.append(("base", value.denominator))
    made = []
    for part, count in counts:
        kind = VIEWS[found.denominator.view].opens if part in ("base", "unsure") and found.denominator else opens
        url = reverse("indicators:behind", args=[found.id, part]) + f"?region={region.pk}"
        made.append({"part": part, "label": words.PARTS[part], "count": count,
                     "url": url if behind.may_open(request.user, kind) and count != 0 else ""})
    return made


def _areas_workbook(
    request: StaffRequest, region: Region, found: Indicator, ranked: list[queries.Ranked]
) -> HttpResponse:
    columns = [
        TableColumn("place", _("Rank"), "integer"), TableColumn("area", _("Area"), width=18),
        TableColumn("code", _("Division code"), width=16), TableColumn("value", _("Value"), "number"),
        TableColumn("unit", _("Unit"), width=10), TableColumn("numerator", _("Counted"), "integer"),
        TableColumn("denominator", _("Of how many"), "integer"), TableColumn("unknown", _("Not known"), "integer"),
        TableColumn("low", _("Interval from"), "number"), TableColumn("high", _("Interval to"), "number"),
        TableColumn("earlier", _("Compared period"), "number"),
    ]
    rows = (
        {"place": row.place, "area": row.region.name, "code": row.region.pk, "value": _plain(row.value, found),
         "unit": unit_word(found.unit), "numerator": row.value.numerator, "denominator": row.value.denominator,
         "unknown": row.value.unknown, "low": row.interval and round(row.interval.low, 2),
         "high": row.interval and round(row.interval.high, 2),
         "earlier": None if row.earlier is None else _plain(row.earlier, found)}
        for row in ranked
    )
    title = _("%(what)s in %(area)s") % {"what": words.in_words(found.label), "area": region.name}
    return workbook(request, region, title, columns, rows, found.id)


@page("indicators.view")
def rows_behind(request: StaffRequest, name: str, part: str) -> HttpResponse:
    """The people, beds, homes or villages that a live figure counts, does not count, or of which it is not known."""
    region, actor = where(request), request.user
    _pack, found = queries.get_indicator(actor, region, name)
    if part not in get_args(Part) or not found.computed:
        raise NotVisible("part")
    opens, keys = queries.keys_behind(actor, region, found, part)  # type: ignore[arg-type]
    for right in behind.NEEDS[opens]:
        actor.require(right)
    title = f"{words.in_words(found.label)} · {words.PARTS[part]}"
    subtitle = _("%(area)s, as of %(day)s: %(n)s behind the figure") % {
        "area": region.name, "day": day(timezone.localdate()), "n": f"{len(keys):,}"
    }
    view, rows = behind.list_behind(actor, opens, keys, title, subtitle)
    return render_list(request, view, rows, "indicators/behind.html", {
        "back": reverse("indicators:indicator", args=[name]) + f"?region={region.pk}",
        "back_label": words.in_words(found.label), "tabs": [
            (words.PARTS[one], reverse("indicators:behind", args=[name, one]) + f"?region={region.pk}", one == part)
            for one in ("counted", "outside", "unknown")
        ],
    })


# --- reported by hand ------------------------------------------------------------------------------------------


@page("indicators.report", methods=("GET", "POST"))
def report_figure(request: StaffRequest, name: str) -> HttpResponse:
    """Enter a figure that the platform does not work out."""
    actor, region = request.user, where(request, "indicators.report")
    pack, found = queries.get_indicator(actor, region, name)
    if found.computed:
        raise NotVisible("indicator")
    scope = actor.scope("indicators.report")
    if request.method == "POST":
        form = ReportForm(request.POST, request.FILES, indicator=found, scope=scope)
    else:
        spans = ReportForm(indicator=found, scope=scope).spans
        first = spans[1] if len(spans) > 1 else spans[0]
        form = ReportForm(indicator=found, scope=scope, initial={"region": region, "period": first.starts.isoformat()})
    context: dict[str, Any] = {
        "it": found, "label": words.in_words(found.label), "unit": unit_word(found.unit), "region": region,
        "clause": words.clause(pack, found.source), "who": words.in_words(found.reported) if found.reported else "",
        "aims": [words.aim(target, found.unit) for target in found.targets],
        "back": reverse("indicators:indicator", args=[name]) + f"?region={region.pk}",
    }
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        file: UploadedFile | None = data.get("file") or None
        try:
            made = actions.report(
                actor, found, data["region"], data["span"], data["exact"], data["note"],
                file=None if file is None else file.file, reason=data["reason"],  # type: ignore[arg-type]
            )
        except Refused as refusal:
            return render_form(request, "indicators/report_figure.html", form, refusal=refusal, **context)
        messages.success(request, _("%(what)s of %(period)s is on record.") % {
            "what": words.in_words(found.label), "period": span_name(made.period, made.starts)})
        return redirect(f"{reverse('indicators:indicator', args=[name])}?region={made.region_id}")
    return render_form(request, "indicators/report_figure.html", form, **context)


# --- frozen figures --------------------------------------------------------------------------------------------


@page("indicators.view")
def figure(request: StaffRequest, pk: int) -> HttpResponse:
    """One frozen figure: its versions, what it was worked out from, and whether that still gives the same."""
    return _figure_page(request, pk)


def _figure_page(request: StaffRequest, pk: int, checked: bool | None = None) -> HttpResponse:
    found = queries.get_figure(request.user, pk)
    pack, indicator = queries.get_indicator(request.user, found.region, found.indicator)
    versions = [(one, queries.value_of(one, indicator)) for one in queries.versions(found)]
    kept = {} if found.snapshot is None else found.snapshot.definitions[found.indicator]
    url = reverse("indicators:indicator", args=[found.indicator]) + f"?region={found.region_id}"
    return render(request, "indicators/figure.html", {
        "figure": found, "it": indicator, "label": words.in_words(indicator.label), "back": url,
        "value": queries.value_of(found, indicator), "versions": versions, "with_unit": with_unit,
        "period": span_name(found.period, found.starts), "checked": checked, "kept": kept,
        "changed": found.definition_hash != indicator.hash, "clause": words.clause(pack, indicator.source),
        "may_correct": found.origin == Figure.Origin.COMPUTED
        and request.user.scope("indicators.freeze").covers(found.region_id)
        and versions[0][0].pk == found.pk,
    })


@page("indicators.view", methods=("POST",))
def figure_verify(request: StaffRequest, pk: int) -> HttpResponse:
    """Work a figure out again from its snapshot and say whether it is the same."""
    found = queries.get_figure(request.user, pk)
    try:
        same = actions.verify(request.user, found.pk)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("indicators:figure", pk)
    return _figure_page(request, pk, same)


@page("indicators.freeze", methods=("GET", "POST"))
def figure_correct(request: StaffRequest, pk: int) -> HttpResponse:
    """Work a period's figures of one indicator out again; says why."""
    found = queries.get_figure(request.user, pk)
    _pack, indicator = queries.get_indicator(request.user, found.region, found.indicator)
    form = CorrectForm(request.POST or None)
    context: dict[str, Any] = {"figure": found, "label": words.in_words(indicator.label),
               "period": span_name(found.period, found.starts), "value": with_unit(
                   queries.value_of(found, indicator).value, indicator.unit)}
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.correct(request.user, pk, form.cleaned_data["reason"])
        except Refused as refusal:
            return render_form(request, "indicators/correct.html", form, refusal=refusal, **context)
        messages.success(request, _("%(n)s figures have a new version.") % {"n": count})
        return redirect(f"{reverse('indicators:indicator', args=[found.indicator])}?region={found.region_id}")
    return render_form(request, "indicators/correct.html", form, **context)


@page("indicators.freeze", methods=("GET", "POST"))
def freeze(request: StaffRequest) -> HttpResponse:
    """Freeze the figures of the last month, quarter or year by hand, where the night's work did not."""
    region = where(request, "indicators.freeze")
    today = timezone.localdate()
    spans = [last_ended(kind, today) for kind in Period.values]
    open_spans = [span for span in spans if not actions.frozen(region.pk, span)]
    form = FreezeForm(request.POST or None, spans=open_spans)
    context: dict[str, Any] = {"region": region, "spans": [(span, span not in open_spans) for span in spans]}
    if request.method == "POST" and form.is_valid():
        try:
            job = actions.freeze(request.user, region.pk, form.cleaned_data["kind"])
        except Refused as refusal:
            return render_form(request, "indicators/freeze.html", form, refusal=refusal, **context)
        return redirect("core:job", job.pk)
    return render_form(request, "indicators/freeze.html", form, **context)


def back_to(name: str, region: str) -> str:
    """The address of an indicator's page for a region."""
    return f"{reverse('indicators:indicator', args=[name])}?{urlencode({'region': region})}"


def as_day(text: str) -> dt.date:
    """A day from an address. Raises NotVisible for what is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise NotVisible("period") from None
