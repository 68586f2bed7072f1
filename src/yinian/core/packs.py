"""Which policy pack is in force for a region, for rooms that stand below the one that keeps packs.

That room offers its lookup here when it starts; nothing is known here of where packs come from.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.engines.entitlement import Pack

Lookup = Callable[[str], Pack]
_lookups: list[Lookup] = []


def provide(lookup: Lookup) -> None:
    """Offer the lookup: region code to the pack in force. The latest offered is asked."""
    _lookups[:] = [lookup]


def pack_for(region_code: str) -> Pack:
    """The pack in force for a region. Raises :class:`Refused` where none is there or it cannot be used."""
    if not _lookups:
        raise Refused(_("No policy pack can be asked: the room that keeps packs is not installed."))
    return _lookups[0](region_code)
