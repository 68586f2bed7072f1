"""What files and papers this room keeps, and who may store and open them.

An applicant's rivals share no area with it, so area alone keeps the files of one from another; experts open what they
read on the page of their reading.
"""

from django.utils.translation import gettext_lazy as _

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, SHEETS, purpose
from yinian.core.documents.kinds import document_kind

PAPER = purpose(
    "oversight.paper", store="schemes.apply", open="oversight.view", kinds=IMAGES | DOCUMENTS | SHEETS
).name
PHOTO = purpose("oversight.photo", store="schemes.recommend", open="schemes.recommend", kinds=IMAGES).name
EVIDENCE = purpose(
    "oversight.evidence", store="schemes.apply", open="oversight.view", kinds=IMAGES | DOCUMENTS | SHEETS
).name
NOTICE = document_kind(
    "oversight.notice", _("Public notice of an evaluation"), series="评示", store="schemes.manage",
    open="schemes.manage",
).name
RESULT = document_kind(
    "oversight.result", _("Result of an evaluation"), series="评认", store="schemes.manage", open="schemes.manage"
).name
# The kinds of file a scheme speaks of, as the vault tells them apart.
KINDS = {"picture": IMAGES, "document": DOCUMENTS, "sheet": SHEETS}
