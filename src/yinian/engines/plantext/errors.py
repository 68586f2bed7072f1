"""What the engine says when a document cannot be read."""

from __future__ import annotations


class ReadingError(Exception):
    """One sentence saying what is wrong with the document and what is expected instead."""
