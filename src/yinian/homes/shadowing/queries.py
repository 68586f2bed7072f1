"""Reading shadowings: who is new and not yet shown the work, and from which day somebody counts as on duty."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Func, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.beds import queries as beds
from yinian.homes.rosters.rules import shadow_rule_for
from yinian.homes.shadowing.models import Shadowing
from yinian.places.models import Site
from yinian.workforce.models import Post, Worker


def visible_to(actor: User) -> QuerySet[Shadowing]:
    """Shadowings of homes in the actor's reach: of those who are shown, and where they are shown."""
    actor.require("workforce.view")
    scope = actor.scope("workforce.view")
    return Shadowing.objects.filter(scope.q("site__region__code", "site") | scope.q("place__region__code", "place"))


def mine(actor: User) -> QuerySet[Shadowing]:
    """Shadowings in which the actor is the mentor or the one who is shown."""
    actor.require("shadowing.view")
    return Shadowing.objects.filter(mentor__user=actor) | Shadowing.objects.filter(worker__user=actor)


def listed(actor: User) -> QuerySet[Shadowing]:
    """For lists; ``here`` says whether who is shown the work still holds a post in the home."""
    return with_here(visible_to(actor)).select_related("worker", "site", "place", "mentor").prefetch_related("noted")


def with_here(found: QuerySet[Shadowing]) -> QuerySet[Shadowing]:
    """With ``here``: whether who is shown the work still holds, or will hold, a post in the home."""
    posts = Post.objects.filter(worker=OuterRef("worker"), site=OuterRef("site")).filter(
        Q(period__endswith__isnull=True) | Q(period__endswith__gt=timezone.localdate())
    )
    return found.annotate(here=Exists(posts))


def get_shadowing(actor: User, pk: int) -> Shadowing:
    """One shadowing, for those who see staff there and for its mentor and newcomer. Raises NotVisible."""
    found = None
    joined = ("worker", "site__region", "place__region", "mentor", "begun_by", "mentor_by", "director_by")
    if actor.may("workforce.view"):
        found = with_here(visible_to(actor)).filter(pk=pk).select_related(*joined).first()
    if found is None:
        found = with_here(mine(actor)).filter(pk=pk).select_related(*joined).first()
    if found is None:
        raise NotVisible("shadowing")
    return found


def get_home(actor: User, pk: int, right: str = "workforce.edit") -> Site:
    """A home in whose staff the actor has a hand. Raises NotVisible."""
    home = beds.get_home(actor, pk)
    actor.require(right, home.region_id, home.pk)
    return home


def places_for(actor: User) -> QuerySet[Site]:
    """Homes of the county where somebody new may be shown the work."""
    return beds.in_county(actor).order_by("name")


def mentors_at(place: Site, day: dt.date) -> QuerySet[Worker]:
    """Who of a home's staff may show somebody the work: in post there that day, not being shown it themselves."""
    held = Post.objects.filter(site=place, period__contains=day).exclude(kind=Post.Kind.COOK)
    shown = Shadowing.objects.filter(director_at__isnull=True)
    return Worker.objects.filter(pk__in=held.values("worker")).exclude(pk__in=shown.values("worker"))


@dataclass(frozen=True)
class New:
    """Somebody new whom nobody has begun to show the work."""

    worker: Worker
    home: Site
    since: dt.date


def counted_from(
    homes: Iterable[Site], workers: Collection[int] | None = None
) -> dict[tuple[int, int], tuple[dt.date | None, str]]:
    """From which day somebody at a home counts as on duty, by (home, worker): a day, or None (never yet) with why.

    Whoever is not among the keys counts without condition: nothing is on file that says otherwise.
    """
    homes = list(homes)
    found: dict[tuple[int, int], tuple[dt.date | None, str]] = {}
    for new in _newcomers(homes, workers):
        found[new.home.pk, new.worker.pk] = (None, "new")
    rows = Shadowing.objects.filter(site__in=homes)
    if workers is not None:
        rows = rows.filter(worker__in=workers)
    for site, worker, at in rows.values_list("site", "worker", "director_at"):
        found[site, worker] = (None, "shown") if at is None else (timezone.localdate(at), "")
    return found


def unbegun(actor: User) -> list[New]:
    """New staff of the actor's homes who by the rule are to be shown the work and whom nobody has begun to show it."""
    actor.require("workforce.view")
    scope = actor.scope("workforce.view")
    homes = Site.objects.filter(scope.q("region__code", "pk"), kind=Site.Kind.HOME, state=Site.State.OPEN)
    return sorted(_newcomers(list(homes.order_by("name")), None), key=lambda new: (new.home.name, new.since))


def _newcomers(homes: list[Site], workers: Collection[int] | None) -> list[New]:
    rules = {home.pk: rule for home in homes if (rule := shadow_rule_for(home)) is not None}
    of = {home.pk: home for home in homes}
    posts: QuerySet[Any] = Post.objects.filter(
        site__in=list(rules), period__endswith__isnull=True
    ) | Post.objects.filter(site__in=list(rules), period__endswith__gt=timezone.localdate())
    if workers is not None:
        posts = posts.filter(worker__in=workers)
    candidates = [
        post
        for post in posts.select_related("worker")
        if (begins := rules[post.site_id].begins) is not None and post.period.lower and post.period.lower >= begins
    ]
    if not candidates:
        return []
    people = [post.worker_id for post in candidates]
    first = dict(
        Post.objects.filter(worker__in=people)
        .order_by()
        .values("worker")
        .annotate(day=Min(Func(F("period"), function="lower")))
        .values_list("worker", "day")
    )
    shown = set(Shadowing.objects.filter(worker__in=people).values_list("worker", flat=True))
    # Who worked in a home before is not new to the work; who was or is shown it has a record.
    return [
        New(post.worker, of[post.site_id], post.period.lower)
        for post in candidates
        if post.worker_id not in shown and first[post.worker_id] == post.period.lower
    ]
