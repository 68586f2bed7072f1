"""Changes to a pack as one more pack on top of it: whole entries with the document they rest on, as files would say it.

No database access here. Entries are kept as plain JSON, as `Pack.canonical` has them; a YAML text is made of them for
the engine and for experts.
"""

import copy
import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import yaml

from yinian.engines.entitlement import Pack, PackError, PackSource, load_pack
from yinian.engines.entitlement.located import plain_json, read_yaml

PACK_FILE, PARAMETERS_FILE, SERVICES_FILE = "pack.yaml", "parameters.yaml", "services/changes.yaml"
DRAFT_DOCUMENT = "draft"
"""The id under which a draft's own paper stands among the documents, until it is put in force."""

_NAME = re.compile(r"[a-z0-9_-]+(/[a-z0-9_-]+)*")  # what a pack may be extended by
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DECIMAL = re.compile(r"-?\d{1,18}\.\d{1,9}")
_PARTS = {"parameter": "parameters", "service": "services"}


@dataclass(frozen=True)
class Change:
    """One entry as it is to be: its part (parameter or service), its key, all of it; ``{"off": true}`` ends it."""

    part: str
    key: str
    data: Mapping[str, Any]

    @property
    def off(self) -> bool:
        return self.data.get("off") is True


@dataclass(frozen=True)
class Layer:
    """Changes with the documents they rest on, and how errors name them. ``over``: the pack of the chain right above
    which they lie, so that what the packs below it say for themselves goes before them; empty is on top of all."""

    name: str
    changes: tuple[Change, ...]
    documents: tuple[Mapping[str, Any], ...]
    shown: str = ""
    over: str = ""

    @cached_property
    def digest(self) -> str:
        """What tells this layer from every other."""
        said = [self.name, self.over, [(c.part, c.key, c.data) for c in self.changes], self.documents]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def entry_of(pack: Pack, part: str, key: str) -> dict[str, Any] | None:
    """The entry as the merged pack has it, in plain JSON of its own; None where it has none."""
    found = pack.canonical[_PARTS[part]]
    entries = found if isinstance(found, Mapping) else {entry["id"]: entry for entry in found}
    entry = entries.get(key)
    return None if entry is None else copy.deepcopy(dict(entry))


def laid_over(sources: Sequence[PackSource], layers: Iterable[Layer]) -> Pack:
    """The pack of ``sources`` with the layers on top, in order. Raises PackError.

    A layer that switches off what the pack no longer has says nothing new about it, and is no error.
    """
    layers = list(layers)
    chain = list(sources)
    last = chain[-1]
    base = load_pack(chain)
    if not _NAME.fullmatch(last.name):  # a pack kept outside the data folder may be called anything
        chain[-1] = replace(last, name="pack", origin=last.origin or last.name)
    for layer in layers:
        if layer.over:
            chain = _slipped_in(chain, layer)
    below = chain[-1].name
    pack = load_pack(chain)
    for layer in layers:
        if layer.over:
            continue
        changes = [c for c in layer.changes if not c.off or entry_of(pack, c.part, c.key) is not None]
        if not changes:
            continue
        chain.append(_source(layer, changes, below, base))
        below = layer.name
        pack = load_pack(chain)
    return replace(pack, name=base.name)


def _slipped_in(chain: Sequence[PackSource], layer: Layer) -> list[PackSource]:
    """The chain with a layer right above one of its packs. The layer takes that pack's name: whatever extends it, from
    now on extends both. Raises PackError."""
    place = next((n for n, source in enumerate(chain) if source.name == layer.over), None)
    if place is None:
        raise PackError(f"does not rest on the pack `{layer.over}`", chain[-1].display(PACK_FILE))
    below = load_pack(chain[: place + 1])
    changes = [c for c in layer.changes if not c.off or entry_of(below, c.part, c.key) is not None]
    if not changes:
        return list(chain)
    under = replace(chain[place], name=f"{layer.over}/below", origin=chain[place].origin or layer.over)
    made = replace(_source(layer, changes, under.name, below), name=layer.over)
    return [*chain[:place], under, made, *chain[place + 1 :]]


def _source(layer: Layer, changes: Sequence[Change], below: str, base: Pack) -> PackSource:
    head: dict[str, Any] = {"region": base.region, "extends": below}
    if base.label is not None:
        head["label"] = {"zh": base.label.zh, "en": base.label.en}
    head["documents"] = [typed_document(document) for document in layer.documents]
    parameters = {c.key: typed("parameter", c.data) for c in changes if c.part == "parameter"}
    services = [typed("service", {"id": c.key, **c.data}) for c in changes if c.part == "service"]
    files = {
        PACK_FILE: to_yaml(head),
        **({PARAMETERS_FILE: to_yaml(parameters)} if parameters else {}),
        **({SERVICES_FILE: to_yaml(services)} if services else {}),
    }
    return PackSource(layer.name, files, layer.shown or layer.name)


def typed_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document's entry with its date as a date."""
    return {name: _day(value) if name == "date" else value for name, value in document.items()}


def typed(part: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An entry out of plain JSON with its dates and decimals as such again."""
    made = dict(data)
    if part == "parameter" and "values" in made:
        made["values"] = [_value(value, made.get("unit")) for value in made["values"]]
    if part == "service" and isinstance(made.get("effective"), Mapping):
        made["effective"] = {name: _day(value) for name, value in made["effective"].items()}
    return made


def _value(value: Mapping[str, Any], unit: Any) -> dict[str, Any]:
    made = dict(value)
    for name in ("from", "to"):
        if name in made:
            made[name] = _day(made[name])
    text = made.get("value")
    if isinstance(text, str):
        if unit == "date":
            made["value"] = _day(text)
        elif unit != "text" and _DECIMAL.fullmatch(text):
            made["value"] = Decimal(text)
    return made


def _day(value: Any) -> Any:
    return dt.date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else value


class _Dumper(yaml.SafeDumper):
    """Plain YAML as packs have it: lists indented under their key, decimals exact."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))
)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def to_yaml(data: Any) -> str:
    """The data as a pack's file would say it."""
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)
    return str(text)


def entry_yaml(part: str, data: Mapping[str, Any]) -> str:
    """One entry for an expert to edit: without its key, which stays."""
    return to_yaml(typed(part, {name: value for name, value in data.items() if name != "id"}))


def entry_from_yaml(text: str) -> dict[str, Any]:
    """The entry an expert wrote, in plain JSON. Raises PackError with its line."""
    located = read_yaml(text, "")
    if not isinstance(located.data, dict):
        raise PackError("must be a list of entries or a mapping", "", 1)
    made: dict[str, Any] = plain_json(located.data)
    made.pop("id", None)
    return made
