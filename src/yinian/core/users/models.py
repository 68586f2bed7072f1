"""Users, and the postings that give them a role in a region or at a site."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from yinian.core.errors import Forbidden, NotVisible
from yinian.core.fields import RoleField
from yinian.core.roles import ROLES, Role


@dataclass(frozen=True)
class Scope:
    """Where an actor holds a right: region-code prefixes, and single sites. Empty means nowhere."""

    regions: tuple[str, ...] = ()
    sites: tuple[int, ...] = ()

    def covers(self, region_code: str | None, site_id: int | None = None) -> bool:
        return bool(region_code and region_code.startswith(self.regions)) or (
            site_id is not None and site_id in self.sites
        )

    def q(self, field: str, site_field: str | None = None) -> Q:
        """A condition for a queryset: ``field`` is a lookup path to a region code, ``site_field`` to a site id."""
        condition = Q(pk__in=[])
        for prefix in self.regions:
            condition |= Q(**{f"{field}__startswith": prefix})
        if site_field and self.sites:
            condition |= Q(**{f"{site_field}__in": self.sites})
        return condition


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=username)


@pghistory.track(exclude=["password", "last_login", "identity_index"])
class User(AbstractBaseUser):
    """A person who logs in. What they may do comes from their postings alone."""

    username = models.CharField(max_length=60, unique=True)
    full_name = models.CharField(max_length=60)
    office = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_machine = models.BooleanField(default=False)  # the platform itself, in nightly work
    session_epoch = models.PositiveIntegerField(default=0)
    must_change_password = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)
    theme = models.CharField(
        max_length=5, blank=True, choices=[("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]
    )
    # Blind index of the user's own ID number: one human holds one account, however many roles. Null: not entered yet.
    identity_index = models.BinaryField(max_length=32, null=True, blank=True, unique=True)
    welcomed = models.JSONField(default=list, blank=True)  # first-visit explanations already read
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.full_name

    def get_session_auth_hash(self) -> str:
        """Ends every session at the next request when the password or ``session_epoch`` changes."""
        return salted_hmac("yinian.session", f"{self.password}|{self.session_epoch}", algorithm="sha256").hexdigest()

    @cached_property
    def current_postings(self) -> list[Posting]:
        today = timezone.localdate()
        return list(self.postings.filter(period__contains=today).select_related("region").order_by("region_id"))

    @cached_property
    def rights(self) -> frozenset[str]:
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(ROLES[Role(posting.role)].rights for posting in self.current_postings))

    def may(self, right: str) -> bool:
        """Whether any current posting gives ``right`` anywhere."""
        return right in self.rights

    def scope(self, right: str) -> Scope:
        """Where ``right`` is held."""
        if not self.is_active:
            return Scope()
        held = [p for p in self.current_postings if right in ROLES[Role(p.role)].rights]
        return Scope(
            regions=tuple(sorted({p.region_id for p in held if p.site_ref is None})),
            sites=tuple(sorted({p.site_ref for p in held if p.site_ref is not None})),
        )

    def require(self, right: str, region_code: str | None = None, site_id: int | None = None) -> None:
        """Raise :class:`Forbidden` without the right, :class:`NotVisible` where it does not reach."""
        if not self.may(right):
            raise Forbidden(right)
        if (region_code is not None or site_id is not None) and not self.scope(right).covers(region_code, site_id):
            raise NotVisible(right)

    @property
    def role_labels(self) -> list[str]:
        return [str(ROLES[Role(p.role)].label) for p in self.current_postings]

    @property
    def home_region(self) -> Any:
        """The widest region the user is posted to; where their pages open."""
        return min((p.region for p in self.current_postings), key=lambda r: len(r.code), default=None)


@pghistory.track()
class Posting(models.Model):
    """A role held in a region (and, for home staff, at one site) for a period."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="postings")
    role = RoleField()
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    # A site's id. Sites live one floor up, so the base keeps the number and places holds the key.
    site_ref = models.BigIntegerField(null=True, blank=True)
    period = DateRangeField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["region_id", "role"]
        constraints = [
            models.CheckConstraint(name="posting_role_is_known", condition=Q(role__in=[r.value for r in Role])),
            ExclusionConstraint(
                name="posting_held_once_at_a_time",
                expressions=[
                    (Func(F("user_id"), F("user_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            Func(F("role"), function="hashtext"),
                            Func(F("role"), function="hashtext"),
                            Value("[]"),
                            function="int4range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            Func(F("region_id"), function="hashtext"),
                            Func(F("region_id"), function="hashtext"),
                            Value("[]"),
                            function="int4range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.region_id}"

    @property
    def role_label(self) -> str:
        return str(ROLES[Role(self.role)].label)


class RecoveryCode(models.Model):
    """One spare code for a lost second-factor device: kept as a keyed digest, used once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code_once_per_user")]

    def __str__(self) -> str:
        return f"recovery code of user {self.user_id}"
