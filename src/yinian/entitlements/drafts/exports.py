"""What a draft would do as a workbook (a sheet for each view) and as a printable paper; two drafts as a workbook."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest
from yinian.core.audit.actions import record
from yinian.core.documents.actions import preview
from yinian.core.errors import Forbidden
from yinian.core.jinja import day, moment, number, yuan
from yinian.core.sheets import Table, TableColumn, write_book
from yinian.engines.entitlement.whatif import DIMENSIONS, months_left
from yinian.entitlements.drafts import ahead, queries, reckoning, words
from yinian.entitlements.drafts.counties import ByCounty
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.workkinds import in_words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEMPLATE = "entitlements/drafts/whatif.typ"


def _figures() -> list[TableColumn]:
    return [
        TableColumn("due_a", _("Due now"), "integer"), TableColumn("due_b", _("Due under the draft"), "integer"),
        TableColumn("gained", _("Newly due"), "integer"), TableColumn("lost", _("No longer due"), "integer"),
        TableColumn("raised", _("With a higher amount"), "integer"),
        TableColumn("cut", _("With a lower amount"), "integer"),
        TableColumn("check_b", _("To be checked under the draft"), "integer"),
        TableColumn("money_a", _("Yuan a month now"), "money_fen", 16),
        TableColumn("money_b", _("Yuan a month under the draft"), "money_fen", 16),
        TableColumn("difference", _("Difference, yuan a month"), "money_fen", 16),
        TableColumn("most_money_b", _("At most under the draft, yuan a month"), "money_fen", 16),
    ]


def aged(found: Reckoned) -> bool:
    """Whether it is reckoned for a year to come; what is left of this year is then not told."""
    return found.day > max(found.start, found.run.as_of)


def _row(name: str, row: dict[str, int]) -> dict[str, Any]:
    return {"name": name, **row, "difference": row["money_b"] - row["money_a"]}


def _check_right(request: StaffRequest, draft: Draft) -> None:
    if not queries.may_export(request.user, draft):
        raise Forbidden("entitlements.export")


def workbook(request: StaffRequest, draft: Draft, found: Reckoned, said: Sequence[str], county: str = "") -> Any:
    """The whole comparison: changes, by service, by each dimension, the budget."""
    _check_right(request, draft)
    towns = words.town_names(county or draft.region_id)
    columns = _figures()
    services = [(in_words(pair.service.label), row) for _n, pair, row in found.by_service()]
    tables = [
        _changes_table(draft, found),
        Table(_("By service"), [TableColumn("name", _("Service"), width=30), *columns],
              [_row(_("All services, people"), found.whole), *(_row(name, row) for name, row in services)]),
        *(
            Table(str(words.DIMENSIONS[by]), [TableColumn("name", str(words.DIMENSIONS[by]), width=18),
                                              TableColumn("service", _("Service"), width=30), *columns],
                  _dimension_rows(found, by, towns))
            for by in DIMENSIONS
        ),
        *([] if aged(found) else [_budget_table(found)]),
        *_years_tables(draft, found, county),
    ]
    if said:
        tables.insert(0, Table(_("To look at"), [TableColumn("text", _("To look at"), width=100)], [[s] for s in said]))
    return _answer(request, draft, found, tables, _("What-if of %(name)s") % {"name": draft.name}, "draft")


def _dimension_rows(found: Reckoned, by: str, towns: dict[str, str]) -> Iterable[dict[str, Any]]:
    for service, name in [(None, _("All services, people")),
                          *((n, in_words(pair.service.label)) for n, pair in enumerate(found.services))]:
        for value, row in found.rows(by, service):
            if any(row.values()):
                yield _row(words.group_words(by, value, towns), row) | {"service": name}


def _changes_table(draft: Draft, found: Reckoned) -> Table:
    columns = [TableColumn("entry", _("Entry"), width=28), TableColumn("what", _("What"), width=24),
               TableColumn("before", _("Now"), width=34), TableColumn("after", _("Under the draft"), width=34)]
    return Table(_("Changes"), columns, _change_rows(draft, found))


def _change_rows(draft: Draft, found: Reckoned) -> list[list[str]]:
    keys = [(entry.part, entry.key) for entry in queries.entries_of(draft)]
    kinds = {"added": _("added"), "off": _("switched off")}
    rows = []
    for change in words.changes(found.a, found.b, keys, draft.effective_from):
        if change.kind in kinds:
            rows.append([change.name, kinds[change.kind], "", ""])
        rows += [[change.name, line.what, line.before, line.after] for line in change.lines]
    return rows


def _budget_table(found: Reckoned) -> Table:
    from yinian.entitlements.drafts.result_pages import budget_rows

    columns = [
        TableColumn("name", _("Service"), width=30),
        TableColumn("people_a", _("Due now"), "integer"), TableColumn("people_b", _("Due under the draft"), "integer"),
        *(TableColumn(key, label, "money_fen", 18) for key, label in (
            ("rest_a", _("Rest of the year now")), ("rest_b", _("Rest of the year under the draft")),
            ("most_rest_b", _("Rest of the year at most")), ("year_a", _("Full year now")),
            ("year_b", _("Full year under the draft")), ("most_year_b", _("Full year at most")),
            ("once_a", _("Once-only amounts now")), ("once_b", _("Once-only amounts under the draft")),
        )),
    ]  # fmt: skip
    rows = [
        {"name": one.name, "people_a": None if one.is_total else one.people[0],
         "people_b": None if one.is_total else one.people[1],
         **{name: getattr(one.line, name) for name in
            ("rest_a", "rest_b", "most_rest_b", "year_a", "year_b", "most_year_b", "once_a", "once_b")}}
        for one in budget_rows(found)
    ]  # fmt: skip
    return Table(_("Budget"), columns, rows)


def _years_tables(draft: Draft, found: Reckoned, county: str) -> list[Table]:
    """The years to come, of all services and of each that gives money."""
    if found.run.people > reckoning.LIVE_PEOPLE and not ahead.is_ready(draft, county):
        return []  # the page has a job do it; a reader does not wait here
    kept = ahead.ahead(draft, county)
    columns = [
        TableColumn("name", _("Service"), width=30), TableColumn("year", _("Year of the reckoning"), "integer"),
        TableColumn("months", _("Months counted"), "integer"),
        TableColumn("due_a", _("Due now"), "integer"), TableColumn("due_b", _("Due under the draft"), "integer"),
        *(TableColumn(key, label, "money_fen", 18) for key, label in (
            ("year_a", _("List in force, yuan")), ("most_year_a", _("List in force, at most")),
            ("year_b", _("Under the draft, yuan")), ("most_year_b", _("Under the draft, at most")),
        )),
    ]  # fmt: skip
    names = [("", _("All services")), *(
        (pair.id, in_words(pair.service.label)) for pair in found.services
        if (pair.a and pair.a.amount) or (pair.b and pair.b.amount)
    )]
    rows = [
        {"name": name, "year": row.year, "months": row.months, **asdict(row.cost),
         **({} if key else {"due_a": None, "due_b": None})}
        for key, name in names for row in ahead.rows_of(found, kept, key)
    ]  # fmt: skip
    return [Table(_("The years to come"), columns, rows)]


def counties_workbook(request: StaffRequest, draft: Draft, found: ByCounty, year: int | None) -> Any:
    """A wide draft by county, and by service over all counties."""
    _check_right(request, draft)
    columns = _figures()
    rows = [_row(one.county.name, one.found.whole) if one.found is not None and one.ready
            else {"name": one.county.name, "note": one.problem} for one in found.counties]
    tables = [
        Table(_("By county"), [TableColumn("name", _("County, city or district"), width=20), *columns,
                               TableColumn("note", _("Note"), width=40)],
              [*rows, _row(_("All counties that could be reckoned"), found.whole)]),
        Table(_("By service"), [TableColumn("name", _("Service"), width=30), *columns],
              [_row(name, row) for _key, name, row in found.services]),
    ]
    meta = {_("In force from"): day(draft.effective_from), _("People"): number(found.people),
            _("At most"): _("if all that is unknown turns out to be met")}
    if year:
        meta[_("As old as people are in")] = str(year)
    return _written(request, draft, meta, tables, _("What-if of %(name)s") % {"name": draft.name}, "wide draft")


def two_workbook(
    request: StaffRequest, drafts: tuple[Draft, Draft], found: tuple[Reckoned, Reckoned], between: Reckoned
) -> Any:
    """Two drafts beside each other: what differs, by service, who gains and loses between them."""
    from yinian.entitlements.drafts.result_pages import side_by_side

    one, two = drafts
    _check_right(request, one)
    changes = words.changes(found[0].b, found[1].b, words.differing(found[0].b, found[1].b), between.start)
    names = [one.name, two.name if two.name != one.name else f"{two.name} 2"]
    columns = [
        TableColumn("name", _("Service"), width=30), TableColumn("now", _("Due now"), "integer"),
        TableColumn("due_one", names[0], "integer"), TableColumn("due_two", names[1], "integer"),
        TableColumn("money_now", _("Yuan a month now"), "money_fen", 16),
        TableColumn("money_one", _("%(name)s, yuan a month") % {"name": names[0]}, "money_fen", 18),
        TableColumn("money_two", _("%(name)s, yuan a month") % {"name": names[1]}, "money_fen", 18),
    ]
    rows = [
        [name, a["due_a"], a["due_b"], b["due_b"], a["money_a"], a["money_b"], b["money_b"]]
        for name, a, b in [(_("All services, people"), found[0].whole, found[1].whole), *side_by_side(*found)]
    ]
    tables = [
        Table(_("What differs"),
              [TableColumn("entry", _("Entry"), width=28), TableColumn("what", _("What"), width=24),
               TableColumn("one", names[0], width=34), TableColumn("two", names[1], width=34)],
              [[c.name, line.what, line.before, line.after] for c in changes for line in c.lines]),
        Table(_("By service"), columns, rows),
    ]
    title = _("%(one)s and %(two)s compared") % {"one": one.name, "two": two.name}
    return _answer(request, one, between, tables, title, "two drafts")


def _answer(
    request: StaffRequest, draft: Draft, found: Reckoned, tables: Sequence[Table], title: str, what: str
) -> Any:
    meta = {
        _("In force from"): day(draft.effective_from), _("Reckoned for the day"): day(found.day),
        _("Facts of the run"): f"#{found.run.pk}, {day(found.run.as_of)}", _("People"): number(found.run.people),
        _("At most"): _("if all that is unknown turns out to be met"),
    }
    return _written(request, draft, meta, tables, title, what)


def _written(
    request: StaffRequest, draft: Draft, meta: dict[str, str], tables: Sequence[Table], title: str, what: str
) -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    meta = meta | {_("Made by"): request.user.full_name, _("Made at"): moment(timezone.now())}
    written = write_book(tables, file, title=title, meta=meta)
    with transaction.atomic():
        record(request.user, "entitlements.export", region=draft.region_id,
               detail={"list": what, "draft": draft.pk, "rows": written})
    file.seek(0)
    response = FileResponse(file, as_attachment=True, content_type=XLSX,
                            filename=f"{title}-{timezone.localdate():%Y%m%d}.xlsx")
    response["Cache-Control"] = "private, no-store"
    return response


def paper(
    request: StaffRequest, draft: Draft, found: Reckoned, said: Sequence[str], county: str = ""
) -> HttpResponse:
    """The comparison as a paper to print; marked as a draft, without a number."""
    from yinian.entitlements.drafts.result_pages import budget_rows, touched

    _check_right(request, draft)
    towns = words.town_names(county or draft.region_id)
    whole = found.whole
    services = [
        [in_words(pair.service.label), number(row["due_a"]), number(row["due_b"]), number(row["check_b"]),
         yuan(row["money_a"]), yuan(row["money_b"]), _signed(row["money_b"] - row["money_a"])]
        for _n, pair, row in touched(found)
    ]  # fmt: skip
    data = {
        "name": draft.name, "purpose": draft.description, "county": found.run.region.name,
        "start": draft.effective_from.isoformat(), "as_of": found.day.isoformat(), "run": found.run.pk,
        "people": number(found.run.people), "year": found.start.year, "months": months_left(found.start),
        "changes": _change_rows(draft, found), "said": list(said),
        "summary": [
            ["每月增减金额", f"{_signed(whole['money_b'] - whole['money_a'])}元（现{yuan(whole['money_a'])}元，"
                       f"改后{yuan(whole['money_b'])}元，待核查者全部符合时至多{yuan(whole['most_money_b'])}元）"],
            ["金额增加的人", f"{number(whole['winners'])}人，每月合计增加{yuan(whole['won'])}元"],
            ["金额减少的人", f"{number(whole['losers'])}人，每月合计减少{yuan(whole['lost_money'])}元"],
            ["新增享受的人", f"{number(whole['gained'])}人"], ["不再享受的人", f"{number(whole['lost'])}人"],
            ["改后待核查的人", f"{number(whole['check_b'])}人"],
        ],
        "services": services,
        "groups": [
            [str(words.DIMENSIONS[by]), [
                [words.group_words(by, value, towns), number(row["gained"]), number(row["lost"]),
                 number(row["winners"]), number(row["losers"]), _signed(row["money_b"] - row["money_a"])]
                for value, row in found.rows(by) if any(row.values())
            ]]
            for by in DIMENSIONS
        ],
        "aged": found.day.year if aged(found) else None, "years": _years_rows(draft, found, county),
        "budget": [
            [one.name, yuan(one.line.rest_a), yuan(one.line.rest_b), _signed(one.line.rest_b - one.line.rest_a),
             yuan(one.line.year_b), _signed(one.line.year_b - one.line.year_a), yuan(one.line.most_year_b)]
            for one in budget_rows(found) if one.cash and not aged(found)
        ],
    }  # fmt: skip
    made = preview(county or draft.region_id, title="清单调整测算", template=TEMPLATE, data=data)
    with transaction.atomic():
        record(request.user, "entitlements.export", region=draft.region_id,
               detail={"list": "draft paper", "draft": draft.pk, "rows": len(services)})
    response = HttpResponse(made, content_type="application/pdf")
    name = f"{draft.name}-{timezone.localdate():%Y%m%d}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _years_rows(draft: Draft, found: Reckoned, county: str) -> list[list[str]]:
    if found.run.people > reckoning.LIVE_PEOPLE and not ahead.is_ready(draft, county):
        return []
    return [
        [f"{row.year}年" if row.whole else f"{row.year}年（{row.months}个月）", number(row.people(80)),
         yuan(row.cost.year_a), yuan(row.cost.year_b), _signed(row.cost.year_b - row.cost.year_a),
         yuan(row.cost.most_year_b)]
        for row in ahead.rows_of(found, ahead.ahead(draft, county))
    ]  # fmt: skip


def _signed(fen: int) -> str:
    return f"{'+' if fen > 0 else '−' if fen < 0 else ''}{yuan(abs(fen))}"
