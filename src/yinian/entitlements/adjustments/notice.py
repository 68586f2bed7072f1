"""The paper that tells a person of a correction: month by month, why, how it is settled, and how to object."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from yinian.core.documents.actions import issue
from yinian.core.documents.kinds import document_kind
from yinian.core.documents.models import Document
from yinian.core.users.models import User
from yinian.engines.entitlement import Pack, PackError
from yinian.engines.entitlement.explain import clause_of
from yinian.entitlements import packs
from yinian.entitlements.adjustments.causes import stretches
from yinian.entitlements.adjustments.queries import label_words
from yinian.entitlements.models import Correction

KIND = document_kind(
    "entitlements.correction", _("Notice of arrears or recovery"), series="养补", store="entitlements.settle",
    open="entitlements.names",
)
TEMPLATE = "entitlements/adjustments/notice.typ"


def issue_notice(actor: User, correction: Correction) -> Document:
    """Issue the notice of an approved correction. Papers are Chinese, whoever issues them."""
    with translation.override("zh-hans"):
        arrears = correction.kind == Correction.Kind.ARREARS
        return issue(
            actor, KIND.name, region=correction.region_code, person=correction.person_id,
            title=str(_("Notice of arrears")) if arrears else str(_("Notice of recovery")),
            template=TEMPLATE, data=notice_data(correction),
        )


def notice_data(correction: Correction) -> dict[str, Any]:
    """What the paper says, as plain data."""
    person = correction.person
    pack = packs.in_force(correction.region_code).pack
    return {
        "name": person.name, "village": _place(person.region), "service": label_words(correction.label, ""),
        "arrears": correction.kind == Correction.Kind.ARREARS, "deceased": correction.deceased,
        "answers": correction.answers, "amount": correction.amount_fen, "method": correction.method,
        "parts": correction.parts, "reason": correction.reason,
        "rows": [
            {"when": stretch.when, "months": stretch.months, "held": stretch.held_fen, "due": stretch.due_fen,
             "difference": stretch.difference_fen, "why": list(stretch.why)}
            for stretch in stretches(correction.adjustments.all())
        ],
        "ground": _ground(pack, correction.service_id), "appeals": _appeals(pack, correction.service_id),
    }


def _place(region: Any) -> str:
    return (region.parent.name if region.parent is not None and region.level > 4 else "") + region.name


def _ground(pack: Pack, service_id: str) -> str:
    try:
        clause = clause_of(pack, pack.service(service_id).source)
    except (KeyError, PackError):
        return ""
    return f"《{clause.title}》" + (f"（{clause.number}）" if clause.number else "") + (clause.clause or "")


def _appeals(pack: Pack, service_id: str) -> list[dict[str, Any]]:
    """How to object, as the pack rules it, and whether that is verified."""
    try:
        ruled = pack.procedure(service_id).appeals
    except PackError:
        return []
    return [
        {"kind": way.kind, "days": way.days, "months": way.months, "where": way.where.zh,
         "sure": ruled.confidence == "verified"}
        for way in ruled.value
    ]
