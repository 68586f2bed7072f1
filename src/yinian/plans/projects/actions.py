"""Keeping projects: funds, yearly plan, progress with photos, states."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import IMAGES, kind_of
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.jinja import yuan
from yinian.core.models import User
from yinian.plans import papers
from yinian.plans.projects.models import Project, ProjectFund, ProjectPhoto, ProjectProgress, ProjectYear
from yinian.plans.projects.queries import get_project, may_report
from yinian.plans.units.models import Unit
from yinian.plans.units.queries import visible_to as visible_units

MOST_PHOTOS = 9
MOST_WORDS = 2000  # characters


def _locked(actor: User, pk: int, version: int, *, reporting: bool = False) -> Project:
    found = get_project(actor, pk)
    if not (reporting and may_report(actor, found)):
        actor.require("plans.drive", found.document.region_id)
    project = (
        Project.objects.select_for_update(of=("self",)).select_related("document").defer("document__text").get(pk=pk)
    )
    if project.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return project


def edit(
    actor: User, pk: int, version: int, *, name: str, owner: str, nature: str, start_year: int | None,
    end_year: int | None, total_fen: int | None, funds: Mapping[str, int], years: Mapping[int, int],
    unit: Unit | None = None,
) -> Project:
    """Change a project, its funds by source in fen, how far it is to be by each year's end in percent, and who reports.

    What of the total no source covers stands as unassigned; more than the total is refused.
    """
    if not name.strip():
        raise Refused(fields={"name": _("Fill this in.")})
    if start_year and end_year and start_year > end_year:
        raise Refused(fields={"end_year": _("It ends before it begins.")})
    given = {source: amount for source, amount in funds.items()
             if amount and source in ProjectFund.Source.values and source != ProjectFund.Source.UNASSIGNED}
    rest = (total_fen or 0) - sum(given.values())
    if rest < 0:
        raise Refused(fields={"total": _("The sources come to %(sum)s yuan, more than the total.") % {
            "sum": yuan(sum(given.values()))}})
    if rest:
        given[ProjectFund.Source.UNASSIGNED] = rest
    rising = [years[year] for year in sorted(years)]
    if rising != sorted(rising) or not all(0 <= percent <= 100 for percent in rising):
        raise Refused(fields={"years": _("Percent rise from year to year, up to 100.")})
    with transaction.atomic():
        project = _locked(actor, pk, version)
        project.name, project.owner, project.nature = name.strip()[:200], owner.strip()[:120], nature.strip()[:40]
        project.start_year, project.end_year, project.total_fen = start_year, end_year, total_fen
        if unit is not None and not visible_units(actor, "plans.drive").filter(pk=unit.pk).exists():
            raise Refused(fields={"unit": _("This unit is not of your area.")})
        project.unit = unit
        project.version += 1
        project.save()
        ProjectFund.objects.filter(project=project).delete()
        ProjectFund.objects.bulk_create(ProjectFund(project=project, source=s, amount_fen=a) for s, a in given.items())
        ProjectYear.objects.filter(project=project).delete()
        ProjectYear.objects.bulk_create(
            ProjectYear(project=project, year=y, percent=p) for y, p in sorted(years.items())
        )
        record(actor, "plans.project", project, region=project.document.region_id,
               detail={"total_fen": total_fen, "funds": dict(given), "unit": project.unit_id})
    return project


def report(
    actor: User, pk: int, version: int, *, on: dt.date, percent: int, spent_fen: int, text: str,
    photos: Sequence[BinaryIO] = (),
) -> ProjectProgress:
    """Enter how far a project is on a day, what was spent so far, and pictures of it. 100 percent finishes it.

    For the office that drives the plan, and for those who speak for the project's own unit.
    """
    text = text.strip()
    faults = {}
    if not text:
        faults["text"] = _("Say in a few words what was done.")
    if not 0 <= percent <= 100:
        faults["percent"] = _("Between 0 and 100.")
    if on > timezone.localdate():
        faults["on"] = _("This day lies in the future.")
    if len(photos) > MOST_PHOTOS:
        faults["photos"] = _("At most %(n)d files.") % {"n": MOST_PHOTOS}
    elif any(kind_of(photo) not in IMAGES for photo in photos):
        faults["photos"] = _("Only pictures here (JPG, PNG, WebP).")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        project = _locked(actor, pk, version, reporting=True)
        if project.state == Project.State.STOPPED:
            raise Refused(_("The project is stopped; take it up again first."))
        if project.reported_on is not None and on < project.reported_on:
            raise Refused(fields={"on": _("A later report is on file already.")})
        region = project.document.region_id
        made = ProjectProgress.objects.create(
            project=project, on=on, percent=percent, spent_fen=spent_fen, text=_kept(text), by=actor
        )
        for photo in photos:
            kept = attachments.store(actor, photo, papers.PHOTO, region, reached=True)
            ProjectPhoto.objects.create(progress=made, attachment=kept)
        project.percent, project.spent_fen, project.reported_on = percent, spent_fen, on
        project.started_on = project.started_on or (on if percent else None)
        begun = percent > 0 or project.started_on is not None
        project.state = (
            Project.State.DONE if percent == 100 else Project.State.RUNNING if begun else Project.State.PLANNED
        )
        project.finished_on = on if percent == 100 else None
        project.version += 1
        project.save()
        record(actor, "plans.project_progress", project, region=region,
               detail={"percent": percent, "spent_fen": spent_fen, "photos": len(photos)})
    return made


def stop(actor: User, pk: int, version: int, reason: str, *, again: bool = False) -> Project:
    """Stop a project, or take it up again, with a reason that stands among its reports."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        project = _locked(actor, pk, version)
        if (project.state == Project.State.STOPPED) != again or project.state == Project.State.DONE:
            raise Refused(_("This step is not possible in the present state."))
        project.state = Project.State.STOPPED if not again else (
            Project.State.RUNNING if project.started_on else Project.State.PLANNED)
        project.version += 1
        project.save()
        ProjectProgress.objects.create(project=project, on=timezone.localdate(), percent=project.percent,
                                       spent_fen=project.spent_fen, text=_kept(reason), by=actor)
        record(actor, "plans.project_resume" if again else "plans.project_stop", project,
               region=project.document.region_id, reason=reason[:200])
    return project


def _kept(text: str) -> str:
    """As much of a text as a report keeps."""
    return text[:MOST_WORDS]
