"""Reading targets and standards: what was reached, and what the pack says beside the plan."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from yinian.core.errors import NotVisible, Refused
from yinian.core.jinja import yuan
from yinian.core.models import User
from yinian.core.packs import pack_for
from yinian.engines.entitlement import Pack
from yinian.plans import measures
from yinian.plans.targets.models import Standard, Target, TargetValue

_AGREE: dict[str, Any] = {
    "=": lambda value, wanted: value == wanted, ">=": lambda value, wanted: value >= wanted,
    ">": lambda value, wanted: value > wanted, "<=": lambda value, wanted: value <= wanted,
    "<": lambda value, wanted: value < wanted,
}
SIGNS = {"=": "", ">=": "≥ ", ">": "> ", "<=": "≤ ", "<": "< "}


def visible_to(actor: User) -> QuerySet[Target]:
    """Targets of the plans of the actor's area."""
    actor.require("plans.area")
    return Target.objects.filter(actor.scope("plans.area").q("document__region__code")).select_related(
        "document__region", "section"
    ).defer("document__text", "document__region__outline")


def get_target(actor: User, pk: int) -> Target:
    """One target with its words in the plan. Raises NotVisible."""
    found = visible_to(actor).select_related("item").filter(pk=pk).first()
    if found is None:
        raise NotVisible("target")
    return found


def listed(actor: User) -> QuerySet[Target]:
    """Targets with ``latest`` and ``latest_on``: the last value reported by hand."""
    last = TargetValue.objects.filter(target=OuterRef("pk")).order_by("-as_of", "-pk")
    return visible_to(actor).annotate(
        latest=Subquery(last.values("value")[:1]), latest_on=Subquery(last.values("as_of")[:1])
    )


def values_of(target: Target) -> list[TargetValue]:
    """Values reported by hand, of each day the last word, oldest first."""
    found = {value.as_of: value for value in TargetValue.objects.filter(target=target).select_related("by")}
    return [found[day] for day in sorted(found)]


def plain(value: Decimal | float | int | None) -> str:
    """A value without needless zeros: 60, 1.5."""
    if value is None:
        return "–"
    number = Decimal(str(value)).quantize(Decimal("0.0001")).normalize()
    return f"{number:,f}"


def wanted(target: Target) -> str:
    """What is to be reached, in a line: ≥ 60%."""
    if target.value_max is not None:
        return f"{plain(target.value)}–{plain(target.value_max)}{target.unit}"
    return f"{SIGNS[target.comparator]}{plain(target.value)}{target.unit}"


@dataclass(frozen=True)
class Reached:
    """What a target stands at: value, day, whence (``live`` from an indicator), its page, and a verdict."""

    value: Decimal | None
    as_of: dt.date | None
    live: bool
    url: str
    source: str
    trend: tuple[tuple[dt.date, float], ...]
    verdict: tuple[str, str]
    share: int | None  # percent of the way from the baseline (or nothing) to the target, 0 to 100


def is_met(target: Target, value: Decimal) -> bool:
    """Whether a value meets the target."""
    if target.value_max is not None:
        return target.value <= value <= target.value_max
    return bool(_AGREE[target.comparator](value, target.value))


def reached(actor: User, target: Target) -> Reached:
    """What a target stands at: the indicator's live value where it is linked and known, else the last reported one."""
    values = values_of(target)
    found = measures.measured(actor, target.indicator, target.document.region_id)
    if found is not None and found.value is not None:
        value, as_of, url, live, source = Decimal(str(found.value)), found.as_of, found.url, True, ""
        trend = tuple(found.trend)
    elif values:
        value, as_of, url, live, source = values[-1].value, values[-1].as_of, "", False, values[-1].source
        trend = tuple((one.as_of, float(one.value)) for one in values)
    else:
        return Reached(None, None, False, "", "", (), _verdict(target, None), None)
    return Reached(value, as_of, live, url, source, trend, _verdict(target, value), _share(target, value))


def _verdict(target: Target, value: Decimal | None) -> tuple[str, str]:
    late = target.due_on is not None and target.due_on < timezone.localdate()
    if value is None:
        return (_("no value; overdue"), "bad") if late else (_("no value yet"), "mute")
    if is_met(target, value):
        return pgettext("target", "reached"), "ok"
    return (pgettext("target", "missed"), "bad") if late else (pgettext("target", "not reached yet"), "warn")


def verdict_of(target: Any) -> tuple[str, str]:
    """The same for a row of a list, by its last reported value."""
    return _verdict(target, target.latest)


def _share(target: Target, value: Decimal) -> int | None:
    start = target.baseline if target.baseline is not None else Decimal(0)
    if target.value == start:
        return None
    return max(0, min(100, round((value - start) / (target.value - start) * 100)))


# --- standards -------------------------------------------------------------------------------------------------------


def standards(actor: User) -> QuerySet[Standard]:
    """Standards of the plans of the actor's area."""
    actor.require("plans.area")
    return Standard.objects.filter(actor.scope("plans.area").q("document__region__code")).select_related(
        "document__region", "section", "item"
    ).defer("document__text", "document__region__outline")


def get_standard(actor: User, pk: int) -> Standard:
    found = standards(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("standard")
    return found


def said(standard: Standard) -> str:
    """The plan's figure in a line: 5–10万元 stands as 50,000–100,000 元."""
    both = (standard.low, standard.high)
    words = [None if v is None else yuan(int(v)) if standard.is_money else plain(v) for v in both]
    unit = _("yuan") if standard.is_money else standard.unit
    low, high = words
    if low == high:
        return f"{low} {unit}"
    if low is None:
        return f"≤ {high} {unit}"
    return f"≥ {low} {unit}" if high is None else f"{low}–{high} {unit}"


@dataclass(frozen=True)
class Beside:
    """What the pack says beside a plan's standard: its name, its figure in words, and whether the two agree (None: they
    cannot be compared)."""

    name: str
    figure: str
    agrees: bool | None
    confidence: str


def pack_choices(region: str) -> list[tuple[str, str]]:
    """What of the pack a standard can be linked to: ``kind:id`` with its name."""
    pack = _pack(region)
    if pack is None:
        return []
    return [
        *((f"parameter:{name}", f"{_('Parameter')} · {_words(p.label)}") for name, p in pack.parameters.items()),
        *((f"service:{s.id}", f"{_('Service')} · {_words(s.label)}") for s in pack.services),
        *((f"standard:{name}", f"{_('Standard')} · {_words(r.label)}") for name, r in pack.standards.items()),
    ]


def _pack(region: str) -> Pack | None:
    try:
        return pack_for(region)
    except Refused:
        return None


def _words(words: Any) -> str:
    return str(words.in_language("en" if get_language() == "en" else "zh"))


def beside(standard: Standard, on: dt.date | None = None) -> Beside | None:
    """What the pack in force says for a linked standard; None without a link, or where the pack has it no more."""
    pack = _pack(standard.document.region_id) if standard.link_kind else None
    if pack is None:
        return None
    on = on or timezone.localdate()
    if standard.link_kind == Standard.Link.PARAMETER:
        return _parameter(pack, standard, on)
    if standard.link_kind == Standard.Link.SERVICE:
        service = next((one for one in pack.services if one.id == standard.link_id), None)
        if service is None:
            return None
        return Beside(_words(service.label), service.amount_text or _("given in kind"), None, service.source.confidence)
    ruled = pack.standards.get(standard.link_id)
    if ruled is None:
        return None
    own = ruled.value
    low = own.exactly if own.exactly is not None else own.at_least
    high = own.exactly if own.exactly is not None else own.at_most
    figures = [None if v is None else Decimal(str(v)) for v in (low, high)]
    agrees = figures == [standard.low, standard.high] if (own.unit == "fen") == standard.is_money else None
    return Beside(_words(ruled.label), _figure(figures, own.unit), agrees, ruled.confidence)


def _parameter(pack: Pack, standard: Standard, on: dt.date) -> Beside | None:
    parameter = pack.parameters.get(standard.link_id)
    if parameter is None:
        return None
    value = pack.parameters_on(on).get(standard.link_id)
    if value is None:
        return Beside(_words(parameter.label), _("no value on this day"), None, "unknown")
    current = parameter.in_force(on)
    confidence = current.source.confidence if current is not None else "unknown"
    if isinstance(value, str | bool) or not hasattr(value, "__float__"):
        return Beside(_words(parameter.label), str(value), None, confidence)
    number = Decimal(str(float(value)))
    agrees = None
    if (parameter.unit == "fen") == standard.is_money:
        low = standard.low if standard.low is not None else number
        high = standard.high if standard.high is not None else number
        agrees = low <= number <= high
    return Beside(_words(parameter.label), _figure([number, number], parameter.unit), agrees, confidence)


def _figure(figures: Iterable[Decimal | None], unit: str) -> str:
    words = [None if v is None else f"{yuan(int(v))} {_('yuan')}" if unit == "fen" else f"{plain(v)} {unit}"
             for v in figures]
    low, high = words
    if low == high:
        return str(low)
    return f"≤ {high}" if low is None else f"≥ {low}" if high is None else f"{low}–{high}"


CONFIDENCE = {
    "verified": gettext_lazy("seen in the document"), "secondary": gettext_lazy("seen in a report on the document"),
    "general": gettext_lazy("general knowledge"), "unknown": gettext_lazy("not seen; assumed"),
}
