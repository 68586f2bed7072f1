"""Lines and paragraphs: what stands on its own line, what a hard wrap has torn apart, what is page furniture."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from yinian.engines.plantext.chars import Brackets, fold
from yinian.engines.plantext.grammar import any_of
from yinian.engines.plantext.labels import Label, label_at
from yinian.engines.plantext.model import Span
from yinian.engines.plantext.numbers import han_to_int

ENDS = "。;!?"
_CLOSES = ENDS + ":)]】〕”’》〉"
_WRAPPED_FROM = 18
"""A line shorter than this was ended by its writer, not by a margin."""

_HAN = "[一二三四五六七八九十]"
_INNER = re.compile(
    rf"(?<=[。)】;\s])(?:\((?P<bracket>{_HAN}{{1,3}})\)|(?P<han>{_HAN}{{1,3}})、)(?=[一-鿿“])"
    rf"|(?<={_HAN}、)[一-鿿“”]{{2,20}}?\((?P<first>一)\)(?=[一-鿿“])"
)
"""A heading within a line: behind a full stop, or (一) right behind the title of the section that it opens."""
_SECOND = re.compile(r"(?<=[。)】;\s])二、")
_SECOND_BRACKET = re.compile(r"(?<=[。)】;\s])\(二\)")
_ITEM = re.compile(r"(?<=[。;])(?:\(\d{1,2}\)|\d{1,2}[.、](?=[一-鿿“《])|[①-⑳])(?=\S)")
_ITEMS = ("circle", "digit_bracket", "digit")
_PARTS = ("han", "han_bracket")
_INNER_REACH = 4000
_FURNITURE = re.compile(
    "^"
    + any_of(
        r"""您?(?:当前|现在|现在所在)?的?所?在?位置 当前位置 首页 网站(?:地图|声明|首页) 关于我们 联系我们
        主办(?:单位)?: 承\s*办: 版权所有 备案号 .{0,6}ICP备 .{0,6}公网安备 网站标识码 浏览(?:量|次数)
        点击(?:数|收缩|量) 字体 字号 打印 关闭 分享 扫一扫 索\s?引\s?号 公开方式 签署日期 发文日期 来源: 责任编辑
        信息来源 发布(?:时间|日期|机构) 文件下载 相关(?:链接|附件|文件|解读) 政策解读 上一篇 下一篇 【?字体
        Produced\s Copyright 技术支持 附件下载 抄送: 主题词: 微信公众号 政府网$ 预览 下载"""
    )
)
_ATTACHED = re.compile(r"^附\s*(?:件|表|录)?\s*[:：]|^附\s*件\s*\d*[:：]?\s*\S")
_SIGNED_DATE = re.compile(
    r"^(?:20\d\d年\d{1,2}月\d{1,2}日|二零[零一二三四五六七八九]{2}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{0,3}日?)$"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line without the white space around it."""

    start: int
    end: int
    index: int

    @property
    def size(self) -> int:
        """How many characters."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or more lines that are one paragraph."""

    start: int
    end: int
    lines: tuple[Line, ...]


class Document:
    """A text with its folded twin, its lines, paragraphs and brackets. Regions given as `tables` are not prose."""

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.folded = fold(raw)
        self.lines = _lines(self.folded)
        self.line_starts = [line.start for line in self.lines]
        loose = Brackets(self.folded)
        self.paragraphs = _paragraphs(self.folded, self.lines, loose)
        self.paragraph_starts = [paragraph.start for paragraph in self.paragraphs]
        breaks = {paragraph.end for paragraph in self.paragraphs}
        self.brackets = Brackets(self.folded, _line_breaks(self.folded, breaks))

    def line_of(self, position: int) -> Line | None:
        """The line that a position stands on."""
        index = bisect_right(self.line_starts, position) - 1
        return self.lines[index] if index >= 0 and self.lines[index].end >= position else None

    def lines_between(self, start: int, end: int) -> list[Line]:
        """The lines that begin between two places."""
        return self.lines[bisect_left(self.line_starts, start) : bisect_left(self.line_starts, end)]

    def paragraphs_between(self, start: int, end: int) -> list[Paragraph]:
        """The paragraphs that share a character with a stretch."""
        first = max(0, bisect_right(self.paragraph_starts, start) - 1)
        return [one for one in self.paragraphs[first : bisect_left(self.paragraph_starts, end)] if one.end > start]

    def paragraph_of(self, position: int) -> Paragraph | None:
        """The paragraph that a position stands in."""
        index = bisect_right(self.paragraph_starts, position) - 1
        return self.paragraphs[index] if index >= 0 and self.paragraphs[index].end >= position else None

    def words(self, span: Span | Line | Paragraph) -> str:
        """The folded text of a span."""
        return self.folded[span.start : span.end]


def _lines(folded: str) -> list[Line]:
    lines: list[Line] = []
    position = 0
    last: dict[str, int] = {}
    for number, part in enumerate(re.split(r"\r\n|\r|\n", folded)):
        stripped = part.strip()
        if stripped:
            start = position + part.index(stripped[0])
            lines.extend(_parted(folded, start, start + len(stripped), number, last))
        position += len(part)
        position += 2 if folded[position : position + 2] == "\r\n" else 1
    return lines


def _parted(folded: str, start: int, end: int, number: int, last: dict[str, int]) -> list[Line]:
    """A line cut where its break was lost before a heading that goes on counting: …规划。(二)强化资金保障。…

    `last` holds the number that every form of heading has reached and is carried on.
    """
    opens = label_at(folded[start : min(end, start + 12)])
    if opens is not None and opens.form in _PARTS:
        last[opens.form] = opens.number
        if opens.form == "han":
            last["han_bracket"] = 0
    if opens is not None and opens.form in _ITEMS:
        items = _itemised(folded, start, end, number, opens)
        return [part for item in items for part in _sectioned(folded, item.start, item.end, number, last)]
    return _sectioned(folded, start, end, number, last)


def _sectioned(folded: str, start: int, end: int, number: int, last: dict[str, int]) -> list[Line]:
    """A stretch cut before the headings within it that go on counting."""
    lines: list[Line] = []
    for match in _INNER.finditer(folded, start, end):
        form = "han" if match["han"] else "han_bracket"
        value = han_to_int(match["han"] or match["bracket"] or match["first"]) or 0
        place = match.start("first") - 1 if match["first"] else match.start()
        if place <= start or value != last.get(form, 0) + 1 or (value == 1 and not _goes_on(folded, match, form)):
            continue
        last[form] = value
        if form == "han":
            last["han_bracket"] = 0
        stop = place
        while stop > start and folded[stop - 1] == " ":
            stop -= 1
        lines.append(Line(start, stop, number))
        start = place
    lines.append(Line(start, end, number))
    return lines


def _itemised(folded: str, start: int, end: int, number: int, opens: Label) -> list[Line]:
    """A line that opens with an item and holds those after it: ①…;②…;③…."""
    lines: list[Line] = []
    wanted = opens.number + 1
    for match in _ITEM.finditer(folded, start + opens.size, end):
        label = label_at(folded[match.start() : min(end, match.end() + 2)])
        if label is None or label.form != opens.form or label.number != wanted:
            continue
        lines.append(Line(start, match.start(), number))
        start, wanted = match.start(), wanted + 1
    lines.append(Line(start, end, number))
    return lines


def _goes_on(folded: str, match: re.Match[str], form: str) -> bool:
    """Whether a second heading of the same form follows a first one, on a line of its own or behind a stop."""
    second = _SECOND_BRACKET if form == "han_bracket" else _SECOND
    return second.search(folded, match.end(), match.end() + _INNER_REACH) is not None


def _line_breaks(folded: str, ends: set[int]) -> set[int]:
    """The places of the line feeds that end a paragraph."""
    breaks: set[int] = set()
    for end in ends:
        feed = folded.find("\n", end)
        if feed >= 0:
            breaks.add(feed)
    return breaks


def furniture(words: str) -> bool:
    """Whether a line belongs to the page around the document: navigation, counters, imprint."""
    return bool(_FURNITURE.match(words)) and "。" not in words[:-1]


def attachment(words: str) -> bool:
    """Whether a line opens the list of attachments."""
    return bool(_ATTACHED.match(words)) and not words.endswith("。")


def signed_date(words: str) -> bool:
    """Whether a line is nothing but the date under a signature."""
    return bool(_SIGNED_DATE.match(words.replace(" ", "")))


def _paragraphs(folded: str, lines: list[Line], brackets: Brackets) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    current: list[Line] = []
    for line in lines:
        if current and not _torn(folded, current[-1], line, brackets):
            paragraphs.append(Paragraph(current[0].start, current[-1].end, tuple(current)))
            current = []
        current.append(line)
    if current:
        paragraphs.append(Paragraph(current[0].start, current[-1].end, tuple(current)))
    return paragraphs


def _torn(folded: str, above: Line, below: Line, brackets: Brackets) -> bool:
    """Whether a line goes on in the next one."""
    upper, lower = folded[above.start : above.end], folded[below.start : below.end]
    if below.index - above.index > 2 or upper[-1] in ENDS or upper[-1] in ":":
        return False
    if lower[0] in ",、。;)】”":
        return True
    pair = brackets.around(above.end - 1)
    if pair and pair[0] < above.end - 1 and pair[1] >= below.start and pair[2] in "(《“":
        return label_at(lower) is None
    if (
        upper[-1] in _CLOSES
        or label_at(lower) is not None
        or furniture(lower)
        or attachment(lower)
        or signed_date(lower)
    ):
        return False
    if above.size < _WRAPPED_FROM or furniture(upper):
        return False
    head = label_at(upper)
    if head is not None and "。" not in upper:
        return upper[-1] in ",、"
    if upper[-1] in ",、":
        return True
    # prose that has begun, and goes on to an end of its own
    return (
        ("。" in upper or "," in upper or ("、" in upper and upper[-1] not in "局委厅部办府"))
        and bool(re.search(r"[。;,]", lower[:-1] + lower[-1]))
        and above.size >= _WRAPPED_FROM
    )
