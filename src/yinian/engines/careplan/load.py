"""Reads a catalogue of needs and checks that its items, ranges, choices and words fit together and its scale.

Takes a text, never a path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from yinian.engines.careplan.frequency import Frequency
from yinian.engines.careplan.model import (
    ANY,
    Catalogue,
    Degree,
    GoalOffer,
    Named,
    NeedRule,
    Service,
    ServiceOffer,
)
from yinian.engines.careplan.schema import VOCABULARIES, check_schema
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.located import Located, Path, plain_json, read_yaml
from yinian.engines.entitlement.model import Document
from yinian.engines.entitlement.sources import Source, must_words, words_of
from yinian.engines.scale import Field, Scale


def load_catalogue(
    text: str, scale: Scale, file: str = "", circumstances: Mapping[str, Any] | None = None,
    base: Catalogue | None = None,
) -> Catalogue:
    """The checked catalogue of a YAML text for a scale. Raises PackError naming file, line and what is expected.

    ``circumstances`` are the kinds of the register that `only_if` may name, each with its values; None: not checked.
    ``base`` is the catalogue that one which `extends` takes its vocabularies and documents from.
    """
    located = read_yaml(text, file)
    check_schema(located)
    return _Reader(located, scale, circumstances, base).catalogue()


class _Reader:
    def __init__(
        self, located: Located, scale: Scale, circumstances: Mapping[str, Any] | None, base: Catalogue | None
    ) -> None:
        assert isinstance(located.data, dict)
        self.located, self.scale, self.circumstances, self.base = located, scale, circumstances, base
        self.data: dict[str, Any] = located.data
        self.fields: dict[str, Field] = {field.code: field for part in scale.form_a for field in part.fields}
        self.inputs = {entry.id for entry in scale.inputs}

    def catalogue(self) -> Catalogue:
        data = self.data
        if data["scale"] != self.scale.id:
            raise self.located.fail(f"is for the scale `{data['scale']}`; expected `{self.scale.id}`", ("scale",))
        base = self._extended()
        self._once("documents")
        self.documents = {
            **(base.documents if base else {}), **{entry["id"]: _document(entry) for entry in data["documents"]}
        }
        self.default = self._source(data["source"], ("source",))
        if base is not None:
            self.aids, self.home_services, self.providers = base.aids, base.home_services, base.providers
            self.risks, self.areas, self.services = base.risks, base.areas, base.services
        else:
            self.aids = self._named("aids", "aids_source")
            self.home_services = self._named("home_services", "home_services_source")
            self.providers, self.risks, self.areas = (self._named(name) for name in ("providers", "risks", "areas"))
            self.services = self._services()
        self._once("needs")
        needs = tuple(self._need(entry, ("needs", place)) for place, entry in enumerate(data["needs"]))
        order = [list(self.areas).index(rule.area) for rule in needs]
        return Catalogue(
            id=data["id"], version=str(data["version"]), scale=data["scale"], documents=self.documents,
            aids=self.aids, home_services=self.home_services, providers=self.providers, risks=self.risks,
            areas=self.areas, services=self.services,
            # Stable: within an area the file's own order stays.
            needs=tuple(rule for _place, rule in sorted(zip(order, needs, strict=True), key=lambda pair: pair[0])),
            hash=hashlib.sha256(
                ((base.hash if base else "")
                 + json.dumps(plain_json(data), ensure_ascii=False, sort_keys=True)).encode()
            ).hexdigest(),
        )  # fmt: skip

    def _extended(self) -> Catalogue | None:
        """The catalogue that this one extends; None for one that stands by itself."""
        if "extends" not in self.data:
            return None
        if self.base is None or self.base.id != self.data["extends"]:
            raise self.located.fail(
                f"`{self.data['extends']}` is not at hand"
                + (f"; expected `{self.base.id}`" if self.base else ""), ("extends",)
            )
        for name in VOCABULARIES:
            if name in self.data:
                raise self.located.fail(f"`{name}` is taken from `{self.base.id}`; leave it out", (name,))
        return self.base

    def _once(self, name: str) -> None:
        seen: set[str] = set()
        for place, entry in enumerate(self.data[name]):
            if entry["id"] in seen:
                raise self.located.fail(f"`{entry['id']}` is given twice", (name, place, "id"))
            seen.add(entry["id"])

    def _known(self, value: str, known: Mapping[str, Any] | set[str], path: Path) -> str:
        if value not in known:
            raise self.located.fail(f"`{value}` is not known here; expected one of {', '.join(sorted(known))}", path)
        return value

    def _source(self, data: Mapping[str, Any], path: Path) -> Source:
        self._known(data["document"], self.documents, (*path, "document"))
        return Source(
            data["document"], data["confidence"], data.get("clause"), data.get("quote"), words_of(data.get("note"))
        )

    def _named(self, name: str, source: str = "source") -> dict[str, Named]:
        self._once(name)
        default = self._source(self.data[source], (source,))
        return {
            entry["id"]: Named(
                entry["id"], must_words(entry["label"]),
                self._source(entry["source"], (name, place, "source")) if "source" in entry else default,
            )
            for place, entry in enumerate(self.data[name])
        }  # fmt: skip

    def _services(self) -> dict[str, Service]:
        self._once("services")
        found = {}
        for place, entry in enumerate(self.data["services"]):
            path: Path = ("services", place)
            aid, home = entry.get("aid"), entry.get("home_service")
            if aid is not None:
                self._known(aid, self.aids, (*path, "aid"))
            if home is not None:
                self._known(home, self.home_services, (*path, "home_service"))
            found[entry["id"]] = Service(entry["id"], must_words(entry["label"]), aid, home)
        return found

    # Needs.

    def _need(self, entry: dict[str, Any], path: Path) -> NeedRule:
        items = tuple(entry.get("items", ()))
        for place, code in enumerate(items):
            self._known(code, self.scale.by_code, (*path, "items", place))
        take = entry.get("take", "lowest")
        degrees = tuple(
            self._degree(part, (*path, "degrees", place)) for place, part in enumerate(entry["degrees"])
        )
        if len({degree.id for degree in degrees}) != len(degrees):
            raise self.located.fail("two degrees share an id", (*path, "degrees"))
        self._check_scores(items, take, degrees, path)
        levels = [degree.level for degree in degrees if degree.level is not None]
        if levels != sorted(set(levels)):
            raise self.located.fail("levels get worse from degree to degree, each once", (*path, "degrees"))
        return NeedRule(
            id=entry["id"], area=self._known(entry["area"], self.areas, (*path, "area")), items=items, take=take,
            only_if=self._only_if(entry.get("only_if", {}), path),
            risks=tuple(
                self._known(risk, self.risks, (*path, "risks", place))
                for place, risk in enumerate(entry.get("risks", ()))
            ),
            degrees=degrees,
            source=self._source(entry["source"], (*path, "source")) if "source" in entry else self.default,
        )  # fmt: skip

    def _only_if(self, data: Mapping[str, list[str]], path: Path) -> dict[str, frozenset[str]]:
        if self.circumstances is not None:
            for kind, values in data.items():
                self._known(kind, self.circumstances, (*path, "only_if", kind))
                for place, value in enumerate(values):
                    self._known(value, self.circumstances[kind], (*path, "only_if", kind, place))
        return {kind: frozenset(values) for kind, values in data.items()}

    def _check_scores(self, items: tuple[str, ...], take: str, degrees: tuple[Degree, ...], path: Path) -> None:
        """The ranges of a need's degrees follow one another down to the fewest points, and leave the best out."""
        ranged = [(place, degree.scores) for place, degree in enumerate(degrees) if degree.scores is not None]
        if bool(ranged) != bool(items):
            raise self.located.fail("`scores` of degrees and `items` of the need belong together", (*path, "degrees"))
        if not ranged:
            return
        most, least = ([getattr(self.scale.by_code[code], end) for code in items] for end in ("max", "min"))
        top, bottom = (sum(most), sum(least)) if take == "sum" else (min(most), min(least))
        expected: int | None = None
        for place, (low, high) in ranged:
            here: Path = (*path, "degrees", place, "scores")
            if low > high or (expected is not None and high != expected):
                raise self.located.fail(f"is {low} to {high}; expected a range that ends at {expected}", here)
            if expected is None and not bottom <= high < top:
                raise self.located.fail(f"begins at {high}; expected below {top}, the best there is", here)
            expected = low - 1
        if expected != bottom - 1:
            raise self.located.fail(f"ends at {(expected or 0) + 1}; expected {bottom}, the fewest points", here)

    def _degree(self, entry: dict[str, Any], path: Path) -> Degree:
        if not any(name in entry for name in ("scores", "level", "inputs", "answers")):
            raise self.located.fail("says not when it holds; expected scores, level, inputs or answers", path)
        level = entry.get("level")
        if level is not None and level >= len(self.scale.levels):
            raise self.located.fail(f"the scale has no level {level}", (*path, "level"))
        for place, name in enumerate(entry.get("inputs", ())):
            self._known(name, self.inputs, (*path, "inputs", place))
        goals = tuple(
            GoalOffer(goal["id"], must_words(goal["text"]), must_words(goal["measure"]), must_words(goal["target"]),
                      goal["months"])
            for goal in entry["goals"]
        )
        if not any(offer.get("ticked", True) for offer in entry["services"]):
            raise self.located.fail("ticks none of its services; expected at least one", (*path, "services"))
        if len({goal.id for goal in goals}) != len(goals):
            raise self.located.fail("two goals share an id", (*path, "goals"))
        return Degree(
            id=entry["id"], text=must_words(entry["text"]),
            scores=None if "scores" not in entry else (entry["scores"][0], entry["scores"][1]),
            level=level, inputs=tuple(entry.get("inputs", ())),
            answers={
                name: self._answers(name, codes, (*path, "answers", name))
                for name, codes in entry.get("answers", {}).items()
            },
            goals=goals,
            services=tuple(
                self._offer(offer, (*path, "services", place)) for place, offer in enumerate(entry["services"])
            ),
        )  # fmt: skip

    def _answers(self, name: str, codes: list[str] | str, path: Path) -> frozenset[str] | None:
        self._known(name, self.fields, path)
        if codes == ANY:
            return None
        known = {choice.code for choice in self.fields[name].choices}
        for place, code in enumerate(codes):
            self._known(code, known, (*path, place))
        return frozenset(codes)

    def _offer(self, entry: dict[str, Any], path: Path) -> ServiceOffer:
        try:
            often = Frequency.read(entry["often"])
        except ValueError as error:
            raise self.located.fail(str(error), (*path, "often")) from None
        return ServiceOffer(
            self._known(entry["service"], self.services, (*path, "service")),
            self._known(entry["provider"], self.providers, (*path, "provider")),
            often, entry.get("minutes"), words_of(entry.get("note")), entry.get("ticked", True),
        )  # fmt: skip


def _document(entry: Mapping[str, Any]) -> Document:
    day = entry.get("date")
    return Document(
        entry["id"], entry["title"], entry.get("number"),
        day if isinstance(day, date) or day is None else date.fromisoformat(day), note=words_of(entry.get("note")),
    )  # fmt: skip


__all__ = ["PackError", "load_catalogue"]
