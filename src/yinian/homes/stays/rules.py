"""What the pack rules about living in a home. No figure of any place stands here."""

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.engines.entitlement import StayRules


def rules_for(region_code: str) -> StayRules:
    """The rules in force for a region; where there is no pack, nothing is ruled."""
    try:
        return pack_for(region_code).stay_rules()
    except Refused:
        return StayRules()
