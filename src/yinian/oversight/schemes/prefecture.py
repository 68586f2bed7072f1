"""What a prefecture does in a round: marks, visits, order, and a recommendation that two humans stand for."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import BinaryIO

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.oversight import papers, workkinds
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.actions import lock_application, lock_round, step
from yinian.oversight.schemes.models import (
    Application,
    Mark,
    Nominee,
    Recommendation,
    Round,
    SiteVisit,
    VisitPhoto,
)
from yinian.oversight.schemes.rules import RECOMMEND, params_of, rules_of

MOST_PHOTOS = 12


def mark(actor: User, pk: int, points: Mapping[int, Decimal | None]) -> Application:
    """Give points by criterion id; None leaves one open. Until the recommendation is proposed."""
    queries.get_recommendable(actor, pk)
    with transaction.atomic():
        one = lock_application(pk)
        held = _open_for(one)
        criteria = {criterion.pk: criterion for criterion in held.criteria.all()}
        faults = {
            f"points_{key}": _("From 0 to %(most)s.") % {"most": criteria[key].most.normalize()}
            for key, value in points.items()
            if key in criteria and value is not None and not 0 <= value <= criteria[key].most
        }
        if faults:
            raise Refused(fields=faults)
        for key, value in points.items():
            if key not in criteria:
                raise NotVisible("criterion")
            if value is None:
                Mark.objects.filter(application=one, criterion_id=key).delete()
            else:
                Mark.objects.update_or_create(
                    application=one, criterion_id=key, defaults={"points": value, "by": actor, "at": timezone.now()}
                )
        record(actor, "oversight.mark", one, region=one.region_id,
               detail={criteria[key].key: str(value) for key, value in points.items()})
    return one


def record_visit(
    actor: User, pk: int, on: dt.date, who: str, text: str, photos: Iterable[BinaryIO] = ()
) -> SiteVisit:
    """Keep what was seen at an applicant's, with pictures."""
    queries.get_recommendable(actor, pk)
    files = list(photos)
    if len(files) > MOST_PHOTOS:
        raise Refused(fields={"photos": _("At most %(n)s pictures at once.") % {"n": MOST_PHOTOS}})
    if not who.strip() or not text.strip():
        raise Refused(fields={"text": _("Say who went and what was seen.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    with transaction.atomic():
        one = lock_application(pk)
        held = _open_for(one)
        made = SiteVisit.objects.create(application=one, on=on, who=who.strip()[:200], text=text.strip()[:3000],
                                        by=actor)
        for file in files:
            stored = attachments.store(actor, file, papers.PHOTO, one.prefecture_id)
            VisitPhoto.objects.create(visit=made, attachment=stored)
        step(actor, held, "visit", one)
    return made


def _open_for(one: Application) -> Round:
    """The round, where the prefecture may still work on the application."""
    held = lock_round(one.round_id, Round.State.OPEN)
    if one.state != Application.State.SUBMITTED:
        raise Refused(_("Only a submitted application is marked and visited."))
    found = queries.recommendation_of(held, one.prefecture_id)
    if found is not None and found.state != Recommendation.State.DRAFT:
        raise Refused(_("The recommendation is proposed already; take it back first."))
    return held


def _locked(actor: User, round_pk: int, prefecture: str, *states: str) -> tuple[Round, Recommendation]:
    actor.require("schemes.recommend")
    queries.get_round(actor, round_pk)
    if not queries.recommends(actor, prefecture):
        raise NotVisible("recommendation")
    held = lock_round(round_pk, Round.State.OPEN)
    found, _made = Recommendation.objects.select_for_update(of=("self",)).get_or_create(
        round=held, prefecture_id=prefecture
    )
    if found.state not in states:
        raise Refused(_("The recommendation stands at “%(state)s”; this step is not possible now.")
                      % {"state": found.get_state_display()})
    return held, found


def place(actor: User, round_pk: int, prefecture: str, application_pk: int, move: str) -> None:
    """Put an application on the list (``add``, at its end), take it ``off``, or move it ``up`` or ``down``."""
    with transaction.atomic():
        held, found = _locked(actor, round_pk, prefecture, Recommendation.State.DRAFT)
        one = Application.objects.select_for_update(of=("self",)).filter(
            pk=application_pk, round=held, prefecture=prefecture, state=Application.State.SUBMITTED
        ).first()
        if one is None:
            raise NotVisible("application")
        order = list(found.nominees.order_by("rank").values_list("application_id", flat=True))
        most = rules_of(held).most
        if move == "add" and one.pk not in order:
            if len(order) >= most:
                raise Refused(_("At most %(n)s may be recommended (%(clause)s).") % {
                    "n": most, "clause": rules_of(held).clause(rules_of(held).plain["recommend"]["source"])})
            order.append(one.pk)
        elif move == "off" and one.pk in order:
            order.remove(one.pk)
        elif move in ("up", "down") and one.pk in order:
            at = order.index(one.pk)
            to = at - 1 if move == "up" else at + 1
            if 0 <= to < len(order):
                order[at], order[to] = order[to], order[at]
        _write(found, order)
        record(actor, "oversight.place", found, region=prefecture, detail={"order": order, "round": held.pk})


def _write(found: Recommendation, order: list[int]) -> None:
    """Set the ranks to the order given. Two may hold one rank until the transaction ends."""
    found.nominees.exclude(application_id__in=order).delete()
    known = dict(found.nominees.values_list("application_id", "pk"))
    for rank, pk in enumerate(order, start=1):
        if pk in known:
            Nominee.objects.filter(pk=known[pk]).update(rank=rank)
        else:
            Nominee.objects.create(recommendation=found, application_id=pk, rank=rank)


def take_off(one: Application) -> None:
    """An application leaves its prefecture's list, which goes back to be prepared where it was proposed."""
    nominee = Nominee.objects.filter(application=one).select_related("recommendation").first()
    if nominee is None:
        return
    found = Recommendation.objects.select_for_update(of=("self",)).get(pk=nominee.recommendation_id)
    if found.state == Recommendation.State.SENT:
        raise Refused(_("The application is recommended already."))
    if found.state == Recommendation.State.PROPOSED:
        found.state, found.version = Recommendation.State.DRAFT, found.version + 1
        found.save(update_fields=["state", "version"])
    _write(found, [pk for pk in found.nominees.order_by("rank").values_list("application_id", flat=True)
                   if pk != one.pk])


def propose(actor: User, round_pk: int, prefecture: str, version: int, report: str) -> Recommendation:
    """Propose the list with its report. Every application on it is marked throughout and was visited."""
    key, report = human_key(actor), report.strip()
    if not report:
        raise Refused(fields={"report": _("Write the recommendation report; it goes to the organiser.")})
    with transaction.atomic():
        held, found = _locked(actor, round_pk, prefecture, Recommendation.State.DRAFT)
        if found.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        rules, rows = rules_of(held), queries.prefecture_rows(held, prefecture)
        _recommend_in_time(held)
        listed = [row for row in rows if row["rank"] is not None]
        if not rules.least <= len(listed) <= rules.most:
            raise Refused(_("From %(least)s to %(most)s are recommended (%(clause)s).") % {
                "least": rules.least, "most": rules.most,
                "clause": rules.clause(rules.plain["recommend"]["source"])})
        open_ones = [row["application"].region.name for row in rows if not row["whole"]]
        if open_ones:
            raise Refused(_("Not marked throughout yet: %(names)s") % {"names": _(", ").join(open_ones)})
        unseen = [row["application"].region.name for row in listed if not row["visits"]]
        if unseen:
            raise Refused(_("Not visited yet: %(names)s") % {"names": _(", ").join(unseen)})
        found.state, found.report, found.version = Recommendation.State.PROPOSED, report[:5000], found.version + 1
        found.proposed_by, found.proposed_key, found.proposed_at = actor, key, timezone.now()
        found.save()
        step(actor, held, "propose_list", detail={"prefecture": prefecture})
        ask(actor, workkinds.SEND, key=f"oversight.send:{held.pk}:{prefecture}", region=prefecture,
            params=params_of(held), url=reverse("oversight:prefecture", args=[held.pk, prefecture]),
            due_on=held.recommend_by)
    return found


def _recommend_in_time(held: Round) -> None:
    if timezone.localdate() <= held.apply_by:
        raise Refused(_("Applications may come in until %(day)s; recommend after it.") % {"day": day(held.apply_by)})
    if timezone.localdate() > held.recommend_by:
        raise Refused(_("The time to recommend ended on %(day)s (%(clause)s).") % {
            "day": day(held.recommend_by), "clause": rules_of(held).deadline_clause(RECOMMEND)})


def take_back(actor: User, round_pk: int, prefecture: str, version: int, reason: str) -> Recommendation:
    """Take a proposed list back to be prepared again, with a reason."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        held, found = _locked(actor, round_pk, prefecture, Recommendation.State.PROPOSED)
        if found.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        found.state, found.version = Recommendation.State.DRAFT, found.version + 1
        found.save(update_fields=["state", "version"])
        step(actor, held, "take_list_back", reason=reason, detail={"prefecture": prefecture})
        settle(actor, f"oversight.send:{held.pk}:{prefecture}", reason, needed=False)
    return found


def send(actor: User, round_pk: int, prefecture: str, version: int) -> Recommendation:
    """Send a proposed list to the organiser; by another human than proposed it. What is not on it is passed over."""
    key = human_key(actor)
    with transaction.atomic():
        held, found = _locked(actor, round_pk, prefecture, Recommendation.State.PROPOSED)
        if found.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if key == bytes(found.proposed_key or b""):
            raise Refused(_("You proposed this list; another human sends it, whatever account you use."))
        _recommend_in_time(held)
        found.state, found.version = Recommendation.State.SENT, found.version + 1
        found.sent_by, found.sent_key, found.sent_at = actor, key, timezone.now()
        found.save()
        named = set(found.nominees.values_list("application_id", flat=True))
        for one in Application.objects.select_for_update(of=("self",)).filter(
            round=held, prefecture=prefecture, state=Application.State.SUBMITTED
        ):
            taken = one.pk in named
            one.state = Application.State.RECOMMENDED if taken else Application.State.PASSED_OVER
            one.version += 1
            one.save(update_fields=["state", "version"])
            step(actor, held, "recommend" if taken else "pass_over", one)
        step(actor, held, "send_list", detail={"prefecture": prefecture})
        for name in ("send", "recommend"):
            settle(actor, f"oversight.{name}:{held.pk}:{prefecture}", _("sent"))
        ask(actor, workkinds.PANEL, key=f"oversight.panel:{held.pk}:", region=held.region_id, params=params_of(held),
            url=reverse("oversight:panel", args=[held.pk]), due_on=held.review_by)
    return found
