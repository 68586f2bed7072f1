"""All tables of the people room, gathered for Django; each lives with its noun."""

from yinian.people.circumstances.models import Conflict, Roll, Spell
from yinian.people.duplicates.models import DuplicatePair, Merge
from yinian.people.imports.models import ImportBatch, ImportChange, ImportRow
from yinian.people.persons.models import Consent, Kin, Person, Sex
from yinian.people.representatives.models import Representative

__all__ = [
    "Conflict",
    "Consent",
    "DuplicatePair",
    "ImportBatch",
    "ImportChange",
    "ImportRow",
    "Kin",
    "Merge",
    "Person",
    "Representative",
    "Roll",
    "Sex",
    "Spell",
]
