"""What files and papers this room keeps, and who may store and open them."""

from django.utils.translation import gettext_lazy as _

from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, purpose
from yinian.core.documents.kinds import document_kind

# An assessor opens the files of their own visits on the visit's page; by the file's own address only officers do.
PHOTO = purpose("assessments.photo", store="assessments.assess", open="assessments.area", kinds=IMAGES).name
PAPER = purpose(
    "assessments.paper", store="assessments.assess", open="assessments.area", kinds=IMAGES | DOCUMENTS
).name
SIGNATURE = purpose(
    "assessments.signature", store="assessments.assess", open="assessments.area", kinds=frozenset({"png"})
).name
REQUEST = purpose(
    "assessments.request", store="assessments.request", open="assessments.area", kinds=IMAGES | DOCUMENTS
).name
NOTICE = document_kind(
    "assessments.notice", _("Notice of an assessment result"), series="养评", store="assessments.issue",
    open="assessments.area",
).name
PLAN = document_kind(
    "assessments.plan", _("Care plan"), series="养照", store="careplans.edit", open="careplans.area"
).name
PLAN_SIGNED = purpose(
    "assessments.plan_signed", store="careplans.agree", open="careplans.area", kinds=IMAGES | frozenset({"pdf"})
).name
