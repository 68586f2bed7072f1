"""Reading users."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import crypto
from yinian.core.errors import NotVisible, Refused
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


def identity_index(number: str) -> bytes:
    """The index under which an account keeps its holder's normalised ID number.

    The same as that of the register, so that an officer's own case can be told without storing the number.
    """
    return crypto.blind_index(number, "person.id_number")


def human_key(actor: User) -> bytes:
    """What stands for the human behind an account, whatever the role: kept with each act that two must share.

    Raises :class:`Refused` for an account whose ID number nobody has entered: it could be a second account of
    somebody who has already acted.
    """
    if actor.identity_index is None:
        raise Refused(_("Your account has no ID number on file. Ask the account keeper to enter it; then decide."))
    return bytes(actor.identity_index)


def same_human(one: User, other: User) -> bool:
    """Whether two accounts are of one human. Accounts without an ID number on file are told apart by account only."""
    if one.pk == other.pk:
        return True
    keys = (one.identity_index, other.identity_index)
    return None not in keys and bytes(keys[0] or b"") == bytes(keys[1] or b"")
