"""Reading directors: who directs which home by what document, and whether they were trained for it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.directors.models import Appointment
from yinian.homes.rosters.rules import Clause, standard_for
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where
from yinian.workforce.models import Attendance, Post, Worker
from yinian.workforce.training.models import Field
from yinian.workforce.training.queries import passed


def visible_to(actor: User) -> QuerySet[Appointment]:
    """Appointments at homes in the actor's reach, past ones too."""
    actor.require("workforce.view")
    return Appointment.objects.filter(actor.scope("workforce.view").q("site__region__code", "site"))


def get_appointment(actor: User, pk: int) -> Appointment:
    found = visible_to(actor).select_related("site__region", "worker").filter(pk=pk).first()
    if found is None:
        raise NotVisible("appointment")
    return found


def get_home(actor: User, pk: int, right: str = "workforce.view") -> Site:
    """A home of which the actor sees who directs it. Raises NotVisible."""
    home = beds.get_home(actor, pk)
    actor.require(right, home.region_id, home.pk)
    return home


def appointments_of(actor: User, home: Site) -> list[Any]:
    """A home's appointments, the latest first, with the last management training each passed (``trained_on``)."""
    return list(
        visible_to(actor)
        .filter(site=home)
        .select_related("worker", "made_by", "ended_by")
        .annotate(trained_on=Subquery(_trained(OuterRef("worker")).values("session__day")[:1]))
    )


def trainings_of(worker: Worker) -> list[Attendance]:
    """The management training somebody passed."""
    return list(passed(Field.MANAGEMENT).filter(worker=worker).select_related("session").order_by("-session__day"))


def _trained(worker: Any) -> QuerySet[Attendance]:
    return passed(Field.MANAGEMENT).filter(worker=worker).order_by("-session__day")


def by_home(actor: User, today: dt.date | None = None) -> QuerySet[Any]:
    """Open homes with the director of today: ``director``, ``director_pk``, ``since``, ``until``, ``trained_on``."""
    today = today or timezone.localdate()
    actor.require("workforce.view")
    now = Appointment.objects.filter(site=OuterRef("pk"), period__contains=today)
    trained = passed(Field.MANAGEMENT).filter(
        worker__in=Appointment.objects.filter(site=OuterRef(OuterRef("pk")), period__contains=today).values("worker")
    )
    holds = Post.objects.filter(site=OuterRef("pk"), kind=Post.Kind.MANAGER, period__contains=today)
    return (
        homes_where(actor, "workforce.view").filter(state=Site.State.OPEN)
        .select_related("region__parent")
        .defer("region__outline", "region__parent__outline")
        .annotate(
            director=Subquery(now.values("worker__name")[:1]),
            since=Subquery(now.annotate(day=Func(F("period"), function="lower")).values("day")[:1]),
            document=Subquery(now.values("document")[:1], output_field=CharField()),
            trained_on=Subquery(trained.order_by("-session__day").values("session__day")[:1]),
            has_manager=Exists(holds),
        )
    )


WITHOUT = Q(director__isnull=True)
UNTRAINED = Q(director__isnull=False, trained_on__isnull=True)


def staff_of(home: Site) -> QuerySet[Worker]:
    """Who may be appointed: in post at the home today."""
    held = Post.objects.filter(site=home, period__contains=timezone.localdate())
    return Worker.objects.filter(pk__in=held.values("worker")).order_by("name")


@dataclass(frozen=True)
class Aim:
    """What a plan wants of directors, until when, and where it says so."""

    wanted: int
    by: dt.date | None
    clause: Clause


def aims_for(region_code: str) -> dict[str, Aim]:
    """The plan's aims, by the name of the standard; none where nothing is on file."""
    found = {}
    for name in ("directors-appointed", "directors-trained"):
        said = standard_for(region_code, name)
        if said is not None and said[0].value.exactly is not None:
            found[name] = Aim(int(said[0].value.exactly), said[0].value.by, said[1])
    return found
