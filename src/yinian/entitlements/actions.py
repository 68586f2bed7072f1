"""Starting runs and checking what they kept."""

import datetime as dt
from dataclasses import dataclass

import polars as pl
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.engines.entitlement import NOT_DUE, FactsError, PackError
from yinian.entitlements import frames, packs, perform, snapshots
from yinian.entitlements.models import Run
from yinian.entitlements.queries import get_run


def start_run(actor: User, region: str, as_of: dt.date | None = None) -> Job:
    """Queue a run over a county as of a day (today). A run under way is returned instead of a second one.

    Raises :class:`Refused` without a usable pack, below or above a county, for a day to come, and for a day before
    that of the standing run: a run settles what stands now, and time does not run back.
    """
    actor.require("entitlements.run", region)
    return _start(actor, region, as_of or timezone.localdate())


def _start(actor: User, region: str, as_of: dt.date) -> Job:
    from yinian.entitlements.jobs import RUN

    if not Region.objects.filter(pk=region, level=Level.COUNTY).exists():
        raise Refused(fields={"region": _("A run covers one whole county.")})
    if as_of > timezone.localdate():
        raise Refused(fields={"as_of": _("The day lies in the future.")})
    standing = perform.latest_run(region)
    if standing is not None and as_of < standing.as_of:
        raise Refused(fields={"as_of": _("The last run was as of a later day; choose that day or a later one.")})
    packs.in_force(region, as_of)
    with transaction.atomic():
        return jobs.enqueue(
            actor, RUN, {"region": region, "as_of": as_of.isoformat()}, region=region, key=f"{RUN}:{region}"
        )


def run_now(region: str, as_of: dt.date | None = None, actor: User | None = None) -> Run:
    """A run in this process, to its end: for the builder of a demo county and for measuring. Raises Refused.

    Without an actor it is the platform's own, as the nightly one is.
    """
    day = as_of or timezone.localdate()
    job = start_run(actor, region, day) if actor is not None else _start(platform_user(), region, day)
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise Refused(job.error or _("The run was stopped."))
    return Run.objects.get(pk=job.result["run"])


def start_nightly() -> int:
    """Queue today's run of every county that has people and a pack. Returns how many."""
    from yinian.people.models import Person

    queued = 0
    for county in packs.counties_with_packs():
        if not Person.objects.filter(region__code__startswith=county.code).exists():
            continue
        try:
            _start(platform_user(), county.code, timezone.localdate())
        except Refused:
            continue  # a pack that cannot be used shows on the overview; the other counties go on
        queued += 1
    return queued


@dataclass(frozen=True)
class Verdict:
    """What :func:`verify_run` found. ``repeated`` None: the pack has changed since, so nothing was worked out again."""

    files_whole: bool
    problem: str
    repeated: bool | None


def verify_run(actor: User, run_id: int) -> Verdict:
    """Hash a run's files again and, where its pack still stands, work the outcome out again and compare."""
    run = get_run(actor, run_id)
    actor.require("entitlements.run", run.region_id)
    whole, problem, repeated = True, "", None
    try:
        facts = snapshots.read(run.snapshot_file, run.snapshot_sha256)
        kept = snapshots.read(run.outcome_file, run.outcome_sha256)
        repeated = _repeated(run, facts, kept)
    except snapshots.Altered as altered:
        whole, problem = False, str(altered)
    except (PackError, FactsError) as error:
        problem = str(error)
    with transaction.atomic():
        record(actor, "entitlements.verify", run, region=run.region_id,
               detail={"whole": whole, "repeated": repeated})
    return Verdict(whole, problem, repeated)


def _repeated(run: Run, facts: pl.DataFrame, kept: pl.DataFrame) -> bool | None:
    try:
        pack = packs.at(run.pack_path, run.region_id, run.as_of, run.known_at).pack
    except Refused:
        return None
    if pack.hash != run.pack_hash:
        return None
    again = frames.outcomes(pack, facts, run.as_of, perform.service_numbers(pack))
    return again.equals(kept.filter(pl.col("status") != NOT_DUE).select(*frames.OUTCOMES))
