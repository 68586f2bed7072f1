"""Care plans: drawn up from a result, put to paper, agreed, begun, ended. Reviews are in ``reviewing``."""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import BinaryIO

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from yinian.assessments import papers, workkinds
from yinian.assessments.careplans import catalogue, paper, queries, routing, rules
from yinian.assessments.careplans import sheet as sheets
from yinian.assessments.careplans.models import CarePlan, Goal, Need, PlannedService, PlanReview
from yinian.assessments.results.models import Result
from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.models import Level, Region
from yinian.core.packs import pack_for
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.people.models import Person, Representative
from yinian.people.persons.actions import check_reach
from yinian.people.representatives.queries import standing

COUNTY_DIGITS, TOWN_DIGITS, VILLAGE_DIGITS = 6, 9, 12
LOCK = 7305493


# --- drawing up ----------------------------------------------------------------------------------------------------


def draft(actor: User, person_pk: int, scale: str = "") -> CarePlan:
    """Draw up a plan from the result in force: suggestions ticked, or what stood in the edition before.

    ``scale``: by which scale, where results by several are in force; empty: the one that says most. Returns the plan
    in the making where one stands. Raises :class:`Refused` where no such result is in force.
    """
    result = queries.result_to_plan_for(actor, person_pk, scale)
    with transaction.atomic():
        person = _locked_person(person_pk)
        return draft_from(actor, person, result)


def draft_from(actor: User, person: Person, result: Result) -> CarePlan:
    """The plan in the making of a locked person, drawn up from a result if there is none yet."""
    if person.state != Person.State.LIVING:
        raise Refused(_("%(name)s is not recorded as living in the county.") % {"name": person.name})
    making = queries.plan_in_the_making(person)
    if making is not None:
        return making
    today, kept = timezone.localdate(), rules.frozen(person.region_id, result.scale)
    before = queries.standing_plan(person) or CarePlan.objects.filter(person=person, held__isnull=False).first()
    last = CarePlan.objects.filter(person=person).aggregate(n=Max("edition"))["n"] or 0
    content = sheets.new_sheet(
        catalogue.suggestions(result, person), result.scale, today, rules.review_after(kept, result.final, today)
    )
    if before is not None:
        content = sheets.carried_on(content, before, today)
    try:
        with transaction.atomic():
            plan = CarePlan.objects.create(
                person=person, result=result, seen_result=result, seen_region_id=person.region_id, scale=result.scale,
                level=result.final, edition=last + 1, planner=actor, saved_by=actor, rules=kept,
                catalogue=catalogue.catalogue(result.scale).hash,
                draft_due=rules.draft_due(person.region_id, max(today, result.in_force_on or today)),
                routing=routing.advice(person, result, today),
            )
    except IntegrityError as error:  # somebody began at the same moment
        raise Changed(_("Somebody has just begun a plan for this person; look again.")) from error
    _write(plan, content, today)
    plan.save()
    ask_to_draft(actor, person.region_id)
    record(actor, "assessments.plan_draft", plan, region=person.region_id,
           detail={"result": result.pk, "scale": result.scale, "level": result.final, "edition": plan.edition})
    return plan


@dataclass
class Saved:
    """What came of saving: the version now, and what is still missing, by field of the page."""

    plan: CarePlan
    faults: dict[str, str] = field(default_factory=dict)


def save(actor: User, pk: int, version: int, post: sheets.Posted, change: str = "") -> tuple[Saved, str]:
    """Keep what the drafting page holds, whole or not; ``change`` adds or takes away an entry, whose place comes back.

    A paper that was made for signing no longer says what the plan says: it is withdrawn.
    """
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.edit", pk, version, CarePlan.State.DRAFT)
        today = timezone.localdate()
        before = sheets.read(plan)
        content, place = sheets.filled(before, post), ""
        if change:
            area = next(iter(catalogue.catalogue().areas))
            content, place = sheets.changed(content, change, today, area)
        if content == before:
            return Saved(plan, _checked(plan, content, today).faults), place
        checked = _write(plan, content, today)
        if plan.paper is not None:
            _withdraw_paper(actor, plan, _("The draft was changed after it was printed."))
        plan.version, plan.saved_by = plan.version + 1, actor
        plan.save()
    return Saved(plan, checked.faults), place


def _checked(plan: CarePlan, content: sheets.Sheet, today: dt.date) -> sheets.Checked:
    dues = {service.id for service in pack_for(plan.person.region_id).services}
    return sheets.check(content, today, queries.sites_near(plan.person), dues)


def faults_of(plan: CarePlan) -> dict[str, str]:
    """What a draft still lacks, by field of the page."""
    return _checked(plan, sheets.read(plan), timezone.localdate()).faults


def _write(plan: CarePlan, content: sheets.Sheet, today: dt.date) -> sheets.Checked:
    """Put a sheet onto a locked draft, and its rows where it is whole. The caller saves the plan."""
    checked = _checked(plan, content, today)
    plan.sheet = json.dumps(content, ensure_ascii=False)
    plan.saved_at, plan.complete = timezone.now(), checked.complete
    plan.needs.all().delete()
    if not checked.complete:
        return checked
    plan.situation, plan.wishes = checked.situation or None, checked.wishes or None
    plan.start, plan.review_due = checked.start, checked.review
    goals: list[Goal] = []
    services: list[PlannedService] = []
    for need, its_goals, its_services in checked.rows:
        need.plan = plan
        for place, goal in enumerate(its_goals):
            goal.need, goal.place = need, place
        for place, one in enumerate(its_services):
            one.need, one.place = need, place
        goals += its_goals
        services += its_services
    Need.objects.bulk_create(need for need, _goals, _services in checked.rows)
    for goal in goals:
        goal.need_id = goal.need.pk
    for one in services:
        one.need_id = one.need.pk
    Goal.objects.bulk_create(goals)
    PlannedService.objects.bulk_create(services)
    return checked


def discard(actor: User, pk: int, version: int, reason: str) -> CarePlan:
    """Give a draft, or an agreed plan that has not begun, up; it stays on file with the reason."""
    reason = _said(reason)
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.edit", pk, version, CarePlan.State.DRAFT, CarePlan.State.AGREED)
        end_plan(actor, plan, timezone.localdate(), CarePlan.Ending.DISCARDED, reason)
    return plan


# --- paper and agreement -------------------------------------------------------------------------------------------


def print_paper(actor: User, pk: int, version: int) -> CarePlan:
    """Make the paper to be gone through and signed: numbered, dated, in large type. The village is asked to do so."""
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.edit", pk, version, CarePlan.State.DRAFT)
        _whole(plan)
        if plan.paper is not None:
            raise Refused(_("The paper %(number)s is made already.") % {"number": plan.paper.number})
        issue_paper(actor, plan)
        plan.version += 1
        plan.save()
        ask_to_agree(actor, plan)
        record(actor, "assessments.plan_print", plan, region=plan.person.region_id,
               detail={"number": plan.paper.number if plan.paper else ""})
    return plan


def issue_paper(actor: User, plan: CarePlan, on: dt.date | None = None) -> None:
    """Give a plan its numbered paper. The caller has checked that the draft is whole, and saves the plan."""
    plan.paper = documents.issue(
        actor, papers.PLAN, region=plan.person.region_id, person=plan.person_id, title=paper.TITLE,
        template=paper.TEMPLATE, data=paper.plan_data(plan), on=on,
    )


def _withdraw_paper(actor: User, plan: CarePlan, reason: str) -> None:
    if plan.paper is not None and plan.paper.withdrawn_at is None:
        documents.withdraw(actor, plan.paper.pk, reason)
    plan.paper = None
    inbox.settle(actor, f"{workkinds.PLAN_AGREE}:{plan.pk}", reason, needed=False)


def ask_to_agree(actor: User, plan: CarePlan) -> None:
    """Ask the village to go through a printed plan with the person; where no village answers, the town."""
    region = plan.person.region_id[:VILLAGE_DIGITS]
    inbox.ask(
        actor, workkinds.PLAN_AGREE, key=f"{workkinds.PLAN_AGREE}:{plan.pk}", region=region,
        role=Role.VILLAGE_WORKER if len(region) == VILLAGE_DIGITS else Role.TOWN_OFFICER,
        due_on=add_working_days(timezone.localdate(), int(plan.rules["agree"])),
        params={"name": plan.person.name, "village": plan.person.region.name},
        url=reverse("assessments:careplan", args=[plan.pk]),
    )


def agree(
    actor: User, pk: int, version: int, *, on: dt.date | None, by: str, name: str, how: str, witness: str = "",
    file: BinaryIO | None = None,
) -> CarePlan:
    """Record that the person, family or guardian agreed to the printed plan: signed, or orally with a witness.

    ``file``: the signed page, photographed or scanned. A plan whose day has come begins at once.
    """
    faults: dict[str, str] = {}
    name, witness = name.strip()[:60], witness.strip()[:60]
    if by not in CarePlan.By.values:
        faults["by"] = _("Say who agreed.")
    if not name:
        faults["name"] = _("Give the name of who agreed.")
    if how not in (CarePlan.How.SIGNATURE, CarePlan.How.ORAL):
        faults["how"] = _("Say how.")
    if how == CarePlan.How.SIGNATURE and file is None:
        faults["file"] = _("Add a photo or scan of the signed page.")
    if how == CarePlan.How.ORAL and not witness:
        faults["witness"] = _("Name who was present as a witness.")
    elif how == CarePlan.How.ORAL and witness in (name, actor.full_name):
        faults["witness"] = _("The witness is neither who agreed nor who enters it.")
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.agree", pk, version, CarePlan.State.DRAFT)
        _whole(plan)
        printed = _printed(plan)
        if on is None or not printed <= on <= timezone.localdate():
            faults["on"] = _("A day from the print of the plan (%(day)s) until today.") % {"day": words_of_day(printed)}
        if faults:
            raise Refused(fields=faults)
        if how == CarePlan.How.SIGNATURE and file is not None:
            plan.signature = attachments.store(
                actor, file, papers.PLAN_SIGNED, plan.person.region_id,
                site_id=check_reach(actor, "careplans.agree", plan.person),
            )
        _agreed(actor, plan, on or printed, by, name, how, witness if how == CarePlan.How.ORAL else "")
    return plan


def agree_own(
    actor: User, person_pk: int, pk: int, version: int, *, name: str, needs: Collection[int]
) -> CarePlan:
    """The family, or the person, agrees from an account of their own: to each need, and with the holder's name typed.

    ``needs``: ids of those that were ticked; a plan is agreed to as a whole or not at all. Raises NotVisible for
    anybody else's plan.
    """
    actor.require("own.act")
    seen = queries.get_own_plan(actor, person_pk, pk)
    faults: dict[str, str] = {}
    if "".join(name.split()) != "".join(actor.full_name.split()):
        faults["name"] = _("Type your own name as this account has it: %(name)s.") % {"name": actor.full_name}
    with transaction.atomic():
        plan = _of_version(seen.pk, version, CarePlan.State.DRAFT)
        _whole(plan)
        _printed(plan)
        if set(plan.needs.values_list("pk", flat=True)) - set(needs):
            faults["needs"] = _(
                "Not everything is ticked. If something is not right, do not agree; tell %(who)s or the village."
            ) % {"who": plan.planner.full_name}
        if faults:
            raise Refused(fields=faults)
        acting = standing().filter(user=actor, person=plan.person_id).first()
        by = {
            Representative.Relation.SELF: CarePlan.By.PERSON, Representative.Relation.GUARDIAN: CarePlan.By.GUARDIAN,
        }.get(Representative.Relation(acting.relation)) if acting is not None else None
        _agreed(actor, plan, timezone.localdate(), by or CarePlan.By.FAMILY, actor.full_name, CarePlan.How.ACCOUNT, "")
    return plan


def _printed(plan: CarePlan) -> dt.date:
    """The day the paper was made: what is agreed to is what stands on it."""
    if plan.paper is None:
        raise Refused(_("Print the plan first: what is agreed to is what stands on the paper."))
    return plan.paper.issued_on


def _agreed(actor: User, plan: CarePlan, on: dt.date, by: str, name: str, how: str, witness: str) -> None:
    plan.state, plan.version = CarePlan.State.AGREED, plan.version + 1
    plan.agreed_on, plan.agreed_by, plan.agreed_name, plan.agreed_how, plan.witness = on, by, name, how, witness
    plan.agreed_entry = actor
    plan.save()
    inbox.settle(actor, f"{workkinds.PLAN_AGREE}:{plan.pk}", _("Agreed by %(who)s.") % {"who": name})
    record(actor, "assessments.plan_agree", plan, region=plan.person.region_id,
           detail={"on": on.isoformat(), "by": by, "how": how})
    today = timezone.localdate()
    if plan.start is not None and plan.start <= today:
        begin(actor, plan, today)


# --- beginning and ending ------------------------------------------------------------------------------------------


def begin(actor: User, plan: CarePlan, today: dt.date) -> None:
    """An agreed plan, locked with its person, comes into force; the edition before ends the same day.

    It holds from the day that was agreed, though never from before the edition before it has ended.
    """
    on = plan.start or today
    before = CarePlan.objects.select_for_update(of=("self",)).select_related("person__region").filter(
        person=plan.person_id, state__in=("in_force", "under_review")
    ).first()
    if before is not None:
        on = today
        _close_reviews(actor, before, today)
        reason = _("Edition %(n)d took its place.") % {"n": plan.edition}
        end_plan(actor, before, today, CarePlan.Ending.REPLACED, reason)
        plan.replaces = before
    else:
        ended = CarePlan.objects.filter(person=plan.person_id, held__isnull=False).aggregate(day=Max("ended_on"))["day"]
        on = max(on, ended) if ended is not None else on
    plan.state, plan.held, plan.version = CarePlan.State.IN_FORCE, DateRange(on, None), plan.version + 1
    if plan.review_due is not None and plan.review_due <= on:
        plan.review_due = rules.review_after(plan.rules, plan.level, on)
    # By name, here and wherever a plan was agreed to: what is encrypted would otherwise be written over by other bytes.
    plan.save(update_fields=["state", "held", "version", "review_due", "replaces"])
    record(actor, "assessments.plan_begin", plan, region=plan.person.region_id, detail={"on": on.isoformat()})


def _close_reviews(actor: User, plan: CarePlan, today: dt.date) -> None:
    """A review that stands open when a changed plan takes its place is answered by that plan."""
    for review in PlanReview.objects.select_for_update().filter(plan=plan, held_on__isnull=True):
        review.held_on, review.held_by, review.decision = today, actor, PlanReview.Decision.REVISE
        review.findings = _("A changed plan was agreed.")
        review.save()
    inbox.settle(actor, f"{workkinds.PLAN_REVIEW}:{plan.pk}", _("A changed plan was agreed."))


def end(actor: User, pk: int, version: int, on: dt.date | None, ending: str, reason: str) -> CarePlan:
    """End a plan in force, with day and reason; what it arranged is to be called off by whoever provides it."""
    reason = _said(reason)
    if ending not in (CarePlan.Ending.DIED, CarePlan.Ending.MOVED, CarePlan.Ending.MET, CarePlan.Ending.DECLINED):
        raise Refused(fields={"ending": _("Choose why it ends.")})
    with transaction.atomic():
        plan = locked_plan(actor, "careplans.edit", pk, version, CarePlan.State.IN_FORCE)
        check_end(plan, on, ending)
        end_plan(actor, plan, on or timezone.localdate(), ending, reason)
    return plan


def check_end(plan: CarePlan, on: dt.date | None, ending: str) -> None:
    """Raise :class:`Refused` unless a plan that holds can end so on that day."""
    began = plan.held.lower or timezone.localdate()
    if on is None or not began <= on <= timezone.localdate():
        raise Refused(fields={"on": _("A day from the beginning of the plan (%(day)s) until today.")
                              % {"day": words_of_day(began)}})
    if ending == CarePlan.Ending.DIED and plan.person.state != Person.State.DEAD:
        raise Refused(fields={"ending": _("The death is not recorded in the register; record it there first.")})
    if ending == CarePlan.Ending.MOVED and plan.person.state != Person.State.MOVED_OUT:
        raise Refused(fields={"ending": _("The move is not recorded in the register; record it there first.")})


def end_plan(actor: User, plan: CarePlan, on: dt.date, ending: str, reason: str) -> None:
    was = plan.state
    if plan.held is not None:
        plan.held = DateRange(plan.held.lower, max(on, plan.held.lower))
    elif plan.paper is not None and plan.agreed_on is None and actor.scope("careplans.edit").covers(
        plan.person.region_id
    ):
        _withdraw_paper(actor, plan, reason)
    plan.state, plan.ending, plan.ended_on, plan.ended_by = CarePlan.State.ENDED, ending, on, actor
    plan.end_reason, plan.version = reason[:200], plan.version + 1
    plan.save(update_fields=["held", "paper", "state", "ending", "ended_on", "ended_by", "end_reason", "version"])
    for name in (workkinds.PLAN_AGREE, workkinds.PLAN_REVIEW):
        inbox.settle(actor, f"{name}:{plan.pk}", _("The plan has ended."), needed=False)
    record(actor, "assessments.plan_end", plan, region=plan.person.region_id, reason=reason[:200],
           detail={"from": was, "on": on.isoformat(), "ending": ending})
    ask_to_draft(actor, plan.person.region_id)


def begin_due(today: dt.date | None = None) -> int:
    """By the clock: agreed plans whose first day has come come into force. How many."""
    today, actor, count = today or timezone.localdate(), platform_user(), 0
    waiting = CarePlan.objects.filter(state=CarePlan.State.AGREED, start__lte=today)
    for pk, person_pk in list(waiting.values_list("pk", "person_id")):
        with transaction.atomic():
            person = _locked_person(person_pk)
            plan = (
                CarePlan.objects.select_for_update(of=("self",), skip_locked=True).select_related("person__region")
                .filter(pk=pk, state=CarePlan.State.AGREED, start__lte=today).first()
            )
            if plan is None or person.state != Person.State.LIVING:
                continue
            begin(actor, plan, today)
            count += 1
    return count


# --- who is to get one ---------------------------------------------------------------------------------------------


def ask_to_draft(actor: User, region_code: str) -> None:
    """One line on the town's desk: for how many people a plan is to be drawn up, by when the first of them.

    Nobody is asked where the county's pack says nothing of care plans.
    """
    town = region_code[:TOWN_DIGITS]
    key = f"{workkinds.PLAN_DRAFT}:{town}"
    with connection.cursor() as cursor:  # so that the count of the last to come is the true one
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, key])
    try:
        waiting = queries.without_plan(town).order_by("in_force_on").values_list("in_force_on", flat=True)
    except Refused:
        return
    if not waiting:
        inbox.settle(actor, key, _("Nobody waits for a plan."))
        return
    first = waiting[0] or timezone.localdate()
    name = Region.objects.filter(pk=town).values_list("name", flat=True).first() or town
    inbox.ask(
        actor, workkinds.PLAN_DRAFT, key=key, region=town,
        due_on=max(rules.draft_due(region_code, first), timezone.localdate()),
        params={"area": name, "count": len(waiting)}, url=f"{reverse('assessments:careplans_wanted')}?region={town}",
    )


def ask_all_towns(actor: User) -> None:
    """Bring every town's line up to date: results come into force by themselves, too."""
    for region in Region.objects.filter(level=Level.TOWN).values_list("code", flat=True):
        with transaction.atomic():
            ask_to_draft(actor, region)


# --- shared --------------------------------------------------------------------------------------------------------


def _said(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return reason[:200]


def _locked_person(pk: int) -> Person:
    return Person.objects.select_for_update(of=("self",)).select_related("region").get(pk=pk)


def locked_plan(actor: User, right: str, pk: int, version: int, *states: str) -> CarePlan:
    """A plan the actor sees and holds the right for, locked with its person, if nobody changed it since."""
    seen = queries.get_plan(actor, pk)
    check_reach(actor, right, seen.person)
    return _of_version(pk, version, *states)


def _of_version(pk: int, version: int, *states: str) -> CarePlan:
    person_pk = CarePlan.objects.values_list("person_id", flat=True).get(pk=pk)
    _locked_person(person_pk)  # all that changes a person's plans waits for the person first
    plan = (
        CarePlan.objects.select_for_update(of=("self",))
        .select_related("person__region__parent", "result", "paper", "planner").get(pk=pk)
    )
    if plan.version != version:
        raise Changed(_("Somebody has changed this plan meanwhile; look at it again."))
    if plan.state not in states:
        raise Refused(_("This step is not possible in the present state."))
    return plan


def _whole(plan: CarePlan) -> None:
    if not plan.complete:
        raise Refused(_("Something is missing in the draft; open it and mend what is marked."))
    if plan.person.state != Person.State.LIVING:
        raise Refused(_("%(name)s is not recorded as living in the county.") % {"name": plan.person.name})

