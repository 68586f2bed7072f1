"""Background jobs: the list, one job live, and its stop button."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core import exports
from yinian.core.access import StaffRequest, page
from yinian.core.attachments.kinds import MEDIA
from yinian.core.jobs import actions, queries
from yinian.core.jobs.kinds import KINDS
from yinian.core.jobs.models import Job
from yinian.core.lists import Column, Filter, ListView, render_list

_TONES = {"queued": "mute", "running": "info", "done": "ok", "failed": "bad", "cancelled": "warn"}


def kind_words(name: str) -> str:
    """The job's kind in words."""
    kind = KINDS.get(name)
    return str(kind.label) if kind is not None else _("Background work")


JOBS = ListView(
    title=gettext_lazy("Background work"),
    subtitle=gettext_lazy("Runs, loads and checks that go on while you do something else."),
    columns=[
        Column("kind", gettext_lazy("Work"), lambda job: kind_words(job.kind)),
        Column("state", gettext_lazy("State"), lambda job: (job.get_state_display(), _TONES[job.state]), kind="badge"),
        Column("percent", gettext_lazy("Progress"), lambda job: f"{job.percent}%"),
        Column("region", gettext_lazy("Area"), lambda job: job.region.name),
        Column("owner", gettext_lazy("Started by"), lambda job: job.owner.full_name),
        Column("created", gettext_lazy("Asked for"), lambda job: job.created_at, kind="moment"),
        Column("finished", gettext_lazy("Over at"), lambda job: job.finished_at, kind="moment"),
    ],
    filters=[
        Filter("state", gettext_lazy("State"), lambda qs, value: qs.filter(state=value),
               choices=lambda actor: Job.State.choices),
        Filter("kind", gettext_lazy("Work"), lambda qs, value: qs.filter(kind=value),
               choices=lambda actor: [(name, kind.label) for name, kind in sorted(KINDS.items())]),
    ],
    default_sort=("pk", "desc"),
    row_url=lambda job: reverse("core:job", args=[job.pk]),
    empty=gettext_lazy("No work has been started yet"),
)


@page("jobs.view")
def job_list(request: StaffRequest) -> HttpResponse:
    return render_list(request, JOBS, queries.visible_to(request.user),
                       extra={"crumbs": [(_("Settings"), reverse("core:settings")), (_("Background work"), None)]})


@page(None)
def job_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One job; whoever started it may see it without the right to all jobs."""
    job = queries.get_job(request.user, pk)
    may_stop = not job.is_over and (
        job.owner_id == request.user.pk or request.user.scope("jobs.cancel").covers(job.region_id)
    )
    return render(request, "core/job.html", {
        "job": job, "kind": kind_words(job.kind), "may_stop": may_stop,
        "next_step": _what_to_do(job),
        "file_url": exports.address(job) if job.owner_id == request.user.pk else None,
        "had_file": job.owner_id == request.user.pk and "file" in job.result,
    })


def _what_to_do(job: Job) -> str:
    if job.state == Job.State.FAILED:
        return _("Nothing was half-saved. Start it again from where you started it; if it fails again, tell the system "
                 "administrator the number of this job.")
    if job.state == Job.State.CANCELLED:
        return _("It was stopped, and nothing was saved. Start it again from where you started it.")
    return ""


@page(None)
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """The live part alone; when the job is over the page is loaded anew, once."""
    job = queries.get_job(request.user, pk)
    response = render(request, "core/job_progress.html", {"job": job})
    if job.is_over:
        response["HX-Refresh"] = "true"
    return response


@page(None)
def job_file(request: StaffRequest, pk: int) -> HttpResponse:
    """The workbook that a job made, for whoever asked for it."""
    chunks, kept = exports.hand_out(request.user, queries.get_job(request.user, pk))
    response = StreamingHttpResponse(chunks, content_type=MEDIA["xlsx"])
    response["Content-Length"] = str(kept["size"])
    response["Content-Disposition"] = content_disposition_header(True, kept["name"]) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


@page(None, methods=("POST",))
def stop(request: StaffRequest, pk: int) -> HttpResponse:
    job = actions.cancel(request.user, pk)
    messages.success(request, _("The job stops at its next step."))
    return redirect("core:job", job.pk)
