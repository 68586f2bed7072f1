"""Opening a round and applying in it: begin, describe, bring papers, submit, withdraw, send back."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments import kinds
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import Asked, ask_many, settle
from yinian.core.jinja import day, label
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.entitlements import packs
from yinian.oversight import papers, workkinds
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.models import Application, Criterion, Paper, Round, RoundStep
from yinian.oversight.schemes.rules import APPLY, RECOMMEND, REVIEW, Rules, params_of, rules_of

LARGEST_POINTS = Decimal(1000)


def step(
    actor: User, one: Round, verb: str, application: Application | None = None, reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write down what was done in a round: in its own history and in the audit chain."""
    RoundStep.objects.create(round=one, application=application, verb=verb, actor=actor, reason=reason[:500])
    region = application.region_id if application is not None else one.region_id
    record(actor, f"oversight.{verb}", application or one, region=region, reason=reason[:500],
           detail={"round": one.pk, **(detail or {})})


def lock_round(pk: int, *states: str) -> Round:
    """The round, locked. Raises :class:`Refused` where it stands elsewhere than in one of ``states``."""
    found = Round.objects.select_for_update(of=("self",)).select_related("region").defer("region__outline").get(pk=pk)
    if states and found.state not in states:
        raise Refused(_("This step is not possible in the present state of the evaluation: %(state)s.")
                      % {"state": found.get_state_display()})
    return found


def lock_application(pk: int, version: int | None = None) -> Application:
    found = Application.objects.select_for_update(of=("self",)).select_related("region", "prefecture").get(pk=pk)
    if version is not None and found.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return found


# --- the round --------------------------------------------------------------------------------------------------


def open_round(
    actor: User, region_code: str, scheme_id: str, year: int, points: Mapping[str, Decimal] | None = None
) -> Round:
    """Open a year's round of a scheme. ``points``: full points of the criteria for which the pack gives none.

    Raises Refused where the pack rules no such scheme for the region, the year lies outside its years, points are
    missing, or the year's round is there already.
    """
    actor.require("schemes.manage", region_code)
    found = packs.in_force(region_code)
    scheme = found.pack.schemes.get(scheme_id)
    region = Region.objects.defer("outline").get(pk=region_code)
    if scheme is None or region.level != scheme["levels"]["host"]:
        raise Refused(_("The policy pack of this area rules no such evaluation."))
    documents = {key: {"title": one.title, "number": one.number} for key, one in found.pack.documents.items()}
    rules = Rules(scheme, documents)
    years = scheme["years"]
    if year < years["from"] or (years.get("to") is not None and year > years["to"]):
        raise Refused(fields={"year": _("The evaluation is ruled for %(years)s (%(clause)s).") % {
            "years": f"{years['from']}–{years.get('to') or ''}", "clause": rules.clause(years["source"])}})
    most = _full_points(scheme["criteria"], points or {})
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Round.objects.create(
                    scheme_id=scheme_id, label=scheme["label"], region=region, year=year, pack_path=found.path,
                    pack_hash=found.pack.hash, rules=scheme, documents=documents, opened_by=actor,
                    apply_by=rules.day(APPLY, year), recommend_by=rules.day(RECOMMEND, year),
                    review_by=rules.day(REVIEW, year),
                )
        except IntegrityError as error:
            raise Refused(fields={"year": _("This year's evaluation is open already.")}) from error
        Criterion.objects.bulk_create(
            Criterion(round=made, key=one["id"], place=place, label=one["label"], text=one.get("text") or {},
                      most=most[one["id"]], given=one["max"] is not None)
            for place, one in enumerate(scheme["criteria"])
        )
        queries.forget()
        step(actor, made, "open", detail={"scheme": scheme_id, "year": year, "pack": found.pack.hash})
        if made.apply_by >= timezone.localdate():
            _invite(actor, made, rules)
    return made


def _full_points(criteria: Iterable[Mapping[str, Any]], entered: Mapping[str, Decimal]) -> dict[str, Decimal]:
    most, faults = {}, {}
    for one in criteria:
        if one["max"] is not None:
            most[one["id"]] = Decimal(one["max"])
        elif (value := entered.get(one["id"])) is not None and 0 < value <= LARGEST_POINTS:
            most[one["id"]] = value
        else:
            faults[f"points_{one['id']}"] = _("No text at hand gives the full points of “%(what)s”; enter them.") % {
                "what": label(one["label"])}
    if faults:
        raise Refused(fields=faults)
    return most


def _invite(actor: User, one: Round, rules: Rules) -> None:
    """An item for each region that may apply."""
    regions = Region.objects.filter(code__startswith=one.region_id, level=rules.applicant_level)
    url = reverse("oversight:round", args=[one.pk])
    ask_many(actor, [
        Asked(workkinds.APPLY, f"oversight.apply:{one.pk}:{code}", code, params_of(one), url, due_on=one.apply_by)
        for code in regions.values_list("code", flat=True)
    ])


def cancel_round(actor: User, pk: int, version: int, reason: str) -> Round:
    """Cancel a round before it is recognised, with a reason. Its work items go."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    queries.get_managed(actor, pk)
    with transaction.atomic():
        one = lock_round(pk, *(state for state in Round.State.values if state not in Round.OVER))
        if one.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        one.state, one.version = Round.State.CANCELLED, one.version + 1
        one.save(update_fields=["state", "version"])
        step(actor, one, "cancel", reason=reason)
        close_items(actor, one, reason)
    return one


def close_items(actor: User, one: Round, outcome: str, *kinds_of: str) -> None:
    """Close the round's open work items, of some kinds or all."""
    from yinian.core.inbox.actions import settle_many

    names = kinds_of or tuple(
        value for name, value in vars(workkinds).items() if name.isupper() and isinstance(value, str)
    )
    for name in names:
        settle_many(actor, f"{name}:{one.pk}:", (), outcome[:200])


# --- the application --------------------------------------------------------------------------------------------


def begin(actor: User, round_pk: int, region_code: str) -> Application:
    """Begin a county's application. Refused after the deadline, with its clause, and for a second one."""
    actor.require("schemes.apply", region_code)
    queries.get_round(actor, round_pk)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.OPEN)
        rules = rules_of(one)
        region = Region.objects.defer("outline").get(pk=region_code)
        if region.level != rules.applicant_level or not region.code.startswith(one.region_id):
            raise Refused(_("This area cannot apply here."))
        _in_time(one, rules)
        try:
            with transaction.atomic():
                made = Application.objects.create(
                    round=one, region=region, prefecture_id=rules.above(region.code), begun_by=actor
                )
        except IntegrityError as error:
            raise Refused(_("Your county's application is begun already.")) from error
        step(actor, one, "begin", made)
    return made


def _in_time(one: Round, rules: Rules, today: dt.date | None = None) -> None:
    if (today or timezone.localdate()) > one.apply_by:
        raise Refused(_("The time to apply ended on %(day)s (%(clause)s).")
                      % {"day": day(one.apply_by), "clause": rules.deadline_clause(APPLY)})


def _own(actor: User, pk: int) -> Application:
    found = queries.get_application(actor, pk)
    actor.require("schemes.apply", found.region_id)
    return found


def _editable(pk: int, version: int | None = None) -> Application:
    found = lock_application(pk, version)
    if found.state != Application.State.DRAFT:
        raise Refused(_("The application is submitted; what it says can be changed only if it is sent back."))
    return found


def describe(actor: User, pk: int, version: int, summary: str, affirmed: Iterable[str]) -> Application:
    """Write the summary and affirm the conditions."""
    _own(actor, pk)
    with transaction.atomic():
        one = _editable(pk, version)
        known = [condition["id"] for condition in rules_of(one.round).conditions]
        one.summary, one.affirmed = summary.strip()[:3000], [name for name in known if name in set(affirmed)]
        one.version += 1
        one.save(update_fields=["summary", "affirmed", "version"])
        record(actor, "oversight.describe", one, region=one.region_id, detail={"affirmed": one.affirmed})
    return one


def add_paper(actor: User, pk: int, kind: str, file: BinaryIO) -> Paper:
    """Bring a paper of a kind that the scheme asks for; its content decides whether it may be one."""
    _own(actor, pk)
    with transaction.atomic():
        one = _editable(pk)
        asked = rules_of(one.round).paper(kind)
        if asked is None:
            raise Refused(fields={"kind": _("Choose which paper it is.")})
        wanted = frozenset().union(*(papers.KINDS[name] for name in asked["kinds"]))
        found = kinds.kind_of(file)
        if found not in wanted:
            raise Refused(fields={"file": _("This file is a %(kind)s; here %(wanted)s is needed.") % {
                "kind": found.upper(), "wanted": "、".join(sorted(name.upper() for name in wanted))}})
        if one.papers.filter(kind=kind, removed_at__isnull=True).count() >= asked.get("most", 1):
            raise Refused(fields={"kind": _("There are as many files of this kind as may be; take one out first.")})
        stored = attachments.store(actor, file, papers.PAPER, one.region_id)
        made = Paper.objects.create(application=one, kind=kind, attachment=stored, added_by=actor)
        record(actor, "oversight.add_paper", one, region=one.region_id, detail={"paper": made.pk, "kind": kind})
    return made


def remove_paper(actor: User, pk: int, paper_pk: int) -> None:
    """Take a paper out of an application that is being prepared. The file stays on record."""
    _own(actor, pk)
    with transaction.atomic():
        one = _editable(pk)
        found = Paper.objects.select_for_update().filter(pk=paper_pk, application=one, removed_at__isnull=True).first()
        if found is None:
            raise NotVisible("paper")
        found.removed_at, found.removed_by = timezone.now(), actor
        found.save(update_fields=["removed_at", "removed_by"])
        record(actor, "oversight.remove_paper", one, region=one.region_id, detail={"paper": found.pk})


def submit(actor: User, pk: int, version: int) -> Application:
    """Submit an application that lacks nothing, in time. Its prefecture has it on the desk."""
    _own(actor, pk)
    with transaction.atomic():
        one = _editable(pk, version)
        held = lock_round(one.round_id, Round.State.OPEN)
        rules = rules_of(held)
        _in_time(held, rules)
        lacking = [lack for lack in queries.checklist(one, queries.standing_papers(one))
                   if lack.required and not lack.there]
        if lacking:
            raise Refused(_("Still lacking: %(what)s") % {"what": _(", ").join(
                _("the summary") if lack.label is None else label(lack.label) for lack in lacking)})
        one.state, one.submitted_by, one.submitted_at = Application.State.SUBMITTED, actor, timezone.now()
        one.version += 1
        one.save(update_fields=["state", "submitted_by", "submitted_at", "version"])
        step(actor, held, "submit", one)
        settle(actor, f"oversight.apply:{held.pk}:{one.region_id}", _("submitted"))
        ask_many(actor, [Asked(
            workkinds.RECOMMEND, f"oversight.recommend:{held.pk}:{one.prefecture_id}", one.prefecture_id,
            params_of(held), reverse("oversight:prefecture", args=[held.pk, one.prefecture_id]),
            due_on=held.recommend_by,
        )])
    return one


def withdraw(actor: User, pk: int, version: int, reason: str) -> Application:
    """Withdraw before the deadline, with a reason. A new application can be begun while there is time."""
    _own(actor, pk)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        one = lock_application(pk, version)
        held = lock_round(one.round_id, Round.State.OPEN)
        if one.state not in (Application.State.DRAFT, Application.State.SUBMITTED):
            raise Refused(_("This application cannot be withdrawn any more."))
        if timezone.localdate() > held.apply_by:
            raise Refused(_("An application is withdrawn before the deadline of %(day)s (%(clause)s).") % {
                "day": day(held.apply_by), "clause": rules_of(held).deadline_clause(APPLY)})
        _unplace(one)
        one.state, one.reason, one.version = Application.State.WITHDRAWN, reason[:300], one.version + 1
        one.save(update_fields=["state", "reason", "version"])
        step(actor, held, "withdraw", one, reason)
    return one


def send_back(actor: User, pk: int, version: int, reason: str) -> Application:
    """The prefecture sends an application back to be put right, while there is time to submit it anew."""
    queries.get_recommendable(actor, pk)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what is to be put right.")})
    with transaction.atomic():
        one = lock_application(pk, version)
        held = lock_round(one.round_id, Round.State.OPEN)
        if one.state != Application.State.SUBMITTED:
            raise Refused(_("Only a submitted application is sent back."))
        _in_time(held, rules_of(held))
        _unplace(one)
        one.state, one.version = Application.State.DRAFT, one.version + 1
        one.save(update_fields=["state", "version"])
        step(actor, held, "send_back", one, reason)
        ask_many(actor, [Asked(
            workkinds.APPLY, f"oversight.apply:{held.pk}:{one.region_id}", one.region_id, params_of(held),
            reverse("oversight:application", args=[one.pk]), due_on=held.apply_by,
        )])
    return one


def _unplace(one: Application) -> None:
    """Take an application off its prefecture's list; those behind it move up."""
    from yinian.oversight.schemes.prefecture import take_off

    take_off(one)


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON keeps it: decimals as texts."""
    return {key: str(part) if isinstance(part, Decimal) else part for key, part in asdict(value).items()}
