"""Reading assessors: their profiles, how busy they are, whom they may not assess, and who is proposed."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yinian.assessments.assignments.models import Assessor, Recusal, Seat, ServedArea
from yinian.assessments.assignments.proposal import Candidate, Proposal, propose
from yinian.assessments.requests.models import Request
from yinian.core.errors import NotVisible
from yinian.core.jinja import day
from yinian.core.models import Posting, Region
from yinian.core.renewals import notice_days, spans
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.people.models import Kin

TOWN_DIGITS = 9
COUNTY_DIGITS = 6
WAITING = (Request.State.ASSIGNED, Request.State.CONFIRMING)


def visible_to(actor: User, right: str = "assessments.area") -> QuerySet[Assessor]:
    """Assessors posted to, or serving, the actor's counties."""
    actor.require(right)
    scope = actor.scope(right)
    condition = Q(pk__in=[])
    for code in scope.regions:
        county = code[:COUNTY_DIGITS]
        serves = ServedArea.objects.filter(assessor=OuterRef("pk"), region__code__startswith=county)
        posted = Posting.objects.filter(user=OuterRef("user"), role=Role.ASSESSOR, region__code__startswith=county)
        condition |= Q(Exists(serves)) | Q(Exists(posted))
    return Assessor.objects.filter(condition)


def get_assessor(actor: User, pk: int, right: str = "assessments.area") -> Assessor:
    found = visible_to(actor, right).select_related("user", "worker").filter(pk=pk).first()
    if found is None:
        raise NotVisible("assessor")
    return found


def listed(actor: User) -> QuerySet[Any]:
    """Assessors with ``waiting`` (visits not yet made), ``done`` (results made) and their areas, for a list."""
    held = Q(seats__released_at__isnull=True)
    return (
        visible_to(actor)
        .select_related("user")
        .prefetch_related(Prefetch("areas", ServedArea.objects.select_related("region").defer("region__outline")))
        .annotate(
            waiting=Count("seats", filter=held & Q(seats__request__state__in=WAITING), distinct=True),
            done=Count("seats", filter=held & Q(seats__request__state__in=["review", "done"]), distinct=True),
        )
    )


def without_profile(actor: User) -> QuerySet[User]:
    """Active users posted as assessors in the actor's counties who have no profile yet."""
    scope = actor.scope("assessments.manage")
    today = timezone.localdate()
    posted = Posting.objects.filter(
        scope.q("region__code"), role=Role.ASSESSOR, period__contains=today, user=OuterRef("pk")
    )
    return User.objects.filter(Exists(posted), is_active=True, is_machine=False, assessor__isnull=True)


def able(scale: str, today: dt.date | None = None) -> Q:
    """Assessors who may be named now for a scale: active, with a certificate that has not run out."""
    today = today or timezone.localdate()
    return (
        Q(active=True, user__is_active=True, scales__contains=[scale])
        & (Q(certificate_expires__isnull=True) | Q(certificate_expires__gte=today))
    )


def barred(request: Request, assessors: Sequence[Assessor]) -> dict[int, str]:
    """Why each of these may not assess this person, by a code: the person themself, recused, kin by name on record,
    or one who made the disputed result."""
    found: dict[int, str] = {}
    person = request.person
    recused = set(Recusal.objects.filter(person=person, assessor__in=assessors).values_list("assessor_id", flat=True))
    kin = set(Kin.objects.filter(person=person, ended_at__isnull=True).values_list("name", flat=True))
    before: set[int] = set()
    if request.disputes_id is not None:
        before = set(
            Seat.objects.filter(request__results=request.disputes_id, released_at__isnull=True).values_list(
                "assessor_id", flat=True
            )
        )
    for assessor in assessors:
        human = assessor.user.identity_index
        if human is not None and person.id_index is not None and bytes(human) == bytes(person.id_index):
            found[assessor.pk] = "oneself"
        elif assessor.pk in before:
            found[assessor.pk] = "made_the_disputed"
        elif assessor.pk in recused:
            found[assessor.pk] = "recused"
        elif assessor.user.full_name in kin:
            found[assessor.pk] = "kin"
    return found


def _candidates(county: str, scale: str) -> list[Assessor]:
    serves = ServedArea.objects.filter(assessor=OuterRef("pk"), region__code__startswith=county)
    return list(
        Assessor.objects.filter(able(scale), Exists(serves)).select_related("user").prefetch_related("areas")
        .order_by("pk")
    )


def _load(assessors: Sequence[Assessor]) -> tuple[Counter[int], dict[int, Counter[str]], dict[int, set[int]]]:
    """Visits that wait for each: in all, by town, and the persons they are about."""
    waiting: Counter[int] = Counter()
    towns: dict[int, Counter[str]] = defaultdict(Counter)
    people: dict[int, set[int]] = defaultdict(set)
    rows = Seat.objects.filter(assessor__in=assessors, released_at__isnull=True, request__state__in=WAITING)
    for pk, region, person in rows.values_list("assessor_id", "request__person__region_id", "request__person_id"):
        waiting[pk] += 1
        towns[pk][region[:TOWN_DIGITS]] += 1
        people[pk].add(person)
    return waiting, towns, people


class Round:
    """Proposals for several requests of one county made together, each counting what the ones before it added."""

    def __init__(self, county: str, scale: str) -> None:
        self.assessors = _candidates(county, scale)
        self._waiting, self._towns, self._people = _load(self.assessors)

    def candidates(self, request: Request) -> list[Candidate]:
        """Everybody who could be named for the request, with what stands against them."""
        not_allowed = barred(request, self.assessors)
        town = request.person.region_id[:TOWN_DIGITS]
        return [
            Candidate(
                a.pk, a.user.full_name, a.medical, tuple(area.region_id for area in a.areas.all()),
                self._waiting[a.pk], self._towns[a.pk][town], a.most_open, not_allowed.get(a.pk, ""),
                request.person_id in self._people[a.pk],
            )
            for a in self.assessors
        ]

    def propose(self, request: Request) -> Proposal:
        """The team for a request; the round then counts it as theirs."""
        made = propose(
            self.candidates(request), request.person.region_id, count=int(request.rules["assessors"]),
            medical=int(request.rules["medical"]),
        )
        for candidate in made.team:
            self._waiting[candidate.pk] += 1
            self._towns[candidate.pk][request.person.region_id[:TOWN_DIGITS]] += 1
            self._people[candidate.pk].add(request.person_id)
        return made


def proposals(requests: Iterable[Request]) -> list[tuple[Request, Proposal, list[Candidate]]]:
    """A proposal for each request, village by village, with all candidates to choose from instead."""
    rounds: dict[tuple[str, str], Round] = {}
    found = []
    for request in sorted(requests, key=lambda r: (r.person.region_id, r.due_on, r.pk)):
        key = (request.person.region_id[:COUNTY_DIGITS], request.scale)
        if key not in rounds:
            rounds[key] = Round(*key)
        candidates = rounds[key].candidates(request)
        found.append((request, rounds[key].propose(request), candidates))
    return found


def grounds(why: Iterable[Sequence[Any]]) -> str:
    """The grounds of a proposal in the reader's language."""
    parts = []
    for code, *figures in why:
        if code == "serves":
            parts.append(_("serves this place"))
        elif code == "waiting":
            parts.append(ngettext("%(n)d visit waiting", "%(n)d visits waiting", figures[0]) % {"n": figures[0]})
        elif code == "nearby":
            parts.append(ngettext("%(n)d of them in this town", "%(n)d of them in this town", figures[0])
                         % {"n": figures[0]})
        elif code == "also":
            parts.append(_("goes to this person already"))
        elif code == "medical":
            parts.append(_("medical background"))
        elif code == "by_hand":
            parts.append(_("chosen by hand"))
    return _(", ").join(parts)


BARRED = {
    "oneself": lambda: _("is this person"), "made_the_disputed": lambda: _("made the disputed result"),
    "recused": lambda: _("is recused from this person"),
    "kin": lambda: _("has the name of a relative on record"),
}
LACKING = {
    "none_serves": lambda: _("No assessor who may assess serves this place."),
    "too_few": lambda: _("Too few assessors serve this place."),
    "no_medical": lambda: _("Nobody with a medical background serves this place."),
}


def barred_words(code: str) -> str:
    return str(BARRED[code]()) if code in BARRED else ""


def lacking_words(code: str) -> str:
    return str(LACKING[code]()) if code in LACKING else ""


def expiring(today: dt.date) -> QuerySet[Assessor]:
    """Active assessors whose certificate has run out or does so soon, for the nightly check; no page shows it."""
    found = Q(pk__in=[])
    for days, where in spans("region__code"):
        serves = ServedArea.objects.filter(where, assessor=OuterRef("pk"))
        found |= Q(Exists(serves), certificate_expires__lte=today + dt.timedelta(days=days))
    return Assessor.objects.filter(found, active=True).select_related("user").prefetch_related("areas")


def certificate_badge(assessor: Assessor) -> tuple[str, str]:
    """Whether the certificate holds, in words and tone."""
    until = assessor.certificate_expires
    if until is None:
        return (_("no end"), "ok") if assessor.certificate else (_("not on record"), "warn")
    left = (until - timezone.localdate()).days
    if left < 0:
        return _("ran out %(day)s") % {"day": day(until)}, "bad"
    notice = max((notice_days(area.region_id) for area in assessor.areas.all()), default=0)
    return day(until), "warn" if left <= notice else "ok"


def served_names(assessor: Assessor) -> str:
    return _(", ").join(area.region.name for area in assessor.areas.all())


def areas_for(actor: User) -> QuerySet[Region]:
    """Towns and counties an assessor may be given."""
    return Region.objects.filter(
        actor.scope("assessments.manage").q("code"), level__in=(3, 4)
    ).defer("outline").order_by("code")
