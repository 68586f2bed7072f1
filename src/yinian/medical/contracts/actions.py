"""Writing contracts and licences: entered, paper added, ended with a reason, marked as an error, reminded of."""

import datetime as dt
from collections.abc import Sequence
from typing import BinaryIO, TypeVar

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.inbox import actions as inbox
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.beds.queries import get_home
from yinian.homes.stays.refusing import constraint_of
from yinian.medical import ending, papers, workkinds
from yinian.medical.contracts import queries
from yinian.medical.contracts.models import Contract, Licence
from yinian.medical.institutions.queries import get_institution
from yinian.medical.keeping import given_reason
from yinian.places.models import Site

C = TypeVar("C", bound=Contract | Licence)


def enter_contract(
    actor: User,
    site_pk: int,
    institution_pk: int,
    *,
    covers: Sequence[str],
    since: dt.date,
    last: dt.date | None,
    number: str = "",
    file: BinaryIO | None = None,
) -> Contract:
    """Enter a home's contract with an institution. ``last``: its last day; None where no end is agreed."""
    site = _site(actor, site_pk)
    institution = get_institution(actor, institution_pk)
    if not covers or not set(covers) <= set(Contract.Cover.values):
        raise Refused(fields={"covers": _("Choose what the contract covers.")})
    period = _period(since, last)
    with transaction.atomic():
        paper = _keep(actor, site, file)
        try:
            with transaction.atomic():
                made = Contract.objects.create(
                    site=site,
                    institution=institution,
                    covers=[one for one in Contract.Cover.values if one in covers],
                    period=period,
                    number=number.strip()[:60],
                    paper=paper,
                    entered_by=actor,
                )
        except IntegrityError as error:
            if constraint_of(error) != "one_contract_of_a_pair_at_a_time":
                raise
            raise Refused(
                fields={"since": _("With this institution the home has a contract over these days already.")}
            ) from error
        for older in Contract.objects.filter(site=site, institution=institution).exclude(pk=made.pk):
            inbox.settle(actor, _key(older), _("A new one is entered."))
        record(
            actor,
            "medical.contract",
            made,
            region=site.region_id,
            detail={"site": site.pk, "institution": institution.pk, "covers": list(covers)},
        )
    return made


def enter_licence(
    actor: User,
    site_pk: int,
    *,
    unit: str,
    kind: str,
    name: str,
    number: str,
    subjects: str,
    insured: bool | None,
    since: dt.date,
    last: dt.date | None,
    file: BinaryIO | None = None,
) -> Licence:
    """Enter the licence or filing of a medical unit within a home. ``insured`` None: not known."""
    site = _site(actor, site_pk)
    faults = {
        field: _("Fill this in.")
        for field, text in {"name": name, "number": number, "subjects": subjects}.items()
        if not text.strip()
    }
    if unit not in Licence.Unit.values:
        faults["unit"] = _("Choose one.")
    if kind not in Licence.Kind.values:
        faults["kind"] = _("Choose one.")
    if faults:
        raise Refused(fields=faults)
    period = _period(since, last)
    with transaction.atomic():
        paper = _keep(actor, site, file)
        try:
            with transaction.atomic():
                made = Licence.objects.create(
                    site=site,
                    unit=unit,
                    kind=kind,
                    name=name.strip()[:120],
                    number=number.strip()[:60],
                    subjects=subjects.strip()[:200],
                    insured=insured,
                    period=period,
                    paper=paper,
                    entered_by=actor,
                )
        except IntegrityError as error:
            if constraint_of(error) != "one_licence_of_a_unit_at_a_time":
                raise
            raise Refused(fields={"since": _("This unit has a licence over these days already.")}) from error
        for older in Licence.objects.filter(site=site, unit=unit).exclude(pk=made.pk):
            inbox.settle(actor, _key(older), _("A new one is entered."))
        record(
            actor, "medical.licence", made, region=site.region_id,
            detail={"site": site.pk, "unit": unit, "kind": kind},
        )
    return made


def add_paper(actor: User, kept: Contract | Licence, version: int, file: BinaryIO) -> None:
    """Attach the paper, or a better copy of it; the audit chain keeps which file it was before."""
    with transaction.atomic():
        locked = _locked(actor, kept, version)
        before = locked.paper_id
        locked.paper = _keep(actor, locked.site, file)
        locked.version += 1
        locked.save(update_fields=["paper", "version"])
        record(actor, "medical.paper", locked, region=locked.site.region_id,
               detail={"before": before, "paper": locked.paper_id})


def stop(actor: User, kept: Contract | Licence, version: int, last: dt.date, reason: str) -> None:
    """End before its day: ``last`` is the last day on which it held."""
    reason = given_reason(reason)
    with transaction.atomic():
        locked = _locked(actor, kept, version)
        ending.end_after(locked, last)
        _end(actor, locked, reason)
        record(actor, "medical.stop", locked, region=locked.site.region_id, reason=reason,
               detail={"last": last.isoformat()})


def take_back(actor: User, kept: Contract | Licence, version: int, reason: str) -> None:
    """Mark as entered in error: it stays on file and counts for nothing."""
    reason = given_reason(reason)
    with transaction.atomic():
        locked = _locked(actor, kept, version)
        locked.in_error = True
        _end(actor, locked, reason)
        record(actor, "medical.error", locked, region=locked.site.region_id, reason=reason)


def _end(actor: User, locked: Contract | Licence, reason: str) -> None:
    ending.write(actor, locked, reason)
    inbox.settle(actor, _key(locked), reason, needed=False)


def _locked(actor: User, kept: C, version: int) -> C:
    """The row, locked, as the actor saw it and not stopped yet. The caller's query has shown it visible."""
    actor.require("medical.contract", kept.site.region_id, kept.site_id)
    return ending.lock(kept, version, "site")


def _site(actor: User, pk: int) -> Site:
    site = get_home(actor, pk)
    actor.require("medical.contract", site.region_id, site.pk)
    return site


def _period(since: dt.date, last: dt.date | None) -> DateRange:
    if last is not None and last < since:
        raise Refused(fields={"last": _("The last day lies before the first.")})
    return DateRange(since, None if last is None else last + dt.timedelta(days=1))


def _keep(actor: User, site: Site, file: BinaryIO | None) -> Attachment | None:
    if file is None:
        return None
    try:
        return attachments.store(actor, file, papers.CONTRACT, site.region_id, site_id=site.pk)
    except Refused as refusal:
        raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal


def _key(kept: Contract | Licence) -> str:
    return f"medical.{kept._meta.model_name}:{kept.pk}"


def remind(today: dt.date | None = None) -> int:
    """Ask homes to renew contracts and licences that end soon. Asking again is free.

    Returns how many items it concerns.
    """
    today, actor, asked = today or timezone.localdate(), platform_user(), 0
    with transaction.atomic():
        for contract in queries.ending(Contract, today).select_related("institution__organisation"):
            _ask(actor, workkinds.CONTRACT_ENDS, contract, contract.institution.name, "medical:contract")
            asked += 1
        for licence in queries.ending(Licence, today):
            _ask(actor, workkinds.LICENCE_ENDS, licence, licence.name, "medical:licence")
            asked += 1
    return asked


def _ask(actor: User, kind: str, kept: Contract | Licence, what: str, to: str) -> None:
    site = kept.site
    last = kept.period.upper - dt.timedelta(days=1)
    inbox.ask(
        actor, kind, key=_key(kept), region=site.region_id, site=site.pk, url=reverse(to, args=[kept.pk]),
        params={"home": site.name, "what": what, "day": last.isoformat()},
    )
