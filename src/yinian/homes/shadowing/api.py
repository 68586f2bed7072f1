"""New staff who are shown the work, over REST: the records and their days. Thin.

Nothing is signed here: a signature is a person's own, put on the page.
"""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.shadowing import actions, queries
from yinian.homes.shadowing.models import ShadowDay, Shadowing

router = Router(tags=["homes"])
PAGE = 100


class ShadowingOut(Schema):
    """``days``: how many the place's rule asks for; none where no rule is on file. ``here``: still in post."""

    id: int
    home: int = Field(alias="site_id")
    place: int = Field(alias="place_id")
    worker: int = Field(alias="worker_id")
    mentor: int = Field(alias="mentor_id")
    since: dt.date
    days: int | None
    noted: int
    mentor_at: dt.datetime | None
    director_at: dt.datetime | None
    here: bool
    version: int

    @staticmethod
    def resolve_noted(one: Shadowing) -> int:
        return len(one.noted.all())


class ShadowDayOut(Schema):
    id: int
    day: dt.date
    note: str


class WholeShadowingOut(ShadowingOut):
    notes: list[ShadowDayOut]
    mentor_word: str

    @staticmethod
    def resolve_notes(one: Shadowing) -> list[ShadowDay]:
        return list(one.noted.all())


class NoteIn(Schema):
    day: dt.date
    note: str = Field(min_length=1, max_length=500)


@router.get("shadowings", auth=needs("workforce.view"), response=list[ShadowingOut], url_name="homes_shadowings")
def list_shadowings(request: HttpRequest, home: int | None = None, after: int = 0) -> list[Any]:
    """Who is or was shown the work in the homes in reach, by id, 100 at a time."""
    rows = queries.listed(caller(request)).filter(pk__gt=after)
    return list((rows if home is None else rows.filter(site=home)).order_by("pk")[:PAGE])


@router.get("shadowings/{int:pk}", auth=needs("shadowing.view"), response=WholeShadowingOut,
            url_name="homes_shadowing")
def one_shadowing(request: HttpRequest, pk: int) -> Any:
    """One record with what was noted each day."""
    return queries.get_shadowing(caller(request), pk)


@router.post("shadowings/{int:pk}/days", auth=needs("shadowing.note", "shadowing.view"), response={201: ShadowDayOut},
             url_name="homes_shadow_day")
def note(request: HttpRequest, pk: int, given: NoteIn) -> Status[ShadowDay]:
    """Note what was shown and done on a day."""
    return Status(201, actions.note_day(caller(request), pk, given.day, given.note))
