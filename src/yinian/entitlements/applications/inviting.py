"""Inviting those who are due a service on application and do not have it; one work item a village and service.

Called inside a standing run's transaction, when a county opens a service, and by an officer for picked people. Nobody
is invited twice, nor soon after a refusal; whoever withdrew lately is invited by an officer only. How soon is for the
pack to say.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.bulk import copy_frame
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Refused
from yinian.core.inbox.actions import Asked, ask_many, settle_many
from yinian.core.jinja import label
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.actions import JobContext
from yinian.core.jobs.models import Job
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User
from yinian.engines.entitlement import DUE
from yinian.entitlements import grounds, packs, perform
from yinian.entitlements.applications import queries, workkinds
from yinian.entitlements.models import Application, ApplicationStep, Determination, Intake, Run
from yinian.people.models import Person

INVITE = "entitlements.invite"
VILLAGE_LENGTH = CODE_LENGTHS[Level.VILLAGE]


def open_intake(actor: User, region: str, service_id: str) -> tuple[Intake, Job | None]:
    """Open a service for application in a county; whoever the standing run finds due is invited by a job.

    Raises :class:`Refused` for a service that is granted without application, and one that is open already.
    """
    actor.require("entitlements.cycle", region)
    if not Region.objects.filter(pk=region, level=Level.COUNTY).exists():
        raise Refused(fields={"region": _("A service is opened for one whole county.")})
    pack = packs.in_force(region).pack
    service = grounds.service_of(pack, service_id)
    if service.apply != "on_application":
        raise Refused(fields={"service": _("This service is granted without an application.")})
    grounds.procedure_of(pack, service_id)
    with transaction.atomic():
        Region.objects.select_for_update(no_key=True).get(pk=region)
        if queries.is_open(region, service_id):
            raise Refused(fields={"service": _("This service is open for application already.")})
        intake = Intake.objects.create(region_id=region, service_id=service_id, label=grounds.label_of(service),
                                       opened_by=actor)
        record(actor, "entitlements.intake_open", intake, region=region, detail={"service": service_id})
        job = None
        if perform.latest_run(region) is not None:
            job = jobs.enqueue(actor, INVITE, {"region": region}, region=region, key=f"{INVITE}:{region}",
                               url=reverse("entitlements:intakes"))
    return intake, job


def close_intake(actor: User, intake_id: int) -> Intake:
    """Close a service for application: invitations fall, what is under way goes on."""
    with transaction.atomic():
        intake = Intake.objects.select_for_update().filter(pk=intake_id).first()
        if intake is None:
            raise Refused(_("The record is not there."))
        actor.require("entitlements.cycle", intake.region_id)
        if intake.closed_at is not None:
            raise Refused(_("It is closed already."))
        intake.closed_at, intake.closed_by = timezone.now(), actor
        intake.save(update_fields=["closed_at", "closed_by"])
        gone = Application.objects.filter(
            state=Application.State.INVITED, service_id=intake.service_id, region__code__startswith=intake.region_id
        ).update(state=Application.State.WITHDRAWN)
        record(actor, "entitlements.intake_close", intake, region=intake.region_id,
               detail={"service": intake.service_id, "invitations": gone})
        _ask(actor, intake.region_id)
    return intake


def perform_inviting(ctx: JobContext) -> None:
    """The job of :func:`open_intake`: invite by the standing run of ``ctx.params["region"]``."""
    region = str(ctx.params["region"])
    run = perform.latest_run(region)
    if run is None:
        raise Refused(_("No run has been made here yet"))
    ctx.progress(0, 1, _("Inviting those who are due"))
    standing = perform.standing_frame(run)
    numbers = perform.service_numbers(packs.in_force(region).pack)
    with ctx.effect({"url": reverse("entitlements:intakes")}) as result:
        Region.objects.select_for_update(no_key=True).get(pk=region)
        result["invited"] = invite(ctx.actor, run, standing, numbers)


def invite(actor: User, run: Run, standing: pl.DataFrame, numbers: dict[str, int]) -> int:
    """Bring a county's invitations up to date with a run that stands; returns how many are new.

    ``standing``: the run's outcome (frames.STANDING). Who is no longer due, or has it, is no longer invited.
    """
    intakes = {intake.service_id: intake for intake in queries.open_intakes(run.region_id)}
    if not intakes:
        return 0
    wanted = pl.DataFrame(
        {"service": [numbers[name] for name in intakes if name in numbers],
         "service_id": [name for name in intakes if name in numbers]},
        schema={"service": pl.Int32, "service_id": pl.String},
    )
    due = (
        standing.filter((pl.col("status") == DUE) & ~pl.col("receiving")).join(wanted, on="service")
        .select("person_id", "region_code", "service_id")
    )
    fresh = due.join(_known(run.region_id, list(intakes)), on=["person_id", "service_id"], how="anti")
    _drop(run, due, list(intakes))
    _write(run, fresh, intakes)
    _ask(actor, run.region_id)
    return fresh.height


@dataclass(frozen=True)
class Invited:
    """What inviting picked people came to, in person x service: new, invited or applying already, left at rest."""

    fresh: int = 0
    already: int = 0
    resting: int = 0

    def __add__(self, other: "Invited") -> "Invited":
        return Invited(self.fresh + other.fresh, self.already + other.already, self.resting + other.resting)


def invite_picked(actor: User, run: Run, due: Sequence[tuple[int, str]]) -> Invited:
    """Invite picked people of one county: ``due`` holds person and service that ``run`` found due and missing.

    A village whose item was closed is asked anew. Granted meanwhile, or refused lately: left at rest. Raises
    :class:`Refused` where none of the services is open for application, or nobody picked lives here any more.
    """
    actor.require("entitlements.invite")
    scope = actor.scope("entitlements.invite")
    with transaction.atomic():
        Region.objects.select_for_update(no_key=True).get(pk=run.region_id)
        intakes = {intake.service_id: intake for intake in queries.open_intakes(run.region_id)}
        wanted = [(person, service) for person, service in due if service in intakes]
        if not wanted:
            raise Refused(_("The county has not opened these services for application."))
        # Whoever begins an application locks the person: it is there before this looks, or comes after.
        people = dict(
            Person.objects.select_for_update(no_key=True, of=("self",))
            .filter(scope.q("region__code"), pk__in={person for person, _service in wanted},
                    region__code__startswith=run.region_id, merged_into__isnull=True, state=Person.State.LIVING)
            .order_by("pk").values_list("pk", "region_id")
        )
        if not people:
            raise Refused(_("None of these people is counted here any more."))
        frame = pl.DataFrame(
            [(person, people[person], service) for person, service in wanted if person in people],
            schema={"person_id": pl.Int64, "region_code": pl.String, "service_id": pl.String}, orient="row",
        )
        pair = ["person_id", "service_id"]
        under_way = frame.join(_under_way(run.region_id, list(intakes)), on=pair, how="semi")
        others = frame.join(under_way, on=pair, how="anti")
        fresh = others.join(_over(run.region_id, list(intakes), ["approved", "refused"]), on=pair, how="anti")
        _write(run, fresh, intakes)
        made = Application.objects.filter(
            state=Application.State.INVITED, person__in=fresh["person_id"].to_list()
        ).values_list("pk", "person_id", "service_id")
        pairs = set(fresh.select(pair).iter_rows())
        ApplicationStep.objects.bulk_create([
            ApplicationStep(application_id=pk, stage="invite", verb="invite", actor=actor)
            for pk, person, service in made if (person, service) in pairs
        ])
        frame = pl.concat([fresh, under_way])
        keys = {workkinds.invited_key(code[:VILLAGE_LENGTH], service)
                for code, service in frame.select("region_code", "service_id").iter_rows()}
        ask_many(actor, [item for item in _items(run.region_id) if item.key in keys])
    return Invited(fresh.height, under_way.height, others.height - fresh.height)


def _write(run: Run, fresh: pl.DataFrame, intakes: dict[str, Intake]) -> None:
    """Write invitations: ``fresh`` has person_id, region_code, service_id."""
    labels = {name: json.dumps(intake.label, ensure_ascii=False) for name, intake in intakes.items()}
    copy_frame(Application, fresh.select(
        "person_id", pl.col("region_code").str.slice(0, VILLAGE_LENGTH).alias("region_id"), "service_id",
        pl.col("service_id").replace_strict(labels, return_dtype=pl.String).alias("label"),
        pl.lit("run").alias("channel"), pl.lit("").alias("medium"), pl.lit("invited").alias("state"),
        pl.lit("").alias("returned_to"), pl.lit("{}").alias("procedure"), pl.lit("{}").alias("finding"),
        pl.lit(run.pk).alias("run_id"), pl.lit(timezone.now().isoformat()).alias("made_at"),
        pl.lit(1).alias("version"),
    ))


_PAIR = {"person_id": pl.Int64, "service_id": pl.String}
_OVER = ["approved", "refused", "withdrawn"]


def _known(county: str, services: Sequence[str]) -> pl.DataFrame:
    """Person and service granted from a day to come, applied for, or decided or withdrawn lately."""
    return pl.concat([_under_way(county, services), _over(county, services, _OVER)]).unique()


def _under_way(county: str, services: Sequence[str]) -> pl.DataFrame:
    """Person and service invited or applied for and not over."""
    here = Q(region__code__startswith=county) | Q(person__region__code__startswith=county)
    rows = Application.objects.filter(here, service_id__in=services).exclude(state__in=_OVER).values_list(
        "person_id", "service_id"
    )
    return pl.DataFrame(list(rows), schema=_PAIR, orient="row")


def _over(county: str, services: Sequence[str], states: Sequence[str]) -> pl.DataFrame:
    """Person and service granted from a day to come, or whose application ended lately in one of ``states``."""
    lately = Application.objects.filter(
        _at_rest(county, services), region__code__startswith=county, state__in=states,
    ).values_list("person_id", "service_id")
    granted = Determination.objects.filter(
        region_code__startswith=county, service_id__in=services,
        period__overlap=DateRange(timezone.localdate(), None),
    ).values_list("person_id", "service_id")
    return pl.DataFrame(list({*lately, *granted}), schema=_PAIR, orient="row")


def _at_rest(county: str, services: Sequence[str]) -> Q:
    """Of applications: those of the services that ended within the days of rest that the pack gives each."""
    pack, now, found = packs.in_force(county).pack, timezone.now(), Q(pk__in=[])
    for service in services:
        try:
            days = grounds.procedure_of(pack, service).rest.value
        except Refused:  # struck from the pack since it was opened: nobody is invited to it
            continue
        found |= Q(service_id=service, steps__at__gt=now - dt.timedelta(days=days),
                   steps__verb__in=["approve", "refuse", "withdraw"])
    return found


def _drop(run: Run, due: pl.DataFrame, services: Sequence[str]) -> None:
    rows = Application.objects.filter(
        state=Application.State.INVITED, region__code__startswith=run.region_id, service_id__in=services
    ).values_list("pk", "person_id", "service_id")
    held = pl.DataFrame(list(rows), schema={"pk": pl.Int64, "person_id": pl.Int64, "service_id": pl.String},
                        orient="row")
    gone = held.join(due, on=["person_id", "service_id"], how="anti")["pk"].to_list()
    Application.objects.filter(pk__in=gone).update(state=Application.State.WITHDRAWN)


def _items(region_code: str) -> list[Asked]:
    rows = (
        Application.objects.filter(state=Application.State.INVITED, region__code__startswith=region_code)
        .order_by().values("region_id", "service_id", "label").annotate(count=Count("pk"))
    )
    url = reverse("entitlements:applications")
    days: dict[tuple[str, str], dt.date] = {}
    for row in rows:
        key = (row["region_id"][:6], row["service_id"])
        if key not in days:
            rules = grounds.procedure_of(packs.in_force(key[0]).pack, key[1])
            days[key] = add_working_days(timezone.localdate(), rules.invitation.value)
    return [
        Asked(
            workkinds.INVITED, key=workkinds.invited_key(row["region_id"], row["service_id"]),
            region=row["region_id"], params={"service": label(row["label"]), "count": row["count"]},
            url=f"{url}?state=invited&region={row['region_id']}&service={row['service_id']}",
            due_on=days[row["region_id"][:6], row["service_id"]],
        )
        for row in rows if len(row["region_id"]) >= VILLAGE_LENGTH
    ]


def _ask(actor: User, county: str) -> None:
    asked = _items(county)
    ask_many(actor, asked)
    settle_many(actor, workkinds.invited_prefix(county), {item.key for item in asked},
                _("Nobody is left to invite."))


def refresh_village(actor: User, village: str, service_id: str) -> None:
    """Bring one village's item up to date after somebody applied."""
    left = [item for item in _items(village) if item.key == workkinds.invited_key(village, service_id)]
    if left:
        ask_many(actor, left)
    else:
        settle_many(actor, workkinds.invited_key(village, service_id), set(), _("Nobody is left to invite."))
