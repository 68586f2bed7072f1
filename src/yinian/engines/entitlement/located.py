"""YAML read into plain data that remembers on which line each part stands.

Only the plain part of YAML is taken: no anchors, tags or merge keys, `true`/`false` alone are booleans (so the
key `off` is a word), decimals stay exact, dates are dates. The disk is never touched here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import yaml

from yinian.engines.entitlement.errors import PackError

LARGEST_FILE = 1_000_000
DEEPEST = 40

Plain = dict[str, Any] | list[Any] | str | int | bool | Decimal | date | None
Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,9}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NULLS = ("", "~", "null", "Null", "NULL")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Located:
    """The plain data of one file and the line (from 1) of each part by its path."""

    file: str
    data: Plain
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of a part, or of the nearest thing that contains it."""
        for length in range(len(path), -1, -1):
            if (found := self.lines.get(path[:length])) is not None:
                return found
        return 1

    def fail(self, reason: str, path: Path = ()) -> PackError:
        """The error to raise about a part."""
        return PackError(reason, self.file, self.line(path))


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a pack's file by its id: its data, where it stands, and the pack it belongs to."""

    data: dict[str, Any]
    located: Located
    path: Path
    pack: str

    @property
    def line(self) -> int:
        """The line on which the entry begins."""
        return self.located.line(self.path)

    def fail(self, reason: str, *path: str | int) -> PackError:
        """The error to raise about a part of the entry."""
        return self.located.fail(reason, (*self.path, *path))


def read_yaml(text: str, file: str) -> Located:
    """Plain data with lines. Raises PackError for anything that is not plain YAML."""
    if len(text) > LARGEST_FILE:
        raise PackError(f"the file is larger than {LARGEST_FILE} characters", file)
    try:
        deepest = 0
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise PackError("anchors and aliases (& and *) are not used", file, line)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                deepest = max(deepest, depth)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if deepest > DEEPEST:
                raise PackError(f"nested deeper than {DEEPEST} levels", file, line)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = None if mark is None else mark.line + 1
        raise PackError(f"not valid YAML: {error.problem or error.context}", file, at) from None
    except UnicodeEncodeError as error:
        raise PackError("holds half a character (a surrogate)", file, text.count("\n", 0, error.start) + 1) from None
    except yaml.reader.ReaderError as error:
        place = error.position if isinstance(error.position, int) else 0
        line = text.encode()[:place].count(b"\n") + 1
        raise PackError(f"not valid YAML: {error.reason}", file, line) from None
    except yaml.YAMLError as error:
        raise PackError(f"not valid YAML: {' '.join(str(error).split())}", file) from None
    located = Located(file, None)
    if node is not None:
        located.data = _plain(node, located, ())
    return located


def _plain(node: yaml.Node, located: Located, path: Path) -> Plain:
    located.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key, line, value in _pairs(node, located):
            located.lines[(*path, key)] = line
            mapping[key] = _plain(value, located, (*path, key))
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, located, (*path, place)) for place, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node, located)


def _pairs(node: yaml.MappingNode, located: Located) -> Iterator[tuple[str, int, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
            raise PackError("a key must be a plain word", located.file, line)
        if key.value in seen:
            raise PackError(f"`{key.value}` is given twice", located.file, line)
        seen.add(key.value)
        yield key.value, line, value


def _scalar(node: yaml.ScalarNode, located: Located) -> Plain:
    text = node.value
    if node.style:
        return str(text)
    if node.tag.startswith("tag:yaml.org,2002:") is False:
        raise PackError(f"tag {node.tag} is not used", located.file, node.start_mark.line + 1)
    if text in _NULLS:
        return None
    if text in ("true", "false"):
        return bool(text == "true")
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise PackError(f"{text} is not a date of the calendar", located.file, node.start_mark.line + 1) from None
    return str(text)


def plain_json(value: Plain) -> Any:
    """The same data in JSON's own types: dates and exact decimals become text."""
    match value:
        case dict():
            return {key: plain_json(item) for key, item in value.items()}
        case list():
            return [plain_json(item) for item in value]
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return value
