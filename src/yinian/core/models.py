"""All tables of the base floor, gathered for Django; each lives with its noun."""

from yinian.core.attachments.models import Attachment
from yinian.core.audit.models import AuditLink, AuditRow, Reveal
from yinian.core.calendar.models import Holiday
from yinian.core.documents.models import Document
from yinian.core.inbox.models import WorkItem, WorkStep
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Level, Region
from yinian.core.users.models import Posting, RecoveryCode, Scope, User

__all__ = [
    "Attachment",
    "AuditLink",
    "AuditRow",
    "Document",
    "Holiday",
    "Job",
    "Level",
    "Posting",
    "RecoveryCode",
    "Region",
    "Reveal",
    "Scope",
    "User",
    "WorkItem",
    "WorkStep",
]
