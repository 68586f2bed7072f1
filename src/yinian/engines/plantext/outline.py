"""The outline: which lines are headings, where their titles end and their bodies stop, and what each section is for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from yinian.engines.plantext.labels import ENUMERATOR_LEVEL, LEVELS, Label, label_at
from yinian.engines.plantext.lines import Document, Line, attachment, furniture, signed_date
from yinian.engines.plantext.model import Doubt, Node, SectionKind, Span
from yinian.engines.plantext.numbers import han_to_int
from yinian.engines.plantext.sections import kind_of

LONGEST_RUN_IN = 45
"""A first sentence longer than this is no title of what follows it: then the first clause stands for it."""
_CONTENTS = re.compile(r"^目\s*[录次]$")
_LEADERS = re.compile(r"(?:[.…·]{2,}|\s)\s*\d{1,3}$")
_CONTENTS_WORD = re.compile(r"^(?:前\s*言|引\s*言|序\s*言|附\s*[件录表].*|结\s*语)(?:\s*\d+)?$")
_BOX = re.compile(r"^[【\[]?专\s*栏\s*[\d一二三四五六七八九十]{0,3}")
"""A box set apart in a plan (专栏1 …工程): its numbering is its own."""
_ENUMERATOR = re.compile(r"(?<![一-鿿\d“])([一二三四五六七八九十]{1,2})([是要])(?=[^\s。;,])")
_INLINE = re.compile(r"(?<=[。;:])(?:\(\d{1,2}\)|\d{1,2}[.、](?=[一-鿿“《])|[①-⑳])(?=\S)")
_LONG_TABLE = 2000
"""Characters: a table as long as this behind the last section is an annex."""
NAMES_SECTION = re.compile(r"[一-鿿]{0,6}(?:目标|要求|任务|措施|原则|安排|步骤|时限|范围|对象|标准)(?=:)")
"""A heading that a colon parts from the sentence behind it: 一、工作目标:到2024年底…。"""
_TITLE_STOPS = ",。;:!?"


@dataclass(slots=True)
class _Head:
    """A heading on its way into the outline."""

    label: Label
    line: Line
    start: int
    text_start: int
    level: int


def find_outline(document: Document, skip: Sequence[Span], blocks: Sequence[Span]) -> tuple[list[Node], list[Doubt]]:
    """The nodes in order, and the doubts about their numbering.

    `skip` are stretches without headings (tables, repeated text); `blocks` the parentheses that name units, which
    belong to no title and end the last item of an enumeration.
    """
    heads = _accepted(document, skip)
    deep = _chapter_depth(heads)
    for head in heads:
        if head.label.form not in ("chapter", "section") and deep:
            head.level += deep if head.label.form != "article" else 0
        if head.label.form == "article":
            head.level = 1 + min(deep, 2)
    body_stop = _body_stop(document, heads, skip)
    boxes = [line.start for line in document.lines if line.size <= 60 and _BOX.match(document.words(line))]
    doubts = _numbering_doubts(document, heads, boxes)
    nodes = _nodes(document, heads, blocks, body_stop, _boundaries(document, heads, skip), boxes)
    return nodes, doubts


def _chapter_depth(heads: list[_Head]) -> int:
    forms = {head.label.form for head in heads}
    return ("chapter" in forms) + ("section" in forms)


# ── which lines are headings ─────────────────────────────────────────────────────────────────────────────────────────


def _accepted(document: Document, skip: Sequence[Span]) -> list[_Head]:
    starts = [span.start for span in skip]
    candidates: list[_Head] = []
    contents = attached = False
    listing: list[tuple[str, int, str]] = []
    for line in document.lines:
        index = bisect_right(starts, line.start) - 1
        if index >= 0 and skip[index].end > line.start:
            contents = attached = False
            continue
        words = document.words(line)
        label = label_at(words)
        if _CONTENTS.match(words):
            contents, attached, listing = True, False, []
            continue
        if contents:
            entry = (label.form, label.number, _bare_title(words)) if label is not None else None
            listed = entry is not None and "。" not in words and len(words) <= 60
            if entry is not None and listed:
                # where an entry comes again the contents are over and the document begins
                listed = entry not in listing and not (listing and entry[:2] == listing[0][:2])
                listing.append(entry)
            if listed or _LEADERS.search(words) or _CONTENTS_WORD.match(words) or words.isdigit():
                continue
            contents = False
        if attachment(words):
            attached = True
            continue
        if label is None:
            attached = False
            continue
        if attached and "。" not in words and label.form in ("digit", "digit_bracket", "bare"):
            continue
        attached = False
        if _LEADERS.search(words) and "。" not in words and re.search(r"[.…·]{3,}", words):
            continue
        paragraph = document.paragraph_of(line.start)
        if paragraph is not None and paragraph.start != line.start and not label.sure:
            continue
        text_start = line.start + label.size
        while text_start < line.end and document.folded[text_start] == " ":
            text_start += 1
        if text_start >= line.end and label.form not in ("han", "han_bracket", "digit", "chapter", "section"):
            continue
        candidates.append(_Head(label, line, line.start, text_start, LEVELS[label.form]))
    return _sequenced(document, _without_contents(document, candidates))


def _without_contents(document: Document, heads: list[_Head]) -> list[_Head]:
    """Drops a table of contents that has no heading of its own: four or more headings in a row that all come again."""
    titles: dict[str, int] = {}
    for index, head in enumerate(heads):
        titles[_title_key(document, head)] = index
    kept: list[_Head] = []
    index = 0
    while index < len(heads):
        run = index
        while (
            run < len(heads)
            and titles[_title_key(document, heads[run])] > run
            and "。" not in document.words(heads[run].line)
            and (run == index or heads[run].line.index - heads[run - 1].line.index <= 3)
        ):
            run += 1
        if run - index >= 4:
            index = run
            continue
        kept.append(heads[index])
        index += 1
    return kept


def _title_key(document: Document, head: _Head) -> str:
    return _bare_title(document.folded[head.start : head.line.end])


def _bare_title(words: str) -> str:
    return re.sub(r"\s|[.…·]*\s*\d{0,3}$", "", words.split("。", 1)[0])[:40]


def _sequenced(document: Document, heads: list[_Head]) -> list[_Head]:
    """Keeps every sure label, and of the unsure ones those that the sequence calls for."""
    kept: list[_Head] = []
    last: dict[int, int] = {}
    for index, head in enumerate(heads):
        label = head.label
        if label.sure:
            kept.append(head)
        elif label.form == "lost":
            after = next((one for one in heads[index + 1 : index + 60] if one.label.form in ("digit", "bare")), None)
            before = last.get(head.level, 0)
            if after is None or after.label.number not in (before + 2, 2):
                continue
            label = Label("lost", after.label.number - 1, label.size, False)
            kept.append(_Head(label, head.line, head.start, head.text_start, head.level))
        elif label.form == "bare":
            if not _called_for(document, heads, index, last.get(head.level, 0)):
                continue
            kept.append(head)
        else:
            expected = last.get(head.level, 0) + 1
            if label.number not in (expected, 1):
                continue
            if label.number == 1 and not any(
                one.level == head.level and one.label.number == 2 for one in heads[index + 1 : index + 40]
            ):
                continue
            kept.append(head)
        taken = kept[-1]
        last[taken.level] = taken.label.number
        for level in [level for level in last if level > taken.level]:
            if taken.level < 3 and level == 3 and taken.level == 2:
                continue  # numbers of the third level often run on across sections
            del last[level]
    return kept


def _called_for(document: Document, heads: list[_Head], index: int, before: int) -> bool:
    """Whether a number without its point continues a sequence, or begins one that goes on."""
    head = heads[index]
    number = head.label.number
    if number == before + 1 and before:
        return True
    if number != 1:
        return False
    for one in heads[index + 1 : index + 60]:
        if one.level < head.level:
            return False
        if one.level == head.level:
            return one.label.number == 2
    return False


# ── titles and bodies ────────────────────────────────────────────────────────────────────────────────────────────────


def _title_end(document: Document, head: _Head, block_starts: Sequence[int]) -> int:
    """Where the title stops: at the first full stop or the end of the line, or after the first clause of a long one."""
    text, brackets = document.folded, document.brackets
    paragraph = document.paragraph_of(head.start)
    limit = head.line.end
    if paragraph is not None and "。" not in document.words(head.line):
        limit = paragraph.end
    index = bisect_right(block_starts, head.text_start - 1)
    if index < len(block_starts) and block_starts[index] < limit:
        limit = block_starts[index]
    stop = limit
    clause = 0
    for position in range(head.text_start, limit):
        char = text[position]
        if char == "。" and not brackets.around(position):
            stop = position
            break
        if not clause and char in ",;:!?" and not brackets.around(position) and position > head.text_start:
            clause = position
    whole_line = stop == limit or text[stop] != "。"
    named = NAMES_SECTION.match(text, head.text_start, stop)
    if named is not None and not whole_line:
        return named.end()
    while stop > head.text_start and text[stop - 1] in " \r\n;:":
        stop -= 1
    alone = whole_line or not text[stop + 1 : limit].strip()
    gap = re.compile(r"\s+").search(text, head.text_start + 4, min(stop, head.text_start + 30))
    if gap and stop - gap.end() > 20 and not re.search(r"[,。;、:]", text[head.text_start : gap.start()]):
        return gap.start()
    size = stop - head.text_start
    if size <= LONGEST_RUN_IN or not clause:
        if whole_line and clause and size > LONGEST_RUN_IN:
            return clause
        return stop
    if (
        whole_line
        and size <= 80
        and text[stop - 1] not in ";:"
        and limit == stop
        and _reads_as_title(text[head.text_start : stop])
    ):
        return stop
    return clause if not (alone and size <= LONGEST_RUN_IN) else stop


def _reads_as_title(words: str) -> bool:
    """A long line of its own without a full stop is a heading unless it states figures or dates."""
    return not re.search(r"\d{2,}|[“《].*[”》].*,|;", words)


def _body_stop(document: Document, heads: list[_Head], skip: Sequence[Span]) -> int:
    """Where the content of the last section stops: before attachments, signature and the foot of the page."""
    if not heads:
        return len(document.folded)
    last = heads[-1]
    end = last.line.end
    starts = [span.start for span in skip]
    for line in document.lines_between(last.line.end, len(document.folded)):
        index = bisect_right(starts, line.start) - 1
        if index >= 0 and skip[index].end > line.start:
            return line.start
        words = document.words(line)
        if furniture(words) or attachment(words) or signed_date(words) or _signature(words):
            return line.start
        end = line.end
    return end if end > last.line.start else len(document.folded)


def _signature(words: str) -> bool:
    """A line that holds nothing but the name of an office."""
    return len(words) <= 40 and bool(re.fullmatch(r"[一-鿿\s()、]+(?:政府|办公室|办公厅|委员会|局|厅|部|委)", words))


def _nodes(
    document: Document,
    heads: list[_Head],
    blocks: Sequence[Span],
    stop: int,
    boundary: list[int],
    boxes: list[int],
) -> list[Node]:
    block_starts = sorted(block.start for block in blocks)
    raw = document.raw
    ends: list[int] = []
    closing = _closed_by(heads)
    for index, head in enumerate(heads):
        end = stop if stop > head.start else len(raw)
        if closing[index] < len(heads):
            end = heads[closing[index]].start
        position = bisect_right(boundary, head.start)
        if position < len(boundary):
            end = min(end, boundary[position])
        position = bisect_right(boxes, head.start)
        if head.level >= 3 and position < len(boxes):
            end = min(end, boxes[position])
        ends.append(end)
    nodes: list[Node] = []
    stack: list[Node] = []
    for index, head in enumerate(heads):
        title_end = max(_title_end(document, head, block_starts), head.text_start)
        while stack and (stack[-1].level >= head.level or stack[-1].body_end <= head.start):
            stack.pop()
        parent = stack[-1] if stack else None
        title = raw[head.text_start : title_end]
        node = Node(
            id="",
            level=head.level,
            label=raw[head.start : head.start + head.label.size].strip(),
            title=title,
            start=head.start,
            end=title_end if title else head.start + head.label.size,
            body_end=min(ends[index], parent.body_end) if parent else ends[index],
            parent=parent.id if parent else None,
            kind=_kind(title, parent),
        )
        node = _named(node, f"O{len(nodes) + 1}")
        nodes.append(node)
        stack.append(node)
        inner_end = heads[index + 1].start if index + 1 < len(heads) else node.body_end
        for item in _enumerators(document, node, min(inner_end, node.body_end), block_starts):
            nodes.append(_named(item, f"O{len(nodes) + 1}"))
    return nodes


def _closed_by(heads: list[_Head]) -> list[int]:
    """For every head the index of the next one on its level or above; the number of heads where there is none."""
    closing = [len(heads)] * len(heads)
    waiting: list[int] = []
    for index, head in enumerate(heads):
        while waiting and heads[waiting[-1]].level >= head.level:
            closing[waiting.pop()] = index
        waiting.append(index)
    return closing


def _boundaries(document: Document, heads: list[_Head], skip: Sequence[Span]) -> list[int]:
    """Where every section ends whatever its level: a table of projects, an annex with a document of its own."""
    found: list[int] = []
    starts = [head.start for head in heads]
    for span in skip:
        index = bisect_right(starts, span.start)
        ends = index == len(heads) or (heads[index].level == 1 and heads[index].label.number == 1)
        if ends and span.end - span.start > _LONG_TABLE:
            found.append(span.start)
    first_level = [head for head in heads if head.level == 1]
    for before, after in pairwise(first_level):
        if after.label.number == 1 and before.label.number > 1 and after.label.form == before.label.form:
            found.append(_new_document(document, before, after))
    return sorted(found)


def _new_document(document: Document, before: _Head, after: _Head) -> int:
    """The place between two heads where a signature, an attachment line or a title begins a new document."""
    for line in document.lines_between(before.line.end, after.start):
        words = document.words(line)
        if attachment(words) or signed_date(words) or furniture(words):
            return line.start
    return after.start


def _kind(title: str, parent: Node | None) -> SectionKind:
    own = kind_of(title)
    if parent is None:
        return own or "task"
    if parent.kind == "background":
        return "goal" if own == "goal" and re.search(r"目标|指标", title) else "background"
    if parent.kind == "closing":
        return "closing"
    if parent.kind == "goal":
        if "目标" in title:
            return "goal"
        return own if own in ("background", "goal") or (own == "task" and re.search("任务|措施", title)) else "goal"
    if own in ("background", "goal") and parent.level <= 2 and len(title) <= 10:
        return own
    return "task"


def _named(node: Node, name: str) -> Node:
    return Node(
        name,
        node.level,
        node.label,
        node.title,
        node.start,
        node.end,
        node.body_end,
        node.parent,
        node.kind,
        node.enumerator,
    )


# ── 一是, 二是, ① and (1) within a paragraph ──────────────────────────────────────────────────────────────────────────


def _enumerators(document: Document, node: Node, end: int, block_starts: Sequence[int]) -> list[Node]:
    """The items of one node that stand within its paragraphs; their numbers must follow each other from one."""
    text = document.folded
    starts = _in_sequence(document, node.end, end)
    items: list[Node] = []
    for index, start in enumerate(starts):
        paragraph = document.paragraph_of(start)
        stop = end
        if index + 1 < len(starts):
            stop = starts[index + 1]
        elif paragraph is not None and text[paragraph.end : end].strip():
            stop = min(end, paragraph.end)
        place = bisect_right(block_starts, start)
        if place < len(block_starts) and block_starts[place] < stop:
            stop = block_starts[place]
        match = _ENUMERATOR.match(text, start) or _INLINE.match(text, start)
        assert match is not None
        label_end = match.end()
        title_end = _first_clause(document, label_end, stop)
        level = ENUMERATOR_LEVEL if match.re is _ENUMERATOR else max(_inline_level(match[0]), node.level + 1)
        items.append(
            Node(
                "",
                level,
                document.raw[start:label_end],
                document.raw[label_end:title_end],
                start,
                title_end,
                stop,
                node.id,
                node.kind,
                True,
            )
        )
    return items


def _in_sequence(document: Document, start: int, end: int) -> list[int]:
    """Where the items begin: of 一是, 二是 … or else of one kind of number after a stop."""
    text = document.folded
    worded = [
        (match.start(), han_to_int(match[1]) or 0, match[2])
        for match in _ENUMERATOR.finditer(text, start, end)
        if not document.brackets.around(match.start()) and _opens(text, match.start())
    ]
    found = _runs(worded)
    if found:
        return found
    numbered = []
    for match in _INLINE.finditer(text, start, end):
        around = document.brackets.around(match.start())
        label = label_at(text[match.start() : match.end() + 2])
        if label is not None and (around is None or around[0] == match.start()):
            numbered.append((match.start(), label.number, label.form))
    return _runs(numbered)


def _inline_level(words: str) -> int:
    label = label_at(words + "一一")
    return ENUMERATOR_LEVEL if label is None else LEVELS[label.form]


def _runs(items: Sequence[tuple[int, int, str]]) -> list[int]:
    """The places of those items whose numbers run 1, 2 … in one manner; a run of one is none."""
    places: list[int] = []
    run: list[int] = []
    manner = ""
    for place, number, form in items:
        if number == 1:
            places += run if len(run) >= 2 else []
            run, manner = [place], form
        elif run and form == manner and number == len(run) + 1:
            run.append(place)
    return places + (run if len(run) >= 2 else [])


def _opens(text: str, position: int) -> bool:
    """Whether a place opens a clause."""
    before = text[max(0, position - 1) : position]
    return before == "" or before in ",。;:)】”\n "


def _first_clause(document: Document, start: int, end: int) -> int:
    """The end of the first clause: at a stop, or before a parenthesis that gives a date."""
    text = document.folded
    for position in range(start, end):
        if text[position] in _TITLE_STOPS:
            around = document.brackets.around(position)
            if around is None or around[2] in "“‘":
                return position
        if text[position] == "(" and position > start:
            around = document.brackets.around(position)
            if around and re.match(r"\(\s?(?:20\d\d|二零|每|\d{1,2}月|到|今年|年底)", text[position : position + 8]):
                return position
    while end > start and text[end - 1] in " \n\r":
        end -= 1
    return end


# ── doubts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _numbering_doubts(document: Document, heads: list[_Head], boxes: list[int]) -> list[Doubt]:
    """Numbers that are skipped, repeated or lost."""
    doubts: list[Doubt] = []
    marks_lost = [head for head in heads if head.label.form == "bare"]
    if marks_lost:
        first = marks_lost[0]
        doubts.append(Doubt("number_marks_lost", first.start, first.line.end, {"count": len(marks_lost)}))
    last: dict[int, _Head] = {}
    running: dict[tuple[int, str], int] = {}
    outer: dict[int, _Head] | None = None
    box = -1
    for head in heads:
        inside = bisect_right(boxes, head.start) - 1
        if inside != box and head.level >= 3:
            outer, last = last, {level: one for level, one in last.items() if level < 3}
        box = inside
        if outer is not None and (head.level < 3 or _resumed(head, last, outer)):
            last, outer = outer, None
        number, form = head.label.number, "digit" if head.label.form in ("bare", "lost") else head.label.form
        before = last.get(head.level)
        runs_on = number == running.get((head.level, form), 0) + 1
        if head.label.form == "lost":
            doubts.append(Doubt("number_lost", head.start, head.line.end, {"expected": number}))
        expected = before.label.number + 1 if before is not None else 1
        if number == (before.label.number if before is not None else 0):
            doubts.append(Doubt("number_repeated", head.start, head.line.end, {"found": number}))
        elif number not in (expected, 1) and not runs_on:
            doubts.append(Doubt("number_skipped", head.start, head.line.end, {"found": number, "expected": expected}))
        last[head.level] = head
        running[head.level, form] = number
        for level in [level for level in last if level > head.level]:
            del last[level]
    return doubts


def _resumed(head: _Head, box: dict[int, _Head], outer: dict[int, _Head]) -> bool:
    """Whether a number goes on with the list that a box interrupted, and not with the box's own."""
    inside, before = box.get(head.level), outer.get(head.level)
    if before is None or head.label.number != before.label.number + 1:
        return False
    return inside is not None and head.label.number != inside.label.number + 1
