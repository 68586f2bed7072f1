"""Chinese and English for what engines and packs name by a key; how the room's acts are called in the audit chain."""

from typing import Any

from django.utils.translation import get_language, gettext, pgettext
from django.utils.translation import gettext_lazy as _

from yinian.core.audit import labels
from yinian.core.jinja import day
from yinian.engines.entitlement import Pack, Words
from yinian.engines.entitlement.explain import Clause, clause_of
from yinian.engines.entitlement.measures import Indicator, Measure, Target, always
from yinian.engines.entitlement.sources import Source
from yinian.engines.entitlement.views import VIEWS
from yinian.indicators.values import target_words

THEMES: dict[str, Any] = {
    "people": _("Older people"), "support": _("Relief and dues"), "assessment": _("Ability"),
    "beds": _("Homes and beds"), "network": _("Service network"), "home": _("Care at home"),
    "visits": _("Visits"), "health": _("Health and care"), "staff": _("Staff"), "safety": _("Safety"),
    "money": _("Money"), "participation": _("Participation"), "civil": _("Other civil affairs"),
}
STATES: dict[str, tuple[Any, str]] = {
    "reached": (_("Target reached"), "ok"), "likely": (_("Within reach by the trend"), "info"),
    "open": (_("Not reached yet"), "warn"), "unlikely": (_("Not by the trend"), "bad"),
    "missed": (_("Target missed"), "bad"), "unknown": (_("No figure yet"), "mute"), "none": (_("No target"), "mute"),
}
CONFIDENCE: dict[str, tuple[Any, str]] = {
    "verified": (_("Verified"), "ok"), "secondary": (_("Not verified"), "warn"),
    "general": (_("Not verified"), "warn"), "unknown": (_("Assumed, not verified"), "bad"),
}
PARTS: dict[str, Any] = {
    "counted": _("Counted"), "outside": _("Not counted"), "unknown": _("Not known"),
    "unsure": _("Not known whether they belong here"), "base": _("All counted in the denominator"),
}
labels.ROOMS["indicators"] = _("Indicators")
labels.register(
    actions={
        "indicators.export": _("Exported figures"),
        "indicators.freeze": _("Froze figures"),
        "indicators.correct": _("Corrected a frozen figure"),
        "indicators.report": _("Reported a figure by hand"),
        "indicators.verify": _("Checked that a frozen figure can be reproduced"),
    },
    kinds={"figure": _("Frozen figure"), "snapshot": _("Snapshot of figures")},
)


def in_words(words: Words) -> str:
    """A pack's phrase in the reader's language."""
    return words.in_language("en" if get_language() == "en" else "zh")


def clause(pack: Pack, source: Source) -> Clause:
    """A source with its document's title, number and date."""
    return clause_of(pack, source)


def aim(target: Target | None, unit: str) -> str:
    """A target with its day and force; empty without one."""
    if target is None:
        return ""
    kind = gettext("binding target") if target.kind == "binding" else gettext("expected target")
    return gettext("%(value)s by %(day)s (%(kind)s)") % {
        "value": target_words(target, unit), "day": day(target.by), "kind": kind
    }


def definition(indicator: Indicator) -> list[tuple[str, str, str]]:
    """How it is worked out, in words and as written: what it is, the sentence, the condition as the pack has it."""
    if indicator.numerator is None:
        assert indicator.reported is not None
        return [(gettext("Reported by hand"), gettext("by %(who)s") % {"who": in_words(indicator.reported)}, "")]
    rows = [(pgettext("of a quotient", "Numerator") if indicator.denominator else gettext("Counts"),
             _measure(indicator.numerator), _condition(indicator.numerator))]
    if indicator.denominator is not None:
        rows.append((pgettext("of a quotient", "Denominator"), _measure(indicator.denominator),
                     _condition(indicator.denominator)))
    return rows


def _condition(measure: Measure) -> str:
    return "" if always(measure) else measure.where


def _measure(measure: Measure) -> str:
    view = VIEWS[measure.view]
    row = in_words(view.row)
    column = "" if measure.column is None else in_words(view.columns[measure.column].label)
    text = {
        "count": gettext("rows of “%(view)s” (each is %(row)s)"),
        "sum": gettext("sum of “%(column)s” over “%(view)s” (each is %(row)s)"),
        "avg": gettext("mean of “%(column)s” over “%(view)s” (each is %(row)s)"),
        "distinct": gettext("different values of “%(column)s” in “%(view)s” (each is %(row)s)"),
    }[measure.aggregate] % {"view": in_words(view.label), "row": row, "column": column}
    if always(measure):
        return gettext("%(what)s, all of them") % {"what": text}
    return text


def columns_read(indicator: Indicator) -> list[tuple[str, str, str]]:
    """The columns the conditions read: name, meaning, allowed values."""
    from yinian.engines.entitlement.measures import columns_of

    found: dict[str, tuple[str, str, str]] = {}
    for measure in indicator.measures:
        view = VIEWS[measure.view]
        for name in sorted(columns_of(measure)):
            fact = view.columns[name]
            values = gettext(", ").join(f"{value} = {in_words(word)}" for value, word in fact.values.items())
            found[f"{measure.view}.{name}"] = (name, in_words(fact.label), values)
    return list(found.values())
