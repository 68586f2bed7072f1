"""Reading a plan: a government document in, its outline, units, tasks, targets, money, projects, tables and doubts out.

Pure computation: bytes or text arrive as arguments; nothing here touches disk, clock or Django. Every quote is a slice
of the text. What is found is told by the grammar of such documents, never by one document's own words.
"""

from typing import Literal

from yinian.engines.plantext.document import read_plan
from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.model import Plan
from yinian.engines.plantext.reading import KINDS, Source, read_source
from yinian.engines.plantext.selection import read_selection
from yinian.engines.plantext.shape import to_document


def read_document(name: str, data: bytes, policy: Literal["auto", "items", "sentences"] = "auto") -> Plan:
    """Reads a plan from a file's name and bytes. Raises ReadingError where the file cannot be read."""
    source = read_source(name, data)
    return read_plan(source.text, source.tables, policy)


__all__ = [
    "KINDS",
    "Plan",
    "ReadingError",
    "Source",
    "read_document",
    "read_plan",
    "read_selection",
    "read_source",
    "to_document",
]
