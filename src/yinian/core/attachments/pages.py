"""Handing a file out."""

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from yinian.core.access import StaffRequest, page
from yinian.core.attachments import actions, queries


@page(None)
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """The file, always as a download and never sniffed; who may is decided by its purpose and region."""
    attachment = queries.get_attachment(request.user, pk)
    response = StreamingHttpResponse(actions.open(request.user, attachment), content_type=attachment.media_type)
    response["Content-Length"] = str(attachment.size)
    response["Content-Disposition"] = content_disposition_header(True, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]
