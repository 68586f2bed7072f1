"""Kinds of papers the platform issues: notices, decisions, reports. Rooms register theirs; none is known here."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise

from yinian.core.attachments.kinds import purpose
from yinian.core.attachments.reach import concerns_sites
from yinian.core.documents.reach import of_sites
from yinian.core.roles import RIGHTS


@dataclass(frozen=True)
class DocumentKind:
    """One kind: its name on pages, the word of its number series, and the rights to issue and to open it."""

    name: str
    label: Promise | str
    series: str
    store: str
    open: str

    @property
    def purpose(self) -> str:
        """Under what purpose its file is kept."""
        return f"document.{self.name}"


KINDS: dict[str, DocumentKind] = {}


def _file_of_a_paper(sites: tuple[int, ...]) -> Q:
    from yinian.core.documents.models import Document

    return Q(pk__in=Document.objects.filter(of_sites(sites)).values("attachment"))


def document_kind(name: str, label: Promise | str, *, series: str, store: str, open: str) -> DocumentKind:
    """Register a kind, such as ``document_kind("assessments.notice", _("Assessment notice"), series="养评", …)``.

    ``series`` is the Chinese word of its numbers: 养评〔2026〕12号. Kinds may share a series.
    """
    for right in (store, open):
        if right not in RIGHTS:
            raise KeyError(f"unknown right {right!r}")
    made = DocumentKind(name, label, series, store, open)
    purpose(made.purpose, store=store, open=open, kinds=frozenset({"pdf"}))
    concerns_sites(made.purpose, _file_of_a_paper)
    KINDS[name] = made
    return made
