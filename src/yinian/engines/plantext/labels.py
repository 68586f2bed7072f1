"""The labels that number a plan: 第一章, 一、, (一), 1., (1), ①, 行动一: and what is left of them on some pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.numbers import han_to_int

Form = Literal[
    "chapter",
    "section",
    "article",
    "han",
    "han_bracket",
    "digit",
    "decimal",
    "digit_bracket",
    "circle",
    "named",
    "bare",
    "lost",
]

LEVELS: dict[Form, int] = {
    "chapter": 1,
    "section": 2,
    "article": 1,
    "han": 1,
    "han_bracket": 2,
    "digit": 3,
    "bare": 3,
    "lost": 3,
    "decimal": 4,
    "digit_bracket": 4,
    "circle": 5,
    "named": 3,
}
ENUMERATOR_LEVEL = 5
_HAN = "[一二三四五六七八九十百零]"
_PATTERNS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("chapter", re.compile(rf"第\s?({_HAN}{{1,4}}|\d{{1,2}})\s?[章篇编](?=\s|[^\s,。;、的])")),
    ("section", re.compile(rf"第\s?({_HAN}{{1,4}}|\d{{1,2}})\s?节(?=\s|[^\s,。;、的])")),
    ("article", re.compile(rf"第\s?({_HAN}{{1,4}}|\d{{1,3}})\s?条(?=[\s:、]|[^\s,。;、的第款])")),
    (
        "han_bracket",
        re.compile(
            rf"\(\s?({_HAN}{{1,3}})\s?\)[、.]?|\(({_HAN}{{1,3}})(?=[^{{一二三四五六七八九十百零}})\s,。、;])(?!.{{0,6}}\))|(?<!\S)({_HAN}{{1,3}})\)"
        ),
    ),
    ("han_bracket", re.compile(r"([㈠-㈩])[、.]?")),
    (
        "han",
        re.compile(
            rf"({_HAN}{{1,3}})\s?[、.,](?!\s?[零一二三四五六七八九十]{{1,3}}[、,。])|({_HAN}{{1,3}})\s{{1,3}}(?=[^\s\d]{{4}})"
        ),
    ),
    ("digit_bracket", re.compile(r"\(\s?(\d{1,2})\s?\)[、.]?|(?<!\S)(\d{1,2})\)|([⑴-⒇])")),
    ("decimal", re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})[、.]?\s{0,3}(?=[一-鿿“《(])")),
    ("digit", re.compile(r"(\d{1,2})\s?[.、](?!\d)|(\d{1,2})\.(?=20\d\d年)|(\d{1,2}),(?=[一-鿿“《])|([⒈-⒛])")),
    ("circle", re.compile(r"([①-⑳])")),
    (
        "named",
        re.compile(
            rf"(?:专项|重点|主要|提升)?(?:行动|任务|工程|举措|措施|项目)\s?({_HAN}{{1,3}}|\d{{1,2}})\s?[:、](?=\s?[^\s\d])"
        ),
    ),
)
_BARE = re.compile(r"(\d{1,2})(?=[一-鿿“《(])")
_BARE_YEAR = re.compile(r"(\d{1,2})\s?(?=20\d\d年)")
_BEFORE_FIGURE = re.compile(r"(\d{1,2})[.、](?=\d{1,4}[一-鿿%])")
_LOST = re.compile(r"([.、])(?=[一-鿿“《])")
_MEASURE_AFTER = re.compile(
    r"\s?"
    + any_of(
        """余 多(?!元|层|方|渠|样|措|部|点) 几 年 月 日(?!间|常) 个(?!人|案) 家(?!庭|长|政|电) 所(?!有|属) 名(?!录)
        人(?!才|员|口|民|力|社|工|大|文|居|均|防) 项(?!目) 万 亿 元 岁 周岁 % 时(?!间|刻) 天 次 张 户(?!籍) 号 届
        层(?!级) 楼 条(?!块|例|件) 批 分钟 分之 米 平方 公里 公顷 公斤 亩 辆 台(?!账) 套 件 期 级 座 栋 倍
        成(?!立|为|果|员|本|效) 后 前 大类 类(?!别)"""
    )
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label at the head of a line: its form, its number (0 where it is lost) and how many characters it takes."""

    form: Form
    number: int
    size: int
    sure: bool = True
    """False where the mark that makes it a label is missing and only the sequence can tell."""


def _value(text: str) -> int:
    if text.isdigit() and text.isascii():
        return int(text)
    code = ord(text[0])
    if 0x2460 <= code <= 0x2473:
        return code - 0x245F
    if 0x2474 <= code <= 0x2487:
        return code - 0x2473
    if 0x2488 <= code <= 0x249B:
        return code - 0x2487
    if 0x3220 <= code <= 0x3229:
        return code - 0x321F
    if "." in text:
        return int(text.rsplit(".", 1)[1])
    return han_to_int(text) or 0


def label_at(words: str) -> Label | None:
    """The label at the head of a folded line; None where there is none."""
    if not words or words[0] not in _HEADS:
        return None
    for form, pattern in _PATTERNS:
        match = pattern.match(words)
        if not match:
            continue
        number = next(group for group in match.groups() if group)
        value = _value(number)
        if form == "han" and (value == 0 or (not match[1] and value > 20)):
            continue
        if form == "han" and not match[1]:
            return Label(form, value, match.end(), sure=False)
        if form == "han_bracket" and match.re.groups == 3 and match[2]:
            return Label(form, value, match.end(), sure=False)
        if not 0 < value < 200 or (form == "decimal" and _MEASURE_AFTER.match(words, match.end())):
            continue
        return Label(form, value, match.end())
    match = _BEFORE_FIGURE.match(words)
    if match:
        return Label("bare", int(match[1]), match.end(), sure=False)
    match = _BARE_YEAR.match(words)
    if match:
        return Label("bare", int(match[1]), match.end(1), sure=False)
    match = _BARE.match(words)
    if match and not _MEASURE_AFTER.match(words, match.end()):
        return Label("bare", int(match[1]), match.end(), sure=False)
    match = _LOST.match(words)
    if match:
        return Label("lost", 0, match.end(), sure=False)
    return None


_HEADS = frozenset("第(一二三四五六七八九十百零0123456789.、专重主提行任工举措项") | {
    chr(code) for code in (*range(0x2460, 0x249C), *range(0x3220, 0x322A))
}
