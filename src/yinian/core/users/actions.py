"""Writing users: made, posted, locked, their sessions ended. One's own account is in :mod:`.own`."""

import datetime as dt
import secrets

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Forbidden, Refused
from yinian.core.identity import IdentityError, parse_id
from yinian.core.regions.models import Region
from yinian.core.roles import ROLES, Role
from yinian.core.users.models import Posting, User
from yinian.core.users.queries import get_user, identity_index
from yinian.core.users.sites import site_of

# Who oversees the bureau is not appointed by the bureau.
_ONLY_BY_ADMINISTRATOR = {Role.ADMINISTRATOR, Role.AUDITOR}
# No letters or digits that look alike on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def grantable(actor: User) -> list[Role]:
    """The roles the actor may give or take: none above their own region's level."""
    if not actor.may("users.edit"):
        return []
    prefixes = actor.scope("users.edit").regions
    if not prefixes:
        return []
    held = {Role(posting.role) for posting in actor.current_postings}
    top = min(level for level, length in ((1, 2), (2, 4), (3, 6), (4, 9), (5, 12), (6, 14))
              if length >= min(map(len, prefixes)))
    return [
        role for role, spec in ROLES.items()
        if spec.level >= top and (role not in _ONLY_BY_ADMINISTRATOR or Role.ADMINISTRATOR in held)
    ]


def may_manage(actor: User, user: User) -> bool:
    """Whether the actor may change this user: not themselves, and nobody who holds more than the actor may give."""
    if user.pk == actor.pk or user.is_machine or not actor.may("users.edit"):
        return False
    scope, roles = actor.scope("users.edit"), set(grantable(actor))
    return all(scope.covers(posting.region_id) and Role(posting.role) in roles for posting in user.current_postings)


def _managed(actor: User, user_id: int) -> User:
    """The user, locked, after the checks that every change of a user begins with."""
    actor.require("users.edit")
    get_user(actor, user_id)
    user = User.objects.select_for_update().get(pk=user_id)
    if user.pk == actor.pk:
        raise Refused(_("Nobody changes their own roles or lock; ask a colleague who keeps the accounts."))
    if not may_manage(actor, user):
        raise Forbidden("users.edit")
    return user


def one_time_password() -> str:
    """A password to be read out once: three groups of five, about 74 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _n in range(5)) for _g in range(3))


def end_sessions_of(user: User) -> None:
    """Every session of the user ends at its next request. The caller saves nothing else of the user."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])


def create_user(
    actor: User, *, username: str, full_name: str, office: str, role: Role, region: str, site: int | None = None,
) -> tuple[User, str]:
    """A new user with a first posting. Returns the user and the one-time password, which is stored nowhere."""
    actor.require("users.edit", region)
    username, full_name = username.strip().lower(), full_name.strip()
    if not full_name:
        raise Refused(fields={"full_name": _("Give the full name.")})
    if User.objects.filter(username=username).exists():
        raise Refused(fields={"username": _("This login name is taken.")})
    password = one_time_password()
    with transaction.atomic():
        user = User(username=username, full_name=full_name, office=office.strip(), must_change_password=True)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise Refused(fields={"username": _("This login name is taken.")}) from error
        record(actor, "users.create", user, region=region)
        _post(actor, user, role, region, site, timezone.localdate(), None)
    return user, password


def open_member_account(actor: User, *, username: str, full_name: str, region: str) -> tuple[User, str]:
    """An account for an older person or a relative, who may see nothing until they are let act for somebody.

    By whoever may appoint representatives in ``region``, inside that act. Returns the user and the one-time password.
    """
    actor.require("people.represent", region)
    username, full_name = username.strip().lower(), full_name.strip()
    if not full_name:
        raise Refused(fields={"full_name": _("Give the full name.")})
    password = one_time_password()
    user = User(username=username, full_name=full_name, must_change_password=True)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Refused(fields={"username": _("This login name is taken.")}) from error
    record(actor, "users.create", user, region=region)
    Posting.objects.create(
        user=user, role=Role.MEMBER, region_id=region, period=(timezone.localdate(), None), created_by=actor
    )
    return user, password


def add_posting(
    actor: User, user_id: int, *, role: Role, region: str, site: int | None = None, since: dt.date | None = None,
    until: dt.date | None = None,
) -> Posting:
    """Give a role in a region (at a site for home staff). ``until`` is the last day. Ends the user's sessions."""
    actor.require("users.edit", region)
    with transaction.atomic():
        user = _managed(actor, user_id)
        posting = _post(actor, user, role, region, site, since or timezone.localdate(), until)
        end_sessions_of(user)
    return posting


def _post(
    actor: User, user: User, role: Role, region_code: str, site: int | None, since: dt.date, until: dt.date | None
) -> Posting:
    spec = ROLES[role]
    if role not in grantable(actor):
        raise Refused(fields={"role": _("You cannot give this role: it reaches further than your own.")})
    region = Region.objects.filter(pk=region_code).first()
    if region is None:
        raise Refused(fields={"region": _("Choose an area from the list.")})
    if region.level < spec.level:
        raise Refused(fields={"region": _("This role is meant for a smaller area; choose one further down.")})
    if spec.at_site:
        place = site_of(site) if site is not None else None
        if place is None:
            raise Refused(fields={"site": _("Choose the home this person works at.")})
        actor.require("users.edit", place.region_code)
        region_code = place.region_code
    elif site is not None:
        raise Refused(fields={"site": _("Only home staff are posted to one home.")})
    if until is not None and until < since:
        raise Refused(fields={"until": _("The last day lies before the first.")})
    end = None if until is None else until + dt.timedelta(days=1)
    try:
        with transaction.atomic():
            posting = Posting.objects.create(
                user=user, role=role, region_id=region_code, site_ref=site, period=(since, end), created_by=actor
            )
    except IntegrityError as error:
        raise Refused(fields={"role": _("This person already holds this role there at that time.")}) from error
    record(actor, "users.post", user, region=region_code,
           detail={"role": role.value, "region": region_code, "site": site, "posting": posting.pk})
    return posting


def end_posting(actor: User, user_id: int, posting_id: int) -> Posting:
    """Take a role away from today on. Ends the user's sessions."""
    with transaction.atomic():
        user = _managed(actor, user_id)
        posting = Posting.objects.select_for_update().filter(pk=posting_id, user=user).first()
        today = timezone.localdate()
        if posting is None or (posting.period.upper is not None and posting.period.upper <= today):
            raise Refused(_("This role has already ended."))
        actor.require("users.edit", posting.region_id)
        if posting.period.lower >= today:  # given today or for later: it never took effect on a past day
            record(actor, "users.unpost", user, region=posting.region_id,
                   detail={"role": posting.role, "region": posting.region_id, "posting": posting.pk})
            posting.delete()
        else:
            posting.period = (posting.period.lower, today)
            posting.save(update_fields=["period"])
            record(actor, "users.unpost", user, region=posting.region_id,
                   detail={"role": posting.role, "region": posting.region_id, "posting": posting.pk})
        end_sessions_of(user)
    return posting


def lock(actor: User, user_id: int, reason: str) -> User:
    """Lock an account: it cannot log in, and its sessions end at once. Needs a reason."""
    reason = reason.strip()
    with transaction.atomic():
        user = _managed(actor, user_id)
        if not reason:
            raise Refused(fields={"reason": _("Give a reason; it is kept.")})
        if not user.is_active:
            raise Refused(_("This account is already locked."))
        user.is_active = False
        user.save(update_fields=["is_active"])
        end_sessions_of(user)
        record(actor, "users.lock", user, region=_region_of(user), reason=reason[:200])
    return user


def unlock(actor: User, user_id: int) -> User:
    """Let an account log in again."""
    with transaction.atomic():
        user = _managed(actor, user_id)
        if user.is_active:
            raise Refused(_("This account is not locked."))
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(actor, "users.unlock", user, region=_region_of(user))
    return user


def revoke_sessions(actor: User, user_id: int) -> User:
    """End every session of the user at once."""
    with transaction.atomic():
        user = _managed(actor, user_id)
        end_sessions_of(user)
        record(actor, "users.end_sessions", user, region=_region_of(user))
    return user


def reset_password(actor: User, user_id: int) -> tuple[User, str]:
    """A new one-time password, for somebody who forgot theirs. Their second factor and sessions go with the old one."""
    password = one_time_password()
    with transaction.atomic():
        user = _managed(actor, user_id)
        user.set_password(password)
        user.must_change_password = True
        user.save(update_fields=["password", "must_change_password"])
        end_sessions_of(user)
        from yinian.core.users.own import drop_second_factor

        drop_second_factor(user)
        record(actor, "users.reset_password", user, region=_region_of(user))
    return user, password


def set_identity(actor: User, user_id: int, number: str) -> User:
    """Enter whose account it is, by ID number: only its index is kept. One human holds one account.

    Without it an account decides nothing that takes two. Raises :class:`Refused` for a number that cannot be or
    that another account holds.
    """
    with transaction.atomic():
        user = _managed(actor, user_id)
        try:
            known = parse_id(number, allow_synthetic=not settings.IN_SERVICE)
        except IdentityError as error:
            raise Refused(fields={"id_number": _("This is no valid ID number; look at its 18 characters.")}) from error
        index = identity_index(known.number)
        if User.objects.filter(identity_index=index).exclude(pk=user.pk).exists():
            raise Refused(fields={"id_number": _("Another account already has this ID number; one person holds one "
                                                 "account and may have several roles in it.")})
        changed = user.identity_index is not None and bytes(user.identity_index) != index
        user.identity_index = index
        user.save(update_fields=["identity_index"])
        record(actor, "users.identify", user, region=_region_of(user), detail={"changed": changed})
    return user


def _region_of(user: User) -> str:
    region = user.home_region
    return region.code if region is not None else ""
