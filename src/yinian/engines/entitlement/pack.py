"""Merges a chain of policy packs, root first, checks every part and gives the pack its content hash.

Takes texts, never paths; what the merged pack means for people is for `evaluate`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.expressions import parse_expression
from yinian.engines.entitlement.facts import Words
from yinian.engines.entitlement.fee_rulings import FEES, read_fees
from yinian.engines.entitlement.located import Entry, Located, plain_json, read_yaml
from yinian.engines.entitlement.measures import INDICATORS, over_parent, read_indicators
from yinian.engines.entitlement.model import (
    Document,
    Pack,
    PackSource,
    Parameter,
    ParameterValue,
    Place,
    Service,
    Test,
)
from yinian.engines.entitlement.rulings import (
    ASSESSMENT,
    CARE_PLAN,
    PROCEDURE,
    STANDARDS,
    STAYS,
    SUPERVISION,
    read_assessment,
    read_care_plan,
    read_procedures,
    read_standards,
    read_stays,
    read_supervision,
)
from yinian.engines.entitlement.schema import SCHEMAS, check_schema
from yinian.engines.entitlement.schema_parts import LONGEST_QUOTE
from yinian.engines.entitlement.schemes import CALENDAR, SCHEMES, read_schemes
from yinian.engines.entitlement.sources import Source, must_words, read_reference, read_source, words_of
from yinian.engines.entitlement.tree import Const, Node, Type, parameters_read
from yinian.engines.entitlement.waiting import WAITING, read_waiting

PACK_FILE = "pack.yaml"
PARAMETERS_FILE = "parameters.yaml"
SERVICES_FOLDER = "services/"
EXAMPLES_FOLDER = "examples/"
LARGEST_FILES = 500
NATION = "00"  # the region of the pack that holds everywhere
LARGEST_AMOUNT = 10**15  # fen; far above any allowance, far below what 64 bits hold

_PLAIN_UNITS: dict[str, Type] = {"text": "text", "date": "date", "boolean": "bool"}


def extends_of(text: str, file: str) -> str | None:
    """The pack that a pack.yaml text extends, or None for a root. Raises PackError."""
    located = read_yaml(text, file)
    check_schema(located, "pack")
    assert isinstance(located.data, dict)
    return located.data.get("extends")


def load_pack(sources: Sequence[PackSource]) -> Pack:
    """The merged, checked pack of the last source and all it extends.

    `sources` hold every pack of the chain (in any order save that the wanted pack is the last). Raises
    PackError naming file, line and what is expected.
    """
    if not sources:
        raise PackError("no pack was given")
    return _Merger(_chain(sources)).merge()


def _chain(sources: Sequence[PackSource]) -> list[tuple[PackSource, Located]]:
    """Root first, each with its pack.yaml."""
    by_name = {source.name: source for source in sources}
    chain: list[tuple[PackSource, Located]] = []
    names: list[str] = []
    current: PackSource | None = sources[-1]
    while current is not None:
        file = current.display(PACK_FILE)
        if PACK_FILE not in current.files:
            raise PackError(f"there is no {PACK_FILE} here; a pack begins with it", current.display(""))
        located = read_yaml(current.files[PACK_FILE], file)
        check_schema(located, "pack")
        assert isinstance(located.data, dict)
        chain.append((current, located))
        names.append(current.name)
        parent = located.data.get("extends")
        if parent is None:
            break
        if parent in names:
            way = " -> ".join([*names[names.index(parent) :], parent])
            raise located.fail(f"packs extend one another in a circle: {way}", ("extends",))
        current = by_name.get(parent)
        if current is None:
            raise located.fail(f"extends `{parent}`, but there is no such pack", ("extends",))
    return chain[::-1]


class _Merger:
    def __init__(self, chain: list[tuple[PackSource, Located]]) -> None:
        self.chain = chain
        self.documents: dict[str, Entry] = {}
        self.parameters: dict[str, Entry] = {}
        self.services: dict[str, Entry] = {}
        self.extras: dict[str, dict[str, Entry]] = {}
        self.listed: set[str] = set()  # extras that are lists of entries; the others are mappings
        self.warnings: list[str] = []
        self.known_documents: dict[str, Document] = {}

    def merge(self) -> Pack:
        for source, located in self.chain:
            self._take_documents(source, located)
            self._take_parameters(source)
            self._take_services(source)
            self._take_extras(source)
        documents = {key: _document(entry) for key, entry in self.documents.items()}
        self.known_documents = documents
        parameters = self._parameters()
        types = {name: parameter.type for name, parameter in parameters.items()}
        services = tuple(self._service(entry, types) for entry in self.services.values() if not entry.data.get("off"))
        off = {
            key: self._source(entry, "source")
            for key, entry in (*self.parameters.items(), *self.services.items())
            if entry.data.get("off")
        }
        self._check_relations(services)
        source, located = self.chain[-1]
        assert isinstance(located.data, dict)
        region, shown = located.data["region"], located.data.get("demo_county")
        if shown is not None and region != NATION and not shown.startswith(region):
            raise located.fail(f"county {shown} lies outside the pack's region {region}", ("demo_county",))
        known = set(self.services)  # those switched off are still names
        for entries in self.extras.values():
            for entry in entries.values():
                self._check_sources(entry, entry.data)
        standards = read_standards(self.extras.get(STANDARDS, {}), documents)
        canonical = self._canonical(located.data)
        text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return Pack(
            name=source.name,
            region=located.data["region"],
            label=words_of(located.data.get("label")),
            documents=documents,
            parameters=parameters,
            services=services,
            extras={name: self._extra(name) for name in self.extras},
            off=off,
            hash=hashlib.sha256(text.encode()).hexdigest(),
            canonical=canonical,
            warnings=tuple(self.warnings),
            assessing=read_assessment(self.extras.get(ASSESSMENT, {}), documents, known),
            care_planning=read_care_plan(self.extras.get(CARE_PLAN, {}), documents),
            procedures=read_procedures(self.extras.get(PROCEDURE, {}), documents, known),
            supervising=read_supervision(self.extras.get(SUPERVISION, {}), documents),
            charging=read_fees(self.extras.get(FEES, {}), documents, known),
            staying=read_stays(self.extras.get(STAYS, {}), documents),
            standards=standards,
            schemes=read_schemes(
                self.extras.get(SCHEMES, {}), documents, self.extras.get(CALENDAR, {}), standards
            ),
            waiting=read_waiting(self.extras.get(WAITING, {}), documents, types),
            indicators=read_indicators(self.extras.get(INDICATORS, {}), documents, types),
            document_places={
                key: Place(entry.pack, entry.located.file, entry.line) for key, entry in self.documents.items()
            },
        )

    def _canonical(self, head: dict[str, Any]) -> dict[str, Any]:
        def live(entries: Mapping[str, Entry]) -> Iterator[tuple[str, Any]]:
            for key, entry in entries.items():
                if not entry.data.get("off"):
                    yield key, plain_json(entry.data)

        return {
            "region": head["region"],
            "documents": dict(live(self.documents)),
            "parameters": dict(live(self.parameters)),
            "services": [data for _, data in live(self.services)],
            **{name: plain_json(self._extra(name)) for name in self.extras},
        }

    # Taking the files of one pack of the chain.

    def _take_documents(self, source: PackSource, located: Located) -> None:
        assert isinstance(located.data, dict)
        own: set[str] = set()
        for place, document in enumerate(located.data.get("documents") or []):
            entry = Entry(document, located, ("documents", place), source.name)
            if document["id"] in own:
                raise entry.fail(f"document `{document['id']}` is given twice", "id")
            own.add(document["id"])
            self.documents[document["id"]] = entry

    def _take_parameters(self, source: PackSource) -> None:
        if PARAMETERS_FILE not in source.files:
            return
        located = read_yaml(source.files[PARAMETERS_FILE], source.display(PARAMETERS_FILE))
        if located.data is None:
            return
        check_schema(located, "parameters")
        assert isinstance(located.data, dict)
        for name, data in located.data.items():
            entry = Entry(data, located, (name,), source.name)
            if data.get("off") and name not in self.parameters:
                raise entry.fail(f"parameter `{name}` cannot be switched off: no parent pack has it", "off")
            self.parameters[name] = entry

    def _take_services(self, source: PackSource) -> None:
        own: dict[str, Entry] = {}
        for file in sorted(name for name in source.files if name.startswith(SERVICES_FOLDER)):
            located = read_yaml(source.files[file], source.display(file))
            if located.data is None:
                continue
            check_schema(located, "services")
            assert isinstance(located.data, list)
            for place, data in enumerate(located.data):
                entry = Entry(data, located, (place,), source.name)
                key = data["id"]
                if key in own:
                    first = own[key]
                    raise entry.fail(
                        f"service `{key}` is given twice; first in {first.located.file}:{first.line}", "id"
                    )
                if data.get("off") and key not in self.services:
                    raise entry.fail(f"service `{key}` cannot be switched off: no parent pack has it", "off")
                own[key] = entry
        self.services.update(own)  # a replaced entry keeps its place, a new one goes to the end

    def _take_extras(self, source: PackSource) -> None:
        for file in sorted(source.files):
            if file in (PACK_FILE, PARAMETERS_FILE) or "/" in file or not file.endswith(".yaml"):
                continue
            name = file.removesuffix(".yaml")
            located = read_yaml(source.files[file], source.display(file))
            if located.data is None:
                continue
            if name in SCHEMAS:
                check_schema(located, name)
            self.extras[name] = self._merged_extra(name, located, source.name)

    def _merged_extra(self, name: str, located: Located, pack: str) -> dict[str, Entry]:
        """Another file of a pack, merged by id (a list of entries) or by key (a mapping)."""
        data = located.data
        merged = dict(self.extras.get(name, {}))
        if not isinstance(data, list | dict):
            raise located.fail("must be a list of entries or a mapping")
        if name in self.extras and (name in self.listed) != isinstance(data, list):
            shape = "a list of entries" if name in self.listed else "a mapping"
            raise located.fail(f"must be {shape}, as in the parent pack")
        if isinstance(data, list):
            self.listed.add(name)
        own: set[str] = set()
        for place, entry in enumerate(data) if isinstance(data, list) else data.items():
            key = str(place)
            if isinstance(data, list):
                if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
                    raise located.fail("every entry needs an `id`", (place,))
                key = entry["id"]
                if key in own:
                    raise located.fail(f"`{key}` is given twice", (place, "id"))
                own.add(key)
            if isinstance(entry, dict) and entry.get("off") is True:
                if key not in merged:
                    raise located.fail(f"`{key}` cannot be switched off: no parent pack has it", (place,))
                del merged[key]
            elif name == INDICATORS and key in merged and isinstance(entry, dict):
                # The parent says what it is; this place says what it asks for. Lines are this file's own.
                merged[key] = Entry(over_parent(merged[key].data, entry), located, (place,), pack)
            else:
                merged[key] = Entry(entry, located, (place,), pack)
        return merged

    def _extra(self, name: str) -> Any:
        entries = self.extras[name]
        if name in self.listed:
            return [entry.data for entry in entries.values()]
        return {key: entry.data for key, entry in entries.items()}

    def _check_sources(self, entry: Entry, data: Any, *path: str | int) -> None:
        """Every source in a further file must name a document that some pack of the chain lists."""
        if isinstance(data, dict):
            source = data.get("source")
            if isinstance(source, dict) and isinstance(source.get("document"), str):
                read_source(entry, self.known_documents, *path, "source")
                if len(source.get("quote") or "") > LONGEST_QUOTE:
                    raise entry.fail(f"a quote is longer than {LONGEST_QUOTE} characters", *path, "source", "quote")
        for key, part in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
            self._check_sources(entry, part, *path, key)

    # Building the checked parts.

    def _source(self, entry: Entry, *path: str | int) -> Source:
        return read_source(entry, self.known_documents, *path)

    def _parameters(self) -> dict[str, Parameter]:
        live = {name: entry for name, entry in self.parameters.items() if not entry.data.get("off")}
        types: dict[str, Type] = {name: _PLAIN_UNITS.get(entry.data["unit"], "number") for name, entry in live.items()}
        parameters = {name: self._parameter(name, entry, types) for name, entry in live.items()}
        _check_cycles(parameters, live)
        return parameters

    def _parameter(self, name: str, entry: Entry, types: dict[str, Type]) -> Parameter:
        values = [self._parameter_value(name, entry, place, types) for place in range(len(entry.data["values"]))]
        placed = sorted(enumerate(values), key=lambda item: item[1].start)
        for (_, before), (place, after) in pairwise(placed):
            if before.start == after.start or (before.end is not None and before.end >= after.start):
                raise entry.fail(
                    f"values of `{name}` overlap: one from {before.start}"
                    f"{f' to {before.end}' if before.end else ''}, another from {after.start}",
                    "values",
                    place,
                )
        closed = [
            value if value.end is not None or follower is None else _ending_before(value, follower.start)
            for value, follower in zip(
                [value for _, value in placed], [*(value for _, value in placed[1:]), None], strict=True
            )
        ]
        return Parameter(
            id=name,
            label=must_words(entry.data["label"]),
            unit=entry.data["unit"],
            type=types[name],
            values=tuple(closed),
            pack=entry.pack,
            file=entry.located.file,
            line=entry.line,
            note=words_of(entry.data.get("note")),
            reference=read_reference(entry.data.get("reference")),
        )

    def _parameter_value(self, name: str, entry: Entry, place: int, types: dict[str, Type]) -> ParameterValue:
        data = entry.data["values"][place]
        path = ("values", place)
        start, end = _day(entry, data["from"], *path, "from"), data.get("to")
        if end is not None:
            end = _day(entry, end, *path, "to")
            if end < start:
                raise entry.fail(f"ends on {end}, before it begins on {start}", *path, "to")
        return ParameterValue(
            start=start,
            end=end,
            text=str(plain_json(data["value"])),
            value=self._value(name, entry, place, types),
            source=self._source(entry, *path, "source"),
            reference=read_reference(data.get("reference")),
            line=entry.located.line((*entry.path, *path)),
        )

    def _value(self, name: str, entry: Entry, place: int, types: dict[str, Type]) -> Node:
        raw = entry.data["values"][place]["value"]
        kind = types[name]
        unit = entry.data["unit"]
        path = ("values", place, "value")
        line = entry.located.line((*entry.path, *path))
        if kind == "number" and isinstance(raw, str):
            return parse_expression(raw, types, file=entry.located.file, line=line, facts={}, expect="number")
        fits = {
            "number": isinstance(raw, int | Decimal) and not isinstance(raw, bool),
            "text": isinstance(raw, str),
            "date": isinstance(raw, date),
            "bool": isinstance(raw, bool),
        }[kind]
        if not fits:
            raise entry.fail(f"value {raw!s} of `{name}` does not fit its unit {unit}", *path)
        if unit == "fen" and not isinstance(raw, int):
            raise entry.fail(f"value {raw!s} of `{name}`: money is a whole number of fen", *path)
        if kind == "number" and abs(raw) > LARGEST_AMOUNT:
            raise entry.fail(f"value {raw!s} of `{name}` is larger than {LARGEST_AMOUNT}", *path)
        return Const(kind, Fraction(raw) if kind == "number" else raw)

    def _service(self, entry: Entry, types: Mapping[str, Type]) -> Service:
        data = entry.data
        file = entry.located.file
        tests: list[Test] = []
        for place, test in enumerate(data["who"]):
            path = ("who", place)
            if any(test["id"] == other.id for other in tests):
                raise entry.fail(f"test `{test['id']}` is given twice in `{data['id']}`", *path, "id")
            line = entry.located.line((*entry.path, *path, "test"))
            text = str(plain_json(test["test"])) if test["test"] not in (True, False) else (
                "TRUE" if test["test"] else "FALSE"
            )  # fmt: skip
            if "label" not in test:
                self.warnings.append(f"{file}:{line}: test `{test['id']}` has no label to show to people")
            tests.append(
                Test(
                    id=test["id"],
                    text=text,
                    tree=parse_expression(text, types, file=file, line=line, expect="bool"),
                    label=words_of(test.get("label")) or Words(text, text),
                    source=self._source(entry, *path, "source") if "source" in test else None,
                    line=line,
                )
            )
        gives = data.get("gives") or {}
        amount = gives.get("amount")
        amount_line = entry.located.line((*entry.path, "gives", "amount"))
        window = data.get("effective") or {}
        start, end = (
            None if window.get(key) is None else _day(entry, window[key], "effective", key) for key in ("from", "to")
        )
        if start is not None and end is not None and end < start:
            raise entry.fail(f"ends on {end}, before it begins on {start}", "effective")
        return Service(
            id=data["id"],
            label=must_words(data["label"]),
            tests=tuple(tests),
            source=self._source(entry, "source"),
            pack=entry.pack,
            file=file,
            line=entry.line,
            description=words_of(data.get("description")),
            national_item=data.get("national_item"),
            kind=data.get("kind", "service"),
            group=data.get("group"),
            department=words_of(data.get("department")),
            amount_text=None if amount is None else str(amount),
            amount=None
            if amount is None
            else parse_expression(str(amount), types, file=file, line=amount_line, expect="number"),
            amount_line=amount_line,
            period=gives.get("period"),
            higher_of=data.get("higher_of"),
            not_with=tuple(data.get("not_with") or ()),
            apply=data.get("apply", "on_application"),
            effective_from=start,
            effective_to=end,
            reference=read_reference(data.get("reference")),
            note=words_of(data.get("note")),
        )

    def _check_relations(self, services: tuple[Service, ...]) -> None:
        groups: dict[str, list[Service]] = {}
        for service in services:
            entry = self.services[service.id]
            for place, other in enumerate(service.not_with):
                if other == service.id:
                    raise entry.fail(f"`{other}` is named in its own not_with", "not_with", place)
                if other not in self.services:
                    raise entry.fail(f"not_with names `{other}`, which is no service", "not_with", place)
            if service.higher_of is not None:
                groups.setdefault(service.higher_of, []).append(service)
        for name, members in groups.items():
            first = members[0]
            where = f"{first.file}:{first.line}"
            if len(members) == 1:
                self.warnings.append(f"{where}: `{first.id}` is alone in higher_of `{name}`")
            if len({member.period for member in members}) > 1:
                self.warnings.append(f"{where}: higher_of `{name}` compares amounts of different periods as they stand")


def _check_cycles(parameters: Mapping[str, Parameter], entries: Mapping[str, Entry]) -> None:
    needs = {
        name: tuple(dict.fromkeys(n for value in parameter.values for n in parameters_read(value.value)))
        for name, parameter in parameters.items()
    }
    done: set[str] = set()
    for root in needs:
        trail: list[str] = []
        stack: list[tuple[str, int]] = [(root, 0)]
        while stack:
            name, turn = stack.pop()
            if turn == 0:
                if name in done:
                    continue
                if name in trail:
                    chain = " -> ".join([*trail[trail.index(name) :], name])
                    raise entries[name].fail(f"parameters are derived from one another in a circle: {chain}")
                trail.append(name)
            if turn < len(needs[name]):
                stack.append((name, turn + 1))
                stack.append((needs[name][turn], 0))
            else:
                trail.remove(name)
                done.add(name)


def _ending_before(value: ParameterValue, follower: date) -> ParameterValue:
    return ParameterValue(
        value.start,
        date.fromordinal(follower.toordinal() - 1),
        value.text,
        value.value,
        value.source,
        value.reference,
        value.line,
    )


def _document(entry: Entry) -> Document:
    data = dict(entry.data)
    when = data.pop("date", None)
    note = words_of(data.pop("note", None))
    return Document(date=None if when is None else _day(entry, when, "date"), note=note, **data)


def _day(entry: Entry, value: object, *path: str | int) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise entry.fail(f"{value} is not a date; write YYYY-MM-DD", *path) from None
