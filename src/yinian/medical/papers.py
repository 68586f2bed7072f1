"""What papers this room issues and keeps, and who may store and open them."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, SHEETS, purpose
from yinian.core.attachments.reach import concerns_sites
from yinian.core.documents import reach
from yinian.core.documents.kinds import document_kind
from yinian.medical.models import CheckUp, Contract, Licence, Referral
from yinian.people.models import Person
from yinian.people.persons import scope

REFERRAL = document_kind(
    "medical.referral", _("Referral"), series="转诊", store="medical.refer", open="health.view"
).name
CONTRACT = purpose("medical.contract", store="medical.contract", open="medical.view", kinds=IMAGES | DOCUMENTS).name
DISCHARGE = purpose("medical.discharge", store="medical.refer", open="health.view", kinds=IMAGES | DOCUMENTS).name
CHECK_LIST = purpose("medical.check_list", store="health.edit", open="health.edit", kinds=SHEETS).name
CHECK_LIST_RETURNED = purpose(
    "medical.check_list_returned", store="health.edit", open="health.edit", kinds=frozenset({"xlsx"})
).name
CHECK_UP = purpose("medical.check_up", store="health.edit", open="health.view", kinds=IMAGES | DOCUMENTS).name


def _contracts(sites: tuple[int, ...]) -> Q:
    return Q(pk__in=Contract.objects.filter(site__in=sites, paper__isnull=False).values("paper")) | Q(
        pk__in=Licence.objects.filter(site__in=sites, paper__isnull=False).values("paper")
    )


def _discharges(sites: tuple[int, ...]) -> Q:
    return Q(pk__in=Referral.objects.filter(site__in=sites, discharge__isnull=False).values("discharge"))


def _check_ups(sites: tuple[int, ...]) -> Q:
    people = Person.objects.filter(scope.of_sites(sites))
    return Q(pk__in=CheckUp.objects.filter(person__in=people, paper__isnull=False).values("paper"))


concerns_sites(CONTRACT, _contracts)
concerns_sites(DISCHARGE, _discharges)
concerns_sites(CHECK_UP, _check_ups)


@reach.register
def _referrals(sites: tuple[int, ...]) -> Q:
    """A home's staff open the referrals of their own home."""
    return Q(pk__in=Referral.objects.filter(site__in=sites, document__isnull=False).values("document"))
