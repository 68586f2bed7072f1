"""Reading contracts and clinics: who sees which, which homes have neither, which end soon."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.renewals import runs_out_soon
from yinian.core.users.models import User
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.institutions.models import Institution
from yinian.places.models import Site
from yinian.places.sites.queries import homes_where

Kept = TypeVar("Kept", Contract, Licence)


def in_force(day: dt.date | None = None) -> Q:
    """Contracts or licences that hold on a day (today)."""
    return Q(period__contains=day or timezone.localdate(), in_error=False)


def contracts_visible_to(actor: User) -> QuerySet[Contract]:
    actor.require("medical.view")
    return Contract.objects.filter(actor.scope("medical.view").q("site__region__code", "site"))


def licences_visible_to(actor: User) -> QuerySet[Licence]:
    actor.require("medical.view")
    return Licence.objects.filter(actor.scope("medical.view").q("site__region__code", "site"))


def get_contract(actor: User, pk: int) -> Contract:
    found = (
        contracts_visible_to(actor)
        .select_related("site__region", "institution__organisation", "entered_by", "stopped_by", "paper")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("contract")
    return found


def get_licence(actor: User, pk: int) -> Licence:
    found = (
        licences_visible_to(actor)
        .select_related("site__region", "entered_by", "stopped_by", "paper")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("licence")
    return found


def covering(site: Site, institution: Institution, what: str, day: dt.date | None = None) -> Contract | None:
    """The contract in force between the two that covers ``what``; None where there is none."""
    return Contract.objects.filter(in_force(day), site=site, institution=institution, covers__contains=[what]).first()


def contract_between(site: Site, institution: Institution, day: dt.date | None = None) -> Contract | None:
    return Contract.objects.filter(in_force(day), site=site, institution=institution).first()


def homes(actor: User, day: dt.date | None = None) -> QuerySet[Any]:
    """Open homes in reach with ``has_contract``, ``has_green``, ``has_clinic`` and ``soonest`` (the first end to come)
    as of a day (today)."""
    actor.require("medical.view")
    day = day or timezone.localdate()
    contracts = Contract.objects.filter(in_force(day), site=OuterRef("pk"))
    licences = Licence.objects.filter(in_force(day), site=OuterRef("pk"))
    return (
        homes_where(actor, "medical.view").filter(state=Site.State.OPEN)
        .annotate(
            has_contract=Exists(contracts),
            has_green=Exists(contracts.filter(covers__contains=["green"])),
            has_clinic=Exists(licences),
            soonest=Subquery(
                contracts.filter(period__endswith__isnull=False).order_by("period__endswith").values(
                    "period__endswith"
                )[:1]
            ),
        )
        .select_related("region")
        .defer("region__outline")
    )


@dataclass(frozen=True)
class Coverage:
    """Open homes: all, with a contract or own clinic, with a contract, with a clinic, with a green channel."""

    all: int
    covered: int
    contract: int
    clinic: int
    green: int

    @property
    def percent(self) -> str:
        """The share covered, to one place; empty without homes."""
        return f"{self.covered * 100 / self.all:.1f}" if self.all else ""


def coverage(actor: User, area: str = "", day: dt.date | None = None) -> Coverage:
    """How many of the open homes in reach (within ``area``) are covered."""
    rows = list(
        homes(actor, day).filter(region__code__startswith=area)
        .values_list("has_contract", "has_clinic", "has_green")
    )
    return Coverage(
        len(rows),
        sum(contract or clinic for contract, clinic, _green in rows),
        sum(contract for contract, _clinic, _green in rows),
        sum(clinic for _contract, clinic, _green in rows),
        sum(green for _contract, _clinic, green in rows),
    )


def ending(model: type[Kept], today: dt.date) -> QuerySet[Kept]:
    """What ends within the days of notice of its place, or ended without a successor, of open homes. For the nightly
    look; no actor."""
    same = {"institution": OuterRef("institution")} if model is Contract else {"unit": OuterRef("unit")}
    later = model._default_manager.filter(
        Q(period__endswith__isnull=True) | Q(period__endswith__gt=OuterRef("period__endswith")),
        site=OuterRef("site"), in_error=False, **same,
    )
    return model._default_manager.filter(
        runs_out_soon("period__endswith", "site__region__code", today), ~Exists(later), in_error=False,
        stopped_by__isnull=True, site__state=Site.State.OPEN,
    ).select_related("site").order_by("pk")
