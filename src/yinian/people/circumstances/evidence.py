"""Files that prove a circumstance, kept with the record they prove."""

from typing import BinaryIO

from yinian.core.attachments import actions
from yinian.core.attachments.models import Attachment
from yinian.core.errors import Refused
from yinian.core.users.models import User
from yinian.people.persons.actions import check_reach
from yinian.people.persons.models import Person

EVIDENCE = "people.evidence"  # a purpose of yinian.core.attachments.kinds


def store_evidence(actor: User, person: Person, file: BinaryIO) -> Attachment:
    """Keep a photo or scan about a person; Refused, beside its field, with what is wrong with the file."""
    site = check_reach(actor, "people.edit", person)
    try:
        return actions.store(actor, file, EVIDENCE, person.region_id, site_id=site)
    except Refused as refusal:
        raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
