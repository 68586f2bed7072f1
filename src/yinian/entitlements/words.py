"""The room's words: measures, periods, groups, how sure a source is; and amounts as a person would say them."""

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from yinian.core.jinja import yuan
from yinian.entitlements.models import Status

MEASURES: dict[str, Promise | str] = {
    "due": gettext_lazy("Entitled"),
    "missing": gettext_lazy("Due and not receiving"),
    "receiving": gettext_lazy("Due and receiving"),
    "to_check": gettext_lazy("To be checked"),
    "undue": gettext_lazy("Receiving and not due"),
    "superseded": gettext_lazy("Covered by another service"),
    "newly": gettext_lazy("Newly due since the run before"),
    "ended": gettext_lazy("No longer due since the run before"),
}
MAPPED = ("due", "missing", "to_check", "undue", "newly", "ended")  # what chart and map can show

PERIODS: dict[str, Promise | str] = {
    "day": gettext_lazy("%(amount)s yuan a day"),
    "month": gettext_lazy("%(amount)s yuan a month"),
    "year": gettext_lazy("%(amount)s yuan a year"),
    "once": gettext_lazy("%(amount)s yuan once"),
    "": gettext_lazy("%(amount)s yuan"),
}
KINDS: dict[str, Promise | str] = {
    "cash": pgettext_lazy("what a service gives", "Money"),
    "service": pgettext_lazy("what a service gives", "Service"),
    "in_kind": pgettext_lazy("what a service gives", "In kind"),
    "priority": pgettext_lazy("what a service gives", "Priority"),
}
GROUPS: dict[str, Promise | str] = {
    "物质帮助": gettext_lazy("Material help"),
    "照护服务": gettext_lazy("Care"),
    "关爱服务": gettext_lazy("Concern"),
}
CONFIDENCE: dict[str, tuple[Promise | str, str]] = {
    "verified": (gettext_lazy("Verified in the document"), "ok"),
    "secondary": (gettext_lazy("Not verified: from a secondary page"), "warn"),
    "general": (gettext_lazy("Not verified: general practice"), "warn"),
    "unknown": (gettext_lazy("Not verified: an assumption"), "bad"),
}
TONES = {Status.DUE: "ok", Status.CHECK: "warn", Status.SUPERSEDED: "mute", Status.NOT_DUE: "mute", None: "mute"}


def in_english() -> bool:
    return get_language() == "en"


def amount_words(fen: int | None, period: str | None) -> str:
    """每月100元; an en dash where no money is given."""
    if fen is None:
        return "–"
    return str(PERIODS.get(period or "", PERIODS[""])) % {"amount": yuan(fen)}


def group_words(group: str | None) -> str:
    return str(GROUPS.get(group or "", group or _("Other")))


def status_words(status: str) -> str:
    """The engine's status word in the reader's language."""
    return {
        "due": _("Entitled"), "check": _("To be checked"), "superseded": _("Covered by another service"),
        "not_due": _("Not due"),
    }[status]


STATUS_TONES = {"due": "ok", "check": "warn", "superseded": "mute", "not_due": "mute"}
