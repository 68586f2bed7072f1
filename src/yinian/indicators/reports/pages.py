"""Pages of the reports: which periods there are, each in its forms, and issued as a numbered paper."""

import io

from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from yinian.core.access import StaffRequest, page
from yinian.core.audit.actions import record
from yinian.core.errors import NotVisible
from yinian.core.models import Document, Region
from yinian.indicators.models import Period
from yinian.indicators.pages import as_day, trail, where
from yinian.indicators.periods import Span
from yinian.indicators.reports import content, making

FORMS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@page("indicators.view")
def report_list(request: StaffRequest) -> HttpResponse:
    """The years and quarters that have frozen figures, and the papers issued of them."""
    region = where(request)
    spans = content.available(request.user, region)
    issued = (
        Document.objects.filter(kind=making.KIND.name, region=region, withdrawn_at__isnull=True)
        .select_related("issued_by").order_by("-pk")[:20]
    )
    return render(request, "indicators/reports.html", {
        "region": region, "path": trail(request, region, "indicators:reports"), "issued": issued,
        "yearly": [span for span in spans if span.kind == Period.YEAR],
        "quarterly": [span for span in spans if span.kind == Period.QUARTER],
        "may_export": request.user.may("indicators.export"),
    })


def _asked(request: StaffRequest, kind: str, starts: str) -> tuple[Region, Span, bool]:
    region = where(request)
    span = content.span_from(kind, as_day(starts))
    if span is None:
        raise NotVisible("report")
    return region, span, request.GET.get("public") == "1"


@page("indicators.view")
def report(request: StaffRequest, kind: str, starts: str) -> HttpResponse:
    """A report on the page, or as a Word document, a draft of the paper, or a workbook (``?format=``)."""
    region, span, public = _asked(request, kind, starts)
    form = request.GET.get("format", "")
    if form not in FORMS:
        made = content.build(request.user, region, span, public)
        return render(request, "indicators/report.html", {
            "region": region, "path": trail(request, region, "indicators:report", kind, starts), "content": made,
            "span": span, "public": public, "heads": making.heads(),
            "chapters": [(chapter, making.lines_of(chapter)) for chapter in made.chapters],
            "may_export": request.user.may("indicators.export"),
            "base": f"{reverse('indicators:report', args=[kind, starts])}?region={region.pk}",
        })
    request.user.require("indicators.export", region.pk)
    with translation.override("zh-hans"):
        made = content.build(request.user, region, span, public)
        file = io.BytesIO()
        if form == "pdf":
            file.write(making.as_pdf(region, made))
        elif form == "docx":
            making.as_docx(made, file)
        else:
            making.as_xlsx(made, file)
        name = f"{made.title}{_(' (public)') if public else ''}.{form}"
    with transaction.atomic():
        record(request.user, "indicators.export", region=region.pk,
               detail={"report": kind, "starts": starts, "form": form, "public": public})
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=FORMS[form])
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


@page("indicators.view", methods=("POST",), also=("indicators.export",))
def issue(request: StaffRequest, kind: str, starts: str) -> HttpResponse:
    """Issue the report as a numbered paper, and open it."""
    region, span, public = _asked(request, kind, starts)
    with translation.override("zh-hans"):
        made = making.issue_paper(request.user, region, content.build(request.user, region, span, public))
    return HttpResponseRedirect(reverse("core:attachment", args=[made.attachment_id]))
