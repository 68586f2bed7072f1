"""Which of the room's files concern a care home: those that belong to assessments and plans of the people it houses."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from yinian.assessments import papers
from yinian.assessments.models import CarePlan, Exhibit, Objection, Recognition, Request, Seat
from yinian.core.attachments.reach import concerns_sites
from yinian.people.models import Person
from yinian.people.persons.scope import of_sites


def _of(model: Any, person: str, file: str) -> Callable[[tuple[int, ...]], Q]:
    """A condition on files: kept in the field ``file`` of a row whose person, by the path ``person``, belongs there."""

    def condition(sites: tuple[int, ...]) -> Q:
        people = Person.objects.filter(of_sites(sites)).values("pk")
        return Q(pk__in=model.objects.filter(**{f"{person}__in": people, f"{file}__isnull": False}).values(file))

    return condition


concerns_sites(papers.REQUEST, _of(Request, "person", "paper"))
concerns_sites(papers.REQUEST, _of(Objection, "result__person", "paper"))
concerns_sites(papers.REQUEST, _of(Recognition, "person", "paper"))
for _purpose in (papers.PHOTO, papers.PAPER, papers.SIGNATURE):
    concerns_sites(_purpose, _of(Exhibit, "visit__request__person", "attachment"))
concerns_sites(papers.SIGNATURE, _of(Seat, "request__person", "signature"))
concerns_sites(papers.PLAN_SIGNED, _of(CarePlan, "person", "signature"))
