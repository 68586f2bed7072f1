"""A draft as its page shows it: each standard and service now and as drafted, with its ground."""

from dataclasses import dataclass

from yinian.engines.entitlement import Pack, Parameter
from yinian.engines.entitlement.explain import Clause, clause_of
from yinian.engines.entitlement.tree import Value
from yinian.entitlements import packs
from yinian.entitlements.drafts import queries
from yinian.entitlements.drafts.editing import shown_value
from yinian.entitlements.drafts.layers import entry_of
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.words import value_words
from yinian.entitlements.listing import Entry, entries
from yinian.entitlements.workkinds import in_words


@dataclass(frozen=True)
class StandardRow:
    """One standard: ``now`` in force, ``then`` as drafted (empty where unchanged)."""

    key: str
    name: str
    now: str
    then: str
    clause: Clause | None
    reference: str
    used_by: tuple[str, ...]
    amended: packs.Amended | None


@dataclass(frozen=True)
class ServiceRow:
    """One service as drafted, and what became of it: changed, added, off, or empty."""

    key: str
    entry: Entry
    state: str
    amended: packs.Amended | None


def standards(draft: Draft, base: packs.InForce, pack: Pack, only: str = "") -> list[StandardRow]:
    """The standards of the pack in force beside those of the draft."""
    used: dict[str, list[str]] = {}
    for service in pack.services:
        text = " ".join((*(test.text for test in service.tests), service.amount_text or ""))
        for key in base.pack.parameters:
            if f"param('{key}')" in text:
                used.setdefault(key, []).append(in_words(service.label))
    on = draft.effective_from
    worked_out = base.pack.parameters_on(on), pack.parameters_on(on)
    return [
        _standard(draft, base, parameter, pack.parameters.get(key), tuple(used.get(key, ())),
                  (worked_out[0].get(key), worked_out[1].get(key)))
        for key, parameter in base.pack.parameters.items() if only in ("", key)
    ]


def _standard(
    draft: Draft, base: packs.InForce, parameter: Parameter, drafted: Parameter | None, used_by: tuple[str, ...],
    worked_out: tuple[Value, Value],
) -> StandardRow:
    value = shown_value(parameter, draft.effective_from)
    now = value_words(parameter, value, worked_out[0])
    then = "" if drafted is None else value_words(drafted, shown_value(drafted, draft.effective_from), worked_out[1])
    reference = (value.reference if value else None) or parameter.reference
    return StandardRow(
        parameter.id, in_words(parameter.label), now, "" if then == now else then,
        clause_of(base.pack, value.source) if value else None, in_words(reference.label) if reference else "", used_by,
        base.amendment_of("parameter", parameter.id),
    )


def services(draft: Draft, base: packs.InForce, pack: Pack, only: str = "") -> list[ServiceRow]:
    """The services of the pack in force and of the draft, those switched off among them, in list order."""
    on = draft.effective_from
    now, then = ({entry.id: entry for entry in entries(one, on, all_days=True)} for one in (base.pack, pack))
    rows = []
    for key in dict.fromkeys((*now, *then)):
        if only not in ("", key):
            continue
        same = entry_of(base.pack, "service", key) == entry_of(pack, "service", key)
        state = "added" if key not in now else "off" if key not in then else "" if same else "changed"
        rows.append(ServiceRow(key, then.get(key) or now[key], state, base.amendment_of("service", key)))
    return rows


def drafted(draft: Draft) -> tuple[packs.InForce, Pack]:
    """The pack in force and the draft's; where the draft's cannot be used any more, the one in force stands for it."""
    base = queries.base_of(draft)
    found = queries.pack_of(draft)
    return base, found if isinstance(found, Pack) else base.pack
