"""Plans of our own with what is in them marked in place: {tag facts|words}, nested; the marks come off before reading.

Headings are `{2|（一）|title}` (the digit is the level). Tasks are `{t|…}`, `{t?|…}` where either reading will do,
`{t d=2027-12-31|…}` for a time handed down, `{t row|…}` for a row of a table, whose block comes next (or before it:
`{t row after|…}`), `{t h|…}` where the task begins with the title of the heading before it. A time is
`{d 2027-12-31|…}`, `{d FREQ=YEARLY|…}` or `{d unspecified|…}`; a task has its first. A block is `{u|…}`, its members
`{l|…}` lead, `{a|…}` assist, `{j|…}` joint, `{r|…}` responsible, `{z|…}` territorial. A target is
`{g >= 60 %|…{i|indicator}…{v|value}…}`, with `g?` where either reading will do, an amount `{m 1000 2000|…}`, `-` for no
bound; `{x|…}` is a trap that none of these may sit on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_ROLES = {"l": "lead", "a": "assist", "j": "joint", "r": "responsible", "z": "territorial"}
_OPEN = re.compile(r"\{([1-7a-z]+\??)((?: [^|{}]*)?)\|")


@dataclass
class _Mark:
    tag: str
    facts: list[str]
    start: int
    split: int = -1
    inner: list[_Mark] = field(default_factory=list)
    end: int = -1


def unmark(marked: str) -> tuple[str, dict[str, Any]]:
    """The plan without its marks, and the annotation that they make, in the shape that annotations have."""
    words: list[str] = []
    size = position = 0
    stack: list[_Mark] = []
    done: list[_Mark] = []
    while position < len(marked):
        opened = _OPEN.match(marked, position)
        if opened:
            stack.append(_Mark(opened[1], opened[2].split(), size))
            position = opened.end()
            continue
        char = marked[position]
        position += 1
        if char == "}":
            mark = stack.pop()
            mark.end = size
            if stack:
                stack[-1].inner.append(mark)
            done.append(mark)
        elif char == "|" and stack and stack[-1].tag.isdigit() and stack[-1].split < 0:
            stack[-1].split = size
        else:
            words.append(char)
            size += 1
    assert not stack, [(mark.tag, "".join(words)[mark.start : mark.start + 20]) for mark in stack]
    text = "".join(words)
    done.sort(key=lambda mark: (mark.start, -mark.end))
    return text, _annotation(text, done)


def _inside(mark: _Mark, tags: str) -> list[_Mark]:
    found = []
    for one in mark.inner:
        if one.tag in tags:
            found.append(one)
        found += _inside(one, tags)
    return sorted(found, key=lambda one: one.start)


def _annotation(text: str, marks: list[_Mark]) -> dict[str, Any]:
    outline, units, tasks, targets, money, traps = [], [], [], [], [], []
    for mark in marks:
        here = {"start": mark.start, "end": mark.end, "quote": text[mark.start : mark.end]}
        if mark.tag.isdigit():
            label, title = text[mark.start : mark.split].strip(), text[mark.split : mark.end]
            outline.append(
                {
                    **here,
                    "end": mark.end - text[mark.end - 1].count("。"),
                    "label": label,
                    "title": title.strip().rstrip("。"),
                    "level": int(mark.tag),
                }
            )
        elif mark.tag == "u":
            members = [
                {"surface": text[one.start : one.end], "start": one.start, "end": one.end, "role": _ROLES[one.tag]}
                for one in _inside(mark, "lajrz")
            ]
            units.append({**here, "members": members})
        elif mark.tag in ("t", "t?"):
            times = _inside(mark, "d")
            if "h" in mark.facts:
                head = next(one for one in reversed(marks) if one.tag.isdigit() and one.end <= mark.start)
                here = {"start": head.split, "end": mark.end, "quote": text[head.split : mark.end]}
                times = _inside(head, "d") + times
            due = _due(times[0].facts[0], times[0].start, times[0].end) if times else None
            for fact in mark.facts:
                if fact.startswith("d=") and due is None:
                    due = {**_due(fact[2:]), "inherited": True}
            facts = {"optional": mark.tag == "t?", "row": "row" in mark.facts, "after": "after" in mark.facts}
            tasks.append({**here, "deadline": due, **facts})
        elif mark.tag in ("g", "g?"):
            value, indicator = _inside(mark, "v")[-1], _inside(mark, "i")
            targets.append(
                {
                    **here,
                    "value_start": value.start,
                    "value_end": value.end,
                    "indicator": text[indicator[0].start : indicator[0].end] if indicator else "",
                    "comparator": mark.facts[0],
                    "value": float(mark.facts[1]),
                    "unit": mark.facts[2],
                    "kind": "goal",
                    "optional": mark.tag == "g?",
                    "implicit": mark.tag == "g?",
                }
            )
        elif mark.tag == "m":
            low, high = (None if fact == "-" else float(fact) for fact in mark.facts)
            money.append({**here, "amount_min": low, "amount_max": high})
        elif mark.tag == "x":
            traps.append(here)
    _share_out(text, outline, units, tasks)
    return {
        "span": [0, len(text)],
        "outline": outline,
        "units": units,
        "tasks": tasks,
        "targets": targets,
        "money": money,
        "distractors": traps,
    }


def _due(fact: str, start: int | None = None, end: int | None = None) -> dict[str, Any]:
    place = {} if start is None else {"start": start, "end": end}
    if fact[0].isdigit():
        return {**place, "kind": "by", "iso": fact}
    if fact == "?":
        return {**place, "kind": "by", "iso": None, "optional": True}
    return {**place, "kind": "recurring", "rule": fact}


def _share_out(text: str, outline: list[Any], units: list[Any], tasks: list[Any]) -> None:
    """Gives every task the block that follows it in its nearest section that has one."""
    rows = [task["end"] for task in tasks if task["row"]]
    ofrows = [one for one in units if any(not text[end : one["start"]].strip(" \r\n\u3000\xa0。") for end in rows)]
    prose = [one for one in units if one not in ofrows]
    for task in tasks:
        block = next((one for one in units if task["row"] and task["end"] <= one["start"]), None)
        if task["after"]:
            block = next(one for one in reversed(units) if one["end"] <= task["start"])
        inner = [node for node in outline if node["start"] <= task["start"]]
        depth = 99
        for node in reversed(inner):
            if block is not None or node["level"] >= depth:
                continue
            depth = node["level"]
            after = (one["start"] for one in outline if one["start"] > task["start"] and one["level"] <= depth)
            stop = min(after, default=1 << 60)
            block = next((one for one in prose if task["end"] <= one["start"] < stop), None)
            if block is None:
                titled = (one for one in units if node["end"] <= one["start"] < stop)
                block = next((one for one in titled if not text[node["end"] : one["start"]].strip("。：: \n")), None)
        members: list[Any] = []
        while block is not None:
            members += block["members"]
            touching = (one for one in units if one["start"] > block["start"])
            following = next(touching, None)
            between = text[block["end"] : following["start"]] if following else "-"
            block = None if between.strip(" \t\r\n\u3000\xa0,，;；。") else following
        for key, roles in (
            ("lead_units", ("lead",)),
            ("assist_units", ("assist",)),
            ("responsible_units", ("joint", "responsible", "territorial")),
        ):
            task[key] = [member["surface"] for member in members if member["role"] in roles]
