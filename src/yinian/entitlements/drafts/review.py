"""A draft's way into force: submitted with its paper, reviewed by another human, laid over the pack as an amendment.

Two humans by whatever account or role: who had a hand in a draft does not review it.
"""

import datetime as dt
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, purpose
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Forbidden, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, same_human
from yinian.engines.entitlement import PackError
from yinian.entitlements import packs
from yinian.entitlements.drafts import actions, editing, queries, reckoning
from yinian.entitlements.drafts.models import Amendment, AmendmentEntry, Draft, DraftStep
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.drafts.words import fault, said
from yinian.entitlements.drafts.workkinds import RETURNED, REVIEW

PAPER = "entitlements.amendment"
purpose(PAPER, store="entitlements.draft", open="entitlements.view", kinds=IMAGES | DOCUMENTS)


def submit(
    actor: User, draft_id: int, version: int, *, title: str, dated: dt.date, number: str = "", clause: str = "",
    paper: BinaryIO | None = None, assurance: str = "",
) -> Draft:
    """Put a draft up for review with the paper that orders it.

    ``paper`` None keeps the file of an earlier submission. ``assurance`` says why the doubts about it do not stand in
    the way, where there are any. Raises :class:`Refused` where something is missing or absurd.
    """
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", draft.region_id)
    if draft.made_by_id != actor.pk and not draft.shared:
        raise Forbidden("entitlements.draft")
    human_key(actor)
    if queries.is_wide(draft):
        raise Refused(_(
            "The list of a prefecture or province is put in force by its policy pack (%(path)s), with the document: it"
            " then holds in all its counties at once. This draft shows what that would do."
        ) % {"path": draft.pack_path})
    _check_paper(draft, title, dated, paper)
    _check_hands(draft)
    base = queries.base_of(draft)
    if queries.is_stale(draft, base):
        raise Refused(_("The list in force has changed since; compare the draft anew first."))
    entries = queries.entries_of(draft)
    if not entries:
        raise Refused(_("The draft changes nothing yet."))
    _check_clashes(draft)
    found = reckoning.reckon(draft)
    if found.stopped:
        raise Refused(_("The draft cannot be reckoned yet: %(reason)s") % {"reason": _stops(found)})
    if found.problems and not assurance.strip():
        raise Refused(fields={
            "assurance": _("There are doubts about this draft; say why they do not stand in the way."),
        })
    stored = None if paper is None else attachments.store(actor, paper, PAPER, draft.region_id)
    with transaction.atomic():
        locked = actions._locked(draft)
        actions._must_be_open(locked)
        if locked.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        DraftStep.objects.filter(draft=locked, human_key__isnull=True).exclude(
            actor__identity_index__isnull=True
        ).update(human_key=_key_of_actor())
        locked.title, locked.number, locked.dated, locked.clause = title.strip(), number.strip(), dated, clause.strip()
        locked.paper = stored or locked.paper
        locked.assurance, locked.run, locked.figures = assurance.strip()[:300], found.run, kept_figures(found)
        locked.state = Draft.State.SUBMITTED
        actions._save(locked)
        actions.step(actor, locked, DraftStep.Verb.SUBMITTED, reason=assurance)
        settle(actor, _returned_key(locked), _("Submitted again."))
        ask(
            actor, REVIEW, key=_review_key(locked), region=locked.region_id,
            params={"name": locked.name, "day": locked.effective_from.isoformat()},
            url=reverse("entitlements:draft_review", args=[locked.pk]),
        )
        record(actor, "entitlements.draft_submit", locked, region=locked.region_id,
               detail={"title": locked.title, "base": locked.base_hash, "run": found.run.pk})
    return locked


def withdraw(actor: User, draft_id: int, version: int) -> Draft:
    """Take a draft back from review, to change it further; one of those who had a hand in it may."""
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.draft", draft.region_id)
    if actor.pk not in {hand.pk for hand in queries.hands_in(draft)}:
        raise Forbidden("entitlements.draft")
    with transaction.atomic():
        locked = _submitted(draft, version)
        locked.state = Draft.State.OPEN
        actions._save(locked)
        actions.step(actor, locked, DraftStep.Verb.WITHDRAWN)
        settle(actor, _review_key(locked), _("Taken back by its maker."), needed=False)
        record(actor, "entitlements.draft_withdraw", locked, region=locked.region_id)
    return locked


def send_back(actor: User, draft_id: int, version: int, reason: str) -> Draft:
    """Return a draft to its maker with a reason."""
    draft = _to_review(actor, draft_id)
    if not reason.strip():
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        locked = _submitted(draft, version)
        _decide(actor, locked, DraftStep.Verb.RETURNED, reason)
        locked.state = Draft.State.OPEN
        actions._save(locked)
        settle(actor, _review_key(locked), _("Returned."))
        item = ask(
            actor, RETURNED, key=_returned_key(locked), region=locked.region_id, params={"name": locked.name},
            url=reverse("entitlements:draft", args=[locked.pk]),
        )
        item.taken_by = locked.made_by
        item.save(update_fields=["taken_by"])
        record(actor, "entitlements.draft_return", locked, region=locked.region_id, reason=reason.strip()[:300])
    return locked


def promote(actor: User, draft_id: int, version: int) -> Amendment:
    """Put a submitted draft in force from its day on.

    What earlier amendments say of its entries ends on that day. Raises :class:`Refused` when the pack in force has
    changed since the draft was compared with it, or another amendment has taken its place.
    """
    draft = _to_review(actor, draft_id)
    with transaction.atomic():
        locked = _submitted(draft, version)
        base = queries.base_of(locked)
        if queries.is_stale(locked, base):
            raise Refused(_("The list in force has changed since; return the draft, so that it is compared anew."))
        _check_clashes(locked)
        entries = queries.entries_of(locked)
        assert locked.dated is not None and locked.paper is not None
        amendment = Amendment(
            region_id=locked.region_id, draft=locked, pack_path=locked.pack_path, title=locked.title,
            number=locked.number, dated=locked.dated, clause=locked.clause, paper=locked.paper,
            effective_from=locked.effective_from, hash_before=base.pack.hash, hash_after="",
            made_by=_submitter(locked), approved_by=actor,
        )
        _decide(actor, locked, DraftStep.Verb.PROMOTED, "")
        amendment.pk = _next_id()
        changes = [
            AmendmentEntry(
                amendment=amendment, region_id=locked.region_id, part=entry.part, key=entry.key, base=entry.base,
                data=editing.put_in_force(entry.data, f"amendment-{amendment.pk}", locked.clause),
                starts=locked.effective_from,
            )
            for entry in entries
        ]
        replaced = _cut(locked, changes, amendment.approved_at)
        amendment.hash_after = _hash_with(locked, changes)
        amendment.save(force_insert=True)
        AmendmentEntry.objects.bulk_create(changes)
        _check_days_to_come(amendment)
        locked.state = Draft.State.PROMOTED
        actions._save(locked)
        settle(actor, _review_key(locked), _("Put in force."))
        record(actor, "entitlements.promote", amendment, region=locked.region_id, detail={
            "draft": locked.pk, "title": locked.title, "from": locked.effective_from.isoformat(),
            "before": amendment.hash_before, "after": amendment.hash_after, "entries": [c.key for c in changes],
            "replaced": replaced,
        })
    return amendment


def end(actor: User, amendment_id: int, version: int, on: dt.date, reason: str) -> Amendment:
    """End an amendment: from ``on`` its entries are what the pack's files say again. Another human than its maker may.

    Raises :class:`Refused` for a day before it begins.
    """
    found = queries.get_amendment(actor, amendment_id)
    actor.require("entitlements.promote", found.region_id)
    if same_human(actor, found.made_by):
        raise Refused(_("Who made an amendment does not end it alone; another person must."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        amendment = Amendment.objects.select_for_update().get(pk=found.pk)
        if amendment.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if amendment.ended_on is not None:
            raise Refused(_("This amendment has already been ended."))
        if on < amendment.effective_from:
            raise Refused(fields={"on": _("It begins on %(day)s; it cannot end before.") % {
                "day": day(amendment.effective_from)}})
        now = timezone.now()
        for entry in amendment.entries.select_for_update():
            if entry.cut_on is None or entry.cut_on > on:
                entry.cut_on, entry.cut_at = on, now
                entry.save(update_fields=["cut_on", "cut_at"])
        amendment.ended_on, amendment.ended_by, amendment.ended_at = on, actor, now
        amendment.end_reason = reason.strip()[:300]
        amendment.version += 1
        amendment.save(update_fields=["ended_on", "ended_by", "ended_at", "end_reason", "version"])
        packs.at(amendment.pack_path, amendment.region_id, on)  # what is left must be a pack that can be used
        _check_days_to_come(amendment)
        record(actor, "entitlements.amendment_end", amendment, region=amendment.region_id, reason=reason.strip()[:300],
               detail={"on": on.isoformat()})
    return amendment


def kept_figures(found: Reckoned) -> dict[str, Any]:
    """What a reviewer is to see, as it was when the draft was submitted."""
    return {
        "day": found.day.isoformat(), "run": found.run.pk, "people": found.run.people, "whole": found.whole,
        "services": {pair.id: row for _n, pair, row in found.by_service()},
        "year": [sum(line.year_a for line in found.lines), sum(line.year_b for line in found.lines)],
        "rest": [sum(line.rest_a for line in found.lines), sum(line.rest_b for line in found.lines)],
        "problems": [said(problem, found.a, found.b).text for problem in found.problems],
    }


# --- what must hold ----------------------------------------------------------------------------------------------


def _check_paper(draft: Draft, title: str, dated: dt.date, paper: BinaryIO | None) -> None:
    fields = {}
    if not title.strip():
        fields["title"] = _("Fill this in.")
    if dated > timezone.localdate():
        fields["dated"] = _("The day lies in the future.")
    if paper is None and draft.paper_id is None:
        fields["paper"] = _("Attach the paper that orders the change.")
    if fields:
        raise Refused(fields=fields)


def _check_hands(draft: Draft) -> None:
    unknown = [hand.full_name for hand in queries.hands_in(draft) if hand.identity_index is None]
    if unknown:
        raise Refused(_("These accounts have no ID number on file, so nobody can tell that the reviewer is another "
                        "person: %(names)s. Ask the account keeper to enter it.") % {"names": _(", ").join(unknown)})


def _check_clashes(draft: Draft) -> None:
    found = queries.clashes(draft, queries.entries_of(draft))
    if found:
        amendment = found[0].amendment
        raise Refused(_("From %(day)s the amendment “%(title)s” says otherwise of the same entry. End it first, or let "
                        "the draft begin after it.") % {"day": day(found[0].starts), "title": amendment.title})


def _stops(found: Reckoned) -> str:
    return " ".join(said(problem, found.a, found.b).text for problem in found.problems if problem.stops)


def _to_review(actor: User, draft_id: int) -> Draft:
    draft = queries.get_draft(actor, draft_id)
    actor.require("entitlements.promote", draft.region_id)
    human_key(actor)
    if any(same_human(actor, hand) for hand in queries.hands_in(draft)):
        raise Refused(_("You had a hand in this draft; another person must review it."))
    return draft


def _submitted(draft: Draft, version: int) -> Draft:
    locked = actions._locked(draft)
    if locked.version != version:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    if locked.state != Draft.State.SUBMITTED:
        raise Refused(_("This draft is not under review: %(state)s.") % {"state": locked.get_state_display()})
    return locked


def _decide(actor: User, draft: Draft, verb: str, reason: str) -> None:
    try:
        with transaction.atomic():
            actions.step(actor, draft, verb, reason=reason)
    except IntegrityError as error:
        raise Refused(_("You had a hand in this draft; another person must review it.")) from error


def _submitter(draft: Draft) -> User:
    last = draft.steps.filter(verb=DraftStep.Verb.SUBMITTED).select_related("actor").latest("pk")
    return last.actor


def _key_of_actor() -> Subquery:
    return Subquery(User.objects.filter(pk=OuterRef("actor_id")).values("identity_index")[:1])


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('entitlements_amendment', 'id'))")
        return int(cursor.fetchone()[0])


def _cut(draft: Draft, changes: list[AmendmentEntry], at: dt.datetime) -> list[int]:
    """End what earlier amendments say of the same entries on the draft's day. Returns the amendments touched."""
    touched = set()
    for change in changes:
        standing = AmendmentEntry.objects.select_for_update().filter(
            region=draft.region_id, part=change.part, key=change.key, starts__lt=change.starts
        )
        for old in standing:
            if old.cut_on is None or old.cut_on > change.starts:
                old.cut_on, old.cut_at = change.starts, at
                old.save(update_fields=["cut_on", "cut_at"])
                touched.add(old.amendment_id)
    return sorted(touched)


def _hash_with(draft: Draft, changes: list[AmendmentEntry]) -> str:
    """The pack's hash on the draft's day with the changes in force. Raises Refused where it could not be used."""
    rows = [*packs.amendment_rows(draft.region_id, draft.effective_from), *changes]
    found = packs.try_layers(draft.pack_path, [packs.amended_layer(rows)])
    if isinstance(found, PackError):
        raise Refused(fault(found))
    return found.hash


def _check_days_to_come(amendment: Amendment) -> None:
    """On the days on which later amendments begin, too, the pack must be one that can be used."""
    later = AmendmentEntry.objects.filter(region=amendment.region_id, starts__gt=amendment.effective_from)
    for start in sorted(set(later.values_list("starts", flat=True))):
        packs.at(amendment.pack_path, amendment.region_id, start)


def _review_key(draft: Draft) -> str:
    return f"draft:{draft.pk}:review"


def _returned_key(draft: Draft) -> str:
    return f"draft:{draft.pk}:returned"
