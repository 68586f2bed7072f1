"""The views of the room, as the line of tabs over each of its lists."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yinian.core.access import StaffRequest

# Address, right, words.
_TABS = (
    ("assessments:mine", "assessments.assess", lambda: _("My visits")),
    ("assessments:list", "assessments.area", lambda: _("Requests")),
    ("assessments:to_assess", "assessments.request", lambda: _("To be assessed")),
    ("assessments:assigning", "assessments.assign", lambda: _("Naming assessors")),
    ("assessments:results", "assessments.view", lambda: _("Results")),
    ("assessments:objections", "assessments.area", lambda: _("Objections")),
    ("assessments:recognitions", "assessments.area", lambda: pgettext("assessments", "Of other bodies")),
    ("assessments:assessors", "assessments.area", lambda: _("Assessors")),
    ("assessments:rules", "assessments.view", lambda: pgettext("assessments", "Rules")),
)


def tabs(request: StaffRequest, here: str) -> list[tuple[Any, ...]]:
    """The tabs the reader may open, the current one marked: (words, address, current)."""
    return [
        (words(), reverse(address), address == here)
        for address, right, words in _TABS
        if request.user.may(right)
    ]
