"""Two versions side by side, for the page: verdicts counted, differences in words, what changed within a sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from markupsafe import Markup, escape

from yinian.engines.plantext.comparison import Change, Difference
from yinian.plans.documents.models import Item
from yinian.plans.documents.showing import COMPARATORS, deadline_words, money_words, target_words

ON_A_PAGE = 40
LONGEST = 1200  # code points of a quote that are compared sign by sign

VERDICTS: dict[str, tuple[str | Promise, str]] = {
    "weakened": (pgettext_lazy("between versions", "Weakened"), "bad"),
    "removed": (pgettext_lazy("between versions", "Left out"), "bad"),
    "mixed": (pgettext_lazy("between versions", "Partly weaker, partly firmer"), "warn"),
    "moved": (pgettext_lazy("between versions", "Moved"), "info"),
    "reworded": (pgettext_lazy("between versions", "Otherwise worded"), "mute"),
    "strengthened": (pgettext_lazy("between versions", "Strengthened"), "ok"),
    "added": (pgettext_lazy("between versions", "Added"), "ok"),
    "same": (pgettext_lazy("between versions", "Unchanged"), "mute"),
}
_CODES: dict[str, str | Promise] = {
    "section": gettext_lazy("Stands elsewhere"),
    "deadline_gone": gettext_lazy("The deadline is gone"),
    "deadline_new": gettext_lazy("A deadline is new"),
    "deadline_later": gettext_lazy("Due later"),
    "deadline_earlier": gettext_lazy("Due earlier"),
    "deadline_otherwise": gettext_lazy("Another kind of deadline"),
    "less_often": gettext_lazy("Less often"),
    "more_often": gettext_lazy("More often"),
    "lead_gone": gettext_lazy("No unit leads any more"),
    "lead_new": gettext_lazy("A unit leads now"),
    "lead_otherwise": gettext_lazy("Another unit leads"),
    "units_gone": gettext_lazy("Units dropped"),
    "units_new": gettext_lazy("Units added"),
    "words_softer": gettext_lazy("Less binding words"),
    "words_firmer": gettext_lazy("More binding words"),
    "value_lower": gettext_lazy("The value is lower"),
    "value_higher": gettext_lazy("The value is higher"),
    "value_gone": gettext_lazy("The value is gone"),
    "comparator_looser": gettext_lazy("A looser comparison"),
    "comparator_tighter": gettext_lazy("A tighter comparison"),
    "comparator_otherwise": gettext_lazy("Another comparison"),
    "no_longer_binding": gettext_lazy("No longer binding"),
    "now_binding": gettext_lazy("Binding now"),
    "sum_lower": gettext_lazy("The sum is lower"),
    "sum_higher": gettext_lazy("The sum is higher"),
    "total_lower": gettext_lazy("The total is lower"),
    "total_higher": gettext_lazy("The total is higher"),
    "year_later": gettext_lazy("Finished later"),
    "year_earlier": gettext_lazy("Finished earlier"),
    "words": gettext_lazy("Only the wording changed"),
}
_TONES = {"weaker": "bad", "stronger": "ok", "neutral": "mute"}


@dataclass(frozen=True)
class Row:
    """One line of the comparison."""

    change: Change
    kind: str
    verdict: str
    tone: str
    differences: list[tuple[str, str, str]]
    """Words, tone, and what it was and is."""
    old: Markup
    new: Markup


@dataclass(frozen=True)
class Compared:
    """A page of rows, with the counts behind the filters."""

    counts: list[tuple[str, str, str, int]]
    """Verdict, its words, tone, how many."""
    kinds: list[tuple[str, str]]
    show: str
    kind: str
    page: Page[Any]
    rows: list[Row]


def compared(changes: Sequence[Change], show: str, kind: str, number: str) -> Compared:
    """What the page shows: by default whatever is not as it was."""
    kinds = dict(Item.Kind.choices)
    of_kind = [change for change in changes if not kind or _kind(change) == kind]
    counted = Counter(change.verdict for change in of_kind)
    wanted = [
        change for change in of_kind if (change.verdict == show if show in VERDICTS else change.verdict != "same")
    ]
    order = list(VERDICTS)
    if show not in VERDICTS:
        wanted.sort(key=lambda change: order.index(change.verdict))
    page = Paginator(wanted, ON_A_PAGE).get_page(number)
    present = {_kind(change) for change in changes}
    return Compared(
        counts=[(name, str(words), tone, counted[name]) for name, (words, tone) in VERDICTS.items() if counted[name]],
        kinds=[(one, str(label)) for one, label in kinds.items() if one in present],
        show=show if show in VERDICTS else "",
        kind=kind if kind in kinds else "",
        page=page,
        rows=[_row(change, kinds) for change in page],
    )


def _kind(change: Change) -> str:
    part = change.new or change.old
    return part.kind if part is not None else ""


def _row(change: Change, kinds: Mapping[str, Any]) -> Row:
    words, tone = VERDICTS[change.verdict]
    old, new = _both(change.old.quote if change.old else "", change.new.quote if change.new else "")
    return Row(
        change, str(kinds[_kind(change)]), str(words), tone,
        [(str(_CODES[one.code]), _TONES[one.direction], _said(one)) for one in change.differences], old, new,
    )


def _said(one: Difference) -> str:
    before, after = _value(one, one.before), _value(one, one.after)
    if before and after:
        return f"{before} → {after}"
    if before:
        return pgettext("difference", "was %(what)s") % {"what": before}
    return after


def _value(one: Difference, value: Any) -> str:
    if value is None or value == []:
        return ""
    if one.code.startswith("deadline") or one.code in ("less_often", "more_often"):
        return deadline_words(value)
    if one.code.startswith("value"):
        return target_words(value)
    if one.code.startswith("sum"):
        return money_words(value)
    if one.code.startswith("total"):
        return _("%(sum)s yuan") % {"sum": f"{value / 100:,.0f}"}
    if one.code.startswith("comparator"):
        return str(COMPARATORS.get(value, value))
    if isinstance(value, list):
        return "、".join(value)
    return str(value)


def _both(old: str, new: str) -> tuple[Markup, Markup]:
    """Both quotes with what left and what came marked."""
    if not old or not new or old == new or len(old) > LONGEST or len(new) > LONGEST:
        return Markup(escape(old)), Markup(escape(new))
    left, right = [], []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = escape(old[a:b]), escape(new[c:d])
        left.append(gone if tag == "equal" or a == b else f"<del>{gone}</del>")
        right.append(come if tag == "equal" or c == d else f"<ins>{come}</ins>")
    return Markup("".join(left)), Markup("".join(right))
