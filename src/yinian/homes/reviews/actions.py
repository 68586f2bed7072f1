"""Writing a home's own plan: visits, findings, what came of them, goals; overdue findings put on a desk."""

import datetime as dt
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle, settle_many
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, platform_user
from yinian.homes.care.actions import constraint_of
from yinian.homes.catalogues import areas, named
from yinian.homes.reviews import papers, workkinds
from yinian.homes.reviews.models import Finding, FindingStep, GuidanceVisit, HomeGoal
from yinian.homes.reviews.queries import get_finding, get_goal, get_home, get_visit
from yinian.places.models import Site

LONGEST = 2000


def visit(actor: User, home_pk: int, *, on: dt.date, party: str, summary: str) -> GuidanceVisit:
    """Record a visit to a home. Raises Refused for a day ahead or without what was looked at."""
    home = get_home(actor, home_pk, "reviews.guide")
    faults = {}
    if on > timezone.localdate():
        faults["on"] = _("This day lies in the future.")
    if not summary.strip():
        faults["summary"] = _("Fill this in.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        made = GuidanceVisit.objects.create(
            site=home, on=on, party=party.strip()[:120], summary=summary.strip()[:LONGEST], made_by=actor
        )
        record(actor, "homes.guidance_visit", made, region=home.region_id, detail={"site": home.pk})
    return made


def find(
    actor: User, visit_pk: int, *, area: str, severity: str, found: str, advice: str, who: str, due_on: dt.date,
    photo: BinaryIO | None = None,
) -> Finding:
    """Write down what a visit found and what is advised; the home's manager is asked to put it right by ``due_on``."""
    seen = get_visit(actor, visit_pk)
    actor.require("reviews.guide", seen.site.region_id, seen.site_id)
    faults = {
        name: _("Fill this in.")
        for name, text in {"found": found, "advice": advice, "who": who}.items() if not text.strip()
    }
    if area not in areas():
        faults["area"] = _("Choose one.")
    if severity not in Finding.Severity.values:
        faults["severity"] = _("Choose one.")
    if due_on < seen.on:
        faults["due_on"] = _("It lies before the visit.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        made = Finding.objects.create(
            visit=seen, site=seen.site, area=area, severity=severity, found=found.strip()[:LONGEST],
            advice=advice.strip()[:LONGEST], who=who.strip()[:60], due_on=due_on, found_by=actor,
            photo=_kept(actor, photo, seen.site),
        )
        record(actor, "homes.finding", made, region=seen.site.region_id,
               detail={"site": seen.site_id, "area": area, "severity": severity})
        _ask_home(actor, made)
    return made


def _kept(actor: User, file: BinaryIO | None, home: Site) -> Attachment | None:
    if not file:
        return None
    return attachments.store(actor, file, papers.EVIDENCE, home.region_id, site_id=home.pk, reached=True)


def _words(finding: Finding) -> dict[str, Any]:
    return {"home": finding.site.name, "area": named(areas(), finding.area)}


def _ask_home(actor: User, finding: Finding) -> None:
    ask(actor, workkinds.FINDING, key=workkinds.key(workkinds.FINDING, finding.pk), region=finding.site.region_id,
        site=finding.site_id, params=_words(finding), url=reverse("homes:finding", args=[finding.pk]),
        due_on=max(finding.due_on, timezone.localdate()))


def _step(
    actor: User, pk: int, right: str, version: int, kind: str, text: str, *, field: str,
    due_on: dt.date | None = None, file: BinaryIO | None = None,
) -> Finding:
    """One step of a finding, inside the caller's transaction. ``field`` names the form's field of ``text``."""
    text = text.strip()
    if not text:
        raise Refused(fields={field: _("Fill this in.")})
    seen = get_finding(actor, pk)
    actor.require(right, seen.site.region_id, seen.site_id)
    key = human_key(actor)
    locked = Finding.objects.select_for_update(of=("self",)).get(pk=pk)
    if locked.version != version:
        raise Changed(_("Somebody has changed this finding meanwhile; look at it again."))
    stage = FindingStep.STAGES[kind]
    other = locked.steps.filter(human_key=key).exclude(stage__in=[stage, "time"]).exists()
    if stage != "time" and other:
        raise Refused(_("Whoever reports a finding as put right does not check it: another person does."))
    if due_on is not None and due_on < timezone.localdate():
        raise Refused(fields={"due_on": _("This day lies in the past.")})
    try:
        with transaction.atomic():
            FindingStep.objects.create(
                finding=locked, kind=kind, stage=stage, text=text[:LONGEST], due_on=due_on, by=actor, human_key=key,
                evidence=_kept(actor, file, seen.site),
            )
    except IntegrityError as error:
        if constraint_of(error) == "finding_step_fits_its_state":
            raise Changed(_("Somebody has changed this finding meanwhile; look at it again.")) from error
        raise
    record(actor, f"homes.finding_{kind}", locked, region=seen.site.region_id, detail={"site": seen.site_id})
    return get_finding(actor, pk)


def report(actor: User, pk: int, version: int, *, text: str, file: BinaryIO | None = None) -> Finding:
    """The home says what it did; the guidance centre is asked to check it."""
    with transaction.atomic():
        done = _step(actor, pk, "reviews.report", version, FindingStep.Kind.REPORT, text, field="text", file=file)
        settle(actor, workkinds.key(workkinds.FINDING, pk), _("reported by the home"))
        ask(actor, workkinds.CHECK, key=workkinds.key(workkinds.CHECK, pk), region=done.site.region_id[:6],
            params=_words(done), url=reverse("homes:finding", args=[pk]))
    return done


def close(actor: User, pk: int, version: int, *, text: str) -> Finding:
    """The guidance centre found it put right. Raises Refused for the human who reported it."""
    with transaction.atomic():
        done = _step(actor, pk, "reviews.guide", version, FindingStep.Kind.CLOSE, text, field="text")
        settle(actor, workkinds.key(workkinds.CHECK, pk), _("checked"))
    return done


def send_back(actor: User, pk: int, version: int, *, text: str, due_on: dt.date | None) -> Finding:
    """Not yet put right: the home has until ``due_on`` to report again."""
    return _again(actor, pk, version, FindingStep.Kind.RETURN, text, due_on)


def reopen(actor: User, pk: int, version: int, *, text: str, due_on: dt.date | None) -> Finding:
    """Open a closed finding again: it was found anew, or had not been put right after all."""
    return _again(actor, pk, version, FindingStep.Kind.REOPEN, text, due_on)


def _again(actor: User, pk: int, version: int, kind: str, text: str, due_on: dt.date | None) -> Finding:
    if due_on is None:
        raise Refused(fields={"due_on": _("Say by when it is to be put right.")})
    with transaction.atomic():
        done = _step(actor, pk, "reviews.guide", version, kind, text, field="text", due_on=due_on)
        settle(actor, workkinds.key(workkinds.CHECK, pk), _("returned"))
        _ask_home(actor, done)
    return done


def extend(actor: User, pk: int, version: int, *, text: str, due_on: dt.date | None) -> Finding:
    """Give a home more time, with the reason."""
    if due_on is None:
        raise Refused(fields={"due_on": _("Say by when it is to be put right.")})
    with transaction.atomic():
        done = _step(actor, pk, "reviews.guide", version, FindingStep.Kind.EXTEND, text, field="text", due_on=due_on)
        settle(actor, workkinds.key(workkinds.FINDING, pk), _("More time was given."))
        _ask_home(actor, done)
    return done


def set_goal(
    actor: User, home_pk: int, *, figure: str, target: Decimal | None, by: dt.date, how: str
) -> HomeGoal:
    """Set what a home is to reach in one of its figures by a day; the goal so far for that figure ends."""
    home = get_home(actor, home_pk, "reviews.guide")
    faults = {}
    if figure not in HomeGoal.Figure.values:
        faults["figure"] = _("Choose one.")
    if target is None or target < 0:
        faults["target"] = _("Fill this in.")
    elif figure in (HomeGoal.Figure.OCCUPANCY, HomeGoal.Figure.NURSING) and target > 100:
        faults["target"] = _("More than 100 % cannot be reached.")
    if by < timezone.localdate():
        faults["by"] = _("This day lies in the past.")
    if not how.strip():
        faults["how"] = _("Fill this in.")
    if faults or target is None:
        raise Refused(fields=faults)
    with transaction.atomic():
        Site.objects.select_for_update(of=("self",), no_key=True).get(pk=home.pk)
        HomeGoal.objects.filter(site=home, figure=figure, ended_at__isnull=True).update(ended_at=timezone.now())
        made = HomeGoal.objects.create(
            site=home, figure=figure, target=target, by=by, how=how.strip()[:300], set_by=actor
        )
        record(actor, "homes.goal", made, region=home.region_id,
               detail={"site": home.pk, "figure": figure, "target": str(target)})
    return made


def end_goal(actor: User, pk: int) -> HomeGoal:
    """Take a goal back; it stays on file."""
    found = get_goal(actor, pk)
    actor.require("reviews.guide", found.site.region_id, found.site_id)
    with transaction.atomic():
        locked = HomeGoal.objects.select_for_update(of=("self",)).get(pk=pk)
        if locked.ended_at is not None:
            raise Changed(_("Somebody has ended this goal meanwhile."))
        locked.ended_at = timezone.now()
        locked.save(update_fields=["ended_at"])
        record(actor, "homes.goal_end", locked, region=found.site.region_id, detail={"site": found.site_id})
    return locked


def look_after(today: dt.date | None = None) -> int:
    """Put each home's overdue findings on the guidance centre's desk, and take what no longer is off it.

    Returns how many homes have findings overdue.
    """
    actor, today = platform_user(), today or timezone.localdate()
    late = Finding.objects.filter(state=Finding.State.OPEN, due_on__lt=today)
    by_home = dict(late.order_by().values_list("site").annotate(n=Count("pk")))
    with transaction.atomic():
        keys = []
        for home in Site.objects.filter(pk__in=by_home).order_by("pk"):
            keys.append(workkinds.key(workkinds.OVERDUE, home.pk))
            ask(actor, workkinds.OVERDUE, key=keys[-1], region=home.region_id[:6],
                params={"home": home.name, "n": by_home[home.pk]},
                url=f"{reverse('homes:findings')}?home={home.pk}&overdue=1")
        settle_many(actor, f"{workkinds.OVERDUE}:", keys, _("Nothing is overdue any more."))
    return len(by_home)
