"""Who is due what, and why: policy packs read and checked, then held against facts in three-valued logic.

Pure computation: packs arrive as texts, facts as Polars frames or plain mappings; nothing here touches disk,
network, clock or Django.
"""

from yinian.engines.entitlement.errors import FactsError, PackError
from yinian.engines.entitlement.evaluate import (
    CHECK,
    DUE,
    LONG_SCHEMA,
    NOT_DUE,
    STATUS_NAMES,
    SUPERSEDED,
    Stream,
    evaluate,
    evaluate_wide,
    evaluated,
    prepare_facts,
)
from yinian.engines.entitlement.explain import Explanation, explain, reference_of, row_of_facts
from yinian.engines.entitlement.facts import FACTS, Fact, Words, value_in_words
from yinian.engines.entitlement.fee_rulings import FeeRules
from yinian.engines.entitlement.model import (
    Document,
    Pack,
    PackSource,
    Parameter,
    Service,
    Test,
)
from yinian.engines.entitlement.pack import extends_of, load_pack
from yinian.engines.entitlement.profiles import Profiled, evaluate_profiles
from yinian.engines.entitlement.rulings import (
    AssessmentRules,
    CarePlanRules,
    Procedure,
    Ruled,
    Standard,
    StayRules,
    SupervisionRules,
)
from yinian.engines.entitlement.sources import Reference, Source
from yinian.engines.entitlement.waiting import Move, Standing, Waiter, WaitingRules, moves, ranked, standing

__all__ = [
    "CHECK",
    "DUE",
    "FACTS",
    "LONG_SCHEMA",
    "NOT_DUE",
    "STATUS_NAMES",
    "SUPERSEDED",
    "AssessmentRules",
    "CarePlanRules",
    "Document",
    "Explanation",
    "Fact",
    "FactsError",
    "FeeRules",
    "Move",
    "Pack",
    "PackError",
    "PackSource",
    "Parameter",
    "Procedure",
    "Profiled",
    "Reference",
    "Ruled",
    "Service",
    "Source",
    "Standard",
    "Standing",
    "StayRules",
    "Stream",
    "SupervisionRules",
    "Test",
    "Waiter",
    "WaitingRules",
    "Words",
    "evaluate",
    "evaluate_profiles",
    "evaluate_wide",
    "evaluated",
    "explain",
    "extends_of",
    "load_pack",
    "moves",
    "prepare_facts",
    "ranked",
    "reference_of",
    "row_of_facts",
    "standing",
    "value_in_words",
]
