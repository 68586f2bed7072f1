"""The paper of an area's coverage: numbered, dated, with a place for the seal."""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.documents.actions import issue
from yinian.core.documents.kinds import document_kind
from yinian.core.documents.models import Document
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.entitlements.coverage.queries import Share
from yinian.entitlements.models import Run

KIND = document_kind(
    "entitlements.coverage", gettext_lazy("Report of coverage"), series="养覆", store="entitlements.export",
    open="entitlements.view",
)
TEMPLATE = "entitlements/coverage/paper.typ"


def issue_paper(
    actor: User, region: Region, run: Run, words: str, services: Sequence[tuple[str, Share]],
    areas: Sequence[tuple[str, Share]],
) -> Document:
    """Issue the coverage of an area as a paper. Raises Forbidden or NotVisible without the right to export there."""
    whole = sum((share for _name, share in services), Share())
    with translation.override("zh-hans"):
        return issue(
            actor, KIND.name, region=region.pk, title=_("Report of coverage"), template=TEMPLATE,
            data={
                "as_of": run.as_of.isoformat(), "run": run.pk, "area": region.name, "words": words, "due": whole.due,
                "receiving": whole.receiving, "missing": whole.missing, "rate": _rate(whole),
                "services": [_row(name, share) for name, share in services],
                "areas": [_row(name, share) for name, share in areas],
            },
        )


def _rate(share: Share) -> str:
    return "–" if share.rate is None else f"{share.rate}%"


def _row(name: str, share: Share) -> list[Any]:
    return [name, f"{share.due:,}", f"{share.receiving:,}", f"{share.missing:,}", _rate(share)]
