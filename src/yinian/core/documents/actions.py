"""Issuing and withdrawing papers: number taken, set, kept encrypted, recorded; all in the caller's transaction."""

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.documents.kinds import KINDS
from yinian.core.documents.models import Document
from yinian.core.documents.queries import get_document
from yinian.core.documents.setting import set_paper
from yinian.core.errors import Refused
from yinian.core.regions.models import CODE_LENGTHS, Level, Region
from yinian.core.users.models import User


def issuer_of(region_code: str) -> str:
    """Whose letterhead a paper of a region bears unless its room says otherwise: the county's civil affairs bureau."""
    return f"{_county_of(region_code).name}民政局"


def issue(
    actor: User, kind: str, *, region: str, title: str, template: str, data: Mapping[str, Any],
    person: int | None = None, issuer: str = "", on: dt.date | None = None, site: int | None = None,
) -> Document:
    """Issue a paper of a registered kind: the next number of its series in the county and year, as PDF/A.

    ``region``: code of whom or what it concerns (a person's village); it decides who may open the paper. ``title``
    stands over it and must name nobody; ``site``: the site whose staff issue it; ``template``: a typst file below
    src/yinian (layout: core/documents/layout.typ), which finds ``data`` and besides ``data.paper`` (title, number,
    issuer, issued_on).
    Numbers follow one another without a gap: the last one is locked until the caller's transaction ends.
    Raises Forbidden or NotVisible without the kind's right there.
    """
    spec = KINDS[kind]
    actor.require(spec.store, region, site)
    day, now = on or timezone.localdate(), timezone.now()
    with transaction.atomic():
        county = _county_of(region)
        document = Document(
            kind=kind, county=county, region_id=region, series=spec.series, year=day.year,
            serial=_next_serial(county.code, spec.series, day.year), title=title[:200],
            issuer=issuer or issuer_of(region), person_ref=person, issued_on=day, issued_by=actor, issued_at=now,
        )
        document.attachment = attachments.store(
            actor, io.BytesIO(set_paper(template, {**data, "paper": _head(document)}, at=now)), spec.purpose, region,
            name=f"{title}{document.number}.pdf", site_id=site,
        )
        document.save(force_insert=True)
        record(actor, "documents.issue", document, region=region,
               detail={"kind": kind, "number": document.number, "sha256": document.attachment.sha256})
    return document


def preview(region: str, *, title: str, template: str, data: Mapping[str, Any], issuer: str = "") -> bytes:
    """The same paper as a draft: no number, marked as such, kept nowhere. The caller has checked the right."""
    head = {"title": title, "number": "", "issuer": issuer or issuer_of(region), "draft": True,
            "issued_on": timezone.localdate().isoformat()}
    return set_paper(template, {**data, "paper": head}, at=timezone.now())


def withdraw(actor: User, document_id: int, reason: str) -> Document:
    """Mark a paper as withdrawn, with a reason; it stays on file. Raises :class:`Refused` when it already is."""
    document = get_document(actor, document_id)
    actor.require(KINDS[document.kind].store, document.region_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        locked = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if locked.withdrawn_at is not None:
            raise Refused(_("This paper is already withdrawn."))
        locked.withdrawn_at, locked.withdrawn_by, locked.withdraw_reason = timezone.now(), actor, reason[:200]
        locked.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
        record(actor, "documents.withdraw", locked, region=locked.region_id, reason=reason[:200],
               detail={"number": locked.number})
    return locked


def _county_of(region_code: str) -> Region:
    return Region.objects.defer("outline").get(pk=region_code[: CODE_LENGTHS[Level.COUNTY]])


def _head(document: Document) -> dict[str, Any]:
    return {"title": document.title, "number": document.number, "issuer": document.issuer,
            "issued_on": document.issued_on.isoformat()}


def _next_serial(county: str, series: str, year: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7305463, hashtext(%s))", [f"{county}:{series}:{year}"])
        cursor.execute(
            "SELECT coalesce(max(serial), 0) + 1 FROM core_document WHERE county_id = %s AND series = %s AND year = %s",
            [county, series, year],
        )
        return int(cursor.fetchone()[0])
