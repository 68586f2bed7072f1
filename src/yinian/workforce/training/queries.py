"""Reading training: the county's trainers and sessions, who passed what, how many of the staff took part."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible, Refused
from yinian.core.packs import pack_for
from yinian.core.users.models import User
from yinian.places.models import Site
from yinian.places.regions.queries import counties_of
from yinian.workforce import queries as staff
from yinian.workforce.models import Attendance, Post, Trainer, TrainingSession, Worker

SESSIONS = "training-sessions"  # of standards.yaml: how often a year the staff of homes are trained
PARTICIPANTS = (Post.Kind.CARER, Post.Kind.MANAGER)  # of homes, whom the rate of taking part is about


def _in_county(actor: User, right: str) -> Q:
    actor.require(right)
    return Q(region__in=counties_of(actor, right))


def trainers(actor: User, right: str = "workforce.view") -> QuerySet[Trainer]:
    """The trainers of the actor's county: every home of it may know them."""
    return Trainer.objects.filter(_in_county(actor, right))


def get_trainer(actor: User, pk: int, right: str = "workforce.view") -> Trainer:
    found = trainers(actor, right).filter(pk=pk).first()
    if found is None:
        raise NotVisible("trainer")
    return found


def sessions(actor: User, right: str = "workforce.view") -> QuerySet[TrainingSession]:
    """The training of the actor's county."""
    return TrainingSession.objects.filter(_in_county(actor, right)).select_related("trainer")


def listed(actor: User) -> QuerySet[TrainingSession]:
    """For the list: with how many were put on it and passed (``people``, ``passed``)."""
    return sessions(actor).annotate(
        people=Count("attended"), passed=Count("attended", filter=Q(attended__outcome=Attendance.Outcome.PASSED))
    )


def get_session(actor: User, pk: int, right: str = "workforce.view") -> TrainingSession:
    found = sessions(actor, right).select_related("trainer", "made_by", "region").filter(pk=pk).first()
    if found is None:
        raise NotVisible("training")
    return found


def attended(actor: User, session: TrainingSession) -> list[Attendance]:
    """Who of the staff that the actor sees is on a session."""
    return list(session.attended.filter(worker__in=staff.visible_to(actor)).select_related("worker", "certificate"))


def may_attend(actor: User, session: TrainingSession) -> QuerySet[Worker]:
    """Staff in post on that day whom the actor may put on a session and who are not on it."""
    posts = staff.posts_visible_to(actor, "training.enrol").filter(period__contains=session.day)
    return Worker.objects.filter(pk__in=posts.values("worker")).exclude(
        pk__in=session.attended.values("worker")
    )


def passed(field: str) -> QuerySet[Attendance]:
    """Attendances that were passed in a field; no actor: for counts within what a caller has narrowed."""
    return Attendance.objects.filter(outcome=Attendance.Outcome.PASSED, session__field=field)


def asked_a_year(actor: User) -> str:
    """How many sessions a year the pack in force asks for, as ``2–3``; empty where it says nothing."""
    for county in counties_of(actor, "workforce.view"):
        try:
            found = pack_for(county).standards.get(SESSIONS)
        except Refused:
            continue
        if found is not None:
            bounds = (found.value.exactly, found.value.at_least, found.value.at_most)
            return "–".join(str(one) for one in bounds if one is not None)
    return ""


@dataclass(frozen=True)
class Year:
    """A year's training so far: sessions held, carers and managers of homes in post, how many of them took part."""

    sessions: int
    staff: int
    took_part: int


def year_so_far(actor: User, today: dt.date | None = None) -> Year:
    """How far the year is, in the actor's reach."""
    today = today or timezone.localdate()
    held = sessions(actor).filter(day__year=today.year, day__lte=today)
    posts = staff.posts_visible_to(actor).filter(
        staff.current(today), kind__in=PARTICIPANTS, site__kind=Site.Kind.HOME, worker=OuterRef("pk")
    )
    came = Attendance.objects.filter(
        worker=OuterRef("pk"), session__in=held, outcome__in=[Attendance.Outcome.PASSED, Attendance.Outcome.FAILED]
    )
    people = Worker.objects.filter(Exists(posts))
    return Year(held.count(), people.count(), people.filter(Exists(came)).count())
