"""What files and papers this room keeps besides the plans themselves, and who may store and open them."""

from django.utils.translation import gettext_lazy as _

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, SHEETS, purpose
from yinian.core.documents.kinds import document_kind

# A unit opens its evidence on the page of the task; by the file's own address only those who see the whole plan do.
EVIDENCE = purpose(
    "plans.evidence", store="plans.report", open="plans.area", kinds=IMAGES | DOCUMENTS | SHEETS
).name
PHOTO = purpose("plans.photo", store="plans.report", open="plans.area", kinds=IMAGES).name
LETTER = document_kind(
    "plans.letter", _("Supervision letter"), series="养督", store="plans.drive", open="plans.area"
).name
DISPATCH = document_kind(
    "plans.dispatch", _("Dispatch report"), series="养调", store="plans.drive", open="plans.area"
).name
MINUTES = document_kind(
    "plans.minutes", _("Minutes of a joint meeting"), series="养会", store="plans.drive", open="plans.area"
).name
