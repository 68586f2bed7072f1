"""Reading attachments: those whose purpose and region, or site, the actor's rights reach."""

from django.db.models import Q, QuerySet

from yinian.core.attachments.kinds import PURPOSES
from yinian.core.attachments.models import Attachment
from yinian.core.attachments.reach import of_sites
from yinian.core.errors import NotVisible
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[Attachment]:
    condition = Q(pk__in=[])
    for name, spec in PURPOSES.items():
        scope = actor.scope(spec.open)
        condition |= Q(purpose=name) & (scope.q("region__code") | of_sites(name, scope.sites))
    return Attachment.objects.filter(condition)


def get_attachment(actor: User, pk: int) -> Attachment:
    attachment = visible_to(actor).filter(pk=pk).first()
    if attachment is None:
        raise NotVisible("attachment")
    return attachment
