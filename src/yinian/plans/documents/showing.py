"""An item's fields in words, for cards, lists, comparisons and Excel."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from yinian.core import jinja
from yinian.plans.documents.models import Item

Words = str | Promise

SIGNS: dict[str, Words] = {  # one character before a marked stretch: kinds are not told by colour alone
    "outline": pgettext_lazy("sign of a kind of item", "H"),
    "task": pgettext_lazy("sign of a kind of item", "T"),
    "target": pgettext_lazy("sign of a kind of item", "G"),
    "money": pgettext_lazy("sign of a kind of item", "M"),
    "project": pgettext_lazy("sign of a kind of item", "P"),
    "standard": pgettext_lazy("sign of a kind of item", "S"),
}
TONES = {
    "found": "warn", "accepted": "ok", "mended": "ok", "rejected": "mute", "split": "mute", "merged": "mute",
}
COMPARATORS: dict[str, Words] = {
    ">=": pgettext_lazy("target", "at least"),
    ">": pgettext_lazy("target", "more than"), "<=": pgettext_lazy("target", "at most"),
    "<": pgettext_lazy("target", "less than"), "=": pgettext_lazy("target", "exactly"),
}
MONEY_KINDS: dict[str, Words] = {
    "amount": pgettext_lazy("kind of money", "Sum"),
    "subsidy": pgettext_lazy("kind of money", "Subsidy"),
    "investment": pgettext_lazy("kind of money", "Investment"),
    "budget": pgettext_lazy("kind of money", "Budget"),
    "fee": pgettext_lazy("kind of money", "Charge"),
}
DOUBTS: dict[str, Words] = {
    "number_skipped": gettext_lazy("The numbering leaves a number out here."),
    "number_repeated": gettext_lazy("The same number comes twice here."),
    "number_lost": gettext_lazy("A heading seems to have lost its number."),
    "number_marks_lost": gettext_lazy("A number seems to have lost its mark."),
    "printed_twice": gettext_lazy("This stretch stands in the document a second time; the second copy was not read."),
    "deadline_unresolved": gettext_lazy("This time cannot be put on the calendar; enter the day."),
    "units_not_named": gettext_lazy("This block makes somebody responsible and names nobody."),
    "no_date": gettext_lazy("The document does not say when it was issued; relative deadlines could not be counted."),
    "sum_differs": gettext_lazy("The total that the table states is not the sum of its rows."),
    "group_sums_differ": gettext_lazy("The sums of the groups do not make the total."),
    "project_count_differs": gettext_lazy("The number of projects that is stated is not the number of rows."),
    "content_states_another_total": gettext_lazy("The description of the project names another total than its row."),
    "planned_above_total": gettext_lazy("More is planned for these years than the project costs in all."),
    "ends_before_it_starts": gettext_lazy("The project ends before it begins."),
    "project_without_total": gettext_lazy("The project has no total."),
    "column_unsure": gettext_lazy("It is not sure what this column of the table holds; check what was read from it."),
}
_FACTS: dict[str, Words] = {  # facts behind a doubt that a reader can use
    "stated": gettext_lazy("stated"), "found": gettext_lazy("found"), "expected": gettext_lazy("expected"),
    "raw": gettext_lazy("in the text"), "total_fen": gettext_lazy("total of the row"),
    "planned_fen": gettext_lazy("planned"),
}
_SUMS = {"sum_differs", "group_sums_differ", "content_states_another_total"}


def deadline_words(deadline: Mapping[str, Any] | None) -> str:
    """When something is due, as people say it."""
    if not deadline:
        return ""
    if deadline.get("kind") == "recurring":
        return rule_words(deadline.get("rule") or "")
    last = _day(deadline.get("iso"))
    if not last:
        return _("“%(words)s”, not on the calendar") % {"words": deadline.get("raw", "")}
    first = _day(deadline.get("from"))
    if first:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    return _("by %(day)s") % {"day": last}


def rule_words(rule: str) -> str:
    """A recurrence in words."""
    parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
    often = {
        "YEARLY": _("every year"), "MONTHLY": _("every month"), "WEEKLY": _("every week"), "DAILY": _("every day"),
    }.get(parts.get("FREQ", ""), _("again and again"))
    step = parts.get("INTERVAL", "1")
    if parts.get("FREQ") == "MONTHLY" and step in ("3", "6"):
        often = _("every quarter") if step == "3" else _("every half-year")
    elif step != "1":
        often = _("%(often)s, each %(step)s") % {"often": often, "step": step}
    if parts.get("BYMONTH"):
        often += _(", by the end of month %(month)s") % {"month": parts["BYMONTH"].replace(",", "、")}
    if parts.get("TIMES"):
        often += _(", %(times)s times") % {"times": parts["TIMES"]}
    return often


def _day(iso: Any) -> str:
    try:
        return jinja.day(dt.date.fromisoformat(iso)) if iso else ""
    except (TypeError, ValueError):
        return ""


def figure(value: Any) -> str:
    """A number without a useless end."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:,.4f}".rstrip("0").rstrip(".") if value != int(value) else f"{int(value):,}"


def target_words(data: Mapping[str, Any]) -> str:
    """Comparator, value and unit."""
    value = figure(data.get("value"))
    if not value:
        return ""
    if data.get("value_max") is not None:
        value = f"{value}–{figure(data['value_max'])}"
    how = data.get("comparator") or ""
    compared = "" if how == "=" else COMPARATORS.get(how, "")
    return f"{compared} {value}{data.get('unit') or ''}".strip()


def money_words(data: Mapping[str, Any]) -> str:
    """A sum in yuan, with its ends."""
    low, high = data.get("amount_min"), data.get("amount_max")
    if low is None and high is None:
        return ""
    if low is None:
        return _("up to %(sum)s yuan") % {"sum": figure(high)}
    if high is None:
        return _("from %(sum)s yuan on") % {"sum": figure(low)}
    if low == high:
        return _("%(sum)s yuan") % {"sum": figure(low)}
    return _("%(low)s to %(high)s yuan") % {"low": figure(low), "high": figure(high)}


def lines(item: Item) -> list[tuple[str, str]]:
    """What an item says, as pairs of label and value; empty ones are left out."""
    return [(str(label), value) for label, value in _LINES[item.kind](item.data) if value]


def _joined(data: Mapping[str, Any], key: str) -> str:
    return "、".join(str(one) for one in data.get(key) or [])


def _task(data: Mapping[str, Any]) -> list[tuple[Words, str]]:
    deadline = data.get("deadline")
    when = deadline_words(deadline)
    if when and deadline and deadline.get("inherited"):
        when += _(" (stated elsewhere for the whole part)")
    others = [deadline_words(one) for one in data.get("deadlines") or [] if one != deadline]
    named = _joined(data, "responsible_units")
    return [
        (pgettext("of a task", "Short name"), str(data.get("title") or "")),
        (_("Deadline"), when),
        (_("Other times named"), "、".join(filter(None, others))),
        (_("Lead unit"), _joined(data, "lead_units")),
        (_("Assisting units"), _joined(data, "assist_units")),
        (_("Responsible units"), named + (_(" and others") if named and data.get("units_open_ended") else "")),
    ]


def _target(data: Mapping[str, Any]) -> list[tuple[Words, str]]:
    return [
        (_("Indicator"), str(data.get("indicator") or "")),
        (_("Value"), target_words(data)),
        (_("Per what"), str(data.get("per") or "")),
        (_("Deadline"), deadline_words(data.get("deadline"))),
    ]


def _money(data: Mapping[str, Any]) -> list[tuple[Words, str]]:
    return [
        (_("Amount"), money_words(data)),
        (_("Per what"), str(data.get("basis") or "")),
        (_("Kind of sum"), str(MONEY_KINDS.get(data.get("kind") or "", ""))),
    ]


def _project(data: Mapping[str, Any]) -> list[tuple[Words, str]]:
    years = "–".join(dict.fromkeys(str(year) for year in (data.get("start_year"), data.get("end_year")) if year))
    share = data.get("private_share")
    return [
        (_("Project"), str(data.get("name") or "")),
        (_("Project group"), str(data.get("group") or "")),
        (_("Nature"), str(data.get("nature") or "")),
        (_("Builder"), str(data.get("owner") or "")),
        (_("Years"), years),
        (_("Total"), _fen(data.get("total_fen"))),
        (_("Planned for these years"), _fen(data.get("planned_fen"))),
        (_("Private share"), f"{figure(share * 100)}%" if isinstance(share, int | float) else ""),
        (_("Content"), str(data.get("content") or "")),
        (_("Remark"), str(data.get("note") or "")),
    ]


def _fen(value: Any) -> str:
    return _("%(sum)s yuan") % {"sum": jinja.yuan(value)} if isinstance(value, int) else ""


def _outline(data: Mapping[str, Any]) -> list[tuple[Words, str]]:
    return [(_("Heading"), f"{data.get('label') or ''}{data.get('title') or ''}")]


_LINES = {
    "task": _task, "target": _target, "standard": _target, "money": _money, "project": _project, "outline": _outline,
}


def doubt_words(doubt: Mapping[str, Any]) -> str:
    """A doubt of the reading in words, with the figures behind it."""
    words = str(DOUBTS.get(doubt["code"], _("The reading is not sure here.")))
    facts = doubt.get("facts") or {}
    said = []
    for key, value in facts.items():
        label = _FACTS.get(key)
        if label is None or value is None:
            continue
        in_fen = key.endswith("_fen") or (doubt["code"] in _SUMS and key in ("stated", "found"))
        shown = _fen(value) if in_fen else figure(value) or str(value)
        said.append(f"{label} {shown}")
    return f"{words}（{'，'.join(said)}）" if said else words


def source_url(item: Item) -> str:
    """Where an item's sentence stands in its document."""
    return f"{reverse('plans:document', args=[item.document_id])}#c{item.start}"


def headline(item: Item) -> str:
    """What a list calls an item: its short name, indicator, project or the words themselves."""
    data = item.data
    name = data.get("title") if item.kind == "task" else data.get("indicator") or data.get("name")
    words = " ".join(str(name or item.quote).split())
    return words if len(words) <= 60 else words[:59] + "…"
