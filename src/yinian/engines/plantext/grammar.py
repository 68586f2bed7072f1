"""How vocabularies are written: words or small patterns between blanks, made into one pattern."""

from __future__ import annotations


def vocabulary(text: str) -> list[str]:
    """The words of a vocabulary."""
    return text.split()


def any_of(text: str) -> str:
    """A pattern for any one of the words, tried in their order."""
    return "(?:" + "|".join(text.split()) + ")"
