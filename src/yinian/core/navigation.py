"""The frame's knowledge: the side bar's entries, named by the work, and where the reader stands.

A room adds its entry here by address, not by import.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from yinian.core.regions.models import Region

THEME_COOKIE = "yinian_theme"
THEMES = ("light", "dark")
ON_THE_BAR = 4  # entries of the bottom bar before "more"
ON_THE_RAIL = 9  # entries of the side bar besides the settings at its foot


@dataclass(frozen=True)
class Entry:
    """One entry: its words, icon, address, the right it needs, and the address prefixes it lights up for."""

    label: Promise | str
    icon: str
    to: str
    right: str
    prefixes: tuple[str, ...]
    foot: bool = False
    spare: bool = False  # stands on the settings page too, and leaves the bar where that is full


ENTRIES = (
    Entry(_("Desk"), "home", "core:desk", "inbox.view", ("/desk/", "/work/")),
    Entry(_("My family"), "users", "people:own", "own.view", ("/people/own/", "/homes/own/")),
    Entry(_("Older people"), "users", "people:list", "people.view", ("/people/",)),
    Entry(_("Assessment"), "stethoscope", "assessments:list", "assessments.view", ("/assessments/",)),
    Entry(_("Services and dues"), "clipboard-list", "entitlements:overview", "entitlements.view", ("/services/",)),
    Entry(_("Homes and beds"), "bed", "homes:list", "homes.view", ("/homes/", "/medical/")),
    Entry(_("Places"), "map-pin", "places:list", "places.view", ("/places/",)),
    Entry(_("Workforce"), "heart", "workforce:list", "workforce.view", ("/workforce/",), spare=True),
    Entry(_("Departmental lists"), "file-spreadsheet", "people:imports", "people.import", ("/people/imports/",)),
    Entry(_("Oversight"), "scale", "oversight:rounds", "oversight.view", ("/oversight/",)),
    Entry(_("Expert review"), "clipboard-check", "oversight:readings", "schemes.score", ("/oversight/readings/",)),
    Entry(_("Plans and indicators"), "target", "plans:home", "plans.view", ("/plans/", "/indicators/")),
    Entry(_("Settings"), "settings", "core:settings", "inbox.view",
          ("/settings/", "/users/", "/audit/", "/jobs/", "/calendar/", "/account/", "/papers/", "/demo/"), foot=True),
)


# Entries that only some places have, by address: a room says there for whom.
_ONLY_WHERE: dict[str, Callable[[Any], bool]] = {}


def only_where(to: str, shown: Callable[[Any], bool]) -> None:
    """Show the entry at ``to`` only to users for whom ``shown(user)`` holds: their place has what it leads to."""
    _ONLY_WHERE[to] = shown


FEW = 7  # views of a room that stand in one row; more are shown by their groups


@dataclass(frozen=True)
class Desk:
    """One of the views a room's work is divided into, shown as tabs at the head of each."""

    order: int
    label: Promise | str
    to: str
    right: str
    group: str = ""


@dataclass(frozen=True)
class DeskGroup:
    """Views of a room that belong together, under one word. ``rest`` takes the views that name no group."""

    order: int
    label: Promise | str
    rest: bool = False


DESKS: dict[str, dict[str, Desk]] = {}
DESK_GROUPS: dict[str, dict[str, DeskGroup]] = {}


def desk_group(room: str, key: str, order: int, label: Promise | str, *, rest: bool = False) -> None:
    """Register a word under which views of a room stand together; ``rest``: also those that name no group."""
    DESK_GROUPS.setdefault(room, {})[key] = DeskGroup(order, label, rest)


def desk(room: str, key: str, order: int, label: Promise | str, to: str, right: str, group: str = "") -> None:
    """Register a view of a room: ``to`` is its address's name, ``right`` what it takes to see it.

    ``order`` is its place within ``group``. Where the group is not named or unknown, the view stands in the
    room's group for the rest, else in its last.
    """
    DESKS.setdefault(room, {})[key] = Desk(order, label, to, right, group)


# Pages of one thing that show it for whatever area is asked for, by view name: the switcher stays on them.
_OF_ANY_AREA: set[str] = set()


def of_any_area(*names: str) -> None:
    """Say that these pages of one thing take ``?region=``, as lists do: a change of area stays on the page."""
    _OF_ANY_AREA.update(names)


Tab = tuple[Promise | str, str, bool]  # words, address, whether it is the one in use


@dataclass(frozen=True)
class Views:
    """A room's views as one reader sees them: all of them in order, by group, and those of the group in use.

    Without ``groups`` there are so few that they stand in one row.
    """

    tabs: list[Tab]
    groups: list[tuple[Tab, list[Tab]]]

    @property
    def row(self) -> list[Tab]:
        """What stands in the row of tabs: the views of the group in use, or all."""
        return next((tabs for group, tabs in self.groups if group[2]), [] if self.groups else self.tabs)


def _group_of(room: str, one: Desk) -> str:
    groups = DESK_GROUPS.get(room, {})
    if one.group in groups:
        return one.group
    by_order = sorted(groups, key=lambda key: groups[key].order)
    return next((key for key in by_order if groups[key].rest), by_order[-1] if by_order else "")


def views(request: HttpRequest, room: str, current: str) -> Views:
    """The views of a room that the reader may open; the chosen area goes along. A group leads to its first."""
    area = request.GET.get("region", "")
    tail = f"?{urlencode({'region': area})}" if area.isdigit() else ""
    user, groups = request.user, DESK_GROUPS.get(room, {})
    by_group: dict[str, list[Tab]] = {}
    for key, one in sorted(DESKS.get(room, {}).items(), key=lambda pair: pair[1].order):
        if user.is_authenticated and user.may(one.right):
            tab = (one.label, reverse(one.to) + tail, key == current)
            by_group.setdefault(_group_of(room, one), []).append(tab)
    found = sorted(by_group.items(), key=lambda pair: groups[pair[0]].order if pair[0] in groups else 0)
    tabs = [tab for _key, those in found for tab in those]
    if len(tabs) <= FEW or len(found) < 2:
        return Views(tabs, [])
    return Views(tabs, [
        ((groups[key].label, those[0][1], any(tab[2] for tab in those)), those) for key, those in found
    ])


def _everywhere(user: Any) -> bool:
    return True


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
    shown = []
    for entry in ENTRIES:
        if not user.may(entry.right) or not _ONLY_WHERE.get(entry.to, _everywhere)(user):
            continue
        try:
            address = reverse(entry.to)
        except NoReverseMatch:  # a deployment may leave a room out
            continue
        shown.append({"label": entry.label, "icon": entry.icon, "url": address, "foot": entry.foot,
                      "spare": entry.spare, "current": best in entry.prefixes and bool(best)})
    if sum(not entry["foot"] for entry in shown) > ON_THE_RAIL:
        shown = [entry for entry in shown if not entry["spare"]]
    return shown


@dataclass
class Frame:
    """What stands around a page: who reads it, where they are, and how it looks. ``trail`` and ``below`` hold
    ``{code, name, url}``; a step above the reader's reach has no url."""

    user: Any = None
    theme: str = ""
    roles: list[str] = field(default_factory=list)
    trail: list[dict[str, Any]] = field(default_factory=list)
    below: list[dict[str, Any]] = field(default_factory=list)
    county: str = ""
    region: Region | None = None
    first: list[dict[str, Any]] = field(default_factory=list)
    rest: list[dict[str, Any]] = field(default_factory=list)


def frame_of(request: HttpRequest) -> Frame:
    """The request's frame, worked out once."""
    made: Frame | None = getattr(request, "_yinian_frame", None)
    if made is None:
        made = _frame(request)
        request._yinian_frame = made  # type: ignore[attr-defined]
    return made


def _frame(request: HttpRequest) -> Frame:
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    frame = Frame(theme=chosen if chosen in THEMES else "")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return frame
    frame.user, frame.roles = user, list(dict.fromkeys(user.role_labels))
    shown = entries(request)
    frame.first, frame.rest = shown[:ON_THE_BAR], shown[ON_THE_BAR:]
    home = user.home_region
    if home is None:
        return frame
    reach = tuple(posting.region_id for posting in user.current_postings)
    asked = request.GET.get("region", "")
    code = asked if asked.isdigit() and asked.startswith(reach) else home.code
    regions = list(Region.objects.filter(Q(code__in=Region.codes_above(code)) | Q(parent=code))
                   .only("code", "name", "level", "parent_id").order_by("code"))
    by_code = {region.code: region for region in regions}
    if code not in by_code:  # a code that is no region: stay at home
        code = home.code
        by_code[code] = home
    frame.region = by_code[code]
    base = _list_address(request, shown)
    for step in Region.codes_above(code):
        region = by_code.get(step)
        if region is None or (region.level < 3 and not step.startswith(reach)):
            continue
        frame.trail.append({"code": step, "name": region.name,
                            "url": _with_region(request, base, step) if step.startswith(reach) else None})
        if region.level == 3:
            frame.county = region.name
    frame.county = frame.county or frame.region.name
    frame.below = [{"code": region.code, "name": region.name, "url": _with_region(request, base, region.code)}
                   for region in regions if region.parent_id == code]
    return frame


def _list_address(request: HttpRequest, shown: list[dict[str, Any]]) -> str:
    """Where a change of area leads: this page, or from the page of a thing that lies in one area to its room's list."""
    match = request.resolver_match
    if match is not None and (not (match.kwargs or match.args) or match.view_name in _OF_ANY_AREA):
        return request.path
    return next((entry["url"] for entry in shown if entry["current"]), request.path)


def _with_region(request: HttpRequest, base: str, code: str) -> str:
    query = {}
    if base == request.path:
        query = {name: request.GET.getlist(name) for name in request.GET if name not in {"after", "before", "format"}}
    query["region"] = [code]
    return f"{base}?{urlencode(query, doseq=True)}"
