"""What the organiser does with experts: the panel, recusals, who reads what, further readings, and closing."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.users.models import User
from yinian.engines.scheme import Reader, order
from yinian.engines.scheme import propose as proposed
from yinian.oversight import workkinds
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.actions import lock_round, step
from yinian.oversight.schemes.awarding import Standing
from yinian.oversight.schemes.models import Application, Recommendation, Round
from yinian.oversight.schemes.panel_models import PanelMember, Reading, Recusal
from yinian.oversight.schemes.rules import params_of, rules_of

GATHERING = (Round.State.OPEN, Round.State.REVIEW)


def add_member(actor: User, round_pk: int, user_id: int, field: str = "") -> PanelMember:
    """Put an expert on the panel. What they may not read for their own region is written down at once."""
    queries.get_managed(actor, round_pk)
    with transaction.atomic():
        one = lock_round(round_pk, *GATHERING)
        posting = queries.experts_for(one).filter(user=user_id).first()
        if posting is None:
            raise Refused(fields={"expert": _("Choose an expert from the list.")})
        most = int(rules_of(one).panel["at_most"])
        if PanelMember.objects.filter(round=one, released_at__isnull=True).count() >= most:
            raise Refused(fields={"expert": _("The panel has %(n)s experts; more are not foreseen.") % {"n": most}})
        made = PanelMember.objects.create(
            round=one, user=posting.user, home=posting.region, field=field.strip()[:120], added_by=actor
        )
        _write_own_regions(actor, one)
        step(actor, one, "add_expert", detail={"member": made.pk, "user": made.user_id})
    return made


def release_member(actor: User, round_pk: int, member_pk: int, reason: str) -> PanelMember:
    """Take an expert off the panel; open readings go back, finished ones stay."""
    queries.get_managed(actor, round_pk)
    reason = _reason(reason)
    with transaction.atomic():
        one = lock_round(round_pk, *GATHERING)
        member = PanelMember.objects.select_for_update(of=("self",)).filter(
            pk=member_pk, round=one, released_at__isnull=True
        ).first()
        if member is None:
            raise NotVisible("panel member")
        for reading in member.readings.filter(finished_at__isnull=True, released_at__isnull=True):
            _release(actor, reading, reason)
        member.released_at, member.released_by, member.reason = timezone.now(), actor, reason
        member.save(update_fields=["released_at", "released_by", "reason"])
        step(actor, one, "release_expert", reason=reason, detail={"member": member.pk})
    return member


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return text[:300]


def _write_own_regions(actor: User, one: Round) -> None:
    """A recusal for every application of an expert's own region, so that the database holds it."""
    rules, applications = rules_of(one), queries.read_in(one)
    known = set(Recusal.objects.filter(member__round=one).values_list("application_id", "member_id"))
    Recusal.objects.bulk_create(
        Recusal(member=member, application=a, ground=Recusal.Ground.OWN_REGION, reason=member.home.name, by=actor)
        for member in queries.members_of(one) for a in applications
        if (a.pk, member.pk) not in known and rules.own_region(member.home_id, a.region_id)
    )


def recuse(actor: User, round_pk: int, member_pk: int, application_pk: int, reason: str) -> Recusal:
    """The organiser keeps an expert from reading an application; an open reading goes back."""
    queries.get_managed(actor, round_pk)
    reason = _reason(reason)
    with transaction.atomic():
        one = lock_round(round_pk, *GATHERING)
        member = PanelMember.objects.filter(pk=member_pk, round=one).first()
        application = next((a for a in queries.read_in(one) if a.pk == application_pk), None)
        if member is None or application is None:
            raise NotVisible("panel member")
        return _recuse(actor, one, member, application, Recusal.Ground.FOUND, reason)


def _recuse(
    actor: User, one: Round, member: PanelMember, application: Application, ground: str, reason: str
) -> Recusal:
    if Recusal.objects.filter(member=member, application=application).exists():
        raise Refused(_("This expert does not read this application already."))
    for reading in Reading.objects.select_for_update(of=("self",)).filter(
        member=member, application=application, released_at__isnull=True
    ):
        if reading.finished_at is not None:
            raise Refused(_("The expert has scored this application already."))
        _release(actor, reading, reason)
    made = Recusal.objects.create(member=member, application=application, ground=ground, reason=reason, by=actor)
    step(actor, one, "recuse", application, reason, {"member": member.pk, "ground": ground})
    return made


def declare(actor: User, reading_pk: int, reason: str) -> Recusal:
    """An expert declares a relation to the applicant and steps back; the organiser names another."""
    reading = queries.get_reading(actor, reading_pk)
    reason = _reason(reason)
    with transaction.atomic():
        one = lock_round(reading.application.round_id, *GATHERING)
        made = _recuse(actor, one, reading.member, reading.application, Recusal.Ground.DECLARED, reason)
        ask(actor, workkinds.REPLACE, key=f"oversight.replace:{one.pk}:{reading.application_id}",
            region=one.region_id, params=params_of(one, name=reading.application.region.name),
            url=reverse("oversight:panel", args=[one.pk]))
    return made


def _release(actor: User, reading: Reading, reason: str) -> None:
    reading.released_at, reading.released_by, reading.reason = timezone.now(), actor, reason
    reading.draft, reading.version = {}, reading.version + 1
    reading.save(update_fields=["released_at", "released_by", "reason", "draft", "version"])
    settle(actor, f"oversight.read:{reading.application.round_id}:{reading.pk}", reason, needed=False)


def begin_review(actor: User, round_pk: int) -> Round:
    """Close recommending and let the panel read. Possible when all prefectures have sent, or their time is over."""
    queries.get_managed(actor, round_pk)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.OPEN)
        waiting = Application.objects.filter(round=one, state=Application.State.SUBMITTED)
        if timezone.localdate() <= one.apply_by:
            raise Refused(_("Applications may still come in."))
        if waiting.exists() and timezone.localdate() <= one.recommend_by:
            raise Refused(_("Prefectures may still recommend; some have not sent their list."))
        if not queries.read_in(one):
            raise Refused(_("Nobody is recommended yet."))
        for left in waiting.select_for_update(of=("self",)):
            left.state, left.version = Application.State.PASSED_OVER, left.version + 1
            left.save(update_fields=["state", "version"])
            step(actor, one, "pass_over", left, _("Its prefecture sent no list in time"))
        one.state, one.version = Round.State.REVIEW, one.version + 1
        one.save(update_fields=["state", "version"])
        _write_own_regions(actor, one)
        step(actor, one, "begin_review")
    return one


def proposal(one: Round) -> dict[int, tuple[int, ...]]:
    """Who might read what is still wanting, by load and recusal: application to panel members."""
    members, progress = queries.members_of(one), queries.progress_of(one)
    applications = [p.application for p in progress]
    closed = queries.barred(one, applications, members) | {
        (p.application.pk, reading.member_id) for p in progress for reading in p.readings
    }
    return proposed(  # type: ignore[return-value]
        [a.pk for a in applications], [Reader(m.pk, m.load) for m in members], closed,
        {p.application.pk: p.lacking for p in progress},
    )


def assign(actor: User, round_pk: int, pairs: Mapping[int, Iterable[int]]) -> list[Reading]:
    """Let experts read: application to panel members. Whoever is recused, or reads it already, is refused by name."""
    queries.get_managed(actor, round_pk)
    made = []
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.REVIEW)
        progress = {p.application.pk: p for p in queries.progress_of(one)}
        members = {m.pk: m for m in queries.members_of(one)}
        closed = queries.barred(one, [p.application for p in progress.values()], members.values())
        for application_pk, chosen in pairs.items():
            if application_pk not in progress:
                raise NotVisible("application")
            p = progress[application_pk]
            for member_pk in chosen:
                member = members.get(member_pk)
                if member is None:
                    raise NotVisible("panel member")
                words = {"expert": member.user.full_name, "county": p.application.region.name}
                if (application_pk, member_pk) in closed:
                    raise Refused(_("%(expert)s does not read %(county)s: recused.") % words)
                if any(reading.member_id == member_pk for reading in p.readings):
                    raise Refused(_("%(expert)s reads %(county)s already.") % words)
                made.append(_give(actor, one, p, member))
        if not made:
            raise Refused(_("Nobody was chosen; every application may have its readers already."))
        step(actor, one, "assign", detail={"readings": [reading.pk for reading in made]})
    return made


def _give(actor: User, one: Round, p: queries.Progress, member: PanelMember) -> Reading:
    due = max(one.review_by, timezone.localdate() + dt.timedelta(days=1))
    reading = Reading.objects.create(
        application=p.application, member=member, second=p.wide, due_on=due, assigned_by=actor
    )
    ask(actor, workkinds.READ, key=f"oversight.read:{one.pk}:{reading.pk}", region=member.home_id,
        params=params_of(one, name=p.application.region.name), url=reverse("oversight:reading", args=[reading.pk]),
        due_on=due, to=member.user)
    settle(actor, f"oversight.replace:{one.pk}:{p.application.pk}", _("another reads it"))
    return reading


def take_reading_back(actor: User, round_pk: int, reading_pk: int, reason: str) -> Reading:
    """Take a reading back that is not finished, with a reason."""
    queries.get_managed(actor, round_pk)
    reason = _reason(reason)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.REVIEW)
        reading = Reading.objects.select_for_update(of=("self",)).select_related("application").filter(
            pk=reading_pk, application__round=one, released_at__isnull=True
        ).first()
        if reading is None:
            raise NotVisible("reading")
        if reading.finished_at is not None:
            raise Refused(_("The expert has scored this application already."))
        _release(actor, reading, reason)
        step(actor, one, "take_reading_back", reading.application, reason, {"member": reading.member_id})
    return reading


def close_scoring(actor: User, round_pk: int) -> list[Standing]:
    """Close scoring when every application has its readings, further ones too; the ranking is computed and stays."""
    queries.get_managed(actor, round_pk)
    with transaction.atomic():
        one = lock_round(round_pk, Round.State.REVIEW)
        progress = queries.progress_of(one)
        lacking = [p.application.region.name for p in progress if not p.complete]
        if lacking:
            raise Refused(_("Not read throughout yet: %(names)s") % {"names": _(", ").join(lacking)})
        totals = {p.application.pk: p.tally.total for p in progress if p.tally is not None}
        by_pk = {p.application.pk: p for p in progress}
        made = []
        for found in order(totals):
            p = by_pk[int(str(found.applicant))]
            assert p.tally is not None
            made.append(Standing.objects.create(
                application=p.application, total=p.tally.total, rank=found.rank, spread=round(p.tally.spread, 4),
                working=_working(p),
            ))
        one.state, one.version = Round.State.RANKED, one.version + 1
        one.save(update_fields=["state", "version"])
        step(actor, one, "close_scoring", detail={"ranking": [s.application_id for s in made]})
        settle(actor, f"oversight.panel:{one.pk}:", _("scoring closed"))
    return made


def _working(p: queries.Progress) -> dict[str, Any]:
    """How a total came about, as the explanation shows it: experts by number, never by name."""
    assert p.tally is not None
    numbers = {reading.pk: number for number, reading in enumerate(p.readings, start=1)}
    return {
        "readings": [
            {"number": numbers[r.pk], "second": r.second, "total": str(p.tally.totals[r.pk]),
             "counted": r.pk in p.tally.counted}
            for r in p.readings
        ],
        "means": {key: str(value) for key, value in p.tally.means.items()},
        "total": str(p.tally.total), "spread": str(round(p.tally.spread, 4)), "wide": p.wide,
    }


def prefectures_waiting(one: Round) -> list[str]:
    """Prefectures with submitted applications that have sent no list."""
    return list(
        Application.objects.filter(round=one, state=Application.State.SUBMITTED).exclude(
            prefecture__in=Recommendation.objects.filter(round=one, state=Recommendation.State.SENT)
            .values("prefecture")
        ).order_by("prefecture_id").values_list("prefecture__name", flat=True).distinct()
    )
