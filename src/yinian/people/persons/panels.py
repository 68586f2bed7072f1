"""What rooms above show on a person's page. A room registers its part; this room knows nothing of its content."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from yinian.core.users.models import User
from yinian.people.persons.models import Person

Content = Callable[[User, Person], dict[str, Any] | None]
Answer = Callable[[User, Person], "AnswerLine | None"]


@dataclass(frozen=True)
class Panel:
    """``content`` returns what ``template`` shows as ``panel``, or None when there is nothing for this reader."""

    name: str
    order: int
    template: str
    content: Content


@dataclass(frozen=True)
class AnswerLine:
    """One line under one of the four questions: a short label, what it says, a note, where it leads."""

    label: Promise | str
    value: Promise | str
    note: Promise | str = ""
    url: str = ""
    tone: str = ""


PANELS: dict[str, Panel] = {}
# The four questions: able, lives, due, care. Rooms above answer the last two.
ANSWERS: dict[str, dict[str, Answer]] = {"able": {}, "lives": {}, "due": {}, "care": {}}


def person_panel(name: str, order: int, template: str) -> Callable[[Content], Content]:
    """Register a panel; ``name`` is ``room.thing``, a lower ``order`` stands higher."""

    def register(content: Content) -> Content:
        PANELS[name] = Panel(name, order, template, content)
        return content

    return register


def person_answer(question: str, name: str) -> Callable[[Answer], Answer]:
    """Register a line under ``question`` (able, lives, due, care); ``name`` is ``room.thing``."""

    def register(answer: Answer) -> Answer:
        ANSWERS[question][name] = answer
        return answer

    return register


def panels_for(actor: User, person: Person) -> list[tuple[str, dict[str, Any]]]:
    """(template, content) of every panel that has something to show, in order."""
    found = []
    for panel in sorted(PANELS.values(), key=lambda p: (p.order, p.name)):
        content = panel.content(actor, person)
        if content is not None:
            found.append((panel.template, content))
    return found


def answers_for(actor: User, person: Person, question: str) -> list[AnswerLine]:
    """The lines other rooms have for one of the four questions."""
    lines = (answer(actor, person) for _name, answer in sorted(ANSWERS[question].items()))
    return [line for line in lines if line is not None]
