"""The work items a run asks for: one kind for each fact that somebody can find out."""

from django.utils.functional import Promise, lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from yinian.core.inbox.kinds import work_kind
from yinian.core.roles import Role
from yinian.engines.entitlement import FACTS, Words
from yinian.entitlements.codes import FACT_BITS
from yinian.people.circumstances.queries import FACT_SOURCES
from yinian.people.kinds import KINDS as CIRCUMSTANCES

PREFIX = "entitlements.check."
VILLAGE_DAYS, ASSESSOR_DAYS = 10, 20


def in_words(words: Words) -> str:
    """An engine's phrase in the reader's language."""
    return words.in_language("en" if get_language() == "en" else "zh")


def fact_label(name: str) -> str:
    """A fact's plain name in the reader's language."""
    return in_words(FACTS[name].label)


def at_county(fact: str) -> bool:
    """Whether assessors, who sit at the county, find the fact out; all else is the village's to ask."""
    source = FACT_SOURCES.get(fact)
    return source is not None and CIRCUMSTANCES[source.kind].asked_of == "assessor"


def kind_of(fact: str) -> str:
    """The kind of work item for a fact."""
    return PREFIX + fact


def _sentence(fact: str) -> Promise | str:
    def say() -> str:
        return gettext("Find out %(fact)s (people: %(count)s)").replace("%(fact)s", fact_label(fact))

    return lazy(say, str)()


for _fact in FACT_BITS:
    if at_county(_fact):
        work_kind(kind_of(_fact), _sentence(_fact), _("Open the list"), Role.ASSESSOR, ASSESSOR_DAYS)
    else:
        work_kind(kind_of(_fact), _sentence(_fact), _("Open the list"), Role.VILLAGE_WORKER, VILLAGE_DAYS)
