"""Reading attachments: those whose purpose and region the actor's rights reach."""

from django.db.models import Q, QuerySet

from yinian.core.attachments.kinds import PURPOSES
from yinian.core.attachments.models import Attachment
from yinian.core.errors import NotVisible
from yinian.core.users.models import User


def visible_to(actor: User) -> QuerySet[Attachment]:
    condition = Q(pk__in=[])
    for name, spec in PURPOSES.items():
        condition |= Q(purpose=name) & actor.scope(spec.open).q("region__code")
    return Attachment.objects.filter(condition)


def get_attachment(actor: User, pk: int) -> Attachment:
    attachment = visible_to(actor).filter(pk=pk).first()
    if attachment is None:
        raise NotVisible("attachment")
    return attachment
