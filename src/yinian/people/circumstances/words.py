"""Circumstances in words: what a spell, a claim or a fact says, in the reader's language. No reading, no writing."""

from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.people.kinds import DEPARTMENTS, KINDS


def ability_words(level: int | None) -> str:
    """The name of an ability level of GB/T 42195; an en dash when unknown."""
    names = {0: _("Intact"), 1: _("Mild loss"), 2: _("Moderate loss"), 3: _("Severe loss"), 4: _("Total loss")}
    return "–" if level is None else names[level]


def in_words(kind: str, value: str, grade: int | None) -> str:
    """A value of a kind, with its grade if it has one."""
    return _said(get_language(), kind, value, grade)


@lru_cache(maxsize=2048)  # a county's list asks for the same few words half a million times
def _said(language: str | None, kind: str, value: str, grade: int | None) -> str:
    spec = KINDS[kind]
    if kind == "ability":
        return ability_words(grade)
    text = str(spec.values.get(value, value)) if value else ""
    if grade is None:
        return text
    graded = _("grade %(n)s") % {"n": grade} if kind != "self_care" else _("%(n)s of 6") % {"n": grade}
    return f"{text} {graded}".strip()


def value_words(spell: Any) -> str:
    return in_words(spell.kind, spell.value, spell.grade)


def claim_words(conflict: Any) -> str:
    return in_words(conflict.kind, conflict.claimed_value, conflict.claimed_grade)


def kind_words(kind: str) -> str:
    return _label(get_language(), kind)


@lru_cache(maxsize=256)
def _label(language: str | None, kind: str) -> str:
    return str(KINDS[kind].label)


def department_words(code: str) -> str:
    """A department's name; how an entry came about where no department stands behind it."""
    if code in DEPARTMENTS:
        return str(DEPARTMENTS[code])
    return _("Register") if code in ("register", "") else code
