"""One of each thing of a home's staff, for the permission matrix."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from yinian.homes.care.book import book
from yinian.homes.models import Appointment, Roster, RosterShift, Shadowing
from yinian.homes.rosters.queries import monday_of, span_of
from yinian.workforce.models import Attendance, Post, Trainer, TrainingSession, Worker


def staff_samples(cast: SimpleNamespace, worker: Worker, county: str) -> dict[str, Any]:
    """A published week with one shift, a shadowing by the carer of home A, a director, a trainer and a session."""
    home, today = cast.home_a, timezone.localdate()
    since = today - dt.timedelta(days=30)
    mentor = Worker.objects.create(name="带教人", user=cast.carer_a)
    Post.objects.create(worker=mentor, site=home, kind="carer", period=(since, None))
    roster = Roster.objects.create(site=home, week=monday_of(today), made_by=cast.manager_a)
    early = book().shifts[0]
    shift = RosterShift.objects.create(
        roster=roster, worker=worker, day=roster.week, shift=early.id, span=span_of(roster.week, early),
        by=cast.manager_a,
    )
    Roster.objects.filter(pk=roster.pk).update(
        state="published", published_by=cast.manager_a, published_at=timezone.now()
    )
    shadowing = Shadowing.objects.create(
        worker=worker, site=home, place=home, mentor=mentor, since=since, begun_by=cast.manager_a
    )
    appointment = Appointment.objects.create(
        site=home, worker=worker, period=(since, None), document="委派通知", issuer="镇人民政府", made_by=cast.town_a
    )
    trainer = Trainer.objects.create(
        region_id=county, name="刘师", unit="指导中心", fields=["care"], proof="聘书", since=since
    )
    session = TrainingSession.objects.create(
        region_id=county, day=since, place="指导中心", trainer=trainer, field="care", subject="样例", hours=4,
        made_by=cast.bureau,
    )
    Attendance.objects.create(session=session, worker=worker, by=cast.bureau)

    def all_of(value: Any, *names: str) -> dict[str, dict[str, tuple[Any]]]:
        return {name: {"pk": (value,)} for name in names}

    return {
        **all_of(
            home.pk, "homes:roster", "homes:roster_copy", "homes:shadowing_begin", "homes:director",
            "homes:director_appoint", "api:GET /homes/{int:pk}/roster", "api:POST /homes/{int:pk}/roster",
            "api:GET /homes/{int:pk}/appointments",
        ),
        **all_of(
            roster.pk, "homes:roster_publish", "homes:roster_add", "api:POST /homes/rosters/{int:pk}/publish",
            "api:POST /homes/rosters/{int:pk}/shifts",
        ),
        **all_of(shift.pk, "homes:roster_change", "api:POST /homes/roster-shifts/{int:pk}/gone"),
        **all_of(
            shadowing.pk, "homes:shadowing", "homes:shadowing_day", "homes:shadowing_mentor",
            "homes:shadowing_director", "api:GET /homes/shadowings/{int:pk}",
            "api:POST /homes/shadowings/{int:pk}/days",
        ),
        **all_of(appointment.pk, "homes:director_end"),
        **all_of(worker.pk, "workforce:tie_account"),
        **all_of(session.pk, *TRAINING),
        **all_of(trainer.pk, *TRAINERS),
    }


TRAINING = (
    "workforce:training", "workforce:put_on", "workforce:training_results",
    "api:GET /workforce/trainings/{int:pk}/people",
)
TRAINERS = ("workforce:trainer", "workforce:edit_trainer")
# The county's trainers and training are known to all its homes and towns.
STAFF_COUNTYWIDE = {*TRAINING, *TRAINERS}
