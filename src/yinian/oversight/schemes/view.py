"""What the pages of evaluations share: crumbs, stages, timelines, files handed out, forms with one field set."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.access import StaffRequest
from yinian.core.attachments import actions as attachments
from yinian.core.errors import Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day
from yinian.core.models import Attachment
from yinian.oversight.schemes.models import Application, Round, RoundStep
from yinian.oversight.schemes.rules import name_of

TONES = {
    "open": "info", "review": "warn", "ranked": "warn", "notice": "warn", "recognised": "ok", "cancelled": "mute",
}
APPLICATION_TONES = {
    "draft": "mute", "submitted": "info", "withdrawn": "mute", "recommended": "info", "passed_over": "mute",
    "recognised": "ok", "not_recognised": "mute",
}
INLINE = ("image/",)


def crumbs(last: str, *middle: tuple[str, str]) -> list[tuple[str, str | None]]:
    return [(_("Evaluations"), reverse("oversight:rounds")), *middle, (last, None)]


def round_crumbs(one: Round, last: str) -> list[tuple[str, str | None]]:
    return crumbs(last, (name_of(one), reverse("oversight:round", args=[one.pk])))


def application_crumbs(one: Application, last: str) -> list[tuple[str, str | None]]:
    return crumbs(last, (name_of(one.round), reverse("oversight:round", args=[one.round_id])),
                  (one.region.name, reverse("oversight:application", args=[one.pk])))


def version_of(request: StaffRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else -1


def whole(text: str | None) -> int:
    """A posted id; 0 where it is none."""
    return int(text) if text and text.isdigit() and len(text) < 18 else 0


def stage_bar(one: Round) -> list[dict[str, Any]]:
    """The stages of a round with the day each is due or was reached."""
    order = ["open", "review", "ranked", "notice", "recognised"]
    words = {
        "open": pgettext("evaluation stage", "Applications"), "review": pgettext("evaluation stage", "Expert review"),
        "ranked": pgettext("evaluation stage", "Ranking and decision"),
        "notice": pgettext("evaluation stage", "Public notice"),
        "recognised": pgettext("evaluation stage", "Recognition"),
    }
    if one.state == Round.State.CANCELLED:
        return []
    at = order.index(one.state)
    notes = {"open": _("by %(day)s") % {"day": day(one.recommend_by)},
             "review": _("by %(day)s") % {"day": day(one.review_by)}}
    found = getattr(one, "notice", None)
    if found is not None:
        notes["notice"] = _("by %(day)s") % {"day": day(found.until)}
    over = one.state == Round.State.RECOGNISED
    return [{"words": words[key], "done": n < at or over, "now": n == at and not over, "note": notes.get(key, "")}
            for n, key in enumerate(order)]


VERBS: dict[str, tuple[Callable[[], str], str]] = {
    "open": (lambda: _("Evaluation opened"), "info"),
    "cancel": (lambda: _("Evaluation cancelled"), "bad"),
    "begin": (lambda: _("Application begun"), "mute"),
    "submit": (lambda: _("Application submitted"), "ok"),
    "withdraw": (lambda: _("Application withdrawn"), "warn"),
    "send_back": (lambda: _("Sent back by the prefecture"), "warn"),
    "visit": (lambda: _("Visited by the prefecture"), "info"),
    "propose_list": (lambda: _("Recommendation proposed"), "info"),
    "take_list_back": (lambda: _("Recommendation taken back"), "warn"),
    "send_list": (lambda: _("Recommendation sent"), "ok"),
    "recommend": (lambda: _("Recommended"), "ok"),
    "pass_over": (lambda: _("Not recommended"), "mute"),
    "add_expert": (lambda: _("Expert put on the panel"), "info"),
    "release_expert": (lambda: _("Expert taken off the panel"), "warn"),
    "recuse": (lambda: _("An expert does not read it"), "warn"),
    "begin_review": (lambda: _("Expert review begun"), "info"),
    "assign": (lambda: _("Readings assigned"), "info"),
    "take_reading_back": (lambda: _("Reading taken back"), "warn"),
    "close_scoring": (lambda: _("Scoring closed, ranking computed"), "ok"),
    "propose_result": (lambda: _("List proposed"), "info"),
    "approve_result": (lambda: _("List approved, notice up"), "ok"),
    "object": (lambda: _("Objection recorded"), "warn"),
    "settle_objection": (lambda: _("Answered an objection"), "info"),
    "recognise": (lambda: _("Recognised"), "ok"),
    "not_recognise": (lambda: _("Not recognised"), "mute"),
    "recognise_all": (lambda: _("Result announced"), "ok"),
    "set_award": (lambda: _("Award set"), "info"),
    "approve_award": (lambda: _("Award approved"), "ok"),
    "report_use": (lambda: _("Use of the award reported"), "info"),
}
# What only the organiser reads in a history: who sits on the panel, who reads what, and why not.
OF_THE_PANEL = ("add_expert", "release_expert", "recuse", "assign", "take_reading_back")


def events(steps: Any, inside: bool) -> list[dict[str, Any]]:
    """Steps as a timeline; those of the panel for the organiser alone."""
    found = steps.select_related("actor", "application__region").defer("application__region__outline")
    return [_event(one) for one in found if inside or one.verb not in OF_THE_PANEL]


def _event(one: RoundStep) -> dict[str, Any]:
    words, tone = VERBS[one.verb]
    title = words() if one.application is None else f"{one.application.region.name} · {words()}"
    return {"at": one.at, "title": title, "who": one.actor.full_name, "text": one.reason, "tone": tone, "icon": "flag",
            "url": ""}


def handed_out(request: StaffRequest, attachment: Attachment) -> HttpResponse:
    """A file to somebody whom a query has let see what it belongs to; the opening is recorded."""
    response = StreamingHttpResponse(
        attachments.open_for(request.user, attachment), content_type=attachment.media_type
    )
    response["Content-Length"] = str(attachment.size)
    inline = attachment.media_type.startswith(INLINE)
    response["Content-Disposition"] = content_disposition_header(not inline, attachment.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response  # type: ignore[return-value]


def form_act(
    request: StaffRequest, form: forms.BaseForm, act: Callable[[dict[str, Any]], Any], *, to: str, done: str,
    template: str = "oversight/form.html", **context: Any,
) -> HttpResponse:
    """A form's page: shown, refused with everything typed kept, or done with a word and on to ``to``."""
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, done)
            return HttpResponseRedirect(to)
    return render_form(request, template, form, refusal=refusal, back=to, **context)
