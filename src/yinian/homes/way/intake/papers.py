"""What papers this part of the room issues and keeps, and who may store and open them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yinian.core.attachments.kinds import IMAGES, purpose
from yinian.core.attachments.reach import concerns_sites
from yinian.core.documents import reach
from yinian.core.documents.kinds import document_kind
from yinian.homes.way.intake.models import Agreement

AGREEMENT = document_kind(
    "homes.agreement", _("Agreement with a resident"), series="养住", store="homes.intake", open="homes.intake"
).name
SIGNED = purpose(
    "homes.agreement_signed", store="homes.intake", open="homes.intake", kinds=IMAGES | frozenset({"pdf"})
).name


def _copies(sites: tuple[int, ...]) -> Q:
    return Q(pk__in=Agreement.objects.filter(site__in=sites, signed_copy__isnull=False).values("signed_copy"))


concerns_sites(SIGNED, _copies)


@reach.register
def _agreements(sites: tuple[int, ...]) -> Q:
    """A home's staff open the agreements of their own home."""
    return Q(pk__in=Agreement.objects.filter(site__in=sites, document__isnull=False).values("document"))
