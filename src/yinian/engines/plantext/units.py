"""Who is responsible: parentheses and lines that name units, their members, and the role of each.

A block is read in clauses. A label (牵头单位:) gives the role of what follows it; a verb (… 牵头, … 配合,
… 按职责分工负责) gives the role of what stands before it. A rule for the whole document (排第一位的为牵头单位, 下同) is
applied to the blocks after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yinian.engines.plantext import organs
from yinian.engines.plantext.lines import Document
from yinian.engines.plantext.model import Doubt, Member, Role, Span, UnitBlock

_LABEL = re.compile(
    r"(?:[省市县区][级直])?(?P<word>[省市县区]级(?=领导|负责人|责任人)|(?:主要|第一|直接|共同|具体)?(?:分管|包联|包保|牵头|责任|配合|主办|协办|主管|主体|承办|落实|实施|协同|协助|参加|参与|负责|支持|主责|监督|指导|组织)"
    r"(?:及|和|、)?(?:牵头|责任|配合|协办|参与|协同|实施|落实|负责|主体)?)"
    r"(?:责任)?(?:(?:单位|部门|主体|机构|科室|处室|地区|组织|领导|人)?(?:及(?:分工|职责))?\s?[::]|(?:单位|部门)(?:为|[】\]]\s?:?(?=\S)))"
)
_BARE_LABEL = re.compile(r"^(?:牵头|责任|配合|协助)(?:单位|部门)?$")
_OTHER_LABEL = re.compile(r"^\s?(?!.{0,12}(?:单位|部门|主体|机构|领导|[责牵]))[一-鿿]{2,8}\s?:")
"""A field of a block that names no unit: 适用范围:."""
_TIME_LABEL = re.compile(r"(?:完成|推进|时间|办结|整改|实施)?(?:时限|时间|期限|进度|节点)(?:要求|安排)?\s?[::]")
_NEVER_ENDS = re.compile(r"(?:长期|持续|常年|适时|常态化|全年|每[年月季])[^,;。、]{0,8}$")
_VERB = re.compile(
    r"(?P<joint>按照?(?:各自)?(?:的)?(?:职责|职能|任务)(?:任务)?分工(?:负责|落实|实施|推进|配合|抓好落实)?(?:落实|实施|推进)?|分工负责|共同负责|(?:依|按)职责(?:负责|落实|分别负责)|按职责分工|分别负责)"
    r"|(?P<lead>(?:共同|分别|联合|双|总)?牵头(?:负责|落实|实施|组织实施|推进|抓总|制定)?|为牵头单位|主办|主责)(?!单位|部门|责任|人)"
    r"|(?P<assist>(?:积极|共同|协同)?(?:配合|协办|协助|协同|参与|参加)(?:实施|落实|推进|做好|负责)?)"
    r"|(?P<plain>(?:具体)?(?:负责|落实|实施|承办|承担|指导|组织实施|抓好落实|贯彻落实|结合实际落实|督促落实)(?:负责|落实|实施|推进|督促|监督|协调)?)"
)
_FIRST_LEADS = re.compile(
    r"(?:排(?:在)?第一(?:位)?|位?列(?:在)?(?:第一(?:位)?|首位)|排名第一(?:位)?|排首位|(?:第一个|首个)(?:责任)?(?:单位|部门)|首位)(?:的|者)?(?:单位|部门)?(?:的)?(?:为|是|系)(?:总)?(?:牵头|主要责任|第一责任|责任)"
)
_FROM_HERE = re.compile(r"下同|以下同|以下(?:均|皆)?(?:同|如此)")
_SAID_ONCE = re.compile(r"以下(?:各项)?(?:工作|措施)?(?:均|都|任务)|(?:以下|后文|其他|此后)?不再(?:一一)?[列赘重]|下同")
_RUNS_ON = re.compile(rf"[,;。](?:{_SAID_ONCE.pattern}).*$", re.DOTALL)
"""What a block says for the blocks after it: 以下均需各县(市、区)政府负责, 不再列出."""
_INTENT = re.compile(
    r"指导(?:$|[,;])|牵头|责任(?:单位|部门|主体)|配合(?:单位|部门)|分工负责|负责$|负责[,。;)]|落实$|(?:单位|部门)\s?:|按职责"
)
_LINE = re.compile(
    r"(?:^|(?<=[\n。;)])) *(?:[-—]{1,2})?[【\[]?(?:牵头|责任|配合|主办|协办|承办|落实|实施|主体|协同|参与|负责)"
    r"(?:及(?:牵头|配合|责任))?(?:责任)?(?:单位|部门|主体)(?:[】\]]|\s?:)",
    re.MULTILINE,
)
_ROLE_OF_LABEL: tuple[tuple[str, Role], ...] = (
    ("配合", "assist"),
    ("协", "assist"),
    ("参", "assist"),
    ("支持", "assist"),
    ("牵头", "lead"),
    ("主办", "lead"),
    ("主责", "lead"),
    ("主管", "lead"),
)
_ROLE_OF_VERB: dict[str, Role] = {"joint": "joint", "lead": "lead", "assist": "assist"}
_TIME_FIELD = re.compile(_TIME_LABEL.pattern + r"[^,;。]*")
_DATE_PART = re.compile(r"(?<=[,;。])[^,;。、]{0,6}(?:20\d\d年|\d月|年底|长期|持续)[^,;。、]{0,12}(?=$|[,;。])")
_PERSONS = re.compile(r"(?:领导|负责人|责任人|牵头人|联系人|负责同志)\s?[::]$")
_ITEM_NOTES = re.compile(r"\((?:总)?(?:牵头|主办|主责)(?:单位|部门)?\)")
_ITEM_NOTE = re.compile(r"\((?:总)?(?:牵头|主办|主责)(?:单位|部门)?\)$")
_ALSO_GOVERNS = re.compile(r"(?:街道(?:办事处|办)?|办事处|(?:开发|高新|经开|园|功能|管理|新)?区?管委会)$")
"""What 各 before a government's name holds for as well: 各镇人民政府、街道办事处."""
_ALL_ABOVE = re.compile(r"\s?(?:以上|上述)(?:各项)?(?:工作|任务|措施|事项)?(?:均|都)?由?(?=[一-鿿]{3})")
_LONGEST_SENTENCE = 160
_ANSWERS = re.compile(r"(?:牵头|配合|协助|负责|落实|分工)(?:负责|落实|实施)?$")
_CONJUNCTION = re.compile(r"以及|会同|联合|和|与|及")
_TAKES_ALONG = re.compile(r"(?<=[一-鿿])(?:会同|联合)(?=[一-鿿])")


@dataclass(slots=True)
class _Clause:
    """A clause of a block: where its names stand, the role that its words give them, and whether others may join."""

    start: int
    end: int
    role: Role | None
    open_ended: bool
    labelled: bool
    verb: str = ""


@dataclass(frozen=True, slots=True)
class FirstLeads:
    """The rule that the unit named first leads; it holds from `since` on (or only for one block)."""

    since: int
    everywhere: bool
    span: Span


def find_blocks(document: Document, skip: Sequence[Span]) -> tuple[list[UnitBlock], list[Doubt]]:
    """Every block that makes units responsible, outside the stretches in `skip`."""
    rules = find_rules(document)
    found: list[UnitBlock] = []
    doubts: list[Doubt] = []
    taken: list[Span] = []
    for start, end in _parentheses(document, skip):
        block = _read(document, start + 1, end, Span(start, end + 1), rules)
        if block is not None:
            found.append(block)
            taken.append(Span(block.start, block.end))
    for span in _lines(document, skip, taken):
        block = _read(document, span.start, span.end, span, rules)
        if block is not None:
            found.append(block)
            taken.append(span)
    for span in _sentences(document, skip, taken):
        block = _read(document, span.start, span.end, span, rules)
        if block is not None:
            found.append(block)
    found.sort(key=lambda block: block.start)
    for block in found:
        if not block.members:
            doubts.append(Doubt("units_not_named", block.start, block.end, {}))
    return found, doubts


def find_rules(document: Document) -> list[FirstLeads]:
    """The rules of a document that the unit named first leads."""
    rules = []
    for match in _FIRST_LEADS.finditer(document.folded):
        everywhere = bool(_FROM_HERE.search(document.folded, match.end(), match.end() + 24))
        pair = document.brackets.around(match.start())
        outside = pair is None or not _INTENT.search(document.folded[pair[0] : match.start()])
        rules.append(FirstLeads(match.start(), everywhere or outside, Span(match.start(), match.end())))
    return rules


def _parentheses(document: Document, skip: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """The outermost brackets that may be blocks, as (opening mark, closing mark)."""
    text = document.folded
    last = -1
    for start, end, opener in document.brackets.pairs:
        if opener not in "([【〔" or start < last or any(span.start <= start < span.end for span in skip):
            continue
        words = text[start + 1 : end]
        if _is_block(text, start, end, words):
            last = end
            yield start, end


def _is_block(text: str, start: int, end: int, words: str) -> bool:
    if len(words) < 3 or len(words) > 400:
        return False
    if _FIRST_LEADS.search(words):
        return True
    words = _RUNS_ON.sub("", _DATE_PART.sub("", _TIME_FIELD.sub("", words)).strip(",;。 "))
    if _LABEL.search(words) and not re.match(r"(?:联系|电话)", words):
        return True
    before, after = text[max(0, start - 1) : start], text[end + 1 : end + 2]
    closes = before in "。;!” \n" or after in "。;!\n" or not after.strip()
    if _INTENT.search(words) and re.search(
        r"(?:负责|牵头|落实|配合|分工|实施|参与|参加|推进|指导)[,。;]?$", words.strip()
    ):
        names = [part for part in re.split(r"[、,;]", words) if part]
        bare = [_bare(part) for part in names]
        return closes and any(organs.office(name) or organs.unnamed(name) for name in (*bare, *names))
    words = _ITEM_NOTES.sub("", words)
    if not closes or not (before in "。;!" or after in "。;!\n" or not after.strip()):
        return False
    names = [part.strip() for part in re.split(r"[、,;]", words) if part.strip()]
    named = [
        part
        for part in names
        if (organs.strictly_office(part) and (organs.level_prefix(part) or organs.departmental(part)))
        or organs.territory(part)
    ]
    if len(names) >= 2 and len(named) >= 1:
        return all(
            organs.office(_bare(part))
            or organs.unnamed(part)
            or organs.bare_territory(part)
            or organs.territory(part)
            for part in names
        )
    alone = before in "。;!" or (before == "\n" and (after == "\n" or not after.strip()))
    return len(names) == 1 and bool(named) and alone and organs.strictly_office(names[0])


def _bare(words: str) -> str:
    """A name without the verb of responsibility after it and the others that it takes along."""
    match = _VERB.search(words)
    cut = words[: match.start()] if match else words
    along = _TAKES_ALONG.search(cut)
    cut = cut[: along.start()] if along else cut
    tail = organs.open_tail(cut)
    return cut[: len(cut) - tail] if tail else cut


def _lines(document: Document, skip: Sequence[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Lines, or ends of paragraphs, that begin with a label and are no parenthesis."""
    text = document.folded
    read = 0
    for match in _LINE.finditer(text):
        start = match.start()
        if start < read:
            continue
        while text[start] in " -—":
            start += 1
        if any(span.start <= start < span.end for span in (*skip, *taken)):
            continue
        end = text.find("\n", match.end())
        end = len(text) if end < 0 else end
        line = document.line_of(start)
        end = min(end, line.end if line else end)
        stop = re.compile(r"。").search(text, match.end(), end)
        if stop:
            end = stop.start()
        while end > start and text[end - 1] in " \r,;":
            end -= 1
        if end > match.end():
            read = end
            yield Span(start, end)


def _sentences(document: Document, skip: Sequence[Span], taken: Sequence[Span]) -> Iterator[Span]:
    """Sentences that close a paragraph and say nothing but who answers: …。县民政局牵头,县财政局配合。"""
    text = document.folded
    for paragraph in document.paragraphs:
        end = paragraph.end
        while end > paragraph.start and text[end - 1] in "。; ":
            end -= 1
        start = max(text.rfind(mark, paragraph.start, end) for mark in "。;") + 1 or paragraph.start
        start = max(start, paragraph.start)
        if end - start > _LONGEST_SENTENCE or not _ANSWERS.search(text, max(start, end - 12), end):
            continue
        if any(span.start < end and start < span.end for span in (*skip, *taken)):
            continue
        if _says_who(document, start, end):
            yield Span(start, end)


def _says_who(document: Document, start: int, end: int) -> bool:
    """Whether a stretch is made of names of offices and of verbs of responsibility alone."""
    text, sure = document.folded, False
    for first, last in _parts(document, start, end):
        words = text[first:last].strip(" 由")
        verb = next((match for match in _VERB.finditer(words) if match.end() == len(words)), None)
        words = words[: verb.start()] if verb else words
        words = words[: len(words) - organs.open_tail(words)]
        for name in re.split(r"[、和及与](?![^()]*\))|会同", words):
            offices = organs.strictly_office(name) and (organs.level_prefix(name) or organs.departmental(name))
            if not (offices or organs.territory(name) or organs.bare_territory(name) or organs.unnamed(name)):
                return False
            sure = sure or bool(offices)
    return sure


# ── reading one block ────────────────────────────────────────────────────────────────────────────────────────────────


def _read(document: Document, start: int, end: int, span: Span, rules: Sequence[FirstLeads]) -> UnitBlock | None:
    return read_units(document, start, end, span, None, rules)


def read_units(
    document: Document, start: int, end: int, span: Span, default: Role | None, rules: Sequence[FirstLeads] = ()
) -> UnitBlock | None:
    """The units named between two places. `default` is the role where no word gives one (a column of a table)."""
    clauses = _clauses(document, start, end, default)
    if not clauses:
        return None
    _settle(document.folded, clauses)
    members: list[Member] = []
    unnamed: list[Member] = []
    open_ended = False
    prefix = ""
    for clause in clauses:
        for item_start, item_end, role in _items(document, clause):
            surface = document.folded[item_start:item_end]
            if organs.unnamed(surface):
                open_ended = True
                written = document.raw[item_start:item_end]
                unnamed.append(Member(written, item_start, item_end, role, written, True))
                continue
            if not organs.office(surface) and len(surface) > 16:
                continue
            own = organs.level_prefix(surface)
            is_group = organs.group(surface)
            name = document.raw[item_start:item_end]
            if own in ("省", "市", "县", "区", "州", "旗", "盟"):
                prefix = own
            elif prefix and not own and not is_group and organs.departmental(surface):
                name = prefix + name
            members.append(Member(document.raw[item_start:item_end], item_start, item_end, role, name, is_group))
        open_ended = open_ended or clause.open_ended
    if _FIRST_LEADS.search(document.folded, start, end):
        members = [member for member in members if organs.office(member.surface)]
        if not members:
            return None
    if not any(member.role != "territorial" for member in members) and unnamed:
        # nobody is named: all whom it concerns answer for it
        members = sorted([*members, *unnamed], key=lambda member: member.start)
    members = _first_leads(members, document, start, end, rules)
    form = _form(clauses, members)
    return UnitBlock("", span.start, span.end, form, open_ended, tuple(members), None)


def _clauses(document: Document, start: int, end: int, default: Role | None) -> list[_Clause]:
    text = document.folded
    clauses: list[_Clause] = []
    role: Role | None = default
    labelled, persons = default is not None, False
    for part_start, part_end in _parts(document, start, end):
        words = text[part_start:part_end].strip()
        if _FIRST_LEADS.search(words) or _FROM_HERE.match(words) or _SAID_ONCE.match(words):
            continue
        if _OTHER_LABEL.match(words) and not _LABEL.search(words) and not _TIME_LABEL.match(words):
            continue
        position = part_start
        time_label = _TIME_LABEL.search(text, position, part_end)
        stop = time_label.start() if time_label else part_end
        while position < stop:
            label = _LABEL.search(text, position, stop)
            if label and not text[position : label.start()].strip(" 、。【["):
                persons = bool(_PERSONS.search(label[0]))
                role, labelled = _role_of(label["word"]), True
                position = label.end()
                while position < stop and text[position] in " 】]":
                    position += 1
                continue
            limit = label.start() if label else stop
            while label and limit > position and text[limit - 1] in "【[":
                limit -= 1
            if not persons:
                clauses.extend(_verbs(text, position, limit, role, labelled))
            position = limit
    return [clause for clause in clauses if text[clause.start : clause.end].strip() or clause.open_ended]


def _parts(document: Document, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A block cut at , ; 。 that stand in no inner bracket."""
    text = document.folded
    begin, depth = start, 0
    for position in range(start, end):
        char = text[position]
        if char in "([〔【〈":
            depth += 1
        elif char in ")]〕】〉":
            depth = max(0, depth - 1)
        elif depth == 0 and (char in ",;。" or (char == "\n" and _line_ends(text, begin, position, end))):
            yield begin, position
            begin = position + 1
    yield begin, end


def _line_ends(text: str, start: int, position: int, end: int) -> bool:
    """Whether a line break within a block stands between two names or before a label, and tears no name apart."""
    left = re.split(r"[、,;\n]", text[start:position].rstrip())[-1].strip()
    right = text[position:end].lstrip()
    if _LABEL.match(right):
        return True
    named = organs.strictly_office(_bare(left)) or organs.territory(left) or left != _bare(left) or not left
    return named or _of_one_level(left, re.split(r"[、,;\s]", right)[0])


def _role_of(word: str) -> Role:
    if "责任" in word and ("牵头" in word or "第一" in word):
        return "lead"
    return next((role for part, role in _ROLE_OF_LABEL if part in word), "responsible")


def _verbs(text: str, start: int, end: int, role: Role | None, labelled: bool) -> Iterator[_Clause]:
    """A clause cut at its verbs; what stands before a verb has the role that the verb gives."""
    position = start
    for verb in _VERB.finditer(text, start, end):
        if verb.start() < position:
            continue
        inner = text.rfind("(", start, verb.start())
        if inner >= 0 and text.find(")", inner, verb.start()) < 0:
            continue  # the note behind one name: 市民政局(牵头)
        kind = verb.lastgroup or ""
        given = _ROLE_OF_VERB.get(kind)
        if kind == "joint" and labelled and role in ("lead", "assist", "responsible"):
            given = role
        if kind == "plain" and labelled:
            given = role
        before = text[position : verb.start()]
        if before.strip(" 由、"):
            yield _Clause(position, verb.start(), given, False, labelled, kind)
        position = verb.end()
    rest = text[position:end].strip(" 、。")
    if rest and not (position > start and re.fullmatch(r"[,。;)\s]*", rest)):
        yield _Clause(position, end, role if labelled else None, False, labelled)


def _settle(text: str, clauses: list[_Clause]) -> None:
    """Gives the clauses without a role of their own the one that the whole block makes plain."""
    verbs = {clause.verb for clause in clauses}
    has_lead = any(
        clause.role == "lead" or _ITEM_NOTES.search(text, clause.start, clause.end) is not None for clause in clauses
    )
    has_assist = any(clause.role == "assist" for clause in clauses)
    for index, clause in enumerate(clauses):
        if clause.role == "joint" and has_lead:
            clause.role = "assist"
        if clause.role is not None:
            continue
        after = next((one for one in clauses[index + 1 :] if one.verb), None)
        if clause.verb == "plain":
            if has_lead:
                clause.role = "assist"
            elif has_assist:
                clause.role = "lead"
            else:
                clause.role = "responsible"
        elif after is not None and not clause.verb:
            # names before a comma share the verb that comes after it
            clause.role = after.role or ("assist" if has_lead else "joint" if "joint" in verbs else "responsible")
            clause.verb = after.verb
            if clause.role == "joint" and has_lead:
                clause.role = "assist"
        elif has_lead:
            clause.role = "assist"
        else:
            clause.role = "joint" if "joint" in verbs else "responsible"


def _form(clauses: Sequence[_Clause], members: Sequence[Member]) -> str:
    roles = {member.role for member in members}
    if roles & {"lead"}:
        return "explicit lead/assist" if "assist" in roles else "lead"
    if "joint" in roles or any(clause.role == "joint" for clause in clauses):
        return "joint"
    return "responsible"


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _items(document: Document, clause: _Clause) -> Iterator[tuple[int, int, Role]]:
    """The names of a clause with their places, group names kept whole, 等 and 有关单位 taken off."""
    text = document.folded
    pieces = _pieces(text, clause.start, clause.end)
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and _continues_group(text, merged, start, end):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    together: Role | None = None
    along = next((at for at, one in enumerate(merged) if _TAKES_ALONG.search(text, *one)), None)
    for at, (start, end) in enumerate(merged):
        for piece_start, piece_end, override in _joined(text, start, end):
            if override == "assist":
                together = override
            if along is not None and at < along and clause.role in (None, "responsible", "joint"):
                override = "lead"  # 市民政局、市财政局会同有关部门: those before lead together
            override = override or together
            found = _cleaned(text, piece_start, piece_end, clause)
            if found is None:
                continue
            begin, stop, note = found
            role: Role = "lead" if note else (override or clause.role or "responsible")
            name = text[begin:stop]
            if organs.territory(name) and (role not in ("lead", "assist") or clause.verb in ("plain", "joint")):
                role = "territorial"
            yield begin, stop, role


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    begin, depth = start, 0
    for position in range(start, end):
        char = text[position]
        if char in "([〔【〈":
            depth += 1
        elif char in ")]〕】〉":
            depth = max(0, depth - 1)
        elif depth == 0 and (char in "、/" or (char in " \n" and _space_splits(text, start, position, end))):
            pieces.append((begin, position))
            begin = position + 1
    pieces.append((begin, end))
    return [(one, two) for one, two in pieces if text[one:two].strip()]


def _space_splits(text: str, start: int, position: int, end: int) -> bool:
    """Whether a blank stands between two names: each side reads as one."""
    left = re.split(r"[、\s]", text[start:position].rstrip())[-1]
    right = re.split(r"[、\s,;]", text[position + 1 : end].lstrip())[0] if position + 1 < end else ""
    return (organs.strictly_office(left) or _of_one_level(left, right)) and organs.office(right)


def _of_one_level(left: str, right: str) -> bool:
    """Whether two names begin with the level that they are of (县投资促进中心 县税务局), so that neither is torn."""
    return all(organs.office(name) and organs.level_prefix(name) for name in (left, right))


def _continues_group(text: str, merged: list[tuple[int, int]], start: int, end: int) -> bool:
    """各乡镇、街道 is one name: a bare kind of place after a group that is not finished."""
    head = text[merged[-1][0] : merged[-1][1]].strip()
    tail = text[start:end].strip()
    tail = tail[: len(tail) - organs.open_tail(tail)] if organs.open_tail(tail) else tail
    if not re.match(r"^(?:及|和|与)?各", head) or not organs.bare_territory(tail):
        return False
    return not organs.complete(head) or (organs.territory(head) and bool(_ALSO_GOVERNS.match(tail)))


def _joined(text: str, start: int, end: int) -> Iterator[tuple[int, int, Role | None]]:
    """A piece cut at 和, 与, 及, 会同 after a whole name. With 会同 the first leads and the other assists."""
    begin = start
    override: Role | None = None
    for match in _CONJUNCTION.finditer(text, start, end):
        left, right = text[begin : match.start()].strip(), text[match.end() : end].strip()
        if match.start() < begin or not left or not right:
            continue
        if match[0] == "和" and left.endswith("部门") and right.startswith("单位"):
            continue  # 相关部门和单位
        if text.count("(", begin, match.start()) > text.count(")", begin, match.start()):
            continue
        left = left[: len(left) - organs.open_tail(left)] or left
        named = organs.strictly_office(left) or organs.unnamed(left)
        if not (named or (organs.group(left) and organs.complete(left))):
            continue
        if not (organs.office(_bare(right)) or organs.unnamed(right) or re.match(r"(?:其他|有关|相关|各)", right)):
            continue
        together = match[0] in ("会同", "联合")
        yield begin, match.start(), "lead" if together else override
        override = "assist" if together else override
        begin = match.end()
    yield begin, end, override


def _cleaned(text: str, start: int, end: int, clause: _Clause) -> tuple[int, int, bool] | None:
    all_above = _ALL_ABOVE.match(text, start, end)
    start = all_above.end() if all_above else start
    while start < end and text[start] in " \n\r由、。:":
        start += 1
    for word in ("以及", "会同", "联合", "由", "及", "和", "与"):
        if text.startswith(word, start) and start + len(word) < end and not text.startswith("和平", start):
            start += len(word)
            break
    while end > start and text[end - 1] in " \n\r、。,;:":
        end -= 1
    note = _ITEM_NOTE.search(text, start, end)
    if note:
        end = note.start()
    name = text[start:end]
    if organs.unnamed(name):
        clause.open_ended = True
        return start, end, bool(note)
    tail = organs.open_tail(name)
    if tail:
        clause.open_ended = True
        end -= tail
        while end > start and text[end - 1] in " 、及和与":
            end -= 1
    if end - start < 2 or re.fullmatch(r"[\d\s.、年月日底前]+", text[start:end]):
        return None
    if re.search(r"20\d\d年|\d月|年底|完成$|前完成|均为|范围", text[start:end]) or _NEVER_ENDS.match(text[start:end]):
        return None
    return start, end, bool(note)


def _first_leads(
    members: list[Member], document: Document, start: int, end: int, rules: Sequence[FirstLeads]
) -> list[Member]:
    """Applies the rule that the unit named first leads, where one holds here."""
    holds = any(start <= rule.since < end or (rule.everywhere and rule.since < end) for rule in rules)
    if not holds or any(member.role == "lead" for member in members) or not members:
        return members
    if members[0].role == "territorial" or organs.unnamed(members[0].surface):
        return members
    changed: list[Member] = []
    for index, member in enumerate(members):
        role: Role = "lead" if index == 0 else ("territorial" if member.role == "territorial" else "assist")
        changed.append(replace(member, role=role))
    return changed
