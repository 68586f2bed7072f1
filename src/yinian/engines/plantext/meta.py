"""What a document says of itself: title, issuer, number, dates, and the years that the plan is for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from yinian.engines.plantext.lines import Document, Line, furniture
from yinian.engines.plantext.model import Meta, Node, Span
from yinian.engines.plantext.numbers import han_to_int
from yinian.engines.plantext.times import five_year_plan

_NUMBER = re.compile(r"[一-鿿]{2,12}(?:\([一-鿿]{1,6}\))?[〔\[(【]\s?20\d\d\s?[〕\])】]\s?(?:第\s?)?\d{1,4}\s?号")
_DATE = re.compile(r"(20\d\d)\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_HAN_DATE = re.compile(
    r"(二零[零一二三四五六七八九]{2})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})日)?"
)
_ISO_DATE = re.compile(r"(20\d\d)\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,2})")
_VALID = re.compile(r"(?:有效期|失效日期)(?:至|限|截止)?[::至]?\s?(20\d\d)[-年/.]\s?(\d{1,2})[-月/.]\s?(\d{1,2})")
_ISSUES = re.compile(r"(?:关于)?(?:印发|转发|发布|下达)\s*[《〈<](.+?)[》〉>]", re.DOTALL)
_ISSUES_BARE = re.compile(
    r"(?:印发|转发|发布|下达)(?:关于)?([^《》。,;:]{4,80}?(?:方案|计划|规划|意见|措施|办法|清单|要点|细则|规定|通知|政策|条例|行动))的\s*通\s*知"
)
_PLAN_WORD = re.compile(
    r"(?:方案|计划|规划|意见|措施|办法|清单|要点|细则|纲要|行动|通\s*知|决定|指引|安排|目标任务书|任务书|台账|重点工作|重点任务|民生实事|(?:任务|分解|分工|安排|责任|进度|推进|计划)表)(?:\([^()]{1,20}\))?$"
)
_OFFICE_LINE = re.compile(
    r"^[一-鿿()]{0,40}(?:政府|办公室|办公厅|委员会|局|厅|部|委|领导小组|管委会|联合会|总队|会|国务院)$"
)
_TITLE_LABEL = re.compile(r"(?:标\s*题|(?:文件)?名\s*称)\s*:\s*")
_PRINTED = re.compile(r"(20\d\d)\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日\s?(?:印发|发布)")
_FOOT = 200
"""Characters at the end of a text among which 2025年1月8日印发 is its own date."""
_COUNTED = re.compile(r"([三五两二2-5])年.{0,4}(?:行动|提升|攻坚|计划|倍增|规划|整治|改革)")
_FROM_A_YEAR = re.compile(
    r"(?:自|从)?(20\d\d)年(?:起|开始)(?:的)?,?(?:力争|计划)?(?:利?用)?(\d|[二两三四五])年(?:左右)?(?:的?时间|内|之内|以内)"
)
"""A plan that counts its years from one: 2024年起3年内, 从2024年起用三年时间."""
_ISSUER_IN_TITLE = re.compile(
    r"^(?:中共)?([一-鿿]{0,30}?(?:人民政府办公室|人民政府办公厅|人民政府|国务院办公厅|国务院|办公室|办公厅|委员会|局|厅|委|部|领导小组|联合会))(?:\s*(?:等.{1,4}(?:部门|单位))?\s*(?:关于|印发|转发))"
)
_YEARS = re.compile(r"\(?(20\d\d)\s?年?\s?[-—–―~至到]{1,2}\s?(20\d\d)\s?年?\)?")
_PLAN = re.compile(r"[“\"]?(十[一二三四五六七八九]|二十)五[”\"]?(?:期间|时期)?[^,。]{0,30}(?:规划|计划|方案|纲要)")


def read_meta(document: Document, nodes: Sequence[Node]) -> Meta:
    """The facts at the head and the foot of a document."""
    text = document.folded
    level_one = next((node for node in nodes if node.level == 1), nodes[0] if nodes else None)
    head_end = level_one.start if level_one else min(len(text), 3000)
    foot = max((node.body_end for node in nodes if node.parent is None), default=len(text))
    spans: dict[str, Span] = {}
    title = _title(document, head_end, spans)
    number = _number(document, head_end, spans)
    issuer = _issuer(document, head_end, foot, spans)
    issued = _issued(document, head_end, foot, number, spans)
    valid = _VALID.search(text[:head_end])
    if valid:
        spans["valid_until"] = Span(valid.start(1), valid.end(3))
    return Meta(
        title=title,
        issuer=issuer,
        doc_no=number,
        date=issued.isoformat() if issued else None,
        valid_until=_iso(valid[1], valid[2], valid[3]) if valid else None,
        period=_period(document, title, head_end) or _counted_period(text, title, issued),
        spans=spans,
    )


def _iso(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _number(document: Document, head_end: int, spans: dict[str, Span]) -> str | None:
    """The document's own number: one that stands in no brackets, before the first section; the first of them."""
    for match in _NUMBER.finditer(document.folded, 0, head_end):
        around = document.brackets.around(match.start())
        if around is not None and around[0] < match.start():
            continue
        start = match.start()
        line = document.line_of(start)
        if line is not None and start > line.start and re.match(r"[一-鿿]", document.folded[start - 1]):
            continue
        found = re.sub(r"\s", "", document.raw[start : match.end()])
        label = re.match(r"(?:发文字号|发文文号|文号|文件编号|编号)", found)
        if label:
            start += label.end()
            found = found[label.end() :]
        spans["doc_no"] = Span(start, match.end())
        return found
    return None


def _head_text(document: Document, head_end: int) -> tuple[str, list[int]]:
    """The head with the line breaks inside a title taken out, and the place of every character."""
    words: list[str] = []
    places: list[int] = []
    for line in document.lines:
        if line.start >= head_end:
            break
        for position in range(line.start, line.end):
            words.append(document.folded[position])
            places.append(position)
        words.append("\n")
        places.append(line.end)
    return "".join(words), places


def _title(document: Document, head_end: int, spans: dict[str, Span]) -> str | None:
    words, places = _head_text(document, _title_zone(document, head_end))
    issued = [
        (match.start(), match, pattern)
        for pattern in (_ISSUES, _ISSUES_BARE)
        for match in pattern.finditer(words)
        if len(match[1]) <= 120 and not re.search(r"[。;]", match[1]) and not _cited(document, places[match.start()])
    ]
    if issued:
        _, match, pattern = min(issued, key=lambda one: one[0])
        start, end = places[match.start(1)], places[match.end(1) - 1] + 1
        if pattern is _ISSUES_BARE and words[max(0, match.start(1) - 2) : match.start(1)] == "关于":
            start -= 2
        spans["title"] = Span(start, end)
        return re.sub(r"\s+", "", document.raw[start:end])
    zone = _title_zone(document, head_end)
    lines = [line for line in document.lines if line.start < zone]
    for index, line in enumerate(lines):
        said = document.words(line)
        if (furniture(said) and not said.startswith("关于")) or not 6 <= len(said) <= 80:
            continue
        end = line.end
        if "关于" in said and not _PLAN_WORD.search(said):
            # a title over two or three lines: go on to the line that ends it
            for more in lines[index + 1 : index + 3]:
                joined = document.words(more)
                if len(joined) > 40 or re.search(r"[。;:,]", joined):
                    break
                if _PLAN_WORD.search(joined) or joined.replace(" ", "") == "通知":
                    end = more.end
                    break
        if not _PLAN_WORD.search(document.folded[line.start : end]):
            continue
        begin = line.start
        at = said.find("关于")
        if 0 < at <= 60 and _ISSUER_IN_TITLE.match(said):
            begin += at
        labelled = _TITLE_LABEL.match(document.folded, begin, end)
        begin = labelled.end() if labelled else begin
        spans["title"] = Span(begin, end)
        return re.sub(r"\s*[\r\n]+\s*", "", document.raw[begin:end])
    passed = re.compile(r"《([^《》]{4,80})》(?:已经|业经|已|经)[^。]{0,40}(?:同意|审议通过|印发)").search(
        document.folded, 0, head_end
    )
    if passed:
        spans["title"] = Span(passed.start(1), passed.end(1))
        return document.raw[passed.start(1) : passed.end(1)]
    return None


def _title_zone(document: Document, head_end: int) -> int:
    """Where the title can stand: before the first line of prose."""
    for line in document.lines:
        if line.start >= head_end:
            break
        if "。" in document.words(line):
            return line.start
    return head_end


def _cited(document: Document, position: int) -> bool:
    """Whether a place lies inside the name of another document, or of one that this one follows."""
    if document.brackets.titled(position):
        return True
    before = document.folded[max(0, position - 60) : position]
    return bool(re.search(r"(?:根据|按照|依据|贯彻|落实)[^。;\n]*$", before))


def _issuer(document: Document, head_end: int, foot: int, spans: dict[str, Span]) -> str | None:
    lines = document.lines
    for index, line in enumerate(lines):
        if line.start >= head_end and line.start < foot - 1:
            continue
        said = document.words(line)
        if _dated(said) and index:
            names = _signers(document, lines, index)
            if names:
                spans["issuer"] = Span(names[0].start, names[-1].end)
                return "、".join(
                    part for name in names for part in re.split(r"\s{2,}", document.raw[name.start : name.end].strip())
                )
    for line in lines:
        if line.start >= head_end:
            break
        match = _ISSUER_IN_TITLE.match(document.words(line))
        if match:
            spans["issuer"] = Span(line.start, line.start + match.end(1))
            return document.raw[line.start : line.start + match.end(1)]
    field = re.compile(r"(?:发布机构|所属机构|发文机关|发文单位|制发机关|来源)\s?[::]\s?([一-鿿]{4,30})").search(
        document.folded, 0, head_end
    )
    if field:
        spans["issuer"] = Span(field.start(1), field.end(1))
        return document.raw[field.start(1) : field.end(1)]
    return None


def _dated(words: str) -> bool:
    bare = words.replace(" ", "")
    return bool(_DATE.fullmatch(bare) or _HAN_DATE.fullmatch(bare))


def _signers(document: Document, lines: Sequence[Line], index: int) -> list[Line]:
    names: list[Line] = []
    for line in reversed(lines[max(0, index - 4) : index]):
        parts = re.split(r"\s{2,}", document.words(line))
        if all(_OFFICE_LINE.match(part.strip()) for part in parts if part.strip()):
            names.insert(0, line)
        else:
            break
    return names


def _issued(
    document: Document, head_end: int, foot: int, own_number: str | None, spans: dict[str, Span]
) -> date | None:
    """The date under the signature; else the first date that the page gives."""
    text = document.folded
    for line in document.lines:
        if head_end <= line.start < foot - 1:
            continue
        words = document.words(line).replace(" ", "")
        if not _dated(words):
            continue
        found = _DATE.search(words)
        if found:
            iso = _iso(found[1], found[2], found[3])
        else:
            han = _HAN_DATE.search(words)
            assert han is not None
            day = han_to_int(han[3]) if han[3] else 1
            iso = _iso(str(han_to_int(han[1])), str(han_to_int(han[2])), str(day))
        if iso:
            spans["date"] = Span(line.start, line.end)
            return date.fromisoformat(iso)
    said = r"\s?[::]\s?(20\d\d)\s?[-年/.]\s?(\d{1,2})\s?[-月/.]\s?(\d{1,2})"
    issued = re.compile(r"(?:成文|发文|签署|印发|生成)(?:日期|时间)" + said)
    labelled = re.compile(r"(?:发布日期|发布时间|日期)" + said)
    for pattern in (issued, labelled, _DATE, _ISO_DATE):
        match = pattern.search(text, 0, head_end)
        if match:
            iso = _iso(match[1], match[2], match[3])
            if iso:
                spans["date"] = Span(match.start(1), match.end(3))
                return date.fromisoformat(iso)
    printed = _PRINTED.search(text, min(foot, max(0, len(text) - _FOOT)))
    if printed:
        iso = _iso(printed[1], printed[2], printed[3])
        if iso:
            spans["date"] = Span(printed.start(1), printed.end(3))
            return date.fromisoformat(iso)
    number = re.search(r"[〔\[(](20\d\d)[〕\])]", own_number or "")
    return date(int(number[1]), 12, 31) if number else None


def _counted_period(text: str, title: str | None, issued: date | None) -> tuple[int, int] | None:
    """The years of a plan that only counts them (三年行动): those that end with the last year its text still names."""
    counted = _COUNTED.search((title or "").replace(" ", ""))
    if counted is None or issued is None:
        return None
    years = int(counted[1]) if counted[1].isdigit() else (han_to_int(counted[1]) or 0)
    for last in (issued.year + years, issued.year + years - 1):
        if f"{last}年" in text and f"{last + 1}年" not in text:
            return last - years + 1, last
    return None


def _period(document: Document, title: str | None, head_end: int) -> tuple[int, int] | None:
    words = (title or "").replace(" ", "")
    for text in (words, document.folded[:head_end]):
        match = _YEARS.search(text) if text is words else None
        if match and int(match[1]) < int(match[2]) <= int(match[1]) + 20:
            return int(match[1]), int(match[2])
        plan = _PLAN.search(text) if text is words else None
        if plan:
            return five_year_plan(plan[1])
    stated = re.compile(
        r"(?:自|从)(20\d\d)年?(?:至|到|[-—–~])(20\d\d)年|(?:规划期|实施期|规划期限|创建周期|试点期)[^。]{0,12}(20\d\d)年?(?:至|到|[-—–~])(20\d\d)年"
    ).search(document.folded, 0, min(len(document.folded), head_end + 1500))
    if stated:
        first, last = (stated[1], stated[2]) if stated[1] else (stated[3], stated[4])
        if int(first) < int(last):
            return int(first), int(last)
    counted = _FROM_A_YEAR.search(document.folded, 0, min(len(document.folded), head_end + 1500))
    if counted:
        years = int(counted[2]) if counted[2].isdigit() else (han_to_int(counted[2]) or 0)
        if 1 < years <= 10:
            return int(counted[1]), int(counted[1]) + years - 1
    return None
