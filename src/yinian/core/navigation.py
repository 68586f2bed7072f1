"""The side bar: at most nine entries, named by the work. A room adds its entry here by address, not by import."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """One entry: its words, icon, address, the right it needs, and the address prefixes it lights up for."""

    label: Promise | str
    icon: str
    to: str
    right: str
    prefixes: tuple[str, ...]
    foot: bool = False


ENTRIES = (
    Entry(_("Desk"), "home", "core:desk", "inbox.view", ("/desk/",)),
    Entry(_("Older people"), "users", "people:list", "people.view", ("/people/",)),
    Entry(_("Service list and dues"), "clipboard-list", "entitlements:overview", "entitlements.view", ("/services/",)),
    Entry(_("Homes and beds"), "bed", "homes:list", "homes.view", ("/homes/",)),
    Entry(_("Places"), "map-pin", "places:list", "places.view", ("/places/",)),
    Entry(_("Workforce"), "heart", "workforce:list", "workforce.view", ("/workforce/",)),
    Entry(_("Departmental lists"), "file-spreadsheet", "people:imports", "people.import", ("/people/imports/",)),
    Entry(_("Demo calibration"), "chart-bar", "demo:calibration", "demo.view", ("/demo/",)),
    Entry(_("Settings"), "settings", "core:settings", "inbox.view", ("/settings/",), foot=True),
)


def entries(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries the user may open, the current one marked."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    # The longest matching prefix wins, so that a page below another entry's address lights only its own.
    best = max(
        (prefix for entry in ENTRIES for prefix in entry.prefixes if request.path.startswith(prefix)),
        key=len,
        default="",
    )
    return [
        {
            "label": entry.label,
            "icon": entry.icon,
            "url": reverse(entry.to),
            "current": best in entry.prefixes and bool(best),
            "foot": entry.foot,
        }
        for entry in ENTRIES
        if user.may(entry.right)
    ]
