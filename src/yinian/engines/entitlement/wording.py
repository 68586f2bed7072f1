"""The plain sentence that says what a person is due and why, in Chinese and in English.

Only words are made here; what is true was settled before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from yinian.engines.entitlement.facts import Words, day_in_words
from yinian.engines.entitlement.model import Service
from yinian.engines.entitlement.sources import Reference
from yinian.engines.entitlement.tree import Value

if TYPE_CHECKING:
    from yinian.engines.entitlement.explain import Clause, FactRead, TestExplained

_PERIODS = {
    "day": Words("每天", "a day"), "month": Words("每月", "a month"), "year": Words("每年", "a year"),
    "once": Words("一次性", "once"),
}  # fmt: skip
_BIRTH_FACTS = ("age", "birth_date")


def yuan(fen: int) -> str:
    """Fen as yuan, decimals only where there are any: 5000 is 50, 51667 is 516.67."""
    sign, size = "-" if fen < 0 else "", abs(fen)
    whole, rest = divmod(size, 100)
    return f"{sign}{whole}" if not rest else f"{sign}{whole}.{rest:02d}"


def money(amount_fen: int | None, period: str | None) -> Words:
    """每月100元 / 100 yuan a month; empty where there is no amount."""
    if amount_fen is None:
        return Words("", "")
    every = _PERIODS.get(period or "", Words("", ""))
    return Words(f"{every.zh}{yuan(amount_fen)}元", f"{yuan(amount_fen)} yuan {every.en}".strip())


def sentence_for(
    service: Service,
    status: str,
    amount_fen: int | None,
    tests: Sequence[TestExplained],
    superseded_by: Words | None,
    because: str | None,
    find_out: Sequence[FactRead],
    clause: Clause,
    reference: Reference | None,
    facts: Mapping[str, Value],
) -> Words:
    """One answer as an official would say it, with its reasons and what it rests on."""
    given = money(amount_fen, service.period)
    zh, en = service.label.zh, service.label.en
    met = _reasons([test for test in tests if test.value], facts)
    if status == "due":
        verb_zh, verb_en = ("应享受", "Due") if service.kind == "cash" else ("可享受", "Entitled to")
        head = Words(f"{verb_zh}{zh}{given.zh}", f"{verb_en}: {en}{_spaced(given.en)}")
        text = Words(f"{head.zh}：{met.zh}。", f"{head.en}. Because: {met.en}.")
    elif status == "superseded":
        assert superseded_by is not None
        why = (
            Words(f"已享受{superseded_by.zh}，两项不能同时享受", f"{superseded_by.en} is held instead; not both")
            if because == "not_with"
            else Words(f"按就高原则享受{superseded_by.zh}", f"{superseded_by.en} is higher; only the highest")
        )
        text = Words(f"符合{zh}条件（{met.zh}），但{why.zh}。", f"Meets {en} ({met.en}), but {why.en}.")
    elif status == "check":
        asks_zh = "、".join(_ask(read).zh for read in find_out)
        asks_en = "; ".join(_ask(read).en for read in find_out)
        known = f"已符合：{met.zh}。" if met.zh else ""
        known_en = f" Already met: {met.en}." if met.en else ""
        text = Words(
            f"可能符合{zh}{given.zh}，须先查明：{asks_zh}。{known}",
            f"May be due: {en}{_spaced(given.en)}. Find out: {asks_en}.{known_en}",
        )
    else:
        failed = _reasons([test for test in tests if test.value is False], facts)
        text = Words(f"不符合{zh}：未满足“{failed.zh}”。", f"Not due: {en}. Not met: {failed.en}.")
    basis = _basis(clause, reference if amount_fen is not None else None)
    return Words(text.zh + basis.zh, text.en + basis.en)


def _spaced(text: str) -> str:
    return f", {text}" if text else ""


def _reasons(tests: Sequence[TestExplained], facts: Mapping[str, Value]) -> Words:
    zh, en = [], []
    telling = [test for test in tests if not _goes_without_saying(test)] or tests
    for test in telling:
        seen = _evidence(test, facts)
        zh.append(test.label.zh + (f"（{seen.zh}）" if seen.zh else ""))
        en.append(test.label.en + (f" ({seen.en})" if seen.en else ""))
    return Words("，".join(zh), ", ".join(en))


def _goes_without_saying(test: TestExplained) -> bool:
    """That a living person lives needs no words."""
    return test.value is True and {read.name for read in test.facts} == {"died_on"}


def _evidence(test: TestExplained, facts: Mapping[str, Value]) -> Words:
    """What the test read, short: a birth date for an age, the words of a coded value."""
    zh, en = [], []
    birth = facts.get("birth_date")
    for read in test.facts:
        if read.name in _BIRTH_FACTS:
            if isinstance(birth, date):
                born = day_in_words(birth)
                zh.append(f"{born.zh}生")
                en.append(f"born {born.en}")
            elif read.value is not None:
                zh.append(f"{read.value}岁")
                en.append(f"aged {read.value}")
        elif read.value is None or read.value is False:
            continue
        elif isinstance(read.value, bool):
            zh.append(read.label.zh)
            en.append(read.label.en)
        elif isinstance(read.value, str) and read.words.zh == read.value:
            continue  # a code or an identifier says nothing to a reader
        else:
            zh.append(f"{read.label.zh}：{read.words.zh}")
            en.append(f"{read.label.en}: {read.words.en}")
    return Words("、".join(dict.fromkeys(zh)), ", ".join(dict.fromkeys(en)))


def _ask(read: FactRead) -> Words:
    if read.ask is None:
        return read.label
    return Words(f"{read.label.zh}（{read.ask.zh}）", f"{read.label.en} ({read.ask.en})")


_CONFIDENCE = {
    "verified": Words("", ""),
    "secondary": Words("（据二手资料，待核）", " (from a secondary page, to be confirmed)"),
    "general": Words("（一般做法，待核）", " (general practice, to be confirmed)"),
    "unknown": Words("（假定，待本地确认）", " (an assumption until confirmed locally)"),
}


def _basis(clause: Clause, reference: Reference | None) -> Words:
    number = f"（{clause.number}）" if clause.number else ""
    quote = f"“{clause.quote}”" if clause.quote else ""
    sure = _CONFIDENCE[clause.confidence]
    zh = f"依据：《{clause.title}》{number}{clause.clause or ''}{quote}{sure.zh}。"
    en = f" Basis: {clause.title}{f' ({clause.number})' if number else ''}{_spaced(clause.clause or '')}{sure.en}."
    if reference is not None:
        zh += f"标准{reference.label.zh}。"
        en += f" The figure is {reference.label.en}."
    return Words(zh, en)
