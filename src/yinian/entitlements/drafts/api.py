"""Drafts and amendments as endpoints: list, make, change, reckon, submit, review."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Schema
from ninja.files import UploadedFile

from yinian.core.access import caller, needs
from yinian.core.errors import NotVisible
from yinian.entitlements.doors import router
from yinian.entitlements.drafts import actions, ahead, queries, reckoning, review, words
from yinian.entitlements.drafts.models import Amendment, Draft

PAGE = 100


class DraftOut(Schema):
    """A draft; ``stale``: the list in force has changed since it was compared with it."""

    id: int
    region: str
    name: str
    description: str
    effective_from: dt.date
    state: str
    shared: bool
    made_by: str
    version: int
    base_hash: str
    stale: bool


class ChangeOut(Schema):
    """One thing changed: which entry, what of it, from what, to what."""

    part: str
    key: str
    name: str
    kind: str
    what: str
    before: str
    after: str


class RowOut(Schema):
    """Figures of one service (empty: all people) in one group (dimension empty: all). Counts are people, money fen."""

    dimension: str
    value: str | None
    service: str
    figures: dict[str, int]


class ReckonedOut(Schema):
    """What a draft would do. ``rows`` is empty where a problem stops it."""

    run: int
    day: dt.date
    people: int
    stopped: bool
    problems: list[str]
    rows: list[RowOut]
    year_fen: tuple[int, int] | None
    rest_of_year_fen: tuple[int, int] | None


class YearOut(Schema):
    """One year to come: people by the lowest age of their band (empty: not known), each service's people and fen."""

    year: int
    day: dt.date
    people: dict[str, int]
    services: dict[str, dict[str, int]]


class YearsOut(Schema):
    """The years to come, everybody growing older and nothing else changing. ``born``: the latest year of birth on the
    register. ``problems``: why a year cannot be reckoned."""

    born: int | None
    years: list[YearOut]
    problems: dict[int, str]


class DraftIn(Schema):
    region: str
    name: str
    effective_from: dt.date
    description: str = ""


class ValueIn(Schema):
    """A standard's value from the draft's day on: whole fen for money, a text for a formula."""

    value: int | bool | str
    note: str | None = None


class EntryIn(Schema):
    """A whole entry as the pack's file would say it."""

    data: dict[str, Any]


class VersionIn(Schema):
    version: int


class ReturnIn(Schema):
    version: int
    reason: str


class EndIn(Schema):
    version: int
    on: dt.date
    reason: str


class AmendmentOut(Schema):
    """A reviewed change in force from its day on."""

    id: int
    region: str
    title: str
    number: str
    dated: dt.date
    effective_from: dt.date
    ended_on: dt.date | None
    hash_before: str
    hash_after: str
    version: int
    entries: list[dict[str, Any]]


def _draft(draft: Draft) -> DraftOut:
    return DraftOut(
        id=draft.pk, region=draft.region_id, name=draft.name, description=draft.description,
        effective_from=draft.effective_from, state=draft.state, shared=draft.shared, made_by=draft.made_by.full_name,
        version=draft.version, base_hash=draft.base_hash, stale=queries.is_stale(draft, queries.base_of(draft)),
    )


def _amendment(amendment: Amendment) -> AmendmentOut:
    return AmendmentOut(
        id=amendment.pk, region=amendment.region_id, title=amendment.title, number=amendment.number,
        dated=amendment.dated, effective_from=amendment.effective_from, ended_on=amendment.ended_on,
        hash_before=amendment.hash_before, hash_after=amendment.hash_after, version=amendment.version,
        entries=[{"part": e.part, "key": e.key, "data": e.data, "until": e.cut_on} for e in amendment.entries.all()],
    )


def _in_county(draft: Draft, county: str) -> str:
    """The county asked for below a wide draft's region; nothing for a county's own draft. Raises NotVisible."""
    if not queries.is_wide(draft):
        return ""
    if county not in {one.code for one in queries.counties_of(draft)}:
        raise NotVisible("county")
    return county


@router.get("/drafts", auth=needs("entitlements.compare"), response=list[DraftOut])
def drafts(request: HttpRequest, before: int | None = None) -> list[DraftOut]:
    """The drafts the caller may see, the latest first, at most a hundred; ``before`` goes further back."""
    found = queries.visible_to(caller(request)).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    return [_draft(draft) for draft in found[:PAGE]]


@router.post("/drafts", auth=needs("entitlements.draft"), response={201: DraftOut})
def make(request: HttpRequest, wanted: DraftIn) -> tuple[int, DraftOut]:
    return 201, _draft(actions.make(
        caller(request), wanted.region, wanted.name, wanted.effective_from, wanted.description
    ))


@router.get("/drafts/{int:pk}", auth=needs("entitlements.compare"), response=DraftOut)
def draft(request: HttpRequest, pk: int) -> DraftOut:
    return _draft(queries.get_draft(caller(request), pk))


@router.get("/drafts/{int:pk}/changes", auth=needs("entitlements.compare"), response=list[ChangeOut])
def changes(request: HttpRequest, pk: int) -> list[ChangeOut]:
    """What a draft changes, line by line."""
    found = queries.get_draft(caller(request), pk)
    base, pack = queries.base_of(found).pack, reckoning.usable(found)
    keys = [(entry.part, entry.key) for entry in queries.entries_of(found)]
    return [
        ChangeOut(part=c.part, key=c.key, name=c.name, kind=c.kind, what=line.what, before=line.before,
                  after=line.after)
        for c in words.changes(base, pack, keys, found.effective_from)
        for line in c.lines or (words.Line("", "", ""),)
    ]


@router.put("/drafts/{int:pk}/standards/{key}", auth=needs("entitlements.draft"), response=DraftOut)
def set_value(request: HttpRequest, pk: int, key: str, wanted: ValueIn) -> DraftOut:
    return _draft(actions.set_value(caller(request), pk, key, wanted.value, note=wanted.note))


@router.put("/drafts/{int:pk}/entries/{part}/{key}", auth=needs("entitlements.draft"), response=DraftOut)
def set_entry(request: HttpRequest, pk: int, part: str, key: str, wanted: EntryIn) -> DraftOut:
    """Have an entry be as given, whole; ``{"off": true, …}`` switches it off."""
    return _draft(actions.set_entry(caller(request), pk, part, key, wanted.data))


@router.delete("/drafts/{int:pk}/entries/{part}/{key}", auth=needs("entitlements.draft"), response=DraftOut)
def revert(request: HttpRequest, pk: int, part: str, key: str) -> DraftOut:
    """Take a change back."""
    return _draft(actions.revert(caller(request), pk, part, key))


@router.get("/drafts/{int:pk}/results", auth=needs("entitlements.compare"), response=ReckonedOut)
def results(request: HttpRequest, pk: int, by: str = "", county: str = "") -> ReckonedOut:
    """What a draft would do: the whole and each service; ``by`` town, age, relief, level, sex or urban besides. Of a
    prefecture's or province's draft, in one ``county`` below it."""
    draft = queries.get_draft(caller(request), pk)
    found = reckoning.reckon(draft, county=_in_county(draft, county))
    problems = [words.said(problem, found.a, found.b).text for problem in found.problems]
    if found.stopped:
        return ReckonedOut(run=found.run.pk, day=found.day, people=found.run.people, stopped=True, problems=problems,
                           rows=[], year_fen=None, rest_of_year_fen=None)
    places = [(None, ""), *((n, pair.id) for n, pair in enumerate(found.services))]
    return ReckonedOut(
        run=found.run.pk, day=found.day, people=found.run.people, stopped=False, problems=problems,
        rows=[
            RowOut(dimension=dimension, value=value, service=service, figures=row)
            for place, service in places
            for dimension in dict.fromkeys(("", by))
            for value, row in found.rows(dimension, place)
        ],
        year_fen=(sum(line.year_a for line in found.lines), sum(line.year_b for line in found.lines)),
        rest_of_year_fen=(sum(line.rest_a for line in found.lines), sum(line.rest_b for line in found.lines)),
    )


@router.get("/drafts/{int:pk}/years", auth=needs("entitlements.compare"), response=YearsOut)
def years(request: HttpRequest, pk: int, county: str = "") -> YearsOut:
    """What a draft would cost on its first day and in the years to come; of a wide draft, in one ``county``."""
    draft = queries.get_draft(caller(request), pk)
    found = ahead.ahead(draft, _in_county(draft, county))
    return YearsOut(born=found.born, problems=found.problems, years=[
        YearOut(year=one.day.year, day=one.day,
                people={"" if band is None else str(band): n for band, n in one.bands.items()},
                services={service: asdict(cost) for service, cost in one.costs.items()})
        for one in found.years
    ])


@router.post("/drafts/{int:pk}/submit", auth=needs("entitlements.draft"), response=DraftOut)
def submit(
    request: HttpRequest, pk: int, version: Form[int], title: Form[str], dated: Form[dt.date],
    paper: File[UploadedFile], number: Form[str] = "", clause: Form[str] = "", assurance: Form[str] = "",
) -> DraftOut:
    """Put a draft up for review with its document, as a form with a file."""
    return _draft(review.submit(
        caller(request), pk, version, title=title, dated=dated, number=number, clause=clause,
        paper=paper.file, assurance=assurance,  # type: ignore[arg-type]
    ))


@router.post("/drafts/{int:pk}/return", auth=needs("entitlements.promote"), response=DraftOut)
def send_back(request: HttpRequest, pk: int, wanted: ReturnIn) -> DraftOut:
    return _draft(review.send_back(caller(request), pk, wanted.version, wanted.reason))


@router.post("/drafts/{int:pk}/promote", auth=needs("entitlements.promote"), response={201: AmendmentOut})
def promote(request: HttpRequest, pk: int, wanted: VersionIn) -> tuple[int, AmendmentOut]:
    """Put a submitted draft in force; another human than its makers may."""
    return 201, _amendment(review.promote(caller(request), pk, wanted.version))


@router.get("/amendments", auth=needs("entitlements.view"), response=list[AmendmentOut])
def amendments(request: HttpRequest) -> list[AmendmentOut]:
    """The latest amendments of the caller's area, at most a hundred."""
    found = queries.amendments_visible_to(caller(request)).prefetch_related("entries")
    return [_amendment(amendment) for amendment in found[:PAGE]]


@router.post("/amendments/{int:pk}/end", auth=needs("entitlements.promote"), response=AmendmentOut)
def end(request: HttpRequest, pk: int, wanted: EndIn) -> AmendmentOut:
    return _amendment(review.end(caller(request), pk, wanted.version, wanted.on, wanted.reason))
