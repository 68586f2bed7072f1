"""The service list in words: each entry of a pack as a page shows it. No database access here."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yinian.core.jinja import yuan
from yinian.engines.entitlement import Pack, PackError, Service
from yinian.engines.entitlement.explain import Clause, ParameterUsed, clause_of, parameters_used
from yinian.engines.entitlement.tree import parameters_read
from yinian.entitlements import words
from yinian.entitlements.workkinds import in_words

# A figure that is reckoned with, and not just picked.
_ARITHMETIC = re.compile(r"[*+/]|\s-\s|\b(LEAST|GREATEST|ROUND|FLOOR|CEIL|ABS|COALESCE)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Condition:
    """One test in words, with its own ground where it has one."""

    label: str
    expression: str
    clause: Clause | None


@dataclass(frozen=True)
class UsedFigure:
    """A dated figure an entry rests on."""

    label: str
    value: str
    since: dt.date
    clause: Clause
    reference: str


@dataclass(frozen=True)
class Entry:
    """One entry of the service list."""

    place: int
    id: str
    name: str
    description: str
    group: str
    kind: str
    department: str
    national_item: int | None
    conditions: tuple[Condition, ...]
    amount: str
    apply: str
    higher_of: str
    excludes: tuple[tuple[str, str], ...]
    effective: str
    clause: Clause
    confidence: str
    reference: str
    note: str
    figures: tuple[UsedFigure, ...]
    in_force: bool
    warning: str


def entries(pack: Pack, as_of: dt.date, all_days: bool = False) -> list[Entry]:
    """The entries in force on a day (or all of them), in list order."""
    return [
        _entry(pack, service, place, as_of)
        for place, service in enumerate(pack.services, start=1)
        if all_days or service.in_force(as_of)
    ]


def _entry(pack: Pack, service: Service, place: int, as_of: dt.date) -> Entry:
    labels = {other.id: in_words(other.label) for other in pack.services}
    trees = [test.tree for test in service.tests]
    if service.amount is not None:
        trees.append(service.amount)
    used = dict.fromkeys(name for tree in trees for name in parameters_read(tree))
    warning = ""
    try:
        found = parameters_used(pack, tuple(used), as_of)
    except PackError as error:
        found, warning = (), str(error)
    reference = service.reference or next((p.reference for p in found if p.reference), None)
    excluded = {*service.not_with, *(other.id for other in pack.services if service.id in other.not_with)}
    group_mates = [o for o in pack.services if service.higher_of and o.higher_of == service.higher_of and o != service]
    return Entry(
        place=place, id=service.id, name=in_words(service.label),
        description=in_words(service.description) if service.description else "",
        group=words.group_words(service.group), kind=str(words.KINDS.get(service.kind, service.kind)),
        department=in_words(service.department) if service.department else "",
        national_item=service.national_item,
        conditions=tuple(
            Condition(in_words(test.label), test.text, clause_of(pack, test.source) if test.source else None)
            for test in service.tests
        ),
        amount=amount(service, found), apply=_apply(service.apply),
        higher_of=_(", ").join(labels[other.id] for other in group_mates),
        excludes=tuple((name, labels[name]) for name in labels if name in excluded),
        effective=_effective(service), clause=clause_of(pack, service.source), confidence=service.source.confidence,
        reference=in_words(reference.label) if reference else "",
        note=in_words(service.note) if service.note else "",
        figures=tuple(
            UsedFigure(in_words(p.label), figure_value(p), p.since, p.clause,
                       in_words(p.reference.label) if p.reference else "")
            for p in found
        ),
        in_force=service.in_force(as_of), warning=warning,
    )  # fmt: skip


def amount(service: Service, used: tuple[ParameterUsed, ...]) -> str:
    """What a service gives in money, in plain words: one figure, a range by condition, or the figures it comes from."""
    if service.amount is None or service.amount_text is None:
        return ""
    text = " ".join(service.amount_text.split())
    read = set(parameters_read(service.amount))
    money = [fen for p in used if p.id in read and p.unit == "fen" and (fen := _fen(p.value)) is not None]
    if text.isdigit():
        return words.amount_words(int(text), service.period)
    if money and len(money) == len(read) and not _ARITHMETIC.search(text):
        low, high = min(money), max(money)
        if low == high:
            return words.amount_words(low, service.period)
        return str(words.PERIODS.get(service.period or "", words.PERIODS[""])) % {
            "amount": _("%(low)s–%(high)s") % {"low": yuan(low), "high": yuan(high)}
        }
    if used:
        return _("Worked out from %(figures)s") % {"figures": _(", ").join(in_words(p.label) for p in used[:4])}
    return _("Worked out person by person")


def figure_value(used: ParameterUsed) -> str:
    """A figure as a person would say it: money in yuan, the rest as it is."""
    if used.unit == "fen":
        fen = _fen(used.value)
        if fen is not None:
            return _("%(amount)s yuan") % {"amount": yuan(fen)}
    return used.value


def _fen(text: str) -> int | None:
    """Whole fen of an exact figure such as 65000 or 155000/3."""
    top, _slash, bottom = text.partition("/")
    try:
        number, by = int(top), int(bottom or 1)
    except ValueError:
        return None
    return (abs(number) * 2 + by) // (2 * by) * (1 if number >= 0 else -1)


def _apply(how: str) -> str:
    return _("Granted without an application") if how == "automatic" else _("On application")


def _effective(service: Service) -> str:
    from yinian.core.jinja import day

    if service.effective_from and service.effective_to:
        return _("%(start)s to %(end)s") % {
            "start": day(service.effective_from), "end": day(service.effective_to)
        }
    if service.effective_from:
        return _("From %(start)s") % {"start": day(service.effective_from)}
    if service.effective_to:
        return _("Until %(end)s") % {"end": day(service.effective_to)}
    return ""
