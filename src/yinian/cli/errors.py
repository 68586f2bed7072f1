"""What a command says when its input cannot be used."""

from __future__ import annotations


class InputError(Exception):
    """One line naming file, row or offset, and what is expected; the command ends with exit code 2."""
