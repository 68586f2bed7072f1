"""A checked expression written out again as a pack writes it, and parts of it put in place of others.

`expressions` reads what is written here back into the same tree.
"""

from __future__ import annotations

from fractions import Fraction

from yinian.engines.entitlement.tree import (
    All,
    Any,
    Arith,
    AsOf,
    Call,
    Case,
    Compare,
    Const,
    FactRef,
    IsNull,
    Like,
    Node,
    Not,
    ParamRef,
    children,
)

Place = tuple[int, ...]
"""Where a part stands in a tree: the number of the child at each step down."""

_LOW, _ATOM = 0, 1


def expression_text(node: Node) -> str:
    """The expression as a pack writes it. Raises ValueError for a fraction that has no decimals."""
    return _written(node)[0]


def at(node: Node, place: Place) -> Node:
    """The part of a tree at a place. Raises IndexError."""
    for step in place:
        node = children(node)[step]
    return node


def put(node: Node, place: Place, part: Node) -> Node:
    """The tree with the part at a place replaced."""
    if not place:
        return part
    parts = list(children(node))
    parts[place[0]] = put(parts[place[0]], place[1:], part)
    return _with(node, parts)


def _with(node: Node, parts: list[Node]) -> Node:
    match node:
        case Not():
            return Not(parts[0])
        case IsNull():
            return IsNull(parts[0])
        case All():
            return All(tuple(parts))
        case Any():
            return Any(tuple(parts))
        case Compare(op=op):
            return Compare(op, parts[0], parts[1])
        case Arith(op=operation):
            return Arith(operation, parts[0], parts[1])
        case Like():
            return Like(parts[0], parts[1])
        case Case(type=kind):
            pairs = tuple(zip(parts[:-1:2], parts[1::2], strict=True))
            return Case(kind, pairs, parts[-1])
        case Call(name=name, type=kind, digits=digits):
            return Call(name, tuple(parts), kind, digits)
        case _:
            raise IndexError("the part has nothing below it")


def _written(node: Node) -> tuple[str, int]:
    """The text, and whether it can stand beside an operator as it is."""
    match node:
        case Const(type=kind, value=value):
            text = _literal(kind, value)
            return text, _LOW if text.startswith("-") else _ATOM
        case FactRef(name=name):
            return name, _ATOM
        case ParamRef(name=name):
            return f"param('{name}')", _ATOM
        case AsOf():
            return "as_of()", _ATOM
        case Not(item=IsNull(item=item)):
            return f"{_atom(item)} IS NOT NULL", _LOW
        case Not(item=Like(item=item, pattern=pattern)):
            return f"{_atom(item)} NOT LIKE {_atom(pattern)}", _LOW
        case Not(item=item):
            listed = _listed(item)
            if listed is not None:
                return f"{_atom(listed[0])} NOT IN ({', '.join(listed[1])})", _LOW
            return f"NOT {_atom(item)}", _LOW
        case IsNull(item=item):
            return f"{_atom(item)} IS NULL", _LOW
        case All(items=items):
            return " AND ".join(_beside(item, All) for item in items), _LOW
        case Any(items=items):
            listed = _listed(node)
            if listed is not None:
                return f"{_atom(listed[0])} IN ({', '.join(listed[1])})", _LOW
            return " OR ".join(_beside(item, Any) for item in items), _LOW
        case Compare(op=op, left=left, right=right):
            return f"{_atom(left)} {op} {_atom(right)}", _LOW
        case Arith(op=operation, left=left, right=right):
            return f"{_atom(left)} {operation} {_atom(right)}", _LOW
        case Like(item=item, pattern=pattern):
            return f"{_atom(item)} LIKE {_atom(pattern)}", _LOW
        case Case(branches=branches, default=default):
            when = " ".join(f"WHEN {_written(c)[0]} THEN {_written(r)[0]}" for c, r in branches)
            last = "" if isinstance(default, Const) and default.value is None else f" ELSE {_written(default)[0]}"
            return f"CASE {when}{last} END", _ATOM
        case Call(name=name, args=args, digits=digits):
            inner = [_written(arg)[0] for arg in args]
            if name == "round" and digits:
                inner.append(str(digits))
            shown = name if "_" in name else name.upper()
            return f"{shown}({', '.join(inner)})", _ATOM


def _atom(node: Node) -> str:
    text, strength = _written(node)
    return text if strength == _ATOM else f"({text})"


def _beside(node: Node, kind: type[All] | type[Any]) -> str:
    """One item of AND or OR: an OR inside an AND, and the like of its own kind, keeps its brackets."""
    text, _strength = _written(node)
    bare = isinstance(node, Compare | Like | IsNull | Not | Const | FactRef | ParamRef | Case | Call) or (
        isinstance(node, Any) and _listed(node) is not None
    ) or (kind is Any and isinstance(node, All))
    return text if bare else f"({text})"


def _listed(node: Node) -> tuple[Node, list[str]] | None:
    """A choice of values of one part, as IN writes it: the part, and the values."""
    if not isinstance(node, Any) or len(node.items) < 2:
        return None
    values: list[str] = []
    part: Node | None = None
    for item in node.items:
        if not isinstance(item, Compare) or item.op != "=" or not isinstance(item.right, Const):
            return None
        if part is not None and item.left != part:
            return None
        part = item.left
        values.append(_literal(item.right.type, item.right.value))
    assert part is not None
    return part, values


def _literal(kind: str, value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Fraction):
        return number_text(value)
    if kind == "date":
        return f"DATE '{value}'"
    return "'" + str(value).replace("'", "''") + "'"


def number_text(value: Fraction) -> str:
    """An exact decimal. Raises ValueError for a fraction that has none."""
    if value.denominator == 1:
        return str(value.numerator)
    for places in range(1, 10):
        scaled = abs(value) * 10**places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    raise ValueError(f"{value} has no exact decimals")
