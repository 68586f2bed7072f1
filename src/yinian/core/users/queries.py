"""Reading users."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User

PLATFORM = "yinian"


def platform_user() -> User:
    """The platform itself, the author of nightly work. Cannot log in and holds no posting."""
    user, _made = User.objects.get_or_create(
        username=PLATFORM, defaults={"full_name": "颐年平台", "is_machine": True, "password": "!"}
    )
    return user


def visible_to(actor: User) -> QuerySet[User]:
    """Users who hold a posting inside the actor's scope, or none at all."""
    actor.require("users.view")
    scope = actor.scope("users.view")
    return (
        User.objects.filter(is_machine=False)
        .filter(scope.q("postings__region__code") | Q(postings__isnull=True))
        .distinct()
        .prefetch_related("postings__region")
    )


def get_user(actor: User, pk: int) -> User:
    user = visible_to(actor).filter(pk=pk).first()
    if user is None:
        raise NotVisible("user")
    return user


def colleagues(actor: User, region_code: str) -> QuerySet[User]:
    """Active users who answer for ``region_code``: to hand work to."""
    above = Q()
    for length in (2, 4, 6, 9, 12, 14):
        if length <= len(region_code):
            above |= Q(postings__region=region_code[:length])
    return (
        User.objects.filter(is_active=True, is_machine=False)
        .filter(above, postings__period__contains=timezone.localdate(), postings__site_ref__isnull=True)
        .exclude(pk=actor.pk)
        .distinct()
    )
