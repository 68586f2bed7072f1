"""Pictures and papers kept with findings, and who may open them."""

from django.db.models import Q

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, purpose
from yinian.core.attachments.reach import concerns_sites
from yinian.homes.reviews.models import Finding, FindingStep

EVIDENCE = purpose("homes.finding", store="reviews.view", open="reviews.view", kinds=IMAGES | DOCUMENTS).name


def _of_homes(sites: tuple[int, ...]) -> Q:
    photos = Finding.objects.filter(site__in=sites, photo__isnull=False).values("photo")
    steps = FindingStep.objects.filter(finding__site__in=sites, evidence__isnull=False).values("evidence")
    return Q(pk__in=photos) | Q(pk__in=steps)


concerns_sites(EVIDENCE, _of_homes)
