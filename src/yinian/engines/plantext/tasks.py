"""Tasks: which sentences say that something is to be done, by when, and who answers for it.

Two habits of writing are known. Where a plan numbers its work as 一是, 二是 … inside paragraphs, a task is the first
sentence of each such item, and every other sentence with a time of its own (policy "items"). Everywhere else each
sentence of a working section is a task (policy "sentences").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from yinian.engines.plantext.dues import Expression
from yinian.engines.plantext.lines import Document, attachment, furniture, signed_date
from yinian.engines.plantext.model import Deadline, Doubt, Node, Span, Task, UnitBlock
from yinian.engines.plantext.outline import NAMES_SECTION
from yinian.engines.plantext.sentences import Sentence, between, split
from yinian.engines.plantext.times import TimeReader, whole_year
from yinian.engines.plantext.timewords import ongoing

Policy = Literal["items", "sentences"]

_LEAD_IN = re.compile(
    r"(?:如下|以下(?:几个)?(?:方面|事项|内容|要求|措施|工作|任务)|(?<![\d%‰元岁人张个家名户米亩年月])以下|包括)\s?[::]?$"
)
_NOT_ACTION = re.compile(
    r"^(?:(?:经[^,。]{0,16},)?现将.{2,80}(?:印发|转发|下发)|目前|现有|近年来|当前|截[至止](?![^,。]{0,14}[日底末]?前[^,。]{0,4}(?:完成|建成|实现))|据统计|据测算|经过多年|长期以来|回顾|本(?:方案|计划|意见|办法|规划|通知|措施|细则|行动(?:计划|方案))(?:所称|自|由|有效期|未尽|中的?)|"
    r"(?:(?:分管|责任|牵头|包联|包保|主管|挂钩|具体)(?:县|市|区)?(?:级)?(?:领导|负责人|责任人|同志|人)|联系人|联系电话|电话|传真|邮箱|电子邮箱|地址|注|备注|来源)\s?[::(]|附[件表]\s?[\d::(]|(?:计算|统计)(?:方法|公式|口径)\s?[::(]|(?:指标|数据)来源\s?[::(]|此件|自本?.{0,6}(?:印发|发布|公布|施行|实施)之日起,?《|以上(?:政策|措施|规定)|此前)"
)
_CLOSING = re.compile(
    r"起(?:施行|实施|执行|生效)(?:$|[,(;])|停止执行$|(?:负责|由.{2,20})解释|有效期|同时废止|以.{0,6}为准$"
)
_CONTACT = re.compile(r"联系人[::]|电话[::]|邮箱[::]|@\w+\.|请(?:及时)?与.{2,20}联系|请(?:及时)?(?:反馈|告知)")
_DEFINES = re.compile(r"^[^,]{2,20}(?:是指|指的?是|,即[^,])")
_LONG_ITEMS = 2
"""Items that hold a further sentence in one case of so many are the tasks themselves; short ones are sentences."""
_AIM = re.compile(r"[一-鿿]{0,8}(?:目标|指标)(?:是|为)?:|(?:力争)?到(?:20\d\d年|[“\"]?十.五[”\"]?末)")
_PROMISE = 9
"""Characters that such a heading has at least to be a promise and not the name of a stage."""
_FIGURE = re.compile(r"\d[\d.,]*[万亿]?(?:元|%|人次|[个家所张名户处座](?![一-鿿]{0,2}[方层]面))")
_ARTICLE = re.compile(r"第.{1,4}条")
"""An article opens with a provision, not with a title."""
_FIELD = re.compile(
    r"(?:完成|推进|时间|办结|整改|实施|进度)?(?:时限|时间节点|时间安排|完成时间|期限|时间进度|进度安排|实施时间)(?:要求)?\s?[::]\s?"
)


@dataclass(slots=True)
class Found:
    """A sentence of the plan with where it belongs and the times it names."""

    sentence: Sentence
    node: Node | None
    times: list[Expression]
    opens_item: bool = False
    given: Deadline | None = None
    """The time that the row of a table gives to what it says."""
    aim: bool = False
    """A paragraph above the first heading that states aims: figures to reach, and no task."""


class Tree:
    """The outline as a tree that tells which node a place belongs to."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self.by_id = {node.id: node for node in nodes}
        self._starts = [node.start for node in nodes]
        self.children: dict[str | None, list[Node]] = {}
        for node in nodes:
            self.children.setdefault(node.parent, []).append(node)

    def at(self, position: int, enumerators: bool = True) -> Node | None:
        """The innermost node whose content holds a place."""
        index = bisect_right(self._starts, position) - 1
        node = self.nodes[index] if index >= 0 else None
        while node is not None and (node.body_end <= position or (node.enumerator and not enumerators)):
            node = self.by_id[node.parent] if node.parent else self._earlier(node)
        return node

    def _earlier(self, node: Node) -> Node | None:
        return None

    def line_up(self, node: Node | None) -> list[Node]:
        """The node and its ancestors, innermost first."""
        line: list[Node] = []
        while node is not None:
            line.append(node)
            node = self.by_id[node.parent] if node.parent else None
        return line


def sentences_of(
    document: Document, tree: Tree, blocks: Sequence[UnitBlock], skip: Sequence[Span], times: TimeReader
) -> list[Found]:
    """Every sentence under a heading, with headings, blocks and tables taken out."""
    holes = _apart([*(Span(block.start, block.end) for block in blocks), *skip])
    found: list[Found] = []
    nodes = tree.nodes
    plain = [node for node in nodes if not node.enumerator]
    item_starts = {node.start for node in nodes if node.enumerator}
    if plain:
        found += _aims_above(document, plain[0].start, holes, times)
    for index, node in enumerate(plain):
        stop = plain[index + 1].start if index + 1 < len(plain) else node.body_end
        stop = min(stop, node.body_end)
        begin = _body_begin(document, node, tree.children.get(node.id, ()), stop, holes)
        promised = _promised(document, node, begin, times)
        if promised is not None:
            found.append(promised)
        for sentence in split(document, begin, stop, holes):
            words = document.folded[sentence.start : sentence.end]
            if furniture(words) or signed_date(words) or (attachment(words) and sentence.first):
                continue
            owner = tree.at(sentence.start)
            found.append(
                Found(sentence, owner, times.find(sentence.start, sentence.end), sentence.start in item_starts)
            )
    if not plain:
        for sentence in split(document, 0, len(document.folded), holes):
            if not sentence.ended and sentence.first:
                continue  # a title, a caption, a signature
            found.append(Found(sentence, None, times.find(sentence.start, sentence.end)))
    return found


def _aims_above(document: Document, stop: int, holes: Sequence[Span], times: TimeReader) -> list[Found]:
    """The sentences of those paragraphs above the first heading that open with their aim (具体指标:到2027年…)."""
    found: list[Found] = []
    for paragraph in document.paragraphs_between(0, stop):
        if paragraph.end <= stop and _AIM.match(document.words(paragraph)):
            for sentence in split(document, paragraph.start, paragraph.end, holes):
                found.append(Found(sentence, None, times.find(sentence.start, sentence.end), aim=True))
    return found


def _promised(document: Document, node: Node, begin: int, times: TimeReader) -> Found | None:
    """A heading that runs into its text and is itself a promise with a date or a figure: 1.2026年底前建成平台。整合…"""
    text, start = document.folded, _text_start(document.folded, node)
    if begin <= node.end or text[node.end : node.end + 1] != "。" or node.end - start < _PROMISE:
        return None
    named = times.find(start, node.end)
    dated = any(time.due and document.brackets.around(time.start) is None for time in named)
    if not dated and not _FIGURE.search(text, start, node.end):
        return None
    paragraph = document.paragraph_of(node.start)
    place = paragraph.start if paragraph is not None else node.start
    return Found(Sentence(start, node.end, "。", place, True), node, named)


def _body_begin(document: Document, node: Node, children: Sequence[Node], stop: int, holes: Sequence[Span]) -> int:
    """Where the prose under a heading begins: after its title, or with the title where that is all there is."""
    text = document.folded
    if _ARTICLE.match(node.label):
        return _text_start(text, node)
    line = document.line_of(node.start)
    line_end = min(line.end, stop) if line else stop
    rest = text[node.end : line_end]
    after = node.end
    while after < stop and (text[after].isspace() or text[after] in "。:"):
        after += 1
    if rest.startswith(":") and NAMES_SECTION.match(text, node.end - len(node.title)):
        return node.end + 1
    parted = any(not child.enumerator for child in children)
    cut_short = (bool(rest) and rest[0] in ",;:!?") or (
        bool(rest.strip()) and rest[0] not in "。 \r\n" and not _hole_at(holes, node.end, after)
    )
    if cut_short:
        return _text_start(text, node)
    if after >= stop or _only_holes(text, after, stop, holes):
        if parted:
            return after
        ended = text[node.end : node.end + 1] in ("。", ";") or _hole_at(holes, node.end, after) or _says(node.title)
        return _text_start(text, node) if ended else after
    return after


def _says(title: str) -> bool:
    """Whether a heading with nothing under it is the statement itself: it has clauses, figures or dates."""
    return len(title) >= 12 and bool(re.search(r"[,，、\d《“]", title))


def _spelt(name: str) -> str:
    """A name without the line break that tears it."""
    return re.sub(r"\s", "", name)


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Stretches in order, overlapping ones made one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def _text_start(text: str, node: Node) -> int:
    start = node.start + len(node.label)
    while start < node.end and text[start] == " ":
        start += 1
    return start


def _hole_at(holes: Sequence[Span], start: int, end: int) -> bool:
    return any(start <= hole.start <= end for hole in between(holes, start, end + 1))


def _only_holes(text: str, start: int, stop: int, holes: Sequence[Span]) -> bool:
    position = start
    while position < stop:
        inside = between(holes, position, position + 1)
        if inside:
            position = inside[0].end
        elif text[position].isspace() or text[position] in "。;":
            position += 1
        elif _FIELD.match(text, position):
            position = text.find("\n", position)
            position = stop if position < 0 else position
        else:
            return False
    return True


def policy_of(found: Sequence[Found], tree: Tree, blocks: Sequence[UnitBlock]) -> Policy:
    """How this plan writes its tasks: as items 一是, 二是 … or sentence by sentence."""
    working = [one for one in found if one.node is not None and one.node.kind == "task"]
    leaves: dict[str, bool] = {}
    for one in working:
        owner = one.node
        assert owner is not None
        base = tree.by_id[owner.parent] if owner.enumerator and owner.parent else owner
        leaves[base.id] = leaves.get(base.id, False) or owner.enumerator
    if blocks:
        charged = {block.outline_id for block in blocks}
        counted = {name: enumerated for name, enumerated in leaves.items() if name in charged}
        leaves = counted or leaves
    if not leaves or sum(leaves.values()) * 2 < len(leaves):
        return "sentences"
    within = [one for one in working if one.node is not None and one.node.enumerator]
    opening = sum(one.opens_item for one in within)
    return "items" if (len(within) - opening) * _LONG_ITEMS >= opening else "sentences"


def due(one: Found) -> list[Deadline]:
    """The deadlines of a sentence, in order."""
    return [time.deadline for time in one.times if time.due and time.deadline is not None]


def chief(deadlines: Sequence[Deadline]) -> Deadline | None:
    """The deadline that a sentence is held to: the first one, but no bare 定期 or 按月 where another time is named."""
    named = [one for one in deadlines if one.rule != "unspecified" and (one.iso or one.rule)]
    dated = [one for one in named if not (one.kind == "recurring" and one.raw.startswith("按"))]
    return next(iter(dated or named or deadlines), None)


class TaskReader:
    """Turns sentences into tasks."""

    def __init__(self, document: Document, tree: Tree, blocks: Sequence[UnitBlock], times: TimeReader) -> None:
        self.document, self.tree, self.times = document, tree, times
        self.blocks = sorted(blocks, key=lambda block: block.start)
        self.by_node: dict[str | None, list[UnitBlock]] = {}
        for block in self.blocks:
            self.by_node.setdefault(block.outline_id, []).append(block)
        self._heading_times: dict[str, Deadline | None] = {}

    def tasks(self, found: Sequence[Found], policy: Policy) -> tuple[list[Task], list[Doubt]]:
        """The tasks of a plan in order, and what is doubtful about them."""
        tasks: list[Task] = []
        doubts: list[Doubt] = []
        for one in found:
            if not self._is_task(one, policy):
                continue
            task = self.task(one, len(tasks) + 1)
            tasks.append(task)
            for deadline in task.deadlines:
                if deadline.kind != "recurring" and deadline.iso is None and deadline.start is not None:
                    doubts.append(
                        Doubt("deadline_unresolved", deadline.start, deadline.end or 0, {"raw": deadline.raw})
                    )
        return tasks, doubts

    def _is_task(self, one: Found, policy: Policy) -> bool:
        node = one.node
        if one.aim or (node is not None and node.kind != "task"):
            return False
        if policy == "items" and node is not None and not (self._staged(node) and acts(self.document, one)):
            return one.opens_item or bool(due(one))
        return acts(self.document, one)

    def task(self, one: Found, number: int) -> Task:
        """One sentence as a task."""
        sentence = one.sentence
        blocks = self.blocks_for(one.node, sentence.end)
        deadlines = due(one)
        deadline = chief(deadlines) or self._handed_down(one, blocks)
        lead: list[str] = []
        assist: list[str] = []
        responsible: list[str] = []
        for block in blocks:
            for member in block.members:
                {"lead": lead, "assist": assist}.get(member.role, responsible).append(_spelt(member.surface))
        return Task(
            id=f"T{number}",
            start=sentence.start,
            end=sentence.end,
            deadline=deadline,
            deadlines=tuple(deadlines),
            outline_id=one.node.id if one.node else None,
            lead_units=tuple(lead),
            assist_units=tuple(assist),
            responsible_units=tuple(responsible),
            units_from=Span(blocks[0].start, blocks[-1].end) if blocks else None,
            units_open_ended=any(block.open_ended for block in blocks),
        )

    def blocks_for(self, node: Node | None, position: int) -> list[UnitBlock]:
        """The block of the nearest ancestor that follows the sentence, with the blocks that touch it."""
        for ancestor in self.tree.line_up(node):
            own = self.by_node.get(ancestor.id, [])
            after = [block for block in own if block.start >= position - 1]
            if after:
                return self._touching(after)
            heading = [block for block in own if block.in_heading]
            if heading:
                return heading
        return []

    def _touching(self, blocks: list[UnitBlock]) -> list[UnitBlock]:
        group = [blocks[0]]
        for block in blocks[1:]:
            between = self.document.folded[group[-1].end : block.start]
            if between.strip(" \r\n,;。、"):
                break
            group.append(block)
        return group

    def _handed_down(self, one: Found, blocks: Sequence[UnitBlock]) -> Deadline | None:
        """The deadline that a block, a field beside it or a heading gives to all under it."""
        for block in blocks:
            for time in self.times.find(block.start, block.end):
                if time.due and time.deadline is not None:
                    return inherited(time.deadline)
        for node in self.tree.line_up(one.node):
            if node.enumerator:
                continue
            if node.id not in self._heading_times:
                self._heading_times[node.id] = self._heading_time(node)
            given = self._heading_times[node.id]
            if given is not None:
                return given
        return None

    def _staged(self, node: Node) -> bool:
        """Whether a heading gives its time and is not parted into items, so that what stands under it is the work."""
        if node.enumerator or self.tree.children.get(node.id):
            return False
        if node.id not in self._heading_times:
            self._heading_times[node.id] = self._heading_time(node)
        return self._heading_times[node.id] is not None

    def _heading_time(self, node: Node) -> Deadline | None:
        """The time in the parenthesis of a heading, or in a field 完成时限: under it."""
        text = self.document.folded
        for time in self.times.find(node.start, node.end):
            around = self.document.brackets.around(time.start)
            if time.deadline is not None and time.due and around is not None and around[2] in "([〔":
                return inherited(time.deadline)
        children = self.tree.children.get(node.id, [])
        stop = next((child.start for child in children if not child.enumerator), node.body_end)
        for field in _FIELD.finditer(text, node.end, stop):
            line = self.document.line_of(field.start())
            end = line.end if line else stop
            for time in self.times.find(field.end(), end):
                if time.due and time.deadline is not None:
                    return inherited(time.deadline)
            year = whole_year(text, field.end(), end, self.times.clock)
            if year is not None and not ongoing(text, field.end(), end):
                place = Span(field.end(), end)
                words = self.document.raw[field.end() : end]
                return Deadline(words, None, None, "period", year, precision="year", inherited_from=place)
            if ongoing(text, field.end(), end):
                return Deadline(
                    self.document.raw[field.end() : end],
                    None,
                    None,
                    "recurring",
                    rule="unspecified",
                    inherited_from=Span(field.end(), end),
                )
        return None


def inherited(deadline: Deadline) -> Deadline:
    """The same deadline, carried away from where it is written."""
    place = Span(deadline.start, deadline.end) if deadline.start is not None and deadline.end is not None else None
    return Deadline(
        deadline.raw,
        None,
        None,
        deadline.kind,
        deadline.iso,
        deadline.from_iso,
        deadline.precision,
        deadline.rule,
        place or deadline.inherited_from,
    )


def acts(document: Document, one: Found) -> bool:
    """Whether a sentence of a working section asks for something."""
    sentence = one.sentence
    words = document.folded[sentence.start : sentence.end]
    if len(words) < 6 or len(re.findall(r"[一-鿿]", words)) < 5:
        return False
    if _NOT_ACTION.match(words) or _asks_to_call(words, bool(due(one))) or (_CLOSING.search(words) and len(words) < 60):
        return False
    if _LEAD_IN.search(words) or words.endswith(":") or _DEFINES.match(words):
        return False
    if _FIELD.match(words):
        return False
    stated = one.node is not None and sentence.start == _text_start(document.folded, one.node)
    return bool(sentence.ended) or stated or len(words) >= 12


def _asks_to_call(words: str, due: bool) -> bool:
    """Whether a sentence says whom to call; one that is due by a day may say so in a parenthesis."""
    return bool(_CONTACT.search(re.sub(r"\([^()]*\)", "", words) if due else words))
