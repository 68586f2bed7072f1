"""Reading staff: who works where, which certificates run out, how many carers are certified."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible
from yinian.core.renewals import spans
from yinian.core.users.models import User
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where
from yinian.workforce.models import Attendance, Certificate, Post, Worker
from yinian.workforce.training.models import Field


def posts_visible_to(actor: User, right: str = "workforce.view") -> QuerySet[Post]:
    """Posts at sites in the actor's reach, past ones included."""
    actor.require(right)
    return Post.objects.filter(actor.scope(right).q("site__region__code", "site"))


def visible_to(actor: User, right: str = "workforce.view") -> QuerySet[Worker]:
    """Workers who hold or held a post at a site in the actor's reach."""
    held = posts_visible_to(actor, right).filter(worker=OuterRef("pk"))
    return Worker.objects.filter(Exists(held))


def current(today: dt.date | None = None) -> Q:
    """Posts held on a day."""
    return Q(period__contains=today or timezone.localdate())


def listed(actor: User) -> QuerySet[Any]:
    """Workers with their current posts (``held``) and certificates, for a list. The current posts are those seen."""
    today = timezone.localdate()
    posts = (
        posts_visible_to(actor).filter(current(today)).select_related("site__region").defer("site__region__outline")
    )
    return visible_to(actor).prefetch_related(
        Prefetch("posts", queryset=posts, to_attr="held"), Prefetch("certificates", to_attr="papers")
    )


def told_apart(workers: Iterable[Worker]) -> dict[int, str]:
    """Names by id, in their order; of those who share one, with the year of birth, where it is on file."""
    found = list(workers)
    shared = Counter(one.name for one in found)
    return {
        one.pk: _("%(name)s (born %(year)d)") % {"name": one.name, "year": one.birth_year}
        if shared[one.name] > 1 and one.birth_year else one.name
        for one in found
    }


def search(workers: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Workers whose name begins with the text or whose initials do."""
    condition = Q(name__startswith=text)
    if text.isascii():
        condition |= Q(name_initials__startswith=text.lower().replace(" ", ""))
    return workers.filter(condition)


def get_worker(actor: User, pk: int) -> Worker:
    worker = visible_to(actor).filter(pk=pk).first()
    if worker is None:
        raise NotVisible("worker")
    return worker


def get_post(actor: User, pk: int) -> Post:
    post = posts_visible_to(actor).select_related("worker", "site__region").filter(pk=pk).first()
    if post is None:
        raise NotVisible("post")
    return post


def get_certificate(actor: User, pk: int) -> Certificate:
    certificate = Certificate.objects.filter(pk=pk, worker__in=visible_to(actor)).select_related("worker").first()
    if certificate is None:
        raise NotVisible("certificate")
    return certificate


def posts_of(actor: User, worker: Worker) -> list[Post]:
    """A worker's posts at sites the actor sees, latest first."""
    return list(
        posts_visible_to(actor)
        .filter(worker=worker)
        .select_related("site__region")
        .defer("site__region__outline")
        .order_by("-period")
    )


def site_of(actor: User, worker: Worker, right: str) -> Site | None:
    """The site by which the actor reaches the worker under a right: that of the latest post; None if out of reach."""
    post = posts_visible_to(actor, right).filter(worker=worker).select_related("site").order_by("-period").first()
    return post.site if post else None


def staff_of(actor: User, site: Site) -> list[Any]:
    """Who works at a site today."""
    return list(
        posts_visible_to(actor)
        .filter(current(), site=site)
        .select_related("worker")
        .prefetch_related(Prefetch("worker__certificates", to_attr="papers"))
        .order_by("kind", "worker__name")
    )


def working_at(actor: User) -> QuerySet[Site]:
    """Sites where the actor may post people."""
    return Site.objects.filter(actor.scope("workforce.edit").q("region__code", "pk")).exclude(state=Site.State.CLOSED)


def with_certificate(workers: QuerySet[Worker], kind: str, today: dt.date | None = None) -> QuerySet[Worker]:
    """Workers who hold a certificate of a kind that has not run out."""
    today = today or timezone.localdate()
    valid = Certificate.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today), worker=OuterRef("pk"), kind=kind
    )
    return workers.filter(Exists(valid))


QUALIFIED = "qualified"


def qualified(workers: QuerySet[Worker], today: dt.date | None = None) -> QuerySet[Worker]:
    """Workers with a valid skill-level or training certificate, or who passed a training in care."""
    return workers.filter(_qualifies(today or timezone.localdate(), "pk"))


def _qualifies(today: dt.date, worker: str) -> Any:
    held = Certificate.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        worker=OuterRef(worker),
        kind__in=[Certificate.Kind.CARE_SKILL, Certificate.Kind.TRAINING],
    )
    passed = Attendance.objects.filter(
        worker=OuterRef(worker), outcome=Attendance.Outcome.PASSED, session__field=Field.CARE
    )
    return Exists(held) | Exists(passed)


def holding(workers: QuerySet[Worker], kind: str) -> QuerySet[Worker]:
    """Workers with a valid certificate of a kind, or certified or trained for care by any."""
    return qualified(workers) if kind == QUALIFIED else with_certificate(workers, kind)


def lacking(workers: QuerySet[Worker], kind: str) -> QuerySet[Worker]:
    """Workers without what :func:`holding` finds."""
    return workers.exclude(pk__in=holding(Worker.objects.all(), kind).values("pk"))


def by_home(actor: User, today: dt.date | None = None) -> QuerySet[Any]:
    """Open homes in the actor's reach with ``carers`` in post, of whom ``qualified``, ``skilled``, ``lapsing``."""
    today = today or timezone.localdate()
    actor.require("workforce.view")
    homes = homes_where(actor, "workforce.view").filter(state=Site.State.OPEN)
    posts = Post.objects.filter(current(today), kind=Post.Kind.CARER, site=OuterRef("pk"))
    valid = Certificate.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=today),
        worker=OuterRef("worker"),
        kind=Certificate.Kind.CARE_SKILL,
    )
    late = to_renew(today, actor.scope("workforce.view").regions).filter(worker=OuterRef("worker"))

    def count(found: QuerySet[Post]) -> Coalesce:
        return Coalesce(Subquery(found.order_by().values("site").annotate(n=Count("worker")).values("n")), 0)

    return homes.annotate(
        carers=count(posts),
        qualified=count(posts.filter(_qualifies(today, "worker"))),
        skilled=count(posts.filter(Exists(valid))),
        lapsing=count(posts.filter(Exists(late))),
    )


def took_part(workers: QuerySet[Worker], value: str) -> QuerySet[Worker]:
    """Carers and managers of homes who took part in a training of a year (``2026``), or did not (``not-2026``)."""
    year = value.removeprefix("not-")
    if not year.isdigit():
        return workers.none()
    came = Attendance.objects.filter(
        session__day__year=int(year), outcome__in=[Attendance.Outcome.PASSED, Attendance.Outcome.FAILED]
    ).values("worker")
    posts = Post.objects.filter(
        current(), kind__in=[Post.Kind.CARER, Post.Kind.MANAGER], site__kind=Site.Kind.HOME
    ).values("worker")
    found = workers.filter(pk__in=posts)
    return found.exclude(pk__in=came) if value.startswith("not-") else found.filter(pk__in=came)


def accounts_for(actor: User, worker: Worker) -> QuerySet[User]:
    """Accounts posted at a site where the worker holds a post, not tied to anybody else yet."""
    sites = list(
        posts_visible_to(actor, "workforce.edit").filter(current(), worker=worker).values_list("site", flat=True)
    )
    today = timezone.localdate()
    return User.objects.filter(
        Q(worker__isnull=True) | Q(worker=worker),
        is_active=True,
        postings__site_ref__in=sites,
        postings__period__contains=today,
    ).distinct()


def lapsing(workers: QuerySet[Worker], days: int, today: dt.date | None = None) -> QuerySet[Worker]:
    """Workers with a certificate that has run out or does so within ``days`` and was not replaced by a later one."""
    today = today or timezone.localdate()
    late = last_ones().filter(expires_on__lte=today + dt.timedelta(days=days), worker=OuterRef("pk"))
    return workers.filter(Exists(late))


def lapsing_soon(workers: QuerySet[Worker], today: dt.date | None = None) -> QuerySet[Worker]:
    """Workers with a certificate that is to be renewed by the days of notice of where they work."""
    return workers.filter(Exists(to_renew(today or timezone.localdate()).filter(worker=OuterRef("pk"))))


def to_renew(today: dt.date, regions: Iterable[str] | None = None) -> QuerySet[Certificate]:
    """Last certificates, of people in post, that have run out or do so within the days of notice of where they work."""
    found = Q(pk__in=[])
    for days, where in spans("site__region__code", None if regions is None else frozenset(regions)):
        in_post = Post.objects.filter(current(today), where, worker=OuterRef("worker"))
        found |= Q(Exists(in_post), expires_on__lte=today + dt.timedelta(days=days))
    return last_ones().filter(found)


def last_ones() -> QuerySet[Certificate]:
    """Certificates that no later one of the same kind has replaced."""
    later = Certificate.objects.filter(worker=OuterRef("worker"), kind=OuterRef("kind")).filter(
        Q(expires_on__isnull=True) | Q(expires_on__gt=OuterRef("expires_on"))
    )
    return Certificate.objects.filter(Q(expires_on__isnull=True) | ~Exists(later))


def expiring(today: dt.date) -> QuerySet[Certificate]:
    """Certificates to be renewed of people now in post, for the nightly check; no actor, no page shows it."""
    return to_renew(today).select_related("worker").order_by("pk")


@dataclass(frozen=True)
class Carers:
    """Carers in post today: all, with a skill-level certificate, with a training certificate, with one to renew."""

    all: int
    certified: int
    trained: int
    lapsing: int


def carers(actor: User, today: dt.date | None = None) -> Carers:
    """How many carers, and how many of them are certified, in the actor's reach."""
    today = today or timezone.localdate()
    in_post = posts_visible_to(actor).filter(current(today), kind=Post.Kind.CARER, worker=OuterRef("pk"))
    valid = Certificate.objects.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=today), worker=OuterRef("pk"))
    late = to_renew(today, actor.scope("workforce.view").regions).filter(worker=OuterRef("pk"))
    found: dict[str, Any] = (
        Worker.objects.filter(Exists(in_post))
        .annotate(
            skilled=Exists(valid.filter(kind=Certificate.Kind.CARE_SKILL)),
            schooled=Exists(valid.filter(kind=Certificate.Kind.TRAINING)),
            late=Exists(late),
        )
        .aggregate(
            all=Count("pk"),
            certified=Count("pk", filter=Q(skilled=True)),
            trained=Count("pk", filter=Q(schooled=True)),
            lapsing=Count("pk", filter=Q(late=True)),
        )
    )
    return Carers(**found)
