"""What people do with an open cycle: review a town's lines, finish it, check, send back, cancel.

Every act locks the cycle first, then the town, then the lines; so two acts on one cycle follow one another.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, purpose
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import ask, ask_many, settle
from yinian.core.jinja import day as day_words
from yinian.core.jinja import label
from yinian.core.users.models import User
from yinian.entitlements import grounds
from yinian.entitlements.cycles import workkinds
from yinian.entitlements.cycles.hands import step
from yinian.entitlements.cycles.models import Unit
from yinian.entitlements.cycles.opening import BOUND, TOWN_LENGTH, open_cycles, town_items
from yinian.entitlements.cycles.queries import get_cycle, pack_of
from yinian.entitlements.models import Cycle, CycleLine, CycleStep, TownReview

__all__ = ["accept", "cancel", "check", "enter_days", "finish_town", "hold", "open_cycles", "refuse", "send_back"]

PAPER = "entitlements.days"
purpose(PAPER, store="entitlements.review", open="entitlements.names", kinds=IMAGES | DOCUMENTS)


def _locked(actor: User, cycle_id: int, states: Sequence[str], version: int | None = None) -> Cycle:
    visible = get_cycle(actor, cycle_id)
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=visible.pk)
    if version is not None and cycle.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if cycle.state not in states:
        raise Changed(_("The cycle is no longer at this stage: %(state)s.") % {"state": cycle.get_state_display()})
    return cycle


def _town(actor: User, cycle: Cycle, town: str, *, done: bool = False) -> TownReview:
    actor.require("entitlements.review", town)
    review = TownReview.objects.select_for_update().filter(cycle=cycle, region=town).first()
    if review is None:
        raise NotVisible("town")
    if (review.done_at is not None) != done:
        raise Changed(_("The town's review is finished; the county can send it back.") if not done
                      else _("The town's review is not finished."))
    return review


def _lines(actor: User, cycle: Cycle, ids: Iterable[int]) -> QuerySet[CycleLine]:
    """The lines of towns that the actor reviews and that are not through yet. Raises NotVisible for any other."""
    wanted = set(ids)
    if not wanted:
        raise Refused(_("Pick at least one line."))
    lines = CycleLine.objects.filter(cycle=cycle, pk__in=wanted)
    towns = {code[:TOWN_LENGTH] for code in lines.values_list("region_code", flat=True)}
    if lines.count() != len(wanted):
        raise NotVisible("line")
    for town in sorted(towns):
        _town(actor, cycle, town)
        step(actor, cycle, CycleStep.Stage.TOWN, "review", region_id=town)
    return lines


def accept(actor: User, cycle_id: int, ids: Iterable[int]) -> int:
    """Accept lines: what they say becomes the month's determination. Returns how many.

    Raises :class:`Refused` for a line that is held for a reason no reviewer can lift.
    """
    with transaction.atomic():
        cycle = _locked(actor, cycle_id, [Cycle.State.OPEN])
        lines = _free(_lines(actor, cycle, ids))
        _with_days(lines)
        count = lines.update(
            state=CycleLine.State.ACCEPTED, reason="", reviewed_by=actor, reviewed_at=timezone.now()
        )
        _audit(actor, cycle, "accept", count)
    return count


def _free(lines: QuerySet[CycleLine]) -> QuerySet[CycleLine]:
    """Lines that a reviewer may decide. What is suspended, to be found out or granted elsewhere stays held."""
    if lines.filter(why__in=BOUND).exists():
        raise Refused(_(
            "A line that is suspended, to be found out or granted elsewhere stays held this month; once that is "
            "settled, what is due is paid as arrears."
        ))
    return lines


def _with_days(lines: QuerySet[CycleLine]) -> None:
    """Of a service paid by the day, nothing is accepted before it is known on how many days it was given."""
    without = lines.filter(unit=Unit.DAY, days__isnull=True).exclude(change=CycleLine.Change.STOPPED).count()
    if without:
        raise Refused(_("%(count)s lines do not say on how many days the service was given; enter them first.") % {
            "count": without})


def enter_days(
    actor: User, cycle_id: int, ids: Iterable[int], days: int | None, proof: str, file: BinaryIO | None = None
) -> int:
    """Enter on how many days of the month a service that is paid by the day was given to the people of the lines, and
    which record shows it. What was decided about a line is to be decided anew. Returns how many.

    Raises :class:`Refused` for more days than have passed of the month, or than somebody lived to see of it.
    """
    proof, faults = proof.strip(), {}
    if not proof:
        faults["proof"] = _("Say which record shows the days; it is kept.")
    with transaction.atomic():
        cycle = _locked(actor, cycle_id, [Cycle.State.OPEN])
        if cycle.unit != Unit.DAY:
            raise Refused(_("This service is not paid by the day."))
        most = min(days_of(cycle.month), max((timezone.localdate() - cycle.month).days + 1, 0))
        if days is None or not 0 <= days <= most:
            faults["days"] = _("A whole number from 0 to %(most)s: so many days of the month have passed.") % {
                "most": most}
        if faults:
            raise Refused(fields=faults)
        assert days is not None
        lines = _lines(actor, cycle, ids)
        if lines.filter(change=CycleLine.Change.STOPPED).exists():
            raise Refused(_("A line that is to stop pays no day."))
        _lived(lines, cycle.month, days)
        paper = None
        if file is not None:
            region = min(lines.values_list("region_code", flat=True))[:TOWN_LENGTH]
            try:
                paper = attachments.store(actor, file, PAPER, region)
            except Refused as refusal:
                raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        count = lines.update(
            days=days, amount_fen=F("rate_fen") * days, days_proof=proof[:300], days_paper=paper, days_by=actor,
            days_at=timezone.now(),
            state=Case(When(why__in=BOUND, then=F("state")), default=Value(CycleLine.State.PENDING)),
        )
        record(actor, "entitlements.cycle_days", cycle, region=cycle.region_id,
               detail={"lines": count, "days": days, "paper": paper and paper.pk})
    return count


def days_of(month: dt.date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def _lived(lines: QuerySet[CycleLine], month: dt.date, days: int) -> None:
    last = month.replace(day=days_of(month))
    for line in lines.filter(person__died_on__range=(month, last)).select_related("person"):
        died = line.person.died_on
        if died is not None and days > died.day:
            raise Refused(fields={"days": _("%(name)s died on %(day)s: at most %(most)s days.") % {
                "name": line.person.name, "day": day_words(died), "most": died.day}})


def hold(actor: User, cycle_id: int, ids: Iterable[int], reason: str) -> int:
    """Hold lines back this month: nothing is paid, nothing is ended. Needs a reason."""
    return _against(actor, cycle_id, ids, CycleLine.State.HELD, reason, "")


def refuse(actor: User, cycle_id: int, ids: Iterable[int], reason: str, test_id: str) -> int:
    """Refuse lines, by the clause of the test that does not hold: no grant, and what was granted ends.

    A line that is to stop anyway cannot be refused: it is accepted, or held back.
    """
    return _against(actor, cycle_id, ids, CycleLine.State.REFUSED, reason, test_id)


def _against(actor: User, cycle_id: int, ids: Iterable[int], state: str, reason: str, test_id: str) -> int:
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        cycle = _locked(actor, cycle_id, [Cycle.State.OPEN])
        lines = _free(_lines(actor, cycle, ids))
        clause = ""
        if state == CycleLine.State.REFUSED:
            if lines.filter(change=CycleLine.Change.STOPPED).exists():
                raise Refused(_("A line that is to stop is accepted or held back; there is nothing to refuse."))
            clause = _clause(cycle, test_id)
        changes = {"clause": clause} if state == CycleLine.State.REFUSED else {}
        count = lines.update(
            state=state, reason=reason[:300], reviewed_by=actor, reviewed_at=timezone.now(), **changes
        )
        _audit(actor, cycle, "hold" if state == CycleLine.State.HELD else "refuse", count, reason)
    return count


def _clause(cycle: Cycle, test_id: str) -> str:
    pack = pack_of(cycle)
    service = grounds.service_of(pack, cycle.service_id)
    if test_id not in {test.id for test in service.tests}:
        raise Refused(fields={"test": _("Say which condition does not hold.")})
    return grounds.ground_of(pack, service, test_id)


def _audit(actor: User, cycle: Cycle, verb: str, count: int, reason: str = "") -> None:
    record(actor, f"entitlements.cycle_{verb}", cycle, region=cycle.region_id, reason=reason[:200],
           detail={"lines": count})


def finish_town(actor: User, cycle_id: int, town: str, version: int, *, accept_rest: bool = False) -> TownReview:
    """Finish a town's review: lines without change are accepted with it.

    Raises :class:`Refused` while a difference waits to be looked at, unless ``accept_rest`` accepts them all.
    """
    with transaction.atomic():
        cycle = _locked(actor, cycle_id, [Cycle.State.OPEN])
        review = _town(actor, cycle, town)
        if review.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        pending = CycleLine.objects.filter(cycle=cycle, region_code__startswith=town, state=CycleLine.State.PENDING)
        _with_days(pending)
        waiting = pending.exclude(change=CycleLine.Change.SAME).count()
        if waiting and not accept_rest:
            raise Refused(_("%(count)s differences still wait to be looked at.") % {"count": waiting})
        step(actor, cycle, CycleStep.Stage.TOWN, "finish", region_id=town, detail={"accepted_rest": waiting})
        now = timezone.now()
        accepted = pending.update(state=CycleLine.State.ACCEPTED, reviewed_by=actor, reviewed_at=now)
        review.done_by, review.done_at = actor, now
        review.version += 1
        review.save(update_fields=["done_by", "done_at", "version"])
        record(actor, "entitlements.cycle_town", cycle, region=town,
               detail={"town": town, "accepted": accepted, "differences": waiting})
        _refresh_town_item(actor, cycle, town)
        if not cycle.towns.filter(done_at__isnull=True).exists():
            cycle.state = Cycle.State.TOWN_REVIEWED
            cycle.version += 1
            cycle.save(update_fields=["state", "version"])
            _ask_check(actor, cycle)
    return review


def _refresh_town_item(actor: User, cycle: Cycle, town: str) -> None:
    left = [item for item in town_items(cycle.region_id, cycle.month) if item.region == town]
    if left:
        ask_many(actor, left)
    else:
        settle(actor, workkinds.town_key(cycle.month, town), _("All services of the month are reviewed."))


def _ask_check(actor: User, cycle: Cycle) -> None:
    settle(actor, workkinds.check_key(cycle.pk), _("Sent back to a town and reviewed anew."))
    ask(
        actor, workkinds.CHECK, key=workkinds.check_key(cycle.pk), region=cycle.region_id, due_on=_county_day(cycle),
        params={"service": label(cycle.label), "month": workkinds.month_words(cycle.month),
                "count": cycle.lines.count()},
        url=reverse("entitlements:cycle", args=[cycle.pk]),
    )


def _county_day(cycle: Cycle) -> dt.date:
    pack = pack_of(cycle)
    days = {stage.id: stage.working_days for stage in grounds.procedure_of(pack, cycle.service_id).review.value}
    return add_working_days(timezone.localdate(), days.get("county", 0))


def check(actor: User, cycle_id: int, version: int) -> Cycle:
    """Pass a cycle after the towns: the county's check, by another human than who opened or reviewed it."""
    with transaction.atomic():
        actor.require("entitlements.check", get_cycle(actor, cycle_id).region_id)
        cycle = _locked(actor, cycle_id, [Cycle.State.TOWN_REVIEWED], version)
        step(actor, cycle, CycleStep.Stage.CHECK, "check")
        cycle.state, cycle.checked_by, cycle.checked_at = Cycle.State.CHECKED, actor, timezone.now()
        cycle.version += 1
        cycle.save(update_fields=["state", "checked_by", "checked_at", "version"])
        record(actor, "entitlements.cycle_check", cycle, region=cycle.region_id)
        settle(actor, workkinds.check_key(cycle.pk), _("Checked."))
        ask(
            actor, workkinds.APPROVE, key=workkinds.approve_key(cycle.pk), region=cycle.region_id,
            due_on=_county_day(cycle),
            params={"service": label(cycle.label), "month": workkinds.month_words(cycle.month),
                    "who": actor.full_name, "count": cycle.lines.count()},
            url=reverse("entitlements:cycle", args=[cycle.pk]),
        )
    return cycle


def send_back(actor: User, cycle_id: int, version: int, towns: Sequence[str], reason: str) -> Cycle:
    """Send a cycle back to some of its towns, by whoever checks or approves it. Needs a reason."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        visible = get_cycle(actor, cycle_id)
        checked = visible.state == Cycle.State.CHECKED
        actor.require("entitlements.approve" if checked else "entitlements.check", visible.region_id)
        cycle = _locked(actor, cycle_id, [Cycle.State.TOWN_REVIEWED, Cycle.State.CHECKED], version)
        reviews = list(cycle.towns.select_for_update().filter(region__in=list(towns)))
        if not reviews:
            raise Refused(fields={"towns": _("Choose which town looks at it again.")})
        stage = CycleStep.Stage.APPROVE if checked else CycleStep.Stage.CHECK
        step(actor, cycle, stage, "send_back", reason=reason[:300], detail={"towns": [r.region_id for r in reviews]})
        for review in reviews:
            review.done_by = review.done_at = None
            review.version += 1
            review.save(update_fields=["done_by", "done_at", "version"])
        cycle.state, cycle.checked_by, cycle.checked_at = Cycle.State.OPEN, None, None
        cycle.version += 1
        cycle.save(update_fields=["state", "checked_by", "checked_at", "version"])
        record(actor, "entitlements.cycle_send_back", cycle, region=cycle.region_id, reason=reason[:200],
               detail={"towns": [review.region_id for review in reviews]})
        settle(actor, workkinds.check_key(cycle.pk), _("Sent back to the town."))
        settle(actor, workkinds.approve_key(cycle.pk), _("Sent back to the town."))
        ask_many(actor, [item for item in town_items(cycle.region_id, cycle.month)
                         if item.region in {review.region_id for review in reviews}])
    return cycle


def cancel(actor: User, cycle_id: int, version: int, reason: str) -> Cycle:
    """Cancel a cycle that is not approved, with a reason; the month can then be opened anew."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        actor.require("entitlements.cycle", get_cycle(actor, cycle_id).region_id)
        cycle = _locked(actor, cycle_id, [Cycle.State.OPEN, Cycle.State.TOWN_REVIEWED, Cycle.State.CHECKED], version)
        step(actor, cycle, CycleStep.Stage.CANCEL, "cancel", reason=reason[:300])
        cycle.state, cycle.cancelled_by, cycle.cancelled_at = Cycle.State.CANCELLED, actor, timezone.now()
        cycle.reason = reason[:300]
        cycle.version += 1
        cycle.save(update_fields=["state", "cancelled_by", "cancelled_at", "reason", "version"])
        record(actor, "entitlements.cycle_cancel", cycle, region=cycle.region_id, reason=reason[:200])
        for key in (workkinds.check_key(cycle.pk), workkinds.approve_key(cycle.pk)):
            settle(actor, key, _("The cycle was cancelled."), needed=False)
        for town in cycle.towns.values_list("region_id", flat=True):
            _refresh_town_item(actor, cycle, town)
    return cycle
