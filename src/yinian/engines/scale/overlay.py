"""What a county adds to a scale: the official wording it owns, and its own reading of what was not verified here.

Takes texts and rows, never paths. Wording never changes a point; a confirmation replaces whole parts that decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.located import Located
from yinian.engines.entitlement.model import Document
from yinian.engines.entitlement.sources import Source
from yinian.engines.scale.errors import ScaleError
from yinian.engines.scale.load import a_day, check_options, located_of, sealed
from yinian.engines.scale.model import Confirmation, Dimension, DimensionLevels, Item, Part, Scale, Wording, with_items
from yinian.engines.scale.schema import check_schema

CONFIRMED_DOCUMENT = "county-confirmation"
"""The id by which a confirmed part's source names the document the county read."""

PART_NAMES: Mapping[Part, Words] = {
    "points": Words("各选项分值", "points of the options"),
    "levels": Words("等级分界", "cut-offs of the levels"),
    "dimension_levels": Words("各维度分界", "cut-offs of the dimensions"),
    "combination": Words("组合矩阵", "combination matrix"),
    "adjustments": Words("等级变更规则", "adjustments of the level"),
}


@dataclass(frozen=True, slots=True)
class WordingText:
    """One official text: of an option by its points, or (without points) of the item's definition.

    `place` is the line or row it stands on.
    """

    item: str
    score: int | None
    text: str
    place: int


@dataclass(frozen=True, slots=True)
class WordingFile:
    """The official wording of a scale as it came: from YAML with lines, or from a sheet with rows."""

    scale: str
    version: str
    document: str
    number: str | None
    texts: tuple[WordingText, ...]
    file: str
    places: Literal["line", "row"] = "line"

    def fail(self, reason: str, place: int | None = None, item: str | None = None) -> ScaleError:
        """The error about a place of the file."""
        if self.places == "row":
            return ScaleError(reason, item=item, file=self.file or None, row=place)
        return ScaleError(reason, item=item, file=self.file or None, line=place)


def read_wording(source: str | Mapping[str, Any], file: str = "") -> WordingFile:
    """The official wording of a YAML text or of plain data. Raises ScaleError at the line."""
    located = located_of(source, file)
    check_schema(located, "wording")
    data: Any = located.data
    lines = bool(located.lines)
    return WordingFile(
        scale=data["scale"],
        version=data["version"],
        document=data["document"]["title"],
        number=data["document"].get("number"),
        texts=tuple(
            WordingText(
                entry["item"],
                entry.get("score"),
                entry["text"],
                located.line(("texts", place)) if lines else place + 1,
            )
            for place, entry in enumerate(data["texts"])
        ),
        file=file,
        places="line" if lines else "row",
    )


def apply_wording(scale: Scale, wording: WordingFile) -> Scale:
    """The scale with the official texts in the place of our own Chinese ones; points and hash stay.

    Every option of every item must have its text once; a definition may have one. Raises ScaleError naming file,
    line or row, and what is expected.
    """
    _same_scale(scale, wording.scale, wording.version, wording.fail)
    found: dict[tuple[str, int | None], WordingText] = {}
    for text in wording.texts:
        item = scale.by_code.get(text.item)
        if item is None:
            known = f"{scale.items[0].code} to {scale.items[-1].code}"
            raise wording.fail(f"is not an item of {scale.id}; expected one of {known}", text.place, text.item)
        if text.score is not None and text.score not in item.scores:
            points = ", ".join(str(option.score) for option in item.options)
            raise wording.fail(f"no option has {text.score} points; expected one of {points}", text.place, text.item)
        if not text.text.strip():
            raise wording.fail(f"the text of {_called(text.score)} is empty", text.place, text.item)
        key = (text.item, text.score)
        if key in found:
            raise wording.fail(
                f"{_called(text.score)} is given twice; first in {wording.places} {found[key].place}",
                text.place,
                text.item,
            )
        found[key] = text
    wanted = [(item.code, option.score) for item in scale.items for option in item.options]
    if missing := [key for key in wanted if key not in found]:
        code, score = missing[0]
        more = f", and {len(missing) - 1} more texts" if len(missing) > 1 else ""
        raise wording.fail(f"has no text for the option of {score} points{more}; expected {len(wanted)}", item=code)
    items = tuple(_worded(item, found) for item in scale.items)
    return replace(
        with_items(scale, items),
        wording=Wording(wording.document, wording.number, wording.file),
    )


def _worded(item: Item, found: Mapping[tuple[str, int | None], WordingText]) -> Item:
    def official(text: WordingText, english: str | None) -> Words:
        own = text.text.strip()
        return Words(own, own if english is None else english)

    definition = item.definition
    if (text := found.get((item.code, None))) is not None:
        definition = official(text, None if definition is None else definition.en)
    options = tuple(
        replace(option, text=official(found[item.code, option.score], option.text.en)) for option in item.options
    )
    return replace(item, definition=definition, options=options)


def _called(score: int | None) -> str:
    return "the definition" if score is None else f"the option of {score} points"


def confirm(scale: Scale, source: str | Mapping[str, Any], file: str = "") -> Scale:
    """The scale with the parts that a county has read in the official text and restates in full.

    The parts given take the place of ours and count as verified; when no unverified part is left the scale decides.
    Raises ScaleError naming file, line and what is expected.
    """
    located = located_of(source, file)
    check_schema(located, "confirmation")
    return _Confirmer(scale, located).confirmed()


class _Confirmer:
    def __init__(self, scale: Scale, located: Located) -> None:
        self.scale = scale
        self.located = located
        self.data: dict[str, Any] = dict(located.data)  # type: ignore[arg-type]
        self.source = Source(CONFIRMED_DOCUMENT, "verified")

    def fail(self, reason: str, *path: str | int, item: str | None = None) -> ScaleError:
        line = self.located.line(path) if self.located.lines else None
        return ScaleError(reason, item=item, file=self.located.file or None, line=line)

    def confirmed(self) -> Scale:
        data, scale = self.data, self.scale
        _same_scale(scale, data["scale"], data["version"], lambda reason: self.fail(reason, "scale"))
        parts = self._parts()
        document = Document(
            id=CONFIRMED_DOCUMENT,
            title=data["document"]["title"],
            number=data["document"].get("number"),
            date=self._day(data["document"].get("date"), "document", "date"),
        )
        on = self._day(data["confirmed_on"], "confirmed_on")
        assert on is not None
        scale = replace(
            scale,
            documents={**scale.documents, CONFIRMED_DOCUMENT: document},
            confirmation=Confirmation(
                document.title, document.number, data["confirmed_by"], on, parts, self.located.file
            ),
        )
        if "points" in data:
            scale = self._with_points(scale, data["points"])
        if "levels" in data:
            scale = self._with_levels(scale, data["levels"])
        if "dimension_levels" in data:
            scale = self._with_dimension_levels(scale, data["dimension_levels"])
        if "combination" in data:
            assert scale.combination is not None
            matrix = tuple(tuple(row) for row in data["combination"]["matrix"])
            scale = replace(scale, combination=replace(scale.combination, matrix=matrix, source=self.source))
        scale = sealed(scale, self.fail)
        return replace(scale, decisive=not scale.unverified, not_decisive=_still_open(scale))

    def _parts(self) -> tuple[Part, ...]:
        known: tuple[Part, ...] = ("points", "levels", "dimension_levels", "combination")
        given = tuple(part for part in known if part in self.data)
        by_total = self.scale.combination is None
        fitting = known[:2] if by_total else (known[0], *known[2:])
        if not given:
            raise self.fail(f"confirms nothing; expected one or more of {', '.join(fitting)}")
        for part in given:
            if part not in fitting:
                raise self.fail(f"{self.scale.id} has no {part}; expected {', '.join(fitting)}", part)
        return given

    def _day(self, value: object, *path: str | int) -> date | None:
        try:
            return a_day(value)
        except ValueError:
            raise self.fail(f"{value} is not a date; write YYYY-MM-DD", *path) from None

    def _each(self, given: Mapping[str, Any], wanted: Sequence[str], part: str) -> None:
        """Every code that is wanted must be there, and no other."""
        for code in given:
            if code not in wanted:
                raise self.fail(f"`{code}` is not part of {self.scale.id}", part, code)
        if missing := [code for code in wanted if code not in given]:
            raise self.fail(f"lacks {', '.join(missing)}; a part is restated in full", part)

    def _with_points(self, scale: Scale, given: Mapping[str, list[int]]) -> Scale:
        self._each(given, [item.code for item in scale.items], "points")
        items = []
        for item in scale.items:
            points = sorted(given[item.code], reverse=True)
            if len(points) != len(item.options):
                raise self.fail(
                    f"has {len(points)} points; expected {len(item.options)}, one for each option",
                    "points",
                    item.code,
                    item=item.code,
                )
            options = tuple(replace(option, score=score) for option, score in zip(item.options, points, strict=True))
            check_options(options, item.code, lambda reason, code=item.code: self.fail(reason, "points", code))
            items.append(replace(item, options=options, points_source=self.source))
        dimensions = tuple(
            Dimension(entry.code, entry.name, sum(item.max for item in items if item.dimension == entry.code))
            for entry in scale.dimensions
        )
        return replace(with_items(scale, tuple(items)), dimensions=dimensions)

    def _with_levels(self, scale: Scale, given: Sequence[Sequence[int]]) -> Scale:
        if len(given) != len(scale.levels):
            raise self.fail(f"has {len(given)} ranges; expected {len(scale.levels)}, level 0 first", "levels")
        levels = tuple(
            replace(level, min=low, max=high, source=self.source)
            for level, (low, high) in zip(scale.levels, given, strict=True)
        )
        return replace(scale, levels=levels)

    def _with_dimension_levels(self, scale: Scale, given: Mapping[str, Any]) -> Scale:
        self._each(given, [dimension.code for dimension in scale.dimensions], "dimension_levels")
        ranges = {
            code: DimensionLevels(tuple((low, high) for low, high in given[code]), self.source)
            for code in scale.dimension_levels
        }
        return replace(scale, dimension_levels=ranges)


def _still_open(scale: Scale) -> Words | None:
    """Why a scale that was confirmed only in part still decides nothing."""
    if not scale.unverified:
        return None
    names = [PART_NAMES[part] for part in scale.unverified]
    return Words(
        f"{'、'.join(name.zh for name in names)}尚未核对确认，结果只供参考，不作为待遇依据",
        f"Still to be confirmed: {', '.join(name.en for name in names)}; until then the result decides nothing",
    )


def _same_scale(scale: Scale, name: str, version: str, fail: Any) -> None:
    if (name, version) != (scale.id, scale.version):
        raise fail(f"is for {name}, version {version}; expected {scale.id}, version {scale.version}")
