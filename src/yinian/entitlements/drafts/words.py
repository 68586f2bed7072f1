"""Drafts in words: what was changed from what to what, what is wrong with it, and how groups of people are called."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.jinja import day, number, yuan
from yinian.core.regions.models import Region
from yinian.engines.entitlement import FACTS, FactsError, Pack, PackError, Parameter, Service
from yinian.engines.entitlement.facts import Fact
from yinian.engines.entitlement.faults import fault_words
from yinian.engines.entitlement.knobs import Knob, Turned, knobs
from yinian.engines.entitlement.model import ParameterValue
from yinian.engines.entitlement.sanity import Problem
from yinian.engines.entitlement.tree import Const, round_half_away
from yinian.engines.entitlement.written import number_text
from yinian.entitlements import words
from yinian.entitlements.drafts.editing import shown_value
from yinian.entitlements.workkinds import in_words

OPERATORS: dict[str, Promise | str] = {
    ">=": gettext_lazy("at least"), "<=": gettext_lazy("at most"), "=": gettext_lazy("is"),
    "<>": gettext_lazy("is not"), ">": gettext_lazy("more than"), "<": gettext_lazy("less than"),
}  # fmt: skip
UNITS: dict[str, Promise | str] = {"years": gettext_lazy("years of age"), "fen": gettext_lazy("yuan")}
DIMENSIONS: dict[str, Promise | str] = {
    "town": gettext_lazy("Town"), "age": gettext_lazy("Age band"), "relief": gettext_lazy("Social relief"),
    "level": gettext_lazy("Ability level"), "sex": gettext_lazy("Sex"), "urban": gettext_lazy("Urban or rural"),
}  # fmt: skip
MEASURES: dict[str, Promise | str] = {
    "winners": gettext_lazy("Would have more money"), "losers": gettext_lazy("Would have less money"),
    "gained": gettext_lazy("Newly due"), "lost": gettext_lazy("No longer due"),
    "raised": gettext_lazy("With a higher amount"), "cut": gettext_lazy("With a lower amount"),
    "due_a": gettext_lazy("Due now"), "due_b": gettext_lazy("Due under the draft"),
    "check_a": gettext_lazy("To be checked now"), "check_b": gettext_lazy("To be checked under the draft"),
}  # fmt: skip


RECKONED: dict[str, Promise | str] = {
    "year": gettext_lazy("As old as people are in"), "county": gettext_lazy("County, city or district"),
}


def language() -> str:
    return "en" if get_language() == "en" else "zh"


def fault(error: PackError | FactsError) -> str:
    """What is wrong with a pack or with facts, in the reader's language."""
    return fault_words(error, language()) if isinstance(error, PackError) else str(error)


# --- figures and knobs -----------------------------------------------------------------------------------------


def value_words(parameter: Parameter, value: ParameterValue | None, worked_out: Any = None) -> str:
    """A figure as a person would say it: 75周岁, 700元; a formula as it is written, after what it comes to."""
    if value is None:
        return _("no value")
    if not isinstance(value.value, Const):
        if isinstance(worked_out, Fraction):
            whole = round_half_away(worked_out) if parameter.unit == "fen" else worked_out
            return _("%(value)s (by formula)") % {"value": plain_value(parameter.unit, whole)}
        return value.text
    return plain_value(parameter.unit, value.value.value)


def plain_value(unit: str, value: Any) -> str:
    """A value with its unit."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Fraction):
        if unit == "fen" and value.denominator == 1:
            return _("%(amount)s yuan") % {"amount": yuan(value.numerator)}
        shown = number(value.numerator) if value.denominator == 1 else _decimal(value)
        if unit == "years":
            return pgettext("age", "%(n)s years") % {"n": shown}
        return shown
    return day(value) if isinstance(value, dt.date) else str(value)


def _decimal(value: Fraction) -> str:
    try:
        return number_text(value)
    except ValueError:
        return str(value)


def knob_label(knob: Knob) -> str:
    """What a knob sets: 年龄 不小于; for an amount its kind."""
    if knob.kind == "money":
        return _("Amount")
    if knob.kind == "factor":
        return _("Multiplied or divided by")
    assert knob.fact is not None
    op = OPERATORS["="] if knob.kind == "several" else OPERATORS[knob.op]
    return f"{in_words(knob.fact.label)} {op}"


def knob_value(knob: Knob, value: Turned) -> str:
    """A knob's value in words."""
    if isinstance(value, tuple):
        return _(", ").join(fact_value(knob.fact, one) for one in value)
    if knob.kind == "money":
        return plain_value("fen", Fraction(value))
    if knob.kind == "factor":
        return _decimal(Fraction(value))
    if knob.fact is not None and knob.fact.name == "age":
        return plain_value("years", Fraction(value))
    return fact_value(knob.fact, str(value))


def fact_value(fact: Fact | None, value: str) -> str:
    """A coded value of a fact in words."""
    words_of = fact.values.get(value) if fact is not None else None
    return in_words(words_of) if words_of is not None else value


# --- what was changed ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One thing that was changed: what, from what, to what."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Changed:
    """One changed entry: ``kind`` is changed, added or off."""

    part: str
    key: str
    name: str
    kind: str
    lines: tuple[Line, ...]


def changes(a: Pack, b: Pack, keys: Iterable[tuple[str, str]], on: dt.date) -> list[Changed]:
    """What pack ``b`` changes of ``a``, entry by entry."""
    found = []
    for part, key in keys:
        one = _parameter_change(a, b, key, on) if part == "parameter" else _service_change(a, b, key)
        if one is not None:
            found.append(one)
    return found


def differing(a: Pack, b: Pack) -> list[tuple[str, str]]:
    """The entries in which two packs differ, in the order of their lists."""
    parameters = [("parameter", key) for key in dict.fromkeys((*a.parameters, *b.parameters))
                  if a.canonical["parameters"].get(key) != b.canonical["parameters"].get(key)]
    one, two = ({entry["id"]: entry for entry in pack.canonical["services"]} for pack in (a, b))
    services = [("service", key) for key in dict.fromkeys((*one, *two)) if one.get(key) != two.get(key)]
    return parameters + services


def _parameter_change(a: Pack, b: Pack, key: str, on: dt.date) -> Changed | None:
    before, after = a.parameters.get(key), b.parameters.get(key)
    if after is None:
        return None if before is None else Changed("parameter", key, in_words(before.label), "off", ())
    name = in_words(after.label)
    if before is None:
        return Changed("parameter", key, name, "added", (Line("", "–", value_words(after, shown_value(after, on))),))
    old, new = value_words(before, shown_value(before, on)), value_words(after, shown_value(after, on))
    lines = [Line("", old, new)] if old != new else []
    lines += _texts(before.note, after.note, _("Note"))
    return Changed("parameter", key, name, "changed", tuple(lines))


def _service_change(a: Pack, b: Pack, key: str) -> Changed | None:
    before, after = (next((s for s in pack.services if s.id == key), None) for pack in (a, b))
    if after is None:
        return None if before is None else Changed("service", key, in_words(before.label), "off", ())
    if before is None:
        lines = [Line(_("Condition"), "–", in_words(test.label)) for test in after.tests]
        if after.amount_text is not None:
            lines.append(Line(_("Amount"), "–", _amount(after)))
        return Changed("service", key, in_words(after.label), "added", tuple(lines))
    return Changed("service", key, in_words(after.label), "changed", tuple(_service_lines(before, after)))


def _service_lines(before: Service, after: Service) -> Iterable[Line]:
    yield from _texts(before.label, after.label, _("Name"))
    old, new = ({test.id: test for test in service.tests} for service in (before, after))
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield Line(_("Condition"), "–", in_words(now.label))
        elif now is None and was is not None:
            yield Line(_("Condition"), in_words(was.label), _("taken away"))
        elif was is not None and now is not None and was.tree != now.tree:
            yield from _tree_lines(in_words(now.label), was, now)
        elif was is not None and now is not None:
            yield from _texts(was.label, now.label, _("Wording of a condition"))
    if (before.amount, before.period) != (after.amount, after.period):
        turned = list(_knob_lines(_("Amount"), before, after)) if before.period == after.period else []
        yield from turned or [Line(_("Amount"), _amount(before), _amount(after))]
    if before.apply != after.apply:
        ways = {"automatic": _("Granted without an application"), "on_application": _("On application")}
        yield Line(_("How it is granted"), ways[before.apply], ways[after.apply])
    for what, was_on, now_on in ((_("In force from"), before.effective_from, after.effective_from),
                                 (_("In force until"), before.effective_to, after.effective_to)):
        if was_on != now_on:
            yield Line(what, *(day(on) if on else _("without limit") for on in (was_on, now_on)))
    yield from _texts(before.description, after.description, _("Description"))
    yield from _texts(before.note, after.note, _("Note"))


def _texts(before: Any, after: Any, what: str) -> Iterable[Line]:
    was, now = (in_words(one) if one is not None else "–" for one in (before, after))
    if was != now:
        yield Line(what, was, now)


def _tree_lines(label: str, before: Any, after: Any) -> Iterable[Line]:
    was, now = knobs(before.tree), knobs(after.tree)
    if len(was) == len(now) and _shape(was) == _shape(now):
        turned = [(old, new) for old, new in zip(was, now, strict=True) if old.value != new.value]
        if turned:
            for old, new in turned:
                yield Line(knob_label(new), knob_value(old, old.value), knob_value(new, new.value))
            return
    yield Line(label, before.text, after.text)


def _knob_lines(label: str, before: Service, after: Service) -> Iterable[Line]:
    if before.amount is None or after.amount is None:
        return
    was, now = knobs(before.amount, True), knobs(after.amount, True)
    if len(was) != len(now) or _shape(was) != _shape(now):
        return
    for old, new in zip(was, now, strict=True):
        if old.value != new.value:
            what = label if new.kind == "money" else knob_label(new)
            yield Line(what, knob_value(old, old.value), knob_value(new, new.value))


def _shape(found: tuple[Knob, ...]) -> list[tuple[Any, ...]]:
    return [(knob.kind, knob.op, knob.fact.name if knob.fact else "") for knob in found]


def _amount(service: Service) -> str:
    if service.amount_text is None:
        return _("No money")
    text = " ".join(service.amount_text.split())
    return words.amount_words(int(text), service.period) if text.isdigit() else text


# --- what is wrong ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A problem in words, with the entry it is about."""

    text: str
    stops: bool
    part: str = ""
    key: str = ""
    place: str = ""


def said(problem: Problem, a: Pack, b: Pack) -> Said:
    """A problem of a draft in the reader's language."""
    return Said(_about(problem, a, b), problem.stops, problem.part, problem.key, problem.place)


def _about(problem: Problem, a: Pack, b: Pack) -> str:
    given = problem.params
    name = _name(problem, a, b)
    where = _where(problem, b)
    fen = {"name": name, "where": where} | {
        key: yuan(int(value)) for key, value in given.items()
        if key in ("value", "most", "before", "after") and isinstance(value, int | Fraction)
    }
    people = {"name": name, "where": where, "people": number(given.get("people", 0))}
    match problem.code:
        case "negative":
            return _("%(name)s: a figure below zero is not possible.") % {"name": name}
        case "too_much":
            return _("%(name)s: %(value)s yuan is beyond any figure known (at most %(most)s yuan). "
                     "Was it typed in fen?") % fen
        case "age":
            return _("%(name)s%(where)s: an age of %(value)s is not possible; ages go from 0 to %(most)s.") % {
                "name": name, "where": where, "value": _decimal(Fraction(given["value"])), "most": given["most"]}
        case "zero":
            return _("%(name)s%(where)s: it divides by zero.") % {"name": name, "where": where}
        case "zero_for_some":
            return _("%(name)s%(where)s: for %(people)s people it divides by zero.") % people
        case "negative_for_some":
            return _("%(name)s: for %(people)s people the amount is below zero (down to %(value)s "
                     "yuan).") % (people | fen)
        case "too_much_for_some":
            return _("%(name)s: for %(people)s people the amount is beyond %(most)s yuan a month (up to %(value)s). "
                     "Was it typed in fen?") % (people | fen)
        case "no_amount":
            return _("%(name)s: for %(people)s people who are due or to be checked no amount comes out, for want of a "
                     "fact.") % people
        case "over":
            return _("%(name)s: it ends on %(to)s, before the draft begins on %(day)s.") % {
                "name": name, "to": day(given["to"]), "day": day(given["day"])}
        case "later":
            return _("%(name)s: it begins only on %(from)s; the figures do not contain it.") % {
                "name": name, "from": day(given["from"])}
        case "no_value":
            return _("A standard has no value on the draft's day: %(reason)s") % {"reason": fault(given["reason"])}
        case "never":
            return _("%(name)s%(where)s: nobody of %(people)s people meets this condition.") % people
        case "always":
            return _("%(name)s%(where)s: all %(people)s people meet this condition; it tells nobody apart.") % people
        case "never_known":
            return _("%(name)s%(where)s: of none of %(people)s people is it known whether they meet this "
                     "condition.") % people
        case "cost":
            return _("%(name)s: the cost would be %(times)s times the present one (%(before)s → %(after)s yuan a "
                     "month). Look again before you go on.") % (fen | {"times": number(given["times"])})
    raise KeyError(problem.code)


def _name(problem: Problem, a: Pack, b: Pack) -> str:
    if problem.part == "parameter":
        return in_words((b.parameters.get(problem.key) or a.parameters[problem.key]).label)
    for pack in (b, a):
        for service in pack.services:
            if service.id == problem.key:
                return in_words(service.label)
    return _("All services")


def _where(problem: Problem, b: Pack) -> str:
    kind, _colon, test = problem.place.partition(":")
    if kind == "test":
        service = next((s for s in b.services if s.id == problem.key), None)
        label = next((t.label for t in service.tests if t.id == test), None) if service else None
        return _(", condition “%(label)s”") % {"label": in_words(label)} if label else ""
    return _(", amount") if kind == "amount" else ""


def stale_labels(b: Pack, before: Pack, on: dt.date) -> list[Said]:
    """Conditions whose wording still names a figure that the draft changed: 年满90周岁 when it is 80 now."""
    found = []
    for key, parameter in b.parameters.items():
        old = before.parameters.get(key)
        if old is None or old == parameter:
            continue
        was, now = shown_value(old, on), shown_value(parameter, on)
        if was is None or now is None or was.text == now.text or not was.text.isdigit() or parameter.unit == "fen":
            continue
        for service in b.services:
            for test in service.tests:
                if f"param('{key}')" in test.text and _names(in_words(test.label), was.text):
                    found.append(Said(
                        _("%(name)s: the condition is still worded “%(label)s”, though the figure is "
                          "%(value)s now.") % {
                            "name": in_words(service.label), "label": in_words(test.label),
                            "value": value_words(parameter, now)},
                        False, "service", service.id, f"test:{test.id}",
                    ))  # fmt: skip
    return found


def _names(label: str, figure: str) -> bool:
    return re.search(rf"(?<![0-9.]){re.escape(figure)}(?![0-9.])", label) is not None


# --- entries as wholes -----------------------------------------------------------------------------------------


def read_entry(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``read`` reads of a text; an error of it as a refusal that says line and reason."""
    try:
        return read()
    except PackError as error:
        where = _("line %(n)s: ") % {"n": error.line} if error.line else ""
        raise Refused(fields={"text": where + fault(error)}) from error


def brief(part: str, data: Mapping[str, Any] | None) -> str:
    """An entry in a few words: the last figure of a standard, conditions and amount of a service."""
    if data is None:
        return _("not there")
    if data.get("off"):
        return _("switched off")
    if part == "parameter":
        return "；".join(
            _("%(value)s from %(day)s") % {"value": _plain_figure(data.get("unit", ""), v["value"]),
                                           "day": day(dt.date.fromisoformat(str(v["from"])))}
            for v in data.get("values", [])
        )
    conditions = [(test.get("label") or {}).get("zh") or str(test.get("test")) for test in data.get("who", [])]
    amount = (data.get("gives") or {}).get("amount")
    return "；".join([*conditions, *([str(amount)] if amount is not None else [])])


def _plain_figure(unit: str, value: Any) -> str:
    return plain_value(unit, Fraction(value)) if isinstance(value, int) and not isinstance(value, bool) else str(value)


def entry_name(pack: Pack, part: str, key: str, data: Mapping[str, Any]) -> str:
    """What an entry is called."""
    label = data.get("label")
    if isinstance(label, Mapping):
        return str(label.get(language()) or label["zh"])
    if part == "parameter":
        return in_words(pack.parameters[key].label) if key in pack.parameters else key
    found = next((service for service in pack.services if service.id == key), None)
    return in_words(found.label) if found else key


def fact_list() -> list[tuple[str, str, str]]:
    """The facts that an expression may read: name, words, possible values."""
    return [
        (name, in_words(fact.label), "、".join(f"{value} {in_words(label)}" for value, label in fact.values.items()))
        for name, fact in FACTS.items() if name != "person_id"
    ]


# --- groups of people ------------------------------------------------------------------------------------------


def group_words(dimension: str, value: str | None, towns: Mapping[str, str]) -> str:
    """What a group of a dimension is called: 80–89岁, 低保, 男, 汨罗镇."""
    if value is None:
        return _("not known")
    if dimension == "town":
        return towns.get(value, value)
    if dimension == "age":
        low = int(value)
        if low < 60:
            return pgettext("age", "under %(n)s") % {"n": 60}
        return pgettext("age", "%(n)s and over") % {"n": low} if low >= 100 else pgettext("age", "%(low)s–%(high)s") % {
            "low": low, "high": low + 9}
    if dimension == "urban":
        return _("Urban registration") if value == "true" else _("Rural registration")
    return fact_value(FACTS[{"level": "ability_level"}.get(dimension, dimension)], value)


def town_names(county: str) -> dict[str, str]:
    """The towns of a county by code."""
    return dict(Region.objects.filter(code__startswith=county, level=4).values_list("code", "name"))


def source_words(pack: Pack, document: str) -> str:
    """A document as a page cites it."""
    found = pack.documents.get(document)
    if found is None:
        return ""
    return f"《{found.title}》{found.number or ''}"
