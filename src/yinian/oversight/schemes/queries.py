"""Reading evaluations. Rivals never see one another's application: area decides, and a draft is the applicant's own."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from yinian.core.errors import NotVisible, Refused
from yinian.core.models import Region
from yinian.core.roles import Role
from yinian.core.users.models import Posting, User
from yinian.engines.scheme import Criterion as Point
from yinian.engines.scheme import Tally, tally
from yinian.entitlements import packs
from yinian.oversight.schemes.awarding import Award, Objection
from yinian.oversight.schemes.models import Application, Criterion, Paper, Recommendation, Round, VisitPhoto
from yinian.oversight.schemes.panel_models import PanelMember, Reading, Recusal
from yinian.oversight.schemes.rules import rules_of


def schemes_for(region_code: str) -> dict[str, Any]:
    """The schemes of the pack that holds for a region, by id; empty where there is none."""
    path = packs.path_for(region_code)
    if path is None:
        return {}
    try:
        return dict(packs.load(path).pack.schemes)
    except Refused:
        return {}


_had: dict[tuple[str, ...], tuple[float, bool]] = {}
_HAD_SECONDS = 60  # every page's side bar asks; a first round may take so long to show there


def has_schemes(actor: User) -> bool:
    """Whether the actor's place has anything to do with evaluations: its pack rules one, or a round is there.

    Looked up once a minute for each set of regions: it stands in the frame of every page.
    """
    regions = tuple(sorted(actor.scope("oversight.view").regions))
    if not regions:
        return False
    kept = _had.get(regions)
    if kept is None or time.monotonic() - kept[0] > _HAD_SECONDS:
        found = any(schemes_for(code) for code in regions) or rounds_visible_to(actor).exists()
        kept = _had[regions] = (time.monotonic(), found)
    return kept[1]


def forget() -> None:
    """Forget what :func:`has_schemes` found: a round was opened, or a pack changed under a test."""
    _had.clear()


def rounds_visible_to(actor: User) -> QuerySet[Round]:
    """Rounds held by a region at, above or below the actor's own."""
    condition = Q(pk__in=[])
    for code in actor.scope("oversight.view").regions:
        condition |= Q(region__in=Region.codes_above(code)) | Q(region__code__startswith=code)
    return Round.objects.filter(condition).select_related("region", "opened_by").defer("region__outline")


def get_round(actor: User, pk: int) -> Round:
    found = rounds_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("evaluation round")
    return found


def get_managed(actor: User, pk: int) -> Round:
    """A round that the actor's region holds."""
    found = get_round(actor, pk)
    actor.require("schemes.manage", found.region_id)
    return found


def applications_visible_to(actor: User) -> QuerySet[Application]:
    """An applicant's own, drafts too; those below a prefecture or province once they were submitted."""
    condition = actor.scope("schemes.apply").q("region__code") | (
        actor.scope("oversight.view").q("region__code") & Q(submitted_at__isnull=False)
    )
    return Application.objects.filter(condition).select_related("round__region", "region", "prefecture").defer(
        "region__outline", "prefecture__outline", "round__region__outline"
    )


def get_application(actor: User, pk: int) -> Application:
    found = applications_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("application")
    return found


def own_prefectures(actor: User) -> tuple[str, ...]:
    """Where the actor recommends: the very regions of the posting, none below."""
    return actor.scope("schemes.recommend").regions


def recommends(actor: User, prefecture: str) -> bool:
    """Whether it is for the actor to recommend there. A posting above a prefecture does not speak for it."""
    return prefecture in own_prefectures(actor)


def get_recommendable(actor: User, pk: int) -> Application:
    """An application that it is for the actor's prefecture to recommend."""
    actor.require("schemes.recommend")
    found = get_application(actor, pk)
    if not recommends(actor, found.prefecture_id):
        raise NotVisible("application")
    return found


def get_paper(actor: User, application_pk: int, pk: int) -> Paper:
    found = Paper.objects.select_related("attachment").filter(
        pk=pk, application=get_application(actor, application_pk), removed_at__isnull=True
    ).first()
    if found is None:
        raise NotVisible("paper")
    return found


def sees_marks(actor: User, one: Application) -> bool:
    """Marks and visits are for the prefecture and for whoever stands above it."""
    return actor.scope("oversight.view").covers(one.prefecture_id)


def get_photo(actor: User, application_pk: int, pk: int) -> VisitPhoto:
    one = get_application(actor, application_pk)
    found = VisitPhoto.objects.select_related("attachment").filter(pk=pk, visit__application=one).first()
    if found is None or not sees_marks(actor, one):
        raise NotVisible("photo")
    return found


def standing_papers(one: Application) -> list[Paper]:
    return list(one.papers.filter(removed_at__isnull=True).select_related("attachment", "added_by"))


@dataclass(frozen=True)
class Lack:
    """One line of the checklist: what it is about, and whether it is there."""

    kind: str
    label: Any
    there: bool
    required: bool


def checklist(one: Application, papers: Iterable[Paper]) -> list[Lack]:
    """What an application needs before it can be submitted, paper by paper, then the conditions and the summary."""
    rules, kinds = rules_of(one.round), {paper.kind for paper in papers}
    lines = [Lack(paper["id"], paper["label"], paper["id"] in kinds, paper["required"]) for paper in rules.papers]
    lines += [Lack(c["id"], c["label"], c["id"] in one.affirmed, True) for c in rules.conditions]
    return [*lines, Lack("summary", None, bool(one.summary.strip()), True)]


def marks_of(one: Application) -> dict[int, Decimal]:
    """The prefecture's points by criterion."""
    return dict(one.marks.values_list("criterion_id", "points"))


def prefecture_rows(one: Round, prefecture: str) -> list[dict[str, Any]]:
    """The prefecture's applications with marks, visits and place: those placed first, in order, then by marks."""
    criteria = one.criteria.count()
    found = Application.objects.filter(round=one, prefecture=prefecture, submitted_at__isnull=False).exclude(
        state=Application.State.WITHDRAWN
    ).select_related("region", "nominee").defer("region__outline")
    sums = dict(found.values_list("pk").annotate(sum=Sum("marks__points")).values_list("pk", "sum"))
    marked = dict(found.values_list("pk").annotate(n=Count("marks")).values_list("pk", "n"))
    visits = dict(found.values_list("pk").annotate(n=Count("visits")).values_list("pk", "n"))
    rows = [
        {"application": a, "marks": sums[a.pk], "whole": marked[a.pk] == criteria, "visits": visits[a.pk],
         "rank": a.nominee.rank if hasattr(a, "nominee") else None}
        for a in found
    ]
    return sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, -(row["marks"] or 0)))


def recommendation_of(one: Round, prefecture: str) -> Recommendation | None:
    return Recommendation.objects.filter(round=one, prefecture=prefecture).select_related(
        "proposed_by", "sent_by", "prefecture"
    ).defer("prefecture__outline").first()


# --- the panel --------------------------------------------------------------------------------------------------


def experts_for(one: Round) -> QuerySet[Posting]:
    """Postings of experts below the host who are not on the panel yet."""
    return Posting.objects.filter(
        role=Role.SCHEME_EXPERT, region__code__startswith=one.region_id, period__contains=timezone.localdate(),
        user__is_active=True,
    ).exclude(user__in=PanelMember.objects.filter(round=one, released_at__isnull=True).values("user")).select_related(
        "user", "region"
    ).defer("region__outline").order_by("user__full_name")


def members_of(one: Round) -> list[PanelMember]:
    return list(
        PanelMember.objects.filter(round=one, released_at__isnull=True).select_related("user", "home")
        .defer("home__outline").annotate(  # type: ignore[no-redef]
            load=Count("readings", filter=Q(readings__released_at__isnull=True), distinct=True),
            done=Count("readings", filter=Q(readings__finished_at__isnull=False), distinct=True),
        )
    )  # fmt: skip


def read_in(one: Round) -> list[Application]:
    """The applications that the panel of a round reads."""
    return list(
        Application.objects.filter(round=one, state__in=Application.READ).select_related("region", "prefecture")
        .defer("region__outline", "prefecture__outline").order_by("region_id")
    )  # fmt: skip


def barred(one: Round, applications: Iterable[Application], members: Iterable[PanelMember]) -> set[tuple[int, int]]:
    """(application, member) that may not be: recused, or of the expert's own region."""
    rules = rules_of(one)
    pairs = set(Recusal.objects.filter(member__round=one).values_list("application_id", "member_id"))
    members = list(members)
    return pairs | {
        (a.pk, m.pk) for a in applications for m in members if rules.own_region(m.home_id, a.region_id)
    }


@dataclass(frozen=True)
class Progress:
    """How far the reading of one application is. ``tally`` is None until all its scores are in: nobody sees some."""

    application: Application
    readings: list[Reading]
    finished: int
    wanted: int
    tally: Tally | None
    wide: bool

    @property
    def lacking(self) -> int:
        return max(0, self.wanted - len(self.readings))

    @property
    def complete(self) -> bool:
        return self.tally is not None and self.lacking == 0


def points_of(one: Round) -> list[Point]:
    return [Point(c.key, c.most) for c in Criterion.objects.filter(round=one)]


def progress_of(one: Round) -> list[Progress]:
    """Each application's readings. Where the spread is wide, further readings are wanted."""
    rules, points = rules_of(one), points_of(one)
    readings: dict[int, list[Reading]] = {}
    for reading in Reading.objects.filter(application__round=one, released_at__isnull=True).select_related(
        "member__user"
    ).prefetch_related("scores__criterion").order_by("id"):
        readings.setdefault(reading.application_id, []).append(reading)
    return [_progress(a, readings.get(a.pk, []), rules, points) for a in read_in(one)]


def _progress(one: Application, readings: list[Reading], rules: Any, points: list[Point]) -> Progress:
    panel = rules.panel
    wanted, wide, made = int(panel["at_least"]), False, None
    first = [reading for reading in readings if not reading.second]
    if first and all(reading.finished_at for reading in first) and len(first) >= wanted:
        wide = _tally(first, points, panel).spread > rules.spread
        wanted = len(first) + int(panel["second_readings"]) * wide
    if readings and all(reading.finished_at for reading in readings) and len(first) >= int(panel["at_least"]):
        made = _tally(readings, points, panel)
    finished = sum(1 for reading in readings if reading.finished_at)
    return Progress(one, readings, finished, wanted, made, wide)


def _tally(readings: list[Reading], points: list[Point], panel: dict[str, Any]) -> Tally:
    scores = {r.pk: {score.criterion.key: score.points for score in r.scores.all()} for r in readings}
    return tally(points, scores, drop_highest=panel["drop_highest"], drop_lowest=panel["drop_lowest"])


# --- the expert -------------------------------------------------------------------------------------------------


def readings_of(actor: User) -> QuerySet[Reading]:
    """What an expert has to read, and has read: their own alone."""
    actor.require("schemes.score")
    return Reading.objects.filter(member__user=actor, released_at__isnull=True).select_related(
        "application__round__region", "application__region", "member"
    ).defer("application__region__outline", "application__round__region__outline")


def get_reading(actor: User, pk: int) -> Reading:
    found = readings_of(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("reading")
    return found


# --- results ----------------------------------------------------------------------------------------------------


def awards_visible_to(actor: User) -> QuerySet[Award]:
    """Awards of the actor's area; an applicant sees its own once it is approved."""
    area = actor.scope("oversight.view").q("application__region__code")
    condition = area & (Q(approved_at__isnull=False) | actor.scope("schemes.manage").q("application__round__region"
                                                                                      "__code"))
    return Award.objects.filter(condition).select_related(
        "application__region", "application__round__region", "application__prefecture", "application__standing",
        "set_by", "approved_by",
    ).defer("application__region__outline", "application__round__region__outline", "application__prefecture__outline")


def with_used(found: QuerySet[Award]) -> QuerySet[Award]:
    """Each award with ``used``: fen that were reported as spent."""
    spent = Sum("uses__amount_fen", filter=Q(uses__withdrawn_at__isnull=True), default=0)
    return found.annotate(used=spent)  # type: ignore[no-redef]


def get_award(actor: User, pk: int) -> Award:
    found = with_used(awards_visible_to(actor)).filter(pk=pk).first()
    if found is None:
        raise NotVisible("award")
    return found


def get_objection(actor: User, pk: int) -> Objection:
    found = Objection.objects.select_related("notice__round", "application__region").filter(
        pk=pk, notice__round__in=rounds_visible_to(actor)
    ).first()
    if found is None:
        raise NotVisible("objection")
    actor.require("schemes.manage", found.notice.round.region_id)
    return found
